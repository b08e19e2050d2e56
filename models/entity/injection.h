/* Injections: synthetic streams that go straight to one region, and stop by themselves when
 * what they do to it breaks a bound. */
#ifndef UST_MODELS_ENTITY_INJECTION_H
#define UST_MODELS_ENTITY_INJECTION_H

#include <stdint.h>

struct ust_model;

/* What an interval has shown so far of a stream that is watched. */
struct ust_injection {
    uint64_t *ended, *unanswered; /* [stream], at the end of the interval before */
    uint32_t broken;              /* intervals in a row that broke a bound */
    bool over;                    /* aborted */
};

void ust_injections_start(struct ust_model *model);

/* At the end of an interval, when its series are there. */
void ust_injections_watch(struct ust_model *model, uint32_t interval);

#endif
