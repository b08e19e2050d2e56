/* A replication back out of a file. What the file has, add.c has put there; the digest tells
 * whether it still is that. */
#include "sim/store/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/hash.h"
#include "sim/cli/cli.h"

enum ust_status ust_store_load_keys(struct ust_store *store)
{
    if (store->keys != NULL)
        return UST_OK;
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(
        store, "SELECT id, (SELECT count(*) FROM key) FROM key ORDER BY id", &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        if (store->keys == NULL)
            store->keys =
                ust_malloc((size_t)sqlite3_column_int64(row, 1) * sizeof *store->keys);
        store->keys[store->keys_n++] = (uint32_t)sqlite3_column_int64(row, 0);
    }
    sqlite3_finalize(row);
    if (code == SQLITE_DONE && store->keys_n > 0)
        return UST_OK;
    return ust_store_failed(store, "cannot read the keys");
}

static double real(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : sqlite3_column_double(row, column);
}

static const char *text(struct ust_arena *arena, sqlite3_stmt *row, int column)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    return value == NULL ? NULL : ust_arena_text(arena, value);
}

/* A statement about one replication. */
static enum ust_status ask(struct ust_store *store, const char *sql, uint32_t id,
                           sqlite3_stmt **row)
{
    UST_TRY(ust_store_prepare(store, sql, row));
    sqlite3_bind_int64(*row, 1, id);
    return UST_OK;
}

static enum ust_status count(struct ust_store *store, const char *sql, uint32_t id,
                             uint64_t *out)
{
    sqlite3_stmt *row;
    UST_TRY(ask(store, sql, id, &row));
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) == SQLITE_ROW)
        *out = (uint64_t)sqlite3_column_int64(row, 0);
    else
        status = ust_store_failed(store, "cannot read a replication");
    sqlite3_finalize(row);
    return status;
}

static enum ust_status done(struct ust_store *store, sqlite3_stmt *row, int code)
{
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read a replication");
}

