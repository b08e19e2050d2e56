#include "analysis/study/summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/readiness/plan_course.h"
#include "analysis/readiness/stability.h"
#include "analysis/stats/settle.h"
#include "analysis/stats/stopped.h"
#include "analysis/study/second_shift.h"
#include "analysis/study/table.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/cli/cli.h"

static sqlite3_stmt *prepare(struct ust_store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &statement, NULL) != SQLITE_OK) {
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

static const char *text_of(sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    return text == NULL ? "" : (const char *)text;
}

static double number_of(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : sqlite3_column_double(row, column);
}

/* ---- cells ---- */

#define CELL_MAX 48

static const char *latency(double s, char out[CELL_MAX])
{
    char text[UST_TIME_TEXT_MAX];
    snprintf(out, CELL_MAX, "%s",
             isnan(s) ? "-" : ust_time_text(ust_time_from_seconds(s), text));
    return out;
}

static const char *count(double n, char out[CELL_MAX])
{
    char text[UST_COUNT_TEXT_MAX];
    snprintf(out, CELL_MAX, "%s",
             isnan(n) ? "-" : ust_count_text((unsigned long long)(n + 0.5), text));
    return out;
}

static const char *percent(double ratio, char out[CELL_MAX])
{
    if (isnan(ratio))
        snprintf(out, CELL_MAX, "-");
    else if (ratio > 0.999 && ratio < 1) /* never 100 where one was lost */
        snprintf(out, CELL_MAX, "%.3f %%", fmin(ratio * 100, 99.999));
    else
        snprintf(out, CELL_MAX, "%.2f %%", ratio * 100);
    return out;
}

/* ---- where it goes ---- */

/* Tables want this much where nobody says how wide the reader's window is; a pipe into a file
 * has no window. */
#define WIDTH_OF_FILES 120
#define WIDTH_MAX      132

struct page {
    struct ust_store *store;
    const struct ust_readiness_result *readiness;
    const struct ust_summary_facts *facts;
    struct ust_text text;
    unsigned width;
    bool colour;
    uint32_t regions;
};

static unsigned page_width(FILE *out)
{
    bool known = ust_cli_is_terminal(out) || getenv("COLUMNS") != NULL;
    unsigned columns = known ? ust_cli_columns(out) : WIDTH_OF_FILES;
    return columns < WIDTH_MAX ? columns : WIDTH_MAX;
}

/* Local time of the scenario, t seconds after the warm-up: "20:30:15". */
static const char *wall_clock(struct ust_store *store, double t_s, char out[CELL_MAX])
{
    out[0] = '\0';
    sqlite3_stmt *row = prepare(
        store, "SELECT ?1 + warmup_s + start_unix_s, utc_offset_min, interval_s FROM run");
    sqlite3_bind_double(row, 1, t_s);
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        char iso[UST_TIME_TEXT_MAX];
        bool whole = fmod(sqlite3_column_double(row, 2), 60) < 0.5;
        ust_time_iso((int64_t)floor(sqlite3_column_double(row, 0)), sqlite3_column_int(row, 1),
                     iso);
        snprintf(out, CELL_MAX, "%.*s", whole ? 5 : 8, iso + 11);
    }
    sqlite3_finalize(row);
    return out;
}

/* ---- head ---- */

