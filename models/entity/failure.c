/* Failure: turns the faults of the scenario into what they do to regions, instances and
 * services.
 *
 * Several faults may act at once. An instance is down while any fault holds it; slowness
 * multiplies, error shares add up as independent chances. Which instances a partial loss takes
 * is drawn once per fault, so a ramp only ever takes more of the same.
 */
#include <math.h>

#include "models/entity/pool.h"

#define RAMP_STEPS 50 /* a ramp acts in so many steps */

static const struct ust_fault_common *common_of(const struct ust_fault *fault)
{
    return fault->config->fault.params;
}

static bool in_scope(const struct ust_fault *fault, const struct ust_pool *pool)
{
    const struct ust_fault_config *config = fault->config;
    return pool->config->exists &&
           (config->region < 0 || (uint32_t)config->region == pool->config->region) &&
           (config->service < 0 || (uint32_t)config->service == pool->config->service);
}

static bool zone_in_scope(const struct ust_fault *fault, uint32_t zone)
{
    return zone >= 64 || (fault->config->zones >> zone & 1) != 0;
}

static void hold(struct ust_model *model, struct ust_fault *fault, struct ust_pool *pool,
                 uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    fault->holds[pool->number][number] = 1;
    if (instance->claims++ == 0 && instance->state != UST_OFF &&
        instance->state != UST_STARTING)
        ust_instance_down(model, pool, number);
}

static void release(struct ust_model *model, struct ust_fault *fault, struct ust_pool *pool,
                    uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    fault->holds[pool->number][number] = 0;
    if (--instance->claims == 0 && instance->down)
        ust_instance_up(model, pool, number);
}

/* Instances in scope that the fault could take: those that run, in its own order. */
static void act_on_instances(struct ust_model *model, struct ust_fault *fault,
                             struct ust_pool *pool)
{
    uint32_t present = 0, n = fault->order_n[pool->number];
    const uint32_t *order = fault->order[pool->number];
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_instance *it = &pool->instances[order[i]];
        present += it->state != UST_OFF && zone_in_scope(fault, it->zone);
    }
    uint32_t take = (uint32_t)(fault->effect.instances_lost * present + 0.5);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = order[i];
        struct ust_instance *it = &pool->instances[number];
        bool counts = it->state != UST_OFF && zone_in_scope(fault, it->zone);
        bool wanted = counts && take > 0;
        take -= wanted;
        bool held = fault->holds[pool->number][number] != 0;
        if (wanted && !held)
            hold(model, fault, pool, number);
        else if (!wanted && held)
            release(model, fault, pool, number);
    }
}

/* Service-wide effects of all faults together. */
static void act_on_pool(struct ust_model *model, struct ust_pool *pool)
{
    double slow = 1, well = 1, slots = 1;
    bool no_launches = false;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        if (!in_scope(fault, pool))
            continue;
        slow *= fault->effect.slow;
        well *= 1 - fault->effect.errors;
        slots *= 1 - fault->effect.slots_lost;
        no_launches |= fault->effect.no_launches;
    }
    bool launches_again = pool->no_launches && !no_launches;
    pool->error_share = 1 - well;
    pool->no_launches = no_launches;
    pool->slow = slow;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_instance *instance = &pool->instances[i];
        if (instance->state == UST_OFF)
            continue;
        ust_instance_slow(model, pool, i);
        ust_instance_slots(model, pool, i,
                           (uint32_t)((double)instance->slots_full * slots + 0.5));
    }
    ust_pool_capacity(model, pool);
    if (launches_again)
        ust_launch_fill(model, pool);
}

static void act_on_region(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    bool down = false;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        bool here = fault->config->region < 0 || (uint32_t)fault->config->region == number;
        if (here && fault->effect.region_down) {
            down = true;
            region->in_flight = (uint32_t)common_of(fault)->in_flight;
        }
    }
    if (region->down == down)
        return;
    region->down = down;
    for (uint32_t service = 0; service < model->config->services_n; service++) {
        struct ust_pool *pool = ust_pool_of(model, service, number);
        if (pool->config->exists)
            ust_pool_capacity(model, pool);
    }
}

static void moment(struct ust_model *model, const struct ust_fault *fault, const char *event)
{
    ust_measure_moment(model,
                       (struct ust_moment){.at = model->engine.now,
                                           .event = event,
                                           .region = (uint32_t)(fault->config->region + 1),
                                           .service = (uint32_t)(fault->config->service + 1),
                                           .value = (double)NAN,
                                           .detail = fault->config->fault.kind->name});
}

