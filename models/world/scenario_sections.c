/* The tables of what a scenario is made of; scenario.c has the one that holds them together. */
#include "models/world/scenario_sections.h"

#include "models/world/scenario.h"
#include "sim/base/limits.h"

const char *const ust_role_names[] = {"none", "primary", "standby", NULL};
const char *const ust_traffic_modes[] = {"requests", "sessions", NULL};

const struct ust_field ust_region_fields[] = {
    {.key = "zones",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_region_spec, zones),
     .low = 1,
     .high = UST_ZONES_MAX,
     .fallback = "3",
     .help = "Availability zones; instances spread over them evenly."},
    {.key = "role",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_region_spec, role),
     .choices = ust_role_names,
     .fallback = "none",
     .help = "primary, or standby: a standby's readiness is what the verdict is about."},
    {.key = "place",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_region_spec, place),
     .given = offsetof(struct ust_region_spec, place_node) + 1,
     .help =
         "Place of the catalogue that says where it is, and its name in the matrix of round "
         "trips; the region's own name where absent."},
    {.key = "latitude",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_region_spec, latitude),
     .low = -90,
     .high = 90,
     .given = offsetof(struct ust_region_spec, latitude_node) + 1,
     .help = "Degrees north, for a region that the catalogue does not know."},
    {.key = "longitude",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_region_spec, longitude),
     .low = -180,
     .high = 180,
     .given = offsetof(struct ust_region_spec, longitude_node) + 1,
     .help = "Degrees east."},
    {.key = "price_factor",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_region_spec, price_factor),
     .low = 0,
     .high = 1000,
     .fallback = "1",
     .help = "What an instance costs here, over its persona's price."},
    {.key = NULL},
};

const struct ust_field ust_network_fields[] = {
    {.key = "rtt",
     .kind = UST_FIELD_FILE,
     .offset = offsetof(struct ust_network_spec, rtt),
     .given = offsetof(struct ust_network_spec, rtt_node) + 1,
     .help =
         "CSV of round trips with the columns from, to and milliseconds (the first three, or "
         "named source, destination, p50_rtt_ms). Pairs that it lacks go by distance; of a "
         "pair "
         "that stands there twice, the last counts."},
    {.key = "base",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_network_spec, base),
     .low = 0,
     .high = 60,
     .fallback = "1 ms",
     .help = "Round trip at no distance, for pairs that go by distance."},
    {.key = "per_1000_km",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_network_spec, per_1000_km),
     .low = 0,
     .high = 1000,
     .fallback = "17.5",
     .help =
         "Milliseconds of round trip for each 1,000 km of great circle. Light in fibre takes "
         "10; 17.5 is the median over the 992 pairs of 32 AWS regions (cloudping, p50 of one "
         "year, October 2025)."},
    {.key = "jitter",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_network_spec, jitter),
     .low = 0,
     .high = 10,
     .fallback = "5 %",
     .help = "Every one-way delay grows by an exponential share of itself with this mean."},
    {.key = NULL},
};

static const struct ust_field pool_fields[] = {
    {.key = "instances",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_pool_spec, instances),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .given = offsetof(struct ust_pool_spec, instances_node) + 1,
     .help = "Instances at the beginning."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_pool_spec, min),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct ust_pool_spec, min_node) + 1,
     .help = "The scaler never goes below; `instances` where absent."},
    {.key = "max",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_pool_spec, max),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct ust_pool_spec, max_node) + 1,
     .help = "The scaler never goes above; `instances` where absent."},
    UST_MONITORING_ROW(struct ust_pool_spec,
                       "What the agents of this pool report; the service's."),
    {.key = NULL},
};

