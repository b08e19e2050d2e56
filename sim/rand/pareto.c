/* Pareto of the first type: P(X > x) = (scale / x)^alpha from scale on; the logarithm of
 * X / scale is exponential. */
#include "sim/rand/dist.h"
#include "sim/rand/variate.h"

enum { MEAN, ALPHA, SCALE };
enum { P_SCALE, P_INVERSE };

static const char *prepare(struct ust_dist *dist)
{
    const double *arg = dist->arg;
    if (ust_dist_given(arg[MEAN]) == ust_dist_given(arg[SCALE]))
        return "pareto needs one of mean and scale";
    if (ust_dist_given(arg[MEAN]) && arg[ALPHA] <= 1)
        return "pareto has a mean only when alpha is above 1; give scale instead";
    dist->p[P_INVERSE] = 1 / arg[ALPHA];
    dist->p[P_SCALE] =
        ust_dist_given(arg[SCALE]) ? arg[SCALE] : arg[MEAN] * (arg[ALPHA] - 1) / arg[ALPHA];
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return dist->p[P_SCALE] * ust_exp(dist->p[P_INVERSE] * ust_exponential(rng));
}

static double mean(const struct ust_dist *dist)
{
    double alpha = dist->arg[ALPHA];
    return alpha > 1 ? dist->p[P_SCALE] * alpha / (alpha - 1) : __builtin_inf();
}

static double variance(const struct ust_dist *dist)
{
    double alpha = dist->arg[ALPHA], less = alpha - 1;
    if (alpha <= 2)
        return __builtin_inf();
    return dist->p[P_SCALE] * dist->p[P_SCALE] * alpha / (less * less * (alpha - 2));
}

static double cdf(const struct ust_dist *dist, double x)
{
    if (x <= dist->p[P_SCALE])
        return 0;
    return -ust_expm1(-dist->arg[ALPHA] * ust_log(x / dist->p[P_SCALE]));
}

const struct ust_dist_type ust_dist_kind_pareto = {
    .name = "pareto",
    .help = "Few values carry most of the sum. Its variance is infinite up to alpha 2.",
    .example = "pareto(mean 40 KiB, alpha 2.5)",
    .args = {{.name = "mean",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean, for alpha above 1; or scale instead."},
             {.name = "alpha",
              .needed = true,
              .low = 0.1,
              .high = 10000,
              .help = "The tail falls as x^-alpha."},
             {.name = "scale",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The smallest value."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
