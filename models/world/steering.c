/* Tables of traffic steering. */
#include "models/world/steering.h"

#include "sim/base/limits.h"

/* ---- health checks ---- */

#define HEALTH_FIELDS(vendor, interval_s, timeout_s, failures_n, successes_n)                  \
    {.key = "interval",                                                                        \
     .kind = UST_FIELD_DURATION,                                                               \
     .offset = offsetof(struct ust_health_spec, interval),                                     \
     .low = 0,                                                                                 \
     .high = 86400,                                                                            \
     .fallback = interval_s,                                                                   \
     .given = offsetof(struct ust_health_spec, interval_node) + 1,                             \
     .help = "Time between two probes of one target; " vendor "0 s: nobody probes."},          \
        {.key = "timeout",                                                                     \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(struct ust_health_spec, timeout),                                  \
         .low = 0,                                                                             \
         .high = 86400,                                                                        \
         .fallback = timeout_s,                                                                \
         .flags = UST_FIELD_UNWRITTEN, /* an interval may be shorter */                        \
         .given = offsetof(struct ust_health_spec, timeout_node) + 1,                          \
         .help = "A probe without an answer has failed after this time."},                     \
        {.key = "failures",                                                                    \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(struct ust_health_spec, failures),                                 \
         .low = 1,                                                                             \
         .high = 1000,                                                                         \
         .fallback = failures_n,                                                               \
         .help = "Failed probes in a row that make a target unhealthy."},                      \
        {.key = "successes",                                                                   \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(struct ust_health_spec, successes),                                \
         .low = 1,                                                                             \
         .high = 1000,                                                                         \
         .fallback = successes_n,                                                              \
         .help = "Good probes in a row that make it healthy again."},                          \
        {.key = "unhealthy_interval",                                                          \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(struct ust_health_spec, unhealthy_interval),                       \
         .low = 0.001,                                                                         \
         .high = 86400,                                                                        \
         .fallback = "same",                                                                   \
         .word = "same",                                                                       \
         .word_value = 0,                                                                      \
         .help = "Time between two probes of a target that is believed unhealthy, as Envoy's " \
                 "unhealthy_interval; same: as `interval`."},                                  \
        {.key = "jitter",                                                                      \
         .kind = UST_FIELD_RATIO,                                                              \
         .offset = offsetof(struct ust_health_spec, jitter),                                   \
         .low = 0,                                                                             \
         .high = 10,                                                                           \
         .fallback = "0 %",                                                                    \
         .help = "Every wait for the next probe is longer by a share of itself drawn "         \
                 "uniformly from 0 to this, as Envoy's interval_jitter_percent."},

const struct ust_field ust_instance_health_fields[] = {
    HEALTH_FIELDS("30 s in an Application Load Balancer; ", "10 s", "5 s", "2",
                  "3"){.key = NULL},
};

const struct ust_field ust_region_health_fields[] = {
    HEALTH_FIELDS("Route 53 has a standard one of 30 s and a fast one of 10 s; ", "10 s", "4 s",
                  "3", "3"){
        .key = "checkers",
        .kind = UST_FIELD_INT,
        .offset = offsetof(struct ust_health_spec, checkers),
        .low = 1,
        .high = UST_CHECKERS_MAX,
        .fallback = "1",
        .help = "Places from which the region is probed, each at its own interval and phase, "
                "each counting its own `failures` and `successes`; Route 53 has about 16 "
                "(from memory)."},
    {.key = "needs",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_health_spec, needs),
     .low = 1,
     .high = UST_SERVICES_MAX,
     .word = "all",
     .word_value = 0,
     .fallback = "all",
     .help =
         "Services of the region that must have an instance that answers, for a probe to "
         "pass: all of them, or so many, as a calculated health check counts its children."},
    {.key = "quorum",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_health_spec, quorum),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .fallback = "18 %",
     .help = "The region is healthy while more than this share of the checkers say so; Route "
             "53's share is 18 %, and half of them is a majority."},
    {.key = NULL},
};

/* What probes more often asks for more events than any run can carry out. */
#define PROBES_LEAST UST_MS

void ust_health_spec_check(struct ust_spec *spec, const struct ust_health_spec *health)
{
    char text[UST_TIME_TEXT_MAX];
    if (health->interval_node != NULL && health->interval > 0 &&
        health->interval < PROBES_LEAST)
        (void)ust_diag_error(spec->diag, health->interval_node->place,
                             "'interval' is %s, must be 0 s or at least 1 ms",
                             ust_time_text(health->interval, text));
    if (health->timeout_node == NULL || health->interval == 0 ||
        health->timeout <= health->interval)
        return;
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    (void)ust_diag_error(spec->diag, health->timeout_node->place,
                         "'timeout' is %s, over 'interval', %s",
                         ust_time_text(health->timeout, a), ust_time_text(health->interval, b));
}

