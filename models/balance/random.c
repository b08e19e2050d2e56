/* Any instance, each equally likely. */
#include "models/balance/balance.h"

static uint32_t pick(const void *params, void *state, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    (void)params;
    (void)state;
    return view->ready[ust_rng_below(rng, view->ready_n)];
}

const struct ust_balance_type ust_balance_random = {
    .kind = {.name = "random", .help = "Any instance, each equally likely."},
    .pick = pick,
};
