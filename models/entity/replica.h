/* One replica of a data tier: the writes that it lacks, in the order in which they came.
 *
 *   write ──committed──▶ lag ──▶ queue, emptied at `throughput` ──▶ applied
 *
 * Writes are kept as groups of the same millisecond; where there would be too many groups,
 * neighbours become one. Nothing happens by itself: whoever looks settles first what has been
 * applied until now. Cost: O(1) per write; a look costs what has been applied since the last.
 */
#ifndef UST_MODELS_ENTITY_REPLICA_H
#define UST_MODELS_ENTITY_REPLICA_H

#include <stdbool.h>

#include "sim/base/time.h"

#define UST_REPLICA_GROUPS 4096

struct ust_replica {
    bool exists, halted;        /* halted: nothing reaches it, or it is dead */
    ust_time lag;               /* drawn: until the next promotion */
    double throughput;          /* writes per second that it applies; 0: unlimited */
    ust_time free;              /* when the copying is done with what it has taken */
    double done;                /* writes of the first group that are applied */
    uint32_t head, n;           /* groups in the ring */
    ust_time width;             /* of a group */
    uint64_t pending, injected; /* writes in all groups, those of injected load among them */
    double most_lag, most_backlog, most_injected; /* s, writes: of what was looked at */
    struct ust_replica_group {
        ust_time at; /* of its first write */
        uint64_t writes, injected;
    } * group; /* [UST_REPLICA_GROUPS] */
};

/* How far it is behind, and what it lacks. */
struct ust_replica_reading {
    double lag_s, backlog, injected; /* s; writes; those of them that injected load has done */
};

/* Applies what can be applied by now. */
void ust_replica_settle(struct ust_replica *replica, ust_time now);
/* It lacks nothing from here on. */
void ust_replica_clear(struct ust_replica *replica, ust_time now);
void ust_replica_add(struct ust_replica *replica, ust_time now, bool injected);

/* Of a settled one. How far it is behind at `now`, ns: the age of the oldest write that it
 * lacks; the same in seconds, where nothing has been written since; and the writes. */
double ust_replica_behind(const struct ust_replica *replica, ust_time now);
double ust_replica_lost(const struct ust_replica *replica, ust_time since);
double ust_replica_backlog(const struct ust_replica *replica);
/* Those that injected load has written; of a group under way, their share of what is left. */
double ust_replica_injected(const struct ust_replica *replica);
/* When it will have applied all, if nothing is written any more; UST_NEVER: nothing reaches it.
 */
ust_time ust_replica_drained(const struct ust_replica *replica);

#endif
