/* Scaling: asks a pool's policy at its period, launches and terminates what it decides.
 *
 *   off ──launch──▶ starting: request, provision, boot, ready ──▶ up ──terminate──▶ draining
 * ──▶ off └─ fails after provision, tried again later
 */
#include <math.h>

#include "models/entity/pool.h"
#include "models/entity/sharing.h"

/* ---- launches ---- */

/* The zone with the fewest instances, the first of equals. */
static uint8_t emptiest_zone(const struct ust_model *model, const struct ust_pool *pool)
{
    uint32_t count[UST_ZONES_MAX] = {0};
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_STARTING || pool->instances[i].state == UST_UP)
            count[pool->instances[i].zone]++;
    uint32_t best = 0;
    for (uint32_t z = 1; z < model->config->regions[pool->config->region].zones; z++)
        if (count[z] < count[best])
            best = z;
    return (uint8_t)best;
}

static ust_time stage(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->type == NULL ? 0 : ust_dist_time(dist, rng);
}

static void switch_off(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    pool->instances[number].state = UST_OFF;
    pool->instances[number].epoch++;
    ust_pool_capacity(model, pool);
}

static void launch(struct ust_model *model, struct ust_pool *pool)
{
    uint32_t number = 0;
    while (number < pool->instances_max && pool->instances[number].state != UST_OFF)
        number++;
    if (number == pool->instances_max)
        return; /* those that drain still hold their numbers; the next call tries again */
    struct ust_instance *instance = &pool->instances[number];
    const struct ust_launch *how = &pool->config->persona->launch;
    uint8_t zone = emptiest_zone(model, pool);
    uint32_t epoch = instance->epoch + 1;
    struct ust_sharing *sharing = instance->sharing;
    *instance = (struct ust_instance){.state = UST_STARTING,
                                      .zone = zone,
                                      .epoch = epoch,
                                      .slots = pool->config->slots,
                                      .slots_full = pool->config->slots,
                                      .head = UST_NONE,
                                      .tail = UST_NONE,
                                      .sharing = sharing,
                                      .stretch = pool->slow / pool->config->work_rate,
                                      .launched = model->engine.now,
                                      .changed = model->engine.now,
                                      .memory_since = model->engine.now,
                                      .ready = UST_NEVER};
    if (sharing != NULL)
        sharing->cpu_ns = 0;
    pool->outstanding[number] = 0;
    pool->weight[number] = pool->config->slots;
    pool->starting++;
    ust_pool_capacity(model, pool);
    /* Every launch draws all its stages, whatever comes of it, so that launches stay in step.
     */
    ust_time provisioned = stage(&how->request, &pool->launches);
    provisioned += stage(&how->provision, &pool->launches);
    ust_time up = provisioned + stage(&how->boot, &pool->launches);
    up += stage(&how->ready, &pool->launches);
    bool fails = ust_rng_unit(&pool->launches) < how->failure;
    ust_schedule(&model->engine, model->engine.now + (fails ? provisioned : up),
                 UST_LANE_CONTROL, fails ? model->on.launch_failed : model->on.launched,
                 ust_instance_ticket(pool, number));
}

static bool control_plane_works(const struct ust_model *model, const struct ust_pool *pool)
{
    return !pool->no_launches && !model->regions[pool->config->region].down;
}

static void on_launched(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_STARTING)
        return;
    pool->starting--;
    if (!control_plane_works(model, pool)) {
        /* What was on its way when the control plane went down never arrives. */
        switch_off(model, pool, number);
        return;
    }
    instance->state = UST_UP;
    instance->ready = model->engine.now;
    ust_failure_joins(model, pool, number);
    ust_pool_believe(model, pool, number, true); /* `ready` ends with its first health pass */
    ust_health_watch(model, pool, number);
    ust_pool_moment(model, pool, "instance_ready", number + 1, NULL);
}

static void on_launch_failed(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    const struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_STARTING)
        return;
    pool->starting--;
    switch_off(model, pool, number);
    ust_pool_moment(model, pool, "launch_failed", number + 1, NULL);
    ust_schedule(&model->engine, model->engine.now + pool->config->persona->launch.retry,
                 UST_LANE_CONTROL, model->on.relaunch, pool->number);
}

/* ---- towards the wanted number ---- */

static int64_t present(const struct ust_pool *pool)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        n += pool->instances[i].state == UST_STARTING ||
             (pool->instances[i].state == UST_UP && pool->instances[i].believed);
    return n;
}

void ust_pool_drained(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->busy > 0 || instance->waiting > 0)
        return;
    while (instance->head != UST_NONE)
        if (ust_pool_first_waiting(model, instance) != UST_NONE)
            return;
    switch_off(model, pool, number);
}

static void terminate(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    ust_pool_believe(model, pool, number, false);
    if (instance->state == UST_STARTING)
        pool->starting--;
    if (instance->state == UST_STARTING || instance->down) {
        switch_off(model, pool, number);
        return;
    }
    instance->state = UST_DRAINING;
    ust_pool_drained(model, pool, number);
    ust_pool_capacity(model, pool);
}

/* The one to go: still starting before up, from the fullest zone, the youngest of these. */
static uint32_t victim(const struct ust_pool *pool)
{
    uint32_t zone[UST_ZONES_MAX] = {0}, best = UST_NONE;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_UP || pool->instances[i].state == UST_STARTING)
            zone[pool->instances[i].zone]++;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *it = &pool->instances[i];
        if (it->state != UST_STARTING && !(it->state == UST_UP && it->believed))
            continue;
        if (best == UST_NONE) {
            best = i;
            continue;
        }
        const struct ust_instance *other = &pool->instances[best];
        if (it->state != other->state) {
            if (it->state == UST_STARTING)
                best = i;
        } else if (zone[it->zone] != zone[other->zone]) {
            if (zone[it->zone] > zone[other->zone])
                best = i;
        } else if (it->launched > other->launched) {
            best = i;
        }
    }
    return best;
}

