/* Which nodes go: the empty ones, and those little used whose pods fit elsewhere, after they
 * could have gone for as long as the provisioner's rule says. */
#include <math.h>

#include "models/entity/nodes.h"
#include "models/entity/pool.h"

static double utilisation(const struct ust_node_set *set, uint32_t node)
{
    const struct ust_node_size *size = &set->config->size[set->nodes[node].type];
    double vcpu = 1 - set->room[node].vcpu / size->vcpu;
    double memory = size->memory < HUGE_VAL ? 1 - set->room[node].memory / size->memory : 0;
    return vcpu > memory ? vcpu : memory;
}

static bool empty(const struct ust_host *node)
{
    return node->pods == 0 && node->pauses == 0;
}

static bool could_go(struct ust_model *model, struct ust_node_set *set,
                     const struct ust_shrink_rule *rule, uint32_t number)
{
    const struct ust_host *node = &set->nodes[number];
    if (node->state != UST_NODE_UP)
        return false;
    if (empty(node))
        return true;
    return !rule->empty_only && utilisation(set, number) < rule->utilisation &&
           ust_pods_movable(model, set, number);
}

void ust_nodes_leave(struct ust_model *model, struct ust_node_set *set, uint32_t number)
{
    struct ust_host *node = &set->nodes[number];
    node->state = UST_NODE_LEAVING;
    set->count[node->zone * set->config->types + node->type]--;
    set->room[number].open = false;
    ust_pods_evict(model, set, number);
    if (node->pods == 0)
        ust_nodes_off(model, set, number);
}

/* Of those with pods that may go, the one with the fewest; nodes_max: none. One at a time, and
 * not while pods wait. */
static uint32_t with_pods(const struct ust_node_set *set, ust_time since)
{
    uint32_t best = set->nodes_max;
    if (set->waiting_n > 0 || set->pauses_waiting > 0)
        return best;
    for (uint32_t i = 0; i < set->nodes_max; i++) {
        const struct ust_host *node = &set->nodes[i];
        if (node->state == UST_NODE_LEAVING)
            return set->nodes_max;
        if (node->state == UST_NODE_UP && !empty(node) && node->unneeded <= since &&
            (best == set->nodes_max || node->pods < set->nodes[best].pods))
            best = i;
    }
    return best;
}

/* ---- cheaper ones ---- */

/* The cheapest open type below the node's price whose one node holds its pods; types: none. */
static uint32_t cheaper(const struct ust_model *model, const struct ust_node_set *set,
                        uint32_t number)
{
    struct ust_pods groups[UST_SERVICES_MAX + 1];
    uint32_t left[UST_SERVICES_MAX + 1], best = set->config->types;
    uint32_t n = ust_pods_on(model, set, number, groups);
    double price = set->config->size[set->nodes[number].type].price;
    for (uint32_t type = 0; type < set->config->types; type++) {
        uint32_t more = 0;
        if (set->config->size[type].price >= price ||
            ust_nodes_spread(model, set, type) == set->zones ||
            ust_nodes_pack(&set->config->size[type], groups, n, set->config->pods_max, 1,
                           left) == 0)
            continue;
        for (uint32_t i = 0; i < n; i++)
            more += left[i];
        if (more > 0)
            continue;
        best = type;
        price = set->config->size[type].price;
    }
    return best;
}

/* One at a time, while nobody waits and no other node comes or goes. */
static void replace_one(struct ust_model *model, struct ust_node_set *set)
{
    if (set->waiting_n > 0 || set->pauses_waiting > 0)
        return;
    for (uint32_t i = 0; i < set->nodes_max; i++)
        if (set->nodes[i].state == UST_NODE_STARTING || set->nodes[i].state == UST_NODE_LEAVING)
            return;
    for (uint32_t i = 0; i < set->nodes_max; i++) {
        if (set->nodes[i].state != UST_NODE_UP || empty(&set->nodes[i]))
            continue;
        uint32_t type = cheaper(model, set, i);
        if (type == set->config->types)
            continue;
        uint32_t fresh = ust_nodes_ask(model, set, ust_nodes_spread(model, set, type), type);
        if (fresh < set->nodes_max) {
            set->nodes[fresh].replaces = i + 1;
            ust_nodes_moment(model, set, "node_replaced", i + 1, set->config->name);
        }
        return;
    }
}

static void expire(struct ust_model *model, struct ust_node_set *set, ust_time age)
{
    for (uint32_t i = 0; i < set->nodes_max; i++) {
        if (set->nodes[i].state != UST_NODE_UP || model->engine.now - set->nodes[i].born < age)
            continue;
        ust_nodes_moment(model, set, "node_expired", i + 1, set->config->name);
        ust_nodes_leave(model, set, i);
    }
}

static uint32_t budget(const struct ust_model *model, const struct ust_node_set *set,
                       const struct ust_shrink_rule *rule)
{
    uint32_t up = ust_nodes_in(set, UST_NODE_UP), leaving = ust_nodes_in(set, UST_NODE_LEAVING);
    return ust_shrink_budget(rule, up + leaving, ust_nodes_unready(model, set), leaving);
}

void ust_nodes_shrink(struct ust_model *model, struct ust_node_set *set)
{
    struct ust_shrink_rule rule = set->provisioner->shrink(set->config->provisioner.params);
    ust_time now = model->engine.now;
    if (rule.expires > 0)
        expire(model, set, rule.expires);
    if (rule.never)
        return;
    for (uint32_t i = 0; i < set->nodes_max && set->changed; i++) {
        struct ust_host *node = &set->nodes[i];
        if (!could_go(model, set, &rule, i))
            node->unneeded = UST_NEVER;
        else if (node->unneeded == UST_NEVER)
            node->unneeded = now;
    }
    set->changed = false;
    uint32_t n = ust_nodes_n(set);
    if (now - set->grown < rule.after_grow)
        return;
    ust_time since = now - rule.unneeded;
    uint32_t bulk = budget(model, set, &rule);
    for (uint32_t i = 0; i < set->nodes_max && n > set->config->min && bulk > 0; i++)
        if (set->nodes[i].state == UST_NODE_UP && empty(&set->nodes[i]) &&
            set->nodes[i].unneeded <= since) {
            ust_nodes_leave(model, set, i);
            n--;
            bulk--;
        }
    uint32_t one = with_pods(set, since);
    if (one < set->nodes_max && n > set->config->min && bulk > 0)
        ust_nodes_leave(model, set, one);
    else if (rule.replace && bulk > 0 && now - set->moved >= rule.unneeded)
        replace_one(model, set);
}
