/* Tables: who was served how well, and what served them. */
#include <math.h>
#include <string.h>

#include "analysis/readiness/aborts.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/report.h"

/* A minute with fewer requests says nothing about a share. */
#define LEAST_OFFERED 30

static void open_table(struct ust_report *report, const char *caption)
{
    ust_html_put(report->out,
                 "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
                 "<table>\n<caption>%s</caption>\n<thead><tr>",
                 caption, caption);
}

static void heads(struct ust_report *report, const char *const *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ust_html_put(report->out, "<th scope=\"col\" class=\"num\">%s</th>", numbers[i]);
    ust_html_put(report->out, "</tr></thead>\n<tbody>\n");
}

static void close_table(struct ust_report *report)
{
    ust_html_put(report->out, "</tbody></table></div>\n");
}

static void cell(struct ust_report *report, const char *value)
{
    ust_html_put(report->out, "<td class=\"num\">%s</td>", value);
}

/* Median over replications of a metric's summary. */
static enum ust_status kpi(struct ust_report *report, const char *metric,
                           struct ust_plot_scope scope, double *median)
{
    double *values =
        ust_arena_alloc(report->run->arena, double, report->run->replications_n + 1);
    UST_TRY(ust_plot_kpi(report->run, metric, scope, values));
    *median = ust_plot_quantile(values, report->run->replications_n, 0.5);
    return UST_OK;
}

/* Median over replications of one fold of the whole run. */
static enum ust_status folded(struct ust_report *report, const char *metric,
                              struct ust_plot_scope scope, enum ust_plot_fold fold,
                              double *median)
{
    const struct ust_plot_run *run = report->run;
    struct ust_plot_series series;
    struct ust_plot_window whole = ust_plot_whole(run, 1);
    UST_TRY(ust_plot_series_load(run, metric, scope, whole, fold, &series));
    *median = series.points > 0
                  ? ust_plot_quantile(series.value, series.points * series.replications, 0.5)
                  : (double)NAN;
    ust_plot_series_free(&series);
    return UST_OK;
}

struct minute {
    double attainment, t_s; /* NAN: none */
};

/* Adds a metric, where the run has it, `times` over. */
static enum ust_status add_series(const struct ust_plot_run *run, const char *metric,
                                  struct ust_plot_scope scope, struct ust_plot_window window,
                                  double times, struct ust_plot_series *to)
{
    struct ust_plot_series more = {0};
    UST_TRY(ust_plot_series_load(run, metric, scope, window, UST_PLOT_SUM, &more));
    for (size_t i = 0; i < (size_t)more.points * more.replications; i++)
        to->value[i] += isnan(more.value[i]) ? 0 : times * more.value[i];
    ust_plot_series_free(&more);
    return UST_OK;
}

/* Of those whose fate is known. */
static enum ust_status worst_minute(struct ust_report *report, uint32_t persona,
                                    struct minute *worst)
{
    const struct ust_plot_run *run = report->run;
    struct ust_plot_series good = {0}, offered = {0};
    struct ust_plot_scope scope = {0, 0, persona};
    struct ust_plot_window minutes = {0, run->duration_s, 60};
    *worst = (struct minute){(double)NAN, (double)NAN};
    UST_TRY(ust_plot_series_load(run, "good", scope, minutes, UST_PLOT_SUM, &good));
    enum ust_status status =
        ust_plot_series_load(run, "offered", scope, minutes, UST_PLOT_SUM, &offered);
    if (status == UST_OK)
        status = add_series(run, "in_flight", scope, minutes, -1, &offered);
    if (status == UST_OK)
        status = add_series(run, "overdue", scope, minutes, 1, &offered);
    if (status == UST_OK) {
        struct ust_plot_band volume = ust_plot_band(run, &offered);
        ust_plot_series_divide(&good, &offered);
        struct ust_plot_band share = ust_plot_band(run, &good);
        for (uint32_t i = 0; i < share.points; i++)
            if (volume.mid[i] >= LEAST_OFFERED && !isnan(share.mid[i]) &&
                !(share.mid[i] >= worst->attainment))
                *worst = (struct minute){share.mid[i], share.start_s + i * share.step_s};
    }
    ust_plot_series_free(&good);
    ust_plot_series_free(&offered);
    return status;
}

