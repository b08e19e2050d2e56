/* Clients: from the intended first send to the outcome, across attempts and sessions. */
#include <stdio.h>

#include "models/entity/caller.h"
#include "models/entity/plain.h"
#include "sim/core/loop.h"

/* ---- travel ---- */

static inline ust_time one_way(struct ust_model *model, struct ust_traffic *traffic,
                               const struct ust_request *request, uint32_t region, double bytes)
{
    const struct ust_traffic_config *config = traffic->config;
    double ns = model->config->places[request->place].rtt_ms[region] * 0.5e6;
    double bandwidth = 0;
    if (config->devices_n > 0) {
        const struct ust_device *device = &config->devices[request->device];
        ns += (double)device->access * 0.5;
        bandwidth = device->bandwidth;
    }
    if (model->config->jitter > 0)
        ns += ns * model->config->jitter * ust_exponential(&traffic->network);
    if (bandwidth > 0)
        ns += bytes * 8e9 / bandwidth;
    return ust_time_round(ns);
}

/* Of streams with a deadline: when the whole request has timed out. */
static inline ust_time expires(const struct ust_traffic *traffic,
                               const struct ust_request *request)
{
    return request->sent + traffic->config->persona->tolerance.deadline;
}

/* On its way, if anything lets it. */
static inline void set_out(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                           uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    if (UST_RARE(model->cuts) && ust_cut_swallows(model, id, region))
        return;
    if (traffic->config->network) {
        request->back = one_way(model, traffic, request, region, (double)request->response);
        ust_time there = one_way(model, traffic, request, region, (double)request->request);
        request->state = UST_TRAVELLING;
        request->finish = ust_schedule(&model->engine, model->engine.now + there,
                                       UST_LANE_ARRIVAL, model->on.arrive, id);
        return;
    }
    ust_pool_arrive(model, id);
}

static inline void depart(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                          uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    request->deadline = UST_NEVER;
    if (traffic->timeout_line != UST_NONE) {
        request->timeout = ust_line_start(&model->engine, traffic->timeout_line, id);
        request->deadline = model->engine.now + traffic->config->persona->tolerance.timeout;
    }
    if (traffic->deadline_line != UST_NONE && expires(traffic, request) < request->deadline)
        request->deadline = expires(traffic, request);
    set_out(model, traffic, id, region);
}

UST_COLD void ust_client_resume(struct ust_model *model, uint32_t id, uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    request->pool = (uint16_t)ust_pool_of(model, traffic->config->service, region)->number;
    set_out(model, traffic, id, region);
}

/* An attempt leaves the client now. */
static inline void send_attempt(struct ust_model *model, struct ust_traffic *traffic,
                                uint32_t id)
{
    if (UST_RARE(traffic->callers != NULL)) {
        ust_caller_send(model, traffic, id);
        return;
    }
    struct ust_request *request = &model->requests[id];
    uint32_t region = model->only_region;
    if (UST_RARE(traffic->config->synthetic))
        region = traffic->config->region;
    else if (model->places_matter)
        region = ust_path_region(model, request);
    struct ust_pool *pool = ust_pool_of(model, traffic->config->service, region);
    request->pool = (uint16_t)pool->number;
    request->instance = UST_NONE;
    if (request->attempt == 1)
        pool->count.work_offered_ns += request->work;
    else
        traffic->count.resends++;
    depart(model, traffic, id, region);
}

UST_COLD void ust_client_depart(struct ust_model *model, struct ust_traffic *traffic,
                                uint32_t id)
{
    uint32_t region = model->pools[model->requests[id].pool].config->region;
    depart(model, traffic, id, region);
}

static UST_HOT void on_arrive(void *context, uint64_t id)
{
    ust_pool_arrive(context, (uint32_t)id);
}

/* ---- the end of a request ---- */

static UST_COLD void end_session(struct ust_model *model, uint32_t session)
{
    model->sessions[session].next = model->sessions_free;
    model->sessions_free = session;
}

/* The next request comes a think time after the user saw the end of this one. */
static UST_COLD void continue_session(struct ust_model *model, uint32_t session, ust_time from)
{
    struct ust_visit *it = &model->sessions[session];
    if (--it->left == 0) {
        end_session(model, session);
        return;
    }
    struct ust_traffic *traffic = &model->traffic[it->traffic];
    it->quiet = from;
    ust_time think = ust_dist_time(&traffic->config->persona->session.think, &traffic->think);
    ust_schedule(&model->engine, from + think, UST_LANE_ARRIVAL, model->on.think, session);
}

