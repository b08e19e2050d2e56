/* The rows of a summary: what personas met, and what pools did. */
#include <math.h>
#include <sqlite3.h>

#include "analysis/study/summary_parts.h"
#include "analysis/study/table.h"
#include "sim/base/time.h"

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
    sqlite3_stmt *row = ust_summary_query(
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
        worst = (struct worst){ust_summary_number(row, 0), ust_summary_number(row, 1)};
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

static void add_recovery(const struct ust_summary_page *page, int id, struct ust_table *table)
{
    const struct ust_readiness_result *readiness = page->readiness;
    char text[UST_CELL_MAX];
    for (uint32_t p = 0; readiness->fault && p < readiness->personas_n; p++) {
        const struct ust_readiness_persona *persona = &readiness->personas[p];
        if (persona->id != (uint32_t)id)
            continue;
        bool never = isinf(persona->recovery_s),
             late = persona->recovery_s > persona->objective.rto_s;
        ust_table_cell(table, P_BACK, "%s %s",
                       never ? "never"
                             : ust_cell_latency(floor(persona->recovery_s + 0.5), text),
                       late ? "▼" : " ");
        ust_table_cell(table, P_RTO, "%s", ust_cell_latency(persona->objective.rto_s, text));
    }
}

/* How often a request was sent, where that is not once, and what clients refused themselves. */
#define SENDS_SAID 0.05
#define HELD_SAID  0.0005

static void add_clients(sqlite3_stmt *row, struct ust_table *table)
{
    char text[UST_CELL_MAX];
    double sends = ust_summary_number(row, 11),
           held = ust_summary_number(row, 12) / ust_summary_number(row, 2);
    if (fabs(sends - 1) >= SENDS_SAID)
        ust_table_cell(table, P_SENDS, "%.2f", sends);
    if (held >= HELD_SAID)
        ust_table_cell(table, P_HELD, "%s", ust_cell_percent(held, text));
}

static void add_persona(const struct ust_summary_page *page, sqlite3_stmt *row,
                        struct ust_table *table)
{
    char text[UST_CELL_MAX];
    double attainment = ust_summary_number(row, 3);
    int id = sqlite3_column_int(row, 9);
    struct worst worst = worst_interval(page->store, id);
    ust_table_cell(table, P_NAME, "%s", ust_summary_text(row, 0));
    ust_table_cell(table, P_OFFERED, "%s", ust_cell_count(ust_summary_number(row, 2), text));
    ust_table_cell(table, P_WELL, "%s %s", ust_cell_percent(attainment, text),
                   attainment < ust_summary_number(row, 7) ? "▼" : " ");
    ust_table_cell(table, P_OBJECTIVE, "%.6g %%", 100 * ust_summary_number(row, 7));
    add_clients(row, table);
    add_recovery(page, id, table);
    if (worst.share < 1) {
        ust_table_cell(table, P_WORST, "%s", ust_cell_percent(worst.share, text));
        ust_table_cell(table, P_AT, "%s", ust_cell_clock(page->store, worst.t_s, text));
    }
}

static void add_latencies(sqlite3_stmt *row, struct ust_table *table)
{
    char text[UST_CELL_MAX];
    for (int i = 0; i < 3; i++)
        ust_table_cell(table, P_P50 + (uint32_t)i, "%s",
                       ust_cell_latency(ust_summary_number(row, 4 + i), text));
}

enum ust_status ust_summary_personas(struct ust_summary_page *page)
{
    double interval_s = 0;
    sqlite3_stmt *row = ust_summary_query(page->store, "SELECT interval_s FROM run");
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        interval_s = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    char step[UST_TIME_TEXT_MAX], worst[UST_CELL_MAX], text[UST_CELL_MAX];
    snprintf(worst, sizeof worst, "worst %s",
             ust_time_text(ust_time_from_seconds(interval_s), step));
    const struct ust_table_column columns[] = {
        {"persona", 0, true},     {"offered", 0, false}, {"answered well", 0, false},
        {"goal", 5, false},       {"sends", 6, false},   {"held back", 7, false},
        {"back after", 1, false}, {"RTO", 4, false},     {"p50", 8, false},
        {"p95", 2, false},        {"p99", 3, false},     {worst, 9, false},
        {"at", 10, true}};
    struct ust_table table;
    if ((row = ust_summary_query(page->store, PERSONA_SQL)) == NULL)
        return ust_store_failed(page->store, "cannot read the estimates");
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    uint32_t regions = page->regions;
    while (sqlite3_step(row) == SQLITE_ROW) {
        bool region = sqlite3_column_int(row, 10) != 0;
        if (region && (regions < 2 || !(ust_summary_number(row, 8) > 0)))
            continue;
        ust_table_row(&table);
        if (region) {
            ust_table_cell(&table, P_NAME, "  in %s", ust_summary_text(row, 1));
            ust_table_cell(&table, P_OFFERED, "%s",
                           ust_cell_count(ust_summary_number(row, 8), text));
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
    "  / max(CASE m WHEN 'work_offered' THEN v END), max(CASE m WHEN 'flaps' THEN v END),"     \
    "  max(CASE m WHEN 'injected_arrivals' THEN v END),"                                       \
    "  max(CASE m WHEN 'injected_completions' THEN v END),"                                    \
    "  max(CASE m WHEN 'injected_cpu' THEN v END),"                                            \
    "  max(CASE m WHEN 'injected_refused' THEN v END)"                                         \
    "  + max(CASE m WHEN 'injected_errors' THEN v END),"                                       \
    "  max(CASE m WHEN 'injected_queue' THEN v END),"                                          \
    "  max(CASE m WHEN 'injected_sojourn_mean' THEN v END)"                                    \
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

/* Under a pool's row: the part of it that is there for injected load. */
static void add_injected(sqlite3_stmt *row, struct ust_table *table)
{
    char text[UST_CELL_MAX];
    if (!(ust_summary_number(row, 11) > 0))
        return;
    ust_table_row(table);
    ust_table_cell(table, S_NAME, "  of it injected");
    ust_table_cell(table, S_SERVED, "%s", ust_cell_count(ust_summary_number(row, 12), text));
    ust_table_cell(table, S_CPU, "%s", ust_cell_percent(ust_summary_number(row, 13), text));
    ust_table_cell(table, S_QUEUE, "%.1f", ust_summary_number(row, 15));
    ust_table_cell(table, S_INSIDE, "%s", ust_cell_latency(ust_summary_number(row, 16), text));
    ust_table_cell(table, S_FAILED, "%s", ust_cell_count(ust_summary_number(row, 14), text));
}

enum ust_status ust_summary_pools(struct ust_summary_page *page)
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
    sqlite3_stmt *row = ust_summary_query(page->store, POOL_SQL);
    if (row == NULL)
        return ust_store_failed(page->store, "cannot read the estimates");
    struct ust_table table;
    double cost = 0;
    uint32_t pools = 0;
    char text[UST_CELL_MAX];
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    while (sqlite3_step(row) == SQLITE_ROW) {
        ust_table_row(&table);
        ust_table_cell(&table, S_NAME, "%s in %s", ust_summary_text(row, 0),
                       ust_summary_text(row, 1));
        ust_table_cell(&table, S_SERVED, "%s",
                       ust_cell_count(ust_summary_number(row, 2), text));
        ust_table_cell(&table, S_CPU, "%s", ust_cell_percent(ust_summary_number(row, 3), text));
        ust_table_cell(&table, S_INSTANCES, "%.1f", ust_summary_number(row, 4));
        if (ust_summary_number(row, 9) >= SHORT_SAID)
            ust_table_cell(&table, S_SHORT, "%s",
                           ust_cell_percent(ust_summary_number(row, 9), text));
        if (ust_summary_number(row, 10) >= FLAPS_SAID)
            ust_table_cell(&table, S_FLAPS, "%.1f", ust_summary_number(row, 10));
        ust_table_cell(&table, S_QUEUE, "%.1f", ust_summary_number(row, 5));
        ust_table_cell(&table, S_INSIDE, "%s",
                       ust_cell_latency(ust_summary_number(row, 6), text));
        ust_table_cell(&table, S_FAILED, "%s",
                       ust_cell_count(ust_summary_number(row, 7), text));
        if (ust_summary_number(row, 8) > 0)
            ust_table_cell(&table, S_COST, "%.2f USD", ust_summary_number(row, 8));
        cost += ust_summary_number(row, 8) > 0 ? ust_summary_number(row, 8) : 0;
        pools++;
        add_injected(row, &table);
    }
    sqlite3_finalize(row);
    if (pools > 1 && cost > 0) {
        ust_table_row(&table);
        ust_table_cell(&table, S_NAME, "all");
        ust_table_cell(&table, S_COST, "%.2f USD", cost);
    }
    ust_text_add(&page->text, "\n");
    ust_table_print(&table, page->width, "  ", &page->text);
    ust_table_free(&table);
    ust_text_wrap(
        &page->text,
        page->regions > 1
            ? "means of a replication; ▼ misses its goal; rows of regions: answered there"
            : "means of a replication; ▼ misses its goal",
        page->width, "  ", "  ");
    return UST_OK;
}
