/* Intervals of one long run: batch means of each key's series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/batch.h"
#include "analysis/stats/estimate.h"

/* One replication, and nothing in it that makes one hour unlike another. */
static bool one_calm_run(struct ust_store *store, double *value_per_interval)
{
    sqlite3_stmt *row = NULL;
    bool calm = false;
    sqlite3_prepare_v2(ust_store_sqlite(store),
                       "SELECT (SELECT count(*) FROM replication) = 1 AND"
                       " (SELECT count(*) FROM fault) = 0, duration_s / interval_s FROM run",
                       -1, &row, NULL);
    if (sqlite3_step(row) == SQLITE_ROW) {
        calm = sqlite3_column_int(row, 0) != 0;
        *value_per_interval = sqlite3_column_double(row, 1);
    }
    sqlite3_finalize(row);
    return calm;
}

struct series {
    struct ust_sample sample;
    double value; /* of the whole run */
    bool sum;     /* a count: the run's value is the sum of its intervals */
    bool whole;   /* no interval is empty */
};

/* Around the run's own value: for a ratio or a quantile the mean of its intervals is another
 * number, but it strays as much (sectioning; Asmussen and Glynn 2007, III.5a). */
static enum ust_status write_series(struct ust_store *store, struct series *series,
                                    double intervals, double confidence)
{
    struct ust_sample *sample = &series->sample;
    size_t full = (size_t)floor(intervals + 1e-9); /* the last one may be cut short */
    struct ust_interval out = {series->value, ust_nan(), ust_nan()};
    if (series->whole && sample->n >= full) {
        struct ust_batches batches = ust_stats_batch_means(sample->values, full, confidence);
        double scale = series->sum ? intervals : 1.0;
        out.low = series->value - scale * (batches.mean.value - batches.mean.low);
        out.high = series->value + scale * (batches.mean.high - batches.mean.value);
    }
    sample->n = 0;
    return ust_estimate_replace(store, sample->key, out, "batch");
}

#define KEYS_SQL                                                                               \
    "SELECT p.replication, p.key, p.value, m.summary = 'sum'"                                  \
    " FROM kpi p JOIN key k ON k.id = p.key JOIN metric m ON m.id = k.metric"                  \
    " WHERE m.summary <> 'max' AND p.value IS NOT NULL ORDER BY p.key"
#define VALUES_SQL                                                                             \
    "SELECT value FROM series WHERE replication = ? AND key = ? ORDER BY interval"

/* Reads the intervals of the row's key with `values`; a key may have none. */
static void read_series(sqlite3_stmt *row, sqlite3_stmt *values, struct series *series)
{
    series->sample.key = sqlite3_column_int64(row, 1);
    series->value = sqlite3_column_double(row, 2);
    series->sum = sqlite3_column_int(row, 3) != 0;
    series->whole = true;
    sqlite3_bind_int64(values, 1, sqlite3_column_int64(row, 0));
    sqlite3_bind_int64(values, 2, series->sample.key);
    while (sqlite3_step(values) == SQLITE_ROW) {
        series->whole = series->whole && sqlite3_column_type(values, 0) != SQLITE_NULL;
        ust_sample_add(&series->sample, sqlite3_column_double(values, 0));
    }
    sqlite3_reset(values);
}

static enum ust_status write_all(struct ust_store *store, sqlite3_stmt *row,
                                 sqlite3_stmt *values, double intervals, double confidence)
{
    struct series series = {0};
    enum ust_status status = UST_OK;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        read_series(row, values, &series);
        if (series.sample.n > 0)
            status = write_series(store, &series, intervals, confidence);
    }
    free(series.sample.values);
    return status;
}

enum ust_status ust_estimate_single(struct ust_store *store, double confidence)
{
    double intervals = 0.0;
    if (!one_calm_run(store, &intervals))
        return UST_OK;
    sqlite3 *db = ust_store_sqlite(store);
    sqlite3_stmt *row = NULL, *values = NULL;
    enum ust_status status;
    if (sqlite3_prepare_v2(db, KEYS_SQL, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, VALUES_SQL, -1, &values, NULL) != SQLITE_OK)
        status = ust_store_failed(store, "cannot read the series");
    else
        status = write_all(store, row, values, intervals, confidence);
    sqlite3_finalize(row);
    sqlite3_finalize(values);
    return status;
}
