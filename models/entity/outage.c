/* Outages: what fails and comes back by itself, target by target: an alternating process each.
 *
 * A target is a region, a zone, a service, or one instance. Whole or down, it stays so for as
 * long as its fault's kind says, drawn from a stream of its own, so that one target more leaves
 * the others' histories alone. An instance that takes the number of another begins a life of
 * its own.
 */
#include <math.h>
#include <stdio.h>

#include "models/entity/pool.h"

static const struct ust_fault_type *type_of(const struct ust_outage *outage)
{
    return ust_fault_of(outage->config->fault.kind);
}

static bool is_down(const struct ust_outage *outage)
{
    return outage->changes % 2 != 0;
}

static bool pool_in_scope(const struct ust_outage *outage, const struct ust_pool *pool)
{
    const struct ust_fault_target *target = outage->target;
    if (outage->pool != UST_NONE)
        return pool->number == outage->pool;
    return pool->config->exists &&
           (target->region < 0 || (uint32_t)target->region == pool->config->region) &&
           (target->service < 0 || (uint32_t)target->service == pool->config->service);
}

static bool instance_in_scope(const struct ust_outage *outage, const struct ust_pool *pool,
                              uint32_t number)
{
    const struct ust_instance *it = &pool->instances[number];
    return it->state != UST_OFF &&
           (outage->target->zone < 0 || (uint32_t)outage->target->zone == it->zone);
}

/* A region goes dark, or a zone starts nothing, only when all of it is lost. */
static bool whole_region(const struct ust_fault_target *target)
{
    return target->lost >= 1 && target->region >= 0 && target->service < 0 && target->zone < 0;
}

static bool whole_zone(const struct ust_fault_target *target)
{
    return target->lost >= 1 && target->region >= 0 && target->service < 0 && target->zone >= 0;
}

/* ---- what a change does ---- */

static void plan(struct ust_model *model, struct ust_outage *outage)
{
    const struct ust_outage_config *config = outage->config;
    uint32_t number = (uint32_t)(outage->target - config->targets);
    ust_time stay =
        type_of(outage)->stay(config->fault.params, number, outage->changes, &outage->rng);
    ust_time from = model->engine.now > config->start ? model->engine.now : config->start;
    outage->next = (struct ust_timer){0};
    if (stay == UST_NEVER || stay >= model->config->end - from ||
        (!is_down(outage) && from + stay >= config->end))
        return;
    outage->next = ust_schedule(&model->engine, from + stay, UST_LANE_FAULT, model->on.outage,
                                (uint64_t)(outage - model->outages));
}

/* An exact share of the instances in scope, every choice of them as likely as any other. */
static void hold_share(struct ust_model *model, struct ust_outage *outage,
                       struct ust_pool *pool)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        left += instance_in_scope(outage, pool, i);
    uint32_t take = (uint32_t)(outage->target->lost * left + 0.5);
    for (uint32_t i = 0; i < pool->instances_max && take > 0; i++) {
        if (!instance_in_scope(outage, pool, i))
            continue;
        if (take == left || ust_rng_below(&outage->rng, left) < take) {
            outage->holds[pool->number][i] = 1;
            ust_failure_hold(model, pool, i, outage->config->fault.params);
            take--;
        }
        left--;
    }
}

static void release_all(struct ust_model *model, const struct ust_outage *outage,
                        struct ust_pool *pool)
{
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        if (!outage->holds[pool->number][i])
            continue;
        outage->holds[pool->number][i] = 0;
        ust_failure_release(model, pool, i);
    }
}