/* What was written before the fault and had not been copied yet is lost with the region. */
static void measure_loss(struct ust_model *model, struct ust_fault *fault)
{
    if (!fault->effect.region_down && fault->effect.instances_lost < 1)
        return;
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        const struct ust_dist *lag = &model->config->services[s].replication_lag;
        if (lag->type == NULL)
            continue;
        double ns = ust_dist_sample(lag, &fault->rng);
        ust_measure_moment(model,
                           (struct ust_moment){.at = model->engine.now,
                                               .event = "data_loss_window",
                                               .region = (uint32_t)(fault->config->region + 1),
                                               .service = s + 1,
                                               .value = ns / 1e9});
    }
}

static void on_fault(void *context, uint64_t number)
{
    struct ust_model *model = context;
    const struct ust_config *config = model->config;
    struct ust_fault *fault = &model->faults[number];
    const struct ust_fault_common *common = common_of(fault);
    ust_time since = model->engine.now - config->warmup;
    double level = ust_fault_level(common, since);
    bool begins = model->engine.now == fault->config->start;
    ust_fault_effect_at(ust_fault_of(fault->config->fault.kind), fault->config->fault.params,
                        since, &fault->effect);

    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++)
        if (in_scope(fault, &model->pools[p]))
            model->pools[p].in_flight = (uint32_t)common->in_flight;
    for (uint32_t r = 0; r < config->regions_n; r++)
        act_on_region(model, r);
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!in_scope(fault, pool))
            continue;
        act_on_instances(model, fault, pool);
        act_on_pool(model, pool);
    }
    if (begins)
        moment(model, fault, "fault_start");
    if (begins)
        measure_loss(model, fault);
    if (!begins && level <= 0)
        moment(model, fault, "fault_end");

    ust_time ramp = common->ramp > common->recovery ? common->ramp : common->recovery;
    ust_time step = ramp / RAMP_STEPS > 0 ? ramp / RAMP_STEPS : 1;
    ust_time next = ust_fault_next(common, since, step);
    if (next != UST_NEVER && next + config->warmup < config->end)
        ust_schedule(&model->engine, next + config->warmup, UST_LANE_FAULT, model->on.fault,
                     number);
}

/* An instance that comes up while a fault takes its whole zone comes up dead. */
void ust_failure_joins(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    instance->claims = 0;
    instance->down = false;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        struct ust_fault *fault = &model->faults[f];
        if (fault->order == NULL)
            continue;
        fault->holds[pool->number][number] = 0;
        if (in_scope(fault, pool) && zone_in_scope(fault, instance->zone) &&
            fault->effect.instances_lost >= 1)
            hold(model, fault, pool, number);
    }
    act_on_pool(model, pool);
}

static void draw_order(struct ust_model *model, struct ust_fault *fault)
{
    uint32_t pools = model->config->services_n * model->config->regions_n;
    fault->order = ust_arena_alloc(model->arena, uint32_t *, pools);
    fault->order_n = ust_arena_alloc(model->arena, uint32_t, pools);
    fault->holds = ust_arena_alloc(model->arena, uint8_t *, pools);
    for (uint32_t p = 0; p < pools; p++) {
        struct ust_pool *pool = &model->pools[p];
        uint32_t n = pool->instances_max;
        fault->holds[p] = ust_arena_alloc(model->arena, uint8_t, n + 1);
        if (!in_scope(fault, pool))
            continue;
        uint32_t *order = ust_arena_alloc(model->arena, uint32_t, n + 1);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t j = ust_rng_below(&fault->rng, i + 1); /* Fisher and Yates, inside out */
            order[i] = order[j];
            order[j] = i;
        }
        fault->order[p] = order;
        fault->order_n[p] = n;
    }
}

void ust_failure_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->on.fault = ust_engine_handler(&model->engine, on_fault, model);
    for (uint32_t f = 0; f < config->faults_n; f++) {
        struct ust_fault *fault = &model->faults[f];
        fault->config = &config->faults[f];
        fault->effect.slow = 1;
        fault->rng = ust_rng_derive(config->seed, model->replication, fault->config->path);
        draw_order(model, fault);
        ust_schedule(&model->engine, fault->config->start, UST_LANE_FAULT, model->on.fault, f);
    }
}
