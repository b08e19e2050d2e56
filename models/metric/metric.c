#include "models/metric/metric.h"

#define SCOPE_P  UST_PER_PERSONA
#define SCOPE_RS UST_PER_POOL

const struct ust_metric_facts ust_metrics[UST_METRICS] = {
#define UST_METRIC(id, unit, better, summary, per, help)                                       \
    {#id, unit, help, UST_##better, UST_##summary, SCOPE_##per},
#include "models/metric/metrics.def"
#undef UST_METRIC
};

const char *const ust_better_names[] = {"lower", "higher", "neither"};
const char *const ust_summary_names[] = {"sum", "mean", "max", "ratio", "quantile"};
