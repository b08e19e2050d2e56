#include "analysis/cluster/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/kernel.h"
#include "sim/base/assert.h"

__extension__ typedef __int128 sum128;

#define UNKNOWN UINT32_MAX

/* What one thread has counted in a pass; integers, so that adding them up in any order is the
 * same. */
struct tally {
    sum128 *sum; /* k * d, change of the sums of scaled coordinates */
    int64_t *count;
    uint64_t moved, evaluated;
};

struct fit {
    const struct ust_points *points;
    uint32_t k, d;
    unsigned threads;
    bool bounds; /* Hamerly; else plain Lloyd */
    double *scale;
    double margin; /* relative: what rounding can do to a distance, several times over */

    double *centres, *before; /* k * d */
    struct ust_packed packed;
    sum128 *sum;
    int64_t *count;
    uint32_t *labels;
    struct tally *tally;

    /* Hamerly. upper[i] + rise[label] is at least the distance of point i to its centre,
     * lower[i] - fall[label] at most that to any other, half[label] half the way to the nearest
     * other centre. A point is written to only when it is worked out anew. */
    double *upper, *lower;
    double *rise, *fall, *half, *move;

    double *part; /* of a chunk: its squared error */
    struct farthest {
        double distance2;
        size_t point;
    } * farthest; /* of a chunk */
};

/* ---- a pass: who is nearest to whom ---- */

static void add_point(struct fit *f, struct tally *tally, const double *x, uint32_t label,
                      int sign)
{
    sum128 *sum = tally->sum + (size_t)label * f->d;
    for (uint32_t j = 0; j < f->d; j++)
        sum[j] += (int64_t)(x[j] * f->scale[j]) * (sum128)sign;
    tally->count[label] += sign;
}

static void set_nearest(struct fit *f, struct tally *tally, size_t i,
                        const struct ust_nearest *found)
{
    uint32_t label = found->index;
    if (label != f->labels[i]) {
        const double *x = ust_point(f->points, i);
        if (f->labels[i] != UNKNOWN)
            add_point(f, tally, x, f->labels[i], -1);
        add_point(f, tally, x, label, 1);
        f->labels[i] = label;
        tally->moved++;
    }
    if (f->bounds) {
        double upper = sqrt(found->best) * (1.0 + f->margin);
        double lower = sqrt(found->second) * (1.0 - f->margin);
        /* Stored as of the beginning; a few units in the last place outwards. */
        f->upper[i] = upper - f->rise[label] + (upper + f->rise[label]) * 0x1p-50;
        f->lower[i] = lower + f->fall[label];
        f->lower[i] -= f->lower[i] * 0x1p-50;
    }
}

/* Which points of a chunk could have a new nearest centre, counted from its first. */
static size_t doubtful(const struct fit *f, const struct ust_chunk *chunk, uint32_t *which)
{
    size_t n = 0;
    for (size_t i = chunk->first; i < chunk->end; i++) {
        uint32_t label = f->labels[i];
        double upper = f->upper[i] + f->rise[label];
        double lower = f->lower[i] - f->fall[label];
        which[n] = (uint32_t)(i - chunk->first);
        n += !(upper < lower) & !(upper < f->half[label]);
    }
    return n;
}

/* The n points that `which` counts from the chunk's first; all of them where it is NULL. */
static void work_out(struct fit *f, const struct ust_chunk *chunk, const uint32_t *which,
                     size_t n)
{
    struct tally *tally = &f->tally[chunk->thread];
    struct ust_nearest found[UST_CHUNK];
    ust_kernel_nearest(&f->packed, ust_point(f->points, chunk->first), which, n, found);
    for (size_t i = 0; i < n; i++)
        set_nearest(f, tally, chunk->first + (which != NULL ? which[i] : i), &found[i]);
    tally->evaluated += n;
}

static void assign_chunk(void *context, const struct ust_chunk *chunk)
{
    struct fit *f = context;
    uint32_t which[UST_CHUNK];
    if (!f->bounds || f->labels[chunk->first] == UNKNOWN) { /* after one pass all are known */
        work_out(f, chunk, NULL, chunk->end - chunk->first);
    } else {
        size_t n = doubtful(f, chunk, which);
        work_out(f, chunk, which, n);
    }
}

