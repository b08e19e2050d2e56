/* Morris' elementary effects. */
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/sensitivity.h"
#include "sim/base/arena.h"

enum { STAR, MEAN, DEVIATION, MEASURES };

/* The factor that moves between two points of a trajectory, and how far; `factors`: none. */
static uint32_t moved(const struct ust_answers *answers, size_t point, double *by)
{
    uint32_t k = answers->factors;
    const double *from = &answers->x[point * k], *to = from + k;
    for (uint32_t f = 0; f < k; f++)
        if (from[f] < to[f] || from[f] > to[f]) {
            *by = to[f] - from[f];
            return f;
        }
    return k;
}

/* A step that moved nothing is of a factor whose two levels are one whole number: in its place
 * the sums have nothing, which is an effect of 0. */
static void measures(const struct ust_answers *answers, const double *mean, const uint32_t *row,
                     double *value)
{
    uint32_t k = answers->factors, rows = answers->points / (k + 1);
    double *sum = ust_malloc(3 * (size_t)k * sizeof *sum), *square = sum + k,
           *size = square + k;
    for (uint32_t i = 0; i < 3 * k; i++)
        sum[i] = 0.0;
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t s = 0; s < k; s++) {
            double by = 0.0;
            uint32_t f = moved(answers, (size_t)row[i] * (k + 1) + s, &by);
            if (f == k)
                continue;
            const double *y = &mean[(size_t)i * (k + 1) + s];
            double effect = (y[1] - y[0]) / by;
            sum[f] += effect;
            square[f] += effect * effect;
            size[f] += fabs(effect);
        }
    for (uint32_t f = 0; f < k; f++) {
        double centre = sum[f] / rows;
        double spread = rows > 1 ? (square[f] - rows * centre * centre) / (rows - 1.0) : 0.0;
        value[MEASURES * f + STAR] = size[f] / rows;
        value[MEASURES * f + MEAN] = centre;
        value[MEASURES * f + DEVIATION] = sqrt(fmax(0.0, spread));
    }
    free(sum);
}

void ust_sensitivity_morris(const struct ust_answers *answers, struct ust_rng *rng,
                            struct ust_morris *out)
{
    uint32_t k = answers->factors;
    struct ust_interval *value = ust_malloc((size_t)MEASURES * k * sizeof *value);
    ust_sensitivity_bootstrap(answers, k + 1, MEASURES * k, measures, rng, value);
    for (uint32_t f = 0; f < k; f++)
        out[f] = (struct ust_morris){.star = value[MEASURES * f + STAR],
                                     .mean = value[MEASURES * f + MEAN],
                                     .deviation = value[MEASURES * f + DEVIATION]};
    free(value);
}
