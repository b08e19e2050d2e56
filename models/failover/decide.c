/* Somebody, or something, decides to fail over. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

enum { AUTOMATIC, HUMAN };
static const char *const deciders[] = {"automatic", "human", NULL};

struct params {
    struct ust_step_common common;
    int by;
    struct ust_dist delay;
    double declines;
    bool anyway;
    const struct ust_node *delay_node;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    {.key = "by",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, by),
     .choices = deciders,
     .fallback = "automatic",
     .help = "automatic: at once, whatever `delay` says; human: after `delay`."},
    {.key = "delay",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, delay),
     .high = UST_DURATION_MAX_S,
     .fallback = "lognormal(mean 5 min, cv 1)",
     .given = offsetof(struct params, delay_node) + 1,
     .help = "How long a person takes to notice, to understand and to decide. The 5 minutes "
             "are those in which Netflix decided on an evacuation (2018); their spread is an "
             "assumption."},
    {.key = "declines",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, declines),
     .low = 0,
     .high = 1,
     .fallback = "0 %",
     .help = "Probability that the answer is no, and the plan stops."},
    {.key = "anyway",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, anyway),
     .fallback = "false",
     .help = "false: a region that is well again by then was a false alarm, and the plan is "
             "called off; true: the decision does not look. A planned evacuation is of a "
             "region that is well."},
    {.key = NULL},
};

static void begin(const void *from, const struct ust_step_view *view, struct ust_rng *rng,
                  struct ust_step_memory *memory)
{
    const struct params *params = from;
    /* Two draws whatever comes of them, so that both deciders meet the same later ones. */
    ust_time delay = ust_dist_time(&params->delay, rng);
    memory->refused = ust_rng_unit(rng) < params->declines;
    memory->until = view->now + (params->by == HUMAN ? delay : 0);
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    struct ust_step_answer answer = {.next = memory->until, .moved = -1};
    if (view->now < memory->until)
        return answer;
    bool well = !view->planned && !view->lost && !params->anyway;
    answer.verdict = well              ? UST_STEP_CALLED_OFF
                     : memory->refused ? UST_STEP_ABORTS
                                       : UST_STEP_OVER;
    return answer;
}

const struct ust_step_type ust_step_decide = {
    .kind = {.name = "decide",
             .help = "The decision to fail over: automatic, or a person's, who takes time.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .begin = begin,
    .look = look,
};
