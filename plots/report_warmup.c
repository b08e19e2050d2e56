/* Was the warm-up long enough? A sentence, a table, and Welch's average of what is in each
 * pool. */
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/settle.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

#define WINDOWS    25
#define LINES_MOST 7

/* Welch's average as one line of a chart, folded to as many points as the page can hold. */
static struct ust_plot_series *welch(struct ust_report *report, const struct ust_settle *settle,
                                     const struct ust_settle_series *series)
{
    uint32_t n = settle->intervals, per = (n + report->points_max - 1) / report->points_max;
    double *smooth = ust_arena_alloc(settle->arena, double, n + 1);
    ust_stats_welch(series->mean, n, n / WINDOWS > 0 ? n / WINDOWS : 1, smooth);
    struct ust_plot_series *out =
        ust_arena_alloc(report->run->arena, struct ust_plot_series, 1);
    *out = (struct ust_plot_series){
        .step_s = per * settle->interval_s, .points = (n + per - 1) / per, .replications = 1};
    out->value = ust_malloc((out->points + 1) * sizeof *out->value);
    for (uint32_t i = 0; i < out->points; i++)
        out->value[i] = smooth[i * per];
    return out;
}

static void chart(struct ust_report *report, const struct ust_settle *settle)
{
    struct ust_line lines[LINES_MOST];
    struct ust_text scope = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < settle->n && n < LINES_MOST; i++) {
        const struct ust_settle_series *series = &settle->series[i];
        if (!ust_text_equal(series->metric, "in_system"))
            continue;
        const char *name = ust_arena_text(report->run->arena, ust_settle_scope(series, &scope));
        lines[n] = (struct ust_line){
            .name = name, .colour = (int)n + 1, .series = welch(report, settle, series)};
        n++;
    }
    ust_text_free(&scope);
    ust_report_chart(report,
                     &(struct ust_chart){
                         .title = "In the pools after the warm-up",
                         .about = "Mean over replications, Welch\xe2\x80\x99s moving average, "
                                  "up to the first fault. A settled run is level.",
                         .unit = "req",
                         .missing = "No pool holds anything.",
                         .lines = lines,
                         .lines_n = n});
}

static void table(struct ust_report *report, const struct ust_settle *settle)
{
    struct ust_text *out = report->out, scope = {0};
    ust_html_put(out,
                 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Warm-up\">"
                 "\n<table>\n<caption>What MSER-5 would leave out of each series</caption>\n"
                 "<thead><tr><th scope=\"col\">Series</th><th scope=\"col\">Of</th>"
                 "<th scope=\"col\" class=\"num\">Settles after</th>"
                 "<th scope=\"col\" class=\"num\">Shift</th>"
                 "<th scope=\"col\">Warm-up</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < settle->n; i++) {
        const struct ust_settle_series *series = &settle->series[i];
        char after[UST_FORMAT_MAX], shift[UST_FORMAT_MAX];
        ust_html_put(
            out,
            "<tr><th scope=\"row\">%n</th><td>%s</td><td class=\"num\">%s</td>"
            "<td class=\"num\">%s</td><td>%s</td></tr>\n",
            series->metric, ust_settle_scope(series, &scope),
            series->mser.settled ? ust_format_duration(series->cut_s, after) : "not by half",
            series->mser.cut > 0 ? ust_format_percent(series->shift, shift) : "\xe2\x80\x93",
            ust_settled_names[series->settled]);
    }
    ust_html_put(out, "</tbody></table></div>\n");
    ust_text_free(&scope);
}

enum ust_status ust_report_warmup(struct ust_report *report)
{
    struct ust_settle settle;
    UST_TRY(ust_settle_read(report->run->store, NULL, &settle));
    struct ust_text verdict = {0};
    ust_settle_verdict(&settle, &verdict);
    ust_html_put(report->out, "<h3>Warm-up</h3>\n<p>Judged by the series: %s.</p>\n",
                 ust_text_string(&verdict));
    ust_text_free(&verdict);
    if (settle.n > 0) {
        chart(report, &settle);
        table(report, &settle);
    }
    ust_settle_free(&settle);
    return UST_OK;
}
