/* One long run: an interval for its mean although its values hang together.
 *
 * Batch means (Law and Carson 1979): cut the run into k stretches of equal length; once these
 * are longer than the memory of the process, their means are nearly independent and nearly
 * normal, and Student's interval with k - 1 degrees of freedom holds.
 *
 * Whether they are long enough is tested with von Neumann's ratio (1941) on the batch means,
 * as Fishman (1978) does:
 *
 *     v = sum (y_{i+1} - y_i)^2 / sum (y_i - mean)^2
 *     z = (1 - v / 2) sqrt((k^2 - 1) / (k - 2))        near standard normal, small k included
 *
 * v is about 2 (1 - r), r the lag-1 correlation, so positive correlation makes z large.
 *
 * Rule of ust_stats_batch_means: 40 batches, or 30, or 20: the first of these whose z is not
 * beyond the upper 10 % point. Schmeiser (1982): beyond 30 batches nothing is gained, below 10
 * much is lost. If none passes, the run is too short, and there is no interval.
 *
 * For a steady state only. A run with a fault, or with the course of a day in it, is repeated
 * instead: replications and Student's t.
 */
#ifndef UST_ANALYSIS_STATS_BATCH_H
#define UST_ANALYSIS_STATS_BATCH_H

#include <stdbool.h>

#include "analysis/stats/stats.h"

struct ust_batches {
    struct ust_interval mean; /* low, high NAN below 2 batches */
    size_t n, size;           /* batches, values in each */
    double variance;          /* of the batch means */
    double lag1, neumann;     /* correlation of neighbours; von Neumann's ratio */
    double p;         /* that independent means hang together as much; 0.5 if all equal */
    bool independent; /* p >= 10 % */
};

/* `count` batches; the first n % count values are left out, being nearest to the beginning.
 * 3 <= count <= n. */
struct ust_batches ust_stats_batches(const double *values, size_t n, size_t count,
                                     double confidence);

/* By the rule above; `independent` false and low, high NAN where the run is too short (also
 * with fewer than 60 values: a batch shall hold three at least). */
struct ust_batches ust_stats_batch_means(const double *values, size_t n, double confidence);

/* Overlapping batch means of `size` values each (Meketon and Schmeiser 1984): an estimate of
 * lim n Var(mean of n). 1 <= size < n. Cost O(n). */
double ust_stats_overlapping(const double *values, size_t n, size_t size);

#endif