/* Somebody hears of single requests. */
static UST_COLD void tell(struct ust_model *model, const struct ust_traffic *traffic,
                          const struct ust_request *request, enum ust_outcome outcome,
                          ust_time seen)
{
    uint32_t session = request->session;
    struct ust_told told = {
        .number = request->number,
        .traffic = traffic->number,
        .visit = session == UST_NONE ? 0 : model->sessions[session].number,
        .place = model->places_matter ? request->place : traffic->config->first_place,
        .pool = request->pool,
        .action = request->action,
        .device = model->places_matter || session != UST_NONE ? request->device : 0,
        .attempts = request->attempt,
        .outcome = outcome,
        .sent = request->sent,
        .seen = seen,
        .work_ns = request->work,
        .request = (double)request->request,
        .response = (double)request->response,
        .memory = (double)request->memory,
        .io = (double)request->io};
    model->listener->tell(model->listener->context, &told);
}

/* Counts the outcome in the cohort of the first send and lets the session go on at `seen`. */
static inline void conclude(struct ust_model *model, struct ust_traffic *traffic,
                            const struct ust_request *request, enum ust_outcome outcome,
                            ust_time seen)
{
    traffic->count.cohort[request->cohort].outcome[outcome]++;
    if (UST_RARE(model->listener != NULL))
        tell(model, traffic, request, outcome, seen);
    if (UST_RARE(request->session != UST_NONE)) {
        if (outcome == UST_ABANDONED)
            end_session(model, request->session);
        else
            continue_session(model, request->session, seen);
    }
}

/* The clocks of the whole request. */
static inline void stop_clocks(struct ust_model *model, const struct ust_traffic *traffic,
                               const struct ust_request *request)
{
    if (traffic->deadline_line != UST_NONE)
        ust_line_cancel(&model->engine, traffic->deadline_line, request->expiry);
    if (traffic->config->patience)
        ust_cancel(&model->engine, request->patience);
}

static inline void forget_timers(struct ust_model *model, const struct ust_traffic *traffic,
                                 const struct ust_request *request)
{
    if (traffic->timeout_line != UST_NONE)
        ust_line_cancel(&model->engine, traffic->timeout_line, request->timeout);
    stop_clocks(model, traffic, request);
}

/* Will the client be gone when what leaves now has come back? Then its own timer ends the
 * matter, and the attempt waits for it as lost. */
static UST_COLD bool comes_too_late(struct ust_model *model, const struct ust_traffic *traffic,
                                    const struct ust_request *request, ust_time seen)
{
    if (traffic->timeout_line != UST_NONE &&
        model->engine.nodes[request->timeout.slot].generation == request->timeout.generation &&
        ust_event_key_time(model->engine.nodes[request->timeout.slot].key) < seen)
        return true;
    if (traffic->deadline_line != UST_NONE && expires(traffic, request) < seen)
        return true;
    return traffic->config->patience &&
           traffic->config->persona->tolerance.patience_covers == UST_PATIENCE_ANSWER &&
           request->gives_up < seen;
}

/* Its client has the answer. */
static inline void answered(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                            ust_time seen)
{
    if (UST_RARE(traffic->callers != NULL))
        ust_caller_answered(model, traffic, id);
    struct ust_request *request = &model->requests[id];
    forget_timers(model, traffic, request);
    ust_time latency = seen - request->sent;
    struct ust_cohort *cohort = &traffic->count.cohort[request->cohort];
    cohort->good += latency <= traffic->config->latency;
    if (request->cohort != 0) {
        uint32_t region = model->pools[request->pool].config->region;
        traffic->count.latency_ns[region] += (uint64_t)latency;
        ust_histogram_record(traffic->count.latency[region], (uint64_t)latency);
    }
    conclude(model, traffic, request, UST_ANSWERED, seen);
    ust_request_free(model, id);
}

/* Clients with a memory learn of it when they see it, and not sooner. */
static UST_COLD void return_at(struct ust_model *model, uint32_t id, enum ust_outcome outcome,
                               ust_time seen)
{
    struct ust_request *request = &model->requests[id];
    request->state = UST_ANSWERING;
    request->instance = UST_NONE;
    request->outcome = (uint8_t)outcome;
    request->finish =
        ust_schedule(&model->engine, seen, UST_LANE_SERVICE, model->on.returned, id);
}

