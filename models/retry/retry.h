/* Retries: when, if ever, a client sends again after an attempt failed or timed out.
 *
 * A kind answers with a wait, counted from the moment the client learnt of the failure. Waits
 * are whole nanoseconds drawn with integer arithmetic, so that they are the same everywhere.
 */
#ifndef UST_MODELS_RETRY_H
#define UST_MODELS_RETRY_H

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

struct ust_retry_type {
    struct ust_kind kind;
    /* Wait before attempt number `attempt` + 1, where `attempt` >= 1 counts those already made
     * and `previous` is the last wait (0 at first); UST_NEVER: give up. */
    ust_time (*wait)(const void *params, uint32_t attempt, ust_time previous,
                     struct ust_rng *rng);
};

/* Kinds: none; backoff {base, cap, attempts (sends in all), jitter:
 * none|equal|full|decorrelated}. With v = min(cap, base 2^(attempt - 1)), none: v; equal:
 * v/2 + U(0, v/2); full: U(0, v); decorrelated: min(cap, U(base, 3 previous)), where the first
 * `previous` is base (Brooker, AWS architecture blog, 2015). */
extern const struct ust_registry ust_retry_registry;

static inline const struct ust_retry_type *ust_retry_of(const struct ust_kind *kind)
{
    return (const struct ust_retry_type *)kind;
}

#endif
