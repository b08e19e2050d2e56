/* Caches in front of calls. One that instances share lives in the caller's region, one of their
 * own in each instance's memory. A hit is answered after a delay of its own, a miss goes on as
 * the call, and what that answers is kept.
 *
 * A cache is cold where users have not been yet, after its region was lost, in an instance that
 * is new or restarted, and after a cache_wipe. Nothing here is cheaper than the call that a hit
 * saves; where there is no cache, there is one test per call.
 */
#ifndef UST_MODELS_ENTITY_CACHE_H
#define UST_MODELS_ENTITY_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/cache/cache.h"
#include "sim/rand/dist.h"

struct ust_model;
struct ust_pool;
struct ust_call_edge;

struct ust_cache_config {
    struct ust_variant policy; /* kind NULL: there is none */
    struct ust_dist delay;     /* ns, of an answer out of it; type NULL: none */
    bool instance;             /* each instance has its own; else the region has one */
    bool kept;                 /* it outlives the loss of its region */
    uint64_t cold;             /* bit r: empty at the beginning in region r */
};

struct ust_cache {
    const struct ust_cache_config *config; /* NULL: there is none */
    unsigned char *states;                 /* [1] or [instance] */
    size_t size;                           /* of a state */
    struct ust_rng rng, delay;
};

void ust_cache_make(struct ust_model *model, struct ust_pool *pool, struct ust_call_edge *edge,
                    const char *path);

/* The attempt `id` looks. Is it a hit? Else `key` is what the answer has to be filled in for.
 */
bool ust_cache_look(struct ust_model *model, struct ust_pool *pool, struct ust_call_edge *edge,
                    uint32_t id, uint32_t *key);
void ust_cache_fill(struct ust_model *model, const struct ust_pool *pool,
                    struct ust_call_edge *edge, uint32_t instance, uint32_t key);

/* A share of the entries of all caches of a pool is gone. */
void ust_cache_wipe(struct ust_model *model, struct ust_pool *pool, double share);
/* The region is lost; an instance is new, or restarted. */
void ust_cache_region_lost(struct ust_model *model, uint32_t region);
void ust_cache_chill(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

#endif
