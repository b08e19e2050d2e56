/* Who stands where: pods that wait for a node, the scheduler's choice, pods that move. */
#include <stdlib.h>
#include <string.h>

#include "models/entity/nodes.h"
#include "models/entity/pool.h"

static double vcpu_of(const struct ust_pool *pool)
{
    return pool->config->vcpu;
}

static double memory_of(const struct ust_pool *pool)
{
    return pool->config->persona->memory;
}

/* Somebody came, moved or went. */
static void touch(const struct ust_model *model, struct ust_node_set *set)
{
    set->changed = true;
    set->moved = model->engine.now;
}

/* ---- rooms ---- */

static bool zone_dead(const struct ust_model *model, const struct ust_node_set *set,
                      uint32_t zone)
{
    uint32_t p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL)
        if (model->pools[p].faults.dead_zones >> zone & 1)
            return true;
    return model->regions[set->config->region].down;
}

/* A node takes pods while it is up and its zone lives. */
static void look_at_zones(const struct ust_model *model, struct ust_node_set *set)
{
    uint64_t dead = 0;
    for (uint32_t zone = 0; zone < set->zones; zone++)
        dead |= (uint64_t)zone_dead(model, set, zone) << zone;
    for (uint32_t i = 0; i < set->nodes_max; i++)
        set->room[i].open =
            set->nodes[i].state == UST_NODE_UP && !(dead >> set->nodes[i].zone & 1);
}

static void count_in_zones(const struct ust_pool *pool, uint32_t in_zone[UST_ZONES_MAX])
{
    memset(in_zone, 0, UST_ZONES_MAX * sizeof *in_zone);
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state != UST_OFF && pool->instances[i].node != UST_NONE)
            in_zone[pool->instances[i].zone]++;
}

/* Room is made by pause pods that leave; the node that needs the fewest to. */
static uint32_t by_preemption(const struct ust_node_set *set, double vcpu, double memory)
{
    const struct ust_pods *pause = &set->config->pause;
    uint32_t best = set->nodes_max, fewest = UINT32_MAX;
    for (uint32_t i = 0; i < set->nodes_max; i++) {
        struct ust_node_room room = set->room[i];
        uint32_t leave = 0;
        while (leave < set->nodes[i].pauses && !ust_nodes_fits(&room, vcpu, memory)) {
            room.vcpu += pause->vcpu;
            room.memory += pause->memory;
            room.pods++;
            leave++;
        }
        if (ust_nodes_fits(&room, vcpu, memory) && leave < fewest) {
            fewest = leave;
            best = i;
        }
    }
    return best;
}

static void pause_leaves(struct ust_model *model, struct ust_node_set *set, uint32_t node)
{
    set->room[node].vcpu += set->config->pause.vcpu;
    set->room[node].memory += set->config->pause.memory;
    set->room[node].pods++;
    set->nodes[node].pauses--;
    touch(model, set);
    set->pauses_waiting++;
}

static void plan_batch(struct ust_model *model, struct ust_node_set *set)
{
    if (set->provisioner == NULL)
        return;
    ust_time at =
        set->provisioner->batch(set->config->provisioner.params, set->first, set->last);
    if (at == UST_NEVER)
        return;
    ust_cancel(&model->engine, set->batch);
    set->batch = ust_schedule(&model->engine, at > model->engine.now ? at : model->engine.now,
                              UST_LANE_CONTROL, model->on.nodes_grow, set->number);
}

static void somebody_waits(struct ust_model *model, struct ust_node_set *set)
{
    set->last = model->engine.now;
    if (!ust_timer_is_pending(&model->engine, set->batch))
        set->first = set->last;
    plan_batch(model, set);
}

static uint32_t find_node(struct ust_model *model, struct ust_node_set *set,
                          const struct ust_pool *pool)
{
    uint32_t in_zone[UST_ZONES_MAX];
    count_in_zones(pool, in_zone);
    uint32_t node =
        ust_nodes_place(set->room, set->nodes_max, in_zone, vcpu_of(pool), memory_of(pool));
    if (node < set->nodes_max || set->config->pause.n == 0)
        return node;
    node = by_preemption(set, vcpu_of(pool), memory_of(pool));
    while (node < set->nodes_max &&
           !ust_nodes_fits(&set->room[node], vcpu_of(pool), memory_of(pool)))
        pause_leaves(model, set, node);
    if (node < set->nodes_max)
        somebody_waits(model, set);
    return node;
}

