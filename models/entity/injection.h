/* Injections: synthetic streams that go straight to one region, and stop by themselves when
 * what they do to it breaks a bound. */
#ifndef UST_MODELS_ENTITY_INJECTION_H
#define UST_MODELS_ENTITY_INJECTION_H

#include <stdbool.h>
#include <stdint.h>

struct ust_config;
struct ust_model;
struct ust_request;

/* What an interval has shown so far of a stream that is watched. */
struct ust_injection {
    uint64_t *ended, *unanswered, *timed_out; /* [stream], at the end of the interval before */
    uint64_t *given_up;                       /* [stream], timed out in this one */
    uint32_t broken;                          /* intervals in a row that broke a bound */
    bool over;                                /* aborted */
};

/* The region that an injected attempt goes to: its own, or the primary's where it writes. */
uint32_t ust_injection_goes_to(const struct ust_model *model,
                               const struct ust_request *request);

bool ust_injections_exist(const struct ust_config *config);

void ust_injections_start(struct ust_model *model);

/* At the end of an interval, when its series are there. */
void ust_injections_watch(struct ust_model *model, uint32_t interval);

#endif
