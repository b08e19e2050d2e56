#include "models/entity/apart.h"

#include <stdlib.h>
#include <string.h>

/* ---- transfers and operations that lie ahead ---- */

void ust_spells_add(struct ust_spells *spells, ust_time from, ust_time until)
{
    if (spells->n > spells->first && spells->at[spells->n - 1].until == from) {
        spells->at[spells->n - 1].until = until;
        return;
    }
    if (spells->n == spells->capacity && spells->first > spells->n / 2) {
        spells->n -= spells->first;
        memmove(spells->at, spells->at + spells->first, spells->n * sizeof *spells->at);
        spells->first = 0;
    } else if (spells->n == spells->capacity) {
        spells->capacity = spells->capacity * 2 + 16;
        spells->at = ust_realloc(spells->at, spells->capacity * sizeof *spells->at);
    }
    spells->at[spells->n++] = (struct ust_spell){from, until};
}

uint64_t ust_spells_pass(struct ust_spells *spells, ust_time now)
{
    uint64_t passed = 0;
    for (; spells->first < spells->n; spells->first++) {
        struct ust_spell *spell = &spells->at[spells->first];
        if (spell->from >= now)
            return passed;
        ust_time until = spell->until < now ? spell->until : now;
        passed += (uint64_t)(until - spell->from);
        spell->from = until;
        if (until < spell->until)
            return passed;
    }
    spells->first = spells->n = 0;
    return passed;
}

void ust_spells_clear(struct ust_spells *spells)
{
    spells->first = spells->n = 0;
}

/* The last `takes` before `free` are the attempt's. */
static void asks(struct ust_spells *spells, uint64_t *passed, ust_time now, ust_time free,
                 ust_time takes)
{
    *passed += ust_spells_pass(spells, now);
    ust_spells_add(spells, free - takes, free);
}

void ust_apart_sends(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id, ust_time takes)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart != NULL)
        asks(&instance->apart->network, &apart->network_ns, model->engine.now,
             instance->network_free, takes);
}

void ust_apart_stores(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance, uint32_t id, ust_time takes)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart != NULL)
        asks(&instance->apart->storage, &apart->storage_ns, model->engine.now,
             instance->storage_free, takes);
}

static void pass(struct ust_pool *pool, struct ust_instance *instance, ust_time now)
{
    struct ust_injected_count *apart = &pool->count.injected;
    apart->network_ns += ust_spells_pass(&instance->apart->network, now);
    apart->storage_ns += ust_spells_pass(&instance->apart->storage, now);
}

void ust_apart_stops_io(struct ust_pool *pool, struct ust_instance *instance, ust_time now)
{
    if (instance->apart == NULL)
        return;
    pass(pool, instance, now);
    ust_spells_clear(&instance->apart->network);
    ust_spells_clear(&instance->apart->storage);
}

/* ---- counts ---- */

static void settle_memory(struct ust_injected_count *apart, ust_time now)
{
    apart->area.memory_held += apart->memory_held * (double)(now - apart->since);
    apart->since = now;
}

void ust_apart_busier(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart == NULL)
        return;
    settle_memory(apart, model->engine.now);
    ust_area_up(&apart->busy, model->engine.now);
    apart->memory_held += (double)model->requests[id].memory;
}

void ust_apart_idler(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart == NULL)
        return;
    settle_memory(apart, model->engine.now);
    ust_area_down(&apart->busy, model->engine.now);
    apart->memory_held -= (double)model->requests[id].memory;
    if (apart->busy.n == 0)
        apart->memory_held = 0; /* no dust of rounding */
}

/* ---- reading, end ---- */

struct ust_injected_count ust_apart_read(struct ust_pool *pool, ust_time now)
{
    struct ust_injected_count *apart = &pool->count.injected;
    settle_memory(apart, now);
    for (uint32_t i = 0; i < pool->instances_max && pool->instances[i].apart != NULL; i++)
        pass(pool, &pool->instances[i], now);
    struct ust_injected_count read = *apart;
    read.busy.area = ust_area_until(&apart->busy, now);
    read.waiting.area = ust_area_until(&apart->waiting, now);
    read.held.area = ust_area_until(&apart->held, now);
    read.aside.area = ust_area_until(&apart->aside, now);
    return read;
}

void ust_apart_free(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            if (pool->instances[i].apart == NULL)
                break;
            free(pool->instances[i].apart->network.at);
            free(pool->instances[i].apart->storage.at);
        }
    }
}