void ust_client_answer(struct ust_model *model, uint32_t id, ust_time leaves)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (UST_RARE(request->flags & (UST_ORPHAN | UST_DOOMED | UST_INTERNAL))) {
        if (request->flags & UST_DOOMED) {
            ust_call_fails(model, id);
            return;
        }
        if (!(request->flags & UST_ORPHAN)) {
            ust_calls_answered(model, id, leaves);
            return;
        }
        model->pools[request->pool].count.wasted++;
        ust_request_free(model, id);
        return;
    }
    ust_time seen = leaves;
    if (traffic->config->network)
        seen += request->back;
    bool never = UST_RARE(model->cuts) && ust_cut_loses_answer(model, request);
    if (never || (seen > model->engine.now && comes_too_late(model, traffic, request, seen))) {
        model->pools[request->pool].count.wasted++;
        request->state = UST_LOST;
        request->instance = UST_NONE;
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && seen > model->engine.now)
        return_at(model, id, UST_ANSWERED, seen);
    else
        answered(model, traffic, id, seen);
}

/* ---- retries ---- */

/* The client state of an attempt in a struct of its own; the attempt stays behind as an orphan.
 */
static UST_COLD uint32_t part_from(struct ust_model *model, uint32_t id)
{
    uint32_t mine = ust_request_new(model);
    model->requests[mine] = model->requests[id];
    model->requests[id].flags |= UST_ORPHAN;
    model->requests[id].session = UST_NONE;
    model->requests[id].marks = 0;
    struct ust_request *request = &model->requests[mine];
    request->flags = 0;
    request->finish = request->timeout = (struct ust_timer){0};
    if (model->traffic[request->traffic].deadline_line != UST_NONE)
        ust_line_pass_on(&model->engine, request->expiry, mine);
    if (model->traffic[request->traffic].config->patience &&
        ust_timer_is_pending(&model->engine, request->patience)) {
        ust_cancel(&model->engine, request->patience);
        request->patience = ust_schedule(&model->engine, request->gives_up, UST_LANE_CLIENT,
                                         model->on.patience, mine);
    }
    return mine;
}

/* How an attempt may end, for a retry policy. */
static enum ust_retry_on retry_on(enum ust_outcome outcome)
{
    return outcome == UST_FAILED ? UST_RETRY_FAILED
           : outcome == UST_SHED ? UST_RETRY_SHED
                                 : UST_RETRY_TIMED_OUT;
}

/* How long the client, who learns at `seen` how the attempt failed, waits before the next. */
static ust_time next_wait(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                          enum ust_retry_on how, ust_time seen)
{
    struct ust_request *request = &model->requests[id];
    if (!(traffic->retry_on & how))
        return UST_NEVER;
    const struct ust_variant *retries = &traffic->config->persona->tolerance.retries;
    /* Before the first retry there was no pause; the struct may remember another's. */
    ust_time before = request->attempt > 1 ? request->pause : 0;
    ust_time wait = ust_retry_of(retries->kind)
                        ->wait(retries->params, request->attempt, before, &traffic->retry);
    if (wait == UST_NEVER ||
        (traffic->deadline_line != UST_NONE && seen + wait >= expires(traffic, request)))
        return UST_NEVER;
    if (UST_RARE(traffic->callers != NULL) && !ust_caller_affords(model, traffic, id))
        return UST_NEVER;
    return wait;
}

static UST_COLD void pause_until(struct ust_model *model, uint32_t id, ust_time wait,
                                 ust_time from)
{
    struct ust_request *request = &model->requests[id];
    request->pause = wait;
    request->state = UST_PAUSING;
    request->instance = UST_NONE;
    request->finish =
        ust_schedule(&model->engine, from + wait, UST_LANE_ARRIVAL, model->on.resend, id);
}

static void on_resend(void *context, uint64_t id)
{
    struct ust_model *model = context;
    struct ust_request *request = &model->requests[id];
    request->attempt += request->attempt < UINT8_MAX;
    request->flags = 0;
    send_attempt(model, &model->traffic[request->traffic], (uint32_t)id);
}

/* An attempt has failed, and nothing of it is left in the system: once more, or is that all? */
static UST_COLD void decide(struct ust_model *model, uint32_t id, enum ust_outcome outcome,
                            enum ust_retry_on how, ust_time seen)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    ust_time wait = next_wait(model, traffic, id, how, seen);
    if (wait != UST_NEVER) {
        pause_until(model, id, wait, seen);
        return;
    }
    stop_clocks(model, traffic, request);
    conclude(model, traffic, request, outcome, seen);
    ust_request_free(model, id);
}

