/* Making a replication from the configuration, and running it. */
#include "models/entity/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/entity/caller.h"
#include "models/entity/monitor.h"
#include "models/entity/nodes.h"
#include "models/entity/pool.h"
#include "models/entity/sharing.h"

static struct ust_rng pool_stream(struct ust_model *model, const struct ust_pool_config *config,
                                  const char *purpose)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", config->path, purpose);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static void make_instance(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    const struct ust_pool_config *config = pool->config;
    struct ust_instance *instance = &pool->instances[number];
    *instance = (struct ust_instance){.first = {.next = UST_NONE}, .node = UST_NONE};
    if (config->persona->discipline == UST_PS)
        instance->sharing = ust_arena_alloc(model->arena, struct ust_sharing, 1);
    if (pool->injected && (config->persona->network > 0 || config->persona->iops > 0))
        instance->apart = ust_arena_alloc(model->arena, struct ust_instance_apart, 1);
    if (number >= config->instances)
        return;
    instance->state = UST_UP;
    instance->zone = (uint8_t)(number % model->config->regions[config->region].zones);
    instance->slots = instance->slots_full = config->slots;
    instance->stretch = 1 / config->work_rate;
    pool->weight[number] = config->slots;
    instance->believed = true;
}

/* Requests may have to wait for something outside: then slots are not all there is. */
static bool calls_out(const struct ust_config *config, const struct ust_pool_config *pool)
{
    for (uint32_t f = 0; f < config->faults_n; f++) {
        const struct ust_fault_config *fault = &config->faults[f];
        if (fault->calls != NULL &&
            (fault->region < 0 || (uint32_t)fault->region == pool->region) &&
            (fault->service < 0 || (uint32_t)fault->service == pool->service))
            return true;
    }
    return false;
}

static void make_pool(struct ust_model *model, uint32_t number)
{
    struct ust_pool *pool = &model->pools[number];
    const struct ust_pool_config *config = &model->config->pools[number];
    pool->config = config;
    pool->number = number;
    if (!config->exists)
        return;
    /* Room for those that drain while their successors start. */
    uint32_t most = config->max > config->instances ? config->max : config->instances;
    ust_scaling_make(model, pool);
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        if (pool->scalers[k].type->most != NULL) {
            int64_t asks = pool->scalers[k].type->most(config->scalers[k].kind.params);
            most = asks > (int64_t)most ? (uint32_t)asks : most;
        }
    pool->instances_max = ust_launch_manages(pool) ? most * 2 : most;
    pool->instances = ust_arena_alloc(model->arena, struct ust_instance, pool->instances_max);
    pool->ready = ust_arena_alloc(model->arena, uint32_t, pool->instances_max + 1);
    pool->outstanding = ust_arena_alloc(model->arena, uint32_t, pool->instances_max + 1);
    pool->weight = ust_arena_alloc(model->arena, double, pool->instances_max + 1);
    uint32_t zones = model->config->regions[config->region].zones;
    pool->zone = ust_arena_alloc(model->arena, uint8_t, pool->instances_max + 1);
    pool->present = ust_arena_alloc(model->arena, uint32_t, zones);
    pool->view = (struct ust_balance_view){.ready = pool->ready,
                                           .outstanding = pool->outstanding,
                                           .weight = pool->weight,
                                           .numbers = pool->instances_max,
                                           .zone = pool->zone,
                                           .present = pool->present,
                                           .zones_n = zones};
    pool->balancer = ust_balance_of(config->balancer.kind);
    if (pool->balancer->state_size != NULL)
        pool->balancer_state = ust_arena_alloc(
            model->arena, unsigned char,
            pool->balancer->state_size(config->balancer.params, pool->instances_max, zones));
    pool->scaler_view =
        ust_arena_alloc(model->arena, struct ust_scaler_instance, pool->instances_max);
    pool->balance = pool_stream(model, config, "balance");
    pool->errors = pool_stream(model, config, "errors");
    pool->launches = pool_stream(model, config, "launches");
    pool->probes = pool_stream(model, config, "probes");
    pool->checks = pool_stream(model, config, "checks");
    pool->outlier_draws = pool_stream(model, config, "outliers");
    ust_launch_prepare(model, pool);
    pool->launching.warm.rng = pool_stream(model, config, "warm");
    pool->refusals = pool_stream(model, config, "refusals");
    pool->reports = pool_stream(model, config, "reports");
    pool->calls = pool_stream(model, config, "calls");
    pool->faults = (struct ust_pool_faults){.slow = 1};
    pool->price_per_ns = config->price / 3.6e12;
    bool sizes = ust_calls_have_sizes(model->config, config->service);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        sizes |= model->config->traffic[i].service == config->service &&
                 model->config->traffic[i].sizes;
    pool->injected = ust_injections_exist(model->config);
    pool->plain = config->persona->discipline == UST_FCFS && !sizes && !pool->injected &&
                  model->config->services[config->service].calls.n == 0 &&
                  model->config->services[config->service].data == NULL &&
                  !ust_room_needed(config->persona) && !calls_out(model->config, config);
    for (uint32_t i = 0; i < pool->instances_max; i++)
        make_instance(model, pool, i);
    ust_roster_update(model, pool);
    ust_pool_capacity(model, pool);
}

