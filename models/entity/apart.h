/* Injected load, told apart: what a pool does for it is counted once more, beside the count of
 * all (measure.h). The difference is the users'.
 *
 * Only where load is injected somewhere; there no pool is `plain`, so that the shortest ways of
 * requests need not ask. Attempts of calls count with the request that made them necessary.
 */
#ifndef UST_MODELS_ENTITY_APART_H
#define UST_MODELS_ENTITY_APART_H

#include "models/entity/model.h"

/* ---- transfers and operations that lie ahead ---- */

/* When a network or a storage is at work for injected load: in order, none overlaps another. */
struct ust_spells {
    struct ust_spell {
        ust_time from, until;
    } * at;
    uint32_t first, n, capacity; /* first to n - 1: not over, as far as is known */
};

struct ust_instance_apart {
    struct ust_spells network, storage;
};

/* Behind all that were added before. */
void ust_spells_add(struct ust_spells *spells, ust_time from, ust_time until);
/* The time within the spells that has passed by now and was not told before, ns. */
uint64_t ust_spells_pass(struct ust_spells *spells, ust_time now);
/* What of them lies ahead will not be. */
void ust_spells_clear(struct ust_spells *spells);

/* ---- counts ---- */

/* Where an attempt of injected load is counted once more; NULL: it is a user's. */
static inline struct ust_injected_count *ust_apart(const struct ust_model *model,
                                                   struct ust_pool *pool, uint32_t id)
{
    if (__builtin_expect(!pool->injected, 1) ||
        !model->traffic[model->requests[id].traffic].config->synthetic)
        return NULL;
    return &pool->count.injected;
}

/* Adds to one of a pool's counts, for whomever the attempt is made. */
#define UST_COUNT(model, pool, id, field, by)                                                  \
    do {                                                                                       \
        struct ust_injected_count *apart_ = ust_apart(model, pool, id);                        \
        (pool)->count.field += (by);                                                           \
        if (apart_ != NULL)                                                                    \
            apart_->field += (by);                                                             \
    } while (0)

/* One more of these over time, and one less: `held` or `aside`. */
#define UST_COUNT_UP(model, pool, id, field)                                                   \
    do {                                                                                       \
        struct ust_injected_count *apart_ = ust_apart(model, pool, id);                        \
        ust_area_up(&(pool)->count.field, (model)->engine.now);                                \
        if (apart_ != NULL)                                                                    \
            ust_area_up(&apart_->field, (model)->engine.now);                                  \
    } while (0)
#define UST_COUNT_DOWN(model, pool, id, field)                                                 \
    do {                                                                                       \
        struct ust_injected_count *apart_ = ust_apart(model, pool, id);                        \
        ust_area_down(&(pool)->count.field, (model)->engine.now);                              \
        if (apart_ != NULL)                                                                    \
            ust_area_down(&apart_->field, (model)->engine.now);                                \
    } while (0)

void ust_apart_free(struct ust_model *model);

/* Waits in a queue from now on, and no longer. */
static inline void ust_apart_waits(const struct ust_model *model, struct ust_pool *pool,
                                   uint32_t id)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart != NULL)
        ust_area_up(&apart->waiting, model->engine.now);
}

static inline void ust_apart_waits_no_more(const struct ust_model *model, struct ust_pool *pool,
                                           uint32_t id)
{
    struct ust_injected_count *apart = ust_apart(model, pool, id);
    if (apart != NULL)
        ust_area_down(&apart->waiting, model->engine.now);
}

/* Takes a slot and its memory, and gives them back. */
void ust_apart_busier(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_apart_idler(struct ust_model *model, struct ust_pool *pool, uint32_t id);
/* The instance's network or storage has been asked for so much time, and will be free then. */
void ust_apart_sends(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id, ust_time takes);
void ust_apart_stores(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance, uint32_t id, ust_time takes);
/* What lies ahead of both will not be done. */
void ust_apart_stops_io(struct ust_pool *pool, struct ust_instance *instance, ust_time now);

/* Its count, every integral of which reaches to now. */
struct ust_injected_count ust_apart_read(struct ust_pool *pool, ust_time now);

#endif
