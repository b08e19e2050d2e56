/* From the database to the course of one replication at a time. */
#include "analysis/readiness/internal.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "sim/cli/cli.h"

const char *const ust_moment_names[UST_MOMENTS] = {
    "detected", "moved_50", "moved_90", "moved_99", "capacity_caught_up", "objectives_met"};

/* Runs a query and hands each row to `take`. */
static enum ust_status each(struct ust_store *store, const char *sql, uint32_t argument,
                            void (*take)(struct ust_readiness_run *, sqlite3_stmt *),
                            struct ust_readiness_run *run)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read for readiness");
    if (sqlite3_bind_parameter_count(row) > 0)
        sqlite3_bind_int64(row, 1, argument);
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW)
        take(run, row);
    enum ust_status status = UST_OK;
    if (code != SQLITE_DONE)
        status = ust_store_failed(store, "cannot read for readiness");
    sqlite3_finalize(row);
    return status;
}

static const char *text(struct ust_readiness_run *run, sqlite3_stmt *row, int column)
{
    const char *found = (const char *)sqlite3_column_text(row, column);
    return ust_arena_text(run->arena, found ? found : "");
}

/* ---- what is the same in all replications ---- */

static void take_run(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    run->seed = run->origin.seed = strtoull(text(run, row, 0), NULL, 10);
    run->origin.path = text(run, row, 3);
    run->origin.scenario = text(run, row, 4);
    run->origin.overrides = text(run, row, 5);
    run->course.interval_s = sqlite3_column_double(row, 1);
    double n = ceil(sqlite3_column_double(row, 2) / run->course.interval_s - 1e-9);
    run->course.intervals = n > 0.0 ? (uint32_t)n : 0;
}

static void take_setting(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    ust_readiness_setting(&run->settings, text(run, row, 0), sqlite3_column_double(row, 1));
}

static void take_counts(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    uint32_t personas = (uint32_t)sqlite3_column_int64(row, 0);
    uint32_t replications = (uint32_t)sqlite3_column_int64(row, 1);
    uint32_t pools = (uint32_t)sqlite3_column_int64(row, 2);
    run->persona_ids = ust_arena_alloc(run->arena, uint32_t, personas + 1);
    run->persona_services = ust_arena_alloc(run->arena, uint32_t, personas + 1);
    run->objectives = ust_arena_alloc(run->arena, struct ust_readiness_objective, personas + 1);
    run->ids = ust_arena_alloc(run->arena, uint32_t, replications + 1);
    run->pools = ust_arena_alloc(run->arena, struct ust_readiness_pool, pools + 1);
}

static void take_replication(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    run->ids[run->n++] = (uint32_t)sqlite3_column_int64(row, 0);
}

static void take_persona(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    run->persona_ids[run->personas] = (uint32_t)sqlite3_column_int64(row, 0);
    run->persona_services[run->personas] = (uint32_t)sqlite3_column_int64(row, 7);
    run->objectives[run->personas++] =
        (struct ust_readiness_objective){.persona = text(run, row, 1),
                                         .weight = sqlite3_column_double(row, 2),
                                         .attainment = sqlite3_column_double(row, 3),
                                         .rto_s = sqlite3_column_double(row, 4),
                                         .rpo_s = sqlite3_column_double(row, 5),
                                         .requests_30d = sqlite3_column_double(row, 6)};
}

static void take_pool(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    run->pools[run->course.pools++] =
        (struct ust_readiness_pool){.region = (uint32_t)sqlite3_column_int64(row, 0),
                                    .service = (uint32_t)sqlite3_column_int64(row, 1),
                                    .under_test = sqlite3_column_int(row, 2) != 0,
                                    .shifts = sqlite3_column_int(row, 3) != 0};
}

static void take_region(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    const char *name = text(run, row, 0);
    run->region =
        run->region ? ust_arena_printf(run->arena, "%s, %s", run->region, name) : name;
}