static void make_regions(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    model->regions = ust_arena_alloc(model->arena, struct ust_region, config->regions_n);
    for (uint32_t r = 0; r < config->regions_n; r++) {
        char probes[256], checks[256];
        snprintf(probes, sizeof probes, "region/%s/probes", config->regions[r].name);
        snprintf(checks, sizeof checks, "region/%s/checks", config->regions[r].name);
        model->regions[r] = (struct ust_region){
            .config = &config->regions[r],
            .healthy = true,
            .probes = ust_rng_derive(config->seed, model->replication, probes),
            .checks = ust_rng_derive(config->seed, model->replication, checks)};
    }
}

struct ust_model *ust_model_new(const struct ust_config *config, uint32_t replication)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_model *model = ust_arena_alloc(arena, struct ust_model, 1);
    model->arena = arena;
    model->config = config;
    model->replication = replication;
    model->requests_free = model->sessions_free = UST_NONE;
    ust_engine_init(&model->engine);
    make_regions(model);
    uint32_t pools = config->services_n * config->regions_n;
    model->pools = ust_arena_alloc(arena, struct ust_pool, pools);
    for (uint32_t p = 0; p < pools; p++)
        make_pool(model, p);
    model->traffic = ust_arena_alloc(arena, struct ust_traffic, config->traffic_n);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        model->traffic[i].config = &config->traffic[i];
        model->traffic[i].number = i;
    }
    model->faults = ust_arena_alloc(arena, struct ust_fault, config->faults_n);
    ust_measure_start(model);
    ust_path_start(model);
    ust_sharing_start(model);
    ust_health_start(model);
    ust_scaling_start(model);
    ust_launch_start(model);
    ust_failure_start(model);
    ust_client_start(model);
    ust_roster_start(model);
    ust_outlier_start(model);
    ust_supply_start(model);
    ust_launch_more_start(model);
    ust_outage_start(model);
    ust_failback_start(model);
    ust_failover_start(model);
    ust_monitor_start(model);
    ust_warm_start(model);
    ust_refresh_start(model);
    ust_nodes_start(model);
    ust_client_more_start(model);
    ust_room_start(model);
    ust_injections_start(model);
    ust_calls_start(model);
    ust_data_start(model);
    ust_targets_start(model);
    return model;
}

/* The final state of every stream says how many draws were made, and which. */
static void stamp_stream(struct ust_model *model, const struct ust_rng *rng)
{
    ust_engine_stamp(&model->engine, (uint64_t)rng->state ^ (uint64_t)(rng->state >> 64));
}

static void stamp_streams(struct ust_model *model)
{
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        const struct ust_traffic *traffic = &model->traffic[i];
        const struct ust_rng *streams[] = {
            &traffic->gap,     &traffic->place, &traffic->device,   &traffic->choose,
            &traffic->network, &traffic->retry, &traffic->patience, &traffic->dns,
            &traffic->length,  &traffic->think};
        for (size_t k = 0; k < sizeof streams / sizeof streams[0]; k++)
            stamp_stream(model, streams[k]);
        for (uint32_t k = 0; k < traffic->config->actions_n; k++)
            stamp_stream(model, &traffic->work[k]);
        if (traffic->callers != NULL) {
            stamp_stream(model, &traffic->callers->choose);
            stamp_stream(model, &traffic->callers->throttle);
            stamp_stream(model, &traffic->callers->work);
        }
    }
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        if (model->pools[p].config->exists)
            stamp_stream(model, &model->pools[p].balance);
}

void ust_model_run(struct ust_model *model)
{
    struct ust_assert_context context = {.now = &model->engine.now,
                                         .seed = model->config->seed,
                                         .replication = model->replication,
                                         .scenario = model->config->scenario_path};
    ust_assert_enter(&context);
    ust_client_run(model);
    stamp_streams(model);
    ust_measure_finish(model);
    ust_assert_enter(NULL);
}

void ust_model_free(struct ust_model *model)
{
    if (model == NULL)
        return;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        for (uint32_t i = 0; i < model->pools[p].instances_max; i++)
            if (model->pools[p].instances[i].sharing != NULL)
                free(model->pools[p].instances[i].sharing->heap);
    ust_apart_free(model);
    ust_calls_free(model);
    ust_nodes_free(model);
    ust_supply_free(model);
    free(model->requests);
    free(model->waiters);
    free(model->sessions);
    free(model->answers);
    free(model->measure.moments);
    ust_engine_free(&model->engine);
    ust_arena_free(model->arena);
}
