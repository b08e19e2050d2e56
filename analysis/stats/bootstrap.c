/* The BCa bootstrap: for few or skewed values, where Student's t leans on a symmetry that is
 * not there. */
#include "analysis/stats/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/sort.h"

/* Resamples. The bounds' own noise is then about a fiftieth of the interval's width. */
#define RESAMPLES 4000

static double weighted_mean(const struct ust_stratum *strata, size_t n)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += strata[i].weight * ust_stats_mean(strata[i].values, strata[i].n);
    return mean;
}

static double resampled_mean(const struct ust_stratum *strata, size_t n, struct ust_rng *rng)
{
    double mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < strata[i].n; j++)
            sum += strata[i].values[ust_rng_below(rng, (uint32_t)strata[i].n)];
        mean += strata[i].weight * sum / (double)strata[i].n;
    }
    return mean;
}

/* From the jackknife: leaving value j out of stratum i moves the whole by its influence, which
 * for a mean is weight * (mean_i - value) / (n_i - 1). */
static double acceleration(const struct ust_stratum *strata, size_t n)
{
    double squares = 0.0, cubes = 0.0;
    for (size_t i = 0; i < n; i++) {
        const struct ust_stratum *s = &strata[i];
        double mean = ust_stats_mean(s->values, s->n);
        for (size_t j = 0; j < s->n && s->n > 1; j++) {
            double d = s->weight * (s->values[j] - mean) / (double)(s->n - 1);
            squares += d * d;
            cubes += d * d * d;
        }
    }
    return squares > 0.0 ? cubes / (6.0 * pow(squares, 1.5)) : 0.0;
}

static double percentile(const double *sorted, double share)
{
    double at = share * (RESAMPLES - 1);
    size_t below = (size_t)at;
    if (below >= RESAMPLES - 1)
        return sorted[RESAMPLES - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct ust_interval ust_stats_bca(const struct ust_stratum *strata, size_t n, double confidence,
                                  struct ust_rng *rng)
{
    double mean = weighted_mean(strata, n), a = acceleration(strata, n);
    double *means = ust_malloc(RESAMPLES * sizeof *means);
    double below = 0.0;
    for (size_t i = 0; i < RESAMPLES; i++) {
        means[i] = resampled_mean(strata, n, rng);
        /* Ties count half, or equal values would look like a bias. */
        below += means[i] < mean ? 1.0 : means[i] > mean ? 0.0 : 0.5;
    }
    qsort(means, RESAMPLES, sizeof *means, ust_ascending);
    double share = fmin(fmax(below / RESAMPLES, 0.5 / RESAMPLES), 1.0 - 0.5 / RESAMPLES);
    double bias = gsl_cdf_ugaussian_Pinv(share);
    double bound[2];
    for (int side = 0; side < 2; side++) {
        double z = bias + gsl_cdf_ugaussian_Pinv(side ? 0.5 + confidence / 2.0
                                                      : 0.5 - confidence / 2.0);
        bound[side] = percentile(means, gsl_cdf_ugaussian_P(bias + z / (1.0 - a * z)));
    }
    free(means);
    return (struct ust_interval){mean, bound[0], bound[1]};
}