static void act_on_target(struct ust_model *model, struct ust_outage *outage)
{
    const struct ust_fault_target *target = outage->target;
    const struct ust_fault_common *common = outage->config->fault.params;
    uint32_t step = is_down(outage) ? 1 : UINT32_MAX;
    if (whole_region(target)) {
        struct ust_region *region = &model->regions[target->region];
        region->outages += step;
        if (is_down(outage))
            region->in_flight = (uint32_t)common->in_flight;
        ust_failure_acts_on_region(model, (uint32_t)target->region);
    }
    if (whole_zone(target))
        model->regions[target->region].zone_outages[target->zone] += step;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool_in_scope(outage, pool))
            continue;
        if (is_down(outage)) {
            pool->in_flight = (uint32_t)common->in_flight;
            hold_share(model, outage, pool);
        } else {
            release_all(model, outage, pool);
        }
        ust_failure_acts_on_pool(model, pool);
    }
    if (is_down(outage) && whole_region(target))
        ust_failure_loses_data(model, target->region, &outage->rng);
    if (is_down(outage) && (whole_region(target) || whole_zone(target)))
        ust_supply_elsewhere(model, (uint32_t)target->region, whole_region(target));
}

static void act_on_one(struct ust_model *model, struct ust_outage *outage)
{
    const struct ust_fault_common *common = outage->config->fault.params;
    struct ust_pool *pool = &model->pools[outage->pool];
    if (is_down(outage)) {
        pool->in_flight = (uint32_t)common->in_flight;
        ust_failure_hold(model, pool, outage->instance, common);
    } else {
        ust_failure_release(model, pool, outage->instance);
    }
}

static void tell(struct ust_model *model, const struct ust_outage *outage, bool down)
{
    bool one = outage->pool != UST_NONE;
    static const char *const events[][2] = {{"fault_end", "fault_start"},
                                            {"instance_repaired", "instance_failed"}};
    if (one) {
        ust_pool_moment(model, &model->pools[outage->pool], events[1][down],
                        outage->instance + 1, NULL);
        return;
    }
    const struct ust_fault_target *target = outage->target;
    ust_measure_moment(
        model, (struct ust_moment){.at = model->engine.now,
                                   .event = events[0][down],
                                   .region = (uint32_t)(target->region + 1),
                                   .service = (uint32_t)(target->service + 1),
                                   .value = target->zone < 0 ? (double)NAN : target->zone + 1,
                                   .detail = outage->config->fault.kind->name});
}

/* The life that it is about; of a target there is only one. */
static uint32_t life_of(const struct ust_model *model, const struct ust_outage *outage)
{
    return outage->pool == UST_NONE
               ? 0
               : model->pools[outage->pool].instances[outage->instance].epoch;
}

static void change(struct ust_model *model, struct ust_outage *outage)
{
    uint32_t life = life_of(model, outage);
    ust_cancel(&model->engine, outage->next);
    outage->changes++;
    bool down = is_down(outage);
    if (outage->pool != UST_NONE)
        act_on_one(model, outage);
    else
        act_on_target(model, outage);
    tell(model, outage, down);
    /* One that was draining may have ended with it: then nothing of it is left to mend. */
    if (life_of(model, outage) == life)
        plan(model, outage);
}

/* One of its process's targets, there to be taken. */
static bool can_fail(const struct ust_model *model, const struct ust_outage *outage)
{
    if (is_down(outage) || outage->target->common)
        return false;
    return outage->pool == UST_NONE ||
           model->pools[outage->pool].instances[outage->instance].state == UST_UP;
}

static void on_outage(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_outage *outage = &model->outages[number];
    if (!outage->target->common) {
        change(model, outage);
        return;
    }
    for (uint32_t i = 0; i < model->outages_n; i++)
        if (model->outages[i].config == outage->config && can_fail(model, &model->outages[i]))
            change(model, &model->outages[i]);
    outage->changes += 2; /* down and back at once: it is no thing */
    plan(model, outage);
}

/* ---- instances that come and go ---- */

/* What fails one by one ends with its instance. */
void ust_outage_leaves(struct ust_model *model, const struct ust_pool *pool, uint32_t number)
{
    for (uint32_t i = 0; i < model->outages_n; i++) {
        struct ust_outage *outage = &model->outages[i];
        if (outage->target->common || !pool_in_scope(outage, pool))
            continue;
        if (outage->pool == UST_NONE) {
            outage->holds[pool->number][number] = 0;
        } else if (outage->instance == number) {
            ust_cancel(&model->engine, outage->next);
            outage->changes += outage->changes % 2;
        }
    }
}

