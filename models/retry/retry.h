/* Retries: when, if ever, a client sends again after an attempt failed or timed out.
 *
 * A kind answers with a wait, counted from the moment the client learnt of the failure. Waits
 * are whole nanoseconds drawn with integer arithmetic, so that they are the same everywhere.
 * What is repeated at all, and how often, is the same for all kinds that repeat anything: which
 * outcomes, how many attempts, and a budget that all requests of a client share.
 */
#ifndef UST_MODELS_RETRY_H
#define UST_MODELS_RETRY_H

#include "models/client/budget.h"
#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

/* How an attempt ends that may be repeated; bits of a mask. */
enum ust_retry_on {
    UST_RETRY_FAILED = 1,
    UST_RETRY_SHED = 2,
    UST_RETRY_TIMED_OUT = 4,
    UST_RETRY_REFUSED = 8, /* by the client itself: its breaker, throttle or limits */
};
extern const char *const ust_retry_on_names[]; /* bit i is name i */

/* What the parameters of every kind begin with that repeats anything. */
struct ust_retry_common {
    int64_t attempts;
    struct ust_items on;       /* int: index into ust_retry_on_names */
    struct ust_variant budget; /* kind NULL: none */
};

#define UST_RETRY_ROWS(params)                                                                 \
    {.key = "attempts",                                                                        \
     .kind = UST_FIELD_INT,                                                                    \
     .offset = offsetof(params, common.attempts),                                              \
     .low = 1,                                                                                 \
     .high = 1000,                                                                             \
     .fallback = "3",                                                                          \
     .help = "Sends in all, the first one included: 3 means at most two retries. Assumed "     \
             "default."},                                                                      \
        {.key = "outcomes",                                                                    \
         .kind = UST_FIELD_LIST,                                                               \
         .offset = offsetof(params, common.on),                                                \
         .unit = UST_FIELD_CHOICE,                                                             \
         .choices = ust_retry_on_names,                                                        \
         .low = 1,                                                                             \
         .high = 4,                                                                            \
         .help = "What is repeated. failed: an error or a refused connection; shed: the "      \
                 "server's queue was full; timed_out: no answer within `timeout`; refused: "   \
                 "the client itself did not send it (`client`). Without this key the first "   \
                 "three."},                                                                    \
    {                                                                                          \
        .key = "budget", .kind = UST_FIELD_VARIANT, .offset = offsetof(params, common.budget), \
        .registry = &ust_budget_registry,                                                      \
        .help = "How many retries a client affords, all of its requests together; without "    \
                "it, every request has its attempts."                                          \
    }

struct ust_retry_type {
    struct ust_kind kind;
    /* Wait before attempt number `attempt` + 1, where `attempt` >= 1 counts those already made
     * and `previous` is the last wait (0 at first); UST_NEVER: give up. */
    ust_time (*wait)(const void *params, uint32_t attempt, ust_time previous,
                     struct ust_rng *rng);
};

/* Kinds: none; immediate; backoff {base, cap, jitter: none|equal|full|decorrelated}; all but
 * none with the rows above. With v = min(cap, base 2^(attempt - 1)), none: v; equal: v/2 +
 * U(0, v/2); full: U(0, v); decorrelated: min(cap, U(base, 3 previous)), where the first
 * `previous` is base (Brooker, AWS architecture blog, 2015). */
extern const struct ust_registry ust_retry_registry;

static inline const struct ust_retry_type *ust_retry_of(const struct ust_kind *kind)
{
    return (const struct ust_retry_type *)kind;
}

/* NULL where nothing is ever repeated: no policy, or one without parameters. */
static inline const struct ust_retry_common *
ust_retry_common_of(const struct ust_variant *variant)
{
    return variant->kind == NULL || variant->kind->params_size == 0 ? NULL : variant->params;
}

/* The outcomes that are repeated, as bits of enum ust_retry_on. */
unsigned ust_retry_mask(const struct ust_retry_common *common);

/* The checks that all kinds need. */
void ust_retry_check(struct ust_spec *spec, const void *params, const struct ust_node *node);

#endif
