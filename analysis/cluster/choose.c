#include "analysis/cluster/choose.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/pca.h"
#include "sim/base/detmath.h"
#include "sim/rand/rng.h"

/* A box has no clusters to miss, so one start is nearly as good as many. */
#define BOX_STARTS 2

struct choosing {
    const struct ust_points *points;
    struct ust_points sample; /* what gap and BIC look at */
    struct ust_choose_options o;
    struct ust_arena *work;
    double *centre, *axes; /* of the box; axes: d * d, NULL: along the features */
    double *low, *high;    /* of the sample's coordinates along the axes */
    double *box;           /* a reference: as many points as the sample */
};

static struct ust_choose_options with_defaults(const struct ust_choose_options *options)
{
    struct ust_choose_options o = *options;
    o.k_min = o.k_min ? o.k_min : 1;
    o.k_max = o.k_max ? o.k_max : o.k_min > 10 ? o.k_min : 10;
    o.starts = o.starts ? o.starts : 10;
    o.references = o.references ? o.references : 20;
    o.points_max = o.points_max ? o.points_max : 20000;
    return o;
}

/* Each point in turn, with the chance that the sample is still to be filled from here. */
static void take_sample(struct choosing *c)
{
    size_t n = c->points->n, d = c->points->d, wanted = c->o.points_max, taken = 0;
    c->sample = *c->points;
    if (n <= wanted)
        return;
    double *x = ust_arena_alloc(c->work, double, wanted *d);
    struct ust_rng rng = ust_rng_derive(c->o.seed, 0, "cluster/choose/sample");
    for (size_t i = 0; i < n && taken < wanted; i++)
        if (ust_rng_below(&rng, (uint32_t)(n - i)) < wanted - taken)
            memcpy(x + taken++ * d, ust_point(c->points, i), d * sizeof *x);
    c->sample = (struct ust_points){x, wanted, (uint32_t)d};
}

/* ---- the gap ---- */

static enum ust_cluster_status measure_box(struct choosing *c)
{
    uint32_t d = c->sample.d;
    struct ust_pca pca = {0};
    enum ust_cluster_status status = ust_pca_fit(&c->sample, 0, c->work, &pca);
    if (status != UST_CLUSTER_OK)
        return status;
    double *along = ust_arena_alloc(c->work, double, d);
    c->centre = pca.mean;
    c->axes = c->o.box == UST_GAP_ALIGNED ? pca.axes : NULL;
    c->low = ust_arena_alloc(c->work, double, d);
    c->high = ust_arena_alloc(c->work, double, d);
    c->box = ust_arena_alloc(c->work, double, c->sample.n *d);
    for (size_t i = 0; i < c->sample.n; i++) {
        const double *x = ust_point(&c->sample, i);
        ust_pca_project(&pca, x, 1, along);
        for (uint32_t j = 0; j < d; j++) {
            double value = c->axes != NULL ? along[j] : x[j] - c->centre[j];
            c->low[j] = i == 0 || value < c->low[j] ? value : c->low[j];
            c->high[j] = i == 0 || value > c->high[j] ? value : c->high[j];
        }
    }
    return UST_CLUSTER_OK;
}

static void fill_box(struct choosing *c, struct ust_rng *rng)
{
    uint32_t d = c->sample.d;
    double along[UST_FEATURES_MAX];
    for (size_t i = 0; i < c->sample.n; i++) {
        double *x = c->box + i * d;
        for (uint32_t j = 0; j < d; j++)
            along[j] = c->low[j] + (c->high[j] - c->low[j]) * ust_rng_unit(rng);
        memcpy(x, c->centre, d * sizeof *x);
        for (uint32_t j = 0; j < d; j++) {
            for (uint32_t l = 0; l < d && c->axes != NULL; l++)
                x[l] += along[j] * c->axes[(size_t)j * d + l];
            if (c->axes == NULL)
                x[j] += along[j];
        }
    }
}

/* log of the squared error of k clusters. Error 0 (as many clusters as distinct points) counts
 * as the least positive number: its log is finite, and no box comes near it. */
static enum ust_cluster_status log_error(struct choosing *c, const struct ust_points *points,
                                         uint32_t k, uint32_t starts, double *out)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_kmeans it;
    struct ust_kmeans_options options = {
        .clusters = k, .starts = starts, .seed = c->o.seed, .threads = c->o.threads};
    enum ust_cluster_status status = ust_kmeans_fit(points, &options, arena, &it);
    if (status == UST_CLUSTER_OK)
        *out = ust_log(it.sse > 0.0 ? it.sse : 0x1p-1022);
    ust_arena_free(arena);
    return status;
}

