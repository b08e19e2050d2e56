/* The failover plan, as written: when it begins, whose users it moves where, and its steps. */
#ifndef UST_MODELS_WORLD_FAILOVER_H
#define UST_MODELS_WORLD_FAILOVER_H

#include "sim/spec/spec.h"

struct ust_failover_spec {
    const char *from, *to;
    int on; /* index into its choices */
    ust_time at, poll;
    struct ust_items steps; /* struct ust_variant */
    const struct ust_node *from_node, *to_node, *on_node, *at_node, *node;
};
extern const struct ust_field ust_failover_fields[];

struct ust_scenario;
struct ust_config;

void ust_failover_check(struct ust_spec *spec, const struct ust_scenario *scenario);
/* After services and traffic are built. */
void ust_failover_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                        struct ust_config *config);

#endif
