/* Pools, the rare half: attempts without service, limits beyond slots, changes of capacity. */
#include "models/entity/pool.h"

#include <stdlib.h>
#include <string.h>

#include "models/entity/sharing.h"

void ust_requests_grow(struct ust_model *model)
{
    uint32_t capacity = model->requests_capacity * 2 + 1024;
    size_t bytes = (size_t)capacity * sizeof *model->requests;
    /* Aligned, so that the hot half of a request is one cache line. */
    struct ust_request *requests = ust_aligned_malloc(64, bytes);
    if (model->requests_used > 0)
        memcpy(requests, model->requests, model->requests_used * sizeof *requests);
    /* One that ends before it has gone anywhere is asked for its state. */
    memset(requests + model->requests_capacity, 0,
           (capacity - model->requests_capacity) * sizeof *requests);
    free(model->requests);
    model->requests = requests;
    model->requests_capacity = capacity;
    if (model->has_rooms)
        model->waiters = ust_realloc(model->waiters, capacity * sizeof *model->waiters);
}

/* ---- attempts that get no service ---- */

void ust_pool_full(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    UST_COUNT(model, pool, id, refused, 1);
    if (pool->blames) /* it is the instance that has turned it away */
        ust_pool_blame(model, pool, model->requests[id].instance, false);
    model->requests[id].instance = UST_NONE;
    ust_client_error(model, id, UST_SHED);
}

void ust_pool_refuse(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    UST_COUNT(model, pool, id, refused, 1);
    bool down = model->regions[pool->config->region].down;
    uint32_t mode = down ? model->regions[pool->config->region].in_flight : pool->in_flight;
    if (mode == UST_IN_FLIGHT_SILENT) {
        if (model->requests[id].flags & UST_ORPHAN) {
            ust_request_free(model, id);
            return;
        }
        model->requests[id].state = UST_LOST;
        model->requests[id].instance = UST_NONE; /* plain ones may carry an old number */
        return;
    }
    ust_client_error(model, id, UST_FAILED);
}

/* The balancer chose an instance that is dead, because no check has noticed yet. */
void ust_pool_meets_dead(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                         uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    request->since = model->engine.now;
    if (pool->blames && pool->in_flight != UST_IN_FLIGHT_SILENT)
        ust_pool_blame(model, pool, instance, true);
    else if (pool->targets != NULL)
        ust_targets_charge(pool, instance); /* nobody is there to connect to */
    if (pool->in_flight == UST_IN_FLIGHT_SILENT) {
        if (request->flags & UST_ORPHAN) {
            ust_request_free(model, id);
            return;
        }
        request->state = UST_LOST;
        request->instance = instance;
        pool->outstanding[instance]++;
        return;
    }
    if (pool->in_flight != UST_IN_FLIGHT_FAIL) {
        /* The balancer tries the others in turn before it gives up. */
        for (uint32_t i = 0; i < pool->view.ready_n; i++) {
            uint32_t other = pool->ready[i];
            if (!pool->instances[other].down) {
                ust_pool_admit(model, pool, other, id);
                return;
            }
        }
    }
    UST_COUNT(model, pool, id, errors, 1);
    ust_client_error(model, id, UST_FAILED);
}

/* Faults answer some attempts with an error: anywhere in the pool, before an instance is
 * chosen, or on instances that err. True: that was its end, or it has gone to its instance. */
bool ust_pool_troubles(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    double errors = pool->faults.errors;
    if (pool->data != NULL && ust_data_is_write(model, &model->requests[id]) &&
        !ust_data_writable(pool->data, pool)) {
        UST_COUNT(model, pool, id, errors, 1);
        ust_client_error(model, id, UST_FAILED);
        return true;
    }
    if (errors > 0 && ust_rng_unit(&pool->errors) < errors) {
        UST_COUNT(model, pool, id, errors, 1);
        if (pool->blames) /* which one it was matters to nobody else */
            ust_pool_blame(model, pool, ust_pool_pick(pool), false);
        ust_client_error(model, id, UST_FAILED);
        return true;
    }
    if (pool->faults.calls && ust_call_out(model, pool, id))
        return true;
    if (!pool->faults.hosts)
        return false;
    uint32_t number = ust_pool_pick(pool);
    const struct ust_instance *instance = &pool->instances[number];
    if (!instance->down && instance->errors > 0 &&
        ust_rng_unit(&pool->errors) < instance->errors) {
        UST_COUNT(model, pool, id, errors, 1);
        if (pool->blames)
            ust_pool_blame(model, pool, number, false);
        model->requests[id].instance = number;
        ust_client_error(model, id, UST_FAILED);
        return true;
    }
    ust_pool_admit(model, pool, number, id);
    return true;
}

