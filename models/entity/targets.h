/* Automatic target weights of a pool (balance/target_weights.h): every period the errors of
 * each instance are compared with the others', and the balancer's weights follow. Good answers
 * are counted anyway, errors are told where they happen, which is rare. */
#ifndef UST_MODELS_ENTITY_TARGETS_H
#define UST_MODELS_ENTITY_TARGETS_H

#include "models/balance/target_weights.h"

struct ust_model;
struct ust_pool;

struct ust_targets {
    const struct ust_target_weights_rule *rule;
    struct ust_target *at; /* [instance] */
    /* work space: those that are healthy */
    struct ust_target **healthy;
    uint32_t *number;
    uint64_t *answered;
    bool *was; /* anomalous */
};

void ust_targets_start(struct ust_model *model);
/* One more error, where the pool has them. */
void ust_targets_charge(struct ust_pool *pool, uint32_t instance);
/* It begins anew, as a new one. */
void ust_targets_forget(struct ust_pool *pool, uint32_t instance);

#endif
