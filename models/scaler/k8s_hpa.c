/* The HorizontalPodAutoscaler of Kubernetes 1.33 (autoscaling/v2), an instance being a pod.
 *
 *   pods ──group──▶ ready │ unready │ missing
 *                      └─ ratio = average / target ─┬─ nothing set aside: within tolerance?
 * keep └─ something: average again, cautiously recommendation ──stabilise (windows)──▶ ──limit
 * (policies, min, max)──▶ desired
 *
 * Rounding is the controller's: values are whole thousandths; the average of a resource (cpu,
 * memory) is cut to a whole percent, that of other metrics (slots, requests) to a thousandth;
 * the number of pods is the ceiling. Divisions and products of doubles follow its order, so
 * that the last bit, and with it every ceiling, is the same.
 */
#include "models/scaler/common.h"
#include "sim/base/detmath.h"
#include "sim/base/limits.h"

enum select { SELECT_MAX, SELECT_MIN, SELECT_DISABLED };
static const char *const select_names[] = {"max", "min", "disabled", NULL};

enum policy_type { POLICY_PERCENT, POLICY_PODS };
static const char *const policy_names[] = {"percent", "pods", NULL};

struct policy {
    int type;
    int64_t value;
    ust_time period;
};

/* Behaviour in one direction. */
struct rules {
    ust_time window;
    int select;
    struct ust_items policies; /* struct policy; none: the defaults */
    double tolerance;
    const struct ust_node *tolerance_node;
};

struct params {
    struct ust_scaler_goal goal;
    double tolerance;
    ust_time sync, readiness_delay, cpu_initialization;
    struct rules up, down;
};

struct state {
    bool begun;
    struct ust_window recommendations, added, removed;
    struct ust_stamp stamps[]; /* of the three windows, one behind the other */
};

#define PERIOD_MAX_S 1800 /* of a policy, and below: the API's own limits */
#define WINDOW_MAX_S 3600

static const struct ust_field policy_fields[] = {
    {.key = "type",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct policy, type),
     .choices = policy_names,
     .flags = UST_FIELD_REQUIRED,
     .help = "percent: of the pods at the beginning of the period; pods: a number of them."},
    {.key = "value",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct policy, value),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Largest change within the period, in percent or pods."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct policy, period),
     .low = 1,
     .high = PERIOD_MAX_S,
     .flags = UST_FIELD_REQUIRED,
     .help = "Length of the sliding window that the value is for (periodSeconds)."},
    {.key = NULL},
};

#define RULES_FIELDS(window_default, window_help, policies_default)                            \
    {                                                                                          \
        {.key = "stabilization_window",                                                        \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(struct rules, window),                                             \
         .low = 0,                                                                             \
         .high = WINDOW_MAX_S,                                                                 \
         .fallback = window_default,                                                           \
         .help = window_help " (stabilizationWindowSeconds)."},                                \
            {.key = "select_policy",                                                           \
             .kind = UST_FIELD_CHOICE,                                                         \
             .offset = offsetof(struct rules, select),                                         \
             .choices = select_names,                                                          \
             .fallback = "max",                                                                \
             .help = "Which policy counts: the one that allows the largest change, the "       \
                     "smallest, or no change in this direction at all (selectPolicy)."},       \
            {.key = "policies",                                                                \
             .kind = UST_FIELD_LIST,                                                           \
             .offset = offsetof(struct rules, policies),                                       \
             .low = 1,                                                                         \
             .high = 16,                                                                       \
             .fields = policy_fields,                                                          \
             .size = sizeof(struct policy),                                                    \
             .help = "Limits of the rate of change; where absent: " policies_default "."},     \
            {.key = "tolerance",                                                               \
             .kind = UST_FIELD_RATIO,                                                          \
             .offset = offsetof(struct rules, tolerance),                                      \
             .low = 0,                                                                         \
             .high = 1,                                                                        \
             .given = offsetof(struct rules, tolerance_node) + 1,                              \
             .help = "Tolerance in this direction, in place of the general one."},             \
        {                                                                                      \
            .key = NULL                                                                        \
        }                                                                                      \
    }

static const struct ust_field up_fields[] =
    RULES_FIELDS("0 s", "The lowest recommendation of this time counts",
                 "100 percent and 4 pods, each per 15 s");
static const struct ust_field down_fields[] = RULES_FIELDS(
    "300 s", "The highest recommendation of this time counts", "100 percent per 15 s");

