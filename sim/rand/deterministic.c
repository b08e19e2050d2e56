#include "sim/rand/dist.h"

static const char *prepare(struct ust_dist *dist)
{
    dist->p[0] = dist->arg[0];
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    (void)rng; /* no draw: what is certain costs the stream nothing */
    return dist->p[0];
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[0];
}

static double variance(const struct ust_dist *dist)
{
    (void)dist;
    return 0;
}

static double cdf(const struct ust_dist *dist, double x)
{
    return x >= dist->p[0];
}

const struct ust_dist_type ust_dist_kind_deterministic = {
    .name = "deterministic",
    .help = "Always the same value; a bare value means this.",
    .example = "deterministic(value 40 ms)",
    .args = {{.name = "value",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .help = "The value."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
