/* The two-sample gap of values that hang together within replications, by exchanging these. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/shape.h"
#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/base/assert.h"

/* Pairs whose exchanges are all tried; half of them, for the other half mirrors them. */
#define SHAPE_PAIRS_MOST 11
#define DRAWS            1999

struct groups {
    const struct ust_shape_counts *side; /* 2 */
    size_t bins;
    double *sum; /* 2 x bins */
    bool paired;
};

static const uint64_t *counts_of(const struct groups *groups, size_t i)
{
    size_t n = groups->side[0].n;
    const struct ust_shape_counts *side = &groups->side[i < n ? 0 : 1];
    return side->count + (i < n ? i : i - n) * groups->bins;
}

/* The gap when replication i (those of both sides, one after the other) stands on side[i]. Sums
 * of whole numbers below 2^53 are exact in any order. */
static double gap_of(const struct groups *groups, const unsigned char *side, size_t *at)
{
    size_t all = groups->side[0].n + groups->side[1].n;
    double total[2] = {0.0, 0.0}, below[2] = {0.0, 0.0}, most = 0.0;
    memset(groups->sum, 0, 2 * groups->bins * sizeof *groups->sum);
    for (size_t i = 0; i < all; i++) {
        const uint64_t *count = counts_of(groups, i);
        double *sum = groups->sum + side[i] * groups->bins;
        for (size_t b = 0; b < groups->bins; b++)
            sum[b] += (double)count[b];
    }
    for (size_t b = 0; b < groups->bins; b++) {
        total[0] += groups->sum[b];
        total[1] += groups->sum[groups->bins + b];
    }
    if (!(total[0] > 0.0) || !(total[1] > 0.0))
        return ust_nan();
    for (size_t b = 0; b < groups->bins; b++) {
        below[0] += groups->sum[b];
        below[1] += groups->sum[groups->bins + b];
        double gap = fabs(below[0] / total[0] - below[1] / total[1]);
        if (gap > most) {
            most = gap;
            *at = b;
        }
    }
    return most;
}

static void exchange(const struct groups *groups, struct ust_rng *rng, unsigned char *side)
{
    size_t n = groups->side[0].n, all = n + groups->side[1].n;
    if (groups->paired) {
        for (size_t i = 0; i < n; i++) {
            side[i] = (unsigned char)ust_rng_below(rng, 2);
            side[n + i] = !side[i];
        }
        return;
    }
    for (size_t i = all; i-- > 1;) {
        size_t j = ust_rng_below(rng, (uint32_t)i + 1);
        unsigned char other = side[i];
        side[i] = side[j];
        side[j] = other;
    }
}

/* The first pair stays: exchanging all others instead gives the same gap. */
static double every_exchange(const struct groups *groups, double seen, unsigned char *side)
{
    size_t n = groups->side[0].n, at;
    uint32_t ways = 1u << (n - 1), reach = 0;
    for (uint32_t way = 0; way < ways; way++) {
        for (size_t i = 0; i < n; i++) {
            side[i] = i > 0 && (way >> (i - 1) & 1);
            side[n + i] = !side[i];
        }
        reach += gap_of(groups, side, &at) >= seen * (1.0 - 1e-12);
    }
    return (double)reach / ways;
}

struct ust_shape ust_stats_shape_groups(struct ust_shape_counts a, struct ust_shape_counts b,
                                        size_t bins, bool paired, struct ust_rng *rng)
{
    UST_ASSERT(!paired || a.n == b.n);
    size_t all = a.n + b.n, at = 0, other;
    const struct ust_shape_counts both[2] = {a, b};
    struct groups groups = {both, bins, ust_malloc((2 * bins + 1) * sizeof(double)), paired};
    unsigned char *side = ust_malloc(all + 1);
    for (size_t i = 0; i < all; i++)
        side[i] = i >= a.n;
    struct ust_shape out = {.gap = gap_of(&groups, side, &at)};
    out.at = (double)at;
    if (isnan(out.gap)) {
        out.p = ust_nan();
    } else if (!(out.gap > 0.0)) {
        out.p = 1.0;
    } else if (paired && a.n <= SHAPE_PAIRS_MOST) {
        out.p = every_exchange(&groups, out.gap, side);
    } else {
        uint32_t reach = 1;
        for (uint32_t d = 0; d < DRAWS; d++) {
            exchange(&groups, rng, side);
            reach += gap_of(&groups, side, &other) >= out.gap * (1.0 - 1e-12);
        }
        out.p = (double)reach / (DRAWS + 1);
    }
    free(side);
    free(groups.sum);
    return out;
}
