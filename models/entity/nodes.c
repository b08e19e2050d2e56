#include "models/entity/nodes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/entity/pool.h"

/* ---- the set ---- */

uint32_t ust_nodes_next_pool(const struct ust_model *model, const struct ust_node_set *set,
                             uint32_t number)
{
    uint32_t pools = model->config->services_n * model->config->regions_n;
    uint32_t p = number == UST_NO_POOL ? 0 : number + 1;
    while (p < pools && model->pools[p].launching.nodes != set)
        p++;
    return p < pools ? p : UST_NO_POOL;
}

/* Its control plane works while that of any service on it does. */
bool ust_nodes_work(const struct ust_model *model, const struct ust_node_set *set)
{
    uint32_t p = UST_NO_POOL;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL)
        if (ust_launch_works(model, &model->pools[p]))
            return true;
    return false;
}

void ust_nodes_moment(struct ust_model *model, const struct ust_node_set *set,
                      const char *event, double value, const char *detail)
{
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = set->config->region + 1,
                                                  .value = value,
                                                  .detail = detail});
}

uint32_t ust_nodes_in(const struct ust_node_set *set, enum ust_node_state state)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->nodes_max; i++)
        n += set->nodes[i].state == state;
    return n;
}

uint32_t ust_nodes_n(const struct ust_node_set *set)
{
    return ust_nodes_in(set, UST_NODE_STARTING) + ust_nodes_in(set, UST_NODE_UP);
}

static uint64_t ticket_of(const struct ust_node_set *set, uint32_t node)
{
    uint64_t epoch = set->nodes[node].epoch & 0xffff;
    return (uint64_t)set->number << 48 | epoch << 32 | node;
}

static struct ust_host *node_of(struct ust_model *model, uint64_t ticket,
                                struct ust_node_set **set)
{
    *set = &model->node_sets[ticket >> 48];
    struct ust_host *node = &(*set)->nodes[(uint32_t)ticket];
    return (node->epoch & 0xffff) == (ticket >> 32 & 0xffff) ? node : NULL;
}

static uint32_t offering(const struct ust_node_set *set, const struct ust_host *node)
{
    return node->zone * set->config->types + node->type;
}

/* ---- who pays ---- */

void ust_nodes_bill(struct ust_model *model, struct ust_node_set *set)
{
    uint32_t pools = 0, p = UST_NO_POOL;
    double alone = 0;
    for (uint32_t i = 0; i < set->nodes_max; i++)
        set->used[i] = 0;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL) {
        const struct ust_pool *pool = &model->pools[p];
        pools++;
        for (uint32_t i = 0; i < pool->instances_max; i++)
            if (pool->instances[i].state != UST_OFF && pool->instances[i].node != UST_NONE)
                set->used[pool->instances[i].node] += pool->config->vcpu;
    }
    for (uint32_t i = 0; i < set->nodes_max; i++)
        if (set->nodes[i].state != UST_NODE_OFF && set->used[i] <= 0)
            alone += set->config->size[set->nodes[i].type].price;
    while ((p = ust_nodes_next_pool(model, set, p)) != UST_NO_POOL) {
        struct ust_pool *pool = &model->pools[p];
        double price = alone / pools;
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            const struct ust_instance *it = &pool->instances[i];
            if (it->state != UST_OFF && it->node != UST_NONE)
                price += set->config->size[set->nodes[it->node].type].price *
                         pool->config->vcpu / set->used[it->node];
        }
        pool->launching.node_price = price;
        ust_pool_capacity(model, pool);
    }
}

/* ---- machines ---- */

