/* Faults as the files see them that carry them out: failure.c (their course, and whom they hold
 * down), damage.c (what all of them together do to pools and regions), call.c, cut.c. */
#ifndef UST_MODELS_ENTITY_FAILURE_H
#define UST_MODELS_ENTITY_FAILURE_H

#include "models/entity/pool.h"

/* What a fault does to an instance, in fault->holds. */
enum { UST_HELD = 1, UST_STRUCK = 2 };

static inline const struct ust_fault_common *ust_fault_common_of(const struct ust_fault *fault)
{
    return fault->config->fault.params;
}

static inline bool ust_fault_reaches(const struct ust_fault *fault, const struct ust_pool *pool)
{
    const struct ust_fault_config *config = fault->config;
    return pool->config->exists &&
           (config->region < 0 || (uint32_t)config->region == pool->config->region) &&
           (config->service < 0 || (uint32_t)config->service == pool->config->service);
}

static inline bool ust_fault_in_zone(const struct ust_fault *fault, uint32_t zone)
{
    return zone >= 64 || (fault->config->zones >> zone & 1) != 0;
}

#endif
