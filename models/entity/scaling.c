/* Scaling: asks a pool's scalers, each at its own period, how many instances it wants. What
 * they agree on is the pool's `desired`; launch.c brings the pool there.
 *
 * With several scalers the pool grows when any of them wants more, to the most that is wanted
 * at that moment. It shrinks when all that have to be asked want fewer, to the most among them;
 * a scaler that stands alone (step and simple policies, schedules) shrinks it unasked. Where
 * both happen at one moment the larger number wins. Nobody shrinks it below what a forecast
 * holds.
 */
#include "models/entity/monitor.h"
#include "models/entity/pool.h"

static int64_t within(const struct ust_pool *pool, int64_t n)
{
    int64_t min = pool->min > pool->floor ? pool->min : pool->floor;
    return n < min ? min : n > pool->max ? pool->max : n;
}

static void read_clock(const struct ust_model *model, const struct ust_pool_scaler *scaler,
                       struct ust_scaler_view *view)
{
    const struct ust_config *config = model->config;
    const struct ust_place_facts *zone = scaler->config->zone;
    int64_t unix_ns = config->start_unix_ns + model->engine.now;
    view->unix_s = unix_ns / UST_S - (unix_ns % UST_S < 0);
    int minutes =
        zone == NULL ? config->offset_minutes : ust_place_offset_min(zone, view->unix_s);
    view->local_s = view->unix_s + (int64_t)minutes * 60;
}

/* ---- one scaler ---- */

/* Metrics and controller go with the region, or with its control plane. */
static bool controlled(const struct ust_model *model, const struct ust_pool *pool)
{
    return !model->regions[pool->config->region].down && !pool->faults.no_control;
}

static struct ust_scaler_answer ask(struct ust_model *model, struct ust_pool *pool,
                                    struct ust_pool_scaler *scaler)
{
    struct ust_scaler_view view = {.now = model->engine.now,
                                   .desired = pool->desired,
                                   .min = pool->min,
                                   .max = pool->max,
                                   .region = pool->config->region};
    if (pool->floor > view.min)
        view.min = pool->floor;
    read_clock(model, scaler, &view);
    ust_monitor_look(model, pool, scaler, &view);
    if (!controlled(model, pool))
        return (struct ust_scaler_answer){.desired = pool->desired};
    return scaler->type->target(scaler->config->kind.params, scaler->state, &view);
}

/* ---- all of them ---- */

/* Does it have to agree before instances go? */
static bool asked(const struct ust_pool_scaler *scaler)
{
    return scaler->period > 0 && scaler->type->asked != NULL &&
           scaler->type->asked(scaler->config->kind.params);
}

static bool all_want_fewer(const struct ust_pool *pool)
{
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        if (asked(&pool->scalers[k]) && pool->scalers[k].wish >= pool->desired)
            return false;
    return true;
}

/* The scaler whose number counts, the largest of those that are heard: all that want more, and
 * where there are none, those that may have fewer. NULL: nothing changes. */
static const struct ust_pool_scaler *decide(const struct ust_pool *pool)
{
    const struct ust_pool_scaler *best = NULL;
    bool agreed = all_want_fewer(pool);
    for (uint32_t k = 0; k < pool->scalers_n; k++) {
        const struct ust_pool_scaler *scaler = &pool->scalers[k];
        bool more = scaler->wish > pool->desired;
        bool fewer = scaler->wish < pool->desired && (agreed || !asked(scaler));
        if ((more || fewer) && (best == NULL || scaler->wish > best->wish))
            best = scaler;
    }
    return best;
}

static void change(struct ust_model *model, struct ust_pool *pool, int64_t wanted,
                   const char *reason)
{
    int direction = wanted > pool->desired ? 1 : -1;
    ust_pool_moment(model, pool, direction > 0 ? "scale_out" : "scale_in", (double)wanted,
                    reason);
    pool->count.flaps += pool->direction == -direction;
    pool->direction = direction;
    pool->desired = wanted;
    /* An opinion about the old number is none about the new one. */
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        pool->scalers[k].wish = wanted;
    ust_pool_capacity(model, pool);
}

/* An hour begins, of a forecast: what it is said to need, and what the last one did. */
static void tell_hour(struct ust_model *model, struct ust_pool *pool,
                      const struct ust_scaler_answer *answer, const char *name)
{
    if (answer->needed >= 0)
        ust_pool_moment(model, pool, "capacity_needed", (double)answer->needed, name);
    if (answer->forecast >= 0)
        ust_pool_moment(model, pool, "capacity_forecast", (double)answer->forecast, name);
}

