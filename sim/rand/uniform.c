#include "sim/rand/dist.h"

enum { LOW, HIGH };
enum { START, LENGTH };

static const char *prepare(struct ust_dist *dist)
{
    if (dist->arg[LOW] > dist->arg[HIGH])
        return "uniform needs low <= high";
    dist->p[START] = dist->arg[LOW];
    dist->p[LENGTH] = dist->arg[HIGH] - dist->arg[LOW];
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->p[START] + dist->p[LENGTH] * ust_rng_unit(rng);
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[START] + dist->p[LENGTH] / 2;
}

static double variance(const struct ust_dist *dist)
{
    return dist->p[LENGTH] * dist->p[LENGTH] / 12;
}

static double cdf(const struct ust_dist *dist, double x)
{
    if (x < dist->p[START])
        return 0;
    double along = x - dist->p[START];
    return along >= dist->p[LENGTH] ? 1 : along / dist->p[LENGTH];
}

const struct ust_dist_type ust_dist_kind_uniform = {
    .name = "uniform",
    .help = "Every value between low and high is as likely as any other.",
    .example = "uniform(low 10 ms, high 30 ms)",
    .args = {{.name = "low",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .help = "The smallest value."},
             {.name = "high",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .help = "The value that is never quite reached."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
