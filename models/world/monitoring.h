/* `monitoring`: what the agents of a pool report to its scalers. A pool's own section wins over
 * its service's, and that over the scenario's; where there is none, scalers see what is. */
#ifndef UST_MODELS_WORLD_MONITORING_H
#define UST_MODELS_WORLD_MONITORING_H

#include "models/entity/config.h"

struct ust_monitoring_spec {
    struct ust_monitoring is; /* stale_after 0: as long as the interval */
    const struct ust_node *node;
};

extern const struct ust_field ust_monitoring_fields[];

/* The first that was given. */
struct ust_monitoring ust_monitoring_of(const struct ust_monitoring_spec *const *from,
                                        uint32_t n);

#endif
