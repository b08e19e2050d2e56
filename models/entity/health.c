/* Health checks: the only way by which routing and balancers learn of a fault.
 *
 * Every instance of a pool, and every region, is probed at its own phase, one probe an
 * interval. A probe of something dead is known to have failed when its timeout has passed; so
 * many failures in a row make it unhealthy, so many successes healthy again. What merely errs
 * or is slow passes. Where the scenario has no faults there is nothing to learn, and nobody
 * probes.
 */
#include <math.h>

#include "models/entity/pool.h"

/* ---- instances ---- */

static void on_probe(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_UP)
        return;
    const struct ust_health_check *check = &pool->config->health;
    ust_schedule(&model->engine, model->engine.now + check->interval, UST_LANE_CONTROL,
                 model->on.probe, argument);
    if (instance->down || model->regions[pool->config->region].down) {
        ust_schedule(&model->engine, model->engine.now + check->timeout, UST_LANE_CONTROL,
                     model->on.probe_failed, argument);
        return;
    }
    instance->fails = 0;
    if (!instance->believed && ++instance->passes >= check->successes) {
        ust_pool_believe(model, pool, number, true);
        ust_pool_moment(model, pool, "instance_healthy", number + 1, NULL);
    }
}

static void on_probe_failed(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    uint32_t number;
    struct ust_instance *instance = ust_instance_of(model, argument, &pool, &number);
    if (instance == NULL || instance->state != UST_UP)
        return;
    instance->passes = 0;
    if (++instance->fails < pool->config->health.failures || !instance->believed)
        return;
    ust_pool_believe(model, pool, number, false);
    ust_pool_moment(model, pool, "instance_unhealthy", number + 1, NULL);
    ust_launch_replace(model, pool, number);
}

void ust_health_watch(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    if (!model->watches || pool->config->health.interval == 0)
        return;
    struct ust_instance *instance = &pool->instances[number];
    instance->fails = instance->passes = 0;
    ust_time phase =
        (ust_time)(ust_rng_unit(&pool->probes) * (double)pool->config->health.interval);
    ust_schedule(&model->engine, model->engine.now + phase, UST_LANE_CONTROL, model->on.probe,
                 ust_instance_ticket(pool, number));
}

/* ---- regions ---- */

/* A region answers when it is up and each of its services has an instance that could. */
static bool region_answers(struct ust_model *model, uint32_t number)
{
    if (model->regions[number].down)
        return false;
    for (uint32_t service = 0; service < model->config->services_n; service++) {
        const struct ust_pool *pool = ust_pool_of(model, service, number);
        if (!pool->config->exists)
            continue;
        bool any = false;
        for (uint32_t i = 0; i < pool->view.ready_n && !any; i++)
            any = !pool->instances[pool->ready[i]].down;
        if (!any)
            return false;
    }
    return true;
}

static void believe_region(struct ust_model *model, uint32_t number, bool healthy)
{
    model->regions[number].healthy = healthy;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = healthy ? "recovered" : "detected",
                                                  .region = number + 1,
                                                  .value = (double)NAN});
    ust_path_changed(model);
}

static void on_region_probe(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_region *region = &model->regions[number];
    const struct ust_health_check *check = &model->config->routing.health;
    ust_schedule(&model->engine, model->engine.now + check->interval, UST_LANE_CONTROL,
                 model->on.region_probe, number);
    if (!region_answers(model, (uint32_t)number)) {
        ust_schedule(&model->engine, model->engine.now + check->timeout, UST_LANE_CONTROL,
                     model->on.region_probe_failed, number);
        return;
    }
    region->fails = 0;
    if (!region->healthy && ++region->passes >= check->successes)
        believe_region(model, (uint32_t)number, true);
}

static void on_region_probe_failed(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_region *region = &model->regions[number];
    region->passes = 0;
    if (++region->fails >= model->config->routing.health.failures && region->healthy)
        believe_region(model, (uint32_t)number, false);
}

static void watch_region(struct ust_model *model, uint32_t number)
{
    const struct ust_health_check *check = &model->config->routing.health;
    ust_time phase =
        (ust_time)(ust_rng_unit(&model->regions[number].probes) * (double)check->interval);
    ust_schedule(&model->engine, phase, UST_LANE_CONTROL, model->on.region_probe, number);
}

void ust_health_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    const struct ust_config *config = model->config;
    model->on.probe = ust_engine_handler(engine, on_probe, model);
    model->on.probe_failed = ust_engine_handler(engine, on_probe_failed, model);
    model->on.region_probe = ust_engine_handler(engine, on_region_probe, model);
    model->on.region_probe_failed = ust_engine_handler(engine, on_region_probe_failed, model);
    model->watches = config->faults_n > 0;
    if (!model->watches)
        return;
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++)
        for (uint32_t i = 0; i < config->pools[p].instances; i++)
            ust_health_watch(model, &model->pools[p], i);
    if (config->routing.health.interval > 0 && config->regions_n > 1)
        for (uint32_t r = 0; r < config->regions_n; r++)
            watch_region(model, r);
}
