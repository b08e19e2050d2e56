/* The scale times the shape-th root of an exponential. */
#include "sim/rand/dist.h"
#include "sim/rand/special.h"
#include "sim/rand/variate.h"

enum { MEAN, SHAPE, SCALE };
enum { P_SCALE, P_ROOT };

/* E[X^n] for scale 1 */
static double moment(double root, double n)
{
    return ust_exp(ust_log_gamma(1 + n * root));
}

static const char *prepare(struct ust_dist *dist)
{
    const double *arg = dist->arg;
    if (ust_dist_given(arg[MEAN]) == ust_dist_given(arg[SCALE]))
        return "weibull needs one of mean and scale";
    double root = 1 / arg[SHAPE];
    dist->p[P_ROOT] = root;
    dist->p[P_SCALE] = ust_dist_given(arg[SCALE]) ? arg[SCALE] : arg[MEAN] / moment(root, 1);
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->p[P_SCALE] * ust_exp(dist->p[P_ROOT] * ust_log(ust_exponential(rng)));
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[P_SCALE] * moment(dist->p[P_ROOT], 1);
}

static double variance(const struct ust_dist *dist)
{
    double first = moment(dist->p[P_ROOT], 1);
    double second = moment(dist->p[P_ROOT], 2);
    return dist->p[P_SCALE] * dist->p[P_SCALE] * (second - first * first);
}

static double cdf(const struct ust_dist *dist, double x)
{
    if (x <= 0)
        return 0;
    return -ust_expm1(-ust_pow(x / dist->p[P_SCALE], dist->arg[SHAPE]));
}

const struct ust_dist_type ust_dist_kind_weibull = {
    .name = "weibull",
    .help = "Time to wear out (shape above 1) or to survive infancy (shape below 1).",
    .example = "weibull(mean 2 min, shape 0.7)",
    .args = {{.name = "mean",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean; or scale instead."},
             {.name = "shape",
              .needed = true,
              .low = 0.05,
              .high = 1000,
              .help = "1 is exponential."},
             {.name = "scale",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The value that 63.2 % stay below."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
