/* Target tracking of Amazon EC2 Auto Scaling.
 *
 * Two alarms watch the metric, averaged over the instances that are in service and warmed up.
 * Points above the target, so many in a row, scale out to all that the load needs; points below
 * the scale-in threshold, many more in a row, scale in gradually. While an alarm lasts, every
 * further point acts again. A point without data is no evidence: both alarms begin anew.
 *
 *   need = average * instances in the metric / target       (a real number)
 *   out:  desired = max(desired, ceil(need))                (+1.5 -> +2)
 *   in:   desired = desired - min(floor(desired - need), limit)      (1.5 too many -> -1)
 *
 * Instances that warm up stay out of the average but count as capacity, because they are part
 * of `desired`; as long as there are any, scale-in is blocked.
 */
#include "models/scaler/common.h"
#include "sim/base/detmath.h"

struct params {
    struct ust_scaler_goal goal;
    int64_t points_out, points_in;
    ust_time period, warm_up;
    double threshold_in, limit_in;
    bool disable_scale_in;
};

struct state {
    int64_t above, below; /* points in a row */
};

static const struct ust_field fields[] = {
    UST_SCALER_GOAL_FIELDS(struct params, 0.05, 0.95),
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

/* One point of the metric, and how far the group is. */
struct point {
    double sum;
    uint32_t n;   /* values in it */
    bool warming; /* an instance starts or warms up */
};

static struct point read_point(const struct params *params, const struct ust_scaler_view *view)
{
    struct point point = {0};
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *instance = &view->instance[i];
        if (instance->ready == UST_NEVER || view->now - instance->ready < params->warm_up) {
            point.warming = true;
        } else if (instance->in_service && !ust_scaler_missing(instance->value)) {
            point.sum += instance->value;
            point.n++;
        }
    }
    return point;
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

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const struct ust_scaler_answer stay = {.desired = view->desired};
    const struct point point = read_point(params, view);
    if (!point.n) {
        *state = (struct state){0};
        return stay;
    }

    const double goal = ust_scaler_goal_value(&params->goal);
    const double average = point.sum / point.n;
    const double need = point.sum / goal;
    state->above = average > goal ? state->above + 1 : 0;
    state->below = average < goal * params->threshold_in ? state->below + 1 : 0;
    if (state->above >= params->points_out)
        return scale_out(view, need);
    if (state->below >= params->points_in && !point.warming && !params->disable_scale_in)
        return scale_in(params, view, need);
    return stay;
}

static size_t state_size(const void *params)
{
    (void)params;
    return sizeof(struct state);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static ust_time warm_up(const void *params)
{
    return ((const struct params *)params)->warm_up;
}

static enum ust_scaler_metric metric(const void *params)
{
    return (enum ust_scaler_metric)((const struct params *)params)->goal.metric;
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
    .metric = metric,
    .target = target,
    .warm_up = warm_up,
};
