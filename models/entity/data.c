#include "models/entity/data.h"

#include <math.h>
#include <stdio.h>

#include "models/entity/caller.h"
#include "models/entity/failover.h"
#include "models/entity/pool.h"

/* ---- replicas ---- */

/* Nothing is written while there is no primary: then nobody falls back any further. */
static ust_time last_of(const struct ust_model *model, const struct ust_data *data)
{
    return ust_data_takes_writes(data) ? model->engine.now : data->lost;
}

static void look_at(const struct ust_model *model, const struct ust_data *data,
                    struct ust_replica *replica)
{
    ust_replica_settle(replica, model->engine.now);
    replica->most_lag =
        fmax(replica->most_lag, ust_replica_behind(replica, last_of(model, data)) / 1e9);
    replica->most_backlog = fmax(replica->most_backlog, ust_replica_backlog(replica));
    replica->most_injected = fmax(replica->most_injected, ust_replica_injected(replica));
}

/* ---- the tier ---- */

bool ust_data_answers(struct ust_model *model, const struct ust_data *data, uint32_t region)
{
    const struct ust_pool *pool = ust_pool_of(model, data->service, region);
    return pool->config->exists && !model->regions[region].down && pool->count.slots > 0;
}

static void tell(struct ust_model *model, const struct ust_data *data, const char *event,
                 double value)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = data->primary + 1,
                                                  .service = data->service + 1,
                                                  .value = value});
}

void ust_data_review(struct ust_model *model, struct ust_data *data)
{
    ust_time now = model->engine.now;
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        struct ust_replica *replica = &data->replica[r];
        if (!replica->exists || r == data->primary)
            continue;
        look_at(model, data, replica);
        bool halted = !data->alive || data->detached || !ust_data_answers(model, data, r) ||
                      ust_cut_between(model, data->primary, r);
        if (replica->halted && !halted)
            replica->free = now;
        replica->halted = halted;
    }
}

static struct ust_data *data_of(const struct ust_model *model,
                                const struct ust_request *request)
{
    return model->data[model->traffic[request->traffic].config->service];
}

static bool reaches(const struct ust_config *config, uint32_t from, uint32_t service)
{
    const struct ust_calls_config *calls = &config->services[from].calls;
    if (from == service)
        return true;
    for (uint32_t i = 0; i < calls->n; i++)
        if (reaches(config, calls->call[i].service, service))
            return true;
    return false;
}

/* Whoever's requests come to this service has lost what it has lost. */
static void tell_loss(struct ust_model *model, const struct ust_data *data,
                      const struct ust_replica *chosen)
{
    double lost_s = ust_replica_lost(chosen, data->lost);
    const struct ust_config *config = model->config;
    for (uint32_t i = 0; i < config->traffic_n; i++)
        if (reaches(config, config->traffic[i].service, data->service))
            ust_measure_moment(
                model, (struct ust_moment){.at = model->engine.now,
                                           .event = "data_loss_window",
                                           .region = data->primary + 1,
                                           .persona = i + 1,
                                           .value = lost_s,
                                           .detail = config->services[data->service].name});
    tell(model, data, "writes_lost", ust_replica_backlog(chosen));
    if (ust_injections_exist(config))
        tell(model, data, "injected_writes_lost", ust_replica_injected(chosen));
}

/* ---- those who wait for a primary ---- */

bool ust_data_is_write(const struct ust_model *model, const struct ust_request *request)
{
    if (request->flags & UST_INTERNAL)
        return request->action == UST_CALL_WRITES;
    return model->traffic[request->traffic].config->writes > 0 && request->write;
}

/* A ring: before the first is the last. */
bool ust_data_holds(struct ust_model *model, uint32_t id)
{
    struct ust_request *request = &model->requests[id];
    struct ust_data *data = data_of(model, request);
    if (data == NULL || !data->config->waits || ust_data_takes_writes(data) ||
        !ust_data_is_write(model, request))
        return false;
    uint32_t first = data->held;
    request->state = UST_PARKED;
    request->before = request->next = id;
    if (first == UST_NONE) {
        data->held = id;
        return true;
    }
    request->next = first;
    request->before = model->requests[first].before;
    model->requests[request->before].next = id;
    model->requests[first].before = id;
    return true;
}

