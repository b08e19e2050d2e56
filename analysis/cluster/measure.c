#include "analysis/cluster/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "sim/base/arena.h"

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_pair(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t rank_of(const uint32_t *sorted, uint32_t n, uint32_t value)
{
    uint32_t low = 0, high = n;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (sorted[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t ust_labels_dense(const uint32_t *labels, size_t n, uint32_t *dense)
{
    uint32_t *known = ust_malloc((n + 1) * sizeof *known);
    uint32_t k = 0;
    memcpy(known, labels, n * sizeof *known);
    qsort(known, n, sizeof *known, by_number);
    for (size_t i = 0; i < n && known[i] != UST_NOISE; i++)
        if (k == 0 || known[i] != known[k - 1])
            known[k++] = known[i];
    for (size_t i = 0; i < n; i++)
        dense[i] = labels[i] == UST_NOISE ? UST_NOISE : rank_of(known, k, labels[i]);
    free(known);
    return k;
}

/* ---- two labelings ---- */

struct pairs {
    double both, a, b, all; /* pairs that share a cluster in both, in a, in b; all pairs */
};

static double pairs_of(double n)
{
    return n * (n - 1.0) / 2.0;
}

/* Sorted, equal keys stand together; each run of m shares m (m - 1) / 2 pairs. */
static double sharing(uint64_t *key, size_t n)
{
    double sum = 0.0;
    qsort(key, n, sizeof *key, by_pair);
    for (size_t first = 0, i = 1; i <= n; i++) {
        if (i < n && key[i] == key[first])
            continue;
        sum += pairs_of((double)(i - first));
        first = i;
    }
    return sum;
}

static struct pairs count_pairs(const uint32_t *a, const uint32_t *b, size_t n)
{
    uint64_t *key = ust_malloc((n + 1) * sizeof *key);
    struct pairs pairs = {.all = pairs_of((double)n)};
    for (size_t i = 0; i < n; i++)
        key[i] = (uint64_t)a[i] << 32 | b[i];
    pairs.both = sharing(key, n);
    for (size_t i = 0; i < n; i++)
        key[i] = a[i];
    pairs.a = sharing(key, n);
    for (size_t i = 0; i < n; i++)
        key[i] = b[i];
    pairs.b = sharing(key, n);
    free(key);
    return pairs;
}

double ust_adjusted_rand(const uint32_t *a, const uint32_t *b, size_t n)
{
    struct pairs pairs = count_pairs(a, b, n);
    double expected = pairs.all > 0.0 ? pairs.a * pairs.b / pairs.all : 0.0;
    double most = (pairs.a + pairs.b) / 2.0;
    return most == expected ? 1.0 : (pairs.both - expected) / (most - expected);
}

double ust_pair_jaccard(const uint32_t *a, const uint32_t *b, size_t n)
{
    struct pairs pairs = count_pairs(a, b, n);
    double either = pairs.a + pairs.b - pairs.both;
    return either > 0.0 ? pairs.both / either : 1.0;
}

/* ---- means of clusters ---- */

struct means {
    uint32_t k;
    uint32_t *labels; /* dense */
    double *mean;     /* k * d */
    double *total;    /* mean of all */
    uint64_t *size, n;
};

/* Running means: no large sum is ever built. */
static struct means find_means(const struct ust_points *points, const uint32_t *labels,
                               struct ust_arena *arena)
{
    struct means m = {.labels = ust_arena_alloc(arena, uint32_t, points->n)};
    uint32_t d = points->d;
    m.k = ust_labels_dense(labels, points->n, m.labels);
    m.mean = ust_arena_alloc(arena, double, (size_t)m.k *d);
    m.total = ust_arena_alloc(arena, double, d);
    m.size = ust_arena_alloc(arena, uint64_t, m.k);
    for (size_t i = 0; i < points->n; i++) {
        if (m.labels[i] == UST_NOISE)
            continue;
        double *mean = m.mean + (size_t)m.labels[i] * d;
        double count = (double)++m.size[m.labels[i]], all = (double)++m.n;
        for (uint32_t j = 0; j < d; j++) {
            double x = ust_point(points, i)[j];
            mean[j] += (x - mean[j]) / count;
            m.total[j] += (x - m.total[j]) / all;
        }
    }
    return m;
}

static double within(const struct ust_points *points, const struct means *m)
{
    double sum = 0.0;
    for (size_t i = 0; i < points->n; i++)
        if (m->labels[i] != UST_NOISE)
            sum += ust_distance2(ust_point(points, i),
                                 m->mean + (size_t)m->labels[i] * points->d, points->d);
    return sum;
}

double ust_labels_sse(const struct ust_points *points, const uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct means m = find_means(points, labels, arena);
    double sse = within(points, &m);
    ust_arena_free(arena);
    return sse;
}

double ust_calinski_harabasz(const struct ust_points *points, const uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct means m = find_means(points, labels, arena);
    double between = 0.0, inside = within(points, &m), index = (double)NAN;
    for (uint32_t c = 0; c < m.k; c++)
        between += (double)m.size[c] *
                   ust_distance2(m.mean + (size_t)c * points->d, m.total, points->d);
    if (m.k > 1 && m.n > m.k)
        index = inside > 0.0 ? between / (double)(m.k - 1) / (inside / (double)(m.n - m.k))
                             : (double)INFINITY;
    ust_arena_free(arena);
    return index;
}

double ust_davies_bouldin(const struct ust_points *points, const uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct means m = find_means(points, labels, arena);
    uint32_t d = points->d;
    double *spread = ust_arena_alloc(arena, double, m.k);
    for (size_t i = 0; i < points->n; i++)
        if (m.labels[i] != UST_NOISE)
            spread[m.labels[i]] +=
                sqrt(ust_distance2(ust_point(points, i), m.mean + (size_t)m.labels[i] * d, d)) /
                (double)m.size[m.labels[i]];
    double sum = 0.0;
    for (uint32_t a = 0; a < m.k; a++) {
        double worst = 0.0;
        for (uint32_t b = 0; b < m.k; b++) {
            double gap = sqrt(ust_distance2(m.mean + (size_t)a * d, m.mean + (size_t)b * d, d));
            double both = spread[a] + spread[b];
            if (a != b && both > 0.0)
                worst = fmax(worst, gap > 0.0 ? both / gap : (double)INFINITY);
        }
        sum += worst;
    }
    double index = m.k > 1 ? sum / m.k : (double)NAN;
    ust_arena_free(arena);
    return index;
}
