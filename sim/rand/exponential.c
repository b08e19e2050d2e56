#include "sim/rand/dist.h"
#include "sim/rand/variate.h"

static const char *prepare(struct ust_dist *dist)
{
    dist->p[0] = dist->arg[0];
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->p[0] * ust_exponential(rng);
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[0];
}

static double variance(const struct ust_dist *dist)
{
    return dist->p[0] * dist->p[0];
}

static double cdf(const struct ust_dist *dist, double x)
{
    return x <= 0 ? 0 : -ust_expm1(-x / dist->p[0]);
}

const struct ust_dist_type ust_dist_kind_exponential = {
    .name = "exponential",
    .help = "Without memory: what remains never depends on what has passed. Its cv is 1.",
    .example = "exponential(mean 20 s)",
    .args = {{.name = "mean",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
