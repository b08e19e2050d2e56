/* A share of the requests is answered with an error. */
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
    UST_FAULT_SHARE(struct params, UST_FIELD_REQUIRED,
                    "Share of the requests that end in an error at full strength."),
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
    out->errors = level * params->share;
}

const struct ust_fault_type ust_fault_error_burst = {
    .kind = {.name = "error_burst",
             .help = "A share of the requests is answered with an error; health checks still "
                     "pass.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
};
