/* Target tracking of Amazon EC2 Auto Scaling.
 *
 * Two alarms watch the metric, averaged over the instances that are in service and warmed up.
 * So many points above the target scale out to all that the load needs; many more points below
 * the scale-in threshold scale in gradually. While an alarm lasts, every further point acts
 * again. An alarm with too few data changes nothing, and neither does a point without any.
 *
 *   need = average * instances warmed up / target           (a real number)
 *   out:  desired = max(desired, ceil(need))                (+1.5 -> +2)
 *   in:   desired = desired - min(floor(desired - need), limit)      (1.5 too many -> -1)
 *
 * Instances that warm up stay out of the average but count as capacity, because they are part
 * of `desired`; as long as there are any, scale-in is blocked. Of several such policies on one
 * group, those whose scale-in is not disabled have to agree before instances go.
 */
#include "models/scaler/aws.h"
#include "sim/base/detmath.h"

struct params {
    struct ust_scaler_goal goal;
    int64_t points_out, points_in;
    ust_time period, warm_up;
    double threshold_in, limit_in;
    bool disable_scale_in;
};

struct state {
    struct ust_aws_alarm above, below;
    uint8_t points[];
};

static const struct ust_field fields[] = {
    UST_SCALER_GOAL_FIELDS(struct params, goal, NULL, ust_scaler_instance_metric_names, "",
                           0.05, 0.95),
    {.key = "scale_out_points",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, points_out),
     .low = 1,
     .high = 1440,
     .fallback = "3",
     .help = "Points in a row above the target that scale out. AWS sets it, not the user; 3 is "
             "what its alarms show."},
    {.key = "scale_in_points",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, points_in),
     .low = 1,
     .high = 1440,
     .fallback = "15",
     .help = "Points in a row below the scale-in threshold that scale in. AWS sets it, not the "
             "user; 15 is what its alarms show."},
    {.key = "scale_in_threshold",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, threshold_in),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "90 %",
     .help = "Share of the target below which a point counts towards scale-in. Assumed "
             "default."},
    {.key = "scale_in_limit",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, limit_in),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "10 %",
     .help = "Most of the group that one scale-in removes, though always one instance; 100 %: "
             "all that is too many. AWS says only that scale-in is gradual: assumed default."},
    {.key = "disable_scale_in",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, disable_scale_in),
     .fallback = "false",
     .help = "Never remove instances (DisableScaleIn)."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 10,
     .high = 3600,
     .fallback = "60 s",
     .help = "Time between points of the metric. 60 s is detailed monitoring; with basic "
             "monitoring EC2 reports every 5 min."},
    {.key = "warm_up",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, warm_up),
     .low = 0,
     .high = 3600,
     .fallback = "300 s",
     .help = "Time after an instance enters service during which it stays out of the metric "
             "and blocks scale-in (EstimatedInstanceWarmup, which falls back to the default "
             "cooldown)."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_scaler_goal_check(spec, &params->goal, node);
}

static struct ust_scaler_answer scale_out(const struct ust_scaler_view *view, double need)
{
    int64_t desired = ust_scaler_ceil(need);
    if (desired <= view->desired)
        return (struct ust_scaler_answer){.desired = view->desired};
    return (struct ust_scaler_answer){.desired = desired, .reason = "alarm: above target"};
}

static struct ust_scaler_answer scale_in(const struct params *params,
                                         const struct ust_scaler_view *view, double need)
{
    int64_t limit = (int64_t)ust_floor((double)view->desired * params->limit_in * (1 + 1e-9));
    if (limit < 1)
        limit = 1;
    int64_t desired = ust_scaler_ceil(need);
    if (desired < view->desired - limit)
        desired = view->desired - limit;
    if (desired >= view->desired)
        return (struct ust_scaler_answer){.desired = view->desired};
    return (struct ust_scaler_answer){.desired = desired, .reason = "alarm: below target"};
}

/* AWS makes and keeps these alarms itself: what is missing counts as missing. */
static struct ust_aws_alarm_params alarm_of(int64_t points)
{
    return (struct ust_aws_alarm_params){.periods = points};
}

static enum ust_aws_point breach(bool known, bool breaching)
{
    if (!known)
        return UST_AWS_MISSING;
    return breaching ? UST_AWS_BREACHING : UST_AWS_WITHIN;
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const struct ust_aws_alarm_params out = alarm_of(params->points_out);
    const struct ust_aws_alarm_params in = alarm_of(params->points_in);
    state->above.point = state->points;
    state->below.point = state->points + ust_aws_alarm_bytes(&out);

    const struct ust_aws_reading point =
        ust_aws_read(view, params->goal.metric, params->warm_up);
    const double goal = ust_scaler_goal_value(&params->goal);
    const double average = point.n ? point.sum / point.n : 0;
    /* Who is silent is capacity all the same, and counts with the average. */
    const double need = average * point.warmed / goal;
    const bool above = ust_aws_alarm_add(&state->above, &out,
                                         breach(point.n, average > goal)) == UST_AWS_ALARM;
    const bool below =
        ust_aws_alarm_add(&state->below, &in,
                          breach(point.n, average < goal * params->threshold_in)) ==
        UST_AWS_ALARM;
    if (above && point.n)
        return scale_out(view, need);
    if (below && point.n && !point.warming && !params->disable_scale_in)
        return scale_in(params, view, need);
    return (struct ust_scaler_answer){.desired = view->desired};
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    const struct ust_aws_alarm_params out = alarm_of(params->points_out);
    const struct ust_aws_alarm_params in = alarm_of(params->points_in);
    return sizeof(struct state) + ust_aws_alarm_bytes(&out) + ust_aws_alarm_bytes(&in);
}

static bool asked(const void *params)
{
    return !((const struct params *)params)->disable_scale_in;
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static ust_time warm_up(const void *params)
{
    return ((const struct params *)params)->warm_up;
}

static unsigned metrics(const void *params)
{
    return ust_scaler_bit(((const struct params *)params)->goal.metric);
}

const struct ust_scaler_type ust_scaler_aws_target_tracking = {
    .kind = {.name = "aws_target_tracking",
             .help = "Target tracking of Amazon EC2 Auto Scaling: alarms on the average metric "
                     "of the warmed-up instances, out at once to what is needed, in gradually.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = warm_up,
    .asked = asked,
};
