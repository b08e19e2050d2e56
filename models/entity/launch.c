/* Launches: brings a pool to the number that its policy wants, with its zones even: where the
 * next machine is asked for, what a refusal leads to, when it is time to look again. The way of
 * one launch is in arrive.c.
 */
#include "models/entity/pool.h"

bool ust_launch_works(const struct ust_model *model, const struct ust_pool *pool)
{
    return !pool->faults.no_launches && !pool->faults.no_control &&
           !model->regions[pool->config->region].down;
}

/* ---- where, and of which type ---- */

void ust_launch_count(struct ust_pool *pool)
{
    uint32_t *count = pool->launching.count;
    for (uint32_t zone = 0; zone < pool->launching.zones; zone++)
        count[zone] = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_STARTING || pool->instances[i].state == UST_UP)
            count[pool->instances[i].zone]++;
}

struct ust_launch_choice ust_launch_where(const struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_launching *launching = &pool->launching;
    /* The plain rule has no memory of refusals; it knows which zones are lost. */
    for (uint32_t zone = 0; launching->launcher->plain && zone < launching->zones; zone++)
        for (uint32_t type = 0; type < launching->types; type++)
            launching->open_at[zone * launching->types + type] =
                pool->faults.dead_zones >> zone & 1 ? UST_NEVER : 0;
    struct ust_launch_view view = {.now = model->engine.now,
                                   .zones = launching->zones,
                                   .types = launching->types,
                                   .count = launching->count,
                                   .open_at = launching->open_at,
                                   .price = launching->price};
    struct ust_launch_choice choice =
        launching->launcher->choose(pool->config->launching.launcher.params, &view);
    choice.launch |= launching->launcher->plain; /* it asks, even where all zones are lost */
    return choice;
}

/* Looks again when the first of the closed offerings opens. */
static void plan_wake(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_launching *launching = &pool->launching;
    ust_time first = UST_NEVER;
    for (uint32_t i = 0; i < launching->zones * launching->types; i++)
        if (launching->open_at[i] > model->engine.now && launching->open_at[i] < first)
            first = launching->open_at[i];
    if (ust_timer_is_pending(&model->engine, launching->wake) && launching->wake_at == first)
        return;
    ust_cancel(&model->engine, launching->wake);
    launching->wake_at = first;
    if (first != UST_NEVER)
        launching->wake = ust_schedule(&model->engine, first, UST_LANE_CONTROL,
                                       model->on.relaunch, pool->number);
}

/* ---- refused ---- */

static const char *refusal_text(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                                uint32_t type, enum ust_refusal why)
{
    uint32_t offering = zone * pool->launching.types + type;
    const char **text = &pool->launching.refused_text[offering * UST_REFUSALS + (uint32_t)why];
    const char *name = pool->config->launching.machines[type].persona->name;
    if (*text != NULL)
        return *text;
    if (why == UST_NO_QUOTA)
        *text = ust_arena_printf(model->arena, "account quota of %g vCPU",
                                 model->regions[pool->config->region].supply.config->quota);
    else
        *text = ust_arena_printf(model->arena, "%s: %s in zone %u",
                                 why == UST_ZONE_LOST ? "zone lost" : "no capacity",
                                 name != NULL ? name : "instance", zone + 1);
    return *text;
}

/* A refusal closes the offering for a while; one that was already closed when it came (several
 * requests were under way) says nothing new. A quota closes them all. */
static bool close_offering(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                           uint32_t type, enum ust_refusal why)
{
    struct ust_launching *launching = &pool->launching;
    ust_time now = model->engine.now;
    const uint32_t refused = zone * launching->types + type;
    /* The plain launcher closes nothing. */
    bool news = launching->launcher->plain && launching->told_at[refused] != now;
    uint32_t n = launching->launcher->plain ? 0 : launching->zones * launching->types;
    launching->told_at[refused] = now;
    for (uint32_t i = 0; i < n; i++) {
        bool mine = i == refused;
        if ((!mine && why != UST_NO_QUOTA) || launching->open_at[i] > now)
            continue;
        launching->refusals[i]++;
        launching->open_at[i] =
            now + launching->launcher->pause(pool->config->launching.launcher.params,
                                             launching->refusals[i]);
        news = true;
    }
    return news;
}

#define OF_WARM_POOL ((uint64_t)1 << 32) /* above the number of the pool */

/* A launch waits for itself: those that are wanted besides do not wait with it, and no policy
 * that asks more often has it tried sooner. */
static void try_later(struct ust_model *model, struct ust_pool *pool, bool warm)
{
    if (warm)
        pool->launching.warm.resting++;
    else
        pool->launching.resting++;
    ust_schedule(&model->engine, model->engine.now + pool->config->persona->launch.retry,
                 UST_LANE_CONTROL, model->on.relaunch,
                 pool->number | (warm ? OF_WARM_POOL : 0));
}

/* Elsewhere at once, or here later. */
static void again(struct ust_model *model, struct ust_pool *pool, bool warm)
{
    if (pool->launching.launcher->plain)
        try_later(model, pool, warm);
    else
        ust_launch_fill(model, pool);
}

void ust_launch_refused(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                        uint32_t type, enum ust_refusal why, bool warm)
{
    if (close_offering(model, pool, zone, type, why))
        ust_pool_moment(model, pool, why == UST_NO_QUOTA ? "quota_reached" : "launch_refused",
                        zone + 1, refusal_text(model, pool, zone, type, why));
    again(model, pool, warm);
}

