#include "analysis/export/export.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

const char *const ust_export_tables[] = {"kpi",      "series",    "histogram", "timeline",
                                         "estimate", "readiness", NULL};

#define CONTEXT                                                                                \
    "SELECT u.name AS run, u.seed, u.scenario_hash AS scenario, x.* FROM run u CROSS JOIN "

/* The clock of a moment or interval, in UTC by the scenario's start. */
#define CLOCK                                                                                  \
    "strftime('%Y-%m-%dT%H:%M:%fZ', u.start_unix_s + u.warmup_s + x.t_s, 'unixepoch') AS time"

static const char *const queries[] = {
    CONTEXT "kpi_by_name x WHERE x.value IS NOT NULL",
    "SELECT u.name AS run, u.seed, u.scenario_hash AS scenario, " CLOCK
    ", x.* FROM run u CROSS JOIN series_by_name x WHERE x.value IS NOT NULL",
    CONTEXT "histogram_by_name x",
    "SELECT u.name AS run, u.seed, u.scenario_hash AS scenario, " CLOCK
    ", x.* FROM run u CROSS JOIN timeline_by_name x",
    CONTEXT "estimate_by_name x",
    CONTEXT "readiness_by_name x",
};

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the results");
    return UST_OK;
}

static enum ust_status finish(struct ust_store *store, sqlite3_stmt *row, int code)
{
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read the results");
}

/* The shortest of 15 to 17 digits that reads back the same. */
static void print_number(double value, FILE *out)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (memcmp(&back, &value, sizeof back) == 0)
            break;
    }
    fputs(text, out);
}

/* ---- CSV ---- */

static void print_field(const char *text, FILE *out)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void print_csv_row(sqlite3_stmt *row, FILE *out)
{
    int n = sqlite3_column_count(row);
    for (int c = 0; c < n; c++) {
        if (c > 0)
            putc(',', out);
        if (sqlite3_column_type(row, c) == SQLITE_FLOAT)
            print_number(sqlite3_column_double(row, c), out);
        else if (sqlite3_column_type(row, c) != SQLITE_NULL)
            print_field((const char *)sqlite3_column_text(row, c), out);
    }
    putc('\n', out);
}

enum ust_status ust_export_csv(struct ust_store *store, int table, FILE *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(store, queries[table], &row));
    for (int c = 0; c < sqlite3_column_count(row); c++)
        fprintf(out, "%s%s", c > 0 ? "," : "", sqlite3_column_name(row, c));
    putc('\n', out);
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW && !ferror(out))
        print_csv_row(row, out);
    return finish(store, row, code == SQLITE_ROW ? SQLITE_DONE : code);
}

/* ---- JSON lines ---- */

/* JSON has no infinity; what SQLite holds as one is beyond all numbers, and left out as null.
 */
static json_t *json_of(sqlite3_stmt *row, int column)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(row, column));
    case SQLITE_FLOAT: {
        double value = sqlite3_column_double(row, column);
        return isfinite(value) ? json_real(value) : json_null();
    }
    case SQLITE_NULL:
        return json_null();
    default:
        return json_string((const char *)sqlite3_column_text(row, column));
    }
}

enum ust_status ust_export_jsonl(struct ust_store *store, int table, FILE *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(store, queries[table], &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW && !ferror(out)) {
        json_t *object = json_object();
        for (int c = 0; c < sqlite3_column_count(row); c++)
            json_object_set_new(object, sqlite3_column_name(row, c), json_of(row, c));
        json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
        putc('\n', out);
        json_decref(object);
    }
    return finish(store, row, code == SQLITE_ROW ? SQLITE_DONE : code);
}

/* ---- OpenMetrics ---- */

#define OPENMETRICS_SQL                                                                        \
    "SELECT m.name, m.help, m.unit, r.name, v.name, p.name, n.id, u.name,"                     \
    " u.start_unix_s + u.warmup_s + (s.interval + 1) * u.interval_s, s.value"                  \
    " FROM run u CROSS JOIN metric m CROSS JOIN key k ON k.metric = m.id"                      \
    " CROSS JOIN replication n CROSS JOIN series s ON s.replication = n.id AND s.key = k.id"   \
    " LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service"           \
    " LEFT JOIN persona p ON p.id = k.persona"                                                 \
    " WHERE s.value IS NOT NULL ORDER BY m.id, k.id, n.id, s.interval"

static void print_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fputs("\\n", out);
            continue;
        }
        if (*text == '\\' || *text == '"')
            putc('\\', out);
        putc(*text, out);
    }
}

static void print_label(const char *name, sqlite3_stmt *row, int column, FILE *out)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    if (text == NULL)
        return;
    fprintf(out, ",%s=\"", name);
    print_escaped(text, out);
    putc('"', out);
}

static void print_sample(sqlite3_stmt *row, FILE *out)
{
    fprintf(out, "understudy_%s{replication=\"%lld\"", sqlite3_column_text(row, 0),
            (long long)sqlite3_column_int64(row, 6));
    print_label("run", row, 7, out);
    print_label("region", row, 3, out);
    print_label("service", row, 4, out);
    print_label("persona", row, 5, out);
    fputs("} ", out);
    print_number(sqlite3_column_double(row, 9), out);
    /* Milliseconds are what Prometheus keeps. */
    fprintf(out, " %.3f\n", sqlite3_column_double(row, 8));
}

enum ust_status ust_export_openmetrics(struct ust_store *store, FILE *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(store, OPENMETRICS_SQL, &row));
    char family[80] = "";
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW && !ferror(out)) {
        const char *name = (const char *)sqlite3_column_text(row, 0);
        if (strcmp(name, family) != 0) {
            snprintf(family, sizeof family, "%s", name);
            fprintf(out, "# TYPE understudy_%s gauge\n# HELP understudy_%s ", name, name);
            print_escaped((const char *)sqlite3_column_text(row, 1), out);
            fprintf(out, " [%s]\n", sqlite3_column_text(row, 2));
        }
        print_sample(row, out);
    }
    fputs("# EOF\n", out);
    return finish(store, row, code == SQLITE_ROW ? SQLITE_DONE : code);
}
