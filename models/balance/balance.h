/* Balancers: which instance of a pool takes a request. A kind sees the instances that the pool
 * believes healthy, and how many requests each has outstanding; it never sees the truth. */
#ifndef UST_MODELS_BALANCE_H
#define UST_MODELS_BALANCE_H

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

struct ust_balance_view {
    const uint32_t *ready; /* numbers of the instances that take traffic; order is stable */
    uint32_t ready_n;      /* at least 1 */
    const uint32_t *outstanding; /* by instance number */
    const double *weight;        /* by instance number: its slots, or as configured */
    uint64_t changes;            /* grows whenever `ready` or a weight changes */
};

struct ust_balance_type {
    struct ust_kind kind;
    size_t state_size; /* zeroed when the pool is made */
    /* Returns an instance number out of view->ready. */
    uint32_t (*pick)(const void *params, void *state, const struct ust_balance_view *view,
                     struct ust_rng *rng);
};

/* Kinds: round_robin, random, least_request (ties: lowest number), power_of_two (two different
 * candidates; ties: the first), weighted (random by weight). */
extern const struct ust_registry ust_balance_registry;

#endif
