#include "plots/report.h"

#include <math.h>
#include <string.h>

#include "plots/embed.h"
#include "plots/html.h"
#include "plots/shell.h"

/* Numbers of all charts over the whole run that a page should hold: about a megabyte. */
#define LINE_POINTS  45000
#define POINTS_MOST  480
#define POINTS_LEAST 120

static void head(struct ust_report *report, const char *nonce)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text title = {0};
    if (run->verdict != NULL)
        ust_text_printf(&title, "%s \xc2\xb7 ", run->verdict->verdict);
    ust_text_add(&title, run->name);
    ust_shell_begin(report->out, ust_text_string(&title), nonce, NULL, "verdict");
    ust_text_free(&title);
}

static void navigation(struct ust_report *report)
{
    struct ust_text *out = report->out;
    ust_html_put(out, "<header class=\"top\"><p class=\"brand\">understudy</p>\n"
                      "<nav aria-label=\"Sections\"><a href=\"#verdict\">Verdict</a>");
    if (report->run->fault != NULL)
        ust_html_put(out, "<a href=\"#failover\">What happens</a>");
    if (report->why.replications > 0)
        ust_html_put(out, "<a href=\"#why\">Why</a>");
    if (ust_report_has_size(report))
        ust_html_put(out, "<a href=\"#size\">How much it takes</a>");
    if (ust_report_has_basin(report))
        ust_html_put(out, "<a href=\"#basin\">What keeps it down</a>");
    ust_html_put(out, "<a href=\"#kpis\">Over time</a><a href=\"#tables\">In numbers</a>"
                      "<a href=\"#source\">What was run</a></nav></header>\n<main>\n");
}

/* Everything up to a comment that names a source map, which a browser's tools would look for.
 */
static void add_library(struct ust_text *out, const char *script)
{
    const char *map = strstr(script, "\n//# sourceMappingURL=");
    ust_text_add_n(out, script, map != NULL ? (size_t)(map - script) : strlen(script));
    ust_text_add(out, "\n");
}

static json_t *faults_json(const struct ust_plot_run *run)
{
    json_t *faults = json_array();
    for (uint32_t i = 0; i < run->faults_n; i++) {
        double end = fmin(run->faults[i].end_s, run->duration_s);
        json_t *fault = json_object();
        json_object_set_new(fault, "from", json_real(run->faults[i].start_s));
        json_object_set_new(fault, "to", json_real(end));
        json_array_append_new(faults, fault);
    }
    return faults;
}

static void scripts(struct ust_report *report, const char *nonce)
{
    const struct ust_plot_run *run = report->run;
    struct ust_text *out = report->out;
    json_t *data = json_object();
    json_int_t zero = run->start_unix_s + run->utc_offset_min * 60;
    json_object_set_new(data, "zero", json_real((double)zero + run->warmup_s));
    json_object_set_new(data, "duration", json_real(run->duration_s));
    json_object_set_new(data, "faults", faults_json(run));
    if (run->fault != NULL)
        json_object_set_new(data, "fault", json_real(run->fault->start_s));
    json_object_set(data, "charts", report->charts);
    ust_html_put(out, "<script type=\"application/json\" id=\"data\">");
    ust_html_json(out, data);
    json_decref(data);
    ust_html_put(out, "</script>\n<script nonce=\"%s\">\n", nonce);
    add_library(out, ust_embed_dygraph_js);
    ust_html_put(out, "</script>\n<script nonce=\"%s\">\n", nonce);
    ust_text_add(out, ust_embed_report_js);
    ust_html_put(out, "</script>\n</body>\n</html>\n");
}

static enum ust_status prepare(struct ust_report *report)
{
    const struct ust_plot_run *run = report->run;
    const struct ust_plot_scope all = {0, 0, 0};
    uint32_t n = run->replications_n;
    uint32_t lines = 7 * run->personas_n + 8 * run->regions_n + 4;
    uint32_t points = LINE_POINTS / lines / (n > 1 ? 3 : 1);
    report->points_max = points > POINTS_MOST    ? POINTS_MOST
                         : points < POINTS_LEAST ? POINTS_LEAST
                                                 : points;
    UST_TRY(ust_plot_settings(run, &report->settings));
    UST_TRY(ust_plot_milestones(run, &report->settings, report->milestone));
    UST_TRY(ust_plot_why(run, &report->settings, &report->why));
    double *well = ust_arena_alloc(run->arena, double, n + 1);
    UST_TRY(ust_plot_kpi(run, "attainment", all, well));
    report->answered_well = ust_plot_quantile(well, n, 0.5);
    return UST_OK;
}

static enum ust_status sections(struct ust_report *report)
{
    UST_TRY(ust_report_verdict(report));
    UST_TRY(ust_report_failover(report));
    UST_TRY(ust_report_why(report));
    UST_TRY(ust_report_size(report));
    UST_TRY(ust_report_basin(report));
    UST_TRY(ust_report_kpis(report));
    UST_TRY(ust_report_tables(report));
    return ust_report_source(report);
}

enum ust_status ust_report_make(const struct ust_plot_run *run, uint32_t replication,
                                struct ust_text *out)
{
    struct ust_report report = {.run = run, .out = out, .replication = replication};
    bool there = replication == 0;
    for (uint32_t i = 0; i < run->replications_n; i++)
        there |= run->replication[i] == replication;
    if (!there)
        return UST_INVALID;
    if (replication == 0 && run->replications_n > 0)
        report.replication = run->replication[0];
    const char *nonce = run->digest != NULL ? run->digest : run->scenario_hash;
    report.charts = json_array();
    enum ust_status status = prepare(&report);
    if (status == UST_OK) {
        head(&report, nonce);
        navigation(&report);
        status = sections(&report);
    }
    if (status == UST_OK) {
        ust_shell_footer(out);
        scripts(&report, nonce);
    }
    json_decref(report.charts);
    return status;
}
