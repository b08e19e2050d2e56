/* Scalers: how many instances a pool should have. A kind sees what its vendor's controller
 * sees, at its vendor's period, and answers with a number; the pool launches, terminates and
 * clamps. A pool may have several (models/entity/scaling.c says whose answer counts).
 *
 * Promise: an answer depends on the parameters, the state and the view alone. Cost: O(instances
 * + length of the kind's windows) per call, and calls are seconds of simulated time apart.
 */
#ifndef UST_MODELS_SCALER_H
#define UST_MODELS_SCALER_H

#include <stdbool.h>

#include "sim/spec/spec.h"

/* Of an instance, but for the last: requests that reached the whole pool, as its balancer
 * counts them, refused ones included. */
enum ust_scaler_metric {
    UST_SCALE_CPU,
    UST_SCALE_SLOTS,
    UST_SCALE_MEMORY,
    UST_SCALE_REQUESTS,
    UST_SCALE_QUEUE,
    UST_SCALE_ARRIVALS,
    UST_SCALE_METRICS
};
/* "cpu", "slots", "memory", "requests", "queue", "arrivals" */
extern const char *const ust_scaler_metric_names[];

struct ust_scaler_instance {
    double value[UST_SCALE_METRICS]; /* over the last period: ratio, requests per second, or
                                        number waiting; NAN where nothing was reported */
    ust_time since;                  /* nothing before this is in the values */
    ust_time launched;               /* when asked for */
    ust_time ready;                  /* when it first took traffic; UST_NEVER: not yet */
    ust_time changed; /* when `in_service` last changed; `launched` while it never did */
    bool in_service;  /* takes traffic now */
};

struct ust_scaler_view {
    ust_time now;
    int64_t unix_s;  /* the same since 1970 */
    int64_t local_s; /* and on the clock on the wall, in the scaler's time zone */
    int64_t desired; /* of the pool, whoever said it last */
    int64_t min, max;
    const struct ust_scaler_instance *instance; /* running and starting, by number */
    uint32_t n;
    uint32_t leaving; /* instances that finish their last requests */
    double arrivals;  /* per second, at the whole pool; NAN where nothing was reported */
    uint32_t region;  /* of the pool */
};

struct ust_scaler_answer {
    int64_t desired;    /* clamped to min..max by the caller */
    const char *reason; /* static text for the timeline, or NULL when nothing changes */
    bool bounds;        /* min and max of the pool change to these */
    int64_t min, max;
    int64_t hold; /* below which the others do not take the pool, until the next answer */
    /* An hour begins, for the timeline: how many it is said to need, and how many the one
     * before it did; -1: not known. */
    bool told;
    int64_t forecast, needed;
};

/* What there is when the run begins, for kinds that read files about the time before. */
struct ust_scaler_world {
    const char *const *regions;
    uint32_t regions_n;
    int64_t start_unix_ns; /* of the run, its warm-up included */
    ust_time length;       /* likewise */
};

struct ust_scaler_type {
    struct ust_kind kind;
    /* Bytes of state, zeroed when the pool is made and never moved; NULL: none. */
    size_t (*state_size)(const void *params);
    ust_time (*period)(const void *params); /* between calls; 0: never called */
    /* What it reads: a bit (1 << enum ust_scaler_metric) each. */
    unsigned (*metrics)(const void *params);
    struct ust_scaler_answer (*target)(const void *params, void *state,
                                       const struct ust_scaler_view *view);
    /* How long after its first traffic an instance counts as capacity only, not in the metric:
     * for displays; the kinds themselves leave such instances out. */
    ust_time (*warm_up)(const void *params);
    /* Several on one pool: does it have to agree before instances go? Those that have to are
     * heard when all want fewer; NULL: it is not asked, and removes instances unasked. */
    bool (*asked)(const void *params);
    /* The largest `max` that it may ask for; NULL: the pool's own. */
    int64_t (*most)(const void *params);
    /* Once, before the run: reads what it names. NULL: it names nothing. */
    enum ust_status (*bind)(struct ust_spec *spec, void *params, const struct ust_node *node,
                            const struct ust_scaler_world *world);
    /* Does it bear no other of its kind that says the same on one pool? NULL: it does not mind.
     */
    bool (*alone)(const void *params);
    /* A place of the catalogue whose clock it follows, and where that stands; NULL, or a NULL
     * answer: the run's own time zone. */
    const char *(*time_zone)(const void *params, const struct ust_node **node);
};

/* Kinds: fixed, aws_target_tracking, aws_step, aws_simple, aws_predictive, k8s_hpa, keda,
 * azure_autoscale, gcp_autoscaler, scheduled. */
extern const struct ust_registry ust_scaler_registry;

static inline const struct ust_scaler_type *ust_scaler_of(const struct ust_kind *kind)
{
    return (const struct ust_scaler_type *)kind;
}

#endif
