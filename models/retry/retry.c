/* All kinds of retry, in the order of kinds.def. */
#include "models/retry/retry.h"

#define UST_KIND(name) extern const struct ust_retry_type ust_retry_##name;
#include "models/retry/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_retry_##name.kind,
#include "models/retry/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_retry_registry = {
    .family = "retry",
    .help = "When a client sends again after an attempt failed or timed out.",
    .kinds = kinds,
};
