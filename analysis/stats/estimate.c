/* Table `estimate`: what the replications say together about each key. */
#include "analysis/stats/stats.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "sim/base/arena.h"

/* The values of one key, gathered row by row. */
struct sample {
    sqlite3_int64 key;
    double *values;
    size_t n, capacity;
};

static void gather(struct sample *sample, double value)
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

static enum ust_status write_key(struct ust_store *store, sqlite3_stmt *insert,
                                 struct sample *sample, double confidence)
{
    struct ust_interval t = {ust_nan(), ust_nan(), ust_nan()};
    if (sample->n > 0)
        t = ust_stats_t(sample->values, sample->n, confidence);
    sqlite3_bind_int64(insert, 1, sample->key);
    sqlite3_bind_int64(insert, 2, (sqlite3_int64)sample->n);
    bind_real(insert, 3, t.value);
    bind_real(insert, 4, t.low);
    bind_real(insert, 5, t.high);
    sqlite3_bind_double(insert, 6, confidence);
    enum ust_status status = UST_OK;
    if (sqlite3_step(insert) != SQLITE_DONE)
        status = ust_store_failed(store, "cannot store estimates");
    sqlite3_reset(insert);
    sample->n = 0;
    return status;
}

static enum ust_status write_all(struct ust_store *store, sqlite3_stmt *row,
                                 sqlite3_stmt *insert, double confidence)
{
    struct sample sample = {0};
    enum ust_status status = UST_OK;
    bool first = true;
    int code;
    while (status == UST_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 key = sqlite3_column_int64(row, 0);
        if (!first && key != sample.key)
            status = write_key(store, insert, &sample, confidence);
        first = false;
        sample.key = key;
        if (sqlite3_column_type(row, 1) != SQLITE_NULL)
            gather(&sample, sqlite3_column_double(row, 1));
    }
    if (status == UST_OK && code != SQLITE_DONE)
        status = ust_store_failed(store, "cannot read the KPIs");
    if (status == UST_OK && !first)
        status = write_key(store, insert, &sample, confidence);
    free(sample.values);
    return status;
}

static enum ust_status rewrite(struct ust_store *store, double confidence)
{
    sqlite3 *db = ust_store_sqlite(store);
    sqlite3_stmt *row = NULL, *insert = NULL;
    enum ust_status status = UST_OK;
    if (sqlite3_exec(db, "DELETE FROM estimate", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT key, value FROM kpi ORDER BY key, replication", -1, &row,
                           NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO estimate VALUES (?, ?, ?, ?, ?, ?, 't')", -1,
                           &insert, NULL) != SQLITE_OK)
        status = ust_store_failed(store, "cannot store estimates");
    if (status == UST_OK)
        status = write_all(store, row, insert, confidence);
    sqlite3_finalize(row);
    sqlite3_finalize(insert);
    if (status == UST_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = ust_store_failed(store, "cannot store estimates");
    return status;
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
