/* welch: has the run settled? The mean over replications of what is in each pool, Welch's
 * moving average of it, and what MSER-5 would cut, a panel for each region. */
#include <math.h>

#include "analysis/stats/settle.h"
#include "plots/gnuplot.h"
#include "plots/panel.h"
#include "plots/plot.h"

/* Welch's window is this share of the series; small enough to follow a warm-up. */
#define WINDOWS 25

static void points(struct ust_text *out, const char *name, uint32_t number,
                   const struct ust_settle *settle, const double *values)
{
    ust_text_printf(out, "$%s%u << EOD\n", name, number);
    for (uint32_t i = 0; i < settle->intervals; i++)
        if (!isnan(values[i]))
            ust_text_printf(out, "%.8g %.6g\n", (i + 0.5) * settle->interval_s, values[i]);
    ust_text_add(out, "EOD\n");
}

static void series_data(struct ust_text *out, uint32_t number, const struct ust_settle *settle,
                        const struct ust_settle_series *series)
{
    double *smooth = ust_arena_alloc(settle->arena, double, settle->intervals + 1);
    size_t window = settle->intervals / WINDOWS;
    ust_stats_welch(series->mean, settle->intervals, window > 0 ? window : 1, smooth);
    points(out, "mean", number, settle, series->mean);
    points(out, "welch", number, settle, smooth);
    if (series->mser.cut > 0)
        ust_text_printf(out,
                        "set arrow from first %.6f, graph 0 to first %.6f, graph 1 nohead "
                        "dashtype 2 lw 1.4 lc rgb '%s'\n",
                        series->cut_s, series->cut_s,
                        ust_gnuplot_colour((int)(number % 7) + 1));
}

static void series_lines(struct ust_text *out, uint32_t number,
                         const struct ust_settle_series *series)
{
    const char *colour = ust_gnuplot_colour((int)(number % 7) + 1);
    ust_text_printf(out,
                    "$mean%u with lines lw 0.6 lc rgb '%s' notitle, \\\n"
                    "$welch%u with lines lw 2 lc rgb '%s' title ",
                    number, colour, number, colour);
    ust_gnuplot_quote(out, series->service != NULL ? series->service : series->metric);
    ust_text_add(out, ", \\\n");
}

static bool is_of(const struct ust_plot_run *run, const struct ust_settle_series *series,
                  uint32_t region)
{
    return ust_text_equal(series->metric, "in_system") && series->region != NULL &&
           ust_plot_region_id(run, series->region) == region;
}

static enum ust_status panel(const struct ust_plot_request *request, uint32_t region,
                             bool *empty, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_settle settle;
    UST_TRY(ust_settle_read(run->store, "in_system", &settle));
    *empty = true;
    ust_text_add(out, "unset arrow\n");
    for (uint32_t i = 0; i < settle.n; i++)
        if (is_of(run, &settle.series[i], region)) {
            series_data(out, i, &settle, &settle.series[i]);
            *empty = false;
        }
    if (!*empty) {
        ust_gnuplot_clock_axis(out, request, 0, settle.until_s);
        ust_text_add(out, "set yrange [0:*]\nset ylabel 'requests in the pool'\nplot ");
        for (uint32_t i = 0; i < settle.n; i++)
            if (is_of(run, &settle.series[i], region))
                series_lines(out, i, &settle.series[i]);
        ust_text_add(out, "NaN notitle\n");
    }
    ust_settle_free(&settle);
    return UST_OK;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_text small = {0};
    uint32_t ids[UST_PANELS_MAX], n = 0;
    for (uint32_t r = 0; r < run->regions_n && n < UST_PANELS_MAX; r++)
        if (request->region == 0 || run->regions[r].id == request->region)
            ids[n++] = run->regions[r].id;
    ust_text_add(&small, "thin: mean, thick: Welch, dashed: MSER-5");
    if (n == 1) { /* there is room */
        struct ust_settle settle;
        UST_TRY(ust_settle_read(run->store, NULL, &settle));
        ust_text_add(&small, "; ");
        ust_settle_verdict(&settle, &small);
        ust_settle_free(&settle);
    }
    enum ust_status status = ust_plot_panels(request, "settling", small.data, ids, n,
                                             ust_plot_region_name, panel, out);
    ust_text_free(&small);
    return status;
}

const struct ust_plot_kind ust_plot_welch = {
    .name = "welch",
    .help = "has the run settled after its warm-up? a panel for each region",
    .by_region = true,
    .script = script,
};
