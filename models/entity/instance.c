/* Instances that die, shrink, slow down and come back, and what becomes of the attempts there.
 */
#include <stdlib.h>
#include <string.h>

#include "models/entity/pool.h"
#include "models/entity/sharing.h"

void ust_instance_up(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    instance->down = false;
    ust_pool_capacity(model, pool);
    ust_pool_start_waiting(model, pool, instance);
}

/* How much of its service an attempt has had. */
static double share_done(const struct ust_model *model, const struct ust_instance *instance,
                         const struct ust_request *request)
{
    double whole = request->work * instance->stretch;
    double before = request->flags & UST_RESUMED ? (double)request->done : 0;
    double now = whole <= 0 ? 1 : (double)(model->engine.now - request->since) / whole;
    return before + now < 1 ? before + now : 1;
}

static void back_to_queue(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, uint32_t id, bool tail)
{
    if (instance->room != NULL) {
        ust_room_enter(model, pool, instance, id, !tail);
        return;
    }
    if (tail) {
        ust_pool_waits_last(model, pool, instance, id);
        return;
    }
    struct ust_request *request = &model->requests[id];
    request->state = UST_WAITING;
    request->follower = instance->first;
    if (instance->first.next == UST_NONE)
        instance->tail = id;
    instance->first = (struct ust_follower){ust_pool_takes(instance, request), id};
    ust_pool_joins_queue(model, pool, instance, id);
}

/* To another instance, where there is one: there it goes on waiting, since it first came. */
static void move(struct ust_model *model, struct ust_pool *pool, uint32_t number, uint32_t id)
{
    const ust_time since = model->requests[id].since;
    const struct ust_pool_count *count = &pool->count;
    const uint64_t ended = count->refused + count->errors;
    ust_pool_meets_dead(model, pool, number, id);
    if (count->refused + count->errors != ended)
        return; /* nobody took it, and the number may be another's by now */
    struct ust_request *request = &model->requests[id];
    const uint64_t waited = (uint64_t)(model->engine.now - since);
    if (request->state == UST_WAITING)
        request->since = since;
    else if (request->flags & UST_RESUMED)
        UST_COUNT(model, pool, id, paused_ns, waited);
    else
        UST_COUNT(model, pool, id, wait_ns, waited);
}

/* An attempt in service or waiting loses its instance; it is in no list of it any more. */
static void lose(struct ust_model *model, struct ust_pool *pool, uint32_t number, uint32_t id,
                 bool local)
{
    struct ust_request *request = &model->requests[id];
    struct ust_instance *instance = &pool->instances[number];
    switch ((enum ust_in_flight)pool->in_flight) {
    case UST_IN_FLIGHT_FAIL:
        break;
    case UST_IN_FLIGHT_SILENT:
        if (request->flags & UST_ORPHAN)
            break;
        request->state = UST_LOST; /* still outstanding, as the balancer counts */
        return;
    case UST_IN_FLIGHT_REQUEUE_HEAD:
    case UST_IN_FLIGHT_REQUEUE_TAIL:
    case UST_IN_FLIGHT_RESUME:
        if (local || pool->view.ready_n == 0) {
            back_to_queue(model, pool, instance, id,
                          pool->in_flight == UST_IN_FLIGHT_REQUEUE_TAIL);
            return;
        }
        pool->outstanding[number]--;
        move(model, pool, number, id);
        return;
    }
    pool->outstanding[number]--;
    UST_COUNT(model, pool, id, errors, 1);
    if (pool->blames)
        ust_pool_blame(model, pool, number, true);
    ust_client_error(model, id, UST_FAILED);
}

struct started {
    ust_time since;
    uint32_t id;
};

