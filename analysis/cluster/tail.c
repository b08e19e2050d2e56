#include "analysis/cluster/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/classify.h"
#include "sim/rand/rng.h"

#define FOLDS 5
/* The farthest points are kept one by one, the others at steps of a tenth of their rank. */
#define STEP 0.1
/* More points than these tell no more of a single number. */
#define POSTERIORS 10000

struct held {
    double distance2;
    uint32_t nearest, likeliest;
};

struct learning {
    const struct ust_points *points;
    const uint32_t *labels;
    const struct ust_mixture *whole;
    const struct ust_tail_options *o;
    uint32_t folds;
    uint32_t *fold;    /* of each point */
    uint32_t *some;    /* labels of a fold's lesson */
    uint64_t *left;    /* points of each cluster in it */
    struct held *held; /* of each point that has a label, in the order of points */
    size_t n;
    struct ust_held_posteriors said; /* of each of a few of them; n 0 without beliefs */
    size_t step;                     /* from one of these points to the next */
};

/* Folds of one size, drawn within each cluster, so that a small one is in all of them. */
static void deal(struct learning *l)
{
    struct ust_rng rng = ust_rng_derive(l->o->seed, 0, "cluster/tail/folds");
    size_t n = l->points->n;
    uint32_t *order = ust_malloc((n + 1) * sizeof *order);
    size_t taken = 0;
    for (size_t i = 0; i < n; i++)
        if (l->labels[i] != UST_NOISE)
            order[taken++] = (uint32_t)i;
    for (size_t i = taken; i > 1; i--) {
        uint32_t at = ust_rng_below(&rng, (uint32_t)i), kept = order[i - 1];
        order[i - 1] = order[at];
        order[at] = kept;
    }
    memset(l->left, 0, l->whole->clusters * sizeof *l->left);
    for (size_t i = 0; i < taken; i++)
        l->fold[order[i]] = (uint32_t)(l->left[l->labels[order[i]]]++ % l->folds);
    free(order);
}

/* The mixture without a fold. Clusters that it leaves nothing of are as in the whole. */
static enum ust_cluster_status learn_without(struct learning *l, uint32_t fold,
                                             struct ust_arena *arena, struct ust_mixture *out)
{
    const struct ust_mixture *whole = l->whole;
    uint32_t k = whole->clusters, d = whole->d, there = 0;
    uint32_t *number = ust_arena_alloc(arena, uint32_t, k);
    memset(l->left, 0, k * sizeof *l->left);
    for (size_t i = 0; i < l->points->n; i++)
        if (l->labels[i] != UST_NOISE && l->fold[i] != fold)
            l->left[l->labels[i]]++;
    for (uint32_t c = 0; c < k; c++)
        number[c] = l->left[c] > 1 ? there++ : UST_NOISE;
    *out = ust_mixture_new(k, d, UST_MIXTURE_FULL, arena);
    memcpy(out->weights, whole->weights, k * sizeof *out->weights);
    memcpy(out->means, whole->means, (size_t)k * d * sizeof *out->means);
    memcpy(out->covariances, whole->covariances, (size_t)k * d * d * sizeof *out->covariances);
    for (size_t i = 0; i < l->points->n; i++)
        l->some[i] =
            l->labels[i] == UST_NOISE || l->fold[i] == fold ? UST_NOISE : number[l->labels[i]];
    struct ust_mixture some;
    if (there > 0 && ust_classifier_learn(l->points, l->some, there, l->o->shrink, l->o->floor,
                                          l->o->threads, arena, &some) == UST_CLUSTER_OK)
        for (uint32_t c = 0; c < k; c++) {
            if (number[c] == UST_NOISE)
                continue;
            memcpy(out->means + (size_t)c * d, some.means + (size_t)number[c] * d,
                   d * sizeof *out->means);
            memcpy(out->covariances + (size_t)c * d * d,
                   some.covariances + (size_t)number[c] * d * d,
                   (size_t)d * d * sizeof *out->covariances);
        }
    return ust_mixture_prepare(out);
}

static void make_room(struct learning *l, struct ust_arena *arena)
{
    size_t n = l->points->n, k = l->whole->clusters;
    l->step = n / POSTERIORS + 1;
    size_t most = n / l->step + 1;
    l->said = (struct ust_held_posteriors){.posterior = ust_arena_alloc(arena, double, most *k),
                                           .label = ust_arena_alloc(arena, uint32_t, most),
                                           .next = ust_arena_alloc(arena, uint32_t, most),
                                           .sure = ust_arena_alloc(arena, float, most),
                                           .clusters = l->whole->clusters};
}

static void keep_posterior(struct learning *l, size_t i, const double *posterior)
{
    struct ust_held_posteriors *said = &l->said;
    if (l->o->beliefs == NULL || i % l->step != 0)
        return;
    memcpy(said->posterior + said->n * said->clusters, posterior,
           said->clusters * sizeof *posterior);
    said->label[said->n] = l->labels[i];
    said->next[said->n] = l->o->beliefs->next[i];
    said->sure[said->n++] = l->o->beliefs->sure[i];
}

