/* The load to expect at a service: from the plans of arrivals alone, before anything runs.
 *
 *     traffic ─ its rate, minute by minute ─▶ the service ─ calls ─▶ services behind it
 *
 * What a planner's formula starts from: every request sent once, no failure, no retry, no
 * cache, wherever it is served. Costs a pass over the plans. */
#ifndef UST_MODELS_WORLD_LOAD_H
#define UST_MODELS_WORLD_LOAD_H

#include "models/world/scenario.h"

/* Requests of one kind: an action of a persona, or a call that one of its requests leads to. */
struct ust_load_part {
    const struct ust_traffic_config *traffic;
    double rate;                 /* per second */
    const struct ust_dist *work; /* CPU ns */
};

struct ust_load {
    ust_time at; /* when the minute begins, of the run's clock */
    double rate; /* requests a second */
    double work; /* CPU seconds a second */
    const struct ust_load_part *part;
    uint32_t n;
};

/* The minute of [from, to) in which most work is expected. All 0 where nobody comes. */
void ust_load_peak(struct ust_arena *arena, const struct ust_config *config, uint32_t service,
                   ust_time from, ust_time to, struct ust_load *out);

#endif
