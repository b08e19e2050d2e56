#include "analysis/study/summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

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
    else
        snprintf(out, CELL_MAX, ratio > 0.999 && ratio < 1 ? "%.3f %%" : "%.2f %%",
                 ratio * 100);
    return out;
}

/* ---- head ---- */

static enum ust_status print_head(struct ust_store *store,
                                  const struct ust_summary_facts *facts, FILE *out)
{
    sqlite3_stmt *row = prepare(
        store, "SELECT name, replications, duration_s, seed, (SELECT sum(requests) FROM "
               "replication), (SELECT count(*) FROM replication) FROM run");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(store, "cannot read the run");
    }
    char duration[UST_TIME_TEXT_MAX], requests[CELL_MAX];
    fprintf(out, "\n%s   %d replication%s · %s · seed %s · %s requests · %.3g s\n",
            text_of(row, 0), sqlite3_column_int(row, 5),
            sqlite3_column_int(row, 5) == 1 ? "" : "s",
            ust_time_text(ust_time_from_seconds(sqlite3_column_double(row, 2)), duration),
            text_of(row, 3), count(sqlite3_column_double(row, 4), requests), facts->seconds);
    if (facts->done_before > 0)
        fprintf(out, "  %u of these were there before\n", facts->done_before);
    sqlite3_finalize(row);
    return UST_OK;
}

/* ---- tables ---- */

/* Means over replications of one stream's KPIs, and its worst minute. */
#define PERSONA_SQL                                                                            \
    "WITH e AS (SELECT k.persona AS p, k.region AS r, m.name AS m, e.mean AS v"                \
    "  FROM estimate e JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric"            \
    "  WHERE k.persona > 0)"                                                                   \
    " SELECT p.name, r.name,"                                                                  \
    "  max(CASE m WHEN 'offered' THEN v END), max(CASE m WHEN 'attainment' THEN v END),"       \
    "  max(CASE m WHEN 'latency_p50' THEN v END), max(CASE m WHEN 'latency_p95' THEN v END),"  \
    "  max(CASE m WHEN 'latency_p99' THEN v END), p.attainment_objective,"                     \
    "  max(CASE m WHEN 'answered' THEN v END), p.id, coalesce(r.id, 0)"                        \
    " FROM e JOIN persona p ON p.id = e.p LEFT JOIN region r ON r.id = e.r"                    \
    " GROUP BY p.id, e.r ORDER BY p.id, e.r"

struct worst {
    double share, t_s;
};

/* The interval in which the least share was good, over all replications together. */
static struct worst worst_interval(struct ust_store *store, int persona)
{
    struct worst worst = {(double)NAN, 0};
    sqlite3_stmt *row = prepare(
        store,
        "SELECT o.interval, sum(g.value) / sum(o.value) AS share, o.interval * run.interval_s"
        " FROM run, key ko JOIN metric mo ON mo.id = ko.metric AND mo.name = 'offered'"
        " JOIN key kg ON kg.persona = ko.persona AND kg.region = 0"
        " JOIN metric mg ON mg.id = kg.metric AND mg.name = 'good'"
        " JOIN replication n JOIN series o ON o.replication = n.id AND o.key = ko.id"
        " JOIN series g ON g.replication = n.id AND g.key = kg.id AND g.interval = o.interval"
        " WHERE ko.persona = ?1 AND ko.region = 0"
        " GROUP BY o.interval HAVING sum(o.value) >= 30 ORDER BY share, o.interval LIMIT 1");
    sqlite3_bind_int(row, 1, persona);
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        worst = (struct worst){number_of(row, 1), number_of(row, 2)};
    sqlite3_finalize(row);
    return worst;
}

static enum ust_status print_personas(struct ust_store *store, FILE *out)
{
    sqlite3_stmt *row = prepare(store, PERSONA_SQL);
    if (row == NULL)
        return ust_store_failed(store, "cannot read the estimates");
    fprintf(out, "\n  %-24s %14s  %13s  %9s %9s %9s  %s\n", "persona", "offered",
            "answered well", "p50", "p95", "p99", "worst interval");
    bool several = false;
    while (sqlite3_step(row) == SQLITE_ROW) {
        char a[CELL_MAX], b[CELL_MAX], c[CELL_MAX], d[CELL_MAX], e[CELL_MAX], f[CELL_MAX];
        bool region = sqlite3_column_int(row, 10) != 0;
        several = region;
        if (region) {
            if (!(number_of(row, 8) > 0))
                continue;
            fprintf(out, "    %-22s %14s  %13s  %9s %9s %9s\n", text_of(row, 1),
                    count(number_of(row, 8), a), "", latency(number_of(row, 4), c),
                    latency(number_of(row, 5), d), latency(number_of(row, 6), e));
            continue;
        }
        double attainment = number_of(row, 3);
        struct worst worst = worst_interval(store, sqlite3_column_int(row, 9));
        char when[UST_TIME_TEXT_MAX];
        fprintf(out, "  %-24s %14s  %11s %s  %9s %9s %9s  %s at %s\n", text_of(row, 0),
                count(number_of(row, 2), a), percent(attainment, b),
                attainment < number_of(row, 7) ? "▼" : " ", latency(number_of(row, 4), c),
                latency(number_of(row, 5), d), latency(number_of(row, 6), e),
                percent(worst.share, f), ust_time_text(ust_time_from_seconds(worst.t_s), when));
    }
    sqlite3_finalize(row);
    if (several)
        fprintf(out, "  (regions: requests answered there, mean of a replication)\n");
    return UST_OK;
}

