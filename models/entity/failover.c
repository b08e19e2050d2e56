#include "models/entity/failover.h"

#include <math.h>
#include <stdio.h>

#include "models/entity/pool.h"

enum { LOOK, PLANNED };

static bool is_of(const struct ust_failover *failover, uint32_t step, uint32_t service)
{
    return failover->config->steps[step].services[service] != 0;
}

static void tell(void *owner, const char *event, uint32_t step, ust_time took)
{
    struct ust_model *model = owner;
    const struct ust_failover *failover = model->failover;
    const struct ust_plan *plan = &failover->config->plan;
    bool whole = step >= plan->n;
    bool ends = took > 0 || ust_text_equal(event, "step_end");
    ust_measure_moment(
        model, (struct ust_moment){.at = model->engine.now,
                                   .event = event,
                                   .region = failover->config->from + 1,
                                   .value = whole || !ends ? (double)NAN : (double)took / 1e9,
                                   .detail = !whole                  ? plan->steps[step].name
                                             : failover->run.planned ? "planned"
                                                                     : "loss"});
}

static void moment(struct ust_model *model, const char *event)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = model->failover->config->from + 1,
                                                  .value = (double)NAN});
}

/* ---- where users go ---- */

static const struct ust_pool *standby(const struct ust_model *model, uint32_t service)
{
    return &model->pools[service * model->config->regions_n + model->failover->config->to];
}

/* The use of the region follows from the shares that are away. */
static void apply(struct ust_model *model)
{
    struct ust_failover *failover = model->failover;
    struct ust_region *region = &model->regions[failover->config->from];
    double least = 1, most = 0;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        least = failover->moved[i] < least ? failover->moved[i] : least;
        most = failover->moved[i] > most ? failover->moved[i] : most;
    }
    region->returned = 1;
    if (most <= 0) {
        region->use = UST_IN_USE;
    } else if (least >= 1) {
        region->use = region->healthy ? UST_WAITING_FOR_USE : UST_OUT_OF_USE;
    } else {
        region->use = UST_RETURNING;
        region->returned = 1 - most;
    }
    failover->changes++;
    ust_path_changed(model);
}

double *ust_failover_stays(struct ust_model *model, double other)
{
    uint32_t n = model->config->traffic_n;
    double *stays = ust_arena_alloc(model->arena, double, n);
    for (uint32_t i = 0; i < n; i++) {
        stays[i] = 1 - model->failover->moved[i];
        stays[i] = stays[i] < other ? stays[i] : other;
    }
    return stays;
}

double ust_failover_away(const struct ust_model *model, const struct ust_answer *answer,
                         uint32_t stream)
{
    if (answer->stays != NULL)
        return 1 - answer->stays[stream];
    return answer->healthy >> model->failover->config->from & 1 ? 0 : 1;
}

static void shift(struct ust_model *model, uint32_t number, double share)
{
    struct ust_failover *failover = model->failover;
    const struct ust_failover_step_config *step = &failover->config->steps[number];
    bool changed = false;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        if (!step->streams[i])
            continue;
        double moved = step->scope.returns ? share * failover->step[number].peak[i] : share;
        changed |= failover->moved[i] != moved;
        failover->moved[i] = moved;
        failover->closes[i] = step->scope.closes;
    }
    if (!changed)
        return;
    if (step->scope.returns && !failover->step[number].returning) {
        failover->step[number].returning = true;
        moment(model, "failback_start");
    }
    ust_measure_moment(
        model, (struct ust_moment){.at = model->engine.now,
                                   .event = "shift",
                                   .region = failover->config->from + 1,
                                   .value = share,
                                   .detail = failover->config->plan.steps[number].name});
    apply(model);
}

/* ---- what steps see ---- */

/* Where the user would open a connection now. */
static uint32_t led_to(const struct ust_model *model, const struct ust_visit *visit)
{
    const struct ust_request request = {.dns = visit->dns,
                                        .place = visit->place,
                                        .traffic = (uint16_t)visit->traffic,
                                        .attempt = 1};
    return ust_path_lookup(model, &request, model->engine.now);
}

/* Users in sessions follow when their connections end; how many have not is counted: of those
 * who keep one, who is still in the region that is left, or not yet back in his own. */
static double sessions_followed(const struct ust_model *model, const uint8_t *streams,
                                bool returns)
{
    const uint32_t from = model->failover->config->from;
    uint64_t all = 0, followed = 0;
    for (uint32_t i = 0; i < model->sessions_used; i++) {
        const struct ust_visit *visit = &model->sessions[i];
        if (!visit->connected || visit->expires <= model->engine.now ||
            !streams[visit->traffic] ||
            ust_connection_is_gone(model, visit->traffic, visit->region))
            continue; /* it is over, or he opens another with his next request */
        if (returns && led_to(model, visit) != from)
            continue; /* he is at home elsewhere */
        all++;
        followed += (visit->region == from) == returns;
    }
    return all == 0 ? 1 : (double)followed / (double)all;
}

