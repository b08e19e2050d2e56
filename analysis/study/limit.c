#include "analysis/study/limit.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/study/height.h"
#include "sim/base/text.h"

static enum ust_status prepare(struct ust_limit *limit, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(ust_store_sqlite(limit->store), sql, -1, row, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(limit->store, "cannot keep the loads that were tried");
}

static enum ust_status finish(struct ust_limit *limit, sqlite3_stmt *row)
{
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE
               ? UST_OK
               : ust_store_failed(limit->store, "cannot keep the loads that were tried");
}

/* ---- what is kept ---- */

static double number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? ust_nan()
                                                           : sqlite3_column_double(row, column);
}

static enum ust_status recall(struct ust_limit *limit, double factor,
                              struct ust_interval *margin, struct ust_text *what, bool *found)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(limit,
                    "SELECT margin, low, high, what FROM limit_point WHERE asked = ?1 AND "
                    "factor = ?2",
                    &row));
    sqlite3_bind_text(row, 1, limit->asked, -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 2, factor);
    *found = sqlite3_step(row) == SQLITE_ROW;
    if (*found) {
        *margin = (struct ust_interval){number(row, 0), number(row, 1), number(row, 2)};
        ust_text_add(what, (const char *)sqlite3_column_text(row, 3));
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status keep_point(struct ust_limit *limit, double factor,
                                  const struct ust_interval *margin, const char *what)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(limit, "INSERT INTO limit_point VALUES (?1, ?2, ?3, ?4, ?5, ?6)", &row));
    sqlite3_bind_text(row, 1, limit->asked, -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 2, factor);
    sqlite3_bind_double(row, 3, margin->value); /* NAN becomes NULL */
    sqlite3_bind_double(row, 4, margin->low);
    sqlite3_bind_double(row, 5, margin->high);
    sqlite3_bind_text(row, 6, what, -1, SQLITE_STATIC);
    return finish(limit, row);
}

#define USE(value)                                                                             \
    " avg(CASE m.name WHEN 'cpu' THEN " value " END),"                                         \
    " avg(CASE m.name WHEN 'busy_slots' THEN " value " END),"                                  \
    " avg(CASE m.name WHEN 'instances' THEN " value " END)"
#define WHOSE                                                                                  \
    " WHERE (m.name = 'offered' AND k.persona > 0 AND k.region = 0) OR"                        \
    "  (m.name IN ('arrivals', 'cpu', 'busy_slots', 'instances') AND k.region > 0 AND"         \
    "   k.service > 0 AND k.persona = 0)"                                                      \
    " GROUP BY k.persona, k.region, k.service ORDER BY 1, 3, 2"

/* Requests a second by persona; attempts a second and use by pool. Means over replications and
 * the whole run. */
#define LOADS_SQL                                                                              \
    "SELECT k.persona, k.region, k.service,"                                                   \
    " sum(CASE WHEN m.name IN ('offered', 'arrivals') THEN c.value END) /"                     \
    "  (SELECT duration_s * (SELECT count(*) FROM replication) FROM run)," USE(                \
        "c.value") " FROM key k JOIN metric m ON m.id = k.metric JOIN kpi c ON c.key = "       \
                   "k.id" WHOSE

/* The same while what is injected is at its height. */
#define HEIGHT_SQL                                                                             \
    "SELECT k.persona, k.region, k.service,"                                                   \
    " sum(CASE WHEN m.name IN ('offered', 'arrivals') THEN c.value END) /"                     \
    "  ((SELECT interval_s FROM run) *"                                                        \
    "   count(CASE WHEN m.name IN ('offered', 'arrivals') THEN c.value END))," USE(            \
        "c.value") " FROM height c JOIN key k ON k.id = c.key JOIN metric m ON m.id = "        \
                   "k.metric" WHOSE

