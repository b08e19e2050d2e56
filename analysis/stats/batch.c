#include "analysis/stats/batch.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"

/* One-sided: only positive correlation makes an interval too narrow. */
#define P_LEAST 0.10

static void hang_together(const double *means, size_t n, struct ust_batches *out)
{
    double center = ust_stats_mean(means, n), all = 0.0, steps = 0.0, products = 0.0;
    for (size_t i = 0; i < n; i++) {
        double d = means[i] - center;
        all += d * d;
        if (i + 1 < n) {
            double step = means[i + 1] - means[i];
            steps += step * step;
            products += d * (means[i + 1] - center);
        }
    }
    out->p = 0.5;
    if (all > 0.0) {
        double k = (double)n;
        out->neumann = steps / all;
        out->lag1 = products / all;
        out->p =
            gsl_cdf_ugaussian_Q((1.0 - out->neumann / 2.0) * sqrt((k * k - 1.0) / (k - 2.0)));
    }
    out->independent = out->p >= P_LEAST;
}

struct ust_batches ust_stats_batches(const double *values, size_t n, size_t count,
                                     double confidence)
{
    UST_ASSERT(count >= 3);
    UST_ASSERT(count <= n);
    struct ust_batches out = {.n = count, .size = n / count, .neumann = ust_nan()};
    double *means = ust_malloc(count * sizeof *means);
    values += n % count;
    for (size_t i = 0; i < count; i++)
        means[i] = ust_stats_mean(values + i * out.size, out.size);
    out.mean = ust_stats_t(means, count, confidence);
    out.variance = ust_stats_variance(means, count);
    hang_together(means, count, &out);
    free(means);
    return out;
}

struct ust_batches ust_stats_batch_means(const double *values, size_t n, double confidence)
{
    static const size_t counts[] = {40, 30, 20};
    struct ust_batches out = {
        .mean = {n > 0 ? ust_stats_mean(values, n) : ust_nan(), ust_nan(), ust_nan()}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (n < 3 * counts[i])
            continue;
        out = ust_stats_batches(values, n, counts[i], confidence);
        if (out.independent)
            return out;
    }
    out.independent = false;
    out.mean.low = out.mean.high = ust_nan();
    return out;
}

double ust_stats_overlapping(const double *values, size_t n, size_t size)
{
    UST_ASSERT(size >= 1);
    UST_ASSERT(size < n);
    double center = ust_stats_mean(values, n), squares = 0.0, sum = 0.0;
    double count = (double)n, length = (double)size;
    for (size_t i = 0; i < n; i++) {
        sum += values[i] - center;
        if (i >= size)
            sum -= values[i - size] - center;
        if (i + 1 >= size)
            squares += (sum / length) * (sum / length);
    }
    return count * length * squares / ((count - length) * (count - length + 1.0));
}