static enum ust_status add_head(struct page *page)
{
    sqlite3_stmt *row = prepare(
        page->store, "SELECT name, duration_s, seed, (SELECT sum(requests) FROM replication), "
                     "(SELECT count(*) FROM replication) FROM run");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(page->store, "cannot read the run");
    }
    char duration[UST_TIME_TEXT_MAX], took[UST_TIME_TEXT_MAX], requests[CELL_MAX];
    struct ust_text line = {0};
    int n = sqlite3_column_int(row, 4);
    ust_text_printf(
        &line, "%s   %d replication%s · %s · seed %s · %s requests", text_of(row, 0), n,
        n == 1 ? "" : "s",
        ust_time_text(ust_time_from_seconds(sqlite3_column_double(row, 1)), duration),
        text_of(row, 2), count(sqlite3_column_double(row, 3), requests));
    if (page->facts->done_before < (uint32_t)n)
        ust_text_printf(&line, " · ran %s",
                        ust_time_text(ust_time_from_seconds(page->facts->seconds), took));
    if (page->facts->done_before > 0)
        ust_text_printf(&line, " · %u replication%s from before", page->facts->done_before,
                        page->facts->done_before == 1 ? "" : "s");
    ust_text_add(&page->text, "\n");
    ust_wrap(ust_text_string(&line), page->width, "", "  ", &page->text);
    ust_text_clear(&line);
    sqlite3_finalize(row);
    enum ust_status status = ust_stopped_text(page->store, &line);
    if (status == UST_OK && line.length > 0)
        ust_wrap(ust_text_string(&line), page->width, "  ", "    ", &page->text);
    ust_text_free(&line);
    return status;
}

/* ---- verdict ---- */

static const char *verdict_colour(enum ust_verdict verdict)
{
    return verdict == UST_READY       ? "\033[1;32m"
           : verdict == UST_NOT_READY ? "\033[1;31m"
                                      : "\033[1;33m";
}

static void add_bound(const struct ust_readiness_bound *bound, int digits, struct ust_text *out)
{
    ust_text_printf(out, "%.*f", digits, bound->value);
    if (!isnan(bound->low))
        ust_text_printf(out, " (%.*f – %.*f)", digits, bound->low, digits, bound->high);
}

static void add_score(const struct page *page, struct ust_text *out)
{
    ust_text_add(out, "readiness ");
    add_bound(&page->readiness->readiness, 1, out);
    ust_text_add(out, "   P(ready) ");
    add_bound(&page->readiness->p_ready, 2, out);
}

static void add_verdict(struct page *page)
{
    const struct ust_readiness_result *readiness = page->readiness;
    const char *name = ust_verdict_name(readiness->verdict);
    struct ust_text what = {0}, score = {0};
    ust_text_printf(&what, "%s %s %s", readiness->region, readiness->fault ? "for" : "with",
                    readiness->lost);
    add_score(page, &score);
    ust_text_add(&page->text, "\n  ");
    ust_text_printf(&page->text, "%s%s%s",
                    page->colour ? verdict_colour(readiness->verdict) : "", name,
                    page->colour ? "\033[0m" : "");
    size_t all = 2 + strlen(name) + 3 + ust_text_columns(ust_text_string(&what)) + 3 +
                 ust_text_columns(ust_text_string(&score));
    if (all <= page->width) {
        ust_text_printf(&page->text, "   %s   %s\n", ust_text_string(&what),
                        ust_text_string(&score));
    } else {
        /* The name is printed already, perhaps in colour: wrap behind its width. */
        ust_wrap(ust_text_string(&what), page->width - 2 - (unsigned)strlen(name), "   ",
                 "     ", &page->text);
        ust_wrap(ust_text_string(&score), page->width, "  ", "    ", &page->text);
    }
    ust_text_free(&what);
    ust_text_free(&score);
}

static void add_fault(struct page *page)
{
    const struct ust_readiness_result *readiness = page->readiness;
    char day[CELL_MAX] = "", at[CELL_MAX];
    sqlite3_stmt *row = prepare(page->store, "SELECT ?1 + warmup_s + start_unix_s, "
                                             "utc_offset_min FROM run");
    sqlite3_bind_double(row, 1, readiness->onset_s);
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        char iso[UST_TIME_TEXT_MAX];
        ust_time_iso((int64_t)floor(sqlite3_column_double(row, 0)), sqlite3_column_int(row, 1),
                     iso);
        snprintf(day, sizeof day, "%.10s", iso);
    }
    sqlite3_finalize(row);
    struct ust_text title = {0};
    ust_text_printf(&title, "what happens (median of %u)   fault at %s on %s", readiness->n,
                    wall_clock(page->store, readiness->onset_s, at), day);
    ust_text_add(&page->text, "\n");
    ust_wrap(ust_text_string(&title), page->width, "  ", "  ", &page->text);
    ust_text_free(&title);
    ust_readiness_waterfall(readiness, page->width < 100 ? page->width : 100, "    ",
                            &page->text);
}

