#include "analysis/cluster/kinds.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/chunks.h"
#include "analysis/cluster/finding.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "sim/base/detmath.h"
#include "sim/rand/rng.h"

/* Numbers of components are tried so many at a time, until a whole lot is worse. */
#define LOT 3
/* Events of the usual mix and value that a session is thought to have had, where it is first
 * put with others. */
#define USUAL_EVENTS 3.0
/* Sessions that make a kind, at least. */
#define SESSIONS_LEAST 10.0

static struct ust_kinds_options with_defaults(const struct ust_kinds_options *options)
{
    struct ust_kinds_options o = *options;
    o.kinds_max = o.kinds_max ? o.kinds_max : 10;
    o.overlap = o.overlap > 0.0 ? o.overlap : 0.05;
    o.least = o.least > 0.0 ? o.least : 0.005;
    o.starts = o.starts ? o.starts : 2;
    o.sessions_max = o.sessions_max ? o.sessions_max : 3000;
    return o;
}

static void take_sample(struct ust_finding *f)
{
    size_t n = f->rows->n, wanted = f->o.sessions_max, taken = 0;
    uint32_t d = f->rows->d;
    f->sample = *f->rows;
    if (n <= wanted)
        return;
    double *x = ust_arena_alloc(f->work, double, wanted *d);
    struct ust_rng rng = ust_rng_derive(f->o.seed, 0, "cluster/kinds/sample");
    for (size_t i = 0; i < n && taken < wanted; i++)
        if (ust_rng_below(&rng, (uint32_t)(n - i)) < wanted - taken)
            memcpy(x + taken++ * d, ust_point(f->rows, i), d * sizeof *x);
    f->sample = (struct ust_points){x, wanted, d};
}

static void measure(struct ust_finding *f)
{
    uint32_t m = f->layout->measures, actions = f->layout->actions;
    f->centre = ust_arena_alloc(f->work, double, m);
    f->spread = ust_arena_alloc(f->work, double, m);
    f->usual = ust_arena_alloc(f->work, double, actions);
    double all = 0.0;
    for (uint32_t j = 0; j < m; j++) {
        double n = 0.0, squares = 0.0;
        for (size_t i = 0; i < f->sample.n; i++) {
            const double *x = ust_point(&f->sample, i) + 2 * (size_t)j;
            if (!(x[1] > 0.0))
                continue;
            double step = x[0] - f->centre[j];
            f->centre[j] += step / ++n;
            squares += step * (x[0] - f->centre[j]);
        }
        f->spread[j] = squares > 0.0 ? sqrt(squares / n) : 1.0;
        if (j >= m - f->layout->costs)
            f->centre[j] = 0.0; /* the usual */
    }
    for (size_t i = 0; i < f->sample.n; i++)
        for (uint32_t a = 0; a < actions; a++) {
            f->usual[a] += ust_point(&f->sample, i)[2 * m + a];
            all += ust_point(&f->sample, i)[2 * m + a];
        }
    for (uint32_t a = 0; a < actions && all > 0.0; a++)
        f->usual[a] /= all;
}

/* Points for k-means to begin with: what few events say is drawn towards what is usual. */
static void place(struct ust_finding *f)
{
    uint32_t m = f->layout->measures, actions = f->layout->actions, d = m + actions;
    double *at = ust_arena_alloc(f->work, double, f->sample.n *d);
    f->placed = (struct ust_points){at, f->sample.n, d};
    for (size_t i = 0; i < f->sample.n; i++, at += d) {
        const double *x = ust_point(&f->sample, i);
        double events = 0.0;
        for (uint32_t j = 0; j < m; j++) {
            bool sure = f->layout->length && j == 0;
            double trust = sure ? 1.0 : x[2 * j + 1] / (x[2 * j + 1] + 1.0);
            double value = (x[2 * j] - f->centre[j]) / f->spread[j];
            at[j] = x[2 * j + 1] > 0.0 ? fmax(-3.0, fmin(3.0, trust * value)) : 0.0;
        }
        for (uint32_t a = 0; a < actions; a++)
            events += x[2 * m + a];
        for (uint32_t a = 0; a < actions; a++)
            at[m + a] = 2.0 * sqrt((x[2 * m + a] + USUAL_EVENTS * f->usual[a]) /
                                   (events + USUAL_EVENTS));
    }
}

