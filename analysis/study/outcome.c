#include "analysis/study/outcome.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/table.h"
#include "models/metric/metric.h"
#include "sim/base/time.h"
#include "sim/cli/output.h"

/* ---- which metrics ---- */

static int find_metric(const char *name)
{
    for (int i = 0; i < UST_METRICS; i++)
        if (strcmp(ust_metrics[i].name, name) == 0)
            return i;
    return -1;
}

static enum ust_status read_one(struct ust_arena *arena, const char *text, struct ust_kpi *out)
{
    size_t length = strcspn(text, "@");
    const char *name = ust_arena_text_n(arena, text, length);
    *out = (struct ust_kpi){.text = text, .metric = find_metric(name)};
    if (out->metric < 0) {
        const char *names[UST_METRICS];
        for (int i = 0; i < UST_METRICS; i++)
            names[i] = ust_metrics[i].name;
        const char *near = ust_text_nearest(name, names, UST_METRICS);
        fprintf(stderr, "understudy: unknown metric '%s'%s%s%s; understudy list metric\n", name,
                near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                near == NULL ? "" : "'?");
        return UST_INVALID;
    }
    if (text[length] == '\0')
        return UST_OK;
    if (ust_metrics[out->metric].scope == UST_PER_PERSONA) {
        fprintf(stderr, "understudy: '%s': %s is kept by persona; all together are shown\n",
                text, name);
        return UST_INVALID;
    }
    const char *at = text + length + 1;
    size_t region = strcspn(at, "/");
    out->region = ust_arena_text_n(arena, at, region);
    if (at[region] == '/')
        out->service = ust_arena_text(arena, at + region + 1);
    return UST_OK;
}

enum ust_status ust_kpi_read(struct ust_arena *arena, const struct ust_texts *asked,
                             struct ust_kpi **out, uint32_t *n)
{
    static const char *const defaults[] = {"attainment", "latency_p99", "cost"};
    size_t count = asked->n > 0 ? asked->n : sizeof defaults / sizeof defaults[0];
    enum ust_status status = UST_OK;
    *out = ust_arena_alloc(arena, struct ust_kpi, count);
    *n = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        if (read_one(arena, asked->n > 0 ? asked->at[i] : defaults[i], &(*out)[i]) != UST_OK)
            status = UST_INVALID;
    return status;
}

/* ---- their values ---- */

static double column(sqlite3_stmt *row, int i)
{
    return sqlite3_column_type(row, i) == SQLITE_NULL ? ust_nan()
                                                      : sqlite3_column_double(row, i);
}

static sqlite3_stmt *prepare(struct ust_index *index, const char *sql)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_index_sqlite(index), sql, -1, &row, NULL) != SQLITE_OK)
        (void)ust_index_failed(index, "cannot read the index");
    return row;
}

/* A number of instances is added up over pools as a sum is. */
static bool adds_up(const struct ust_metric_facts *metric)
{
    static const char *const counted[] = {"instances", "wanted", "starting", "capacity"};
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        if (strcmp(metric->name, counted[i]) == 0)
            return true;
    return metric->summary == UST_SUM;
}

double ust_kpi_join(const struct ust_kpi *kpi, double value, double next)
{
    const struct ust_metric_facts *metric = &ust_metrics[kpi->metric];
    if (isnan(value))
        return next;
    if (adds_up(metric))
        return value + (isnan(next) ? 0 : next);
    return (metric->better == UST_HIGHER ? next < value : next > value) ? next : value;
}

double ust_kpi_mean(struct ust_index *index, uint32_t unit, const struct ust_kpi *kpi)
{
    const struct ust_metric_facts *metric = &ust_metrics[kpi->metric];
    bool users = metric->scope == UST_PER_PERSONA;
    sqlite3_stmt *row = prepare(
        index, users ? "SELECT mean FROM estimate WHERE unit = ? AND metric = ? AND region IS "
                       "NULL AND service IS NULL AND persona IS NULL"
                     : "SELECT mean FROM estimate WHERE unit = ? AND metric = ? AND "
                       "(?3 IS NULL OR region = ?3) AND (?4 IS NULL OR service = ?4)");
    double value = ust_nan();
    if (row == NULL)
        return value;
    sqlite3_bind_int64(row, 1, unit);
    sqlite3_bind_text(row, 2, metric->name, -1, SQLITE_STATIC);
    if (!users) {
        sqlite3_bind_text(row, 3, kpi->region, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 4, kpi->service, -1, SQLITE_STATIC);
    }
    while (sqlite3_step(row) == SQLITE_ROW)
        value = ust_kpi_join(kpi, value, column(row, 0));
    sqlite3_finalize(row);
    return value;
}

