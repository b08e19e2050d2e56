/* Tables `readiness` and `verdict`, rewritten as a whole. What is not finite (never recovered,
 * no demand) is stored as NULL. */
#include "analysis/readiness/internal.h"
#include "analysis/readiness/stability.h"

#include <math.h>
#include <sqlite3.h>

#include "analysis/stats/stats.h"

static void bind_real(sqlite3_stmt *statement, int column, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(statement, column, value);
    else
        sqlite3_bind_null(statement, column);
}

static enum ust_status step(struct ust_store *store, sqlite3_stmt *statement)
{
    enum ust_status status = UST_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        status = ust_store_failed(store, "cannot store the verdict");
    sqlite3_reset(statement);
    return status;
}

static enum ust_status write_cell(struct ust_store *store, sqlite3_stmt *s,
                                  const struct ust_readiness_result *result, uint32_t i,
                                  uint32_t p)
{
    const struct ust_readiness_kpi *kpi = &result->kpi[i * result->personas_n + p];
    const struct ust_readiness_score *score = &result->score[i * result->personas_n + p];
    sqlite3_bind_int64(s, 1, result->ids[i]);
    sqlite3_bind_int64(s, 2, result->personas[p].id);
    const double values[] = {kpi->offered,     kpi->good,         kpi->attainment,
                             kpi->budget_burn, kpi->recovery_s,   kpi->shortfall,
                             kpi->headroom,    kpi->loss_window_s};
    for (int k = 0; k < 8; k++)
        bind_real(s, 3 + k, values[k]);
    sqlite3_bind_int(s, 11, kpi->metastable);
    bind_real(s, 12, kpi->static_share);
    for (int k = 0; k < UST_COMPONENTS; k++)
        bind_real(s, 13 + k, score->component[k]);
    sqlite3_bind_double(s, 19, 100.0 * score->score);
    sqlite3_bind_int(s, 20, score->ready);
    return step(store, s);
}

/* The replication as a whole: R_i and whether all personas were ready. */
static enum ust_status write_whole(struct ust_store *store, sqlite3_stmt *s,
                                   const struct ust_readiness_result *result, uint32_t i)
{
    sqlite3_clear_bindings(s);
    sqlite3_bind_int64(s, 1, result->ids[i]);
    sqlite3_bind_int64(s, 2, 0);
    sqlite3_bind_double(s, 19, result->scores[i]);
    sqlite3_bind_int(s, 20, result->ready[i]);
    return step(store, s);
}

static enum ust_status write_cells(struct ust_store *store, sqlite3_stmt *s,
                                   const struct ust_readiness_result *result)
{
    for (uint32_t i = 0; i < result->n; i++) {
        for (uint32_t p = 0; p < result->personas_n; p++)
            UST_TRY(write_cell(store, s, result, i, p));
        UST_TRY(write_whole(store, s, result, i));
    }
    return UST_OK;
}

static enum ust_status write_verdict(struct ust_store *store, sqlite3_stmt *s,
                                     const struct ust_readiness_result *result)
{
    const struct ust_readiness_bound *score = &result->readiness, *ready = &result->p_ready;
    sqlite3_bind_text(s, 1, ust_verdict_name(result->verdict), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, result->region, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, result->lost, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, result->n);
    const double values[] = {score->value, score->low, score->high,
                             ready->value, ready->low, ready->high};
    for (int k = 0; k < 6; k++)
        bind_real(s, 5 + k, values[k]);
    sqlite3_bind_text(s, 11, result->personas[result->weakest].objective.persona, -1,
                      SQLITE_STATIC);
    bind_real(s, 12, result->percentile5);
    sqlite3_bind_text(s, 13, result->method, -1, SQLITE_STATIC);
    return step(store, s);
}

/* Prepares, lets `write` bind and step, finalizes. */
static enum ust_status with(struct ust_store *store, const char *sql,
                            enum ust_status (*write)(struct ust_store *, sqlite3_stmt *,
                                                     const struct ust_readiness_result *),
                            const struct ust_readiness_result *result)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &s, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store the verdict");
    enum ust_status status = write(store, s, result);
    sqlite3_finalize(s);
    return status;
}

static enum ust_status execute(struct ust_store *store, const char *sql)
{
    if (sqlite3_exec(ust_store_sqlite(store), sql, NULL, NULL, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot store the verdict");
}

static enum ust_status rewrite(struct ust_store *store,
                               const struct ust_readiness_result *result)
{
    UST_TRY(execute(store, "DELETE FROM readiness; DELETE FROM verdict"));
    UST_TRY(
        with(store,
             "INSERT INTO readiness VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
             "?, ?, ?, ?)",
             write_cells, result));
    UST_TRY(with(store, "INSERT INTO verdict VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 write_verdict, result));
    UST_TRY(ust_stability_write(store, result));
    return execute(store, "COMMIT");
}

enum ust_status ust_readiness_judge(struct ust_store *store, struct ust_readiness_result *out)
{
    UST_TRY(ust_readiness_compute(store, NULL, out));
    enum ust_status status = execute(store, "BEGIN IMMEDIATE");
    if (status == UST_OK)
        status = rewrite(store, out);
    if (status != UST_OK) {
        if (!sqlite3_get_autocommit(ust_store_sqlite(store)))
            sqlite3_exec(ust_store_sqlite(store), "ROLLBACK", NULL, NULL, NULL);
        ust_readiness_free(out);
    }
    return status;
}