/* A copy is over: on with its owner, if it was the last; UST_NONE: others are on the way. */
static UST_COLD uint32_t end_copy(struct ust_model *model, uint32_t id)
{
    uint32_t owner = ust_hedge_lost(model, id);
    ust_request_free(model, id);
    return owner;
}

/* The client learns at `seen` that its attempt failed; nothing of it is left in the system. */
static UST_COLD void failed_at(struct ust_model *model, uint32_t id, enum ust_outcome outcome,
                               ust_time seen)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (traffic->timeout_line != UST_NONE)
        ust_line_cancel(&model->engine, traffic->timeout_line, request->timeout);
    if (UST_RARE(traffic->callers != NULL))
        ust_caller_ended(model, traffic, id, UST_RESULT_BAD);
    if (UST_RARE(request->flags & UST_COPY))
        id = end_copy(model, id);
    if (id != UST_NONE)
        decide(model, id, outcome, retry_on(outcome), seen);
}

UST_COLD void ust_client_refused(struct ust_model *model, uint32_t id)
{
    struct ust_traffic *traffic = &model->traffic[model->requests[id].traffic];
    ust_caller_ended(model, traffic, id, UST_RESULT_NONE);
    if (model->requests[id].flags & UST_COPY)
        id = end_copy(model, id);
    if (id != UST_NONE)
        decide(model, id, UST_SHED, UST_RETRY_REFUSED, model->engine.now);
}

static void on_returned(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    const struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (request->flags & UST_ORPHAN) {
        model->pools[request->pool].count.wasted += request->outcome == UST_ANSWERED;
        ust_request_free(model, id);
    } else if (request->outcome == UST_ANSWERED) {
        answered(model, traffic, id, model->engine.now);
    } else {
        failed_at(model, id, (enum ust_outcome)request->outcome, model->engine.now);
    }
}

void ust_client_error(struct ust_model *model, uint32_t id, enum ust_outcome outcome)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (request->flags & UST_ORPHAN) {
        ust_request_free(model, id);
        return;
    }
    if (UST_RARE(request->flags & UST_INTERNAL)) {
        ust_calls_failed(model, id, outcome);
        return;
    }
    ust_time seen = model->engine.now + (traffic->config->network ? request->back : 0);
    bool never = UST_RARE(model->cuts) && request->state != UST_LOST &&
                 ust_cut_loses_answer(model, request);
    if (never || (seen > model->engine.now && comes_too_late(model, traffic, request, seen))) {
        request->state = UST_LOST;
        request->instance = UST_NONE;
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && seen > model->engine.now)
        return_at(model, id, outcome, seen);
    else
        failed_at(model, id, outcome, seen);
}

/* ---- clients that give up ---- */

/* Takes the client out of an attempt that is still somewhere. Returns true where nothing of it
 * is left, so that the struct is the client's to use or to free. */
static UST_COLD bool leave_attempt(struct ust_model *model, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_pool *pool = &model->pools[request->pool];
    switch ((enum ust_request_state)request->state) {
    case UST_LOST:
        if (request->instance != UST_NONE)
            pool->outstanding[request->instance]--;
        return true;
    case UST_PAUSING:
        ust_cancel(&model->engine, request->finish);
        return true;
    case UST_COPIED:
        return true; /* its copies are let go by themselves */
    case UST_PARKED:
        ust_data_let_go(model, id);
        return true;
    case UST_PENDING:
        ust_caller_unqueue(model, &model->traffic[request->traffic], id);
        break;
    case UST_WAITING:
    case UST_TRAVELLING:
    case UST_SERVING:
    case UST_ANSWERING:
    case UST_AWAITING:
    case UST_LEFT:
    case UST_FREE:
        break;
    }
    return false;
}

/* An orphan in a queue leaves it at once where the server notices that its client has gone. */
static UST_COLD void cancel_orphan(struct ust_model *model, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_pool *pool = &model->pools[request->pool];
    request->flags |= UST_ORPHAN;
    request->session = UST_NONE;
    int cancel = pool->config->persona->cancel;
    bool served = request->state == UST_SERVING || request->state == UST_AWAITING;
    if (served && cancel == UST_CANCEL_ALL) {
        pool->count.wasted++;
        ust_pool_stop(model, pool, id);
        return;
    }
    if (request->state != UST_WAITING || cancel == UST_CANCEL_NONE ||
        cancel == UST_CANCEL_EXPIRED)
        return;
    uint32_t number = request->instance;
    struct ust_instance *instance = &pool->instances[number];
    pool->outstanding[number]--;
    if (instance->room != NULL) {
        ust_room_leave(model, pool, instance, id);
        ust_request_free(model, id);
    } else {
        request->state = UST_LEFT;
        instance->waiting--;
        ust_area_down(&pool->count.waiting, model->engine.now);
    }
    if (instance->state == UST_DRAINING)
        ust_pool_drained(model, pool, number);
}

