/* The whole run over time: demand and its fate by persona, supply by region. */

#include <sqlite3.h>

#include "plots/html.h"
#include "plots/report.h"

/* Beyond these the page would be heavy and nobody would look; the tables have everyone. */
#define PERSONAS_MAX 12
#define REGIONS_MAX  8
#define LINES_MAX    8

/* The lines of one chart while they are loaded. */
struct lines {
    struct ust_line line[LINES_MAX];
    struct ust_plot_series series[LINES_MAX];
    uint32_t n;
    enum ust_status status; /* of the first load that failed; the rest is then skipped */
};

static void add(struct ust_report *report, struct lines *lines, const char *name, int colour,
                const char *metric, struct ust_plot_scope scope, enum ust_plot_fold fold)
{
    if (lines->status != UST_OK || lines->n == LINES_MAX)
        return;
    struct ust_plot_window window = ust_plot_whole(report->run, report->points_max);
    struct ust_plot_series *series = &lines->series[lines->n];
    lines->status = ust_plot_series_load(report->run, metric, scope, window, fold, series);
    if (lines->status == UST_OK) {
        lines->line[lines->n] = (struct ust_line){name, colour, false, series};
        lines->n++;
    }
}

static enum ust_status finish(struct ust_report *report, struct lines *lines,
                              struct ust_chart chart)
{
    if (lines->status != UST_OK) {
        for (uint32_t i = 0; i < lines->n; i++)
            ust_plot_series_free(&lines->series[i]);
        return lines->status;
    }
    chart.whole = true;
    chart.lines = lines->line;
    chart.lines_n = lines->n;
    ust_report_chart(report, &chart);
    return UST_OK;
}

/* Three in a row when that leaves no gap. */
static void group(struct ust_report *report, const char *title, const char *about,
                  uint32_t charts)
{
    ust_html_put(report->out,
                 "<h3>%s</h3>\n<p class=\"quiet\">%s</p>\n<div class=\"charts%s\">\n", title,
                 about, charts % 3 == 0 ? " three" : "");
}

