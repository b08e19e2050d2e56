/* The part of the language that says how traffic finds what is alive: routing, health checks,
 * outlier detection, slow start. Tables, what must hold between their keys, and the compiled
 * form. */
#ifndef UST_MODELS_WORLD_STEERING_H
#define UST_MODELS_WORLD_STEERING_H

#include "models/entity/config.h"
#include "models/world/failback.h"
#include "sim/spec/spec.h"

struct ust_health_spec {
    ust_time interval, unhealthy_interval, timeout;
    int64_t failures, successes, checkers, needs; /* needs 0: all */
    double jitter, quorum;
    const struct ust_node *interval_node, *timeout_node;
};

/* What a service says of its balancers beside their kind. */
struct ust_steering_spec {
    double panic_threshold;
    struct ust_slow_start slow_start;
    struct ust_outlier_rule outlier;
    const struct ust_node *slow_start_node;
};

/* The lowest share of healthy instances that is still something: below it, none is left. */
#define UST_PANIC_NONE_LEFT 1e-9

#define UST_STEERING_FIELDS(type, member)                                                      \
    {.key = "panic_threshold",                                                                 \
     .kind = UST_FIELD_RATIO,                                                                  \
     .offset = offsetof(type, member.panic_threshold),                                         \
     .low = 0,                                                                                 \
     .high = 1,                                                                                \
     .fallback = "0 %",                                                                        \
     .word = "none_left",                                                                      \
     .word_value = UST_PANIC_NONE_LEFT,                                                        \
     .help = "With a smaller share of its instances healthy, the balancer sends to all, "      \
             "healthy or not: it fails open. Envoy's is 50 %; none_left: only when none is "   \
             "healthy, as an Application Load Balancer does; 0 %: never, and with none "       \
             "healthy every request is refused."},                                             \
        {.key = "slow_start",                                                                  \
         .kind = UST_FIELD_GROUP,                                                              \
         .offset = offsetof(type, member.slow_start),                                          \
         .fields = ust_slow_start_fields,                                                      \
         .given = offsetof(type, member.slow_start_node) + 1,                                  \
         .help = "An instance that becomes healthy gets its share step by step; needs a "      \
                 "balancer that goes by weight."},                                             \
    {                                                                                          \
        .key = "outlier_detection", .kind = UST_FIELD_GROUP,                                   \
        .offset = offsetof(type, member.outlier), .fields = ust_outlier_fields,                \
        .given = offsetof(type, member.outlier.node) + 1,                                      \
        .help = "Instances that err unlike the others are left out for a while, as Envoy "     \
                "does; without this key nobody is."                                            \
    }

/* `balancer` is the kind in force; the regions are those where the service has a pool. */
void ust_steering_check(struct ust_spec *spec, const struct ust_steering_spec *steering,
                        const struct ust_variant *balancer);
void ust_steering_build(const struct ust_steering_spec *steering, struct ust_pool_config *out);

struct ust_routing_spec {
    struct ust_variant policy;
    struct ust_dns_spec {
        struct ust_dns law;
        const struct ust_node *node;
    } dns;
    struct ust_health_spec health;
    struct ust_failback_spec failback;
    const struct ust_node *node;
};
extern const struct ust_field ust_routing_fields[]; /* struct ust_routing_spec */

/* All that needs no other part of the scenario but the regions' names. */
void ust_routing_check(struct ust_spec *spec, struct ust_routing_spec *routing,
                       const char *const *regions, uint32_t regions_n);
void ust_routing_build(const struct ust_routing_spec *routing, struct ust_routing_config *out);

/* How its users keep connections: out->persona and out->sessions are set, `server` is the
 * persona of the service's instances. */
void ust_connections_build(struct ust_arena *arena, const struct ust_resource_persona *server,
                           struct ust_traffic_config *out);
/* ... of all streams together; they and the routing are built. */
void ust_connections_sum_up(struct ust_config *config);

extern const struct ust_field ust_instance_health_fields[]; /* struct ust_health_spec */
extern const struct ust_field ust_region_health_fields[];

void ust_health_spec_check(struct ust_spec *spec, const struct ust_health_spec *health);
struct ust_health_check ust_health_spec_build(const struct ust_health_spec *health);

#endif