static int by_start(const void *a, const void *b)
{
    const struct started *x = a, *y = b;
    if (x->since != y->since)
        return x->since < y->since ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void sort_by_start(const struct ust_model *model, uint32_t *ids, uint32_t n)
{
    struct started *list = ust_malloc(n * sizeof *list);
    for (uint32_t i = 0; i < n; i++)
        list[i] = (struct started){model->requests[ids[i]].since, ids[i]};
    qsort(list, n, sizeof *list, by_start);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = list[i].id;
    free(list);
}

/* From where it was, or from nothing. */
static void starts_again(const struct ust_pool *pool, struct ust_request *request)
{
    if (pool->in_flight < UST_IN_FLIGHT_REQUEUE_HEAD)
        return;
    request->flags |= UST_RESUMED;
    if (pool->in_flight != UST_IN_FLIGHT_RESUME)
        request->done = 0;
}

/* Back from service to the queue: what service there was counts as service, a pause begins, and
 * patience that covers the wait goes on where service had stopped its clock. */
static void waits_again(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    const struct ust_traffic_config *traffic = model->traffic[request->traffic].config;
    ust_time now = model->engine.now, served = now - request->since;
    UST_COUNT(model, pool, id, service_ns, (uint64_t)served);
    request->since = now;
    if (!traffic->patience || (request->flags & (UST_ORPHAN | UST_COPY | UST_INTERNAL)) ||
        traffic->persona->tolerance.patience_covers != UST_PATIENCE_WAIT)
        return;
    ust_cancel(&model->engine, request->patience);
    request->gives_up += served;
    request->patience = ust_schedule(&model->engine, request->gives_up, UST_LANE_CLIENT,
                                     model->on.patience, id);
}

/* Takes out of service the attempts that the numbers of slots no longer carry, the latest
 * first, so that putting them at the head of the queue keeps their order. */
static void stop_serving(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                         uint32_t keep, bool local)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->busy <= keep)
        return;
    uint32_t n = 0, *serving = ust_malloc(instance->busy * sizeof *serving);
    for (uint32_t id = 0; id < model->requests_used && n < instance->busy; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->state == UST_SERVING && request->pool == pool->number &&
            request->instance == number)
            serving[n++] = id;
    }
    UST_ASSERT(n == instance->busy);
    sort_by_start(model, serving, n);
    for (uint32_t i = n; i > keep; i--) {
        uint32_t id = serving[i - 1];
        struct ust_request *request = &model->requests[id];
        if (instance->sharing != NULL)
            request->done = (float)ust_sharing_remove(model, pool, instance, id);
        else
            request->done = (float)share_done(model, instance, request);
        ust_cancel(&model->engine, request->finish);
        if (pool->edges != NULL)
            ust_calls_drop(model, id);
        request->flags &= (uint8_t) ~(UST_RESUMED | UST_STORING);
        starts_again(pool, request);
        ust_instance_idler(model, pool, instance);
        ust_apart_idler(model, pool, id);
        ust_pool_hold_memory(model, pool, instance, -(double)request->memory);
        if (pool->in_flight >= UST_IN_FLIGHT_REQUEUE_HEAD)
            waits_again(model, pool, id);
        lose(model, pool, number, id, local);
    }
    free(serving);
}

/* Those who wait for calls without a slot go down with their instance too. */
static void lose_awaiting(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    for (uint32_t id = 0; id < model->requests_used && pool->awaiting[number] > 0; id++) {
        struct ust_request *request = &model->requests[id];
        if (request->state != UST_AWAITING || request->pool != pool->number ||
            request->instance != number)
            continue;
        ust_pool_step_back(model, pool, id);
        ust_calls_drop(model, id);
        request->done = 1;
        starts_again(pool, request);
        if (pool->in_flight >= UST_IN_FLIGHT_REQUEUE_HEAD)
            waits_again(model, pool, id);
        lose(model, pool, number, id, false);
    }
}

static void empty_room(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    uint32_t id;
    while ((id = ust_room_next(model, pool, instance)) != UST_NONE) {
        ust_room_leave(model, pool, instance, id);
        lose(model, pool, number, id, false);
    }
    ust_room_clear(pool, instance);
}

