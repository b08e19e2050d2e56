/* Clients with a memory: who may send, who has to wait, who is refused. */
#include "models/entity/caller.h"

#include <math.h>

#include "models/entity/client_parts.h"
#include "models/entity/pool.h"

/* ---- before an attempt leaves ---- */

static struct ust_caller *caller_of(struct ust_traffic *traffic,
                                    const struct ust_request *request)
{
    return &traffic->callers->at[request->caller];
}

static bool throttled(struct ust_model *model, struct ust_callers *callers,
                      struct ust_caller *caller)
{
    const struct ust_throttle *rule = &callers->rules->throttle;
    if (rule->node == NULL)
        return false;
    struct ust_recent *recent = caller->throttle;
    ust_recent_move(recent, rule->window, model->engine.now);
    double chance = ust_throttle_refuses(rule, recent->bads, recent->goods);
    bool refused = chance > 0 && ust_rng_unit(&callers->throttle) < chance;
    ust_recent_add(recent, rule->window, model->engine.now, false);
    return refused;
}

static bool broken(struct ust_model *model, struct ust_callers *callers,
                   struct ust_caller *caller, struct ust_request *request)
{
    bool probe;
    if (!callers->breaks)
        return false;
    if (!ust_breaker_admits(&callers->rules->breaker, &caller->breaker, model->engine.now,
                            &probe))
        return true;
    request->marks |= probe ? UST_MARK_PROBE : 0;
    return false;
}

static bool beyond(int64_t limit, uint32_t n)
{
    return limit >= 0 && n >= limit;
}

/* Nobody overtakes those who wait already. */
static bool has_to_wait(const struct ust_limits *limits, const struct ust_caller *caller)
{
    return caller->pending > 0 || beyond(limits->connections, caller->active);
}

static bool too_many(const struct ust_limits *limits, const struct ust_caller *caller)
{
    if (limits->node == NULL)
        return false;
    return has_to_wait(limits, caller) ? beyond(limits->pending, caller->pending)
                                       : beyond(limits->requests, caller->active);
}

static void leave(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    caller_of(traffic, request)->active++;
    request->marks |= UST_MARK_ACTIVE;
    request->left = model->engine.now;
    if (request->marks & UST_MARK_HEDGE)
        callers->hedges_sent++;
    else if (request->attempt == 1)
        callers->unsent--;
    if (request->attempt > 1 || (request->marks & UST_MARK_HEDGE))
        traffic->count.resends++;
    ust_client_depart(model, traffic, id);
}

static void wait_in_line(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_caller *caller = caller_of(traffic, request);
    request->state = UST_PENDING;
    request->next = UST_NONE;
    if (caller->head == UST_NONE)
        caller->head = id;
    else
        model->requests[caller->tail].next = id;
    caller->tail = id;
    caller->pending++;
    ust_area_up(&traffic->callers->pending, model->engine.now);
}

void ust_caller_admit(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    struct ust_caller *caller = caller_of(traffic, request);
    const struct ust_limits *limits = &callers->rules->limits;
    if (throttled(model, callers, caller) || broken(model, callers, caller, request) ||
        too_many(limits, caller)) {
        callers->local++;
        ust_client_refused(model, id);
        return;
    }
    if (limits->node != NULL && has_to_wait(limits, caller))
        wait_in_line(model, traffic, id);
    else
        leave(model, traffic, id);
}