UST_COLD void ust_client_let_go(struct ust_model *model, uint32_t id)
{
    if (leave_attempt(model, id))
        ust_request_free(model, id);
    else
        cancel_orphan(model, id);
}

/* Of a client with a memory: one that goes on without what is still in the system. True: that
 * was a copy, and all is done. */
static UST_COLD bool leaves_behind(struct ust_model *model, struct ust_traffic *traffic,
                                   uint32_t id)
{
    ust_caller_ended(model, traffic, id, UST_RESULT_BAD);
    if (!(model->requests[id].flags & UST_COPY))
        return false;
    uint32_t owner = ust_hedge_lost(model, id);
    cancel_orphan(model, id);
    if (owner != UST_NONE)
        decide(model, owner, UST_TIMED_OUT, UST_RETRY_TIMED_OUT, model->engine.now);
    return true;
}

static void on_timeout(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    ust_outlier_timed_out(model, request);
    if (leave_attempt(model, id)) {
        failed_at(model, id, UST_TIMED_OUT, model->engine.now);
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && leaves_behind(model, traffic, id))
        return;
    ust_time wait = next_wait(model, traffic, id, UST_RETRY_TIMED_OUT, model->engine.now);
    if (wait != UST_NEVER) {
        uint32_t mine = part_from(model, id);
        cancel_orphan(model, id);
        pause_until(model, mine, wait, model->engine.now);
        return;
    }
    stop_clocks(model, traffic, request);
    conclude(model, traffic, request, UST_TIMED_OUT, model->engine.now);
    cancel_orphan(model, id);
}

/* The client gives the request up, wherever it is. */
static UST_COLD void give_up(struct ust_model *model, uint32_t id, enum ust_outcome outcome)
{
    const struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    forget_timers(model, traffic, request);
    if (traffic->callers != NULL) {
        enum ust_result result = outcome == UST_TIMED_OUT ? UST_RESULT_BAD : UST_RESULT_NONE;
        if (request->state == UST_COPIED)
            ust_hedge_stop(model, traffic, id, result);
        ust_caller_ended(model, traffic, id, result);
    }
    conclude(model, traffic, request, outcome, model->engine.now);
    ust_client_let_go(model, id);
}

static void on_expiry(void *context, uint64_t id)
{
    struct ust_model *model = context;
    ust_outlier_timed_out(model, &model->requests[id]);
    give_up(model, (uint32_t)id, UST_TIMED_OUT);
}

/* Has service begun, at least of one copy? */
static bool has_service(const struct ust_model *model, const struct ust_request *request)
{
    if (request->state != UST_COPIED)
        return request->state == UST_SERVING || request->state == UST_AWAITING ||
               request->state == UST_ANSWERING;
    for (uint32_t id = request->sibling; id != UST_NONE; id = model->requests[id].sibling)
        if (has_service(model, &model->requests[id]))
            return true;
    return false;
}

static void on_patience(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (traffic->config->persona->tolerance.patience_covers == UST_PATIENCE_WAIT &&
        has_service(model, request))
        return;
    give_up(model, id, UST_ABANDONED);
}

/* ---- births ---- */

static float draw_size(const struct ust_dist *dist, struct ust_rng *rng)
{
    if (dist->type == NULL)
        return 0;
    return (float)ust_dist_sample(dist, rng);
}

static UST_COLD void draw_sizes(struct ust_traffic *traffic, struct ust_request *request)
{
    uint32_t i = request->action;
    const struct ust_action *action = &traffic->config->actions[i];
    request->request = draw_size(&action->request, &traffic->request[i]);
    request->response = draw_size(&action->response, &traffic->response[i]);
    request->memory = draw_size(&action->memory, &traffic->memory[i]);
    request->io = draw_size(&action->io, &traffic->io[i]);
    double writes = traffic->config->writes;
    request->write = writes > 0 && ust_rng_unit(&traffic->writes) < writes;
}

static UST_COLD void draw_patience(struct ust_model *model, struct ust_traffic *traffic,
                                   uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    ust_time patience =
        ust_dist_time(&traffic->config->persona->tolerance.patience, &traffic->patience);
    request->gives_up = request->sent + patience;
    request->patience = ust_schedule(&model->engine, request->gives_up, UST_LANE_CLIENT,
                                     model->on.patience, id);
}

