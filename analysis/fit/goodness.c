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
#define AT_RISK_MIN 20

/* Against Kaplan and Meier's estimate, as far as it is of enough values. */
static double distance_of_cut(const struct ust_dist *dist, const struct ust_fit_data *data)
{
    double distance = 0, at_risk = 0, left = 1;
    for (size_t i = 0; i < data->cells; i++)
        at_risk += data->count[i] + data->cut[i];
    for (size_t i = 0; i < data->cells; i++) {
        at_risk -= data->cut[i]; /* whoever is cut off here could not end here any more */
        if (at_risk < AT_RISK_MIN)
            break;
        left *= 1 - data->count[i] / at_risk;
        at_risk -= data->count[i];
        double p = dist->type->cdf(dist, ust_fit_cell_high(data, data->x[i]));
        distance = fmax(distance, fabs(p - (1 - left)));
    }
    return distance;
}

double ust_fit_data_distance(const struct ust_dist *dist, const struct ust_fit_data *data)
{
    if (data->cut != NULL)
        return distance_of_cut(dist, data);
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

/* ---- the bootstrap ---- */

/* What was seen of it, or of a sample of its law: values, and what was cut off. */
struct sample {
    double *x, *cut;
    size_t n, cuts;
};

/* Where values are cut off, by Kaplan and Meier's estimate of that. */
struct cutting {
    double *at, *below; /* P(cut at or before) */
    size_t n;
};

/* The distance of a sample from the law of this kind that fits it best. */
static double own_distance(enum ust_fit_law law, const struct sample *sample,
                           const struct ust_fit_options *options)
{
    struct ust_fit_data data;
    struct ust_fitted own;
    struct ust_fit_options mine = *options;
    mine.cut = sample->cut;
    mine.cuts = sample->cuts;
    if (sample->n < 2)
        return 1;
    ust_fit_data_make(sample->x, sample->n, &mine, &data);
    double distance = 1;
    if (ust_fit_one(law, &data, &own))
        distance = ust_fit_data_distance(&own.dist, &data);
    ust_fit_data_free(&data);
    return distance;
}

static struct cutting cutting_of(const double *x, size_t n,
                                 const struct ust_fit_options *options)
{
    struct ust_fit_data data;
    struct cutting out = {0};
    if (options->cuts == 0)
        return out;
    ust_fit_data_make(x, n, options, &data);
    out.at = ust_malloc(data.cells * sizeof(double));
    out.below = ust_malloc(data.cells * sizeof(double));
    double at_risk = (double)(n + options->cuts), left = 1;
    for (size_t i = 0; i < data.cells; i++) {
        if (at_risk > 0)
            left *= 1 - data.cut[i] / at_risk;
        at_risk -= data.cut[i] + data.count[i];
        out.at[i] = data.x[i];
        out.below[i] = 1 - left;
    }
    out.n = data.cells;
    ust_fit_data_free(&data);
    return out;
}

static double draw_cut(const struct cutting *cutting, struct ust_rng *rng)
{
    double u = ust_rng_unit(rng);
    size_t low = 0, high = cutting->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cutting->below[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low < cutting->n ? cutting->at[low] : HUGE_VAL;
}

static void draw_sample(const struct ust_dist *dist, const struct cutting *cutting, size_t m,
                        const struct ust_fit_options *options, struct ust_rng *rng,
                        struct sample *out)
{
    out->n = out->cuts = 0;
    for (size_t i = 0; i < m; i++) {
        double x = recorded(dist, options, rng);
        double end = cutting->n > 0 ? draw_cut(cutting, rng) : HUGE_VAL;
        if (x < end)
            out->x[out->n++] = x;
        else
            out->cut[out->cuts++] = end;
    }
}

static size_t every(const double *from, size_t n, size_t stride, double *to)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i += stride)
        to[m++] = from[i];
    return m;
}

void ust_fit_bootstrap(const struct ust_fitted *fitted, const double *x, size_t n,
                       const struct ust_fit_options *options, struct ust_fit *out)
{
    size_t all = n + options->cuts;
    size_t stride = all > UST_FIT_BOOTSTRAP_N ? all / UST_FIT_BOOTSTRAP_N : 1;
    struct sample part = {ust_malloc((all + 1) * sizeof(double)),
                          ust_malloc((all + 1) * sizeof(double)), 0, 0};
    part.n = every(x, n, stride, part.x);
    part.cuts = every(options->cut, options->cuts, stride, part.cut);
    size_t m = part.n + part.cuts;
    double distance = own_distance(fitted->law, &part, options);
    struct cutting cutting = cutting_of(x, n, options);
    out->p = classical(distance, m);
    out->p_below = true;
    struct ust_rng rng =
        ust_rng_derive(options->seed, 0, options->name != NULL ? options->name : "fit");
    int farther = 0, drawn = 0;
    while (out->p > 0.001 && drawn < UST_FIT_BOOTSTRAP_B && farther < FARTHER_ENOUGH) {
        draw_sample(&fitted->dist, &cutting, m, options, &rng, &part);
        farther += own_distance(fitted->law, &part, options) >= distance;
        drawn++;
    }
    if (drawn > 0) {
        out->p = farther == FARTHER_ENOUGH ? (double)farther / drawn
                                           : (double)(farther + 1) / (drawn + 1);
        out->p_below = farther == 0;
    }
    free(cutting.at);
    free(cutting.below);
    free(part.x);
    free(part.cut);
}