static void see_shift(const struct ust_model *model, uint32_t number,
                      struct ust_step_view *view)
{
    const struct ust_failover *failover = model->failover;
    const struct ust_failover_step_config *step = &failover->config->steps[number];
    double least = 1, most = 0;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        if (!step->streams[i])
            continue;
        least = failover->moved[i] < least ? failover->moved[i] : least;
        most = failover->moved[i] > most ? failover->moved[i] : most;
    }
    view->moved = step->scope.returns ? most : least;
    if (step->scope.follow <= 0)
        return;
    double gone = ust_drain_gone(model, step->streams, model->engine.now);
    view->followed = step->scope.returns ? 1 - gone : gone;
    double sessions = sessions_followed(model, step->streams, step->scope.returns);
    if (sessions < view->followed)
        view->followed = sessions;
}

static double ready_share(const struct ust_model *model, uint32_t number)
{
    double least = 1;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        const struct ust_pool *pool = standby(model, s);
        int64_t wanted = model->failover->step[number].wanted[s], ready = 0;
        for (uint32_t i = 0; wanted > 0 && i < pool->instances_max; i++)
            ready += pool->instances[i].state == UST_UP && pool->instances[i].believed;
        if (wanted > 0 && (double)ready < least * (double)wanted)
            least = (double)ready / (double)wanted;
    }
    return least;
}

static struct ust_failover_reading take_reading(const struct ust_model *model, uint32_t number,
                                                double *slots)
{
    struct ust_failover_reading now = {.at = model->engine.now};
    *slots = 0;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        const struct ust_pool *pool = standby(model, s);
        if (!pool->config->exists || !is_of(model->failover, number, s))
            continue;
        now.arrivals += pool->count.arrivals;
        now.bad += pool->count.refused + pool->count.errors;
        now.started += ust_pool_started(&pool->count);
        now.wait_ns += pool->count.wait_ns;
        now.busy_area += ust_pool_load(pool, model->engine.now).busy_area;
        *slots += pool->count.slots;
    }
    return now;
}

static double indicator(const struct ust_model *model, uint32_t number)
{
    const struct ust_failover_reading *before = &model->failover->step[number].before;
    double slots;
    struct ust_failover_reading now = take_reading(model, number, &slots);
    double arrivals = (double)(now.arrivals - before->arrivals);
    double started = (double)(now.started - before->started);
    double time = (double)(now.at - before->at);
    switch ((enum ust_step_indicator)model->failover->config->steps[number].scope.indicator) {
    case UST_INDICATOR_ERRORS:
        return arrivals > 0 ? (double)(now.bad - before->bad) / arrivals : (double)NAN;
    case UST_INDICATOR_UTILISATION:
        return slots * time > 0 ? (double)(now.busy_area - before->busy_area) / (slots * time)
                                : (double)NAN;
    case UST_INDICATOR_WAIT:
        return started > 0 ? (double)(now.wait_ns - before->wait_ns) / started : (double)NAN;
    case UST_INDICATOR_NONE:
        break;
    }
    return (double)NAN;
}

static void see_promotion(const struct ust_model *model, uint32_t number,
                          struct ust_step_view *view)
{
    const struct ust_failover_step_config *step = &model->failover->config->steps[number];
    view->assumed = step->assumes;
    for (uint32_t s = 0; s < model->config->services_n; s++)
        view->promoting |=
            is_of(model->failover, number, s) && ust_takeover_under_way(model, s);
}

static void see(void *owner, uint32_t number, struct ust_step_view *view)
{
    const struct ust_model *model = owner;
    const struct ust_failover *failover = model->failover;
    const struct ust_step_scope *scope = &failover->config->steps[number].scope;
    view->lost = !model->regions[failover->config->from].healthy;
    view->since = failover->since;
    view->lag = failover->step[number].lag;
    if (scope->promotes)
        see_promotion(model, number, view);
    if (scope->shifts)
        see_shift(model, number, view);
    if (scope->instances > 0 || scope->factor > 0)
        view->ready = ready_share(model, number);
    if (scope->indicator != UST_INDICATOR_NONE)
        view->indicator = indicator(model, number);
}

/* ---- what steps do ---- */

