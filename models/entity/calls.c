#include "models/entity/calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/entity/call_way.h"
#include "models/entity/pool.h"

static uint32_t new_call(struct ust_model *model)
{
    struct ust_calls *calls = &model->calls;
    uint32_t number = calls->free;
    if (number != UST_NONE) {
        calls->free = calls->call[number].next;
        return number;
    }
    if (calls->used == calls->capacity) {
        calls->capacity = calls->capacity * 2 + 256;
        calls->call = ust_realloc(calls->call, calls->capacity * sizeof *calls->call);
    }
    return calls->used++;
}

/* What an attempt waits for; there is room for as many as there are requests. */
static struct ust_call_wait *wait_of(struct ust_model *model, uint32_t id)
{
    struct ust_calls *calls = &model->calls;
    if (id >= calls->wait_capacity) {
        uint32_t n = model->requests_capacity;
        calls->wait = ust_realloc(calls->wait, n * sizeof *calls->wait);
        for (uint32_t i = calls->wait_capacity; i < n; i++)
            calls->wait[i] = (struct ust_call_wait){.first = UST_NONE};
        calls->wait_capacity = n;
    }
    return &calls->wait[id];
}

/* ---- the caller ---- */

static bool start_steps(struct ust_model *model, uint32_t id);

static struct ust_pool *pool_of(struct ust_model *model, uint32_t id)
{
    return &model->pools[model->requests[id].pool];
}

static void hold(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    struct ust_instance *instance = &pool->instances[model->requests[id].instance];
    instance->held++;
    instance->held_area -= (uint64_t)model->engine.now;
    UST_COUNT_UP(model, pool, id, held);
}

static void let_slot(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    if (pool->awaiting != NULL)
        return; /* it has none */
    struct ust_instance *instance = &pool->instances[model->requests[id].instance];
    instance->held--;
    instance->held_area += (uint64_t)model->engine.now;
    UST_COUNT_DOWN(model, pool, id, held);
}

/* Frees the records of its calls; those that are not over are let go of. */
static void forget(struct ust_model *model, uint32_t id)
{
    uint32_t number = wait_of(model, id)->first;
    wait_of(model, id)->first = UST_NONE;
    wait_of(model, id)->open = 0;
    while (number != UST_NONE) {
        struct ust_call *call = ust_call_at(model, number);
        uint32_t next = call->next;
        if (call->state != UST_CALL_OVER)
            ust_call_stop(model, number);
        const struct ust_call_copies copies = ust_call_take_copies(model, call);
        call->state = UST_CALL_FREE;
        call->next = model->calls.free;
        model->calls.free = number;
        ust_call_let_go(model, &copies);
        number = next;
    }
}

void ust_calls_drop(struct ust_model *model, uint32_t id)
{
    if (id >= model->calls.wait_capacity || model->calls.wait[id].open == 0)
        return;
    /* An attempt of AWAITING has no slot to give back; the state may have changed by now. */
    let_slot(model, pool_of(model, id), id);
    forget(model, id);
}

static void finish(struct ust_model *model, uint32_t id)
{
    struct ust_pool *pool = pool_of(model, id);
    let_slot(model, pool, id);
    ust_pool_served(model, pool, &pool->instances[model->requests[id].instance], id);
}

/* A call has failed for good, and its caller fails with it, without waiting for the others. */
static void fail_caller(struct ust_model *model, uint32_t id)
{
    forget(model, id);
    model->requests[id].flags |= UST_DOOMED;
    finish(model, id);
}

void ust_call_over(struct ust_model *model, uint32_t number, bool answered)
{
    struct ust_call *call = ust_call_at(model, number);
    uint32_t id = call->caller;
    struct ust_call_wait *wait = wait_of(model, id);
    call->state = UST_CALL_OVER;
    wait->open--;
    if (!answered) {
        int fallback = ust_call_edge_of(model, call)->config->fallback;
        UST_COUNT(model, &model->pools[call->pool], id, calls_failed, 1);
        if (fallback == UST_FALLBACK_FAIL) {
            fail_caller(model, id);
            return;
        }
        wait->degraded |= fallback == UST_FALLBACK_DEGRADE;
    }
    if (wait->open > 0)
        return;
    forget(model, id);
    wait_of(model, id)->step++;
    if (start_steps(model, id))
        return;
    UST_COUNT(model, pool_of(model, id), id, degraded, wait_of(model, id)->degraded);
    finish(model, id);
}

/* ---- steps ---- */

bool ust_calls_have_sizes(const struct ust_config *config, uint32_t service)
{
    for (uint32_t s = 0; s < config->services_n; s++)
        for (uint32_t i = 0; i < config->services[s].calls.n; i++)
            if (config->services[s].calls.call[i].service == service &&
                config->services[s].calls.call[i].sizes)
                return true;
    return false;
}

static float draw_size(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->type == NULL ? 0 : (float)ust_dist_sample(dist, rng);
}

static void draw_sizes(struct ust_call_edge *edge, struct ust_call *call)
{
    call->request = draw_size(&edge->config->request, &edge->sizes);
    call->response = draw_size(&edge->config->response, &edge->sizes);
    call->memory = draw_size(&edge->config->memory, &edge->sizes);
    call->io = draw_size(&edge->config->io, &edge->sizes);
}