/* ---- for people ---- */

static const char *shown(double value, const char *unit, char out[48])
{
    char time[UST_TIME_TEXT_MAX];
    if (isnan(value))
        snprintf(out, 48, "-");
    else if (strcmp(unit, "s") == 0)
        snprintf(out, 48, "%s", ust_time_text(ust_time_from_seconds(value), time));
    else if (strcmp(unit, "1") == 0)
        snprintf(out, 48, "%.2f %%", 100 * value);
    else if (fabs(value) >= 1e6)
        snprintf(out, 48, "%.4g %s", value, unit);
    else
        snprintf(out, 48, "%.2f%s%s", value, *unit == '\0' ? "" : " ", unit);
    return out;
}

enum { O_NUMBER, O_NAME, O_VERDICT, O_READINESS, O_READY, O_FIRST_KPI };
#define KPIS_MAX 16

static void add_row(struct ust_index *index, sqlite3_stmt *row, const struct ust_kpi *kpi,
                    uint32_t kpis_n, struct ust_table *table)
{
    char text[48];
    ust_table_row(table);
    ust_table_cell(table, O_NUMBER, "%d", sqlite3_column_int(row, 0));
    ust_table_cell(table, O_NAME, "%s", (const char *)sqlite3_column_text(row, 1));
    if (sqlite3_column_type(row, 2) == SQLITE_NULL) {
        ust_table_cell(table, O_VERDICT, "not whole yet");
        return;
    }
    ust_table_cell(table, O_VERDICT, "%s", (const char *)sqlite3_column_text(row, 2));
    if (isnan(column(row, 4)))
        ust_table_cell(table, O_READINESS, "%.1f", column(row, 3));
    else
        ust_table_cell(table, O_READINESS, "%.1f (%.1f – %.1f)", column(row, 3), column(row, 4),
                       column(row, 5));
    ust_table_cell(table, O_READY, "%.2f", column(row, 6));
    for (uint32_t i = 0; i < kpis_n && i < KPIS_MAX; i++)
        ust_table_cell(table, O_FIRST_KPI + i, "%s",
                       shown(ust_kpi_mean(index, (uint32_t)sqlite3_column_int(row, 0), &kpi[i]),
                             ust_metrics[kpi[i].metric].unit, text));
}

static void add_head(struct ust_index *index, const struct ust_outcome_facts *facts,
                     struct ust_text *out)
{
    sqlite3_stmt *row = prepare(index, "SELECT name, units, seed, (SELECT count(*) FROM result)"
                                       " FROM study");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return;
    }
    char requests[UST_COUNT_TEXT_MAX], took[UST_TIME_TEXT_MAX];
    ust_text_printf(out, "\n%s   %d of %d units · seed %s", sqlite3_column_text(row, 0),
                    sqlite3_column_int(row, 3), sqlite3_column_int(row, 1),
                    sqlite3_column_text(row, 2));
    if (facts->replications > 0)
        ust_text_printf(out, " · %u replications, %s requests in %s", facts->replications,
                        ust_count_text(facts->requests, requests),
                        ust_time_text(ust_time_from_seconds(facts->seconds), took));
    if (facts->done_before > 0)
        ust_text_printf(out, " · %u replications from before", facts->done_before);
    ust_text_add(out, "\n\n");
    sqlite3_finalize(row);
}

