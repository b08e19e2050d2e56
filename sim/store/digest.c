/* The digest: what makes two databases the same, in one word.
 *
 * Values are chained with a bijective mixer, so every bit counts and so does the order. What
 * the machine or the clock had a say in is left out. */
#include "sim/store/internal.h"

#include <math.h>
#include <string.h>

#include "sim/base/hash.h"

static uint64_t chain(uint64_t hash, uint64_t word)
{
    return ust_mix64((hash ^ word) + 0x9e3779b97f4a7c15u);
}

/* Adding 0 turns -0 into 0, which is what the file would give back. */
static uint64_t chain_real(uint64_t hash, double value)
{
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return chain(hash, bits);
}

static uint64_t chain_null(uint64_t hash)
{
    return chain(hash, 0x6e756c6cu);
}

static uint64_t chain_real_or_null(uint64_t hash, double value)
{
    return isnan(value) ? chain_null(hash) : chain_real(hash, value);
}

static uint64_t chain_text(uint64_t hash, const char *text)
{
    return text ? chain(ust_hash_text(hash, text), strlen(text)) : chain_null(hash);
}

static bool kept(const double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            return true;
    return false;
}

uint64_t ust_store_hash_replication(const struct ust_store *store,
                                    const struct ust_store_replication *result)
{
    uint64_t hash = chain(0, result->id);
    for (uint32_t key = 0; key < store->keys_n; key++) {
        const double *values = result->series + (size_t)key * result->intervals;
        if (!kept(values, result->intervals))
            continue;
        hash = chain(hash, store->keys[key]);
        for (uint32_t i = 0; i < result->intervals; i++)
            hash = chain_real_or_null(hash, values[i]);
    }
    for (uint32_t key = 0; key < store->keys_n; key++) {
        hash = chain(hash, store->keys[key]);
        hash = chain_real_or_null(hash, result->kpi[key]);
    }
    for (uint64_t i = 0; i < result->buckets_n; i++) {
        const struct ust_store_bucket *bucket = &result->buckets[i];
        hash = chain(chain(hash, bucket->region), bucket->persona);
        hash = chain_real(chain_real(hash, bucket->low_s), bucket->high_s);
        hash = chain(hash, bucket->count);
    }
    for (uint64_t i = 0; i < result->moments_n; i++) {
        const struct ust_store_moment *moment = &result->moments[i];
        hash = chain_text(chain_real(hash, moment->t_s), moment->event);
        hash = chain(chain(chain(hash, moment->region), moment->service), moment->persona);
        hash = chain_text(chain_real_or_null(hash, moment->value), moment->detail);
    }
    return hash;
}

static uint64_t chain_column(uint64_t hash, sqlite3_stmt *row, int column)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        return chain(hash, (uint64_t)sqlite3_column_int64(row, column));
    case SQLITE_FLOAT:
        return chain_real(hash, sqlite3_column_double(row, column));
    case SQLITE_TEXT:
        return chain_text(hash, (const char *)sqlite3_column_text(row, column));
    default:
        return chain_null(hash);
    }
}

static enum ust_status hash_rows(struct ust_store *store, const char *sql, uint64_t *hash)
{
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(store, sql, &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        int columns = sqlite3_column_count(row);
        *hash = chain(*hash, (uint64_t)columns);
        for (int i = 0; i < columns; i++)
            *hash = chain_column(*hash, row, i);
    }
    enum ust_status status =
        code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read for the digest");
    sqlite3_finalize(row);
    return status;
}

enum ust_status ust_store_hash_plan(struct ust_store *store, uint64_t *hash)
{
    /* Without the number of replications, which may grow, the path, which may move, and texts
     * that stand here with the hash of what they mean: these may be written anew. */
    static const char *const tables[] = {
        ("SELECT name, scenario_hash, seed, start_unix_s, utc_offset_min, "
         "warmup_s, duration_s, interval_s FROM run"),
        "SELECT * FROM region ORDER BY id",
        "SELECT id, name FROM service ORDER BY id",
        ("SELECT id, name, service, weight, latency_objective_s, attainment_objective, rto_s, "
         "rpo_s, requests_30d, document_hash, synthetic FROM persona ORDER BY id"),
        "SELECT * FROM fault ORDER BY id",
        "SELECT * FROM metric ORDER BY id",
        "SELECT * FROM setting ORDER BY name",
        "SELECT * FROM key ORDER BY id",
    };
    *hash = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        *hash = chain(*hash, i);
        UST_TRY(hash_rows(store, tables[i], hash));
    }
    return UST_OK;
}

enum ust_status ust_store_digest(struct ust_store *store, char out[17])
{
    uint64_t hash;
    UST_TRY(ust_store_hash_plan(store, &hash));
    UST_TRY(hash_rows(store, "SELECT replications FROM run", &hash));
    UST_TRY(hash_rows(store, "SELECT * FROM replication ORDER BY id", &hash));
    ust_hash_hex(hash, out);
    return UST_OK;
}

enum ust_status ust_store_finish(struct ust_store *store)
{
    if (store->shard)
        return ust_store_exec(store, "UPDATE shard SET complete = 1",
                              "cannot mark the shard complete");
    char digest[UST_HASH_TEXT_MAX];
    UST_TRY(ust_store_digest(store, digest));
    sqlite3_stmt *s;
    UST_TRY(ust_store_prepare(store, "UPDATE run SET complete = 1, digest = ?", &s));
    sqlite3_bind_text(s, 1, digest, -1, SQLITE_STATIC);
    enum ust_status status = ust_store_step(store, s, "cannot mark the run complete");
    sqlite3_finalize(s);
    return status;
}
