/* The autoscaler of Google's managed instance groups.
 *
 *   each signal ──▶ the number that brings its use to the target, rounded up
 *     ──largest of the signals──▶ recommendation ──largest of the stabilisation period──▶
 *     ──scale-in control: not more than so many below the largest size of its window──▶ size
 *
 * Where the load is forecast, the size carries it as well as what is: the largest of the hours
 * up to an initialization period ahead.
 *
 * Growing, instances that still initialise are not asked what they use; shrinking, they are,
 * and those that report nothing count as on target.
 */
#include "models/scaler/forecast.h"
#include "sim/base/limits.h"

enum mode { ON, ONLY_SCALE_OUT, OFF };

struct signal {
    struct ust_scaler_goal goal;
};

struct control {
    int64_t instances; /* 0: not given */
    double share;
    ust_time window;
    const struct ust_node *instances_node, *share_node, *node;
};

enum method { NONE, OPTIMIZE_AVAILABILITY };

struct predictive {
    int method;
    struct ust_outlook_params outlook;
    const struct ust_node *node;
};

struct params {
    struct signal one;
    struct ust_items signals;
    ust_time period, initialization, stabilization;
    int mode;
    struct control control;
    struct predictive predictive;
};

struct state {
    struct ust_outlook outlook;
    double *room; /* behind the stamps */
    bool begun;
    struct ust_window sizes;  /* that were recommended, of the stabilisation period */
    struct ust_window wanted; /* what the pool wanted, of the control's window */
    struct ust_mark stamps[];
};

static const char *const methods[] = {"none", "optimize_availability", NULL};
static const char *const modes[] = {"on", "only_scale_out", "off", NULL};

#define GOAL(type, member)                                                                     \
    UST_SCALER_GOAL_FIELDS(type, member, "signals", ust_scaler_instance_metric_names, "",      \
                           0.01, 1)

static const struct ust_field signal_fields[] = {
    GOAL(struct signal, goal),
    {.key = NULL},
};

static const struct ust_field control_fields[] = {
    {.key = "instances",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct control, instances),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct control, instances_node) + 1,
     .help = "Most instances that may go within the window (maxScaledInReplicas)."},
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct control, share),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct control, share_node) + 1,
     .help = "The same as a share of the largest size within the window, in place of "
             "'instances'."},
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct control, window),
     .low = 60,
     .high = 3600,
     .fallback = "10 min",
     .help = "How far back the largest recommendation is looked for (timeWindowSec)."},
    {.key = NULL},
};

static const struct ust_field predictive_fields[] = {
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct predictive, method),
     .choices = methods,
     .fallback = "none",
     .help = "none, or optimize_availability: the size carries the forecast of cpu too, an "
             "initialization_period ahead, and only ever more for it (predictiveMethod)."},
    UST_OUTLOOK_FIELDS(struct predictive, outlook, "72", "14", "24", "1",
                       ". Google says that a forecast takes 3 days; the other numbers are "
                       "assumed"),
    {.key = NULL},
};

static const struct ust_field fields[] = {
    GOAL(struct params, one.goal),
    {.key = "signals",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, signals),
     .fields = signal_fields,
     .size = sizeof(struct signal),
     .low = 1,
     .high = 5,
     .help = "Several metrics, in place of one: the one that needs most instances counts."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 5,
     .high = 600,
     .fallback = "60 s",
     .help = "Time between recommendations, and length of the average. Google says that it "
             "watches constantly: assumed default, as often as its agents report."},
    {.key = "initialization_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, initialization),
     .low = 0,
     .high = 3600,
     .fallback = "60 s",
     .help = "Time after an instance enters service during which growing does not ask it "
             "(coolDownPeriodSec)."},
    {.key = "stabilization_period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, stabilization),
     .low = 0,
     .high = 3600,
     .fallback = "10 min",
     .help = "The size carries the peak of this time; at least the initialization period."},
    {.key = "mode",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, mode),
     .choices = modes,
     .fallback = "on",
     .help = "on; only_scale_out never removes instances; off changes nothing."},
    {.key = "scale_in_control",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, control),
     .fields = control_fields,
     .given = offsetof(struct params, control.node) + 1,
     .help = "Slows shrinking down."},
    {.key = "predictive",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, predictive),
     .fields = predictive_fields,
     .given = offsetof(struct params, predictive.node) + 1,
     .help = "Scaling by what is forecast, of the signal cpu alone."},
    {.key = NULL},
};