/* "the loss of us-east-1", "slow down of us-east-1". */
static const char *fault_text(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    const char *kind = text(run, row, 0), *region = text(run, row, 3);
    if (ust_text_equal(kind, "region_loss") && *region)
        return ust_arena_printf(run->arena, "the loss of %s", region);
    char *words = ust_arena_text(run->arena, kind);
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    return *region ? ust_arena_printf(run->arena, "%s in %s", words, region) : words;
}

/* Of several faults of one kind in one place, once is enough. */
static bool mentions(const char *list, const char *what)
{
    static const char joint[] = " and ";
    size_t length = strlen(what), gap = strlen(joint);
    for (const char *at = list; (at = strstr(at, what)) != NULL; at++) {
        bool begins =
            at == list || ((size_t)(at - list) >= gap && memcmp(at - gap, joint, gap) == 0);
        if (begins && (at[length] == '\0' || strncmp(at + length, joint, gap) == 0))
            return true;
    }
    return false;
}

static void take_fault(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    double start = sqlite3_column_double(row, 1), end = sqlite3_column_double(row, 2);
    const char *what = fault_text(run, row);
    if (!run->course.fault)
        run->lost = what;
    else if (!mentions(run->lost, what))
        run->lost = ust_arena_printf(run->arena, "%s and %s", run->lost, what);
    run->course.onset_s = run->course.fault ? fmin(run->course.onset_s, start) : start;
    run->course.all_over_s = run->course.fault ? fmax(run->course.all_over_s, end) : end;
    run->course.fault = true;
}

