/* Instance refresh: all instances of a pool are replaced, a few at a time, within limits on how
 * many serve meanwhile and how many run.
 *
 *   stale ──terminated, where enough are healthy──▶ off ──filled again──▶ starting ──▶ up
 * ──warm-up──▶ counts
 *
 * Healthy are the stale ones in service, and new ones whose warm-up is over. With a maximum
 * over 100 % the new ones are launched first. At a checkpoint it waits.
 */
#include "models/entity/pool.h"
#include "sim/base/detmath.h"

/* Between two looks; what ends a wait looks by itself. */
#define LOOK (15 * UST_S)

struct numbers {
    int64_t stale, fresh, healthy;
};

static struct numbers count(const struct ust_model *model, const struct ust_pool *pool)
{
    struct numbers n = {0};
    ust_time warm_up = pool->config->launching.refresh.warm_up;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *it = &pool->instances[i];
        if (it->state != UST_UP || !it->believed)
            continue;
        bool warm = it->ready + warm_up <= model->engine.now;
        n.stale += it->stale;
        n.fresh += !it->stale && warm;
        n.healthy += it->stale || warm;
    }
    return n;
}

static int64_t at_least(int64_t x, int64_t least)
{
    return x < least ? least : x;
}

static int64_t at_most(int64_t x, int64_t most)
{
    return x > most ? most : x;
}

/* A need of 0.9 * 10 is 9, whatever the last bit of the product says. */
static int64_t round_up(double x)
{
    return (int64_t)ust_ceil(x - 1e-9);
}

static int64_t replaced_at(const struct ust_pool *pool, uint32_t checkpoint)
{
    const struct ust_refresh_config *config = &pool->config->launching.refresh;
    return round_up(config->checkpoints[checkpoint] * (double)pool->launching.refresh.total);
}

/* How many of the `total` may be replaced before the next checkpoint. */
static int64_t allowed(const struct ust_pool *pool)
{
    const struct ust_refresh_config *config = &pool->config->launching.refresh;
    const struct ust_refresh *refresh = &pool->launching.refresh;
    if (refresh->checkpoint >= config->checkpoints_n)
        return config->checkpoints_n > 0 ? 0 : refresh->total;
    return replaced_at(pool, refresh->checkpoint);
}

/* The first that has not been reached: where one machine is a large share of the group, one
 * replacement may be several checkpoints. */
static uint32_t next_checkpoint(const struct ust_pool *pool, struct numbers n)
{
    const struct ust_refresh *refresh = &pool->launching.refresh;
    int64_t done = at_most(n.fresh, refresh->total - n.stale);
    uint32_t next = refresh->checkpoint;
    while (next < pool->config->launching.refresh.checkpoints_n &&
           done >= replaced_at(pool, next))
        next++;
    return next;
}

static void end(struct ust_model *model, struct ust_pool *pool, int64_t replaced)
{
    pool->launching.refresh.active = false;
    pool->launching.refresh.surplus = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        pool->instances[i].stale = false;
    ust_pool_moment(model, pool, "refresh_done", (double)replaced, NULL);
    ust_launch_fill(model, pool);
}

/* True: it has to wait, or is over. */
static bool at_checkpoint(struct ust_model *model, struct ust_pool *pool, struct numbers n)
{
    const struct ust_refresh_config *config = &pool->config->launching.refresh;
    struct ust_refresh *refresh = &pool->launching.refresh;
    ust_time now = model->engine.now;
    if (now < refresh->until)
        return true;
    uint32_t next = next_checkpoint(pool, n);
    if (next == refresh->checkpoint)
        return false;
    refresh->checkpoint = next;
    if (next == config->checkpoints_n)
        return false; /* the last one is the end */
    ust_pool_moment(model, pool, "refresh_checkpoint", config->checkpoints[next - 1], NULL);
    refresh->until = now + config->delay;
    ust_schedule(&model->engine, refresh->until, UST_LANE_CONTROL, model->on.refresh,
                 pool->number);
    return config->delay > 0;
}

static void replace_some(struct ust_model *model, struct ust_pool *pool, struct numbers n)
{
    const struct ust_refresh_config *config = &pool->config->launching.refresh;
    struct ust_refresh *refresh = &pool->launching.refresh;
    double desired = (double)pool->desired;
    int64_t floor = round_up(config->min_healthy * desired);
    int64_t most = (int64_t)(config->max_healthy * desired + 1e-9);
    int64_t left = at_most(allowed(pool) - (refresh->total - n.stale), n.stale);
    int64_t go = n.healthy - floor;
    /* 100 % and 100 %: one at a time. */
    if (floor >= pool->desired && most <= pool->desired)
        go = n.healthy >= pool->desired ? 1 : 0;
    for (go = at_most(go, left); go > 0; go--, left--)
        ust_retire(model, pool, ust_retire_choose(model, pool, UST_RETIRE_STALE));
    refresh->surplus = (uint32_t)at_least(at_most(most - pool->desired, left), 0);
    ust_launch_fill(model, pool);
}

static bool over(const struct ust_pool *pool, struct numbers n)
{
    const struct ust_refresh_config *config = &pool->config->launching.refresh;
    if (config->checkpoints_n > 0 &&
        pool->launching.refresh.checkpoint == config->checkpoints_n)
        return true; /* it ends at the last */
    return n.stale == 0 && n.healthy >= pool->desired;
}

void ust_refresh_look(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_refresh *refresh = &pool->launching.refresh;
    if (!refresh->active || !ust_launch_works(model, pool))
        return;
    struct numbers n = count(model, pool);
    if (at_checkpoint(model, pool, n))
        return;
    if (!over(pool, n)) {
        replace_some(model, pool, n);
        n = count(model, pool);
    }
    if (over(pool, n))
        end(model, pool, refresh->total - n.stale);
}

static void begin(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_refresh *refresh = &pool->launching.refresh;
    *refresh = (struct ust_refresh){.begun = true, .active = true};
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_instance *it = &pool->instances[i];
        it->stale = it->state == UST_UP || it->state == UST_STARTING;
        refresh->total += it->stale;
    }
    ust_pool_moment(model, pool, "refresh_start", (double)refresh->total, NULL);
}

static void on_refresh(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    const struct ust_refresh *refresh = &pool->launching.refresh;
    /* Once: where launches and warm-up take no time, all of it happens in this instant. */
    if (model->engine.now == pool->config->launching.refresh.at && !refresh->begun)
        begin(model, pool);
    ust_refresh_look(model, pool);
    if (refresh->active && !ust_timer_is_pending(&model->engine, pool->launching.refresh.look))
        pool->launching.refresh.look =
            ust_schedule(&model->engine, model->engine.now + LOOK, UST_LANE_CONTROL,
                         model->on.refresh, number);
}

void ust_refresh_joined(struct ust_model *model, struct ust_pool *pool)
{
    if (pool->launching.refresh.active)
        ust_schedule(&model->engine,
                     model->engine.now + pool->config->launching.refresh.warm_up,
                     UST_LANE_CONTROL, model->on.refresh, pool->number);
}

void ust_refresh_start(struct ust_model *model)
{
    model->on.refresh = ust_engine_handler(&model->engine, on_refresh, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        if (pool->config->exists && pool->config->launching.refresh.at != UST_NEVER)
            ust_schedule(&model->engine, pool->config->launching.refresh.at, UST_LANE_CONTROL,
                         model->on.refresh, p);
    }
}