void ust_outage_joins(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    for (uint32_t i = 0; i < model->outages_n; i++) {
        struct ust_outage *outage = &model->outages[i];
        if (outage->target->common || !pool_in_scope(outage, pool))
            continue;
        if (outage->pool != UST_NONE) {
            if (outage->instance == number)
                plan(model, outage);
            continue;
        }
        if (!is_down(outage) || outage->target->lost < 1 ||
            !instance_in_scope(outage, pool, number))
            continue;
        outage->holds[pool->number][number] = 1;
        ust_failure_hold(model, pool, number, outage->config->fault.params);
    }
}

/* ---- beginning ---- */

static uint32_t units_of(const struct ust_model *model, const struct ust_fault_target *target)
{
    uint32_t n = 0;
    if (!target->each_instance)
        return 1;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        const struct ust_outage all = {.target = target, .pool = UST_NONE};
        if (pool_in_scope(&all, pool))
            n += pool->instances_max;
    }
    return n;
}

static struct ust_outage *add(struct ust_model *model, const struct ust_outage_config *config,
                              const struct ust_fault_target *target, const char *name)
{
    struct ust_outage *outage = &model->outages[model->outages_n++];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", config->path, name);
    *outage = (struct ust_outage){
        .config = config,
        .target = target,
        .pool = UST_NONE,
        .instance = UST_NONE,
        .rng = ust_rng_derive(model->config->seed, model->replication, path)};
    return outage;
}

static void add_instances(struct ust_model *model, const struct ust_outage_config *config,
                          const struct ust_fault_target *target)
{
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        const struct ust_outage all = {.target = target, .pool = UST_NONE};
        if (!pool_in_scope(&all, pool))
            continue;
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            char name[400];
            snprintf(name, sizeof name, "%s/%u", pool->config->path, i + 1);
            struct ust_outage *outage = add(model, config, target, name);
            outage->pool = p;
            outage->instance = i;
            if (pool->instances[i].state == UST_UP)
                plan(model, outage);
        }
    }
}

static const char *name_of(const struct ust_config *config,
                           const struct ust_fault_target *target, char *name, size_t size)
{
    if (target->common)
        return "common";
    snprintf(name, size, "%s/%d/%s",
             target->region < 0 ? "" : config->regions[target->region].name, target->zone + 1,
             target->service < 0 ? "" : config->services[target->service].name);
    return name;
}

static void add_target(struct ust_model *model, const struct ust_outage_config *config,
                       const struct ust_fault_target *target)
{
    char name[400];
    if (target->each_instance) {
        add_instances(model, config, target);
        return;
    }
    struct ust_outage *outage =
        add(model, config, target, name_of(model->config, target, name, sizeof name));
    uint32_t pools = model->config->services_n * model->config->regions_n;
    outage->holds = ust_arena_alloc(model->arena, uint8_t *, pools);
    for (uint32_t p = 0; p < pools; p++)
        if (!target->common && pool_in_scope(outage, &model->pools[p]))
            outage->holds[p] =
                ust_arena_alloc(model->arena, uint8_t, model->pools[p].instances_max + 1);
    plan(model, outage);
}

/* Registers its handler only where it is used, so that runs without it keep their fingerprint.
 */
void ust_outage_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    uint32_t n = 0;
    if (config->outages_n == 0)
        return;
    model->on.outage = ust_engine_handler(&model->engine, on_outage, model);
    for (uint32_t r = 0; r < config->regions_n; r++)
        model->regions[r].zone_outages =
            ust_arena_alloc(model->arena, uint32_t, config->regions[r].zones);
    for (uint32_t i = 0; i < config->outages_n; i++)
        for (uint32_t t = 0; t < config->outages[i].targets_n; t++)
            n += units_of(model, &config->outages[i].targets[t]);
    model->outages = ust_arena_alloc(model->arena, struct ust_outage, n);
    for (uint32_t i = 0; i < config->outages_n; i++)
        for (uint32_t t = 0; t < config->outages[i].targets_n; t++)
            add_target(model, &config->outages[i], &config->outages[i].targets[t]);
}
