/* How much of a series' beginning still remembers how it began.
 *
 * A simulation begins somewhere, mostly empty, and drifts to where it stays. MSER (White 1997)
 * cuts where what is left says most about its own mean: it minimises the squared standard error
 * of the mean over the cut d. MSER-5 (White, Cobb and Spratt 2000) does so over means of five,
 * which calms the minimum:
 *
 *     y_1 .. y_k  means of `batch` values each, the rest at the end dropped
 *     minimise over d <= k / 2:   sum_{i > d} (y_i - mean_d)^2 / (k - d)^2
 *
 * The first minimum wins. A minimum at the half means that the series has not settled within
 * it: nothing can be said but "run longer". Welch's moving average (1983) is for the eye.
 *
 * Cost: O(n), one pass from the end.
 */
#ifndef UST_ANALYSIS_STATS_WARMUP_H
#define UST_ANALYSIS_STATS_WARMUP_H

#include <stdbool.h>
#include <stddef.h>

/* MSER-5's batch. */
#define UST_MSER_BATCH 5

struct ust_mser {
    size_t cut;       /* values to leave out: batch * d */
    double statistic; /* the minimum */
    double mean;      /* of the batches that are kept */
    bool settled;     /* false: the minimum lies at the half, or there were under 4 batches */
};

/* values[n], without NAN; batch >= 1. */
struct ust_mser ust_stats_mser(const double *values, size_t n, size_t batch);

/* Welch's moving average over `window` values on each side; near the beginning over as many as
 * there are on both sides. The last `window` values are NAN. out[n]. */
void ust_stats_welch(const double *values, size_t n, size_t window, double *out);

#endif