void ust_nodes_off(struct ust_model *model, struct ust_node_set *set, uint32_t number)
{
    struct ust_host *node = &set->nodes[number];
    const struct ust_machine *machine = &set->config->machines[node->type];
    uint32_t p = ust_nodes_next_pool(model, set, UST_NO_POOL);
    bool alive = !(model->pools[p].faults.dead_zones >> node->zone & 1);
    if (node->machine)
        ust_supply_give_back(model, set->config->region, node->zone, machine->type,
                             machine->persona->vcpu, alive);
    if (node->state == UST_NODE_STARTING || node->state == UST_NODE_UP)
        set->count[offering(set, node)]--;
    if (node->state != UST_NODE_STARTING)
        ust_nodes_moment(model, set, "node_gone", number + 1, set->config->name);
    *node = (struct ust_host){.epoch = node->epoch + 1, .unneeded = UST_NEVER};
    set->room[number].open = false;
    set->changed = true;
    ust_nodes_bill(model, set);
}

static void refused(struct ust_model *model, struct ust_node_set *set, uint32_t number,
                    const char *why)
{
    struct ust_host *node = &set->nodes[number];
    uint32_t at = offering(set, node);
    const char *name = set->config->machines[node->type].persona->name;
    if (set->open_at[at] <= model->engine.now) {
        set->refusals[at]++;
        set->open_at[at] =
            model->engine.now +
            set->provisioner->pause(set->config->provisioner.params, set->refusals[at]);
        ust_nodes_moment(model, set, "node_refused", node->zone + 1,
                         ust_arena_printf(model->arena, "%s: %s in zone %u", why,
                                          name != NULL ? name : "node", node->zone + 1u));
    }
    ust_nodes_off(model, set, number);
    /* Who waits is looked at again: in a moment, or at the next scan. */
    set->first = set->last = model->engine.now;
    ust_time again =
        set->provisioner->batch(set->config->provisioner.params, set->first, set->last);
    if (again != UST_NEVER && !ust_timer_is_pending(&model->engine, set->batch))
        set->batch = ust_schedule(&model->engine, again, UST_LANE_CONTROL, model->on.nodes_grow,
                                  set->number);
}

static void accepted(struct ust_model *model, struct ust_node_set *set, uint32_t number)
{
    ust_schedule(&model->engine, model->engine.now + set->draw[number].request,
                 UST_LANE_CONTROL, model->on.node_answered, ticket_of(set, number));
}

static void on_accepted(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_node_set *set;
    if (node_of(model, ticket, &set) == NULL)
        ust_supply_refund(model, set->config->region);
    else
        accepted(model, set, (uint32_t)ticket);
}

/* NULL: granted. A fault that is one service's alone does not reach the nodes of all. */
static const char *answer(struct ust_model *model, struct ust_node_set *set,
                          struct ust_host *node)
{
    struct ust_pool *pool = &model->pools[ust_nodes_next_pool(model, set, UST_NO_POOL)];
    const struct ust_machine *machine = &set->config->machines[node->type];
    if (!ust_nodes_work(model, set))
        return "control plane lost";
    if (pool->faults.dead_zones >> node->zone & 1)
        return "zone lost";
    if (ust_failure_refuses(model, pool, node->zone, machine->type))
        return "no capacity";
    switch (ust_supply_take(model, set->config->region, node->zone, machine->type,
                            machine->persona->vcpu)) {
    case UST_NO_QUOTA:
        return "account quota";
    case UST_NO_CAPACITY:
        return "no capacity";
    default:
        node->machine = true;
        return NULL;
    }
}

static void on_answered(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_node_set *set;
    uint32_t number = (uint32_t)ticket;
    struct ust_host *node = node_of(model, ticket, &set);
    if (node == NULL)
        return;
    const char *why = answer(model, set, node);
    if (why != NULL) {
        refused(model, set, number, why);
        return;
    }
    const struct ust_launch_draw *draw = &set->draw[number];
    ust_time after = draw->provision + (draw->fails ? 0 : draw->rest);
    ust_schedule(&model->engine, model->engine.now + after, UST_LANE_CONTROL,
                 model->on.node_ready, ticket);
}