void ust_data_let_go(struct ust_model *model, uint32_t id)
{
    const struct ust_request *request = &model->requests[id];
    struct ust_data *data = data_of(model, request);
    if (data->held == id)
        data->held = request->next == id ? UST_NONE : request->next;
    model->requests[request->before].next = request->next;
    model->requests[request->next].before = request->before;
}

void ust_data_unpark(struct ust_model *model, struct ust_data *data)
{
    while (ust_data_takes_writes(data) && data->parked != UST_NONE)
        ust_calls_unpark(model, data->parked);
    while (ust_data_takes_writes(data) && data->held != UST_NONE) {
        uint32_t id = data->held;
        ust_data_let_go(model, id);
        ust_client_resume(model, id, data->primary);
    }
}

void ust_data_promote(struct ust_model *model, struct ust_data *data, uint32_t region)
{
    struct ust_replica *chosen = &data->replica[region];
    ust_time now = model->engine.now;
    look_at(model, data, chosen);
    if (!data->alive || data->detached)
        tell_loss(model, data, chosen);
    uint32_t old = data->primary;
    ust_cancel(&model->engine, data->promotion);
    data->primary = region;
    data->detached = false;
    data->alive = ust_data_answers(model, data, region);
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        struct ust_replica *replica = &data->replica[r];
        if (!replica->exists)
            continue;
        ust_replica_clear(replica, now); /* it follows the new primary, from where that is */
        replica->lag = ust_dist_time(&data->config->lag, &data->lags);
    }
    data->replica[old].halted = !ust_data_answers(model, data, old);
    tell(model, data, "data_promoted", (double)NAN);
    ust_data_review(model, data);
    ust_data_unpark(model, data);
}

static void on_promotion(void *context, uint64_t service)
{
    struct ust_model *model = context;
    struct ust_data *data = model->data[service];
    uint32_t best = UST_NONE;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (data->replica[r].exists && r != data->primary && ust_data_answers(model, data, r) &&
            (best == UST_NONE || ust_replica_behind(&data->replica[r], data->lost) <
                                     ust_replica_behind(&data->replica[best], data->lost)))
            best = r;
    if (best != UST_NONE)
        ust_data_promote(model, data, best);
}

/* Does a failover plan promote this service's data, from where its primary is? Then it does so
 * alone. */
static bool planned(const struct ust_model *model, const struct ust_data *data)
{
    const struct ust_failover *failover = model->failover;
    if (failover == NULL || failover->config->from != data->primary)
        return false;
    for (uint32_t i = 0; i < failover->config->plan.n; i++)
        if (failover->config->steps[i].scope.promotes &&
            failover->config->steps[i].services[data->service])
            return true;
    return false;
}

/* A standby that cannot take over yet is looked at again when it is back. */
static void plan_promotion(struct ust_model *model, struct ust_data *data)
{
    if (!data->config->automatic || planned(model, data) ||
        data->takeover.state != UST_TAKEOVER_NONE)
        return;
    ust_time after = ust_dist_time(&data->config->detect, &data->promotions) +
                     ust_dist_time(&data->config->duration, &data->promotions);
    ust_cancel(&model->engine, data->promotion);
    data->promotion = ust_schedule(&model->engine, model->engine.now + after, UST_LANE_CONTROL,
                                   model->on.promotion, data->service);
}

void ust_data_changed(struct ust_model *model, struct ust_pool *pool, bool works)
{
    struct ust_data *data = pool->data;
    uint32_t region = pool->config->region;
    if (region != data->primary) {
        ust_data_review(model, data);
        ust_takeover_review(model, data);
        if (!data->alive && works && !ust_timer_is_pending(&model->engine, data->promotion))
            plan_promotion(model, data);
        return;
    }
    if (works == data->alive)
        return;
    ust_data_review(model, data); /* until now it was as it was */
    data->alive = works;
    if (works) {
        ust_cancel(&model->engine, data->promotion);
    } else {
        if (!ust_data_is_fenced(data))
            data->lost = model->engine.now;
        plan_promotion(model, data);
    }
    tell(model, data, works ? "primary_back" : "primary_lost", (double)NAN);
    ust_data_review(model, data);
    ust_takeover_review(model, data);
    ust_data_unpark(model, data);
}

void ust_data_cut(struct ust_model *model)
{
    for (uint32_t s = 0; model->data != NULL && s < model->config->services_n; s++) {
        if (model->data[s] == NULL)
            continue;
        ust_data_review(model, model->data[s]);
        ust_takeover_review(model, model->data[s]);
    }
}

