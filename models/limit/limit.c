/* All kinds of concurrency limit, in the order of kinds.def, and what they share. */
#include "models/limit/limit.h"

#define UST_KIND(name) extern const struct ust_limit_type ust_limit_##name;
#include "models/limit/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_limit_##name.kind,
#include "models/limit/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_limit_registry = {
    .family = "limit",
    .help = "How many requests an instance lets in at once, waiting ones included.",
    .kinds = kinds,
};

void ust_limit_check_range(struct ust_spec *spec, const struct ust_limit_range *range,
                           const struct ust_node *node)
{
    const struct ust_node *blamed = range->initial_node != NULL ? range->initial_node : node;
    if (range->min > range->max)
        ust_diag_error(spec->diag, node->place, "'min' is %lld, must not lie above 'max', %lld",
                       (long long)range->min, (long long)range->max);
    else if (range->initial < range->min || range->initial > range->max)
        ust_diag_error(spec->diag, blamed->place,
                       "'initial' is %lld, must lie between 'min', %lld, and 'max', %lld",
                       (long long)range->initial, (long long)range->min, (long long)range->max);
}

double ust_limit_within(const struct ust_limit_range *range, double limit)
{
    double low = (double)range->min, high = (double)range->max;
    return limit < low ? low : limit > high ? high : limit;
}
