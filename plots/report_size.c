/* The smallest standby, where the run's file holds a study of sizes: how ready each candidate
 * is, with its interval, what it costs, and what formulas say. Drawn here, as nothing in it
 * moves; the table says the same. */
#include <math.h>
#include <sqlite3.h>

#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"
#include "plots/sizes.h"

#define HOURS_A_MONTH 730.0

/* In units of the picture. */
#define WIDTH  560.0
#define HEIGHT 250.0
#define LEFT   40.0
#define RIGHT  18.0
#define TOP    14.0
#define BOTTOM 44.0
#define TICK   66.0 /* that a candidate's name and price take */

static const char *role_of(const char *verdict)
{
    return ust_text_equal(verdict, "READY")       ? "ready"
           : ust_text_equal(verdict, "NOT READY") ? "not-ready"
                                                  : "undecided";
}

/* ---- one picture ---- */

struct picture {
    struct ust_text *out;
    const struct ust_sizes *sizes;
    bool score; /* readiness; else P(ready), in percent */
};

static double across(const struct picture *p, double at)
{
    double span = p->sizes->high - p->sizes->low, room = WIDTH - LEFT - RIGHT - 40.0;
    return LEFT + 22.0 + (span > 0.0 ? room * (at - p->sizes->low) / span : room / 2.0);
}

static double down(double percent)
{
    return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - percent / 100.0);
}

static void axes(const struct picture *p)
{
    double goal = p->score ? p->sizes->settings.ready_score : 100 * p->sizes->settings.ready_p;
    for (double y = 0; y <= 100.0; y += 25.0)
        ust_html_put(p->out,
                     "<line class=\"grid\" x1=\"%f\" x2=\"%f\" y1=\"%f\" y2=\"%f\"/>"
                     "<text class=\"end\" x=\"%f\" y=\"%f\">%f</text>\n",
                     LEFT, WIDTH - RIGHT, down(y), down(y), LEFT - 8.0, down(y) + 4.0, y);
    ust_html_put(p->out, "<line class=\"goal\" x1=\"%f\" x2=\"%f\" y1=\"%f\" y2=\"%f\"/>\n",
                 LEFT, WIDTH - RIGHT, down(goal), down(goal));
}

static bool is_answer(const struct ust_sizes *sizes, const struct ust_sizes_point *point)
{
    return sizes->answer != NULL && ust_text_equal(point->candidate, sizes->answer);
}

/* As many names as stand side by side, the answer's in any case. */
static void names(const struct picture *p)
{
    double last = -HUGE_VAL, answer = HUGE_VAL;
    for (uint32_t i = 0; i < p->sizes->curve_n; i++)
        if (is_answer(p->sizes, &p->sizes->point[i]))
            answer = across(p, p->sizes->point[i].at);
    for (uint32_t i = 0; i < p->sizes->curve_n; i++) {
        const struct ust_sizes_point *point = &p->sizes->point[i];
        double x = across(p, point->at);
        bool is = is_answer(p->sizes, point);
        if (!is && (x - last < TICK || fabs(answer - x) < TICK))
            continue;
        last = x;
        ust_html_put(p->out, "<text class=\"mid%s\" x=\"%f\" y=\"%f\">%s</text>\n",
                     is ? " strong" : "", x, HEIGHT - BOTTOM + 18.0, point->candidate);
        if (isfinite(point->cost_hour))
            ust_html_put(p->out, "<text class=\"mid soft\" x=\"%f\" y=\"%f\">%f USD</text>\n",
                         x, HEIGHT - BOTTOM + 34.0, point->cost_hour * HOURS_A_MONTH);
    }
}

static void marks(const struct picture *p)
{
    for (uint32_t i = 0; i < p->sizes->marks_n; i++) {
        const struct ust_sizes_mark *mark = &p->sizes->mark[i];
        double x = across(p, mark->at);
        if (isnan(mark->at))
            continue;
        ust_html_put(p->out,
                     "<line class=\"mark\" x1=\"%f\" x2=\"%f\" y1=\"%f\" y2=\"%f\"/>"
                     "<text class=\"turned\" transform=\"translate(%f %f) rotate(-90)\">%s"
                     "</text>\n",
                     x, x, down(100), down(0), x - 5.0, down(4), mark->what);
    }
}

static void point(const struct picture *p, const struct ust_sizes_point *point)
{
    const struct ust_readiness_bound *b = p->score ? &point->readiness : &point->p_ready;
    double x = across(p, point->at), scale = p->score ? 1.0 : 100.0;
    if (isnan(point->at))
        return;
    ust_html_put(p->out, "<g class=\"%s%s\">", role_of(point->verdict),
                 point->attempt > 0 ? " fresh" : "");
    if (!isnan(b->low))
        ust_html_put(p->out, "<path d=\"M%f %fV%fM%f %fh8M%f %fh8\"/>", x, down(scale * b->low),
                     down(scale * b->high), x - 4.0, down(scale * b->low), x - 4.0,
                     down(scale * b->high));
    ust_html_put(p->out,
                 "<circle cx=\"%f\" cy=\"%f\" r=\"%f\"><title>%s: %s, %u of %u ready"
                 "</title></circle></g>\n",
                 x, down(scale * b->value), point->attempt > 0 ? 7.5 : 4.5, point->candidate,
                 point->verdict, point->ready, point->n);
}

static void line(const struct picture *p)
{
    ust_html_put(p->out, "<polyline class=\"curve\" points=\"");
    for (uint32_t i = 0; i < p->sizes->curve_n; i++) {
        const struct ust_sizes_point *point = &p->sizes->point[i];
        ust_html_put(p->out, "%f,%f ", across(p, point->at),
                     down(p->score ? point->readiness.value : 100 * point->p_ready.value));
    }
    ust_html_put(p->out, "\"/>\n");
}

