/* Step scaling of Amazon EC2 Auto Scaling: the further the metric is beyond the alarm's
 * threshold, the larger the adjustment.
 *
 *   scale_out: threshold 50 %        │ 0 ──│ +10 % ─────│ +30 % ──▶
 *              metric               50 %  60 %         70 %
 *
 * Growing, instances that warm up are not capacity yet, so a breach of the same step is one
 * activity however often it is seen. Shrinking, those that still leave are capacity, for the
 * same reason, and nothing goes while anything comes or warms up.
 */
#include "models/scaler/aws.h"

struct step {
    struct ust_level from, to;
    int64_t adjustment;
    const struct ust_node *from_node, *to_node, *adjustment_node;
};

struct side {
    struct ust_aws_policy policy;
    struct ust_items steps;
};

struct params {
    struct ust_aws_watch watch;
    ust_time warm_up;
    struct side out, in;
};

struct state {
    struct ust_aws_alarms alarms;
    uint8_t points[];
};

static const struct ust_field step_fields[] = {
    {.key = "from",
     .kind = UST_FIELD_LEVEL,
     .offset = offsetof(struct step, from),
     .given = offsetof(struct step, from_node) + 1,
     .help = "Where the step begins; without it, at the threshold (growing) or at nothing "
             "(shrinking). Growing, the step includes it."},
    {.key = "to",
     .kind = UST_FIELD_LEVEL,
     .offset = offsetof(struct step, to),
     .given = offsetof(struct step, to_node) + 1,
     .help = "Where it ends; without it, nowhere (growing) or at the threshold (shrinking). "
             "Shrinking, the step includes it."},
    UST_AWS_ADJUSTMENT_FIELD(struct step, adjustment),
    {.key = NULL},
};

#define SIDE_FIELDS(words, word)                                                               \
    {                                                                                          \
        UST_AWS_POLICY_FIELDS(struct side, policy, words, word),                               \
            {.key = "steps",                                                                   \
             .kind = UST_FIELD_LIST,                                                           \
             .offset = offsetof(struct side, steps),                                           \
             .low = 1,                                                                         \
             .high = 20,                                                                       \
             .fields = step_fields,                                                            \
             .size = sizeof(struct step),                                                      \
             .flags = UST_FIELD_REQUIRED,                                                      \
             .help = "Adjustments by how far the metric is beyond the threshold, away from "   \
                     "it; without gaps, and the last one without an end."},                    \
        {                                                                                      \
            .key = NULL                                                                        \
        }                                                                                      \
    }

static const struct ust_field out_fields[] =
    SIDE_FIELDS(ust_aws_above, "greater_than_or_equal");
static const struct ust_field in_fields[] = SIDE_FIELDS(ust_aws_below, "less_than_or_equal");

static const struct ust_field fields[] = {
    UST_AWS_WATCH_FIELDS(struct params, watch),
    {.key = "warm_up",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, warm_up),
     .low = 0,
     .high = 3600,
     .fallback = "300 s",
     .help = "Time after an instance enters service during which it is neither in the metric "
             "nor, for growing, capacity (EstimatedInstanceWarmup, which falls back to the "
             "default cooldown)."},
    UST_AWS_SIDES_FIELDS(struct params, out_fields, in_fields),
    {.key = NULL},
};

/* ---- checks ---- */

static void check_levels(struct ust_spec *spec, int metric, const struct side *side)
{
    const struct step *step = side->steps.at;
    for (uint32_t i = 0; i < side->steps.n; i++) {
        if (step[i].from_node)
            ust_scaler_level_check(spec, "from", metric, &step[i].from, step[i].from_node);
        if (step[i].to_node)
            ust_scaler_level_check(spec, "to", metric, &step[i].to, step[i].to_node);
    }
}