/* Returns how many points have moved. */
static uint64_t assign(struct fit *f, uint64_t *evaluated)
{
    size_t cells = (size_t)f->k * f->d;
    ust_packed_set(&f->packed, f->centres);
    ust_chunks_run(f->points->n, UST_CHUNK, f->threads, assign_chunk, f);
    uint64_t moved = 0;
    for (unsigned t = 0; t < f->threads; t++) {
        struct tally *tally = &f->tally[t];
        for (size_t i = 0; i < cells; i++)
            f->sum[i] += tally->sum[i];
        for (uint32_t c = 0; c < f->k; c++)
            f->count[c] += tally->count[c];
        moved += tally->moved;
        *evaluated += tally->evaluated;
        memset(tally->sum, 0, cells * sizeof *tally->sum);
        memset(tally->count, 0, f->k * sizeof *tally->count);
        tally->moved = tally->evaluated = 0;
    }
    return moved;
}

/* ---- clusters that lost their last point ---- */

static void find_farthest(void *context, const struct ust_chunk *chunk)
{
    struct fit *f = context;
    struct farthest far = {0.0, 0};
    for (size_t i = chunk->first; i < chunk->end; i++) {
        uint32_t label = f->labels[i];
        if (f->count[label] < 2)
            continue;
        double d2 =
            ust_distance2(ust_point(f->points, i), f->centres + (size_t)label * f->d, f->d);
        if (d2 > far.distance2)
            far = (struct farthest){d2, i};
    }
    f->farthest[chunk->number] = far;
}

static enum ust_cluster_status fill(struct fit *f, uint32_t empty)
{
    struct farthest far = {0.0, 0};
    ust_chunks_run(f->points->n, UST_CHUNK, f->threads, find_farthest, f);
    for (size_t c = 0; c < ust_chunks_of(f->points->n, UST_CHUNK); c++)
        if (f->farthest[c].distance2 > far.distance2)
            far = f->farthest[c];
    if (!(far.distance2 > 0.0))
        return UST_CLUSTER_TOO_FEW;
    uint32_t old = f->labels[far.point];
    const double *x = ust_point(f->points, far.point);
    for (uint32_t j = 0; j < f->d; j++) {
        int64_t scaled = (int64_t)(x[j] * f->scale[j]);
        f->sum[(size_t)old * f->d + j] -= scaled;
        f->sum[(size_t)empty * f->d + j] += scaled;
    }
    f->count[old]--;
    f->count[empty]++;
    f->labels[far.point] = empty;
    if (f->bounds) { /* nothing is known of it: it is worked out anew */
        f->upper[far.point] = (double)INFINITY;
        f->lower[far.point] = 0.0;
    }
    return UST_CLUSTER_OK;
}

static enum ust_cluster_status fill_empty(struct fit *f)
{
    for (uint32_t c = 0; c < f->k; c++) {
        enum ust_cluster_status status = f->count[c] > 0 ? UST_CLUSTER_OK : fill(f, c);
        if (status != UST_CLUSTER_OK)
            return status;
    }
    return UST_CLUSTER_OK;
}

/* ---- centres ---- */

static void set_half(struct fit *f)
{
    for (uint32_t a = 0; a < f->k; a++) {
        double nearest2 = (double)INFINITY;
        for (uint32_t b = 0; b < f->k; b++) {
            if (a == b)
                continue;
            double d2 = ust_distance2(f->centres + (size_t)a * f->d,
                                      f->centres + (size_t)b * f->d, f->d);
            nearest2 = d2 < nearest2 ? d2 : nearest2;
        }
        f->half[a] = 0.5 * sqrt(nearest2) * (1.0 - f->margin);
    }
}

/* A centre that has moved may be that much farther from its points; and any other that much
 * nearer: the largest move among the others counts. */
static void widen_bounds(struct fit *f)
{
    double largest = 0.0, second = 0.0;
    uint32_t who = 0;
    for (uint32_t c = 0; c < f->k; c++) {
        if (f->move[c] > largest) {
            second = largest;
            largest = f->move[c];
            who = c;
        } else if (f->move[c] > second) {
            second = f->move[c];
        }
    }
    for (uint32_t c = 0; c < f->k; c++) {
        double other = c == who ? second : largest;
        f->rise[c] = (f->rise[c] + f->move[c] * (1.0 + f->margin)) * (1.0 + 0x1p-52);
        f->fall[c] = (f->fall[c] + other * (1.0 + f->margin)) * (1.0 + 0x1p-52);
    }
    set_half(f);
}

/* Every cluster has a point. Returns the sum of squared moves. */
static double move_centres(struct fit *f)
{
    double sum = 0.0;
    memcpy(f->before, f->centres, (size_t)f->k * f->d * sizeof *f->centres);
    for (uint32_t c = 0; c < f->k; c++) {
        double *centre = f->centres + (size_t)c * f->d;
        for (uint32_t j = 0; j < f->d; j++)
            centre[j] =
                (double)f->sum[(size_t)c * f->d + j] / (double)f->count[c] / f->scale[j];
        double d2 = ust_distance2(centre, f->before + (size_t)c * f->d, f->d);
        f->move[c] = sqrt(d2);
        sum += d2;
    }
    if (f->bounds)
        widen_bounds(f);
    return sum;
}