void ust_launch_missed(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                       uint32_t type)
{
    (void)close_offering(model, pool, zone, type, UST_NO_CAPACITY);
    again(model, pool, false);
}

/* ---- towards the wanted number ---- */

int64_t ust_launch_present(const struct ust_pool *pool)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        n += pool->instances[i].state == UST_STARTING || pool->instances[i].state == UST_UP;
    return n;
}

/* Zones that differ by two or more are evened: what is launched beyond the wanted number comes
 * up before the fullest zone loses as many. */
static void rebalance(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_launching *launching = &pool->launching;
    uint32_t margin =
        launching->launcher->margin(pool->config->launching.launcher.params, pool->max);
    while (launching->surplus < margin) {
        ust_launch_count(pool);
        struct ust_launch_choice choice = ust_launch_where(model, pool);
        uint32_t most = 0;
        for (uint32_t zone = 0; zone < launching->zones; zone++)
            most = launching->count[zone] > most ? launching->count[zone] : most;
        if (!choice.launch || most < launching->count[choice.zone] + 2)
            return;
        launching->surplus++;
        if (!ust_launch_one(model, pool)) {
            launching->surplus--;
            return;
        }
    }
}

void ust_launch_fill(struct ust_model *model, struct ust_pool *pool)
{
    int64_t have = ust_launch_present(pool), wanted = pool->desired + pool->launching.surplus;
    wanted += pool->launching.refresh.surplus;
    if (pool->faults.no_control)
        return;
    for (; have > wanted; have--)
        ust_retire(model, pool, ust_retire_choose(model, pool, UST_RETIRE_ANY));
    if (!ust_launch_works(model, pool))
        return; /* asked again when it is back, and at the policy's next call */
    while (have + pool->launching.resting < wanted && ust_launch_one(model, pool))
        have++;
    if (have >= wanted && pool->launching.warm.capacity > 0)
        ust_warm_fill(model, pool);
    if (pool->launching.launcher->plain)
        return;
    if (have == wanted && pool->starting == 0 && !pool->launching.refresh.active)
        rebalance(model, pool);
    plan_wake(model, pool);
}

static void on_relaunch(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[(uint32_t)number];
    if (pool->launching.launcher->plain && number & OF_WARM_POOL)
        pool->launching.warm.resting--;
    else if (pool->launching.launcher->plain)
        pool->launching.resting--;
    ust_launch_fill(model, pool);
}

bool ust_launch_manages(const struct ust_pool *pool)
{
    const struct ust_pool_config *config = pool->config;
    return pool->scales || config->launching.warm.state != UST_WARM_NONE ||
           config->launching.refresh.at != UST_NEVER || config->launching.nodes > 0 ||
           !ust_launcher_of(config->launching.launcher.kind)->plain;
}

/* Some vendors do not ask the balancer. */
static bool replaces(const struct ust_model *model, const struct ust_pool *pool,
                     uint32_t number)
{
    const struct ust_launcher_type *launcher = pool->launching.launcher;
    const struct ust_instance *instance = &pool->instances[number];
    return launcher->replaces == NULL ||
           launcher->replaces(pool->config->launching.launcher.params, instance->down,
                              model->engine.now - instance->ready);
}

/* An instance that its health check gave up is terminated and replaced, where somebody keeps
 * the numbers; a fixed pool waits for it to come back. */
void ust_launch_replace(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (!pool->launching.managed || !replaces(model, pool, number))
        return;
    if (!ust_launch_works(model, pool))
        return;
    pool->instances[number].stale = true;
    ust_retire(model, pool, number);
    ust_launch_fill(model, pool);
}

/* ---- beginning ---- */

void ust_launch_prepare(struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_pool_config *config = pool->config;
    struct ust_launching *launching = &pool->launching;
    struct ust_arena *arena = model->arena;
    uint32_t zones = model->config->regions[config->region].zones;
    uint32_t types = config->launching.machines_n, n = zones * types;
    *launching = (struct ust_launching){
        .launcher = ust_launcher_of(config->launching.launcher.kind),
        .managed = ust_launch_manages(pool),
        .zones = zones,
        .types = types,
        .draw = ust_arena_alloc(arena, struct ust_launch_draw, pool->instances_max + 1),
        .count = ust_arena_alloc(arena, uint32_t, zones),
        .open_at = ust_arena_alloc(arena, ust_time, n),
        .refusals = ust_arena_alloc(arena, uint32_t, n),
        .refused_text = ust_arena_alloc(arena, const char *, (size_t)n *UST_REFUSALS),
        .told_at = ust_arena_alloc(arena, ust_time, n),
        .price = ust_arena_alloc(arena, double, types)};
    if (config->launching.warm.state != UST_WARM_NONE) {
        uint32_t most = pool->instances_max;
        launching->warm =
            (struct ust_warm_pool){.at = ust_arena_alloc(arena, struct ust_warm, most),
                                   .draw = ust_arena_alloc(arena, struct ust_launch_draw, most),
                                   .capacity = most};
    }
    for (uint32_t type = 0; type < types; type++)
        launching->price[type] = config->launching.machines[type].price;
    launching->checks = !launching->launcher->plain ||
                        model->config->regions[config->region].supply != NULL ||
                        ust_failure_may_refuse(model, pool);
}

void ust_launch_start(struct ust_model *model)
{
    ust_arrive_start(model);
    model->on.relaunch = ust_engine_handler(&model->engine, on_relaunch, model);
}
