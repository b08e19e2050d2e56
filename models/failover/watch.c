/* Waits until the standby has been well for a while; undoes the shift when it is not. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

enum { ROLL_BACK, ABORT, WAIT };
static const char *const breach_names[] = {"roll_back", "abort", "wait", NULL};
static const char *const indicator_names[] = {"errors", "utilisation", "wait", NULL};

#define SHARE      0.05
#define WAIT_BOUND (100 * UST_MS)

struct params {
    struct ust_step_common common;
    struct ust_items services;
    int indicator, on_breach;
    double share;
    ust_time wait, every, hold;
    int64_t breaches;
    const struct ust_node *share_node, *wait_node, *every_node;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    UST_STEP_SERVICES(struct params, "Services whose pools in the standby are watched."),
    {.key = "indicator",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, indicator),
     .choices = indicator_names,
     .fallback = "errors",
     .help = "Of the standby's pools together. errors: attempts that they turn away or answer "
             "with an error, over those that reach them; utilisation: slots in use, over those "
             "that are there; wait: mean time in the queue."},
    {.key = "bound",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, share),
     .low = 0,
     .high = 1,
     .fallback = "5 %",
     .given = offsetof(struct params, share_node) + 1,
     .help = "Errors and utilisation may be so large."},
    {.key = "wait_bound",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, wait),
     .low = 0,
     .high = 86400,
     .fallback = "100 ms",
     .given = offsetof(struct params, wait_node) + 1,
     .help = "The mean wait may be so long."},
    {.key = "every",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, every),
     .low = 0,
     .high = 86400,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_UNWRITTEN,
     .fallback = "10 s",
     .given = offsetof(struct params, every_node) + 1,
     .help = "It looks so often, each time at what has been since the last look."},
    {.key = "hold",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, hold),
     .high = UST_DURATION_MAX_S,
     .fallback = "5 min",
     .help = "The step is over when all has been well for so long."},
    {.key = "breaches",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, breaches),
     .low = 1,
     .high = 1000,
     .fallback = "3",
     .help = "So many looks in a row beyond the bound are a breach."},
    {.key = "on_breach",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, on_breach),
     .choices = breach_names,
     .fallback = "roll_back",
     .help = "roll_back: all users are sent back, and the plan ends; abort: the plan stops "
             "where it is; wait: until it has been well for `hold` after all."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    bool waits = params->indicator + 1 == UST_INDICATOR_WAIT;
    const struct ust_node *idle = waits ? params->share_node : params->wait_node;
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    (void)node;
    bool told = waits ? params->share < SHARE || params->share > SHARE
                      : params->wait != WAIT_BOUND; /* the defaults may stand there */
    if (idle != NULL && told)
        (void)ust_diag_error(spec->diag, idle->key_place, "'%s' has no meaning with '%s'",
                             idle->key, indicator_names[params->indicator]);
    if (params->every_node != NULL && params->hold > 0 && params->every > params->hold)
        (void)ust_diag_error(spec->diag, params->every_node->place,
                             "'every' is %s, longer than 'hold', %s",
                             ust_time_text(params->every, a), ust_time_text(params->hold, b));
}

static void scope(const void *from, struct ust_step_scope *out)
{
    const struct params *params = from;
    out->services = &params->services;
    out->indicator = params->indicator + 1;
}

static void begin(const void *from, const struct ust_step_view *view, struct ust_rng *rng,
                  struct ust_step_memory *memory)
{
    const struct params *params = from;
    (void)rng;
    memory->quiet = view->now;
    memory->until = view->now + params->every;
}

static bool beyond(const struct params *params, double indicator)
{
    double bound =
        params->indicator + 1 == UST_INDICATOR_WAIT ? (double)params->wait : params->share;
    return indicator > bound; /* with nothing to go by, nothing is wrong */
}

static struct ust_step_answer breach(const struct params *params, struct ust_step_answer answer)
{
    if (params->on_breach == ROLL_BACK)
        answer.verdict = UST_STEP_ROLLS_BACK;
    if (params->on_breach == ABORT)
        answer.verdict = UST_STEP_ABORTS;
    return answer;
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    struct ust_step_answer answer = {.next = memory->until, .moved = -1};
    if (view->now < memory->until)
        return answer;
    memory->until = answer.next = view->now + params->every;
    if (beyond(params, view->indicator)) {
        memory->quiet = view->now;
        memory->breach++;
        return memory->breach >= params->breaches ? breach(params, answer) : answer;
    }
    memory->breach = 0;
    if (view->now - memory->quiet >= params->hold)
        answer.verdict = UST_STEP_OVER;
    return answer;
}

const struct ust_step_type ust_step_watch = {
    .kind = {.name = "watch",
             .help =
                 "Waits until the standby has been well for a while; else undoes the shift.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .begin = begin,
    .look = look,
};
