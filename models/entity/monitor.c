#include "models/entity/monitor.h"

#include <math.h>
#include <stdio.h>

#include "models/entity/sharing.h"
#include "sim/base/limits.h"

/* ---- counters and what they come to ---- */

static struct ust_seen read_instance(struct ust_model *model, struct ust_pool *pool,
                                     struct ust_instance *instance)
{
    ust_time now = model->engine.now;
    double vcpu = pool->config->vcpu, slots = (double)pool->config->slots;
    if (instance->sharing != NULL)
        ust_sharing_settle(model, pool, instance);
    double busy = (double)(instance->busy_area + (uint64_t)instance->busy * (uint64_t)now);
    double held = (double)(instance->held_area + (uint64_t)instance->held * (uint64_t)now);
    double rate = vcpu < slots ? vcpu / slots : 1;
    return (struct ust_seen){
        .epoch = instance->epoch,
        .at = now,
        .cpu = instance->sharing != NULL ? instance->sharing->cpu_ns : (busy - held) * rate,
        .busy = busy,
        .memory = instance->memory_area +
                  instance->memory_held * (double)(now - instance->memory_since),
        .completions = instance->completions};
}

static double at_most_1(double x)
{
    return x < 1 ? x : 1;
}

/* From `before` to `now`, as averages over `length` ns; the queue is read, not averaged. Cpu
 * and slots in use are at most 1, and rounding shall not make a controller round up. */
static void values_of(const struct ust_pool *pool, const struct ust_instance *instance,
                      const struct ust_seen *before, const struct ust_seen *now, double length,
                      double *value)
{
    static const struct ust_seen newborn;
    double memory = pool->config->persona->memory;
    if (before->epoch != now->epoch)
        before = &newborn;
    value[UST_SCALE_CPU] = at_most_1((now->cpu - before->cpu) / length / pool->config->vcpu);
    value[UST_SCALE_SLOTS] =
        at_most_1((now->busy - before->busy) / length / (double)pool->config->slots);
    value[UST_SCALE_MEMORY] = memory > 0 ? (now->memory - before->memory) / length / memory : 0;
    value[UST_SCALE_REQUESTS] = (double)(now->completions - before->completions) / length * 1e9;
    value[UST_SCALE_QUEUE] = (double)instance->waiting;
    value[UST_SCALE_ARRIVALS] = (double)NAN;
}

static void nothing(double *value)
{
    for (int m = 0; m < UST_SCALE_METRICS; m++)
        value[m] = (double)NAN;
}

/* ---- agents ---- */

struct sample {
    ust_time since, arrives; /* what it is the average of begins at `since` */
    double value[UST_SCALE_METRICS];
};

/* The latest samples of one agent, the oldest overwritten. */
struct agent {
    struct sample *sample;
    uint32_t first, n, epoch;
    struct ust_seen seen; /* at the last sample */
};

struct ust_monitor {
    struct agent *agents; /* [instances_max + 1]; the last is the balancer's */
    uint32_t capacity;    /* samples of each */
    struct ust_rng rng;
    double *scratch; /* [capacity] */
};

static struct sample *sample_at(const struct ust_monitor *monitor, const struct agent *agent,
                                uint32_t i)
{
    uint32_t at = agent->first + i;
    return &agent->sample[at < monitor->capacity ? at : at - monitor->capacity];
}

/* Every sample draws its loss and its delay, whatever comes of it, so that they stay in step.
 */
static void report(struct ust_model *model, struct ust_pool *pool, struct agent *agent,
                   ust_time since, const double *value)
{
    struct ust_monitor *monitor = pool->monitor;
    const struct ust_monitoring *config = &pool->config->monitoring;
    const double blackout = pool->faults.metrics_lost;
    const double loss = blackout > 0 ? 1 - (1 - config->loss) * (1 - blackout) : config->loss;
    bool lost = ust_rng_unit(&monitor->rng) < loss;
    ust_time delay =
        config->delay.type == NULL ? 0 : ust_dist_time(&config->delay, &monitor->rng);
    if (lost)
        return;
    if (agent->sample == NULL)
        agent->sample = ust_arena_alloc(model->arena, struct sample, monitor->capacity);
    if (agent->n == monitor->capacity) {
        agent->first = agent->first + 1 < monitor->capacity ? agent->first + 1 : 0;
        agent->n--;
    }
    struct sample *sample = sample_at(monitor, agent, agent->n++);
    sample->since = since;
    sample->arrives = model->engine.now + delay;
    for (int m = 0; m < UST_SCALE_METRICS; m++)
        sample->value[m] = value[m];
}

