#include "analysis/stats/warmup.h"

#include "analysis/stats/stats.h"
#include "sim/base/assert.h"

static double batch_mean(const double *values, size_t batch)
{
    double sum = 0.0;
    for (size_t i = 0; i < batch; i++)
        sum += values[i];
    return sum / (double)batch;
}

struct ust_mser ust_stats_mser(const double *values, size_t n, size_t batch)
{
    UST_ASSERT(batch >= 1);
    struct ust_mser out = {.statistic = ust_nan(), .mean = ust_nan()};
    size_t batches = n / batch, half = batches / 2, cut = half;
    if (batches < 4)
        return out;
    /* From the end, so that mean and sum of squares of every tail come from one pass. */
    double mean = 0.0, squares = 0.0;
    for (size_t d = batches; d-- > 0;) {
        double y = batch_mean(values + d * batch, batch), count = (double)(batches - d);
        double step = y - mean;
        mean += step / count;
        squares += step * (y - mean);
        double statistic = squares / (count * count);
        if (d <= half && (d == half || statistic <= out.statistic)) {
            out.statistic = statistic;
            out.mean = mean;
            cut = d;
        }
    }
    out.cut = cut * batch;
    out.settled = cut < half;
    return out;
}

void ust_stats_welch(const double *values, size_t n, size_t window, double *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t side = i < window ? i : window;
        if (i + window >= n) {
            out[i] = ust_nan();
            continue;
        }
        double sum = 0.0;
        for (size_t j = i - side; j <= i + side; j++)
            sum += values[j];
        out[i] = sum / (double)(2 * side + 1);
    }
}
