/* Concurrency limits: how many requests an instance lets in at once, waiting ones included; who
 * finds it full is shed. A fixed number, or one that follows what the instance shows of itself.
 *
 * A kind sees every request that leaves the instance, and answers with the limit from then on.
 * It is asked, never acts, and keeps what it remembers in the state that it is handed: one for
 * each instance, zero at the start. The limits are those of Netflix's concurrency-limits
 * library, without its windows of samples: every answer is a sample.
 */
#ifndef UST_MODELS_LIMIT_LIMIT_H
#define UST_MODELS_LIMIT_LIMIT_H

#include <stdbool.h>

#include "sim/spec/spec.h"

struct ust_limit_state {
    double limit;
    double baseline; /* gradient: what an answer usually takes, ns */
    uint64_t seen;   /* answers so far */
};

/* One request has left the instance: after so long in it; with so many others in it when it
 * left, itself included; dropped: shed while it waited. */
struct ust_limit_sample {
    ust_time took;
    uint32_t in_flight;
    bool dropped;
};

struct ust_limit_type {
    struct ust_kind kind;
    double (*start)(const void *params);
    /* The limit from now on; at least 1. NULL: it never changes. */
    double (*adjust)(const void *params, struct ust_limit_state *state,
                     struct ust_limit_sample sample);
};

/* Kinds: fixed, aimd, gradient. */
extern const struct ust_registry ust_limit_registry;

static inline const struct ust_limit_type *ust_limit_of(const struct ust_kind *kind)
{
    return (const struct ust_limit_type *)kind;
}

/* What both that move share: their range. */
struct ust_limit_range {
    int64_t initial, min, max;
    const struct ust_node *initial_node;
};

#define UST_LIMIT_RANGE_FIELDS(params)                                                         \
    {.key = "initial",                                                                         \
     .kind = UST_FIELD_INT,                                                                    \
     .offset = offsetof(params, range.initial),                                                \
     .low = 1,                                                                                 \
     .high = 1e6,                                                                              \
     .fallback = "20",                                                                         \
     .given = offsetof(params, range.initial_node) + 1,                                        \
     .help = "Limit at the start. The default is the library's."},                             \
        {.key = "min",                                                                         \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(params, range.min),                                                \
         .low = 1,                                                                             \
         .high = 1e6,                                                                          \
         .fallback = "20",                                                                     \
         .help = "It never falls below. The default is the library's."},                       \
    {                                                                                          \
        .key = "max", .kind = UST_FIELD_INT, .offset = offsetof(params, range.max), .low = 1,  \
        .high = 1e6, .fallback = "200",                                                        \
        .help = "It never rises above. The default is the library's."                          \
    }

void ust_limit_check_range(struct ust_spec *spec, const struct ust_limit_range *range,
                           const struct ust_node *node);
double ust_limit_within(const struct ust_limit_range *range, double limit);

#endif
