/* The control plane is out: what runs goes on, but nothing can be changed. */
#include "models/fault/common.h"

enum metrics { METRICS_FRESH, METRICS_NONE };
static const char *const metrics_names[] = {"fresh", "none", NULL};

struct params {
    struct ust_fault_common common;
    double failing;
    int metrics;
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    {.key = "failing",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, failing),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help =
         "Share of launch requests that fail at full strength. At 100 % nothing is launched "
         "or terminated, and no scaler decides; what was on its way never arrives. Below, "
         "scalers go on and meet failing launches."},
    {.key = "metrics",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, metrics),
     .choices = metrics_names,
     .fallback = "fresh",
     .help = "none: nothing is reported to scalers meanwhile either; along ramps a share."},
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
    double failing = level * params->failing;
    out->no_control = failing >= 1;
    out->refused = failing;
    out->metrics_lost = params->metrics == METRICS_NONE ? level : 0;
}

static uint32_t needs(const void *unused)
{
    (void)unused;
    return UST_FAULT_NEEDS_LAUNCHES;
}

const struct ust_fault_type ust_fault_control_plane_outage = {
    .kind = {.name = "control_plane_outage",
             .help = "The control plane is out: what runs goes on, but nothing is launched, "
                     "terminated or decided.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