static void comes_up(struct ust_node_set *set, uint32_t number)
{
    struct ust_host *node = &set->nodes[number];
    node->state = UST_NODE_UP;
    node->unneeded = UST_NEVER;
    set->changed = true;
}

static void on_ready(void *context, uint64_t ticket)
{
    struct ust_model *model = context;
    struct ust_node_set *set;
    uint32_t number = (uint32_t)ticket;
    struct ust_host *node = node_of(model, ticket, &set);
    if (node == NULL)
        return;
    const struct ust_pool *pool = &model->pools[ust_nodes_next_pool(model, set, UST_NO_POOL)];
    if (set->draw[number].fails || !ust_nodes_work(model, set) ||
        (pool->faults.dead_zones >> node->zone & 1)) {
        refused(model, set, number, "it did not come up");
        return;
    }
    set->refusals[offering(set, node)] = 0;
    comes_up(set, number);
    node->born = model->engine.now;
    ust_nodes_moment(model, set, "node_ready", number + 1, set->config->name);
    uint32_t old = node->replaces;
    node->replaces = 0;
    ust_pods_place(model, set);
    ust_nodes_bill(model, set);
    if (old > 0 && set->nodes[old - 1].state == UST_NODE_UP)
        ust_nodes_leave(model, set, old - 1);
}

/* ---- more nodes ---- */

uint32_t ust_nodes_ask(struct ust_model *model, struct ust_node_set *set, uint32_t zone,
                       uint32_t type)
{
    uint32_t number = 0;
    while (number < set->nodes_max && set->nodes[number].state != UST_NODE_OFF)
        number++;
    if (number == set->nodes_max)
        return number;
    const struct ust_node_size *size = &set->config->size[type];
    struct ust_host *node = &set->nodes[number];
    *node = (struct ust_host){.state = UST_NODE_STARTING,
                              .zone = (uint8_t)zone,
                              .type = (uint8_t)type,
                              .epoch = node->epoch + 1,
                              .launched = model->engine.now,
                              .unneeded = UST_NEVER};
    set->room[number] =
        (struct ust_node_room){size->vcpu, size->memory, set->config->pods_max, zone, false};
    set->count[offering(set, node)]++;
    set->draw[number] =
        ust_launch_draw_stages(&set->config->machines[type].persona->launch, &set->launches);
    if (ust_supply_request(model, set->config->region, model->on.node_accepted,
                           ticket_of(set, number)))
        accepted(model, set, number);
    return number;
}

uint32_t ust_nodes_spread(const struct ust_model *model, const struct ust_node_set *set,
                          uint32_t type)
{
    uint32_t best = set->zones, fewest = 0;
    for (uint32_t zone = 0; zone < set->zones; zone++) {
        uint32_t n = 0;
        for (uint32_t t = 0; t < set->config->types; t++)
            n += set->count[zone * set->config->types + t];
        if (set->open_at[zone * set->config->types + type] <= model->engine.now &&
            (best == set->zones || n < fewest)) {
            best = zone;
            fewest = n;
        }
    }
    return best;
}

static void buy(struct ust_model *model, struct ust_node_set *set,
                struct ust_nodes_choice choice)
{
    for (uint32_t i = 0; i < choice.n; i++) {
        uint32_t zone = choice.zone == UST_EACH_ZONE ? ust_nodes_spread(model, set, choice.type)
                                                     : choice.zone;
        if (zone < set->zones)
            (void)ust_nodes_ask(model, set, zone, choice.type);
    }
    set->grown = model->engine.now;
    ust_nodes_moment(model, set, "nodes_asked", choice.n, set->config->name);
}

