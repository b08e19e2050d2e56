/* timeline: demand and what became of it, by the minute. */
#include <math.h>

#include "plots/gnuplot.h"
#include "plots/plot.h"

#define POINTS_MAX 480

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    static const struct {
        const char *metric, *name, *block;
        int colour;
        bool dashed;
    } lines[] = {{"offered", "offered", "offered", 0, true},
                 {"answered", "answered", "answered", 1, false},
                 {"good", "answered well", "good", 3, false}};
    const struct ust_plot_run *run = request->run;
    const int n = sizeof(lines) / sizeof(lines[0]);
    struct ust_plot_scope scope = {0, 0, request->persona};
    struct ust_plot_window minutes = {0, run->duration_s,
                                      fmax(60, run->duration_s / POINTS_MAX)};
    struct ust_text title = {0}, small = {0};
    bool empty = true;
    for (int i = 0; i < n; i++) {
        struct ust_plot_series series;
        UST_TRY(
            ust_plot_series_load(run, lines[i].metric, scope, minutes, UST_PLOT_RATE, &series));
        struct ust_plot_band band = ust_plot_band(run, &series);
        ust_plot_series_free(&series);
        empty &= band.empty;
        ust_gnuplot_band(out, lines[i].block, &band, 1, -(double)INFINITY);
    }
    if (empty)
        return ust_plot_nothing(request, "holds no requests to draw");
    ust_text_printf(&title, "requests per second");
    if (request->persona != 0)
        ust_text_printf(&title, " of %s", ust_plot_persona_name(run, request->persona));
    ust_gnuplot_small_print(&small, run);
    ust_gnuplot_title(out, request, 10, title.data, small.data);
    ust_gnuplot_clock_axis(out, request, 0, run->duration_s);
    ust_gnuplot_faults(out, run);
    ust_text_add(out, "set yrange [0:*]\nset format y '%.10g'\nplot ");
    for (int i = 0; i < n; i++)
        ust_gnuplot_band_area(out, run, lines[i].block, lines[i].colour);
    for (int i = 0; i < n; i++)
        ust_gnuplot_band_line(out, lines[i].block, lines[i].name, lines[i].colour,
                              lines[i].dashed);
    ust_text_add(out, "NaN notitle\n");
    ust_text_free(&title);
    ust_text_free(&small);
    return UST_OK;
}

const struct ust_plot_kind ust_plot_timeline = {
    .name = "timeline",
    .help = "requests offered, answered and answered well, by the minute",
    .by_persona = true,
    .script = script,
};
