/* Launches: brings a pool to the number that its policy wants, with its zones even.
 *
 *   off ──launch──▶ starting: request, provision, boot, ready ──▶ up ──terminate──▶ draining
 *                        └─ fails after provision, tried again later
 */
#include "models/entity/pool.h"
#include "models/entity/sharing.h"

/* ---- launches ---- */

/* The zone with the fewest instances, the first of equals; not one that is lost. */
static uint8_t emptiest_zone(const struct ust_model *model, const struct ust_pool *pool)
{
    uint32_t count[UST_ZONES_MAX] = {0};
    uint64_t dead = pool->faults.dead_zones;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_STARTING || pool->instances[i].state == UST_UP)
            count[pool->instances[i].zone]++;
    uint32_t best = 0;
    for (uint32_t z = 1; z < model->config->regions[pool->config->region].zones; z++)
        if (dead >> best & 1 ? !(dead >> z & 1) : !(dead >> z & 1) && count[z] < count[best])
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
                                      .stretch = pool->faults.slow / pool->config->work_rate,
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
    fails |= ust_failure_refuses(pool, zone);
    ust_schedule(&model->engine, model->engine.now + (fails ? provisioned : up),
                 UST_LANE_CONTROL, fails ? model->on.launch_failed : model->on.launched,
                 ust_instance_ticket(pool, number));
}

static bool control_plane_works(const struct ust_model *model, const struct ust_pool *pool)
{
    return !pool->faults.no_launches && !pool->faults.no_control &&
           !model->regions[pool->config->region].down;
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
    bool zone_lost = (pool->faults.dead_zones >> instance->zone & 1) != 0;
    if (!control_plane_works(model, pool) || zone_lost) {
        /* What was on its way when the control plane went down never arrives. */
        switch_off(model, pool, number);
        ust_launch_fill(model, pool);
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
    ust_pool_leave(model, pool, number);
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

void ust_launch_fill(struct ust_model *model, struct ust_pool *pool)
{
    int64_t have = present(pool);
    if (pool->faults.no_control)
        return;
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
    ust_launch_fill(model, &model->pools[number]);
}

/* An instance that its health check gave up is terminated and replaced, where the pool scales;
 * a fixed pool waits for it to come back. */
void ust_launch_replace(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (pool->scaler->period(pool->config->scaler.params) == 0)
        return;
    if (!control_plane_works(model, pool))
        return;
    terminate(model, pool, number);
    ust_launch_fill(model, pool);
}

void ust_launch_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.launched = ust_engine_handler(engine, on_launched, model);
    model->on.launch_failed = ust_engine_handler(engine, on_launch_failed, model);
    model->on.relaunch = ust_engine_handler(engine, on_relaunch, model);
}
