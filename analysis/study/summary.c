#include "analysis/study/summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/readiness/aborts.h"
#include "analysis/readiness/plan_course.h"
#include "analysis/readiness/stability.h"
#include "analysis/stats/settle.h"
#include "analysis/stats/stopped.h"
#include "analysis/study/second_shift.h"
#include "analysis/study/summary_parts.h"
#include "analysis/study/table.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

sqlite3_stmt *ust_summary_query(struct ust_store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &statement, NULL) != SQLITE_OK) {
        sqlite3_finalize(statement);
        return NULL;
    }
    return statement;
}

const char *ust_summary_text(sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    return text == NULL ? "" : (const char *)text;
}

double ust_summary_number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : sqlite3_column_double(row, column);
}

/* ---- cells ---- */

const char *ust_cell_latency(double s, char out[UST_CELL_MAX])
{
    char text[UST_TIME_TEXT_MAX];
    snprintf(out, UST_CELL_MAX, "%s",
             isnan(s) ? "-" : ust_time_text(ust_time_from_seconds(s), text));
    return out;
}

const char *ust_cell_count(double n, char out[UST_CELL_MAX])
{
    char text[UST_COUNT_TEXT_MAX];
    snprintf(out, UST_CELL_MAX, "%s",
             isnan(n) ? "-" : ust_count_text((unsigned long long)(n + 0.5), text));
    return out;
}

const char *ust_cell_percent(double ratio, char out[UST_CELL_MAX])
{
    if (isnan(ratio))
        snprintf(out, UST_CELL_MAX, "-");
    else if (ratio > 0.999 && ratio < 1) /* never 100 where one was lost */
        snprintf(out, UST_CELL_MAX, "%.3f %%", fmin(ratio * 100, 99.999));
    else
        snprintf(out, UST_CELL_MAX, "%.2f %%", ratio * 100);
    return out;
}

/* ---- where it goes ---- */

/* Tables want this much where nobody says how wide the reader's window is. */
#define WIDTH_OF_FILES 120
#define WIDTH_MAX      132

static unsigned page_width(FILE *out)
{
    unsigned columns = ust_cli_width(out, WIDTH_OF_FILES);
    return columns < WIDTH_MAX ? columns : WIDTH_MAX;
}

const char *ust_cell_clock(struct ust_store *store, double t_s, char out[UST_CELL_MAX])
{
    out[0] = '\0';
    sqlite3_stmt *row = ust_summary_query(
        store, "SELECT ?1 + warmup_s + start_unix_s, utc_offset_min, interval_s FROM run");
    sqlite3_bind_double(row, 1, t_s);
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW) {
        char iso[UST_TIME_TEXT_MAX];
        bool whole = fmod(sqlite3_column_double(row, 2), 60) < 0.5;
        ust_time_iso((int64_t)floor(sqlite3_column_double(row, 0)), sqlite3_column_int(row, 1),
                     iso);
        snprintf(out, UST_CELL_MAX, "%.*s", whole ? 5 : 8, iso + 11);
    }
    sqlite3_finalize(row);
    return out;
}

/* ---- head ---- */

static enum ust_status add_head(struct ust_summary_page *page)
{
    sqlite3_stmt *row = ust_summary_query(
        page->store, "SELECT name, duration_s, seed, (SELECT sum(requests) FROM replication), "
                     "(SELECT count(*) FROM replication) FROM run");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(page->store, "cannot read the run");
    }
    char duration[UST_TIME_TEXT_MAX], took[UST_TIME_TEXT_MAX], requests[UST_CELL_MAX];
    struct ust_text line = {0};
    int n = sqlite3_column_int(row, 4);
    ust_text_printf(
        &line, "%s   %d replication%s · %s · seed %s · %s requests", ust_summary_text(row, 0),
        n, n == 1 ? "" : "s",
        ust_time_text(ust_time_from_seconds(sqlite3_column_double(row, 1)), duration),
        ust_summary_text(row, 2), ust_cell_count(sqlite3_column_double(row, 3), requests));
    if (page->facts->done_before < (uint32_t)n)
        ust_text_printf(&line, " · ran %s",
                        ust_time_text(ust_time_from_seconds(page->facts->seconds), took));
    if (page->facts->done_before > 0)
        ust_text_printf(&line, " · %u replication%s from before", page->facts->done_before,
                        page->facts->done_before == 1 ? "" : "s");
    ust_text_add(&page->text, "\n");
    ust_text_wrap(&page->text, ust_text_string(&line), page->width, "", "  ");
    ust_text_clear(&line);
    sqlite3_finalize(row);
    enum ust_status status = ust_stopped_text(page->store, &line);
    if (status == UST_OK && line.length > 0)
        ust_text_wrap(&page->text, ust_text_string(&line), page->width, "  ", "    ");
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

