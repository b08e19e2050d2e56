/* A share of the capacity is gone: of the instances, or of every instance's slots. */
#include "models/fault/common.h"

enum of { OF_INSTANCES, OF_SLOTS };
static const char *const of_names[] = {"instances", "slots", NULL};

enum launches { LAUNCHES_ALLOWED, LAUNCHES_BLOCKED };
static const char *const launches_names[] = {"allowed", "blocked", NULL};

struct params {
    struct ust_fault_common common;
    double share;
    int of, launches;
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    UST_FAULT_SHARE(struct params, UST_FIELD_REQUIRED,
                    "Share of the capacity that is lost at full strength."),
    {.key = "of",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, of),
     .choices = of_names,
     .fallback = "instances",
     .help = "instances: so many of them die; slots: every instance serves so many fewer "
             "requests at once, and 'in_flight' is for those that were served last."},
    {.key = "launches",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, launches),
     .choices = launches_names,
     .fallback = "allowed",
     .help = "Whether new instances can be had meanwhile; blocked: the control plane has no "
             "capacity to give."},
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_RETURNS(struct params),
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
    if (params->of == OF_INSTANCES)
        out->instances_lost = level * params->share;
    else
        out->slots_lost = level * params->share;
    out->no_launches = params->launches == LAUNCHES_BLOCKED;
}

const struct ust_fault_type ust_fault_capacity_loss = {
    .kind = {.name = "capacity_loss",
             .help = "A share of the capacity is gone: of the instances, or of every "
                     "instance's slots.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
};
