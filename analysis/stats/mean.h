/* The interval of a mean, as tables and verdicts print it: one place for both.
 *
 * Student's t leans on a symmetry that a skewed sample does not have; the BCa bootstrap follows
 * the skew and is short where values are few. Where there is doubt the wider of the two is
 * taken, on either side: a judgement shall not hang on which approximation suits.
 */
#ifndef UST_ANALYSIS_STATS_MEAN_H
#define UST_ANALYSIS_STATS_MEAN_H

#include "analysis/stats/stats.h"

/* Fisher's G1 = sqrt(n (n - 1)) / (n - 2) g1; 0 for fewer than 3 values or equal ones. */
double ust_stats_skewness(const double *values, size_t n);

/* |G1| beyond two of the standard errors that it has for normal values,
 * sqrt(6 n (n - 1) / ((n - 2) (n + 1) (n + 3))) (Cramer 1946). Never below 8 values. */
bool ust_stats_skewed(const double *values, size_t n);

/* Weighted mean over strata, as ust_stats_stratified_t. With `doubt` the bootstrap, drawing
 * from `rng`, may widen it. *method becomes "t" or "t+BCa". */
struct ust_interval ust_stats_mean_interval(const struct ust_stratum *strata, size_t n,
                                            double confidence, bool doubt, struct ust_rng *rng,
                                            const char **method);

#endif