void ust_outcome_print(struct ust_index *index, const struct ust_kpi *kpi, uint32_t kpis_n,
                       const struct ust_outcome_facts *facts, FILE *out)
{
    struct ust_table_column columns[O_FIRST_KPI + KPIS_MAX] = {{"", 0, false},
                                                               {"unit", 0, true},
                                                               {"verdict", 0, true},
                                                               {"readiness", 0, false},
                                                               {"P(ready)", 1, false}};
    uint32_t n = kpis_n < KPIS_MAX ? kpis_n : KPIS_MAX;
    for (uint32_t i = 0; i < n; i++)
        columns[O_FIRST_KPI + i] = (struct ust_table_column){kpi[i].text, 2 + i, false};
    struct ust_text text = {0};
    struct ust_table table;
    add_head(index, facts, &text);
    ust_table_begin(&table, columns, O_FIRST_KPI + n);
    sqlite3_stmt *row = prepare(index, "SELECT number, unit, verdict, readiness, low, high, "
                                       "p_ready FROM result_by_name ORDER BY number");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        add_row(index, row, kpi, n, &table);
    sqlite3_finalize(row);
    ust_table_print(&table, ust_cli_width(out, 132), "  ", &text);
    ust_table_free(&table);
    ust_text_printf(&text,
                    "  means of a replication\n\n  results  %s/study.db, a database per unit "
                    "beside it     next: understudy report %s/0001.db\n",
                    ust_index_folder(index), ust_index_folder(index));
    fputs(ust_text_string(&text), out);
    ust_text_free(&text);
}

/* ---- for programs ---- */

static json_t *real_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *text_or_null(sqlite3_stmt *row, int i)
{
    const char *text = (const char *)sqlite3_column_text(row, i);
    return text == NULL ? json_null() : json_string(text);
}

static json_t *levels(struct ust_index *index, int unit)
{
    json_t *values = json_object();
    sqlite3_stmt *row = prepare(index, "SELECT path, value FROM level_by_name WHERE number = ? "
                                       "ORDER BY path");
    if (row != NULL)
        sqlite3_bind_int(row, 1, unit);
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        json_object_set_new(values, (const char *)sqlite3_column_text(row, 0),
                            text_or_null(row, 1));
    sqlite3_finalize(row);
    return values;
}

static json_t *unit_json(struct ust_index *index, sqlite3_stmt *row, const struct ust_kpi *kpi,
                         uint32_t kpis_n)
{
    int number = sqlite3_column_int(row, 0);
    json_t *kpis = json_object();
    for (uint32_t i = 0; i < kpis_n; i++)
        json_object_set_new(kpis, kpi[i].text,
                            real_or_null(ust_kpi_mean(index, (uint32_t)number, &kpi[i])));
    return json_pack(
        "{s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:o}", "number", number, "unit",
        text_or_null(row, 1), "values", levels(index, number), "verdict", text_or_null(row, 2),
        "readiness", real_or_null(column(row, 3)), "low", real_or_null(column(row, 4)), "high",
        real_or_null(column(row, 5)), "p_ready", real_or_null(column(row, 6)), "p_low",
        real_or_null(column(row, 7)), "p_high", real_or_null(column(row, 8)), "replications",
        sqlite3_column_int(row, 9), "digest", text_or_null(row, 10), "kpis", kpis);
}

enum ust_status ust_outcome_json(struct ust_index *index, const struct ust_kpi *kpi,
                                 uint32_t kpis_n, const struct ust_outcome_facts *facts,
                                 FILE *out)
{
    json_t *units = json_array();
    sqlite3_stmt *row = prepare(index, "SELECT number, unit, verdict, readiness, low, high, "
                                       "p_ready, p_low, p_high, coalesce(replications, 0), "
                                       "digest FROM result_by_name ORDER BY number");
    while (row != NULL && sqlite3_step(row) == SQLITE_ROW)
        json_array_append_new(units, unit_json(index, row, kpi, kpis_n));
    sqlite3_finalize(row);
    row = prepare(index, "SELECT name, seed, hash, digest FROM study");
    if (row == NULL || sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        json_decref(units);
        return UST_REFUSED;
    }
    json_t *root =
        json_pack("{s:o,s:o,s:o,s:o,s:s,s:f,s:I,s:o}", "name", text_or_null(row, 0), "seed",
                  text_or_null(row, 1), "hash", text_or_null(row, 2), "digest",
                  text_or_null(row, 3), "results", ust_index_folder(index), "seconds",
                  facts->seconds, "requests", (json_int_t)facts->requests, "units", units);
    sqlite3_finalize(row);
    return ust_output_json(out, root, 15);
}
