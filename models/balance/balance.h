/* Balancers: which instance of a pool takes a request. A kind sees the instances that the pool
 * believes healthy, and how many requests each has outstanding; it never sees the truth.
 *
 * Promise: the answer is one of view->ready, whatever came and went since the last call.
 * Cost: O(1), but least_request, which looks at instances until it finds an idle one, the kinds
 * that schedule by weight, O(log instances), and the first pick after a change, which may be
 * O(instances).
 */
#ifndef UST_MODELS_BALANCE_H
#define UST_MODELS_BALANCE_H

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

struct ust_target_weights_rule; /* target_weights.h */

struct ust_balance_view {
    const uint32_t *ready; /* numbers of the instances that take traffic; order is stable */
    uint32_t ready_n;      /* at least 1 */
    const uint32_t *outstanding; /* by instance number */
    const double *weight;        /* by instance number: its slots, less while it starts; >= 0 */
    uint64_t changes;            /* grows whenever `ready` or a weight changes */
    uint64_t members;            /* grows whenever `ready` changes */
    uint32_t numbers;            /* all numbers are below */
    /* for kinds that know of zones */
    const uint8_t *zone;     /* by instance number, below zones_n */
    const uint32_t *present; /* by zone: instances that are up, believed healthy or not */
    uint32_t zones_n;        /* at least 1 */
    bool panic;              /* too few are healthy, so `ready` holds the others too */
};

struct ust_balance_type {
    struct ust_kind kind;
    /* Bytes of state, zeroed when the pool is made, for a pool that never has more than
     * `instances_max` ready, in so many zones; NULL: none. */
    size_t (*state_size)(const void *params, uint32_t instances_max, uint32_t zones);
    /* Returns an instance number out of view->ready. */
    uint32_t (*pick)(const void *params, void *state, const struct ust_balance_view *view,
                     struct ust_rng *rng);
    /* Does a smaller weight mean fewer requests? NULL: weights do not count. */
    bool (*weighs)(const void *params);
    /* What lowers the weights of instances that err unlike the others; NULL: nothing does. */
    const struct ust_target_weights_rule *(*target_weights)(const void *params);
    /* How many zones the parameters speak of, 0: any number; NULL: they speak of none. */
    uint32_t (*zones)(const void *params);
};

/* Kinds: round_robin; random; least_request (ties go round, so an idle pool is used evenly, as
 * nginx's least_conn and a load balancer's least outstanding requests do); power_of_two (two
 * different candidates by one draw; ties: the first, which is as random as the draw); weighted
 * (random by weight); weighted_round_robin, weighted_least_request (Envoy's, by weight);
 * weighted_random (an Application Load Balancer's, which leaves out anomalous targets);
 * locality_weighted, zone_aware (a zone first, then one of the kinds above within it). */
extern const struct ust_registry ust_balance_registry;

/* Those of them that may stand within a zone. */
extern const struct ust_registry ust_balance_within_registry;

static inline const struct ust_balance_type *ust_balance_of(const struct ust_kind *kind)
{
    return (const struct ust_balance_type *)kind;
}

/* What `weighs` is for a kind that always weighs. */
bool ust_balance_always_weighs(const void *params);

#endif