static void measure(struct learning *l, uint32_t fold, const struct ust_mixture *model)
{
    double posterior[UST_CLUSTERS_MAX];
    for (size_t i = 0; i < l->points->n; i++) {
        if (l->labels[i] == UST_NOISE || l->fold[i] != fold)
            continue;
        struct held it = {(double)INFINITY, 0, 0};
        ust_mixture_log_density(model, ust_point(l->points, i), posterior);
        for (uint32_t c = 0; c < model->clusters; c++) {
            double distance2 = ust_mixture_distance2(model, c, ust_point(l->points, i));
            if (posterior[c] > posterior[it.likeliest])
                it.likeliest = c;
            if (distance2 < it.distance2) {
                it.distance2 = distance2;
                it.nearest = c;
            }
        }
        l->held[l->n++] = it;
        keep_posterior(l, i, posterior);
    }
}

static int nearer_first(const void *a, const void *b)
{
    const struct held *x = a, *y = b;
    if (x->distance2 != y->distance2)
        return x->distance2 < y->distance2 ? -1 : 1;
    return (x->nearest > y->nearest) - (x->nearest < y->nearest);
}

/* Of the distances of `cluster` (UST_NOISE: of all), which are sorted. */
static struct ust_tail tail_of(const struct learning *l, uint32_t cluster,
                               struct ust_arena *arena)
{
    struct ust_tail tail = {.distance2 = ust_arena_alloc(arena, double, UST_TAIL_POINTS),
                            .beyond = ust_arena_alloc(arena, uint64_t, UST_TAIL_POINTS)};
    uint64_t rank = 0, next = 1;
    for (size_t i = l->n; i-- > 0;) {
        tail.given += cluster == UST_NOISE || l->held[i].likeliest == cluster;
        if (cluster != UST_NOISE && l->held[i].nearest != cluster)
            continue;
        tail.n++;
        if (++rank < next || tail.points == UST_TAIL_POINTS)
            continue;
        tail.distance2[tail.points] = l->held[i].distance2;
        tail.beyond[tail.points++] = rank;
        next = rank + 1 + (uint64_t)((double)rank * STEP);
    }
    for (uint32_t i = 0; i < tail.points / 2; i++) { /* farthest first until here */
        uint32_t j = tail.points - 1 - i;
        double distance2 = tail.distance2[i];
        uint64_t beyond = tail.beyond[i];
        tail.distance2[i] = tail.distance2[j];
        tail.beyond[i] = tail.beyond[j];
        tail.distance2[j] = distance2;
        tail.beyond[j] = beyond;
    }
    return tail;
}

enum ust_cluster_status ust_tails_learn(const struct ust_points *points, const uint32_t *labels,
                                        const struct ust_mixture *whole,
                                        const struct ust_tail_options *options,
                                        struct ust_arena *arena, struct ust_tail *out,
                                        double *temperature)
{
    enum ust_cluster_status status = ust_points_check(points, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    struct ust_arena *work = ust_arena_new();
    struct learning l = {.points = points, .labels = labels, .whole = whole, .o = options};
    l.folds = options->folds ? options->folds : FOLDS;
    l.fold = ust_arena_alloc(work, uint32_t, points->n);
    l.some = ust_arena_alloc(work, uint32_t, points->n);
    l.left = ust_arena_alloc(work, uint64_t, whole->clusters);
    l.held = ust_arena_alloc(work, struct held, points->n);
    if (options->beliefs != NULL)
        make_room(&l, work);
    deal(&l);
    for (uint32_t fold = 0; fold < l.folds && status == UST_CLUSTER_OK; fold++) {
        struct ust_arena *own = ust_arena_new();
        struct ust_mixture model;
        status = learn_without(&l, fold, own, &model);
        if (status == UST_CLUSTER_OK)
            measure(&l, fold, &model);
        ust_arena_free(own);
    }
    qsort(l.held, l.n, sizeof *l.held, nearer_first);
    for (uint32_t c = 0; c < whole->clusters && status == UST_CLUSTER_OK; c++)
        out[c] = tail_of(&l, c, arena);
    out[whole->clusters] = tail_of(&l, UST_NOISE, arena);
    *temperature = ust_temper_find(&l.said);
    ust_arena_free(work);
    return status;
}

double ust_tail_p(const struct ust_tail *tail, double distance2)
{
    uint32_t low = 0, high = tail->points; /* the first rank that lies farther */
    if (tail->n == 0)
        return 1.0;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (tail->distance2[middle] > distance2)
            high = middle;
        else
            low = middle + 1;
    }
    /* At the nearer neighbour's rank or fewer lie beyond; nearer than all: all may. */
    double beyond = low > 0 ? (double)tail->beyond[low - 1] : (double)tail->n;
    if (low == tail->points && distance2 > tail->distance2[tail->points - 1])
        beyond = 0.0;
    return (1.0 + beyond) / ((double)tail->n + 1.0);
}

double ust_tail_gate(const struct ust_tail *tail, double level)
{
    double most = (1.0 - level) * ((double)tail->n + 1.0) - 1.0; /* that may lie beyond */
    if (tail->n == 0 || most < 0.0)
        return (double)INFINITY;
    for (uint32_t i = 0; i < tail->points; i++)
        if ((double)tail->beyond[i] <= most)
            return tail->distance2[i];
    return nextafter(tail->distance2[tail->points - 1], (double)INFINITY);
}
