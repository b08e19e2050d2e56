/* How far a law is from values, and whether chance explains it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/internal.h"
#include "sim/rand/rng.h"

/* So many samples that are farther from their own laws settle the matter (Besag and Clifford
 * 1991): p is then about their share. */
#define FARTHER_ENOUGH 10
/* Draws beyond what can be seen are drawn again, but not for ever. */
#define REDRAWS_MAX 1000

double ust_fit_data_distance(const struct ust_dist *dist, const struct ust_fit_data *data)
{
    double seen = data->beyond > 0 ? dist->type->cdf(dist, data->beyond) : 1;
    double distance = 0, before = 0, n = (double)data->n;
    for (size_t i = 0; i < data->cells; i++) {
        double count = data->count != NULL ? data->count[i] : 1;
        double after = before + count;
        if (data->step > 0) {
            double high = dist->type->cdf(dist, ust_fit_cell_high(data, data->x[i])) / seen;
            double low = ust_fit_cell_low(data, data->x[i]);
            low = low > 0 ? dist->type->cdf(dist, low) / seen : 0;
            distance = fmax(distance, fabs(high - after / n));
            distance = fmax(distance, fabs(low - before / n));
        } else {
            double p = dist->type->cdf(dist, data->x[i]) / seen;
            distance = fmax(distance, fmax(p - before / n, after / n - p));
        }
        before = after;
    }
    return distance;
}

double ust_fit_distance(const struct ust_dist *dist, const double *x, size_t n,
                        const struct ust_fit_options *options)
{
    struct ust_fit_data data;
    ust_fit_data_make(x, n, options, &data);
    double distance = ust_fit_data_distance(dist, &data);
    ust_fit_data_free(&data);
    return distance;
}

/* P(sqrt(n) D > t) where nothing was fitted (Kolmogorov; Stephens' correction for n): more than
 * where the law was fitted to the very values. */
static double classical(double distance, size_t n)
{
    double root = sqrt((double)n), t = distance * (root + 0.12 + 0.11 / root), sum = 0;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * t * t);
    return t < 0.3 ? 1 : fmin(fmax(sum, 0), 1);
}

/* A value as it would have been recorded. */
static double recorded(const struct ust_dist *dist, const struct ust_fit_options *options,
                       struct ust_rng *rng)
{
    double x = ust_dist_sample(dist, rng);
    for (int i = 0; options->beyond > 0 && x > options->beyond && i < REDRAWS_MAX; i++)
        x = ust_dist_sample(dist, rng);
    if (options->step > 0)
        x = floor(x / options->step + 0.5) * options->step;
    return options->step > 0 && x < options->least ? options->least : x;
}

/* The distance of `x` from the law of this kind that fits it best. */
static double own_distance(enum ust_fit_law law, const double *x, size_t n,
                           const struct ust_fit_options *options)
{
    struct ust_fit_data data;
    struct ust_fitted own;
    ust_fit_data_make(x, n, options, &data);
    double distance = 1;
    if (ust_fit_one(law, &data, &own))
        distance = ust_fit_data_distance(&own.dist, &data);
    ust_fit_data_free(&data);
    return distance;
}

void ust_fit_bootstrap(const struct ust_fitted *fitted, const double *x, size_t n,
                       const struct ust_fit_options *options, struct ust_fit *out)
{
    size_t stride = n > UST_FIT_BOOTSTRAP_N ? n / UST_FIT_BOOTSTRAP_N : 1, m = n / stride;
    double *part = ust_malloc(m * sizeof *part);
    for (size_t i = 0; i < m; i++)
        part[i] = x[i * stride];
    double distance = own_distance(fitted->law, part, m, options);
    out->p = classical(distance, m);
    out->p_below = true;
    struct ust_rng rng =
        ust_rng_derive(options->seed, 0, options->name != NULL ? options->name : "fit");
    int farther = 0, drawn = 0;
    while (out->p > 0.001 && drawn < UST_FIT_BOOTSTRAP_B && farther < FARTHER_ENOUGH) {
        for (size_t i = 0; i < m; i++)
            part[i] = recorded(&fitted->dist, options, &rng);
        farther += own_distance(fitted->law, part, m, options) >= distance;
        drawn++;
    }
    if (drawn > 0) {
        out->p = farther == FARTHER_ENOUGH ? (double)farther / drawn
                                           : (double)(farther + 1) / (drawn + 1);
        out->p_below = farther == 0;
    }
    free(part);
}
