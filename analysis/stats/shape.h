/* Have two samples the same shape? Kolmogorov and Smirnov's two-sample test sees what a mean
 * hides: a second hump, a longer tail.
 *
 *     D = largest gap between the two empirical distribution functions
 *
 * P(gap >= D) is exact up to EXACT_MOST (shape.c) pairs, counted over all paths of a lattice
 * (Hodges 1957), and above that Kolmogorov's limit law at D sqrt(nm / (n + m)). Values must be
 * independent within a sample; with ties both err on the safe side.
 *
 * Requests of one replication wait for each other, so of them that law does not hold: a million
 * are not a million observations. There the gap is that of all requests of each side together,
 * and its p-value comes from exchanging whole replications: where nothing differs, replication
 * i of one side might as well have been that of the other. Pairs that met the same users are
 * exchanged pair by pair, others are dealt out anew. This holds whatever happens within a
 * replication (Lehmann and Romano, Testing Statistical Hypotheses, 15.2).
 */
#ifndef UST_ANALYSIS_STATS_SHAPE_H
#define UST_ANALYSIS_STATS_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/rand/rng.h"

struct ust_shape {
    double gap; /* D, 0 to 1 */
    double at;  /* a value at which it is reached */
    double p;
};

/* At least one value each; samples are copied and sorted. */
struct ust_shape ust_stats_shape(const double *a, size_t a_n, const double *b, size_t b_n);

/* Counts of n replications in bins that both sides share: [replication * bins + bin]. Values
 * within a bin are not told apart, so the gap is at most what it is without bins, and equal
 * values (ties) are no harm. `at` is the number of the bin at whose upper end it is reached. */
struct ust_shape_counts {
    const uint64_t *count;
    size_t n;
};
/* paired: replication i beside replication i, a.n == b.n. Every exchange is tried for up to 11
 * pairs, else 1999 drawn from `rng`; then p counts the one that was seen, so it is never 0. A
 * side without a value: gap and p are NAN. */
struct ust_shape ust_stats_shape_groups(struct ust_shape_counts a, struct ust_shape_counts b,
                                        size_t bins, bool paired, struct ust_rng *rng);

/* Kolmogorov's law: P(sup |Brownian bridge| >= x). */
double ust_stats_kolmogorov(double x);

#endif
