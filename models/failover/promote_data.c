/* The standby's copy of the data becomes the one that is written to. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

struct params {
    struct ust_step_common common;
    struct ust_items services;
    struct ust_dist duration; /* type NULL: as the data says, or ASSUMED */
    const struct ust_node *duration_node;
};

#define ASSUMED (60 * UST_S)

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    UST_STEP_SERVICES(struct params, "Services whose data is promoted; all where absent."),
    {.key = "duration",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, duration),
     .high = UST_DURATION_MAX_S,
     .fallback = "auto",
     .word = "auto",
     .given = offsetof(struct params, duration_node) + 1,
     .help = "How long the promotion takes of services that have no `data`; auto: a minute, "
             "Aurora Global Database promises less. In a planned evacuation the rest is copied "
             "first, as long as the replication lag, so that nothing is lost; later losses of "
             "the region lose no data. A service with `data` says so itself in `promotion`, "
             "and the step is over when that has ended."},
    {.key = NULL},
};

static void scope(const void *from, struct ust_step_scope *out)
{
    const struct params *params = from;
    out->services = &params->services;
    out->promotes = true;
    out->duration_node = params->duration.type != NULL ? params->duration_node : NULL;
}

static void begin(const void *from, const struct ust_step_view *view, struct ust_rng *rng,
                  struct ust_step_memory *memory)
{
    const struct params *params = from;
    bool stated = params->duration.type != NULL;
    memory->takes = stated ? ust_dist_time(&params->duration, rng) : ASSUMED;
    memory->until = view->now;
    if (view->assumed)
        memory->until += memory->takes + (view->planned ? view->lag : 0);
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    (void)from;
    bool passed = view->now >= memory->until;
    bool over = passed && !view->promoting;
    return (struct ust_step_answer){.verdict = over ? UST_STEP_OVER : UST_STEP_GOES_ON,
                                    .next = passed ? UST_NEVER : memory->until,
                                    .moved = -1};
}

const struct ust_step_type ust_step_promote_data = {
    .kind = {.name = "promote_data",
             .help = "The standby's copy of the data becomes the one that is written to.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .scope = scope,
    .begin = begin,
    .look = look,
};
