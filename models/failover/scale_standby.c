/* The standby's pools grow, and the plan waits until they have. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

struct params {
    struct ust_step_common common;
    struct ust_items services;
    int64_t instances;
    double factor, ready;
    const struct ust_node *instances_node, *factor_node;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    UST_STEP_SERVICES(struct params, "Services whose pools grow; all where absent."),
    {.key = "instances",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, instances),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct params, instances_node) + 1,
     .help = "So many in each of these pools at least, until fail_back is over."},
    {.key = "factor",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, factor),
     .low = 0,
     .high = 100,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct params, factor_node) + 1,
     .fallback = "100 %",
     .unless = "instances",
     .help = "Or as many as the region that is left wants for the same service at that moment, "
             "times this, rounded up, and never more than the pool's `max`."},
    {.key = "ready",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, ready),
     .low = 0,
     .high = 1,
     .fallback = "100 %",
     .help = "The step is over when this share of them is in service and healthy, in each "
             "pool; 0 %: as soon as they are asked for."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    (void)node;
    if (params->instances_node != NULL && params->factor_node != NULL)
        (void)ust_diag_error(spec->diag, params->factor_node->key_place,
                             "'instances' and 'factor' both say how many; one is enough");
}

static void scope(const void *from, struct ust_step_scope *out)
{
    const struct params *params = from;
    out->services = &params->services;
    out->instances = params->instances;
    out->instances_node = params->instances_node;
    out->factor = params->instances > 0 ? 0 : params->factor;
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    (void)memory;
    return (struct ust_step_answer){.verdict = view->ready >= params->ready ? UST_STEP_OVER
                                                                            : UST_STEP_GOES_ON,
                                    .next = UST_NEVER,
                                    .moved = -1};
}

const struct ust_step_type ust_step_scale_standby = {
    .kind = {.name = "scale_standby",
             .help = "The standby's pools grow, and the plan waits until they are ready.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .look = look,
};
