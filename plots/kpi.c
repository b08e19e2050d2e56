/* Single values of a run: summaries of replications, and the intervals that analysis made. */
#include <math.h>
#include <sqlite3.h>

#include "plots/band.h"

enum ust_status ust_plot_kpi(const struct ust_plot_run *run, const char *metric,
                             struct ust_plot_scope scope, double *values)
{
    struct sqlite3_stmt *s;
    bool row;
    /* The coarsest keeping of the metric: the fewest scopes beyond those asked for. */
    UST_TRY(ust_plot_prepare(
        run,
        "WITH fit AS (SELECT k.id, (?2 = 0 AND k.region > 0) + (?3 = 0 AND k.service > 0)"
        "  + (?4 = 0 AND k.persona > 0) AS finer"
        "  FROM key k JOIN metric m ON m.id = k.metric WHERE m.name = ?1"
        "  AND (?2 = 0 OR k.region = ?2) AND (?3 = 0 OR k.service = ?3)"
        "  AND (?4 = 0 OR k.persona = ?4))"
        " SELECT sum(v.value) FROM fit JOIN kpi v ON v.key = fit.id AND v.replication = ?5"
        " WHERE fit.finer = (SELECT min(finer) FROM fit)",
        &s));
    enum ust_status status = UST_OK;
    for (uint32_t r = 0; r < run->replications_n && status == UST_OK; r++) {
        sqlite3_reset(s);
        sqlite3_bind_text(s, 1, metric, -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 2, scope.region);
        sqlite3_bind_int64(s, 3, scope.service);
        sqlite3_bind_int64(s, 4, scope.persona);
        sqlite3_bind_int64(s, 5, run->replication[r]);
        status = ust_plot_next(run, s, &row);
        values[r] = status == UST_OK && row ? ust_plot_number(s, 0) : (double)NAN;
    }
    sqlite3_finalize(s);
    return status;
}

enum ust_status ust_plot_estimate(const struct ust_plot_run *run, const char *metric,
                                  struct ust_plot_scope scope, struct ust_plot_estimate *out)
{
    struct sqlite3_stmt *s;
    bool row;
    *out = (struct ust_plot_estimate){(double)NAN, (double)NAN, (double)NAN, (double)NAN, 0};
    UST_TRY(ust_plot_prepare(run,
                             "SELECT e.mean, e.low, e.high, e.confidence, e.n FROM estimate e"
                             " JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric"
                             " WHERE m.name = ?1 AND k.region = ?2 AND k.service = ?3"
                             " AND k.persona = ?4",
                             &s));
    sqlite3_bind_text(s, 1, metric, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, scope.region);
    sqlite3_bind_int64(s, 3, scope.service);
    sqlite3_bind_int64(s, 4, scope.persona);
    enum ust_status status = ust_plot_next(run, s, &row);
    if (status == UST_OK && row) {
        out->mean = ust_plot_number(s, 0);
        out->low = ust_plot_number(s, 1);
        out->high = ust_plot_number(s, 2);
        out->confidence = ust_plot_number(s, 3);
        out->n = (uint32_t)sqlite3_column_int64(s, 4);
    }
    sqlite3_finalize(s);
    return status;
}
