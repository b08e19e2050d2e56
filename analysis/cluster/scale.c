#include "analysis/cluster/scale.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/detmath.h"
#include "sim/base/sort.h"

/* 1 / (2 * 0.6744897501960817), the quartile of the normal law. */
#define IQR_TO_DEVIATION 0.7413011092528009

/* Column j as it is after logarithms; false where one is impossible. */
static bool column(const struct ust_points *points, uint32_t j, bool log, double *out)
{
    for (size_t i = 0; i < points->n; i++) {
        double x = ust_point(points, i)[j];
        if (log && x < 0.0)
            return false;
        out[i] = log ? ust_log1p(x) : x;
    }
    return true;
}

static double deviation(const double *x, size_t n, double *mean)
{
    double squares = 0.0;
    *mean = 0.0;
    for (size_t i = 0; i < n; i++) {
        double step = x[i] - *mean;
        *mean += step / (double)(i + 1);
        squares += step * (x[i] - *mean);
    }
    return sqrt(squares / (double)n);
}

static void measure(enum ust_scale_kind kind, double *x, size_t n,
                    struct ust_scaled_feature *feature)
{
    feature->centre = 0.0;
    feature->spread = 1.0;
    if (kind == UST_SCALE_NONE || feature->how == UST_SCALE_AS_IS)
        return;
    kind = feature->how == UST_SCALE_TOGETHER ? UST_SCALE_Z : kind;
    qsort(x, n, sizeof *x, ust_ascending);
    double spread = deviation(x, n, &feature->centre);
    if (kind == UST_SCALE_ROBUST) {
        double low = gsl_stats_quantile_from_sorted_data(x, 1, n, 0.25);
        double high = gsl_stats_quantile_from_sorted_data(x, 1, n, 0.75);
        feature->centre = gsl_stats_quantile_from_sorted_data(x, 1, n, 0.5);
        spread = high > low ? (high - low) * IQR_TO_DEVIATION : spread;
    }
    /* Sorted, a constant is told from a spread that is only rounding. */
    if (x[0] == x[n - 1])
        feature->centre = x[0];
    else if (spread > 0.0)
        feature->spread = spread;
}

static void join_spreads(struct ust_scaling *scaling)
{
    double most = 0.0;
    for (uint32_t j = 0; j < scaling->d; j++)
        if (scaling->feature[j].how == UST_SCALE_TOGETHER)
            most = fmax(most, scaling->feature[j].spread);
    for (uint32_t j = 0; j < scaling->d; j++)
        if (scaling->feature[j].how == UST_SCALE_TOGETHER)
            scaling->feature[j].spread = most;
}

enum ust_cluster_status ust_scaling_fit(const struct ust_points *points,
                                        enum ust_scale_kind kind, const enum ust_scale_how *how,
                                        struct ust_arena *arena, struct ust_scaling *out)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    double *x = ust_malloc(points->n * sizeof *x);
    *out = (struct ust_scaling){kind, points->d, NULL};
    out->feature = ust_arena_alloc(arena, struct ust_scaled_feature, points->d);
    for (uint32_t j = 0; j < points->d && status == UST_CLUSTER_OK; j++) {
        out->feature[j].how = how != NULL ? how[j] : UST_SCALE_ALONE;
        if (!column(points, j, out->feature[j].how == UST_SCALE_LOG, x))
            status = UST_CLUSTER_PARAMETER;
        else
            measure(kind, x, points->n, &out->feature[j]);
    }
    join_spreads(out);
    free(x);
    return status;
}

void ust_scaling_apply(const struct ust_scaling *scaling, const double *x, size_t n,
                       double *out)
{
    for (size_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < scaling->d; j++) {
            const struct ust_scaled_feature *feature = &scaling->feature[j];
            double value = x[i * scaling->d + j];
            if (feature->how == UST_SCALE_LOG)
                value = value > 0.0 ? ust_log1p(value) : 0.0;
            out[i * scaling->d + j] = (value - feature->centre) / feature->spread;
        }
    }
}

void ust_scaling_undo(const struct ust_scaling *scaling, const double *x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < scaling->d; j++) {
            const struct ust_scaled_feature *feature = &scaling->feature[j];
            double value = x[i * scaling->d + j] * feature->spread + feature->centre;
            out[i * scaling->d + j] = feature->how == UST_SCALE_LOG ? ust_expm1(value) : value;
        }
    }
}

void ust_scaling_state(const struct ust_scaling *scaling, uint32_t feature,
                       struct ust_text *out)
{
    const struct ust_scaled_feature *it = &scaling->feature[feature];
    ust_text_add(out, it->how == UST_SCALE_LOG ? "log(1 + x)" : "x");
    if (scaling->kind == UST_SCALE_NONE || it->how == UST_SCALE_AS_IS)
        return;
    bool together = it->how == UST_SCALE_TOGETHER;
    bool robust = scaling->kind == UST_SCALE_ROBUST && !together;
    ust_text_printf(out, ", %s %.6g, %s %.6g", robust ? "median" : "mean", it->centre,
                    robust     ? "0.7413 IQR"
                    : together ? "largest standard deviation of the shares"
                               : "standard deviation",
                    it->spread);
}