static void add_why(struct page *page)
{
    struct ust_text why = {0};
    ust_readiness_why(page->readiness, 3, "", &why);
    char *line = why.data;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        ust_wrap(line, page->width, "  ", "    ", &page->text);
        line = end == NULL ? NULL : end + 1;
    }
    ust_text_free(&why);
}

static void add_stability(struct page *page)
{
    struct ust_text text = {0};
    ust_stability_tell(page->store, &text);
    if (text.length > 0)
        ust_wrap(ust_text_string(&text), page->width, "  ", "    ", &page->text);
    ust_text_free(&text);
}

/* A plan without a fault counts from its own beginning: a game day. */
static double plan_begin(struct page *page)
{
    double begin = 0;
    sqlite3_stmt *row =
        prepare(page->store, "SELECT min(t_s) FROM timeline WHERE event = 'failover_begin'");
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        begin = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return begin;
}

static void add_plan(struct page *page)
{
    double begin = plan_begin(page), onset = page->readiness->onset_s;
    bool planned = !page->readiness->fault || begin < onset;
    struct ust_plan_course course = ust_plan_course_read(page->store, planned ? begin : onset);
    if (course.n > 0 && !page->readiness->fault)
        ust_text_add(&page->text, "\n");
    ust_plan_course_tell(&course, planned ? "after its beginning" : "after the fault",
                         page->width < 100 ? page->width : 100, "    ", &page->text);
    ust_plan_course_free(&course);
}

static void add_second_shift(struct page *page)
{
    struct ust_text text = {0};
    ust_second_shift_tell(page->store, page->readiness->onset_s, &text);
    if (text.length > 0)
        ust_wrap(ust_text_string(&text), page->width, "  ", "    ", &page->text);
    ust_text_free(&text);
}

/* What would decide; the command in one line, however narrow the page, so that it can be
 * copied. */
/* Where capacity was missing, there is a command that asks how much is not. */
static void add_size(struct page *page)
{
    const struct ust_readiness_result *result = page->readiness;
    bool fell_short = result->moments[UST_CAUGHT_UP].none < result->n;
    if (result->verdict != UST_NOT_READY || !result->fault || !fell_short)
        return;
    ust_text_add(&page->text, "  capacity fell short; how much standby it takes:\n"
                              "    understudy size ");
    ust_text_shell(&page->text, result->origin.path);
    ust_readiness_sets(&result->origin, &page->text);
    ust_text_add(&page->text, "\n");
}

static void add_next(struct page *page)
{
    struct ust_text sentence = {0}, command = {0};
    ust_readiness_next(page->readiness, &sentence, &command);
    if (sentence.length > 0)
        ust_wrap(ust_text_string(&sentence), page->width, "  ", "    ", &page->text);
    if (command.length > 0)
        ust_text_printf(&page->text, "    %s\n", ust_text_string(&command));
    add_size(page);
    ust_text_free(&sentence);
    ust_text_free(&command);
}

/* ---- personas ---- */

/* Means over replications of one stream's KPIs. */
#define PERSONA_SQL                                                                            \
    "WITH e AS (SELECT k.persona AS p, k.region AS r, m.name AS m, e.mean AS v"                \
    "  FROM estimate e JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric"            \
    "  WHERE k.persona > 0)"                                                                   \
    " SELECT p.name, r.name,"                                                                  \
    "  max(CASE m WHEN 'offered' THEN v END), max(CASE m WHEN 'attainment' THEN v END),"       \
    "  max(CASE m WHEN 'latency_p50' THEN v END), max(CASE m WHEN 'latency_p95' THEN v END),"  \
    "  max(CASE m WHEN 'latency_p99' THEN v END), p.attainment_objective,"                     \
    "  max(CASE m WHEN 'answered' THEN v END), p.id, coalesce(r.id, 0),"                       \
    "  max(CASE m WHEN 'amplification' THEN v END),"                                           \
    "  max(CASE m WHEN 'refused_locally' THEN v END)"                                          \
    " FROM e JOIN persona p ON p.id = e.p LEFT JOIN region r ON r.id = e.r"                    \
    " GROUP BY p.id, e.r ORDER BY p.id, e.r"

