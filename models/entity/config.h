/* What a replication is made of: the scenario, compiled. Built once (models/world/build.c),
 * const from then on, shared by the threads; every replication makes its own live state from
 * it.
 *
 * Everything is numbered: regions, zones, services, traffic streams, places, pools. A pool is a
 * service in a region; its number is service * regions_n + region.
 */
#ifndef UST_MODELS_ENTITY_CONFIG_H
#define UST_MODELS_ENTITY_CONFIG_H

#include "models/arrival/arrival.h"
#include "models/balance/balance.h"
#include "models/balance/outlier.h"
#include "models/balance/slow_start.h"
#include "models/entity/calls.h"
#include "models/entity/data.h"
#include "models/entity/failover.h"
#include "models/entity/launch.h"
#include "models/entity/nodes.h"
#include "models/entity/supply.h"
#include "models/fault/fault.h"
#include "models/persona/persona.h"
#include "models/persona/place.h"
#include "models/retry/retry.h"
#include "models/route/route.h"
#include "models/scaler/scaler.h"
#include "sim/rand/choice.h"

/* Probes that detect; the only way by which anybody learns of a fault. */
struct ust_health_check {
    ust_time interval; /* 0: nobody probes, and what is there is believed healthy for ever */
    ust_time unhealthy_interval; /* in its place while the target is believed unhealthy */
    ust_time timeout;
    double jitter;     /* every wait is longer by U(0, jitter) of itself */
    int64_t failures;  /* in a row, until unhealthy */
    int64_t successes; /* in a row, until healthy again */
    /* of regions: healthy while more than `quorum` of the checkers say so */
    uint32_t checkers;
    double quorum;
    uint32_t needs; /* services that must answer; 0: all */
};

/* One of a pool's scalers. */
struct ust_scaler_config {
    struct ust_variant kind;
    const struct ust_place_facts *zone; /* whose clock it follows; NULL: the run's own zone */
};

enum ust_aggregate {
    UST_AGGREGATE_AVERAGE,
    UST_AGGREGATE_MAX,
    UST_AGGREGATE_MIN,
    UST_AGGREGATE_P50,
    UST_AGGREGATE_P90,
    UST_AGGREGATE_P95,
    UST_AGGREGATE_P99,
};

/* Agents on the instances, and one on the balancer, which report to scalers. */
struct ust_monitoring {
    ust_time interval;     /* between two samples; 0: scalers see what is, at once */
    struct ust_dist delay; /* ns; type NULL: none */
    double loss;           /* probability that one sample never arrives */
    int aggregate;         /* enum: what samples of one period become */
    ust_time stale_after;  /* the last sample stands so long where no newer one has come */
};

struct ust_region_config {
    const char *name;
    const char *role; /* "primary", "standby", "" */
    uint32_t zones;
    bool under_test;            /* readiness judges this region */
    double latitude, longitude; /* NAN: unknown */
    double price_factor;
    const struct ust_supply_config *supply; /* NULL: without limits */
};

struct ust_pool_config {
    bool exists;
    uint32_t service, region;
    const char *path; /* "region/eu/service/web": names the streams */
    const struct ust_resource_persona *persona;
    uint32_t instances; /* at the beginning */
    uint32_t min, max;
    uint32_t slots;   /* of one instance; UINT32_MAX: unlimited */
    uint32_t queue;   /* waiting places of one instance; UINT32_MAX: unlimited */
    double vcpu;      /* of one instance */
    double work_rate; /* CPU seconds of work that a slot does in a second */
    double price;     /* USD per hour and instance */
    struct ust_variant balancer;
    const struct ust_scaler_config *scalers;
    uint32_t scalers_n;
    struct ust_monitoring monitoring;
    struct ust_launching_config launching;
    struct ust_health_check health;
    double panic_threshold; /* with a smaller share healthy, health does not count; 0: never */
    struct ust_slow_start slow_start;
    const struct ust_outlier_rule *outlier; /* NULL: nobody is ejected */
};

struct ust_service_config {
    const char *name;
    struct ust_dist replication_lag; /* ns; type NULL: nothing is replicated */
    struct ust_calls_config calls;
    const struct ust_data_config *data; /* NULL: it has none of its own */
};

/* One stream of requests: a persona at a service. */
/* Bounds that stop an injection; those that bind nothing are 0 (latency) or 1. */
enum ust_abort_quantile { UST_ABORT_P50, UST_ABORT_P95, UST_ABORT_P99, UST_ABORT_QUANTILES };
enum ust_abort_of { UST_ABORT_EVERYONE, UST_ABORT_USERS, UST_ABORT_INJECTED };
struct ust_abort_rule {
    ust_time latency[UST_ABORT_QUANTILES];
    double errors, cpu;
    int of; /* enum ust_abort_of */
    int64_t intervals;
};

struct ust_injection_config {
    ust_time start, end;
    bool aborts;
    struct ust_abort_rule abort;
};

