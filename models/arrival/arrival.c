/* All kinds of arrivals, in the order of kinds.def. */
#include "models/arrival/arrival.h"

#define UST_KIND(name) extern const struct ust_arrival_type ust_arrival_##name;
#include "models/arrival/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_arrival_##name.kind,
#include "models/arrival/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_arrival_registry = {
    .family = "arrivals",
    .help = "When requests, or sessions, come.",
    .kinds = kinds,
};
