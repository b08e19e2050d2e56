/* All kinds of balancer, in the order of kinds.def. */
#include "models/balance/balance.h"

#define UST_KIND(name)      extern const struct ust_balance_type ust_balance_##name;
#define UST_ZONE_KIND(name) extern const struct ust_balance_type ust_balance_##name;
#include "models/balance/kinds.def"
#undef UST_KIND
#undef UST_ZONE_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name)      &ust_balance_##name.kind,
#define UST_ZONE_KIND(name) &ust_balance_##name.kind,
#include "models/balance/kinds.def"
#undef UST_KIND
#undef UST_ZONE_KIND
    NULL,
};

static const struct ust_kind *const within[] = {
#define UST_KIND(name) &ust_balance_##name.kind,
#define UST_ZONE_KIND(name)
#include "models/balance/kinds.def"
#undef UST_KIND
#undef UST_ZONE_KIND
    NULL,
};

const struct ust_registry ust_balance_registry = {
    .family = "balancer",
    .help = "Which instance of a pool takes a request.",
    .kinds = kinds,
};

const struct ust_registry ust_balance_within_registry = {
    .family = "balancer within a zone",
    .help = "Which instance of the chosen zone takes a request.",
    .kinds = within,
};

bool ust_balance_always_weighs(const void *params)
{
    (void)params;
    return true;
}