static void start_call(struct ust_model *model, uint32_t id, uint32_t at)
{
    struct ust_pool *pool = pool_of(model, id);
    struct ust_call_edge *edge = &pool->edges[at];
    const struct ust_call_config *config = edge->config;
    if (config->probability < 1 && ust_rng_unit(&edge->chance) >= config->probability)
        return;
    double work = ust_work_limit(ust_dist_sample(&config->work, &edge->work));
    uint32_t instance = model->requests[id].instance, key = 0;
    bool write = config->writes > 0 && ust_rng_unit(&edge->kind) < config->writes;
    bool hit =
        edge->cache.config != NULL && !write && ust_cache_look(model, pool, edge, id, &key);
    if (hit && config->cache.delay.type == NULL)
        return;
    uint32_t number = new_call(model);
    struct ust_call_wait *wait = wait_of(model, id);
    *ust_call_at(model, number) = (struct ust_call){.next = wait->first,
                                                    .caller = id,
                                                    .attempt = UST_NONE,
                                                    .pool = pool->number,
                                                    .edge = at,
                                                    .client = instance,
                                                    .key = key,
                                                    .write = write,
                                                    .hit = hit,
                                                    .work = work};
    wait->first = number;
    wait->open++;
    if (config->sizes)
        draw_sizes(edge, ust_call_at(model, number));
    if (hit)
        ust_call_found(model, number, ust_dist_time(&config->cache.delay, &edge->cache.delay));
    else
        ust_call_send(model, number);
}

/* Starts the first step from `step` on that has anything to wait for; false: none has. */
static bool start_steps(struct ust_model *model, uint32_t id)
{
    const struct ust_pool *pool = pool_of(model, id);
    const struct ust_calls_config *calls =
        &model->config->services[pool->config->service].calls;
    uint32_t steps = calls->call[calls->n - 1].step + 1;
    while (wait_of(model, id)->step < steps) {
        uint32_t step = wait_of(model, id)->step;
        for (uint32_t i = 0; i < calls->n; i++)
            for (uint32_t k = 0; calls->call[i].step == step && k < calls->call[i].count; k++)
                start_call(model, id, i);
        if (wait_of(model, id)->open > 0)
            return true;
        wait_of(model, id)->step++;
    }
    return false;
}

bool ust_calls_begin(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    if (model->requests[id].flags & UST_DOOMED)
        return false;
    *wait_of(model, id) = (struct ust_call_wait){.first = UST_NONE};
    if (!start_steps(model, id))
        return false;
    if (pool->awaiting != NULL)
        ust_pool_suspend(model, pool, id);
    else
        hold(model, pool, id);
    return true;
}

/* ---- beginning and end ---- */

#define NAME_MAX 512

static void name_edge(const struct ust_model *model, const struct ust_pool *pool, uint32_t call,
                      const char *purpose, char *name)
{
    const struct ust_config *config = model->config;
    const struct ust_call_config *it =
        &config->services[pool->config->service].calls.call[call];
    snprintf(name, NAME_MAX, "%s/calls/%u/%s%s", pool->config->path, call + 1,
             config->services[it->service].name, purpose);
}

static struct ust_rng stream(const struct ust_model *model, const struct ust_pool *pool,
                             uint32_t call, const char *purpose)
{
    char name[NAME_MAX];
    name_edge(model, pool, call, purpose, name);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static void start_pool(struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_calls_config *calls =
        &model->config->services[pool->config->service].calls;
    pool->edges = ust_arena_alloc(model->arena, struct ust_call_edge, calls->n);
    if (calls->async)
        pool->awaiting = ust_arena_alloc(model->arena, uint32_t, pool->instances_max);
    for (uint32_t i = 0; i < calls->n; i++) {
        struct ust_call_edge *edge = &pool->edges[i];
        *edge = (struct ust_call_edge){.config = &calls->call[i],
                                       .chance = stream(model, pool, i, "/chance"),
                                       .work = stream(model, pool, i, "/work"),
                                       .retry = stream(model, pool, i, "/retry"),
                                       .kind = stream(model, pool, i, "/writes"),
                                       .sizes = stream(model, pool, i, "/sizes"),
                                       .hedge = stream(model, pool, i, "/hedge"),
                                       .line = UST_NONE};
        ust_call_client_make(model, pool, edge);
        char name[NAME_MAX];
        name_edge(model, pool, i, "", name);
        ust_cache_make(model, pool, edge, name);
        if (calls->call[i].timeout > 0)
            edge->line = ust_line_new(&model->engine, calls->call[i].timeout, UST_LANE_CLIENT,
                                      model->on.call_timeout);
    }
}

/* Registers its handlers only where they are used: runs without calls keep their fingerprint.
 */
void ust_calls_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->calls.free = UST_NONE;
    if (config->between == NULL)
        return;
    ust_call_way_start(model);
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (pool->config->exists && config->services[pool->config->service].calls.n > 0)
            start_pool(model, pool);
    }
}

void ust_calls_free(struct ust_model *model)
{
    free(model->calls.call);
    free(model->calls.wait);
}