static void sample_instance(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    struct agent *agent = &pool->monitor->agents[number];
    if (instance->state != UST_UP)
        return;
    if (agent->epoch != instance->epoch) {
        agent->epoch = instance->epoch;
        agent->first = agent->n = 0;
        agent->seen = (struct ust_seen){.epoch = instance->epoch, .at = instance->ready};
    }
    struct ust_seen now = read_instance(model, pool, instance);
    double value[UST_SCALE_METRICS];
    if (now.at > agent->seen.at && !instance->down) {
        values_of(pool, instance, &agent->seen, &now, (double)(now.at - agent->seen.at), value);
        report(model, pool, agent, agent->seen.at, value);
    }
    agent->seen = now;
}

static void sample_balancer(struct ust_model *model, struct ust_pool *pool)
{
    struct agent *agent = &pool->monitor->agents[pool->instances_max];
    struct ust_seen now = {.at = model->engine.now, .completions = pool->count.arrivals};
    double length = (double)(now.at - agent->seen.at), value[UST_SCALE_METRICS];
    nothing(value);
    value[UST_SCALE_ARRIVALS] =
        (double)(now.completions - agent->seen.completions) / length * 1e9;
    if (!model->regions[pool->config->region].down)
        report(model, pool, agent, agent->seen.at, value);
    agent->seen = now;
}

static void on_sample(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    ust_schedule(&model->engine, model->engine.now + pool->config->monitoring.interval,
                 UST_LANE_CONTROL, model->on.sample, number);
    for (uint32_t i = 0; i < pool->instances_max; i++)
        sample_instance(model, pool, i);
    sample_balancer(model, pool);
}

/* ---- samples of a period, as one value ---- */

static double percentile(double *x, uint32_t n, uint32_t percent)
{
    for (uint32_t i = 1; i < n; i++) {
        double it = x[i];
        uint32_t k = i;
        for (; k > 0 && x[k - 1] > it; k--)
            x[k] = x[k - 1];
        x[k] = it;
    }
    uint32_t rank = (n * percent + 99) / 100; /* nearest rank */
    return x[rank > 0 ? rank - 1 : 0];
}

static double aggregate(double *x, uint32_t n, enum ust_aggregate how)
{
    static const uint32_t percent[] = {
        [UST_AGGREGATE_P50] = 50,
        [UST_AGGREGATE_P90] = 90,
        [UST_AGGREGATE_P95] = 95,
        [UST_AGGREGATE_P99] = 99,
    };
    double sum = 0;
    switch (how) {
    case UST_AGGREGATE_AVERAGE:
        for (uint32_t i = 0; i < n; i++)
            sum += x[i];
        return sum / n;
    case UST_AGGREGATE_MAX:
        return percentile(x, n, 100);
    case UST_AGGREGATE_MIN:
        return percentile(x, n, 0);
    default:
        return percentile(x, n, percent[how]);
    }
}

/* Returns since when the values are; now, where there are none. */
static ust_time read_agent(const struct ust_monitor *monitor,
                           const struct ust_monitoring *config, const struct agent *agent,
                           ust_time now, ust_time period, double *value)
{
    const struct sample *last = NULL;
    ust_time since = now;
    nothing(value);
    for (int m = 0; m < UST_SCALE_METRICS; m++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < agent->n; i++) {
            const struct sample *sample = sample_at(monitor, agent, i);
            if (sample->arrives > now)
                continue;
            last = sample;
            if (sample->arrives <= now - period)
                continue;
            monitor->scratch[n++] = sample->value[m];
            since = sample->since < since ? sample->since : since;
        }
        if (n > 0) {
            value[m] = aggregate(monitor->scratch, n, (enum ust_aggregate)config->aggregate);
        } else if (last != NULL && now - last->arrives < config->stale_after) {
            value[m] = last->value[m];
            since = last->since;
        }
    }
    return since;
}

/* ---- a scaler's look ---- */

/* Is a report lost? A number is drawn where chance decides. */
static bool unheard(struct ust_pool *pool)
{
    const double lost = pool->faults.metrics_lost;
    return lost > 0 && (lost >= 1 || ust_rng_unit(&pool->reports) < lost);
}

/* Exactly what was since its last call. */
static void look_directly(struct ust_model *model, struct ust_pool *pool,
                          struct ust_pool_scaler *scaler, uint32_t number, double *value)
{
    struct ust_instance *instance = &pool->instances[number];
    struct ust_seen now = read_instance(model, pool, instance);
    double period = (double)scaler->period;
    values_of(pool, instance, &scaler->seen[number], &now, period, value);
    scaler->seen[number] = now;
    /* One that came up within the period has reported for part of it only. */
    ust_time up = now.at - instance->ready;
    for (int m = 0; m < UST_SCALE_METRICS && up < scaler->period && up > 0; m++)
        if (m != UST_SCALE_QUEUE)
            value[m] = value[m] * period / (double)up;
    if (instance->down || unheard(pool))
        nothing(value); /* the dead report nothing */
}

