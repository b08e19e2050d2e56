/* Sorting keys without a branch that depends on them: blocks of eight by counting, then merges
 * from both ends at once. Made for runs of some dozens, fit for any number. Keys that come in
 * order already are only looked at. */
#ifndef UST_CORE_SORT_H
#define UST_CORE_SORT_H

#include <stddef.h>

#include "sim/core/tree.h"

/* Room for n keys that both buffers must have. */
#define UST_SORT_SPACE(n) (((n) + 7) / 8 * 8)

/* Sorts keys[0..n); the result lies in `keys` or in `spare`, which is returned. */
ust_event_key *ust_keys_sort(ust_event_key *keys, ust_event_key *spare, size_t n);

#endif
