/* Service takes longer: the gray failure that health checks do not see. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    double factor;
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    {.key = "factor",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, factor),
     .low = 1,
     .high = 1e6,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .help = "Factor on service times at full strength: 3 makes them three times as long."},
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
    out->slow = 1 + level * (params->factor - 1);
}

const struct ust_fault_type ust_fault_slow_down = {
    .kind = {.name = "slow_down",
             .help = "Service takes longer by a factor; health checks still pass.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
};
