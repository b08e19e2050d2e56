/* capacity: what the work needs against what the instances in service can do, in vCPU. */
#include <math.h>

#include "plots/gnuplot.h"
#include "plots/plot.h"

#define POINTS_MAX 480

static enum ust_status script(const struct ust_plot_request *request, struct ust_text *out)
{
    const struct ust_plot_run *run = request->run;
    struct ust_plot_scope scope = {request->region, 0, 0};
    struct ust_plot_window whole = ust_plot_whole(run, POINTS_MAX);
    struct ust_plot_series work, capacity;
    struct ust_text title = {0}, small = {0};
    UST_TRY(ust_plot_series_load(run, "work_offered", scope, whole, UST_PLOT_RATE, &work));
    struct ust_plot_band demand = ust_plot_band(run, &work);
    ust_plot_series_free(&work);
    UST_TRY(ust_plot_series_load(run, "capacity", scope, whole, UST_PLOT_MEAN, &capacity));
    struct ust_plot_band supply = ust_plot_band(run, &capacity);
    ust_plot_series_free(&capacity);
    if (demand.empty && supply.empty)
        return ust_plot_nothing(request, "holds no capacity to draw");
    ust_gnuplot_band(out, "demand", &demand, 1, -(double)INFINITY);
    ust_gnuplot_band(out, "supply", &supply, 1, -(double)INFINITY);
    ust_text_printf(&title, "vCPU needed and usable");
    if (request->region != 0)
        ust_text_printf(&title, " in %s", ust_plot_region_name(run, request->region));
    ust_gnuplot_small_print(&small, run);
    ust_gnuplot_title(out, request, 10, title.data, small.data);
    ust_gnuplot_clock_axis(out, request, 0, run->duration_s);
    ust_gnuplot_faults(out, run);
    ust_text_add(out, "set yrange [0:*]\nplot ");
    ust_gnuplot_band_area(out, run, "supply", 2);
    ust_gnuplot_band_area(out, run, "demand", 1);
    ust_gnuplot_band_line(out, "supply", "usable", 2, false);
    ust_gnuplot_band_line(out, "demand", "first attempts ask for", 1, false);
    ust_text_add(out, "NaN notitle\n");
    ust_text_free(&title);
    ust_text_free(&small);
    return UST_OK;
}

const struct ust_plot_kind ust_plot_capacity = {
    .name = "capacity",
    .help = "vCPU that the work asks for, against what can be used of those in service",
    .by_region = true,
    .script = script,
};
