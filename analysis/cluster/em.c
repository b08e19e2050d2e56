/* Expectation and maximisation of a Gaussian mixture. */
#include <math.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/mixture.h"
#include "sim/base/detmath.h"
#include "sim/base/hash.h"
#include "sim/rand/rng.h"

/* Each chunk keeps sums of its own, so there are at most this many of them. */
#define CHUNKS_MAX 64

/* What vanishing clusters are divided by, instead of zero. */
#define COUNT_MIN 1e-15

/* Sums of one cluster over a chunk: its share of the points, of their distances to the mean as
 * it was, and of the products of these (the lower
 * triangle; without correlations, only the squares). */
struct em {
    const struct ust_points *points;
    const struct ust_mixture_options *options;
    uint32_t k, d;
    size_t chunk, chunks, stride; /* points a chunk; doubles a chunk */
    double floor;
    struct ust_mixture model, best;
    const uint32_t *given; /* labels to begin with; NULL: posteriors of the model */
    uint32_t *labels;      /* NULL: not wanted */
    double *sums;          /* chunks * stride */
    double *likelihood;    /* of a chunk */
};

static size_t cells_of(uint32_t d)
{
    return 1 + d + (size_t)d * (d + 1) / 2;
}

static bool has_correlations(const struct em *em)
{
    return em->options->shape == UST_MIXTURE_FULL || em->options->shape == UST_MIXTURE_TIED;
}

static void add_share(const struct em *em, double *sums, uint32_t c, double share,
                      const double *x)
{
    const double *mean = em->model.means + (size_t)c * em->d;
    double *first = sums + c * cells_of(em->d) + 1, *second = first + em->d;
    double gap[UST_FEATURES_MAX];
    bool whole = has_correlations(em);
    first[-1] += share;
    for (uint32_t i = 0; i < em->d; i++) {
        gap[i] = x[i] - mean[i];
        double part = share * gap[i];
        first[i] += part;
        if (whole)
            for (uint32_t j = 0; j <= i; j++)
                *second++ += part * gap[j];
        else
            second[i] += part * gap[i];
    }
}

static void expect_chunk(void *context, const struct ust_chunk *chunk)
{
    struct em *em = context;
    double *sums = em->sums + chunk->number * em->stride, likelihood = 0.0;
    double posterior[UST_CLUSTERS_MAX];
    memset(sums, 0, em->stride * sizeof *sums);
    for (size_t i = chunk->first; i < chunk->end; i++) {
        const double *x = ust_point(em->points, i);
        if (em->given != NULL) {
            add_share(em, sums, em->given[i], 1.0, x);
            continue;
        }
        likelihood += ust_mixture_log_density(&em->model, x, posterior);
        for (uint32_t c = 0; c < em->k; c++)
            if (posterior[c] > 0.0)
                add_share(em, sums, c, posterior[c], x);
    }
    em->likelihood[chunk->number] = likelihood;
}

/* Adds all chunks to the first one, in order. Returns the log likelihood. */
static double expect(struct em *em)
{
    ust_chunks_run(em->points->n, em->chunk, em->options->threads, expect_chunk, em);
    for (size_t chunk = 1; chunk < em->chunks; chunk++)
        for (size_t i = 0; i < em->stride; i++)
            em->sums[i] += em->sums[chunk * em->stride + i];
    return ust_chunks_sum(em->likelihood, em->chunks);
}

/* ---- maximisation ---- */

/* The sums are about the old mean; about the new one, products lose those of the step. */
static void set_covariance(const struct em *em, uint32_t c, const double *step, double count)
{
    uint32_t d = em->d;
    const double *second = em->sums + c * cells_of(d) + 1 + d;
    double *covariance = em->model.covariances + (size_t)c * d * d;
    bool whole = has_correlations(em);
    for (uint32_t i = 0; i < d; i++) {
        if (whole) {
            for (uint32_t j = 0; j <= i; j++, second++)
                covariance[(size_t)i * d + j] = covariance[(size_t)j * d + i] =
                    *second / count - step[i] * step[j];
        } else {
            covariance[(size_t)i * d + i] = second[i] / count - step[i] * step[i];
        }
        covariance[(size_t)i * d + i] += em->floor;
    }
}

