/* How much of a demand is chance.
 *
 * Work comes in requests, so the work of an interval scatters about its mean even where nothing
 * changes: with requests at random its variance is the mean times the dispersion E[w^2] / E[w].
 * Neighbours x and y then differ by (x - y)^2 / (x + y) = dispersion times a chi-square of one
 * degree on average, and the median of these over a series is not moved by the few steps that a
 * fault makes. Work that does not scatter has dispersion 0, and every gap counts. */
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "analysis/readiness/internal.h"
#include "sim/base/sort.h"

/* Median of a chi-square of one degree of freedom. */
#define CHI_MEDIAN 0.45493642311957285

double ust_readiness_dispersion(const double *work, uint32_t n)
{
    double *gap = ust_malloc((n + 1) * sizeof *gap);
    uint32_t gaps = 0;
    for (uint32_t i = 0; i + 1 < n; i++) {
        double x = isnan(work[i]) ? 0.0 : work[i], y = isnan(work[i + 1]) ? 0.0 : work[i + 1];
        if (x + y > 0.0)
            gap[gaps++] = (x - y) * (x - y) / (x + y);
    }
    double median = 0.0;
    if (gaps > 0) {
        qsort(gap, gaps, sizeof *gap, ust_ascending);
        median = (gap[(gaps - 1) / 2] + gap[gaps / 2]) / 2.0;
    }
    free(gap);
    return median / CHI_MEDIAN;
}

double ust_readiness_slack(const struct ust_readiness_settings *settings, double looks)
{
    if (!(settings->slack > 0.0) || looks < 2.0)
        return fmax(0.0, settings->slack);
    return gsl_cdf_ugaussian_Qinv(gsl_cdf_ugaussian_Q(settings->slack) / looks);
}
