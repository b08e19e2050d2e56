/* Any instance, each as likely as its weight: Walker's alias table, built as Vose does (1991),
 * rebuilt in O(instances) at the first pick after a change.
 *
 * Each place holds its own number with a threshold and another's above it. One word picks the
 * place with its upper half and decides between the two with its lower half.
 */
#include "models/balance/alias.h"
#include "sim/base/assert.h"

struct cell {
    double excess;      /* weight over the mean, while the table is built */
    uint32_t threshold; /* of 2^32: below it this place's own instance */
    uint32_t alias;     /* place of the other */
    uint32_t stack;     /* work space: small ones from the bottom, large ones from the top */
};

struct state {
    uint64_t changes;
    bool built;
    struct cell cell[];
};

size_t ust_alias_state_size(const void *params, uint32_t instances_max, uint32_t zones)
{
    (void)params;
    (void)zones;
    return sizeof(struct state) + instances_max * sizeof(struct cell);
}

static double total(const struct ust_balance_view *view)
{
    double sum = 0;
    for (uint32_t i = 0; i < view->ready_n; i++) {
        double weight = view->weight[view->ready[i]];
        UST_ASSERT(weight >= 0);
        sum += weight;
    }
    return sum;
}

static void whole(struct cell *cell, uint32_t at)
{
    cell[at].threshold = UINT32_MAX;
    cell[at].alias = at;
}

static void build(struct cell *cell, const struct ust_balance_view *view)
{
    const uint32_t n = view->ready_n;
    const double sum = total(view);
    uint32_t small = 0, large = n;
    for (uint32_t i = 0; i < n; i++) {
        /* With no weight at all, all are alike. */
        double excess = sum > 0 ? view->weight[view->ready[i]] * n / sum : 1;
        cell[i].excess = excess;
        if (excess < 1)
            cell[small++].stack = i;
        else
            cell[--large].stack = i;
    }
    while (small && large < n) {
        uint32_t poor = cell[--small].stack;
        uint32_t rich = cell[large].stack;
        cell[poor].threshold = (uint32_t)(cell[poor].excess * 0x1p32);
        cell[poor].alias = rich;
        cell[rich].excess -= 1 - cell[poor].excess;
        if (cell[rich].excess < 1) {
            large++;
            cell[small++].stack = rich;
        }
    }
    /* What is left is 1 but for rounding. */
    while (small)
        whole(cell, cell[--small].stack);
    for (; large < n; large++)
        whole(cell, cell[large].stack);
}

uint32_t ust_alias_pick(const void *params, void *from, const struct ust_balance_view *view,
                        struct ust_rng *rng)
{
    (void)params;
    struct state *state = from;
    if (!state->built || state->changes != view->changes) {
        build(state->cell, view);
        state->built = true;
        state->changes = view->changes;
    }
    uint64_t bits = ust_rng_u64(rng);
    uint32_t at = (uint32_t)(((bits >> 32) * view->ready_n) >> 32);
    const struct cell *cell = &state->cell[at];
    return view->ready[(uint32_t)bits < cell->threshold ? at : cell->alias];
}

const struct ust_balance_type ust_balance_weighted = {
    .kind = {.name = "weighted",
             .help = "Any instance, each as likely as its weight, which is its number of "
                     "slots, less during slow start."},
    .weighs = ust_balance_always_weighs,
    .state_size = ust_alias_state_size,
    .pick = ust_alias_pick,
};
