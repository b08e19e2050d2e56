/* How many trials until the first success, the success included: P(n) = q (1 - q)^(n - 1) for
 * n = 1, 2, ... The whole part of an exponential of mean -1 / log(1 - q) counts the failures.
 */
#include "sim/rand/dist.h"
#include "sim/rand/variate.h"

enum { MEAN };
enum { TRIALS, FAILURE_LOG };

static const char *prepare(struct ust_dist *dist)
{
    double q = 1 / dist->arg[MEAN];
    dist->p[FAILURE_LOG] = q < 1 ? -ust_log1p(-q) : 0;
    dist->p[TRIALS] = q < 1 ? 1 / dist->p[FAILURE_LOG] : 0;
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return 1 + ust_floor(dist->p[TRIALS] * ust_exponential(rng));
}

static double mean(const struct ust_dist *dist)
{
    return dist->arg[MEAN];
}

static double variance(const struct ust_dist *dist)
{
    return dist->arg[MEAN] * (dist->arg[MEAN] - 1);
}

static double cdf(const struct ust_dist *dist, double x)
{
    if (x < 1)
        return 0;
    return dist->p[TRIALS] > 0 ? -ust_expm1(-dist->p[FAILURE_LOG] * ust_floor(x)) : 1;
}

const struct ust_dist_type ust_dist_kind_geometric = {
    .name = "geometric",
    .help = "A count of at least 1; after each, the chance to go on is the same.",
    .example = "geometric(mean 14)",
    .args = {{.name = "mean",
              .needed = true,
              .low = 1,
              .high = 1e12,
              .help = "The mean count, at least 1."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
