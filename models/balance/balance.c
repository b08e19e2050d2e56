/* All kinds of balancer, in the order of kinds.def. */
#include "models/balance/balance.h"

#define UST_KIND(name) extern const struct ust_balance_type ust_balance_##name;
#include "models/balance/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_balance_##name.kind,
#include "models/balance/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_balance_registry = {
    .family = "balancer",
    .help = "Which instance of a pool takes a request.",
    .kinds = kinds,
};
