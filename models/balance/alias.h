/* Walker's alias table: one of many with a probability in proportion to its weight, by one draw
 * (weighted.c has it). For kinds that pick so. */
#ifndef UST_MODELS_BALANCE_ALIAS_H
#define UST_MODELS_BALANCE_ALIAS_H

#include "models/balance/balance.h"

/* `state_size` and `pick` of such a kind. */
size_t ust_alias_state_size(const void *params, uint32_t instances_max, uint32_t zones);
uint32_t ust_alias_pick(const void *params, void *state, const struct ust_balance_view *view,
                        struct ust_rng *rng);

#endif