/* A request is born now, with all draws of its own; place, device and caches are its user's. */
static inline uint32_t give_birth(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_traffic_config *config = traffic->config;
    uint32_t id = ust_request_new(model);
    struct ust_request *request = &model->requests[id];
    request->sent = model->engine.now;
    request->cohort = model->cohort;
    request->traffic = (uint16_t)traffic->number;
    request->action = 0;
    request->attempt = 1;
    request->flags = 0;
    request->session = UST_NONE;
    if (config->actions_n > 1)
        request->action =
            (uint8_t)ust_choice_pick(&config->action, ust_rng_u64(&traffic->choose));
    request->work = ust_work_limit(ust_dist_sample(&config->actions[request->action].work,
                                                   &traffic->work[request->action]));
    if (config->sizes)
        draw_sizes(traffic, request);
    else
        request->request = request->response = request->memory = request->io = 0;
    traffic->count.now->offered++;
    if (UST_RARE(model->listener != NULL))
        request->number = model->births++;
    return id;
}

static inline void draw_user(struct ust_model *model, struct ust_traffic *traffic,
                             uint32_t place, uint16_t *to_place, uint8_t *to_device,
                             uint64_t *to_dns)
{
    const struct ust_traffic_config *config = traffic->config;
    *to_place = (uint16_t)(config->first_place + place);
    *to_device = 0;
    if (config->devices_n > 1)
        *to_device = (uint8_t)ust_choice_pick(&config->device, ust_rng_u64(&traffic->device));
    *to_dns = model->config->routing.kind.kind != NULL ? ust_rng_u64(&traffic->dns) : 0;
}

/* Where the next user will be. Shares that change over the day run straight from knot to knot,
 * so a user comes by the shares of the left knot or of the right one, in proportion. */
static UST_COLD uint32_t draw_place(struct ust_traffic *traffic, ust_time when)
{
    const struct ust_traffic_config *config = traffic->config;
    if (config->places_n == 1 || when == UST_NEVER)
        return 0;
    const struct ust_choice *alias = &config->place;
    if (config->place_at_knot != NULL) {
        const struct ust_arrivals *arrivals = &traffic->arrivals;
        uint32_t at = (uint32_t)arrivals->index;
        const struct ust_rate_knot *knot = &config->arrivals.knots[at];
        double along = (double)(when - arrivals->from) / arrivals->length;
        double left = knot->rate * (1 - along), right = knot->rate_end * along;
        if (at + 1 < config->arrivals.knots_n &&
            ust_rng_unit(&traffic->place) * (left + right) >= left)
            at++;
        alias = &config->place_at_knot[at];
    }
    return ust_choice_pick(alias, ust_rng_u64(&traffic->place));
}

static UST_COLD void be_born_to(struct ust_model *model, struct ust_callers *callers,
                                uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    request->marks = 0;
    request->timeout = (struct ust_timer){0}; /* it may end before it has been sent */
    request->caller = request->session == UST_NONE ? ust_caller_choose(callers)
                                                   : model->sessions[request->session].process;
}

static inline void start_request(struct ust_model *model, struct ust_traffic *traffic,
                                 uint32_t id)
{
    if (traffic->config->patience)
        draw_patience(model, traffic, id);
    if (UST_RARE(traffic->callers != NULL))
        be_born_to(model, traffic->callers, id);
    if (traffic->deadline_line != UST_NONE)
        model->requests[id].expiry = ust_line_start(&model->engine, traffic->deadline_line, id);
    send_attempt(model, traffic, id);
}

static UST_COLD uint32_t new_session(struct ust_model *model)
{
    uint32_t id = model->sessions_free;
    if (id != UST_NONE) {
        model->sessions_free = model->sessions[id].next;
        return id;
    }
    if (model->sessions_used == model->sessions_capacity) {
        model->sessions_capacity = model->sessions_capacity * 2 + 256;
        model->sessions =
            ust_realloc(model->sessions, model->sessions_capacity * sizeof *model->sessions);
    }
    return model->sessions_used++;
}

static UST_COLD void session_request(struct ust_model *model, uint32_t session)
{
    struct ust_visit it = model->sessions[session];
    struct ust_traffic *traffic = &model->traffic[it.traffic];
    uint32_t id = give_birth(model, traffic);
    struct ust_request *request = &model->requests[id];
    request->session = session;
    request->place = it.place;
    request->device = it.device;
    request->dns = it.dns;
    start_request(model, traffic, id);
}

