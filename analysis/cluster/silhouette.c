#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/measure.h"
#include "sim/base/arena.h"
#include "sim/rand/rng.h"

#define SAMPLE_MAX 5000

/* A chunk is a row of the distance matrix times this: quadratic work wants short chunks. */
#define ROWS 64

struct table {
    struct ust_points points; /* the measured ones, copied side by side */
    const uint32_t *labels;
    const uint64_t *size;
    uint32_t k;
    double *value;
};

static double silhouette_of(const struct table *t, size_t i, double *sum)
{
    const double *x = ust_point(&t->points, i);
    uint32_t own = t->labels[i];
    memset(sum, 0, t->k * sizeof *sum);
    for (size_t other = 0; other < t->points.n; other++)
        sum[t->labels[other]] +=
            sqrt(ust_distance2(x, ust_point(&t->points, other), t->points.d));
    if (t->size[own] < 2)
        return 0.0;
    double a = sum[own] / (double)(t->size[own] - 1), b = (double)INFINITY;
    for (uint32_t c = 0; c < t->k; c++)
        if (c != own && t->size[c] > 0)
            b = fmin(b, sum[c] / (double)t->size[c]);
    double larger = fmax(a, b);
    return isinf(b) ? (double)NAN : larger > 0.0 ? (b - a) / larger : 0.0;
}

static void measure_rows(void *context, const struct ust_chunk *chunk)
{
    struct table *t = context;
    double *sum = ust_malloc((t->k + 1) * sizeof *sum);
    for (size_t i = chunk->first; i < chunk->end; i++)
        t->value[i] = silhouette_of(t, i, sum);
    free(sum);
}

/* Each of n in turn is taken with the chance that the sample is still to be filled from here
 * (Fan, Muller and Rezucha 1962): uniform, without replacement, ascending. */
static size_t draw_sample(const uint32_t *labels, size_t n, size_t usable, size_t wanted,
                          uint64_t seed, size_t *point)
{
    struct ust_rng rng = ust_rng_derive(seed, 0, "cluster/silhouette/sample");
    size_t taken = 0, left = usable;
    for (size_t i = 0; i < n && taken < wanted; i++) {
        if (labels[i] == UST_NOISE)
            continue;
        if (wanted - taken >= left || ust_rng_below(&rng, (uint32_t)left) < wanted - taken)
            point[taken++] = i;
        left--;
    }
    return taken;
}

static void gather(const struct ust_points *points, const uint32_t *dense,
                   const struct ust_silhouette *out, struct table *t, double *x, uint64_t *size)
{
    for (size_t i = 0; i < out->measured; i++) {
        memcpy(x + i * points->d, ust_point(points, out->point[i]), points->d * sizeof *x);
        out->labels[i] = dense[out->point[i]];
        size[out->labels[i]]++;
    }
    t->points = (struct ust_points){x, out->measured, points->d};
}

static void add_means(struct ust_silhouette *out, const uint64_t *size)
{
    out->mean = 0.0;
    for (size_t i = 0; i < out->measured; i++) {
        out->mean += out->value[i] / (double)out->measured;
        out->cluster_mean[out->labels[i]] += out->value[i];
    }
    for (uint32_t c = 0; c < out->clusters; c++)
        out->cluster_mean[c] = size[c] ? out->cluster_mean[c] / (double)size[c] : (double)NAN;
    if (out->measured == 0)
        out->mean = (double)NAN;
}

enum ust_cluster_status ust_silhouette(const struct ust_points *points, const uint32_t *labels,
                                       size_t sample_max, uint64_t seed, unsigned threads,
                                       struct ust_arena *arena, struct ust_silhouette *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    struct ust_arena *work = ust_arena_new();
    uint32_t *dense = ust_arena_alloc(work, uint32_t, points->n);
    size_t usable = 0, wanted = sample_max ? sample_max : SAMPLE_MAX;
    out->clusters = ust_labels_dense(labels, points->n, dense);
    for (size_t i = 0; i < points->n; i++)
        usable += labels[i] != UST_NOISE;
    wanted = usable < wanted ? usable : wanted;
    out->point = ust_arena_alloc(arena, size_t, wanted);
    out->value = ust_arena_alloc(arena, double, wanted);
    out->labels = ust_arena_alloc(arena, uint32_t, wanted);
    out->cluster_mean = ust_arena_alloc(arena, double, out->clusters);
    out->measured = draw_sample(labels, points->n, usable, wanted, seed, out->point);
    uint64_t *size = ust_arena_alloc(work, uint64_t, out->clusters);
    struct table t = {
        .labels = out->labels, .size = size, .k = out->clusters, .value = out->value};
    gather(points, dense, out, &t, ust_arena_alloc(work, double, wanted * points->d), size);
    ust_chunks_run(out->measured, ROWS, threads, measure_rows, &t);
    add_means(out, size);
    ust_arena_free(work);
    return UST_CLUSTER_OK;
}