static void add_score(const struct ust_summary_page *page, struct ust_text *out)
{
    ust_text_add(out, "readiness ");
    add_bound(&page->readiness->readiness, 1, out);
    ust_text_add(out, "   P(ready) ");
    add_bound(&page->readiness->p_ready, 2, out);
}

static void add_verdict(struct ust_summary_page *page)
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
        ust_text_wrap(&page->text, ust_text_string(&what),
                      page->width - 2 - (unsigned)strlen(name), "   ", "     ");
        ust_text_wrap(&page->text, ust_text_string(&score), page->width, "  ", "    ");
    }
    ust_text_free(&what);
    ust_text_free(&score);
}

static void add_fault(struct ust_summary_page *page)
{
    const struct ust_readiness_result *readiness = page->readiness;
    char day[UST_CELL_MAX] = "", at[UST_CELL_MAX];
    sqlite3_stmt *row = ust_summary_query(page->store, "SELECT ?1 + warmup_s + start_unix_s, "
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
                    ust_cell_clock(page->store, readiness->onset_s, at), day);
    ust_text_add(&page->text, "\n");
    ust_text_wrap(&page->text, ust_text_string(&title), page->width, "  ", "  ");
    ust_text_free(&title);
    ust_readiness_waterfall(readiness, page->width < 100 ? page->width : 100, "    ",
                            &page->text);
}

static void add_lines(struct ust_summary_page *page, struct ust_text *lines)
{
    char *line = lines->data;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        ust_text_wrap(&page->text, line, page->width, "  ", "    ");
        line = end == NULL ? NULL : end + 1;
    }
    ust_text_free(lines);
}

static void add_why(struct ust_summary_page *page)
{
    struct ust_text why = {0};
    ust_readiness_why(page->readiness, 3, "", &why);
    add_lines(page, &why);
}

static void add_aborts(struct ust_summary_page *page)
{
    struct ust_text aborts = {0};
    ust_aborts_tell(page->store, &aborts);
    add_lines(page, &aborts);
}

static void add_stability(struct ust_summary_page *page)
{
    struct ust_text text = {0};
    ust_stability_tell(page->store, &text);
    if (text.length > 0)
        ust_text_wrap(&page->text, ust_text_string(&text), page->width, "  ", "    ");
    ust_text_free(&text);
}

/* A plan without a fault counts from its own beginning: a game day. */
static double plan_begin(struct ust_summary_page *page)
{
    double begin = 0;
    sqlite3_stmt *row = ust_summary_query(
        page->store, "SELECT min(t_s) FROM timeline WHERE event = 'failover_begin'");
    if (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        begin = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return begin;
}

static void add_plan(struct ust_summary_page *page)
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

static void add_second_shift(struct ust_summary_page *page)
{
    struct ust_text text = {0};
    ust_second_shift_tell(page->store, page->readiness->onset_s, &text);
    if (text.length > 0)
        ust_text_wrap(&page->text, ust_text_string(&text), page->width, "  ", "    ");
    ust_text_free(&text);
}

/* Where capacity was missing, there is a command that asks how much is not. */
static void add_size(struct ust_summary_page *page)
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

/* What would decide; the command in one line, however narrow the page, so that it can be
 * copied. */
static void add_next(struct ust_summary_page *page)
{
    struct ust_text sentence = {0}, command = {0};
    ust_readiness_next(page->readiness, &sentence, &command);
    if (sentence.length > 0)
        ust_text_wrap(&page->text, ust_text_string(&sentence), page->width, "  ", "    ");
    if (command.length > 0)
        ust_text_printf(&page->text, "    %s\n", ust_text_string(&command));
    add_size(page);
    ust_text_free(&sentence);
    ust_text_free(&command);
}

/* ---- warm-up ---- */

/* Only when it matters: a run that is told to be fine where it is fine would say so every day.
 */
static enum ust_status add_warmup(struct ust_summary_page *page)
{
    struct ust_settle settle;
    UST_TRY(ust_settle_read(page->store, NULL, &settle));
    if (settle.settled == UST_SETTLE_SHORT) {
        struct ust_text text = {0};
        ust_settle_verdict(&settle, &text);
        ust_text_printf(&text, " (understudy warmup %s)", page->facts->path);
        ust_text_add(&page->text, "\n");
        ust_text_wrap(&page->text, ust_text_string(&text), page->width, "  ", "  ");
        ust_text_free(&text);
    }
    ust_settle_free(&settle);
    return UST_OK;
}

/* ---- foot ---- */

static uint64_t run_fingerprint(struct ust_store *store)
{
    uint64_t fingerprint = 0;
    sqlite3_stmt *row =
        ust_summary_query(store, "SELECT fingerprint FROM replication ORDER BY id");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        fingerprint = ust_hash_text(fingerprint, ust_summary_text(row, 0));
    sqlite3_finalize(row);
    return fingerprint;
}

static void add_foot(struct ust_summary_page *page)
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
    sqlite3_stmt *row = ust_summary_query(store, "SELECT count(*) FROM region");
    uint32_t n = row != NULL && sqlite3_step(row) == SQLITE_ROW
                     ? (uint32_t)sqlite3_column_int(row, 0)
                     : 0;
    sqlite3_finalize(row);
    return n;
}

