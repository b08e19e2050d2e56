/* One call on its way: where it goes, its attempts and their copies, and how it comes back.
 *
 *   send ─▶ SENT ─┬─ first answer ─▶ RETURNING ─▶ ust_call_over, answered
 *     ▲    copies │
 *     │           ├─ error, none other out ─▶ RETURNING ─┐
 *     │           └─ timeout ────────────────────────────┤
 *   PAUSING ◀──────── may be repeated ───────────────────┴─ or not ─▶ ust_call_over
 *
 * PARKED stands before SENT where a write has to wait for a primary. Who waits for the call,
 * and what he makes of its end, is calls.c's.
 */
#ifndef UST_MODELS_ENTITY_CALL_WAY_H
#define UST_MODELS_ENTITY_CALL_WAY_H

#include "models/entity/model.h"
#include "sim/base/limits.h"

static inline struct ust_call *ust_call_at(struct ust_model *model, uint32_t number)
{
    return &model->calls.call[number];
}

static inline struct ust_call_edge *ust_call_edge_of(struct ust_model *model,
                                                     const struct ust_call *call)
{
    return &model->pools[call->pool].edges[call->edge];
}

void ust_call_way_start(struct ust_model *model);

/* The next attempt leaves. */
void ust_call_send(struct ust_model *model, uint32_t number);
/* Its cache has the answer, which takes so long. */
void ust_call_found(struct ust_model *model, uint32_t number, ust_time after);

/* The caller gives a call up that is not over; its copies are still to be let go. */
void ust_call_stop(struct ust_model *model, uint32_t number);
/* Takes all copies that are on the way from their call: they are nobody's, before the first is
 * let go, because what one leaves behind may be the next one's. */
struct ust_call_copies {
    uint32_t id[UST_COPIES_MAX], n;
};
struct ust_call_copies ust_call_take_copies(struct ust_model *model, struct ust_call *call);
void ust_call_let_go(struct ust_model *model, const struct ust_call_copies *copies);

/* call_region.c: where the next copy goes. A write goes to the primary; all else to the nearest
 * region with healthy instances, as far as the checks know, and where there is none to the
 * nearest with a pool at all, which will refuse. */
uint32_t ust_call_region(struct ust_model *model, const struct ust_call *call);
void ust_call_region_start(struct ust_model *model);

/* calls.c: the call has an answer, or has failed for good. */
void ust_call_over(struct ust_model *model, uint32_t number, bool answered);

#endif
