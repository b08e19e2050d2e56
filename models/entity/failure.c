/* Failure: turns the faults of the scenario into what they do to regions, instances and
 * services.
 *
 * Several faults may act at once. An instance is down while any fault holds it; slowness
 * multiplies, error shares add up as independent chances. Which instances a partial loss takes
 * is drawn once per fault, so a ramp only ever takes more of the same.
 */
#include <math.h>
#include <stdio.h>

#include "models/entity/failure.h"
#include "models/entity/launch.h"

#define RAMP_STEPS 50 /* a ramp acts in so many steps */

void ust_failure_hold(struct ust_model *model, struct ust_pool *pool, uint32_t number,
                      const struct ust_fault_common *fault)
{
    struct ust_instance *instance = &pool->instances[number];
    instance->restarts |= fault->returns == UST_RETURNS_COLD;
    if (instance->claims++ == 0 && instance->state != UST_OFF &&
        instance->state != UST_STARTING)
        ust_instance_down(model, pool, number);
}

void ust_failure_release(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    UST_ASSERT(instance->claims > 0);
    if (--instance->claims > 0 || !instance->down)
        return;
    if (instance->restarts)
        ust_launch_chill(model, pool, number);
    instance->restarts = false;
    ust_instance_up(model, pool, number);
}

static void hold(struct ust_model *model, struct ust_fault *fault, struct ust_pool *pool,
                 uint32_t number)
{
    fault->holds[pool->number][number] |= UST_HELD;
    ust_failure_hold(model, pool, number, ust_fault_common_of(fault));
}

static void release(struct ust_model *model, struct ust_fault *fault, struct ust_pool *pool,
                    uint32_t number)
{
    fault->holds[pool->number][number] &= (uint8_t)~UST_HELD;
    ust_failure_release(model, pool, number);
}

static bool could_take(const struct ust_fault *fault, const struct ust_pool *pool,
                       uint32_t number)
{
    const struct ust_instance *it = &pool->instances[number];
    return it->state != UST_OFF && ust_fault_in_zone(fault, it->zone);
}

static uint32_t present(const struct ust_fault *fault, const struct ust_pool *pool)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        n += could_take(fault, pool, i);
    return n;
}

/* Of the instances in scope that run, the fault takes a share, in its own order. */
static void act_on_instances(struct ust_model *model, struct ust_fault *fault,
                             struct ust_pool *pool)
{
    uint32_t n = fault->order_n[pool->number], present_n = present(fault, pool);
    uint32_t take = (uint32_t)(fault->effect.instances_lost * present_n + 0.5);
    uint32_t strike = (uint32_t)(fault->effect.hosts * present_n + 0.5);
    uint8_t *holds = fault->holds[pool->number];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = fault->order[pool->number][i];
        bool counts = could_take(fault, pool, number);
        bool wanted = counts && take > 0, held = (holds[number] & UST_HELD) != 0;
        take -= wanted;
        if (wanted && !held)
            hold(model, fault, pool, number);
        else if (!wanted && held)
            release(model, fault, pool, number);
        bool struck = counts && strike > 0;
        strike -= struck;
        holds[number] = (uint8_t)((holds[number] & ~UST_STRUCK) | (struck ? UST_STRUCK : 0));
    }
}

static void moment(struct ust_model *model, const struct ust_fault *fault, const char *event)
{
    ust_measure_moment(model,
                       (struct ust_moment){.at = model->engine.now,
                                           .event = event,
                                           .region = (uint32_t)(fault->config->region + 1),
                                           .service = (uint32_t)(fault->config->service + 1),
                                           .value = (double)NAN,
                                           .detail = fault->config->fault.kind->name});
}

/* What was written before the fault and had not been copied yet is lost with the region. */
void ust_failure_loses_data(struct ust_model *model, int32_t region, struct ust_rng *rng)
{
    for (uint32_t s = 0; s < model->config->services_n; s++) {
        const struct ust_dist *lag = &model->config->services[s].replication_lag;
        if (lag->type == NULL)
            continue;
        double ns = ust_dist_sample(lag, rng);
        if (ust_failover_promoted(model, region, s))
            continue; /* it is written elsewhere by now */
        if (region >= 0)
            ns += ust_cut_backlog(model, (uint32_t)region);
        ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                      .event = "data_loss_window",
                                                      .region = (uint32_t)(region + 1),
                                                      .service = s + 1,
                                                      .value = ns / 1e9});
    }
}

/* Who else ran where machines are lost looks for new ones elsewhere. A fault of one service is
 * nobody else's. */
static void others_come(struct ust_model *model, const struct ust_fault *fault)
{
    const struct ust_fault_config *config = fault->config;
    bool zones = config->zones != UINT64_MAX && fault->effect.no_launches;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        if ((fault->effect.region_down || zones) && config->service < 0 &&
            (config->region < 0 || (uint32_t)config->region == r))
            ust_supply_elsewhere(model, r, !zones);
}

static void plan_next(struct ust_model *model, const struct ust_fault *fault, uint64_t number)
{
    const struct ust_config *config = model->config;
    const struct ust_fault_course *course = &fault->course;
    ust_time ramp = course->ramp > course->recovery ? course->ramp : course->recovery;
    ust_time step = ramp / RAMP_STEPS > 0 ? ramp / RAMP_STEPS : 1;
    ust_time next = ust_fault_next(course, model->engine.now - config->warmup, step);
    if (next != UST_NEVER && next + config->warmup < config->end)
        ust_schedule(&model->engine, next + config->warmup, UST_LANE_FAULT, model->on.fault,
                     number);
}

