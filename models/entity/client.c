/* Clients: from the first send to the outcome, when all goes well. */
#include "models/entity/client_send.h"
#include "sim/core/loop.h"

/* ---- travel ---- */

UST_COLD void ust_client_resume(struct ust_model *model, uint32_t id, uint32_t region)
{
    struct ust_request *request = &model->requests[id];
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    request->pool = (uint16_t)ust_pool_of(model, traffic->config->service, region)->number;
    ust_client_set_out(model, traffic, id, region);
}

UST_COLD void ust_client_send(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    ust_client_attempt(model, traffic, id);
}

UST_COLD void ust_client_depart(struct ust_model *model, struct ust_traffic *traffic,
                                uint32_t id)
{
    uint32_t region = model->pools[model->requests[id].pool].config->region;
    ust_client_leave(model, traffic, id, region);
}

UST_HOT void ust_client_on_arrive(void *context, uint64_t id)
{
    ust_pool_arrive(context, (uint32_t)id);
}

/* ---- the end of a request ---- */

/* Somebody hears of single requests. */
UST_COLD void ust_client_tell(struct ust_model *model, const struct ust_traffic *traffic,
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

/* Will the client be gone when what leaves now has come back? Then its own timer ends the
 * matter, and the attempt waits for it as lost. */
UST_COLD bool ust_client_comes_too_late(struct ust_model *model,
                                        const struct ust_traffic *traffic,
                                        const struct ust_request *request, ust_time seen)
{
    if (traffic->timeout_line != UST_NONE &&
        model->engine.nodes[request->timeout.slot].generation == request->timeout.generation &&
        ust_event_key_time(model->engine.nodes[request->timeout.slot].key) < seen)
        return true;
    if (traffic->deadline_line != UST_NONE && ust_client_expires(traffic, request) < seen)
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
    ust_client_forget_timers(model, traffic, request);
    ust_time latency = seen - request->sent;
    struct ust_cohort *cohort = &traffic->count.cohort[request->cohort];
    cohort->good += latency <= traffic->config->latency;
    if (request->cohort != 0) {
        uint32_t region = model->pools[request->pool].config->region;
        traffic->count.latency_ns[region] += (uint64_t)latency;
        ust_histogram_record(traffic->count.latency[region], (uint64_t)latency);
    }
    ust_client_conclude(model, traffic, request, UST_ANSWERED, seen);
    ust_request_free(model, id);
}

UST_COLD void ust_client_answered(struct ust_model *model, struct ust_traffic *traffic,
                                  uint32_t id, ust_time seen)
{
    answered(model, traffic, id, seen);
}

/* Clients with a memory learn of it when they see it, and not sooner. */
UST_COLD void ust_client_return_at(struct ust_model *model, uint32_t id,
                                   enum ust_outcome outcome, ust_time seen)
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
        UST_COUNT(model, &model->pools[request->pool], id, wasted, 1);
        ust_request_free(model, id);
        return;
    }
    ust_time seen = leaves;
    if (traffic->config->network)
        seen += request->back;
    bool never = UST_RARE(model->cuts) && ust_cut_loses_answer(model, request);
    if (never || (seen > model->engine.now &&
                  ust_client_comes_too_late(model, traffic, request, seen))) {
        UST_COUNT(model, &model->pools[request->pool], id, wasted, 1);
        request->state = UST_LOST;
        request->instance = UST_NONE;
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && seen > model->engine.now)
        ust_client_return_at(model, id, UST_ANSWERED, seen);
    else
        answered(model, traffic, id, seen);
}

/* ---- the short cut ---- */

void ust_model_listen(struct ust_model *model, const struct ust_listener *listener)
{
    model->listener = listener;
    model->on.plain_arrival = UST_NONE; /* the loop's own way does not tell */
}

UST_COLD void ust_plain_astray(struct ust_model *model, uint32_t id)
{
    ust_pool_arrive(model, id);
}

bool ust_client_is_plain(const struct ust_model *model, const struct ust_traffic_config *config)
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

UST_HOT void ust_client_on_finish(void *context, uint64_t id)
{
    ust_pool_finish(context, (uint32_t)id);
}

/* ---- the loop ---- */

UST_INLINE void run_stream(struct ust_engine *engine, struct ust_heads *heads,
                           struct ust_stream *stream)
{
    struct ust_model *model = (struct ust_model *)engine; /* its first member */
    if (UST_LIKELY(stream->handler == model->on.plain_arrival)) {
        ust_event_begin(engine, heads->stream, stream->mark);
        ust_plain_arrival(model, heads, stream);
    } else {
        ust_stream_call(engine, heads, stream);
    }
}

UST_INLINE void run_near(struct ust_engine *engine, struct ust_heads *heads, uint32_t handler,
                         uint64_t argument)
{
    struct ust_model *model = (struct ust_model *)engine;
    uint32_t id = (uint32_t)argument;
    if (UST_LIKELY(handler == model->on.finish && model->requests[id].flags == UST_PLAIN)) {
        ust_event_begin(engine, heads->top, ust_event_mark(handler, argument));
        ust_plain_finish(model, heads, id);
    } else {
        ust_near_call(engine, heads, handler, argument);
    }
}

void ust_client_run(struct ust_model *model)
{
    ust_engine_loop(&model->engine, run_stream, run_near);
}
