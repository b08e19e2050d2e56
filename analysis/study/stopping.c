#include "analysis/study/stopping.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/readiness/readiness.h"

void ust_stopping_begin(struct ust_stopping *stopping, const struct ust_scenario *scenario)
{
    *stopping = (struct ust_stopping){.spec = &scenario->replications,
                                      .confidence = scenario->readiness.confidence,
                                      .next = (uint32_t)scenario->replications.min};
}

/* ---- one look ---- */

static struct ust_stop_goal goal_of(const struct ust_stopping *stopping)
{
    const struct ust_until_spec *until = &stopping->spec->until;
    return (struct ust_stop_goal){until->half_width, until->relative};
}

/* The interval that is furthest from narrow enough decides. */
static void hold(struct ust_stopping *stopping, struct ust_interval interval, bool first)
{
    struct ust_stop_goal goal = goal_of(stopping);
    double half = ust_stats_half_width(interval);
    double allowed = ust_stats_allowed(&goal, interval.value);
    bool worse = isnan(half) || (!isnan(stopping->half_width) &&
                                 half * stopping->allowed > stopping->half_width * allowed);
    if (first || worse) {
        stopping->widest = interval;
        stopping->half_width = half;
        stopping->allowed = allowed;
    }
    stopping->reached = (first || stopping->reached) && ust_stats_narrow(&goal, interval);
}

static enum ust_status look_at_readiness(struct ust_stopping *stopping, struct ust_store *store)
{
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(store, NULL, &result));
    struct ust_readiness_bound bound =
        stopping->spec->until.of == UST_UNTIL_READINESS ? result.readiness : result.p_ready;
    hold(stopping, (struct ust_interval){bound.value, bound.low, bound.high}, true);
    ust_readiness_free(&result);
    return UST_OK;
}

/* Users: one row, of a persona or of all together; pools: each that the names leave. */
#define KEYS_SQL                                                                               \
    "SELECT k.id FROM key k JOIN metric m ON m.id = k.metric"                                  \
    " LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service"           \
    " LEFT JOIN persona p ON p.id = k.persona"                                                 \
    " WHERE m.name = ?1 AND CASE WHEN ?5 THEN k.region = 0 AND k.service = 0"                  \
    "  AND coalesce(p.name, '') = coalesce(?2, '')"                                            \
    " ELSE (?3 IS NULL OR r.name = ?3) AND (?4 IS NULL OR v.name = ?4) END ORDER BY k.id"

static enum ust_status look_at_keys(struct ust_stopping *stopping, struct ust_store *store)
{
    const struct ust_until_spec *until = &stopping->spec->until;
    const struct ust_metric_facts *metric = &ust_metrics[until->of - UST_UNTIL_METRIC];
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), KEYS_SQL, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the keys");
    sqlite3_bind_text(row, 1, metric->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, until->persona, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, until->region, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, until->service, -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 5, metric->scope == UST_PER_PERSONA);
    enum ust_status status = UST_OK;
    bool first = true;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        struct ust_interval interval;
        status = ust_stats_estimate_key(store, sqlite3_column_int64(row, 0),
                                        stopping->confidence, &interval);
        if (status == UST_OK)
            hold(stopping, interval, first);
        first = false;
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status look(struct ust_stopping *stopping, struct ust_store *store, uint32_t n)
{
    stopping->looked = true;
    stopping->reached = false;
    stopping->n = n;
    stopping->half_width = stopping->allowed = ust_nan();
    return stopping->spec->until.of < UST_UNTIL_METRIC ? look_at_readiness(stopping, store)
                                                       : look_at_keys(stopping, store);
}

enum ust_status ust_stopping_enough(void *context, struct ust_store *store, uint32_t n,
                                    bool *is)
{
    struct ust_stopping *stopping = context;
    while (stopping->next < n)
        stopping->next = ust_stats_next_look(stopping->next);
    if (stopping->next == n) {
        UST_TRY(look(stopping, store, n));
        *is = stopping->reached;
    }
    return UST_OK;
}

/* ---- what is kept ---- */

static void bind_real(sqlite3_stmt *statement, int column, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, column);
    else
        sqlite3_bind_double(statement, column, value);
}

static enum ust_status write_row(const struct ust_stopping *stopping, struct ust_store *store)
{
    const struct ust_until_spec *until = &stopping->spec->until;
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(
            ust_store_sqlite(store),
            "INSERT INTO stopping VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &row,
            NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store why it stopped");
    bool relative = until->relative_node != NULL;
    sqlite3_bind_text(row, 1, ust_until_names[until->of], -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, ust_until_unit(until), -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, until->region, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, until->service, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 5, until->persona, -1, SQLITE_STATIC);
    bind_real(row, 6, relative ? ust_nan() : until->half_width);
    bind_real(row, 7, relative ? until->relative : ust_nan());
    sqlite3_bind_int64(row, 8, stopping->spec->max);
    sqlite3_bind_int64(row, 9, stopping->n);
    bind_real(row, 10, stopping->half_width);
    bind_real(row, 11, stopping->allowed);
    sqlite3_bind_int(row, 12, stopping->reached);
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) != SQLITE_DONE)
        status = ust_store_failed(store, "cannot store why it stopped");
    sqlite3_finalize(row);
    return status;
}

enum ust_status ust_stopping_end(struct ust_stopping *stopping, struct ust_store *store,
                                 bool asked)
{
    sqlite3 *db = ust_store_sqlite(store);
    if (sqlite3_exec(db, "DELETE FROM stopping", NULL, NULL, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot store why it stopped");
    if (!asked)
        return UST_OK;
    sqlite3_stmt *row = NULL;
    uint32_t n = 0;
    sqlite3_prepare_v2(db, "SELECT count(*) FROM replication", -1, &row, NULL);
    if (sqlite3_step(row) == SQLITE_ROW)
        n = (uint32_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    /* The maximum may lie between two looks. */
    if (!stopping->looked || stopping->n != n)
        UST_TRY(look(stopping, store, n));
    return write_row(stopping, store);
}
