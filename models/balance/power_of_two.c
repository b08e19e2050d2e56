/* Two instances at random, then the one with fewer requests outstanding (Mitzenmacher 2001).
 *
 * One word of random bits gives both: its halves are scaled to n and n - 1 places, and the
 * second skips over the first, so the two always differ. The bias is below n / 2^32.
 */
#include "models/balance/balance.h"

static uint32_t pick(const void *params, void *state, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    (void)params;
    (void)state;
    const uint32_t n = view->ready_n;
    if (n == 1)
        return view->ready[0];

    uint64_t bits = ust_rng_u64(rng);
    uint32_t i = (uint32_t)(((bits >> 32) * n) >> 32);
    uint32_t j = (uint32_t)(((bits & UINT32_MAX) * (n - 1)) >> 32);
    j += j >= i;
    uint32_t first = view->ready[i];
    uint32_t second = view->ready[j];
    return view->outstanding[second] < view->outstanding[first] ? second : first;
}

const struct ust_balance_type ust_balance_power_of_two = {
    .kind = {.name = "power_of_two",
             .help = "The better of two different instances picked at random, by requests "
                     "outstanding. As Envoy's LEAST_REQUEST with equal weights."},
    .pick = pick,
};
