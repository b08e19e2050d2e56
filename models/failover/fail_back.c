/* The region is well again, and its users return. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

struct params {
    struct ust_step_common common;
    struct ust_dist after;
    struct ust_ramp ramp;
    double followed;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    {.key = "after",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, after),
     .high = UST_DURATION_MAX_S,
     .fallback = "0 s",
     .help = "The region has to be healthy for so long without a break, counted from the "
             "beginning of the step at the earliest; a distribution where people decide."},
    UST_STEP_RAMP(struct params, "They are sent back"),
    {.key = "followed",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, followed),
     .low = 0,
     .high = 1,
     .fallback = "99 %",
     .help = "The step is over when this share of them is back, and the standby may shrink "
             "then; 0 %: as soon as all have been told."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    (void)node;
    ust_ramp_check(spec, &params->ramp);
}

static void scope(const void *from, struct ust_step_scope *out)
{
    const struct params *params = from;
    out->shifts = true;
    out->returns = true;
    out->follow = params->followed;
}

static void begin(const void *from, const struct ust_step_view *view, struct ust_rng *rng,
                  struct ust_step_memory *memory)
{
    const struct params *params = from;
    (void)view;
    memory->takes = ust_dist_time(&params->after, rng);
    memory->until = UST_NEVER; /* when they begin to return */
}

/* A region that is lost again while its users return keeps nobody: they go, and it waits. */
static struct ust_step_answer waits(const struct ust_step_view *view,
                                    struct ust_step_memory *memory)
{
    struct ust_step_answer answer = {.next = UST_NEVER, .moved = 1};
    memory->until = UST_NEVER;
    if (view->lost)
        return answer;
    ust_time from = view->since > view->began ? view->since : view->began;
    answer.next = from + memory->takes;
    if (view->now >= answer.next)
        memory->until = view->now;
    return answer;
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    if (view->lost || memory->until == UST_NEVER) {
        struct ust_step_answer answer = waits(view, memory);
        if (memory->until == UST_NEVER)
            return answer;
    }
    ust_time age = view->now - memory->until;
    struct ust_step_answer answer = {.moved = 1 - ust_ramp_share(&params->ramp, age),
                                     .next = ust_ramp_next(&params->ramp, age)};
    if (answer.next != UST_NEVER)
        answer.next += memory->until;
    else if (params->followed <= 0 || (view->moved <= 0 && view->followed >= params->followed))
        answer.verdict = UST_STEP_OVER;
    return answer;
}

const struct ust_step_type ust_step_fail_back = {
    .kind = {.name = "fail_back",
             .help = "The region is well again: its users return, and the standby may shrink.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .begin = begin,
    .look = look,
};
