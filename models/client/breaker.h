/* Circuit breakers: a client that has seen enough failures stops asking for a while.
 *
 *   closed ──trips──▶ open ──`open` has passed, somebody asks──▶ half-open
 *     ▲                 ▲                                           │
 *     │                 └──────────── a probe fails ────────────────┤
 *     └─────────────── as many good answers as `probes` ────────────┘
 *
 * A kind says only when a closed breaker trips; the rest is the same for all. While half-open,
 * at most `probes` attempts are let through, and nothing but their results matters: an attempt
 * that was sent before the breaker opened says nothing of the service after it. A probe that is
 * never heard of again does not keep the breaker half-open: when the time `open` has passed
 * since the last one was let through, one more is, as Polly does it. What is not let through is
 * refused by the client itself and never sent.
 */
#ifndef UST_MODELS_CLIENT_BREAKER_H
#define UST_MODELS_CLIENT_BREAKER_H

#include "sim/spec/spec.h"

enum ust_breaker_phase { UST_BREAKER_CLOSED, UST_BREAKER_OPEN, UST_BREAKER_HALF_OPEN };

/* How an attempt ended, for its client. */
enum ust_result {
    UST_RESULT_GOOD,
    UST_RESULT_BAD,
    UST_RESULT_NONE, /* the user left, or another copy was faster: it says nothing */
};

/* The parameters of every kind begin with it. */
struct ust_breaker_common {
    ust_time open, slow; /* slow: UST_NEVER: no answer is too slow */
    int64_t probes;
};

#define UST_BREAKER_ROWS(params)                                                               \
    {.key = "open",                                                                            \
     .kind = UST_FIELD_DURATION,                                                               \
     .offset = offsetof(params, common.open),                                                  \
     .low = 0,                                                                                 \
     .high = 86400,                                                                            \
     .flags = UST_FIELD_LOW_OPEN,                                                              \
     .fallback = "5 s",                                                                        \
     .help = "How long nothing is sent after it has tripped. 5 s is Polly's default, 60 s "    \
             "Resilience4j's."},                                                               \
        {.key = "probes",                                                                      \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(params, common.probes),                                            \
         .low = 1,                                                                             \
         .high = 1e6,                                                                          \
         .fallback = "1",                                                                      \
         .help = "Then so many attempts are let through. All of them good: it closes; one of " \
                 "them bad: it is open again; none heard of for the time `open`: one more is " \
                 "let through. 1 is Polly's, 10 is what Resilience4j permits at a time."},     \
    {                                                                                          \
        .key = "slow", .kind = UST_FIELD_DURATION, .offset = offsetof(params, common.slow),    \
        .low = 0, .high = 86400, .flags = UST_FIELD_LOW_OPEN, .word = "none",                  \
        .word_value = HUGE_VAL, .fallback = "none",                                            \
        .help = "An answer to an attempt that took longer counts as a failure, too."           \
    }

struct ust_breaker {
    enum ust_breaker_phase phase;
    ust_time until;       /* open: when it may be asked again; half-open: one more probe */
    uint32_t probes_out;  /* let through while half-open, now or before, and not ended */
    uint32_t probes_good; /* ... and good */
    uint64_t trips;       /* so far */
};

struct ust_breaker_type {
    struct ust_kind kind;
    size_t state_size; /* a zeroed state has seen nothing */
    /* An attempt has ended while closed: is that enough? */
    bool (*trips)(const void *params, void *state, ust_time now, bool good);
};

/* Kinds: consecutive_failures {failures}; failure_rate {threshold, window, minimum}. */
extern const struct ust_registry ust_breaker_registry;

static inline const struct ust_breaker_type *ust_breaker_of(const struct ust_kind *kind)
{
    return (const struct ust_breaker_type *)kind;
}

/* May an attempt be sent now? `probe`: it is one of those that decide. */
bool ust_breaker_admits(const struct ust_variant *variant, struct ust_breaker *breaker,
                        ust_time now, bool *probe);

/* An attempt that was let through has ended after `took`. A probe's place is free again, be its
 * result what it may. */
void ust_breaker_ended(const struct ust_variant *variant, struct ust_breaker *breaker,
                       void *state, ust_time now, ust_time took, bool probe,
                       enum ust_result result);

#endif
