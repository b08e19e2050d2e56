/* What scalers see of a pool.
 *
 * Without `monitoring`, a scaler sees each metric averaged exactly over its own period, at
 * once. With it, an agent on every instance (and one on the balancer) takes a sample every
 * interval, the average since its last one; samples are lost, and arrive late. A scaler's value
 * is the aggregate of the samples that have arrived within its period, or the last one while
 * that is not stale, or nothing. Dead instances report nothing, and neither does anybody while
 * a fault stops the metrics of the pool.
 *
 * Cost: O(instances) per sample and per call; memory for the samples of the longest period.
 */
#ifndef UST_MODELS_ENTITY_MONITOR_H
#define UST_MODELS_ENTITY_MONITOR_H

#include "models/entity/model.h"

/* Cumulative counters of an instance at some moment. */
struct ust_seen {
    uint32_t epoch; /* of the instance; those of another one before it do not count */
    ust_time at;
    double cpu, busy, memory;
    uint64_t completions; /* of the pool's own row: arrivals */
};

/* Allocates what the pool's scalers need to see, and starts its agents. */
void ust_monitor_start(struct ust_model *model);

/* Fills `view->instance`, `n`, `leaving` and `arrivals` as this scaler sees them now. */
void ust_monitor_look(struct ust_model *model, struct ust_pool *pool,
                      struct ust_pool_scaler *scaler, struct ust_scaler_view *view);

#endif
