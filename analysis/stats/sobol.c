/* Sobol's indices, by the estimators of Saltelli and of Jansen. */
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/sensitivity.h"
#include "sim/base/arena.h"

/* value: first of each factor, then total of each. The answers are centred first, which moves
 * no index and takes away most of the estimator's own noise where the mean is large. */
static void indices(const struct ust_answers *answers, const double *mean, const uint32_t *row,
                    double *value)
{
    uint32_t k = answers->factors, block = k + 2, rows = answers->points / block;
    double centre = 0.0, variance = 0.0;
    (void)row;
    for (uint32_t i = 0; i < rows; i++)
        centre += (mean[(size_t)i * block] + mean[(size_t)i * block + k + 1]) / (2.0 * rows);
    for (uint32_t i = 0; i < rows; i++) {
        double a = mean[(size_t)i * block] - centre,
               b = mean[(size_t)i * block + k + 1] - centre;
        variance += (a * a + b * b) / (2.0 * rows);
    }
    for (uint32_t f = 0; f < k; f++) {
        double first = 0.0, total = 0.0;
        for (uint32_t i = 0; i < rows; i++) {
            const double *y = &mean[(size_t)i * block];
            double step = y[1 + f] - y[0];
            first += (y[k + 1] - centre) * step / rows;
            total += step * step / (2.0 * rows);
        }
        value[f] = variance > 0.0 ? first / variance : ust_nan();
        value[k + f] = variance > 0.0 ? total / variance : ust_nan();
    }
}

void ust_sensitivity_sobol(const struct ust_answers *answers, struct ust_rng *rng,
                           struct ust_sobol *out)
{
    uint32_t k = answers->factors;
    struct ust_interval *value = ust_malloc(2 * (size_t)k * sizeof *value);
    ust_sensitivity_bootstrap(answers, k + 2, 2 * k, indices, rng, value);
    for (uint32_t f = 0; f < k; f++)
        out[f] = (struct ust_sobol){.first = value[f], .total = value[k + f]};
    free(value);
}