static double **series_of(struct ust_readiness_run *run, uint32_t n)
{
    double **series = ust_arena_alloc(run->arena, double *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        series[i] = ust_arena_alloc(run->arena, double, run->course.intervals + 1);
    return series;
}

static void make_series(struct ust_readiness_run *run)
{
    struct ust_readiness_trajectory *course = &run->course;
    run->offered = series_of(run, run->personas);
    run->good = series_of(run, run->personas);
    run->undecided = series_of(run, run->personas);
    run->work = series_of(run, course->pools);
    run->capacity = series_of(run, course->pools);
    run->loss_window_s = ust_arena_alloc(run->arena, double, run->personas + 1);
    course->personas = run->personas;
    course->offered = (const double *const *)run->offered;
    course->good = (const double *const *)run->good;
    course->undecided = (const double *const *)run->undecided;
    course->loss_window_s = run->loss_window_s;
    for (uint32_t k = 0; k < course->pools; k++) {
        run->pools[k].work = run->work[k];
        run->pools[k].capacity = run->capacity[k];
    }
    course->pool = run->pools;
}

/* Where no region is marked, all stand under test. */
#define UNDER_TEST "(under_test OR NOT EXISTS (SELECT 1 FROM region WHERE under_test))"

enum ust_status ust_readiness_load(struct ust_store *store, struct ust_readiness_run *run)
{
    run->settings = ust_readiness_defaults();
    UST_TRY(
        each(store,
             "SELECT seed, interval_s, duration_s, scenario_path, scenario, overrides FROM run",
             0, take_run, run));
    run->origin.database = ust_arena_text(run->arena, ust_store_path(store));
    UST_TRY(each(store, "SELECT name, value FROM setting", 0, take_setting, run));
    UST_TRY(each(store,
                 "SELECT (SELECT count(*) FROM persona WHERE synthetic = 0), (SELECT count(*) "
                 "FROM replication), "
                 "(SELECT count(*) FROM region) * (SELECT count(*) FROM service)",
                 0, take_counts, run));
    UST_TRY(each(store, "SELECT id FROM replication ORDER BY id", 0, take_replication, run));
    UST_TRY(each(store,
                 "SELECT id, name, weight, attainment_objective, rto_s, rpo_s, requests_30d, "
                 "service FROM persona WHERE synthetic = 0 ORDER BY id",
                 0, take_persona, run));
    UST_TRY(
        each(store,
             "SELECT DISTINCT k.region, k.service, " UNDER_TEST ", "
             "k.region IN (SELECT region FROM fault) AND NOT " UNDER_TEST
             " FROM key k JOIN region r ON r.id = k.region JOIN metric m ON m.id = k.metric "
             "WHERE m.name IN ('work_offered', 'capacity') AND k.service <> 0 "
             "ORDER BY k.region, k.service",
             0, take_pool, run));
    UST_TRY(each(store, "SELECT name FROM region WHERE " UNDER_TEST " ORDER BY id", 0,
                 take_region, run));
    UST_TRY(each(store,
                 "SELECT f.kind, f.start_s, f.end_s, r.name FROM fault f "
                 "LEFT JOIN region r ON r.id = f.region ORDER BY f.start_s, f.id",
                 0, take_fault, run));
    if (run->n == 0)
        return ust_cli_refused("%s: holds no replication yet", ust_store_path(store));
    if (run->personas == 0)
        return ust_cli_refused("%s: holds no persona to judge by", ust_store_path(store));
    if (!run->region)
        run->region = "the system";
    if (!run->lost)
        run->lost = "no fault";
    run->planned_onset_s = run->course.onset_s;
    run->planned_over_s = run->course.all_over_s;
    make_series(run);
    return UST_OK;
}

/* ---- one replication ---- */

static void clear(double **series, uint32_t n, uint32_t intervals)
{
    for (uint32_t i = 0; i < n; i++)
        memset(series[i], 0, intervals * sizeof **series);
}

/* The array that a row's metric and scope belong to, or NULL. */
static double *series_for(struct ust_readiness_run *run, const char *metric, uint32_t region,
                          uint32_t service, uint32_t persona)
{
    for (uint32_t k = 0; k < run->course.pools && region != 0; k++) {
        const struct ust_readiness_pool *pool = &run->course.pool[k];
        if (pool->region == region && pool->service == service)
            return ust_text_equal(metric, "capacity") ? run->capacity[k] : run->work[k];
    }
    for (uint32_t p = 0; p < run->personas; p++)
        if (run->persona_ids[p] == persona)
            return ust_text_equal(metric, "offered") ? run->offered[p]
                   : ust_text_equal(metric, "good")  ? run->good[p]
                                                     : run->undecided[p];
    return NULL;
}

static enum ust_status load_key(struct ust_store *store, struct ust_readiness_run *run,
                                uint32_t replication, sqlite3_int64 key, double sign,
                                double *out)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(
            ust_store_sqlite(store),
            "SELECT interval, value FROM series WHERE replication = ? AND key = ?", -1, &row,
            NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read a series");
    sqlite3_bind_int64(row, 1, replication);
    sqlite3_bind_int64(row, 2, key);
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 i = sqlite3_column_int64(row, 0);
        if (i >= 0 && i < (sqlite3_int64)run->course.intervals)
            out[i] += sign * sqlite3_column_double(row, 1); /* NULL reads as 0 */
    }
    enum ust_status status =
        code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read a series");
    sqlite3_finalize(row);
    return status;
}

static enum ust_status load_series(struct ust_store *store, struct ust_readiness_run *run,
                                   uint32_t replication)
{
    static const char sql[] =
        "SELECT k.id, m.name, k.region, k.service, k.persona FROM key k JOIN metric m ON "
        "m.id = k.metric WHERE (m.name IN ('work_offered', 'capacity') AND k.region <> 0 AND "
        "k.service <> 0) OR (m.name IN ('offered', 'good', 'in_flight', 'overdue') AND "
        "k.region = 0 AND "
        "k.persona <> 0) ORDER BY k.id";
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the keys");
    enum ust_status status = UST_OK;
    int code = SQLITE_DONE;
    while (status == UST_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        const char *metric = (const char *)sqlite3_column_text(row, 1);
        if (metric == NULL)
            break; /* there was no memory for it */
        /* In flight is undecided, but for those who are too late already. */
        double sign = ust_text_equal(metric, "overdue") ? -1.0 : 1.0;
        double *out = series_for(run, metric, (uint32_t)sqlite3_column_int64(row, 2),
                                 (uint32_t)sqlite3_column_int64(row, 3),
                                 (uint32_t)sqlite3_column_int64(row, 4));
        if (out)
            status = load_key(store, run, replication, sqlite3_column_int64(row, 0), sign, out);
    }
    if (status == UST_OK && code != SQLITE_DONE)
        status = ust_store_failed(store, "cannot read the keys");
    sqlite3_finalize(row);
    return status;
}