/* 0.1 * 30 is a hair more than 3, and means 3. */
static int64_t round_up(double n)
{
    int64_t whole = (int64_t)n;
    return n - (double)whole > 1e-9 ? whole + 1 : whole;
}

static void grow(struct ust_model *model, uint32_t number)
{
    struct ust_failover *failover = model->failover;
    const struct ust_step_scope *scope = &failover->config->steps[number].scope;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        struct ust_pool *pool = ust_pool_of(model, s, failover->config->to);
        const struct ust_pool *lost = ust_pool_of(model, s, failover->config->from);
        if (!pool->config->exists || !is_of(failover, number, s))
            continue;
        int64_t wanted = scope->instances;
        if (wanted == 0 && lost->config->exists)
            wanted = round_up(scope->factor * (double)lost->desired);
        wanted = wanted > pool->max ? pool->max : wanted;
        failover->step[number].wanted[s] = wanted;
        ust_scaling_floor(model, pool, wanted);
    }
}

/* What has not been copied yet, of the service that is furthest behind. */
static ust_time lag_now(struct ust_model *model, uint32_t number)
{
    double most = 0;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        const struct ust_dist *lag = &model->config->services[s].replication_lag;
        if (lag->type == NULL || !is_of(model->failover, number, s))
            continue;
        double ns = ust_dist_sample(lag, &model->failover->lag) +
                    ust_cut_backlog(model, model->failover->config->from);
        most = ns > most ? ns : most;
    }
    return ust_time_round(most);
}

/* Data tiers are asked; what is left to copy of other services is drawn. */
static void promote(struct ust_model *model, uint32_t number)
{
    struct ust_failover *failover = model->failover;
    failover->step[number].lag = lag_now(model, number);
    for (uint32_t s = 0; s < model->config->services_n; s++)
        if (is_of(failover, number, s))
            ust_takeover_begin(model, s, failover->config->to, failover->run.planned,
                               failover->config->plan.steps[number].name);
}

static void begin(void *owner, uint32_t number)
{
    struct ust_model *model = owner;
    struct ust_failover *failover = model->failover;
    const struct ust_step_scope *scope = &failover->config->steps[number].scope;
    struct ust_failover_step *step = &failover->step[number];
    double slots;
    if (scope->instances > 0 || scope->factor > 0)
        grow(model, number);
    if (scope->promotes)
        promote(model, number);
    if (scope->indicator != UST_INDICATOR_NONE)
        step->before = take_reading(model, number, &slots);
    step->due = UST_NEVER;
    step->returning = false;
    for (uint32_t i = 0; scope->returns && i < model->config->traffic_n; i++)
        step->peak[i] = failover->moved[i];
}

/* A loss has overtaken an evacuation that was planned. */
static void hurry(struct ust_model *model, uint32_t number)
{
    for (uint32_t s = 0; s < model->config->services_n; s++)
        if (is_of(model->failover, number, s))
            ust_takeover_hurry(model, s);
}

static void act(void *owner, uint32_t number, const struct ust_step_answer *answer)
{
    struct ust_model *model = owner;
    struct ust_failover *failover = model->failover;
    const struct ust_step_scope *scope = &failover->config->steps[number].scope;
    struct ust_failover_step *step = &failover->step[number];
    if (scope->shifts && answer->moved >= 0)
        shift(model, number, answer->moved);
    if (scope->promotes && !failover->run.planned)
        hurry(model, number);
    for (uint32_t s = 0; step->wanted != NULL && s < model->config->services_n; s++)
        if (step->wanted[s] > 0) /* what could not be launched is asked for again */
            ust_launch_fill(model, ust_pool_of(model, s, failover->config->to));
    if (scope->indicator != UST_INDICATOR_NONE && answer->next != step->due) {
        double slots;
        if (step->due != UST_NEVER)
            step->before = take_reading(model, number, &slots);
        step->due = answer->next;
    }
}

/* The data goes back where it was, and nothing of it is lost on the way. */
static void return_data(struct ust_model *model, const char *step)
{
    struct ust_failover *failover = model->failover;
    for (uint32_t s = 0; s < model->config->services_n; s++)
        if (failover->promoted >> s & 1)
            ust_takeover_begin(model, s, failover->config->from, true, step);
    failover->promoted = 0;
}

/* The standby may be as small as it was. */
static void release(struct ust_model *model)
{
    struct ust_failover *failover = model->failover;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        struct ust_pool *pool = ust_pool_of(model, s, failover->config->to);
        if (pool->config->exists && pool->floor > 0)
            ust_scaling_floor(model, pool, 0);
    }
}

