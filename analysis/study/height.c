#include "analysis/study/height.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "sim/base/text.h"
#include "sim/base/time.h"

static enum ust_status prepare(struct ust_store *store, const char *before, const char *sql,
                               sqlite3_stmt **row)
{
    struct ust_text text = {0};
    ust_text_printf(&text, "%s%s", before, sql);
    int code =
        sqlite3_prepare_v2(ust_store_sqlite(store), ust_text_string(&text), -1, row, NULL);
    ust_text_free(&text);
    return code == SQLITE_OK ? UST_OK : ust_store_failed(store, "cannot read the results");
}

/* Users come before an abort and after it. An abort is told at the end of the interval that
 * broke a bound. */
#define REST_SQL                                                                               \
    "cut(replication, at) AS ("                                                                \
    " SELECT replication, min(t_s) / (SELECT interval_s FROM run) - 0.5 FROM timeline"         \
    " WHERE event = 'injection_aborted' AND persona IN (SELECT persona FROM h) GROUP BY 1),"   \
    " height(replication, key, metric, persona, region, service, value) AS ("                  \
    " SELECT s.replication, k.id, m.name, k.persona, k.region, k.service, s.value"             \
    " FROM metric m JOIN key k ON k.metric = m.id CROSS JOIN replication r"                    \
    " CROSS JOIN series s ON s.replication = r.id AND s.key = k.id"                            \
    " LEFT JOIN cut c ON c.replication = r.id"                                                 \
    " WHERE (s.interval < coalesce(c.at, 1e18) OR"                                             \
    "  (k.persona > 0 AND k.persona NOT IN (SELECT persona FROM h)))"                          \
    " AND EXISTS (SELECT 1 FROM h"                                                             \
    "  WHERE s.interval BETWEEN h.first AND h.last AND (h.persona = k.persona OR"              \
    "   (k.persona = 0 AND h.region = k.region) OR NOT EXISTS (SELECT 1 FROM h o"              \
    "    WHERE o.persona = k.persona OR (k.persona = 0 AND o.region = k.region)))))"

static double interval_of(struct ust_store *store)
{
    sqlite3_stmt *row = NULL;
    double interval = 0.0;
    if (prepare(store, "", "SELECT interval_s FROM run", &row) == UST_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        interval = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return interval;
}

static int region_of(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t i = 0; i < scenario->regions.n; i++)
        if (ust_text_equal(scenario->region_names[i], name))
            return (int)i + 1;
    return 0;
}

const char *ust_height_sql(struct ust_arena *arena, struct ust_store *store,
                           const struct ust_scenario *scenario, const char *persona)
{
    const struct ust_injection_spec *all = scenario->injections.at;
    double interval = interval_of(store), end = ust_time_seconds(scenario->duration);
    struct ust_text sql = {0};
    if (interval <= 0.0) {
        (void)ust_store_failed(store, "cannot read the length of an interval");
        return NULL;
    }
    ust_text_add(&sql, "WITH h(persona, first, last, region) AS (");
    bool any = false;
    for (uint32_t i = 0; i < scenario->injections.n; i++) {
        if (persona != NULL && !ust_text_equal(persona, all[i].persona))
            continue;
        double from = ust_time_seconds(all[i].at + all[i].ramp_up);
        double to = ust_time_seconds(all[i].at + all[i].duration - all[i].ramp_down);
        double until = fmin(to, end);
        double first = ceil(from / interval - 1e-9), last = floor(until / interval + 1e-9) - 1;
        if (last < first)
            first = last = floor(fmin((from + to) / 2.0, end - interval / 2.0) / interval);
        ust_text_printf(&sql, "%s(%u, %.0f, %.0f, %d)", any ? ", " : "VALUES ",
                        scenario->traffic.n + i + 1, first, last,
                        region_of(scenario, all[i].region));
        any = true;
    }
    ust_text_add(&sql, "), " REST_SQL " ");
    const char *out = ust_arena_text(arena, ust_text_string(&sql));
    ust_text_free(&sql);
    return out;
}

enum ust_status ust_height_margin(const char *height, struct ust_store *store,
                                  double confidence, struct ust_interval *margin,
                                  uint32_t *aborted, uint32_t *of)
{
    sqlite3_stmt *row = NULL;
    *aborted = *of = 0;
    UST_TRY(prepare(store, height,
                    "SELECT (SELECT count(*) FROM cut), (SELECT count(*) FROM replication)",
                    &row));
    if (sqlite3_step(row) == SQLITE_ROW) {
        *aborted = (uint32_t)sqlite3_column_int64(row, 0);
        *of = (uint32_t)sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    struct ust_interval share = ust_stats_wilson(*aborted, *of > 0 ? *of : 1, confidence);
    double half = 0.5 - 1e-9; /* just half is not fewer */
    *margin = (struct ust_interval){half - share.value, half - share.high, half - share.low};
    return UST_OK;
}

enum ust_status ust_height_mean(const char *height, struct ust_store *store, int64_t key,
                                double confidence, struct ust_interval *out)
{
    sqlite3_stmt *row = NULL;
    double *values = NULL;
    size_t n = 0;
    *out = (struct ust_interval){ust_nan(), ust_nan(), ust_nan()};
    UST_TRY(prepare(store, height,
                    "SELECT avg(value), (SELECT count(*) FROM replication) FROM height"
                    " WHERE key = ?1 GROUP BY replication HAVING avg(value) IS NOT NULL"
                    " ORDER BY replication",
                    &row));
    sqlite3_bind_int64(row, 1, key);
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (values == NULL)
            values = ust_malloc((size_t)sqlite3_column_int64(row, 1) * sizeof *values);
        values[n++] = sqlite3_column_double(row, 0);
    }
    sqlite3_finalize(row);
    if (n > 0)
        *out = ust_stats_t(values, n, confidence);
    free(values);
    return UST_OK;
}
