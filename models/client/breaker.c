/* All kinds of breaker, in the order of breakers.def, and what they share. */
#include "models/client/breaker.h"

#include <string.h>

#include "sim/base/assert.h"

#define UST_KIND(name) extern const struct ust_breaker_type ust_breaker_##name;
#include "models/client/breakers.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_breaker_##name.kind,
#include "models/client/breakers.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_breaker_registry = {
    .family = "breaker",
    .help = "When a client that sees failures stops asking for a while.",
    .kinds = kinds,
};

bool ust_breaker_admits(const struct ust_variant *variant, struct ust_breaker *breaker,
                        ust_time now, bool *probe)
{
    const struct ust_breaker_common *common = variant->params;
    *probe = false;
    if (breaker->phase == UST_BREAKER_CLOSED)
        return true;
    if (breaker->phase == UST_BREAKER_OPEN) {
        if (now < breaker->until)
            return false;
        breaker->phase = UST_BREAKER_HALF_OPEN;
        breaker->probes_good = 0; /* those of an earlier try may still be out */
    }
    bool full = breaker->probes_out + breaker->probes_good >= (uint64_t)common->probes;
    if (full && now < breaker->until)
        return false; /* later, those that are out may be lost for good */
    breaker->until = now + common->open;
    breaker->probes_out++;
    *probe = true;
    return true;
}

static void open_it(const struct ust_breaker_common *common, struct ust_breaker *breaker,
                    ust_time now)
{
    breaker->phase = UST_BREAKER_OPEN;
    breaker->until = now + common->open;
    breaker->trips++;
}

void ust_breaker_ended(const struct ust_variant *variant, struct ust_breaker *breaker,
                       void *state, ust_time now, ust_time took, bool probe,
                       enum ust_result result)
{
    const struct ust_breaker_common *common = variant->params;
    const struct ust_breaker_type *type = ust_breaker_of(variant->kind);
    bool good = result == UST_RESULT_GOOD && took <= common->slow;
    if (probe) {
        UST_ASSERT(breaker->probes_out > 0);
        breaker->probes_out--;
    }
    if (breaker->phase == UST_BREAKER_CLOSED) {
        if (result != UST_RESULT_NONE && type->trips(variant->params, state, now, good))
            open_it(common, breaker, now);
        return;
    }
    if (breaker->phase != UST_BREAKER_HALF_OPEN || !probe || result == UST_RESULT_NONE)
        return;
    if (!good) {
        open_it(common, breaker, now);
        return;
    }
    if (++breaker->probes_good < (uint64_t)common->probes)
        return;
    breaker->phase = UST_BREAKER_CLOSED;
    memset(state, 0, type->state_size);
}
