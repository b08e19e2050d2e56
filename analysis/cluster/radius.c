#include <math.h>
#include <stdlib.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/dbscan.h"
#include "sim/base/sort.h"
#include "sim/rand/rng.h"

#define SAMPLE_MAX 2000
/* One query is a pass over all points. */
#define QUERIES 8

struct curve {
    const struct ust_points *points;
    uint32_t points_min;
    const size_t *sample;
    double *distance2; /* of each sampled point, to its points_min-th nearest */
};

/* The m least of n, as a heap with the largest on top. */
static void sink(double *heap, uint32_t n, uint32_t at)
{
    for (uint32_t child = 2 * at + 1; child < n; at = child, child = 2 * at + 1) {
        child += child + 1 < n && heap[child + 1] > heap[child];
        if (heap[at] >= heap[child])
            return;
        double top = heap[at];
        heap[at] = heap[child];
        heap[child] = top;
    }
}

static double kth_distance2(const struct curve *c, size_t point, double *heap)
{
    const double *x = ust_point(c->points, point);
    uint32_t m = c->points_min < c->points->n ? c->points_min : (uint32_t)c->points->n;
    for (uint32_t i = 0; i < m; i++)
        heap[i] = (double)INFINITY;
    for (size_t i = 0; i < c->points->n; i++) {
        double d2 = ust_distance2(x, ust_point(c->points, i), c->points->d);
        if (d2 < heap[0]) {
            heap[0] = d2;
            sink(heap, m, 0);
        }
    }
    return heap[0];
}

static void measure(void *context, const struct ust_chunk *chunk)
{
    struct curve *c = context;
    double *heap = ust_malloc(c->points_min * sizeof *heap);
    for (size_t i = chunk->first; i < chunk->end; i++)
        c->distance2[i] = kth_distance2(c, c->sample[i], heap);
    free(heap);
}

/* Where a rising curve is farthest below the line from its first to its last point. */
static double knee(const double *distance, size_t n)
{
    size_t best = n - 1;
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        double along = n > 1 ? (double)i / (double)(n - 1) : 0.0;
        double chord = distance[0] + along * (distance[n - 1] - distance[0]);
        if (chord - distance[i] > most) {
            most = chord - distance[i];
            best = i;
        }
    }
    return distance[best];
}

double ust_dbscan_radius(const struct ust_points *points, uint32_t points_min,
                         size_t sample_max, uint64_t seed, unsigned threads)
{
    struct ust_arena *work = ust_arena_new();
    struct ust_rng rng = ust_rng_derive(seed, 0, "cluster/dbscan/radius");
    size_t most = sample_max ? sample_max : SAMPLE_MAX, n = points->n, taken = 0;
    size_t wanted = n < most ? n : most, *sample = ust_arena_alloc(work, size_t, wanted);
    for (size_t i = 0; i < n && taken < wanted; i++)
        if (ust_rng_below(&rng, (uint32_t)(n - i)) < wanted - taken)
            sample[taken++] = i;
    double *distance = ust_arena_alloc(work, double, wanted);
    struct curve curve = {points, points_min, sample, distance};
    ust_chunks_run(wanted, QUERIES, threads, measure, &curve);
    qsort(distance, wanted, sizeof *distance, ust_ascending);
    for (size_t i = 0; i < wanted; i++)
        distance[i] = sqrt(distance[i]);
    double radius = knee(distance, wanted);
    ust_arena_free(work);
    return radius;
}
