/* Hedged requests: a copy goes out when the answer is late; the first answer counts. */
#include "models/entity/caller.h"
#include "models/entity/pool.h"

/* ---- when ---- */

static void plan_next(struct ust_model *model, struct ust_traffic *traffic, uint32_t owner)
{
    struct ust_request *request = &model->requests[owner];
    request->finish = (struct ust_timer){0};
    if (ust_data_is_write(model, request))
        return; /* it would be done twice */
    if (request->sends < traffic->callers->rules->hedge.copies &&
        traffic->callers->delay.after != UST_NEVER)
        request->finish =
            ust_schedule(&model->engine, model->engine.now + traffic->callers->delay.after,
                         UST_LANE_CLIENT, model->on.hedge, owner);
}

/* ---- copies ---- */

static uint32_t copy_of(struct ust_model *model, uint32_t owner)
{
    uint32_t id = ust_request_new(model);
    struct ust_request *copy = &model->requests[id];
    struct ust_request *request = &model->requests[owner];
    *copy = *request;
    copy->flags = UST_COPY;
    copy->marks = 0;
    copy->session = UST_NONE;
    copy->timeout = copy->expiry = copy->patience = copy->finish = (struct ust_timer){0};
    copy->owner = owner;
    copy->sibling = request->sibling;
    request->sibling = id;
    request->sends++;
    return id;
}

uint32_t ust_hedge_first(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    request->state = UST_COPIED;
    request->left = model->engine.now;
    request->sibling = UST_NONE;
    request->sends = 0;
    uint32_t copy = copy_of(model, id);
    plan_next(model, traffic, id);
    return copy;
}

static bool affords(struct ust_model *model, struct ust_traffic *traffic, uint32_t owner)
{
    struct ust_callers *callers = traffic->callers;
    if (callers->hedge_budget == NULL)
        return true;
    struct ust_caller *caller = &callers->at[model->requests[owner].caller];
    struct ust_budget_view view = {.now = model->engine.now,
                                   .requests = caller->active + caller->pending,
                                   .retries = caller->copies};
    return callers->hedge_budget->allows(callers->hedge_params, caller->hedge_state, &view);
}

static void on_hedge(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t owner = (uint32_t)argument;
    struct ust_traffic *traffic = &model->traffic[model->requests[owner].traffic];
    struct ust_callers *callers = traffic->callers;
    UST_ASSERT(model->requests[owner].state == UST_COPIED);
    if (!affords(model, traffic, owner)) {
        callers->denied++;
        return;
    }
    uint32_t id = copy_of(model, owner);
    struct ust_request *copy = &model->requests[id];
    (void)ust_caller_aim(model, traffic, id); /* it meets its guards below */
    copy->marks = UST_MARK_HEDGE;
    callers->at[copy->caller].copies++;
    if (callers->rules->hedge.work == UST_HEDGE_INDEPENDENT)
        copy->work = ust_work_limit(
            ust_dist_sample(&traffic->config->actions[copy->action].work, &callers->work));
    plan_next(model, traffic, owner);
    ust_caller_admit(model, traffic, id);
}

/* ---- ends ---- */

uint32_t ust_hedge_lost(struct ust_model *model, uint32_t id)
{
    struct ust_request *copy = &model->requests[id];
    uint32_t owner = copy->owner;
    uint32_t *link = &model->requests[owner].sibling;
    while (*link != id)
        link = &model->requests[*link].sibling;
    *link = copy->sibling;
    copy->flags &= (uint8_t)~UST_COPY;
    if (model->requests[owner].sibling != UST_NONE)
        return UST_NONE;
    ust_cancel(&model->engine, model->requests[owner].finish);
    struct ust_traffic *traffic = &model->traffic[model->requests[owner].traffic];
    ust_caller_ended(model, traffic, owner, UST_RESULT_NONE); /* its place among the retries */
    return owner;
}

/* All of them are nobody's before the first is let go: a slot that one leaves may be the next
 * one's, and what becomes of that must not come back to their owner. */
void ust_hedge_stop(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                    enum ust_result result)
{
    uint32_t copies[UST_COPIES_MAX], n = 0;
    ust_cancel(&model->engine, model->requests[id].finish);
    for (uint32_t it = model->requests[id].sibling; it != UST_NONE;
         it = model->requests[it].sibling) {
        struct ust_request *copy = &model->requests[it];
        copies[n++] = it;
        ust_caller_ended(model, traffic, it, result);
        if (traffic->timeout_line != UST_NONE)
            ust_line_cancel(&model->engine, traffic->timeout_line, copy->timeout);
        copy->flags &= (uint8_t)~UST_COPY;
        copy->flags |= UST_ORPHAN;
    }
    model->requests[id].sibling = UST_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (model->requests[copies[i]].state != UST_FREE)
            ust_client_let_go(model, copies[i]);
}

void ust_hedge_won(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    uint32_t number = model->requests[id].owner;
    if (!ust_data_is_write(model, &model->requests[number]))
        ust_hedge_delay_learn(&traffic->callers->delay, &traffic->callers->rules->hedge,
                              model->engine.now - model->requests[number].left);
    ust_hedge_lost(model, id);
    ust_hedge_stop(model, traffic, number, UST_RESULT_NONE);
    struct ust_request *copy = &model->requests[id], *owner = &model->requests[number];
    ust_caller_ended(model, traffic, number, UST_RESULT_NONE);
    copy->session = owner->session;
    copy->expiry = owner->expiry;
    copy->patience = owner->patience;
    ust_request_free(model, number);
}

void ust_hedge_start(struct ust_model *model)
{
    model->on.hedge = ust_engine_handler(&model->engine, on_hedge, model);
}
