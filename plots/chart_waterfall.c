/* waterfall: the course of the failover, from the fault to objectives met, and below it the
 * steps of the plan, where one was carried out. */
#include <math.h>

#include "analysis/readiness/plan_course.h"
#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/milestone.h"
#include "plots/plot.h"

#define LEFT        21 /* characters, for the names of moments and steps */
#define CHAR_PIXELS 8.0
#define LABELS      10 /* numbers of gnuplot's labels; those below are the title's */

/* Rows from the top: moments, then steps. Row i stands at the height `rows` - i. */
struct waterfall {
    const struct ust_plot_request *request;
    struct ust_milestone milestone[UST_MOMENTS];
    int order[UST_MOMENTS];
    uint32_t moments, rows;
    struct ust_plan_course course;
    double pixels, end_s; /* of the plot; from the left to where everything has its room */
};

static uint32_t height(const struct waterfall *it, uint32_t row)
{
    return it->rows - row;
}

/* A tick's label is a format: "50 % moved" must say so. */
static void tick(const struct waterfall *it, uint32_t row, const char *name,
                 struct ust_text *out)
{
    struct ust_text text = {0};
    size_t columns = 0;
    for (const char *at = name; *at != '\0' && columns < LEFT - 1; at++, columns++)
        ust_text_add_n(&text, *at == '%' ? "%%" : at, *at == '%' ? 2 : 1);
    ust_text_add(out, row > 0 ? ", " : "");
    ust_gnuplot_quote(out, ust_text_string(&text));
    ust_text_printf(out, " %u", height(it, row));
    ust_text_free(&text);
}

static void ticks(const struct waterfall *it, struct ust_text *out)
{
    ust_text_add(out, "set ytics (");
    for (uint32_t i = 0; i < it->moments; i++)
        tick(it, i, it->milestone[it->order[i]].name, out);
    for (uint32_t i = 0; i < it->course.n; i++)
        tick(it, it->moments + i, it->course.step[i].name, out);
    ust_text_add(out, ")\n");
}

/* The text beside a bar that ends at `at_s`, which makes the scale as long as it needs. */
static void beside(struct waterfall *it, uint32_t row, double at_s, const char *text,
                   struct ust_text *out)
{
    double room = 14 + CHAR_PIXELS * (double)ust_text_columns(text);
    it->end_s = fmax(it->end_s, at_s * it->pixels / fmax(it->pixels / 4, it->pixels - room));
    ust_text_printf(out, "set label %u ", LABELS + row);
    ust_gnuplot_quote(out, text);
    ust_text_printf(out, " at first %.6g,%u left offset character 1.2,0\n", at_s / 60,
                    height(it, row));
}

/* ---- moments ---- */

static void moments(struct waterfall *it, struct ust_text *out)
{
    char text[UST_FORMAT_MAX + 1];
    double from = 0;
    for (uint32_t i = 0; i < it->moments; i++) {
        const struct ust_milestone *m = &it->milestone[it->order[i]];
        bool reached = isfinite(m->median);
        double high = isfinite(m->high) ? m->high : reached ? m->median : 0;
        (void)ust_format_duration(m->median, text + 1);
        text[0] = '+';
        beside(it, i, reached ? fmax(high, m->median) : 0,
               !reached         ? "not within the run"
               : m->median <= 0 ? m->none
                                : text,
               out);
    }
    ust_text_add(out, "$bars << EOD\n");
    for (uint32_t i = 0; i < it->moments; i++) {
        const struct ust_milestone *m = &it->milestone[it->order[i]];
        if (!isfinite(m->median))
            continue;
        double high = isfinite(m->high) ? m->high : m->median;
        ust_text_printf(out, "%u %.6g %.6g %.6g %.6g\n", height(it, i), from / 60,
                        m->median / 60, m->low / 60, high / 60);
        from = m->median;
    }
    ust_text_add(out, "EOD\n");
}

/* ---- steps ---- */

static bool is_stopped(const struct ust_plan_course_step *step)
{
    return 2 * step->stopped > step->n;
}

/* Where its bar ends: what has no end, or one far beyond all others, goes on to the right. */
static double end_of(const struct waterfall *it, const struct ust_plan_course_step *step)
{
    return fmin(step->until, it->course.scale_s);
}

static bool has_whisker(const struct waterfall *it, const struct ust_plan_course_step *step)
{
    return isfinite(step->high) && step->high <= it->course.scale_s;
}

