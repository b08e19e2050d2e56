/* utilisation: how much of what works is used, a panel for each region. */
#include <math.h>

#include "plots/gnuplot.h"
#include "plots/panel.h"
#include "plots/plot.h"

#define POINTS_MAX 360

static enum ust_status panel(const struct ust_plot_request *request, uint32_t region,
                             bool *empty, struct ust_text *out)
{
    static const struct {
        const char *metric, *name;
        int colour;
    } lines[] = {{"cpu", "CPU", 2},          {"injected_cpu", "CPU of injected load", 7},
                 {"busy_slots", "slots", 1}, {"memory", "memory", 3},
                 {"network", "network", 4},  {"storage", "storage", 5}};
    const struct ust_plot_run *run = request->run;
    const int n = sizeof(lines) / sizeof(lines[0]);
    bool shown[sizeof(lines) / sizeof(lines[0])];
    *empty = true;
    for (int i = 0; i < n; i++) {
        struct ust_plot_series series;
        UST_TRY(ust_plot_series_load(run, lines[i].metric,
                                     (struct ust_plot_scope){region, 0, 0},
                                     ust_plot_whole(run, POINTS_MAX), UST_PLOT_MEAN, &series));
        struct ust_plot_band band = ust_plot_band(run, &series);
        ust_plot_series_free(&series);
        shown[i] = !band.empty;
        *empty &= band.empty;
        if (shown[i])
            ust_gnuplot_band(out, lines[i].metric, &band, 100, -(double)INFINITY);
    }
    if (*empty)
        return UST_OK;
    ust_gnuplot_clock_axis(out, request, 0, run->duration_s);
    ust_gnuplot_faults(out, run);
    ust_text_add(out, "set yrange [0:105]\nset ytics 25\nset format y '%.0f %%'\nplot ");
    for (int i = 0; i < n; i++)
        if (shown[i])
            ust_gnuplot_band_area(out, run, lines[i].metric, lines[i].colour);
    for (int i = 0; i < n; i++)
        if (shown[i])
            ust_gnuplot_band_line(out, lines[i].metric, lines[i].name, lines[i].colour, false);
    ust_text_add(out, "NaN notitle\n");
    return UST_OK;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_text small = {0};
    ust_gnuplot_small_print(&small, run);
    uint32_t ids[UST_PANELS_MAX], n = 0;
    for (uint32_t r = 0; r < run->regions_n && n < UST_PANELS_MAX; r++)
        if (request->region == 0 || run->regions[r].id == request->region)
            ids[n++] = run->regions[r].id;
    enum ust_status status = ust_plot_panels(request, "utilisation", small.data, ids, n,
                                             ust_plot_region_name, panel, out);
    ust_text_free(&small);
    return status;
}

const struct ust_plot_kind ust_plot_utilisation = {
    .name = "utilisation",
    .help = "CPU (that of injected load too), slots, memory, network and storage in use, a "
            "panel for each region",
    .by_region = true,
    .script = script,
};