static void stand_on(struct ust_model *model, struct ust_node_set *set, struct ust_pool *pool,
                     uint32_t number, uint32_t node)
{
    struct ust_instance *instance = &pool->instances[number];
    ust_nodes_put(&set->room[node], vcpu_of(pool), memory_of(pool));
    set->nodes[node].pods++;
    touch(model, set);
    instance->node = node;
    instance->zone = set->nodes[node].zone;
}

/* ---- waiting ---- */

static void wait_for_node(struct ust_model *model, struct ust_node_set *set, uint64_t ticket)
{
    if (set->waiting_n == set->waiting_capacity) {
        set->waiting_capacity = set->waiting_capacity * 2 + 16;
        set->waiting = ust_realloc(set->waiting, set->waiting_capacity * sizeof *set->waiting);
    }
    if (set->waiting_n == 0)
        ust_nodes_moment(model, set, "pods_pending", 1, set->config->name);
    set->waiting[set->waiting_n++] = ticket;
    somebody_waits(model, set);
}

void ust_nodes_pod(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_node_set *set = pool->launching.nodes;
    look_at_zones(model, set);
    uint32_t node = find_node(model, set, pool);
    if (node == set->nodes_max) {
        wait_for_node(model, set, ust_instance_ticket(pool, number));
        return;
    }
    stand_on(model, set, pool, number, node);
    ust_nodes_bill(model, set);
    ust_launch_placed(model, pool, number);
}

void ust_nodes_pod_gone(struct ust_model *model, struct ust_pool *pool, uint32_t number)
{
    struct ust_node_set *set = pool->launching.nodes;
    struct ust_instance *instance = &pool->instances[number];
    uint32_t node = instance->node;
    if (node == UST_NONE)
        return; /* it waited, and its ticket is void now */
    instance->node = UST_NONE;
    set->room[node].vcpu += vcpu_of(pool);
    set->room[node].memory += memory_of(pool);
    set->room[node].pods++;
    set->nodes[node].pods--;
    touch(model, set);
    /* Who waits is placed when all that goes now is gone. */
    if (!ust_timer_is_pending(&model->engine, set->tidy))
        set->tidy = ust_schedule(&model->engine, model->engine.now, UST_LANE_CONTROL,
                                 model->on.nodes_tidy, set->number);
}

static void place_pauses(struct ust_model *model, struct ust_node_set *set)
{
    static const uint32_t anywhere[UST_ZONES_MAX];
    const struct ust_pods *pause = &set->config->pause;
    while (set->pauses_waiting > 0) {
        uint32_t node =
            ust_nodes_place(set->room, set->nodes_max, anywhere, pause->vcpu, pause->memory);
        if (node == set->nodes_max)
            return;
        ust_nodes_put(&set->room[node], pause->vcpu, pause->memory);
        set->nodes[node].pauses++;
        touch(model, set);
        set->pauses_waiting--;
    }
}

void ust_pods_place(struct ust_model *model, struct ust_node_set *set)
{
    uint32_t kept = 0, placed = 0, stuck = UST_NO_POOL;
    look_at_zones(model, set);
    for (uint32_t i = 0; i < set->waiting_n; i++) {
        struct ust_pool *pool;
        uint32_t number;
        uint64_t ticket = set->waiting[i];
        const struct ust_instance *instance = ust_instance_of(model, ticket, &pool, &number);
        if (instance == NULL || instance->state != UST_STARTING)
            continue; /* called off */
        /* Where one of a pool finds no room, its sisters find none. */
        uint32_t node = pool->number == stuck ? set->nodes_max : find_node(model, set, pool);
        if (node == set->nodes_max) {
            stuck = pool->number;
            set->waiting[kept++] = ticket;
            continue;
        }
        stand_on(model, set, pool, number, node);
        ust_launch_placed(model, pool, number);
        placed++;
    }
    if (set->waiting_n > 0 && kept == 0)
        ust_nodes_moment(model, set, "pods_placed", placed, set->config->name);
    set->waiting_n = kept;
    place_pauses(model, set);
    if (placed > 0)
        ust_nodes_bill(model, set);
}

/* ---- who fits nowhere ---- */

/* Takes a pod into the first room that it fits in; false: none. */
static bool shelter(struct ust_node_room *room, uint32_t n, double vcpu, double memory)
{
    for (uint32_t i = 0; i < n; i++)
        if (ust_nodes_fits(&room[i], vcpu, memory)) {
            ust_nodes_put(&room[i], vcpu, memory);
            return true;
        }
    return false;
}

static void add_to_group(struct ust_pods *groups, uint32_t *n, double vcpu, double memory)
{
    uint32_t i = 0;
    while (i < *n && (groups[i].vcpu < vcpu || groups[i].vcpu > vcpu ||
                      groups[i].memory < memory || groups[i].memory > memory))
        i++;
    if (i == *n)
        groups[(*n)++] = (struct ust_pods){vcpu, memory, 0};
    groups[i].n++;
}

