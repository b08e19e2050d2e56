#include "analysis/fit/fit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/fit/internal.h"
#include "sim/base/sort.h"

/* Laws within so much of the least AIC are hardly told apart (Burnham and Anderson 2002). */
#define AIC_NEAR 2.0
/* A step of less than this part of the middle half of the values moves no distribution. */
#define STEP_MATTERS 0.005
/* A law whose mean is not the data's would ask for another capacity. */
#define MEAN_NEAR      0.1
#define MEAN_SIGMAS    4.0
#define BEYOND_MATTERS 1e-4
/* Of the sum of a tail, before its law's own mean will do. */
#define TERMS_MAX 1e5

/* ---- values ---- */

double ust_fit_cell_low(const struct ust_fit_data *data, double x)
{
    double low = x - data->step / 2;
    return x <= data->least || low < 0 ? 0 : low;
}

double ust_fit_cell_high(const struct ust_fit_data *data, double x)
{
    return (x < data->least ? data->least : x) + data->step / 2;
}

bool ust_fit_data_blurred(const struct ust_fit_data *data)
{
    return data->step > 0 || data->beyond > 0;
}

/* The cell that a value falls into, the last one or a new one behind it. */
static size_t cell_of(struct ust_fit_data *data, double x)
{
    x = x < data->least ? data->least : x;
    if (data->cells > 0 && x - data->x[data->cells - 1] < data->step / 2)
        return data->cells - 1;
    data->x[data->cells] = x;
    data->count[data->cells] = 0;
    if (data->cut != NULL)
        data->cut[data->cells] = 0;
    return data->cells++;
}

/* Values and what was cut off, both ascending, become cells with numbers. */
static void merge_equal(struct ust_fit_data *data, const double *values, const double *cut,
                        size_t cuts)
{
    size_t i = 0, k = 0;
    data->cells = 0;
    while (i < data->n || k < cuts) {
        bool value = k == cuts || (i < data->n && values[i] <= cut[k]);
        size_t cell = cell_of(data, value ? values[i] : cut[k]);
        if (value)
            data->count[cell]++;
        else
            data->cut[cell]++;
        i += value;
        k += !value;
    }
}

static void make_cells(struct ust_fit_data *data, const struct ust_fit_options *options)
{
    double *values = data->x, *cut = NULL;
    size_t most = data->n + options->cuts + 1;
    if (options->cuts > 0)
        cut = ust_sorted(options->cut, options->cuts);
    data->x = ust_malloc(most * sizeof(double));
    data->count = ust_malloc(most * sizeof(double));
    data->cut = options->cuts > 0 ? ust_malloc(most * sizeof(double)) : NULL;
    merge_equal(data, values, cut, options->cuts);
    free(values);
    free(cut);
}

void ust_fit_data_make(const double *x, size_t n, const struct ust_fit_options *options,
                       struct ust_fit_data *out)
{
    *out = (struct ust_fit_data){.n = n,
                                 .cells = n,
                                 .step = options->step,
                                 .least = options->least,
                                 .beyond = options->beyond};
    out->x = ust_sorted(x, n);
    double sum = 0, logs = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += out->x[i];
        out->zeros |= !(out->x[i] > 0);
    }
    out->mean = n > 0 ? sum / (double)n : 0;
    for (size_t i = 0; i < n; i++) {
        logs += out->x[i] > 0 ? log(out->x[i]) : 0;
        squares += (out->x[i] - out->mean) * (out->x[i] - out->mean);
    }
    out->log_mean = n > 0 ? logs / (double)n : 0;
    out->variance = n > 1 ? squares / (double)(n - 1) : 0;
    out->low = n > 0 ? out->x[0] : 0;
    out->high = n > 0 ? out->x[n - 1] : 0;
    if (out->step > 0)
        make_cells(out, options);
}

void ust_fit_data_free(struct ust_fit_data *data)
{
    free(data->x);
    free(data->count);
    free(data->cut);
}

/* ---- one law ---- */

