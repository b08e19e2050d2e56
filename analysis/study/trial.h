/* One question asked of a scenario many times over: the same seeds, a value or two changed.
 *
 *     scenario + --set + the change ─▶ ust_run ─▶ a database of its own ─▶ who asked reads it
 *
 * Trials meet the same users (common random numbers), so what differs between two of them is
 * what was changed. Databases live in a folder that is gone afterwards, in memory where the
 * system has such a folder. Cost: reading the scenario again, and the run.
 */
#ifndef UST_ANALYSIS_STUDY_TRIAL_H
#define UST_ANALYSIS_STUDY_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cli/cli.h"
#include "sim/spec/spec.h"
#include "sim/store/store.h"

struct ust_trial {
    const char *path;             /* of the scenario */
    const struct ust_texts *sets; /* of every trial */
    uint32_t replications, jobs;
    uint64_t seed;
    bool seed_given;
    /* Asked after each replication whether it was enough; `replications` are then the most.
     * NULL: all of them are run. */
    enum ust_status (*enough)(void *context, struct ust_store *store, uint32_t n, bool *is);
    void *context;
    char *folder;
};

/* Makes the folder; ust_trial_end removes it. */
enum ust_status ust_trial_begin(struct ust_trial *trial);
void ust_trial_end(struct ust_trial *trial);

/* Reads the scenario with `more` after the common sets, and runs nothing: UST_INVALID after its
 * messages. Needs no folder. */
enum ust_status ust_trial_check(const struct ust_trial *trial, const char *const *more,
                                size_t n);

/* Runs with `more` after the common sets. The store is open for reading and judging; end with
 * ust_trial_done. UST_INVALID after the scenario's messages, UST_STOPPED after a signal. */
enum ust_status ust_trial_run(const struct ust_trial *trial, const char *const *more, size_t n,
                              struct ust_store **store);
void ust_trial_done(const struct ust_trial *trial, struct ust_store *store);

/* A value of the command line by the rules of a scenario's: "800 ms", "150 %". Prints a message
 * that begins with `what` (NULL: none), and returns UST_INVALID, where it is none. `kind` is
 * one whose value is a double, or DURATION, which comes out in seconds. */
enum ust_status ust_trial_quantity(const char *what, const char *text, enum ust_field_kind kind,
                                   double *out);

#endif