static void tie(struct em *em)
{
    size_t cells = (size_t)em->d * em->d;
    double *all = em->model.covariances;
    for (size_t i = 0; i < cells; i++) {
        double sum = 0.0;
        for (uint32_t c = 0; c < em->k; c++)
            sum += em->model.weights[c] * all[c * cells + i];
        all[i] = sum;
    }
    for (uint32_t c = 1; c < em->k; c++)
        memcpy(all + c * cells, all, cells * sizeof *all);
}

static void make_spherical(struct em *em)
{
    for (uint32_t c = 0; c < em->k; c++) {
        double *covariance = em->model.covariances + (size_t)c * em->d * em->d, sum = 0.0;
        for (uint32_t i = 0; i < em->d; i++)
            sum += covariance[(size_t)i * em->d + i];
        for (uint32_t i = 0; i < em->d; i++)
            covariance[(size_t)i * em->d + i] = sum / em->d;
    }
}

static enum ust_cluster_status maximise(struct em *em)
{
    double step[UST_FEATURES_MAX];
    for (uint32_t c = 0; c < em->k; c++) {
        const double *sums = em->sums + c * cells_of(em->d);
        double count = sums[0] > COUNT_MIN ? sums[0] : COUNT_MIN;
        double *mean = em->model.means + (size_t)c * em->d;
        for (uint32_t i = 0; i < em->d; i++)
            step[i] = sums[1 + i] / count;
        set_covariance(em, c, step, count);
        for (uint32_t i = 0; i < em->d; i++)
            mean[i] += step[i];
        em->model.weights[c] = count / (double)em->points->n;
    }
    if (em->options->shape == UST_MIXTURE_TIED)
        tie(em);
    if (em->options->shape == UST_MIXTURE_SPHERICAL)
        make_spherical(em);
    return ust_mixture_prepare(&em->model);
}

/* ---- a start ---- */

/* Even starts begin with clusters of k-means, odd ones with the nearest of as many seeds, drawn
 * the plain way: greedy ones are nearly the same every time. */
static enum ust_cluster_status begin(struct em *em, uint32_t start, uint32_t *labels)
{
    struct ust_arena *work = ust_arena_new();
    struct ust_kmeans clusters;
    struct ust_kmeans_options options = {.clusters = em->k,
                                         .starts = 1,
                                         .iterations = start % 2 == 0 ? 100 : 1,
                                         .seed = ust_mix64(em->options->seed) + start,
                                         .seeding = start % 2 == 0 ? UST_KMEANS_GREEDY
                                                                   : UST_KMEANS_PLAIN,
                                         .threads = em->options->threads};
    enum ust_cluster_status status = ust_kmeans_fit(em->points, &options, work, &clusters);
    if (status == UST_CLUSTER_OK) {
        memcpy(labels, clusters.labels, em->points->n * sizeof *labels);
        memcpy(em->model.means, clusters.centres,
               (size_t)em->k * em->d * sizeof *em->model.means);
        em->given = labels;
        expect(em);
        em->given = NULL;
        status = maximise(em);
    }
    ust_arena_free(work);
    return status;
}

static enum ust_cluster_status climb(struct em *em, struct ust_mixture_fit *one)
{
    uint32_t most = em->options->iterations ? em->options->iterations : 1000;
    double least = em->options->tolerance > 0.0 ? em->options->tolerance : 1e-7;
    double before = -(double)INFINITY;
    one->converged = false;
    for (one->iterations = 0;; one->iterations++) {
        one->log_likelihood = expect(em); /* of the model as it is now */
        double gain = (one->log_likelihood - before) / (double)em->points->n;
        one->converged = gain < least;
        before = one->log_likelihood;
        if (one->converged || one->iterations == most)
            return isnan(before) ? UST_CLUSTER_SINGULAR : UST_CLUSTER_OK;
        enum ust_cluster_status status = maximise(em);
        if (status != UST_CLUSTER_OK)
            return status;
    }
}

