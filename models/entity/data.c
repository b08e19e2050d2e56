#include "models/entity/data.h"

#include <math.h>
#include <stdio.h>

#include "models/entity/failover.h"
#include "models/entity/pool.h"

/* ---- one replica ---- */

static struct ust_replica_group *group_at(const struct ust_replica *replica, uint32_t k)
{
    return &replica->group[(replica->head + k) % UST_REPLICA_GROUPS];
}

/* Applies what can be applied by now. */
static void settle(const struct ust_data *data, struct ust_replica *replica, ust_time now)
{
    double each = data->config->throughput > 0 ? 1e9 / data->config->throughput : 0;
    while (!replica->halted && replica->n > 0) {
        const struct ust_replica_group *first = group_at(replica, 0);
        ust_time start = first->at + replica->lag;
        start = start > replica->free ? start : replica->free;
        if (start > now)
            return;
        double takes = ((double)first->writes - replica->done) * each;
        if ((double)(now - start) < takes) {
            replica->done += (double)(now - start) / each;
            replica->free = now;
            return;
        }
        replica->free = start + ust_time_round(takes);
        replica->pending -= first->writes;
        replica->done = 0;
        replica->head = (replica->head + 1) % UST_REPLICA_GROUPS;
        replica->n--;
    }
}

static void clear(struct ust_replica *replica, ust_time now)
{
    replica->n = 0;
    replica->pending = 0;
    replica->done = 0;
    replica->free = now;
    replica->width = UST_MS;
}

/* Two neighbours become one, and groups are twice as wide from here on. */
static void coarsen(struct ust_replica *replica)
{
    for (uint32_t k = 0; k < replica->n; k += 2) {
        struct ust_replica_group sum = *group_at(replica, k);
        if (k + 1 < replica->n)
            sum.writes += group_at(replica, k + 1)->writes;
        *group_at(replica, k / 2) = sum;
    }
    replica->n = (replica->n + 1) / 2;
    replica->width *= 2;
}

static void add_write(const struct ust_data *data, struct ust_replica *replica, ust_time now)
{
    settle(data, replica, now);
    replica->pending++;
    if (replica->n > 0 && now - group_at(replica, replica->n - 1)->at < replica->width) {
        group_at(replica, replica->n - 1)->writes++;
        return;
    }
    if (replica->n == UST_REPLICA_GROUPS)
        coarsen(replica);
    *group_at(replica, replica->n++) = (struct ust_replica_group){now, 1};
}

/* How far it is behind at `now`, ns: the age of the oldest write that it lacks. */
static double behind(const struct ust_replica *replica, ust_time now)
{
    return replica->n == 0 ? 0 : (double)(now - group_at(replica, 0)->at);
}

static double backlog(const struct ust_replica *replica)
{
    return (double)replica->pending - replica->done;
}

/* Nothing is written while there is no primary: then nobody falls back any further. */
static ust_time last_of(const struct ust_model *model, const struct ust_data *data)
{
    return data->alive ? model->engine.now : data->lost;
}

static void look_at(const struct ust_model *model, const struct ust_data *data,
                    struct ust_replica *replica)
{
    settle(data, replica, model->engine.now);
    replica->most_lag = fmax(replica->most_lag, behind(replica, last_of(model, data)) / 1e9);
    replica->most_backlog = fmax(replica->most_backlog, backlog(replica));
}

/* ---- the tier ---- */

static struct ust_data *data_of(struct ust_model *model, uint32_t service)
{
    return model->data == NULL ? NULL : model->data[service];
}

static bool answers(struct ust_model *model, const struct ust_data *data, uint32_t region)
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

/* Copying goes on where both ends live and are connected. */
static void review(struct ust_model *model, struct ust_data *data)
{
    ust_time now = model->engine.now;
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        struct ust_replica *replica = &data->replica[r];
        if (!replica->exists || r == data->primary)
            continue;
        look_at(model, data, replica);
        bool halted = !data->alive || !answers(model, data, r) ||
                      ust_cut_between(model, data->primary, r);
        if (replica->halted && !halted)
            replica->free = now;
        replica->halted = halted;
    }
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
static void tell_loss(struct ust_model *model, const struct ust_data *data, double lost_s,
                      double writes)
{
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
    tell(model, data, "writes_lost", writes);
}

static void unpark(struct ust_model *model, struct ust_data *data)
{
    while (data->alive && data->parked != UST_NONE)
        ust_calls_unpark(model, data->parked);
}

/* The replica is the primary now. What it lacks is lost where the old one is dead, and was
 * copied before where it lives. */
