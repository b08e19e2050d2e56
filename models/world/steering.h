/* The part of the language that says how traffic finds what is alive: routing, health checks,
 * outlier detection, slow start. Tables, what must hold between their keys, and the compiled
 * form. */
#ifndef UST_MODELS_WORLD_STEERING_H
#define UST_MODELS_WORLD_STEERING_H

#include "models/entity/config.h"
#include "sim/spec/spec.h"

struct ust_health_spec {
    ust_time interval, unhealthy_interval, timeout;
    int64_t failures, successes, checkers;
    double jitter, quorum;
    const struct ust_node *timeout_node;
};

extern const struct ust_field ust_instance_health_fields[]; /* struct ust_health_spec */
extern const struct ust_field ust_region_health_fields[];

void ust_health_spec_check(struct ust_spec *spec, const struct ust_health_spec *health);
struct ust_health_check ust_health_spec_build(const struct ust_health_spec *health);

#endif
