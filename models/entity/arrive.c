/* The way of one launch, from the request to an instance that serves.
 *
 *   starting ─request─▶ backlog ─token─▶ API ─answer─▶ provision, boot, ready ──▶ up, slow at
 * first └─ refused: launch.c looks elsewhere, or later
 *
 * Where nothing limits the region's supply, a launch is one event from the decision to the
 * instance that serves.
 */
#include "models/entity/nodes.h"
#include "models/entity/pool.h"
#include "models/entity/sharing.h"

/* A new instance becomes as fast as the others in so many steps. */
#define WARMING_STEPS 20

static const struct ust_machine *machine_of(const struct ust_pool *pool, uint32_t type)
{
    return &pool->config->launching.machines[type];
}

static ust_time stage(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->type == NULL ? 0 : ust_dist_time(dist, rng);
}

/* Every launch draws all its stages, whatever comes of it, so that launches stay in step. */
struct ust_launch_draw ust_launch_draw_stages(const struct ust_launch *how, struct ust_rng *rng)
{
    struct ust_launch_draw drawn;
    drawn.request = stage(&how->request, rng);
    drawn.provision = stage(&how->provision, rng);
    drawn.rest = stage(&how->boot, rng);
    drawn.rest += stage(&how->ready, rng);
    drawn.rest += stage(&how->health, rng);
    drawn.fails = ust_rng_unit(rng) < how->failure;
    return drawn;
}

/* The request is granted: a machine comes, or fails to. */
static void provision(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                      ust_time after)
{
    const struct ust_launch_draw *drawn = &pool->launching.draw[number];
    ust_time at = model->engine.now + after + drawn->provision;
    if (!drawn->fails)
        at += drawn->rest;
    ust_schedule(&model->engine, at, UST_LANE_CONTROL,
                 drawn->fails ? model->on.launch_failed : model->on.launched,
                 ust_instance_ticket(pool, number));
}

/* The API has taken the request. */
static void accepted(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    const struct ust_launch_draw *drawn = &pool->launching.draw[number];
    if (!pool->launching.checks) {
        provision(model, pool, number, drawn->request);
        return;
    }
    ust_schedule(&model->engine, model->engine.now + drawn->request, UST_LANE_CONTROL,
                 model->on.launch_answered, ust_instance_ticket(pool, number));
}

static void on_accepted(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    const struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_STARTING)
        ust_supply_refund(model, pool->config->region); /* called off while it waited */
    else
        accepted(model, pool, number);
}

enum ust_refusal ust_launch_answer(struct ust_model *model, struct ust_pool *pool,
                                   uint32_t zone, uint32_t type)
{
    if (pool->faults.dead_zones >> zone & 1)
        return UST_ZONE_LOST;
    if (ust_failure_refuses(model, pool, zone, machine_of(pool, type)->type))
        return UST_NO_CAPACITY;
    enum ust_refusal why = ust_supply_take(model, pool->config->region, zone,
                                           machine_of(pool, type)->type, pool->config->vcpu);
    if (why == UST_GRANTED)
        pool->launching.refusals[zone * pool->launching.types + type] = 0;
    return why;
}

/* The machine does not come, or a warm one does not start. */
static void call_off(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                     enum ust_refusal why)
{
    struct ust_instance *instance = &pool->instances[number];
    uint32_t zone = instance->zone, type = instance->type;
    pool->starting--;
    pool->launching.surplus -= pool->launching.surplus > 0;
    if (pool->launching.draw[number].warm)
        (void)ust_warm_return(model, pool, number);
    ust_retire_off(model, pool, number);
    ust_launch_refused(model, pool, zone, type, why, false);
}

static void on_answered(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_STARTING)
        return;
    if (!instance->machine) { /* a warm one that runs has its own */
        enum ust_refusal why = ust_launch_answer(model, pool, instance->zone, instance->type);
        if (why != UST_GRANTED) {
            call_off(model, pool, number, why);
            return;
        }
        instance->machine = true;
    }
    provision(model, pool, number, 0);
}

void ust_launch_placed(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    provision(model, pool, number, pool->launching.draw[number].request);
}

static uint32_t free_number(const struct ust_pool *pool)
{
    uint32_t number = 0;
    while (number < pool->instances_max && pool->instances[number].state != UST_OFF)
        number++;
    return number;
}

/* A warm machine starts instead of coming up from nothing. */
static void start_warm(struct ust_pool *pool, struct ust_launch_draw *drawn)
{
    const struct ust_warm_config *warm = &pool->config->launching.warm;
    const struct ust_dist *health = &pool->config->persona->launch.health;
    drawn->warm = true;
    drawn->fails = false;
    drawn->request = 0; /* `start` covers it */
    drawn->provision = stage(&warm->start, &pool->launching.warm.rng);
    drawn->rest = stage(&warm->ready, &pool->launching.warm.rng);
    drawn->rest += stage(health, &pool->launching.warm.rng);
}

static void ask(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (ust_supply_request(model, pool->config->region, model->on.launch_accepted,
                           ust_instance_ticket(pool, number)))
        accepted(model, pool, number);
}

