/* Which unit of a study is the best in a metric? Two ways to know (stats/select.h):
 *
 *   KN   before anything has run: units are replicated stage by stage, those that fall behind
 * drop out, until one is left. A stage brings all that are left to a number of replications on
 * a grid that depends on nothing else, and each stage is decided round by round, so the pick
 *        and what is stored do not depend on threads or on interruptions.
 *   MCB  of units that have run: how far each may be ahead of the best of the others.
 *
 * What is found is kept in the index of the study, tables selection and selection_unit.
 */
#ifndef UST_ANALYSIS_STUDY_BEST_H
#define UST_ANALYSIS_STUDY_BEST_H

#include <stdio.h>

#include "analysis/stats/stats.h"
#include "analysis/study/values.h"
#include "models/world/batch.h"

struct ust_best_unit {
    uint32_t number;
    const char *name;
    double mean;               /* of the replications that counted */
    uint32_t replications;     /* so many */
    uint32_t out;              /* KN: the round in which it dropped out; 0: it is left */
    struct ust_interval ahead; /* MCB: of the best of the others, > 0: better */
};

struct ust_best {
    /* what is asked */
    const struct ust_asked *asked;
    double confidence; /* probability of correct selection; of all intervals together */
    double zone;       /* KN: the smallest lead that matters, in the metric's unit */
    uint32_t first_stage, most; /* KN: replications of all, and at most */
    struct ust_arena *arena;
    struct ust_index *index;
    /* the answer */
    bool sequential; /* KN, not MCB */
    const char *name, *seed;
    struct ust_best_unit *unit;
    uint32_t n, rounds, best; /* best: index of the pick, or of the best mean */
    uint32_t left;            /* units that may be the best; 1: decided */
};

struct ust_best_run {
    const struct ust_study *study;
    const char *folder;
    uint32_t jobs;
    bool replace, quiet;
};

/* Runs. Fills best->index, which the caller closes. UST_STOPPED: what was committed stays. */
enum ust_status ust_best_select(struct ust_best *best, const struct ust_best_run *run);
/* Of a study that is there: best->index is open. */
enum ust_status ust_best_compare(struct ust_best *best);

/* best_tell.c */
void ust_best_print(const struct ust_best *best, FILE *out);
enum ust_status ust_best_json(const struct ust_best *best, FILE *out);
/* The smallest lead as the command line says it, in the metric's unit. UST_INVALID after a
 * message. */
enum ust_status ust_best_zone(const struct ust_asked *asked, const char *text, double *out);

#endif