static void end(void *owner, uint32_t number)
{
    struct ust_model *model = owner;
    struct ust_failover *failover = model->failover;
    const struct ust_step_scope *scope = &failover->config->steps[number].scope;
    for (uint32_t s = 0; scope->promotes && s < model->config->services_n; s++)
        if (is_of(failover, number, s))
            failover->promoted |= UINT64_C(1) << s;
    if (scope->returns && failover->step[number].returning)
        moment(model, "failback_end");
    if (scope->returns) {
        return_data(model, failover->config->plan.steps[number].name);
        release(model);
    }
}

static void roll_back(void *owner)
{
    struct ust_model *model = owner;
    struct ust_failover *failover = model->failover;
    bool any = false;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        any |= failover->moved[i] > 0;
        failover->moved[i] = 0;
        failover->closes[i] = false;
    }
    if (any)
        apply(model);
    for (uint32_t s = 0; s < model->config->services_n; s++)
        if (!(failover->promoted >> s & 1))
            ust_takeover_stop(model, s);
    return_data(model, "roll_back");
    release(model);
}

/* ---- when ---- */

static void look(struct ust_model *model)
{
    struct ust_failover *failover = model->failover;
    ust_time now = model->engine.now,
             next = ust_plan_look(&failover->run, now, &failover->world);
    ust_cancel(&model->engine, failover->look);
    failover->look = (struct ust_timer){0};
    if (failover->run.state != UST_PLAN_RUNS)
        return;
    if (next > now + failover->config->poll)
        next = now + failover->config->poll;
    failover->look =
        ust_schedule(&model->engine, next, UST_LANE_CONTROL, model->on.failover, LOOK);
}

void ust_failover_poke(struct ust_model *model)
{
    look(model);
}

static void on_failover(void *context, uint64_t what)
{
    struct ust_model *model = context;
    if (what == PLANNED)
        ust_plan_trigger(&model->failover->run, model->engine.now, true,
                         &model->failover->world);
    else
        model->failover->look = (struct ust_timer){0};
    look(model);
}

bool ust_failover_decides(struct ust_model *model, uint32_t number)
{
    struct ust_failover *failover = model->failover;
    if (failover == NULL || failover->config->from != number)
        return false;
    struct ust_region *region = &model->regions[number];
    failover->since = model->engine.now;
    if (region->use == UST_WAITING_FOR_USE || region->use == UST_OUT_OF_USE) {
        region->use = region->healthy ? UST_WAITING_FOR_USE : UST_OUT_OF_USE;
        ust_path_changed(model);
    }
    if (!region->healthy && (failover->config->on_loss || failover->run.state == UST_PLAN_RUNS))
        ust_plan_trigger(&failover->run, model->engine.now, false, &failover->world);
    look(model);
    return true;
}

bool ust_failover_promoted(const struct ust_model *model, int32_t region, uint32_t service)
{
    const struct ust_failover *failover = model->failover;
    return failover != NULL && region == (int32_t)failover->config->from &&
           (failover->promoted >> service & 1);
}

static void make_steps(struct ust_model *model, struct ust_failover *failover)
{
    uint32_t n = failover->config->plan.n;
    failover->step = ust_arena_alloc(model->arena, struct ust_failover_step, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_step_scope *scope = &failover->config->steps[i].scope;
        if (scope->instances > 0 || scope->factor > 0)
            failover->step[i].wanted =
                ust_arena_alloc(model->arena, int64_t, model->config->services_n);
        if (scope->returns)
            failover->step[i].peak =
                ust_arena_alloc(model->arena, double, model->config->traffic_n);
    }
}

void ust_failover_start(struct ust_model *model)
{
    const struct ust_failover_config *config = model->config->failover;
    if (config == NULL)
        return;
    struct ust_failover *failover = ust_arena_alloc(model->arena, struct ust_failover, 1);
    model->failover = failover;
    failover->config = config;
    failover->moved = ust_arena_alloc(model->arena, double, model->config->traffic_n);
    failover->closes = ust_arena_alloc(model->arena, uint8_t, model->config->traffic_n);
    failover->lag = ust_rng_derive(model->config->seed, model->replication, "failover/lag");
    failover->world = (struct ust_plan_world){.owner = model,
                                              .see = see,
                                              .begin = begin,
                                              .act = act,
                                              .end = end,
                                              .roll_back = roll_back,
                                              .tell = tell};
    make_steps(model, failover);
    ust_plan_make(&failover->run, &config->plan, model->arena, model->config->seed,
                  model->replication);
    model->on.failover = ust_engine_handler(&model->engine, on_failover, model);
    if (config->at != UST_NEVER)
        ust_schedule(&model->engine, config->at, UST_LANE_CONTROL, model->on.failover, PLANNED);
}
