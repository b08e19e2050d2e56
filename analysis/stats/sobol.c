/* Sobol's indices, by the estimators of Saltelli and of Jansen. */
#include <gsl/gsl_cdf.h>
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
    uint32_t k = answers->factors, rows = answers->points / (k + 2);
    double *value = ust_malloc(4 * (size_t)k * sizeof *value), *error = value + 2 * (size_t)k;
    ust_sensitivity_errors(answers, k + 2, 2 * k, indices, rng, value, error);
    double t = rows > 1 ? gsl_cdf_tdist_Pinv(0.5 + answers->confidence / 2.0, rows - 1.0) : 0.0;
    for (uint32_t f = 0; f < k; f++) {
        double a = value[f], b = value[k + f], ea = t * error[f], eb = t * error[k + f];
        out[f].first = (struct ust_interval){a, a - ea, a + ea};
        out[f].total = (struct ust_interval){b, b < eb ? 0.0 : b - eb, b + eb};
    }
    free(value);
}