static const struct signal *signals_of(const struct params *params, uint32_t *n)
{
    *n = params->signals.n ? params->signals.n : 1;
    return params->signals.n ? params->signals.at : &params->one;
}

/* The signal that is forecast; NULL: none is. */
static const struct ust_scaler_goal *foreseen(const struct params *params)
{
    uint32_t n;
    const struct signal *signal = signals_of(params, &n);
    for (uint32_t i = 0; i < n && params->predictive.method != NONE; i++)
        if (signal[i].goal.metric == UST_SCALE_CPU)
            return &signal[i].goal;
    return NULL;
}

static struct ust_outlook_terms terms_of(const struct params *params)
{
    return ust_outlook_terms_of(&params->predictive.outlook, params->period, UST_SCALE_CPU);
}

static enum ust_status bind(struct ust_spec *spec, void *from, const struct ust_node *node,
                            const struct ust_scaler_world *world)
{
    struct params *params = from;
    (void)node;
    if (foreseen(params) == NULL)
        return UST_OK;
    return ust_outlook_bind(spec, &params->predictive.outlook, params->predictive.node, world);
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct control *control = &params->control;
    uint32_t n;
    const struct signal *signal = signals_of(params, &n);
    if (params->signals.n)
        ust_scaler_goal_absent(spec, &params->one.goal, "signals");
    for (uint32_t i = 0; i < n; i++)
        ust_scaler_goal_check(spec, &signal[i].goal,
                              params->signals.n ? params->signals.node : node);
    if (params->predictive.method != NONE)
        ust_outlook_check(spec, &params->predictive.outlook, params->predictive.node);
    if (params->predictive.method != NONE && foreseen(params) == NULL)
        ust_diag_error(spec->diag, params->predictive.node->place,
                       "'predictive' needs the metric cpu, which alone is forecast");
    if (control->node && !control->instances_node && !control->share_node)
        ust_diag_error(spec->diag, control->node->place,
                       "'scale_in_control' needs 'instances' or 'share'");
    if (control->instances_node && control->share_node)
        ust_diag_error(spec->diag, control->share_node->key_place,
                       "'share' does not go with 'instances'");
}

/* ---- the recommendation ---- */

/* What a signal needs, growing and shrinking; -1 where nobody has reported. */
struct need {
    int64_t out, in;
};

static struct need need_of(const struct params *params, const struct ust_scaler_goal *goal,
                           const struct ust_scaler_view *view)
{
    double target = ust_scaler_goal_value(goal), ready = 0, all = 0;
    uint32_t reported = 0, initialised = 0, asked = 0;
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *it = &view->instance[i];
        double value = it->value[goal->metric];
        if (it->ready == UST_NEVER)
            continue;
        bool asks = view->now - it->ready >= params->initialization;
        initialised += asks;
        if (ust_scaler_missing(value)) {
            all += target;
            continue;
        }
        reported++;
        all += value;
        if (asks) {
            ready += value;
            asked++;
        }
    }
    return (struct need){.out =
                             asked ? ust_scaler_ceil(ready / asked * initialised / target) : -1,
                         .in = reported ? ust_scaler_ceil(all / target) : -1};
}

/* The size that the signals ask for now; as it is where none of them knows. */
static int64_t recommend(const struct params *params, const struct ust_scaler_view *view)
{
    uint32_t n;
    const struct signal *signal = signals_of(params, &n);
    int64_t out = -1, in = -1;
    bool all_known = true;
    for (uint32_t i = 0; i < n; i++) {
        struct need need = need_of(params, &signal[i].goal, view);
        out = need.out > out ? need.out : out;
        in = need.in > in ? need.in : in;
        all_known &= need.in >= 0;
    }
    if (out > view->desired)
        return out;
    return all_known && in >= 0 && in < view->desired ? in : view->desired;
}

static int64_t most_removed(const struct control *control, int64_t peak)
{
    if (control->share_node)
        return (int64_t)(control->share * (double)peak * (1 + 1e-9));
    return control->instances;
}

