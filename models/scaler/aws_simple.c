/* Simple scaling of Amazon EC2 Auto Scaling: one adjustment an alarm, and then nothing until
 * the instances have come or gone and the cooldown is over.
 *
 *   alarm ──▶ adjust ──▶ launching or terminating ──last one done──▶ cooldown ──▶ alarm counts
 */
#include "models/scaler/aws.h"
#include "sim/base/limits.h"

struct side {
    struct ust_level threshold;
    int strict;
    struct ust_aws_alarm_params alarm;
    int adjustment;
    int64_t value, least;
    ust_time cooldown;
    const struct ust_node *threshold_node, *value_node, *cooldown_node, *node;
};

struct params {
    int metric, statistic;
    ust_time period, cooldown;
    struct side out, in;
};

enum { OVER, DECIDED, SEEN };

struct state {
    struct ust_aws_alarm out, in;
    bool begun;     /* there has been an activity of this policy */
    int activity;   /* OVER, DECIDED, or SEEN to go on */
    ust_time since; /* its decision; once it is over, its end */
    ust_time rest;  /* its cooldown */
    uint8_t points[];
};

static const char *const at_least[] = {"greater_than_or_equal", "greater_than", NULL};
static const char *const at_most[] = {"less_than_or_equal", "less_than", NULL};

#define SIDE_FIELDS(words, word)                                                               \
    {                                                                                          \
        {.key = "threshold",                                                                   \
         .kind = UST_FIELD_LEVEL,                                                              \
         .offset = offsetof(struct side, threshold),                                           \
         .flags = UST_FIELD_REQUIRED,                                                          \
         .given = offsetof(struct side, threshold_node) + 1,                                   \
         .help = "Of the alarm."},                                                             \
            {.key = "comparison",                                                              \
             .kind = UST_FIELD_CHOICE,                                                         \
             .offset = offsetof(struct side, strict),                                          \
             .choices = words,                                                                 \
             .fallback = word,                                                                 \
             .help = "When a point breaches."},                                                \
            UST_AWS_ALARM_FIELDS(struct side, alarm),                                          \
            {.key = "adjustment_type",                                                         \
             .kind = UST_FIELD_CHOICE,                                                         \
             .offset = offsetof(struct side, adjustment),                                      \
             .choices = ust_aws_adjustments,                                                   \
             .fallback = "change_in_capacity",                                                 \
             .help = "What the adjustment is: a number of instances, a percentage of the "     \
                     "capacity, or the capacity itself."},                                     \
            {.key = "adjustment",                                                              \
             .kind = UST_FIELD_INT,                                                            \
             .offset = offsetof(struct side, value),                                           \
             .low = -UST_INSTANCES_MAX,                                                        \
             .high = UST_INSTANCES_MAX,                                                        \
             .flags = UST_FIELD_REQUIRED,                                                      \
             .given = offsetof(struct side, value_node) + 1,                                   \
             .help = "Instances or percent to add (below 0: to remove), or the capacity that " \
                     "is set."},                                                               \
            {.key = "min_adjustment_magnitude",                                                \
             .kind = UST_FIELD_INT,                                                            \
             .offset = offsetof(struct side, least),                                           \
             .low = 0,                                                                         \
             .high = UST_INSTANCES_MAX,                                                        \
             .fallback = "0",                                                                  \
             .help = "A percentage changes the capacity by at least so many instances."},      \
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

static const struct ust_field out_fields[] = SIDE_FIELDS(at_least, "greater_than_or_equal");
static const struct ust_field in_fields[] = SIDE_FIELDS(at_most, "less_than_or_equal");

static const struct ust_field fields[] = {
    {.key = "metric",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, metric),
     .choices = ust_scaler_instance_metric_names,
     .fallback = "cpu",
     .help = "What the alarms watch. Levels of cpu, slots and memory are ratios, those of "
             "requests rates, those of queue numbers."},
    {.key = "statistic",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, statistic),
     .choices = ust_aws_statistics,
     .fallback = "average",
     .help = "How the instances' values become the group's."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 10,
     .high = 3600,
     .fallback = "60 s",
     .help = "Length of a point of the alarms."},
    {.key = "cooldown",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, cooldown),
     .low = 0,
     .high = 86400,
     .fallback = "300 s",
     .help = "Quiet time after an activity, from when its last instance has come into service "
             "or is gone (the group's default cooldown)."},
    {.key = "scale_out",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, out),
     .fields = out_fields,
     .given = offsetof(struct params, out.node) + 1,
     .help = "The policy that adds instances."},
    {.key = "scale_in",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, in),
     .fields = in_fields,
     .given = offsetof(struct params, in.node) + 1,
     .help = "The policy that removes instances."},
    {.key = NULL},
};

static void check_side(struct ust_spec *spec, int metric, const struct side *side, bool out)
{
    bool exact = side->adjustment == UST_AWS_EXACT;
    ust_scaler_level_check(spec, "threshold", metric, &side->threshold, side->threshold_node);
    ust_aws_alarm_check(spec, &side->alarm);
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
    if (!params->out.node && !params->in.node)
        ust_diag_error(spec->diag, node->place,
                       "'aws_simple' needs 'scale_out' or 'scale_in', or both");
    if (params->out.node)
        check_side(spec, params->metric, &params->out, true);
    if (params->in.node)
        check_side(spec, params->metric, &params->in, false);
}

static bool breaches(struct ust_aws_alarm *alarm, const struct side *side, bool out, bool known,
                     double value)
{
    double above = ust_scaler_above(value, side->threshold.value);
    double beyond = out ? above : -above;
    bool breach = side->strict ? beyond > 0 : beyond >= 0;
    if (!side->node)
        return false;
    return ust_aws_alarm_add(alarm, &side->alarm,
                             !known   ? UST_AWS_MISSING
                             : breach ? UST_AWS_BREACHING
                                      : UST_AWS_WITHIN) == UST_AWS_ALARM;
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
    int64_t change = ust_aws_change(side->adjustment, side->value, view->desired, side->least);
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
    const struct ust_aws_reading point = ust_aws_read(view, params->metric, 0);
    const bool known = point.n > 0;
    const double value = known ? ust_aws_statistic_of(&point, params->statistic) : 0;
    state->out.point = state->points;
    state->in.point =
        state->points + (params->out.node ? ust_aws_alarm_bytes(&params->out.alarm) : 0);

    const bool out = breaches(&state->out, &params->out, true, known, value);
    const bool in = breaches(&state->in, &params->in, false, known, value);
    const bool free = rested(state, view, point.launching);
    if (out && free)
        return act(params, &params->out, state, view, "alarm: out");
    if (in && free)
        return act(params, &params->in, state, view, "alarm: in");
    return (struct ust_scaler_answer){.desired = view->desired};
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    return sizeof(struct state) +
           (params->out.node ? ust_aws_alarm_bytes(&params->out.alarm) : 0) +
           (params->in.node ? ust_aws_alarm_bytes(&params->in.alarm) : 0);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static unsigned metrics(const void *params)
{
    return ust_scaler_bit(((const struct params *)params)->metric);
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
