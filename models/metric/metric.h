/* Metrics: one line each in metrics.def gives number, name, unit, direction, summary and scope.
 */
#ifndef UST_MODELS_METRIC_H
#define UST_MODELS_METRIC_H

enum ust_metric {
#define UST_METRIC(id, unit, better, summary, per, help) UST_METRIC_##id,
#include "models/metric/metrics.def"
#undef UST_METRIC
    UST_METRICS
};

enum ust_better { UST_LOWER, UST_HIGHER, UST_NEITHER };
enum ust_summary { UST_SUM, UST_MEAN, UST_MAX, UST_RATIO, UST_QUANTILE };
enum ust_metric_scope { UST_PER_PERSONA, UST_PER_POOL };

struct ust_metric_facts {
    const char *name, *unit, *help;
    enum ust_better better;
    enum ust_summary summary;
    enum ust_metric_scope scope;
};

extern const struct ust_metric_facts ust_metrics[UST_METRICS];
extern const char *const ust_better_names[];  /* "lower", "higher", "neither" */
extern const char *const ust_summary_names[]; /* "sum", "mean", "max", "ratio", "quantile" */

#endif
