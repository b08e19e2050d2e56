/* Likelihood of values as they were recorded, and its maximum by Nelder and Mead's simplex. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_multimin.h>

#include "analysis/fit/internal.h"

#define STEPS_MAX 400
#define SIZE_MIN  1e-6
/* A cell's probability is a difference of numbers near 1: below this it is only their rounding.
 */
#define CELL_MIN 0x1p-60

double ust_fit_log_likelihood(enum ust_fit_law law, const struct ust_dist *dist,
                              const struct ust_fit_data *data)
{
    double sum = 0, seen = data->beyond > 0 ? dist->type->cdf(dist, data->beyond) : 1;
    double high = -1, below = 0;
    for (size_t i = 0; i < data->cells; i++) {
        double x = data->x[i], count = data->count != NULL ? data->count[i] : 1;
        if (data->step > 0) {
            double low = ust_fit_cell_low(data, x);
            if (low != high)
                below = low > 0 ? dist->type->cdf(dist, low) : 0;
            high = ust_fit_cell_high(data, x);
            double to = dist->type->cdf(dist, high);
            sum += count * log(to - below > CELL_MIN ? to - below : CELL_MIN);
            if (data->cut != NULL && data->cut[i] > 0)
                sum += data->cut[i] * log(1 - below > CELL_MIN ? 1 - below : CELL_MIN);
            below = to;
        } else {
            sum += count * ust_fit_log_density(law, dist, x);
        }
    }
    return sum - (double)data->n * log(seen > CELL_MIN ? seen : CELL_MIN);
}

/* ---- the maximum ---- */

struct hill {
    enum ust_fit_law law;
    const struct ust_fit_data *data;
    double fixed; /* Erlang's phases, Pareto's scale */
};

/* Coordinates without bounds, and back. */
static size_t coordinates(const struct hill *hill, const struct ust_dist *dist, double *at)
{
    const double *arg = dist->arg;
    switch (hill->law) {
    case UST_FIT_EXPONENTIAL:
    case UST_FIT_ERLANG:
        at[0] = log(arg[0]);
        return 1;
    case UST_FIT_GEOMETRIC:
        at[0] = log(arg[0] - 1 > 1e-9 ? arg[0] - 1 : 1e-9);
        return 1;
    case UST_FIT_PARETO:
        at[0] = log(arg[1]);
        return 1;
    case UST_FIT_LOGNORMAL:
        at[0] = log(arg[2]);
        at[1] = log(arg[3]);
        return 2;
    case UST_FIT_GAMMA:
        at[0] = log(arg[0]);
        at[1] = log(arg[2]);
        return 2;
    case UST_FIT_WEIBULL:
        at[0] = log(arg[2]);
        at[1] = log(arg[1]);
        return 2;
    case UST_FIT_HYPEREXPONENTIAL:
        at[0] = log(arg[0]);
        at[1] = log(arg[1] - 1);
        at[2] = log(arg[2] / (1 - arg[2]));
        return 3;
    case UST_FIT_UNIFORM:
    case UST_FIT_LAWS:
        break;
    }
    return 0;
}

static bool law_at(const struct hill *hill, const double *at, struct ust_dist *out)
{
    double arg[UST_DIST_ARGS_MAX] = {UST_DIST_ABSENT, UST_DIST_ABSENT, UST_DIST_ABSENT,
                                     UST_DIST_ABSENT, UST_DIST_ABSENT};
    switch (hill->law) {
    case UST_FIT_EXPONENTIAL:
        arg[0] = exp(at[0]);
        break;
    case UST_FIT_ERLANG:
        arg[0] = exp(at[0]);
        arg[1] = hill->fixed;
        break;
    case UST_FIT_GEOMETRIC:
        arg[0] = 1 + exp(at[0]);
        break;
    case UST_FIT_PARETO:
        arg[1] = exp(at[0]);
        arg[2] = hill->fixed;
        break;
    case UST_FIT_LOGNORMAL:
        arg[2] = exp(at[0]);
        arg[3] = exp(at[1]);
        break;
    case UST_FIT_GAMMA:
        arg[0] = exp(at[0]);
        arg[2] = exp(at[1]);
        break;
    case UST_FIT_WEIBULL:
        arg[2] = exp(at[0]);
        arg[1] = exp(at[1]);
        break;
    case UST_FIT_HYPEREXPONENTIAL:
        arg[0] = exp(at[0]);
        arg[1] = 1 + exp(at[1]);
        arg[2] = 1 / (1 + exp(-at[2]));
        break;
    case UST_FIT_UNIFORM:
    case UST_FIT_LAWS:
        return false;
    }
    return ust_fit_make(hill->law, arg, out);
}

/* Where there is no law the ground is high: no infinity, which would stop the simplex. */
static double depth(const gsl_vector *at, void *context)
{
    const struct hill *hill = context;
    struct ust_dist dist;
    if (!law_at(hill, at->data, &dist))
        return 1e300;
    double likelihood = ust_fit_log_likelihood(hill->law, &dist, hill->data);
    return isfinite(likelihood) ? -likelihood : 1e300;
}

static void descend(struct hill *hill, size_t n, double *at)
{
    gsl_vector_view start = gsl_vector_view_array(at, n);
    gsl_vector *sizes = gsl_vector_alloc(n);
    gsl_vector_set_all(sizes, 0.2);
    gsl_multimin_function f = {depth, n, hill};
    gsl_multimin_fminimizer *search =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, n);
    if (gsl_multimin_fminimizer_set(search, &f, &start.vector, sizes) == 0)
        for (int i = 0; i < STEPS_MAX; i++)
            if (gsl_multimin_fminimizer_iterate(search) != 0 ||
                gsl_multimin_fminimizer_size(search) < SIZE_MIN)
                break;
    memcpy(at, gsl_multimin_fminimizer_x(search)->data, n * sizeof *at);
    gsl_multimin_fminimizer_free(search);
    gsl_vector_free(sizes);
}

bool ust_fit_climb(enum ust_fit_law law, const struct ust_fit_data *data, struct ust_dist *dist)
{
    struct hill hill = {law, data, 0};
    double at[3];
    if (law == UST_FIT_UNIFORM)
        return true;
    hill.fixed = law == UST_FIT_PARETO ? dist->arg[2] : dist->arg[1];
    descend(&hill, coordinates(&hill, dist, at), at);
    return law_at(&hill, at, dist);
}
