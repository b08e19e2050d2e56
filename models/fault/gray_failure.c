/* Some hosts are slow or err, and their health checks still pass. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    double hosts, factor, errors;
    struct ust_items zones; /* const char * */
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_ZONES(struct params, 0, "Zones that are hit, all where absent"),
    UST_FAULT_SERVICE(struct params),
    {.key = "hosts",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, hosts),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help = "Share of the instances in scope that are hit. An instance that is replaced comes "
             "back sound, unless all are hit."},
    {.key = "factor",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, factor),
     .low = 1,
     .high = 1e6,
     .fallback = "1",
     .help = "Factor on their service times at full strength."},
    {.key = "errors",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, errors),
     .high = 1,
     .fallback = "0 %",
     .help = "Share of the requests that they answer with an error at full strength, at once: "
             "to a balancer that counts outstanding requests they look idle."},
    UST_FAULT_WHEN(struct params),
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_fault_check(spec, from, node);
    ust_fault_check_zones(spec, &params->zones, params->common.region);
    if (params->factor <= 1 && params->errors <= 0)
        (void)ust_diag_error(spec->diag, ust_fault_place(node),
                             "a gray failure needs a 'factor' over 1, or 'errors'");
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_zones(&params->common, params->service, params->service_node,
                                 &params->zones);
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->hosts = params->hosts;
    out->slow = 1 + level * (params->factor - 1);
    out->errors = level * params->errors;
}

const struct ust_fault_type ust_fault_gray_failure = {
    .kind = {.name = "gray_failure",
             .help = "Some hosts are slow or err, and their health checks still pass.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
};
