/* When a copy of an attempt goes out: after a fixed time, or after a quantile of how long
 * attempts have taken so far, which is looked up again when there are a twentieth more. */
#ifndef UST_MODELS_ENTITY_DELAY_H
#define UST_MODELS_ENTITY_DELAY_H

#include "models/client/client.h"
#include "sim/base/arena.h"
#include "sim/kpi/histogram.h"

struct ust_hedge_delay {
    ust_time after;              /* UST_NEVER: not known yet */
    struct ust_histogram *took;  /* NULL: fixed */
    uint64_t answers, ask_again; /* the quantile is found anew with so many answers */
};

struct ust_hedge_delay ust_hedge_delay_make(struct ust_arena *arena,
                                            const struct ust_hedge *rule);
/* An attempt was answered after `took`. */
void ust_hedge_delay_learn(struct ust_hedge_delay *delay, const struct ust_hedge *rule,
                           ust_time took);

#endif