static const struct policy up_policies[] = {
    {.type = POLICY_PODS, .value = 4, .period = 15 * UST_S},
    {.type = POLICY_PERCENT, .value = 100, .period = 15 * UST_S},
};
static const struct policy down_policies[] = {
    {.type = POLICY_PERCENT, .value = 100, .period = 15 * UST_S},
};

static const struct ust_field fields[] = {
    UST_SCALER_GOAL_FIELDS(struct params, 0.01, 1),
    {.key = "tolerance",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, tolerance),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "No change while average / target lies this close to 1."},
    {.key = "sync_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, sync),
     .low = 1,
     .high = 300,
     .fallback = "15 s",
     .help = "Time between decisions, and length of the average."},
    {.key = "initial_readiness_delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, readiness_delay),
     .low = 0,
     .high = 3600,
     .fallback = "30 s",
     .help = "An unready pod whose readiness last changed within this time of its start counts "
             "as never ready; metric cpu only."},
    {.key = "cpu_initialization_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, cpu_initialization),
     .low = 0,
     .high = 3600,
     .fallback = "5 min",
     .help = "For this time after its start a pod's cpu counts only when all of the sample was "
             "taken after the pod became ready."},
    {.key = "scale_up",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, up),
     .fields = up_fields,
     .help = "Behaviour when growing (behavior.scaleUp)."},
    {.key = "scale_down",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, down),
     .fields = down_fields,
     .help = "Behaviour when shrinking (behavior.scaleDown)."},
    {.key = NULL},
};

/* ---- parameters in the controller's units ---- */

static bool is_resource(const struct params *params)
{
    return params->goal.metric == UST_SCALE_CPU || params->goal.metric == UST_SCALE_MEMORY;
}

static int64_t nearest(double x)
{
    return (int64_t)ust_floor(x + 0.5);
}

static int64_t milli(double value)
{
    return nearest(value * 1000);
}

/* Whole percents of a resource, thousandths of other metrics. */
static int64_t target_units(const struct params *params)
{
    if (is_resource(params))
        return nearest(params->goal.ratio * 100);
    return milli(ust_scaler_goal_value(&params->goal));
}

static double tolerance(const struct params *params, const struct rules *rules)
{
    return rules->tolerance_node ? rules->tolerance : params->tolerance;
}

static const struct policy *policies(const struct rules *rules, bool up, uint32_t *n)
{
    if (rules->policies.n) {
        *n = rules->policies.n;
        return rules->policies.at;
    }
    *n = up ? sizeof up_policies / sizeof *up_policies
            : sizeof down_policies / sizeof *down_policies;
    return up ? up_policies : down_policies;
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct ust_scaler_goal *goal = &params->goal;
    ust_scaler_goal_check(spec, goal, node);

    if (goal->metric == UST_SCALE_REQUESTS) {
        if (goal->rate_node && !milli(goal->rate))
            ust_diag_error(spec->diag, goal->rate_node->place,
                           "'requests_per_instance' is %g req/s, must be at least 0.001 req/s",
                           goal->rate);
        return;
    }
    if (!goal->ratio_node)
        return;
    double percent = goal->ratio * 100;
    double off = percent - (double)nearest(percent);
    if (is_resource(params) && (off > 1e-9 || off < -1e-9))
        ust_diag_error(spec->diag, goal->ratio_node->place,
                       "'target' is %g %%, must be a whole number of percent: Kubernetes knows "
                       "no other utilisation",
                       percent);
    else if (goal->ratio * (1 + tolerance(params, &params->up)) >= 1)
        ust_diag_warning(spec->diag, goal->ratio_node->place,
                         "never scales up: %s cannot exceed 100 %%, and 'target' with its "
                         "tolerance is %g %%",
                         ust_scaler_metric_names[goal->metric],
                         percent * (1 + tolerance(params, &params->up)));
}

/* ---- the replica calculator ---- */

/* The pods, sorted as the controller sorts them. */
struct groups {
    int64_t sum; /* of the values that count, in thousandths */
    int64_t ready, unready, missing;
};

/* Cpu of a pod that is not ready, or was not while the sample was taken, says nothing yet. */
static bool cpu_unready(const struct params *params, ust_time now,
                        const struct ust_scaler_instance *pod)
{
    if (pod->launched + params->cpu_initialization > now)
        return !pod->in_service || now < pod->changed + params->sync;
    return !pod->in_service && pod->launched + params->readiness_delay > pod->changed;
}

