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

#define SERIES_SQL                                                                             \
    "SELECT s.key, s.value, p.value, m.summary"                                                \
    " FROM replication n CROSS JOIN series s ON s.replication = n.id"                          \
    " JOIN kpi p ON p.replication = n.id AND p.key = s.key"                                    \
    " JOIN key k ON k.id = s.key JOIN metric m ON m.id = k.metric"                             \
    " WHERE m.summary <> 'max' AND p.value IS NOT NULL ORDER BY s.key, s.interval"

static enum ust_status write_all(struct ust_store *store, sqlite3_stmt *row, double intervals,
                                 double confidence)
{
    struct series series = {0};
    enum ust_status status = UST_OK;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        sqlite3_int64 key = sqlite3_column_int64(row, 0);
        if (series.sample.n > 0 && key != series.sample.key)
            status = write_series(store, &series, intervals, confidence);
        if (series.sample.n == 0)
            series.whole = true;
        series.sample.key = key;
        series.whole = series.whole && sqlite3_column_type(row, 1) != SQLITE_NULL;
        ust_sample_add(&series.sample, sqlite3_column_double(row, 1));
        series.value = sqlite3_column_double(row, 2);
        series.sum = strcmp((const char *)sqlite3_column_text(row, 3), "sum") == 0;
    }
    if (status == UST_OK && series.sample.n > 0)
        status = write_series(store, &series, intervals, confidence);
    free(series.sample.values);
    return status;
}

enum ust_status ust_estimate_single(struct ust_store *store, double confidence)
{
    double intervals = 0.0;
    if (!one_calm_run(store, &intervals))
        return UST_OK;
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), SERIES_SQL, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the series");
    enum ust_status status = write_all(store, row, intervals, confidence);
    sqlite3_finalize(row);
    return status;
}
