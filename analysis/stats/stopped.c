#include "analysis/stats/stopped.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "sim/base/time.h"

/* ---- text ---- */

#define TEXT_MAX 64

static const char *with_unit(double value, const char *unit, char out[TEXT_MAX])
{
    if (isnan(value))
        snprintf(out, TEXT_MAX, "nothing");
    else if (strcmp(unit, "s") == 0)
        (void)ust_time_text(ust_time_from_seconds(value), out);
    else if (strcmp(unit, "1") == 0)
        snprintf(out, TEXT_MAX, "%.3g %%", 100 * value);
    else if (strcmp(unit, "points") == 0)
        snprintf(out, TEXT_MAX, "%.3g", value);
    else
        snprintf(out, TEXT_MAX, "%.4g %s", value, unit);
    return out;
}

static const char *column(sqlite3_stmt *row, int i)
{
    const unsigned char *text = sqlite3_column_text(row, i);
    return text == NULL ? NULL : (const char *)text;
}

static void add_scope(sqlite3_stmt *row, struct ust_text *out)
{
    static const char *const words[] = {" in ", " of ", " of "};
    for (int i = 2; i <= 4; i++)
        if (column(row, i) != NULL)
            ust_text_printf(out, "%s%s", words[i - 2], column(row, i));
}

enum ust_status ust_stopped_text(struct ust_store *store, struct ust_text *out)
{
    char a[TEXT_MAX], b[TEXT_MAX];
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT metric, unit, region, service, persona, relative, most, n,"
                           " half_width, allowed, reached FROM stopping",
                           -1, &row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read why it stopped");
    if (sqlite3_step(row) == SQLITE_ROW) {
        const char *unit = column(row, 1);
        double half = sqlite3_column_type(row, 8) == SQLITE_NULL
                          ? ust_nan()
                          : sqlite3_column_double(row, 8);
        if (sqlite3_column_int(row, 10))
            ust_text_printf(out, "stopped after %d of at most %d replications: ",
                            sqlite3_column_int(row, 7), sqlite3_column_int(row, 6));
        else
            ust_text_printf(out,
                            "%d replications were not enough: ", sqlite3_column_int(row, 7));
        ust_text_add(out, column(row, 0));
        add_scope(row, out);
        if (isnan(half))
            ust_text_add(out, " has no interval");
        else
            ust_text_printf(out, " is known to ±%s; wanted ±%s", with_unit(half, unit, a),
                            with_unit(sqlite3_column_double(row, 9), unit, b));
        if (sqlite3_column_type(row, 5) != SQLITE_NULL)
            ust_text_printf(out, ", for %.3g %% of the true mean",
                            100 * sqlite3_column_double(row, 5));
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static json_t *real_or_null(sqlite3_stmt *row, int i)
{
    return sqlite3_column_type(row, i) == SQLITE_NULL
               ? json_null()
               : json_real(sqlite3_column_double(row, i));
}

json_t *ust_stopped_json(struct ust_store *store)
{
    sqlite3_stmt *row = NULL;
    json_t *out = NULL;
    sqlite3_prepare_v2(
        ust_store_sqlite(store),
        "SELECT metric, unit, region, service, persona, half_width_goal, relative,"
        " most, n, half_width, allowed, reached FROM stopping",
        -1, &row, NULL);
    if (sqlite3_step(row) == SQLITE_ROW)
        out = json_pack("{s:s?,s:s?,s:s?,s:s?,s:s?,s:o,s:o,s:i,s:i,s:o,s:o,s:b}", "metric",
                        column(row, 0), "unit", column(row, 1), "region", column(row, 2),
                        "service", column(row, 3), "persona", column(row, 4), "half_width_goal",
                        real_or_null(row, 5), "relative", real_or_null(row, 6), "most",
                        sqlite3_column_int(row, 7), "replications", sqlite3_column_int(row, 8),
                        "half_width", real_or_null(row, 9), "allowed", real_or_null(row, 10),
                        "reached", sqlite3_column_int(row, 11));
    sqlite3_finalize(row);
    return out == NULL ? json_null() : out;
}
