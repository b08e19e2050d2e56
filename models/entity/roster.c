/* The roster: which instances of a pool the balancer may choose from, and what each weighs.
 *
 * Those that are up, believed healthy and not ejected as outliers. Where these are fewer than
 * the panic threshold allows, belief does not count and all that are up are on it: better a few
 * requests that fail than too few instances for all of them. Who becomes healthy joins with a
 * small weight that grows, where there is a slow start.
 *
 * Cost: O(instances) per change of belief, nothing per request.
 */
#include <string.h>

#include "models/entity/pool.h"

#define SLOW_STEPS 100 /* of a slow start's window */

static bool is_up(const struct ust_instance *instance)
{
    return instance->state == UST_UP && !instance->leaving;
}

static bool is_healthy(const struct ust_pool *pool, uint32_t number)
{
    const struct ust_instance *instance = &pool->instances[number];
    return instance->believed && (pool->outliers == NULL || !pool->outliers[number].ejected);
}

/* ---- panic ---- */

static void count(const struct ust_model *model, struct ust_pool *pool)
{
    pool->up = pool->healthy = 0;
    uint32_t zones = model->config->regions[pool->config->region].zones;
    for (uint32_t z = 0; z < zones; z++)
        pool->present[z] = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        if (!is_up(&pool->instances[i]))
            continue;
        pool->up++;
        pool->healthy += is_healthy(pool, i);
        pool->present[pool->instances[i].zone]++;
    }
}

/* Where routing knows of panic, it decides, because it knows whether others can help out. */
static void consider_panic(struct ust_model *model, struct ust_pool *pool)
{
    double share = pool->up == 0 ? 1 : (double)pool->healthy / pool->up;
    bool panic = share < pool->config->panic_threshold;
    if (model->route_panics)
        panic = (model->route_panic >> pool->config->region & 1) != 0;
    if (panic == pool->view.panic)
        return;
    pool->view.panic = panic;
    ust_pool_moment(model, pool, panic ? "panic_start" : "panic_end", share, NULL);
}

/* ---- the list ---- */

static void leave(struct ust_pool *pool, uint32_t number)
{
    uint32_t at = 0;
    while (pool->ready[at] != number)
        at++;
    pool->view.ready_n--;
    memmove(pool->ready + at, pool->ready + at + 1,
            (pool->view.ready_n - at) * sizeof *pool->ready);
}

void ust_roster_relist(struct ust_model *model, struct ust_pool *pool)
{
    consider_panic(model, pool);
    uint64_t before = pool->view.members;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_instance *instance = &pool->instances[i];
        bool wanted = is_up(instance) && (pool->view.panic || is_healthy(pool, i));
        if (wanted == instance->listed)
            continue;
        instance->listed = wanted;
        pool->zone[i] = instance->zone;
        if (wanted)
            pool->ready[pool->view.ready_n++] = i;
        else
            leave(pool, i);
        pool->view.members++;
    }
    if (pool->view.members == before)
        return;
    pool->view.changes++;
    ust_pool_capacity(model, pool);
}

void ust_roster_update(struct ust_model *model, struct ust_pool *pool)
{
    count(model, pool);
    if (model->route_counts)
        ust_path_census(model, pool);
    ust_roster_relist(model, pool);
}

/* ---- slow start ---- */

static ust_time step_of(const struct ust_pool *pool)
{
    return pool->config->slow_start.window / SLOW_STEPS + 1;
}

/* Until the next step it has the weight of the middle of the step. */
static void weigh(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    const struct ust_slow_start *slow = &pool->config->slow_start;
    ust_time since = model->engine.now - instance->changed;
    instance->slow_start = since < slow->window;
    if (instance->slow_start)
        since += step_of(pool) / 2;
    pool->weight[number] = (double)pool->config->slots * ust_slow_start_share(slow, since);
    pool->view.changes++;
}

static void plan_step(struct ust_model *model, struct ust_pool *pool)
{
    pool->steps = true;
    ust_schedule(&model->engine, model->engine.now + step_of(pool), UST_LANE_CONTROL,
                 model->on.slow_start, pool->number);
}

static void on_slow_start(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    bool any = false;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        if (!pool->instances[i].slow_start)
            continue;
        weigh(model, pool, i);
        any |= pool->instances[i].slow_start;
    }
    pool->steps = false;
    if (any)
        plan_step(model, pool);
}

static void start_slowly(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (pool->config->slow_start.window == 0)
        return;
    weigh(model, pool, number);
    if (!pool->steps)
        plan_step(model, pool);
}

/* ---- what others tell ---- */

void ust_pool_believe(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                      bool healthy)
{
    struct ust_instance *instance = &pool->instances[number];
    if (instance->believed == healthy)
        return;
    instance->believed = healthy;
    instance->changed = model->engine.now;
    instance->slow_start = false;
    if (healthy) {
        if (pool->outliers != NULL)
            pool->outliers[number] =
                (struct ust_outlier_host){.answered = ust_instance_good(instance),
                                          .answered_was = ust_instance_good(instance)};
        ust_targets_forget(pool, number);
        start_slowly(model, pool, number);
    }
    ust_roster_update(model, pool);
}

void ust_pool_leave(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    instance->leaving = true;
    if (instance->believed)
        instance->changed = model->engine.now;
    instance->believed = instance->slow_start = false;
    ust_outlier_forget(pool, number);
    ust_targets_forget(pool, number);
    ust_roster_update(model, pool);
}

void ust_roster_start(struct ust_model *model)
{
    model->on.slow_start = ust_engine_handler(&model->engine, on_slow_start, model);
}
