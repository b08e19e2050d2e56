/* All kinds of fault, in the order of kinds.def. */
#include "models/fault/fault.h"

#define UST_KIND(name) extern const struct ust_fault_type ust_fault_##name;
#include "models/fault/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_fault_##name.kind,
#include "models/fault/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_fault_registry = {
    .family = "fault",
    .help = "What breaks, where, when and how far.",
    .kinds = kinds,
};
