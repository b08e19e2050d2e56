/* Nodes: machines under pods. A service on nodes launches pods; a pod waits until a node has
 * room for it, and the cluster's provisioner adds and removes nodes.
 *
 *   pod:   waits ──room──▶ starts (its persona's launch) ──▶ up ──▶ gone, its room is free
 *   node:  asked for ──▶ starting (its persona's launch) ──▶ up ──▶ leaving: pods move ──▶ off
 *
 * Nodes are what a region's supply is asked for, and what is paid: a node's price is shared by
 * the pods on it, by their vCPU; that of a node without pods by all services of the cluster.
 *
 * Files: nodes.c (machines), pods.c (who stands where), shrink.c (which nodes go).
 * Cost: O(nodes + pods) per placement, O(nodes * pods) per look at what could go.
 */
#ifndef UST_MODELS_ENTITY_NODES_H
#define UST_MODELS_ENTITY_NODES_H

#include "models/entity/launch.h"
#include "models/nodes/provisioner.h"

/* The nodes of one name in one region. */
struct ust_node_set_config {
    const char *name, *path; /* "region/eu/nodes/workers": names the streams */
    uint32_t region;
    struct ust_variant provisioner;     /* kind NULL: the nodes stay as they are */
    const struct ust_machine *machines; /* [type] */
    const struct ust_node_size *size;   /* [type]: what pods can use */
    uint32_t types, nodes, min, max;    /* nodes: at the beginning, of the first type */
    uint32_t pods_max;                  /* on one node */
    struct ust_pods pause;              /* pods that keep room for others; n 0: none */
};

enum ust_node_state { UST_NODE_OFF, UST_NODE_STARTING, UST_NODE_UP, UST_NODE_LEAVING };

struct ust_host {
    uint8_t state, zone, type;
    bool machine; /* it has one of the region's supply */
    uint32_t epoch;
    uint32_t pods, pauses;
    ust_time launched;
    ust_time unneeded; /* since; UST_NEVER: it is needed */
    ust_time born;     /* when it came up; before the run, if below 0 */
    uint32_t replaces; /* number of a node that leaves when this one is up, from 1; 0: none */
};

struct ust_node_set {
    const struct ust_node_set_config *config;
    const struct ust_provisioner_type *provisioner; /* NULL: none */
    uint32_t number, zones;
    struct ust_host *nodes;
    struct ust_node_room *room;    /* [node] */
    struct ust_node_room *scratch; /* [node] */
    struct ust_launch_draw *draw;  /* [node] */
    double *used;                  /* [node]: vCPU of the pods on it, for the bill */
    uint32_t nodes_max;
    uint32_t *count;    /* [zone * types + type]: starting or up */
    ust_time *open_at;  /* the same */
    uint32_t *refusals; /* the same */
    uint64_t *waiting;  /* tickets of pods, in order */
    uint32_t waiting_n, waiting_capacity;
    uint32_t pauses_waiting;
    ust_time first, last; /* of the pods that wait: since when, the latest since */
    struct ust_timer batch, tidy;
    ust_time grown; /* when nodes were last added */
    ust_time moved; /* when somebody last came, moved or went */
    bool halted;    /* the provisioner leaves the cluster alone */
    bool changed;   /* somebody came, moved or went since nodes that could go were looked for */
    struct ust_rng launches, choices;
};

void ust_nodes_start(struct ust_model *model);
void ust_nodes_free(struct ust_model *model);

/* A pod of the pool has been asked for, or is gone. */
void ust_nodes_pod(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
void ust_nodes_pod_gone(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

/* ---- for the files of this header ---- */

#define UST_NO_POOL UINT32_MAX

/* The next pool on the set, after `number` (UST_NO_POOL: the first); UST_NO_POOL: no more. */
uint32_t ust_nodes_next_pool(const struct ust_model *model, const struct ust_node_set *set,
                             uint32_t number);
bool ust_nodes_work(const struct ust_model *model, const struct ust_node_set *set);
void ust_nodes_off(struct ust_model *model, struct ust_node_set *set, uint32_t node);
uint32_t ust_nodes_in(const struct ust_node_set *set, enum ust_node_state state);
uint32_t ust_nodes_n(const struct ust_node_set *set); /* starting or up */

/* Those that are up, but in zones that are lost. */
uint32_t ust_nodes_unready(const struct ust_model *model, const struct ust_node_set *set);

void ust_nodes_bill(struct ust_model *model, struct ust_node_set *set);
void ust_nodes_moment(struct ust_model *model, const struct ust_node_set *set,
                      const char *event, double value, const char *detail);

/* pods.c: places those that wait, and tells which groups fit on no node, there or coming. */
void ust_pods_place(struct ust_model *model, struct ust_node_set *set);
uint32_t ust_pods_homeless(struct ust_model *model, struct ust_node_set *set,
                           struct ust_pods *groups);
void ust_pods_begin(struct ust_model *model, struct ust_node_set *set);
/* Takes the pods off a node, and asks for them anew. */
void ust_pods_evict(struct ust_model *model, struct ust_node_set *set, uint32_t node);
/* The pods on a node, in groups that are alike. */
uint32_t ust_pods_on(const struct ust_model *model, const struct ust_node_set *set,
                     uint32_t node, struct ust_pods *groups);
/* Do the node's pods fit on the others? */
bool ust_pods_movable(struct ust_model *model, struct ust_node_set *set, uint32_t node);

/* shrink.c */
void ust_nodes_shrink(struct ust_model *model, struct ust_node_set *set);
void ust_nodes_leave(struct ust_model *model, struct ust_node_set *set, uint32_t node);

/* Asks for one node more; its number, nodes_max where there is no room for it. */
uint32_t ust_nodes_ask(struct ust_model *model, struct ust_node_set *set, uint32_t zone,
                       uint32_t type);
/* Of the zones in which the type is open, that with the fewest nodes; zones: none. */
uint32_t ust_nodes_spread(const struct ust_model *model, const struct ust_node_set *set,
                          uint32_t type);

#endif
