/* size: how ready is a standby of so many, what does it cost, and what would formulas have
 * said? Readiness above, P(ready) below, with their intervals; what is held against other users
 * is hollow. */
#include <math.h>
#include <string.h>

#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "plots/sizes.h"

#define HOURS_A_MONTH 730.0

/* Pixels that the price of a candidate takes. */
#define PRICE_PIXELS 90.0

static const char *const verdicts[] = {"READY", "UNDECIDED", "NOT READY"};
static const int colours[] = {3, 5, 2};

/* ---- data ---- */

static void block(struct ust_text *out, const struct ust_sizes *sizes, const char *verdict,
                  int number, bool score, bool fresh)
{
    ust_text_printf(out, "$%s%s%d << EOD\n", score ? "score" : "share", fresh ? "fresh" : "",
                    number);
    for (uint32_t i = 0; i < sizes->n; i++) {
        const struct ust_sizes_point *point = &sizes->point[i];
        const struct ust_readiness_bound *b = score ? &point->readiness : &point->p_ready;
        if (fresh != (point->attempt > 0) || isnan(point->at) ||
            (verdict != NULL && !ust_text_equal(point->verdict, verdict)))
            continue;
        double scale = score ? 1.0 : 100.0;
        ust_text_printf(out, "%.9g %.6g %.6g %.6g\n", point->at, scale * b->value,
                        scale * (isnan(b->low) ? b->value : b->low),
                        scale * (isnan(b->high) ? b->value : b->high));
    }
    ust_text_add(out, "EOD\n");
}

static bool any_of(const struct ust_sizes *sizes, const char *verdict, bool fresh)
{
    for (uint32_t i = 0; i < sizes->n; i++)
        if (fresh == (sizes->point[i].attempt > 0) &&
            ust_text_equal(sizes->point[i].verdict, verdict))
            return true;
    return false;
}

/* ---- axes ---- */

static double span_of(const struct ust_sizes *sizes)
{
    return sizes->high > sizes->low ? sizes->high - sizes->low : 1.0;
}

static bool is_answer(const struct ust_sizes *sizes, const struct ust_sizes_point *point)
{
    return sizes->answer != NULL && ust_text_equal(point->candidate, sizes->answer);
}

static void tick(const struct ust_sizes_point *point, bool named, bool first,
                 struct ust_text *out)
{
    /* Candidates are numbers and units, in which nothing needs a quote. */
    ust_text_printf(out, "%s\"%s", first ? "" : ", ", named ? point->candidate : "");
    if (named && !isnan(point->cost_hour))
        ust_text_printf(out, "\\n%.4g USD", point->cost_hour * HOURS_A_MONTH);
    ust_text_printf(out, "\" %.9g", point->at);
}

/* Candidates with their prices, as many as stand side by side, the answer in any case. */
static void ticks(const struct ust_plot_request *request, const struct ust_sizes *sizes,
                  bool named, struct ust_text *out)
{
    double room = PRICE_PIXELS / request->width * 1.25 * span_of(sizes), last = -HUGE_VAL;
    double answer = HUGE_VAL;
    for (uint32_t i = 0; i < sizes->curve_n; i++)
        if (is_answer(sizes, &sizes->point[i]))
            answer = sizes->point[i].at;
    bool first = true;
    ust_text_add(out, "set xtics (");
    for (uint32_t i = 0; i < sizes->curve_n; i++) {
        const struct ust_sizes_point *point = &sizes->point[i];
        bool is = is_answer(sizes, point);
        if (!is && (point->at - last < room || fabs(answer - point->at) < room))
            continue;
        tick(point, named, first, out);
        last = point->at;
        first = false;
    }
    ust_text_add(out, ") nomirror out\n");
}

static void marks(const struct ust_sizes *sizes, bool named, struct ust_text *out)
{
    for (uint32_t i = 0; i < sizes->marks_n; i++) {
        const struct ust_sizes_mark *mark = &sizes->mark[i];
        if (isnan(mark->at))
            continue;
        bool answer = i == 0 && sizes->answer != NULL;
        ust_text_printf(out,
                        "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead back "
                        "dashtype 3 lw %g lc rgb '%s'\n",
                        mark->at, mark->at, answer ? 2.0 : 1.2, answer ? "#1b1d21" : "#5c616b");
        if (!named)
            continue;
        ust_text_printf(out, "set label %u ", 100 + i);
        ust_gnuplot_quote(out, mark->what);
        ust_text_printf(out,
                        " at first %.9g, graph 0.06 rotate by 90 left offset character -1.3,0 "
                        "noenhanced font ',10' textcolor rgb '%s'\n",
                        mark->at, answer ? "#1b1d21" : "#5c616b");
    }
}

/* ---- panels ---- */

