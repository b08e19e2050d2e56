/* A data tier: one region has the primary, which takes the writes; others have replicas, to
 * which these are copied some time later (replica.h).
 *
 * A surge of writes makes the queue grow, and a partition or a dead replica stops it. What has
 * not been applied when the primary is lost is lost with it, once a replica is promoted: so the
 * loss is measured, in seconds and in writes. If the primary comes back before, nothing is.
 *
 * Who promotes: the tier by itself, some time after the loss, or a failover plan (takeover.c).
 * From the moment a plan begins to, nobody writes:
 *
 *   planned ──▶ DRAINS ──all is copied──▶ PROMOTES ──duration──▶ the replica is the primary
 *   a loss  ──────────────────────────────▶ PROMOTES   (what is not copied is lost)
 *
 * A standby that does not answer is waited for (WAITS), and begins anew. Until it does, a
 * planned one leaves the primary to its writers; so it does while the regions are cut off from
 * each other.
 *
 * Cost: O(1) per write and replica; per read one test.
 */
#ifndef UST_MODELS_ENTITY_DATA_H
#define UST_MODELS_ENTITY_DATA_H

#include "models/entity/replica.h"
#include "sim/core/engine.h"
#include "sim/rand/dist.h"

struct ust_model;
struct ust_pool;
struct ust_request;

struct ust_data_config {
    uint32_t primary;  /* region, at the beginning */
    uint64_t replicas; /* bit r: region r has one */
    struct ust_dist lag;
    double throughput; /* writes per second; 0: unlimited */
    bool automatic;    /* a replica is promoted without a plan */
    struct ust_dist detect, duration;
    bool waits; /* writes wait for a primary; else they meet the dead one */
};

/* What a failover plan has asked for. */
struct ust_takeover {
    enum ust_takeover_state {
        UST_TAKEOVER_NONE,
        UST_TAKEOVER_WAITS,
        UST_TAKEOVER_DRAINS,
        UST_TAKEOVER_PROMOTES,
    } state;
    uint32_t region;
    bool graceful;    /* nothing is to be lost */
    const char *step; /* of the plan */
    struct ust_timer next;
};

struct ust_data {
    const struct ust_data_config *config;
    uint32_t service;
    uint32_t primary; /* region */
    bool alive;       /* the primary answers */
    bool detached;    /* ... but it has been given up, and nothing is copied any more */
    uint32_t parked;  /* first call that waits for one; UST_NONE: none */
    uint32_t held;    /* first request of users that does; the same */
    ust_time lost;    /* when the last could be written, where nothing can be now */
    struct ust_timer promotion;
    struct ust_rng lags, promotions;
    struct ust_replica *replica; /* [region] */
    struct ust_takeover takeover;
};

void ust_data_start(struct ust_model *model);

/* A pool of the service has changed: does it answer now? */
void ust_data_changed(struct ust_model *model, struct ust_pool *pool, bool answers);
/* Regions have been cut off from each other, or connected again. */
void ust_data_cut(struct ust_model *model);

/* Has a plan stopped the writes? */
static inline bool ust_data_is_fenced(const struct ust_data *data)
{
    const struct ust_takeover *takeover = &data->takeover;
    return takeover->state != UST_TAKEOVER_NONE &&
           !(takeover->graceful && takeover->state == UST_TAKEOVER_WAITS);
}
/* Is there a primary now that takes writes? */
static inline bool ust_data_takes_writes(const struct ust_data *data)
{
    return data->alive && !ust_data_is_fenced(data);
}
/* May a write be done at this pool now? It is refused there otherwise. */
bool ust_data_writable(const struct ust_data *data, const struct ust_pool *pool);
/* The write of an attempt is done at a pool; false: what it did leads nowhere, its region is
 * not the primary any more. */
bool ust_data_written(struct ust_model *model, struct ust_pool *pool, uint32_t id);

/* Does the attempt write, a call or a request of users straight at a data tier? */
bool ust_data_is_write(const struct ust_model *model, const struct ust_request *request);
/* A request of users sets out: it is held at its client (true) where it has to wait for a
 * primary; then it is given up. */
bool ust_data_holds(struct ust_model *model, uint32_t id);
void ust_data_let_go(struct ust_model *model, uint32_t id);

/* Of the replica in the pool's region: as it is, for the series, and the most that was seen,
 * for the run. All NAN: there is none. */
struct ust_replica_reading ust_data_read(struct ust_model *model, const struct ust_pool *pool);
struct ust_replica_reading ust_data_most(const struct ust_pool *pool);

/* ---- data.c for takeover.c ---- */

/* Does the region's pool answer? */
bool ust_data_answers(struct ust_model *model, const struct ust_data *data, uint32_t region);
/* Copying goes on where both ends live and are connected: all of it is looked at again. */
void ust_data_review(struct ust_model *model, struct ust_data *data);
/* The replica is the primary from now on. What it lacks is lost where the old one is dead or
 * given up. */
void ust_data_promote(struct ust_model *model, struct ust_data *data, uint32_t region);
/* Calls that wait for a primary go, if there is one. */
void ust_data_unpark(struct ust_model *model, struct ust_data *data);

/* ---- takeover.c ---- */

void ust_takeover_start(struct ust_model *model);
/* A failover plan asks for the replica in a region to become the primary. Nothing happens where
 * there is none, or it is the primary already. `planned`: what is left is copied first. */
void ust_takeover_begin(struct ust_model *model, uint32_t service, uint32_t region,
                        bool planned, const char *step);
/* It cannot wait for the rest to be copied any more. */
void ust_takeover_hurry(struct ust_model *model, uint32_t service);
/* The plan does without. */
void ust_takeover_stop(struct ust_model *model, uint32_t service);
bool ust_takeover_under_way(const struct ust_model *model, uint32_t service);
/* Something about the tier has changed. */
void ust_takeover_review(struct ust_model *model, struct ust_data *data);

#endif
