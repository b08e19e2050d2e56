/* All kinds of retry budget, in the order of budgets.def. */
#include "models/client/budget.h"

#define UST_KIND(name) extern const struct ust_budget_type ust_budget_##name;
#include "models/client/budgets.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_budget_##name.kind,
#include "models/client/budgets.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_budget_registry = {
    .family = "retry budget",
    .help = "How many retries a client affords, whatever its policy would have it repeat.",
    .kinds = kinds,
};
