/* Caches: whether a look-up finds what it looks for, and how a cache fills again when it has
 * been emptied.
 *
 * A kind is asked at every look-up, is told when a miss has been answered, and keeps what it
 * remembers in a state that it is handed: one for each cache, of the size that it asks for,
 * zero at the start. It never acts, and cannot see the engine.
 */
#ifndef UST_MODELS_CACHE_H
#define UST_MODELS_CACHE_H

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

struct ust_cache_type {
    struct ust_kind kind;
    size_t (*state_size)(const void *params); /* bytes */
    /* Empty, or as full as long use makes it. */
    void (*start)(const void *params, void *state, bool full);
    /* Is it there? `key` says what was looked for; fill has to be told. */
    bool (*look)(const void *params, void *state, ust_time now, struct ust_rng *rng,
                 uint32_t *key);
    void (*fill)(const void *params, void *state, ust_time now, uint32_t key);
    /* A share of its entries is gone, those used longest ago first where it knows. */
    void (*lose)(const void *params, void *state, double share);
};

/* Kinds: working_set {hit_ratio, entries}; lru {objects, size, exponent, ttl}. */
extern const struct ust_registry ust_cache_registry;

static inline const struct ust_cache_type *ust_cache_of(const struct ust_kind *kind)
{
    return (const struct ust_cache_type *)kind;
}

/* A rank from 1 to n, rank k with a probability proportional to k^-exponent, exponent >= 0:
 * rejection-inversion, Hörmann and Derflinger, ACM TOMACS 6 (1996). A few draws at most,
 * whatever n; no table. */
uint32_t ust_cache_zipf(uint32_t n, double exponent, struct ust_rng *rng);

#endif
