#include "analysis/cluster/confidence.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "sim/base/detmath.h"
#include "sim/rand/rng.h"

#define DISSOLVED 0.5

static double part(double value)
{
    return value > 0.0 ? fmin(value, 1.0) : 0.0; /* NAN: 0 */
}

struct ust_confidence ust_confidence_of(uint64_t n, double stability, double silhouette,
                                        double age, double half_life, double size_half)
{
    double half = size_half > 0.0 ? size_half : UST_CONFIDENCE_SIZE_HALF;
    struct ust_confidence it = {
        .size = (double)n / ((double)n + half),
        .stability = part(stability),
        .separation = isnan(silhouette) ? 0.0 : part((1.0 + silhouette) / 2.0),
        .age = half_life > 0.0 && age > 0.0 ? ust_pow(2.0, -age / half_life) : 1.0,
    };
    it.value = it.size * it.stability * it.separation * it.age;
    return it;
}

/* ---- stability ---- */

struct draw {
    const struct ust_points *points;
    const uint32_t *labels;
    uint32_t clusters;
    size_t n;
    double *x;       /* the drawn points, side by side */
    size_t *which;   /* of each: its index */
    uint32_t *found; /* of each: its new label */
    uint32_t *stamp; /* of each point: the sample in which it was counted last */
    uint64_t *both;  /* clusters * n: shared points */
    uint64_t *before, *after;
};

static void draw_points(struct draw *d, struct ust_rng *rng)
{
    for (size_t i = 0; i < d->n; i++) {
        d->which[i] = ust_rng_below(rng, (uint32_t)d->points->n);
        memcpy(d->x + i * d->points->d, ust_point(d->points, d->which[i]),
               d->points->d * sizeof *d->x);
    }
}

/* Counts, over distinct drawn points, old clusters against new ones. */
static void count_shared(struct draw *d, uint32_t sample, uint32_t found)
{
    memset(d->both, 0, (size_t)d->clusters * found * sizeof *d->both);
    memset(d->before, 0, d->clusters * sizeof *d->before);
    memset(d->after, 0, found * sizeof *d->after);
    for (size_t i = 0; i < d->n; i++) {
        if (d->stamp[d->which[i]] == sample)
            continue;
        d->stamp[d->which[i]] = sample;
        uint32_t old = d->labels[d->which[i]], new = d->found[i];
        if (old != UST_NOISE)
            d->before[old]++;
        if (new != UST_NOISE)
            d->after[new]++;
        if (old != UST_NOISE && new != UST_NOISE)
            d->both[(size_t)old * found + new]++;
    }
}

static double best_match(const struct draw *d, uint32_t cluster, uint32_t found)
{
    double best = 0.0;
    for (uint32_t c = 0; c < found; c++) {
        uint64_t both = d->both[(size_t)cluster * found + c];
        uint64_t either = d->before[cluster] + d->after[c] - both;
        best = either > 0 ? fmax(best, (double)both / (double)either) : best;
    }
    return best;
}

static void add_sample(struct draw *d, uint32_t sample, uint32_t found,
                       struct ust_stability *out, uint32_t *seen)
{
    count_shared(d, sample, found);
    for (uint32_t c = 0; c < d->clusters; c++) {
        if (d->before[c] == 0)
            continue;
        double jaccard = best_match(d, c, found);
        seen[c]++;
        out->jaccard[c] += jaccard;
        out->dissolved[c] += jaccard <= DISSOLVED;
    }
}

static enum ust_cluster_status check(const struct ust_points *points, const uint32_t *labels,
                                     uint32_t clusters)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (clusters > UST_CLUSTERS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    for (size_t i = 0; i < points->n; i++)
        if (labels[i] >= clusters && labels[i] != UST_NOISE)
            return UST_CLUSTER_PARAMETER;
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_stability_of(const struct ust_points *points,
                                         const uint32_t *labels, uint32_t clusters,
                                         ust_cluster_again *again, void *context,
                                         uint32_t samples, size_t drawn_max, uint64_t seed,
                                         struct ust_arena *arena, struct ust_stability *out)
{
    enum ust_cluster_status status = check(points, labels, clusters);
    if (status != UST_CLUSTER_OK)
        return status;
    size_t most = drawn_max ? drawn_max : 20000, n = points->n < most ? points->n : most;
    struct ust_arena *work = ust_arena_new();
    struct draw d = {.points = points, .labels = labels, .clusters = clusters, .n = n};
    d.x = ust_arena_alloc(work, double, n * points->d);
    d.which = ust_arena_alloc(work, size_t, n);
    d.found = ust_arena_alloc(work, uint32_t, n);
    d.stamp = ust_arena_alloc(work, uint32_t, points->n);
    d.before = ust_arena_alloc(work, uint64_t, clusters);
    uint32_t *seen = ust_arena_alloc(work, uint32_t, clusters);
    *out = (struct ust_stability){.clusters = clusters, .samples = samples ? samples : 50};
    out->jaccard = ust_arena_alloc(arena, double, clusters);
    out->dissolved = ust_arena_alloc(arena, double, clusters);
    for (uint32_t sample = 1; sample <= out->samples; sample++) {
        struct ust_rng rng = ust_rng_derive(seed, sample, "cluster/stability/draw");
        struct ust_points drawn = {d.x, n, points->d};
        draw_points(&d, &rng);
        uint32_t found = 0;
        if (again(context, &drawn, ust_rng_u64(&rng), d.found) == UST_CLUSTER_OK)
            found = ust_labels_dense(d.found, n, d.found);
        else
            memset(d.found, 0xff, n * sizeof *d.found); /* UST_NOISE */
        struct ust_arena *counts = ust_arena_new();
        d.both = ust_arena_alloc(counts, uint64_t, (size_t)clusters * found);
        d.after = ust_arena_alloc(counts, uint64_t, found);
        add_sample(&d, sample, found, out, seen);
        ust_arena_free(counts);
    }
    for (uint32_t c = 0; c < clusters; c++) {
        out->jaccard[c] = seen[c] ? out->jaccard[c] / seen[c] : (double)NAN;
        out->dissolved[c] = seen[c] ? out->dissolved[c] / seen[c] : (double)NAN;
    }
    ust_arena_free(work);
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_again_kmeans(void *context, const struct ust_points *points,
                                         uint64_t seed, uint32_t *labels)
{
    struct ust_kmeans_options options = *(const struct ust_kmeans_options *)context;
    struct ust_arena *arena = ust_arena_new();
    struct ust_kmeans found;
    options.seed = seed;
    enum ust_cluster_status status = ust_kmeans_fit(points, &options, arena, &found);
    if (status == UST_CLUSTER_OK)
        memcpy(labels, found.labels, points->n * sizeof *labels);
    ust_arena_free(arena);
    return status;
}
