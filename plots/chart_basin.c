/* basin: which triggers keep the system down, a panel for each load and mitigation. */
#include <string.h>

#include <sqlite3.h>

#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "sim/store/store.h"

/* Of several studies in one file, the one that ran last. */
#define LAST "(SELECT asked FROM basin_cell ORDER BY rowid DESC LIMIT 1)"

static enum ust_status query(const struct ust_plot_request *request, const char *sql,
                             sqlite3_stmt **row)
{
    struct ust_store *store = request->run->store;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the basin");
    return UST_OK;
}

/* "set xtics ('1.5' 1, '3' 2)" */
static enum ust_status ticks(const struct ust_plot_request *request, const char *axis,
                             const char *sql, struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(query(request, sql, &row));
    ust_text_printf(out, "set %s (", axis);
    for (int i = 0; sqlite3_step(row) == SQLITE_ROW; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        ust_gnuplot_quote(out, (const char *)sqlite3_column_text(row, 1));
        ust_text_printf(out, " %lld", (long long)sqlite3_column_int64(row, 0));
    }
    /* Once unset, ticks have forgotten their colour. */
    ust_text_printf(out, ") nomirror out%s textcolor rgb '%s'\n",
                    strcmp(axis, "xtics") == 0 ? " rotate by 90 right" : "",
                    ust_gnuplot_colour(0));
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status cells(const struct ust_plot_request *request, const char *mitigation,
                             int64_t load, int number, struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(query(request,
                  "SELECT size, duration, 100.0 * stuck / n FROM basin_cell WHERE asked = " LAST
                  " AND mitigation = ?1 AND load = ?2 ORDER BY duration, size",
                  &row));
    sqlite3_bind_text(row, 1, mitigation, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, load);
    ust_text_printf(out, "$cells%d << EOD\n", number);
    while (sqlite3_step(row) == SQLITE_ROW)
        ust_text_printf(out, "%lld %lld %.6g\n", (long long)sqlite3_column_int64(row, 0),
                        (long long)sqlite3_column_int64(row, 1), sqlite3_column_double(row, 2));
    ust_text_add(out, "EOD\n");
    sqlite3_finalize(row);
    return UST_OK;
}

/* Durations stand at the first panel of a row; the others have the same. */
static enum ust_status side(const struct ust_plot_request *request, bool first,
                            struct ust_text *out)
{
    if (!first) {
        ust_text_add(out, "unset ylabel\nunset ytics\n");
        return UST_OK;
    }
    ust_text_add(out, "set ylabel 'duration' offset -1\n");
    return ticks(request, "ytics",
                 "SELECT duration, duration_value FROM basin_cell WHERE asked = " LAST
                 " GROUP BY duration ORDER BY duration",
                 out);
}

/* "size of the trigger, faults.0.factor": what is asked begins with its path. */
static enum ust_status size_label(const struct ust_plot_request *request, struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(query(request,
                  "SELECT 'size of the trigger, ' || substr(asked, 1, instr(asked, '=') - 1)"
                  " FROM (SELECT " LAST " AS asked)",
                  &row));
    if (sqlite3_step(row) == SQLITE_ROW) {
        ust_text_add(out, "set xlabel ");
        ust_gnuplot_quote(out, (const char *)sqlite3_column_text(row, 0));
        ust_text_add(out, "\n");
    }
    sqlite3_finalize(row);
    return UST_OK;
}

/* Sizes stand below the last panel of a column, and below the others only as ticks. */
static enum ust_status panels(const struct ust_plot_request *request, int rows, int columns,
                              struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    enum ust_status status = UST_OK;
    UST_TRY(
        query(request,
              "SELECT mitigation, load, load_value FROM basin_cell WHERE asked = " LAST
              " GROUP BY mitigation, load ORDER BY mitigation <> 'none', (SELECT min(rowid) "
              "FROM basin_cell AS other WHERE other.mitigation = basin_cell.mitigation), load",
              &row));
    for (int i = 0; status == UST_OK && sqlite3_step(row) == SQLITE_ROW; i++) {
        const char *name = (const char *)sqlite3_column_text(row, 0);
        struct ust_text title = {0};
        status = cells(request, name, sqlite3_column_int64(row, 1), i, out);
        ust_text_printf(&title, "%s, load %s",
                        ust_text_equal(name, "none") ? "as written" : name,
                        (const char *)sqlite3_column_text(row, 2));
        if (status == UST_OK)
            status = side(request, i % columns == 0, out);
        if (status == UST_OK && i == (rows - 1) * columns)
            status = size_label(request, out);
        ust_text_add(out, "set title ");
        ust_gnuplot_quote(out, ust_text_string(&title));
        /* boxes, since an image needs two rows and two columns */
        ust_text_printf(out,
                        " font ',10'\nplot $cells%d using 1:2:(0.5):(0.5):3 with boxxyerror "
                        "fillcolor palette notitle\n",
                        i);
        ust_text_free(&title);
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status layout(const struct ust_plot_request *request, int *rows, int *columns,
                              int *sizes, int *durations)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(query(request,
                  "SELECT count(DISTINCT mitigation), count(DISTINCT load), max(size),"
                  " max(duration) FROM basin_cell WHERE asked = " LAST,
                  &row));
    if (sqlite3_step(row) == SQLITE_ROW) {
        *rows = sqlite3_column_int(row, 0);
        *columns = sqlite3_column_int(row, 1);
        *sizes = sqlite3_column_int(row, 2);
        *durations = sqlite3_column_int(row, 3);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    int rows = 0, columns = 0, sizes = 0, durations = 0;
    UST_TRY(layout(request, &rows, &columns, &sizes, &durations));
    if (rows == 0)
        return ust_plot_nothing(request, "holds no basin; `understudy basin` maps one");
    struct ust_text title = {0};
    ust_text_printf(&title, "%s: share of replications that stay down (light: none, dark: all)",
                    request->run->name);
    ust_text_printf(out, "set multiplot layout %d,%d title ", rows, columns);
    ust_gnuplot_quote(out, ust_text_string(&title));
    ust_text_free(&title);
    ust_text_printf(out,
                    "\nunset key\nset style fill solid 1 noborder\nset xrange [0.5:%d.5]\nset "
                    "yrange [0.5:%d.5]\n"
                    "set cbrange [0:100]\nset palette defined (0 '#f4f4f0', 50 '#e8b04a', 100 "
                    "'#a3341e')\nunset xlabel\nunset colorbox\nset lmargin "
                    "11\nset rmargin 2\n",
                    sizes, durations);
    UST_TRY(ticks(request, "xtics",
                  "SELECT size, size_value FROM basin_cell WHERE asked = " LAST
                  " GROUP BY size ORDER BY size",
                  out));
    UST_TRY(panels(request, rows, columns, out));
    ust_text_add(out, "unset multiplot\n");
    return UST_OK;
}

/* Each row of panels has its title, a line for each duration, and the sizes below. */
static unsigned height(const struct ust_plot_request *request)
{
    int rows = 0, columns = 0, sizes = 0, durations = 0;
    if (layout(request, &rows, &columns, &sizes, &durations) != UST_OK)
        return 540;
    unsigned row = 100 + 22 * (unsigned)(durations < 20 ? durations : 20);
    unsigned all = 70 + (unsigned)(rows < 32 ? rows : 32) * row;
    return all > 540 ? all : 540;
}

const struct ust_plot_kind ust_plot_basin = {
    .name = "basin",
    .help = "which triggers keep the system down, a panel for each mitigation and load",
    .table = "basin_cell",
    .script = script,
    .height = height,
};
