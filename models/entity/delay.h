/* When a copy of an attempt goes out: after a fixed time, or after a quantile of how long
 * attempts have taken so far, which is looked up again when there are a twentieth more.
 *
 * What is learnt is the time from the attempt's first send to whichever answer came first, and
 * never how long a copy took by itself: copies answer early because they were sent late. Until
 * the copy goes out the two are the same, so the share of attempts that are answered by then is
 * that of attempts without copies, and the share that is copied is one less the quantile. */
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
/* An attempt was answered after `took`, by one of its copies. */
void ust_hedge_delay_learn(struct ust_hedge_delay *delay, const struct ust_hedge *rule,
                           ust_time took);

#endif
