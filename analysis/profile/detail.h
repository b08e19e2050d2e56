/* Single events, as many as distributions need: what sums of sessions no longer show.
 *
 * Of each action a random sample of its events is kept with all quantities, and of all pauses
 * one (Vitter's algorithm R, from the seed). Each says which session it belongs to, since whose
 * it is is known only when sessions have been clustered.
 * Memory: UST_DETAIL_EVENTS of 48 bytes an action, UST_DETAIL_PAUSES of 16; 70 MB at the most.
 */
#ifndef UST_PROFILE_DETAIL_H
#define UST_PROFILE_DETAIL_H

#include "analysis/profile/session.h"

#define UST_DETAIL_EVENTS 20000
#define UST_DETAIL_PAUSES 300000

struct ust_detail {
    uint64_t session;
    float quantity[UST_QUANTITIES]; /* as of an event */
    bool timed_out, again;
    float pause;
};

struct ust_pause {
    uint64_t session;
    double s;
};

struct ust_details {
    struct ust_detail *event[UST_PROFILE_ACTIONS_MAX + 1]; /* by action */
    uint32_t events[UST_PROFILE_ACTIONS_MAX + 1];
    uint64_t seen[UST_PROFILE_ACTIONS_MAX + 1];
    struct ust_pause *pause;
    uint32_t pauses;
    uint64_t pauses_seen;
    bool fine; /* some time is finer than a second */
    struct ust_rng *rng;
};

struct ust_details *ust_details_new(uint64_t seed);
void ust_details_free(struct ust_details *details); /* NULL is fine */
void ust_details_add(struct ust_details *details, const struct ust_event *event,
                     const struct ust_placed *placed);

#endif