void ust_caller_send(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    uint32_t region = ust_client_goes_to(model, traffic, request);
    struct ust_pool *pool = ust_pool_of(model, traffic->config->service, region);
    request->pool = (uint16_t)pool->number;
    request->instance = UST_NONE;
    uint8_t retry = request->marks & UST_MARK_RETRY;
    if (retry) /* it was decided on for where the last attempt went */
        caller_of(traffic, request)->retries--;
    request->caller -= request->caller % callers->scopes;
    if (callers->scopes > 1)
        request->caller += region;
    struct ust_caller *caller = caller_of(traffic, request);
    caller->retries += retry != 0;
    if (request->attempt == 1) {
        UST_COUNT(model, pool, id, work_offered_ns, request->work);
        callers->unsent++;
        if (callers->retry_budget != NULL && callers->retry_budget->called != NULL)
            callers->retry_budget->called(callers->retry_params, caller->retry_state);
        if (callers->hedge_budget != NULL && callers->hedge_budget->called != NULL)
            callers->hedge_budget->called(callers->hedge_params, caller->hedge_state);
    }
    if (callers->hedges)
        id = ust_hedge_first(model, traffic, id);
    ust_caller_admit(model, traffic, id);
}

/* ---- breakers tell ---- */

static void tell(struct ust_model *model, const struct ust_traffic *traffic, uint32_t caller,
                 const char *event)
{
    const struct ust_callers *callers = traffic->callers;
    if (callers->processes > 1)
        return; /* the metric says how many of them */
    uint32_t region = callers->scopes > 1 ? caller % callers->scopes + 1 : 0;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = region,
                                                  .service = traffic->config->service + 1,
                                                  .persona = traffic->number + 1,
                                                  .value = (double)NAN});
}

static void tell_breaker(struct ust_model *model, struct ust_traffic *traffic,
                         const struct ust_request *request, enum ust_result result)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_caller *caller = caller_of(traffic, request);
    bool was = caller->breaker.phase != UST_BREAKER_CLOSED;
    ust_breaker_ended(&callers->rules->breaker, &caller->breaker, caller->breaker_state,
                      model->engine.now, model->engine.now - request->left,
                      request->marks & UST_MARK_PROBE, result);
    bool is = caller->breaker.phase != UST_BREAKER_CLOSED;
    if (is == was)
        return;
    (is ? ust_area_up : ust_area_down)(&callers->open, model->engine.now);
    tell(model, traffic, request->caller, is ? "breaker_opened" : "breaker_closed");
}

/* ---- who leaves later than it was decided where to ---- */

bool ust_caller_aim(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    const struct ust_request *user =
        request->flags & UST_COPY ? &model->requests[request->owner] : request;
    uint32_t before = model->pools[request->pool].config->region;
    uint32_t region = ust_client_goes_later(model, traffic, user, before);
    if (region == before)
        return false;
    request->pool = (uint16_t)ust_pool_of(model, traffic->config->service, region)->number;
    if (callers->scopes == 1)
        return false;
    bool retry = request->marks & UST_MARK_RETRY, hedge = request->marks & UST_MARK_HEDGE;
    if (request->marks & UST_MARK_PROBE)
        tell_breaker(model, traffic, request, UST_RESULT_NONE);
    request->marks &= (uint8_t)~UST_MARK_PROBE;
    caller_of(traffic, request)->retries -= retry;
    caller_of(traffic, request)->copies -= hedge;
    request->caller += region - before;
    caller_of(traffic, request)->retries += retry;
    caller_of(traffic, request)->copies += hedge;
    return true;
}

/* ---- those who wait for a connection ---- */

void ust_caller_on_release(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_traffic *traffic = &model->traffic[argument >> 32];
    struct ust_caller *caller = &traffic->callers->at[(uint32_t)argument];
    const struct ust_limits *limits = &traffic->callers->rules->limits;
    while (caller->head != UST_NONE && !beyond(limits->connections, caller->active) &&
           !beyond(limits->requests, caller->active)) {
        uint32_t id = caller->head;
        caller->head = model->requests[id].next;
        if (model->requests[id].state == UST_LEFT) {
            ust_request_free(model, id);
            continue;
        }
        caller->pending--;
        ust_area_down(&traffic->callers->pending, model->engine.now);
        if (UST_RARE(ust_caller_aim(model, traffic, id)))
            ust_caller_admit(model, traffic, id);
        else
            leave(model, traffic, id);
    }
    caller->releasing = false;
}