static enum ust_status attainment_cell(struct ust_report *report,
                                       const struct ust_plot_persona *persona)
{
    char a[UST_FORMAT_MAX], b[UST_FORMAT_MAX];
    struct ust_plot_scope scope = {0, 0, persona->id};
    struct ust_plot_estimate estimate;
    double share;
    struct ust_text *out = report->out;
    UST_TRY(ust_plot_estimate(report->run, "attainment", scope, &estimate));
    UST_TRY(kpi(report, "attainment", scope, &share));
    if (isfinite(estimate.mean))
        share = estimate.mean;
    bool missed = share < persona->attainment_objective;
    ust_html_put(out, "<td class=\"num%s\"><b>%s%r</b>", missed ? " missed" : "",
                 ust_format_percent(share, a),
                 missed ? " <span title=\"below the objective\">\xe2\x96\xbc</span>" : "");
    if (isfinite(estimate.low))
        ust_html_put(out, "<span class=\"note\">%s \xe2\x80\x93 %s</span>",
                     ust_format_percent(estimate.low, a), ust_format_percent(estimate.high, b));
    ust_html_put(out, "</td>");
    return UST_OK;
}

static enum ust_status persona_row(struct ust_report *report,
                                   const struct ust_plot_persona *persona)
{
    static const char *const quantiles[] = {"latency_p50", "latency_p95", "latency_p99"};
    char a[UST_FORMAT_MAX], clock[UST_FORMAT_MAX];
    struct ust_plot_scope scope = {0, 0, persona->id};
    struct minute worst;
    double value;
    ust_html_put(report->out, "<tr><th scope=\"row\">%n</th>", persona->name);
    UST_TRY(kpi(report, "offered", scope, &value));
    cell(report, ust_format_count(value, a));
    UST_TRY(attainment_cell(report, persona));
    cell(report, ust_format_percent(persona->attainment_objective, a));
    for (int i = 0; i < 3; i++) {
        UST_TRY(kpi(report, quantiles[i], scope, &value));
        cell(report, ust_format_latency(value, a));
    }
    cell(report, ust_format_latency(persona->latency_objective_s, a));
    UST_TRY(worst_minute(report, persona->id, &worst));
    ust_html_put(report->out, "<td class=\"num\">%s", ust_format_percent(worst.attainment, a));
    if (isfinite(worst.t_s))
        ust_html_put(report->out, "<span class=\"note\">%s</span>",
                     ust_format_clock(report->run, worst.t_s, clock));
    ust_html_put(report->out, "</td></tr>\n");
    return UST_OK;
}

static void aborts(struct ust_report *report)
{
    struct ust_text text = {0};
    ust_aborts_tell(report->run->store, &text);
    for (char *line = text.data; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0';
        line[length] = '\0';
        ust_html_put(report->out, "<p class=\"lead\">");
        ust_html_text(report->out, line);
        ust_html_put(report->out, ".</p>\n");
        line = last ? NULL : line + length + 1;
    }
    ust_text_free(&text);
}

static enum ust_status personas(struct ust_report *report)
{
    static const char *const numbers[] = {"Offered",     "Answered well", "Objective",
                                          "p50",         "p95",           "p99",
                                          "Good within", "Worst minute"};
    ust_html_put(report->out, "<h3>Personas</h3>\n");
    open_table(report, "Requests by persona, whole run, medians over replications");
    ust_html_put(report->out, "<th scope=\"col\">Persona</th>");
    heads(report, numbers, sizeof(numbers) / sizeof(numbers[0]));
    for (uint32_t p = 0; p < report->run->personas_n; p++)
        UST_TRY(persona_row(report, &report->run->personas[p]));
    close_table(report);
    aborts(report);
    return UST_OK;
}

