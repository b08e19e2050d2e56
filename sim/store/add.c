/* One replication, one transaction. A series of 10^6 rows takes about half a second: rows go in
 * in the order of the primary key, SERIES_MANY at a time. */
#include "sim/store/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/base/assert.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"

/* Rows of one INSERT. More gain nothing; SQLite allows 32,766 parameters. */
#define SERIES_MANY 50

static enum ust_status prepare_series(struct ust_store *store)
{
    struct ust_text sql = {0};
    ust_text_add(&sql, "INSERT INTO series VALUES");
    for (int i = 0; i < SERIES_MANY; i++)
        ust_text_printf(&sql, "%s (?1, ?2, ?%d, ?%d)", i ? "," : "", 3 + 2 * i, 4 + 2 * i);
    enum ust_status status =
        ust_store_prepare(store, ust_text_string(&sql), &store->series_many);
    ust_text_free(&sql);
    UST_TRY(status);
    return ust_store_prepare(store, "INSERT INTO series VALUES (?1, ?2, ?3, ?4)",
                             &store->series_one);
}

static enum ust_status prepare(struct ust_store *store)
{
    if (store->moment)
        return UST_OK;
    /* The moment's comes last, so that a failure in between prepares all again. */
    sqlite3_finalize(store->replication);
    sqlite3_finalize(store->series_many);
    sqlite3_finalize(store->series_one);
    sqlite3_finalize(store->kpi);
    sqlite3_finalize(store->bucket);
    store->replication = store->series_many = store->series_one = NULL;
    store->kpi = store->bucket = NULL;
    UST_TRY(prepare_series(store));
    UST_TRY(ust_store_prepare(store, "INSERT INTO replication VALUES (?, ?, ?, ?, ?)",
                              &store->replication));
    UST_TRY(ust_store_prepare(store, "INSERT INTO kpi VALUES (?, ?, ?)", &store->kpi));
    UST_TRY(ust_store_prepare(store, "INSERT INTO histogram VALUES (?, ?, ?, ?, ?, ?)",
                              &store->bucket));
    return ust_store_prepare(store, "INSERT INTO timeline VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             &store->moment);
}

static bool all_nan(const double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            return false;
    return true;
}

static enum ust_status add_series(struct ust_store *store,
                                  const struct ust_store_replication *result, uint32_t key,
                                  const char *what)
{
    const double *values = result->series + (size_t)key * result->intervals;
    if (all_nan(values, result->intervals))
        return UST_OK;
    uint32_t at = 0;
    while (at < result->intervals) {
        bool many = result->intervals - at >= SERIES_MANY;
        sqlite3_stmt *s = many ? store->series_many : store->series_one;
        sqlite3_bind_int64(s, 1, result->id);
        sqlite3_bind_int64(s, 2, store->keys[key]);
        uint32_t rows = many ? SERIES_MANY : 1;
        for (uint32_t i = 0; i < rows; i++) {
            sqlite3_bind_int64(s, (int)(3 + 2 * i), at + i);
            ust_bind_real(s, (int)(4 + 2 * i), values[at + i]);
        }
        UST_TRY(ust_store_step(store, s, what));
        at += rows;
    }
    return UST_OK;
}

static enum ust_status add_replication(struct ust_store *store,
                                       const struct ust_store_replication *result,
                                       const char *what)
{
    char fingerprint[UST_HASH_TEXT_MAX], digest[UST_HASH_TEXT_MAX];
    ust_hash_hex(result->fingerprint, fingerprint);
    ust_hash_hex(ust_store_hash_replication(store, result), digest);
    sqlite3_stmt *s = store->replication;
    sqlite3_bind_int64(s, 1, result->id);
    sqlite3_bind_text(s, 2, fingerprint, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)result->requests);
    sqlite3_bind_int64(s, 4, (sqlite3_int64)result->events);
    sqlite3_bind_text(s, 5, digest, -1, SQLITE_STATIC);
    return ust_store_step(store, s, what);
}

static enum ust_status add_buckets(struct ust_store *store,
                                   const struct ust_store_replication *result, const char *what)
{
    for (uint64_t i = 0; i < result->buckets_n; i++) {
        const struct ust_store_bucket *bucket = &result->buckets[i];
        sqlite3_stmt *s = store->bucket;
        sqlite3_bind_int64(s, 1, result->id);
        sqlite3_bind_int64(s, 2, bucket->region);
        sqlite3_bind_int64(s, 3, bucket->persona);
        sqlite3_bind_double(s, 4, bucket->low_s);
        sqlite3_bind_double(s, 5, bucket->high_s);
        sqlite3_bind_int64(s, 6, (sqlite3_int64)bucket->count);
        UST_TRY(ust_store_step(store, s, what));
    }
    return UST_OK;
}

static enum ust_status add_moments(struct ust_store *store,
                                   const struct ust_store_replication *result, const char *what)
{
    for (uint64_t i = 0; i < result->moments_n; i++) {
        const struct ust_store_moment *moment = &result->moments[i];
        sqlite3_stmt *s = store->moment;
        sqlite3_bind_int64(s, 1, result->id);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)i);
        sqlite3_bind_double(s, 3, moment->t_s);
        sqlite3_bind_text(s, 4, moment->event, -1, SQLITE_STATIC);
        ust_bind_id(s, 5, moment->region);
        ust_bind_id(s, 6, moment->service);
        ust_bind_id(s, 7, moment->persona);
        ust_bind_real(s, 8, moment->value);
        sqlite3_bind_text(s, 9, moment->detail, -1, SQLITE_STATIC);
        UST_TRY(ust_store_step(store, s, what));
    }
    return UST_OK;
}

static enum ust_status add_rows(struct ust_store *store,
                                const struct ust_store_replication *result, const char *what)
{
    UST_TRY(add_replication(store, result, what));
    for (uint32_t key = 0; key < store->keys_n; key++)
        UST_TRY(add_series(store, result, key, what));
    for (uint32_t key = 0; key < store->keys_n; key++) {
        sqlite3_bind_int64(store->kpi, 1, result->id);
        sqlite3_bind_int64(store->kpi, 2, store->keys[key]);
        ust_bind_real(store->kpi, 3, result->kpi[key]);
        UST_TRY(ust_store_step(store, store->kpi, what));
    }
    UST_TRY(add_buckets(store, result, what));
    UST_TRY(add_moments(store, result, what));
    return ust_store_exec(store, "COMMIT", what);
}

enum ust_status ust_store_add(struct ust_store *store,
                              const struct ust_store_replication *result)
{
    UST_ASSERT(result->id >= 1);
    UST_ASSERT(store->keys != NULL);
    char what[80];
    snprintf(what, sizeof what, "cannot store replication %u", result->id);
    UST_TRY(prepare(store));
    UST_TRY(ust_store_exec(store, "BEGIN IMMEDIATE", what));
    enum ust_status status =
        store->lease == NULL ? UST_OK : ust_lease_hold(store->lease, store->db);
    if (status == UST_OK)
        status = add_rows(store, result, what);
    if (status != UST_OK)
        ust_store_rollback(store);
    return status;
}

enum ust_status ust_store_machine(struct ust_store *store, const char *name, const char *value)
{
    sqlite3_stmt *s;
    UST_TRY(ust_store_prepare(store, "INSERT OR REPLACE INTO machine VALUES (?, ?)", &s));
    sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    enum ust_status status = ust_store_step(store, s, "cannot store facts of the machine");
    sqlite3_finalize(s);
    return status;
}
