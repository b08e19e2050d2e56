/* Retry budgets: whether a client may afford a retry now.
 *
 * A retry policy says when an attempt would be repeated; a budget says whether there may be so
 * many repetitions. A budget sees what its client does, and holds what it remembers in a state
 * of its own: one for each client process and what that calls (models/client/client.h).
 */
#ifndef UST_MODELS_CLIENT_BUDGET_H
#define UST_MODELS_CLIENT_BUDGET_H

#include "sim/spec/spec.h"

/* What the client has under way when it asks. */
struct ust_budget_view {
    ust_time now;
    uint32_t requests; /* attempts sent and not answered, and those that wait to be sent */
    uint32_t retries;  /* decided on and not yet over: they pause, wait or are sent */
};

struct ust_budget_type {
    struct ust_kind kind;
    size_t state_size;
    void (*start)(const void *params, void *state); /* NULL: a zeroed state is right */
    /* A request is sent for the first time; NULL: does not matter. */
    void (*called)(const void *params, void *state);
    /* An attempt has ended, answered or not; NULL: does not matter. */
    void (*ended)(const void *params, void *state, ust_time now, bool good);
    /* May there be one more retry? If so, it is taken for made. */
    bool (*allows)(const void *params, void *state, const struct ust_budget_view *view);
};

/* Kinds: active_requests {share, min}; token_bucket {deposit, capacity, cost, from};
 * failure_share {limit, window, minimum}; failure_tokens {max_tokens, token_ratio}. */
extern const struct ust_registry ust_budget_registry;

static inline const struct ust_budget_type *ust_budget_of(const struct ust_kind *kind)
{
    return (const struct ust_budget_type *)kind;
}

#endif