static void draw(struct ust_text *out, const struct ust_sizes *sizes, bool score)
{
    const struct picture p = {out, sizes, score};
    ust_html_put(out,
                 "<figure class=\"chart\">\n<figcaption><h3>%s</h3></figcaption>\n"
                 "<svg class=\"sizes\" viewBox=\"0 0 %f %f\" role=\"img\" aria-label=\"%s of "
                 "each candidate; the table below has the numbers\">\n",
                 score ? "Readiness" : "P(ready), in percent", WIDTH, HEIGHT,
                 score ? "Readiness" : "P(ready)");
    axes(&p);
    marks(&p);
    line(&p);
    for (uint32_t i = 0; i < sizes->n; i++)
        point(&p, &sizes->point[i]);
    names(&p);
    ust_html_put(out, "</svg></figure>\n");
}

/* ---- in numbers ---- */

static const char *said_by(const struct ust_sizes *sizes, const char *candidate)
{
    for (uint32_t i = 0; i < sizes->marks_n; i++)
        if (sizes->mark[i].candidate != NULL &&
            ust_text_equal(sizes->mark[i].candidate, candidate))
            return sizes->mark[i].what;
    return "";
}

static void interval(struct ust_text *out, const struct ust_readiness_bound *b, double scale)
{
    char value[UST_FORMAT_MAX], low[UST_FORMAT_MAX], high[UST_FORMAT_MAX];
    ust_html_put(out, "<td class=\"num\">%s", ust_format_short(scale * b->value, value));
    if (!isnan(b->low))
        ust_html_put(out, "<span class=\"note\">%s \xe2\x80\x93 %s</span>",
                     ust_format_short(scale * b->low, low),
                     ust_format_short(scale * b->high, high));
    ust_html_put(out, "</td>");
}

static void row(struct ust_text *out, const struct ust_sizes *sizes,
                const struct ust_sizes_point *point)
{
    ust_html_put(out,
                 "<tr><th scope=\"row\">%s<span class=\"note\">%s</span></th>"
                 "<td class=\"verdict %s\">%s</td>",
                 point->candidate,
                 point->attempt > 0 ? "other users" : said_by(sizes, point->candidate),
                 role_of(point->verdict), point->verdict);
    interval(out, &point->readiness, 1.0);
    interval(out, &point->p_ready, 100.0);
    ust_html_put(out, "<td class=\"num\">%u of %u</td><td class=\"num\">", point->ready,
                 point->n);
    if (isfinite(point->cost_hour))
        ust_html_put(out, "%f USD", point->cost_hour * HOURS_A_MONTH);
    ust_html_put(out, "</td><td>%s</td></tr>\n", point->why);
}

static void table(struct ust_text *out, const struct ust_sizes *sizes)
{
    ust_html_put(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Candidates\">"
        "\n<table>\n<caption>Candidates of %s, and what was held against other users"
        "</caption>\n<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">Verdict</th>"
        "<th scope=\"col\" class=\"num\">Readiness</th><th scope=\"col\" "
        "class=\"num\">P(ready), %s</th><th scope=\"col\" class=\"num\">Ready</th>"
        "<th scope=\"col\" class=\"num\">A month</th><th scope=\"col\">What is lost"
        "</th></tr></thead>\n<tbody>\n",
        sizes->title, sizes->title, "%");
    for (uint32_t i = 0; i < sizes->n; i++)
        row(out, sizes, &sizes->point[i]);
    ust_html_put(out, "</tbody></table></div>\n");
}

static void lead(struct ust_text *out, const struct ust_sizes *sizes)
{
    ust_html_put(out, "<section id=\"size\">\n<h2>How much it takes</h2>\n<p class=\"lead\">");
    if (sizes->answer == NULL)
        ust_html_put(out, "None of the candidates is READY.");
    else if (ust_text_equal(sizes->note, "not confirmed"))
        ust_html_put(out, "%s looked READY, and was not where other users came.",
                     sizes->answer_text);
    else
        ust_html_put(out, "<b>%s</b>: %s that is READY, at %f %s confidence.",
                     sizes->answer_text,
                     ust_text_equal(sizes->note, "smallest") ? "the smallest"
                                                             : "the least that was asked for",
                     100.0 * sizes->settings.confidence, "%");
    for (uint32_t i = 0; i < sizes->marks_n; i++)
        if (sizes->mark[i].candidate == NULL && !isnan(sizes->mark[i].at))
            ust_html_put(out, " %s says %f, which was not tried.", sizes->mark[i].what,
                         sizes->mark[i].at);
    ust_html_put(out,
                 " Filled points met the same users, hollow ones others; the dashed line is "
                 "what READY asks of the lower end of an interval.</p>\n");
}

bool ust_report_has_size(const struct ust_report *report)
{
    struct sqlite3_stmt *s;
    bool any = false;
    if (ust_plot_prepare(report->run, "SELECT 1 FROM size_answer LIMIT 1", &s) != UST_OK)
        return false;
    if (ust_plot_next(report->run, s, &any) != UST_OK)
        any = false;
    sqlite3_finalize(s);
    return any;
}

enum ust_status ust_report_size(struct ust_report *report)
{
    struct ust_sizes sizes;
    if (!ust_report_has_size(report))
        return UST_OK;
    UST_TRY(ust_sizes_read(report->run, &sizes));
    lead(report->out, &sizes);
    ust_html_put(report->out, "<div class=\"charts\">\n");
    draw(report->out, &sizes, true);
    draw(report->out, &sizes, false);
    ust_html_put(report->out, "</div>\n");
    table(report->out, &sizes);
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
