/* A mixture of two exponentials, a short and a long one, that meets mean and cv.
 *
 * Two moments leave one freedom, the share p of the short ones. Without p, each of the two
 * contributes half of the mean ("balanced means"). With the variance of the phase means
 *     s^2 = mean^2 (cv^2 - 1) / 2,
 * the short mean is  mean - s sqrt((1 - p) / p)  and the long  mean + s sqrt(p / (1 - p)).
 */
#include "sim/rand/dist.h"
#include "sim/rand/variate.h"

enum { MEAN, CV, P };
enum { P_SHARE, P_SHORT, P_LONG };

static const char *prepare(struct ust_dist *dist)
{
    double mean = dist->arg[MEAN], square = dist->arg[CV] * dist->arg[CV];
    double p = dist->arg[P];
    if (!ust_dist_given(p)) {
        p = 0.5 * (1 + ust_sqrt((square - 1) / (square + 1)));
        dist->p[P_SHORT] = mean / (2 * p);
        /* 1 - p by a sum instead of a difference, since p may be within a hair of 1 */
        dist->p[P_LONG] = mean * (square + 1) * p;
        dist->p[P_SHARE] = p;
        return NULL;
    }
    double s = mean * ust_sqrt((square - 1) / 2);
    dist->p[P_SHARE] = p;
    dist->p[P_SHORT] = mean - s * ust_sqrt((1 - p) / p);
    dist->p[P_LONG] = mean + s * ust_sqrt(p / (1 - p));
    if (dist->p[P_SHORT] < 0)
        return "hyperexponential needs p >= (cv^2 - 1) / (cv^2 + 1)";
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    double phase = dist->p[ust_rng_unit(rng) < dist->p[P_SHARE] ? P_SHORT : P_LONG];
    return phase * ust_exponential(rng);
}

static double mean(const struct ust_dist *dist)
{
    return dist->arg[MEAN];
}

static double variance(const struct ust_dist *dist)
{
    double deviation = dist->arg[MEAN] * dist->arg[CV];
    return deviation * deviation;
}

static double phase_cdf(double mean, double x)
{
    return mean > 0 ? -ust_expm1(-x / mean) : 1;
}

static double cdf(const struct ust_dist *dist, double x)
{
    double share = dist->p[P_SHARE];
    if (x < 0)
        return 0;
    return share * phase_cdf(dist->p[P_SHORT], x) + (1 - share) * phase_cdf(dist->p[P_LONG], x);
}

const struct ust_dist_type ust_dist_kind_hyperexponential = {
    .name = "hyperexponential",
    .help = "Two kinds of customers, quick and slow, each exponential.",
    .example = "hyperexponential(mean 200 ms, cv 2)",
    .args = {{.name = "mean",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean of all."},
             {.name = "cv",
              .needed = true,
              .low = 1,
              .high = 1000,
              .help = "Standard deviation over mean, at least 1."},
             {.name = "p",
              .fallback = UST_DIST_ABSENT,
              .low = 0.001,
              .high = 0.999999,
              .help = "Share of the quick ones; without it, both kinds contribute half of the "
                      "mean."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
