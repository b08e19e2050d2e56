#include "analysis/cluster/classify.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/chunks.h"

double ust_shrinkage(const double *centred, size_t n, uint32_t d, const double *covariance)
{
    double mean = 0.0, far = 0.0, noise = 0.0;
    for (uint32_t j = 0; j < d; j++)
        mean += covariance[(size_t)j * d + j] / d;
    for (uint32_t j = 0; j < d; j++) {
        for (uint32_t l = 0; l < d; l++) {
            double gap = covariance[(size_t)j * d + l] - (j == l ? mean : 0.0);
            far += gap * gap;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const double *x = centred + i * d;
        for (uint32_t j = 0; j < d; j++) {
            for (uint32_t l = 0; l < d; l++) {
                double gap = x[j] * x[l] - covariance[(size_t)j * d + l];
                noise += gap * gap;
            }
        }
    }
    noise /= (double)n * (double)n;
    return far > 0.0 ? fmin(noise / far, 1.0) : 0.0;
}

struct lesson {
    const struct ust_points *points;
    const uint32_t *labels;
    struct ust_mixture *model;
    const uint64_t *sizes;
    bool shrink;
    double floor;
};

static void learn_covariance(const struct lesson *it, uint32_t cluster, double *centred)
{
    uint32_t d = it->points->d;
    size_t n = 0;
    const double *mean = it->model->means + (size_t)cluster * d;
    double *covariance = it->model->covariances + (size_t)cluster * d * d;
    for (size_t i = 0; i < it->points->n; i++) {
        if (it->labels[i] != cluster)
            continue;
        double *x = centred + n++ * d;
        for (uint32_t j = 0; j < d; j++)
            x[j] = ust_point(it->points, i)[j] - mean[j];
        for (uint32_t j = 0; j < d; j++)
            for (uint32_t l = 0; l < d; l++)
                covariance[(size_t)j * d + l] += x[j] * x[l];
    }
    for (uint32_t i = 0; i < d * d; i++)
        covariance[i] /= (double)n;
    double share = it->shrink ? ust_shrinkage(centred, n, d, covariance) : 0.0, sphere = 0.0;
    double unbiased = n > 1 ? (double)n / (double)(n - 1) : 1.0;
    for (uint32_t j = 0; j < d; j++)
        sphere += covariance[(size_t)j * d + j] / d;
    for (uint32_t i = 0; i < d * d; i++) {
        bool diagonal = i % (d + 1) == 0;
        covariance[i] =
            unbiased * ((1.0 - share) * covariance[i] + (diagonal ? share * sphere : 0.0)) +
            (diagonal ? it->floor : 0.0);
    }
}

/* A cluster a chunk: they do not share anything. */
static void learn_chunk(void *context, const struct ust_chunk *chunk)
{
    const struct lesson *it = context;
    for (size_t c = chunk->first; c < chunk->end; c++) {
        double *centred = ust_malloc((it->sizes[c] + 1) * it->points->d * sizeof *centred);
        learn_covariance(it, (uint32_t)c, centred);
        free(centred);
    }
}

static enum ust_cluster_status learn_means(const struct lesson *it, uint64_t *sizes)
{
    struct ust_mixture *model = it->model;
    double all = 0.0;
    for (size_t i = 0; i < it->points->n; i++) {
        if (it->labels[i] == UST_NOISE)
            continue;
        if (it->labels[i] >= model->clusters)
            return UST_CLUSTER_PARAMETER;
        double *mean = model->means + (size_t)it->labels[i] * model->d;
        double count = (double)++sizes[it->labels[i]];
        all += 1.0;
        for (uint32_t j = 0; j < model->d; j++)
            mean[j] += (ust_point(it->points, i)[j] - mean[j]) / count;
    }
    for (uint32_t c = 0; c < model->clusters; c++) {
        if (sizes[c] == 0)
            return UST_CLUSTER_TOO_FEW;
        model->weights[c] = (double)sizes[c] / all;
    }
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_classifier_learn(const struct ust_points *points,
                                             const uint32_t *labels, uint32_t clusters,
                                             bool shrink, double floor, unsigned threads,
                                             struct ust_arena *arena, struct ust_mixture *out)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (clusters == 0 || !(floor >= 0.0))
        return UST_CLUSTER_PARAMETER;
    if (clusters > UST_CLUSTERS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    *out = ust_mixture_new(clusters, points->d, UST_MIXTURE_FULL, arena);
    struct ust_arena *work = ust_arena_new();
    uint64_t *sizes = ust_arena_alloc(work, uint64_t, clusters);
    struct lesson it = {points, labels, out, sizes, shrink, floor};
    status = learn_means(&it, sizes);
    if (status == UST_CLUSTER_OK) {
        ust_chunks_run(clusters, 1, threads, learn_chunk, &it);
        status = ust_mixture_prepare(out);
    }
    ust_arena_free(work);
    return status;
}

double ust_class_gate(uint32_t d, double level)
{
    return gsl_cdf_chisq_Pinv(level, d);
}

struct ust_class ust_classify(const struct ust_mixture *model, const double *x, double level,
                              double *posterior)
{
    double own[UST_CLUSTERS_MAX], *part = posterior != NULL ? posterior : own;
    struct ust_class class = {.distance2 = (double)INFINITY};
    ust_mixture_log_density(model, x, part);
    for (uint32_t c = 0; c < model->clusters; c++) {
        double distance2 = ust_mixture_distance2(model, c, x);
        if (part[c] > part[class.likeliest])
            class.likeliest = c;
        if (distance2 < class.distance2) {
            class.distance2 = distance2;
            class.nearest = c;
        }
    }
    class.posterior = part[class.likeliest];
    class.p = gsl_cdf_chisq_Q(class.distance2, model->d);
    class.cluster = class.p < 1.0 - level ? UST_NOISE : class.likeliest;
    return class;
}

uint32_t ust_class_reasons(const struct ust_mixture *model, uint32_t cluster, const double *x,
                           double *deviations)
{
    uint32_t d = model->d, largest = 0;
    const double *covariance = model->covariances + (size_t)cluster * d * d;
    for (uint32_t j = 0; j < d; j++) {
        deviations[j] = (x[j] - model->means[(size_t)cluster * d + j]) /
                        sqrt(covariance[(size_t)j * d + j]);
        if (fabs(deviations[j]) > fabs(deviations[largest]))
            largest = j;
    }
    return largest;
}
