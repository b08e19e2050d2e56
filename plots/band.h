/* Series over simulated time, folded to as many points as a chart can show, and bands over
 * replications.
 *
 * A series is loaded per replication and folded while it is read, so memory is replications x
 * points whatever the length of the run. What folding means follows from the metric: counts
 * become a rate per second, levels a mean, and quantiles the largest of their intervals, so
 * that a peak is never averaged away.
 *
 *   intervals of one replication   ▏▏▏▏▏▏▏▏▏▏▏▏   10 s each
 *   points of a chart              └──┘└──┘└──┘   `step_s`, a whole number of intervals
 *
 * A band is the median and the 5 % and 95 % quantile over replications, point by point: nine of
 * ten replications lie inside it at any one time (not all the time).
 */
#ifndef UST_PLOTS_BAND_H
#define UST_PLOTS_BAND_H

#include <stdint.h>

#include "plots/data.h"

struct ust_plot_scope {
    uint32_t region, service, persona; /* 0: all */
};

struct ust_plot_window {
    double from_s, to_s; /* of simulated time */
    double step_s;       /* wanted width of a point; rounded up to whole intervals */
};

enum ust_plot_fold {
    UST_PLOT_RATE, /* sum / seconds */
    UST_PLOT_SUM,
    UST_PLOT_MEAN,
    UST_PLOT_MAX,
};

struct ust_plot_series {
    double start_s, step_s;
    uint32_t points, replications;
    double *value; /* [replication * points + point]; NAN: nothing there; freed by
                      ust_plot_series_free, because it grows with the replications */
};

struct ust_plot_band {
    double start_s, step_s;
    uint32_t points;
    double *low, *mid, *high; /* NAN where no replication has a value */
    bool empty;               /* no value anywhere */
};

/* The whole run in at most `points_max` points. */
struct ust_plot_window ust_plot_whole(const struct ust_plot_run *run, uint32_t points_max);

/* A metric at a scope. Where the run keeps it finer than asked, the parts are added (counts,
 * levels) or averaged by vCPU in service (ratios: cpu, memory, ...). A metric that the run does
 * not keep gives a series of NAN. */
enum ust_status ust_plot_series_load(const struct ust_plot_run *run, const char *metric,
                                     struct ust_plot_scope scope, struct ust_plot_window window,
                                     enum ust_plot_fold fold, struct ust_plot_series *series);

void ust_plot_series_free(struct ust_plot_series *series); /* NULL value is fine */

/* Point by point, in place; a NAN on either side gives NAN. `divide` gives NAN for x / 0. */
void ust_plot_series_scale(struct ust_plot_series *series, double factor);
void ust_plot_series_divide(struct ust_plot_series *series, const struct ust_plot_series *by);
void ust_plot_series_add(struct ust_plot_series *series, const struct ust_plot_series *more);

struct ust_plot_band ust_plot_band(const struct ust_plot_run *run,
                                   const struct ust_plot_series *series);

/* Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan), of
 * values that may hold NAN, which are left out, and INFINITY, which sorts last. Sorts in place.
 * NAN when nothing is left. */
double ust_plot_quantile(double *value, uint32_t n, double p);

/* Per replication values of a metric's summary (table kpi) at a scope, parts added; values is
 * [replications_n]. */
enum ust_status ust_plot_kpi(const struct ust_plot_run *run, const char *metric,
                             struct ust_plot_scope scope, double *values);

/* The analysis' interval of a metric at exactly this scope; NAN where it made none. */
struct ust_plot_estimate {
    double mean, low, high, confidence;
    uint32_t n;
};
enum ust_status ust_plot_estimate(const struct ust_plot_run *run, const char *metric,
                                  struct ust_plot_scope scope, struct ust_plot_estimate *out);

#endif
