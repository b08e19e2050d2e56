/* Principal components: the directions in which points differ most, for pictures in a plane.
 *
 * From the singular values of the covariance (n below the line). An axis has length 1 and its
 * largest entry is positive (the first on a tie), so that pictures do not flip.
 */
#ifndef UST_CLUSTER_PCA_H
#define UST_CLUSTER_PCA_H

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

struct ust_pca {
    uint32_t d, parts;
    double *mean;     /* d */
    double *axes;     /* parts * d, by falling variance */
    double *variance; /* along each axis */
    double *share;    /* of the whole variance; 0 where there is none */
};

/* parts: 0: all; at most d. Results live in the arena. */
enum ust_cluster_status ust_pca_fit(const struct ust_points *points, uint32_t parts,
                                    struct ust_arena *arena, struct ust_pca *out);

/* n points to n * parts coordinates. */
void ust_pca_project(const struct ust_pca *pca, const double *x, size_t n, double *out);

#endif
