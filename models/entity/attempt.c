/* Attempts that fail: once more, or is that all? And clients that give up, whose work may go on
 * without them. */
#include "models/entity/caller.h"
#include "models/entity/client_parts.h"

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
    if (wait == UST_NEVER || (traffic->deadline_line != UST_NONE &&
                              seen + wait >= ust_client_expires(traffic, request)))
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

void ust_client_on_resend(void *context, uint64_t id)
{
    struct ust_model *model = context;
    struct ust_request *request = &model->requests[id];
    request->attempt += request->attempt < UINT8_MAX;
    request->flags = 0;
    ust_client_send(model, &model->traffic[request->traffic], (uint32_t)id);
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
    ust_client_stop_clocks(model, traffic, request);
    ust_client_conclude(model, traffic, request, outcome, seen);
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

void ust_client_on_returned(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t id = (uint32_t)argument;
    const struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (request->flags & UST_ORPHAN) {
        UST_COUNT(model, &model->pools[request->pool], id, wasted,
                  request->outcome == UST_ANSWERED);
        ust_request_free(model, id);
    } else if (request->outcome == UST_ANSWERED) {
        ust_client_answered(model, traffic, id, model->engine.now);
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
    if (never || (seen > model->engine.now &&
                  ust_client_comes_too_late(model, traffic, request, seen))) {
        request->state = UST_LOST;
        request->instance = UST_NONE;
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && seen > model->engine.now)
        ust_client_return_at(model, id, outcome, seen);
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
        UST_COUNT(model, pool, id, wasted, 1);
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
        ust_pool_leaves_queue(model, pool, instance, id);
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

void ust_client_on_timeout(void *context, uint64_t argument)
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
    ust_client_stop_clocks(model, traffic, request);
    ust_client_conclude(model, traffic, request, UST_TIMED_OUT, model->engine.now);
    cancel_orphan(model, id);
}

/* The client gives the request up, wherever it is. */
static UST_COLD void give_up(struct ust_model *model, uint32_t id, enum ust_outcome outcome)
{
    const struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    ust_client_forget_timers(model, traffic, request);
    if (traffic->callers != NULL) {
        enum ust_result result = outcome == UST_TIMED_OUT ? UST_RESULT_BAD : UST_RESULT_NONE;
        if (request->state == UST_COPIED)
            ust_hedge_stop(model, traffic, id, result);
        ust_caller_ended(model, traffic, id, result);
    }
    ust_client_conclude(model, traffic, request, outcome, model->engine.now);
    ust_client_let_go(model, id);
}

void ust_client_on_expiry(void *context, uint64_t id)
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

void ust_client_on_patience(void *context, uint64_t argument)
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
