/* Means, quantiles, shares, and their intervals. */
#include "analysis/stats/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"
#include "sim/base/sort.h"

double ust_nan(void)
{
    return (double)NAN;
}

double ust_infinity(void)
{
    return (double)INFINITY;
}

double ust_stats_mean(const double *values, size_t n)
{
    UST_ASSERT(n >= 1);
    return gsl_stats_mean(values, 1, n);
}

double ust_stats_variance(const double *values, size_t n)
{
    return n < 2 ? ust_nan() : gsl_stats_variance(values, 1, n);
}

/* Quantile of t; GSL's default handler would abort on what we can never pass. */
static double t_quantile(double confidence, double freedom)
{
    gsl_set_error_handler_off();
    return gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, freedom);
}

static double normal_quantile(double share)
{
    return gsl_cdf_ugaussian_Pinv(share);
}

struct ust_interval ust_stats_t(const double *values, size_t n, double confidence)
{
    struct ust_stratum all = {.weight = 1.0, .values = values, .n = n};
    return ust_stats_stratified_t(&all, 1, confidence);
}

struct ust_interval ust_stats_stratified_t(const struct ust_stratum *strata, size_t n,
                                           double confidence)
{
    double mean = 0.0, variance = 0.0, below = 0.0;
    bool known = true;
    for (size_t i = 0; i < n; i++) {
        const struct ust_stratum *s = &strata[i];
        mean += s->weight * ust_stats_mean(s->values, s->n);
        if (s->n < 2) {
            known = false;
            continue;
        }
        double part =
            s->weight * s->weight * ust_stats_variance(s->values, s->n) / (double)s->n;
        variance += part;
        below += part * part / (double)(s->n - 1);
    }
    if (!known)
        return (struct ust_interval){mean, ust_nan(), ust_nan()};
    /* Equal values in every stratum: no spread, no degrees of freedom to ask for. */
    if (!(variance > 0.0))
        return (struct ust_interval){mean, mean, mean};
    double half = t_quantile(confidence, variance * variance / below) * sqrt(variance);
    return (struct ust_interval){mean, mean - half, mean + half};
}

/* ---- order statistics ---- */

static size_t nearest_rank(size_t n, double share)
{
    size_t rank = (size_t)ceil((double)n * share - 1e-9);
    return rank < 1 ? 1 : rank > n ? n : rank;
}

double ust_stats_quantile(const double *values, size_t n, double share)
{
    UST_ASSERT(n >= 1);
    double *copy = ust_sorted(values, n);
    double value = copy[nearest_rank(n, share) - 1];
    free(copy);
    return value;
}

double ust_stats_order_ranks(size_t n, double share, double confidence, size_t *low,
                             size_t *high)
{
    /* X(l) <= quantile < X(u) exactly when Binomial(n, share) lies in l..u-1. Each side may
     * miss by half: the largest l that does not miss more often below, the least u above. */
    gsl_set_error_handler_off();
    double miss = (1.0 - confidence) / 2.0;
    unsigned count = (unsigned)n, l = 0, u = count + 1;
    while (l < count && gsl_cdf_binomial_P(l, share, count) <= miss)
        l++;
    while (u > 1 && gsl_cdf_binomial_Q(u - 2, share, count) <= miss)
        u--;
    *low = l;
    *high = u;
    double below = l == 0 ? 0.0 : gsl_cdf_binomial_P(l - 1, share, count);
    return (u > count ? 1.0 : gsl_cdf_binomial_P(u - 1, share, count)) - below;
}

struct ust_interval ust_stats_quantile_interval(const double *values, size_t n, double share,
                                                double confidence)
{
    UST_ASSERT(n >= 1);
    size_t low, high;
    ust_stats_order_ranks(n, share, confidence, &low, &high);
    double *copy = ust_sorted(values, n);
    struct ust_interval out = {copy[nearest_rank(n, share) - 1],
                               low >= 1 ? copy[low - 1] : ust_nan(),
                               high <= n ? copy[high - 1] : ust_nan()};
    free(copy);
    return out;
}

/* ---- shares ---- */

struct ust_interval ust_stats_wilson(uint64_t successes, uint64_t n, double confidence)
{
    UST_ASSERT(n >= 1);
    UST_ASSERT(successes <= n);
    double z = normal_quantile(0.5 + confidence / 2.0), count = (double)n;
    double share = (double)successes / count, z2 = z * z / count;
    double middle = (share + z2 / 2.0) / (1.0 + z2);
    double half = sqrt(share * (1.0 - share) * z2 + z2 * z2 / 4.0) / (1.0 + z2);
    /* At the ends the bound is the end itself, but for rounding. */
    return (struct ust_interval){share, successes == 0 ? 0.0 : middle - half,
                                 successes == n ? 1.0 : middle + half};
}

/* Where a falling function of the share crosses `level`; the inverse of the beta distribution,
 * which GSL's own does not always find far in the tails. */
static double share_at(double (*function)(unsigned, double, unsigned), unsigned k, unsigned n,
                       double level)
{
    double low = 0.0, high = 1.0;
    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2.0;
        if (function(k, middle, n) > level)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2.0;
}

struct ust_interval ust_stats_clopper_pearson(uint64_t successes, uint64_t n, double confidence)
{
    UST_ASSERT(n >= 1);
    UST_ASSERT(successes <= n);
    gsl_set_error_handler_off();
    double miss = (1.0 - confidence) / 2.0;
    unsigned k = (unsigned)successes, all = (unsigned)n;
    struct ust_interval out = {(double)successes / (double)n, 0.0, 1.0};
    /* P(X <= k) falls with the share: the upper bound leaves `miss` of it, and the lower bound
     * leaves `miss` to P(X >= k), that is 1 - miss to P(X <= k - 1). */
    if (k > 0)
        out.low = share_at(gsl_cdf_binomial_P, k - 1, all, 1.0 - miss);
    if (k < all)
        out.high = share_at(gsl_cdf_binomial_P, k, all, miss);
    return out;
}

struct ust_interval ust_stats_stratified_share(const double *weights,
                                               const struct ust_interval *shares, size_t n)
{
    double value = 0.0, down = 0.0, up = 0.0;
    for (size_t i = 0; i < n; i++) {
        double d = weights[i] * (shares[i].value - shares[i].low);
        double u = weights[i] * (shares[i].high - shares[i].value);
        value += weights[i] * shares[i].value;
        down += d * d;
        up += u * u;
    }
    return (struct ust_interval){value, fmax(0.0, value - sqrt(down)),
                                 fmin(1.0, value + sqrt(up))};
}

struct weighted {
    double value, weight;
};

static int by_value(const void *a, const void *b)
{
    return ust_ascending(&((const struct weighted *)a)->value,
                         &((const struct weighted *)b)->value);
}

double ust_stats_weighted_quantile(const struct ust_stratum *strata, size_t n, double share)
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        all += strata[i].n;
    UST_ASSERT(all >= 1);
    struct weighted *sample = ust_malloc(all * sizeof *sample);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < strata[i].n; j++)
            sample[at++] =
                (struct weighted){strata[i].values[j], strata[i].weight / (double)strata[i].n};
    qsort(sample, all, sizeof *sample, by_value);
    double weight = 0.0;
    for (at = 0; at + 1 < all; at++) {
        weight += sample[at].weight;
        if (weight >= share - 1e-12)
            break;
    }
    double value = sample[at].value;
    free(sample);
    return value;
}
