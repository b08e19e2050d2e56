/* The two loops where the time goes: a point against all centres.
 *
 * Centres are packed so that four of them lie side by side, feature after feature; a vector of
 * four distances grows as ust_distance2 would sum each alone. Every lane is plain IEEE
 * arithmetic, so a processor with AVX2 gets the bits of one without, faster.
 */
#ifndef UST_CLUSTER_KERNEL_H
#define UST_CLUSTER_KERNEL_H

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

#define UST_LANES 4

struct ust_packed {
    uint32_t k, d, groups; /* groups of UST_LANES centres; what is left over lies at infinity */
    double *at;            /* [group][feature][lane] */
};

struct ust_packed ust_packed_new(struct ust_arena *arena, uint32_t k, uint32_t d);
void ust_packed_set(struct ust_packed *packed, const double *centres); /* k * d */

struct ust_nearest {
    double best, second; /* squared distances; second is infinite where k is 1 */
    uint32_t index;      /* of the best; the lowest on a tie */
};

/* out[i] for the point which[i] of those that begin at x, or for the point i where `which` is
 * NULL. */
void ust_kernel_nearest(const struct ust_packed *packed, const double *x, const uint32_t *which,
                        size_t n, struct ust_nearest *out);

/* For each packed centre, the sum over n points of the lesser of near2[i] and the squared
 * distance; sums has groups * UST_LANES places. */
void ust_kernel_potential(const struct ust_packed *packed, const double *x, const double *near2,
                          size_t n, double *sums);

#endif