static void grow(struct ust_model *model, struct ust_node_set *set)
{
    struct ust_pods groups[UST_SERVICES_MAX + 1];
    uint32_t left[UST_SERVICES_MAX + 1];
    struct ust_nodes_view view = {.now = model->engine.now,
                                  .zones = set->zones,
                                  .types = set->config->types,
                                  .size = set->config->size,
                                  .count = set->count,
                                  .open_at = set->open_at,
                                  .pods_max = set->config->pods_max,
                                  .pods = groups};
    ust_pods_place(model, set);
    if (!ust_nodes_work(model, set))
        return;
    view.pods_n = ust_pods_homeless(model, set, groups);
    while (view.pods_n > 0) {
        uint32_t n = ust_nodes_n(set);
        view.room = n < set->config->max ? set->config->max - n : 0;
        struct ust_nodes_choice choice =
            set->provisioner->grow(set->config->provisioner.params, &view, &set->choices);
        if (choice.n == 0 || view.room == 0)
            return;
        buy(model, set, choice);
        if (!set->provisioner->many)
            return;
        (void)ust_nodes_pack(&set->config->size[choice.type], groups, view.pods_n,
                             set->config->pods_max, choice.n, left);
        for (uint32_t i = 0; i < view.pods_n; i++)
            groups[i].n = left[i];
    }
}

static void on_grow(void *context, uint64_t number)
{
    struct ust_model *model = context;
    grow(model, &model->node_sets[number]);
}

/* ---- looks ---- */

static void give_up(struct ust_model *model, struct ust_node_set *set)
{
    ust_time patience = set->provisioner->patience(set->config->provisioner.params);
    for (uint32_t i = 0; i < set->nodes_max; i++)
        if (set->nodes[i].state == UST_NODE_STARTING &&
            model->engine.now - set->nodes[i].launched >= patience)
            refused(model, set, i, "it took too long");
}

uint32_t ust_nodes_unready(const struct ust_model *model, const struct ust_node_set *set)
{
    const struct ust_pool *pool = &model->pools[ust_nodes_next_pool(model, set, UST_NO_POOL)];
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->nodes_max; i++)
        n += set->nodes[i].state == UST_NODE_UP &&
             (pool->faults.dead_zones >> set->nodes[i].zone & 1);
    return n;
}

static bool halted(struct ust_model *model, struct ust_node_set *set)
{
    uint32_t unready = ust_nodes_unready(model, set), up = ust_nodes_in(set, UST_NODE_UP);
    bool halts = set->provisioner->halts(set->config->provisioner.params, unready, up);
    if (halts && !set->halted)
        ust_nodes_moment(model, set, "provisioner_halted", unready, set->config->name);
    set->halted = halts;
    return halts;
}

static void on_scan(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_node_set *set = &model->node_sets[number];
    ust_schedule(&model->engine,
                 model->engine.now + set->provisioner->scan(set->config->provisioner.params),
                 UST_LANE_CONTROL, model->on.nodes_scan, number);
    if (!ust_nodes_work(model, set))
        return;
    give_up(model, set);
    if (halted(model, set))
        return;
    grow(model, set);
    ust_nodes_shrink(model, set);
}

/* After pods have gone: their room is for those that wait, and a node that was to be left may
 * be empty. */
static void on_tidy(void *context, uint64_t number)
{
    struct ust_model *model = context;
    struct ust_node_set *set = &model->node_sets[number];
    for (uint32_t i = 0; i < set->nodes_max; i++)
        if (set->nodes[i].state == UST_NODE_LEAVING && set->nodes[i].pods == 0)
            ust_nodes_off(model, set, i);
    ust_pods_place(model, set);
    ust_nodes_bill(model, set);
}

/* ---- beginning and end ---- */

static struct ust_rng stream(const struct ust_model *model, const struct ust_node_set *set,
                             const char *purpose)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", set->config->path, purpose);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

/* Of the nodes of the beginning, whose ages lie evenly below it. */
static ust_time age_of_oldest(const struct ust_node_set *set)
{
    if (set->provisioner == NULL)
        return 0;
    struct ust_shrink_rule rule = set->provisioner->shrink(set->config->provisioner.params);
    return rule.ages ? rule.expires : 0;
}

