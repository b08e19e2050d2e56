/* k-means++ (Arthur and Vassilvitskii 2007): each further centre is a point drawn with a chance
 * in proportion to its squared distance from the centres so far. */
#include "analysis/cluster/kmeans.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/kernel.h"

/* 2 + ln k candidates, k at most UST_CLUSTERS_MAX. */
#define CANDIDATES_MAX 8

struct seeding {
    const struct ust_points *points;
    unsigned threads;
    size_t chunks;
    double *near2;     /* of each point, to the nearest centre so far */
    double *part;      /* sum of near2 in each chunk */
    double *potential; /* chunks * CANDIDATES_MAX */
    struct ust_packed candidates;
    const double *newest;
};

static void move_nearer(void *context, const struct ust_chunk *chunk)
{
    struct seeding *s = context;
    double sum = 0.0;
    for (size_t i = chunk->first; i < chunk->end; i++) {
        double d2 = ust_distance2(ust_point(s->points, i), s->newest, s->points->d);
        if (d2 < s->near2[i])
            s->near2[i] = d2;
        sum += s->near2[i];
    }
    s->part[chunk->number] = sum;
}

static void try_candidates(void *context, const struct ust_chunk *chunk)
{
    struct seeding *s = context;
    ust_kernel_potential(&s->candidates, ust_point(s->points, chunk->first),
                         s->near2 + chunk->first, chunk->end - chunk->first,
                         s->potential + chunk->number * CANDIDATES_MAX);
}

/* The point at which the running sum of near2 passes `target`. Rounding may carry the target
 * past the end; the answer is then still a point that is no centre yet. */
static size_t point_at(const struct seeding *s, double target)
{
    size_t chunk = 0;
    for (size_t c = 0; c < s->chunks; c++) {
        if (s->part[c] <= 0.0)
            continue;
        chunk = c;
        if (target < s->part[c])
            break;
        target -= s->part[c];
    }
    size_t point = chunk * UST_CHUNK;
    size_t end = chunk + 1 == s->chunks ? s->points->n : point + UST_CHUNK;
    for (size_t i = point; i < end; i++) {
        if (s->near2[i] <= 0.0)
            continue;
        point = i;
        if (target < s->near2[i])
            break;
        target -= s->near2[i];
    }
    return point;
}

/* Of several candidates the one that leaves the least; the first on a tie. */
static size_t best_candidate(struct seeding *s, const size_t *candidate, uint32_t n)
{
    uint32_t d = s->points->d;
    double at[CANDIDATES_MAX * UST_FEATURES_MAX] = {0};
    for (uint32_t c = 0; c < n; c++)
        memcpy(at + (size_t)c * d, ust_point(s->points, candidate[c]), d * sizeof *at);
    ust_packed_set(&s->candidates, at);
    ust_chunks_run(s->points->n, UST_CHUNK, s->threads, try_candidates, s);
    uint32_t best = 0;
    double least = (double)INFINITY;
    for (uint32_t c = 0; c < n; c++) {
        double sum = 0.0;
        for (size_t chunk = 0; chunk < s->chunks; chunk++)
            sum += s->potential[chunk * CANDIDATES_MAX + c];
        if (sum < least) {
            least = sum;
            best = c;
        }
    }
    return candidate[best];
}

static enum ust_cluster_status draw(struct seeding *s, uint32_t k, uint32_t tries,
                                    struct ust_rng *rng, double *centres)
{
    uint32_t d = s->points->d;
    size_t chosen = ust_rng_below(rng, (uint32_t)s->points->n);
    for (uint32_t c = 0;; c++) {
        memcpy(centres + (size_t)c * d, ust_point(s->points, chosen), d * sizeof *centres);
        if (c + 1 == k)
            return UST_CLUSTER_OK;
        s->newest = centres + (size_t)c * d;
        ust_chunks_run(s->points->n, UST_CHUNK, s->threads, move_nearer, s);
        double total = ust_chunks_sum(s->part, s->chunks);
        if (!(total > 0.0))
            return UST_CLUSTER_TOO_FEW; /* every point is a centre already */
        size_t candidate[CANDIDATES_MAX];
        for (uint32_t i = 0; i < tries; i++)
            candidate[i] = point_at(s, ust_rng_unit(rng) * total);
        chosen = tries == 1 ? candidate[0] : best_candidate(s, candidate, tries);
    }
}

enum ust_cluster_status ust_kmeans_seed(const struct ust_points *points, uint32_t k,
                                        enum ust_kmeans_seeding seeding, struct ust_rng *rng,
                                        unsigned threads, double *centres)
{
    if (k > points->n)
        return UST_CLUSTER_TOO_FEW;
    uint32_t tries = seeding == UST_KMEANS_PLAIN ? 1 : 2 + (uint32_t)ust_log(k);
    struct ust_arena *arena = ust_arena_new();
    struct seeding s = {.points = points, .threads = threads};
    s.chunks = ust_chunks_of(points->n, UST_CHUNK);
    s.near2 = ust_arena_alloc(arena, double, points->n);
    s.part = ust_arena_alloc(arena, double, s.chunks);
    s.potential = ust_arena_alloc(arena, double, s.chunks *CANDIDATES_MAX);
    s.candidates = ust_packed_new(arena, tries, points->d);
    for (size_t i = 0; i < points->n; i++)
        s.near2[i] = (double)INFINITY;
    enum ust_cluster_status status = draw(&s, k, tries, rng, centres);
    ust_arena_free(arena);
    return status;
}