struct ust_traffic_config {
    const char *name; /* of the persona; with the service where that is not unique */
    const char *path; /* "traffic/web/evening-shopper": names the streams */
    uint32_t service;
    const struct ust_user_persona *persona;
    struct ust_arrival_plan arrivals;
    bool sessions;   /* arrivals are sessions, not requests */
    bool synthetic;  /* injected: no users, in no total of theirs */
    uint32_t region; /* synthetic: all of it goes there */
    const struct ust_injection_config *injection; /* of synthetic traffic */
    ust_time latency;                             /* objective */
    double attainment, rto_s, rpo_s;
    double requests_30d;

    uint32_t places_n;                /* at least 1 */
    struct ust_choice place;          /* constant shares */
    struct ust_choice *place_at_knot; /* or by knot of the plan; NULL: constant */
    uint32_t first_place; /* number of its first place among all places of the model */
    struct ust_choice device, action;
    const struct ust_device *devices; /* NULL: none */
    const struct ust_action *actions;
    uint32_t devices_n, actions_n;
    bool connections;      /* its users keep them */
    ust_time idle_timeout; /* the user's or the server's, whichever ends one sooner */
    struct ust_ages {
        const double *life, *share; /* ns: lives of connections, and how many live so long */
        struct ust_choice choice;   /* of one that a request meets: by length */
        uint32_t n;                 /* 0: connections have no lifetime */
    } ages;                         /* of requests by themselves */
    bool network;                   /* any delay between its places, devices and regions */
    bool sizes;                     /* any request, response, memory or I/O, or writes */
    double writes;                  /* share, at a data tier */
    bool patience;                  /* finite */
};

struct ust_place_config {
    const char *name;
    const double *rtt_ms; /* [region] */
};

/* What becomes of the users of a region that was lost, once it is healthy again. */
enum ust_failback { UST_FAILBACK_AUTOMATIC, UST_FAILBACK_NEVER };

struct ust_routing_config {
    struct ust_variant kind; /* kind NULL: one region, no choice */
    struct ust_dns dns;      /* ttl 0: none */
    struct ust_health_check health;
    enum ust_failback failback;
    struct ust_dist failback_after; /* ns; type NULL: at once */
    ust_time failback_ramp;
};

struct ust_fault_config {
    struct ust_variant fault; /* params begin with struct ust_fault_common */
    int32_t cause;            /* -1: none; else it counts from that cause's beginning */
    int32_t region;           /* -1: all */
    int32_t service;          /* -1: all */
    int32_t other;            /* region, of a cut between two; -1: none */
    uint64_t zones;
    const double *calls;   /* [traffic]: share of requests that call out; NULL: none does */
    const uint8_t *places; /* [place]: is it in scope? NULL: all are */
    const uint8_t *types;  /* [type of machine]: the same, of launches */
    uint32_t number;
    ust_time start, end; /* expected, of the run's clock, warm-up included */
    const char *path;    /* "fault/1" */
};

/* What several faults have in common: whether and when. */
struct ust_cause_config {
    int32_t cause; /* its own: one with a lower number, or -1 */
    const struct ust_fault_common *common;
    const char *path;
};

/* Targets that fail and come back, again and again. */
struct ust_outage_config {
    struct ust_variant fault;
    const struct ust_fault_target *targets;
    uint32_t targets_n;
    int32_t region;      /* of all of them; -1: several */
    ust_time start, end; /* of the run's clock; what is down at the end still comes back */
    const char *path, *what;
};

struct ust_config {
    uint64_t seed;
    const char *scenario_path; /* as the user typed it, for assertions */
    int64_t start_unix_ns;     /* when the warm-up begins */
    int offset_minutes;        /* of the run's time zone */
    ust_time warmup, end, interval;
    uint32_t intervals; /* of the measured part */
    const struct ust_region_config *regions;
    const struct ust_service_config *services;
    const struct ust_pool_config *pools; /* services_n * regions_n */
    const struct ust_node_set_config *node_sets;
    uint32_t node_sets_n;
    const struct ust_traffic_config *traffic;
    const struct ust_place_config *places;
    const ust_time *between; /* [from * regions_n + to]: round trips of calls; NULL: no calls */
    const struct ust_fault_config *faults;
    const struct ust_cause_config *causes;
    const struct ust_outage_config *outages;
    uint32_t regions_n, services_n, traffic_n, places_n, faults_n, causes_n, outages_n;
    struct ust_routing_config routing;
    const struct ust_failover_config *failover; /* NULL: there is no plan */
    bool cuts;                                  /* users may be cut off from regions */
    bool connections;        /* somebody keeps connections, and there is a choice of regions */
    ust_time connection_age; /* no connection of a request by itself is older */
    double
        jitter; /* mean of an exponential addition to every one-way delay, as a share of it */
};

#endif