static ust_time stabilization(const struct params *params)
{
    return params->stabilization > params->initialization ? params->stabilization
                                                          : params->initialization;
}

static uint32_t sizes_kept(const struct params *params)
{
    return ust_window_capacity(stabilization(params), params->period);
}

static uint32_t wanted_kept(const struct params *params)
{
    return ust_window_capacity(params->control.window, params->period);
}

static void begin(const struct params *params, struct state *state,
                  const struct ust_scaler_view *view)
{
    uint32_t kept = sizes_kept(params);
    state->begun = true;
    state->sizes = (struct ust_window){.stamp = state->stamps, .capacity = kept};
    state->wanted =
        (struct ust_window){.stamp = state->stamps + kept, .capacity = wanted_kept(params)};
    ust_window_add(&state->sizes, view->now, view->desired);
    state->room = (double *)(state->stamps + kept + wanted_kept(params));
}

/* The size that carries what is forecast; 0 where nothing is. */
static int64_t foresee(const struct params *params, struct state *state,
                       const struct ust_scaler_view *view, struct ust_scaler_answer *answer)
{
    const struct ust_scaler_goal *goal = foreseen(params);
    if (goal == NULL)
        return 0;
    const struct ust_outlook_terms terms = terms_of(params);
    if (ust_outlook_look(&state->outlook, state->room, &terms, view))
        ust_outlook_tell(&state->outlook, state->room, &terms, goal->ratio, answer);
    const double load = ust_outlook_most(&state->outlook, state->room, &terms, view->unix_s,
                                         params->initialization);
    return ust_scaler_missing(load) ? 0 : ust_scaler_ceil(load / goal->ratio);
}

/* Not more than so many below what was wanted within the window of the control. */
static int64_t least_left(const struct params *params, const struct state *state,
                          const struct ust_scaler_view *view)
{
    if (!params->control.node)
        return 0;
    ust_time since = view->now - params->control.window;
    int64_t peak = ust_window_max(&state->wanted, since, view->desired);
    return peak - most_removed(&params->control, peak);
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    if (!state->begun)
        begin(params, state, view);
    struct ust_scaler_answer answer = {.desired = view->desired};
    int64_t size = recommend(params, view), ahead = foresee(params, state, view, &answer);
    size = size < ahead ? ahead : size;
    size = size < view->min ? view->min : size > view->max ? view->max : size;
    ust_window_add(&state->sizes, view->now, size);
    ust_window_add(&state->wanted, view->now, view->desired);
    int64_t desired = ust_window_max(&state->sizes, view->now - stabilization(params), size);
    int64_t least = least_left(params, state, view);
    desired = desired < least ? least : desired;
    /* The peak of the past says how far down, never how far up. */
    if (desired > view->desired)
        desired = size > view->desired ? size : view->desired;
    bool refused =
        params->mode == OFF || (params->mode == ONLY_SCALE_OUT && desired < view->desired);
    if (refused || desired == view->desired)
        return answer;
    answer.desired = desired;
    answer.reason = desired < view->desired ? "below target"
                    : ahead >= desired      ? "forecast"
                                            : "above target";
    return answer;
}

static size_t state_size(const void *params)
{
    const struct ust_outlook_terms terms = terms_of(params);
    return sizeof(struct state) +
           (sizes_kept(params) + wanted_kept(params)) * sizeof(struct ust_mark) +
           (foreseen(params) == NULL ? 0 : ust_outlook_room(&terms) * sizeof(double));
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static unsigned metrics(const void *params)
{
    uint32_t n;
    const struct signal *signal = signals_of(params, &n);
    unsigned bits = 0;
    for (uint32_t i = 0; i < n; i++)
        bits |= ust_scaler_bit(signal[i].goal.metric);
    return bits;
}

static ust_time warm_up(const void *params)
{
    return ((const struct params *)params)->initialization;
}

static bool asked(const void *params)
{
    return ((const struct params *)params)->mode == ON;
}

const struct ust_scaler_type ust_scaler_gcp_autoscaler = {
    .kind = {.name = "gcp_autoscaler",
             .help = "Autoscaler of Google Compute Engine's managed instance groups: a target "
                     "for a metric, the peak of the stabilisation period, scale-in controls.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = warm_up,
    .asked = asked,
    .bind = bind,
};
