/* Ejections: tells the outlier detection of a pool what its instances do, and keeps those that
 * it names out of the balancer's list.
 *
 * Good answers are counted anyway; errors are told where they happen, which is rare. So a pool
 * pays nothing per request that goes well.
 */
#include "models/entity/pool.h"

static uint32_t ejected(const struct ust_pool *pool)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        n += pool->outliers[i].ejected;
    return n;
}

static void eject(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                  enum ust_outlier_reason reason)
{
    const struct ust_outlier_rule *rule = pool->config->outlier;
    struct ust_outlier_host *host = &pool->outliers[number];
    if (host->ejected || !ust_outlier_may_eject(rule, ejected(pool), pool->up))
        return;
    ust_outlier_eject(rule, host, model->engine.now, &pool->outlier_draws);
    ust_pool_moment(model, pool, "ejected", number + 1, ust_outlier_reason_names[reason]);
    ust_roster_update(model, pool);
}

void ust_outlier_charge(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                        bool gateway)
{
    const struct ust_instance *instance = &pool->instances[number];
    if (instance->state != UST_UP || instance->leaving)
        return;
    enum ust_outlier_reason reason =
        ust_outlier_error(pool->config->outlier, &pool->outliers[number],
                          ust_instance_good(instance), gateway, &pool->outlier_draws);
    if (reason != UST_OUTLIER_NOT)
        eject(model, pool, number, reason);
}

void ust_pool_blame(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                    bool gateway)
{
    if (pool->outliers != NULL)
        ust_outlier_charge(model, pool, number, gateway);
    if (pool->targets != NULL)
        ust_targets_charge(pool, number);
}

void ust_outlier_timed_out(struct ust_model *model, const struct ust_request *request)
{
    struct ust_pool *pool = &model->pools[request->pool];
    bool there = request->state == UST_WAITING || request->state == UST_SERVING ||
                 request->state == UST_LOST;
    if (pool->outliers != NULL && there && request->instance != UST_NONE)
        ust_outlier_charge(model, pool, request->instance, true);
}

static void comes_back(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                       const char *detail)
{
    ust_pool_moment(model, pool, "unejected", number + 1, detail);
    ust_roster_update(model, pool);
}

void ust_outlier_passed(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_outlier_host *host = &pool->outliers[number];
    if (!host->ejected || !pool->config->outlier->unejected_by_health_check)
        return;
    ust_outlier_return(host);
    comes_back(model, pool, number, "health check");
}

void ust_outlier_forget(struct ust_pool *pool, uint32_t number)
{
    if (pool->outliers != NULL)
        pool->outliers[number] = (struct ust_outlier_host){0};
}

/* ---- sweeps ---- */

static void judge_rates(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_outlier_sweep *sweep = &pool->sweep;
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *instance = &pool->instances[i];
        if (instance->state != UST_UP || instance->leaving || pool->outliers[i].ejected)
            continue;
        sweep->host[n] = &pool->outliers[i];
        sweep->answered[n] = ust_instance_good(instance);
        sweep->number[n++] = i;
    }
    ust_outlier_sweep_rates(pool->config->outlier, sweep->host, sweep->answered, n,
                            &pool->outlier_draws, sweep->reason);
    for (uint32_t i = 0; i < n; i++)
        if (sweep->reason[i] != UST_OUTLIER_NOT)
            eject(model, pool, sweep->number[i], sweep->reason[i]);
}

static void on_sweep(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    ust_schedule(&model->engine, model->engine.now + pool->config->outlier->interval,
                 UST_LANE_CONTROL, model->on.sweep, number);
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_outlier_host *host = &pool->outliers[i];
        if (!ust_outlier_sweep_host(host, model->engine.now))
            continue;
        host->errors = host->local = 0;
        host->answered_was = ust_instance_good(&pool->instances[i]);
        comes_back(model, pool, i, "time");
    }
    judge_rates(model, pool);
}

void ust_outlier_start(struct ust_model *model)
{
    model->on.sweep = ust_engine_handler(&model->engine, on_sweep, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (pool->config->outlier == NULL || !pool->config->exists)
            continue;
        struct ust_outlier_sweep *sweep = &pool->sweep;
        uint32_t n = pool->instances_max;
        pool->blames = true;
        pool->outliers = ust_arena_alloc(model->arena, struct ust_outlier_host, n);
        sweep->host = ust_arena_alloc(model->arena, struct ust_outlier_host *, n);
        sweep->answered = ust_arena_alloc(model->arena, uint64_t, n);
        sweep->number = ust_arena_alloc(model->arena, uint32_t, n);
        sweep->reason = ust_arena_alloc(model->arena, enum ust_outlier_reason, n);
        ust_schedule(&model->engine, pool->config->outlier->interval, UST_LANE_CONTROL,
                     model->on.sweep, p);
    }
}