/* Not at once: it may be in the middle of something, and one that goes may end at once, too. */
static void release_later(struct ust_model *model, struct ust_traffic *traffic,
                          struct ust_caller *caller)
{
    if (caller->releasing || caller->head == UST_NONE)
        return;
    caller->releasing = true;
    uint64_t number = (uint64_t)(caller - traffic->callers->at);
    ust_schedule(&model->engine, model->engine.now, UST_LANE_CLIENT, model->on.release,
                 (uint64_t)traffic->number << 32 | number);
}

void ust_caller_unqueue(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    request->state = UST_LEFT;
    caller_of(traffic, request)->pending--;
    ust_area_down(&traffic->callers->pending, model->engine.now);
}

/* ---- after an attempt ---- */

static bool within_budget(const struct ust_budget_type *budget, const void *params, void *state,
                          const struct ust_budget_view *view)
{
    return budget == NULL || budget->allows(params, state, view);
}

bool ust_caller_affords(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    struct ust_caller *caller = caller_of(traffic, request);
    const struct ust_limits *limits = &callers->rules->limits;
    struct ust_budget_view view = {.now = model->engine.now,
                                   .requests = caller->active + caller->pending,
                                   .retries = caller->retries};
    bool many = limits->node != NULL && beyond(limits->retries, caller->retries);
    if (many || !within_budget(callers->retry_budget, callers->retry_params,
                               caller->retry_state, &view)) {
        callers->denied++;
        return false;
    }
    caller->retries++;
    request->marks |= UST_MARK_RETRY;
    return true;
}

static void tell_others(struct ust_model *model, struct ust_callers *callers,
                        struct ust_caller *caller, bool good)
{
    ust_time now = model->engine.now;
    if (good && callers->rules->throttle.node != NULL)
        ust_recent_add(caller->throttle, callers->rules->throttle.window, now, true);
    if (callers->retry_budget != NULL && callers->retry_budget->ended != NULL)
        callers->retry_budget->ended(callers->retry_params, caller->retry_state, now, good);
    if (callers->hedge_budget != NULL && callers->hedge_budget->ended != NULL)
        callers->hedge_budget->ended(callers->hedge_params, caller->hedge_state, now, good);
}

void ust_caller_ended(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                      enum ust_result result)
{
    struct ust_callers *callers = traffic->callers;
    struct ust_request *request = &model->requests[id];
    struct ust_caller *caller = caller_of(traffic, request);
    uint8_t marks = request->marks;
    caller->retries -= (marks & UST_MARK_RETRY) != 0;
    caller->copies -= (marks & UST_MARK_HEDGE) != 0;
    if (!(marks & UST_MARK_ACTIVE))
        result = UST_RESULT_NONE; /* the service has not seen it */
    if (callers->breaks && (marks & (UST_MARK_ACTIVE | UST_MARK_PROBE)))
        tell_breaker(model, traffic, request, result);
    if (result != UST_RESULT_NONE)
        tell_others(model, callers, caller, result == UST_RESULT_GOOD);
    if (marks & UST_MARK_ACTIVE) {
        caller->active--;
        release_later(model, traffic, caller);
    }
    request->marks = 0;
}

void ust_caller_answered(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    const struct ust_request *request = &model->requests[id];
    bool copy = request->flags & UST_COPY;
    traffic->callers->hedges_won += (request->marks & UST_MARK_HEDGE) != 0;
    ust_caller_ended(model, traffic, id, UST_RESULT_GOOD);
    if (copy)
        ust_hedge_won(model, traffic, id);
}

uint32_t ust_caller_choose(struct ust_callers *callers)
{
    if (callers->processes == 1)
        return 0;
    return (uint32_t)(((ust_u128)ust_rng_u64(&callers->choose) * callers->processes) >> 64) *
           callers->scopes;
}
