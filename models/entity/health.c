/* Health checks: the only way by which routing and balancers learn of a fault.
 *
 * Every instance of a pool is probed at its own phase, one probe an interval; so is every
 * region, by each of its checkers. A probe of something dead is known to have failed when its
 * timeout has passed; so many failures in a row make it unhealthy, so many successes healthy
 * again. A region is healthy while more than a quorum of its checkers say so. What merely errs
 * or is slow passes, but where checks themselves are at fault a probe fails although its target
 * is well. Where the scenario has no faults there is nothing to learn, and nobody probes.
 */
#include <math.h>

#include "models/entity/pool.h"

/* Does a probe of something that is well fail all the same? */
static bool false_alarm(double probability, struct ust_rng *rng)
{
    return probability > 0 && ust_rng_unit(rng) < probability;
}

static ust_time next_wait(const struct ust_health_check *check, bool healthy,
                          struct ust_rng *rng)
{
    ust_time wait = healthy ? check->interval : check->unhealthy_interval;
    if (check->jitter > 0)
        wait += ust_time_round((double)wait * check->jitter * ust_rng_unit(rng));
    return wait;
}

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
    ust_schedule(&model->engine,
                 model->engine.now + next_wait(check, instance->believed, &pool->checks),
                 UST_LANE_CONTROL, model->on.probe, argument);
    if (instance->down || model->regions[pool->config->region].down ||
        false_alarm(pool->false_alarms, &pool->checks)) {
        ust_schedule(&model->engine, model->engine.now + check->timeout, UST_LANE_CONTROL,
                     model->on.probe_failed, argument);
        return;
    }
    instance->fails = 0;
    if (!instance->believed && ++instance->passes >= check->successes) {
        ust_pool_believe(model, pool, number, true);
        ust_pool_moment(model, pool, "instance_healthy", number + 1, NULL);
    }
    if (instance->believed && pool->outliers != NULL)
        ust_outlier_passed(model, pool, number);
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
    if (++instance->fails < pool->config->health.failures)
        return;
    if (instance->believed) {
        ust_pool_believe(model, pool, number, false);
        ust_pool_moment(model, pool, "instance_unhealthy", number + 1, NULL);
    }
    /* Again and again: the control plane may have been out until now. */
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

static bool service_answers(const struct ust_pool *pool)
{
    for (uint32_t i = 0; i < pool->view.ready_n; i++)
        if (!pool->instances[pool->ready[i]].down)
            return true;
    return false;
}

/* A region answers when it is up and enough of its services have an instance that could. */
static bool region_answers(struct ust_model *model, uint32_t number)
{
    if (model->regions[number].down)
        return false;
    uint32_t services = 0, answer = 0, needs = model->config->routing.health.needs;
    for (uint32_t service = 0; service < model->config->services_n; service++) {
        const struct ust_pool *pool = ust_pool_of(model, service, number);
        if (!pool->config->exists)
            continue;
        services++;
        answer += service_answers(pool);
    }
    return answer >= (needs == 0 || needs > services ? services : needs);
}

static void believe_region(struct ust_model *model, uint32_t number, bool healthy)
{
    model->regions[number].healthy = healthy;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = healthy ? "recovered" : "detected",
                                                  .region = number + 1,
                                                  .value = (double)NAN});
    ust_failback_decide(model, number);
}

static void believe_checker(struct ust_model *model, uint32_t number,
                            struct ust_checker *checker, bool healthy)
{
    struct ust_region *region = &model->regions[number];
    const struct ust_health_check *check = &model->config->routing.health;
    checker->healthy = healthy;
    region->checkers_healthy += healthy ? 1 : UINT32_MAX;
    bool enough = (double)region->checkers_healthy > check->quorum * (double)check->checkers;
    if (enough != region->healthy)
        believe_region(model, number, enough);
}

/* Argument of both: the checker above the region's byte. */
static void on_region_probe(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = argument & 0xff;
    struct ust_region *region = &model->regions[number];
    struct ust_checker *checker = &region->checkers[argument >> 8];
    const struct ust_health_check *check = &model->config->routing.health;
    ust_schedule(&model->engine,
                 model->engine.now + next_wait(check, checker->healthy, &region->checks),
                 UST_LANE_CONTROL, model->on.region_probe, argument);
    if (!region_answers(model, number) || false_alarm(region->false_alarms, &region->checks)) {
        ust_schedule(&model->engine, model->engine.now + check->timeout, UST_LANE_CONTROL,
                     model->on.region_probe_failed, argument);
        return;
    }
    checker->fails = 0;
    if (!checker->healthy && ++checker->passes >= check->successes)
        believe_checker(model, number, checker, true);
}

static void on_region_probe_failed(void *context, uint64_t argument)
{
    struct ust_model *model = context;
    uint32_t number = argument & 0xff;
    struct ust_checker *checker = &model->regions[number].checkers[argument >> 8];
    checker->passes = 0;
    if (++checker->fails >= model->config->routing.health.failures && checker->healthy)
        believe_checker(model, number, checker, false);
}

static void watch_region(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    const struct ust_health_check *check = &model->config->routing.health;
    region->checkers = ust_arena_alloc(model->arena, struct ust_checker, check->checkers);
    region->checkers_healthy = check->checkers;
    for (uint32_t i = 0; i < check->checkers; i++) {
        region->checkers[i].healthy = true; /* a new check begins healthy, as Route 53's do */
        ust_time phase = (ust_time)(ust_rng_unit(&region->probes) * (double)check->interval);
        ust_schedule(&model->engine, phase, UST_LANE_CONTROL, model->on.region_probe,
                     (uint64_t)i << 8 | number);
    }
}

void ust_health_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    const struct ust_config *config = model->config;
    model->on.probe = ust_engine_handler(engine, on_probe, model);
    model->on.probe_failed = ust_engine_handler(engine, on_probe_failed, model);
    model->on.region_probe = ust_engine_handler(engine, on_region_probe, model);
    model->on.region_probe_failed = ust_engine_handler(engine, on_region_probe_failed, model);
    model->watches = config->faults_n + config->outages_n > 0;
    if (!model->watches)
        return;
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++)
        for (uint32_t i = 0; i < config->pools[p].instances; i++)
            ust_health_watch(model, &model->pools[p], i);
    if (config->routing.health.interval > 0 && config->regions_n > 1)
        for (uint32_t r = 0; r < config->regions_n; r++)
            watch_region(model, r);
}
