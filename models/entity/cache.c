#include "models/entity/cache.h"

#include <stdio.h>

#include "models/entity/pool.h"

static void *state_of(const struct ust_cache *cache, uint32_t instance)
{
    return cache->states + (cache->config->instance ? instance * cache->size : 0);
}

static uint32_t caches_of(const struct ust_pool *pool, const struct ust_cache *cache)
{
    return cache->config->instance ? pool->instances_max : 1;
}

bool ust_cache_look(struct ust_model *model, struct ust_pool *pool, struct ust_call_edge *edge,
                    uint32_t id, uint32_t *key)
{
    uint32_t instance = model->requests[id].instance;
    struct ust_cache *cache = &edge->cache;
    const struct ust_variant *policy = &cache->config->policy;
    UST_COUNT(model, pool, id, cache_looks, 1);
    bool hit = ust_cache_of(policy->kind)
                   ->look(policy->params, state_of(cache, instance), model->engine.now,
                          &cache->rng, key) &&
               !pool->faults.no_cache;
    UST_COUNT(model, pool, id, cache_hits, hit);
    return hit;
}

void ust_cache_fill(struct ust_model *model, const struct ust_pool *pool,
                    struct ust_call_edge *edge, uint32_t instance, uint32_t key)
{
    const struct ust_variant *policy = &edge->cache.config->policy;
    if (!pool->faults.no_cache)
        ust_cache_of(policy->kind)
            ->fill(policy->params, state_of(&edge->cache, instance), model->engine.now, key);
}

/* ---- what empties them ---- */

static void lose(struct ust_cache *cache, uint32_t instance, double share)
{
    const struct ust_variant *policy = &cache->config->policy;
    ust_cache_of(policy->kind)->lose(policy->params, state_of(cache, instance), share);
}

static uint32_t edges_of(const struct ust_model *model, const struct ust_pool *pool)
{
    return pool->edges == NULL ? 0 : model->config->services[pool->config->service].calls.n;
}

void ust_cache_wipe(struct ust_model *model, struct ust_pool *pool, double share)
{
    for (uint32_t i = 0; i < edges_of(model, pool); i++) {
        struct ust_cache *cache = &pool->edges[i].cache;
        for (uint32_t k = 0; cache->config != NULL && k < caches_of(pool, cache); k++)
            lose(cache, k, share);
    }
}

void ust_cache_region_lost(struct ust_model *model, uint32_t region)
{
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        struct ust_pool *pool = ust_pool_of(model, s, region);
        for (uint32_t i = 0; i < edges_of(model, pool); i++) {
            struct ust_cache *cache = &pool->edges[i].cache;
            if (cache->config != NULL && !cache->config->instance && !cache->config->kept)
                lose(cache, 0, 1);
        }
    }
}

void ust_cache_chill(struct ust_model *model, struct ust_pool *pool, uint32_t instance)
{
    for (uint32_t i = 0; i < edges_of(model, pool); i++) {
        struct ust_cache *cache = &pool->edges[i].cache;
        if (cache->config != NULL && cache->config->instance)
            lose(cache, instance, 1);
    }
}

/* ---- beginning ---- */

void ust_cache_make(struct ust_model *model, struct ust_pool *pool, struct ust_call_edge *edge,
                    const char *path)
{
    struct ust_cache *cache = &edge->cache;
    const struct ust_cache_config *config = &edge->config->cache;
    if (config->policy.kind == NULL)
        return;
    const struct ust_cache_type *type = ust_cache_of(config->policy.kind);
    const size_t grain = 16; /* states lie one behind the other */
    char name[600];
    cache->config = config;
    cache->size = (type->state_size(config->policy.params) + grain - 1) / grain * grain;
    uint32_t n = caches_of(pool, cache);
    cache->states = ust_arena_bytes(model->arena, n, cache->size);
    bool full = (config->cold >> pool->config->region & 1) == 0;
    for (uint32_t i = 0; i < n; i++)
        type->start(config->policy.params, state_of(cache, i), full);
    snprintf(name, sizeof name, "%s/cache", path);
    cache->rng = ust_rng_derive(model->config->seed, model->replication, name);
    snprintf(name, sizeof name, "%s/cache/delay", path);
    cache->delay = ust_rng_derive(model->config->seed, model->replication, name);
}
