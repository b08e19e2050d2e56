/* How many clusters points have by themselves: three opinions, each with its evidence, and a
 * rule.
 *
 *   silhouette  the k of the largest mean silhouette (2 at least)
 *   gap         Tibshirani, Walther and Hastie 2001: how much smaller the log of the squared
 *               error is than that of points spread evenly over a box around the data; the
 *               least k whose gap is not below the next one's by more than that one's standard
 *               error
 *   bic         the k whose Gaussian mixture, full or diagonal, has the least BIC
 *
 * The k that two of them name is chosen; where all differ, BIC's. Squared error alone never
 * chooses, since it falls with every cluster. For each k all figures are kept, to be drawn.
 *
 * Where points are means over few or many events, all three see more clusters than there are
 * kinds of users; profile asks kinds.h instead, and shows these beside it.
 */
#ifndef UST_CLUSTER_CHOOSE_H
#define UST_CLUSTER_CHOOSE_H

#include "analysis/cluster/mixture.h"
#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

enum ust_gap_box {
    UST_GAP_ALIGNED, /* along the principal axes of the data */
    UST_GAP_PLAIN,   /* along the features */
};

struct ust_choose_options {
    uint32_t k_min, k_max; /* 0: 1 and 10; k_max is cut at the number of distinct points */
    uint32_t starts;       /* of k-means on the data; 0: 10; of a mixture as many, at most 4 */
    uint32_t references;   /* boxes of the gap; 0: 20 */
    enum ust_gap_box box;
    size_t silhouette_max; /* points in the silhouette's sample; 0: 5000 */
    size_t points_max;     /* above it gap and BIC use a sample of that size; 0: 20000 */
    double floor;          /* of the mixtures' variances; 0: theirs */
    uint64_t seed;
    unsigned threads;
};

struct ust_k_evidence {
    uint32_t k;
    double sse;
    double silhouette, calinski_harabasz, davies_bouldin; /* NAN for k = 1 */
    double log_sse;                                       /* of the sample that the gap uses */
    double expected;                                      /* mean of the log over the boxes */
    double gap, gap_error;
    double bic; /* the least of both shapes; NAN where neither could be fitted */
    enum ust_mixture_shape shape;
    /* Of kinds (kinds.h), where whoever asks has looked for some; else NAN: BIC of so many
     * components, and the overlap of so many kinds. */
    double kinds_bic, overlap;
};

struct ust_choice_of_k {
    struct ust_k_evidence *at;
    uint32_t n;
    uint32_t by_silhouette, by_gap, by_bic; /* 0: it could not say */
    uint32_t by_kinds;                      /* 0: nobody looked */
    uint32_t k;                             /* chosen */
};

enum ust_cluster_status ust_choose_k(const struct ust_points *points,
                                     const struct ust_choose_options *options,
                                     struct ust_arena *arena, struct ust_choice_of_k *out);

#endif
