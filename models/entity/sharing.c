#include "models/entity/sharing.h"

#include <stdlib.h>

#include "models/entity/pool.h"

/* The bits of every result hang on this arithmetic. Where a division is left out below, it is
 * one that would give back its argument: by 1, by what was multiplied before without rounding,
 * or by a power of two. */

/* Without branches: which of two is first is anybody's guess. */
UST_INLINE bool before(const struct ust_share_entry *a, const struct ust_share_entry *b)
{
    return (a->until < b->until) |
           ((a->until == b->until) & ((int32_t)(a->order - b->order) < 0));
}

UST_INLINE void rise(struct ust_share_entry *heap, uint32_t at, struct ust_share_entry entry)
{
    while (at > 0 && before(&entry, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = entry;
}

/* The lesser child moves up all the way; what comes from the end mostly belongs there. */
UST_INLINE void take_out(struct ust_sharing *sharing, uint32_t at)
{
    struct ust_share_entry *heap = sharing->heap, last = heap[--sharing->n];
    uint32_t n = sharing->n;
    if (at == n)
        return;
    uint32_t child = 2 * at + 1;
    for (; child + 1 < n; child = 2 * at + 1) {
        child += before(&heap[child + 1], &heap[child]);
        heap[at] = heap[child];
        at = child;
    }
    if (child < n) {
        heap[at] = heap[child];
        at = child;
    }
    rise(heap, at, last);
}

UST_INLINE void settle(struct ust_model *model, struct ust_pool *pool,
                       const struct ust_instance *instance)
{
    struct ust_sharing *sharing = instance->sharing;
    double passed = (double)(model->engine.now - sharing->at);
    sharing->at = model->engine.now;
    if (sharing->n == 0 || passed == 0)
        return;
    double n = sharing->n, vcpu = pool->config->vcpu;
    /* Processors in use: one for each attempt, as far as they go. */
    double used = (n < vcpu ? n : vcpu) * passed, each = passed;
    sharing->cpu_ns += used;
    pool->count.shared_cpu_ns += used;
    if (UST_RARE(sharing->injected > 0))
        pool->count.injected.shared_cpu_ns += used * (sharing->injected / n);
    if (n > vcpu || used >= 0x1p53)
        each = used / n;
    if (instance->stretch != 1)
        each /= instance->stretch;
    sharing->v += each;
}

void ust_sharing_settle(struct ust_model *model, struct ust_pool *pool,
                        struct ust_instance *instance)
{
    settle(model, pool, instance);
}

/* The time until the first in the heap is done. */
UST_INLINE double first_ends(const struct ust_pool *pool, const struct ust_sharing *sharing,
                             double stretch)
{
    double left = sharing->heap[0].until - sharing->v;
    if (left <= 0)
        return 0;
    double n = sharing->n, vcpu = pool->config->vcpu, ns = left * stretch;
    if (n > vcpu)
        return vcpu == 1 ? ns * n : ns * n / vcpu;
    return (sharing->n & (sharing->n - 1)) == 0 ? ns : ns * n / n;
}

UST_INLINE void plan(struct ust_model *model, struct ust_pool *pool,
                     const struct ust_instance *instance)
{
    struct ust_sharing *sharing = instance->sharing;
    ust_cancel(&model->engine, sharing->next);
    if (sharing->n == 0) {
        sharing->v = 0; /* an idle instance starts afresh, so v never grows coarse */
        sharing->arrivals = 0;
        return;
    }
    ust_time after = ust_time_round(first_ends(pool, sharing, instance->stretch));
    uint64_t number = (uint64_t)(instance - pool->instances);
    sharing->next =
        ust_schedule_inline(&model->engine, model->engine.now + after, UST_LANE_SERVICE,
                            model->on.share, (uint64_t)pool->number << 32 | number);
}

void ust_sharing_plan(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance)
{
    plan(model, pool, instance);
}

void ust_sharing_add(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id, ust_time stored)
{
    struct ust_sharing *sharing = instance->sharing;
    struct ust_request *request = &model->requests[id];
    settle(model, pool, instance);
    if (UST_RARE(sharing->n == sharing->capacity)) {
        sharing->capacity = sharing->capacity * 2 + 16;
        sharing->heap = ust_realloc(sharing->heap, sharing->capacity * sizeof *sharing->heap);
    }
    double work = request->work;
    if (UST_RARE(request->flags & UST_RESUMED))
        work *= 1 - (double)request->done;
    struct ust_share_entry entry = {sharing->v + work, sharing->arrivals++, id};
    rise(sharing->heap, sharing->n++, entry);
    sharing->injected += ust_apart(model, pool, id) != NULL;
    /* Storage works beside the processor; whichever ends last ends the service. */
    if (stored > model->engine.now) {
        request->flags |= UST_STORING;
        request->finish =
            ust_schedule(&model->engine, stored, UST_LANE_SERVICE, model->on.storage, id);
    }
    plan(model, pool, instance);
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
        sharing->injected -= ust_apart(model, pool, id) != NULL;
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
    settle(model, pool, instance);
    struct ust_share_entry first = sharing->heap[0];
    if (sharing->v < first.until)
        sharing->v = first.until; /* the event's time was rounded to the nanosecond */
    take_out(sharing, 0);
    const struct ust_request *request = &model->requests[first.id];
    sharing->injected -= ust_apart(model, pool, first.id) != NULL;
    plan(model, pool, instance);
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