static void on_fault(void *context, uint64_t number)
{
    struct ust_model *model = context;
    const struct ust_config *config = model->config;
    struct ust_fault *fault = &model->faults[number];
    ust_time since = model->engine.now - config->warmup;
    bool begins = since == fault->course.at;
    ust_fault_effect_at(ust_fault_of(fault->config->fault.kind), fault->config->fault.params,
                        &fault->course, since, &fault->effect);
    fault->acts = ust_fault_level(&fault->course, since) > 0;
    ust_cut_changed(model, fault);

    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++)
        if (ust_fault_reaches(fault, &model->pools[p]))
            model->pools[p].in_flight = (uint32_t)ust_fault_common_of(fault)->in_flight;
    for (uint32_t r = 0; r < config->regions_n; r++)
        ust_failure_acts_on_region(model, r);
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!ust_fault_reaches(fault, pool))
            continue;
        act_on_instances(model, fault, pool);
        if (begins && fault->effect.cache_lost > 0)
            ust_cache_wipe(model, pool, fault->effect.cache_lost);
        ust_failure_acts_on_pool(model, pool);
    }
    if (begins)
        moment(model, fault, "fault_start");
    if (begins && (fault->effect.region_down || fault->effect.instances_lost >= 1))
        ust_failure_loses_data(model, fault->config->region, &fault->rng);
    if (begins)
        others_come(model, fault);
    if (!begins && !fault->acts)
        moment(model, fault, "fault_end");
    plan_next(model, fault, number);
}

void ust_failure_leaves(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    pool->instances[number].claims = 0;
    for (uint32_t f = 0; f < model->config->faults_n; f++)
        if (ust_fault_reaches(&model->faults[f], pool))
            model->faults[f].holds[pool->number][number] = 0;
    ust_outage_leaves(model, pool, number);
}

/* An instance that comes up while a fault takes its whole zone comes up dead; while a fault
 * strikes all hosts, or all that start, it comes up struck. */
void ust_failure_joins(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    ust_failure_leaves(model, pool, number);
    instance->down = false;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        struct ust_fault *fault = &model->faults[f];
        if (!fault->acts || !ust_fault_reaches(fault, pool) ||
            !ust_fault_in_zone(fault, instance->zone))
            continue;
        if (fault->effect.hosts >= 1 || fault->effect.joiners)
            fault->holds[pool->number][number] |= UST_STRUCK;
        if (fault->effect.instances_lost >= 1)
            hold(model, fault, pool, number);
    }
    ust_outage_joins(model, pool, number);
    ust_failure_acts_on_pool(model, pool);
}

static void draw_order(struct ust_model *model, struct ust_fault *fault)
{
    uint32_t pools = model->config->services_n * model->config->regions_n;
    fault->order = ust_arena_alloc(model->arena, uint32_t *, pools);
    fault->order_n = ust_arena_alloc(model->arena, uint32_t, pools);
    fault->holds = ust_arena_alloc(model->arena, uint8_t *, pools);
    for (uint32_t p = 0; p < pools; p++) {
        struct ust_pool *pool = &model->pools[p];
        uint32_t n = pool->instances_max;
        fault->holds[p] = ust_arena_alloc(model->arena, uint8_t, n + 1);
        if (!ust_fault_reaches(fault, pool))
            continue;
        uint32_t *order = ust_arena_alloc(model->arena, uint32_t, n + 1);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t j = ust_rng_below(&fault->rng, i + 1); /* Fisher and Yates, inside out */
            order[i] = order[j];
            order[j] = i;
        }
        fault->order[p] = order;
        fault->order_n[p] = n;
    }
}

static struct ust_rng stream(const struct ust_model *model, const char *path,
                             const char *purpose)
{
    char name[256];
    snprintf(name, sizeof name, "%s/%s", path, purpose);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

/* When a cause strikes; UST_NEVER: it does not. */
static ust_time strikes(const struct ust_model *model, int32_t number)
{
    if (number < 0)
        return 0;
    const struct ust_cause_config *cause = &model->config->causes[number];
    struct ust_rng rng = stream(model, cause->path, "cause");
    ust_time before = strikes(model, cause->cause);
    ust_time at = ust_fault_course_draw(cause->common, &rng).at;
    return before == UST_NEVER || at == UST_NEVER ? UST_NEVER : before + at;
}

static void start_fault(struct ust_model *model, uint32_t number)
{
    const struct ust_config *config = model->config;
    struct ust_fault *fault = &model->faults[number];
    fault->config = &config->faults[number];
    fault->rng = ust_rng_derive(config->seed, model->replication, fault->config->path);
    draw_order(model, fault);
    struct ust_rng rng = stream(model, fault->config->path, "course");
    fault->course = ust_fault_course_draw(ust_fault_common_of(fault), &rng);
    ust_time cause = strikes(model, fault->config->cause);
    if (fault->course.at == UST_NEVER || cause == UST_NEVER)
        fault->course.at = UST_NEVER;
    else
        fault->course.at += cause;
    if (fault->course.at < config->end - config->warmup)
        ust_schedule(&model->engine, config->warmup + fault->course.at, UST_LANE_FAULT,
                     model->on.fault, number);
}

void ust_failure_start(struct ust_model *model)
{
    model->on.fault = ust_engine_handler(&model->engine, on_fault, model);
    for (uint32_t f = 0; f < model->config->faults_n; f++)
        start_fault(model, f);
}