/* ---- fits ---- */

/* Even starts begin with clusters of k-means, odd ones with the nearest of as many seeds. */
static void fit_one(void *context, const struct ust_chunk *chunk)
{
    struct ust_finding *f = context;
    uint32_t start = (uint32_t)chunk->number % f->o.starts;
    uint32_t k = f->least + (uint32_t)chunk->number / f->o.starts;
    struct ust_arena *work = ust_arena_new();
    struct ust_kmeans clusters;
    const struct ust_kmeans_options options = {.clusters = k,
                                               .starts = 1,
                                               .iterations = start % 2 == 0 ? 100 : 1,
                                               .seed = f->o.seed + start};
    f->how[chunk->number] = ust_kmeans_fit(&f->placed, &options, work, &clusters);
    if (f->how[chunk->number] == UST_CLUSTER_OK)
        ust_blend_fit(&f->known, clusters.labels, k, UST_KINDS_ITERATIONS,
                      f->own[chunk->number], &f->fit[chunk->number]);
    ust_arena_free(work);
}

/* The best of a lot's fits becomes `best` if it is better; true if so. */
static bool keep_best(struct ust_finding *f, uint32_t n, struct ust_kinds *out,
                      struct ust_blend *best, struct ust_arena **its)
{
    bool better = false;
    for (uint32_t i = 0; i < n; i++) {
        double *bic = &out->bic[f->least + i / f->o.starts - out->first];
        *bic = i % f->o.starts == 0 ? (double)INFINITY : *bic;
        if (f->how[i] == UST_CLUSTER_OK && f->fit[i].bic < *bic)
            *bic = f->fit[i].bic;
        if (f->how[i] == UST_CLUSTER_OK && (*its == NULL || f->fit[i].bic < best->bic)) {
            struct ust_arena *was = *its;
            *its = f->own[i];
            f->own[i] = was;
            *best = f->fit[i];
            better = true;
        }
    }
    return better;
}

/* From as many components as kinds were asked for, or one, up to more than are better. */
static enum ust_cluster_status fit_all(struct ust_finding *f, struct ust_kinds *out,
                                       struct ust_blend *best, struct ust_arena **its)
{
    uint32_t last = f->o.kinds_max + 2 < UST_KINDS_MAX ? f->o.kinds_max + 2 : UST_KINDS_MAX;
    out->first = f->o.components ? f->o.components : f->o.kinds ? f->o.kinds : 1;
    last = f->o.components ? f->o.components : last < out->first ? out->first : last;
    f->fit = ust_arena_alloc(f->work, struct ust_blend, LOT * f->o.starts);
    f->own = ust_arena_alloc(f->work, struct ust_arena *, LOT * f->o.starts);
    f->how = ust_arena_alloc(f->work, enum ust_cluster_status, LOT * f->o.starts);
    bool better = true;
    for (f->least = out->first; f->least <= last && better; f->least += LOT) {
        uint32_t lot = last - f->least + 1 < LOT ? last - f->least + 1 : LOT;
        uint32_t n = lot * f->o.starts;
        for (uint32_t i = 0; i < n; i++)
            f->own[i] = ust_arena_new();
        ust_chunks_run(n, 1, f->o.threads, fit_one, f);
        out->tried = f->least + lot - out->first;
        better = keep_best(f, n, out, best, its);
        for (uint32_t i = 0; i < n; i++)
            if (f->own[i] != NULL)
                ust_arena_free(f->own[i]);
    }
    return *its != NULL ? UST_CLUSTER_OK : f->how[0];
}

