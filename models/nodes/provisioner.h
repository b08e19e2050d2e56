/* Provisioners: which nodes a cluster adds for pods that fit on none, and which it lets go.
 *
 * A kind sees the pods that wait, in groups that are alike, and what it could buy; it answers
 * with nodes of one type. It says by numbers when a node is not needed; the cluster does the
 * arithmetic of moving pods.
 *
 * Promise: an answer depends on the parameters, the view and the stream alone. Cost: O(zones *
 * types * pods) per look, and looks are seconds of simulated time apart.
 */
#ifndef UST_MODELS_NODES_PROVISIONER_H
#define UST_MODELS_NODES_PROVISIONER_H

#include <stdbool.h>

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

/* What pods can use of a node. */
struct ust_node_size {
    double vcpu, memory; /* memory: HUGE_VAL where it does not limit */
    double price;        /* USD per hour */
};

struct ust_pods {
    double vcpu, memory; /* of one */
    uint32_t n;
};

struct ust_nodes_view {
    ust_time now;
    uint32_t zones, types;
    const struct ust_node_size *size; /* [type] */
    const uint32_t *count;            /* [zone * types + type]: there or coming */
    const ust_time *open_at;          /* the same: closed until then */
    uint32_t room;                    /* nodes that may be added */
    uint32_t pods_max;                /* on one node */
    const struct ust_pods *pods;      /* that fit on no node, there or coming */
    uint32_t pods_n;
};

#define UST_EACH_ZONE UINT32_MAX /* spread over the zones that are open, evenly */

struct ust_nodes_choice {
    uint32_t n; /* 0: none */
    uint32_t type, zone;
};

/* When a node may go. */
struct ust_shrink_rule {
    bool never, empty_only;
    double utilisation;  /* below it: used over usable, of vCPU and memory the larger */
    ust_time unneeded;   /* for so long: little used, and its pods fit elsewhere */
    ust_time after_grow; /* not so soon after nodes were added */
    double at_once;      /* nodes that go at one look */
    bool share;          /* as a share of all, and less those that are gone or going already */
    bool replace;        /* by a cheaper one that holds its pods, launched first */
    ust_time expires;    /* so old it goes, whatever is on it; 0: at no age */
    bool ages;           /* the nodes of the beginning are of all ages, else new */
};

/* How many may go now, of so many `nodes` that came up, of which so many are not ready and so
 * many are on their way out. */
uint32_t ust_shrink_budget(const struct ust_shrink_rule *rule, uint32_t nodes, uint32_t unready,
                           uint32_t leaving);

struct ust_provisioner_type {
    struct ust_kind kind;
    ust_time (*scan)(const void *params); /* between two looks */
    /* When pods that wait are looked at, the first since `first`, the last since `last`;
     * UST_NEVER: at the next scan. */
    ust_time (*batch)(const void *params, ust_time first, ust_time last);
    bool many; /* asks again at one look, until all pods have a node to come */
    struct ust_nodes_choice (*grow)(const void *params, const struct ust_nodes_view *view,
                                    struct ust_rng *rng);
    ust_time (*pause)(const void *params, uint32_t refusals);
    ust_time (*patience)(const void *params); /* with a node that was asked for */
    struct ust_shrink_rule (*shrink)(const void *params);
    /* Does it leave the cluster alone, with so many of its nodes not ready? */
    bool (*halts)(const void *params, uint32_t unready, uint32_t nodes);
};

/* Kinds: k8s_cluster_autoscaler, karpenter. */
extern const struct ust_registry ust_provisioner_registry;

static inline const struct ust_provisioner_type *ust_provisioner_of(const struct ust_kind *kind)
{
    return (const struct ust_provisioner_type *)kind;
}

/* ---- packing ---- */

/* What so many new nodes of a size take of the pods, the largest first, each where there is
 * room first. `left` [pods_n] gets what stays; returns the nodes used, at most `most`. */
uint32_t ust_nodes_pack(const struct ust_node_size *size, const struct ust_pods *pods,
                        uint32_t pods_n, uint32_t pods_max, uint32_t most, uint32_t *left);

/* ---- placing: what the scheduler does ---- */

/* What is free on one node. */
struct ust_node_room {
    double vcpu, memory;
    uint32_t pods; /* that may still come */
    uint32_t zone;
    bool open; /* it takes pods */
};

bool ust_nodes_fits(const struct ust_node_room *room, double vcpu, double memory);
void ust_nodes_put(struct ust_node_room *room, double vcpu, double memory);

/* The node for one more pod: in the zone with the fewest of its kind (`in_zone`), on the node
 * with the most free vCPU there, the first of equals; n: it fits on none. */
uint32_t ust_nodes_place(const struct ust_node_room *room, uint32_t n, const uint32_t *in_zone,
                         double vcpu, double memory);

#endif
