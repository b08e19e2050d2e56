/* All kinds of provisioner, in the order of kinds.def, packing and placing. */
#include "models/nodes/provisioner.h"

#include "sim/base/detmath.h"

#define UST_KIND(name) extern const struct ust_provisioner_type ust_provisioner_##name;
#include "models/nodes/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_provisioner_##name.kind,
#include "models/nodes/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_provisioner_registry = {
    .family = "provisioner",
    .help = "Which nodes a cluster adds for pods that fit on none, and which it lets go.",
    .kinds = kinds,
};

/* Sums of shares of a vCPU are not exact. */
#define DUST 1e-9

uint32_t ust_shrink_budget(const struct ust_shrink_rule *rule, uint32_t nodes, uint32_t unready,
                           uint32_t leaving)
{
    if (!rule->share)
        return (uint32_t)rule->at_once;
    uint32_t most = (uint32_t)ust_ceil(rule->at_once * nodes - DUST);
    return most > unready + leaving ? most - unready - leaving : 0;
}

static double weight(const struct ust_pods *pods, const struct ust_node_size *size)
{
    double vcpu = pods->vcpu / size->vcpu, memory = pods->memory / size->memory;
    return vcpu > memory ? vcpu : memory;
}

/* The heaviest group that still has pods and fits into what is free; pods_n: none. */
static uint32_t next_fit(const struct ust_node_size *size, const struct ust_pods *pods,
                         uint32_t pods_n, const uint32_t *left, double vcpu, double memory)
{
    uint32_t best = pods_n;
    for (uint32_t i = 0; i < pods_n; i++) {
        if (left[i] == 0 || pods[i].vcpu > vcpu + DUST || pods[i].memory > memory * (1 + DUST))
            continue;
        if (best == pods_n || weight(&pods[i], size) > weight(&pods[best], size))
            best = i;
    }
    return best;
}

/* Filling one node after the other with the heaviest that fits is first fit decreasing, because
 * pods of a group are alike. */
uint32_t ust_nodes_pack(const struct ust_node_size *size, const struct ust_pods *pods,
                        uint32_t pods_n, uint32_t pods_max, uint32_t most, uint32_t *left)
{
    uint32_t nodes = 0;
    for (uint32_t i = 0; i < pods_n; i++)
        left[i] = pods[i].n;
    while (nodes < most) {
        double vcpu = size->vcpu, memory = size->memory;
        uint32_t on = 0;
        while (on < pods_max) {
            uint32_t i = next_fit(size, pods, pods_n, left, vcpu, memory);
            if (i == pods_n)
                break;
            vcpu -= pods[i].vcpu;
            memory -= pods[i].memory;
            left[i]--;
            on++;
        }
        if (on == 0)
            return nodes;
        nodes++;
    }
    return nodes;
}

/* ---- placing ---- */

bool ust_nodes_fits(const struct ust_node_room *room, double vcpu, double memory)
{
    return room->open && room->pods > 0 && vcpu <= room->vcpu + DUST &&
           memory <= room->memory * (1 + DUST);
}

void ust_nodes_put(struct ust_node_room *room, double vcpu, double memory)
{
    room->vcpu -= vcpu;
    room->memory -= memory;
    room->pods--;
}

uint32_t ust_nodes_place(const struct ust_node_room *room, uint32_t n, const uint32_t *in_zone,
                         double vcpu, double memory)
{
    uint32_t best = n;
    for (uint32_t i = 0; i < n; i++) {
        if (!ust_nodes_fits(&room[i], vcpu, memory))
            continue;
        if (best == n || in_zone[room[i].zone] < in_zone[room[best].zone] ||
            (in_zone[room[i].zone] == in_zone[room[best].zone] &&
             room[i].vcpu > room[best].vcpu + DUST))
            best = i;
    }
    return best;
}
