/* A scenario: regions, services, traffic, faults and what is asked of them, as written.
 *
 * Read once, checked as a whole (every message at once), const from then on;
 * models/world/build.c compiles it into the configuration that replications run.
 */
#ifndef UST_MODELS_WORLD_SCENARIO_H
#define UST_MODELS_WORLD_SCENARIO_H

#include "models/arrival/arrival.h"
#include "models/balance/balance.h"
#include "models/entity/config.h"
#include "models/fault/fault.h"
#include "models/persona/persona.h"
#include "models/route/route.h"
#include "models/scaler/scaler.h"
#include "models/world/calls.h"
#include "models/world/checks.h"
#include "models/world/data.h"
#include "models/world/design.h"
#include "models/world/failover.h"
#include "models/world/injection.h"
#include "models/world/launching.h"
#include "models/world/monitoring.h"
#include "models/world/replications.h"
#include "models/world/steering.h"
#include "sim/spec/spec.h"

struct ust_region_spec {
    struct ust_named id;
    int64_t zones;
    int role; /* index into ust_role_names */
    const char *place;
    double latitude, longitude;
    double price_factor;
    const struct ust_node *latitude_node, *longitude_node, *place_node;
};
extern const char *const ust_role_names[]; /* "none", "primary", "standby" */

struct ust_network_spec {
    const char *rtt; /* CSV: from, to, milliseconds; NULL: by distance alone */
    ust_time base;
    double per_1000_km; /* ms of round trip */
    double jitter;
    const struct ust_node *rtt_node;
};

struct ust_pool_spec {
    struct ust_named id;         /* the region */
    int64_t instances, min, max; /* min, max: -1 where not given */
    struct ust_monitoring_spec monitoring;
    const struct ust_node *instances_node, *min_node, *max_node;
};

struct ust_service_spec {
    struct ust_named id;
    const struct ust_node *instance; /* a path, or a resource persona in place */
    struct ust_variant balancer;
    struct ust_items scalers; /* struct ust_variant */
    struct ust_monitoring_spec monitoring;
    struct ust_launching_spec launching;
    struct ust_health_spec health;
    struct ust_steering_spec steering;
    struct ust_items pools; /* struct ust_pool_spec */
    struct ust_dist replication_lag;
    struct ust_items calls; /* struct ust_call_spec */
    struct ust_data_spec data;
    bool async;
    const struct ust_node *async_node;
    const struct ust_resource_persona *persona; /* what `instance` names */
};

struct ust_traffic_spec {
    const char *persona, *service;
    struct ust_variant arrivals;
    double factor; /* of the arrivals */
    int mode;      /* index into ust_traffic_modes */
    double writes; /* share, at a data tier */
    const struct ust_node *persona_node, *service_node, *mode_node, *factor_node, *node;
    const struct ust_node *writes_node;
};
extern const char *const ust_traffic_modes[]; /* "requests", "sessions" */

struct ust_objective_spec {
    struct ust_named id; /* a persona, or "default" */
    ust_time latency, rto, rpo;
    double attainment;
    const struct ust_node *latency_node, *attainment_node, *rto_node, *rpo_node;
};

struct ust_readiness_spec {
#define UST_READINESS_NUMBER                                       double
#define UST_READINESS_RATIO                                        double
#define UST_READINESS_DURATION                                     ust_time
#define UST_READINESS(id, key, value, text, low, high, kind, help) UST_READINESS_##kind id;
#include "models/metric/readiness.def"
#undef UST_READINESS
};

struct ust_scenario {
    int64_t format;
    const char *name, *description;
    int64_t seed;
    struct ust_instant start;
    ust_time warmup, duration;
    ust_time interval; /* 0 as "auto" */
    struct ust_replications_spec replications;
    struct ust_items personas; /* const struct ust_node *: a path or a user persona in place */
    struct ust_items regions;  /* struct ust_region_spec */
    struct ust_network_spec network;
    struct ust_monitoring_spec monitoring;
    struct ust_items services; /* struct ust_service_spec */
    struct ust_items traffic;  /* struct ust_traffic_spec */
    struct ust_routing_spec routing;
    struct ust_failover_spec failover;
    struct ust_items nodes;      /* struct ust_nodes_spec */
    struct ust_items capacity;   /* struct ust_capacity_spec */
    struct ust_items faults;     /* struct ust_variant */
    struct ust_items injections; /* struct ust_injection_spec */
    struct ust_items objectives; /* struct ust_objective_spec */
    struct ust_readiness_spec readiness;
    struct ust_items checks; /* struct ust_check_spec */
    struct ust_design_spec design;
    const struct ust_node *warmup_node, *duration_node, *interval_node;

    /* what reading adds */
    const char *path;     /* as the user typed it */
    const char *question; /* "# Question: ..." that the file opens with; NULL: none */
    struct ust_node *root;
    const struct ust_user_persona **users; /* by number of `personas` */
    const char **region_names, **service_names, **user_names;
    struct ust_design units;   /* of `design` */
    struct ust_config *config; /* compiled */
    uint64_t hash;             /* of what it means, but for seed and replications */
};

extern const struct ust_field ust_scenario_fields[];

/* Reads, overrides (`sets` of "path=value"), decodes, checks and compiles. NULL with messages
 * in spec->diag. Everything lives in spec->arena. */
struct ust_scenario *ust_scenario_read(struct ust_spec *spec, const char *path,
                                       const char *const *sets, size_t sets_n);

/* The same for a unit of the design that a scenario read from there holds. */
struct ust_scenario *ust_scenario_read_unit(struct ust_spec *spec, const char *path,
                                            const char *const *sets, size_t sets_n,
                                            const struct ust_unit *unit);

/* From a tree in memory; for the fuzzer and tests. */
struct ust_scenario *ust_scenario_decode(struct ust_spec *spec, const char *path,
                                         struct ust_node *root);

/* effective.c: what a run remembers. The question as a comment, then the scenario with
 * overrides and defaults applied and the resource personas in place of their paths; user
 * personas apart, and the tables that they name as seen from `home`, the scenario's path. */
void ust_scenario_effective(const struct ust_scenario *scenario, struct ust_text *out);
void ust_persona_effective(const struct ust_user_persona *persona, const char *home,
                           struct ust_text *out);
/* From the text of a file; NULL: it opens with none. */
const char *ust_scenario_question(struct ust_arena *arena, const char *file);

/* check.c: what no single row can know. build.c: the configuration. */
enum ust_status ust_scenario_check(struct ust_spec *spec, struct ust_scenario *scenario);
enum ust_status ust_scenario_build(struct ust_spec *spec, struct ust_scenario *scenario);

/* faults.c: their part of both; and whether one of them, at full strength, loses this region.
 */
bool ust_faults_lose(const struct ust_scenario *scenario, const char *region);
void ust_faults_check(struct ust_spec *spec, const struct ust_scenario *scenario);
void ust_faults_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                      struct ust_config *config);

#endif
