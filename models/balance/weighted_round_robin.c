/* Each instance in turn, more often the more it weighs. */
#include "models/balance/edf.h"

static size_t state_size(const void *params, uint32_t instances_max, uint32_t zones)
{
    (void)params;
    (void)zones;
    return ust_edf_size(instances_max);
}

static uint32_t pick(const void *params, void *state, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    (void)params;
    (void)rng;
    struct ust_edf *edf = state;
    ust_edf_follow(edf, view);
    uint32_t number = ust_edf_first(edf);
    ust_edf_done(edf, view->weight[number]);
    return number;
}

const struct ust_balance_type ust_balance_weighted_round_robin = {
    .kind = {.name = "weighted_round_robin",
             .help = "Each instance in turn, in proportion to its weight, which is its number "
                     "of slots, less during slow start. As Envoy's ROUND_ROBIN."},
    .state_size = state_size,
    .pick = pick,
    .weighs = ust_balance_always_weighs,
};