static void plot(const struct ust_sizes *sizes, bool score, struct ust_text *out)
{
    const char *what = score ? "score" : "share";
    double goal = score ? sizes->settings.ready_score : 100.0 * sizes->settings.ready_p;
    block(out, sizes, NULL, 9, score, false);
    for (int v = 0; v < 3; v++) {
        block(out, sizes, verdicts[v], v, score, false);
        block(out, sizes, verdicts[v], v, score, true);
    }
    ust_text_printf(out,
                    "plot $%s9 using 1:2 with lines lw 1 lc rgb '#b9b6ae' notitle, \\\n"
                    "%.6g with lines dashtype 2 lw 1.2 lc rgb '#4a4f58' notitle",
                    what, goal);
    for (int v = 0; v < 3; v++) {
        if (any_of(sizes, verdicts[v], false))
            ust_text_printf(out,
                            ", \\\n$%s%d using 1:2:3:4 with yerrorbars pt 7 ps 1 lw 1.8 lc rgb "
                            "'%s' title '%s'",
                            what, v, ust_gnuplot_colour(colours[v]), verdicts[v]);
        if (!any_of(sizes, verdicts[v], true))
            continue;
        ust_text_printf(
            out,
            ", \\\n$%sfresh%d using 1:2:3:4 with yerrorbars pt 6 ps 1.9 lw 1.2 lc rgb "
            "'%s' ",
            what, v, ust_gnuplot_colour(colours[v]));
        if (any_of(sizes, verdicts[v], false))
            ust_text_add(out, "notitle");
        else
            ust_text_printf(out, "title '%s'", verdicts[v]);
    }
    ust_text_add(out, "\n");
}

static void title(const struct ust_plot_request *request, const struct ust_sizes *sizes,
                  struct ust_text *out)
{
    struct ust_text what = {0}, small = {0};
    ust_text_printf(&what, "how ready with so many, %s", sizes->title);
    ust_text_printf(&small,
                    "bars: intervals at %.4g %%; dashed: what READY asks of their lower ends; "
                    "hollow: held against other users",
                    100.0 * sizes->settings.confidence);
    ust_gnuplot_title(out, request, 10, ust_text_string(&what), ust_text_string(&small));
    ust_text_free(&what);
    ust_text_free(&small);
}

static void upper(const struct ust_plot_request *request, const struct ust_sizes *sizes,
                  struct ust_text *out)
{
    title(request, sizes, out);
    ust_text_add(out, "set size 1, 0.53\nset origin 0, 0.47\nset bmargin 1\nset ytics 20\n"
                      "unset key\nset ylabel 'readiness'\n");
    /* The names of both are below. */
    ticks(request, sizes, false, out);
    marks(sizes, true, out);
    plot(sizes, true, out);
    for (uint32_t label = 1; label <= 6; label++)
        ust_text_printf(out, "unset label %u\n", label);
    for (uint32_t i = 0; i < sizes->marks_n; i++)
        ust_text_printf(out, "unset label %u\n", 100 + i);
}

static void lower(const struct ust_plot_request *request, const struct ust_sizes *sizes,
                  struct ust_text *out)
{
    struct ust_text axis = {0};
    ust_text_printf(&axis, "%s, and what the regions that are judged cost a month",
                    sizes->title);
    ust_text_add(out, "unset arrow\nset size 1, 0.47\nset origin 0, 0\n"
                      "set key at screen 0.5, screen 0.01 center bottom horizontal maxrows 1 "
                      "Left reverse samplen 1 width 3\n"
                      "set tmargin 1\nset bmargin 6.5\nset ylabel 'P(ready), %'\nset xlabel ");
    ust_gnuplot_quote(out, ust_text_string(&axis));
    ust_text_add(out, " noenhanced offset 0,-1\n");
    ust_text_free(&axis);
    ticks(request, sizes, true, out);
    marks(sizes, false, out);
    plot(sizes, false, out);
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    struct ust_sizes sizes;
    UST_TRY(ust_sizes_read(request->run, &sizes));
    if (sizes.n == 0)
        return ust_plot_nothing(request,
                                "holds no study of sizes; `understudy size` makes one");
    double margin = 0.06 * span_of(&sizes);
    ust_text_printf(out,
                    "set multiplot\nset lmargin 10\nset rmargin 3\nset xrange [%.9g:%.9g]\n"
                    "set yrange [0:105]\n",
                    sizes.low - margin, sizes.high + margin);
    upper(request, &sizes, out);
    lower(request, &sizes, out);
    ust_text_add(out, "unset multiplot\n");
    return UST_OK;
}

const struct ust_plot_kind ust_plot_size = {
    .name = "size",
    .help = "how ready each size is that `size` tried, its cost, and what formulas say",
    .table = "size_point",
    .script = script,
};
