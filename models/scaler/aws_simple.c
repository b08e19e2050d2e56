/* Simple scaling of Amazon EC2 Auto Scaling: one adjustment an alarm, and then nothing until
 * the instances have come or gone and the cooldown is over.
 *
 *   alarm ──▶ adjust ──▶ launching or terminating ──last one done──▶ cooldown ──▶ alarm counts
 */
#include "models/scaler/aws.h"

struct side {
    struct ust_aws_policy policy;
    int64_t value;
    ust_time cooldown;
    const struct ust_node *value_node, *cooldown_node;
};

struct params {
    struct ust_aws_watch watch;
    ust_time cooldown;
    struct side out, in;
};

enum { OVER, DECIDED, SEEN };

struct state {
    struct ust_aws_alarms alarms;
    bool begun;     /* there has been an activity of this policy */
    int activity;   /* OVER, DECIDED, or SEEN to go on */
    ust_time since; /* its decision; once it is over, its end */
    ust_time rest;  /* its cooldown */
    uint8_t points[];
};

#define SIDE_FIELDS(words, word)                                                               \
    {                                                                                          \
        UST_AWS_POLICY_FIELDS(struct side, policy, words, word),                               \
            UST_AWS_ADJUSTMENT_FIELD(struct side, value),                                      \
            {.key = "cooldown",                                                                \
             .kind = UST_FIELD_DURATION,                                                       \
             .offset = offsetof(struct side, cooldown),                                        \
             .low = 0,                                                                         \
             .high = 86400,                                                                    \
             .given = offsetof(struct side, cooldown_node) + 1,                                \
             .help = "Of this policy, in place of the group's."},                              \
        {                                                                                      \
            .key = NULL                                                                        \
        }                                                                                      \
    }

static const struct ust_field out_fields[] =
    SIDE_FIELDS(ust_aws_above, "greater_than_or_equal");
static const struct ust_field in_fields[] = SIDE_FIELDS(ust_aws_below, "less_than_or_equal");

static const struct ust_field fields[] = {
    UST_AWS_WATCH_FIELDS(struct params, watch),
    {.key = "cooldown",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, cooldown),
     .low = 0,
     .high = 86400,
     .fallback = "300 s",
     .help = "Quiet time after an activity, from when its last instance has come into service "
             "or is gone (the group's default cooldown)."},
    UST_AWS_SIDES_FIELDS(struct params, out_fields, in_fields),
    {.key = NULL},
};

static void check_side(struct ust_spec *spec, int metric, const struct side *side, bool out)
{
    bool exact = side->policy.adjustment == UST_AWS_EXACT;
    if (!side->policy.node)
        return;
    ust_aws_policy_check(spec, &side->policy, metric);
    if (exact ? side->value < 0 : out ? side->value <= 0 : side->value >= 0)
        ust_diag_error(spec->diag, side->value_node->place, "'adjustment' is %lld, must be %s",
                       (long long)side->value,
                       exact ? "at least 0"
                       : out ? "above 0"
                             : "below 0");
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_aws_policies_check(spec, &params->out.policy, &params->in.policy, "aws_simple", node);
    check_side(spec, params->watch.metric, &params->out, true);
    check_side(spec, params->watch.metric, &params->in, false);
}

/* When what was going on came to its end: with its last instance, else within the period that
 * has just passed, at once if nobody was ever seen to come or go. */
static ust_time ended(const struct state *state, const struct ust_scaler_view *view)
{
    ust_time last = state->activity == SEEN ? view->now : state->since;
    for (uint32_t i = 0; i < view->n; i++) {
        ust_time ready = view->instance[i].ready;
        if (ready != UST_NEVER && ready > state->since && (last == view->now || ready > last))
            last = ready;
    }
    return last;
}

/* Is the last activity over, and its cooldown too? What comes and goes for other reasons, a
 * replacement, has to end as well. */
static bool rested(struct state *state, const struct ust_scaler_view *view, bool launching)
{
    if (launching || view->leaving > 0) {
        state->activity = SEEN;
        return false;
    }
    if (state->activity != OVER) {
        state->since = ended(state, view);
        state->activity = OVER;
    }
    return !state->begun || view->now - state->since >= state->rest;
}

static struct ust_scaler_answer act(const struct params *params, const struct side *side,
                                    struct state *state, const struct ust_scaler_view *view,
                                    const char *reason)
{
    int64_t change =
        ust_aws_change(side->policy.adjustment, side->value, view->desired, side->policy.least);
    int64_t desired = view->desired + change;
    desired = desired < view->min ? view->min : desired > view->max ? view->max : desired;
    if (desired == view->desired)
        return (struct ust_scaler_answer){.desired = desired};
    state->begun = true;
    state->activity = DECIDED;
    state->since = view->now;
    state->rest = side->cooldown_node ? side->cooldown : params->cooldown;
    return (struct ust_scaler_answer){.desired = desired, .reason = reason};
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const struct ust_aws_reading point = ust_aws_read(view, params->watch.metric, 0);
    const struct ust_aws_verdict verdict =
        ust_aws_watch(&state->alarms, state->points, &params->watch, &params->out.policy,
                      &params->in.policy, &point);
    const bool free = rested(state, view, point.launching);
    if (verdict.out && free)
        return act(params, &params->out, state, view, "alarm: out");
    if (verdict.in && free)
        return act(params, &params->in, state, view, "alarm: in");
    return (struct ust_scaler_answer){.desired = view->desired};
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    return sizeof(struct state) + ust_aws_alarms_bytes(&params->out.policy, &params->in.policy);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->watch.period;
}

static unsigned metrics(const void *params)
{
    return ust_scaler_bit(((const struct params *)params)->watch.metric);
}

const struct ust_scaler_type ust_scaler_aws_simple = {
    .kind = {.name = "aws_simple",
             .help =
                 "Simple scaling of Amazon EC2 Auto Scaling: one adjustment an alarm, then a "
                 "cooldown.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
};
