/* Tables of the sections that a scenario is made of, for the one that holds them together. */
#ifndef UST_MODELS_WORLD_SCENARIO_SECTIONS_H
#define UST_MODELS_WORLD_SCENARIO_SECTIONS_H

#include "models/world/monitoring.h"
#include "sim/spec/spec.h"

extern const struct ust_field ust_region_fields[], ust_network_fields[], ust_service_fields[],
    ust_traffic_fields[], ust_objective_fields[], ust_readiness_fields[];

#define UST_MONITORING_ROW(type, text)                                                         \
    {                                                                                          \
        .key = "monitoring", .kind = UST_FIELD_GROUP, .offset = offsetof(type, monitoring),    \
        .fields = ust_monitoring_fields, .given = offsetof(type, monitoring.node) + 1,         \
        .help = text                                                                           \
    }

#endif
