/* KEDA 2.21 (ScaledObject): between nothing and one pod it scales by itself, above by the
 * HorizontalPodAutoscaler that it makes of its triggers.
 *
 *   every polling interval: is any trigger above its activation threshold?
 *     none running, active      ──▶ the minimum, at least one pod
 *     running, inactive for the cooldown period, minimum 0 ──▶ none
 *   every sync period, while any run: the autoscaler's own rules
 *
 * A trigger without data is an error: nothing goes to zero, and the autoscaler is told nothing,
 * or the fallback once there were too many errors in a row.
 */
#include <math.h>

#include "models/scaler/k8s_hpa.h"
#include "sim/base/limits.h"

#define TRIGGERS_MAX 10

enum behaviour { STATIC, CURRENT, CURRENT_IF_HIGHER, CURRENT_IF_LOWER };

struct fallback {
    int64_t failures, replicas;
    int behaviour;
    const struct ust_node *node;
};

struct params {
    struct ust_hpa_params hpa; /* its metrics are the triggers */
    ust_time polling, cooldown, initial;
    int64_t min_active;
    struct fallback fallback;
};

struct state {
    bool begun, was_active;
    ust_time since;               /* the first call */
    ust_time polled, synced;      /* the last ones */
    ust_time active;              /* when a trigger was last active */
    int64_t failed[TRIGGERS_MAX]; /* syncs in a row */
};

static const char *const behaviours[] = {"static", "current_replicas",
                                         "current_replicas_if_higher",
                                         "current_replicas_if_lower", NULL};

static const struct ust_field trigger_fields[] = {
    UST_SCALER_GOAL_FIELDS(struct ust_hpa_metric, goal, NULL, ust_scaler_metric_names,
                           "; arrivals, the requests that reach the whole pool over its pods, "
                           "too: the only one that sees demand while there are no pods",
                           0.01, 1),
    {.key = "activation_threshold",
     .kind = UST_FIELD_LEVEL,
     .offset = offsetof(struct ust_hpa_metric, activation),
     .given = offsetof(struct ust_hpa_metric, activation_node) + 1,
     .help = "The trigger is active above this, as a total of the pool; 0 where absent. cpu, "
             "slots and memory have none: they never wake a pool nor keep it awake."},
    {.key = NULL},
};

static const struct ust_field fallback_fields[] = {
    {.key = "failure_threshold",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct fallback, failures),
     .low = 0,
     .high = 1000,
     .flags = UST_FIELD_REQUIRED,
     .help = "Failed readings in a row beyond which the fallback is in force."},
    {.key = "replicas",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct fallback, replicas),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "What the trigger then asks for."},
    {.key = "behavior",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct fallback, behaviour),
     .choices = behaviours,
     .fallback = "static",
     .help = "static: 'replicas'; current_replicas: as many as there are; or these while they "
             "are more, or fewer, than 'replicas'."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "triggers",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, hpa.metrics),
     .fields = trigger_fields,
     .size = sizeof(struct ust_hpa_metric),
     .low = 1,
     .high = TRIGGERS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "What wakes the pool and how large it has to be; the one that asks for most pods "
             "counts."},
    {.key = "polling_interval",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, polling),
     .low = 1,
     .high = 3600,
     .fallback = "30 s",
     .help = "Time between looks at the triggers' activity."},
    {.key = "cooldown_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, cooldown),
     .low = 0,
     .high = 86400,
     .fallback = "300 s",
     .help = "How long after the last activity the pool goes to nothing."},
    {.key = "initial_cooldown_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, initial),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help = "The same of a pool that has not been active yet, from the start of the run on."},
    {.key = "min_replica_count",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, min_active),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .fallback = "1",
     .help = "Pods at least while there are any, with a pool whose 'min' is 0: KEDA's "
             "minReplicaCount with an idleReplicaCount of 0."},
    {.key = "fallback",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, fallback),
     .fields = fallback_fields,
     .given = offsetof(struct params, fallback.node) + 1,
     .help = "What counts while a trigger cannot be read; without it, nothing does. Not for "
             "cpu, slots and memory."},
    UST_HPA_FIELDS(offsetof(struct params, hpa)),
    {.key = NULL},
};

static bool has_activity(const struct ust_scaler_goal *goal)
{
    return goal->metric == UST_SCALE_REQUESTS || goal->metric == UST_SCALE_QUEUE ||
           goal->metric == UST_SCALE_ARRIVALS;
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct ust_hpa_metric *trigger = params->hpa.metrics.at;
    bool falls = false;
    (void)node;
    for (uint32_t i = 0; i < params->hpa.metrics.n; i++) {
        const struct ust_scaler_goal *goal = &trigger[i].goal;
        falls |= has_activity(goal);
        ust_hpa_metric_check(spec, &params->hpa, goal, params->hpa.metrics.node);
        if (trigger[i].activation_node && !has_activity(goal))
            ust_diag_error(spec->diag, trigger[i].activation_node->key_place,
                           "'activation_threshold' does not go with metric '%s'",
                           ust_scaler_metric_names[goal->metric]);
        else if (trigger[i].activation_node)
            ust_scaler_level_check(spec, "activation_threshold", goal->metric,
                                   &trigger[i].activation, trigger[i].activation_node);
    }
    if (params->fallback.node && params->hpa.metrics.n > 0 && !falls)
        ust_diag_error(spec->diag, params->fallback.node->key_place,
                       "'fallback' is not for cpu, slots and memory, and there is no other "
                       "trigger");
}

