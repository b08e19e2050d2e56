/* All kinds of route, in the order of kinds.def. */
#include "models/route/route.h"

#define UST_KIND(name) extern const struct ust_route_type ust_route_##name;
#include "models/route/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_route_##name.kind,
#include "models/route/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_route_registry = {
    .family = "routing",
    .help = "Which region answers a user.",
    .kinds = kinds,
};
