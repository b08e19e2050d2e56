/* Each instance in turn. When instances come or go the turn is kept: the one after the last
 * served comes next, wherever it stands now. */
#include "models/balance/balance.h"

struct state {
    uint64_t changes;
    uint32_t last; /* instance number */
    uint32_t at;   /* its place in `ready` when it was picked */
    bool begun;
};

static size_t state_size(const void *params, uint32_t instances_max, uint32_t zones)
{
    (void)params;
    (void)zones;
    (void)instances_max;
    return sizeof(struct state);
}

/* The place after the last pick. Where the last pick itself has gone, those behind it moved up,
 * so its old place now holds its successor. */
static uint32_t successor(const struct state *state, const struct ust_balance_view *view)
{
    uint32_t n = view->ready_n;
    for (uint32_t i = 0; i < n; i++)
        if (view->ready[i] == state->last)
            return i + 1 < n ? i + 1 : 0;
    return state->at < n ? state->at : 0;
}

static uint32_t pick(const void *params, void *from, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    (void)params;
    (void)rng;
    struct state *state = from;
    uint32_t at = 0;
    if (state->begun) {
        if (state->changes == view->changes)
            at = state->at + 1 < view->ready_n ? state->at + 1 : 0;
        else
            at = successor(state, view);
    }
    state->begun = true;
    state->changes = view->changes;
    state->at = at;
    state->last = view->ready[at];
    return state->last;
}

const struct ust_balance_type ust_balance_round_robin = {
    .kind = {.name = "round_robin",
             .help = "Each instance in turn; the turn survives instances that come and go."},
    .state_size = state_size,
    .pick = pick,
};
