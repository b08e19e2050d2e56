/* Scaling: asks a pool's policy at its period how many instances it wants. The answer is the
 * pool's `desired`; launch.c brings the pool there.
 */
#include <math.h>

#include "models/entity/pool.h"
#include "models/entity/sharing.h"

/* What the metric was on one instance since the last call; cpu and slots in use are at most 1,
 * and rounding shall not make a controller round up. */
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
        value = fmin(1, (cpu - instance->seen_cpu) / length / vcpu);
        break;
    case UST_SCALE_SLOTS:
        value = fmin(1, (busy - instance->seen_busy) / length / (double)pool->config->slots);
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
        /* The unhealthy report to nobody, but what they did is not left for their next report.
         */
        double value = instance->state == UST_UP
                           ? reading(model, pool, instance, metric, period)
                           : (double)NAN;
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
        /* One that came up within the period has reported for part of it only. */
        ust_time up = model->engine.now - instance->ready;
        if (instance->down || pool->faults.no_metrics)
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
    if (model->regions[config->region].down || pool->faults.no_control)
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
    ust_launch_fill(model, pool);
}

void ust_scaling_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.scale = ust_engine_handler(engine, on_scale, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists)
            continue;
        ust_time period = pool->scaler->period(pool->config->scaler.params);
        if (period > 0)
            ust_schedule(engine, period, UST_LANE_CONTROL, model->on.scale, p);
    }
}