static void on_think(void *context, uint64_t session)
{
    session_request(context, (uint32_t)session);
}

static UST_COLD void start_session(struct ust_model *model, struct ust_traffic *traffic,
                                   uint32_t place)
{
    uint32_t id = new_session(model);
    struct ust_visit *session = &model->sessions[id];
    session->traffic = traffic->number;
    session->number = ++model->visits;
    session->connected = false;
    session->process = traffic->callers == NULL ? 0 : ust_caller_choose(traffic->callers);
    double length =
        ust_dist_sample(&traffic->config->persona->session.requests, &traffic->length);
    session->left = length < 1 ? 1 : length > 1e9 ? 1000000000 : (uint32_t)(length + 0.5);
    draw_user(model, traffic, place, &session->place, &session->device, &session->dns);
    session_request(model, id);
}

static UST_HOT void on_arrival(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_traffic *traffic = &model->traffic[number];
    uint32_t place = traffic->next_place;
    ust_time next = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    ust_source_arm(&model->engine, traffic->source, next);
    if (traffic->config->places_n > 1)
        traffic->next_place = draw_place(traffic, next);
    if (traffic->config->sessions) {
        start_session(model, traffic, place);
        return;
    }
    uint32_t id = give_birth(model, traffic);
    struct ust_request *request = &model->requests[id];
    if (model->places_matter) {
        draw_user(model, traffic, place, &request->place, &request->device, &request->dns);
        if (UST_RARE(model->config->connections))
            request->opened = ust_connection_opened(model, traffic);
    }
    start_request(model, traffic, id);
}

/* ---- the short cut ---- */

/* The long way, in step with the short one. */
static UST_COLD void plain_arrival_heard(struct ust_model *model, struct ust_traffic *traffic)
{
    ust_source_arm(&model->engine, traffic->source, traffic->next_at);
    traffic->next_at = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    start_request(model, traffic, give_birth(model, traffic));
}

static UST_HOT void on_plain_arrival(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_traffic *traffic = &model->traffic[number];
    if (UST_RARE(model->listener != NULL))
        plain_arrival_heard(model, traffic);
    else
        ust_plain_arrival(model, &model->engine.streams[traffic->source]);
}

void ust_model_listen(struct ust_model *model, const struct ust_listener *listener)
{
    model->listener = listener;
    model->on.plain_arrival = UST_NONE; /* the loop's own way does not tell */
}

UST_COLD void ust_plain_astray(struct ust_model *model, uint32_t id)
{
    ust_pool_arrive(model, id);
}

static bool is_plain(const struct ust_model *model, const struct ust_traffic_config *config)
{
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        const struct ust_pool *pool =
            &model->pools[config->service * model->config->regions_n + r];
        if (pool->config->exists && !pool->plain)
            return false; /* it asks for sizes */
    }
    return !config->synthetic && !model->places_matter && !model->config->cuts &&
           !config->sessions && !config->network && !config->patience && !config->sizes &&
           config->places_n == 1 && config->actions_n == 1 &&
           config->persona->tolerance.timeout == 0 &&
           config->persona->tolerance.deadline == 0 && config->persona->client.node == NULL;
}

static UST_HOT void on_finish(void *context, uint64_t id)
{
    ust_pool_finish(context, (uint32_t)id);
}

/* ---- the loop ---- */

UST_INLINE void run_source(struct ust_engine *engine, struct ust_stream *stream,
                           ust_event_key key)
{
    struct ust_model *model = (struct ust_model *)engine; /* its first member */
    if (stream->handler == model->on.plain_arrival)
        ust_plain_arrival(model, stream);
    else
        ust_source_call(engine, stream, key);
}

UST_INLINE void run_near(struct ust_engine *engine, uint32_t slot, uint32_t handler,
                         uint64_t argument)
{
    struct ust_model *model = (struct ust_model *)engine;
    uint32_t id = (uint32_t)argument;
    if (handler == model->on.finish && model->requests[id].flags == UST_PLAIN)
        ust_plain_finish(model, slot, id);
    else
        ust_near_call(engine, slot, handler, argument);
}

void ust_client_run(struct ust_model *model)
{
    ust_engine_loop(&model->engine, run_source, run_near);
}

/* ---- beginning ---- */

