#include "models/entity/pool.h"

static void weigh(struct ust_pool *pool, uint32_t number)
{
    double weight = (double)pool->config->slots * pool->targets->at[number].weight;
    if (pool->weight[number] > weight || pool->weight[number] < weight)
        pool->view.changes++;
    pool->weight[number] = weight;
}

void ust_targets_charge(struct ust_pool *pool, uint32_t number)
{
    if (pool->instances[number].state == UST_UP && !pool->instances[number].leaving)
        pool->targets->at[number].errors++;
}

void ust_targets_forget(struct ust_pool *pool, uint32_t number)
{
    if (pool->targets == NULL)
        return;
    pool->targets->at[number] = (struct ust_target){
        .answered = ust_instance_good(&pool->instances[number]), .weight = 1};
    weigh(pool, number);
}

static void on_period(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    struct ust_targets *targets = pool->targets;
    ust_schedule(&model->engine, model->engine.now + targets->rule->period, UST_LANE_CONTROL,
                 model->on.targets, number);
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *instance = &pool->instances[i];
        if (instance->state != UST_UP || instance->leaving || !instance->believed)
            continue;
        targets->healthy[n] = &targets->at[i];
        targets->number[n] = i;
        targets->was[n] = targets->at[i].anomalous;
        targets->answered[n++] = ust_instance_good(instance);
    }
    ust_target_weights_adjust(targets->rule, targets->healthy, targets->answered, n);
    for (uint32_t k = 0; k < n; k++) {
        const struct ust_target *target = targets->healthy[k];
        weigh(pool, targets->number[k]);
        if (target->anomalous != targets->was[k])
            ust_pool_moment(model, pool, target->anomalous ? "anomaly_start" : "anomaly_end",
                            targets->number[k] + 1, NULL);
    }
}

static void make(struct ust_model *model, struct ust_pool *pool,
                 const struct ust_target_weights_rule *rule)
{
    uint32_t n = pool->instances_max;
    struct ust_targets *targets = ust_arena_alloc(model->arena, struct ust_targets, 1);
    *targets =
        (struct ust_targets){.rule = rule,
                             .at = ust_arena_alloc(model->arena, struct ust_target, n),
                             .healthy = ust_arena_alloc(model->arena, struct ust_target *, n),
                             .number = ust_arena_alloc(model->arena, uint32_t, n),
                             .answered = ust_arena_alloc(model->arena, uint64_t, n),
                             .was = ust_arena_alloc(model->arena, bool, n)};
    pool->targets = targets;
    pool->blames = true;
    for (uint32_t i = 0; i < n; i++)
        ust_targets_forget(pool, i);
    ust_schedule(&model->engine, rule->period, UST_LANE_CONTROL, model->on.targets,
                 pool->number);
}

/* Registers its handler only where it is used. */
void ust_targets_start(struct ust_model *model)
{
    bool registered = false;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists || pool->balancer->target_weights == NULL)
            continue;
        if (!registered)
            model->on.targets = ust_engine_handler(&model->engine, on_period, model);
        registered = true;
        make(model, pool, pool->balancer->target_weights(pool->config->balancer.params));
    }
}
