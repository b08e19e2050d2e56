#include "analysis/readiness/stability.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"

/* Two stretches of the series: ?1 .. ?2 before the fault, ?3 .. ?4 at the end. */
#define WRITE_SQL                                                                              \
    "INSERT INTO stability"                                                                    \
    " WITH v AS ("                                                                             \
    "  SELECT s.replication, m.name AS m, s.interval * interval_s < ?2 AS early,"              \
    "   sum(s.value) AS n FROM run CROSS JOIN metric m"                                        \
    "  CROSS JOIN key k ON k.metric = m.id AND k.region = 0 AND k.service = 0"                 \
    "  CROSS JOIN persona p ON p.id = k.persona AND p.synthetic = 0"                           \
    "  CROSS JOIN replication r"                                                               \
    "  CROSS JOIN series s ON s.replication = r.id AND s.key = k.id"                           \
    "  WHERE m.name IN ('offered', 'good', 'attempts') AND"                                    \
    "   ((s.interval * interval_s >= ?1 - 1e-6 AND s.interval * interval_s < ?2 - 1e-6) OR"    \
    "    (s.interval * interval_s >= ?3 - 1e-6 AND s.interval * interval_s < ?4 - 1e-6))"      \
    "  GROUP BY 1, 2, 3)"                                                                      \
    " SELECT r.id, ?3,"                                                                        \
    "  max(CASE WHEN m = 'offered' AND NOT early THEN n END) / (?4 - ?3),"                     \
    "  max(CASE WHEN m = 'good' AND early THEN n END) / nullif(?2 - ?1, 0),"                   \
    "  max(CASE WHEN m = 'good' AND NOT early THEN n END) / (?4 - ?3),"                        \
    "  max(CASE WHEN m = 'attempts' AND early THEN n END) /"                                   \
    "   nullif(max(CASE WHEN m = 'offered' AND early THEN n END), 0),"                         \
    "  max(CASE WHEN m = 'attempts' AND NOT early THEN n END) /"                               \
    "   nullif(max(CASE WHEN m = 'offered' AND NOT early THEN n END), 0),"                     \
    "  (SELECT max(a.metastable) FROM readiness a WHERE a.replication = r.id"                  \
    "   AND a.persona > 0)"                                                                    \
    " FROM replication r LEFT JOIN v ON v.replication = r.id GROUP BY r.id"

/* Where a trigger lasts into the last stretch, m is 0 for the score and unknown here. */
static enum ust_status forget_unknown(struct ust_store *store,
                                      const struct ust_readiness_result *result)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "UPDATE stability SET metastable = NULL WHERE replication = ?1", -1,
                           &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store the stability");
    int code = SQLITE_DONE;
    for (uint32_t i = 0; i < result->n && code == SQLITE_DONE; i++) {
        if (result->personas_n == 0 || result->kpi[i * result->personas_n].stability_known)
            continue;
        sqlite3_bind_int64(row, 1, result->ids[i]);
        code = sqlite3_step(row);
        sqlite3_reset(row);
    }
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot store the stability");
}

enum ust_status ust_stability_write(struct ust_store *store,
                                    const struct ust_readiness_result *result)
{
    sqlite3 *db = ust_store_sqlite(store);
    if (sqlite3_exec(db, "DELETE FROM stability", NULL, NULL, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store the stability");
    if (!result->fault)
        return UST_OK;
    double hold = result->settings.hold_s, end = result->onset_s + result->horizon_s;
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(db, WRITE_SQL, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store the stability");
    sqlite3_bind_double(row, 1, fmax(0.0, result->onset_s - hold));
    sqlite3_bind_double(row, 2, result->onset_s);
    sqlite3_bind_double(row, 3, fmax(result->onset_s, end - hold));
    sqlite3_bind_double(row, 4, end);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? forget_unknown(store, result)
                               : ust_store_failed(store, "cannot store the stability");
}

/* ---- told ---- */

enum { DEMAND, BEFORE, AFTER, SENDS_BEFORE, SENDS_AFTER, COLUMNS };

struct stability {
    double median[COLUMNS]; /* of the replications that do not recover */
    uint32_t n, of;
};

static double median_of(struct ust_store *store, const char *column)
{
    struct ust_text sql = {0};
    sqlite3_stmt *row = NULL;
    double value = ust_nan();
    ust_text_printf(
        &sql,
        "SELECT %s FROM stability WHERE metastable AND %s IS NOT NULL ORDER BY 1 "
        "LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM stability WHERE metastable)",
        column, column);
    if (sqlite3_prepare_v2(ust_store_sqlite(store), ust_text_string(&sql), -1, &row, NULL) ==
            SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        value = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    ust_text_free(&sql);
    return value;
}

/* A database of an older version has no such table: nothing is known. */
static struct stability load(struct ust_store *store)
{
    static const char *const columns[COLUMNS] = {"demand", "good_before", "good_after",
                                                 "sends_before", "sends_after"};
    struct stability out = {.n = 0};
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(
            ust_store_sqlite(store),
            "SELECT coalesce(sum(metastable), 0), count(metastable) FROM stability", -1, &row,
            NULL) != SQLITE_OK)
        return out;
    if (sqlite3_step(row) == SQLITE_ROW) {
        out.n = (uint32_t)sqlite3_column_int64(row, 0);
        out.of = (uint32_t)sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    for (int i = 0; i < COLUMNS; i++)
        out.median[i] = median_of(store, columns[i]);
    return out;
}

void ust_stability_tell(struct ust_store *store, struct ust_text *out)
{
    struct stability it = load(store);
    if (it.n == 0)
        return;
    ust_text_printf(out, "no recovery by itself in %u of %u replication%s: ", it.n, it.of,
                    it.of == 1 ? "" : "s");
    ust_text_printf(out, "%.3g of %.3g requests a second are answered well", it.median[AFTER],
                    it.median[DEMAND]);
    if (!isnan(it.median[BEFORE]))
        ust_text_printf(out, " (%.3g before the fault)", it.median[BEFORE]);
    ust_text_printf(out, ", each sent %.2f times", it.median[SENDS_AFTER]);
    if (!isnan(it.median[SENDS_BEFORE]))
        ust_text_printf(out, " (%.2f)", it.median[SENDS_BEFORE]);
    ust_text_add(out, ", though the fault is over and capacity is there");
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ust_stability_json(struct ust_store *store)
{
    struct stability it = load(store);
    if (it.of == 0)
        return json_null();
    json_t *out = json_object();
    json_object_set_new(out, "metastable", json_integer(it.n));
    json_object_set_new(out, "of", json_integer(it.of));
    json_object_set_new(out, "demand", real(it.median[DEMAND]));
    json_object_set_new(out, "good_before", real(it.median[BEFORE]));
    json_object_set_new(out, "good_after", real(it.median[AFTER]));
    json_object_set_new(out, "sends_before", real(it.median[SENDS_BEFORE]));
    json_object_set_new(out, "sends_after", real(it.median[SENDS_AFTER]));
    return out;
}
