/* Envoy's LEAST_REQUEST, both of its ways.
 *
 * With equal weights: the best of a few picked at random, with replacement, by requests
 * outstanding. With different ones: turns by weight, where an instance counts
 * weight / (outstanding + 1)^bias at the moment of its turn.
 */
#include "models/balance/edf.h"
#include "sim/base/detmath.h"

struct params {
    double bias;
    int64_t choices;
};

static const struct ust_field fields[] = {
    {.key = "active_request_bias",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, bias),
     .low = 0,
     .high = 100,
     .fallback = "1",
     .help = "Where weights differ: weight / (requests outstanding + 1) to this power; 0: "
             "outstanding requests do not count."},
    {.key = "choice_count",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, choices),
     .low = 2,
     .high = 100,
     .fallback = "2",
     .help = "Where weights are equal: the best of so many picked at random."},
    {.key = NULL},
};

struct state {
    uint64_t changes;
    bool begun, even;
};

/* The schedule stands behind the state, aligned as it is. */
static struct ust_edf *schedule(struct state *state)
{
    return (struct ust_edf *)(void *)(state + 1);
}

static size_t state_size(const void *params, uint32_t instances_max, uint32_t zones)
{
    (void)params;
    (void)zones;
    return sizeof(struct state) + ust_edf_size(instances_max);
}

static bool all_even(const struct ust_balance_view *view)
{
    double first = view->weight[view->ready[0]];
    for (uint32_t i = 1; i < view->ready_n; i++) {
        double weight = view->weight[view->ready[i]];
        if (weight < first || weight > first)
            return false;
    }
    return true;
}

static uint32_t best_of(const struct params *params, const struct ust_balance_view *view,
                        struct ust_rng *rng)
{
    uint32_t best = view->ready[ust_rng_below(rng, view->ready_n)];
    for (int64_t i = 1; i < params->choices; i++) {
        uint32_t other = view->ready[ust_rng_below(rng, view->ready_n)];
        if (view->outstanding[other] < view->outstanding[best])
            best = other;
    }
    return best;
}

static double weight_now(const struct params *params, const struct ust_balance_view *view,
                         uint32_t number)
{
    double active = (double)view->outstanding[number] + 1;
    if (params->bias < 1 || params->bias > 1)
        active = params->bias > 0 ? ust_pow(active, params->bias) : 1;
    return view->weight[number] / active;
}

static uint32_t pick(const void *params, void *from, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    struct state *state = from;
    if (!state->begun || state->changes != view->changes) {
        state->begun = true;
        state->changes = view->changes;
        state->even = all_even(view);
    }
    if (state->even)
        return best_of(params, view, rng);
    struct ust_edf *edf = schedule(state);
    ust_edf_follow(edf, view);
    uint32_t number = ust_edf_first(edf);
    ust_edf_done(edf, weight_now(params, view, number));
    return number;
}

const struct ust_balance_type ust_balance_weighted_least_request = {
    .kind = {.name = "weighted_least_request",
             .help = "Envoy's LEAST_REQUEST: with equal weights the best of a few picked at "
                     "random, by requests outstanding; with different ones (as during slow "
                     "start) turns by weight over requests outstanding.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = state_size,
    .pick = pick,
    .weighs = ust_balance_always_weighs,
};
