#include "models/entity/sharing.h"

#include <stdlib.h>

#include "models/entity/pool.h"

static bool before(const struct ust_share_entry *a, const struct ust_share_entry *b)
{
    if (a->until != b->until)
        return a->until < b->until;
    return a->order < b->order;
}

static void rise(struct ust_share_entry *heap, uint32_t at, struct ust_share_entry entry)
{
    while (at > 0 && before(&entry, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = entry;
}

static void sink(struct ust_share_entry *heap, uint32_t n, uint32_t at,
                 struct ust_share_entry entry)
{
    for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &entry))
            break;
        heap[at] = heap[child];
    }
    heap[at] = entry;
}

static void take_out(struct ust_sharing *sharing, uint32_t at)
{
    struct ust_share_entry last = sharing->heap[--sharing->n];
    if (at == sharing->n)
        return;
    if (at > 0 && before(&last, &sharing->heap[(at - 1) / 2]))
        rise(sharing->heap, at, last);
    else
        sink(sharing->heap, sharing->n, at, last);
}

/* Processors in use: one for each attempt, as far as they go. */
static double processors(const struct ust_pool *pool, const struct ust_sharing *sharing)
{
    double n = sharing->n;
    return n < pool->config->vcpu ? n : pool->config->vcpu;
}

void ust_sharing_settle(struct ust_model *model, struct ust_pool *pool,
                        struct ust_instance *instance)
{
    struct ust_sharing *sharing = instance->sharing;
    double passed = (double)(model->engine.now - sharing->at);
    sharing->at = model->engine.now;
    if (sharing->n == 0 || passed == 0)
        return;
    double used = processors(pool, sharing) * passed;
    sharing->cpu_ns += used;
    pool->count.shared_cpu_ns += used;
    sharing->v += used / sharing->n / instance->stretch;
}

void ust_sharing_plan(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance)
{
    struct ust_sharing *sharing = instance->sharing;
    ust_cancel(&model->engine, sharing->next);
    if (sharing->n == 0) {
        sharing->v = 0; /* an idle instance starts afresh, so v never grows coarse */
        return;
    }
    double left = sharing->heap[0].until - sharing->v;
    double ns =
        left > 0 ? left * instance->stretch * sharing->n / processors(pool, sharing) : 0;
    uint64_t number = (uint64_t)(instance - pool->instances);
    sharing->next =
        ust_schedule(&model->engine, model->engine.now + ust_time_round(ns), UST_LANE_SERVICE,
                     model->on.share, (uint64_t)pool->number << 32 | number);
}

void ust_sharing_add(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id, ust_time stored)
{
    struct ust_sharing *sharing = instance->sharing;
    struct ust_request *request = &model->requests[id];
    ust_sharing_settle(model, pool, instance);
    if (sharing->n == sharing->capacity) {
        sharing->capacity = sharing->capacity * 2 + 16;
        sharing->heap = ust_realloc(sharing->heap, sharing->capacity * sizeof *sharing->heap);
    }
    double work = request->work;
    if (request->flags & UST_RESUMED)
        work *= 1 - (double)request->done;
    struct ust_share_entry entry = {sharing->v + work, sharing->arrivals++, id};
    rise(sharing->heap, sharing->n++, entry);
    /* Storage works beside the processor; whichever ends last ends the service. */
    if (stored > model->engine.now) {
        request->flags |= UST_STORING;
        request->finish =
            ust_schedule(&model->engine, stored, UST_LANE_SERVICE, model->on.storage, id);
    }
    ust_sharing_plan(model, pool, instance);
}

double ust_sharing_remove(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, uint32_t id)
{
    struct ust_sharing *sharing = instance->sharing;
    ust_sharing_settle(model, pool, instance);
    double work = model->requests[id].work, done = 1; /* not among them: only storage is left */
    for (uint32_t i = 0; i < sharing->n; i++) {
        if (sharing->heap[i].id != id)
            continue;
        double left = sharing->heap[i].until - sharing->v;
        done = work <= 0 || left <= 0 ? 1 : 1 - left / work;
        take_out(sharing, i);
        break;
    }
    ust_sharing_plan(model, pool, instance);
    return done < 0 ? 0 : done;
}

/* The first in the heap has had its work. */
static void on_share(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[argument >> 32];
    struct ust_instance *instance = &pool->instances[(uint32_t)argument];
    struct ust_sharing *sharing = instance->sharing;
    ust_sharing_settle(model, pool, instance);
    struct ust_share_entry first = sharing->heap[0];
    if (sharing->v < first.until)
        sharing->v = first.until; /* the event's time was rounded to the nanosecond */
    take_out(sharing, 0);
    struct ust_request *request = &model->requests[first.id];
    ust_sharing_plan(model, pool, instance);
    if (request->flags & UST_STORING && ust_timer_is_pending(&model->engine, request->finish))
        return; /* on_storage ends it */
    ust_pool_finish(model, first.id);
}

static void on_storage(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    struct ust_request *request = &model->requests[id];
    struct ust_sharing *sharing =
        model->pools[request->pool].instances[request->instance].sharing;
    request->flags &= (uint8_t)~UST_STORING;
    for (uint32_t i = 0; i < sharing->n; i++)
        if (sharing->heap[i].id == id)
            return; /* the processor is not done with it: on_share ends it */
    ust_pool_finish(model, id);
}

void ust_sharing_start(struct ust_model *model)
{
    model->on.share = ust_engine_handler(&model->engine, on_share, model);
    model->on.storage = ust_engine_handler(&model->engine, on_storage, model);
}
