/* Faults: what breaks, where, when and how far. A kind turns its level (0 to 1 along the ramp)
 * into an effect; the world's entities act on it, and nobody else learns of it but by health
 * checks. */
#ifndef UST_MODELS_FAULT_H
#define UST_MODELS_FAULT_H

#include <stdbool.h>

#include "sim/spec/spec.h"

/* What becomes of the attempts on a dying instance, waiting and in service. */
enum ust_in_flight {
    UST_IN_FLIGHT_FAIL,         /* the client sees an error at once (default) */
    UST_IN_FLIGHT_SILENT,       /* no answer ever: the client's own timeout must notice */
    UST_IN_FLIGHT_REQUEUE_HEAD, /* start over, before all who wait */
    UST_IN_FLIGHT_REQUEUE_TAIL, /* start over, behind all who wait */
    UST_IN_FLIGHT_RESUME,       /* go on where they were, before all who wait */
};
extern const char *const ust_in_flight_names[];

/* Parameters that all kinds begin with; each kind's table includes these rows. */
struct ust_fault_common {
    const char *region;
    ust_time at; /* since the end of the warm-up */
    ust_time
        duration;  /* at full strength and ramps together; UST_NEVER: to the end of the run */
    ust_time ramp; /* from nothing to full strength */
    ust_time recovery; /* from full strength to nothing, at the end of `duration` */
    int in_flight;     /* enum ust_in_flight */
    const struct ust_node *region_node, *at_node, *node;
};

struct ust_fault_effect {
    double instances_lost; /* share of the instances in scope, 0..1 */
    double slots_lost;     /* share of each instance's slots, 0..1 */
    double slow;           /* factor on service times, 1: none */
    double errors;         /* share of requests that are answered with an error */
    bool region_down;      /* nothing reaches the region, its control plane neither */
    bool no_launches;      /* the control plane starts no instances in scope */
};

struct ust_fault_scope {
    const char *region;  /* NULL: all */
    const char *service; /* NULL: all */
    uint64_t zones;      /* bit z: zone z (from 0); all bits: the whole region */
};

struct ust_fault_type {
    struct ust_kind kind; /* params begin with struct ust_fault_common */
    void (*scope)(const void *params, struct ust_fault_scope *out);
    void (*effect)(const void *params, double level,
                   struct ust_fault_effect *out); /* out zeroed,
                                                    slow 1 */
};

/* Kinds: region_loss, zone_loss {zones: [1, 2] or names a, b, c}, capacity_loss {share, of:
 * instances|slots, service}, slow_down {factor, service}, error_burst {share, service}. */
extern const struct ust_registry ust_fault_registry;

#endif
