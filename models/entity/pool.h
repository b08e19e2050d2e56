/* The hot half of a pool: an attempt arrives, waits, is served, ends. Inline, because every
 * request passes here; everything rare is a call into pool.c.
 *
 * First come first served: an instance has `slots` workers and one queue in front of them.
 * Processor sharing lives in sharing.c and is entered from here.
 */
#ifndef UST_MODELS_ENTITY_POOL_H
#define UST_MODELS_ENTITY_POOL_H

#include "models/entity/apart.h"
#include "models/entity/model.h"
#include "sim/core/loop.h"

#define UST_RARE(condition)   __builtin_expect(!!(condition), 0)
#define UST_LIKELY(condition) __builtin_expect(!!(condition), 1)
#if defined __clang__
#define UST_UNFORESEEN(condition) __builtin_unpredictable(!!(condition))
#else
#define UST_UNFORESEEN(condition) __builtin_expect_with_probability(!!(condition), 1, 0.5)
#endif

/* A handler that every request passes: all that it calls becomes part of it. What is rare stays
 * a call. */
#define UST_HOT  __attribute__((flatten))
#define UST_COLD __attribute__((noinline, cold))

/* ---- requests ---- */

void ust_requests_grow(struct ust_model *model);

/* A number for a new request; pointers to other requests are stale after this. */
UST_INLINE uint32_t ust_request_new(struct ust_model *model)
{
    uint32_t id = model->requests_free;
    if (UST_RARE(id == UST_NONE)) {
        if (model->requests_used == model->requests_capacity)
            ust_requests_grow(model);
        return model->requests_used++;
    }
    model->requests_free = model->requests[id].next;
    return id;
}

/* `request` is the one of that number, as below. */
UST_INLINE void ust_request_release(struct ust_model *model, struct ust_request *request,
                                    uint32_t id)
{
    request->next = model->requests_free;
    model->requests_free = id;
    request->state = UST_FREE;
}

UST_INLINE void ust_request_free(struct ust_model *model, uint32_t id)
{
    ust_request_release(model, &model->requests[id], id);
}

/* ---- rare ways, in pool.c ---- */