static void look_at_pool(struct ust_model *model, struct ust_pool *pool,
                         struct ust_pool_scaler *scaler, struct ust_scaler_view *view)
{
    const struct ust_monitor *monitor = pool->monitor;
    if (monitor != NULL) {
        double value[UST_SCALE_METRICS];
        (void)read_agent(monitor, &pool->config->monitoring,
                         &monitor->agents[pool->instances_max], model->engine.now,
                         scaler->period, value);
        view->arrivals = value[UST_SCALE_ARRIVALS];
        return;
    }
    struct ust_seen *seen = &scaler->seen[pool->instances_max];
    view->arrivals =
        (double)(pool->count.arrivals - seen->completions) / (double)scaler->period * 1e9;
    seen->completions = pool->count.arrivals;
    if (unheard(pool))
        view->arrivals = (double)NAN;
}

void ust_monitor_look(struct ust_model *model, struct ust_pool *pool,
                      struct ust_pool_scaler *scaler, struct ust_scaler_view *view)
{
    view->instance = pool->scaler_view;
    view->n = view->leaving = 0;
    if (scaler->blind)
        return;
    look_at_pool(model, pool, scaler, view);
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *instance = &pool->instances[i];
        view->leaving += instance->state == UST_DRAINING;
        if (instance->state != UST_UP && instance->state != UST_STARTING)
            continue;
        double value[UST_SCALE_METRICS];
        ust_time since = model->engine.now - scaler->period;
        nothing(value);
        if (instance->state == UST_UP && pool->monitor == NULL)
            look_directly(model, pool, scaler, i, value);
        else if (instance->state == UST_UP && pool->monitor->agents[i].epoch == instance->epoch)
            since =
                read_agent(pool->monitor, &pool->config->monitoring, &pool->monitor->agents[i],
                           model->engine.now, scaler->period, value);
        if (instance->state == UST_UP && !instance->believed)
            continue;
        struct ust_scaler_instance *seen = &pool->scaler_view[view->n++];
        *seen = (struct ust_scaler_instance){.since = since,
                                             .launched = instance->launched,
                                             .ready = instance->ready,
                                             .changed = instance->changed,
                                             .in_service = instance->state == UST_UP};
        for (int m = 0; m < UST_SCALE_METRICS; m++)
            seen->value[m] = value[m];
    }
}

/* ---- beginning ---- */

/* Samples that a scaler may still ask for: of the longest period, and as much again for those
 * that come late. A sample that is later still counts as lost. */
static uint32_t samples_kept(const struct ust_pool *pool)
{
    const struct ust_monitoring *config = &pool->config->monitoring;
    ust_time longest = config->stale_after;
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        if (pool->scalers[k].period > longest)
            longest = pool->scalers[k].period;
    double late = config->delay.type == NULL ? 0 : 4 * ust_dist_mean(&config->delay);
    double kept = ((double)longest + late) / (double)config->interval + 2;
    return kept < UST_SAMPLES_MAX ? (uint32_t)kept : UST_SAMPLES_MAX;
}

static void start_agents(struct ust_model *model, struct ust_pool *pool)
{
    ust_time interval = pool->config->monitoring.interval;
    struct ust_monitor *monitor = ust_arena_alloc(model->arena, struct ust_monitor, 1);
    char name[512];
    snprintf(name, sizeof name, "%s/monitor", pool->config->path);
    monitor->rng = ust_rng_derive(model->config->seed, model->replication, name);
    pool->monitor = monitor;
    monitor->capacity = samples_kept(pool);
    monitor->scratch = ust_arena_alloc(model->arena, double, monitor->capacity);
    monitor->agents = ust_arena_alloc(model->arena, struct agent, pool->instances_max + 1);
    ust_time phase = (ust_time)(ust_rng_unit(&monitor->rng) * (double)interval);
    ust_schedule(&model->engine, phase > 0 ? phase : interval, UST_LANE_CONTROL,
                 model->on.sample, pool->number);
}

void ust_monitor_start(struct ust_model *model)
{
    model->on.sample = ust_engine_handler(&model->engine, on_sample, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists || !pool->scales)
            continue;
        if (pool->config->monitoring.interval > 0) {
            start_agents(model, pool);
            continue;
        }
        for (uint32_t k = 0; k < pool->scalers_n; k++)
            pool->scalers[k].seen =
                ust_arena_alloc(model->arena, struct ust_seen, pool->instances_max + 1);
    }
}
