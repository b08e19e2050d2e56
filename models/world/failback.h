/* Failback, as written: what happens once a region that was lost is healthy again. */
#ifndef UST_MODELS_WORLD_FAILBACK_H
#define UST_MODELS_WORLD_FAILBACK_H

#include "sim/spec/spec.h"

struct ust_failback_spec {
    int when; /* index into ust_failback_names: enum ust_failback */
    struct ust_dist after;
    ust_time ramp;
    const struct ust_node *after_node, *ramp_node, *node;
};
extern const char *const ust_failback_names[]; /* "automatic", "never" */
extern const struct ust_field ust_failback_fields[];

void ust_failback_check(struct ust_spec *spec, const struct ust_failback_spec *failback);

#endif
