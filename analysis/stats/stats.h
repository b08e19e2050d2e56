/* Statistics over replications, which are independent and few.
 *
 * Values within one replication hang together and are never pooled: an interval here always
 * counts replications. NAN stands for "too few to say". Arrays hold at least one value unless
 * said otherwise. GSL supplies the distribution functions.
 */
#ifndef UST_ANALYSIS_STATS_H
#define UST_ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/rand/rng.h"
#include "sim/store/store.h"

struct ust_interval {
    double value, low, high;
};

/* NAN and INFINITY are floats in C; these are what the warnings want. */
double ust_nan(void);
double ust_infinity(void);

double ust_stats_mean(const double *values, size_t n);
/* With n - 1 below the line; NAN for one value. */
double ust_stats_variance(const double *values, size_t n);

/* Mean with Student's t interval; low and high are NAN for one value. */
struct ust_interval ust_stats_t(const double *values, size_t n, double confidence);

/* The r-th smallest by nearest rank: the least value that at least `share` of all do not
 * exceed; INFINITY sorts last. Sorts a copy. */
double ust_stats_quantile(const double *values, size_t n, double share);

/* Quantile with the narrowest interval of order statistics around it of which either side
 * misses, exactly, with at most half of 1 - `confidence`; no shape is assumed. Where too few
 * values exist for a side, that side is NAN. */
struct ust_interval ust_stats_quantile_interval(const double *values, size_t n, double share,
                                                double confidence);
/* The ranks behind it, from 1; 0 and n + 1 where a side has no bound. Returns the coverage. */
double ust_stats_order_ranks(size_t n, double share, double confidence, size_t *low,
                             size_t *high);

/* A share of successes with Wilson's score interval, n >= 1. */
struct ust_interval ust_stats_wilson(uint64_t successes, uint64_t n, double confidence);
/* The same with Clopper and Pearson's (1934), which never covers less than it says. */
struct ust_interval ust_stats_clopper_pearson(uint64_t successes, uint64_t n,
                                              double confidence);

/* ---- several runs, weighted ---- */

struct ust_stratum {
    double weight; /* all add up to 1 */
    const double *values;
    size_t n;
};

/* Weighted mean; Welch and Satterthwaite's degrees of freedom. Strata with one value leave low
 * and high NAN. One stratum gives ust_stats_t. */
struct ust_interval ust_stats_stratified_t(const struct ust_stratum *strata, size_t n,
                                           double confidence);
/* Weighted share, intervals combined by the square-and-add rule (Zou and Donner 2008); one
 * stratum gives ust_stats_wilson. */
struct ust_interval ust_stats_stratified_share(const double *weights,
                                               const struct ust_interval *shares, size_t n);
/* The least value that at least `share` of all weight does not exceed; a stratum's weight is
 * spread evenly over its values. One stratum gives ust_stats_quantile. */
double ust_stats_weighted_quantile(const struct ust_stratum *strata, size_t n, double share);
/* Bias-corrected and accelerated bootstrap of the weighted mean (Efron 1987), resampling within
 * strata. Deterministic: draws come from `rng`. Low and high equal the mean when all values
 * are equal. */
struct ust_interval ust_stats_bca(const struct ust_stratum *strata, size_t n, double confidence,
                                  struct ust_rng *rng);

/* ---- table `estimate` ---- */

/* Rewrites it. `method` says where a key's interval comes from:
 *   t          Student's of its values over the replications
 *   t+BCa      skewed values: the wider of Student's and the bootstrap's (mean.h)
 *   jackknife  attainment: all that was good / all whose fate is known (ratio.h)
 *   batch      one replication without faults: batch means of its series (batch.h), around the
 *              run's value; no interval where the run is too short for that
 */
enum ust_status ust_stats_estimate(struct ust_store *store, double confidence);

/* What it would say of one key over the replications that are stored now; writes nothing. With
 * one replication low and high are NAN. */
enum ust_status ust_stats_estimate_key(struct ust_store *store, int64_t key, double confidence,
                                       struct ust_interval *out);

#endif