/* ---- a start ---- */

static void begin(struct fit *f)
{
    for (size_t i = 0; i < f->points->n; i++)
        f->labels[i] = UNKNOWN;
    memset(f->sum, 0, (size_t)f->k * f->d * sizeof *f->sum);
    memset(f->count, 0, f->k * sizeof *f->count);
    if (!f->bounds)
        return;
    memset(f->rise, 0, f->k * sizeof *f->rise);
    memset(f->fall, 0, f->k * sizeof *f->fall);
    set_half(f);
}

static void chunk_error(void *context, const struct ust_chunk *chunk)
{
    struct fit *f = context;
    double sum = 0.0;
    for (size_t i = chunk->first; i < chunk->end; i++)
        sum += ust_distance2(ust_point(f->points, i), f->centres + (size_t)f->labels[i] * f->d,
                             f->d);
    f->part[chunk->number] = sum;
}

static enum ust_cluster_status iterate(struct fit *f, uint32_t iterations, double still,
                                       struct ust_kmeans *out)
{
    bool settled = false;
    out->converged = false;
    out->iterations = 0;
    begin(f);
    while (out->iterations < iterations && !out->converged) {
        uint64_t moved = assign(f, &out->evaluations);
        out->iterations++;
        enum ust_cluster_status status = fill_empty(f);
        if (status != UST_CLUSTER_OK)
            return status;
        settled = moved == 0;
        out->converged = settled || move_centres(f) <= still;
    }
    if (!settled) /* the last move has left labels behind */
        assign(f, &out->evaluations);
    ust_chunks_run(f->points->n, UST_CHUNK, f->threads, chunk_error, f);
    out->sse = ust_chunks_sum(f->part, ust_chunks_of(f->points->n, UST_CHUNK));
    return UST_CLUSTER_OK;
}

/* ---- all of it ---- */

/* The power of two that brings a feature's values below 2^61 (an int64 with room to spare). */
static double scale_of(const struct ust_points *points, uint32_t j)
{
    double largest = 0.0;
    for (size_t i = 0; i < points->n; i++) {
        double x = fabs(points->x[i * points->d + j]);
        largest = x > largest ? x : largest;
    }
    int exponent = 0;
    frexp(largest, &exponent);
    return ldexp(1.0, 61 - (exponent > -900 ? exponent : -900));
}

/* Mean over the features of their variance, with n below the line. */
static double mean_variance(const struct ust_points *points)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < points->d; j++) {
        double mean = 0.0, squares = 0.0;
        for (size_t i = 0; i < points->n; i++) {
            double step = points->x[i * points->d + j] - mean;
            mean += step / (double)(i + 1);
            squares += step * (points->x[i * points->d + j] - mean);
        }
        sum += squares / (double)points->n;
    }
    return sum / points->d;
}

static void prepare(struct fit *f, struct ust_arena *arena)
{
    size_t n = f->points->n, chunks = ust_chunks_of(n, UST_CHUNK), cells = (size_t)f->k * f->d;
    f->margin = (f->d + 16) * 0x1p-51;
    f->scale = ust_arena_alloc(arena, double, f->d);
    for (uint32_t j = 0; j < f->d; j++)
        f->scale[j] = scale_of(f->points, j);
    f->centres = ust_arena_alloc(arena, double, cells);
    f->before = ust_arena_alloc(arena, double, cells);
    f->packed = ust_packed_new(arena, f->k, f->d);
    f->sum = ust_arena_alloc(arena, sum128, cells);
    f->count = ust_arena_alloc(arena, int64_t, f->k);
    f->labels = ust_arena_alloc(arena, uint32_t, n);
    f->tally = ust_arena_alloc(arena, struct tally, f->threads);
    for (unsigned t = 0; t < f->threads; t++) {
        f->tally[t].sum = ust_arena_alloc(arena, sum128, cells);
        f->tally[t].count = ust_arena_alloc(arena, int64_t, f->k);
    }
    f->part = ust_arena_alloc(arena, double, chunks);
    f->farthest = ust_arena_alloc(arena, struct farthest, chunks);
    if (f->bounds) {
        f->upper = ust_arena_alloc(arena, double, n);
        f->lower = ust_arena_alloc(arena, double, n);
        f->rise = ust_arena_alloc(arena, double, f->k);
        f->fall = ust_arena_alloc(arena, double, f->k);
        f->half = ust_arena_alloc(arena, double, f->k);
    }
    f->move = ust_arena_alloc(arena, double, f->k);
}

