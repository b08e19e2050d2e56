/* Running a scenario: replications on threads, results in the database, one commit each.
 *
 * Replications know nothing of each other; a worker takes the next number, runs it, and hands
 * the result over. They are written in the order of numbers, so the file's content does not
 * depend on how many worked. A run that was killed goes on where the file ends. It is a batch
 * (batch.h) of one unit.
 */
#ifndef UST_MODELS_WORLD_RUN_H
#define UST_MODELS_WORLD_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "models/world/events.h"
#include "models/world/scenario.h"
#include "sim/store/store.h"

struct ust_executor;

struct ust_run_options {
    const char *output;    /* path of the database */
    uint32_t replications; /* 0: as the scenario says */
    uint32_t only;         /* this one replication and nothing stored; 0: all */
    uint32_t jobs;         /* threads; 0: as many as processors */
    bool seed_given;
    uint64_t seed;
    bool replace;          /* start anew where the file holds another run */
    bool quiet;            /* no progress */
    const char *overrides; /* as typed, for the record */
    struct ust_shard shard;
    bool leased; /* a file that others may want to write too: sim/store/lease.h */
    /* Who works, where it is not threads of this process; it reads the scenario again, with
     * these sets. NULL: threads. */
    const struct ust_executor *executor;
    const char *const *sets;
    size_t sets_n;
    const char *events; /* NULL, or a path: the requests of replication `only`, else of the
                           first, as events (events.h) */
    /* Where the scenario says `until` and `replications` is 0: asked after each replication, in
     * the order of numbers and with all up to `n` stored, whether that is enough. NULL: all of
     * them are run. `asks`: whatever the scenario says, and `replications` are the most. */
    bool asks;
    enum ust_status (*enough)(void *context, struct ust_store *store, uint32_t n, bool *is);
    void *enough_context;
};

struct ust_run_result {
    struct ust_store *store;            /* open; the caller closes it. NULL with `only` */
    uint32_t replications, done_before; /* the first: where it stopped */
    uint32_t ran, pieces;               /* replications: now; that belong to the shard */
    uint32_t workers;                   /* at one time */
    uint64_t requests, events;          /* of the replications that ran now */
    uint64_t fingerprint;               /* of the replication that ran last; for `only` */
    double seconds;                     /* of the wall clock */
    struct ust_events_facts told;       /* of `events` */
};

/* UST_STOPPED: the user asked to stop; what was committed stays, result->store is open. */
enum ust_status ust_run(struct ust_scenario *scenario, const struct ust_run_options *options,
                        struct ust_run_result *result);

#endif
