/* Who goes when a pool shrinks, and how: it takes nothing new, ends what it has, and gives its
 * machine back. */
#include "models/entity/nodes.h"
#include "models/entity/pool.h"

void ust_retire_off(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    ust_instance_given_up(model, pool, number);
    if (instance->machine) {
        const struct ust_machine *machine = &pool->config->launching.machines[instance->type];
        ust_supply_give_back(model, pool->config->region, instance->zone, machine->type,
                             pool->config->vcpu, !instance->down);
        instance->machine = false;
    }
    if (pool->launching.nodes != NULL)
        ust_nodes_pod_gone(model, pool, number);
    ust_instance_stops_io(pool, instance, model->engine.now);
    instance->state = UST_OFF;
    instance->epoch++;
    ust_failure_leaves(model, pool, number);
    ust_pool_capacity(model, pool);
}

void ust_pool_drained(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    bool awaiting = pool->awaiting != NULL && pool->awaiting[number] > 0;
    if (instance->busy > 0 || instance->waiting > 0 || awaiting)
        return;
    while (instance->first.next != UST_NONE)
        if (ust_pool_first_waiting(model, instance) != UST_NONE)
            return;
    if (pool->config->launching.warm.reuse)
        (void)ust_warm_return(model, pool, number);
    ust_retire_off(model, pool, number);
}

void ust_retire(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    ust_pool_leave(model, pool, number);
    if (instance->state == UST_STARTING)
        pool->starting--;
    if (instance->state == UST_STARTING || instance->down) {
        ust_retire_off(model, pool, number);
        return;
    }
    instance->state = UST_DRAINING;
    ust_pool_drained(model, pool, number);
    ust_pool_capacity(model, pool);
}

/* Of an hour that is paid in full, how much has passed. */
static ust_time paid(const struct ust_instance *instance, ust_time now)
{
    return (now - instance->launched) % UST_HOUR;
}

/* Of two that are alike but for their age: does `a` go before `b`? */
static bool goes_first(const struct ust_pool *pool, const struct ust_instance *a,
                       const struct ust_instance *b, ust_time now)
{
    switch ((enum ust_termination)pool->config->launching.termination) {
    case UST_END_OLDEST:
        return a->launched < b->launched;
    case UST_END_BILLING_HOUR:
        return paid(a, now) > paid(b, now);
    case UST_END_YOUNGEST:
        break;
    }
    return a->launched > b->launched;
}

static bool may_go(const struct ust_instance *it, enum ust_retire_whom whom)
{
    if (it->state == UST_STARTING)
        return whom == UST_RETIRE_ANY;
    if (it->state != UST_UP || (whom == UST_RETIRE_STALE && !it->stale))
        return false;
    return it->believed || whom == UST_RETIRE_ANY;
}

uint32_t ust_retire_choose(const struct ust_model *model, const struct ust_pool *pool,
                           enum ust_retire_whom whom)
{
    uint32_t zone[UST_ZONES_MAX] = {0}, best = UST_NONE;
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_UP || pool->instances[i].state == UST_STARTING)
            zone[pool->instances[i].zone]++;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_instance *it = &pool->instances[i];
        if (!may_go(it, whom))
            continue;
        if (best == UST_NONE) {
            best = i;
            continue;
        }
        const struct ust_instance *other = &pool->instances[best];
        if (it->state != other->state) {
            if (it->state == UST_STARTING)
                best = i;
        } else if (it->believed != other->believed) {
            if (!it->believed)
                best = i;
        } else if (zone[it->zone] != zone[other->zone]) {
            if (zone[it->zone] > zone[other->zone])
                best = i;
        } else if (goes_first(pool, it, other, model->engine.now)) {
            best = i;
        }
    }
    return best;
}
