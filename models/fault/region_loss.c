/* A region is lost: its instances, its balancers, and its control plane. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, UST_FIELD_REQUIRED, "Region that is lost."),
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_RETURNS(struct params),
    UST_FAULT_WHEN(struct params),
};

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, NULL, NULL);
}

/* Along a ramp instances die one by one; only at full strength the region is dark. Until it is
 * whole again its control plane starts nothing. */
static void effect(const void *params, double level, struct ust_fault_effect *out)
{
    (void)params;
    out->instances_lost = level;
    out->region_down = level >= 1;
    out->no_launches = true;
}

const struct ust_fault_type ust_fault_region_loss = {
    .kind = {.name = "region_loss",
             .help = "A region is lost: instances, balancers and control plane. Along a ramp "
                     "its instances go one by one.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
};
