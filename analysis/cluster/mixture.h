/* A mixture of Gaussians: how likely each cluster is to have made a point, and how far the
 * point lies from it in the cluster's own measure.
 *
 * Fitted by expectation and maximisation (Dempster, Laird and Rubin 1977) from several starts:
 * clusters of k-means in turn with the nearest of plain k-means++ seeds. The likelihood is that
 * of all points, log sums are taken after the largest term, and a small constant on the
 * diagonal keeps a covariance from collapsing onto a few points. Sums go chunk by chunk in a
 * fixed order. A mixture can as well be made from points whose labels are known; see
 * classify.h. Cost: O(n k d^2) an iteration, O(n k d) for diagonal shapes.
 */
#ifndef UST_CLUSTER_MIXTURE_H
#define UST_CLUSTER_MIXTURE_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

enum ust_mixture_shape {
    UST_MIXTURE_FULL,      /* each cluster its own covariance */
    UST_MIXTURE_DIAGONAL,  /* its own variances, no correlation */
    UST_MIXTURE_TIED,      /* one covariance for all */
    UST_MIXTURE_SPHERICAL, /* its own single variance */
};

struct ust_mixture {
    uint32_t clusters, d;
    enum ust_mixture_shape shape;
    double *weights;     /* sum 1 */
    double *means;       /* clusters * d */
    double *covariances; /* clusters * d * d, whole matrices whatever the shape */

    /* Made of the above by ust_mixture_prepare. */
    double *whiteners; /* clusters * d * d: inverse of the lower Cholesky factor */
    double *log_tops;  /* log of weight times the density at the mean */
};

struct ust_mixture_options {
    uint32_t clusters; /* 1 .. UST_CLUSTERS_MAX */
    enum ust_mixture_shape shape;
    uint32_t starts;     /* 0: 4 */
    uint32_t iterations; /* of one start, at most; 0: 1000 */
    double tolerance;    /* least gain of the mean log likelihood worth going on; 0: 1e-7 */
    double floor;        /* added to variances; 0: 1e-6, fit for features of unit spread */
    uint64_t seed;
    unsigned threads;
};

struct ust_mixture_fit {
    struct ust_mixture model;
    uint32_t *labels; /* of the largest posterior; the lowest on a tie */
    uint64_t *sizes;  /* by labels; 0 is possible */
    double log_likelihood;
    uint32_t parameters; /* free ones */
    double bic; /* parameters * log n - 2 log likelihood (Schwarz 1978): less is better */
    double aic; /* 2 parameters - 2 log likelihood */
    uint32_t iterations, best_start;
    bool converged;
};

/* Results live in the arena. UST_CLUSTER_SINGULAR: no start kept its covariances invertible. */
enum ust_cluster_status ust_mixture_fit(const struct ust_points *points,
                                        const struct ust_mixture_options *options,
                                        struct ust_arena *arena, struct ust_mixture_fit *out);

/* Room for a model, all zero. */
struct ust_mixture ust_mixture_new(uint32_t clusters, uint32_t d, enum ust_mixture_shape shape,
                                   struct ust_arena *arena);
/* To be called when weights, means or covariances have changed. */
enum ust_cluster_status ust_mixture_prepare(struct ust_mixture *model);

/* Free parameters of a shape. */
uint32_t ust_mixture_parameters(uint32_t clusters, uint32_t d, enum ust_mixture_shape shape);

/* Squared Mahalanobis distance of x (d numbers) to a cluster's mean. */
double ust_mixture_distance2(const struct ust_mixture *model, uint32_t cluster,
                             const double *x);

/* Log of the mixture's density at x; `posterior` (clusters; may be NULL) gets each cluster's
 * part in it, which add up to 1; a part below e^-45 is 0. */
double ust_mixture_log_density(const struct ust_mixture *model, const double *x,
                               double *posterior);

#endif
