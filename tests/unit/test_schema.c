/* docs/schema.md and the schema say the same: every column is described, nothing else is, and
 * every example query runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "analysis/readiness/readiness.h"
#include "analysis/stats/stats.h"
#include "sim/base/text.h"
#include "tests/unit/rundb.h"

struct fixture {
    struct rundb db;
    char path[256];
    struct ust_store *store;
    char *docs; /* the whole file */
};

static char *read_docs(void)
{
    FILE *file = fopen("docs/schema.md", "rb");
    if (!file)
        fail_msg("docs/schema.md cannot be opened; tests run from the project's folder");
    char *text = calloc(1, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    assert_true(n > 1000);
    return text;
}

/* A judged run with a row in every table. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rundb_init(&f->db, 360, 10);
    rundb_path(f->path);
    struct ust_readiness_settings settings = ust_readiness_defaults();
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    f->db.setting[f->db.plan.settings_n++] = (struct ust_store_setting){#id, settings.id};
#include "models/metric/readiness.def"
#undef UST_READINESS
    assert_int_equal(ust_store_create(f->path, &f->db.plan, false, NULL, &f->store), UST_OK);
    for (uint32_t id = 1; id <= 3; id++) {
        struct ust_store_replication result = rundb_noise(&f->db, id);
        assert_int_equal(ust_store_add(f->store, &result), UST_OK);
    }
    assert_int_equal(ust_store_finish(f->store), UST_OK);
    assert_int_equal(ust_stats_estimate(f->store, 0.95), UST_OK);
    assert_int_equal(
        sqlite3_exec(
            ust_store_sqlite(f->store),
            "INSERT INTO resource VALUES ('alternative', 'web', 1, 'spare', NULL, NULL);"
            "INSERT INTO basin_cell VALUES ('x', 'none', 1, 1, 1, '1', '2', '3', 2, 1, 0.1, "
            "0.9, 0.5, 2);"
            "INSERT INTO limit_point VALUES ('attainment', 1.5, 0.01, 0, 0.02, 'web');"
            "INSERT INTO limit_load VALUES ('attainment', 1.5, 1, 0, 0, 30, NULL, NULL, "
            "NULL), ('attainment', 1.5, 0, 1, 1, 31, 0.5, 0.5, 2);"
            "INSERT INTO size_point VALUES ('web', '4', 0, 73, 73, 'READY', 0.95, 99, 98, "
            "100, 1, 0.95, 1, 0.4, 2, 1.1, ''), ('web', '4', 1, 146, 146, 'READY', 0.95, 99, "
            "98, 100, 1, 0.97, 1, 0.4, 2, 1.1, '');"
            "INSERT INTO size_value VALUES ('web', '4', 1, 'services.web.pools.west', 'web in "
            "west', 4);"
            "INSERT INTO size_replication VALUES ('web', '4', 0, 1, 1, 99);"
            "INSERT INTO size_answer VALUES ('web', 'answer', '4', 4, 'smallest');"
            "INSERT INTO stopping VALUES (1, 'readiness', 'points', NULL, "
            "NULL, NULL, 1, NULL, 40, 3, 0.8, 1, 1);"
            "INSERT INTO shard VALUES (1, 2, 2, 0);"
            "INSERT INTO lease VALUES (1, 'host', 'boot', 7, '12', 1700000000, 1700000010)",
            NULL, NULL, NULL),
        SQLITE_OK);
    struct ust_readiness_result result;
    assert_int_equal(ust_readiness_judge(f->store, &result), UST_OK);
    ust_readiness_free(&result);
    f->docs = read_docs();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ust_store_close(f->store);
    rundb_remove(f->path);
    rundb_free(&f->db);
    free(f->docs);
    free(f);
    return 0;
}

static sqlite3_stmt *prepared(struct fixture *f, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(f->store), sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s\n%s", sql, sqlite3_errmsg(ust_store_sqlite(f->store)));
    return row;
}

/* The part of the page that describes a table, up to the next heading. */
static char *section_of(const char *docs, const char *table)
{
    char heading[80];
    snprintf(heading, sizeof heading, "\n## %s\n", table);
    const char *start = strstr(docs, heading);
    if (!start) {
        fail_msg("docs/schema.md has no section '%s'", table);
        return strdup("");
    }
    const char *end = strstr(start + 4, "\n## ");
    return strndup(start, end ? (size_t)(end - start) : strlen(start));
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void every_column_is_described_and_no_other(void **state)
{
    struct fixture *f = *state;
    sqlite3_stmt *table = prepared(f, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    int tables = 0;
    for (; sqlite3_step(table) == SQLITE_ROW; tables++) {
        const char *name = (const char *)sqlite3_column_text(table, 0);
        char *section = section_of(f->docs, name);
        sqlite3_stmt *column = prepared(f, "SELECT name FROM pragma_table_info(?)");
        sqlite3_bind_text(column, 1, name, -1, SQLITE_STATIC);
        int columns = 0;
        for (; sqlite3_step(column) == SQLITE_ROW; columns++) {
            char row[120];
            snprintf(row, sizeof row, "\n| `%s` |",
                     (const char *)sqlite3_column_text(column, 0));
            if (count(section, row) != 1)
                fail_msg("section '%s' lacks column '%s'", name,
                         (const char *)sqlite3_column_text(column, 0));
        }
        if (count(section, "\n| `") != columns)
            fail_msg("section '%s' describes a column that the table lacks", name);
        sqlite3_finalize(column);
        free(section);
    }
    sqlite3_finalize(table);
    assert_int_equal(tables, 29);
    assert_int_equal(count(f->docs, "\n## "), tables);
}

static void every_view_is_mentioned(void **state)
{
    struct fixture *f = *state;
    sqlite3_stmt *view = prepared(f, "SELECT name FROM sqlite_schema WHERE type = 'view'");
    int views = 0;
    for (; sqlite3_step(view) == SQLITE_ROW; views++)
        if (!strstr(f->docs, (const char *)sqlite3_column_text(view, 0)))
            fail_msg("view '%s' is not mentioned", (const char *)sqlite3_column_text(view, 0));
    sqlite3_finalize(view);
    assert_int_equal(views, 8);
}

static void every_table_has_three_queries_that_run(void **state)
{
    struct fixture *f = *state;
    sqlite3_stmt *table = prepared(f, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (sqlite3_step(table) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(table, 0);
        char *section = section_of(f->docs, name), *at = section;
        int queries = 0;
        while ((at = strstr(at, "```sql\n"))) {
            at += 7;
            char *end = strstr(at, "```");
            assert_non_null(end);
            char *sql = strndup(at, (size_t)(end - at));
            sqlite3_stmt *row = prepared(f, sql);
            int code, rows = 0;
            while ((code = sqlite3_step(row)) == SQLITE_ROW)
                rows++;
            assert_int_equal(code, SQLITE_DONE);
            /* One asks for what is missing, which a whole run has not. */
            if (rows == 0 && !strstr(sql, "AS missing"))
                fail_msg("this query finds nothing:\n%s", sql);
            sqlite3_finalize(row);
            free(sql);
            queries++;
            at = end + 3;
        }
        if (queries != 3)
            fail_msg("section '%s' has %d queries", name, queries);
        free(section);
    }
    sqlite3_finalize(table);
}

static void a_query_for_one_metric_seeks_and_does_not_scan_the_series(void **state)
{
    struct fixture *f = *state;
    sqlite3_stmt *plan = prepared(f, "EXPLAIN QUERY PLAN SELECT t_s, value FROM series_by_name "
                                     "WHERE metric = 'good'");
    bool seeks = false;
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(plan, 3);
        if (strncmp(step, "SCAN s", 6) == 0)
            fail_msg("%s", step);
        seeks = seeks || strstr(step, "SEARCH s USING PRIMARY KEY (replication=? AND key=?)");
    }
    sqlite3_finalize(plan);
    assert_true(seeks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_described_and_no_other),
        cmocka_unit_test(every_view_is_mentioned),
        cmocka_unit_test(every_table_has_three_queries_that_run),
        cmocka_unit_test(a_query_for_one_metric_seeks_and_does_not_scan_the_series),
    };
    return cmocka_run_group_tests_name("schema", tests, setup, teardown);
}
