/* Better mixtures nearby. */
#include "analysis/cluster/finding.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"

/* So often something nearby may be better. */
#define ROUNDS_MAX 6

/* Of a component, the mean place of the rows that are most likely its. */
static void find_places(const struct ust_finding *f, const uint32_t *labels, uint32_t k,
                        double *mean)
{
    uint32_t d = f->placed.d;
    double n[UST_KINDS_MAX] = {0.0};
    memset(mean, 0, (size_t)k * d * sizeof *mean);
    for (size_t i = 0; i < f->placed.n; i++) {
        const double *x = ust_point(&f->placed, i);
        double *at = mean + (size_t)labels[i] * d, step = 1.0 / ++n[labels[i]];
        for (uint32_t j = 0; j < d; j++)
            at[j] += (x[j] - at[j]) * step;
    }
}

/* Labels without component `gone`: its rows go to the nearest place, the last one takes its
 * number. */
static void leave_out(const struct ust_finding *f, uint32_t k, uint32_t gone,
                      const double *mean, uint32_t *labels)
{
    uint32_t d = f->placed.d;
    for (size_t i = 0; i < f->placed.n; i++) {
        const double *x = ust_point(&f->placed, i);
        double least = (double)INFINITY;
        uint32_t nearest = labels[i];
        for (uint32_t c = 0; c < k && labels[i] == gone; c++) {
            double distance2 = ust_distance2(x, mean + (size_t)c * d, d);
            if (c == gone || distance2 >= least)
                continue;
            least = distance2;
            nearest = c;
        }
        labels[i] = nearest == k - 1 ? gone : nearest;
    }
}

/* Labels with component c in two. */
static enum ust_cluster_status split(const struct ust_finding *f, uint32_t k, uint32_t c,
                                     uint32_t *labels)
{
    struct ust_arena *work = ust_arena_new();
    size_t n = 0, *which = ust_arena_alloc(work, size_t, f->placed.n);
    uint32_t d = f->placed.d;
    double *x = ust_arena_alloc(work, double, f->placed.n *d);
    for (size_t i = 0; i < f->placed.n; i++)
        if (labels[i] == c) {
            memcpy(x + n * d, ust_point(&f->placed, i), d * sizeof *x);
            which[n++] = i;
        }
    const struct ust_points own = {x, n, d};
    const struct ust_kmeans_options two = {.clusters = 2, .starts = 2, .seed = f->o.seed};
    struct ust_kmeans halves;
    enum ust_cluster_status status = ust_kmeans_fit(&own, &two, work, &halves);
    for (size_t i = 0; i < n && status == UST_CLUSTER_OK; i++)
        labels[which[i]] = halves.labels[i] == 0 ? c : k;
    ust_arena_free(work);
    return status;
}

struct nearby {
    struct ust_finding *f;
    const struct ust_blend *best;
    const uint32_t *labels;
    const double *mean;
    uint32_t least, most; /* components */
};

/* Numbers below k leave a component out, from k on they split one. */
static void fit_nearby(void *context, const struct ust_chunk *chunk)
{
    const struct nearby *it = context;
    struct ust_finding *f = it->f;
    uint32_t k = it->best->k, c = (uint32_t)chunk->number % k;
    bool more = chunk->number >= k;
    uint32_t wanted = more ? k + 1 : k - 1;
    f->how[chunk->number] = UST_CLUSTER_TOO_FEW;
    if (wanted < it->least || wanted > it->most)
        return;
    uint32_t *labels = ust_arena_alloc(f->own[chunk->number], uint32_t, f->placed.n);
    memcpy(labels, it->labels, f->placed.n * sizeof *labels);
    f->how[chunk->number] = UST_CLUSTER_OK;
    if (more)
        f->how[chunk->number] = split(f, k, c, labels);
    else
        leave_out(f, k, c, it->mean, labels);
    if (f->how[chunk->number] == UST_CLUSTER_OK)
        ust_blend_fit(&f->known, labels, wanted, UST_KINDS_ITERATIONS, f->own[chunk->number],
                      &f->fit[chunk->number]);
}

static void take_better(struct ust_finding *f, uint32_t n, struct ust_kinds *out,
                        struct ust_blend *best, struct ust_arena **its)
{
    uint32_t first = 2 * UST_KINDS_MAX;
    for (uint32_t i = 0; i < n; i++) {
        if (f->how[i] != UST_CLUSTER_OK)
            continue;
        double *bic = &out->bic[f->fit[i].k - out->first];
        *bic = fmin(*bic, f->fit[i].bic);
        if (f->fit[i].bic < (first < n ? f->fit[first].bic : best->bic))
            first = i;
    }
    if (first < n) {
        struct ust_arena *was = *its;
        *best = f->fit[first];
        *its = f->own[first];
        f->own[first] = was;
    }
    for (uint32_t i = 0; i < n; i++)
        ust_arena_free(f->own[i]);
}

/* Starts from k-means may miss a small kind, or have one twice: leaving each component out and
 * splitting each is tried as long as that makes BIC less. */
void ust_kinds_refine(struct ust_finding *f, struct ust_kinds *out, struct ust_blend *best,
                      struct ust_arena **its)
{
    struct nearby it = {.f = f, .best = best};
    it.least = out->first;
    it.most = out->first + out->tried - 1;
    f->fit = ust_arena_alloc(f->work, struct ust_blend, 2 * UST_KINDS_MAX);
    f->own = ust_arena_alloc(f->work, struct ust_arena *, 2 * UST_KINDS_MAX);
    f->how = ust_arena_alloc(f->work, enum ust_cluster_status, 2 * UST_KINDS_MAX);
    uint32_t *labels = ust_arena_alloc(f->work, uint32_t, f->placed.n);
    double *mean = ust_arena_alloc(f->work, double, (size_t)UST_KINDS_MAX * f->placed.d);
    it.labels = labels;
    it.mean = mean;
    double before;
    uint32_t rounds = 0;
    do {
        uint32_t k = best->k;
        before = best->bic;
        for (size_t i = 0; i < f->placed.n; i++) {
            labels[i] = 0;
            for (uint32_t c = 1; c < k; c++)
                if (best->posteriors[i * k + c] > best->posteriors[i * k + labels[i]])
                    labels[i] = c;
        }
        find_places(f, labels, k, mean);
        for (uint32_t i = 0; i < 2 * k; i++)
            f->own[i] = ust_arena_new();
        ust_chunks_run(2 * (size_t)k, 1, f->o.threads, fit_nearby, &it);
        take_better(f, 2 * k, out, best, its);
    } while (best->bic < before && ++rounds < ROUNDS_MAX);
}
