/* Demand, what became of it, and what could have been: the chart that says most. */
#include <math.h>

#include "plots/report.h"

/* Work of a mean request, so that capacity and demand share one axis. NAN: nothing was sent. */
static enum ust_status work_per_request(struct ust_report *report, double *work)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_plot_scope all = {0, 0, 0};
    double *sum = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    double *sent = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    UST_TRY(ust_plot_kpi(run, "work_offered", all, sum));
    UST_TRY(ust_plot_kpi(run, "offered", all, sent));
    for (uint32_t r = 0; r < run->replications_n; r++)
        sum[r] = sent[r] > 0 ? sum[r] / sent[r] : (double)NAN;
    *work = ust_plot_quantile(sum, run->replications_n, 0.5);
    return UST_OK;
}

enum ust_status ust_report_demand(struct ust_report *report, const char *title,
                                  struct ust_plot_window window, bool whole)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_plot_scope all = {0, 0, 0};
    double work;
    struct ust_plot_series offered = {0}, good = {0}, capacity = {0};
    UST_TRY(work_per_request(report, &work));
    UST_TRY(ust_plot_series_load(run, "offered", all, window, UST_PLOT_RATE, &offered));
    enum ust_status status =
        ust_plot_series_load(run, "good", all, window, UST_PLOT_RATE, &good);
    if (status == UST_OK)
        status = ust_plot_series_load(run, "capacity", all, window, UST_PLOT_MEAN, &capacity);
    if (status != UST_OK) {
        ust_plot_series_free(&offered);
        ust_plot_series_free(&good);
        return status;
    }
    ust_plot_series_scale(&capacity, 1 / work);
    const struct ust_line lines[] = {{"offered", 0, true, &offered},
                                     {"answered well", 3, false, &good},
                                     {"capacity", 2, false, &capacity}};
    struct ust_text about = {0};
    ust_text_add(&about, "Requests per second.");
    if (run->replications_n > 1)
        ust_text_add(&about, " Line: median; band: 90 % of replications.");
    if (run->faults_n > 0)
        ust_text_add(&about, " Shaded: the fault.");
    ust_text_add(&about,
                 " Capacity is what the instances in service can do of the mean request.");
    ust_report_chart(report, &(struct ust_chart){.title = title,
                                                 .about = about.data,
                                                 .unit = "req/s",
                                                 .missing = "No requests were recorded.",
                                                 .wide = true,
                                                 .whole = whole,
                                                 .lines = lines,
                                                 .lines_n = 3});
    ust_text_free(&about);
    return UST_OK;
}
