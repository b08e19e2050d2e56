/* The HorizontalPodAutoscaler of Kubernetes 1.33 (autoscaling/v2), an instance being a pod.
 *
 *   pods ──▶ recommendation (k8s_replicas.c) ──▶ behaviour (k8s_behaviour.c) ──▶ desired
 */
#include "models/scaler/k8s_hpa.h"
#include "sim/base/limits.h"

static const char *const select_names[] = {"max", "min", "disabled", NULL};
static const char *const policy_names[] = {"percent", "pods", NULL};

#define PERIOD_MAX_S 1800 /* of a policy, and below: the API's own limits */
#define WINDOW_MAX_S 3600

static const struct ust_field policy_fields[] = {
    {.key = "type",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_hpa_policy, type),
     .choices = policy_names,
     .flags = UST_FIELD_REQUIRED,
     .help = "percent: of the pods at the beginning of the period; pods: a number of them."},
    {.key = "value",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_hpa_policy, value),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Largest change within the period, in percent or pods."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_hpa_policy, period),
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
         .offset = offsetof(struct ust_hpa_rules, window),                                     \
         .low = 0,                                                                             \
         .high = WINDOW_MAX_S,                                                                 \
         .fallback = window_default,                                                           \
         .help = window_help " (stabilizationWindowSeconds)."},                                \
            {.key = "select_policy",                                                           \
             .kind = UST_FIELD_CHOICE,                                                         \
             .offset = offsetof(struct ust_hpa_rules, select),                                 \
             .choices = select_names,                                                          \
             .fallback = "max",                                                                \
             .help = "Which policy counts: the one that allows the largest change, the "       \
                     "smallest, or no change in this direction at all (selectPolicy)."},       \
            {.key = "policies",                                                                \
             .kind = UST_FIELD_LIST,                                                           \
             .offset = offsetof(struct ust_hpa_rules, policies),                               \
             .low = 1,                                                                         \
             .high = 16,                                                                       \
             .fields = policy_fields,                                                          \
             .size = sizeof(struct ust_hpa_policy),                                            \
             .help = "Limits of the rate of change; where absent: " policies_default "."},     \
            {.key = "tolerance",                                                               \
             .kind = UST_FIELD_RATIO,                                                          \
             .offset = offsetof(struct ust_hpa_rules, tolerance),                              \
             .low = 0,                                                                         \
             .high = 1,                                                                        \
             .given = offsetof(struct ust_hpa_rules, tolerance_node) + 1,                      \
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

static const struct ust_field fields[] = {
    UST_SCALER_GOAL_FIELDS(struct ust_hpa_params, 0.01, 1),
    {.key = "tolerance",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_hpa_params, tolerance),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "No change while average / target lies this close to 1."},
    {.key = "sync_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_hpa_params, sync),
     .low = 1,
     .high = 300,
     .fallback = "15 s",
     .help = "Time between decisions, and length of the average."},
    {.key = "initial_readiness_delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_hpa_params, readiness_delay),
     .low = 0,
     .high = 3600,
     .fallback = "30 s",
     .help = "An unready pod whose readiness last changed within this time of its start counts "
             "as never ready; metric cpu only."},
    {.key = "cpu_initialization_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_hpa_params, cpu_initialization),
     .low = 0,
     .high = 3600,
     .fallback = "5 min",
     .help = "For this time after its start a pod's cpu counts only when all of the sample was "
             "taken after the pod became ready."},
    {.key = "scale_up",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_hpa_params, up),
     .fields = up_fields,
     .help = "Behaviour when growing (behavior.scaleUp)."},
    {.key = "scale_down",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_hpa_params, down),
     .fields = down_fields,
     .help = "Behaviour when shrinking (behavior.scaleDown)."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct ust_hpa_params *params = from;
    const struct ust_scaler_goal *goal = &params->goal;
    ust_scaler_goal_check(spec, goal, node);

    if (goal->metric == UST_SCALE_REQUESTS) {
        if (goal->rate_node && ust_hpa_target(params) < 1)
            ust_diag_error(spec->diag, goal->rate_node->place,
                           "'requests_per_instance' is %g req/s, must be at least 0.001 req/s",
                           goal->rate);
        return;
    }
    if (!goal->ratio_node)
        return;
    double percent = goal->ratio * 100;
    double off = percent - (double)ust_hpa_target(params);
    if (ust_hpa_is_resource(params) && (off > 1e-9 || off < -1e-9))
        ust_diag_error(spec->diag, goal->ratio_node->place,
                       "'target' is %g %%, must be a whole number of percent: Kubernetes knows "
                       "no other utilisation",
                       percent);
    else if (goal->ratio * (1 + ust_hpa_tolerance(params, &params->up)) >= 1)
        ust_diag_warning(spec->diag, goal->ratio_node->place,
                         "never scales up: %s cannot exceed 100 %%, and 'target' with its "
                         "tolerance is %g %%",
                         ust_scaler_metric_names[goal->metric],
                         percent * (1 + ust_hpa_tolerance(params, &params->up)));
}

static struct ust_scaler_answer decide(const struct ust_hpa_params *params,
                                       struct ust_hpa_state *state,
                                       const struct ust_scaler_view *view)
{
    const int64_t current = view->desired;
    if (current == 0 && view->min != 0) /* scaled to nothing by hand */
        return (struct ust_scaler_answer){.desired = 0};
    if (current > view->max)
        return (struct ust_scaler_answer){.desired = view->max, .reason = "above the maximum"};
    if (current < view->min)
        return (struct ust_scaler_answer){.desired = view->min, .reason = "below the minimum"};

    int64_t recommendation;
    if (!ust_hpa_recommend(params, view, &recommendation))
        return (struct ust_scaler_answer){.desired = current}; /* an error: nothing changes */
    return ust_hpa_behave(params, state, view, recommendation);
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct ust_hpa_params *params = from;
    struct ust_hpa_state *state = memory;
    if (!state->begun)
        ust_hpa_begin(params, state, view);
    struct ust_scaler_answer answer = decide(params, state, view);
    ust_hpa_remember(state, view->now, view->desired, answer.desired);
    return answer;
}

static size_t state_size(const void *params)
{
    return ust_hpa_state_size(params);
}

static ust_time period(const void *params)
{
    return ((const struct ust_hpa_params *)params)->sync;
}

static ust_time warm_up(const void *params)
{
    (void)params;
    return 0;
}

static enum ust_scaler_metric metric(const void *params)
{
    return (enum ust_scaler_metric)((const struct ust_hpa_params *)params)->goal.metric;
}

const struct ust_scaler_type ust_scaler_k8s_hpa = {
    .kind = {.name = "k8s_hpa",
             .help = "HorizontalPodAutoscaler of Kubernetes 1.33 (autoscaling/v2) with one "
                     "metric; cpu and memory are resource utilisation, slots and requests are "
                     "pod metrics.",
             .params_size = sizeof(struct ust_hpa_params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metric = metric,
    .target = target,
    .warm_up = warm_up,
};
