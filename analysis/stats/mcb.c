/* Multiple comparisons with the best. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/select.h"
#include "sim/base/arena.h"
#include "sim/base/assert.h"

struct pairs {
    size_t k;
    double *mean; /* k, signed so that more is better */
    double *wide; /* k x k: w_ij */
};

static void measure(const double *values, size_t n, bool least, double confidence,
                    struct pairs *pairs)
{
    size_t k = pairs->k;
    double alpha = 1.0 - confidence, *difference = ust_malloc(n * sizeof *difference);
    double t = gsl_cdf_tdist_Qinv(alpha / (double)(k - 1), (double)n - 1.0);
    for (size_t i = 0; i < k; i++)
        pairs->mean[i] = (least ? -1.0 : 1.0) * ust_stats_mean(&values[i * n], n);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            for (size_t r = 0; r < n; r++)
                difference[r] = values[i * n + r] - values[j * n + r];
            pairs->wide[i * k + j] = t * sqrt(ust_stats_variance(difference, n) / (double)n);
        }
    free(difference);
}

/* Below 0: it is not the best. */
static double most_of(const struct pairs *pairs, size_t i)
{
    double least = ust_infinity();
    for (size_t j = 0; j < pairs->k; j++)
        if (j != i)
            least =
                fmin(least, pairs->mean[i] - pairs->mean[j] + pairs->wide[i * pairs->k + j]);
    return least;
}

static double lead_of(const struct pairs *pairs, size_t i)
{
    double least = ust_infinity();
    for (size_t j = 0; j < pairs->k; j++)
        if (j != i)
            least = fmin(least, pairs->mean[i] - pairs->mean[j]);
    return least;
}

void ust_stats_mcb(const double *values, size_t k, size_t n, bool least, double confidence,
                   struct ust_interval *out)
{
    UST_ASSERT(k >= 2);
    UST_ASSERT(n >= 2);
    struct pairs pairs = {.k = k};
    pairs.mean = ust_malloc((k + k * k) * sizeof *pairs.mean);
    pairs.wide = pairs.mean + k;
    measure(values, n, least, confidence, &pairs);
    size_t possible = 0;
    for (size_t i = 0; i < k; i++) {
        out[i] = (struct ust_interval){lead_of(&pairs, i), 0.0, most_of(&pairs, i)};
        possible += out[i].high >= 0.0;
    }
    for (size_t i = 0; i < k; i++) {
        if (possible == 1 && out[i].high >= 0.0)
            continue; /* the best, and nobody else can be */
        for (size_t j = 0; j < k; j++)
            if (j != i && out[j].high >= 0.0)
                out[i].low =
                    fmin(out[i].low, pairs.mean[i] - pairs.mean[j] - pairs.wide[i * k + j]);
    }
    for (size_t i = 0; i < k; i++)
        out[i].high = fmax(0.0, out[i].high);
    free(pairs.mean);
}