/* A first guess where rounding has made zeros, of which there are no logarithms. */
static void lift_zeros(const struct ust_fit_data *data, struct ust_fit_data *lifted)
{
    *lifted = *data;
    if (!data->zeros || !(data->step > 0))
        return;
    lifted->x = ust_malloc((data->cells + 1) * sizeof *lifted->x);
    double logs = 0;
    for (size_t i = 0; i < data->cells; i++) {
        lifted->x[i] = data->x[i] > 0 ? data->x[i] : data->step / 4;
        logs += data->count[i] * log(lifted->x[i]);
    }
    lifted->log_mean = logs / (double)data->n;
    lifted->low = lifted->x[0];
    lifted->zeros = false;
}

bool ust_fit_one(enum ust_fit_law law, const struct ust_fit_data *data, struct ust_fitted *out)
{
    struct ust_fit_data lifted;
    if (law == UST_FIT_PARETO && data->zeros)
        return false; /* its least value is above 0 */
    lift_zeros(data, &lifted);
    bool fine = ust_fit_exact(law, &lifted, &out->dist);
    if (lifted.x != data->x)
        free(lifted.x);
    bool far = data->beyond > 0 && fine &&
               out->dist.type->cdf(&out->dist, data->beyond) < 1 - BEYOND_MATTERS;
    struct ust_fit_data as_is = *data;
    if (!far)
        as_is.beyond = 0;
    if (fine && (as_is.step > 0 || far))
        fine = ust_fit_climb(law, &as_is, &out->dist);
    if (!fine)
        return false;
    out->law = law;
    out->parameters = ust_fit_parameters(law);
    out->log_likelihood = ust_fit_log_likelihood(law, &out->dist, data);
    out->aic = 2.0 * out->parameters - 2 * out->log_likelihood;
    return isfinite(out->log_likelihood);
}

bool ust_fit_law(enum ust_fit_law law, const double *x, size_t n,
                 const struct ust_fit_options *options, struct ust_fitted *out)
{
    struct ust_fit_data data;
    memset(out, 0, sizeof *out);
    if (n < 2)
        return false;
    ust_fit_data_make(x, n, options, &data);
    bool fine = ust_fit_one(law, &data, out);
    ust_fit_data_free(&data);
    return fine;
}

/* ---- the choice ---- */

static int by_aic(const void *left, const void *right)
{
    const struct ust_fitted *a = left, *b = right;
    if (a->aic != b->aic)
        return a->aic < b->aic ? -1 : 1;
    return (a->law > b->law) - (a->law < b->law);
}

/* The simplest of those that the data hardly tell apart; of equals the one that the enum has
 * first. */
static uint32_t best_of(const struct ust_fit *fit)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < fit->laws && fit->law[i].aic <= fit->law[0].aic + AIC_NEAR; i++) {
        const struct ust_fitted *it = &fit->law[i], *than = &fit->law[best];
        if (it->parameters < than->parameters ||
            (it->parameters == than->parameters && it->law == UST_FIT_ERLANG))
            best = i;
    }
    return best;
}

/* Of what would be recorded: least + step times the sum of P(X > least + (k + 1/2) step). */
static double recorded_mean(const struct ust_dist *dist, const struct ust_fit_data *data)
{
    if (!(data->step > 0 && data->least > 0))
        return ust_dist_mean(dist);
    double mean = data->least;
    for (double k = 0.5; k < TERMS_MAX; k++) {
        double more = 1 - dist->type->cdf(dist, data->least + k * data->step);
        mean += more * data->step;
        if (more < 1e-9)
            return mean;
    }
    return ust_dist_mean(dist);
}

static bool has_mean_of(const struct ust_fit *fit, const struct ust_dist *dist,
                        const struct ust_fit_data *data)
{
    double mean = recorded_mean(dist, data);
    double error = fit->cv * fit->mean / sqrt((double)fit->n) * MEAN_SIGMAS;
    double allowed = fmax(MEAN_NEAR * fit->mean, error);
    return isfinite(mean) && fabs(mean - fit->mean) <= allowed;
}