static enum ust_status print_pools(struct ust_store *store, FILE *out)
{
    sqlite3_stmt *row = prepare(
        store, "WITH e AS (SELECT k.service AS s, k.region AS r, m.name AS m, e.mean AS v"
               "  FROM estimate e JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric"
               "  WHERE k.service > 0)"
               " SELECT v.name, r.name, max(CASE m WHEN 'completions' THEN v END),"
               "  max(CASE m WHEN 'cpu' THEN v END), max(CASE m WHEN 'instances' THEN v END),"
               "  max(CASE m WHEN 'queue' THEN v END), max(CASE m WHEN 'refused' THEN v END),"
               "  max(CASE m WHEN 'errors' THEN v END), max(CASE m WHEN 'cost' THEN v END)"
               " FROM e JOIN service v ON v.id = e.s JOIN region r ON r.id = e.r"
               " GROUP BY v.id, r.id ORDER BY v.id, r.id");
    if (row == NULL)
        return ust_store_failed(store, "cannot read the estimates");
    fprintf(out, "\n  %-24s %14s  %13s  %9s %9s %9s  %s\n", "service in region", "served",
            "CPU", "instances", "queue", "failed", "cost");
    while (sqlite3_step(row) == SQLITE_ROW) {
        char name[128], a[CELL_MAX], b[CELL_MAX], c[CELL_MAX];
        snprintf(name, sizeof name, "%s in %s", text_of(row, 0), text_of(row, 1));
        fprintf(out, "  %-24s %14s  %13s  %9.1f %9.1f %9s  %.2f USD\n", name,
                count(number_of(row, 2), a), percent(number_of(row, 3), b), number_of(row, 4),
                number_of(row, 5), count(number_of(row, 6) + number_of(row, 7), c),
                number_of(row, 8));
    }
    sqlite3_finalize(row);
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

static const char *fault_clock(struct ust_store *store, char out[CELL_MAX])
{
    out[0] = '\0';
    sqlite3_stmt *row =
        prepare(store, "SELECT min(f.start_s) + run.warmup_s + run.start_unix_s, "
                       "run.utc_offset_min FROM fault f, run");
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW &&
        sqlite3_column_type(row, 0) != SQLITE_NULL) {
        char iso[UST_TIME_TEXT_MAX];
        ust_time_iso((int64_t)sqlite3_column_double(row, 0), sqlite3_column_int(row, 1), iso);
        snprintf(out, CELL_MAX, "fault at %.8s on %.10s", iso + 11, iso);
    }
    sqlite3_finalize(row);
    return out;
}

static void print_verdict(struct ust_store *store, const struct ust_readiness_result *readiness,
                          FILE *out)
{
    struct ust_text text = {0};
    ust_text_add(&text, "\n  ");
    ust_readiness_line(readiness, &text);
    ust_text_add(&text, "\n");
    if (readiness->fault) {
        char clock[CELL_MAX];
        unsigned columns = ust_cli_columns(out);
        ust_text_printf(&text, "\n  what happens (median of %u)   %s\n", readiness->n,
                        fault_clock(store, clock));
        ust_readiness_waterfall(readiness, columns < 110 ? columns : 110, "    ", &text);
    }
    ust_readiness_why(readiness, 3, "  ", &text);
    fputs(ust_text_string(&text), out);
    ust_text_free(&text);
}

enum ust_status ust_summary_print(struct ust_store *store,
                                  const struct ust_readiness_result *readiness,
                                  const struct ust_summary_facts *facts, FILE *out)
{
    char hex[UST_HASH_TEXT_MAX];
    UST_TRY(print_head(store, facts, out));
    print_verdict(store, readiness, out);
    UST_TRY(print_personas(store, out));
    UST_TRY(print_pools(store, out));
    fprintf(out, "\n  results  %s     fingerprint %s     next: understudy report %s\n",
            facts->path, ust_hash_hex(run_fingerprint(store), hex), facts->path);
    return UST_OK;
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
                       "low, high FROM estimate_by_name");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        json_array_append_new(
            list,
            json_pack("{s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:o}", "metric", text_or_null(row, 0),
                      "unit", text_or_null(row, 1), "region", text_or_null(row, 2), "service",
                      text_or_null(row, 3), "persona", text_or_null(row, 4), "n",
                      sqlite3_column_int(row, 5), "mean", real_or_null(number_of(row, 6)),
                      "low", real_or_null(number_of(row, 7)), "high",
                      real_or_null(number_of(row, 8))));
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
        "{s:s,s:s,s:s,s:f,s:i,s:I,s:f,s:s,s:o,s:o,s:o}", "name", text_of(row, 0), "seed",
        text_of(row, 1), "results", facts->path, "duration_s", sqlite3_column_double(row, 2),
        "replications", sqlite3_column_int(row, 3), "requests",
        (json_int_t)sqlite3_column_int64(row, 4), "seconds", facts->seconds, "fingerprint",
        ust_hash_hex(run_fingerprint(store), hex), "digest", text_or_null(row, 5), "readiness",
        ust_readiness_json(readiness), "estimates", estimates(store));
    sqlite3_finalize(row);
    bool written = root != NULL &&
                   json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 &&
                   fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(root);
    return written ? UST_OK : ust_cli_refused("cannot write the JSON summary");
}