/* ---- from components to kinds ---- */

/* Of rows of component a, so many are taken for b's; both by number of component, of which
 * those that are `gone` are with another. */
struct overlaps {
    double size[UST_KINDS_MAX];
    double taken[UST_KINDS_MAX][UST_KINDS_MAX];
};

static void measure_overlaps(const double *posteriors, size_t n, uint32_t k, const bool *gone,
                             struct overlaps *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const double *part = posteriors + i * k;
        uint32_t own = 0;
        for (uint32_t c = 0; c < k; c++)
            if (!gone[c] && (gone[own] || part[c] > part[own]))
                own = c;
        for (uint32_t c = 0; c < k; c++) {
            out->size[c] += part[c];
            out->taken[c][own] += part[c];
        }
    }
}

static double worst_pair(const struct overlaps *it, uint32_t k, const bool *gone, uint32_t *a,
                         uint32_t *b)
{
    double worst = -1.0;
    for (uint32_t c = 0; c < k; c++)
        for (uint32_t e = 0; e < k; e++) {
            if (c == e || gone[c] || gone[e])
                continue;
            double share = it->size[c] > 0.0 ? it->taken[c][e] / it->size[c] : 1.0;
            if (share > worst) {
                worst = share;
                *a = c;
                *b = e;
            }
        }
    return fmax(worst, 0.0);
}

/* Puts components together; `into` says where each has gone. */
static void merge(const struct ust_finding *f, struct ust_blend *best, struct ust_kinds *out,
                  uint32_t *into)
{
    uint32_t k = best->k, left = k;
    size_t n = f->known.n;
    bool gone[UST_KINDS_MAX] = {false}, done = false;
    struct overlaps overlaps;
    for (uint32_t c = 0; c < k; c++)
        into[c] = c;
    for (;; left--) {
        uint32_t a = 0, b = 0;
        measure_overlaps(best->posteriors, n, k, gone, &overlaps);
        double worst = worst_pair(&overlaps, k, gone, &a, &b);
        out->step[out->steps++] = (struct ust_kinds_step){left, worst};
        bool enough =
            f->o.kinds ? left <= f->o.kinds : worst <= f->o.overlap && left <= f->o.kinds_max;
        done = done || enough;
        if (left == 1)
            return;
        for (size_t i = 0; i < n; i++) {
            best->posteriors[i * k + b] += best->posteriors[i * k + a];
            best->posteriors[i * k + a] = 0.0;
        }
        gone[a] = true;
        for (uint32_t c = 0; c < k && !done; c++)
            into[c] = into[c] == a ? b : into[c];
    }
}

/* Components of kinds with hardly any sessions get no more. */
static void drop_small(const struct ust_finding *f, struct ust_blend *best,
                       const uint32_t *into)
{
    double size[UST_KINDS_MAX] = {0.0}, n = (double)f->known.n;
    double least = fmax(f->o.least * n, fmin(SESSIONS_LEAST, n / 10.0));
    for (uint32_t c = 0; c < best->k; c++)
        size[into[c]] += best->weights[c] * n;
    for (uint32_t c = 0; c < best->k; c++) {
        bool small = size[into[c]] < least;
        best->weights[c] = small ? 0.0 : best->weights[c];
    }
}

/* ---- all rows ---- */

struct labelling {
    const struct ust_finding *f;
    const struct ust_blend *blend;
    const uint32_t *into;
    uint32_t *labels;
    struct ust_beliefs beliefs;
};

