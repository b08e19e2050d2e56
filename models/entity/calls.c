#include "models/entity/calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/entity/caller.h"
#include "models/entity/pool.h"

static struct ust_call *call_of(struct ust_model *model, uint32_t number)
{
    return &model->calls.call[number];
}

static struct ust_call_edge *edge_of(struct ust_model *model, const struct ust_call *call)
{
    return &model->pools[call->pool].edges[call->edge];
}

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

/* ---- where a call goes ---- */

static bool can_take(struct ust_model *model, uint32_t service, uint32_t region)
{
    const struct ust_pool *pool = ust_pool_of(model, service, region);
    return pool->config->exists && pool->view.ready_n > 0 && model->regions[region].healthy;
}

/* The nearest region with healthy instances, as far as the checks know; where there is none,
 * the nearest with a pool at all, which will refuse. */
static uint32_t region_for(struct ust_model *model, uint32_t service, uint32_t from)
{
    uint32_t n = model->config->regions_n, otherwise = UST_NONE;
    const uint32_t *nearest = model->calls.nearest + (size_t)from * n;
    for (uint32_t k = 0; k < n; k++) {
        bool exists = ust_pool_of(model, service, nearest[k])->config->exists;
        /* Nobody leaves his own region for another because probes of the region fail. */
        bool here = k == 0 && exists && ust_pool_of(model, service, from)->view.ready_n > 0;
        if (here || can_take(model, service, nearest[k]))
            return nearest[k];
        if (exists && otherwise == UST_NONE)
            otherwise = nearest[k];
    }
    return otherwise;
}

/* ---- one call ---- */

static void plan_return(struct ust_model *model, uint32_t number, int outcome, ust_time at)
{
    struct ust_call *call = call_of(model, number);
    call->state = UST_CALL_RETURNING;
    call->outcome = (uint8_t)outcome;
    call->returns = at;
    call->event =
        ust_schedule(&model->engine, at, UST_LANE_SERVICE, model->on.call_returned, number);
}

/* When the user, or the service that calls for him, stops to wait for the caller's answer. */
static ust_time deadline_of(const struct ust_model *model, const struct ust_call *call)
{
    return model->requests[call->caller].deadline;
}

/* A copy of its attempt, which leaves the caller now. */
static uint32_t copy_for(struct ust_model *model, uint32_t number, uint32_t pool, double work)
{
    uint32_t id = ust_request_new(model);
    struct ust_call *call = call_of(model, number);
    const struct ust_request *caller = &model->requests[call->caller];
    ust_time deadline = caller->deadline < call->until ? caller->deadline : call->until;
    struct ust_request *request = &model->requests[id];
    *request = (struct ust_request){.sent = model->engine.now,
                                    .left = model->engine.now,
                                    .work = work,
                                    .request = call->request,
                                    .response = call->response,
                                    .memory = call->memory,
                                    .io = call->io,
                                    .state = UST_TRAVELLING,
                                    .flags = UST_INTERNAL,
                                    .pool = (uint16_t)pool,
                                    .instance = UST_NONE,
                                    .cohort = caller->cohort,
                                    .traffic = caller->traffic,
                                    .attempt = (uint8_t)(call->sends < 255 ? call->sends : 255),
                                    .session = number,
                                    .action = call->write ? UST_CALL_WRITES : UST_CALL_READS,
                                    .deadline = deadline,
                                    .gives_up = UST_NEVER,
                                    .place = caller->place,
                                    .owner = UST_NONE,
                                    .sibling = call->attempt};
    call->attempt = id;
    return id;
}

/* Takes all copies that are on the way from their call: they are nobody's, before the first is
 * let go, because what one leaves behind may be the next one's. */
struct copies {
    uint32_t id[UST_COPIES_MAX], n;
};

static struct copies take_copies(struct ust_model *model, struct ust_call *call)
{
    struct copies copies = {.n = 0};
    for (uint32_t id = call->attempt; id != UST_NONE; id = model->requests[id].sibling) {
        model->requests[id].flags |= UST_ORPHAN;
        copies.id[copies.n++] = id;
    }
    call->attempt = UST_NONE;
    return copies;
}

static void let_copies_go(struct ust_model *model, const struct copies *copies)
{
    for (uint32_t i = 0; i < copies->n; i++)
        if (model->requests[copies->id[i]].state != UST_FREE)
            ust_client_let_go(model, copies->id[i]);
}

