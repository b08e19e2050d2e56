/* Predictive scaling of Amazon EC2 Auto Scaling.
 *
 *   hourly loads, up to 14 days ──every 6 h──▶ forecast of 48 hours ──/ target──▶ capacity
 *                                                                                    │
 *   at the beginning of each hour, less the buffer time:   desired = max(desired, capacity)
 *
 * The capacity of an hour is held against the other policies of the group until that hour ends,
 * so that the group wants the largest of what its policies ask for; it is never a reason to go
 * below what there is. Only hours that are over make forecasts.
 */
#include "models/scaler/aws.h"
#include "models/scaler/forecast.h"

enum mode { FORECAST_ONLY, FORECAST_AND_SCALE };
enum breach { HONOR, INCREASE };

struct params {
    struct ust_scaler_goal goal;
    int mode, breach;
    ust_time buffer_time, period;
    int64_t buffer, ceiling;
    struct ust_outlook_params outlook;
    const struct ust_node *buffer_node;
};

struct state {
    struct ust_outlook outlook;
    double room[];
};

static const char *const modes[] = {"forecast_only", "forecast_and_scale", NULL};
static const char *const breaches[] = {"honor_max_capacity", "increase_max_capacity", NULL};

static const struct ust_field fields[] = {
    UST_SCALER_GOAL_FIELDS(struct params, goal, NULL, ust_scaler_metric_names,
                           " (arrivals too, as the load balancer counts them: "
                           "ALBRequestCount)",
                           0.01, 1),
    {.key = "mode",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, mode),
     .choices = modes,
     .fallback = "forecast_only",
     .help = "forecast_only tells what it would do, in the timeline (capacity_forecast); "
             "forecast_and_scale does it (Mode)."},
    {.key = "scheduling_buffer_time",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, buffer_time),
     .low = 0,
     .high = 3600,
     .fallback = "300 s",
     .help = "How long before its hour begins a capacity is launched (SchedulingBufferTime)."},
    {.key = "max_capacity_breach_behavior",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, breach),
     .choices = breaches,
     .fallback = "honor_max_capacity",
     .help = "honor_max_capacity: never above the pool's maximum; increase_max_capacity: the "
             "maximum grows where the forecast comes close to it, and stays so "
             "(MaxCapacityBreachBehavior)."},
    {.key = "max_capacity_buffer",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, buffer),
     .low = 0,
     .high = 100,
     .given = offsetof(struct params, buffer_node) + 1,
     .help = "Percent of the forecast capacity by which the maximum may lie above it: 50 "
             "forecast, a maximum of 40 and 10 here make a maximum of 55. Needed with "
             "increase_max_capacity, and with it alone (MaxCapacityBuffer)."},
    {.key = "max_capacity_ceiling",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, ceiling),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .fallback = "1000",
     .help = "What increase_max_capacity never raises the maximum beyond. No key of AWS, where "
             "quotas of the account end it."},
    UST_OUTLOOK_FIELDS(struct params, outlook, "24", "14", "48", "6",
                       "; the guide of 2022 said a day"),
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 10,
     .high = 3600,
     .fallback = "60 s",
     .help = "Time between points of the metric, and between looks at the clock."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_scaler_goal_check(spec, &params->goal, node);
    if (params->breach == INCREASE && !params->buffer_node)
        ust_diag_error(spec->diag, node->place,
                       "'increase_max_capacity' needs 'max_capacity_buffer', for example 10");
    if (params->breach == HONOR && params->buffer_node)
        ust_diag_error(spec->diag, params->buffer_node->key_place,
                       "'max_capacity_buffer' goes with 'max_capacity_breach_behavior: "
                       "increase_max_capacity' only");
    ust_outlook_check(spec, &params->outlook, node);
}

static struct ust_outlook_terms terms_of(const struct params *params)
{
    return ust_outlook_terms_of(&params->outlook, params->period, params->goal.metric);
}

static enum ust_status bind(struct ust_spec *spec, void *params, const struct ust_node *node,
                            const struct ust_scaler_world *world)
{
    return ust_outlook_bind(spec, &((struct params *)params)->outlook, node, world);
}

static int64_t raised_max(const struct params *params, int64_t capacity, int64_t max)
{
    if (params->breach == HONOR)
        return max;
    int64_t raised = ust_scaler_ceil((double)capacity * (1 + (double)params->buffer / 100));
    raised = raised > params->ceiling ? params->ceiling : raised;
    return raised > max ? raised : max;
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const struct ust_outlook_terms terms = terms_of(params);
    const double goal = ust_scaler_goal_value(&params->goal);
    struct ust_scaler_answer answer = {.desired = view->desired};
    if (ust_outlook_look(&state->outlook, state->room, &terms, view))
        ust_outlook_tell(&state->outlook, state->room, &terms, goal, &answer);
    const double load = ust_outlook_most(&state->outlook, state->room, &terms, view->unix_s,
                                         params->buffer_time);
    if (params->mode == FORECAST_ONLY || ust_scaler_missing(load))
        return answer;
    const int64_t capacity = ust_scaler_ceil(load / goal);
    answer.min = view->min;
    answer.max = raised_max(params, capacity, view->max);
    answer.bounds = answer.max > view->max;
    answer.hold = capacity < answer.max ? capacity : answer.max;
    if (answer.hold > view->desired) {
        answer.desired = answer.hold;
        answer.reason = "forecast";
    }
    return answer;
}

static size_t state_size(const void *from)
{
    const struct ust_outlook_terms terms = terms_of(from);
    return sizeof(struct state) + ust_outlook_room(&terms) * sizeof(double);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static unsigned metrics(const void *params)
{
    return ust_scaler_bit(((const struct params *)params)->goal.metric);
}

static int64_t most(const void *from)
{
    const struct params *params = from;
    return params->breach == INCREASE && params->mode == FORECAST_AND_SCALE ? params->ceiling
                                                                            : 0;
}

static bool alone(const void *params)
{
    return ((const struct params *)params)->mode == FORECAST_AND_SCALE;
}

const struct ust_scaler_type ust_scaler_aws_predictive = {
    .kind = {.name = "aws_predictive",
             .help =
                 "Predictive scaling of Amazon EC2 Auto Scaling: hourly forecasts from the "
                 "load of up to 14 days, capacity ahead of each hour, never less than there "
                 "is.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .most = most,
    .bind = bind,
    .alone = alone,
};
