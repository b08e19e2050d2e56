/* The report: one HTML file that answers first and explains below.
 *
 *   verdict ─ what happens ─ why ─ (basin) ─ over the whole run ─ tables ─ what was run
 *
 * Each section is one file and one function that adds HTML to `out`; charts add their data to
 * `charts`, which ends up as JSON in the page and is drawn by report.js. The page asks nothing
 * of any network, says everything that matters without its script, and is the same bytes for
 * the same database.
 */
#ifndef UST_PLOTS_REPORT_H
#define UST_PLOTS_REPORT_H

#include <jansson.h>

#include "plots/band.h"
#include "plots/data.h"
#include "plots/loss.h"
#include "plots/milestone.h"
#include "sim/base/text.h"

struct ust_report {
    const struct ust_plot_run *run;
    struct ust_text *out;
    uint32_t replication; /* whose events are listed; 0: the run has none */
    uint32_t points_max;  /* of one chart over the whole run */
    json_t *charts;
    struct ust_milestone milestone[UST_MOMENTS];
    struct ust_readiness_settings settings;
    struct ust_why why;
    double answered_well; /* of all that was offered, median over replications */
};

/* replication 0: the first one there. UST_INVALID: no such replication, nothing printed. */
enum ust_status ust_report_make(const struct ust_plot_run *run, uint32_t replication,
                                struct ust_text *out);

/* The page of a study, from its index (report_study.c); failures are printed. */
enum ust_status ust_report_study(const char *path, struct ust_text *out);

enum ust_status ust_report_verdict(struct ust_report *report);
enum ust_status ust_report_failover(struct ust_report *report);
enum ust_status ust_report_why(struct ust_report *report);
bool ust_report_has_basin(const struct ust_report *report);
enum ust_status ust_report_basin(struct ust_report *report);
/* And of sizes. */
bool ust_report_has_size(const struct ust_report *report);
enum ust_status ust_report_size(struct ust_report *report);
enum ust_status ust_report_kpis(struct ust_report *report);
enum ust_status ust_report_tables(struct ust_report *report);
enum ust_status ust_report_refusals(struct ust_report *report);
enum ust_status ust_report_events(struct ust_report *report);
enum ust_status ust_report_warmup(struct ust_report *report);
enum ust_status ust_report_source(struct ust_report *report);

/* Offered, answered well and capacity in requests a second (report_demand.c). */
enum ust_status ust_report_demand(struct ust_report *report, const char *title,
                                  struct ust_plot_window window, bool whole);

/* ---- charts (report_chart.c) ---- */

/* Colours are roles in report.css: --c0 is ink, --c1 to --c7 the palette. */
struct ust_line {
    const char *name;
    int colour;
    bool dashed;
    struct ust_plot_series *series; /* freed by ust_report_chart */
};

struct ust_chart {
    const char *title, *about; /* about: below the title, or NULL */
    const char *unit;          /* "req/s", "s", "%", "instances", "USD/h", "req" */
    const char *missing;       /* the sentence instead of an empty chart */
    const char *zero;          /* the sentence when all is zero, or NULL: draw it */
    bool wide, logarithmic;
    bool whole; /* covers the whole run: zooms together with the others */
    const struct ust_line *lines;
    uint32_t lines_n;
};

/* Adds the chart's figure; its lines' series are folded into bands and freed. */
void ust_report_chart(struct ust_report *report, const struct ust_chart *chart);

#endif
