/* The logarithm is normal, with mean mu and standard deviation sigma. */
#include "sim/rand/dist.h"
#include "sim/rand/special.h"
#include "sim/rand/variate.h"

enum { MEAN, CV, MEDIAN, SIGMA };
enum { MU, SPREAD };

static const char *prepare(struct ust_dist *dist)
{
    const double *arg = dist->arg;
    bool by_moments = ust_dist_given(arg[MEAN]) && ust_dist_given(arg[CV]);
    bool by_logarithm = ust_dist_given(arg[MEDIAN]) && ust_dist_given(arg[SIGMA]);
    unsigned given = 0;
    for (int i = MEAN; i <= SIGMA; i++)
        given += ust_dist_given(arg[i]);
    if (given != 2 || by_moments == by_logarithm)
        return "lognormal needs mean and cv, or median and sigma";
    if (by_logarithm) {
        dist->p[MU] = ust_log(arg[MEDIAN]);
        dist->p[SPREAD] = arg[SIGMA];
        return NULL;
    }
    double variance = ust_log1p(arg[CV] * arg[CV]);
    dist->p[MU] = ust_log(arg[MEAN]) - variance / 2;
    dist->p[SPREAD] = ust_sqrt(variance);
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    return ust_exp(dist->p[MU] + dist->p[SPREAD] * ust_normal(rng));
}

static double mean(const struct ust_dist *dist)
{
    return ust_exp(dist->p[MU] + dist->p[SPREAD] * dist->p[SPREAD] / 2);
}

static double variance(const struct ust_dist *dist)
{
    double m = mean(dist);
    return m * m * ust_expm1(dist->p[SPREAD] * dist->p[SPREAD]);
}

static double cdf(const struct ust_dist *dist, double x)
{
    if (dist->p[SPREAD] == 0)
        return x >= ust_exp(dist->p[MU]);
    return x <= 0 ? 0 : ust_normal_cdf((ust_log(x) - dist->p[MU]) / dist->p[SPREAD]);
}

const struct ust_dist_type ust_dist_kind_lognormal = {
    .name = "lognormal",
    .help = "The product of many small causes: most values small, a few much larger.",
    .example = "lognormal(mean 40 ms, cv 1.5)",
    .args = {{.name = "mean",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean; together with cv."},
             {.name = "cv",
              .fallback = UST_DIST_ABSENT,
              .high = 1000,
              .help = "Standard deviation over mean."},
             {.name = "median",
              .scaled = true,
              .fallback = UST_DIST_ABSENT,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "Half of the values lie below; together with sigma."},
             {.name = "sigma",
              .fallback = UST_DIST_ABSENT,
              .high = 4,
              .help = "Standard deviation of the natural logarithm."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
