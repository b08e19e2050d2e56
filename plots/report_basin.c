/* The basin, where the run's file holds one: which triggers keep the system down, a map for
 * each mitigation and load. What it says stands in the cells too, so no colour has to be told
 * from another to read it. */
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* Of several studies in one file, the one that ran last. */
#define LAST "(SELECT asked FROM basin_cell ORDER BY rowid DESC LIMIT 1)"

/* "none", which is the scenario as written, then the others as they were asked for. */
#define MAPS                                                                                   \
    "SELECT mitigation, load, load_value, count(*), sum(2 * stuck >= n AND stuck > 0), "       \
    "sum(stuck), sum(n) FROM basin_cell WHERE asked = " LAST                                   \
    " GROUP BY mitigation, load ORDER BY mitigation <> 'none', (SELECT min(rowid) FROM "       \
    "basin_cell AS other WHERE other.mitigation = basin_cell.mitigation), load"

#define CELLS                                                                                  \
    "SELECT duration, duration_value, size_value, n, stuck, low, high, good, sends "           \
    "FROM basin_cell WHERE asked = " LAST                                                      \
    " AND mitigation = ?1 AND load = ?2 ORDER BY duration DESC, size"

/* From here on a cell is dark enough for light letters. */
#define DARK 0.8

static const char *name_of(const char *mitigation)
{
    return ust_text_equal(mitigation, "none") ? "as written" : mitigation;
}

/* ---- one map ---- */

static void header(struct ust_report *report, struct sqlite3_stmt *s)
{
    ust_html_put(report->out, "<th scope=\"col\" class=\"num\">%s</th>",
                 ust_plot_text(report->run, s, 2));
}

static void cell(struct ust_report *report, struct sqlite3_stmt *s)
{
    char share[UST_FORMAT_MAX], low[UST_FORMAT_MAX], high[UST_FORMAT_MAX], good[UST_FORMAT_MAX],
        sends[UST_FORMAT_MAX];
    double n = ust_plot_number(s, 3), stuck = ust_plot_number(s, 4);
    double down = n > 0 ? stuck / n : 0;
    struct ust_text *out = report->out;
    ust_html_put(out, "<td class=\"%s\" style=\"--down:%f\" title=\"",
                 stuck == 0     ? "none"
                 : down >= DARK ? "most"
                                : "some",
                 down);
    ust_html_put(out, "%s of %s stay down (%s to %s of all would)",
                 ust_format_short(stuck, share), ust_format_short(n, good),
                 ust_format_percent(ust_plot_number(s, 5), low),
                 ust_format_percent(ust_plot_number(s, 6), high));
    if (isfinite(ust_plot_number(s, 7)))
        ust_html_put(out, "; answered well in the end: %s",
                     ust_format_percent(ust_plot_number(s, 7), good));
    if (isfinite(ust_plot_number(s, 8)))
        ust_html_put(out, "; each request is sent %s times",
                     ust_format_short(ust_plot_number(s, 8), sends));
    ust_html_put(out, "\">%s</td>", ust_format_short(100 * down, share));
}

/* The head needs the sizes, which are those of the first row; so it is written from a first
 * pass over them. */
static enum ust_status rows(struct ust_report *report, struct sqlite3_stmt *s, bool head)
{
    struct ust_text *out = report->out;
    enum ust_status status;
    bool row, any = false;
    double duration = -1;
    while ((status = ust_plot_next(report->run, s, &row)) == UST_OK && row) {
        bool next = ust_plot_number(s, 0) != duration;
        if (head && any && next)
            break;
        if (!head && next)
            ust_html_put(out, "%r<tr><th scope=\"row\">%s</th>", any ? "</tr>\n" : "",
                         ust_plot_text(report->run, s, 1));
        duration = ust_plot_number(s, 0);
        any = true;
        if (head)
            header(report, s);
        else
            cell(report, s);
    }
    if (!head && any)
        ust_html_put(out, "</tr>\n");
    sqlite3_reset(s);
    return status;
}