static enum ust_status add_all(struct ust_summary_page *page)
{
    UST_TRY(add_head(page));
    add_verdict(page);
    if (page->readiness->fault)
        add_fault(page);
    add_plan(page);
    add_second_shift(page);
    add_stability(page);
    add_aborts(page);
    add_why(page);
    add_next(page);
    UST_TRY(ust_summary_personas(page));
    UST_TRY(ust_summary_pools(page));
    UST_TRY(add_warmup(page));
    add_foot(page);
    return UST_OK;
}

enum ust_status ust_summary_print(struct ust_store *store,
                                  const struct ust_readiness_result *readiness,
                                  const struct ust_summary_facts *facts, FILE *out)
{
    struct ust_summary_page page = {.store = store,
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
    return sqlite3_column_type(row, column) == SQLITE_NULL
               ? json_null()
               : json_string(ust_summary_text(row, column));
}

/* Every estimate: metric, scope, mean and interval. */
static json_t *estimates(struct ust_store *store)
{
    json_t *list = json_array();
    sqlite3_stmt *row =
        ust_summary_query(store, "SELECT metric, unit, region, service, persona, n, mean, "
                                 "low, high, method FROM estimate_by_name");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        json_array_append_new(
            list, json_pack("{s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o}", "metric",
                            text_or_null(row, 0), "unit", text_or_null(row, 1), "region",
                            text_or_null(row, 2), "service", text_or_null(row, 3), "persona",
                            text_or_null(row, 4), "n", sqlite3_column_int(row, 5), "mean",
                            real_or_null(ust_summary_number(row, 6)), "low",
                            real_or_null(ust_summary_number(row, 7)), "high",
                            real_or_null(ust_summary_number(row, 8)), "method",
                            text_or_null(row, 9)));
    sqlite3_finalize(row);
    return list;
}

enum ust_status ust_summary_json(struct ust_store *store,
                                 const struct ust_readiness_result *readiness,
                                 const struct ust_summary_facts *facts, FILE *out)
{
    char hex[UST_HASH_TEXT_MAX];
    sqlite3_stmt *row = ust_summary_query(
        store, "SELECT name, seed, duration_s, (SELECT count(*) FROM replication), (SELECT "
               "sum(requests) FROM replication), digest FROM run");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(store, "cannot read the run");
    }
    json_t *root = json_pack(
        "{s:s,s:s,s:s,s:f,s:i,s:I,s:f,s:s,s:o,s:o,s:o,s:o,s:o}", "name",
        ust_summary_text(row, 0), "seed", ust_summary_text(row, 1), "results", facts->path,
        "duration_s", sqlite3_column_double(row, 2), "replications", sqlite3_column_int(row, 3),
        "requests", (json_int_t)sqlite3_column_int64(row, 4), "seconds", facts->seconds,
        "fingerprint", ust_hash_hex(run_fingerprint(store), hex), "digest",
        text_or_null(row, 5), "readiness", ust_readiness_json(readiness), "stability",
        ust_stability_json(store), "stopping", ust_stopped_json(store), "estimates",
        estimates(store));
    sqlite3_finalize(row);
    return ust_output_json(out, root, 15);
}
