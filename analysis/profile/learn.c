#include "analysis/profile/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/classify.h"
#include "analysis/cluster/dbscan.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "sim/base/sort.h"

/* Added to variances of scaled features, so that one without spread in a cluster (always the
 * same action) does not make everything else infinitely far. */
#define FLOOR 1e-4

/* The same for choosing how many: sessions of one request have equal features to the last bit,
 * and the density of a point without extent has no bound. A tenth of a spread is no detail. */
#define CHOICE_FLOOR 1e-2

/* Sessions of a sample of the bootstrap, of kinds. */
#define KINDS_DRAWN_MAX 1000

struct learning {
    const struct ust_features *features;
    const struct ust_learn_options *o;
    struct ust_arena *arena;
    struct ust_points scaled;
    struct ust_kinds kinds; /* labels NULL: not looked for yet */
    struct ust_learned *out;
};

static enum ust_cluster_status find_kinds(const struct ust_learn_options *options,
                                          struct ust_arena *arena, struct ust_kinds *out)
{
    const struct ust_kinds_options how = {.kinds = options->personas,
                                          .kinds_max = options->personas_max,
                                          .sessions_max = UST_LEARN_SESSIONS_MAX,
                                          .seed = options->seed,
                                          .threads = options->threads};
    return ust_kinds_find(&options->rows->points, &options->rows->layout, &how, arena, out);
}

/* What sessions say with all their events goes before what the figures of features say. */
static void add_kinds(const struct ust_kinds *kinds, struct ust_choice_of_k *out)
{
    for (uint32_t i = 0; i < out->n; i++) {
        struct ust_k_evidence *at = &out->at[i];
        if (at->k >= kinds->first && at->k - kinds->first < kinds->tried)
            at->kinds_bic = kinds->bic[at->k - kinds->first];
        for (uint32_t s = 0; s < kinds->steps; s++)
            if (kinds->step[s].kinds == at->k)
                at->overlap = kinds->step[s].overlap;
    }
    out->k = out->by_kinds = kinds->n;
}

enum ust_cluster_status ust_learn_choose(const struct ust_points *scaled,
                                         const struct ust_learn_options *options,
                                         struct ust_arena *arena, struct ust_choice_of_k *out,
                                         struct ust_kinds *kinds)
{
    const struct ust_choose_options how = {
        .k_max = options->personas_max ? options->personas_max : 10,
        .starts = 5,
        .floor = CHOICE_FLOOR,
        .seed = options->seed,
        .threads = options->threads};
    enum ust_cluster_status status = ust_choose_k(scaled, &how, arena, out);
    struct ust_kinds own;
    kinds = kinds != NULL ? kinds : &own;
    if (status != UST_CLUSTER_OK || options->rows == NULL || options->rows->points.d == 0)
        return status;
    status = find_kinds(options, arena, kinds);
    if (status == UST_CLUSTER_OK)
        add_kinds(kinds, out);
    return status;
}

static enum ust_cluster_status choose(struct learning *l, uint32_t *k)
{
    *k = l->o->personas;
    if (l->o->method == UST_LEARN_MINIBATCH) {
        l->out->choice = *l->o->ready->choice;
        *k = l->o->ready->clusters;
    }
    if (*k > 0 || l->o->method == UST_LEARN_DBSCAN)
        return UST_CLUSTER_OK;
    enum ust_cluster_status status =
        ust_learn_choose(&l->scaled, l->o, l->arena, &l->out->choice, &l->kinds);
    *k = l->out->choice.k;
    return status;
}

/* ---- methods: labels 0 .. k - 1 or UST_NOISE ---- */

const char *const ust_learn_method_names[] = {"kmeans",    "mixture", "dbscan",
                                              "minibatch", "kinds",   NULL};

/* What all methods are given, and what is repeated on each sample of the bootstrap. */
struct method {
    const struct ust_learn_options *o;
    uint32_t k, starts;
    double radius;
    uint32_t components; /* of kinds; 0: by BIC */
};

static uint32_t points_min(const struct ust_learn_options *o, uint32_t d)
{
    return o->points_min ? o->points_min : 2 * d > 10 ? 2 * d : 10;
}

