/* A pool as a balancer sees it, without any pool. */
#ifndef UST_TESTS_UNIT_BALANCE_H
#define UST_TESTS_UNIT_BALANCE_H

#include "tests/unit/policy.h"

#include "models/balance/balance.h"

#define N        200000
#define POOL_MAX 256

struct pool {
    struct policy policy;
    const struct ust_balance_type *type;
    void *state;
    struct ust_balance_view view;
    struct ust_rng rng;
    uint32_t ready[POOL_MAX], outstanding[POOL_MAX];
    double weight[POOL_MAX];
    uint8_t zone[POOL_MAX];
    uint32_t present[4];
};

/* A pool of n instances, numbers 0 to n - 1, all idle, all of weight 1, in two zones by turns.
 */
static inline void pool_begin(struct pool *pool, const char *kind, uint32_t n)
{
    *pool = (struct pool){.policy = policy_read(&ust_balance_registry, kind)};
    pool->type = ust_balance_of(pool->policy.variant.kind);
    if (pool->type->state_size)
        pool->state =
            calloc(1, pool->type->state_size(pool->policy.variant.params, POOL_MAX, 4));
    for (uint32_t i = 0; i < n; i++) {
        pool->ready[i] = i;
        pool->weight[i] = 1;
        pool->zone[i] = i % 2;
        pool->present[i % 2]++;
    }
    pool->view = (struct ust_balance_view){.ready = pool->ready,
                                           .ready_n = n,
                                           .outstanding = pool->outstanding,
                                           .weight = pool->weight,
                                           .numbers = POOL_MAX,
                                           .zone = pool->zone,
                                           .present = pool->present,
                                           .zones_n = 2};
    pool->rng = ust_rng_derive(11, 1, "balance");
}

static inline void pool_end(struct pool *pool)
{
    free(pool->state);
    policy_free(&pool->policy);
}

static inline uint32_t pick(struct pool *pool)
{
    return pool->type->pick(pool->policy.variant.params, pool->state, &pool->view, &pool->rng);
}

static inline void leave(struct pool *pool, uint32_t number)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pool->view.ready_n; i++)
        if (pool->ready[i] != number)
            pool->ready[kept++] = pool->ready[i];
    pool->view.ready_n = kept;
    pool->view.changes++;
    pool->view.members++;
}

static inline void join(struct pool *pool, uint32_t number)
{
    pool->ready[pool->view.ready_n++] = number;
    pool->view.changes++;
    pool->view.members++;
}

static inline void count(struct pool *pool, uint64_t *counts)
{
    for (int i = 0; i < N; i++)
        counts[pick(pool)]++;
}

#endif