/* ---- limits beyond slots ---- */

static bool fits(const struct ust_pool *pool, const struct ust_instance *instance,
                 const struct ust_request *request)
{
    double limit = pool->config->persona->memory;
    return limit <= 0 || instance->busy == 0 ||
           instance->memory_held + (double)request->memory <= limit;
}

void ust_pool_hold_memory(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, double bytes)
{
    if (bytes == 0)
        return;
    ust_measure_settle(pool, model->engine.now);
    instance->memory_area +=
        instance->memory_held * (double)(model->engine.now - instance->memory_since);
    instance->memory_since = model->engine.now;
    instance->memory_held += bytes;
    pool->count.memory_held += bytes;
}

/* When the storage has done the attempt's operations: a queue of its own, in order of starts.
 */
static ust_time storage_done(struct ust_model *model, struct ust_pool *pool,
                             struct ust_instance *instance, uint32_t id)
{
    const struct ust_request *request = &model->requests[id];
    double iops = pool->config->persona->iops;
    UST_COUNT(model, pool, id, io_done, (uint64_t)((double)request->io + 0.5));
    if (iops <= 0 || request->io <= 0)
        return 0;
    if (instance->storage_free < model->engine.now)
        instance->storage_free = model->engine.now;
    ust_time takes = ust_time_round((double)request->io * 1e9 / iops);
    instance->storage_free += takes;
    pool->count.storage_ns += (uint64_t)takes;
    ust_apart_stores(model, pool, instance, id, takes);
    return instance->storage_free;
}

static uint32_t next_of(struct ust_model *model, const struct ust_pool *pool,
                        struct ust_instance *instance)
{
    if (instance->room != NULL)
        return ust_room_next(model, pool, instance);
    return ust_pool_first_waiting(model, instance);
}

static void take(struct ust_model *model, struct ust_pool *pool, struct ust_instance *instance,
                 uint32_t id)
{
    if (instance->room == NULL) {
        struct ust_request *request = &model->requests[id];
        instance->first = request->follower;
        ust_pool_leaves_queue(model, pool, instance, id);
    } else {
        ust_room_leave(model, pool, instance, id);
    }
    ust_time waited = model->engine.now - model->requests[id].since;
    if (UST_RARE(model->requests[id].flags & UST_RESUMED)) {
        UST_COUNT(model, pool, id, paused_ns, (uint64_t)waited);
        return;
    }
    UST_COUNT(model, pool, id, waited, 1);
    UST_COUNT(model, pool, id, wait_ns, (uint64_t)waited);
}

/* Starts service where memory allows; the attempt's slot is held until its CPU work and its
 * storage operations are both done. False: it has to wait. */
static bool limited_start(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, uint32_t id, bool waited)
{
    struct ust_request *request = &model->requests[id];
    if (!fits(pool, instance, request) ||
        (!waited && next_of(model, pool, instance) != UST_NONE))
        return false; /* nobody overtakes those who wait */
    if (waited)
        take(model, pool, instance, id);
    else if (!(request->flags & UST_RESUMED))
        UST_COUNT(model, pool, id, at_once, 1);
    request->since = model->engine.now;
    request->server = instance; /* a plain one may have waited for a slot that came back */
    ust_instance_busier(model, pool, instance);
    ust_apart_busier(model, pool, id);
    ust_pool_hold_memory(model, pool, instance, (double)request->memory);
    ust_time stored = storage_done(model, pool, instance, id);
    if (request->flags & UST_CALLING && model->engine.now + request->call > stored)
        stored = model->engine.now + request->call;
    if (instance->sharing != NULL) {
        request->state = UST_SERVING;
        request->finish = (struct ust_timer){0};
        ust_sharing_add(model, pool, instance, id, stored);
        return true;
    }
    ust_time done = model->engine.now + ust_pool_takes(instance, request);
    request->state = UST_SERVING;
    request->server = instance; /* plain ones too come this way, when slots come back */
    request->finish = ust_schedule(&model->engine, done > stored ? done : stored,
                                   UST_LANE_SERVICE, model->on.finish, id);
    return true;
}

void ust_pool_takes_anew(struct ust_model *model, struct ust_instance *instance)
{
    for (struct ust_follower *link = &instance->first; link->next != UST_NONE;) {
        struct ust_request *request = &model->requests[link->next];
        link->takes = ust_pool_takes(instance, request);
        link = &request->follower;
    }
}

