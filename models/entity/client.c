/* Clients: from the intended first send to the outcome, across attempts and sessions. */
#include "models/entity/caller.h"
#include "models/entity/client_parts.h"
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
    if (traffic->deadline_line != UST_NONE &&
        ust_client_expires(traffic, request) < request->deadline)
        request->deadline = ust_client_expires(traffic, request);
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
    uint32_t region = ust_client_goes_to(model, traffic, request);
    struct ust_pool *pool = ust_pool_of(model, traffic->config->service, region);
    request->pool = (uint16_t)pool->number;
    request->instance = UST_NONE;
    if (request->attempt == 1)
        pool->count.work_offered_ns += request->work;
    else
        traffic->count.resends++;
    depart(model, traffic, id, region);
}

UST_COLD void ust_client_send(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    send_attempt(model, traffic, id);
}

UST_COLD void ust_client_depart(struct ust_model *model, struct ust_traffic *traffic,
                                uint32_t id)
{
    uint32_t region = model->pools[model->requests[id].pool].config->region;
    depart(model, traffic, id, region);
}

UST_HOT void ust_client_on_arrive(void *context, uint64_t id)
{
    ust_pool_arrive(context, (uint32_t)id);
}

/* ---- the end of a request ---- */

UST_COLD void ust_client_end_session(struct ust_model *model, uint32_t session)
{
    model->sessions[session].next = model->sessions_free;
    model->sessions_free = session;
}

/* The next request comes a think time after the user saw the end of this one. */
UST_COLD void ust_client_continue_session(struct ust_model *model, uint32_t session,
                                          ust_time from)
{
    struct ust_visit *it = &model->sessions[session];
    if (--it->left == 0) {
        ust_client_end_session(model, session);
        return;
    }
    struct ust_traffic *traffic = &model->traffic[it->traffic];
    it->quiet = from;
    ust_time think = ust_dist_time(&traffic->config->persona->session.think, &traffic->think);
    ust_schedule(&model->engine, from + think, UST_LANE_ARRIVAL, model->on.think, session);
}

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
        model->pools[request->pool].count.wasted++;
        ust_request_free(model, id);
        return;
    }
    ust_time seen = leaves;
    if (traffic->config->network)
        seen += request->back;
    bool never = UST_RARE(model->cuts) && ust_cut_loses_answer(model, request);
    if (never || (seen > model->engine.now &&
                  ust_client_comes_too_late(model, traffic, request, seen))) {
        model->pools[request->pool].count.wasted++;
        request->state = UST_LOST;
        request->instance = UST_NONE;
        return;
    }
    if (UST_RARE(traffic->callers != NULL) && seen > model->engine.now)
        ust_client_return_at(model, id, UST_ANSWERED, seen);
    else
        answered(model, traffic, id, seen);
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
UST_COLD uint32_t ust_client_draw_place(struct ust_traffic *traffic, ust_time when)
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

void ust_client_on_think(void *context, uint64_t session)
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

UST_HOT void ust_client_on_arrival(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_traffic *traffic = &model->traffic[number];
    uint32_t place = traffic->next_place;
    ust_time next = ust_arrivals_next(&traffic->arrivals, &traffic->gap);
    ust_source_arm(&model->engine, traffic->source, next);
    if (traffic->config->places_n > 1)
        traffic->next_place = ust_client_draw_place(traffic, next);
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

UST_HOT void ust_client_on_plain_arrival(void *context, uint64_t number)
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
