/* All kinds of scaler, in the order of kinds.def. */
#include "models/scaler/scaler.h"

#define UST_KIND(name) extern const struct ust_scaler_type ust_scaler_##name;
#include "models/scaler/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_scaler_##name.kind,
#include "models/scaler/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_scaler_registry = {
    .family = "scaler",
    .help = "How many instances a pool should have.",
    .kinds = kinds,
};