static enum ust_status map(struct ust_report *report, const char *mitigation, int64_t load,
                           const char *load_text)
{
    struct sqlite3_stmt *s;
    struct ust_text *out = report->out;
    UST_TRY(ust_plot_prepare(report->run, CELLS, &s));
    sqlite3_bind_text(s, 1, mitigation, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, load);
    ust_html_put(out,
                 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s, load "
                 "%s\">\n<table class=\"basin\">\n<caption>load \xc3\x97 %s</caption>\n"
                 "<thead><tr><th scope=\"col\"><span class=\"quiet\">lasts</span></th>",
                 name_of(mitigation), load_text, load_text);
    enum ust_status status = rows(report, s, true);
    ust_html_put(out, "</tr></thead>\n<tbody>\n");
    if (status == UST_OK)
        status = rows(report, s, false);
    ust_html_put(out, "</tbody></table></div>\n");
    sqlite3_finalize(s);
    return status;
}

/* ---- all of them ---- */

/* "faults.0.factor=1.2,2; faults.0.duration=15 s,40 s; load=..." -> the paths of the first two.
 */
static const char *path(const struct ust_report *report, const char *asked, int which)
{
    for (; which > 0 && asked != NULL; which--) {
        asked = strchr(asked, ';');
        asked = asked == NULL ? NULL : asked + 1;
    }
    if (asked == NULL)
        return "";
    asked += strspn(asked, " ");
    return ust_arena_text_n(report->run->arena, asked, strcspn(asked, "=;"));
}

static enum ust_status begin(struct ust_report *report)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(report->run, "SELECT " LAST, &s));
    enum ust_status status = ust_plot_next(report->run, s, &row);
    if (status == UST_OK && row) {
        const char *asked = ust_plot_text(report->run, s, 0);
        ust_html_put(report->out,
                     "<section id=\"basin\">\n<h2>What keeps it down</h2>\n<p "
                     "class=\"lead\">Of every hundred replications, how many do not recover by "
                     "themselves when the trigger has gone: to the right the larger triggers "
                     "(<code>%s</code>), to the top the longer ones (<code>%s</code>).</p>\n",
                     path(report, asked, 0), path(report, asked, 1));
    }
    sqlite3_finalize(s);
    return status;
}

static void heading(struct ust_report *report, const char *mitigation, bool first)
{
    ust_html_put(report->out, "%r<h3>%n</h3>\n<div class=\"basins\">\n",
                 first ? "" : "</div>\n", name_of(mitigation));
}

/* How much of the plane is in the basin. */
static void area(struct ust_report *report, struct sqlite3_stmt *s)
{
    char cells[UST_FORMAT_MAX], stuck[UST_FORMAT_MAX];
    ust_html_put(report->out,
                 "<p class=\"about\">%s of %s triggers keep at least half of the "
                 "replications down</p></div>\n",
                 ust_format_short(ust_plot_number(s, 4), stuck),
                 ust_format_short(ust_plot_number(s, 3), cells));
}

bool ust_report_has_basin(const struct ust_report *report)
{
    struct sqlite3_stmt *s;
    bool row = false;
    if (ust_plot_prepare(report->run, "SELECT 1 FROM basin_cell LIMIT 1", &s) != UST_OK)
        return false;
    if (ust_plot_next(report->run, s, &row) != UST_OK)
        row = false;
    sqlite3_finalize(s);
    return row;
}

enum ust_status ust_report_basin(struct ust_report *report)
{
    struct sqlite3_stmt *s;
    enum ust_status status;
    const char *before = NULL;
    bool row;
    if (!ust_report_has_basin(report))
        return UST_OK;
    UST_TRY(begin(report));
    UST_TRY(ust_plot_prepare(report->run, MAPS, &s));
    while ((status = ust_plot_next(report->run, s, &row)) == UST_OK && row) {
        const char *mitigation = ust_plot_text(report->run, s, 0);
        if (before == NULL || !ust_text_equal(before, mitigation))
            heading(report, mitigation, before == NULL);
        before = mitigation;
        ust_html_put(report->out, "<div class=\"basin-map\">\n");
        status = map(report, mitigation, sqlite3_column_int64(s, 1),
                     ust_plot_text(report->run, s, 2));
        if (status != UST_OK)
            break;
        area(report, s);
    }
    sqlite3_finalize(s);
    ust_html_put(report->out, "</div>\n</section>\n");
    return status;
}
