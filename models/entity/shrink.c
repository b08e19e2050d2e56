/* Which nodes go: the empty ones, and those little used whose pods fit elsewhere, after they
 * could have gone for as long as the provisioner's rule says. */
#include <math.h>

#include "models/entity/nodes.h"
#include "models/entity/pool.h"
#include "sim/base/detmath.h"

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

static void leave(struct ust_model *model, struct ust_node_set *set, uint32_t number)
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

void ust_nodes_shrink(struct ust_model *model, struct ust_node_set *set)
{
    struct ust_shrink_rule rule = set->provisioner->shrink(set->config->provisioner.params);
    ust_time now = model->engine.now;
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
    double bulk = rule.at_once < 1 ? ust_ceil(rule.at_once * n - 1e-9) : rule.at_once;
    for (uint32_t i = 0; i < set->nodes_max && n > set->config->min && bulk >= 1; i++)
        if (set->nodes[i].state == UST_NODE_UP && empty(&set->nodes[i]) &&
            set->nodes[i].unneeded <= since) {
            leave(model, set, i);
            n--;
            bulk--;
        }
    uint32_t one = with_pods(set, since);
    if (one < set->nodes_max && n > set->config->min && bulk >= 1)
        leave(model, set, one);
}
