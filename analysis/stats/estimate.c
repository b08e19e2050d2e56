/* Table `estimate`: what the replications say together about each key. */
#include "analysis/stats/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/stats/mean.h"
#include "analysis/stats/ratio.h"
#include "sim/base/arena.h"

void ust_sample_add(struct ust_sample *sample, double value)
{
    if (sample->n == sample->capacity) {
        sample->capacity = sample->capacity ? 2 * sample->capacity : 64;
        sample->values = ust_realloc(sample->values, sample->capacity * sizeof *sample->values);
    }
    sample->values[sample->n++] = value;
}

static void bind_real(sqlite3_stmt *statement, int column, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, column);
    else
        sqlite3_bind_double(statement, column, value);
}

static uint64_t run_seed(struct ust_store *store)
{
    sqlite3_stmt *row = NULL;
    uint64_t seed = 0;
    sqlite3_prepare_v2(ust_store_sqlite(store), "SELECT seed FROM run", -1, &row, NULL);
    if (sqlite3_step(row) == SQLITE_ROW)
        seed = strtoull((const char *)sqlite3_column_text(row, 0), NULL, 10);
    sqlite3_finalize(row);
    return seed;
}

struct writer {
    struct ust_store *store;
    sqlite3_stmt *insert;
    double confidence;
    uint64_t seed;
};

static struct ust_interval mean_of(const struct ust_sample *sample, double confidence,
                                   uint64_t seed, const char **method)
{
    *method = "t";
    if (sample->n == 0)
        return (struct ust_interval){ust_nan(), ust_nan(), ust_nan()};
    struct ust_stratum all = {.weight = 1.0, .values = sample->values, .n = sample->n};
    /* The same draws for each key: equal values have equal intervals. */
    struct ust_rng rng = ust_rng_derive(seed, 0, "analysis/stats/estimate/bootstrap");
    return ust_stats_mean_interval(&all, 1, confidence,
                                   ust_stats_skewed(sample->values, sample->n), &rng, method);
}

static enum ust_status write_key(struct writer *writer, struct ust_sample *sample)
{
    const char *method;
    struct ust_interval t = mean_of(sample, writer->confidence, writer->seed, &method);
    sqlite3_stmt *insert = writer->insert;
    sqlite3_bind_int64(insert, 1, sample->key);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)sample->n);
    bind_real(insert, 3, t.value);
    bind_real(insert, 4, t.low);
    bind_real(insert, 5, t.high);
    sqlite3_bind_double(insert, 6, writer->confidence);
    sqlite3_bind_text(insert, 7, method, -1, SQLITE_STATIC);
    enum ust_status status = UST_OK;
    if (sqlite3_step(insert) != SQLITE_DONE)
        status = ust_store_failed(writer->store, "cannot store estimates");
    sqlite3_reset(insert);
    sample->n = 0;
    return status;
}

static enum ust_status write_keys(struct writer *writer, sqlite3_stmt *row)
{
    struct ust_sample sample = {0};
    enum ust_status status = UST_OK;
    bool first = true;
    int code = SQLITE_DONE;
    while (status == UST_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 key = sqlite3_column_int64(row, 0);
        if (!first && key != sample.key)
            status = write_key(writer, &sample);
        first = false;
        sample.key = key;
        if (sqlite3_column_type(row, 1) != SQLITE_NULL)
            ust_sample_add(&sample, sqlite3_column_double(row, 1));
    }
    if (status == UST_OK && code != SQLITE_DONE)
        status = ust_store_failed(writer->store, "cannot read the KPIs");
    if (status == UST_OK && !first)
        status = write_key(writer, &sample);
    free(sample.values);
    return status;
}

static enum ust_status write_means(struct ust_store *store, double confidence)
{
    sqlite3 *db = ust_store_sqlite(store);
    sqlite3_stmt *row = NULL;
    struct writer writer = {.store = store, .confidence = confidence, .seed = run_seed(store)};
    enum ust_status status = UST_OK;
    if (sqlite3_exec(db, "DELETE FROM estimate", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT key, value FROM kpi ORDER BY key, replication", -1, &row,
                           NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO estimate VALUES (?, ?, ?, ?, ?, ?, ?)", -1,
                           &writer.insert, NULL) != SQLITE_OK)
        status = ust_store_failed(store, "cannot store estimates");
    if (status == UST_OK)
        status = write_keys(&writer, row);
    sqlite3_finalize(row);
    sqlite3_finalize(writer.insert);
    return status;
}

enum ust_status ust_estimate_replace(struct ust_store *store, sqlite3_int64 key,
                                     struct ust_interval interval, const char *method)
{
    sqlite3_stmt *update = NULL;
    enum ust_status status = UST_OK;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "UPDATE estimate SET mean = ?2, low = ?3, high = ?4, method = ?5 "
                           "WHERE key = ?1",
                           -1, &update, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store estimates");
    sqlite3_bind_int64(update, 1, key);
    bind_real(update, 2, interval.value);
    bind_real(update, 3, interval.low);
    bind_real(update, 4, interval.high);
    sqlite3_bind_text(update, 5, method, -1, SQLITE_STATIC);
    if (sqlite3_step(update) != SQLITE_DONE)
        status = ust_store_failed(store, "cannot store estimates");
    sqlite3_finalize(update);
    return status;
}

