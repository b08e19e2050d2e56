/* Makes sure that the region is lost, before anything is done about it. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

struct params {
    struct ust_step_common common;
    ust_time confirm;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    {.key = "confirm",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, confirm),
     .high = UST_DURATION_MAX_S,
     .fallback = "0 s",
     .help = "The health checks have to call it lost for so long without a break. A region "
             "that is well again before that was a false alarm: the plan is called off, and "
             "waits for the next one. A planned evacuation has nothing to detect."},
    {.key = NULL},
};

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    struct ust_step_answer answer = {.next = UST_NEVER, .moved = -1};
    (void)memory;
    if (view->planned) {
        answer.verdict = UST_STEP_OVER;
    } else if (!view->lost) {
        answer.verdict = UST_STEP_CALLED_OFF;
    } else if (view->now >= view->since + params->confirm) {
        answer.verdict = UST_STEP_OVER;
    } else {
        answer.next = view->since + params->confirm;
    }
    return answer;
}

const struct ust_step_type ust_step_detect = {
    .kind = {.name = "detect",
             .help = "Makes sure that the region is lost: for so long without a break.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .look = look,
};