struct worst {
    double share, t_s;
};

/* The interval in which the least share was good, over all replications together. What was not
 * decided when the run ended is neither good nor bad. */
static struct worst worst_interval(struct ust_store *store, int persona)
{
    struct worst worst = {(double)NAN, 0};
    sqlite3_stmt *row = prepare(
        store, "WITH s AS (SELECT s.interval AS i, m.name AS m, sum(s.value) AS v"
               "  FROM key k JOIN metric m ON m.id = k.metric CROSS JOIN replication n"
               "  CROSS JOIN series s ON s.replication = n.id AND s.key = k.id"
               "  WHERE k.persona = ?1 AND k.region = 0 AND m.name IN ('offered', 'good', "
               "'in_flight', 'overdue')"
               "  GROUP BY s.interval, m.name),"
               " t AS (SELECT i, max(CASE m WHEN 'good' THEN v END) AS good,"
               "  max(CASE m WHEN 'offered' THEN v END)"
               "   - coalesce(max(CASE m WHEN 'in_flight' THEN v END), 0)"
               "   + coalesce(max(CASE m WHEN 'overdue' THEN v END), 0) AS decided"
               "  FROM s GROUP BY i)"
               " SELECT good / decided AS share, i * interval_s FROM t, run WHERE decided >= 30"
               " ORDER BY share, i LIMIT 1");
    sqlite3_bind_int(row, 1, persona);
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        worst = (struct worst){number_of(row, 0), number_of(row, 1)};
    sqlite3_finalize(row);
    return worst;
}

enum {
    P_NAME,
    P_OFFERED,
    P_WELL,
    P_OBJECTIVE,
    P_SENDS,
    P_HELD,
    P_BACK,
    P_RTO,
    P_P50,
    P_P95,
    P_P99,
    P_WORST,
    P_AT
};

static void add_recovery(const struct page *page, int id, struct ust_table *table)
{
    const struct ust_readiness_result *readiness = page->readiness;
    char text[CELL_MAX];
    for (uint32_t p = 0; readiness->fault && p < readiness->personas_n; p++) {
        const struct ust_readiness_persona *persona = &readiness->personas[p];
        if (persona->id != (uint32_t)id)
            continue;
        bool never = isinf(persona->recovery_s),
             late = persona->recovery_s > persona->objective.rto_s;
        ust_table_cell(table, P_BACK, "%s %s",
                       never ? "never" : latency(floor(persona->recovery_s + 0.5), text),
                       late ? "▼" : " ");
        ust_table_cell(table, P_RTO, "%s", latency(persona->objective.rto_s, text));
    }
}

/* How often a request was sent, where that is not once, and what clients refused themselves. */
#define SENDS_SAID 0.05
#define HELD_SAID  0.0005

static void add_clients(sqlite3_stmt *row, struct ust_table *table)
{
    char text[CELL_MAX];
    double sends = number_of(row, 11), held = number_of(row, 12) / number_of(row, 2);
    if (fabs(sends - 1) >= SENDS_SAID)
        ust_table_cell(table, P_SENDS, "%.2f", sends);
    if (held >= HELD_SAID)
        ust_table_cell(table, P_HELD, "%s", percent(held, text));
}

static void add_persona(const struct page *page, sqlite3_stmt *row, struct ust_table *table)
{
    char text[CELL_MAX];
    double attainment = number_of(row, 3);
    int id = sqlite3_column_int(row, 9);
    struct worst worst = worst_interval(page->store, id);
    ust_table_cell(table, P_NAME, "%s", text_of(row, 0));
    ust_table_cell(table, P_OFFERED, "%s", count(number_of(row, 2), text));
    ust_table_cell(table, P_WELL, "%s %s", percent(attainment, text),
                   attainment < number_of(row, 7) ? "▼" : " ");
    ust_table_cell(table, P_OBJECTIVE, "%.6g %%", 100 * number_of(row, 7));
    add_clients(row, table);
    add_recovery(page, id, table);
    if (worst.share < 1) {
        ust_table_cell(table, P_WORST, "%s", percent(worst.share, text));
        ust_table_cell(table, P_AT, "%s", wall_clock(page->store, worst.t_s, text));
    }
}

