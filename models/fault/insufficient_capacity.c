/* The provider has no capacity to give: launch requests are refused. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    double refused;
    struct ust_items zones, types; /* const char * */
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_ZONES(struct params, 0, "Zones without capacity, all where absent"),
    UST_FAULT_SERVICE(struct params),
    {.key = "types",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, types),
     .low = 1,
     .high = 256,
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .help =
         "Instance types that cannot be had, by the names of their resource personas, those "
         "of 'alternatives' and 'nodes' included; all where absent."},
    {.key = "refused",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, refused),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help = "Share of launch requests that are refused at full strength; instances that run "
             "are not touched."},
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
    *out = ust_fault_scope_zones(&params->common, params->service, params->service_node,
                                 &params->zones);
    out->types = &params->types;
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->refused = level * params->refused;
}

static uint32_t needs(const void *unused)
{
    (void)unused;
    return UST_FAULT_NEEDS_LAUNCHES;
}

const struct ust_fault_type ust_fault_insufficient_capacity = {
    .kind = {.name = "insufficient_capacity",
             .help = "The provider has no capacity to give: launch requests are refused, by "
                     "zone and instance type.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
