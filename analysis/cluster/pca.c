#include "analysis/cluster/pca.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

/* Two passes: mean first, so that no digits are lost to it. */
static void covariance_of(const struct ust_points *points, double *mean, double *covariance)
{
    uint32_t d = points->d;
    double gap[UST_FEATURES_MAX];
    for (size_t i = 0; i < points->n; i++)
        for (uint32_t j = 0; j < d; j++)
            mean[j] += (ust_point(points, i)[j] - mean[j]) / (double)(i + 1);
    for (size_t i = 0; i < points->n; i++) {
        for (uint32_t j = 0; j < d; j++) {
            gap[j] = ust_point(points, i)[j] - mean[j];
            for (uint32_t l = 0; l <= j; l++)
                covariance[(size_t)j * d + l] += gap[j] * gap[l];
        }
    }
    for (uint32_t j = 0; j < d; j++)
        for (uint32_t l = 0; l <= j; l++)
            covariance[(size_t)l * d + j] = covariance[(size_t)j * d + l] /= (double)points->n;
}

static void copy_axis(const gsl_matrix *vectors, uint32_t part, uint32_t d, double *axis)
{
    uint32_t largest = 0;
    for (uint32_t j = 0; j < d; j++) {
        axis[j] = gsl_matrix_get(vectors, j, part);
        if (fabs(axis[j]) > fabs(axis[largest]) * (1.0 + 1e-12))
            largest = j;
    }
    double sign = axis[largest] < 0.0 ? -1.0 : 1.0;
    for (uint32_t j = 0; j < d; j++)
        axis[j] *= sign;
}

enum ust_cluster_status ust_pca_fit(const struct ust_points *points, uint32_t parts,
                                    struct ust_arena *arena, struct ust_pca *out)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (parts > points->d)
        return UST_CLUSTER_PARAMETER;
    uint32_t d = points->d;
    *out = (struct ust_pca){.d = d, .parts = parts ? parts : d};
    out->mean = ust_arena_alloc(arena, double, d);
    out->axes = ust_arena_alloc(arena, double, (size_t)out->parts *d);
    out->variance = ust_arena_alloc(arena, double, out->parts);
    out->share = ust_arena_alloc(arena, double, out->parts);
    struct ust_arena *work = ust_arena_new();
    double *matrix = ust_arena_alloc(work, double, (size_t)d *d * 2 + 2 * d);
    covariance_of(points, out->mean, matrix);
    gsl_matrix_view left = gsl_matrix_view_array(matrix, d, d);
    gsl_matrix_view right = gsl_matrix_view_array(matrix + (size_t)d * d, d, d);
    gsl_vector_view values = gsl_vector_view_array(matrix + (size_t)d * d * 2, d);
    gsl_vector_view room = gsl_vector_view_array(matrix + (size_t)d * d * 2 + d, d);
    gsl_set_error_handler_off();
    if (gsl_linalg_SV_decomp(&left.matrix, &right.matrix, &values.vector, &room.vector) !=
        GSL_SUCCESS)
        status = UST_CLUSTER_SINGULAR;
    double whole = 0.0;
    for (uint32_t j = 0; j < d; j++)
        whole += gsl_vector_get(&values.vector, j);
    for (uint32_t p = 0; p < out->parts && status == UST_CLUSTER_OK; p++) {
        out->variance[p] = gsl_vector_get(&values.vector, p);
        out->share[p] = whole > 0.0 ? out->variance[p] / whole : 0.0;
        copy_axis(&right.matrix, p, d, out->axes + (size_t)p * d);
    }
    ust_arena_free(work);
    return status;
}

void ust_pca_project(const struct ust_pca *pca, const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        for (uint32_t p = 0; p < pca->parts; p++) {
            double sum = 0.0;
            for (uint32_t j = 0; j < pca->d; j++)
                sum += (x[i * pca->d + j] - pca->mean[j]) * pca->axes[(size_t)p * pca->d + j];
            out[i * pca->parts + p] = sum;
        }
    }
}
