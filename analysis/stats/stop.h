/* When to stop replicating: as soon as the interval is narrow enough.
 *
 * Absolute: half-width <= h. Relative: the mean is wanted within a share g of the truth; the
 * half-width is then held against g / (1 + g) of the mean that was seen, because that mean errs
 * itself (Law and Kelton 1991, 9.4.1; Nadas 1969).
 *
 * Looking after every replication stops a little too often by luck: the interval that happens
 * to be narrow is the one that stops. Two things hold that down: a first stage (20 replications
 * unless said otherwise), and looks a tenth apart. The looks depend on nothing but the numbers
 * of replications, so that threads, interruptions and machines do not matter.
 */
#ifndef UST_ANALYSIS_STATS_STOP_H
#define UST_ANALYSIS_STATS_STOP_H

#include "analysis/stats/stats.h"

struct ust_stop_goal {
    double half_width; /* > 0: absolute; else relative */
    double relative;   /* share of the mean */
};

/* How many replications stand at the look after the one at n: a tenth more, one at least. */
uint32_t ust_stats_next_look(uint32_t n);

/* Half of the interval's width; the wider half of one that leans. NAN: no interval. */
double ust_stats_half_width(struct ust_interval interval);

/* What the half-width is held against. */
double ust_stats_allowed(const struct ust_stop_goal *goal, double mean);

/* False where there is no interval. */
bool ust_stats_narrow(const struct ust_stop_goal *goal, struct ust_interval interval);

#endif
