/* Load injected before a failure: a persona's synthetic requests, sent straight to one region.
 */
#ifndef UST_MODELS_WORLD_INJECTION_H
#define UST_MODELS_WORLD_INJECTION_H

#include "models/entity/config.h"

struct ust_scenario;

struct ust_injection_spec {
    const char *persona, *service, *region;
    ust_time at, duration, ramp_up, ramp_down;
    double rate; /* per second */
    int mode;
    double writes;
    struct ust_abort_rule abort;
    const struct ust_node *persona_node, *service_node, *region_node, *mode_node, *at_node,
        *ramp_node, *writes_node, *abort_node;
};

extern const struct ust_field ust_injection_fields[];

void ust_injections_check(struct ust_spec *spec, const struct ust_scenario *scenario);

/* Its rate over the run, as a plan of arrivals. */
void ust_injection_plan(struct ust_arena *arena, const struct ust_injection_spec *injection,
                        ust_time warmup, ust_time end, struct ust_arrival_plan *out);

#endif