void ust_pool_full(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_pool_refuse(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_pool_meets_dead(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                         uint32_t id);
void ust_pool_limited_admit(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                            uint32_t id);
/* Out of service, and nothing takes its place yet. */
void ust_pool_stop(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_pool_limited_finish(struct ust_model *model, struct ust_pool *pool,
                             struct ust_instance *instance, uint32_t id);
/* All that an attempt does is done, its calls too: it is answered. */
void ust_pool_served(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id);
/* It gives its slot back until its calls are over. */
void ust_pool_suspend(struct ust_model *model, struct ust_pool *pool, uint32_t id);
bool ust_pool_troubles(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_pool_drained(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

/* ---- the hot way ---- */

/* A heavy tail may ask for more than time can hold; a month of one processor is for ever too.
 */
static inline double ust_work_limit(double work)
{
    const double month = 31 * 86400e9;
    return work < month ? work : month;
}

/* The first in the queue whose client is still there (or does not matter); UST_NONE: nobody. */
UST_INLINE uint32_t ust_pool_first_waiting(struct ust_model *model,
                                           struct ust_instance *instance)
{
    uint32_t id = instance->first.next;
    while (id != UST_NONE && UST_RARE(model->requests[id].state == UST_LEFT)) {
        instance->first = model->requests[id].follower;
        ust_request_free(model, id);
        id = instance->first.next;
    }
    return id;
}

/* How long the service of the request will take there. */
UST_INLINE ust_time ust_pool_takes(const struct ust_instance *instance,
                                   const struct ust_request *request)
{
    double ns = request->work * instance->stretch;
    if (UST_RARE(request->flags & UST_RESUMED))
        ns *= 1 - (double)request->done;
    return ust_time_round(ns);
}

/* Takes the first in the queue out of it. */
UST_INLINE void ust_pool_take_first(struct ust_model *model, struct ust_pool *pool,
                                    struct ust_instance *instance, struct ust_request *request)
{
    instance->first = request->follower;
    instance->waiting--;
    ust_area_fall(&pool->count.waiting_area, model->engine.now);
    uint64_t waited = (uint64_t)(model->engine.now - request->since);
    if (UST_RARE(request->flags & UST_RESUMED)) {
        pool->count.paused_ns += waited;
    } else {
        pool->count.waited++;
        pool->count.wait_ns += waited;
    }
    request->since = model->engine.now;
}

/* Service begins in a slot that the caller has counted as busy. `again`: the event under way is
 * at the top, has ended a service and is to end this one; NULL: it is not. */
UST_INLINE void ust_pool_serve(struct ust_model *model, struct ust_instance *instance,
                               struct ust_request *request, uint32_t id, ust_time takes,
                               struct ust_heads *again)
{
    ust_time end = model->engine.now + takes;
    request->finish =
        again != NULL
            ? ust_reschedule(&model->engine, again, end, UST_LANE_SERVICE, id)
            : ust_schedule_inline(&model->engine, end, UST_LANE_SERVICE, model->on.finish, id);
    request->server = instance;
    request->state = UST_SERVING;
}

UST_INLINE void ust_pool_wait_on(struct ust_model *model, struct ust_pool *pool,
                                 struct ust_instance *instance, struct ust_request *request,
                                 uint32_t id)
{
    request->next = UST_NONE;
    /* A queue is empty just often enough to be guessed wrong: choose, don't branch. */
    struct ust_follower *link = &model->requests[instance->tail].follower;
    struct ust_follower *first = &instance->first;
    __asm__("" : "+r"(link), "+r"(first)); /* or the compiler branches around an address */
    if (UST_UNFORESEEN(instance->first.next == UST_NONE))
        link = first;
    link->takes = ust_pool_takes(instance, request);
    link->next = id;
    instance->tail = id;
    instance->waiting++;
    ust_area_rise(&pool->count.waiting_area, model->engine.now);
    request->state = UST_WAITING;
}

/* The same where attempts of injected load may be among those who come, and leaves as well. */
static inline void ust_pool_waits_last(struct ust_model *model, struct ust_pool *pool,
                                       struct ust_instance *instance, uint32_t id)
{
    ust_pool_wait_on(model, pool, instance, &model->requests[id], id);
    ust_apart_waits(model, pool, id);
}

static inline void ust_pool_joins_queue(struct ust_model *model, struct ust_pool *pool,
                                        struct ust_instance *instance, uint32_t id)
{
    instance->waiting++;
    ust_area_rise(&pool->count.waiting_area, model->engine.now);
    ust_apart_waits(model, pool, id);
}

static inline void ust_pool_leaves_queue(struct ust_model *model, struct ust_pool *pool,
                                         struct ust_instance *instance, uint32_t id)
{
    instance->waiting--;
    ust_area_fall(&pool->count.waiting_area, model->engine.now);
    ust_apart_waits_no_more(model, pool, id);
}

UST_INLINE void ust_instance_busier(struct ust_model *model, struct ust_pool *pool,
                                    struct ust_instance *instance)
{
    instance->busy++;
    instance->busy_area -= (uint64_t)model->engine.now;
    ust_area_rise(&pool->count.busy_area, model->engine.now);
}

UST_INLINE void ust_instance_idler(struct ust_model *model, struct ust_pool *pool,
                                   struct ust_instance *instance)
{
    instance->busy--;
    instance->busy_area += (uint64_t)model->engine.now;
    ust_area_fall(&pool->count.busy_area, model->engine.now);
}

/* An attempt waits for its calls without a slot, and does so no longer. */
static inline void ust_pool_step_aside(struct ust_model *model, struct ust_pool *pool,
                                       uint32_t id)
{
    pool->awaiting[model->requests[id].instance]++;
    UST_COUNT_UP(model, pool, id, aside);
}

static inline void ust_pool_step_back(struct ust_model *model, struct ust_pool *pool,
                                      uint32_t id)
{
    pool->awaiting[model->requests[id].instance]--;
    UST_COUNT_DOWN(model, pool, id, aside);
}

/* An attempt stands before an instance that the balancer chose. */
static inline void ust_pool_admit(struct ust_model *model, struct ust_pool *pool,
                                  uint32_t number, uint32_t id)
{
    struct ust_instance *instance = &pool->instances[number];
    if (UST_RARE(instance->down)) {
        ust_pool_meets_dead(model, pool, number, id);
        return;
    }
    struct ust_request *request = &model->requests[id];
    request->instance = number;
    request->since = model->engine.now;
    if (UST_RARE(!pool->plain)) {
        ust_pool_limited_admit(model, pool, number, id);
        return;
    }
    if (instance->busy < instance->slots) {
        pool->outstanding[number]++;
        pool->count.at_once += (request->flags & UST_RESUMED) == 0;
        ust_instance_busier(model, pool, instance);
        ust_pool_serve(model, instance, request, id, ust_pool_takes(instance, request), NULL);
        return;
    }
    if (UST_RARE(instance->waiting >= pool->config->queue)) {
        ust_pool_full(model, pool, id);
        return;
    }
    pool->outstanding[number]++;
    ust_pool_wait_on(model, pool, instance, request, id);
}

static inline uint32_t ust_pool_pick(struct ust_pool *pool)
{
    if (pool->view.ready_n == 1)
        return pool->ready[0];
    return pool->balancer->pick(pool->config->balancer.params, pool->balancer_state,
                                &pool->view, &pool->balance);
}

/* An attempt has reached the region of its pool. */
static inline void ust_pool_arrive(struct ust_model *model, uint32_t id)
{
    struct ust_pool *pool = &model->pools[model->requests[id].pool];
    UST_COUNT(model, pool, id, arrivals, 1);
    if (UST_RARE(pool->view.ready_n == 0 || model->regions[pool->config->region].down)) {
        ust_pool_refuse(model, pool, id);
        return;
    }
    if (UST_RARE(pool->troubled) && ust_pool_troubles(model, pool, id))
        return;
    ust_pool_admit(model, pool, ust_pool_pick(pool), id);
}

/* A slot has come free: the next in the queue, or idleness. `again` as above. */
UST_INLINE void ust_pool_next(struct ust_model *model, struct ust_pool *pool,
                              struct ust_instance *instance, struct ust_heads *again)
{
    uint32_t next = ust_pool_first_waiting(model, instance);
    if (next == UST_NONE || instance->busy > instance->slots) {
        ust_instance_idler(model, pool, instance);
        if (again != NULL)
            ust_near_drop(&model->engine, again);
        return;
    }
    struct ust_request *request = &model->requests[next];
    ust_time takes = instance->first.takes;
    ust_pool_take_first(model, pool, instance, request);
    ust_pool_serve(model, instance, request, next, takes, again);
}

static inline void ust_pool_finish(struct ust_model *model, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_pool *pool = &model->pools[request->pool];
    struct ust_instance *instance = &pool->instances[request->instance];
    if (!pool->plain) {
        ust_pool_limited_finish(model, pool, instance, id);
        return;
    }
    pool->count.completions++;
    pool->count.service_ns += (uint64_t)(model->engine.now - request->since);
    instance->completions++;
    pool->outstanding[request->instance]--;
    ust_pool_next(model, pool, instance, NULL);
    if (UST_RARE(instance->state == UST_DRAINING))
        ust_pool_drained(model, pool, request->instance);
    ust_client_answer(model, id, model->engine.now);
}

/* ---- pool.c, for instance.c ---- */

/* Memory that attempts in service hold there; bytes below 0 give back. */
void ust_pool_hold_memory(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, double bytes);
/* Its stretch has changed, and with it how long those who wait will take. */
void ust_pool_takes_anew(struct ust_model *model, struct ust_instance *instance);
/* Who waits there starts, as far as there is room. */
void ust_pool_start_waiting(struct ust_model *model, struct ust_pool *pool,
                            struct ust_instance *instance);

#endif
