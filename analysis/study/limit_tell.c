/* What the capacity finder says: the limit, loads and use there, and what breaks above it. */
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>

#include "analysis/study/limit.h"
#include "analysis/study/table.h"
#include "sim/cli/output.h"

/* At another load: what was measured there, or of injected load that was aborted before its
 * height what it would have been. */
#define AT_LOAD(factor)                                                                        \
    " coalesce((SELECT rate FROM limit_load b WHERE b.asked = a.asked AND b.factor = " factor  \
    "  AND b.persona = a.persona AND b.region = a.region AND b.service = a.service),"          \
    "  CASE WHEN p.synthetic AND " factor " > 0 AND " factor " < 1e300"                        \
    "   THEN a.rate * " factor " / a.factor END)"

/* The same row at four loads: the estimate, the ends of its interval, and as written. */
#define ROWS_SQL                                                                               \
    "SELECT p.name, v.name, r.name, a.rate, a.cpu, a.busy_slots, a.instances," AT_LOAD(        \
        "?3") "," AT_LOAD("?4") "," AT_LOAD("1") " FROM limit_load a LEFT JOIN persona p ON "  \
                                                 "p.id = a.persona"                            \
                                                 " LEFT JOIN region r ON r.id = a.region "     \
                                                 "LEFT JOIN service v ON v.id = a.service"     \
                                                 " WHERE a.asked = ?1 AND a.factor = ?2 AND "  \
                                                 "(a.persona > 0) = ?5"                        \
                                                 " ORDER BY a.persona, a.service, a.region"

static enum ust_status rows(const struct ust_limit *limit, bool personas, sqlite3_stmt **row)
{
    const struct ust_search *search = &limit->search;
    if (sqlite3_prepare_v2(ust_store_sqlite(limit->store), ROWS_SQL, -1, row, NULL) !=
        SQLITE_OK)
        return ust_store_failed(limit->store, "cannot read the loads that were tried");
    sqlite3_bind_text(*row, 1, limit->asked, -1, SQLITE_STATIC);
    sqlite3_bind_double(*row, 2, search->holds[UST_SEARCH_VALUE]);
    sqlite3_bind_double(*row, 3, search->holds[UST_SEARCH_LOW]);
    sqlite3_bind_double(*row, 4, search->breaks[UST_SEARCH_HIGH]);
    sqlite3_bind_int(*row, 5, personas);
    return UST_OK;
}

static unsigned width(void)
{
    return ust_cli_width(stderr, 120);
}

static const char *text(sqlite3_stmt *row, int column)
{
    const unsigned char *it = sqlite3_column_text(row, column);
    return it != NULL ? (const char *)it : "";
}

/* What breaks at the least load that breaks. */
static enum ust_status broke(const struct ust_limit *limit, struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(limit->store),
                           "SELECT what FROM limit_point WHERE asked = ?1 AND factor = ?2", -1,
                           &row, NULL) != SQLITE_OK)
        return ust_store_failed(limit->store, "cannot read the loads that were tried");
    sqlite3_bind_text(row, 1, limit->asked, -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 2, limit->search.breaks[UST_SEARCH_VALUE]);
    if (sqlite3_step(row) == SQLITE_ROW)
        ust_text_add(out, text(row, 0));
    sqlite3_finalize(row);
    return UST_OK;
}

/* ---- for people ---- */

static void add_range(sqlite3_stmt *row, struct ust_table *table, uint32_t column)
{
    bool low = sqlite3_column_type(row, 7) != SQLITE_NULL;
    bool high = sqlite3_column_type(row, 8) != SQLITE_NULL;
    ust_table_cell(table, column, "%.4g", sqlite3_column_double(row, 3));
    if (low && high)
        ust_table_cell(table, column + 1, "%.4g – %.4g", sqlite3_column_double(row, 7),
                       sqlite3_column_double(row, 8));
    else if (high)
        ust_table_cell(table, column + 1, "up to %.4g", sqlite3_column_double(row, 8));
    else if (low)
        ust_table_cell(table, column + 1, "from %.4g", sqlite3_column_double(row, 7));
    if (sqlite3_column_type(row, 9) != SQLITE_NULL)
        ust_table_cell(table, column + 2, "%.4g", sqlite3_column_double(row, 9));
}