/* What was wished is raised to what a forecast holds, and brought between the bounds. */
static void settle_wishes(struct ust_pool *pool, uint32_t due)
{
    int64_t hold = 0;
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        hold = pool->scalers[k].hold > hold ? pool->scalers[k].hold : hold;
    hold = hold < pool->desired ? hold : pool->desired;
    for (uint32_t k = 0; k < pool->scalers_n; k++) {
        struct ust_pool_scaler *scaler = &pool->scalers[k];
        if (due >> k & 1)
            scaler->wish = within(pool, scaler->wish < hold ? hold : scaler->wish);
    }
}

static void ask_those(struct ust_model *model, struct ust_pool *pool, uint32_t due)
{
    int64_t min = pool->min, max = pool->max;
    for (uint32_t k = 0; k < pool->scalers_n; k++) {
        if ((due >> k & 1) == 0)
            continue;
        struct ust_pool_scaler *scaler = &pool->scalers[k];
        struct ust_scaler_answer answer = ask(model, pool, scaler);
        scaler->wish = answer.desired;
        scaler->reason = answer.reason;
        scaler->hold = answer.hold;
        if (answer.told)
            tell_hour(model, pool, &answer, scaler->type->kind.name);
        if (answer.bounds) {
            min = answer.min;
            max = answer.max;
        }
    }
    pool->min = min;
    pool->max = max;
    settle_wishes(pool, due);
    const struct ust_pool_scaler *decides = decide(pool);
    int64_t wanted = within(pool, decides == NULL ? pool->desired : decides->wish);
    if (wanted != pool->desired)
        change(model, pool, wanted, decides == NULL ? "new bounds" : decides->reason);
}

static ust_time next_due(const struct ust_pool *pool)
{
    ust_time next = UST_NEVER;
    for (uint32_t k = 0; k < pool->scalers_n; k++)
        if (pool->scalers[k].period > 0 && pool->scalers[k].due < next)
            next = pool->scalers[k].due;
    return next;
}

static void on_scale(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_pool *pool = &model->pools[number];
    uint32_t due = 0;
    for (uint32_t k = 0; k < pool->scalers_n; k++) {
        struct ust_pool_scaler *scaler = &pool->scalers[k];
        if (scaler->period == 0 || scaler->due > model->engine.now)
            continue;
        scaler->due += scaler->period;
        due |= (uint32_t)1 << k;
    }
    ust_schedule(&model->engine, next_due(pool), UST_LANE_CONTROL, model->on.scale, number);
    ask_those(model, pool, due);
    if (controlled(model, pool))
        ust_launch_fill(model, pool);
}

void ust_scaling_floor(struct ust_model *model, struct ust_pool *pool, int64_t floor)
{
    pool->floor = floor;
    int64_t wanted = pool->scales ? pool->desired : pool->config->instances;
    wanted = within(pool, wanted);
    uint64_t flaps = pool->count.flaps;
    if (wanted != pool->desired)
        change(model, pool, wanted, "failover plan");
    pool->count.flaps = flaps; /* no scaler has changed its mind */
    ust_launch_fill(model, pool);
}

/* ---- beginning ---- */

void ust_scaling_make(struct ust_model *model, struct ust_pool *pool)
{
    const struct ust_pool_config *config = pool->config;
    pool->scalers_n = config->scalers_n;
    pool->scalers = ust_arena_alloc(model->arena, struct ust_pool_scaler, config->scalers_n);
    pool->desired = config->instances;
    pool->min = config->min;
    pool->max = config->max;
    for (uint32_t k = 0; k < config->scalers_n; k++) {
        struct ust_pool_scaler *scaler = &pool->scalers[k];
        const void *params = config->scalers[k].kind.params;
        scaler->config = &config->scalers[k];
        scaler->type = ust_scaler_of(config->scalers[k].kind.kind);
        scaler->period = scaler->due = scaler->type->period(params);
        scaler->blind = scaler->type->metrics(params) == 0;
        scaler->wish = pool->desired;
        pool->scales |= scaler->period > 0;
        if (scaler->type->state_size != NULL)
            scaler->state =
                ust_arena_alloc(model->arena, unsigned char, scaler->type->state_size(params));
    }
}

void ust_scaling_start(struct ust_model *model)
{
    model->on.scale = ust_engine_handler(&model->engine, on_scale, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        if (model->pools[p].config->exists && model->pools[p].scales)
            ust_schedule(&model->engine, next_due(&model->pools[p]), UST_LANE_CONTROL,
                         model->on.scale, p);
}
