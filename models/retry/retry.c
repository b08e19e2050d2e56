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

const char *const ust_retry_on_names[] = {"failed", "shed", "timed_out", "refused", NULL};

unsigned ust_retry_mask(const struct ust_retry_common *common)
{
    const int *on = common->on.at;
    unsigned mask = 0;
    if (common->on.n == 0)
        return UST_RETRY_FAILED | UST_RETRY_SHED | UST_RETRY_TIMED_OUT;
    for (uint32_t i = 0; i < common->on.n; i++)
        mask |= 1u << on[i];
    return mask;
}

void ust_retry_check(struct ust_spec *spec, const void *params, const struct ust_node *node)
{
    const struct ust_retry_common *common = params;
    const int *on = common->on.at;
    unsigned seen = 0;
    (void)node;
    for (uint32_t i = 0; i < common->on.n; i++) {
        if (seen >> on[i] & 1)
            ust_diag_error(spec->diag, common->on.node->place,
                           "'%s' is named twice in 'outcomes'", ust_retry_on_names[on[i]]);
        seen |= 1u << on[i];
    }
}

const struct ust_registry ust_retry_registry = {
    .family = "retry",
    .help = "When a client sends again after an attempt failed or timed out.",
    .kinds = kinds,
};