/* Steps go away from the threshold, each beginning where the one before ends. */
static void check_steps(struct ust_spec *spec, const struct side *side, bool out)
{
    const struct step *step = side->steps.at;
    double edge = side->policy.threshold.value;
    for (uint32_t i = 0; i < side->steps.n; i++) {
        const struct ust_node *near = out ? step[i].from_node : step[i].to_node;
        const struct ust_node *far = out ? step[i].to_node : step[i].from_node;
        double begins = out ? step[i].from.value : step[i].to.value;
        double ends = out ? step[i].to.value : step[i].from.value;
        bool last = i + 1 == side->steps.n;
        if (near ? begins != edge : i > 0)
            ust_diag_error(spec->diag, near ? near->place : side->steps.node->place,
                           "step %u leaves a gap or overlaps: it has to begin where %s", i + 1,
                           i == 0 ? "the threshold is" : "the step before ends");
        if (last ? far != NULL : far == NULL)
            ust_diag_error(spec->diag, far ? far->place : side->steps.node->place,
                           last ? "step %u has an end, but metrics go beyond it: the last step "
                                  "has none"
                                : "step %u has no end, so the steps behind it never count",
                           i + 1);
        else if (far && (out ? ends <= begins : ends >= begins) && near)
            ust_diag_error(spec->diag, far->place, "step %u ends before it begins", i + 1);
        int64_t value = step[i].adjustment;
        bool exact = side->policy.adjustment == UST_AWS_EXACT;
        if (exact ? value < 0 : out ? value < 0 : value > 0)
            ust_diag_error(spec->diag, step[i].adjustment_node->place,
                           "'adjustment' is %lld, must be %s", (long long)value,
                           exact || out ? "at least 0" : "at most 0");
        edge = ends;
    }
}

static void check_side(struct ust_spec *spec, int metric, const struct side *side, bool out)
{
    if (!side->policy.node)
        return;
    ust_aws_policy_check(spec, &side->policy, metric);
    check_levels(spec, metric, side);
    check_steps(spec, side, out);
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_aws_policies_check(spec, &params->out.policy, &params->in.policy, "aws_step", node);
    check_side(spec, params->watch.metric, &params->out, true);
    check_side(spec, params->watch.metric, &params->in, false);
}

/* ---- decisions ---- */

/* The step in which the metric lies. A point that is missing but counts as a breach is one of
 * the nearest step. */
static const struct step *step_at(const struct side *side, bool out,
                                  const struct ust_aws_verdict *verdict)
{
    const struct step *step = side->steps.at;
    uint32_t i = 0;
    while (verdict->known && i + 1 < side->steps.n &&
           (out ? ust_scaler_above(verdict->value, step[i].to.value) >= 0
                : ust_scaler_above(verdict->value, step[i].from.value) <= 0))
        i++;
    return &step[i];
}

static int64_t capacity_after(const struct side *side, bool out,
                              const struct ust_aws_verdict *verdict, int64_t capacity)
{
    int64_t by = step_at(side, out, verdict)->adjustment;
    return capacity + ust_aws_change(side->policy.adjustment, by, capacity, side->policy.least);
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    struct ust_scaler_answer answer = {.desired = view->desired};
    const struct ust_aws_reading point =
        ust_aws_read(view, params->watch.metric, params->warm_up);
    const struct ust_aws_verdict verdict =
        ust_aws_watch(&state->alarms, state->points, &params->watch, &params->out.policy,
                      &params->in.policy, &point);
    if (verdict.out) {
        int64_t to = capacity_after(&params->out, true, &verdict, point.warmed);
        if (to > view->desired)
            answer = (struct ust_scaler_answer){.desired = to, .reason = "alarm: step out"};
    } else if (verdict.in && !point.warming) {
        int64_t now = view->desired + view->leaving;
        int64_t to = capacity_after(&params->in, false, &verdict, now);
        if (to < view->desired)
            answer = (struct ust_scaler_answer){.desired = to < 0 ? 0 : to,
                                                .reason = "alarm: step in"};
    }
    return answer;
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

static ust_time warm_up(const void *params)
{
    return ((const struct params *)params)->warm_up;
}

static unsigned metrics(const void *params)
{
    return ust_scaler_bit(((const struct params *)params)->watch.metric);
}

const struct ust_scaler_type ust_scaler_aws_step = {
    .kind = {.name = "aws_step",
             .help = "Step scaling of Amazon EC2 Auto Scaling: CloudWatch alarms, and an "
                     "adjustment by how far the metric is beyond the threshold.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = warm_up,
};
