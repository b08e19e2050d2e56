/* What the kinds that choose a zone first have in common: the ready instances sorted by zone,
 * and one balancer of another kind within each, with a state of its own. */
#ifndef UST_MODELS_BALANCE_ZONES_H
#define UST_MODELS_BALANCE_ZONES_H

#include "models/balance/balance.h"

/* Parameters that these kinds begin with. */
struct ust_zones_params {
    struct ust_variant within; /* kind NULL: round_robin */
};

#define UST_ZONES_WITHIN(params)                                                               \
    {                                                                                          \
        .key = "within", .kind = UST_FIELD_VARIANT, .offset = offsetof(params, common.within), \
        .registry = &ust_balance_within_registry,                                              \
        .help = "How an instance of the zone is chosen; round_robin where absent."             \
    }

struct ust_zones;

size_t ust_zones_size(const struct ust_zones_params *params, uint32_t instances_max,
                      uint32_t zones);

/* Brings the zones up to the view. True where anything has changed since the last call, so that
 * what depends on it is to be worked out anew. */
bool ust_zones_follow(const struct ust_zones_params *params, struct ust_zones *zones,
                      const struct ust_balance_view *view);

/* Ready instances of a zone. */
uint32_t ust_zones_ready(const struct ust_zones *zones, uint32_t zone);

/* Lets the balancer of a zone choose; view->zones_n: that of all zones together. */
uint32_t ust_zones_pick(const struct ust_zones_params *params, struct ust_zones *zones,
                        const struct ust_balance_view *view, uint32_t zone,
                        struct ust_rng *rng);

/* `weighs` of these kinds: whether the balancer within does. */
bool ust_zones_weigh(const void *params);

#endif
