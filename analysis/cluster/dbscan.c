#include "analysis/cluster/dbscan.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/kdtree.h"

/* A query costs about a thousand times what a step of k-means does. */
#define QUERIES 512

struct scan {
    struct ust_kdtree tree;
    double radius2;
    uint32_t points_min;
    bool *core, *closed; /* of a place in the tree */
    uint32_t *queue;     /* places */
};

static void find_cores(void *context, const struct ust_chunk *chunk)
{
    struct scan *s = context;
    for (size_t i = chunk->first; i < chunk->end; i++)
        s->core[i] = ust_kdtree_count(&s->tree, s->tree.x + i * s->tree.d, s->radius2,
                                      s->points_min) >= s->points_min;
}

/* All that can be reached from a core point, itself included. */
static uint64_t grow(struct scan *s, uint32_t place, uint32_t cluster, uint32_t *labels)
{
    size_t head = 0, tail = ust_kdtree_close(&s->tree, s->tree.x + (size_t)place * s->tree.d,
                                             s->radius2, s->closed, s->queue);
    for (; head < tail; head++) {
        uint32_t at = s->queue[head];
        labels[s->tree.point[at]] = cluster;
        if (s->core[at])
            tail += ust_kdtree_close(&s->tree, s->tree.x + (size_t)at * s->tree.d, s->radius2,
                                     s->closed, s->queue + tail);
    }
    return tail;
}

enum ust_cluster_status ust_dbscan_fit(const struct ust_points *points,
                                       const struct ust_dbscan_options *options,
                                       struct ust_arena *arena, struct ust_dbscan *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (!(options->radius > 0.0) || isinf(options->radius) || options->points_min == 0)
        return UST_CLUSTER_PARAMETER;
    size_t n = points->n;
    struct ust_arena *work = ust_arena_new();
    struct scan s = {.tree = ust_kdtree_new(points, work),
                     .radius2 = options->radius * options->radius,
                     .points_min = options->points_min};
    s.core = ust_arena_alloc(work, bool, n);
    s.closed = ust_arena_alloc(work, bool, n);
    s.queue = ust_arena_alloc(work, uint32_t, n);
    uint64_t *sizes = ust_arena_alloc(work, uint64_t, n);
    out->labels = ust_arena_alloc(arena, uint32_t, n);
    out->core = ust_arena_alloc(arena, bool, n);
    out->noise = n;
    ust_chunks_run(n, QUERIES, options->threads, find_cores, &s);
    for (size_t i = 0; i < n; i++) {
        out->labels[i] = UST_NOISE;
        out->core[i] = s.core[s.tree.place[i]];
        out->cores += out->core[i];
    }
    for (size_t i = 0; i < n; i++) {
        if (!out->core[i] || out->labels[i] != UST_NOISE)
            continue;
        sizes[out->clusters] = grow(&s, s.tree.place[i], out->clusters, out->labels);
        out->noise -= sizes[out->clusters++];
    }
    out->sizes = ust_arena_alloc(arena, uint64_t, out->clusters);
    memcpy(out->sizes, sizes, out->clusters * sizeof *sizes);
    ust_arena_free(work);
    return UST_CLUSTER_OK;
}