static void step_labels(struct waterfall *it, struct ust_text *out)
{
    char duration[UST_FORMAT_MAX];
    for (uint32_t i = 0; i < it->course.n; i++) {
        const struct ust_plan_course_step *step = &it->course.step[i];
        struct ust_text text = {0};
        ust_text_add(&text, is_stopped(step) ? "stopped"
                            : !isfinite(step->end)
                                ? "not over"
                                : ust_format_duration(step->end - step->begin, duration));
        if (isfinite(step->end) && step->end > it->course.scale_s)
            ust_text_add(&text, " \xe2\x80\xa6");
        if (step->late > 0)
            ust_text_add(&text, ", limit passed");
        double high = has_whisker(it, step) ? step->high : 0;
        beside(it, it->moments + i, fmax(end_of(it, step), high), ust_text_string(&text), out);
        ust_text_free(&text);
    }
}

/* height, begin, approved, end, low, high, limit; what there is none of lies outside. */
static void step_bars(const struct waterfall *it, bool stopped, struct ust_text *out)
{
    ust_text_printf(out, "$%s << EOD\n", stopped ? "stopped" : "steps");
    for (uint32_t i = 0; i < it->course.n; i++) {
        const struct ust_plan_course_step *step = &it->course.step[i];
        /* What takes no time has a mark, not nothing. */
        double end = fmax(end_of(it, step), step->begin + it->course.scale_s / 400);
        double approved = isnan(step->approved) ? step->begin : fmin(step->approved, end);
        bool whisker = has_whisker(it, step);
        bool limited = !isnan(step->limit) && step->limit <= it->course.scale_s;
        if (is_stopped(step) != stopped)
            continue;
        ust_text_printf(out, "%u %.6g %.6g %.6g %.6g %.6g %.6g\n", height(it, it->moments + i),
                        fmax(0, step->begin) / 60, approved / 60, end / 60,
                        whisker ? step->low / 60 : -1.0, whisker ? step->high / 60 : -1.0,
                        limited ? step->limit / 60 : -1.0);
    }
    ust_text_add(out, "EOD\n");
}

static bool any(const struct waterfall *it, bool stopped)
{
    for (uint32_t i = 0; i < it->course.n; i++)
        if (is_stopped(&it->course.step[i]) == stopped)
            return true;
    return false;
}

static bool has_approvals(const struct waterfall *it)
{
    for (uint32_t i = 0; i < it->course.n; i++)
        if (!isnan(it->course.step[i].approved))
            return true;
    return false;
}

static bool has_limits(const struct waterfall *it)
{
    for (uint32_t i = 0; i < it->course.n; i++)
        if (!isnan(it->course.step[i].limit))
            return true;
    return false;
}

static void rule(const struct waterfall *it, struct ust_text *out)
{
    struct ust_text text = {0};
    ust_text_printf(&text, "the plan to leave %s", it->course.region);
    if (it->moments > 0)
        ust_text_printf(out,
                        "set arrow 1 from graph 0,first %u.5 to graph 1,first %u.5 nohead lc "
                        "rgb '#b9b6ae' lw 0.8\n",
                        it->course.n, it->course.n);
    ust_text_printf(out, "set label %u ", LABELS + it->rows);
    ust_gnuplot_quote(out, ust_text_string(&text));
    ust_text_printf(out,
                    " at graph 1,first %u.5 right offset character 0,-0.6 font ',10' textcolor "
                    "rgb '#6a6f78'\n",
                    it->course.n);
    ust_text_free(&text);
}

/* ---- the script ---- */

