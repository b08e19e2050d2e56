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
             .help = "Tolerance in this direction, in place of the general one; alpha in "     \
                     "Kubernetes 1.33 (HPAConfigurableTolerance)."},                           \
        {                                                                                      \
            .key = NULL                                                                        \
        }                                                                                      \
    }

const struct ust_field ust_hpa_up_fields[] =
    RULES_FIELDS("0 s", "The lowest recommendation of this time counts",
                 "100 percent and 4 pods, each per 15 s");
const struct ust_field ust_hpa_down_fields[] = RULES_FIELDS(
    "300 s", "The highest recommendation of this time counts", "100 percent per 15 s");

#define GOAL_FIELDS(type, member)                                                              \
    UST_SCALER_GOAL_FIELDS(type, member, "metrics", ust_scaler_metric_names,                   \
                           "; arrivals, the requests that reach the whole pool over its pods " \
                           "(an external metric), too",                                        \
                           0.01, 1)

static const struct ust_field metric_fields[] = {
    GOAL_FIELDS(struct ust_hpa_metric, goal),
    {.key = NULL},
};

static const struct ust_field fields[] = {
    GOAL_FIELDS(struct ust_hpa_params, one.goal),
    {.key = "metrics",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_hpa_params, metrics),
     .low = 1,
     .high = 10,
     .fields = metric_fields,
     .size = sizeof(struct ust_hpa_metric),
     .help = "Several metrics, in place of one: the one that asks for most pods counts. While "
             "one of them has no data, pods are added but never removed."},
    UST_HPA_FIELDS(0),
    {.key = NULL},
};

void ust_hpa_metric_check(struct ust_spec *spec, const struct ust_hpa_params *params,
                          const struct ust_scaler_goal *goal, const struct ust_node *node)
{
    ust_scaler_goal_check(spec, goal, node);
    if (goal->metric == UST_SCALE_REQUESTS || goal->metric == UST_SCALE_ARRIVALS) {
        if (goal->rate_node && ust_hpa_target(goal) < 1)
            ust_diag_error(spec->diag, goal->rate_node->place,
                           "'requests_per_instance' is %g req/s, must be at least 0.001 req/s",
                           goal->rate);
        return;
    }
    if (goal->metric == UST_SCALE_QUEUE) {
        if (goal->waiting_node && ust_hpa_target(goal) < 1)
            ust_diag_error(spec->diag, goal->waiting_node->place,
                           "'waiting_per_instance' is %g, must be at least 0.001",
                           goal->waiting);
        return;
    }
    if (!goal->ratio_node)
        return;
    double percent = goal->ratio * 100;
    double off = percent - (double)ust_hpa_target(goal);
    double tolerance = ust_hpa_tolerance(params, &params->up);
    if (ust_hpa_is_resource(goal) && (off > 1e-9 || off < -1e-9))
        ust_diag_error(spec->diag, goal->ratio_node->place,
                       "'target' is %g %%, must be a whole number of percent: Kubernetes knows "
                       "no other utilisation",
                       percent);
    else if (goal->ratio * (1 + tolerance) >= 1)
        ust_diag_warning(spec->diag, goal->ratio_node->place,
                         "never scales up: %s cannot exceed 100 %%, and 'target' with its "
                         "tolerance is %g %%",
                         ust_scaler_metric_names[goal->metric], percent * (1 + tolerance));
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct ust_hpa_params *params = from;
    uint32_t n;
    const struct ust_hpa_metric *metric = ust_hpa_metrics(params, &n);
    if (params->metrics.n)
        ust_scaler_goal_absent(spec, &params->one.goal, "metrics");
    for (uint32_t i = 0; i < n; i++)
        ust_hpa_metric_check(spec, params, &metric[i].goal,
                             params->metrics.n ? params->metrics.node : node);
}

static struct ust_scaler_answer decide(const struct ust_hpa_params *params,
                                       struct ust_hpa_state *state,
                                       const struct ust_scaler_view *view,
                                       const int64_t *instead)
{
    const int64_t current = view->desired;
    if (current == 0 && view->min != 0) /* scaled to nothing by hand */
        return (struct ust_scaler_answer){.desired = 0};
    if (current > view->max)
        return (struct ust_scaler_answer){.desired = view->max, .reason = "above the maximum"};
    if (current < view->min)
        return (struct ust_scaler_answer){.desired = view->min, .reason = "below the minimum"};

    int64_t recommendation;
    if (!ust_hpa_recommend(params, view, instead, &recommendation))
        return (struct ust_scaler_answer){.desired = current}; /* an error: nothing changes */
    return ust_hpa_behave(params, state, view, recommendation);
}

struct ust_scaler_answer ust_hpa_sync(const struct ust_hpa_params *params,
                                      struct ust_hpa_state *state,
                                      const struct ust_scaler_view *view,
                                      const int64_t *instead)
{
    if (!state->begun)
        ust_hpa_begin(params, state, view);
    struct ust_scaler_answer answer = decide(params, state, view, instead);
    ust_hpa_remember(state, view->now, view->desired, answer.desired);
    return answer;
}

unsigned ust_hpa_reads(const struct ust_hpa_params *params)
{
    uint32_t n;
    const struct ust_hpa_metric *metric = ust_hpa_metrics(params, &n);
    unsigned bits = 0;
    for (uint32_t i = 0; i < n; i++)
        bits |= ust_scaler_bit(metric[i].goal.metric);
    return bits;
}

static struct ust_scaler_answer target(const void *params, void *state,
                                       const struct ust_scaler_view *view)
{
    return ust_hpa_sync(params, state, view, NULL);
}

static size_t state_size(const void *params)
{
    return ust_hpa_state_size(params);
}

static ust_time period(const void *params)
{
    return ((const struct ust_hpa_params *)params)->sync;
}

static unsigned metrics(const void *params)
{
    return ust_hpa_reads(params);
}

const struct ust_scaler_type ust_scaler_k8s_hpa = {
    .kind = {.name = "k8s_hpa",
             .help = "HorizontalPodAutoscaler of Kubernetes 1.33 (autoscaling/v2); cpu and "
                     "memory are resource utilisation, slots, requests and queue are pod "
                     "metrics, arrivals is an external one.",
             .params_size = sizeof(struct ust_hpa_params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .asked = ust_scaler_always,
};