void ust_pool_start_waiting(struct ust_model *model, struct ust_pool *pool,
                            struct ust_instance *instance)
{
    while (instance->busy < instance->slots) {
        uint32_t next = next_of(model, pool, instance);
        if (next != UST_NONE && instance->room != NULL &&
            ust_room_drops(model, pool, instance, next))
            continue;
        if (next == UST_NONE || !limited_start(model, pool, instance, next, true))
            return;
    }
}

/* An attempt stands before an instance that has rules of its own. */
void ust_pool_limited_admit(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                            uint32_t id)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->room != NULL && !ust_room_admits(model, pool, instance, id)) {
        ust_pool_full(model, pool, id);
        return;
    }
    if (instance->busy < instance->slots && limited_start(model, pool, instance, id, false)) {
        pool->outstanding[number]++;
        return;
    }
    if (instance->waiting >= pool->config->queue) {
        ust_pool_full(model, pool, id);
        return;
    }
    pool->outstanding[number]++;
    if (instance->room != NULL)
        ust_room_enter(model, pool, instance, id, false);
    else
        ust_pool_waits_last(model, pool, instance, id);
}

/* Gives back the slot and the memory of an attempt; the next may start once that is told. */
static void vacate(struct ust_model *model, struct ust_pool *pool,
                   struct ust_instance *instance, uint32_t id)
{
    ust_instance_idler(model, pool, instance);
    ust_apart_idler(model, pool, id);
    ust_pool_hold_memory(model, pool, instance, -(double)model->requests[id].memory);
    if (instance->busy == 0 && pool->config->persona->memory > 0)
        ust_pool_hold_memory(model, pool, instance,
                             -instance->memory_held); /* no dust of rounding */
}

void ust_pool_suspend(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_instance *instance = &pool->instances[model->requests[id].instance];
    model->requests[id].state = UST_AWAITING;
    ust_pool_step_aside(model, pool, id);
    vacate(model, pool, instance, id);
    ust_pool_start_waiting(model, pool, instance);
}

void ust_pool_limited_finish(struct ust_model *model, struct ust_pool *pool,
                             struct ust_instance *instance, uint32_t id)
{
    if (pool->edges != NULL && ust_calls_begin(model, pool, id))
        return;
    ust_pool_served(model, pool, instance, id);
}

ust_time ust_pool_sends(struct ust_model *model, struct ust_pool *pool,
                        struct ust_instance *instance, uint32_t id, double bytes)
{
    double bandwidth = pool->config->persona->network;
    ust_time now = model->engine.now;
    UST_COUNT(model, pool, id, bytes_sent, (uint64_t)bytes);
    if (bandwidth <= 0 || bytes <= 0)
        return now;
    if (instance->network_free < now)
        instance->network_free = now;
    ust_time takes = ust_time_round(bytes * 8e9 / bandwidth);
    instance->network_free += takes;
    pool->count.network_ns += (uint64_t)takes;
    ust_apart_sends(model, pool, instance, id, takes);
    return instance->network_free;
}

void ust_pool_served(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    uint32_t number = request->instance;
    UST_COUNT(model, pool, id, completions, 1);
    UST_COUNT(model, pool, id, service_ns, (uint64_t)(model->engine.now - request->since));
    instance->completions++;
    pool->outstanding[number]--;
    if (request->state == UST_AWAITING)
        ust_pool_step_back(model, pool, id);
    else
        vacate(model, pool, instance, id);
    if (instance->room != NULL)
        ust_room_learn(model, pool, instance, id, false);
    ust_pool_start_waiting(model, pool, instance);
    bool fails = pool->data != NULL && !(request->flags & UST_DOOMED) &&
                 ust_data_is_write(model, request) && !ust_data_written(model, pool, id);
    ust_time leaves = model->engine.now;
    if (!fails)
        leaves = ust_pool_sends(model, pool, instance, id, (double)request->response);
    if (instance->state == UST_DRAINING) /* the last thing that it did was to answer */
        ust_pool_drained(model, pool, number);
    if (fails)
        ust_call_fails(model, id);
    else
        ust_client_answer(model, id, leaves);
}

/* ---- instances in events ---- */

uint64_t ust_instance_ticket(const struct ust_pool *pool, uint32_t instance)
{
    uint64_t epoch = pool->instances[instance].epoch & 0xffff;
    return (uint64_t)pool->number << 48 | epoch << 32 | instance;
}

