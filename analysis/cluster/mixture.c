#include "analysis/cluster/mixture.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <math.h>
#include <string.h>

#include "sim/base/detmath.h"

#define LOG_2_PI 1.8378770664093454836

/* Log of a share so small that adding it to 1 changes nothing: it counts as none, and most
 * points then concern one or two clusters only. */
#define LOST -45.0

struct ust_mixture ust_mixture_new(uint32_t clusters, uint32_t d, enum ust_mixture_shape shape,
                                   struct ust_arena *arena)
{
    struct ust_mixture model = {.clusters = clusters, .d = d, .shape = shape};
    size_t cells = (size_t)clusters * d * d;
    model.weights = ust_arena_alloc(arena, double, clusters);
    model.means = ust_arena_alloc(arena, double, (size_t)clusters *d);
    model.covariances = ust_arena_alloc(arena, double, cells);
    model.whiteners = ust_arena_alloc(arena, double, cells);
    model.log_tops = ust_arena_alloc(arena, double, clusters);
    return model;
}

uint32_t ust_mixture_parameters(uint32_t clusters, uint32_t d, enum ust_mixture_shape shape)
{
    const uint32_t whole = d * (d + 1) / 2;
    uint32_t covariance = shape == UST_MIXTURE_FULL       ? clusters * whole
                          : shape == UST_MIXTURE_DIAGONAL ? clusters * d
                          : shape == UST_MIXTURE_TIED     ? whole
                                                          : clusters;
    return clusters - 1 + clusters * d + covariance;
}

static bool is_diagonal(const struct ust_mixture *model)
{
    return model->shape == UST_MIXTURE_DIAGONAL || model->shape == UST_MIXTURE_SPHERICAL;
}

/* Whitener W = L^-1 of S = L L', so that |W (x - mean)|^2 is the squared distance. */
static enum ust_cluster_status prepare_cluster(struct ust_mixture *model, uint32_t cluster)
{
    uint32_t d = model->d;
    double *whitener = model->whiteners + (size_t)cluster * d * d, log_det = 0.0;
    memcpy(whitener, model->covariances + (size_t)cluster * d * d, d * d * sizeof *whitener);
    gsl_matrix_view factor = gsl_matrix_view_array(whitener, d, d);
    if (gsl_linalg_cholesky_decomp1(&factor.matrix) != GSL_SUCCESS)
        return UST_CLUSTER_SINGULAR;
    for (uint32_t i = 0; i < d; i++) {
        double pivot = whitener[(size_t)i * d + i];
        if (!(pivot > 0.0) || isinf(pivot))
            return UST_CLUSTER_SINGULAR;
        log_det += 2.0 * ust_log(pivot);
    }
    if (gsl_linalg_tri_invert(CblasLower, CblasNonUnit, &factor.matrix) != GSL_SUCCESS)
        return UST_CLUSTER_SINGULAR;
    model->log_tops[cluster] =
        ust_log(model->weights[cluster]) - 0.5 * (d * LOG_2_PI + log_det);
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_mixture_prepare(struct ust_mixture *model)
{
    gsl_set_error_handler_off();
    for (uint32_t c = 0; c < model->clusters; c++) {
        enum ust_cluster_status status = prepare_cluster(model, c);
        if (status != UST_CLUSTER_OK)
            return status;
    }
    return UST_CLUSTER_OK;
}

double ust_mixture_distance2(const struct ust_mixture *model, uint32_t cluster, const double *x)
{
    uint32_t d = model->d;
    const double *mean = model->means + (size_t)cluster * d;
    const double *row = model->whiteners + (size_t)cluster * d * d;
    double gap[UST_FEATURES_MAX], sum = 0.0;
    bool diagonal = is_diagonal(model);
    for (uint32_t i = 0; i < d; i++, row += d) {
        double z = 0.0;
        gap[i] = x[i] - mean[i];
        for (uint32_t j = diagonal ? i : 0; j <= i; j++)
            z += row[j] * gap[j];
        sum += z * z;
    }
    return sum;
}

double ust_mixture_log_density(const struct ust_mixture *model, const double *x,
                               double *posterior)
{
    double term[UST_CLUSTERS_MAX], largest = -(double)INFINITY, sum = 0.0;
    for (uint32_t c = 0; c < model->clusters; c++) {
        term[c] = model->log_tops[c] - 0.5 * ust_mixture_distance2(model, c, x);
        largest = term[c] > largest ? term[c] : largest;
    }
    for (uint32_t c = 0; c < model->clusters; c++) {
        term[c] = term[c] - largest < LOST ? 0.0 : ust_exp(term[c] - largest);
        sum += term[c];
    }
    for (uint32_t c = 0; c < model->clusters && posterior != NULL; c++)
        posterior[c] = term[c] / sum;
    return largest + ust_log(sum);
}
