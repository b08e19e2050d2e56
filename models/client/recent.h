/* Good and bad in the last so-and-so-long: what budgets, breakers and throttles decide by.
 *
 * The window slides in slices of a sixtieth of itself, so a result is forgotten when it is
 * between 59/60 and 60/60 of the window old. Adding and asking are O(1) but for the slices that
 * have passed since; nothing is allocated.
 */
#ifndef UST_MODELS_CLIENT_RECENT_H
#define UST_MODELS_CLIENT_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/time.h"

#define UST_RECENT_SLICES 60

struct ust_recent {
    int64_t slice; /* number of the newest one, since time 0 */
    uint32_t good[UST_RECENT_SLICES], bad[UST_RECENT_SLICES];
    uint32_t goods, bads; /* of all slices */
};

/* Forgets what is older than `width` at `now`; then `goods` and `bads` may be read. */
void ust_recent_move(struct ust_recent *recent, ust_time width, ust_time now);

/* The same, and counts one more. A zeroed window is an empty one. */
void ust_recent_add(struct ust_recent *recent, ust_time width, ust_time now, bool good);

#endif
