/* What clustering works on: n points of d features, row after row, and what can be wrong with
 * them.
 *
 * Points are borrowed and never changed. A label is the number of a cluster from 0, or
 * UST_NOISE. Everything in this folder is a function of its input and its seed: the number of
 * threads changes how long it takes and not one bit of the result. Nothing here is printed; a
 * function that can meet impossible input says so with a status.
 */
#ifndef UST_CLUSTER_POINTS_H
#define UST_CLUSTER_POINTS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/limits.h"

#define UST_NOISE UINT32_MAX /* of no cluster */

/* Beyond this, squares of differences would overflow. */
#define UST_POINTS_LARGE 1e150

struct ust_points {
    const double *x; /* feature j of point i is x[i * d + j] */
    size_t n;
    uint32_t d;
};

enum ust_cluster_status {
    UST_CLUSTER_OK = 0,
    UST_CLUSTER_NO_POINTS,  /* n is 0, or d is 0 */
    UST_CLUSTER_TOO_LARGE,  /* beyond UST_POINTS_MAX, UST_FEATURES_MAX or UST_CLUSTERS_MAX */
    UST_CLUSTER_NOT_FINITE, /* a NaN, an infinity, or beyond UST_POINTS_LARGE */
    UST_CLUSTER_TOO_FEW,    /* fewer distinct points than clusters */
    UST_CLUSTER_SINGULAR,   /* a covariance without inverse, even after regularisation */
    UST_CLUSTER_PARAMETER,  /* an option out of its range */
};

/* For people: lower case, no full stop, the reason alone. */
const char *ust_cluster_status_text(enum ust_cluster_status status);

/* Finite, not too large and not too many. `bad` (may be NULL) gets the index of the first point
 * that is not finite. */
enum ust_cluster_status ust_points_check(const struct ust_points *points, size_t *bad);

static inline const double *ust_point(const struct ust_points *points, size_t i)
{
    return points->x + i * points->d;
}

/* Summed in the order of features, as everything here that compares distances does. */
static inline double ust_distance2(const double *a, const double *b, uint32_t d)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < d; j++) {
        double gap = a[j] - b[j];
        sum += gap * gap;
    }
    return sum;
}

#endif