static void copy_model(struct ust_mixture *to, const struct ust_mixture *from)
{
    size_t k = from->clusters, d = from->d;
    memcpy(to->weights, from->weights, k * sizeof(double));
    memcpy(to->means, from->means, k * d * sizeof(double));
    memcpy(to->covariances, from->covariances, k * d * d * sizeof(double));
    memcpy(to->whiteners, from->whiteners, k * d * d * sizeof(double));
    memcpy(to->log_tops, from->log_tops, k * sizeof(double));
}

static enum ust_cluster_status run_starts(struct em *em, struct ust_mixture_fit *out)
{
    uint32_t starts = em->options->starts ? em->options->starts : 4;
    enum ust_cluster_status last = UST_CLUSTER_SINGULAR;
    bool any = false;
    for (uint32_t start = 0; start < starts; start++) {
        struct ust_mixture_fit one = {0};
        last = begin(em, start, out->labels);
        if (last == UST_CLUSTER_OK)
            last = climb(em, &one);
        if (last != UST_CLUSTER_OK && last != UST_CLUSTER_SINGULAR)
            return last;
        if (last != UST_CLUSTER_OK || (any && one.log_likelihood <= out->log_likelihood))
            continue;
        any = true;
        out->log_likelihood = one.log_likelihood;
        out->iterations = one.iterations;
        out->converged = one.converged;
        out->best_start = start;
        copy_model(&out->model, &em->model);
    }
    return any ? UST_CLUSTER_OK : last;
}

static void label_chunk(void *context, const struct ust_chunk *chunk)
{
    const struct em *em = context;
    double posterior[UST_CLUSTERS_MAX];
    for (size_t i = chunk->first; i < chunk->end; i++) {
        uint32_t best = 0;
        ust_mixture_log_density(&em->best, ust_point(em->points, i), posterior);
        for (uint32_t c = 1; c < em->k; c++)
            if (posterior[c] > posterior[best])
                best = c;
        em->labels[i] = best;
    }
}

static enum ust_cluster_status check(const struct ust_points *points,
                                     const struct ust_mixture_options *options)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (options->clusters == 0 || !(options->floor >= 0.0) || !(options->tolerance >= 0.0))
        return UST_CLUSTER_PARAMETER;
    if (options->clusters > UST_CLUSTERS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    return options->clusters > points->n ? UST_CLUSTER_TOO_FEW : UST_CLUSTER_OK;
}

enum ust_cluster_status ust_mixture_fit(const struct ust_points *points,
                                        const struct ust_mixture_options *options,
                                        struct ust_arena *arena, struct ust_mixture_fit *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = check(points, options);
    if (status != UST_CLUSTER_OK)
        return status;
    struct em em = {
        .points = points, .options = options, .k = options->clusters, .d = points->d};
    em.floor = options->floor > 0.0 ? options->floor : 1e-6;
    em.chunk = ust_chunks_of(points->n, CHUNKS_MAX);
    em.chunk = em.chunk < UST_CHUNK ? UST_CHUNK : em.chunk;
    em.chunks = ust_chunks_of(points->n, em.chunk);
    em.stride = em.k * cells_of(em.d);
    struct ust_arena *work = ust_arena_new();
    em.model = ust_mixture_new(em.k, em.d, options->shape, work);
    em.sums = ust_arena_alloc(work, double, em.chunks *em.stride);
    em.likelihood = ust_arena_alloc(work, double, em.chunks);
    out->model = ust_mixture_new(em.k, em.d, options->shape, arena);
    out->labels = ust_arena_alloc(arena, uint32_t, points->n);
    out->sizes = ust_arena_alloc(arena, uint64_t, em.k);
    status = run_starts(&em, out);
    if (status == UST_CLUSTER_OK) {
        em.best = out->model;
        em.labels = out->labels;
        ust_chunks_run(points->n, em.chunk, options->threads, label_chunk, &em);
        for (size_t i = 0; i < points->n; i++)
            out->sizes[out->labels[i]]++;
        out->parameters = ust_mixture_parameters(em.k, em.d, options->shape);
        out->aic = 2.0 * (out->parameters - out->log_likelihood);
        out->bic = out->parameters * ust_log((double)points->n) - 2.0 * out->log_likelihood;
    }
    ust_arena_free(work);
    return status;
}
