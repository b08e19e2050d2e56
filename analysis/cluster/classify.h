/* Which known cluster a new point belongs to, or that it belongs to none.
 *
 * The clusters are the components of a mixture: fitted as such, or made here from points whose
 * labels are known (k-means, DBSCAN, a person). A point gets the cluster of the largest
 * posterior. It is a stranger where even the cluster that is nearest in Mahalanobis distance
 * would make fewer than 1 - level of its points so far away: the squared distance of a Gaussian
 * in d features follows a chi-square law with d degrees of freedom.
 */
#ifndef UST_CLUSTER_CLASSIFY_H
#define UST_CLUSTER_CLASSIFY_H

#include <stdbool.h>

#include "analysis/cluster/mixture.h"

/* Means, weights and covariances of the labelled points (UST_NOISE is left out); labels are
 * 0 .. clusters - 1, each at least once.
 *
 * Covariances have n - 1 below the line. `shrink` draws each towards a sphere of the same mean
 * variance by the share that Ledoit and Wolf (2004) find best (with n below the line, as
 * theirs): what to do with few points or features that hang together. `floor` is added to all
 * variances; 0 leaves a cluster of d points or fewer UST_CLUSTER_SINGULAR unless shrunk. */
enum ust_cluster_status ust_classifier_learn(const struct ust_points *points,
                                             const uint32_t *labels, uint32_t clusters,
                                             bool shrink, double floor, unsigned threads,
                                             struct ust_arena *arena, struct ust_mixture *out);

/* Ledoit and Wolf's share for n points of mean zero whose covariance (n below the line) is
 * `covariance` (d * d): 0 .. 1. */
double ust_shrinkage(const double *centred, size_t n, uint32_t d, const double *covariance);

struct ust_class {
    uint32_t cluster;   /* of the largest posterior, or UST_NOISE for a stranger */
    uint32_t likeliest; /* the same, stranger or not */
    double posterior;   /* of `likeliest`, among the known clusters */
    uint32_t nearest;   /* in squared Mahalanobis distance */
    double distance2;   /* to `nearest` */
    double p;           /* of a distance at least as large, for a point of `nearest` */
};

/* level: 0.999 rejects a thousandth of what does belong. `posterior` as in
 * ust_mixture_log_density. */
struct ust_class ust_classify(const struct ust_mixture *model, const double *x, double level,
                              double *posterior);

/* The squared distance beyond which ust_classify rejects. */
double ust_class_gate(uint32_t d, double level);

/* Why a point is far from a cluster: for each feature its distance from the mean in standard
 * deviations of that feature alone. Returns the feature of the largest. */
uint32_t ust_class_reasons(const struct ust_mixture *model, uint32_t cluster, const double *x,
                           double *deviations);

#endif
