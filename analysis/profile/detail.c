#include "analysis/profile/detail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/rand/rng.h"

struct ust_details *ust_details_new(uint64_t seed)
{
    struct ust_details *details = ust_malloc(sizeof *details);
    memset(details, 0, sizeof *details);
    details->rng = ust_malloc(sizeof *details->rng);
    *details->rng = ust_rng_derive(seed, 0, "profile/details");
    return details;
}

void ust_details_free(struct ust_details *details)
{
    if (details == NULL)
        return;
    for (size_t a = 0; a <= UST_PROFILE_ACTIONS_MAX; a++)
        free(details->event[a]);
    free(details->pause);
    free(details->rng);
    free(details);
}

/* Where the n-th of a stream (from 0) goes among `room`; `room` itself: nowhere. */
static uint32_t place(struct ust_rng *rng, uint64_t n, uint32_t room)
{
    if (n < room)
        return (uint32_t)n;
    uint64_t at = (uint64_t)(((ust_u128)ust_rng_u64(rng) * (n + 1)) >> 64);
    return at < room ? (uint32_t)at : room;
}

/* Lists grow by doubling: most actions are rare. */
static void *grown(void *list, uint32_t n, size_t size)
{
    bool full = n == 0 || (n >= 64 && (n & (n - 1)) == 0);
    return full ? ust_realloc(list, (n < 64 ? 64 : 2 * (size_t)n) * size) : list;
}

static void add_event(struct ust_details *details, const struct ust_event *event,
                      const struct ust_placed *placed)
{
    uint16_t a = event->action;
    uint32_t at = place(details->rng, details->seen[a]++, UST_DETAIL_EVENTS);
    if (at == UST_DETAIL_EVENTS)
        return;
    if (at == details->events[a])
        details->event[a] =
            grown(details->event[a], details->events[a]++, sizeof(struct ust_detail));
    struct ust_detail *it = &details->event[a][at];
    *it = (struct ust_detail){.session = placed->session,
                              .timed_out = event->timed_out,
                              .again = placed->again,
                              .pause = (float)placed->pause};
    for (int q = 0; q < UST_QUANTITIES; q++)
        it->quantity[q] = (float)event->quantity[q];
}

void ust_details_add(struct ust_details *details, const struct ust_event *event,
                     const struct ust_placed *placed)
{
    details->fine |= event->fine;
    add_event(details, event, placed);
    if (isnan(placed->pause) || placed->again)
        return; /* a repetition is no new thought */
    uint32_t at = place(details->rng, details->pauses_seen++, UST_DETAIL_PAUSES);
    if (at == UST_DETAIL_PAUSES)
        return;
    if (at == details->pauses)
        details->pause = grown(details->pause, details->pauses++, sizeof(struct ust_pause));
    details->pause[at] = (struct ust_pause){placed->session, placed->pause};
}