void ust_scaling_fill(struct ust_model *model, struct ust_pool *pool)
{
    int64_t have = present(pool);
    for (; have > pool->desired; have--)
        terminate(model, pool, victim(pool));
    if (!control_plane_works(model, pool))
        return; /* asked again when it is back, and at the policy's next call */
    for (; have < pool->desired; have++)
        launch(model, pool);
}

static void on_relaunch(void *context, uint64_t number)
{
    struct ust_model *model = context;
    ust_scaling_fill(model, &model->pools[number]);
}

/* An instance that its health check gave up is terminated and replaced, where the pool scales;
 * a fixed pool waits for it to come back. */
void ust_scaling_replace(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (pool->scaler->period(pool->config->scaler.params) == 0)
        return;
    if (!control_plane_works(model, pool))
        return;
    terminate(model, pool, number);
    ust_scaling_fill(model, pool);
}

/* ---- the policy's call ---- */

/* What the metric was on one instance since the last call. */
static double reading(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance, enum ust_scaler_metric metric,
                      ust_time period)
{
    ust_time now = model->engine.now;
    double length = (double)period, vcpu = pool->config->vcpu;
    if (instance->sharing != NULL)
        ust_sharing_settle(model, pool, instance);
    double busy = (double)(instance->busy_area + (uint64_t)instance->busy * (uint64_t)now);
    double rate = vcpu < (double)pool->config->slots ? vcpu / (double)pool->config->slots : 1;
    double cpu = instance->sharing != NULL ? instance->sharing->cpu_ns : busy * rate;
    double memory =
        instance->memory_area + instance->memory_held * (double)(now - instance->memory_since);
    double value = 0;
    switch (metric) {
    case UST_SCALE_CPU:
        value = (cpu - instance->seen_cpu) / length / vcpu;
        break;
    case UST_SCALE_SLOTS:
        value = (busy - instance->seen_busy) / length / (double)pool->config->slots;
        break;
    case UST_SCALE_MEMORY:
        value = pool->config->persona->memory > 0
                    ? (memory - instance->seen_memory) / length / pool->config->persona->memory
                    : 0;
        break;
    case UST_SCALE_REQUESTS:
        value = (double)(instance->completions - instance->seen_completions) / length * 1e9;
        break;
    }
    instance->seen_cpu = cpu;
    instance->seen_busy = busy;
    instance->seen_memory = memory;
    instance->seen_completions = instance->completions;
    return value;
}

static uint32_t look(struct ust_model *model, struct ust_pool *pool, ust_time period)
{
    enum ust_scaler_metric metric = pool->scaler->metric(pool->config->scaler.params);
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_instance *instance = &pool->instances[i];
        if (instance->state != UST_UP && instance->state != UST_STARTING)
            continue;
        if (instance->state == UST_UP && !instance->believed)
            continue;
        struct ust_scaler_instance *seen = &pool->scaler_view[n++];
        *seen = (struct ust_scaler_instance){.value = (double)NAN,
                                             .launched = instance->launched,
                                             .ready = instance->ready,
                                             .changed = instance->changed,
                                             .in_service = instance->state == UST_UP};
        if (instance->state != UST_UP)
            continue;
        double value = reading(model, pool, instance, metric, period);
        /* One that came up within the period has reported for part of it only. */
        ust_time up = model->engine.now - instance->ready;
        if (instance->down)
            continue; /* the dead report nothing */
        seen->value = up < period && up > 0 ? value * (double)period / (double)up : value;
    }
    return n;
}

static void on_scale(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    const struct ust_pool_config *config = pool->config;
    ust_time period = pool->scaler->period(config->scaler.params);
    ust_schedule(&model->engine, model->engine.now + period, UST_LANE_CONTROL, model->on.scale,
                 number);
    uint32_t n = look(model, pool, period);
    if (model->regions[config->region].down)
        return; /* metrics and controller are gone with the region */
    struct ust_scaler_view view = {.now = model->engine.now,
                                   .desired = pool->desired,
                                   .min = config->min,
                                   .max = config->max,
                                   .instance = pool->scaler_view,
                                   .n = n};
    struct ust_scaler_answer answer =
        pool->scaler->target(config->scaler.params, pool->scaler_state, &view);
    int64_t wanted = answer.desired < config->min   ? config->min
                     : answer.desired > config->max ? config->max
                                                    : answer.desired;
    if (wanted != pool->desired) {
        ust_pool_moment(model, pool, wanted > pool->desired ? "scale_out" : "scale_in",
                        (double)wanted, answer.reason);
        pool->desired = wanted;
        ust_pool_capacity(model, pool);
    }
    ust_scaling_fill(model, pool);
}

void ust_scaling_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.scale = ust_engine_handler(engine, on_scale, model);
    model->on.launched = ust_engine_handler(engine, on_launched, model);
    model->on.launch_failed = ust_engine_handler(engine, on_launch_failed, model);
    model->on.relaunch = ust_engine_handler(engine, on_relaunch, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists)
            continue;
        ust_time period = pool->scaler->period(pool->config->scaler.params);
        if (period > 0)
            ust_schedule(engine, period, UST_LANE_CONTROL, model->on.scale, p);
    }
}
