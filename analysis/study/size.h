/* The smallest standby that is READY: what to vary is bracketed and bisected, with the same
 * users for every candidate, and the answer is held against users that no candidate has met.
 *
 *     candidate ─▶ trial, replications until the verdict is decided ─▶ table size_point
 *         ▲                                      │                      attempt 0: the curve
 *         └──────── smallest.h ◀── READY? ───────┘
 *     answer ─▶ trial of other seeds, a fixed number ─▶ READY? ─▶ attempt 1; else one more, 2
 * ... one fewer ─▶ the same seeds ─▶ NOT READY, or not proven either way
 *
 * Promise: the answer is READY with the stated confidence, however many candidates and looks it
 * took to find it, because what confirms it is fresh. A verdict's lower limit errs with half of
 * 1 - confidence; the k-th attempt gets a 2^(k-1)-th part of that, so all of them together err
 * with at most 1 - confidence. Verdicts of the curve have their confidence each by itself.
 * Every candidate is kept as soon as it is known; a study that was stopped goes on there.
 */
#ifndef UST_ANALYSIS_STUDY_SIZE_H
#define UST_ANALYSIS_STUDY_SIZE_H

#include <stdio.h>

#include "analysis/readiness/readiness.h"
#include "analysis/study/naive.h"
#include "analysis/study/trial.h"
#include "analysis/study/vary.h"

/* Candidates that are confirmed one after the other before the study gives up. */
#define UST_SIZE_ATTEMPTS_MAX 5

#define UST_SIZE_HOURS_A_MONTH 730.0

struct ust_size_point {
    uint32_t level[UST_SMALLEST_COUNTS_MAX];
    uint32_t attempt; /* 0: of the curve */
    uint32_t n, ready;
    double confidence;
    enum ust_verdict verdict;
    struct ust_readiness_bound readiness, p_ready;
    double cost_hour; /* USD, of the regions that are judged, before the fault; NAN */
    double cost;      /* USD, of all regions, over the run */
    double sends;     /* attempts for each request, from the fault on; NAN */
    const char *why;  /* "" where nothing is lost */
};

enum ust_size_outcome {
    UST_SIZE_FOUND,       /* and one fewer was tried */
    UST_SIZE_LEAST,       /* the lowest of all is READY */
    UST_SIZE_NONE,        /* not even the highest of all */
    UST_SIZE_UNCONFIRMED, /* READY on the curve, and not where it was tried again */
};

struct ust_size {
    struct ust_arena *arena;
    struct ust_store *store; /* of the output */
    struct ust_trial trial;
    const struct ust_scenario *scenario;
    struct ust_varied varied;
    uint64_t seed;
    uint32_t spare; /* k of N + k */
    FILE *progress; /* a line for each candidate; NULL: none */
    const char *asked;
    struct ust_readiness_settings settings;
    const char *region, *lost; /* "west", "the loss of east" */
    uint32_t ran, known;       /* candidates that were run now, and before */
    /* What was found. */
    enum ust_size_outcome outcome;
    uint32_t answer[UST_SMALLEST_COUNTS_MAX];
    const struct ust_size_point *proof; /* the answer's confirmation; NULL: none */
    const struct ust_size_point *fewer[UST_SMALLEST_COUNTS_MAX]; /* one fewer; NULL: none */
    struct ust_naive naive[UST_SMALLEST_COUNTS_MAX];
    bool has_naive;                    /* every count is a pool */
    bool erlang_c_fits, n_plus_k_fits; /* they lie within the ranges */
    uint32_t erlang_c[UST_SMALLEST_COUNTS_MAX], n_plus_k[UST_SMALLEST_COUNTS_MAX];
    struct ust_size_point **point; /* the curve, ascending; then the confirmations */
    uint32_t points_n, points_capacity;
    /* Replications that were ready with fewer and not with more, of neighbours on the curve. */
    uint32_t reversed, compared;
    bool monotone; /* no candidate is NOT READY above one that is READY */
};

/* How many replications, all of them ready, prove READY; 0: no number does. */
uint32_t ust_size_least_proof(double ready_p, double confidence);

enum ust_status ust_size_find(struct ust_size *size);

/* NULL: it was not tried. */
const struct ust_size_point *ust_size_at(const struct ust_size *size, const uint32_t *level,
                                         uint32_t attempt);
/* "12", "12, 4". */
const char *ust_size_text(const struct ust_size *size, const uint32_t *level);

/* size_keep.c: the tables. */
enum ust_status ust_size_keep(struct ust_size *size, const struct ust_size_point *point,
                              const struct ust_readiness_result *result);
/* A point of this study that was kept, by its levels and attempt. */
enum ust_status ust_size_recall(struct ust_size *size, struct ust_size_point *point,
                                bool *found);
/* Counts replications that reverse between two kept points. */
enum ust_status ust_size_reversals(struct ust_size *size, const struct ust_size_point *fewer,
                                   const struct ust_size_point *more);
/* Rewrites what was found. */
enum ust_status ust_size_keep_answer(struct ust_size *size);
/* What a trial cost and how often its clients sent. */
enum ust_status ust_size_measure(struct ust_store *trial, double onset_s, double horizon_s,
                                 struct ust_size_point *point);
/* The part of a service's first attempts that came to a region, in the judged time. */
enum ust_status ust_size_share(const struct ust_size *size, uint32_t service, uint32_t region,
                               double *share);

/* size_tell.c, size_json.c: what people read, on `out`, and what programs do. */
enum ust_status ust_size_print(const struct ust_size *size, FILE *out);
enum ust_status ust_size_json(const struct ust_size *size, FILE *out);

#endif
