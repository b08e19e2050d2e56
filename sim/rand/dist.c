#include "sim/rand/dist.h"

#include <string.h>

const struct ust_dist_type *const ust_dist_types[] = {
#define UST_DIST_KIND(name) &ust_dist_kind_##name,
#include "sim/rand/kinds.def"
#undef UST_DIST_KIND
    NULL};

const struct ust_dist_type *ust_dist_find(const char *name)
{
    for (const struct ust_dist_type *const *type = ust_dist_types; *type; type++)
        if (strcmp((*type)->name, name) == 0)
            return *type;
    return NULL;
}

struct ust_dist ust_dist_constant(double value)
{
    struct ust_dist dist = {.type = &ust_dist_kind_deterministic, .arg = {value}};
    dist.type->prepare(&dist);
    return dist;
}

bool ust_dist_is_constant(const struct ust_dist *dist)
{
    return dist->type == &ust_dist_kind_deterministic;
}
