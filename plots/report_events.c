/* The timeline of one replication: what was decided and what happened. */
#include <math.h>
#include <sqlite3.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* Longer lists are for SQL; the page names the view. */
#define EVENTS_MAX 250

/* Events of scalers are listed apart: there are many, and they answer another question. */
#define IS_SCALING "(event IN ('scale_out', 'scale_in'))"

static enum ust_status count(struct ust_report *report, const char *sql, uint32_t *n)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(report->run, sql, &s));
    sqlite3_bind_int64(s, 1, report->replication);
    enum ust_status status = ust_plot_next(report->run, s, &row);
    *n = status == UST_OK && row ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return status;
}

static void name_cell(struct ust_report *report, const char *name)
{
    if (name[0] == '\0')
        ust_html_put(report->out, "<td></td>");
    else
        ust_html_put(report->out, "<td>%n</td>", name);
}

static const char *since_fault(struct ust_report *report, double t_s, char out[UST_FORMAT_MAX])
{
    const struct ust_plot_fault *fault = report->run->fault;
    char duration[UST_FORMAT_MAX];
    struct ust_text text = {0};
    if (fault == NULL || t_s < fault->start_s)
        return "";
    ust_text_printf(&text, "+%s", ust_format_duration(t_s - fault->start_s, duration));
    snprintf(out, UST_FORMAT_MAX, "%s", text.data);
    ust_text_free(&text);
    return out;
}

static enum ust_status list(struct ust_report *report, const char *title, const char *missing,
                            const char *count_sql, const char *sql)
{
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    struct sqlite3_stmt *s;
    struct ust_text *out = report->out;
    uint32_t n, shown = 0;
    bool row;
    enum ust_status status;
    UST_TRY(count(report, count_sql, &n));
    ust_html_put(out, "<h3>%s</h3>\n", title);
    if (n == 0) {
        ust_html_put(out, "<p class=\"missing\">%s</p>\n", missing);
        return UST_OK;
    }
    ust_html_put(
        out,
        "<details%s><summary>%u in replication %u</summary>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
        "<table class=\"events\">\n<thead><tr><th scope=\"col\" class=\"num\">Time</th>"
        "<th scope=\"col\" class=\"num\">After the fault</th>"
        "<th scope=\"col\">Event</th><th scope=\"col\">Region</th>"
        "<th scope=\"col\">Service</th><th scope=\"col\">Persona</th>"
        "<th scope=\"col\" class=\"num\">Value</th><th scope=\"col\">Detail</th></tr>"
        "</thead>\n<tbody>\n",
        n <= 30 ? " open" : "", n, report->replication, title);
    UST_TRY(ust_plot_prepare(report->run, sql, &s));
    sqlite3_bind_int64(s, 1, report->replication);
    while ((status = ust_plot_next(report->run, s, &row)) == UST_OK && row &&
           shown++ < EVENTS_MAX) {
        double t_s = ust_plot_number(s, 0), value = ust_plot_number(s, 5);
        ust_html_put(out, "<tr><td class=\"num\">%s</td><td class=\"num\">%s</td>",
                     ust_format_clock(report->run, t_s, a), since_fault(report, t_s, b));
        ust_html_put(out, "<th scope=\"row\">%n</th>", ust_plot_text(report->run, s, 1));
        for (int column = 2; column <= 4; column++)
            name_cell(report, ust_plot_text(report->run, s, column));
        ust_html_put(out, "<td class=\"num\">%s</td>",
                     isnan(value) ? "" : ust_format_short(value, a));
        name_cell(report, ust_plot_text(report->run, s, 6));
        ust_html_put(out, "</tr>\n");
    }
    sqlite3_finalize(s);
    ust_html_put(out, "</tbody></table></div>\n");
    if (n > EVENTS_MAX)
        ust_html_put(out,
                     "<p class=\"quiet\">%u more: <code>SELECT * FROM timeline_by_name "
                     "WHERE replication = %u</code></p>\n",
                     n - EVENTS_MAX, report->replication);
    ust_html_put(out, "</details>\n");
    return status;
}

#define ROWS                                                                                   \
    "SELECT t_s, event, coalesce(region, ''), coalesce(service, ''), coalesce(persona, ''),"   \
    " value, coalesce(detail, '') FROM timeline_by_name WHERE replication = ?1"

enum ust_status ust_report_events(struct ust_report *report)
{
    if (report->replication == 0)
        return UST_OK;
    UST_TRY(list(report, "Scaling decisions", "No scaler changed its mind.",
                 "SELECT count(*) FROM timeline WHERE replication = ?1 AND " IS_SCALING,
                 ROWS " AND " IS_SCALING " ORDER BY sequence"));
    return list(report, "Events", "Nothing happened in this replication.",
                "SELECT count(*) FROM timeline WHERE replication = ?1 AND NOT " IS_SCALING,
                ROWS " AND NOT " IS_SCALING " ORDER BY sequence");
}
