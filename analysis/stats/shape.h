/* Have two samples the same shape? Kolmogorov and Smirnov's two-sample test sees what a mean
 * hides: a second hump, a longer tail.
 *
 *     D = largest gap between the two empirical distribution functions
 *
 * P(gap >= D) is exact up to EXACT_MOST (shape.c) pairs, counted over all paths of a lattice
 * (Hodges 1957), and above that Kolmogorov's limit law at D sqrt(nm / (n + m)). Values must be
 * independent within a sample; with ties both err on the safe side.
 */
#ifndef UST_ANALYSIS_STATS_SHAPE_H
#define UST_ANALYSIS_STATS_SHAPE_H

#include <stddef.h>

struct ust_shape {
    double gap; /* D, 0 to 1 */
    double at;  /* a value at which it is reached */
    double p;
};

/* At least one value each; samples are copied and sorted. */
struct ust_shape ust_stats_shape(const double *a, size_t a_n, const double *b, size_t b_n);

/* Kolmogorov's law: P(sup |Brownian bridge| >= x). */
double ust_stats_kolmogorov(double x);

#endif
