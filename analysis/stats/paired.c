#include "analysis/stats/paired.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"

/* From a difference, its variance and degrees of freedom. */
static void judge(double difference, double variance, double freedom, double confidence,
                  struct ust_difference *out)
{
    out->freedom = freedom;
    if (!(variance > 0.0)) {
        bool none = !(difference < 0.0) && !(difference > 0.0);
        out->t = none ? 0.0 : difference * ust_infinity();
        out->p = none ? 1.0 : 0.0;
        out->mean = (struct ust_interval){difference, difference, difference};
        return;
    }
    double error = sqrt(variance);
    double half = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, freedom) * error;
    out->t = difference / error;
    out->p = 2.0 * gsl_cdf_tdist_Q(fabs(out->t), freedom);
    out->mean = (struct ust_interval){difference, difference - half, difference + half};
}

struct ust_difference ust_stats_paired(const double *a, const double *b, size_t n,
                                       double confidence)
{
    UST_ASSERT(n >= 2);
    struct ust_difference out = {.n = n, .correlation = ust_nan(), .factor = ust_nan()};
    double *difference = ust_malloc(n * sizeof *difference);
    for (size_t i = 0; i < n; i++)
        difference[i] = a[i] - b[i];
    double spread = ust_stats_variance(difference, n);
    double of_a = ust_stats_variance(a, n), of_b = ust_stats_variance(b, n);
    judge(ust_stats_mean(difference, n), spread / (double)n, (double)(n - 1), confidence, &out);
    if (of_a > 0.0 && of_b > 0.0)
        out.correlation = gsl_stats_correlation(a, 1, b, 1, n);
    if (of_a + of_b > 0.0)
        out.factor = spread > 0.0 ? (of_a + of_b) / spread : ust_infinity();
    free(difference);
    return out;
}

struct ust_difference ust_stats_unpaired(const double *a, size_t a_n, const double *b,
                                         size_t b_n, double confidence)
{
    UST_ASSERT(a_n >= 2);
    UST_ASSERT(b_n >= 2);
    struct ust_difference out = {.n = a_n + b_n, .correlation = ust_nan(), .factor = ust_nan()};
    double of_a = ust_stats_variance(a, a_n) / (double)a_n;
    double of_b = ust_stats_variance(b, b_n) / (double)b_n, both = of_a + of_b;
    double below = of_a * of_a / (double)(a_n - 1) + of_b * of_b / (double)(b_n - 1);
    double freedom = below > 0.0 ? both * both / below : (double)(a_n + b_n - 2);
    judge(ust_stats_mean(a, a_n) - ust_stats_mean(b, b_n), both, freedom, confidence, &out);
    return out;
}
