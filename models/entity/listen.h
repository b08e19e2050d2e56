/* A listener hears of each request of users when it is over: what it asked for, what came of
 * it, and when. Events of a run (models/world/events.h) are made of this.
 *
 * Promise: a model that is listened to does what it would do anyway, to the last fingerprint;
 * one that is not pays one test of a pointer for each end of a request. Numbers of requests
 * count their births, so that a listener can put them in the order in which they were sent.
 */
#ifndef UST_MODELS_ENTITY_LISTEN_H
#define UST_MODELS_ENTITY_LISTEN_H

#include <stdint.h>

#include "models/entity/measure.h"
#include "sim/base/time.h"

struct ust_model;

struct ust_told {
    uint32_t number;  /* of the request, from 0 in the order of births */
    uint32_t traffic; /* its stream */
    uint32_t visit;   /* its session's number, from 1; 0: it came by itself */
    uint32_t place;   /* among all places of the model */
    uint32_t pool;    /* of the last attempt */
    uint8_t action, device, attempts;
    enum ust_outcome outcome;
    ust_time sent, seen; /* the intended first send; when the user saw the end of it */
    double work_ns, request, response, memory, io;
};

struct ust_listener {
    void (*tell)(void *context, const struct ust_told *told);
    void *context;
};

/* Before ust_model_run. The listener is the caller's and outlives the run. */
void ust_model_listen(struct ust_model *model, const struct ust_listener *listener);

#endif