static void make_set(struct ust_model *model, uint32_t number)
{
    struct ust_node_set *set = &model->node_sets[number];
    const struct ust_node_set_config *config = &model->config->node_sets[number];
    struct ust_arena *arena = model->arena;
    uint32_t zones = model->config->regions[config->region].zones, n = zones * config->types;
    uint32_t most = config->max * 2; /* leaving nodes hold their numbers */
    *set = (struct ust_node_set){.config = config,
                                 .number = number,
                                 .zones = zones,
                                 .nodes = ust_arena_alloc(arena, struct ust_host, most),
                                 .room = ust_arena_alloc(arena, struct ust_node_room, most),
                                 .scratch = ust_arena_alloc(arena, struct ust_node_room, most),
                                 .draw = ust_arena_alloc(arena, struct ust_launch_draw, most),
                                 .used = ust_arena_alloc(arena, double, most),
                                 .nodes_max = most,
                                 .count = ust_arena_alloc(arena, uint32_t, n),
                                 .open_at = ust_arena_alloc(arena, ust_time, n),
                                 .refusals = ust_arena_alloc(arena, uint32_t, n),
                                 .grown = -UST_DAY};
    set->launches = stream(model, set, "launches");
    set->choices = stream(model, set, "choices");
    if (config->provisioner.kind != NULL)
        set->provisioner = ust_provisioner_of(config->provisioner.kind);
    for (uint32_t i = 0; i < most; i++)
        set->nodes[i].unneeded = UST_NEVER;
    ust_time oldest = age_of_oldest(set);
    for (uint32_t i = 0; i < config->nodes; i++) {
        struct ust_host *node = &set->nodes[i];
        node->born = -ust_time_round((double)oldest * (i + 0.5) / config->nodes);
        const struct ust_node_size *size = &config->size[0];
        node->zone = (uint8_t)(i % zones);
        node->machine = true;
        set->room[i] = (struct ust_node_room){size->vcpu, size->memory, config->pods_max,
                                              node->zone, false};
        set->count[offering(set, node)]++;
        comes_up(set, i);
        ust_supply_holds(model, config->region, config->machines[0].persona->vcpu);
    }
}

void ust_nodes_start(struct ust_model *model)
{
    struct ust_engine *engine = &model->engine;
    uint32_t n = model->config->node_sets_n;
    model->on.node_accepted = ust_engine_handler(engine, on_accepted, model);
    model->on.node_answered = ust_engine_handler(engine, on_answered, model);
    model->on.node_ready = ust_engine_handler(engine, on_ready, model);
    model->on.nodes_grow = ust_engine_handler(engine, on_grow, model);
    model->on.nodes_scan = ust_engine_handler(engine, on_scan, model);
    model->on.nodes_tidy = ust_engine_handler(engine, on_tidy, model);
    model->node_sets = ust_arena_alloc(model->arena, struct ust_node_set, n);
    for (uint32_t i = 0; i < n; i++)
        make_set(model, i);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (pool->config->exists && pool->config->launching.nodes > 0)
            pool->launching.nodes = &model->node_sets[pool->config->launching.nodes - 1];
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ust_node_set *set = &model->node_sets[i];
        if (ust_nodes_next_pool(model, set, UST_NO_POOL) == UST_NO_POOL)
            continue; /* no service is on it here, as the checks have said */
        ust_pods_begin(model, set);
        ust_nodes_bill(model, set);
        if (set->provisioner == NULL)
            continue;
        ust_time period = set->provisioner->scan(set->config->provisioner.params);
        struct ust_rng phase = stream(model, set, "phase");
        ust_schedule(engine, (ust_time)(ust_rng_unit(&phase) * (double)period),
                     UST_LANE_CONTROL, model->on.nodes_scan, i);
    }
}

void ust_nodes_free(struct ust_model *model)
{
    for (uint32_t i = 0; i < model->config->node_sets_n; i++)
        free(model->node_sets[i].waiting);
}