/* ---- activity ---- */

/* A trigger's value of the whole pool; NAN where it cannot be read. */
static double total(const struct ust_scaler_goal *goal, const struct ust_scaler_view *view)
{
    double sum = 0;
    uint32_t reported = 0, running = 0;
    if (goal->metric == UST_SCALE_ARRIVALS)
        return view->arrivals;
    for (uint32_t i = 0; i < view->n; i++) {
        double value = view->instance[i].value[goal->metric];
        if (view->instance[i].ready == UST_NEVER)
            continue;
        running++;
        if (ust_scaler_missing(value))
            continue;
        sum += value;
        reported++;
    }
    return reported == 0 && running > 0 ? (double)NAN : sum;
}

struct activity {
    bool active, error;
};

static struct activity poll(const struct params *params, const struct ust_scaler_view *view)
{
    const struct ust_hpa_metric *trigger = params->hpa.metrics.at;
    struct activity out = {0};
    bool any = false;
    for (uint32_t i = 0; i < params->hpa.metrics.n; i++) {
        if (!has_activity(&trigger[i].goal))
            continue;
        double value = total(&trigger[i].goal, view);
        any = true;
        out.error |= ust_scaler_missing(value);
        out.active |= value > trigger[i].activation.value;
    }
    out.active |= !any; /* resources alone keep a pool as it is */
    return out;
}

static bool may_sleep(const struct params *params, const struct state *state,
                      const struct ust_scaler_view *view)
{
    if (view->min > 0)
        return false;
    return state->was_active ? view->now - state->active > params->cooldown
                             : view->now - state->since >= params->initial;
}

static int64_t woken(const struct params *params, const struct ust_scaler_view *view)
{
    return params->min_active > view->min ? params->min_active : view->min;
}

/* ---- the autoscaler ---- */

static int64_t fall_back(const struct fallback *fallback, int64_t current)
{
    int64_t replicas = fallback->replicas;
    switch ((enum behaviour)fallback->behaviour) {
    case STATIC:
        return replicas;
    case CURRENT:
        return current;
    case CURRENT_IF_HIGHER:
        return current > replicas ? current : replicas;
    case CURRENT_IF_LOWER:
        return current < replicas ? current : replicas;
    }
    return replicas;
}

static struct ust_scaler_answer sync(const struct params *params, struct state *state,
                                     const struct ust_scaler_view *view)
{
    const struct ust_hpa_metric *trigger = params->hpa.metrics.at;
    int64_t instead[TRIGGERS_MAX];
    for (uint32_t i = 0; i < params->hpa.metrics.n; i++) {
        bool reads = has_activity(&trigger[i].goal);
        bool failed = reads && ust_scaler_missing(total(&trigger[i].goal, view));
        state->failed[i] = failed ? state->failed[i] + 1 : 0;
        bool falls = params->fallback.node && state->failed[i] > params->fallback.failures;
        instead[i] = falls ? fall_back(&params->fallback, view->desired) : -1;
    }
    struct ust_scaler_view pods = *view;
    pods.min = woken(params, view);
    return ust_hpa_sync(&params->hpa, (struct ust_hpa_state *)(void *)(state + 1), &pods,
                        instead);
}

static bool due(ust_time now, ust_time last, ust_time interval)
{
    return now - last >= interval;
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    const bool first = !state->begun;
    state->begun = true;
    if (first)
        state->since = view->now;
    if (first || due(view->now, state->polled, params->polling)) {
        struct activity now = poll(params, view);
        state->polled = view->now;
        state->was_active |= now.active;
        if (now.active)
            state->active = view->now;
        if (now.active && view->desired == 0)
            return (struct ust_scaler_answer){.desired = woken(params, view),
                                              .reason = "trigger is active"};
        if (!now.active && !now.error && view->desired > 0 && may_sleep(params, state, view))
            return (struct ust_scaler_answer){.desired = 0, .reason = "no trigger is active"};
    }
    if (view->desired > 0 && (first || due(view->now, state->synced, params->hpa.sync))) {
        state->synced = view->now;
        return sync(params, state, view);
    }
    return (struct ust_scaler_answer){.desired = view->desired};
}

static size_t state_size(const void *from)
{
    const struct params *params = from;
    return sizeof(struct state) + ust_hpa_state_size(&params->hpa);
}

static ust_time period(const void *from)
{
    const struct params *params = from;
    return params->polling < params->hpa.sync ? params->polling : params->hpa.sync;
}

static unsigned metrics(const void *params)
{
    return ust_hpa_reads(&((const struct params *)params)->hpa);
}

const struct ust_scaler_type ust_scaler_keda = {
    .kind = {.name = "keda",
             .help = "KEDA 2.21 (ScaledObject): from and to nothing by the activity of its "
                     "triggers, between by a HorizontalPodAutoscaler; the pool's min and max "
                     "are minReplicaCount and maxReplicaCount.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .asked = ust_scaler_always,
};
