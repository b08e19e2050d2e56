/* Processor sharing: all in service share the processor equally, none getting more than one
 * vCPU.
 *
 * Kept in virtual time: v is the work that each attempt in service has had since the instance
 * was last idle; it grows at min(1, vcpu / n) per unit of speed. An attempt that needs w more
 * is done when v reaches v(now) + w, so one heap ordered by that value and one event per
 * instance suffice. Cost: O(log n) per arrival and per end.
 */
#ifndef UST_MODELS_ENTITY_SHARING_H
#define UST_MODELS_ENTITY_SHARING_H

#include "models/entity/model.h"

struct ust_share_entry {
    double until;   /* of v, in ns of work */
    uint32_t order; /* breaks ties: by arrival; nobody stays while 2^31 others come */
    uint32_t id;
};

struct ust_sharing {
    double v;
    ust_time at; /* when v was brought up to date */
    struct ust_share_entry *heap;
    uint32_t n, capacity;
    uint32_t injected; /* of the n */
    uint32_t arrivals; /* since it was idle */
    struct ust_timer next;
    double cpu_ns; /* used by this instance */
};

void ust_sharing_add(struct ust_model *model, struct ust_pool *pool,
                     struct ust_instance *instance, uint32_t id, ust_time stored);

/* Takes an attempt out; returns the share of its work that is done. */
double ust_sharing_remove(struct ust_model *model, struct ust_pool *pool,
                          struct ust_instance *instance, uint32_t id);

/* Brings v up to now; plans the next end, after the rate has changed. */
void ust_sharing_settle(struct ust_model *model, struct ust_pool *pool,
                        struct ust_instance *instance);
void ust_sharing_plan(struct ust_model *model, struct ust_pool *pool,
                      struct ust_instance *instance);

void ust_sharing_start(struct ust_model *model); /* registers the handlers */

#endif