static void label_rows(void *context, const struct ust_chunk *chunk)
{
    const struct labelling *it = context;
    uint32_t k = it->blend->k;
    struct ust_arena *work = ust_arena_new();
    const struct ust_points some = {ust_point(it->f->rows, chunk->first),
                                    chunk->end - chunk->first, it->f->rows->d};
    struct ust_blend_rows rows = ust_blend_rows(&some, it->f->layout, it->f->centre, work);
    double *posteriors = ust_arena_alloc(work, double, some.n *k);
    ust_blend_posteriors(it->blend, &rows, posteriors);
    for (size_t i = 0; i < some.n; i++) {
        double sum[UST_KINDS_MAX] = {0.0};
        uint32_t best = it->into[0];
        for (uint32_t c = 0; c < k; c++)
            sum[it->into[c]] += posteriors[i * k + c];
        for (uint32_t c = 0; c < k; c++)
            if (sum[c] > sum[best])
                best = c;
        uint32_t next = UST_NOISE;
        for (uint32_t c = 0; c < k; c++)
            if (c != best && sum[c] > (next == UST_NOISE ? 0.0 : sum[next]))
                next = c;
        it->labels[chunk->first + i] = best;
        it->beliefs.sure[chunk->first + i] = (float)sum[best];
        it->beliefs.next[chunk->first + i] = next;
    }
    ust_arena_free(work);
}

/* Kinds by number, without those that no row is of. */
static void number(const struct labelling *it, struct ust_arena *arena, struct ust_kinds *out)
{
    size_t n = it->f->rows->n, *rows = NULL;
    uint32_t number[UST_KINDS_MAX]; /* of each that a row is of */
    uint32_t *dense = ust_arena_alloc(it->f->work, uint32_t, n);
    for (uint32_t c = 0; c < UST_KINDS_MAX; c++)
        number[c] = UST_NOISE;
    out->n = ust_labels_dense(out->labels, n, dense);
    for (size_t i = 0; i < n; i++)
        number[out->labels[i]] = dense[i];
    out->beliefs = it->beliefs;
    out->sure = ust_arena_alloc(arena, double, out->n);
    rows = ust_arena_alloc(it->f->work, size_t, out->n);
    for (size_t i = 0; i < n; i++) {
        uint32_t kind = out->labels[i] = dense[i], *next = &out->beliefs.next[i];
        double sure = (double)out->beliefs.sure[i];
        out->sure[kind] += (sure - out->sure[kind]) / (double)++rows[kind];
        *next = *next == UST_NOISE ? UST_NOISE : number[*next];
    }
}

enum ust_cluster_status ust_kinds_find(const struct ust_points *rows,
                                       const struct ust_kinds_layout *layout,
                                       const struct ust_kinds_options *options,
                                       struct ust_arena *arena, struct ust_kinds *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = ust_points_check(rows, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    struct ust_finding f = {.rows = rows, .layout = layout, .o = with_defaults(options)};
    if (f.o.kinds > rows->n)
        return UST_CLUSTER_TOO_FEW;
    if (f.o.kinds > UST_KINDS_MAX || f.o.kinds_max > UST_KINDS_MAX ||
        f.o.components > UST_KINDS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    struct ust_blend best;
    struct ust_arena *its = NULL;
    uint32_t into[UST_KINDS_MAX];
    f.work = ust_arena_new();
    take_sample(&f);
    measure(&f);
    f.known = ust_blend_rows(&f.sample, layout, f.centre, f.work);
    place(&f);
    status = fit_all(&f, out, &best, &its);
    if (status == UST_CLUSTER_OK && f.o.components == 0)
        ust_kinds_refine(&f, out, &best, &its);
    if (status == UST_CLUSTER_OK) {
        out->components = best.k;
        out->labels = ust_arena_alloc(arena, uint32_t, rows->n);
        merge(&f, &best, out, into);
        if (f.o.kinds == 0)
            drop_small(&f, &best, into);
        struct labelling labelling = {&f,
                                      &best,
                                      into,
                                      out->labels,
                                      {ust_arena_alloc(arena, float, rows->n),
                                       ust_arena_alloc(arena, uint32_t, rows->n)}};
        ust_chunks_run(rows->n, UST_CHUNK, f.o.threads, label_rows, &labelling);
        number(&labelling, arena, out);
    }
    if (its != NULL)
        ust_arena_free(its);
    ust_arena_free(f.work);
    return status;
}
