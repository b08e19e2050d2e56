#include "sim/rand/dist.h"
#include "sim/rand/special.h"
#include "sim/rand/variate.h"

enum { MEAN, CV, SHAPE };
enum { SCALE, SHIFTED, SPREAD, BOOST, ALPHA };

static const char *prepare(struct ust_dist *dist)
{
    const double *arg = dist->arg;
    if (ust_dist_given(arg[CV]) == ust_dist_given(arg[SHAPE]))
        return "gamma needs one of cv and shape";
    double alpha = ust_dist_given(arg[CV]) ? 1 / (arg[CV] * arg[CV]) : arg[SHAPE];
    struct ust_gamma_shape shape = ust_gamma_prepare(alpha < 1 ? alpha + 1 : alpha);
    dist->p[SCALE] = arg[MEAN] / alpha;
    dist->p[SHIFTED] = shape.shifted;
    dist->p[SPREAD] = shape.spread;
    dist->p[BOOST] = alpha < 1 ? 1 / alpha : 0;
    dist->p[ALPHA] = alpha;
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    double x = dist->p[SCALE] * ust_gamma(rng, dist->p[SHIFTED], dist->p[SPREAD]);
    if (dist->p[BOOST] > 0) /* Gamma(a) is Gamma(a + 1) times U^(1/a), and -log U exponential */
        x *= ust_exp(-dist->p[BOOST] * ust_exponential(rng));
    return x;
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[SCALE] * dist->p[ALPHA];
}

static double variance(const struct ust_dist *dist)
{
    return dist->p[SCALE] * dist->p[SCALE] * dist->p[ALPHA];
}

static double cdf(const struct ust_dist *dist, double x)
{
    return ust_gamma_ratio(dist->p[ALPHA], x / dist->p[SCALE]);
}

const struct ust_dist_type ust_dist_kind_gamma = {
    .name = "gamma",
    .help = "Erlang with any number of phases: regular below cv 1, bursty above.",
    .example = "gamma(mean 40 ms, cv 0.7)",
    .args = {{.name = "mean",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean."},
             {.name = "cv",
              .fallback = UST_DIST_ABSENT,
              .low = 0.001,
              .high = 100,
              .help = "Standard deviation over mean; or shape instead."},
             {.name = "shape",
              .fallback = UST_DIST_ABSENT,
              .low = 0.0001,
              .high = 1e6,
              .help = "1 / cv^2."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