static enum ust_cluster_status by_mixture(const struct method *m,
                                          const struct ust_points *points, uint64_t seed,
                                          uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_mixture_fit fit;
    struct ust_mixture_options options = {.clusters = m->k,
                                          .starts = m->starts,
                                          .tolerance = 1e-6,
                                          .floor = CHOICE_FLOOR,
                                          .seed = seed,
                                          .threads = m->o->threads};
    enum ust_cluster_status status = ust_mixture_fit(points, &options, arena, &fit);
    if (status == UST_CLUSTER_OK)
        memcpy(labels, fit.labels, points->n * sizeof *labels);
    ust_arena_free(arena);
    return status;
}

static enum ust_cluster_status by_dbscan(const struct method *m,
                                         const struct ust_points *points, uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_dbscan fit;
    struct ust_dbscan_options options = {.radius = m->radius,
                                         .points_min = points_min(m->o, points->d),
                                         .threads = m->o->threads};
    enum ust_cluster_status status = ust_dbscan_fit(points, &options, arena, &fit);
    if (status == UST_CLUSTER_OK)
        memcpy(labels, fit.labels, points->n * sizeof *labels);
    if (status == UST_CLUSTER_OK && fit.clusters > UST_CLUSTERS_MAX)
        status = UST_CLUSTER_TOO_LARGE;
    ust_arena_free(arena);
    return status;
}

static enum ust_cluster_status by_kinds(const struct method *m, const struct ust_points *rows,
                                        uint64_t seed, uint32_t *labels)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_kinds found;
    const struct ust_kinds_options how = {.kinds = m->k,
                                          .components = m->components,
                                          .starts = m->starts,
                                          .sessions_max = UST_LEARN_SESSIONS_MAX,
                                          .seed = seed,
                                          .threads = m->o->threads};
    enum ust_cluster_status status =
        ust_kinds_find(rows, &m->o->rows->layout, &how, arena, &found);
    if (status == UST_CLUSTER_OK)
        memcpy(labels, found.labels, rows->n * sizeof *labels);
    ust_arena_free(arena);
    return status;
}

static enum ust_cluster_status run_method(void *context, const struct ust_points *points,
                                          uint64_t seed, uint32_t *labels)
{
    const struct method *m = context;
    struct ust_kmeans_options options = {
        .clusters = m->k, .starts = m->starts, .threads = m->o->threads};
    switch (m->o->method) {
    case UST_LEARN_MIXTURE:
        return by_mixture(m, points, seed, labels);
    case UST_LEARN_DBSCAN:
        return by_dbscan(m, points, labels);
    case UST_LEARN_KINDS:
        return by_kinds(m, points, seed, labels);
    default:
        return ust_again_kmeans(&options, points, seed, labels);
    }
}

/* ---- what is found ---- */

struct rank {
    uint32_t cluster;
    uint64_t size;
};