bool ust_data_writable(const struct ust_data *data, const struct ust_pool *pool)
{
    return pool->config->region == data->primary && !ust_data_is_fenced(data);
}

/* While the rest is copied, what had begun before may still end. */
bool ust_data_written(struct ust_model *model, struct ust_pool *pool, uint32_t id)
{
    bool injected = ust_apart(model, pool, id) != NULL;
    struct ust_data *data = pool->data;
    if (pool->config->region != data->primary || data->detached)
        return false;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (data->replica[r].exists && r != data->primary)
            ust_replica_add(&data->replica[r], model->engine.now, injected);
    return true;
}

static struct ust_replica *replica_of(const struct ust_pool *pool)
{
    if (pool->data == NULL)
        return NULL;
    struct ust_replica *replica = &pool->data->replica[pool->config->region];
    return replica->exists ? replica : NULL;
}

static const struct ust_replica_reading nothing = {(double)NAN, (double)NAN, (double)NAN};

struct ust_replica_reading ust_data_read(struct ust_model *model, const struct ust_pool *pool)
{
    const struct ust_data *data = pool->data;
    struct ust_replica *replica = replica_of(pool);
    if (replica == NULL)
        return nothing;
    if (pool->config->region != data->primary)
        look_at(model, data, replica);
    return (struct ust_replica_reading){
        .lag_s = ust_replica_behind(replica, last_of(model, data)) / 1e9,
        .backlog = ust_replica_backlog(replica),
        .injected = ust_replica_injected(replica)};
}

struct ust_replica_reading ust_data_most(const struct ust_pool *pool)
{
    const struct ust_replica *replica = replica_of(pool);
    if (replica == NULL)
        return nothing;
    return (struct ust_replica_reading){replica->most_lag, replica->most_backlog,
                                        replica->most_injected};
}

/* ---- beginning ---- */

static struct ust_rng stream(const struct ust_model *model, uint32_t service,
                             const char *purpose)
{
    char name[300];
    snprintf(name, sizeof name, "service/%s/data/%s", model->config->services[service].name,
             purpose);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static struct ust_data *make(struct ust_model *model, uint32_t service)
{
    const struct ust_data_config *config = model->config->services[service].data;
    struct ust_data *data = ust_arena_alloc(model->arena, struct ust_data, 1);
    uint32_t n = model->config->regions_n;
    *data = (struct ust_data){.config = config,
                              .service = service,
                              .primary = config->primary,
                              .parked = UST_NONE,
                              .held = UST_NONE,
                              .lags = stream(model, service, "lag"),
                              .promotions = stream(model, service, "promotion"),
                              .replica = ust_arena_alloc(model->arena, struct ust_replica, n)};
    for (uint32_t r = 0; r < n; r++) {
        struct ust_replica *replica = &data->replica[r];
        replica->exists = r == config->primary || (config->replicas >> r & 1) != 0;
        if (!replica->exists)
            continue;
        replica->lag = ust_dist_time(&config->lag, &data->lags);
        replica->throughput = config->throughput;
        replica->group =
            ust_arena_alloc(model->arena, struct ust_replica_group, UST_REPLICA_GROUPS);
        ust_replica_clear(replica, 0);
        struct ust_pool *pool = ust_pool_of(model, service, r);
        pool->data = data;
        pool->troubled = true; /* a write may have come to the wrong place */
    }
    data->alive = ust_data_answers(model, data, data->primary);
    ust_data_review(model, data);
    return data;
}

/* Registers its handler only where it is used. */
void ust_data_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    bool any = false;
    for (uint32_t s = 0; s < config->services_n; s++)
        any |= config->services[s].data != NULL;
    if (!any)
        return;
    model->on.promotion = ust_engine_handler(&model->engine, on_promotion, model);
    ust_takeover_start(model);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        const struct ust_data_config *data = config->services[config->traffic[i].service].data;
        if (data != NULL && data->waits && config->traffic[i].writes > 0)
            model->cuts |= UST_CUT_HOLDS;
    }
    model->data = ust_arena_alloc(model->arena, struct ust_data *, config->services_n);
    for (uint32_t s = 0; s < config->services_n; s++)
        if (config->services[s].data != NULL)
            model->data[s] = make(model, s);
}