/* ---- ratios of sums ---- */

/* Key of the ratio, its numerator and denominator by replication: good / (offered - in_flight +
 * overdue), as metrics.def says. */
#define RATIO_SQL                                                                              \
    "SELECT r.id, sum(iif(m.name = 'good', p.value, 0)),"                                      \
    " sum(CASE m.name WHEN 'good' THEN 0 WHEN 'in_flight' THEN -p.value ELSE p.value END)"     \
    " FROM metric a JOIN key r ON r.metric = a.id"                                             \
    " JOIN metric m ON m.name IN ('good', 'offered', 'in_flight', 'overdue')"                  \
    " JOIN key k ON k.metric = m.id AND k.region = r.region AND k.service = r.service"         \
    "  AND k.persona = r.persona"                                                              \
    " CROSS JOIN replication n CROSS JOIN kpi p ON p.replication = n.id AND p.key = k.id"      \
    " WHERE a.name = 'attainment' AND (?1 IS NULL OR r.id = ?1)"                               \
    " GROUP BY r.id, n.id ORDER BY r.id, n.id"

static enum ust_status write_ratio(struct ust_store *store, struct ust_sample *above,
                                   struct ust_sample *below, double confidence)
{
    struct ust_interval ratio =
        ust_stats_ratio(above->values, below->values, above->n, confidence);
    above->n = below->n = 0;
    return ust_estimate_replace(store, above->key, ratio, "jackknife");
}

static enum ust_status write_ratios(struct ust_store *store, double confidence)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), RATIO_SQL, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the KPIs");
    struct ust_sample above = {0}, below = {0};
    enum ust_status status = UST_OK;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        sqlite3_int64 key = sqlite3_column_int64(row, 0);
        if (above.n > 0 && key != above.key)
            status = write_ratio(store, &above, &below, confidence);
        above.key = key;
        ust_sample_add(&above, sqlite3_column_double(row, 1));
        ust_sample_add(&below, sqlite3_column_double(row, 2));
    }
    if (status == UST_OK && above.n > 0)
        status = write_ratio(store, &above, &below, confidence);
    sqlite3_finalize(row);
    free(above.values);
    free(below.values);
    return status;
}

/* ---- one key ---- */

static enum ust_status read_ratio(struct ust_store *store, int64_t key, double confidence,
                                  struct ust_interval *out)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), RATIO_SQL, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the KPIs");
    sqlite3_bind_int64(row, 1, key);
    struct ust_sample above = {0}, below = {0};
    while (sqlite3_step(row) == SQLITE_ROW) {
        ust_sample_add(&above, sqlite3_column_double(row, 1));
        ust_sample_add(&below, sqlite3_column_double(row, 2));
    }
    sqlite3_finalize(row);
    *out = ust_stats_ratio(above.values, below.values, above.n, confidence);
    free(above.values);
    free(below.values);
    return UST_OK;
}

static enum ust_status read_mean(struct ust_store *store, int64_t key, double confidence,
                                 struct ust_interval *out)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT p.value FROM replication n CROSS JOIN kpi p"
                           " ON p.replication = n.id AND p.key = ?1"
                           " WHERE p.value IS NOT NULL ORDER BY n.id",
                           -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the KPIs");
    sqlite3_bind_int64(row, 1, key);
    struct ust_sample sample = {.key = key};
    while (sqlite3_step(row) == SQLITE_ROW)
        ust_sample_add(&sample, sqlite3_column_double(row, 0));
    sqlite3_finalize(row);
    const char *method;
    *out = mean_of(&sample, confidence, run_seed(store), &method);
    free(sample.values);
    return UST_OK;
}

enum ust_status ust_stats_estimate_key(struct ust_store *store, int64_t key, double confidence,
                                       struct ust_interval *out)
{
    sqlite3_stmt *row = NULL;
    bool ratio = false;
    sqlite3_prepare_v2(ust_store_sqlite(store),
                       "SELECT 1 FROM key k JOIN metric m ON m.id = k.metric "
                       "WHERE k.id = ?1 AND m.name = 'attainment'",
                       -1, &row, NULL);
    sqlite3_bind_int64(row, 1, key);
    ratio = sqlite3_step(row) == SQLITE_ROW;
    sqlite3_finalize(row);
    return ratio ? read_ratio(store, key, confidence, out)
                 : read_mean(store, key, confidence, out);
}

/* ---- all ---- */

static enum ust_status rewrite(struct ust_store *store, double confidence)
{
    UST_TRY(write_means(store, confidence));
    UST_TRY(write_ratios(store, confidence));
    UST_TRY(ust_estimate_single(store, confidence));
    if (sqlite3_exec(ust_store_sqlite(store), "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store estimates");
    return UST_OK;
}

enum ust_status ust_stats_estimate(struct ust_store *store, double confidence)
{
    sqlite3 *db = ust_store_sqlite(store);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store estimates");
    enum ust_status status = rewrite(store, confidence);
    if (status != UST_OK && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}