static void promote(struct ust_model *model, struct ust_data *data, uint32_t region)
{
    struct ust_replica *chosen = &data->replica[region];
    ust_time now = model->engine.now;
    look_at(model, data, chosen);
    if (!data->alive)
        tell_loss(model, data,
                  chosen->n == 0 ? 0 : (double)(data->lost - group_at(chosen, 0)->at) / 1e9,
                  backlog(chosen));
    uint32_t old = data->primary;
    ust_cancel(&model->engine, data->promotion);
    data->primary = region;
    data->alive = answers(model, data, region);
    for (uint32_t r = 0; r < model->config->regions_n; r++) {
        struct ust_replica *replica = &data->replica[r];
        if (!replica->exists)
            continue;
        clear(replica, now); /* it follows the new primary, from where that is */
        replica->lag = ust_dist_time(&data->config->lag, &data->lags);
    }
    data->replica[old].halted = !answers(model, data, old);
    tell(model, data, "data_promoted", (double)NAN);
    review(model, data);
    unpark(model, data);
}

static void on_promotion(void *context, uint64_t service)
{
    struct ust_model *model = context;
    struct ust_data *data = model->data[service];
    uint32_t best = UST_NONE;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (data->replica[r].exists && r != data->primary && answers(model, data, r) &&
            (best == UST_NONE ||
             behind(&data->replica[r], data->lost) < behind(&data->replica[best], data->lost)))
            best = r;
    if (best != UST_NONE)
        promote(model, data, best);
}

/* Does a failover plan promote this service's data? Then it does so alone. */
static bool planned(const struct ust_model *model, uint32_t service)
{
    const struct ust_failover *failover = model->failover;
    for (uint32_t i = 0; failover != NULL && i < failover->config->plan.n; i++)
        if (failover->config->steps[i].scope.promotes &&
            failover->config->steps[i].services[service])
            return true;
    return false;
}

/* A standby that cannot take over yet is looked at again when it is back. */
static void plan_promotion(struct ust_model *model, struct ust_data *data)
{
    if (!data->config->automatic || planned(model, data->service))
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
        review(model, data);
        if (!data->alive && works && !ust_timer_is_pending(&model->engine, data->promotion))
            plan_promotion(model, data);
        return;
    }
    if (works == data->alive)
        return;
    review(model, data); /* until now it was as it was */
    data->alive = works;
    if (works) {
        ust_cancel(&model->engine, data->promotion);
    } else {
        data->lost = model->engine.now;
        plan_promotion(model, data);
    }
    tell(model, data, works ? "primary_back" : "primary_lost", (double)NAN);
    review(model, data);
    unpark(model, data);
}

void ust_data_cut(struct ust_model *model)
{
    for (uint32_t s = 0; model->data != NULL && s < model->config->services_n; s++)
        if (model->data[s] != NULL)
            review(model, model->data[s]);
}

void ust_data_written(struct ust_model *model, const struct ust_pool *pool)
{
    struct ust_data *data = pool->data;
    if (pool->config->region != data->primary)
        return; /* it has been demoted meanwhile: what is written there leads nowhere */
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if (data->replica[r].exists && r != data->primary)
            add_write(data, &data->replica[r], model->engine.now);
}

void ust_data_promote(struct ust_model *model, uint32_t service, uint32_t region)
{
    struct ust_data *data = data_of(model, service);
    if (data != NULL && data->replica[region].exists && data->primary != region)
        promote(model, data, region);
}

double ust_data_behind(struct ust_model *model, uint32_t service, uint32_t region)
{
    struct ust_data *data = data_of(model, service);
    if (data == NULL || !data->replica[region].exists || data->primary == region)
        return 0;
    settle(data, &data->replica[region], model->engine.now);
    return behind(&data->replica[region], last_of(model, data));
}

bool ust_data_read(struct ust_model *model, const struct ust_pool *pool, double *lag_s,
                   double *lacks)
{
    struct ust_data *data = pool->data;
    if (data == NULL || !data->replica[pool->config->region].exists)
        return false;
    struct ust_replica *replica = &data->replica[pool->config->region];
    if (pool->config->region != data->primary)
        look_at(model, data, replica);
    *lag_s = behind(replica, last_of(model, data)) / 1e9;
    *lacks = backlog(replica);
    return true;
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
                              .lags = stream(model, service, "lag"),
                              .promotions = stream(model, service, "promotion"),
                              .replica = ust_arena_alloc(model->arena, struct ust_replica, n)};
    for (uint32_t r = 0; r < n; r++) {
        struct ust_replica *replica = &data->replica[r];
        replica->exists = r == config->primary || (config->replicas >> r & 1) != 0;
        if (!replica->exists)
            continue;
        replica->lag = ust_dist_time(&config->lag, &data->lags);
        replica->group =
            ust_arena_alloc(model->arena, struct ust_replica_group, UST_REPLICA_GROUPS);
        clear(replica, 0);
        ust_pool_of(model, service, r)->data = data;
    }
    data->alive = answers(model, data, data->primary);
    review(model, data);
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
    model->data = ust_arena_alloc(model->arena, struct ust_data *, config->services_n);
    for (uint32_t s = 0; s < config->services_n; s++)
        if (config->services[s].data != NULL)
            model->data[s] = make(model, s);
}