struct ust_instance *ust_instance_of(struct ust_model *model, uint64_t ticket,
                                     struct ust_pool **pool, uint32_t *number)
{
    *pool = &model->pools[ticket >> 48];
    *number = (uint32_t)ticket;
    struct ust_instance *instance = &(*pool)->instances[*number];
    return (instance->epoch & 0xffff) == (ticket >> 32 & 0xffff) ? instance : NULL;
}

void ust_pool_moment(struct ust_model *model, const struct ust_pool *pool, const char *event,
                     double value, const char *detail)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = pool->config->region + 1,
                                                  .service = pool->config->service + 1,
                                                  .value = value,
                                                  .detail = detail});
}

/* What was asked of network and storage and lies ahead of now: each is a queue that never
 * rests, so all of it ends at `free`. */
static uint64_t ahead(ust_time free, ust_time now)
{
    return free > now ? (uint64_t)(free - now) : 0;
}

void ust_pool_ahead(const struct ust_pool *pool, ust_time now, uint64_t *network_ns,
                    uint64_t *storage_ns)
{
    const struct ust_resource_persona *persona = pool->config->persona;
    if (persona->network <= 0 && persona->iops <= 0)
        return;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        *network_ns -= ahead(pool->instances[i].network_free, now);
        *storage_ns -= ahead(pool->instances[i].storage_free, now);
    }
}

void ust_instance_stops_io(struct ust_pool *pool, struct ust_instance *instance, ust_time now)
{
    pool->count.network_ns -= ahead(instance->network_free, now);
    pool->count.storage_ns -= ahead(instance->storage_free, now);
    ust_apart_stops_io(pool, instance, now);
    instance->network_free = instance->storage_free = now;
}

/* ---- what there is to be used, and what can be served ---- */

/* Can it work now? Draining, or believed to be unhealthy, it still does what it has. */
static bool works(const struct ust_instance *instance)
{
    return (instance->state == UST_UP || instance->state == UST_DRAINING) && !instance->down;
}

/* CPU seconds of work that the instance can do in a second: as far as its slots and processors
 * go, slower by all that stretches service. */
static double rate_of(const struct ust_pool_config *config, const struct ust_instance *instance)
{
    double slots = instance->slots, full = instance->slots_full;
    double processors = slots < config->vcpu ? slots : config->vcpu;
    /* First come first served, more slots than processors have a fixed part of one each. */
    if (config->persona->discipline != UST_PS && config->vcpu < full)
        processors = config->vcpu * slots / full;
    return processors * config->persona->speed * (1 / config->work_rate / instance->stretch);
}

/* The way of plain requests is straight to an instance while there is only one and all is well.
 */
static void find_straight(struct ust_model *model, struct ust_pool *pool)
{
    pool->straight = NULL;
    model->sole = NULL;
    if (!pool->plain || pool->view.ready_n != 1 || pool->troubled ||
        model->regions[pool->config->region].down || pool->instances[pool->ready[0]].down)
        return;
    pool->straight_number = pool->ready[0];
    pool->straight = &pool->instances[pool->straight_number];
    if (model->config->services_n * model->config->regions_n == 1)
        model->sole = pool->straight;
}

void ust_pool_capacity(struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_pool_config *config = pool->config;
    find_straight(model, pool);
    ust_measure_settle(pool, model->engine.now);
    struct ust_pool_count *count = &pool->count;
    bool reachable = !model->regions[config->region].down;
    const struct ust_machine *machines = config->launching.machines;
    double slots = 0, working = 0, instances = 0, capacity = 0, running = 0, starting = 0;
    double surcharge = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *instance = &pool->instances[i];
        running += instance->state != UST_OFF;
        if (instance->state != UST_OFF)
            surcharge += machines[instance->type].price - machines[0].price;
        starting += instance->state == UST_STARTING;
        if (!works(instance))
            continue;
        working++;
        slots += instance->slots;
        if (!instance->listed || !reachable)
            continue;
        instances++;
        capacity += rate_of(config, instance);
    }
    count->vcpu = working * config->vcpu;
    count->slots = slots;
    count->memory = working * config->persona->memory;
    count->network = config->persona->network > 0 ? working : 0;
    count->storage = config->persona->iops > 0 ? working : 0;
    count->instances = instances;
    count->capacity = capacity;
    count->wanted = (double)pool->desired;
    count->starting = starting;
    count->running = running;
    if (pool->data != NULL)
        ust_data_changed(model, pool, slots > 0 && reachable);
    count->surcharge = surcharge + ust_warm_price(pool) + pool->launching.node_price;
}
