/* An Application Load Balancer's weighted random algorithm: any target, each as likely as the
 * weight that its errors leave it. It goes by no other weight, and has no slow start. */
#include "models/balance/alias.h"
#include "models/balance/target_weights.h"

static const struct ust_target_weights_rule *rule_of(const void *params)
{
    return params;
}

const struct ust_balance_type ust_balance_weighted_random = {
    .kind = {.name = "weighted_random",
             .help = "Any instance, all alike but for those that err more than the others. As "
                     "an Application Load Balancer's weighted random algorithm with automatic "
                     "target weights.",
             .params_size = sizeof(struct ust_target_weights_rule),
             .fields = ust_target_weights_fields},
    .state_size = ust_alias_state_size,
    .pick = ust_alias_pick,
    .target_weights = rule_of,
};
