/* The sum of k exponentials. Up to PHASES_SUMMED of them are drawn and added, which is faster
 * there than the gamma variate; both are exact. */
#include "sim/rand/dist.h"
#include "sim/rand/special.h"
#include "sim/rand/variate.h"

enum { MEAN, K };
enum { PHASES, PHASE_MEAN, SHIFTED, SPREAD };
enum { PHASES_SUMMED = 4 };

static const char *prepare(struct ust_dist *dist)
{
    double k = dist->arg[K];
    if (k != ust_floor(k))
        return "erlang needs a whole number k; gamma takes any shape";
    struct ust_gamma_shape shape = ust_gamma_prepare(k);
    dist->p[PHASES] = k;
    dist->p[PHASE_MEAN] = dist->arg[MEAN] / k;
    dist->p[SHIFTED] = shape.shifted;
    dist->p[SPREAD] = shape.spread;
    return NULL;
}

static double sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    double sum = 0;
    if (dist->p[PHASES] > PHASES_SUMMED)
        sum = ust_gamma(rng, dist->p[SHIFTED], dist->p[SPREAD]);
    else
        for (int left = (int)dist->p[PHASES]; left > 0; left--)
            sum += ust_exponential(rng);
    return dist->p[PHASE_MEAN] * sum;
}

static double mean(const struct ust_dist *dist)
{
    return dist->p[PHASES] * dist->p[PHASE_MEAN];
}

static double variance(const struct ust_dist *dist)
{
    return dist->p[PHASES] * dist->p[PHASE_MEAN] * dist->p[PHASE_MEAN];
}

static double cdf(const struct ust_dist *dist, double x)
{
    return ust_gamma_ratio(dist->p[PHASES], x / dist->p[PHASE_MEAN]);
}

const struct ust_dist_type ust_dist_kind_erlang = {
    .name = "erlang",
    .help = "k exponential phases in a row. Its cv is 1 / sqrt k.",
    .example = "erlang(mean 30 s, k 4)",
    .args = {{.name = "mean",
              .scaled = true,
              .needed = true,
              .high = UST_DIST_LARGE,
              .low_open = true,
              .help = "The mean of the whole."},
             {.name = "k",
              .needed = true,
              .low = 1,
              .high = 10000,
              .help = "The number of phases, whole."}},
    .prepare = prepare,
    .sample = sample,
    .mean = mean,
    .variance = variance,
    .cdf = cdf,
};
