/* Main effects, noise, and the bootstrap of rows and replications. */
#include "analysis/stats/sensitivity.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"
#include "sim/base/assert.h"

/* Enough for the percentiles of 99 %, expanded. */
#define DRAWS 2000

void ust_sensitivity_effects(const struct ust_answers *answers, struct ust_interval *effect)
{
    uint32_t n = answers->replications;
    double *within = ust_malloc(n * sizeof *within);
    for (uint32_t f = 0; f < answers->factors; f++) {
        double high = 0.0, low = 0.0;
        memset(within, 0, n * sizeof *within);
        for (uint32_t p = 0; p < answers->points; p++)
            *(answers->x[(size_t)p * answers->factors + f] > 0.5 ? &high : &low) += 1.0;
        for (uint32_t p = 0; p < answers->points; p++) {
            bool up = answers->x[(size_t)p * answers->factors + f] > 0.5;
            for (uint32_t r = 0; r < n; r++)
                within[r] += answers->y[(size_t)p * n + r] / (up ? high : -low);
        }
        effect[f] = ust_stats_t(within, n, answers->confidence);
    }
    free(within);
}

static void point_means(const struct ust_answers *answers, double *mean)
{
    uint32_t n = answers->replications;
    for (uint32_t p = 0; p < answers->points; p++)
        mean[p] = ust_stats_mean(&answers->y[(size_t)p * n], n);
}

double ust_sensitivity_noise(const struct ust_answers *answers)
{
    uint32_t n = answers->replications, points = answers->points;
    if (n < 2 || points < 2)
        return ust_nan();
    double *mean = ust_malloc(points * sizeof *mean);
    double *shift = ust_malloc(n * sizeof *shift); /* what all points have alike */
    point_means(answers, mean);
    memset(shift, 0, n * sizeof *shift);
    for (uint32_t p = 0; p < points; p++)
        for (uint32_t r = 0; r < n; r++)
            shift[r] += (answers->y[(size_t)p * n + r] - mean[p]) / points;
    double residual = 0.0;
    for (uint32_t p = 0; p < points; p++)
        for (uint32_t r = 0; r < n; r++) {
            double left = answers->y[(size_t)p * n + r] - mean[p] - shift[r];
            residual += left * left;
        }
    residual /= (points - 1.0) * (n - 1.0);
    double between = ust_stats_variance(mean, points);
    free(shift);
    free(mean);
    return between > 0.0 ? residual / n / between : ust_nan();
}

/* Sums of one draw: rows[i] is the row that stands at i, times[r] how often r was drawn. */
static void draw(const struct ust_answers *answers, uint32_t block, struct ust_rng *rng,
                 double *times, uint32_t *row, double *mean)
{
    uint32_t n = answers->replications, rows = answers->points / block;
    memset(times, 0, n * sizeof *times);
    for (uint32_t r = 0; r < n; r++)
        times[ust_rng_below(rng, n)] += 1.0;
    for (uint32_t i = 0; i < rows; i++)
        row[i] = ust_rng_below(rng, rows);
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t k = 0; k < block; k++) {
            const double *y = &answers->y[((size_t)row[i] * block + k) * n];
            double sum = 0.0;
            for (uint32_t r = 0; r < n; r++)
                sum += times[r] * y[r];
            mean[i * block + k] = sum / n;
        }
}

/* The share of draws to leave out on either side. */
static double tail(double confidence, uint32_t rows)
{
    double n = rows, t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2.0, n - 1.0);
    return gsl_cdf_ugaussian_Q(t * sqrt(n / (n - 1.0)));
}

void ust_sensitivity_bootstrap(const struct ust_answers *answers, uint32_t block, uint32_t n,
                               ust_sensitivity_statistic *statistic, struct ust_rng *rng,
                               struct ust_interval *out)
{
    UST_ASSERT(answers->points % block == 0);
    uint32_t rows = answers->points / block, draws = rows > 1 ? DRAWS : 0;
    double *mean = ust_malloc(answers->points * sizeof *mean);
    double *times = ust_malloc(answers->replications * sizeof *times);
    uint32_t *row = ust_malloc(rows * sizeof *row);
    double *drawn = ust_malloc((size_t)(DRAWS + 1) * n * sizeof *drawn);
    double *one = ust_malloc(DRAWS * sizeof *one);
    point_means(answers, mean);
    for (uint32_t i = 0; i < rows; i++)
        row[i] = i;
    statistic(answers, mean, row, drawn);
    for (uint32_t d = 1; d <= draws; d++) {
        draw(answers, block, rng, times, row, mean);
        statistic(answers, mean, row, &drawn[(size_t)d * n]);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t known = 0;
        out[i] = (struct ust_interval){drawn[i], ust_nan(), ust_nan()};
        for (uint32_t d = 1; d <= draws && !isnan(drawn[i]); d++)
            if (!isnan(drawn[(size_t)d * n + i]))
                one[known++] = drawn[(size_t)d * n + i];
        if (known < 2)
            continue;
        gsl_sort(one, 1, known);
        double share = tail(answers->confidence, rows);
        out[i].low = gsl_stats_quantile_from_sorted_data(one, 1, known, share);
        out[i].high = gsl_stats_quantile_from_sorted_data(one, 1, known, 1.0 - share);
    }
    free(one);
    free(drawn);
    free(row);
    free(times);
    free(mean);
}