static struct groups group(const struct params *params, const struct ust_scaler_view *view)
{
    struct groups groups = {0};
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *pod = &view->instance[i];
        bool missing = ust_scaler_missing(pod->value);
        if (missing && pod->ready == UST_NEVER) {
            groups.unready++; /* pending */
        } else if (missing) {
            groups.missing++;
        } else if (params->goal.metric == UST_SCALE_CPU &&
                   cpu_unready(params, view->now, pod)) {
            groups.unready++;
        } else {
            groups.ready++;
            groups.sum += milli(pod->value);
        }
    }
    return groups;
}

/* Average over the target. Integer divisions cut, as the controller's do. */
static double usage_ratio(const struct params *params, int64_t sum, int64_t pods)
{
    int64_t average = is_resource(params) ? sum * 100 / (pods * 1000) : sum / pods;
    return (double)average / (double)target_units(params);
}

static bool within_tolerance(const struct params *params, double ratio)
{
    return 1.0 - tolerance(params, &params->down) <= ratio &&
           ratio <= 1.0 + tolerance(params, &params->up);
}

/* What a pod without data may use, in thousandths, when the others call for fewer pods: all
 * that it may of a resource, or the target where that is more; of other metrics the target. */
static int64_t assumed_usage(const struct params *params)
{
    int64_t target = target_units(params);
    if (!is_resource(params))
        return target;
    return 1000 * (target > 100 ? target : 100) / 100;
}

static int64_t pods_for(double ratio, int64_t pods)
{
    return (int64_t)ust_ceil(ratio * (double)pods);
}

/* The recommendation for the pods as they are; `current` when there is no reason to change. */
static int64_t recommend(const struct params *params, struct groups groups, int64_t current)
{
    const double ratio = usage_ratio(params, groups.sum, groups.ready);
    const bool up_with_unready = groups.unready && ratio > 1.0;
    if (!up_with_unready && !groups.missing)
        return within_tolerance(params, ratio) ? current : pods_for(ratio, groups.ready);

    int64_t sum = groups.sum, pods = groups.ready;
    if (groups.missing && ratio < 1.0) {
        sum += groups.missing * assumed_usage(params);
        pods += groups.missing;
    } else if (groups.missing && ratio > 1.0) {
        pods += groups.missing;
    }
    if (up_with_unready)
        pods += groups.unready;

    const double again = usage_ratio(params, sum, pods);
    const bool reversed = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    if (within_tolerance(params, again) || reversed)
        return current;
    int64_t desired = pods_for(again, pods);
    if ((again < 1.0 && desired > current) || (again > 1.0 && desired < current))
        return current;
    return desired;
}

/* ---- behaviour: windows and policies ---- */

static int64_t stabilise(const struct params *params, struct state *state, ust_time now,
                         int64_t current, int64_t recommendation)
{
    int64_t low =
        ust_window_min(&state->recommendations, now - params->up.window, recommendation);
    int64_t high =
        ust_window_max(&state->recommendations, now - params->down.window, recommendation);
    ust_window_add(&state->recommendations, now, recommendation);
    int64_t desired = current;
    if (desired < low)
        desired = low;
    if (desired > high)
        desired = high;
    return desired;
}

/* How far one policy lets the number of pods go. */
static int64_t policy_limit(const struct policy *policy, bool up, int64_t start)
{
    if (policy->type == POLICY_PODS)
        return up ? start + policy->value : start - policy->value;
    double share = (double)policy->value / 100;
    if (up)
        return (int64_t)ust_ceil((double)start * (1 + share));
    return (int64_t)((double)start * (1 - share));
}

/* The bound on the way from `current`, up or down, that all policies of the direction set. */
static int64_t rate_limit(const struct rules *rules, bool up, const struct state *state,
                          ust_time now, int64_t current)
{
    uint32_t n;
    const struct policy *policy = policies(rules, up, &n);
    if (rules->select == SELECT_DISABLED)
        return current;

    const bool highest = up == (rules->select == SELECT_MAX);
    int64_t limit = highest ? INT64_MIN : INT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        ust_time since = now - policy[i].period;
        int64_t start = current - ust_window_sum(&state->added, since) +
                        ust_window_sum(&state->removed, since);
        int64_t one = policy_limit(&policy[i], up, start);
        if (highest ? one > limit : one < limit)
            limit = one;
    }
    /* What was done already is not undone. */
    if (up ? limit < current : limit > current)
        return current;
    return limit;
}