struct ust_health_check ust_health_spec_build(const struct ust_health_spec *health)
{
    return (struct ust_health_check){
        .interval = health->interval,
        .unhealthy_interval =
            health->unhealthy_interval > 0 ? health->unhealthy_interval : health->interval,
        .timeout = health->timeout,
        .jitter = health->jitter,
        .failures = health->failures,
        .successes = health->successes,
        .needs = (uint32_t)health->needs,
        .checkers = health->checkers > 0 ? (uint32_t)health->checkers : 1,
        .quorum = health->quorum};
}

/* ---- balancers ---- */

void ust_steering_check(struct ust_spec *spec, const struct ust_steering_spec *steering,
                        const struct ust_variant *balancer)
{
    if (steering->slow_start_node == NULL || steering->slow_start.window == 0)
        return;
    const char *name = "round_robin";
    if (balancer->kind != NULL) {
        const struct ust_balance_type *type = ust_balance_of(balancer->kind);
        if (type->weighs != NULL && type->weighs(balancer->params))
            return;
        name = balancer->kind->name;
    }
    (void)ust_diag_error(spec->diag, steering->slow_start_node->place,
                         "'slow_start' needs a balancer that goes by weight, '%s' does not; "
                         "weighted_round_robin, weighted_least_request and weighted do",
                         name);
}

void ust_steering_build(const struct ust_steering_spec *steering, struct ust_pool_config *out)
{
    out->panic_threshold = steering->panic_threshold;
    out->slow_start = steering->slow_start;
    out->outlier = steering->outlier.node != NULL ? &steering->outlier : NULL;
}

/* ---- routing ---- */

static const struct ust_field dns_fields[] = {
    {.key = "ttl",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns_spec, law.ttl),
     .low = 0,
     .high = 7 * 86400,
     .fallback = "60 s",
     .help = "Time to live of the record; 0 s: every request asks anew."},
    {.key = "stale_share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_dns_spec, law.stale_share),
     .low = 0,
     .high = 1,
     .fallback = "11.22 %",
     .help =
         "Share of requests behind resolvers that keep a record beyond its time; 11.22 % and "
         "521.9 s reproduce the measurement of Flavel, Mani and Maltz (LANMAN 2014)."},
    {.key = "stale_mean",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns_spec, law.stale_mean),
     .low = 0,
     .high = 7 * 86400,
     .fallback = "521.9 s",
     .help = "Mean time that these keep it."},
    {.key = "delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns_spec, law.delay),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help =
         "From the verdict of the health checks until the name servers give the new answer; "
         "a change by hand generally takes up to 60 s in Route 53 (Developer Guide, \"Editing "
         "records\")."},
    {.key = NULL},
};

const struct ust_field ust_routing_fields[] = {
    {.key = "policy",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_routing_spec, policy),
     .registry = &ust_route_registry,
     .flags = UST_FIELD_REQUIRED,
     .help = "Which region answers a user."},
    {.key = "dns",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_routing_spec, dns),
     .fields = dns_fields,
     .given = offsetof(struct ust_routing_spec, dns.node) + 1,
     .help =
         "Clients keep the answer in caches. Without this key every attempt is routed anew. "
         "anycast and global_accelerator give one address and have laws of their own."},
    {.key = "health_check",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_routing_spec, health),
     .fields = ust_region_health_fields,
     .help = "How routing learns that a region is lost."},
    {.key = "failback",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_routing_spec, failback),
     .fields = ust_failback_fields,
     .given = offsetof(struct ust_routing_spec, failback.node) + 1,
     .help = "What happens once a region that was lost is healthy again."},
    {.key = NULL},
};

void ust_routing_check(struct ust_spec *spec, struct ust_routing_spec *routing,
                       const char *const *regions, uint32_t regions_n)
{
    ust_health_spec_check(spec, &routing->health);
    ust_failback_check(spec, &routing->failback);
    if (routing->policy.kind == NULL || routing->policy.params == NULL)
        return;
    const struct ust_route_type *type = ust_route_of(routing->policy.kind);
    if (type->bind != NULL)
        (void)type->bind(spec, routing->policy.params, regions, regions_n);
    if (type->follow != NULL && routing->dns.node != NULL)
        (void)ust_diag_error(spec->diag, routing->dns.node->key_place,
                             "'dns' has no meaning with '%s', whose users keep one address",
                             routing->policy.kind->name);
}

void ust_routing_build(const struct ust_routing_spec *routing, struct ust_routing_config *out)
{
    out->kind = routing->policy;
    if (routing->dns.node != NULL)
        out->dns = routing->dns.law;
    out->health = ust_health_spec_build(&routing->health);
    out->failback = (enum ust_failback)routing->failback.when;
    out->failback_after = routing->failback.after;
    out->failback_ramp = routing->failback.ramp;
}