static void end_group(struct ust_report *report, uint32_t shown, uint32_t all, const char *what)
{
    ust_html_put(report->out, "</div>\n");
    if (all > shown)
        ust_html_put(report->out, "<p class=\"quiet\">The first %u of %u %s are drawn.</p>\n",
                     shown, all, what);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static enum ust_status latency(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    uint32_t n = least(run->personas_n, PERSONAS_MAX);
    group(report, "Latency",
          "From the first send to the answer, retries included, at the time "
          "of the answer; where a point covers several intervals, the "
          "largest of them. Logarithmic.",
          n);
    for (uint32_t p = 0; p < n; p++) {
        struct lines lines = {0};
        struct ust_plot_scope scope = {0, 0, run->personas[p].id};
        add(report, &lines, "p50", 1, "latency_p50", scope, UST_PLOT_MAX);
        add(report, &lines, "p95", 3, "latency_p95", scope, UST_PLOT_MAX);
        add(report, &lines, "p99", 2, "latency_p99", scope, UST_PLOT_MAX);
        UST_TRY(
            finish(report, &lines,
                   (struct ust_chart){.title = run->personas[p].name,
                                      .unit = "s",
                                      .logarithmic = true,
                                      .missing = "No request of this persona was answered."}));
    }
    end_group(report, n, run->personas_n, "personas");
    return UST_OK;
}

/* Shares of what was offered, so that causes compare across a day of changing demand. */
static enum ust_status errors_of(struct ust_report *report, const char *title, uint32_t persona)
{
    static const struct {
        const char *name, *metric;
        int colour;
    } causes[] = {{"failed", "failed", 2},
                  {"shed", "shed", 1},
                  {"timed out", "timed_out", 3},
                  {"abandoned", "abandoned", 4}};
    struct ust_plot_scope scope = {0, 0, persona};
    struct lines lines = {0};
    for (size_t c = 0; c < sizeof(causes) / sizeof(causes[0]); c++)
        add(report, &lines, causes[c].name, causes[c].colour, causes[c].metric, scope,
            UST_PLOT_RATE);
    struct ust_plot_series offered = {0};
    if (lines.status == UST_OK)
        lines.status = ust_plot_series_load(report->run, "offered", scope,
                                            ust_plot_whole(report->run, report->points_max),
                                            UST_PLOT_RATE, &offered);
    for (uint32_t i = 0; i < lines.n && lines.status == UST_OK; i++)
        ust_plot_series_divide(&lines.series[i], &offered);
    ust_plot_series_free(&offered);
    return finish(report, &lines,
                  (struct ust_chart){.title = title,
                                     .unit = "%",
                                     .zero = "Every request was answered.",
                                     .missing = "No requests were offered."});
}

static enum ust_status errors(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    uint32_t n = run->personas_n > 1 ? least(run->personas_n, PERSONAS_MAX) : 0;
    group(report, "Errors by cause",
          "Share of the requests offered at the time that ended without an answer.", n + 1);
    UST_TRY(errors_of(report, "All personas", 0));
    for (uint32_t p = 0; p < n; p++)
        UST_TRY(errors_of(report, run->personas[p].name, run->personas[p].id));
    end_group(report, n, run->personas_n > 1 ? run->personas_n : 0, "personas");
    return UST_OK;
}

/* Has any replication a value of the metric for this persona? */
static enum ust_status has_values(const struct ust_report *report, const char *metric,
                                  uint32_t persona, bool *has)
{
    struct sqlite3_stmt *s;
    UST_TRY(ust_plot_prepare(
        report->run,
        "SELECT count(*) FROM kpi i JOIN key k ON k.id = i.key JOIN metric m ON m.id = k.metric"
        " WHERE m.name = ?1 AND k.persona = ?2 AND k.region = 0 AND i.value IS NOT NULL",
        &s));
    sqlite3_bind_text(s, 1, metric, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, persona);
    *has = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int64(s, 0) > 0;
    sqlite3_finalize(s);
    return UST_OK;
}

/* Only of personas whose clients do more than ask once. */
static enum ust_status clients_of(struct ust_report *report, uint32_t p, bool *any)
{
    static const struct {
        const char *name, *metric;
        int colour;
    } kinds[] = {{"retries", "retries", 1},
                 {"copies", "hedges", 5},
                 {"refused by the client", "refused_locally", 2},
                 {"retries denied", "retries_denied", 4}};
    struct ust_plot_scope scope = {0, 0, report->run->personas[p].id};
    struct lines lines = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        bool has;
        UST_TRY(has_values(report, kinds[k].metric, scope.persona, &has));
        if (has)
            add(report, &lines, kinds[k].name, kinds[k].colour, kinds[k].metric, scope,
                UST_PLOT_RATE);
    }
    if (lines.n == 0 || lines.status != UST_OK)
        return lines.status;
    if (!*any)
        group(report, "Clients",
              "What they send beyond the first attempt, and what they hold back.", 1);
    *any = true;
    return finish(report, &lines,
                  (struct ust_chart){.title = report->run->personas[p].name,
                                     .unit = "req/s",
                                     .zero = "Every request was sent once.",
                                     .missing = "Every request was sent once."});
}

static enum ust_status clients(struct ust_report *report)
{
    bool any = false;
    for (uint32_t p = 0; p < report->run->personas_n && p < PERSONAS_MAX; p++)
        UST_TRY(clients_of(report, p, &any));
    if (any)
        end_group(report, 0, 0, "");
    return UST_OK;
}