static enum ust_cluster_status add_gaps(struct choosing *c, struct ust_choice_of_k *out)
{
    struct ust_points box = {c->box, c->sample.n, c->sample.d};
    uint32_t boxes = c->o.references;
    double *squares = ust_arena_alloc(c->work, double, out->n), value;
    for (uint32_t b = 0; b < boxes; b++) {
        struct ust_rng rng = ust_rng_derive(c->o.seed, b, "cluster/choose/box");
        fill_box(c, &rng);
        for (uint32_t i = 0; i < out->n; i++) {
            enum ust_cluster_status status =
                log_error(c, &box, out->at[i].k, BOX_STARTS, &value);
            if (status != UST_CLUSTER_OK)
                return status;
            double step = value - out->at[i].expected;
            out->at[i].expected += step / (b + 1);
            squares[i] += step * (value - out->at[i].expected);
        }
    }
    for (uint32_t i = 0; i < out->n; i++) {
        struct ust_k_evidence *at = &out->at[i];
        at->gap = at->expected - at->log_sse;
        at->gap_error = sqrt(squares[i] / boxes * (1.0 + 1.0 / boxes));
    }
    return UST_CLUSTER_OK;
}

/* ---- one k ---- */

static enum ust_cluster_status add_partition(struct choosing *c, struct ust_k_evidence *at)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_kmeans it;
    struct ust_silhouette silhouette = {.mean = (double)NAN};
    struct ust_kmeans_options options = {
        .clusters = at->k, .starts = c->o.starts, .seed = c->o.seed, .threads = c->o.threads};
    enum ust_cluster_status status = ust_kmeans_fit(c->points, &options, arena, &it);
    if (status == UST_CLUSTER_OK && at->k > 1)
        status = ust_silhouette(c->points, it.labels, c->o.silhouette_max, c->o.seed,
                                c->o.threads, arena, &silhouette);
    if (status == UST_CLUSTER_OK) {
        at->sse = it.sse;
        at->silhouette = silhouette.mean;
        at->calinski_harabasz = ust_calinski_harabasz(c->points, it.labels);
        at->davies_bouldin = ust_davies_bouldin(c->points, it.labels);
    }
    ust_arena_free(arena);
    return status;
}

static void add_bic(struct choosing *c, struct ust_k_evidence *at)
{
    const enum ust_mixture_shape shapes[] = {UST_MIXTURE_FULL, UST_MIXTURE_DIAGONAL};
    at->bic = (double)NAN;
    for (int i = 0; i < 2; i++) {
        struct ust_arena *arena = ust_arena_new();
        struct ust_mixture_fit fit;
        struct ust_mixture_options options = {.clusters = at->k,
                                              .shape = shapes[i],
                                              .starts = c->o.starts < 4 ? c->o.starts : 4,
                                              .tolerance = 1e-5,
                                              .floor = c->o.floor,
                                              .seed = c->o.seed,
                                              .threads = c->o.threads};
        if (ust_mixture_fit(&c->sample, &options, arena, &fit) == UST_CLUSTER_OK &&
            !(fit.bic >= at->bic)) {
            at->bic = fit.bic;
            at->shape = shapes[i];
        }
        ust_arena_free(arena);
    }
}

/* ---- the opinions ---- */

static void decide(struct ust_choice_of_k *out)
{
    double best = -(double)INFINITY, least = (double)INFINITY;
    for (uint32_t i = 0; i < out->n; i++) {
        const struct ust_k_evidence *at = &out->at[i];
        if (at->silhouette > best) {
            best = at->silhouette;
            out->by_silhouette = at->k;
        }
        if (at->bic < least) {
            least = at->bic;
            out->by_bic = at->k;
        }
        bool enough = i + 1 < out->n && at->gap >= at[1].gap - at[1].gap_error;
        if (enough && out->by_gap == 0)
            out->by_gap = at->k;
    }
    if (out->by_silhouette == out->by_gap && out->by_gap != 0)
        out->k = out->by_gap;
    else
        out->k = out->by_bic          ? out->by_bic
                 : out->by_silhouette ? out->by_silhouette
                                      : out->at->k;
}

enum ust_cluster_status ust_choose_k(const struct ust_points *points,
                                     const struct ust_choose_options *options,
                                     struct ust_arena *arena, struct ust_choice_of_k *out)
{
    memset(out, 0, sizeof *out);
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    struct choosing c = {.points = points, .o = with_defaults(options)};
    if (c.o.k_min > c.o.k_max)
        return UST_CLUSTER_PARAMETER;
    if (c.o.k_max > UST_CLUSTERS_MAX)
        return UST_CLUSTER_TOO_LARGE;
    c.work = ust_arena_new();
    out->at = ust_arena_alloc(arena, struct ust_k_evidence, c.o.k_max - c.o.k_min + 1);
    take_sample(&c);
    for (uint32_t k = c.o.k_min; k <= c.o.k_max && status == UST_CLUSTER_OK; k++) {
        struct ust_k_evidence *at = &out->at[out->n];
        at->k = k;
        at->kinds_bic = at->overlap = (double)NAN;
        status = add_partition(&c, at);
        if (status == UST_CLUSTER_OK)
            status = log_error(&c, &c.sample, k, c.o.starts, &at->log_sse);
        if (status != UST_CLUSTER_OK)
            break;
        add_bic(&c, at);
        out->n++;
    }
    if (status == UST_CLUSTER_TOO_FEW && out->n > 0)
        status = UST_CLUSTER_OK; /* up to as many clusters as there are distinct points */
    if (status == UST_CLUSTER_OK)
        status = measure_box(&c);
    if (status == UST_CLUSTER_OK)
        status = add_gaps(&c, out);
    if (status == UST_CLUSTER_OK)
        decide(out);
    ust_arena_free(c.work);
    return status;
}
