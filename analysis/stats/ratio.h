/* The ratio of two means: attainment is good / all whose fate is known, over all replications
 * together.
 *
 * The mean of the replications' ratios is biased, and weighs a quiet replication like a busy
 * one; the ratio of sums is not, once the jackknife (Quenouille 1956; Miller 1974) took its
 * first-order bias out:
 *
 *     r = sum x / sum y,  r_(-i) without pair i,  pseudo value  p_i = n r - (n - 1) r_(-i)
 *     interval: Student's of the p_i, around r
 *
 * The reported value is r itself, which people can check with a sum; the interval's middle is
 * the mean of the pseudo values.
 */
#ifndef UST_ANALYSIS_STATS_RATIO_H
#define UST_ANALYSIS_STATS_RATIO_H

#include "analysis/stats/stats.h"

/* Pairs x[i], y[i] of independent replications, y >= 0. All NAN where the sum of y is 0, low
 * and high NAN where a pair holds all of it, or for one pair. */
struct ust_interval ust_stats_ratio(const double *x, const double *y, size_t n,
                                    double confidence);

#endif