static void plot(const struct waterfall *it, struct ust_text *out)
{
    bool many = it->request->run->replications_n > 1;
    const char *comma = "plot ";
    if (it->moments > 0) {
        ust_text_printf(out,
                        "%s$bars using 2:1:2:3:($1-0.17):($1+0.17) with boxxyerror fc rgb '%s'",
                        comma, ust_gnuplot_colour(1));
        comma = ", \\\n";
        if (many)
            ust_text_printf(out,
                            "%s$bars using 3:1:4:5 with xerrorbars pt -1 lw 1.4 lc rgb '%s'",
                            comma, "#1b1d21");
    }
    for (int stopped = 0; stopped < 2; stopped++) {
        const char *block = stopped ? "stopped" : "steps";
        if (!any(it, stopped))
            continue;
        ust_text_printf(out,
                        "%s$%s using 2:1:2:3:($1-0.17):($1+0.17) with boxxyerror fc rgb "
                        "'#c4d9d1'",
                        comma, block);
        comma = ", \\\n";
        ust_text_printf(out,
                        "%s$%s using 3:1:3:4:($1-0.17):($1+0.17) with boxxyerror fc rgb '%s'",
                        comma, block, ust_gnuplot_colour(stopped ? 2 : 3));
        if (many)
            ust_text_printf(out, "%s$%s using 6:1:5:6 with xerrorbars pt -1 lw 1.4 lc rgb '%s'",
                            comma, block, "#1b1d21");
        if (has_limits(it))
            ust_text_printf(out,
                            "%s$%s using 7:1:(0):(0.32) with xyerrorbars pt -1 lw "
                            "2.2 lc rgb '%s'",
                            comma, block, "#b84300");
    }
    ust_text_add(out, "\n");
}

static void title(const struct waterfall *it, struct ust_text *out)
{
    const struct ust_plot_run *run = it->request->run;
    char clock[UST_FORMAT_MAX];
    struct ust_text what = {0}, small = {0};
    if (it->moments == 0)
        ust_text_add(&what, "after the plan's beginning");
    else
        ust_text_printf(&what, "after the fault at %s",
                        ust_format_clock(run, run->fault->start_s, clock));
    if (run->replications_n > 1)
        ust_text_printf(&small, "median of %u replications, whiskers: 90 %% of them",
                        run->replications_n);
    else
        ust_text_add(&small, "one replication");
    if (has_approvals(it))
        ust_text_add(&small, "; light: waits for an approval");
    if (has_limits(it))
        ust_text_add(&small, "; upright: its limit passes");
    ust_gnuplot_title(out, it->request, LEFT, what.data, small.data);
    ust_text_free(&what);
    ust_text_free(&small);
}

/* Both count from the fault; a plan without one from its own beginning. */
static void read_plan(struct waterfall *it)
{
    const struct ust_plot_run *run = it->request->run;
    double origin = ust_plan_course_origin(run->store);
    if (isnan(origin))
        return;
    it->course =
        ust_plan_course_read(run->store, it->moments > 0 ? run->fault->start_s : origin);
}

static enum ust_status read_moments(struct waterfall *it)
{
    struct ust_readiness_settings settings;
    const struct ust_plot_run *run = it->request->run;
    if (run->fault == NULL)
        return UST_OK;
    UST_TRY(ust_plot_settings(run, &settings));
    UST_TRY(ust_plot_milestones(run, &settings, it->milestone));
    it->moments = ust_plot_milestone_order(it->milestone, it->order);
    return UST_OK;
}

static void draw(struct waterfall *it, struct ust_text *out)
{
    it->rows = it->moments + it->course.n;
    it->end_s = 60;
    it->pixels = fmax(80, it->request->width - CHAR_PIXELS * (LEFT + 5));
    ticks(it, out);
    if (it->moments > 0)
        moments(it, out);
    if (it->course.n > 0) {
        step_labels(it, out);
        step_bars(it, false, out);
        step_bars(it, true, out);
        rule(it, out);
    }
    title(it, out);
    ust_gnuplot_minute_axis(out, it->request, LEFT, it->end_s / 60);
    ust_text_printf(out,
                    "set yrange [0.4:%u.6]\nset lmargin %d\nunset key\nset grid noytics "
                    "xtics\nset border 0\nset bars 0\n"
                    "set style fill solid 1 noborder\n",
                    it->rows, LEFT);
    plot(it, out);
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    struct waterfall it = {.request = request};
    UST_TRY(read_moments(&it));
    read_plan(&it);
    if (it.moments + it.course.n > 0)
        draw(&it, out);
    bool nothing = it.moments + it.course.n == 0;
    ust_plan_course_free(&it.course);
    if (!nothing)
        return UST_OK;
    return ust_plot_nothing(request,
                            request->run->fault == NULL
                                ? "holds no fault and no plan, so there is no waterfall"
                                : "has not recorded the course of a failover");
}

const struct ust_plot_kind ust_plot_waterfall = {
    .name = "waterfall",
    .help = "fault, detected, moved, capacity caught up, objectives met; the steps of a plan",
    .script = script,
};
