/* How good a clustering is: against known labels, and by itself.
 *
 * Labels are any numbers below 2^32; UST_NOISE is a label like others when two labelings are
 * compared, and leaves a point out of every other measure here. NAN stands for "not defined":
 * one cluster only, or no point left.
 */
#ifndef UST_CLUSTER_MEASURE_H
#define UST_CLUSTER_MEASURE_H

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

/* Adjusted Rand index of two labelings of n points (Hubert and Arabie 1985): 1 for the same
 * partition, 0 on average for a random one. 1 where both are one cluster, or n singletons. */
double ust_adjusted_rand(const uint32_t *a, const uint32_t *b, size_t n);

/* Of the pairs that share a cluster in a or in b, the part that does in both; 1 where no pair
 * does. */
double ust_pair_jaccard(const uint32_t *a, const uint32_t *b, size_t n);

/* Sum of squared distances to the mean of the own label. */
double ust_labels_sse(const struct ust_points *points, const uint32_t *labels);

/* Calinski and Harabasz (1974): between over within, each by its degrees of freedom; larger is
 * better, infinite where all points lie on their means. */
double ust_calinski_harabasz(const struct ust_points *points, const uint32_t *labels);

/* Davies and Bouldin (1979): smaller is better. */
double ust_davies_bouldin(const struct ust_points *points, const uint32_t *labels);

/* Silhouettes (Rousseeuw 1987): (b - a) / max(a, b) of the mean distance a to the rest of the
 * own cluster and the least mean distance b to another one; 0 for the only point of a cluster.
 *
 * O(n^2 d) for all points. Beyond `sample_max` points (0: 5000) a sample of that many, drawn
 * without replacement from `seed`, stands for all; its points are measured against each other.
 */
struct ust_silhouette {
    double mean;      /* over the points that were measured */
    size_t measured;  /* how many */
    size_t *point;    /* their indices, ascending */
    double *value;    /* of each */
    uint32_t *labels; /* of each: 0 .. clusters - 1, by ascending label */
    uint32_t clusters;
    double *cluster_mean; /* NAN where the sample has no point of it */
};

enum ust_cluster_status ust_silhouette(const struct ust_points *points, const uint32_t *labels,
                                       size_t sample_max, uint64_t seed, unsigned threads,
                                       struct ust_arena *arena, struct ust_silhouette *out);

/* Renumbers labels to 0 .. k - 1 by ascending value, UST_NOISE staying; returns k. `dense` may
 * be `labels`. */
uint32_t ust_labels_dense(const uint32_t *labels, size_t n, uint32_t *dense);

#endif
