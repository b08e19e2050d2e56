/* The scenario's words about launches: a service's `launching`, and `capacity`, what the
 * provider has in a region. Their tables, checks, and what becomes of them. */
#ifndef UST_MODELS_WORLD_LAUNCHING_H
#define UST_MODELS_WORLD_LAUNCHING_H

#include "models/entity/nodes.h"
#include "models/entity/supply.h"
#include "sim/spec/spec.h"

struct ust_config;
struct ust_scenario;
struct ust_service_spec;

struct ust_launching_spec {
    struct ust_variant policy;
    struct ust_items alternatives; /* const struct ust_node *: a path or a persona in place */
    int termination;
    const char *nodes; /* NULL: instances are machines */
    struct ust_warm_spec {
        int state;
        int64_t min, max_prepared;
        bool reuse;
        struct ust_dist start, ready;
        double price;
        const struct ust_node *state_node, *max_node, *node;
    } warm;
    struct ust_refresh_spec {
        ust_time at;
        double min_healthy, max_healthy;
        ust_time warm_up;
        struct ust_items checkpoints; /* double */
        ust_time delay;
        const struct ust_node *at_node, *max_node, *node;
    } refresh;
    const struct ust_node *nodes_node;
    /* what reading adds: [alternatives.n], NULL where there were mistakes */
    const struct ust_resource_persona **personas;
};

struct ust_spare_spec {
    const char *zone; /* NULL: anywhere in the region */
    const char *type; /* NULL: any */
    struct ust_dist vcpu;
    const struct ust_node *zone_node, *type_node, *node;
};

struct ust_capacity_spec {
    struct ust_named id; /* the region */
    struct {
        double rate;
        int64_t burst;
        const struct ust_node *rate_node;
    } api;
    double quota;           /* vCPU; 0 as "unlimited" */
    struct ust_items spare; /* struct ust_spare_spec */
    struct {
        double share;
        ust_time delay, over, hold, recovery;
        struct ust_items from; /* const char * */
        const struct ust_node *share_node, *node;
    } others;
    const struct ust_node *quota_node;
};

struct ust_nodes_region_spec {
    struct ust_named id;
    int64_t nodes, min, max; /* min, max: `nodes` where not given */
    const struct ust_node *min_node, *max_node;
};

struct ust_nodes_spec {
    struct ust_named id;
    struct ust_items instances; /* const struct ust_node *: a path or a persona in place */
    struct ust_variant provisioner;
    int64_t pods_max;
    double reserved_vcpu, reserved_memory;
    struct {
        int64_t pods;
        double vcpu, memory;
    } pause;
    struct ust_items regions;                     /* struct ust_nodes_region_spec */
    const struct ust_resource_persona **personas; /* of `instances` */
};

extern const struct ust_field ust_launching_fields[];
extern const struct ust_field ust_nodes_fields[];
extern const struct ust_field ust_capacity_fields[];

/* Reads the personas that `alternatives` names. */
void ust_launching_read(struct ust_spec *spec, struct ust_scenario *scenario);

/* What stands at this node of `alternatives`; NULL: it is none of these. */
const struct ust_resource_persona *ust_launching_persona(const struct ust_scenario *scenario,
                                                         const struct ust_node *node);

/* All mistakes in both sections. */
void ust_launching_check(struct ust_spec *spec, const struct ust_scenario *scenario);

struct ust_launching_config ust_launching_build(struct ust_spec *spec,
                                                const struct ust_scenario *scenario,
                                                const struct ust_service_spec *service,
                                                uint32_t region, double price_factor);

/* nodes.c: the section `nodes`. */
void ust_nodes_check(struct ust_spec *spec, const struct ust_scenario *scenario);
void ust_nodes_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                     struct ust_config *config);
/* The set that the service's pods stand on in a region, from 1; 0: none. */
uint32_t ust_nodes_set_of(const struct ust_scenario *scenario, const char *nodes,
                          const char *region);
/* vCPU that run in the region at the beginning. */
double ust_nodes_vcpu(const struct ust_scenario *scenario, const char *region);

/* capacity.c: one region's line of the section. */
void ust_capacity_check(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_capacity_spec *capacity);

/* The names of all resource personas that may run, each with its number. */
struct ust_types {
    const char **name;
    uint32_t n;
};
struct ust_types ust_types_list(struct ust_arena *arena, const struct ust_scenario *scenario);
uint32_t ust_type_number(const struct ust_types *types, const char *name); /* n: none of them */

/* NULL: the region has no limits. */
const struct ust_supply_config *ust_capacity_build(struct ust_spec *spec,
                                                   const struct ust_scenario *scenario,
                                                   const char *region);

#endif