/* Data is lost with its service: it concerns the personas that call it. */
static void take_loss(struct ust_readiness_run *run, uint32_t service, uint32_t persona,
                      double window_s)
{
    for (uint32_t p = 0; p < run->personas; p++)
        if ((persona == 0 || run->persona_ids[p] == persona) &&
            (service == 0 || run->persona_services[p] == service))
            run->loss_window_s[p] = fmax(run->loss_window_s[p], window_s);
}

static void take_moment(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    const char *event = (const char *)sqlite3_column_text(row, 0);
    double after = sqlite3_column_double(row, 1) - run->course.onset_s;
    if (ust_text_equal(event, "data_loss_window")) {
        take_loss(run, (uint32_t)sqlite3_column_int64(row, 2),
                  (uint32_t)sqlite3_column_int64(row, 3), sqlite3_column_double(row, 4));
        return;
    }
    /* The first after the onset counts: a second fault is detected a second time. */
    for (int m = 0; m < UST_CAUGHT_UP; m++)
        if (ust_text_equal(event, ust_moment_names[m]) && after >= -1e-9)
            run->moment[m] = fmin(run->moment[m], fmax(0.0, after));
}

/* Faults may lag, last, or not come, as chance has it: this replication's timeline says when.
 * Where it has none, they are taken as planned. */
static void take_times(struct ust_readiness_run *run, sqlite3_stmt *row)
{
    run->course.onset_s = run->planned_onset_s;
    run->course.all_over_s = run->planned_over_s;
    if (sqlite3_column_type(row, 0) == SQLITE_NULL)
        return;
    run->course.onset_s = sqlite3_column_double(row, 0);
    bool ended = sqlite3_column_int64(row, 2) >= sqlite3_column_int64(row, 1);
    run->course.all_over_s =
        ended ? sqlite3_column_double(row, 3) : run->course.interval_s * run->course.intervals;
}

static const char times_sql[] =
    "SELECT min(t_s) FILTER (WHERE event = 'fault_start'), "
    "count(*) FILTER (WHERE event = 'fault_start'), "
    "count(*) FILTER (WHERE event = 'fault_end'), "
    "max(t_s) FILTER (WHERE event = 'fault_end') FROM timeline WHERE replication = ?";

enum ust_status ust_readiness_load_replication(struct ust_store *store,
                                               struct ust_readiness_run *run, uint32_t id)
{
    uint32_t intervals = run->course.intervals;
    clear(run->offered, run->personas, intervals);
    clear(run->good, run->personas, intervals);
    clear(run->undecided, run->personas, intervals);
    clear(run->work, run->course.pools, intervals);
    clear(run->capacity, run->course.pools, intervals);
    for (uint32_t p = 0; p < run->personas; p++)
        run->loss_window_s[p] = 0.0;
    for (int m = 0; m < UST_OBJECTIVES_MET; m++)
        run->moment[m] = ust_infinity();
    UST_TRY(load_series(store, run, id));
    UST_TRY(each(store, times_sql, id, take_times, run));
    return each(
        store, "SELECT event, t_s, service, persona, value FROM timeline WHERE replication = ?",
        id, take_moment, run);
}
