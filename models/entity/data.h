/* A data tier: one region has the primary, which takes the writes; others have replicas, to
 * which these are copied some time later.
 *
 *   write ──committed──▶ lag ──▶ queue, emptied at `throughput` ──▶ applied at the replica
 *
 * A surge of writes makes the queue grow, and a partition or a dead replica stops it. What has
 * not been applied when the primary is lost is lost with it, once a replica is promoted: so the
 * loss is measured, in seconds and in writes. If the primary comes back before, nothing is.
 *
 * Writes in the queue are kept as groups of the same millisecond; where there would be too many
 * groups, neighbours become one. Cost: O(1) per write and replica, nothing per read.
 */
#ifndef UST_MODELS_ENTITY_DATA_H
#define UST_MODELS_ENTITY_DATA_H

#include "sim/core/engine.h"
#include "sim/rand/dist.h"

struct ust_model;
struct ust_pool;

struct ust_data_config {
    uint32_t primary;  /* region, at the beginning */
    uint64_t replicas; /* bit r: region r has one */
    struct ust_dist lag;
    double throughput; /* writes per second; 0: unlimited */
    bool automatic;    /* a replica is promoted without a plan */
    struct ust_dist detect, duration;
    bool waits; /* writes wait for a primary; else they meet the dead one */
};

#define UST_REPLICA_GROUPS 4096

struct ust_replica {
    bool exists, halted;
    ust_time lag;                  /* drawn: until the next loss */
    ust_time free;                 /* when the copying is done with what it has taken */
    double done;                   /* writes of the first group that are applied */
    uint32_t head, n;              /* groups in the ring */
    ust_time width;                /* of a group */
    uint64_t pending;              /* writes in all groups */
    double most_lag, most_backlog; /* s, writes: of what was looked at */
    struct ust_replica_group {
        ust_time at; /* of its first write */
        uint64_t writes;
    } * group;
};

struct ust_data {
    const struct ust_data_config *config;
    uint32_t service;
    uint32_t primary; /* region */
    bool alive;       /* the primary answers */
    uint32_t parked;  /* first call that waits for one; UST_NONE: none */
    ust_time lost;    /* when it was lost */
    struct ust_timer promotion;
    struct ust_rng lags, promotions;
    struct ust_replica *replica; /* [region] */
};

void ust_data_start(struct ust_model *model);

/* A pool of the service has changed: does it answer now? */
void ust_data_changed(struct ust_model *model, struct ust_pool *pool, bool answers);
/* Regions have been cut off from each other, or connected again. */
void ust_data_cut(struct ust_model *model);

/* A write is done at a pool. */
void ust_data_written(struct ust_model *model, const struct ust_pool *pool);

/* A failover plan promotes the replica in a region; nothing happens where there is none, or it
 * has the primary already. */
void ust_data_promote(struct ust_model *model, uint32_t service, uint32_t region);
/* How far the replica is behind now, ns; 0 where there is none. */
double ust_data_behind(struct ust_model *model, uint32_t service, uint32_t region);
/* The same and the writes that it lacks, for the series. False: no replica. */
bool ust_data_read(struct ust_model *model, const struct ust_pool *pool, double *lag_s,
                   double *backlog);

#endif