static void unlink_copy(struct ust_model *model, struct ust_call *call, uint32_t id)
{
    uint32_t *link = &call->attempt;
    while (*link != id)
        link = &model->requests[*link].sibling;
    *link = model->requests[id].sibling;
}

/* ---- sending ---- */

static void park(struct ust_model *model, struct ust_data *data, uint32_t number)
{
    struct ust_call *call = call_of(model, number);
    uint32_t first = data->parked;
    call->state = UST_CALL_PARKED;
    if (first == UST_NONE) {
        call->before = call->behind = number;
        data->parked = number;
        return;
    }
    /* A ring: before the first is the last. */
    call->behind = first;
    call->before = call_of(model, first)->before;
    call_of(model, call->before)->behind = number;
    call_of(model, first)->before = number;
}

static void leave_parking(struct ust_model *model, uint32_t number)
{
    const struct ust_call *call = call_of(model, number);
    struct ust_data *data = model->data[edge_of(model, call)->config->service];
    if (data->parked == number)
        data->parked = call->behind == number ? UST_NONE : call->behind;
    call_of(model, call->before)->behind = call->behind;
    call_of(model, call->behind)->before = call->before;
}

static void depart(struct ust_model *model, uint32_t number);

void ust_calls_unpark(struct ust_model *model, uint32_t number)
{
    leave_parking(model, number);
    depart(model, number);
}

static void send(struct ust_model *model, uint32_t number)
{
    struct ust_call *call = call_of(model, number);
    struct ust_call_edge *edge = edge_of(model, call);
    model->pools[call->pool].count.calls++;
    ust_call_client_begins(edge, call);
    call->sends++;
    call->copies = call->out = 0;
    call->until = UST_NEVER;
    if (edge->line != UST_NONE) {
        call->timeout = ust_line_start(&model->engine, edge->line, number);
        call->until = model->engine.now + edge->config->timeout;
    }
    struct ust_data *data = call->write ? model->data[edge->config->service] : NULL;
    if (data != NULL && data->config->waits && !ust_data_takes_writes(data))
        park(model, data, number);
    else
        depart(model, number);
}

/* One more copy leaves for wherever the call goes now. */
static void send_copy(struct ust_model *model, uint32_t number, double work)
{
    struct ust_call *call = call_of(model, number);
    const struct ust_call_edge *edge = edge_of(model, call);
    struct ust_pool *from = &model->pools[call->pool];
    uint32_t here = from->config->region, n = model->config->regions_n;
    uint32_t there = call->write ? model->data[edge->config->service]->primary
                                 : region_for(model, edge->config->service, here);
    struct ust_pool *pool = ust_pool_of(model, edge->config->service, there);
    call->copies++;
    call->out++;
    if (call->state != UST_CALL_RETURNING)
        call->state = UST_CALL_SENT;
    if (call->sends == 1 && call->copies == 1)
        pool->count.work_offered_ns += work;
    ust_time leaves = ust_pool_sends(from, &from->instances[call->client],
                                     (double)call->request, model->engine.now);
    if (ust_cut_between(model, here, there))
        return; /* lost */
    ust_time round_trip = model->config->between[(size_t)here * n + there];
    uint32_t id = copy_for(model, number, pool->number, work);
    struct ust_request *request = &model->requests[id];
    request->back = round_trip / 2;
    request->finish = ust_schedule(&model->engine, leaves + (round_trip - request->back),
                                   UST_LANE_ARRIVAL, model->on.arrive, id);
}

/* Writes are not copied: they would be done twice. */
static void plan_copy(struct ust_model *model, uint32_t number)
{
    struct ust_call *call = call_of(model, number);
    const struct ust_call_edge *edge = edge_of(model, call);
    const struct ust_hedge *hedge = edge->config->hedge;
    if (hedge != NULL && !call->write && call->copies < hedge->copies &&
        edge->delay.after != UST_NEVER)
        call->hedge = ust_schedule(&model->engine, model->engine.now + edge->delay.after,
                                   UST_LANE_CLIENT, model->on.call_hedge, number);
}

static void depart(struct ust_model *model, uint32_t number)
{
    send_copy(model, number, call_of(model, number)->work);
    plan_copy(model, number);
}

static void on_hedge(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    struct ust_call *call = call_of(model, number);
    struct ust_call_edge *edge = edge_of(model, call);
    if (!ust_call_client_copies(model, edge, call))
        return;
    double work = call->work;
    if (edge->config->hedge->work == UST_HEDGE_INDEPENDENT)
        work = ust_work_limit(ust_dist_sample(&edge->config->work, &edge->hedge));
    model->pools[call->pool].count.calls++;
    send_copy(model, number, work);
    plan_copy(model, number);
}