static void choose(const double *x, size_t n, const struct ust_fit_options *options,
                   const struct ust_fit_data *data, struct ust_fit *out)
{
    unsigned laws = options->laws != 0 ? options->laws : UST_FIT_MEASURES;
    for (unsigned law = 0; law < UST_FIT_LAWS; law++)
        if ((laws >> law & 1u) != 0 &&
            ust_fit_one((enum ust_fit_law)law, data, &out->law[out->laws]))
            out->laws++;
    qsort(out->law, out->laws, sizeof out->law[0], by_aic);
    out->best = best_of(out);
    const struct ust_fitted *best = ust_fit_best(out);
    if (best == NULL)
        return;
    out->distance = ust_fit_data_distance(&best->dist, data);
    ust_fit_bootstrap(best, x, n, options, out);
    bool near = out->distance <= (options->near > 0 ? options->near : UST_FIT_NEAR);
    /* The mean of what was seen is then not the law's. */
    bool cut = options->beyond > 0 || options->cuts > 0;
    /* Without a variance, the next few values decide what the mean of a simulation is. */
    bool tame = isfinite(best->dist.type->variance(&best->dist));
    out->fits =
        tame && (near || (out->p >= 0.05 && !out->p_below)) &&
        (cut ? isfinite(ust_dist_mean(&best->dist)) : has_mean_of(out, &best->dist, data));
}

void ust_fit(const double *x, size_t n, const struct ust_fit_options *options,
             struct ust_fit *out)
{
    struct ust_fit_data data;
    memset(out, 0, sizeof *out);
    ust_fit_data_make(x, n, options, &data);
    out->n = n;
    out->best = UINT32_MAX;
    out->mean = data.mean;
    out->cv = data.mean > 0 ? sqrt(data.variance) / data.mean : 0;
    out->low = data.low;
    out->high = data.high;
    double same = fmax(data.step / 2, data.high * 4 * DBL_EPSILON);
    out->constant = n > 0 && data.high - data.low <= same;
    if (!out->constant && n >= UST_FIT_VALUES_MIN)
        choose(x, n, options, &data, out);
    ust_fit_data_free(&data);
}

/* ---- recording ---- */

double ust_fit_step(const double *x, size_t n, const double *steps)
{
    double *sorted = ust_sorted(x, n);
    double middle = n > 0 ? sorted[n - 1 - n / 4] - sorted[n / 4] : 0;
    free(sorted);
    for (; n > 0 && *steps > 0; steps++) {
        size_t i = 0;
        while (i < n && fabs(x[i] / *steps - floor(x[i] / *steps + 0.5)) < 1e-3)
            i++;
        if (i == n)
            return *steps > STEP_MATTERS * middle ? *steps : 0;
    }
    return 0;
}

/* Distinct values with their weights; false where there are more than `most`. */
static bool few_values(const double *sorted, size_t n, size_t most, struct ust_thinned *out)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1]) {
            out->weight[distinct - 1]++;
            continue;
        }
        if (distinct == most)
            return false;
        out->value[distinct] = sorted[i];
        out->weight[distinct++] = 1;
    }
    out->n = distinct;
    return true;
}

void ust_fit_thin(const double *x, size_t n, size_t most, struct ust_arena *arena,
                  struct ust_thinned *out)
{
    double *sorted = ust_sorted(x, n);
    *out = (struct ust_thinned){ust_arena_alloc(arena, double, most),
                                ust_arena_alloc(arena, double, most), 0};
    if (!few_values(sorted, n, most, out)) {
        out->weight = NULL;
        out->n = most;
        for (size_t part = 0; part < most; part++) {
            size_t from = part * n / most, to = (part + 1) * n / most;
            double sum = 0;
            for (size_t i = from; i < to; i++)
                sum += sorted[i];
            out->value[part] = sum / (double)(to - from);
        }
    }
    free(sorted);
}

double ust_fit_censored_mean(double total, uint64_t seen)
{
    return seen > 0 ? total / (double)seen : (double)NAN;
}
