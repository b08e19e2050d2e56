#include "analysis/stats/mean.h"

#include <math.h>

#define SKEW_LEAST 8

double ust_stats_skewness(const double *values, size_t n)
{
    if (n < 3)
        return 0.0;
    double mean = ust_stats_mean(values, n), squares = 0.0, cubes = 0.0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        double d = values[i] - mean;
        squares += d * d;
        cubes += d * d * d;
    }
    if (!(squares > 0.0))
        return 0.0;
    double g1 = cubes / count / pow(squares / count, 1.5);
    return sqrt(count * (count - 1.0)) / (count - 2.0) * g1;
}

bool ust_stats_skewed(const double *values, size_t n)
{
    double count = (double)n;
    if (n < SKEW_LEAST)
        return false;
    double error =
        sqrt(6.0 * count * (count - 1.0) / ((count - 2.0) * (count + 1.0) * (count + 3.0)));
    return fabs(ust_stats_skewness(values, n)) > 2.0 * error;
}

struct ust_interval ust_stats_mean_interval(const struct ust_stratum *strata, size_t n,
                                            double confidence, bool doubt, struct ust_rng *rng,
                                            const char **method)
{
    struct ust_interval out = ust_stats_stratified_t(strata, n, confidence);
    *method = "t";
    if (!doubt || isnan(out.low))
        return out;
    struct ust_interval bca = ust_stats_bca(strata, n, confidence, rng);
    out.low = fmin(out.low, bca.low);
    out.high = fmax(out.high, bca.high);
    *method = "t+BCa";
    return out;
}
