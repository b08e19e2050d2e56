/* Behaviour: recommendations are held for a while, and the rate of change is limited.
 *
 *   recommendation
 *     ──stabilise──▶ not below the lowest of the up window, nor above the highest of the down's
 *     ──limit──▶ as far as the policies let it go from where their period began
 *     ──▶ min, max
 */
#include "models/scaler/k8s_hpa.h"
#include "sim/base/detmath.h"

static const struct ust_hpa_policy up_policies[] = {
    {.type = UST_HPA_PODS, .value = 4, .period = 15 * UST_S},
    {.type = UST_HPA_PERCENT, .value = 100, .period = 15 * UST_S},
};
static const struct ust_hpa_policy down_policies[] = {
    {.type = UST_HPA_PERCENT, .value = 100, .period = 15 * UST_S},
};

static const struct ust_hpa_policy *policies(const struct ust_hpa_rules *rules, bool up,
                                             uint32_t *n)
{
    if (rules->policies.n) {
        *n = rules->policies.n;
        return rules->policies.at;
    }
    *n = up ? sizeof up_policies / sizeof *up_policies
            : sizeof down_policies / sizeof *down_policies;
    return up ? up_policies : down_policies;
}

static int64_t stabilise(const struct ust_hpa_params *params, struct ust_hpa_state *state,
                         ust_time now, int64_t current, int64_t recommendation)
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
static int64_t policy_limit(const struct ust_hpa_policy *policy, bool up, int64_t start)
{
    if (policy->type == UST_HPA_PODS)
        return up ? start + policy->value : start - policy->value;
    double share = (double)policy->value / 100;
    if (up)
        return (int64_t)ust_ceil((double)start * (1 + share));
    return (int64_t)((double)start * (1 - share));
}

/* The bound on the way from `current`, up or down, that all policies of the direction set. */
static int64_t rate_limit(const struct ust_hpa_rules *rules, bool up,
                          const struct ust_hpa_state *state, ust_time now, int64_t current)
{
    uint32_t n;
    const struct ust_hpa_policy *policy = policies(rules, up, &n);
    if (rules->select == UST_HPA_DISABLED)
        return current;

    const bool highest = up == (rules->select == UST_HPA_MAX);
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

static struct ust_scaler_answer limit_rate(const struct ust_hpa_params *params,
                                           const struct ust_hpa_state *state,
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

static ust_time longest_period(const struct ust_hpa_rules *rules, bool up)
{
    uint32_t n;
    ust_time longest = 0;
    const struct ust_hpa_policy *policy = policies(rules, up, &n);
    for (uint32_t i = 0; i < n; i++)
        if (policy[i].period > longest)
            longest = policy[i].period;
    return longest;
}

static void capacities(const struct ust_hpa_params *params, uint32_t out[3])
{
    ust_time window =
        params->up.window > params->down.window ? params->up.window : params->down.window;
    ust_time up = longest_period(&params->up, true);
    ust_time down = longest_period(&params->down, false);
    ust_time period = up > down ? up : down; /* both directions ask for both kinds of change */
    out[0] = ust_window_capacity(window, params->sync);
    out[1] = out[2] = ust_window_capacity(period, params->sync);
}

size_t ust_hpa_state_size(const struct ust_hpa_params *params)
{
    uint32_t capacity[3];
    capacities(params, capacity);
    return sizeof(struct ust_hpa_state) +
           (capacity[0] + capacity[1] + capacity[2]) * sizeof(struct ust_mark);
}

/* The first call. The size that the controller finds is its first recommendation: a new
 * controller does not shrink before the window has passed. */
void ust_hpa_begin(const struct ust_hpa_params *params, struct ust_hpa_state *state,
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

struct ust_scaler_answer ust_hpa_behave(const struct ust_hpa_params *params,
                                        struct ust_hpa_state *state,
                                        const struct ust_scaler_view *view,
                                        int64_t recommendation)
{
    int64_t wanted = stabilise(params, state, view->now, view->desired, recommendation);
    return limit_rate(params, state, view, wanted);
}

void ust_hpa_remember(struct ust_hpa_state *state, ust_time now, int64_t before, int64_t after)
{
    if (after > before)
        ust_window_add(&state->added, now, after - before);
    else if (after < before)
        ust_window_add(&state->removed, now, before - after);
}