static enum ust_status utilisation(struct ust_report *report)
{
    static const struct {
        const char *name, *metric;
        int colour;
    } resources[] = {{"CPU", "cpu", 2},          {"CPU of injected load", "injected_cpu", 7},
                     {"slots", "busy_slots", 1}, {"memory", "memory", 3},
                     {"network", "network", 4},  {"storage", "storage", 5}};
    const struct ust_plot_run *run = report->run;
    uint32_t n = least(run->regions_n, REGIONS_MAX);
    group(report, "Utilisation",
          "Of the instances that work, by region: those in service, unhealthy and draining.",
          n);
    for (uint32_t r = 0; r < n; r++) {
        struct lines lines = {0};
        struct ust_plot_scope scope = {run->regions[r].id, 0, 0};
        for (size_t k = 0; k < sizeof(resources) / sizeof(resources[0]); k++)
            add(report, &lines, resources[k].name, resources[k].colour, resources[k].metric,
                scope, UST_PLOT_MEAN);
        UST_TRY(finish(report, &lines,
                       (struct ust_chart){.title = run->regions[r].name,
                                          .unit = "%",
                                          .missing = "Nothing worked here."}));
    }
    end_group(report, n, run->regions_n, "regions");
    return UST_OK;
}

static enum ust_status instances(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    uint32_t n = least(run->regions_n, REGIONS_MAX);
    group(report, "Instances", "Wanted by the scaler, starting, and serving, by region.", n);
    for (uint32_t r = 0; r < n; r++) {
        struct lines lines = {0};
        struct ust_plot_scope scope = {run->regions[r].id, 0, 0};
        add(report, &lines, "wanted", 0, "wanted", scope, UST_PLOT_MEAN);
        if (lines.n > 0)
            lines.line[0].dashed = true;
        add(report, &lines, "starting", 2, "starting", scope, UST_PLOT_MEAN);
        add(report, &lines, "serving", 3, "instances", scope, UST_PLOT_MEAN);
        UST_TRY(finish(report, &lines,
                       (struct ust_chart){.title = run->regions[r].name,
                                          .unit = "instances",
                                          .missing = "No instances were wanted here."}));
    }
    end_group(report, n, run->regions_n, "regions");
    return UST_OK;
}

/* One chart with a line per region. */
static enum ust_status by_region(struct ust_report *report, const char *title,
                                 const char *about, const char *unit, const char *metric,
                                 enum ust_plot_fold fold, double factor, const char *missing)
{
    static const int colours[LINES_MAX] = {1, 2, 3, 4, 5, 6, 7, 0};
    const struct ust_plot_run *run = report->run;
    struct lines lines = {0};
    for (uint32_t r = 0; r < run->regions_n && r < LINES_MAX; r++)
        add(report, &lines, run->regions[r].name, colours[r], metric,
            (struct ust_plot_scope){run->regions[r].id, 0, 0}, fold);
    for (uint32_t i = 0; i < lines.n; i++)
        ust_plot_series_scale(&lines.series[i], factor);
    return finish(
        report, &lines,
        (struct ust_chart){
            .title = title, .about = about, .unit = unit, .missing = missing, .zero = missing});
}

enum ust_status ust_report_kpis(struct ust_report *report)
{
    bool many = report->run->replications_n > 1;
    ust_html_put(report->out,
                 "<section id=\"kpis\">\n<h2>Over the whole run</h2>\n"
                 "<p class=\"lead\">%s Drag across a chart to zoom in, double-click "
                 "to return; a click on a name hides its line.</p>\n<noscript><p "
                 "class=\"missing\">The charts are drawn by a script in this file. "
                 "Without it the tables below hold the numbers.</p></noscript>\n",
                 many ? "Lines are medians over replications, bands hold 90 % of them."
                      : "One replication, so there are lines and no bands.");
    UST_TRY(ust_report_demand(report, "Demand and capacity",
                              ust_plot_whole(report->run, report->points_max), true));
    UST_TRY(latency(report));
    UST_TRY(errors(report));
    UST_TRY(clients(report));
    UST_TRY(utilisation(report));
    UST_TRY(instances(report));
    group(report, "Queue and cost", "By region.", 2);
    UST_TRY(by_region(report, "Queue", "Attempts waiting.", "requests", "queue", UST_PLOT_MEAN,
                      1, "Nothing ever waited."));
    UST_TRY(by_region(report, "Cost", "Price of all instances that run.", "USD/h", "cost",
                      UST_PLOT_RATE, 3600, "Nothing was paid for."));
    end_group(report, 0, 0, "");
    ust_html_put(report->out, "</section>\n");
    return UST_OK;
}
