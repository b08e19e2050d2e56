/* Births: requests that come alone, and those of sessions, with all that is drawn for them. */
#include "models/entity/client_send.h"

/* ---- requests ---- */

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
    const bool own = model->config->routing.kind.kind != NULL || model->config->cuts;
    *to_dns = own ? ust_rng_u64(&traffic->dns) : 0;
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
    ust_client_attempt(model, traffic, id);
}

/* ---- sessions ---- */

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

UST_COLD void ust_client_end_session(struct ust_model *model, uint32_t session)
{
    model->sessions[session].connected = false; /* nobody counts it among those who stay */
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

/* ---- arrivals ---- */

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
        ust_plain_arrival(model, &(struct ust_heads){0},
                          &model->engine.streams[traffic->source]);
}