uint32_t ust_pods_homeless(struct ust_model *model, struct ust_node_set *set,
                           struct ust_pods *groups)
{
    uint32_t n = 0;
    const struct ust_pods *pause = &set->config->pause;
    for (uint32_t i = 0; i < set->nodes_max; i++) {
        set->scratch[i] = set->room[i];
        set->scratch[i].open = set->nodes[i].state == UST_NODE_STARTING;
    }
    for (uint32_t i = 0; i < set->waiting_n; i++) {
        struct ust_pool *pool;
        uint32_t number;
        const struct ust_instance *instance =
            ust_instance_of(model, set->waiting[i], &pool, &number);
        if (instance == NULL || instance->state != UST_STARTING ||
            shelter(set->scratch, set->nodes_max, vcpu_of(pool), memory_of(pool)))
            continue;
        add_to_group(groups, &n, vcpu_of(pool), memory_of(pool));
    }
    for (uint32_t i = 0; i < set->pauses_waiting; i++)
        if (!shelter(set->scratch, set->nodes_max, pause->vcpu, pause->memory))
            add_to_group(groups, &n, pause->vcpu, pause->memory);
    return n;
}

/* ---- moving ---- */

uint32_t ust_pods_on(const struct ust_model *model, const struct ust_node_set *set,
                     uint32_t node, struct ust_pods *groups)
{
    uint32_t n = 0, p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL) {
        const struct ust_pool *pool = &model->pools[p];
        for (uint32_t i = 0; i < pool->instances_max; i++)
            if (pool->instances[i].state != UST_OFF && pool->instances[i].node == node)
                add_to_group(groups, &n, vcpu_of(pool), memory_of(pool));
    }
    for (uint32_t i = 0; i < set->nodes[node].pauses; i++)
        add_to_group(groups, &n, set->config->pause.vcpu, set->config->pause.memory);
    return n;
}

/* Would the scheduler find room for the pool's pods that stand on the node? */
static bool pool_movable(struct ust_node_set *set, const struct ust_pool *pool, uint32_t node)
{
    uint32_t in_zone[UST_ZONES_MAX];
    count_in_zones(pool, in_zone);
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        if (pool->instances[i].state == UST_OFF || pool->instances[i].node != node)
            continue;
        in_zone[pool->instances[i].zone]--;
        uint32_t to = ust_nodes_place(set->scratch, set->nodes_max, in_zone, vcpu_of(pool),
                                      memory_of(pool));
        if (to == set->nodes_max)
            return false;
        ust_nodes_put(&set->scratch[to], vcpu_of(pool), memory_of(pool));
        in_zone[set->scratch[to].zone]++;
    }
    return true;
}

bool ust_pods_movable(struct ust_model *model, struct ust_node_set *set, uint32_t node)
{
    const struct ust_pods *pause = &set->config->pause;
    look_at_zones(model, set);
    memcpy(set->scratch, set->room, set->nodes_max * sizeof *set->scratch);
    set->scratch[node].open = false;
    uint32_t p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL)
        if (!pool_movable(set, &model->pools[p], node))
            return false;
    for (uint32_t i = 0; i < set->nodes[node].pauses; i++)
        if (!shelter(set->scratch, set->nodes_max, pause->vcpu, pause->memory))
            return false;
    return true;
}

void ust_pods_evict(struct ust_model *model, struct ust_node_set *set, uint32_t node)
{
    while (set->nodes[node].pauses > 0)
        pause_leaves(model, set, node);
    uint32_t p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL) {
        struct ust_pool *pool = &model->pools[p];
        bool any = false;
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            const struct ust_instance *it = &pool->instances[i];
            if (it->node != node || (it->state != UST_UP && it->state != UST_STARTING))
                continue;
            ust_retire(model, pool, i);
            any = true;
        }
        if (any)
            ust_launch_fill(model, pool);
    }
}

/* ---- beginning ---- */

/* The scenario's checks have seen that they all fit. */
void ust_pods_begin(struct ust_model *model, struct ust_node_set *set)
{
    look_at_zones(model, set);
    uint32_t p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL) {
        struct ust_pool *pool = &model->pools[p];
        for (uint32_t i = 0; i < pool->config->instances; i++) {
            uint32_t node = find_node(model, set, pool);
            UST_ASSERT(node < set->nodes_max);
            stand_on(model, set, pool, i, node);
        }
    }
    set->pauses_waiting = set->config->pause.n;
    place_pauses(model, set);
}