static enum ust_status print_personas(const struct ust_limit *limit, struct ust_text *out)
{
    static const struct ust_table_column columns[] = {{.title = "persona"},
                                                      {.title = "req/s"},
                                                      {.title = "interval"},
                                                      {.title = "as written"}};
    struct ust_table table;
    sqlite3_stmt *row = NULL;
    UST_TRY(rows(limit, true, &row));
    ust_table_begin(&table, columns, 4);
    while (sqlite3_step(row) == SQLITE_ROW) {
        ust_table_row(&table);
        ust_table_cell(&table, 0, "%s", text(row, 0));
        add_range(row, &table, 1);
    }
    ust_table_print(&table, width(), "  ", out);
    ust_table_free(&table);
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status print_pools(const struct ust_limit *limit, struct ust_text *out)
{
    static const struct ust_table_column columns[] = {
        {.title = "service in region"}, {.title = "attempts/s"}, {.title = "interval"},
        {.title = "as written"},        {.title = "CPU"},        {.title = "slots busy"},
        {.title = "instances"}};
    struct ust_table table;
    sqlite3_stmt *row = NULL;
    UST_TRY(rows(limit, false, &row));
    ust_table_begin(&table, columns, 7);
    while (sqlite3_step(row) == SQLITE_ROW) {
        ust_table_row(&table);
        ust_table_cell(&table, 0, "%s in %s", text(row, 1), text(row, 2));
        add_range(row, &table, 1);
        ust_table_cell(&table, 4, "%.1f %%", 100.0 * sqlite3_column_double(row, 4));
        ust_table_cell(&table, 5, "%.1f %%", 100.0 * sqlite3_column_double(row, 5));
        ust_table_cell(&table, 6, "%.1f", sqlite3_column_double(row, 6));
    }
    ust_table_print(&table, width(), "  ", out);
    ust_table_free(&table);
    sqlite3_finalize(row);
    return UST_OK;
}

static void print_factor(const struct ust_limit *limit, struct ust_text *out)
{
    const struct ust_search *search = &limit->search;
    double held = search->holds[UST_SEARCH_VALUE], low = search->holds[UST_SEARCH_LOW];
    double high = search->breaks[UST_SEARCH_HIGH];
    if (held <= 0.0) {
        ust_text_printf(out, "nothing holds: %.4g times the load breaks already",
                        search->breaks[UST_SEARCH_VALUE]);
        return;
    }
    ust_text_printf(out, "%.4g times the load", held);
    if (isinf(search->breaks[UST_SEARCH_VALUE]))
        ust_text_add(out, " still holds, and no more was tried");
    else if (low > 0.0 && isfinite(high))
        ust_text_printf(out, " (%.4g – %.4g)", low, high);
    else if (isfinite(high))
        ust_text_printf(out, " (up to %.4g)", high);
    else
        ust_text_printf(out, " (from %.4g)", low);
}

/* What breaks at any load, however small, is seldom the load's doing. */
static void advise(const struct ust_limit *limit, struct ust_text *out)
{
    if (limit->bound.kind != UST_BOUND_ATTAINMENT || limit->scenario->faults.n == 0)
        return;
    ust_text_add(out, "\n  windows with a fault in them may break at any load: --set faults=[] "
                      "leaves faults out, and --readiness asks for the\n  verdict with them\n");
}

enum ust_status ust_limit_print(const struct ust_limit *limit, FILE *out)
{
    struct ust_text page = {0}, bound = {0}, why = {0};
    ust_bound_text(&limit->bound, &bound);
    ust_text_printf(&page, "\n%s   largest load that keeps %s\n\n  ", limit->scenario->name,
                    ust_text_string(&bound));
    print_factor(limit, &page);
    ust_text_printf(&page, "   %u loads tried, %u replications each\n\n", limit->search.n,
                    limit->trial.replications);
    if (limit->injections && limit->search.holds[UST_SEARCH_VALUE] > 0.0)
        ust_text_add(&page, "  while injected load is at its height, between its ramps:\n\n");
    bool any = limit->search.holds[UST_SEARCH_VALUE] > 0.0;
    enum ust_status status = any ? print_personas(limit, &page) : UST_OK;
    if (any)
        ust_text_add(&page, "\n");
    if (any && status == UST_OK)
        status = print_pools(limit, &page);
    if (status == UST_OK && isfinite(limit->search.breaks[UST_SEARCH_VALUE])) {
        status = broke(limit, &why);
        ust_text_printf(&page, "\n  breaks first, at %.4g times: %s\n",
                        limit->search.breaks[UST_SEARCH_VALUE], ust_text_string(&why));
    }
    if (!any)
        advise(limit, &page);
    ust_text_printf(&page, "\n  results  %s     the run in it is the scenario as written\n",
                    ust_store_path(limit->store));
    if (status == UST_OK)
        fputs(ust_text_string(&page), out);
    ust_text_free(&page);
    ust_text_free(&bound);
    ust_text_free(&why);
    return status;
}

/* ---- for programs ---- */

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *column(sqlite3_stmt *row, int at)
{
    return sqlite3_column_type(row, at) == SQLITE_NULL ? json_null()
                                                       : real(sqlite3_column_double(row, at));
}

static enum ust_status add_rows(const struct ust_limit *limit, bool personas, json_t *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(rows(limit, personas, &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        json_t *one = json_object();
        if (personas) {
            json_object_set_new(one, "persona", json_string(text(row, 0)));
        } else {
            json_object_set_new(one, "service", json_string(text(row, 1)));
            json_object_set_new(one, "region", json_string(text(row, 2)));
        }
        json_object_set_new(one, "rate", column(row, 3));
        json_object_set_new(one, "low", column(row, 7));
        json_object_set_new(one, "high", column(row, 8));
        json_object_set_new(one, "as_written", column(row, 9));
        if (!personas) {
            json_object_set_new(one, "cpu", column(row, 4));
            json_object_set_new(one, "busy_slots", column(row, 5));
            json_object_set_new(one, "instances", column(row, 6));
        }
        json_array_append_new(out, one);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static json_t *points(const struct ust_search *search)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < search->n; i++) {
        const struct ust_search_point *point = &search->point[i];
        json_t *one = json_object();
        json_object_set_new(one, "factor", real(point->factor));
        json_object_set_new(one, "margin", real(point->margin.value));
        json_object_set_new(one, "low", real(point->margin.low));
        json_object_set_new(one, "high", real(point->margin.high));
        json_array_append_new(out, one);
    }
    return out;
}

enum ust_status ust_limit_json(const struct ust_limit *limit, FILE *out)
{
    const struct ust_search *search = &limit->search;
    struct ust_text bound = {0}, why = {0};
    json_t *root = json_object(), *personas = json_array(), *pools = json_array();
    ust_bound_text(&limit->bound, &bound);
    enum ust_status status = broke(limit, &why);
    json_object_set_new(root, "scenario", json_string(limit->scenario->name));
    json_object_set_new(root, "bound", json_string(ust_text_string(&bound)));
    json_object_set_new(root, "replications", json_integer(limit->trial.replications));
    json_object_set_new(root, "factor", real(search->holds[UST_SEARCH_VALUE]));
    json_object_set_new(root, "low", real(search->holds[UST_SEARCH_LOW]));
    json_object_set_new(root, "high", real(search->breaks[UST_SEARCH_HIGH]));
    json_object_set_new(root, "breaks_at", real(search->breaks[UST_SEARCH_VALUE]));
    json_object_set_new(root, "breaks_first",
                        why.length > 0 ? json_string(why.data) : json_null());
    if (status == UST_OK)
        status = add_rows(limit, true, personas);
    if (status == UST_OK)
        status = add_rows(limit, false, pools);
    json_object_set_new(root, "personas", personas);
    json_object_set_new(root, "pools", pools);
    json_object_set_new(root, "points", points(search));
    if (status == UST_OK)
        status = ust_output_json(out, json_incref(root), 12);
    json_decref(root);
    ust_text_free(&bound);
    ust_text_free(&why);
    return status;
}
