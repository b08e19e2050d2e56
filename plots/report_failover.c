/* What happens: the course of the failover as a waterfall, and its first ten minutes. */
#include <math.h>

#include "analysis/readiness/stability.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

#define FIRST_S      600.0
#define BEFORE_S     60.0
#define FIRST_POINTS 330

/* The right end of the waterfall's scale: a little beyond the last median and every bound of an
 * interval that is not far beyond. */
static double scale_end(const struct ust_report *report)
{
    double end = 0;
    for (int i = 0; i < UST_MOMENTS; i++) {
        const struct ust_milestone *m = &report->milestone[i];
        if (m->shown && isfinite(m->median))
            end = fmax(end, m->median);
        if (m->shown && isfinite(m->high))
            end = fmax(end, m->high);
    }
    return end > 0 ? end * 1.02 : 60;
}

static double strictest_rto(const struct ust_plot_run *run)
{
    double rto = (double)INFINITY;
    for (uint32_t i = 0; i < run->personas_n; i++)
        if (run->personas[i].rto_s > 0)
            rto = fmin(rto, run->personas[i].rto_s);
    return rto;
}

static void bar(struct ust_report *report, const struct ust_milestone *m, double from,
                double end)
{
    struct ust_text *out = report->out;
    double rto = strictest_rto(report->run);
    if (rto <= end)
        ust_html_put(out, "<i class=\"goal\" style=\"left:%f%%\"></i>", 100 * rto / end);
    if (!isfinite(m->median)) {
        ust_html_put(out, "<i class=\"never\"></i>");
        return;
    }
    ust_html_put(out,
                 "<i class=\"run\" style=\"width:%f%%\"></i>"
                 "<i class=\"step\" style=\"left:%f%%;width:%f%%\"></i>",
                 100 * m->median / end, 100 * fmin(from, m->median) / end,
                 100 * fabs(m->median - from) / end);
    if (report->run->replications_n > 1) {
        double high = isfinite(m->high) ? m->high : end;
        ust_html_put(out, "<i class=\"spread\" style=\"left:%f%%;width:%f%%\"></i>",
                     100 * m->low / end, 100 * (high - m->low) / end);
    }
}

static void moment(struct ust_report *report, const struct ust_milestone *m, double from,
                   double end)
{
    const struct ust_plot_run *run = report->run;
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX], clock[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    ust_html_put(out,
                 "<tr><th scope=\"row\">%s<span class=\"note\">%s</span></th>"
                 "<td class=\"bars\" aria-hidden=\"true\"><div class=\"track\">",
                 m->name, m->about);
    if (!(m->median <= 0))
        bar(report, m, from, end);
    ust_html_put(out, "</div></td><td class=\"num\">");
    if (m->median <= 0)
        ust_html_put(out, "<b>%s</b>", m->none);
    else if (isfinite(m->median))
        ust_html_put(out, "<b>+%s</b><span class=\"note\">%s</span>",
                     ust_format_duration(m->median, a),
                     ust_format_clock(run, run->fault->start_s + m->median, clock));
    else
        ust_html_put(out, "<b>not within the run</b>");
    ust_html_put(out, "</td>");
    if (run->replications_n > 1) {
        ust_html_put(out, "<td class=\"num spread-text\">");
        if (isfinite(m->low) && m->high > 0)
            ust_html_put(out, "%s \xe2\x80\x93 %s", ust_format_duration(m->low, a),
                         isfinite(m->high) ? ust_format_duration(m->high, b) : "never");
        if (m->reached < m->known)
            ust_html_put(out, "<span class=\"note\">%u of %u replications</span>", m->reached,
                         m->known);
        ust_html_put(out, "</td>");
    }
    ust_html_put(out, "</tr>\n");
}

static void waterfall(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text *out = report->out;
    char a[UST_FORMAT_MAX];
    double end = scale_end(report), rto = strictest_rto(run), from = 0;
    bool many = run->replications_n > 1;
    int order[UST_MOMENTS];
    uint32_t n = ust_plot_milestone_order(report->milestone, order);
    ust_html_put(out, "<table class=\"waterfall\">\n<caption>After the fault at %s. ",
                 ust_format_clock(run, run->fault->start_s, a));
    if (many)
        ust_html_put(out, "Median of %u replications; the thin line spans nine of ten of them.",
                     run->replications_n);
    else
        ust_html_put(out, "One replication.");
    ust_html_put(out, "</caption>\n<thead><tr><th scope=\"col\">Moment</th><th scope=\"col\" "
                      "class=\"bars\"><div class=\"track axis\">");
    if (rto <= end)
        ust_html_put(out, "<span class=\"%s\" style=\"left:%f%%\">strictest RTO, %s</span>",
                     rto < end / 3     ? "rto first"
                     : rto > end / 1.5 ? "rto last"
                                       : "rto",
                     100 * rto / end, ust_format_duration(rto, a));
    ust_html_put(out,
                 "</div></th><th scope=\"col\" class=\"num\">After the fault</th>%r</tr>"
                 "</thead>\n<tbody>\n",
                 many ? "<th scope=\"col\" class=\"num spread-text\">90 % of replications</th>"
                      : "");
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_milestone *m = &report->milestone[order[i]];
        moment(report, m, from, end);
        if (isfinite(m->median))
            from = m->median;
    }
    ust_html_put(out, "</tbody></table>\n");
}

static enum ust_status first_minutes(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    double start = run->fault->start_s;
    struct ust_plot_window window = {fmax(0, start - BEFORE_S),
                                     fmin(run->duration_s, start + FIRST_S),
                                     (FIRST_S + BEFORE_S) / FIRST_POINTS};
    return ust_report_demand(report, "The first ten minutes", window, false);
}

static void stability(struct ust_report *report)
{
    struct ust_text text = {0};
    ust_stability_tell(report->run->store, &text);
    if (text.length > 0) {
        ust_html_put(report->out, "<p class=\"lead\">After it: ");
        ust_html_text(report->out, text.data);
        ust_html_put(report->out, ".</p>\n");
    }
    ust_text_free(&text);
}

enum ust_status ust_report_failover(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    bool any = false;
    for (int i = 0; i < UST_MOMENTS; i++)
        any |= report->milestone[i].shown;
    if (run->fault == NULL)
        return UST_OK;
    ust_html_put(report->out, "<section id=\"failover\">\n<h2>What happens</h2>\n");
    enum ust_status status = UST_OK;
    if (run->fault->start_s >= run->duration_s)
        ust_html_put(report->out, "<p class=\"missing\">The fault begins after the run has "
                                  "ended.</p>\n");
    else {
        if (any)
            waterfall(report);
        else
            ust_html_put(report->out, "<p class=\"missing\">No replication has recorded the "
                                      "course of the failover.</p>\n");
        status = first_minutes(report);
        stability(report);
    }
    ust_html_put(report->out, "</section>\n");
    return status;
}
