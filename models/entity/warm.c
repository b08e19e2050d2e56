/* Warm pools: machines that have been launched before they are wanted, and wait stopped,
 * hibernated or running. A launch takes one from there before it asks for a new one; the pool
 * is filled again once the group has all that it wants.
 *
 *   preparing ──▶ ready ──taken──▶ an instance that starts
 *                   ▲                    │ scale-in, with reuse
 *                   └────────────────────┘
 *
 * A stopped machine holds no quota and no capacity: its start can be refused.
 */
#include "models/entity/pool.h"

enum { FREE, PREPARING, READY };

static const struct ust_warm_config *config_of(const struct ust_pool *pool)
{
    return &pool->config->launching.warm;
}

static uint64_t ticket_of(const struct ust_pool *pool, uint32_t index)
{
    uint64_t epoch = pool->launching.warm.at[index].epoch & 0xffff;
    return (uint64_t)pool->number << 48 | epoch << 32 | index;
}

static struct ust_warm *warm_of(struct ust_model *model, uint64_t ticket,
                                struct ust_pool **pool)
{
    *pool = &model->pools[ticket >> 48];
    struct ust_warm *warm = &(*pool)->launching.warm.at[(uint32_t)ticket];
    return (warm->epoch & 0xffff) == (ticket >> 32 & 0xffff) ? warm : NULL;
}

static const struct ust_machine *machine_of(const struct ust_pool *pool,
                                            const struct ust_warm *warm)
{
    return &pool->config->launching.machines[warm->type];
}

static uint32_t count_state(const struct ust_pool *pool, uint8_t state)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < pool->launching.warm.capacity; i++)
        n += pool->launching.warm.at[i].state == state;
    return n;
}

uint32_t ust_warm_ready(const struct ust_pool *pool)
{
    return count_state(pool, READY);
}

/* AWS: the group's maximum, or the number that shall be prepared at most, less the desired
 * capacity, but no less than the minimum. */
static uint32_t target(const struct ust_pool *pool)
{
    const struct ust_warm_config *config = config_of(pool);
    if (config->state == UST_WARM_NONE)
        return 0;
    int64_t most = config->max_prepared < 0 ? (int64_t)pool->max : config->max_prepared;
    int64_t size = most - pool->desired;
    size = size < (int64_t)config->min ? (int64_t)config->min : size;
    return size < (int64_t)pool->launching.warm.capacity ? (uint32_t)size
                                                         : pool->launching.warm.capacity;
}

double ust_warm_price(const struct ust_pool *pool)
{
    double price = 0;
    for (uint32_t i = 0; i < pool->launching.warm.capacity; i++) {
        const struct ust_warm *warm = &pool->launching.warm.at[i];
        if (warm->state == PREPARING)
            price += machine_of(pool, warm)->price;
        else if (warm->state == READY)
            price += config_of(pool)->price >= 0 ? config_of(pool)->price
                                                 : machine_of(pool, warm)->price;
    }
    return price;
}

/* ---- coming and going ---- */

/* What is ended as unfit, by its health or for being old, is not used again. */
static bool fit(const struct ust_instance *instance)
{
    return !instance->down && !instance->stale;
}

/* Instances that end their last requests and will wait here then. */
static uint32_t returning(const struct ust_pool *pool)
{
    uint32_t n = 0;
    for (uint32_t i = 0; config_of(pool)->reuse && i < pool->instances_max; i++)
        n += pool->instances[i].state == UST_DRAINING && fit(&pool->instances[i]);
    return n;
}

static void leaves(struct ust_model *model, struct ust_pool *pool, struct ust_warm *warm)
{
    if (warm->machine)
        ust_supply_give_back(model, pool->config->region, warm->zone,
                             machine_of(pool, warm)->type, pool->config->vcpu, true);
    *warm = (struct ust_warm){.epoch = warm->epoch + 1};
    ust_pool_capacity(model, pool);
}

/* It waits from now on, in the state that the pool keeps. */
static void waits(struct ust_model *model, struct ust_pool *pool, struct ust_warm *warm)
{
    warm->state = READY;
    if (warm->machine && config_of(pool)->state != UST_WARM_RUNNING) {
        ust_supply_give_back(model, pool->config->region, warm->zone,
                             machine_of(pool, warm)->type, pool->config->vcpu, true);
        warm->machine = false;
    }
    ust_pool_capacity(model, pool);
}

static struct ust_warm *free_place(struct ust_pool *pool)
{
    for (uint32_t i = 0; i < pool->launching.warm.capacity; i++)
        if (pool->launching.warm.at[i].state == FREE)
            return &pool->launching.warm.at[i];
    return NULL;
}

bool ust_warm_return(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    uint32_t held = count_state(pool, READY) + count_state(pool, PREPARING);
    struct ust_warm *warm = free_place(pool);
    if (held >= target(pool) || warm == NULL || !fit(instance))
        return false;
    *warm = (struct ust_warm){.zone = instance->zone,
                              .type = instance->type,
                              .machine = instance->machine,
                              .epoch = warm->epoch + 1};
    instance->machine = false; /* it goes with the machine */
    waits(model, pool, warm);
    return true;
}

/* Of those that wait in an offering that is not closed, one in the zone with the fewest
 * instances. */