static enum ust_status pool_row(struct ust_report *report, const struct ust_plot_region *region,
                                const struct ust_plot_service *service)
{
    char a[UST_FORMAT_MAX];
    struct ust_plot_scope scope = {region->id, service->id, 0};
    double mean, peak, arrivals, refused, work, value;
    UST_TRY(folded(report, "instances", scope, UST_PLOT_MEAN, &mean));
    UST_TRY(folded(report, "instances", scope, UST_PLOT_MAX, &peak));
    UST_TRY(kpi(report, "arrivals", scope, &arrivals));
    if (isnan(mean) && isnan(arrivals))
        return UST_OK; /* the service has no pool here */
    ust_html_put(report->out,
                 "<tr><th scope=\"row\">%n<span class=\"note\">%s</span></th><td>%n</td>",
                 region->name, region->role, service->name);
    cell(report, ust_format_short(mean, a));
    cell(report, ust_format_short(peak, a));
    UST_TRY(folded(report, "cpu", scope, UST_PLOT_MEAN, &value));
    cell(report, ust_format_percent(value, a));
    UST_TRY(folded(report, "cpu", scope, UST_PLOT_MAX, &value));
    cell(report, ust_format_percent(value, a));
    UST_TRY(folded(report, "queue", scope, UST_PLOT_MAX, &value));
    cell(report, ust_format_short(value, a));
    cell(report, ust_format_count(arrivals, a));
    UST_TRY(kpi(report, "refused", scope, &refused));
    cell(report, ust_format_percent(arrivals > 0 ? refused / arrivals : (double)NAN, a));
    UST_TRY(kpi(report, "work_offered", scope, &work));
    UST_TRY(kpi(report, "shortfall", scope, &value));
    cell(report, ust_format_percent(work > 0 ? value / work : (double)NAN, a));
    UST_TRY(kpi(report, "flaps", scope, &value));
    cell(report, ust_format_short(value, a));
    UST_TRY(kpi(report, "cost", scope, &value));
    cell(report, ust_format_fixed(value, 2, a));
    ust_html_put(report->out, "</tr>\n");
    return UST_OK;
}

static enum ust_status pools(struct ust_report *report)
{
    static const char *const numbers[] = {
        "Instances", "at most", "CPU",          "at most",        "Queue at most",
        "Attempts",  "Refused", "Short of CPU", "Flaps per hour", "Cost, USD"};
    const struct ust_plot_run *run = report->run;
    ust_html_put(report->out, "<h3>Regions and services</h3>\n");
    open_table(report, "Pools, whole run, medians over replications");
    ust_html_put(report->out, "<th scope=\"col\">Region</th><th scope=\"col\">Service</th>");
    heads(report, numbers, sizeof(numbers) / sizeof(numbers[0]));
    for (uint32_t r = 0; r < run->regions_n; r++)
        for (uint32_t s = 0; s < run->services_n; s++)
            UST_TRY(pool_row(report, &run->regions[r], &run->services[s]));
    close_table(report);
    return UST_OK;
}

static void faults(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    char a[UST_FORMAT_MAX];
    struct ust_text *out = report->out;
    ust_html_put(out, "<h3>Faults</h3>\n");
    if (run->faults_n == 0) {
        ust_html_put(out, "<p class=\"missing\">This run has none.</p>\n");
        return;
    }
    open_table(report, "What breaks, where and when");
    ust_html_put(out, "<th scope=\"col\">Kind</th><th scope=\"col\">Region</th>"
                      "<th scope=\"col\" class=\"num\">From</th>"
                      "<th scope=\"col\" class=\"num\">To</th><th scope=\"col\">What</th></tr>"
                      "</thead>\n<tbody>\n");
    for (uint32_t i = 0; i < run->faults_n; i++) {
        const struct ust_plot_fault *f = &run->faults[i];
        ust_html_put(out, "<tr><th scope=\"row\">%n</th><td>%n</td>", f->kind,
                     ust_plot_region_name(run, f->region));
        cell(report, ust_format_clock(run, f->start_s, a));
        cell(report,
             f->end_s < run->duration_s ? ust_format_clock(run, f->end_s, a) : "the end");
        ust_html_put(out, "<td>%n</td></tr>\n", f->what);
    }
    close_table(report);
}

enum ust_status ust_report_tables(struct ust_report *report)
{
    ust_html_put(report->out, "<section id=\"tables\">\n<h2>In numbers</h2>\n");
    UST_TRY(personas(report));
    UST_TRY(pools(report));
    faults(report);
    UST_TRY(ust_report_refusals(report));
    UST_TRY(ust_report_events(report));
    UST_TRY(ust_report_warmup(report));
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