static void on_resend(void *context, uint64_t number)
{
    send(context, (uint32_t)number);
}

static void stop_timeout(struct ust_model *model, const struct ust_call *call)
{
    uint32_t line = edge_of(model, call)->line;
    if (line != UST_NONE)
        ust_line_cancel(&model->engine, line, call->timeout);
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
    ust_area_up(&pool->count.held, model->engine.now);
}

static void let_slot(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    if (pool->awaiting != NULL)
        return; /* it has none */
    struct ust_instance *instance = &pool->instances[model->requests[id].instance];
    instance->held--;
    instance->held_area += (uint64_t)model->engine.now;
    ust_area_down(&pool->count.held, model->engine.now);
}

/* The caller gives a call up that is not over. */
static void stops(struct ust_model *model, const struct ust_call *call)
{
    struct ust_call_edge *edge = edge_of(model, call);
    if (call->hit)
        return;
    if (call->state != UST_CALL_PAUSING)
        ust_call_client_ends(model, edge, call, false);
    else
        ust_call_client_rests(edge, call);
}

/* Frees the records of its calls; those that are not over are let go of. */
static void forget(struct ust_model *model, uint32_t id)
{
    uint32_t number = wait_of(model, id)->first;
    wait_of(model, id)->first = UST_NONE;
    wait_of(model, id)->open = 0;
    while (number != UST_NONE) {
        struct ust_call *call = call_of(model, number);
        uint32_t next = call->next;
        if (call->state != UST_CALL_OVER) {
            stop_timeout(model, call);
            ust_cancel(&model->engine, call->event);
            ust_cancel(&model->engine, call->hedge);
            if (call->state == UST_CALL_PARKED)
                leave_parking(model, number);
            stops(model, call);
        }
        const struct copies copies = take_copies(model, call);
        call->state = UST_CALL_FREE;
        call->next = model->calls.free;
        model->calls.free = number;
        let_copies_go(model, &copies);
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

static void over(struct ust_model *model, uint32_t number, bool answered)
{
    struct ust_call *call = call_of(model, number);
    uint32_t id = call->caller;
    struct ust_call_wait *wait = wait_of(model, id);
    call->state = UST_CALL_OVER;
    wait->open--;
    if (!answered) {
        int fallback = edge_of(model, call)->config->fallback;
        model->pools[call->pool].count.calls_failed++;
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
    pool_of(model, id)->count.degraded += wait_of(model, id)->degraded;
    finish(model, id);
}

/* ---- what becomes of an attempt of a call ---- */

static void failed(struct ust_model *model, uint32_t number, int outcome)
{
    struct ust_call *call = call_of(model, number);
    struct ust_call_edge *edge = edge_of(model, call);
    const struct ust_variant *retries = &edge->config->retries;
    unsigned how = outcome == UST_FAILED ? UST_RETRY_FAILED
                   : outcome == UST_SHED ? UST_RETRY_SHED
                                         : UST_RETRY_TIMED_OUT;
    ust_time now = model->engine.now, wait = UST_NEVER;
    ust_call_client_ends(model, edge, call, false);
    if (edge->retry_on & how)
        wait = ust_retry_of(retries->kind)
                   ->wait(retries->params, call->sends, call->pause, &edge->retry);
    if (wait == UST_NEVER || wait >= deadline_of(model, call) - now ||
        !ust_call_client_repeats(model, edge, call)) {
        over(model, number, false);
        return;
    }
    call->pause = wait;
    call->state = UST_CALL_PAUSING;
    call->event = ust_schedule(&model->engine, now + wait, UST_LANE_ARRIVAL,
                               model->on.call_resend, number);
}

static void take_answer(struct ust_model *model, const struct ust_call *call)
{
    struct ust_call_edge *edge = edge_of(model, call);
    ust_call_client_ends(model, edge, call, true);
    if (edge->config->hedge != NULL)
        ust_hedge_delay_learn(&edge->delay, edge->config->hedge, call->took);
    if (edge->cache.config != NULL && !call->write)
        ust_cache_fill(model, &model->pools[call->pool], edge, call->client, call->key);
}

/* The attempt is over, and with it all that was sent in its name. */
static void end_attempt(struct ust_model *model, struct ust_call *call)
{
    ust_cancel(&model->engine, call->hedge);
    const struct copies copies = take_copies(model, call);
    for (uint32_t i = 0; call->state != UST_CALL_RETURNING && i < copies.n; i++)
        ust_outlier_timed_out(model, &model->requests[copies.id[i]]);
    let_copies_go(model, &copies);
}

static void on_returned(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    stop_timeout(model, call_of(model, number));
    end_attempt(model, call_of(model, number));
    const struct ust_call *call = call_of(model, number);
    if (call->outcome == UST_ANSWERED) {
        if (!call->hit)
            take_answer(model, call);
        over(model, number, true);
    } else {
        failed(model, number, call->outcome);
    }
}

static void on_timeout(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    struct ust_call *call = call_of(model, number);
    ust_cancel(&model->engine, call->event);
    if (call->state == UST_CALL_PARKED)
        leave_parking(model, number);
    end_attempt(model, call);
    failed(model, number, UST_TIMED_OUT);
}

/* The answer or the error of one copy sets out for the caller, unless the network is cut. The
 * first answer counts; an error does when no other copy is out. */
static void come_back(struct ust_model *model, uint32_t id, int outcome, ust_time leaves)
{
    const struct ust_request *request = &model->requests[id];
    uint32_t number = request->session;
    struct ust_pool *there = pool_of(model, id);
    struct ust_call *call = call_of(model, number);
    ust_time returns = leaves + request->back, left = request->left;
    unlink_copy(model, call, id);
    ust_request_free(model, id);
    if (ust_cut_between(model, there->config->region, model->pools[call->pool].config->region))
        return; /* lost */
    if (call->state == UST_CALL_RETURNING &&
        (outcome != UST_ANSWERED || call->returns <= returns)) {
        there->count.wasted += outcome == UST_ANSWERED;
        return;
    }
    if (outcome != UST_ANSWERED && --call->out > 0)
        return;
    if (outcome != UST_ANSWERED)
        ust_cancel(&model->engine, call->hedge);
    ust_cancel(&model->engine, call->event);
    call->took = returns - left;
    plan_return(model, number, outcome, returns);
}

void ust_calls_answered(struct ust_model *model, uint32_t id, ust_time leaves)
{
    come_back(model, id, UST_ANSWERED, leaves);
}

void ust_calls_failed(struct ust_model *model, uint32_t id, int outcome)
{
    come_back(model, id, outcome, model->engine.now);
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
    bool hit = edge->cache.config != NULL && !write &&
               ust_cache_look(model, pool, edge, instance, &key);
    if (hit && config->cache.delay.type == NULL)
        return;
    uint32_t number = new_call(model);
    struct ust_call_wait *wait = wait_of(model, id);
    *call_of(model, number) = (struct ust_call){.next = wait->first,
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
        draw_sizes(edge, call_of(model, number));
    if (hit)
        plan_return(model, number, UST_ANSWERED,
                    model->engine.now +
                        ust_dist_time(&config->cache.delay, &edge->cache.delay));
    else
        send(model, number);
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

/* Every region's neighbours by round trip, in order of their numbers where these are alike. */
static void find_nearest(struct ust_model *model)
{
    uint32_t n = model->config->regions_n;
    model->calls.nearest = ust_arena_alloc(model->arena, uint32_t, (size_t)n * n);
    for (uint32_t from = 0; from < n; from++) {
        const ust_time *round_trip = model->config->between + (size_t)from * n;
        uint32_t *nearest = model->calls.nearest + (size_t)from * n, filled = 0;
        nearest[filled++] = from;
        for (uint32_t to = 0; to < n; to++) {
            if (to == from)
                continue;
            uint32_t at = filled++;
            for (; at > 1 && round_trip[nearest[at - 1]] > round_trip[to]; at--)
                nearest[at] = nearest[at - 1];
            nearest[at] = to;
        }
    }
}

static bool any_hedge(const struct ust_config *config)
{
    for (uint32_t s = 0; s < config->services_n; s++)
        for (uint32_t i = 0; i < config->services[s].calls.n; i++)
            if (config->services[s].calls.call[i].hedge != NULL)
                return true;
    return false;
}

/* Registers its handlers only where they are used: runs without calls keep their fingerprint.
 */
void ust_calls_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->calls.free = UST_NONE;
    if (config->between == NULL)
        return;
    model->on.call_timeout = ust_engine_handler(&model->engine, on_timeout, model);
    model->on.call_resend = ust_engine_handler(&model->engine, on_resend, model);
    model->on.call_returned = ust_engine_handler(&model->engine, on_returned, model);
    if (any_hedge(config))
        model->on.call_hedge = ust_engine_handler(&model->engine, on_hedge, model);
    find_nearest(model);
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
