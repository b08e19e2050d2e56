/* latency: quantiles over time, a panel for each persona. */
#include <math.h>

#include "plots/gnuplot.h"
#include "plots/panel.h"
#include "plots/plot.h"

#define POINTS_MAX 360
/* A tenth of a microsecond: below every latency, above zero. */
#define FLOOR_S 1e-7

static enum ust_status panel(const struct ust_plot_request *request, uint32_t persona,
                             bool *empty, struct ust_text *out)
{
    static const struct {
        const char *metric, *name;
        int colour;
    } lines[] = {
        {"latency_p50", "p50", 1}, {"latency_p95", "p95", 3}, {"latency_p99", "p99", 2}};
    const struct ust_plot_run *run = request->run;
    *empty = true;
    for (int i = 0; i < 3; i++) {
        struct ust_plot_series series;
        UST_TRY(ust_plot_series_load(run, lines[i].metric,
                                     (struct ust_plot_scope){0, 0, persona},
                                     ust_plot_whole(run, POINTS_MAX), UST_PLOT_MAX, &series));
        struct ust_plot_band band = ust_plot_band(run, &series);
        ust_plot_series_free(&series);
        *empty &= band.empty;
        ust_gnuplot_band(out, lines[i].name, &band, 1e3, FLOOR_S);
    }
    if (*empty)
        return UST_OK;
    ust_gnuplot_clock_axis(out, request, 0, run->duration_s);
    ust_gnuplot_faults(out, run);
    ust_gnuplot_latency_axis(out, 'y');
    ust_text_add(out, "plot ");
    for (int i = 0; i < 3; i++)
        ust_gnuplot_band_area(out, run, lines[i].name, lines[i].colour);
    for (int i = 0; i < 3; i++)
        ust_gnuplot_band_line(out, lines[i].name, lines[i].name, lines[i].colour, false);
    ust_text_add(out, "NaN notitle\n");
    return UST_OK;
}

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_text small = {0};
    ust_gnuplot_small_print(&small, run);
    ust_text_add(&small, "; first send to answer");
    uint32_t ids[UST_PANELS_MAX], n = 0;
    for (uint32_t p = 0; p < run->personas_n && n < UST_PANELS_MAX; p++)
        if (request->persona == 0 || run->personas[p].id == request->persona)
            ids[n++] = run->personas[p].id;
    enum ust_status status = ust_plot_panels(request, "latency", small.data, ids, n,
                                             ust_plot_persona_name, panel, out);
    ust_text_free(&small);
    return status;
}

const struct ust_plot_kind ust_plot_latency = {
    .name = "latency",
    .help = "p50, p95 and p99 over time, a panel for each persona",
    .by_persona = true,
    .script = script,
};