static void add_latencies(sqlite3_stmt *row, struct ust_table *table)
{
    char text[CELL_MAX];
    for (int i = 0; i < 3; i++)
        ust_table_cell(table, P_P50 + (uint32_t)i, "%s", latency(number_of(row, 4 + i), text));
}

static enum ust_status add_personas(struct page *page)
{
    double interval_s = 0;
    sqlite3_stmt *row = prepare(page->store, "SELECT interval_s FROM run");
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        interval_s = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    char step[UST_TIME_TEXT_MAX], worst[CELL_MAX], text[CELL_MAX];
    snprintf(worst, sizeof worst, "worst %s",
             ust_time_text(ust_time_from_seconds(interval_s), step));
    const struct ust_table_column columns[] = {
        {"persona", 0, true},     {"offered", 0, false}, {"answered well", 0, false},
        {"goal", 5, false},       {"sends", 6, false},   {"held back", 7, false},
        {"back after", 1, false}, {"RTO", 4, false},     {"p50", 8, false},
        {"p95", 2, false},        {"p99", 3, false},     {worst, 9, false},
        {"at", 10, true}};
    struct ust_table table;
    if ((row = prepare(page->store, PERSONA_SQL)) == NULL)
        return ust_store_failed(page->store, "cannot read the estimates");
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    uint32_t regions = page->regions;
    while (sqlite3_step(row) == SQLITE_ROW) {
        bool region = sqlite3_column_int(row, 10) != 0;
        if (region && (regions < 2 || !(number_of(row, 8) > 0)))
            continue;
        ust_table_row(&table);
        if (region) {
            ust_table_cell(&table, P_NAME, "  in %s", text_of(row, 1));
            ust_table_cell(&table, P_OFFERED, "%s", count(number_of(row, 8), text));
        } else {
            add_persona(page, row, &table);
        }
        add_latencies(row, &table);
    }
    sqlite3_finalize(row);
    ust_text_add(&page->text, "\n");
    ust_table_print(&table, page->width, "  ", &page->text);
    ust_table_free(&table);
    return UST_OK;
}

/* ---- pools ---- */

#define POOL_SQL                                                                               \
    "WITH e AS (SELECT k.service AS s, k.region AS r, m.name AS m, e.mean AS v"                \
    "  FROM estimate e JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric"            \
    "  WHERE k.service > 0)"                                                                   \
    " SELECT v.name, r.name, max(CASE m WHEN 'completions' THEN v END),"                       \
    "  max(CASE m WHEN 'cpu' THEN v END), max(CASE m WHEN 'instances' THEN v END),"            \
    "  max(CASE m WHEN 'queue' THEN v END), max(CASE m WHEN 'sojourn_mean' THEN v END),"       \
    "  max(CASE m WHEN 'refused' THEN v END) + max(CASE m WHEN 'errors' THEN v END),"          \
    "  max(CASE m WHEN 'cost' THEN v END), max(CASE m WHEN 'shortfall' THEN v END)"            \
    "  / max(CASE m WHEN 'work_offered' THEN v END), max(CASE m WHEN 'flaps' THEN v END)"      \
    " FROM e JOIN service v ON v.id = e.s JOIN region r ON r.id = e.r"                         \
    " GROUP BY v.id, r.id ORDER BY v.id, r.id"

enum {
    S_NAME,
    S_SERVED,
    S_CPU,
    S_INSTANCES,
    S_SHORT,
    S_FLAPS,
    S_QUEUE,
    S_INSIDE,
    S_FAILED,
    S_COST,
};

/* What nobody has need not be said: columns without a value are left out. */
#define SHORT_SAID 0.0005
#define FLAPS_SAID 0.05

