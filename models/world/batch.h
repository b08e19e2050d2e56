/* A batch: replications of many units, run by whoever has time, written in order.
 *
 *   take ──▶ (unit, replication) ──run──▶ parcel ──give──▶ waits for its turn ──▶ database
 *
 * Work is handed out in the order (unit, replication) and written in that order, whoever
 * finishes first, so what a database holds does not depend on how many worked. Whoever gives
 * the parcel whose turn it is writes it, and all that waited behind it; nobody waits for a
 * writer. A unit's database is opened when its first replication is handed out, and handed to
 * `finish` when its last one is there. Those that are there already are not run again.
 *
 * Promise: at most `ahead` parcels are in memory. All functions may be called by any thread.
 */
#ifndef UST_MODELS_WORLD_BATCH_H
#define UST_MODELS_WORLD_BATCH_H

#include "models/world/parcel.h"
#include "models/world/study.h"
#include "sim/cli/cli.h"

struct ust_batch; /* opaque */

struct ust_batch_options {
    const char *folder; /* of the databases; is there */
    uint32_t jobs;      /* how many will work at one time */
    bool replace, quiet;
    /* With `until`: a unit begins, and is asked after each replication, in order. */
    void (*begin)(void *context, uint32_t unit, const struct ust_scenario *scenario);
    enum ust_status (*enough)(void *context, uint32_t unit, struct ust_store *store, uint32_t n,
                              bool *is);
    /* All replications of a unit are stored. The store stays the batch's. */
    enum ust_status (*finish)(void *context, uint32_t unit, struct ust_store *store);
    /* Called by ust_batch_over: to keep a lease. NULL: nothing to keep. */
    enum ust_status (*alive)(void *context);
    void *context;
};

struct ust_batch_work {
    uint32_t unit, replication; /* index from 0, number from 1 */
};

enum ust_batch_answer { UST_BATCH_WORK, UST_BATCH_LATER, UST_BATCH_NOTHING };

struct ust_batch *ust_batch_new(const struct ust_study *study,
                                const struct ust_batch_options *options);
void ust_batch_free(struct ust_batch *batch);

/* The next piece; LATER: writing has to catch up first; NOTHING: no more will come. `wait`
 * turns LATER into waiting. */
enum ust_batch_answer ust_batch_take(struct ust_batch *batch, bool wait,
                                     struct ust_batch_work *out);
/* The configuration of work that was taken and not yet given back. */
const struct ust_config *ust_batch_config(struct ust_batch *batch, uint32_t unit);
/* Takes the parcel over. */
void ust_batch_give(struct ust_batch *batch, struct ust_batch_work work,
                    struct ust_parcel parcel);

/* The user asked to stop: hands out nothing more. */
void ust_batch_stop(struct ust_batch *batch);
/* Something went wrong elsewhere. */
void ust_batch_fail(struct ust_batch *batch, enum ust_status status);
/* Also draws the progress; to be asked by one thread, several times a second. */
bool ust_batch_over(struct ust_batch *batch);

struct ust_batch_result {
    uint64_t requests, events;
    uint32_t replications, done_before; /* of all units */
    uint32_t finished;                  /* units */
};
/* When all that was taken has been given. UST_STOPPED: not all is there. */
enum ust_status ust_batch_end(struct ust_batch *batch, struct ust_batch_result *result);

/* All of it on threads of this process; options->jobs 0: as many as processors. */
enum ust_status ust_batch_run(const struct ust_study *study,
                              const struct ust_batch_options *options,
                              struct ust_batch_result *result);

/* "FOLDER/0007.db" */
const char *ust_batch_file(struct ust_arena *arena, const char *folder, uint32_t number);

#endif
