/* Scalers: how many instances a pool should have. A kind sees what its vendor's controller
 * sees, at its vendor's period, and answers with a number; the pool launches, terminates and
 * clamps.
 *
 * Promise: an answer depends on the parameters, the state and the view alone. Cost: O(instances
 * + length of the kind's windows) per call, and calls are seconds of simulated time apart.
 */
#ifndef UST_MODELS_SCALER_H
#define UST_MODELS_SCALER_H

#include <stdbool.h>

#include "sim/spec/spec.h"

enum ust_scaler_metric { UST_SCALE_CPU, UST_SCALE_SLOTS, UST_SCALE_MEMORY, UST_SCALE_REQUESTS };
extern const char *const ust_scaler_metric_names[]; /* "cpu", "slots", "memory", "requests" */

struct ust_scaler_instance {
    double value; /* the metric averaged over the last period: ratio, or requests per second;
                     NAN where nothing was reported */
    ust_time launched; /* when asked for */
    ust_time ready;    /* when it first took traffic; UST_NEVER: not yet */
    ust_time changed;  /* when `in_service` last changed; `launched` while it never did */
    bool in_service;   /* takes traffic now */
};

struct ust_scaler_view {
    ust_time now;
    int64_t desired; /* the last answer, or what the pool began with */
    int64_t min, max;
    const struct ust_scaler_instance *instance; /* running and starting, by number */
    uint32_t n;
};

struct ust_scaler_answer {
    int64_t desired;    /* clamped to min..max by the caller */
    const char *reason; /* static text for the timeline, or NULL when nothing changes */
};

struct ust_scaler_type {
    struct ust_kind kind;
    /* Bytes of state, zeroed when the pool is made and never moved; NULL: none. */
    size_t (*state_size)(const void *params);
    ust_time (*period)(const void *params); /* between calls; 0: never called */
    enum ust_scaler_metric (*metric)(const void *params);
    struct ust_scaler_answer (*target)(const void *params, void *state,
                                       const struct ust_scaler_view *view);
    /* How long after its first traffic an instance counts as capacity only, not in the metric:
     * for displays; the kinds themselves leave such instances out. */
    ust_time (*warm_up)(const void *params);
};

/* Kinds: fixed, aws_target_tracking, k8s_hpa. */
extern const struct ust_registry ust_scaler_registry;

static inline const struct ust_scaler_type *ust_scaler_of(const struct ust_kind *kind)
{
    return (const struct ust_scaler_type *)kind;
}

#endif
