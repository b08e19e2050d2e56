#include "models/entity/call_way.h"

#include "models/entity/caller.h"
#include "models/entity/pool.h"

/* ---- one call ---- */

static void plan_return(struct ust_model *model, uint32_t number, int outcome, ust_time at)
{
    struct ust_call *call = ust_call_at(model, number);
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
    struct ust_call *call = ust_call_at(model, number);
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

struct ust_call_copies ust_call_take_copies(struct ust_model *model, struct ust_call *call)
{
    struct ust_call_copies copies = {.n = 0};
    for (uint32_t id = call->attempt; id != UST_NONE; id = model->requests[id].sibling) {
        model->requests[id].flags |= UST_ORPHAN;
        copies.id[copies.n++] = id;
    }
    call->attempt = UST_NONE;
    return copies;
}

void ust_call_let_go(struct ust_model *model, const struct ust_call_copies *copies)
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
    struct ust_call *call = ust_call_at(model, number);
    uint32_t first = data->parked;
    call->state = UST_CALL_PARKED;
    if (first == UST_NONE) {
        call->before = call->behind = number;
        data->parked = number;
        return;
    }
    /* A ring: before the first is the last. */
    call->behind = first;
    call->before = ust_call_at(model, first)->before;
    ust_call_at(model, call->before)->behind = number;
    ust_call_at(model, first)->before = number;
}

static void leave_parking(struct ust_model *model, uint32_t number)
{
    const struct ust_call *call = ust_call_at(model, number);
    struct ust_data *data = model->data[ust_call_edge_of(model, call)->config->service];
    if (data->parked == number)
        data->parked = call->behind == number ? UST_NONE : call->behind;
    ust_call_at(model, call->before)->behind = call->behind;
    ust_call_at(model, call->behind)->before = call->before;
}

static void depart(struct ust_model *model, uint32_t number);

void ust_calls_unpark(struct ust_model *model, uint32_t number)
{
    leave_parking(model, number);
    depart(model, number);
}

void ust_call_send(struct ust_model *model, uint32_t number)
{
    struct ust_call *call = ust_call_at(model, number);
    struct ust_call_edge *edge = ust_call_edge_of(model, call);
    UST_COUNT(model, &model->pools[call->pool], call->caller, calls, 1);
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
    struct ust_call *call = ust_call_at(model, number);
    const struct ust_call_edge *edge = ust_call_edge_of(model, call);
    struct ust_pool *from = &model->pools[call->pool];
    uint32_t here = from->config->region, n = model->config->regions_n;
    uint32_t there = ust_call_region(model, call);
    struct ust_pool *pool = ust_pool_of(model, edge->config->service, there);
    call->copies++;
    call->out++;
    if (call->state != UST_CALL_RETURNING)
        call->state = UST_CALL_SENT;
    if (call->sends == 1 && call->copies == 1)
        UST_COUNT(model, pool, call->caller, work_offered_ns, work);
    ust_time leaves = ust_pool_sends(model, from, &from->instances[call->client], call->caller,
                                     (double)call->request);
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
    struct ust_call *call = ust_call_at(model, number);
    const struct ust_call_edge *edge = ust_call_edge_of(model, call);
    const struct ust_hedge *hedge = edge->config->hedge;
    if (hedge != NULL && !call->write && call->copies < hedge->copies &&
        edge->delay.after != UST_NEVER)
        call->hedge = ust_schedule(&model->engine, model->engine.now + edge->delay.after,
                                   UST_LANE_CLIENT, model->on.call_hedge, number);
}

static void depart(struct ust_model *model, uint32_t number)
{
    ust_call_at(model, number)->left = model->engine.now;
    send_copy(model, number, ust_call_at(model, number)->work);
    plan_copy(model, number);
}

static void on_hedge(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    struct ust_call *call = ust_call_at(model, number);
    struct ust_call_edge *edge = ust_call_edge_of(model, call);
    if (!ust_call_client_copies(model, edge, call))
        return;
    double work = call->work;
    if (edge->config->hedge->work == UST_HEDGE_INDEPENDENT)
        work = ust_work_limit(ust_dist_sample(&edge->config->work, &edge->hedge));
    UST_COUNT(model, &model->pools[call->pool], call->caller, calls, 1);
    send_copy(model, number, work);
    plan_copy(model, number);
}

static void on_resend(void *context, uint64_t number)
{
    ust_call_send(context, (uint32_t)number);
}

static void stop_timeout(struct ust_model *model, const struct ust_call *call)
{
    uint32_t line = ust_call_edge_of(model, call)->line;
    if (line != UST_NONE)
        ust_line_cancel(&model->engine, line, call->timeout);
}

