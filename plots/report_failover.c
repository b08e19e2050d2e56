/* What happens: the course of the failover as a waterfall, and its first ten minutes. */
#include <math.h>
#include <sqlite3.h>

#include "analysis/readiness/plan_course.h"
#include "analysis/readiness/stability.h"
#include "analysis/stats/stats.h"
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

/* ---- the plan ---- */

static double within(double at, double scale)
{
    return fmin(fmax(at / scale, 0), 1);
}

static bool is_stopped(const struct ust_plan_course_step *step)
{
    return 2 * step->stopped > step->n;
}

/* From when all that it needs is over: what waits for an approval, what is done; to the right
 * end, where it does not end. A mark where its limit passed. */
static void plan_bar(struct ust_report *report, const struct ust_plan_course_step *step,
                     double scale)
{
    struct ust_text *out = report->out;
    double from = within(step->begin, scale);
    double to = isfinite(step->until) ? within(step->until, scale) : 1;
    double waits = isnan(step->approved) ? from : fmin(within(step->approved, scale), to);
    ust_html_put(out, "<td class=\"bars\" aria-hidden=\"true\"><div class=\"track\">");
    if (waits > from)
        ust_html_put(out, "<i class=\"wait\" style=\"left:%f%%;width:%f%%\"></i>", 100 * from,
                     100 * (waits - from));
    ust_html_put(out, "<i class=\"%s\" style=\"left:%f%%;width:%f%%\"></i>",
                 is_stopped(step)      ? "step stopped"
                 : isfinite(step->end) ? "step"
                                       : "step open",
                 100 * waits, 100 * (to - waits));
    if (!isnan(step->limit) && step->limit <= scale)
        ust_html_put(out, "<i class=\"limit\" style=\"left:%f%%\"></i>",
                     100 * within(step->limit, scale));
    if (report->run->replications_n > 1 && isfinite(step->high) && step->high <= scale)
        ust_html_put(out, "<i class=\"spread\" style=\"left:%f%%;width:%f%%\"></i>",
                     100 * fmax(step->low, 0) / scale,
                     100 * (step->high - fmax(step->low, 0)) / scale);
    ust_html_put(out, "</div></td>");
}

static void plan_step(struct ust_report *report, const struct ust_plan_course *course,
                      const struct ust_plan_course_step *step)
{
    struct ust_text *out = report->out, notes = {0};
    char text[UST_FORMAT_MAX];
    ust_plan_course_notes(course, step, "\n", &notes);
    ust_html_put(out, "<tr><th scope=\"row\">%n", step->name);
    for (const char *at = ust_text_string(&notes); *at != '\0'; at += strcspn(at, "\n")) {
        at++;
        ust_html_put(out, "<span class=\"note\">%s</span>",
                     ust_arena_text_n(report->run->arena, at, strcspn(at, "\n")));
    }
    ust_html_put(out, "</th>");
    ust_text_free(&notes);
    plan_bar(report, step, course->scale_s > 0 ? course->scale_s : 1);
    ust_html_put(out, "<td class=\"num\"><b>+%s</b></td>",
                 ust_format_duration(step->begin, text));
    ust_html_put(out, "<td class=\"num spread-text\">%s</td></tr>\n",
                 isfinite(step->end) ? ust_format_duration(step->end - step->begin, text)
                 : is_stopped(step)  ? "stopped"
                                     : "not over");
}

static bool has_approval(const struct ust_plan_course_step *step)
{
    return !isnan(step->approved);
}

static bool has_limit(const struct ust_plan_course_step *step)
{
    return !isnan(step->limit);
}

static bool any(const struct ust_plan_course *course,
                bool (*has)(const struct ust_plan_course_step *))
{
    for (uint32_t i = 0; i < course->n; i++)
        if (has(&course->step[i]))
            return true;
    return false;
}

/* The steps of a failover plan, from the fault on; or from its beginning, where it was begun
 * before, or nothing was broken. */
static enum ust_status plan(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    double origin = ust_plan_course_origin(run->store);
    if (isnan(origin))
        return UST_OK;
    bool planned = run->fault == NULL || origin < run->fault->start_s;
    struct ust_plan_course course =
        ust_plan_course_read(run->store, planned ? origin : run->fault->start_s);
    if (course.n > 0)
        ust_html_put(
            report->out,
            "<table class=\"waterfall\" id=\"plan\">\n<caption>The plan to leave %n. "
            "%s%s%s</caption>\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\" "
            "class=\"bars\"></th><th scope=\"col\" class=\"num\">Begins, after %s</th>"
            "<th scope=\"col\" class=\"num\">Takes</th></tr></thead>\n<tbody>\n",
            course.region,
            course.replications > 1
                ? "Medians; the thin line spans the ends of nine replications in ten."
                : "One replication.",
            any(&course, has_approval) ? " Hatched: waits for an approval." : "",
            any(&course, has_limit) ? " Upright: its limit passes." : "",
            planned ? "the plan's beginning" : "the fault");
    for (uint32_t i = 0; i < course.n; i++)
        plan_step(report, &course, &course.step[i]);
    if (course.n > 0)
        ust_html_put(report->out, "</tbody></table>\n");
    ust_plan_course_free(&course);
    return UST_OK;
}

/* Nothing is broken, but a plan may have been carried out: a game day. */
static enum ust_status game_day(struct ust_report *report)
{
    struct ust_text *whole = report->out, mine = {0};
    report->out = &mine;
    enum ust_status status = plan(report);
    report->out = whole;
    if (mine.length > 0) {
        ust_html_put(whole, "<section id=\"failover\">\n<h2>What happens</h2>\n");
        ust_text_add(whole, ust_text_string(&mine));
        ust_html_put(whole, "</section>\n");
    }
    ust_text_free(&mine);
    return status;
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
        return game_day(report);
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
        status = plan(report);
        if (status == UST_OK)
            status = first_minutes(report);
        stability(report);
    }
    ust_html_put(report->out, "</section>\n");
    return status;
}
