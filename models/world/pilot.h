/* A pilot: how long the replications of a unit take here, from the first moments of one.
 *
 * It does what a batch does, for a fraction of a second. The first replication is simulated;
 * one that does not end within that time is stopped, and the rest taken to be like its
 * beginning. A database is made in a folder of the caller's, best on the disk where the study's
 * are to go, and the replication's rows are added to it, several times over. What short
 * replications cost is mostly this: thousands of rows, and a commit that waits for the disk.
 *
 * Simulating is this thread's own time, so that a busy machine does not count; storing is time
 * on the clock, for it waits. Judging a unit, a few hundredths of storing it, is left out.
 */
#ifndef UST_MODELS_WORLD_PILOT_H
#define UST_MODELS_WORLD_PILOT_H

#include "models/world/study.h"

struct ust_pilot {
    double simulate_s, store_s; /* of one replication */
    double unit_s;              /* reading a unit's scenario and making its database */
    uint64_t rows;              /* of a replication, over all tables */
    bool whole;                 /* the replication came to its end */
};

/* simulate_s: so long at most, 0: only as far as a first look. folder: an empty one; it is left
 * empty. UST_INVALID: the file has changed since the plan. */
enum ust_status ust_pilot(const struct ust_study *study, uint32_t unit, const char *folder,
                          double simulate_s, struct ust_pilot *out);

/* Seconds for so many replications in so many units on so many threads. Threads share the work,
 * but only one of them writes at a time. */
double ust_pilot_seconds(const struct ust_pilot *pilot, uint64_t replications, uint32_t units,
                         uint32_t threads);

#endif
