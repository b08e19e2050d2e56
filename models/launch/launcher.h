/* Launchers: in which zone, and of which type, a pool asks for its next machine, and what it
 * does when the provider has none. A kind follows its vendor's rule of fallback; the pool asks,
 * waits, launches and counts.
 *
 * An offering is a type in a zone. One that refused a launch is closed for a while; the kind
 * says how long, by how often it has refused in a row.
 *
 * Promise: an answer depends on the parameters and the view alone. Cost: O(zones * types).
 */
#ifndef UST_MODELS_LAUNCH_LAUNCHER_H
#define UST_MODELS_LAUNCH_LAUNCHER_H

#include <stdbool.h>

#include "sim/spec/spec.h"

struct ust_launch_view {
    ust_time now;
    uint32_t zones, types;
    const uint32_t *count;   /* [zone]: machines that run or start there */
    const ust_time *open_at; /* [zone * types + type]: closed until then; 0: never refused */
    const double *price;     /* [type], USD per hour */
};

struct ust_launch_choice {
    bool launch; /* false: every offering that the rule allows is closed */
    uint32_t zone, type;
};

struct ust_launcher_type {
    struct ust_kind kind;
    /* A failed launch is tried again after the persona's `launch.retry`, whatever failed, and
     * not elsewhere; the rules below are not asked. */
    bool plain;
    struct ust_launch_choice (*choose)(const void *params, const struct ust_launch_view *view);
    /* How long an offering stays closed after so many refusals in a row (at least 1). */
    ust_time (*pause)(const void *params, uint32_t refusals);
    /* Does it launch in an emptier zone before it terminates in a fuller one, to even them? By
     * how many instances it may exceed the pool's maximum meanwhile; 0: never. */
    uint32_t (*margin)(const void *params, uint32_t max);
    /* An instance has been given up by the balancer's health checks; `dead`: it does not run
     * either, `served` since it came into service. Is it replaced? NULL: always. */
    bool (*replaces)(const void *params, bool dead, ust_time served);
};

/* Kinds: plain, aws_auto_scaling, azure_scale_set, gcp_instance_group. */
extern const struct ust_registry ust_launcher_registry;

static inline const struct ust_launcher_type *ust_launcher_of(const struct ust_kind *kind)
{
    return (const struct ust_launcher_type *)kind;
}

/* ---- what kinds share ---- */

/* base * 2^(refusals - 1), at most `most`. */
ust_time ust_launch_backoff(ust_time base, ust_time most, uint32_t refusals);

enum ust_zone_rule {
    UST_ZONES_EMPTIEST, /* the emptiest zone that is open, the first of equals */
    UST_ZONES_EVEN,     /* only where no other zone has fewer: the zones stay even or wait */
    UST_ZONES_ANY,      /* the first that is open, even or not */
};

/* Of the zones by `rule`, of the types in their order, or by price where `cheapest`, the first
 * offering that is open. A zone's types are all tried before the next zone. */
struct ust_launch_choice ust_launch_choose(const struct ust_launch_view *view,
                                           enum ust_zone_rule rule, bool cheapest);

#define UST_LAUNCH_RETRY_FIELDS(params, base, most)                                            \
    {.key = "retry",                                                                           \
     .kind = UST_FIELD_DURATION,                                                               \
     .offset = offsetof(params, retry),                                                        \
     .low = 0.001,                                                                             \
     .high = 86400,                                                                            \
     .fallback = base,                                                                         \
     .help = "How long a type is not asked for in a zone that has refused it; twice as long "  \
             "after each refusal in a row. The vendor does not print it: a parameter."},       \
    {                                                                                          \
        .key = "retry_max", .kind = UST_FIELD_DURATION, .offset = offsetof(params, retry_max), \
        .low = 0, .high = 86400, .flags = UST_FIELD_LOW_OPEN, .fallback = most,                \
        .help = "The longest of these waits."                                                  \
    }

#endif
