/* Health checks fail though their targets are well. */
#include "models/fault/common.h"

enum of { OF_INSTANCES, OF_REGION, OF_BOTH };
static const char *const of_names[] = {"instances", "region", "both", NULL};

struct params {
    struct ust_fault_common common;
    double share;
    int of;
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    UST_FAULT_SHARE(struct params, UST_FIELD_REQUIRED,
                    "Chance that a probe of something well fails, at full strength."),
    {.key = "of",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, of),
     .choices = of_names,
     .fallback = "instances",
     .help =
         "instances: the balancers' probes, so that sound instances leave the balancer, and "
         "are replaced where the pool scales; region: routing's probes of the region, so "
         "that traffic leaves it; both."},
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
    if (params->of != OF_REGION)
        out->false_alarms = level * params->share;
    if (params->of != OF_INSTANCES)
        out->region_false_alarms = level * params->share;
}

static uint32_t needs(const void *from)
{
    const struct params *params = from;
    static const uint32_t by_of[] = {
        UST_FAULT_NEEDS_INSTANCE_CHECKS, UST_FAULT_NEEDS_REGION_CHECKS,
        UST_FAULT_NEEDS_INSTANCE_CHECKS | UST_FAULT_NEEDS_REGION_CHECKS};
    return by_of[params->of];
}

const struct ust_fault_type ust_fault_health_check_false_positives = {
    .kind = {.name = "health_check_false_positives",
             .help = "Health checks fail though their targets are well: balancers drop sound "
                     "instances, or routing a sound region.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
