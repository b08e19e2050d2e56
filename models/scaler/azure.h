/* What a profile of Azure Monitor's autoscale says: rules, and what it makes of forecasts.
 *
 * Predictive autoscale: rules also see the CPU that a forecast says of the time ahead,
 *
 *   cpu of a rule that increases = max(what its window says, forecast load / instances)
 *
 * so that the same rule acts, by the same number, before the load comes; and no rule that
 * decreases acts where the forecast would increase again. Only the average of cpu is forecast,
 * and it only scales out.
 */
#ifndef UST_MODELS_SCALER_AZURE_H
#define UST_MODELS_SCALER_AZURE_H

#include "models/scaler/forecast.h"

#define UST_AZURE_RULES_MAX 10 /* of a profile */

enum ust_azure_scale_mode {
    UST_AZURE_DISABLED,
    UST_AZURE_FORECAST_ONLY,
    UST_AZURE_ENABLED,
};

struct ust_azure_predictive {
    int mode; /* enum ust_azure_scale_mode */
    ust_time ahead;
    struct ust_outlook_params outlook;
    const struct ust_node *node;
};

enum ust_azure_statistic {
    UST_AZURE_AVERAGE,
    UST_AZURE_MINIMUM,
    UST_AZURE_MAXIMUM,
    UST_AZURE_SUM
};
enum ust_azure_aggregation {
    UST_AZURE_OVER_AVERAGE,
    UST_AZURE_OVER_MINIMUM,
    UST_AZURE_OVER_MAXIMUM,
    UST_AZURE_OVER_LAST
};
enum ust_azure_comparison {
    UST_AZURE_GREATER,
    UST_AZURE_GREATER_OR_EQUAL,
    UST_AZURE_LESS,
    UST_AZURE_LESS_OR_EQUAL
};
enum ust_azure_change { UST_AZURE_COUNT, UST_AZURE_PERCENT, UST_AZURE_EXACT };

struct ust_azure_rule {
    int metric, statistic, aggregation, compare, decrease, type;
    bool per_instance;
    struct ust_level threshold;
    ust_time window, cooldown;
    int64_t value;
    const struct ust_node *threshold_node, *window_node;
};

struct ust_azure_params {
    ust_time period;
    int64_t otherwise; /* the default capacity; -1: the pool's minimum */
    struct ust_items rules;
    struct ust_azure_predictive predictive;
};

/* The keys of the kind, and what no single one of them can know. */
extern const struct ust_field ust_azure_fields[];
void ust_azure_check(struct ust_spec *spec, const void *params, const struct ust_node *node);

/* Reads the history of loads, where a forecast needs it. */
enum ust_status ust_azure_bind(struct ust_spec *spec, void *params, const struct ust_node *node,
                               const struct ust_scaler_world *world);

/* Is it a rule that a forecast speaks to? The first of them; NULL: none is. */
bool ust_azure_foreseen(const struct ust_azure_rule *rule);
const struct ust_azure_rule *ust_azure_first_foreseen(const struct ust_azure_params *params);

#endif
