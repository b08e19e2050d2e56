/* Earliest deadline first: a weighted round robin. Everybody's next turn comes 1 / weight after
 * the last; whoever's comes first is served, so turns are spread as evenly as the weights
 * allow, and equal weights go round in order. What weight counts is that of the moment of the
 * turn, so weights may change from turn to turn (Envoy's scheduler works the same way).
 *
 * Cost: O(log n) a turn, O(n) when members change; who stays keeps his turn.
 */
#ifndef UST_MODELS_BALANCE_EDF_H
#define UST_MODELS_BALANCE_EDF_H

#include "models/balance/balance.h"

/* A weight below this counts as this, so that every deadline is finite. */
#define UST_EDF_WEIGHT_MIN 1e-9

struct ust_edf_turn {
    double deadline;
    uint64_t order; /* of equal deadlines the one that was planned first */
    uint32_t number;
};

struct ust_edf {
    double now;
    uint64_t order;
    uint32_t n, capacity;
    uint64_t members; /* of the view that it follows */
    bool begun;
    struct ust_edf_turn turn[]; /* a heap; behind it the work space of ust_edf_members */
};

/* Bytes, zeroed, for at most n members whose numbers are below n. */
size_t ust_edf_size(uint32_t n);

/* The members are now these. `capacity` is the n of ust_edf_size; weight is by number. */
void ust_edf_members(struct ust_edf *edf, uint32_t capacity, const uint32_t *number, uint32_t n,
                     const double *weight);

/* The same for what a balancer sees, where it has changed since the last call. */
static inline void ust_edf_follow(struct ust_edf *edf, const struct ust_balance_view *view)
{
    if (edf->begun && edf->members == view->members)
        return;
    ust_edf_members(edf, view->numbers, view->ready, view->ready_n, view->weight);
    edf->begun = true;
    edf->members = view->members;
}

/* Whose turn it is; there is one member at least. */
static inline uint32_t ust_edf_first(const struct ust_edf *edf)
{
    return edf->turn[0].number;
}

/* That member's turn is over, and its next comes 1 / weight later. */
void ust_edf_done(struct ust_edf *edf, double weight);

#endif