static int larger_first(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

/* Clusters are numbered as they were found; personas by their size. */
static void order_by_size(struct learning *l)
{
    struct ust_learned *out = l->out;
    struct rank *rank = ust_malloc((out->n + 1) * sizeof *rank);
    uint32_t *place = ust_malloc((out->n + 1) * sizeof *place);
    for (uint32_t c = 0; c < out->n; c++)
        rank[c] = (struct rank){c, 0};
    for (size_t i = 0; i < l->scaled.n; i++)
        if (out->labels[i] != UST_NOISE)
            rank[out->labels[i]].size++;
        else
            out->alone++;
    qsort(rank, out->n, sizeof *rank, larger_first);
    for (uint32_t p = 0; p < out->n; p++) {
        place[rank[p].cluster] = p;
        out->persona[p].sessions = rank[p].size;
        out->persona[p].share = (double)rank[p].size / (double)l->scaled.n;
        out->persona[p].sure =
            l->o->method == UST_LEARN_KINDS ? l->kinds.sure[rank[p].cluster] : (double)NAN;
    }
    for (size_t i = 0; i < l->scaled.n; i++)
        if (out->labels[i] != UST_NOISE)
            out->labels[i] = place[out->labels[i]];
    uint32_t *next = l->kinds.beliefs.next;
    for (size_t i = 0; l->o->method == UST_LEARN_KINDS && i < l->scaled.n; i++)
        next[i] = next[i] == UST_NOISE ? UST_NOISE : place[next[i]];
    free(rank);
    free(place);
}

/* Most shares of most sessions are 0 or 1, so their median says little. `value` is sorted. */
static double middle_of(const double *value, size_t n, bool share)
{
    double mean = 0.0;
    for (size_t i = 0; i < n && share; i++)
        mean += (value[i] - mean) / (double)(i + 1);
    return share ? mean : value[n / 2];
}

static void find_middles(struct learning *l)
{
    size_t rows = l->scaled.n;
    uint32_t d = l->scaled.d;
    double *value = ust_malloc(rows * sizeof *value);
    for (uint32_t p = 0; p < l->out->n; p++) {
        struct ust_persona_found *persona = &l->out->persona[p];
        persona->middle = ust_arena_alloc(l->arena, double, d);
        persona->low = ust_arena_alloc(l->arena, double, d);
        persona->high = ust_arena_alloc(l->arena, double, d);
        for (uint32_t j = 0; j < d; j++) {
            size_t n = 0;
            for (size_t i = 0; i < rows; i++)
                if (l->out->labels[i] == p)
                    value[n++] = ust_features_shown(l->features, i, j);
            qsort(value, n, sizeof *value, ust_ascending);
            persona->middle[j] =
                middle_of(value, n, l->features->plan->column[j].how == UST_SCALE_TOGETHER);
            persona->low[j] = value[n / 20];
            persona->high[j] = value[n - 1 - n / 20];
        }
    }
    free(value);
}

static enum ust_cluster_status trust(struct learning *l)
{
    struct ust_learned *out = l->out;
    /* Fewer starts than for the real thing: a sample is one of many. */
    bool kinds = l->o->method == UST_LEARN_KINDS;
    struct method again = {.o = l->o,
                           .k = out->n,
                           .starts = kinds                               ? 1
                                     : l->o->method == UST_LEARN_MIXTURE ? 2
                                                                         : 4,
                           .radius = out->radius,
                           .components = out->components};
    struct ust_stability stability;
    struct ust_silhouette *silhouette = &out->silhouette;
    enum ust_cluster_status status = ust_stability_of(
        kinds ? &l->o->rows->points : &l->scaled, out->labels, out->n, run_method, &again,
        l->o->samples, kinds ? KINDS_DRAWN_MAX : 0, l->o->seed, l->arena, &stability);
    if (status == UST_CLUSTER_OK)
        status = ust_silhouette(&l->scaled, out->labels, 0, l->o->seed, l->o->threads, l->arena,
                                silhouette);
    for (uint32_t p = 0; p < out->n && status == UST_CLUSTER_OK; p++) {
        struct ust_persona_found *persona = &out->persona[p];
        /* A single persona is separated from nobody: that part says nothing against it. */
        persona->silhouette = out->n == 1                ? 1.0
                              : p < silhouette->clusters ? silhouette->cluster_mean[p]
                                                         : (double)NAN;
        /* Kinds need not be apart in features: how sure its sessions are its own says more. */
        double apart = kinds && out->n > 1 ? 2.0 * persona->sure - 1.0 : persona->silhouette;
        persona->confidence = ust_confidence_of(persona->sessions, stability.jaccard[p], apart,
                                                l->o->age, l->o->half_life, 0.0);
    }
    return status;
}

/* The Gaussians, and how far from them sessions lie that they have not seen. */
static void learn_model(struct learning *l)
{
    struct ust_learned *out = l->out;
    const struct ust_tail_options options = {
        .shrink = true,
        .floor = FLOOR,
        .beliefs = l->o->method == UST_LEARN_KINDS ? &l->kinds.beliefs : NULL,
        .seed = l->o->seed,
        .threads = l->o->threads};
    out->tail = ust_arena_alloc(l->arena, struct ust_tail, out->n + 1);
    out->has_model =
        ust_classifier_learn(&l->scaled, out->labels, out->n, true, FLOOR, l->o->threads,
                             l->arena, &out->model) == UST_CLUSTER_OK &&
        ust_tails_learn(&l->scaled, out->labels, &out->model, &options, l->arena, out->tail,
                        &out->temperature) == UST_CLUSTER_OK;
}

/* Found already where their number was not given. */
static enum ust_cluster_status take_kinds(struct learning *l)
{
    enum ust_cluster_status status =
        l->kinds.labels != NULL ? UST_CLUSTER_OK : find_kinds(l->o, l->arena, &l->kinds);
    if (status != UST_CLUSTER_OK)
        return status;
    l->out->components = l->kinds.components;
    memcpy(l->out->labels, l->kinds.labels, l->scaled.n * sizeof *l->out->labels);
    return UST_CLUSTER_OK;
}

static enum ust_cluster_status cluster(struct learning *l, uint32_t k)
{
    struct ust_learned *out = l->out;
    struct method method = {.o = l->o,
                            .k = k,
                            .starts = l->o->method == UST_LEARN_MIXTURE ? 4 : 10,
                            .radius = l->o->radius};
    if (l->o->method == UST_LEARN_DBSCAN && !(method.radius > 0.0))
        method.radius = ust_dbscan_radius(&l->scaled, points_min(l->o, l->scaled.d), 0,
                                          l->o->seed, l->o->threads);
    out->radius = method.radius;
    out->labels = ust_arena_alloc(l->arena, uint32_t, l->scaled.n);
    enum ust_cluster_status status = UST_CLUSTER_OK;
    if (l->o->method == UST_LEARN_MINIBATCH)
        ust_kmeans_assign(&l->scaled, l->o->ready->centres, k, l->o->threads, out->labels,
                          NULL);
    else if (l->o->method == UST_LEARN_KINDS)
        status = take_kinds(l);
    else
        status = run_method(&method, &l->scaled, l->o->seed, out->labels);
    if (status != UST_CLUSTER_OK)
        return status;
    /* A mixture may leave a component without points, mini-batches a centre without kept ones,
     * DBSCAN has a number of its own. */
    out->n = ust_labels_dense(out->labels, l->scaled.n, out->labels);
    if (out->n == 0)
        return UST_CLUSTER_TOO_FEW;
    out->persona = ust_arena_alloc(l->arena, struct ust_persona_found, out->n);
    order_by_size(l);
    out->sse = ust_labels_sse(&l->scaled, out->labels);
    find_middles(l);
    learn_model(l);
    return trust(l);
}

static double *room_for_scaled(const struct ust_features *features, struct ust_arena *arena)
{
    return features->spend
               ? features->x
               : ust_arena_alloc(arena, double, features->points.n * features->points.d);
}

enum ust_cluster_status ust_learn_scale(const struct ust_features *features,
                                        enum ust_scale_kind scale, struct ust_arena *arena,
                                        struct ust_scaling *scaling, struct ust_points *scaled)
{
    const struct ust_points *raw = &features->points;
    enum ust_scale_how *how = ust_arena_alloc(arena, enum ust_scale_how, raw->d);
    for (uint32_t j = 0; j < raw->d; j++)
        how[j] = features->plan->column[j].how;
    enum ust_cluster_status status = ust_scaling_fit(raw, scale, how, arena, scaling);
    if (status != UST_CLUSTER_OK)
        return status;
    double *x = room_for_scaled(features, arena);
    ust_scaling_apply(scaling, raw->x, raw->n, x);
    *scaled = (struct ust_points){x, raw->n, raw->d};
    return UST_CLUSTER_OK;
}

static enum ust_cluster_status scale(struct learning *l)
{
    const struct ust_points *raw = &l->features->points;
    if (l->o->method != UST_LEARN_MINIBATCH)
        return ust_learn_scale(l->features, l->o->scale, l->arena, &l->out->scaling,
                               &l->scaled);
    double *x = room_for_scaled(l->features, l->arena);
    l->out->scaling = *l->o->ready->scaling;
    ust_scaling_apply(&l->out->scaling, raw->x, raw->n, x);
    l->scaled = (struct ust_points){x, raw->n, raw->d};
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_learn(const struct ust_features *features,
                                  const struct ust_learn_options *options,
                                  struct ust_arena *arena, struct ust_learned *out)
{
    memset(out, 0, sizeof *out);
    struct learning l = {.features = features, .o = options, .arena = arena, .out = out};
    uint32_t k = 0;
    if (options->method == UST_LEARN_KINDS &&
        (options->rows == NULL || options->rows->points.d == 0))
        return UST_CLUSTER_PARAMETER;
    enum ust_cluster_status status = scale(&l);
    out->scaled = l.scaled;
    if (status == UST_CLUSTER_OK)
        status = choose(&l, &k);
    return status == UST_CLUSTER_OK ? cluster(&l, k) : status;
}
