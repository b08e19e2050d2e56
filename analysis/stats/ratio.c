#include "analysis/stats/ratio.h"

#include <stdlib.h>

#include "sim/base/arena.h"

struct ust_interval ust_stats_ratio(const double *x, const double *y, size_t n,
                                    double confidence)
{
    double above = 0.0, below = 0.0;
    for (size_t i = 0; i < n; i++) {
        above += x[i];
        below += y[i];
    }
    struct ust_interval out = {ust_nan(), ust_nan(), ust_nan()};
    if (!(below > 0.0))
        return out;
    out.value = above / below;
    double *pseudo = ust_malloc((n + 1) * sizeof *pseudo), count = (double)n;
    bool whole = n >= 2;
    for (size_t i = 0; i < n && whole; i++) {
        whole = below - y[i] > 0.0;
        pseudo[i] = count * out.value - (count - 1.0) * (above - x[i]) / (below - y[i]);
    }
    if (whole) {
        struct ust_interval t = ust_stats_t(pseudo, n, confidence);
        out.low = t.low;
        out.high = t.high;
    }
    free(pseudo);
    return out;
}
