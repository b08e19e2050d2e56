#include "analysis/stats/shape.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"
#include "sim/base/sort.h"

/* Steps of the lattice that are walked; a hundredth of a second. */
#define EXACT_MOST 4000000

/* The series that converges fast on each side of 1; both are Kolmogorov's. */
double ust_stats_kolmogorov(double x)
{
    if (!(x > 0.0))
        return 1.0;
    if (x < 1.0) {
        double pi = acos(-1.0), sum = 0.0;
        for (int k = 1; k <= 9; k += 2)
            sum += exp(-k * k * pi * pi / (8.0 * x * x));
        return fmax(0.0, 1.0 - sqrt(2.0 * pi) / x * sum);
    }
    double sum = 0.0, sign = 1.0;
    for (int k = 1; k <= 8; k++, sign = -sign)
        sum += sign * exp(-2.0 * k * k * x * x);
    return fmin(1.0, 2.0 * sum);
}

/* The largest |i m - j n| along the merged order; gaps are compared as integers, so that equal
 * gaps are equal. Ties step together. */
static uint64_t widest(const double *a, size_t n, const double *b, size_t m, double *at)
{
    uint64_t most = 0;
    size_t i = 0, j = 0;
    *at = fmin(a[0], b[0]);
    while (i < n && j < m) {
        double value = fmin(a[i], b[j]);
        while (i < n && a[i] <= value)
            i++;
        while (j < m && b[j] <= value)
            j++;
        uint64_t left = (uint64_t)i * m, right = (uint64_t)j * n;
        uint64_t gap = left > right ? left - right : right - left;
        if (gap > most) {
            most = gap;
            *at = value;
        }
    }
    return most;
}

/* The share of monotone paths from (0, 0) to (n, m) that reach a gap of `most`: u holds, by j,
 * the probability that a random path to (i, j) has not. Each step weighs its two ways in by how
 * many paths come that way, so nothing overflows. */
static double paths_that_reach(size_t n, size_t m, uint64_t most)
{
    double *u = ust_malloc((m + 1) * sizeof *u);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            uint64_t left = (uint64_t)i * m, right = (uint64_t)j * n;
            bool inside = (left > right ? left - right : right - left) < most;
            double all = (double)(i + j);
            if (i + j == 0)
                u[j] = 1.0;
            else if (!inside)
                u[j] = 0.0;
            else if (i == 0)
                u[j] = u[j - 1];
            else if (j > 0)
                u[j] = u[j] * (double)i / all + u[j - 1] * (double)j / all;
        }
    double kept = u[m];
    free(u);
    return 1.0 - kept;
}

struct ust_shape ust_stats_shape(const double *a, size_t a_n, const double *b, size_t b_n)
{
    UST_ASSERT(a_n >= 1);
    UST_ASSERT(b_n >= 1);
    double *x = ust_sorted(a, a_n), *y = ust_sorted(b, b_n), n = (double)a_n, m = (double)b_n;
    struct ust_shape out;
    uint64_t most = widest(x, a_n, y, b_n, &out.at);
    out.gap = (double)most / (n * m);
    if (most == 0)
        out.p = 1.0;
    else if (n * m <= EXACT_MOST)
        out.p = fmin(1.0, fmax(0.0, paths_that_reach(a_n, b_n, most)));
    else
        out.p = ust_stats_kolmogorov(out.gap * sqrt(n * m / (n + m)));
    free(x);
    free(y);
    return out;
}