static void keep(const struct fit *f, const struct ust_kmeans *start, uint32_t number,
                 struct ust_kmeans *out)
{
    out->sse = start->sse;
    out->iterations = start->iterations;
    out->converged = start->converged;
    out->best_start = number;
    memcpy(out->centres, f->centres, (size_t)f->k * f->d * sizeof *out->centres);
    memcpy(out->labels, f->labels, f->points->n * sizeof *out->labels);
    for (uint32_t c = 0; c < f->k; c++)
        out->sizes[c] = (uint64_t)f->count[c];
}

static enum ust_cluster_status
run_starts(struct fit *f, const struct ust_kmeans_options *options, struct ust_kmeans *out)
{
    uint32_t starts = options->centres != NULL ? 1 : options->starts ? options->starts : 10;
    uint32_t iterations = options->iterations ? options->iterations : 300;
    double still =
        options->tolerance > 0.0 ? options->tolerance * mean_variance(f->points) : -1;
    enum ust_cluster_status status = UST_CLUSTER_OK;
    out->sse = (double)INFINITY;
    for (uint32_t start = 0; start < starts && status == UST_CLUSTER_OK; start++) {
        struct ust_kmeans one = {0};
        struct ust_rng rng = ust_rng_derive(options->seed, start, "cluster/kmeans/seeding");
        if (options->centres != NULL)
            memcpy(f->centres, options->centres, (size_t)f->k * f->d * sizeof *f->centres);
        else
            status = ust_kmeans_seed(f->points, f->k, options->seeding, &rng, f->threads,
                                     f->centres);
        if (status == UST_CLUSTER_OK)
            status = iterate(f, iterations, still, &one);
        out->evaluations += one.evaluations;
        if (status == UST_CLUSTER_OK && one.sse < out->sse)
            keep(f, &one, start, out);
    }
    return status;
}

static enum ust_cluster_status check(const struct ust_points *points,
                                     const struct ust_kmeans_options *options)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    if (options->clusters == 0 || !(options->tolerance >= 0.0))
        return UST_CLUSTER_PARAMETER;
    if (options->clusters > UST_CLUSTERS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    if (options->clusters > points->n)
        return UST_CLUSTER_TOO_FEW;
    if (options->centres == NULL)
        return UST_CLUSTER_OK;
    struct ust_points centres = {options->centres, options->clusters, points->d};
    return ust_points_check(&centres, NULL);
}

enum ust_cluster_status ust_kmeans_fit(const struct ust_points *points,
                                       const struct ust_kmeans_options *options,
                                       struct ust_arena *arena, struct ust_kmeans *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = check(points, options);
    if (status != UST_CLUSTER_OK)
        return status;
    struct fit f = {.points = points, .k = options->clusters, .d = points->d};
    f.threads = options->threads < 1                 ? 1
                : options->threads > UST_THREADS_MAX ? UST_THREADS_MAX
                                                     : options->threads;
    f.bounds = options->method == UST_KMEANS_HAMERLY;
    out->clusters = f.k;
    out->d = f.d;
    out->centres = ust_arena_alloc(arena, double, (size_t)f.k *f.d);
    out->labels = ust_arena_alloc(arena, uint32_t, points->n);
    out->sizes = ust_arena_alloc(arena, uint64_t, f.k);
    struct ust_arena *work = ust_arena_new();
    prepare(&f, work);
    status = run_starts(&f, options, out);
    ust_arena_free(work);
    return status;
}

/* ---- against given centres ---- */

struct given {
    const struct ust_points *points;
    struct ust_packed packed;
    uint32_t *labels;
    double *distance2;
};

static void assign_given(void *context, const struct ust_chunk *chunk)
{
    struct given *g = context;
    struct ust_nearest found[UST_CHUNK];
    size_t n = chunk->end - chunk->first;
    ust_kernel_nearest(&g->packed, ust_point(g->points, chunk->first), NULL, n, found);
    for (size_t i = 0; i < n; i++) {
        if (g->labels != NULL)
            g->labels[chunk->first + i] = found[i].index;
        if (g->distance2 != NULL)
            g->distance2[chunk->first + i] = found[i].best;
    }
}

void ust_kmeans_assign(const struct ust_points *points, const double *centres, uint32_t k,
                       unsigned threads, uint32_t *labels, double *distance2)
{
    UST_ASSERT(k >= 1);
    struct ust_arena *arena = ust_arena_new();
    struct given g = {points, ust_packed_new(arena, k, points->d), labels, distance2};
    ust_packed_set(&g.packed, centres);
    ust_chunks_run(points->n, UST_CHUNK, threads, assign_given, &g);
    ust_arena_free(arena);
}