void ust_call_stop(struct ust_model *model, uint32_t number)
{
    const struct ust_call *call = ust_call_at(model, number);
    struct ust_call_edge *edge = ust_call_edge_of(model, call);
    stop_timeout(model, call);
    ust_cancel(&model->engine, call->event);
    ust_cancel(&model->engine, call->hedge);
    if (call->state == UST_CALL_PARKED)
        leave_parking(model, number);
    if (call->hit)
        return;
    if (call->state != UST_CALL_PAUSING)
        ust_call_client_ends(model, edge, call, false);
    else
        ust_call_client_rests(edge, call);
}

/* ---- what becomes of an attempt of a call ---- */

static void failed(struct ust_model *model, uint32_t number, int outcome)
{
    struct ust_call *call = ust_call_at(model, number);
    struct ust_call_edge *edge = ust_call_edge_of(model, call);
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
        ust_call_over(model, number, false);
        return;
    }
    call->pause = wait;
    call->state = UST_CALL_PAUSING;
    call->event = ust_schedule(&model->engine, now + wait, UST_LANE_ARRIVAL,
                               model->on.call_resend, number);
}

static void take_answer(struct ust_model *model, const struct ust_call *call)
{
    struct ust_call_edge *edge = ust_call_edge_of(model, call);
    ust_call_client_ends(model, edge, call, true);
    if (edge->config->hedge != NULL && !call->write)
        ust_hedge_delay_learn(&edge->delay, edge->config->hedge,
                              model->engine.now - call->left);
    if (edge->cache.config != NULL && !call->write)
        ust_cache_fill(model, &model->pools[call->pool], edge, call->client, call->key);
}

/* The attempt is over, and with it all that was sent in its name. */
static void end_attempt(struct ust_model *model, struct ust_call *call)
{
    ust_cancel(&model->engine, call->hedge);
    const struct ust_call_copies copies = ust_call_take_copies(model, call);
    for (uint32_t i = 0; call->state != UST_CALL_RETURNING && i < copies.n; i++)
        ust_outlier_timed_out(model, &model->requests[copies.id[i]]);
    ust_call_let_go(model, &copies);
}

static void on_returned(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    stop_timeout(model, ust_call_at(model, number));
    end_attempt(model, ust_call_at(model, number));
    const struct ust_call *call = ust_call_at(model, number);
    if (call->outcome == UST_ANSWERED) {
        if (!call->hit)
            take_answer(model, call);
        ust_call_over(model, number, true);
    } else {
        failed(model, number, call->outcome);
    }
}

static void on_timeout(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = (uint32_t)argument;
    struct ust_call *call = ust_call_at(model, number);
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
    struct ust_pool *there = &model->pools[request->pool];
    struct ust_call *call = ust_call_at(model, number);
    ust_time returns = leaves + request->back;
    unlink_copy(model, call, id);
    ust_request_free(model, id);
    if (ust_cut_between(model, there->config->region, model->pools[call->pool].config->region))
        return; /* lost */
    if (call->state == UST_CALL_RETURNING &&
        (outcome != UST_ANSWERED || call->returns <= returns)) {
        UST_COUNT(model, there, call->caller, wasted, outcome == UST_ANSWERED);
        return;
    }
    if (outcome != UST_ANSWERED && --call->out > 0)
        return;
    if (outcome != UST_ANSWERED)
        ust_cancel(&model->engine, call->hedge);
    ust_cancel(&model->engine, call->event);
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

void ust_call_found(struct ust_model *model, uint32_t number, ust_time after)
{
    plan_return(model, number, UST_ANSWERED, model->engine.now + after);
}

/* ---- beginning ---- */

static bool any_hedge(const struct ust_config *config)
{
    for (uint32_t s = 0; s < config->services_n; s++)
        for (uint32_t i = 0; i < config->services[s].calls.n; i++)
            if (config->services[s].calls.call[i].hedge != NULL)
                return true;
    return false;
}

/* Registers its handlers only where they are used, in an order that is part of fingerprints. */
void ust_call_way_start(struct ust_model *model)
{
    model->on.call_timeout = ust_engine_handler(&model->engine, on_timeout, model);
    model->on.call_resend = ust_engine_handler(&model->engine, on_resend, model);
    model->on.call_returned = ust_engine_handler(&model->engine, on_returned, model);
    if (any_hedge(model->config))
        model->on.call_hedge = ust_engine_handler(&model->engine, on_hedge, model);
    ust_call_region_start(model);
}