static struct ust_scaler_answer limit_rate(const struct params *params,
                                           const struct state *state,
                                           const struct ust_scaler_view *view, int64_t wanted)
{
    const int64_t current = view->desired;
    struct ust_scaler_answer answer = {.desired = wanted};
    if (wanted > current) {
        int64_t limit = rate_limit(&params->up, true, state, view->now, current);
        bool limited = wanted > limit;
        answer.desired = limited ? limit : wanted;
        answer.reason = limited ? "above target, limited by policy" : "above target";
        if (answer.desired > view->max)
            answer.desired = view->max;
    } else if (wanted < current) {
        int64_t limit = rate_limit(&params->down, false, state, view->now, current);
        bool limited = wanted < limit;
        answer.desired = limited ? limit : wanted;
        answer.reason = limited ? "below target, limited by policy" : "below target";
        if (answer.desired < view->min)
            answer.desired = view->min;
    }
    if (answer.desired == current)
        answer.reason = NULL;
    return answer;
}

/* ---- state ---- */

static ust_time longest_period(const struct rules *rules, bool up)
{
    uint32_t n;
    ust_time longest = 0;
    const struct policy *policy = policies(rules, up, &n);
    for (uint32_t i = 0; i < n; i++)
        if (policy[i].period > longest)
            longest = policy[i].period;
    return longest;
}

static void capacities(const struct params *params, uint32_t out[3])
{
    ust_time window =
        params->up.window > params->down.window ? params->up.window : params->down.window;
    ust_time up = longest_period(&params->up, true);
    ust_time down = longest_period(&params->down, false);
    ust_time period = up > down ? up : down; /* both directions ask for both kinds of change */
    out[0] = ust_window_capacity(window, params->sync) + 1; /* and the one from the beginning */
    out[1] = out[2] = ust_window_capacity(period, params->sync);
}

static size_t state_size(const void *from)
{
    uint32_t capacity[3];
    capacities(from, capacity);
    return sizeof(struct state) +
           (capacity[0] + capacity[1] + capacity[2]) * sizeof(struct ust_stamp);
}

/* The first call. The size that the controller finds is its first recommendation: a new
 * controller does not shrink before the window has passed. */
static void begin(const struct params *params, struct state *state,
                  const struct ust_scaler_view *view)
{
    uint32_t capacity[3];
    capacities(params, capacity);
    state->begun = true;
    state->recommendations =
        (struct ust_window){.stamp = state->stamps, .capacity = capacity[0]};
    state->added =
        (struct ust_window){.stamp = state->stamps + capacity[0], .capacity = capacity[1]};
    state->removed = (struct ust_window){.stamp = state->stamps + capacity[0] + capacity[1],
                                         .capacity = capacity[2]};
    ust_window_add(&state->recommendations, view->now, view->desired);
}

static struct ust_scaler_answer decide(const struct params *params, struct state *state,
                                       const struct ust_scaler_view *view)
{
    const int64_t current = view->desired;
    if (current == 0 && view->min != 0) /* scaled to nothing by hand */
        return (struct ust_scaler_answer){.desired = 0};
    if (current > view->max)
        return (struct ust_scaler_answer){.desired = view->max, .reason = "above the maximum"};
    if (current < view->min)
        return (struct ust_scaler_answer){.desired = view->min, .reason = "below the minimum"};

    struct groups groups = group(params, view);
    if (!groups.ready) /* no data: the controller reports an error and changes nothing */
        return (struct ust_scaler_answer){.desired = current};
    int64_t wanted = recommend(params, groups, current);
    wanted = stabilise(params, state, view->now, current, wanted);
    return limit_rate(params, state, view, wanted);
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    if (!state->begun)
        begin(params, state, view);

    struct ust_scaler_answer answer = decide(params, state, view);
    if (answer.desired > view->desired)
        ust_window_add(&state->added, view->now, answer.desired - view->desired);
    else if (answer.desired < view->desired)
        ust_window_add(&state->removed, view->now, view->desired - answer.desired);
    return answer;
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->sync;
}

static ust_time warm_up(const void *params)
{
    (void)params;
    return 0;
}

static enum ust_scaler_metric metric(const void *params)
{
    return (enum ust_scaler_metric)((const struct params *)params)->goal.metric;
}

const struct ust_scaler_type ust_scaler_k8s_hpa = {
    .kind = {.name = "k8s_hpa",
             .help = "HorizontalPodAutoscaler of Kubernetes 1.33 (autoscaling/v2) with one "
                     "metric; cpu and memory are resource utilisation, slots and requests are "
                     "pod metrics.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metric = metric,
    .target = target,
    .warm_up = warm_up,
};
