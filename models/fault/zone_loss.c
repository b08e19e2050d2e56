/* One or more zones of a region are lost with all their instances. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    struct ust_items zones; /* const char * */
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, UST_FIELD_REQUIRED, "Region whose zones are lost."),
    UST_FAULT_ZONES(struct params, UST_FIELD_REQUIRED, "Zones that are lost"),
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_RETURNS(struct params),
    UST_FAULT_WHEN(struct params),
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_fault_check(spec, from, node);
    ust_fault_check_zones(spec, &params->zones, params->common.region);
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_zones(&params->common, NULL, NULL, &params->zones);
}

static void effect(const void *params, double level, struct ust_fault_effect *out)
{
    (void)params;
    out->instances_lost = level;
    out->no_launches = true;
}

const struct ust_fault_type ust_fault_zone_loss = {
    .kind = {.name = "zone_loss",
             .help = "Zones of a region are lost with all their instances; nothing starts in "
                     "them until they are back. Along a ramp their instances go one by one.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
};