bool ust_warm_take(struct ust_model *model, struct ust_pool *pool, const uint32_t *count,
                   struct ust_warm *out)
{
    struct ust_warm *best = NULL;
    const struct ust_launching *launching = &pool->launching;
    for (uint32_t i = 0; i < launching->warm.capacity; i++) {
        struct ust_warm *warm = &launching->warm.at[i];
        if (warm->state != READY ||
            launching->open_at[warm->zone * launching->types + warm->type] > model->engine.now)
            continue;
        if (best == NULL || count[warm->zone] < count[best->zone])
            best = warm;
    }
    if (best == NULL)
        return false;
    *out = *best;
    *best = (struct ust_warm){.epoch = best->epoch + 1};
    return true;
}

/* ---- preparing ---- */

static void gets_ready(struct ust_model *model, struct ust_pool *pool, uint32_t index,
                       ust_time after)
{
    const struct ust_launch_draw *draw = &pool->launching.warm.draw[index];
    ust_schedule(&model->engine, model->engine.now + after + draw->provision + draw->rest,
                 UST_LANE_CONTROL, model->on.warm_ready, ticket_of(pool, index));
}

static void accepted(struct ust_model *model, struct ust_pool *pool, uint32_t index)
{
    const struct ust_launch_draw *draw = &pool->launching.warm.draw[index];
    if (!pool->launching.checks)
        gets_ready(model, pool, index, draw->request);
    else
        ust_schedule(&model->engine, model->engine.now + draw->request, UST_LANE_CONTROL,
                     model->on.warm_answered, ticket_of(pool, index));
}

static void on_warm_accepted(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    if (warm_of(model, ticket, &pool) == NULL)
        ust_supply_refund(model, pool->config->region);
    else
        accepted(model, pool, (uint32_t)ticket);
}

static void on_warm_answered(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    struct ust_warm *warm = warm_of(model, ticket, &pool);
    if (warm == NULL)
        return;
    enum ust_refusal why = ust_launch_answer(model, pool, warm->zone, warm->type);
    if (why == UST_GRANTED) {
        warm->machine = true;
        gets_ready(model, pool, (uint32_t)ticket, 0);
        return;
    }
    uint8_t zone = warm->zone, type = warm->type;
    leaves(model, pool, warm);
    ust_launch_refused(model, pool, zone, type, why, true);
}

static void on_warm_ready(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_pool *pool;
    struct ust_warm *warm = warm_of(model, ticket, &pool);
    if (warm == NULL)
        return;
    if (pool->launching.warm.draw[(uint32_t)ticket].fails || !ust_launch_works(model, pool)) {
        uint8_t zone = warm->zone, type = warm->type;
        leaves(model, pool, warm);
        ust_launch_refused(model, pool, zone, type, UST_NO_CAPACITY, true);
        return;
    }
    waits(model, pool, warm);
    ust_pool_moment(model, pool, "warm_ready", ust_warm_ready(pool), NULL);
    if (pool->starting == 0)
        ust_launch_fill(model, pool); /* it may be wanted already */
}

static bool prepare(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_launching *launching = &pool->launching;
    struct ust_warm *warm = free_place(pool);
    if (warm == NULL)
        return false;
    for (uint32_t i = 0; i < launching->warm.capacity; i++)
        if (launching->warm.at[i].state != FREE)
            launching->count[launching->warm.at[i].zone]++;
    struct ust_launch_choice choice = ust_launch_where(model, pool);
    if (!choice.launch)
        return false;
    *warm = (struct ust_warm){.state = PREPARING,
                              .zone = (uint8_t)choice.zone,
                              .type = (uint8_t)choice.type,
                              .epoch = warm->epoch + 1};
    uint32_t index = (uint32_t)(warm - launching->warm.at);
    launching->warm.draw[index] =
        ust_launch_draw_stages(&machine_of(pool, warm)->persona->launch, &launching->warm.rng);
    ust_pool_capacity(model, pool);
    if (ust_supply_request(model, pool->config->region, model->on.warm_accepted,
                           ticket_of(pool, index)))
        accepted(model, pool, index);
    return true;
}

void ust_warm_fill(struct ust_model *model, struct ust_pool *pool)
{
    uint32_t held = count_state(pool, READY) + count_state(pool, PREPARING);
    uint32_t wanted = target(pool);
    for (uint32_t i = pool->launching.warm.capacity; i > 0 && held > wanted; i--)
        if (pool->launching.warm.at[i - 1].state != FREE) {
            leaves(model, pool, &pool->launching.warm.at[i - 1]);
            held--;
        }
    for (held += returning(pool) + pool->launching.warm.resting; held < wanted; held++) {
        ust_launch_count(pool);
        if (!prepare(model, pool))
            return;
    }
}

/* ---- beginning: the pool is full and ready ---- */

void ust_warm_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    model->on.warm_accepted = ust_engine_handler(engine, on_warm_accepted, model);
    model->on.warm_answered = ust_engine_handler(engine, on_warm_answered, model);
    model->on.warm_ready = ust_engine_handler(engine, on_warm_ready, model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists || config_of(pool)->state == UST_WARM_NONE)
            continue;
        for (uint32_t i = 0, n = target(pool); i < n; i++) {
            struct ust_warm *warm = &pool->launching.warm.at[i];
            warm->state = READY;
            warm->zone = (uint8_t)(i % pool->launching.zones);
            warm->machine = config_of(pool)->state == UST_WARM_RUNNING;
            if (warm->machine)
                ust_supply_holds(model, pool->config->region, pool->config->vcpu);
        }
        ust_pool_capacity(model, pool);
    }
}
