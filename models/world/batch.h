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
 * Who works is an executor: threads of this process (threads.c), or processes on other machines
 * (models/ranks). It takes pieces and gives parcels; what it does in between is its own.
 *
 * Promise: at most `ahead` parcels are in memory. All functions may be called by any thread.
 */
#ifndef UST_MODELS_WORLD_BATCH_H
#define UST_MODELS_WORLD_BATCH_H

#include "models/world/parcel.h"
#include "models/world/shard.h"
#include "models/world/study.h"
#include "sim/cli/cli.h"

struct ust_batch; /* opaque */

struct ust_executor {
    const char *name;
    /* How many pieces may be under way at once, where so many were asked for (0: as it likes).
     */
    uint32_t (*workers)(uint32_t asked);
    /* Takes and gives until ust_batch_over; nothing is out when it returns. */
    void (*work)(struct ust_batch *batch);
};
extern const struct ust_executor ust_threads;

struct ust_batch_work {
    uint32_t unit, replication; /* index from 0, number from 1 */
};

struct ust_batch_options {
    const char *folder; /* of the databases; is there */
    const char *output; /* instead, of a study of one unit: its database */
    uint32_t jobs;      /* how many should work at one time; 0: the executor decides */
    struct ust_shard shard;
    bool replace, quiet, leased;
    bool keep; /* databases stay open until ust_batch_keep or ust_batch_free */
    /* With `until`: a unit begins, and is asked after each replication, in order. */
    void (*begin)(void *context, uint32_t unit, const struct ust_scenario *scenario);
    enum ust_status (*enough)(void *context, uint32_t unit, struct ust_store *store, uint32_t n,
                              bool *is);
    /* All replications of a unit are stored. The store stays the batch's. */
    enum ust_status (*finish)(void *context, uint32_t unit, struct ust_store *store);
    /* Before a replication runs in this process. NULL: nobody listens. */
    void (*listen)(void *context, struct ust_batch_work work, struct ust_model *model);
    /* Called by ust_batch_over: to keep a lease. NULL: nothing to keep. */
    enum ust_status (*alive)(void *context);
    void *context;
};

enum ust_batch_answer { UST_BATCH_WORK, UST_BATCH_LATER, UST_BATCH_NOTHING };

/* workers: what the executor says. */
struct ust_batch *ust_batch_new(const struct ust_study *study,
                                const struct ust_batch_options *options,
                                const struct ust_executor *executor);
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
/* Takes a piece, runs it here and gives it; false: there is nothing to take. */
bool ust_batch_run_one(struct ust_batch *batch);

const struct ust_study *ust_batch_study(const struct ust_batch *batch);
/* Pieces that can be under way at once. */
uint32_t ust_batch_workers(const struct ust_batch *batch);

/* Something went wrong elsewhere: hands out nothing more. */
void ust_batch_fail(struct ust_batch *batch, enum ust_status status);
/* Also draws the progress, renews the lease, and hands out nothing more once the user asked to
 * stop; to be asked by one thread, several times a second. */
bool ust_batch_over(struct ust_batch *batch);
/* Everything is written. */
bool ust_batch_complete(struct ust_batch *batch);
/* Until that may have changed, at most so long. */
void ust_batch_wait(struct ust_batch *batch, long most_ms);

struct ust_batch_result {
    uint64_t requests, events;
    uint32_t replications, done_before; /* of all units; that ran now, that were there */
    uint32_t pieces;                    /* replications that belong to it, at most */
    uint32_t finished;                  /* units */
    uint32_t workers;
};
/* When all that was taken has been given. UST_STOPPED: not all is there. */
enum ust_status ust_batch_end(struct ust_batch *batch, struct ust_batch_result *result);

/* With options.keep: the unit's database, now the caller's, and how many replications it was
 * ended after; NULL: it could not be opened. */
struct ust_store *ust_batch_keep(struct ust_batch *batch, uint32_t unit, uint32_t *last);

/* All of it. */
enum ust_status ust_batch_run(const struct ust_study *study,
                              const struct ust_batch_options *options,
                              const struct ust_executor *executor,
                              struct ust_batch_result *result);

/* "FOLDER/0007.db" */
const char *ust_batch_file(struct ust_arena *arena, const char *folder, uint32_t number);

#endif