bool ust_launch_one(struct ust_model *model, struct ust_pool *pool)
{
    uint32_t number = free_number(pool);
    if (number == pool->instances_max)
        return false; /* those that drain still hold their numbers; the next call tries again */
    struct ust_warm warm = {0};
    struct ust_launch_choice choice;
    ust_launch_count(pool);
    bool waited = pool->launching.warm.capacity > 0 &&
                  ust_warm_take(model, pool, pool->launching.count, &warm);
    choice = waited ? (struct ust_launch_choice){true, warm.zone, warm.type}
                    : ust_launch_where(model, pool);
    if (!choice.launch)
        return false;
    struct ust_instance *instance = &pool->instances[number];
    const struct ust_machine *machine = machine_of(pool, choice.type);
    uint32_t epoch = instance->epoch + 1;
    struct ust_sharing *sharing = instance->sharing;
    ust_apart_stops_io(pool, instance, model->engine.now);
    *instance = (struct ust_instance){.state = UST_STARTING,
                                      .zone = (uint8_t)choice.zone,
                                      .type = (uint8_t)choice.type,
                                      .machine = warm.machine,
                                      .node = UST_NONE,
                                      .epoch = epoch,
                                      .slots = pool->config->slots,
                                      .slots_full = pool->config->slots,
                                      .room = instance->room,
                                      .first = {.next = UST_NONE},
                                      .sharing = sharing,
                                      .apart = instance->apart,
                                      .stretch = pool->faults.slow / machine->work_rate,
                                      .launched = model->engine.now,
                                      .changed = model->engine.now,
                                      .memory_since = model->engine.now,
                                      .ready = UST_NEVER};
    if (sharing != NULL)
        sharing->cpu_ns = 0;
    if (instance->room != NULL)
        ust_room_clear(pool, instance);
    pool->outstanding[number] = 0;
    pool->weight[number] = pool->config->slots;
    pool->starting++;
    ust_pool_capacity(model, pool);
    struct ust_launch_draw *drawn = &pool->launching.draw[number];
    *drawn = ust_launch_draw_stages(&machine->persona->launch, &pool->launches);
    if (waited)
        start_warm(pool, drawn);
    else if (!pool->launching.checks) /* nobody but a fault can refuse; it does so at the end */
        drawn->fails |= ust_failure_refuses(model, pool, choice.zone, machine->type);
    if (pool->launching.nodes != NULL)
        ust_nodes_pod(model, pool, number);
    else
        ask(model, pool, number);
    return true;
}

/* ---- up, and slow at first ---- */

static void on_warmer(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state == UST_OFF)
        return;
    const struct ust_launch *how = &machine_of(pool, instance->type)->persona->launch;
    ust_time age = model->engine.now - instance->cold;
    instance->warming = 0;
    if (age < how->warm_up) {
        instance->warming = (how->slowdown - 1) * (1 - (double)age / (double)how->warm_up);
        ust_time step = how->warm_up / WARMING_STEPS > 0 ? how->warm_up / WARMING_STEPS : 1;
        ust_schedule(&model->engine, model->engine.now + step, UST_LANE_CONTROL,
                     model->on.warmer, argument);
    }
    ust_instance_slow(model, pool, number);
    ust_pool_capacity(model, pool);
}

void ust_launch_chill(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    const struct ust_launch *how = &machine_of(pool, instance->type)->persona->launch;
    ust_cache_chill(model, pool, number);
    if (how->warm_up == 0 || how->slowdown <= 1)
        return;
    instance->cold = model->engine.now;
    on_warmer(model, ust_instance_ticket(pool, number));
}

/* What was launched beyond the wanted number is up: one of the fullest zone may go. */
static void make_even(struct ust_model *model, struct ust_pool *pool)
{
    pool->launching.surplus--;
    uint32_t number = ust_retire_choose(model, pool, UST_RETIRE_UP);
    if (ust_launch_present(pool) > pool->desired + pool->launching.surplus &&
        number != UST_NONE)
        ust_retire(model, pool, number);
    ust_launch_fill(model, pool);
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
    if (!ust_launch_works(model, pool) || zone_lost) {
        /* What was on its way when the control plane went down never arrives. */
        ust_retire_off(model, pool, number);
        ust_launch_fill(model, pool);
        return;
    }
    instance->state = UST_UP;
    instance->ready = model->engine.now;
    ust_failure_joins(model, pool, number);
    ust_launch_chill(model, pool, number);
    ust_pool_believe(model, pool, number, true); /* `ready` ends with its first health pass */
    ust_health_watch(model, pool, number);
    ust_pool_moment(model, pool, "instance_ready", number + 1, NULL);
    ust_refresh_joined(model, pool);
    if (pool->launching.surplus > 0)
        make_even(model, pool);
}

static void on_launch_failed(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    const struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_STARTING)
        return;
    uint32_t zone = instance->zone, type = instance->type;
    pool->starting--;
    ust_retire_off(model, pool, number);
    ust_pool_moment(model, pool, "launch_failed", number + 1, NULL);
    ust_launch_missed(model, pool, zone, type);
}

/* ---- beginning ---- */

void ust_arrive_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.launched = ust_engine_handler(engine, on_launched, model);
    model->on.launch_failed = ust_engine_handler(engine, on_launch_failed, model);
}

void ust_launch_more_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.launch_accepted = ust_engine_handler(engine, on_accepted, model);
    model->on.launch_answered = ust_engine_handler(engine, on_answered, model);
    model->on.warmer = ust_engine_handler(engine, on_warmer, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists || pool->config->launching.nodes > 0)
            continue; /* a pod's machine is its node */
        for (uint32_t i = 0; i < pool->config->instances; i++) {
            pool->instances[i].machine = true;
            ust_supply_holds(model, pool->config->region, pool->config->vcpu);
        }
    }
}