const struct ust_field ust_service_fields[] = {
    {.key = "instance",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_service_spec, instance),
     .document = ust_resource_persona_fields,
     .flags = UST_FIELD_REQUIRED,
     .help = "The resource persona of its instances: the path of a file, or a mapping with the "
             "same keys."},
    {.key = "balancer",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_service_spec, balancer),
     .registry = &ust_balance_registry,
     .help = "How a request finds its instance; the resource persona's, else round_robin."},
    {.key = "scaler",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_service_spec, scalers),
     .unit = UST_FIELD_VARIANT,
     .registry = &ust_scaler_registry,
     .size = sizeof(struct ust_variant),
     .low = 1,
     .high = UST_SCALERS_MAX,
     .help =
         "How many instances there are; the resource persona's, else fixed. Of several, any "
         "adds instances, and they go when all want fewer, to the largest number; step and "
         "simple policies and schedules need nobody's agreement."},
    UST_MONITORING_ROW(struct ust_service_spec,
                       "What agents report to the scalers; the scenario's."),
    {.key = "launching",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_service_spec, launching),
     .fields = ust_launching_fields,
     .help = "How its instances come and go."},
    {.key = "health_check",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_service_spec, health),
     .fields = ust_instance_health_fields,
     .help = "How the balancers learn which instances are dead."},
    UST_STEERING_FIELDS(struct ust_service_spec, steering),
    {.key = "pools",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_service_spec, pools),
     .fields = pool_fields,
     .size = sizeof(struct ust_pool_spec),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Instances by region; `us-east-1: 24` is short for `us-east-1: {instances: 24}`."},
    {.key = "replication_lag",
     .kind = UST_FIELD_DIST,
     .offset = offsetof(struct ust_service_spec, replication_lag),
     .unit = UST_FIELD_DURATION,
     .help =
         "How far the standby's copy of the data is behind; what lies in it when the region "
         "is lost, is lost with it."},
    {.key = "data",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_service_spec, data),
     .fields = ust_data_fields,
     .given = offsetof(struct ust_service_spec, data.node) + 1,
     .help = "What makes it a data tier: a primary that takes the writes of those who call it, "
             "and replicas that follow."},
    {.key = "calls",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_service_spec, calls),
     .fields = ust_call_fields,
     .size = sizeof(struct ust_call_spec),
     .low = 0,
     .high = UST_CALLS_MAX,
     .help = "Calls to other services that it makes for every request, when its own work is "
             "done and before it answers."},
    {.key = "async",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct ust_service_spec, async),
     .fallback = "false",
     .given = offsetof(struct ust_service_spec, async_node) + 1,
     .help = "Whether a request gives its slot and memory back while it waits for calls, as in "
             "an event loop; else it holds them, as a thread does."},
    {.key = NULL},
};

const struct ust_field ust_traffic_fields[] = {
    {.key = "persona",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_traffic_spec, persona),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_traffic_spec, persona_node) + 1,
     .help = "Name of a persona of `personas`."},
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_traffic_spec, service),
     .given = offsetof(struct ust_traffic_spec, service_node) + 1,
     .help = "Service that it uses; may be absent where there is only one."},
    {.key = "arrivals",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_traffic_spec, arrivals),
     .registry = &ust_arrival_registry,
     .flags = UST_FIELD_REQUIRED,
     .help = "When they come."},
    {.key = "factor",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_traffic_spec, factor),
     .low = 0,
     .high = 1e6,
     .fallback = "1",
     .given = offsetof(struct ust_traffic_spec, factor_node) + 1,
     .help =
         "So many times the arrivals: 1.5 or 150 %. The same users come, at other instants; "
         "`understudy limit` looks for the largest that the system carries."},
    {.key = "mode",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_traffic_spec, mode),
     .choices = ust_traffic_modes,
     .fallback = "requests",
     .given = offsetof(struct ust_traffic_spec, mode_node) + 1,
     .help = "What arrives: single requests (open), or sessions of the persona's length, whose "
             "next request comes a think time after the answer (closed)."},
    {.key = "writes",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_traffic_spec, writes),
     .high = 1,
     .fallback = "0 %",
     .given = offsetof(struct ust_traffic_spec, writes_node) + 1,
     .help = "Share of these requests that write, where the service has `data`: they go to the "
             "region of the primary, wherever routing sends the others."},
    {.key = NULL},
};

const struct ust_field ust_objective_fields[] = {
    {.key = "latency",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_objective_spec, latency),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_objective_spec, latency_node) + 1,
     .help = "An answer counts as good up to this latency, from the first send across all "
             "retries; the persona's own tolerance where absent."},
    {.key = "attainment",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_objective_spec, attainment),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_HIGH_OPEN,
     .given = offsetof(struct ust_objective_spec, attainment_node) + 1,
     .help =
         "Share of requests that must be good; 1 minus the errors that the persona forgives "
         "where absent."},
    {.key = "rto",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_objective_spec, rto),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_objective_spec, rto_node) + 1,
     .help =
         "Recovery time objective: within this time after the fault the attainment must hold "
         "again; 5 min where absent."},
    {.key = "rpo",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_objective_spec, rpo),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_objective_spec, rpo_node) + 1,
     .help = "Recovery point objective: data that may be lost, as time; 60 s where absent."},
    {.key = NULL},
};

const struct ust_field ust_readiness_fields[] = {
#define UST_READINESS(id, key_, value, text, low_, high_, kind_, help_)                        \
    {.key = #key_,                                                                             \
     .kind = UST_FIELD_##kind_,                                                                \
     .offset = offsetof(struct ust_readiness_spec, id),                                        \
     .low = low_,                                                                              \
     .high = high_,                                                                            \
     .fallback = text,                                                                         \
     .help = help_},
#include "models/metric/readiness.def"
#undef UST_READINESS
    {.key = NULL},
};
