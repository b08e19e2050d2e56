/* The instance with the fewest requests outstanding, found by looking at them all.
 *
 * Ties go round: the search begins behind the last pick. Were they to go to the lowest number,
 * a lightly loaded pool would send nearly everything to its first instance, which no real
 * balancer does. Cost: O(instances) when none is idle, and it stops at the first idle one.
 */
#include "models/balance/balance.h"

struct state {
    uint32_t next; /* place in `ready` where the next search begins */
};

static size_t state_size(const void *params, uint32_t instances_max, uint32_t zones)
{
    (void)params;
    (void)zones;
    (void)instances_max;
    return sizeof(struct state);
}

struct best {
    uint32_t at, outstanding;
};

static void search(const struct ust_balance_view *view, uint32_t from, uint32_t to,
                   struct best *best)
{
    for (uint32_t i = from; i < to && best->outstanding; i++) {
        uint32_t outstanding = view->outstanding[view->ready[i]];
        if (outstanding < best->outstanding)
            *best = (struct best){.at = i, .outstanding = outstanding};
    }
}

static uint32_t pick(const void *params, void *from, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    (void)params;
    (void)rng;
    struct state *state = from;
    uint32_t n = view->ready_n;
    uint32_t start = state->next < n ? state->next : 0;
    struct best best = {.at = start, .outstanding = view->outstanding[view->ready[start]]};
    search(view, start + 1, n, &best);
    search(view, 0, start, &best);
    state->next = best.at + 1;
    return view->ready[best.at];
}

const struct ust_balance_type ust_balance_least_request = {
    .kind = {.name = "least_request",
             .help = "The instance with the fewest requests outstanding; ties go round. As "
                     "nginx's least_conn and least outstanding requests of an application load "
                     "balancer; Envoy's LEAST_REQUEST is power_of_two."},
    .state_size = state_size,
    .pick = pick,
};
