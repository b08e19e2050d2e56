/* waterfall: the course of the failover, from the fault to objectives met. */
#include <math.h>

#include "plots/format.h"
#include "plots/gnuplot.h"
#include "plots/milestone.h"
#include "plots/plot.h"

#define LEFT        21 /* characters, for the names of moments */
#define CHAR_PIXELS 8.0

/* From the top: name, where the bar begins and ends, the spread. Returns how many minutes have
 * to fit into so many pixels for the labels beside the bars to have room. */
static double bars(const struct ust_milestone *milestone, const int *order, uint32_t n,
                   double pixels, struct ust_text *out)
{
    char duration[UST_FORMAT_MAX];
    double from = 0, end = 1;
    ust_text_add(out, "set ytics (");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", '" : "'");
        /* A tick's label is a format: "50 % moved" must say so. */
        for (const char *at = milestone[order[i]].name; *at != '\0'; at++)
            ust_text_add_n(out, *at == '%' ? "%%" : at, *at == '%' ? 2 : 1);
        ust_text_printf(out, "' %u", n - i);
    }
    ust_text_add(out, ")\n");
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_milestone *m = &milestone[order[i]];
        bool reached = isfinite(m->median);
        double high = isfinite(m->high) ? m->high : reached ? m->median : 0;
        bool any = reached && m->median > 0;
        const char *text = any       ? ust_format_duration(m->median, duration)
                           : reached ? m->none
                                     : "not within the run";
        double at = reached ? fmax(high, m->median) : 0;
        double beside = 14 + CHAR_PIXELS * (double)(ust_text_columns(text) + any);
        end = fmax(end, at * pixels / fmax(pixels / 4, pixels - beside));
        ust_text_printf(out,
                        "set label %u '%s%s' at first %.6g,%u left offset character 1.2,0\n",
                        10 + i, any ? "+" : "", text, at / 60, n - i);
    }
    ust_text_add(out, "$bars << EOD\n");
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_milestone *m = &milestone[order[i]];
        if (!isfinite(m->median))
            continue;
        double high = isfinite(m->high) ? m->high : m->median;
        ust_text_printf(out, "%u %.6g %.6g %.6g %.6g\n", n - i, from / 60, m->median / 60,
                        m->low / 60, high / 60);
        from = m->median;
    }
    ust_text_add(out, "EOD\n");
    return end / 60;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_milestone milestone[UST_MOMENTS];
    struct ust_readiness_settings settings;
    struct ust_text title = {0}, small = {0};
    int order[UST_MOMENTS];
    char clock[UST_FORMAT_MAX];
    if (run->fault == NULL)
        return ust_plot_nothing(request, "holds no fault, so there is no waterfall");
    UST_TRY(ust_plot_settings(run, &settings));
    UST_TRY(ust_plot_milestones(run, &settings, milestone));
    uint32_t n = ust_plot_milestone_order(milestone, order);
    if (n == 0)
        return ust_plot_nothing(request, "has not recorded the course of a failover");
    double pixels = fmax(80, request->width - CHAR_PIXELS * (LEFT + 5));
    double end = bars(milestone, order, n, pixels, out);
    ust_text_printf(&title, "after the fault at %s",
                    ust_format_clock(run, run->fault->start_s, clock));
    if (run->replications_n > 1)
        ust_text_printf(&small, "median of %u replications, whiskers: 90 %% of them",
                        run->replications_n);
    else
        ust_text_add(&small, "one replication");
    ust_gnuplot_title(out, request, LEFT, title.data, small.data);
    ust_gnuplot_minute_axis(out, request, LEFT, end);
    ust_text_printf(out,
                    "set yrange [0.4:%u.6]\nset lmargin %d\nunset key\nset grid noytics "
                    "xtics\nset border 0\n"
                    "set style fill solid 1 noborder\n"
                    "plot $bars using 2:1:2:3:($1-0.17):($1+0.17) with boxxyerror fc rgb '%s'",
                    n, LEFT, ust_gnuplot_colour(1));
    if (run->replications_n > 1)
        ust_text_printf(out,
                        ", \\\n$bars using 3:1:4:5 with xerrorbars pt -1 lw 1.4 lc rgb '%s'",
                        "#1b1d21");
    ust_text_add(out, "\n");
    ust_text_free(&title);
    ust_text_free(&small);
    return UST_OK;
}

const struct ust_plot_kind ust_plot_waterfall = {
    .name = "waterfall",
    .help = "fault, detected, moved, capacity caught up, objectives met",
    .script = script,
};