static enum ust_status add_pools(struct page *page)
{
    static const struct ust_table_column columns[] = {{"service in region", 0, true},
                                                      {"served", 0, false},
                                                      {"CPU", 0, false},
                                                      {"instances", 2, false},
                                                      {"short", 5, false},
                                                      {"flaps/h", 6, false},
                                                      {"queue", 4, false},
                                                      {"time inside", 3, false},
                                                      {"failed", 1, false},
                                                      {"cost", 0, false}};
    sqlite3_stmt *row = prepare(page->store, POOL_SQL);
    if (row == NULL)
        return ust_store_failed(page->store, "cannot read the estimates");
    struct ust_table table;
    double cost = 0;
    char text[CELL_MAX];
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    while (sqlite3_step(row) == SQLITE_ROW) {
        ust_table_row(&table);
        ust_table_cell(&table, S_NAME, "%s in %s", text_of(row, 0), text_of(row, 1));
        ust_table_cell(&table, S_SERVED, "%s", count(number_of(row, 2), text));
        ust_table_cell(&table, S_CPU, "%s", percent(number_of(row, 3), text));
        ust_table_cell(&table, S_INSTANCES, "%.1f", number_of(row, 4));
        if (number_of(row, 9) >= SHORT_SAID)
            ust_table_cell(&table, S_SHORT, "%s", percent(number_of(row, 9), text));
        if (number_of(row, 10) >= FLAPS_SAID)
            ust_table_cell(&table, S_FLAPS, "%.1f", number_of(row, 10));
        ust_table_cell(&table, S_QUEUE, "%.1f", number_of(row, 5));
        ust_table_cell(&table, S_INSIDE, "%s", latency(number_of(row, 6), text));
        ust_table_cell(&table, S_FAILED, "%s", count(number_of(row, 7), text));
        if (number_of(row, 8) > 0)
            ust_table_cell(&table, S_COST, "%.2f USD", number_of(row, 8));
        cost += number_of(row, 8) > 0 ? number_of(row, 8) : 0;
    }
    sqlite3_finalize(row);
    if (table.rows_n > 1 && cost > 0) {
        ust_table_row(&table);
        ust_table_cell(&table, S_NAME, "all");
        ust_table_cell(&table, S_COST, "%.2f USD", cost);
    }
    ust_text_add(&page->text, "\n");
    ust_table_print(&table, page->width, "  ", &page->text);
    ust_table_free(&table);
    ust_wrap(page->regions > 1
                 ? "means of a replication; ▼ misses its goal; rows of regions: answered there"
                 : "means of a replication; ▼ misses its goal",
             page->width, "  ", "  ", &page->text);
    return UST_OK;
}

/* ---- warm-up ---- */

/* Only when it matters: a run that is told to be fine where it is fine would say so every day.
 */
static enum ust_status add_warmup(struct page *page)
{
    struct ust_settle settle;
    UST_TRY(ust_settle_read(page->store, NULL, &settle));
    if (settle.settled == UST_SETTLE_SHORT) {
        struct ust_text text = {0};
        ust_settle_verdict(&settle, &text);
        ust_text_printf(&text, " (understudy warmup %s)", page->facts->path);
        ust_text_add(&page->text, "\n");
        ust_wrap(ust_text_string(&text), page->width, "  ", "  ", &page->text);
        ust_text_free(&text);
    }
    ust_settle_free(&settle);
    return UST_OK;
}

/* ---- foot ---- */

static uint64_t run_fingerprint(struct ust_store *store)
{
    uint64_t fingerprint = 0;
    sqlite3_stmt *row = prepare(store, "SELECT fingerprint FROM replication ORDER BY id");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        fingerprint = ust_hash_text(fingerprint, text_of(row, 0));
    sqlite3_finalize(row);
    return fingerprint;
}

static void add_foot(struct page *page)
{
    char hex[UST_HASH_TEXT_MAX];
    struct ust_text line = {0};
    const char *path = page->facts->path;
    (void)ust_hash_hex(run_fingerprint(page->store), hex);
    ust_text_printf(&line, "  results  %s     fingerprint %s     next: understudy report %s",
                    path, hex, path);
    if (ust_text_columns(ust_text_string(&line)) > page->width) {
        ust_text_clear(&line);
        ust_text_printf(
            &line, "  results      %s\n  fingerprint  %s\n  next         understudy report %s",
            path, hex, path);
    }
    ust_text_printf(&page->text, "\n%s\n", ust_text_string(&line));
    ust_text_free(&line);
}

