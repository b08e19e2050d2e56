/* Launches that were refused or had to wait, over all replications: what, why, how often. */
#include <math.h>
#include <sqlite3.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

#define REFUSALS                                                                               \
    "('launch_refused', 'launch_failed', 'quota_reached', 'node_refused', "                    \
    "'launches_throttled')"

#define ROWS                                                                                   \
    "SELECT event, coalesce(region, ''), coalesce(service, ''), coalesce(detail, ''), "        \
    "count(*) * 1.0 / (SELECT count(*) FROM replication), count(DISTINCT replication), "       \
    "min(t_s) FROM timeline_by_name WHERE event IN " REFUSALS                                  \
    " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 50"

static const char *in_words(const char *event)
{
    static const char *const words[][2] = {
        {"launch_refused", "refused by the provider"},
        {"launch_failed", "failed on its way"},
        {"quota_reached", "over the account's quota"},
        {"node_refused", "a node refused or given up"},
        {"launches_throttled", "held up by the control plane's rate"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (ust_text_equal(words[i][0], event))
            return words[i][1];
    return event;
}

static void begin(struct ust_text *out)
{
    ust_html_put(
        out,
        "<h3>Launches that did not come</h3>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Launches that did "
        "not come\">\n<table>\n<thead><tr><th scope=\"col\">What</th>"
        "<th scope=\"col\">Region</th><th scope=\"col\">Service</th>"
        "<th scope=\"col\">Why</th><th scope=\"col\" class=\"num\">Times, mean of a "
        "replication</th><th scope=\"col\" class=\"num\">Replications</th>"
        "<th scope=\"col\" class=\"num\">First</th></tr></thead>\n<tbody>\n");
}

enum ust_status ust_report_refusals(struct ust_report *report)
{
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    struct sqlite3_stmt *s;
    struct ust_text *out = report->out;
    enum ust_status status;
    bool row, any = false;
    UST_TRY(ust_plot_prepare(report->run, ROWS, &s));
    while ((status = ust_plot_next(report->run, s, &row)) == UST_OK && row) {
        if (!any)
            begin(out);
        any = true;
        ust_html_put(out, "<tr><th scope=\"row\">%s</th><td>%n</td><td>%n</td><td>%n</td>",
                     in_words(ust_plot_text(report->run, s, 0)),
                     ust_plot_text(report->run, s, 1), ust_plot_text(report->run, s, 2),
                     ust_plot_text(report->run, s, 3));
        ust_html_put(out, "<td class=\"num\">%s</td><td class=\"num\">%u</td>",
                     ust_format_short(ust_plot_number(s, 4), a),
                     (uint32_t)sqlite3_column_int64(s, 5));
        ust_html_put(out, "<td class=\"num\">%s</td></tr>\n",
                     ust_format_clock(report->run, ust_plot_number(s, 6), b));
    }
    sqlite3_finalize(s);
    if (any)
        ust_html_put(out, "</tbody></table></div>\n");
    return status;
}