static struct ust_rng stream(struct ust_model *model, const char *path, const char *purpose,
                             const char *of)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s%s%s", path, purpose, of == NULL ? "" : "/",
             of == NULL ? "" : of);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static struct ust_rng *action_streams(struct ust_model *model,
                                      const struct ust_traffic_config *config,
                                      const char *purpose)
{
    struct ust_rng *streams = ust_arena_alloc(model->arena, struct ust_rng, config->actions_n);
    for (uint32_t i = 0; i < config->actions_n; i++)
        streams[i] = stream(model, config->path, purpose, config->actions[i].id.name);
    return streams;
}

static void prepare_plain(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_traffic_config *config = traffic->config;
    struct ust_pool *pool = ust_pool_of(model, config->service, model->only_region);
    traffic->pool = pool;
    traffic->plain_work = &config->actions[0].work;
    traffic->plain_latency_ns = &traffic->count.latency_ns[pool->config->region];
    traffic->plain_latency = traffic->count.latency[pool->config->region];
    traffic->objective = config->latency;
    traffic->plain = (struct ust_request){.traffic = (uint16_t)traffic->number,
                                          .pool = (uint16_t)pool->number,
                                          .cohort = model->cohort,
                                          .attempt = 1,
                                          .state = UST_WAITING,
                                          .flags = UST_PLAIN,
                                          .session = UST_NONE};
}

static void start_traffic(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_traffic_config *config = traffic->config;
    struct {
        struct ust_rng *rng;
        const char *purpose;
    } purposes[] = {
        {&traffic->gap, "gap"},
        {&traffic->place, "place"},
        {&traffic->device, "device"},
        {&traffic->choose, "action"},
        {&traffic->network, "network"},
        {&traffic->retry, "retry"},
        {&traffic->patience, "patience"},
        {&traffic->dns, "dns"},
        {&traffic->length, "session"},
        {&traffic->think, "think"},
        {&traffic->connection, "connection"},
        {&traffic->writes, "writes"},
        {&traffic->factors, "factors"},
    };
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
        *purposes[i].rng = stream(model, config->path, purposes[i].purpose, NULL);
    traffic->work = action_streams(model, config, "work");
    traffic->request = action_streams(model, config, "request");
    traffic->response = action_streams(model, config, "response");
    traffic->memory = action_streams(model, config, "memory");
    traffic->io = action_streams(model, config, "io");

    bool plain = is_plain(model, config);
    if (plain)
        prepare_plain(model, traffic);
    traffic->source =
        ust_source_new(&model->engine, UST_LANE_ARRIVAL,
                       plain ? model->on.plain_arrival : model->on.arrival, traffic->number);
    traffic->timeout_line = UST_NONE;
    if (config->persona->tolerance.timeout > 0)
        traffic->timeout_line = ust_line_new(&model->engine, config->persona->tolerance.timeout,
                                             UST_LANE_CLIENT, model->on.timeout);
    traffic->deadline_line = UST_NONE;
    traffic->retries = ust_retry_common_of(&config->persona->tolerance.retries);
    traffic->retry_on = traffic->retries == NULL ? 0 : ust_retry_mask(traffic->retries);
    ust_arrivals_start(&traffic->arrivals, &config->arrivals, &traffic->factors);
    ust_time first = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    ust_source_arm(&model->engine, traffic->source, first);
    traffic->next_place = draw_place(traffic, first);
    if (plain)
        traffic->next_at = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
}

void ust_client_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.arrival = ust_engine_handler(engine, on_arrival, model);
    model->on.plain_arrival = ust_engine_handler(engine, on_plain_arrival, model);
    model->on.arrive = ust_engine_handler(engine, on_arrive, model);
    model->on.finish = ust_engine_handler(engine, on_finish, model);
    model->on.timeout = ust_engine_handler(engine, on_timeout, model);
    model->on.patience = ust_engine_handler(engine, on_patience, model);
    model->on.resend = ust_engine_handler(engine, on_resend, model);
    model->on.think = ust_engine_handler(engine, on_think, model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        start_traffic(model, &model->traffic[i]);
}

/* Registered behind all others: the numbers of handlers are part of fingerprints. */
void ust_client_more_start(struct ust_model *model)
{
    model->on.expiry = ust_engine_handler(&model->engine, on_expiry, model);
    model->on.returned = ust_engine_handler(&model->engine, on_returned, model);
    ust_caller_start(model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        struct ust_traffic *traffic = &model->traffic[i];
        ust_time deadline = traffic->config->persona->tolerance.deadline;
        if (deadline > 0)
            traffic->deadline_line =
                ust_line_new(&model->engine, deadline, UST_LANE_CLIENT, model->on.expiry);
    }
}