/* Nobody waits for it any more, and the server notices: its slot is free for the next. */
void ust_pool_stop(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    uint32_t number = request->instance;
    struct ust_instance *instance = &pool->instances[number];
    bool awaits = request->state == UST_AWAITING;
    if (instance->sharing != NULL && !awaits)
        (void)ust_sharing_remove(model, pool, instance, id);
    if (!awaits)
        ust_cancel(&model->engine, request->finish);
    UST_COUNT(model, pool, id, service_ns, (uint64_t)(model->engine.now - request->since));
    pool->outstanding[number]--;
    if (awaits) {
        ust_pool_step_back(model, pool, id);
    } else {
        ust_instance_idler(model, pool, instance);
        ust_apart_idler(model, pool, id);
        ust_pool_hold_memory(model, pool, instance, -(double)request->memory);
    }
    if (pool->edges != NULL)
        ust_calls_drop(model, id);
    if (instance->room != NULL)
        ust_room_learn(model, pool, instance, id, true);
    ust_request_free(model, id);
    ust_pool_start_waiting(model, pool, instance);
    if (instance->state == UST_DRAINING)
        ust_pool_drained(model, pool, number);
}

void ust_instance_down(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    instance->down = true;
    ust_instance_stops_io(pool, instance, model->engine.now);
    ust_pool_capacity(model, pool);
    bool held = pool->in_flight >= UST_IN_FLIGHT_REQUEUE_HEAD && pool->view.ready_n <= 1;
    stop_serving(model, pool, number, 0, held);
    if (pool->awaiting != NULL)
        lose_awaiting(model, pool, number);
    if (held)
        return; /* there is no other place to wait at */
    if (instance->room != NULL)
        empty_room(model, pool, number);
    uint32_t id = instance->first.next;
    instance->first.next = UST_NONE;
    while (id != UST_NONE) {
        uint32_t next = model->requests[id].next;
        if (model->requests[id].state == UST_LEFT) {
            ust_request_free(model, id);
        } else {
            ust_pool_leaves_queue(model, pool, instance, id);
            lose(model, pool, number, id, false);
        }
        id = next;
    }
    if (instance->state == UST_DRAINING)
        ust_pool_drained(model, pool, number); /* nothing of it is left to wait for */
}

/* An attempt leaves the queue of an instance that will not be back. */
static void move_on(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                    uint32_t id)
{
    pool->outstanding[number]--;
    for (uint32_t i = 0;
         pool->in_flight >= UST_IN_FLIGHT_REQUEUE_HEAD && i < pool->view.ready_n; i++) {
        if (!pool->instances[pool->ready[i]].down) {
            ust_pool_admit(model, pool, pool->ready[i], id);
            return;
        }
    }
    UST_COUNT(model, pool, id, errors, 1);
    ust_client_error(model, id, UST_FAILED);
}

void ust_instance_given_up(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    uint32_t id;
    if (pool->outstanding[number] == 0)
        return;
    while (instance->room != NULL && (id = ust_room_next(model, pool, instance)) != UST_NONE) {
        ust_room_leave(model, pool, instance, id);
        move_on(model, pool, number, id);
    }
    while (instance->room == NULL &&
           (id = ust_pool_first_waiting(model, instance)) != UST_NONE) {
        instance->first = model->requests[id].follower;
        ust_pool_leaves_queue(model, pool, instance, id);
        move_on(model, pool, number, id);
    }
    for (id = 0; id < model->requests_used && pool->outstanding[number] > 0; id++) {
        struct ust_request *request = &model->requests[id];
        if (request->state != UST_LOST || request->pool != pool->number ||
            request->instance != number)
            continue;
        request->instance = UST_NONE;
        pool->outstanding[number]--;
    }
    UST_ASSERT(pool->outstanding[number] == 0);
}

void ust_instance_slots(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                        uint32_t slots)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->slots == slots)
        return;
    instance->slots = slots;
    ust_pool_capacity(model, pool);
    if (instance->down)
        return;
    stop_serving(model, pool, number, slots, true);
    ust_pool_start_waiting(model, pool, instance);
}

void ust_instance_slow(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->sharing != NULL)
        ust_sharing_settle(model, pool, instance);
    double work_rate = pool->config->launching.machines[instance->type].work_rate;
    instance->stretch =
        pool->faults.slow * (1 + instance->slower) / work_rate * (1 + instance->warming);
    ust_pool_takes_anew(model, instance);
    if (instance->sharing != NULL)
        ust_sharing_plan(model, pool, instance);
}