static enum ust_status keep_loads(struct ust_limit *limit, double factor,
                                  struct ust_store *from)
{
    sqlite3_stmt *read = NULL;
    const char *height = limit->bound.height;
    const char *sql =
        height == NULL ? LOADS_SQL : ust_arena_printf(limit->arena, "%s%s", height, HEIGHT_SQL);
    if (sqlite3_prepare_v2(ust_store_sqlite(from), sql, -1, &read, NULL) != SQLITE_OK)
        return ust_store_failed(from, "cannot read the loads");
    enum ust_status status = UST_OK;
    while (status == UST_OK && sqlite3_step(read) == SQLITE_ROW) {
        sqlite3_stmt *row = NULL;
        status = prepare(
            limit, "INSERT INTO limit_load VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &row);
        if (status != UST_OK)
            break;
        sqlite3_bind_text(row, 1, limit->asked, -1, SQLITE_STATIC);
        sqlite3_bind_double(row, 2, factor);
        for (int i = 0; i < 7; i++)
            sqlite3_bind_value(row, 3 + i, sqlite3_column_value(read, i));
        status = finish(limit, row);
    }
    sqlite3_finalize(read);
    return status;
}

static enum ust_status keep(struct ust_limit *limit, double factor, struct ust_store *from,
                            struct ust_interval *margin, struct ust_text *what)
{
    sqlite3 *db = ust_store_sqlite(limit->store);
    UST_TRY(ust_bound_margin(&limit->bound, from, margin, what));
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return ust_store_failed(limit->store, "cannot keep the loads that were tried");
    enum ust_status status = keep_point(limit, factor, margin, ust_text_string(what));
    if (status == UST_OK)
        status = keep_loads(limit, factor, from);
    if (status == UST_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = ust_store_failed(limit->store, "cannot keep the loads that were tried");
    if (status != UST_OK)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- one load ---- */

static bool multiplied(const struct ust_limit *limit, const char *persona)
{
    return limit->persona == NULL || ust_text_equal(limit->persona, persona);
}

/* The assignments that make the load so many times as large; their number. */
static size_t raise_to(const struct ust_limit *limit, double factor, struct ust_arena *arena,
                       const char **sets)
{
    const struct ust_traffic_spec *streams = limit->scenario->traffic.at;
    const struct ust_injection_spec *injections = limit->scenario->injections.at;
    size_t n = 0;
    for (uint32_t i = 0; !limit->injections && i < limit->scenario->traffic.n; i++)
        if (multiplied(limit, streams[i].persona))
            sets[n++] = ust_arena_printf(arena, "traffic.%u.factor=%.17g", i,
                                         streams[i].factor * factor);
    for (uint32_t i = 0; limit->injections && i < limit->scenario->injections.n; i++)
        if (multiplied(limit, injections[i].persona))
            sets[n++] = ust_arena_printf(arena, "injections.%u.rate=%.17g req/s", i,
                                         injections[i].rate * factor);
    return n;
}

static enum ust_status run_point(struct ust_limit *limit, double factor,
                                 struct ust_interval *margin, struct ust_text *what)
{
    const struct ust_scenario *scenario = limit->scenario;
    struct ust_arena *arena = ust_arena_new();
    const char **sets =
        ust_arena_alloc(arena, const char *, scenario->traffic.n + scenario->injections.n + 1);
    size_t n = raise_to(limit, factor, arena, sets);
    struct ust_store *store;
    enum ust_status status = ust_trial_run(&limit->trial, sets, n, &store);
    if (status == UST_OK) {
        status = keep(limit, factor, store, margin, what);
        ust_trial_done(&limit->trial, store);
    }
    ust_arena_free(arena);
    return status;
}

static enum ust_status ask(void *context, double factor, struct ust_interval *margin)
{
    struct ust_limit *limit = context;
    struct ust_text what = {0};
    bool found = false;
    enum ust_status status = recall(limit, factor, margin, &what, &found);
    if (status == UST_OK && found)
        limit->known++;
    else if (status == UST_OK && factor == 1.0)
        status = keep(limit, factor, limit->store, margin, &what);
    else if (status == UST_OK)
        status = run_point(limit, factor, margin, &what);
    limit->ran += !found;
    if (status == UST_OK && limit->progress != NULL)
        fprintf(limit->progress, "  factor %-9.5g %s   %s\n", factor,
                margin->value < 0.0 ? "breaks" : "holds ", ust_text_string(&what));
    ust_text_free(&what);
    return status;
}

enum ust_status ust_limit_check(const struct ust_limit *limit,
                                const struct ust_scenario *scenario)
{
    const struct ust_traffic_spec *streams = scenario->traffic.at;
    const struct ust_injection_spec *injections = scenario->injections.at;
    uint32_t n = limit->injections ? scenario->injections.n : scenario->traffic.n;
    const char *known[256];
    size_t known_n = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *persona = limit->injections ? injections[i].persona : streams[i].persona;
        if (multiplied(limit, persona))
            return UST_OK;
        if (known_n < sizeof known / sizeof known[0])
            known[known_n++] = persona;
    }
    const char *what = limit->injections ? "injection" : "traffic";
    if (limit->persona == NULL) {
        fprintf(stderr, "understudy: the scenario has no %s\n", what);
        return UST_INVALID;
    }
    const char *near = ust_text_nearest(limit->persona, known, known_n);
    fprintf(stderr, "understudy: no %s of persona '%s'%s%s%s\n", what, limit->persona,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return UST_INVALID;
}

/* What comes before injected load and after it is none of its doing. */
static void judge_injected_time(struct ust_limit *limit)
{
    const struct ust_injection_spec *all = limit->scenario->injections.at;
    bool first = true;
    for (uint32_t i = 0; i < limit->scenario->injections.n; i++) {
        if (!multiplied(limit, all[i].persona))
            continue;
        double from = ust_time_seconds(all[i].at);
        double until = ust_time_seconds(all[i].at + all[i].duration);
        limit->bound.from_s = first ? from : fmin(limit->bound.from_s, from);
        limit->bound.until_s = fmax(limit->bound.until_s, until);
        first = false;
    }
}

enum ust_status ust_limit_find(struct ust_limit *limit)
{
    limit->bound.injected = limit->injections;
    if (limit->injections) {
        judge_injected_time(limit);
        limit->bound.height =
            ust_height_sql(limit->arena, limit->store, limit->scenario, limit->persona);
        if (limit->bound.height == NULL)
            return UST_REFUSED;
    }
    struct ust_text asked = {0};
    ust_bound_text(&limit->bound, &asked);
    ust_text_printf(&asked, "; %s%s; %u replications; confidence %g",
                    limit->injections ? "injected, at its height: " : "",
                    limit->persona != NULL ? limit->persona : "all traffic",
                    limit->trial.replications, limit->bound.confidence);
    limit->asked = asked.data;
    limit->search.ask = ask;
    limit->search.context = limit;
    return ust_search_run(&limit->search);
}