/* The place of a key among those of the plan; keys_n where it is none of them. */
static uint32_t place_of(const struct ust_store *store, sqlite3_int64 key)
{
    uint32_t low = 0, high = store->keys_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (store->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < store->keys_n && store->keys[low] == key ? low : store->keys_n;
}

static double *empty(struct ust_arena *arena, size_t n)
{
    double *values = ust_arena_alloc(arena, double, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)NAN;
    return values;
}

static enum ust_status read_series(struct ust_store *store, struct ust_arena *arena,
                                   struct ust_store_replication *out)
{
    uint64_t intervals = 0;
    UST_TRY(count(store,
                  "SELECT count(*) FROM series WHERE replication = ?1 AND key ="
                  " (SELECT key FROM series WHERE replication = ?1 LIMIT 1)",
                  out->id, &intervals));
    out->intervals = (uint32_t)intervals;
    double *values = empty(arena, (size_t)store->keys_n * intervals);
    sqlite3_stmt *row;
    UST_TRY(ask(store, "SELECT key, interval, value FROM series WHERE replication = ?", out->id,
                &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        uint32_t key = place_of(store, sqlite3_column_int64(row, 0));
        uint64_t at = (uint64_t)sqlite3_column_int64(row, 1);
        if (key < store->keys_n && at < intervals)
            values[key * intervals + at] = real(row, 2);
    }
    out->series = values;
    return done(store, row, code);
}

static enum ust_status read_kpi(struct ust_store *store, struct ust_arena *arena,
                                struct ust_store_replication *out)
{
    double *values = empty(arena, store->keys_n);
    sqlite3_stmt *row;
    UST_TRY(ask(store, "SELECT key, value FROM kpi WHERE replication = ?", out->id, &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        uint32_t key = place_of(store, sqlite3_column_int64(row, 0));
        if (key < store->keys_n)
            values[key] = real(row, 1);
    }
    out->kpi = values;
    return done(store, row, code);
}

static enum ust_status read_buckets(struct ust_store *store, struct ust_arena *arena,
                                    struct ust_store_replication *out)
{
    uint64_t n = 0, i = 0;
    UST_TRY(count(store, "SELECT count(*) FROM histogram WHERE replication = ?", out->id, &n));
    struct ust_store_bucket *bucket = ust_arena_alloc(arena, struct ust_store_bucket, n + 1);
    sqlite3_stmt *row;
    UST_TRY(ask(store,
                "SELECT region, persona, low_s, high_s, count FROM histogram"
                " WHERE replication = ? ORDER BY region, persona, low_s",
                out->id, &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW && i < n)
        bucket[i++] = (struct ust_store_bucket){
            (uint32_t)sqlite3_column_int64(row, 0), (uint32_t)sqlite3_column_int64(row, 1),
            sqlite3_column_double(row, 2), sqlite3_column_double(row, 3),
            (uint64_t)sqlite3_column_int64(row, 4)};
    out->buckets = bucket;
    out->buckets_n = i;
    return done(store, row, code);
}

static enum ust_status read_moments(struct ust_store *store, struct ust_arena *arena,
                                    struct ust_store_replication *out)
{
    uint64_t n = 0, i = 0;
    UST_TRY(count(store, "SELECT count(*) FROM timeline WHERE replication = ?", out->id, &n));
    struct ust_store_moment *moment = ust_arena_alloc(arena, struct ust_store_moment, n + 1);
    sqlite3_stmt *row;
    UST_TRY(ask(store,
                "SELECT t_s, event, region, service, persona, value, detail FROM timeline"
                " WHERE replication = ? ORDER BY sequence",
                out->id, &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW && i < n)
        moment[i++] =
            (struct ust_store_moment){.t_s = sqlite3_column_double(row, 0),
                                      .event = text(arena, row, 1),
                                      .region = (uint32_t)sqlite3_column_int64(row, 2),
                                      .service = (uint32_t)sqlite3_column_int64(row, 3),
                                      .persona = (uint32_t)sqlite3_column_int64(row, 4),
                                      .value = real(row, 5),
                                      .detail = text(arena, row, 6)};
    out->moments = moment;
    out->moments_n = i;
    return done(store, row, code);
}

/* digest: as it was stored. */
static enum ust_status read_head(struct ust_store *store, struct ust_store_replication *out,
                                 char digest[UST_HASH_TEXT_MAX])
{
    sqlite3_stmt *row;
    UST_TRY(ask(store,
                "SELECT fingerprint, requests, events, digest FROM replication WHERE id = ?",
                out->id, &row));
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        out->fingerprint = strtoull((const char *)sqlite3_column_text(row, 0), NULL, 16);
        out->requests = (uint64_t)sqlite3_column_int64(row, 1);
        out->events = (uint64_t)sqlite3_column_int64(row, 2);
        snprintf(digest, UST_HASH_TEXT_MAX, "%s", (const char *)sqlite3_column_text(row, 3));
    }
    sqlite3_finalize(row);
    return code == SQLITE_ROW ? UST_OK : ust_store_failed(store, "cannot read a replication");
}

enum ust_status ust_store_read(struct ust_store *store, uint32_t id, struct ust_arena *arena,
                               struct ust_store_replication *out)
{
    char digest[UST_HASH_TEXT_MAX], found[UST_HASH_TEXT_MAX];
    *out = (struct ust_store_replication){.id = id};
    UST_TRY(ust_store_load_keys(store));
    UST_TRY(read_head(store, out, digest));
    UST_TRY(read_series(store, arena, out));
    UST_TRY(read_kpi(store, arena, out));
    UST_TRY(read_buckets(store, arena, out));
    UST_TRY(read_moments(store, arena, out));
    ust_hash_hex(ust_store_hash_replication(store, out), found);
    if (strcmp(digest, found) == 0)
        return UST_OK;
    return ust_cli_refused("%s: replication %u is damaged: its digest is %s, what is stored "
                           "gives %s",
                           store->path, id, digest, found);
}