static uint32_t count_regions(struct ust_store *store)
{
    sqlite3_stmt *row = prepare(store, "SELECT count(*) FROM region");
    uint32_t n = row != NULL && sqlite3_step(row) == SQLITE_ROW
                     ? (uint32_t)sqlite3_column_int(row, 0)
                     : 0;
    sqlite3_finalize(row);
    return n;
}

static enum ust_status add_all(struct page *page)
{
    UST_TRY(add_head(page));
    add_verdict(page);
    if (page->readiness->fault)
        add_fault(page);
    add_plan(page);
    add_second_shift(page);
    add_stability(page);
    add_why(page);
    add_next(page);
    UST_TRY(add_personas(page));
    UST_TRY(add_pools(page));
    UST_TRY(add_warmup(page));
    add_foot(page);
    return UST_OK;
}

enum ust_status ust_summary_print(struct ust_store *store,
                                  const struct ust_readiness_result *readiness,
                                  const struct ust_summary_facts *facts, FILE *out)
{
    struct page page = {.store = store,
                        .readiness = readiness,
                        .facts = facts,
                        .width = page_width(out),
                        .colour = ust_cli_colour(out),
                        .regions = count_regions(store)};
    enum ust_status status = add_all(&page);
    if (status == UST_OK)
        fputs(ust_text_string(&page.text), out);
    ust_text_free(&page.text);
    return status;
}

/* ---- JSON ---- */

static json_t *real_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *text_or_null(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? json_null()
                                                           : json_string(text_of(row, column));
}

/* Every estimate: metric, scope, mean and interval. */
static json_t *estimates(struct ust_store *store)
{
    json_t *list = json_array();
    sqlite3_stmt *row =
        prepare(store, "SELECT metric, unit, region, service, persona, n, mean, "
                       "low, high, method FROM estimate_by_name");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        json_array_append_new(
            list,
            json_pack("{s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o}", "metric",
                      text_or_null(row, 0), "unit", text_or_null(row, 1), "region",
                      text_or_null(row, 2), "service", text_or_null(row, 3), "persona",
                      text_or_null(row, 4), "n", sqlite3_column_int(row, 5), "mean",
                      real_or_null(number_of(row, 6)), "low", real_or_null(number_of(row, 7)),
                      "high", real_or_null(number_of(row, 8)), "method", text_or_null(row, 9)));
    sqlite3_finalize(row);
    return list;
}

enum ust_status ust_summary_json(struct ust_store *store,
                                 const struct ust_readiness_result *readiness,
                                 const struct ust_summary_facts *facts, FILE *out)
{
    char hex[UST_HASH_TEXT_MAX];
    sqlite3_stmt *row = prepare(
        store, "SELECT name, seed, duration_s, (SELECT count(*) FROM replication), (SELECT "
               "sum(requests) FROM replication), digest FROM run");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(store, "cannot read the run");
    }
    json_t *root = json_pack(
        "{s:s,s:s,s:s,s:f,s:i,s:I,s:f,s:s,s:o,s:o,s:o,s:o,s:o}", "name", text_of(row, 0),
        "seed", text_of(row, 1), "results", facts->path, "duration_s",
        sqlite3_column_double(row, 2), "replications", sqlite3_column_int(row, 3), "requests",
        (json_int_t)sqlite3_column_int64(row, 4), "seconds", facts->seconds, "fingerprint",
        ust_hash_hex(run_fingerprint(store), hex), "digest", text_or_null(row, 5), "readiness",
        ust_readiness_json(readiness), "stability", ust_stability_json(store), "stopping",
        ust_stopped_json(store), "estimates", estimates(store));
    sqlite3_finalize(row);
    bool written = root != NULL &&
                   json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 &&
                   fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(root);
    return written ? UST_OK : ust_cli_refused("cannot write the JSON summary");
}
