/* No metrics arrive: scalers are blind. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    double share;
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    UST_FAULT_SHARE(struct params, 0,
                    "Share of what is reported that never arrives at full strength, each "
                    "report by its own chance."),
    UST_FAULT_WHEN(struct params),
};

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, params->service, params->service_node);
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->metrics_lost = level * params->share;
}

static uint32_t needs(const void *unused)
{
    (void)unused;
    return UST_FAULT_NEEDS_SCALING;
}

const struct ust_fault_type ust_fault_metric_blackout = {
    .kind = {.name = "metric_blackout",
             .help = "No metrics arrive: scalers are blind, and do what their vendors' do with "
                     "missing data.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
