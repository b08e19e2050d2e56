/* Features of one size: what is done to each before distances mean anything, so that it can be
 * stated, stored with a model, done to new points and undone for people.
 *
 * A feature may first become log(1 + x): rates, sizes and durations have long tails. Then its
 * centre is taken away and it is divided by its spread. A constant feature has spread 1 and so
 * becomes 0.
 */
#ifndef UST_CLUSTER_SCALE_H
#define UST_CLUSTER_SCALE_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"
#include "sim/base/text.h"

enum ust_scale_kind {
    UST_SCALE_NONE,   /* centre 0, spread 1 */
    UST_SCALE_Z,      /* mean and standard deviation (n below the line) */
    UST_SCALE_ROBUST, /* median and 0.7413 times the interquartile range, which is the standard
                         deviation of a normal law; the standard deviation where half of all
                         values are the same */
};

/* What is done to one feature. */
enum ust_scale_how {
    UST_SCALE_ALONE,    /* by its own centre and spread */
    UST_SCALE_LOG,      /* the same, after log(1 + x) */
    UST_SCALE_TOGETHER, /* its mean is taken away, and all of these are divided by the standard
                           deviation of the one that varies most: shares of a whole, of which a
                           rare one must not become as loud as the others */
    UST_SCALE_AS_IS,    /* nothing */
};

struct ust_scaled_feature {
    enum ust_scale_how how;
    double centre, spread;
};

struct ust_scaling {
    enum ust_scale_kind kind;
    uint32_t d;
    struct ust_scaled_feature *feature;
};

/* `how`: of each feature, NULL: all alone. UST_CLUSTER_PARAMETER: a logarithm of a feature that
 * is below 0. Quantiles are interpolated between the two nearest ranks. */
enum ust_cluster_status ust_scaling_fit(const struct ust_points *points,
                                        enum ust_scale_kind kind, const enum ust_scale_how *how,
                                        struct ust_arena *arena, struct ust_scaling *out);

/* n points from `x` to `out`, which may be the same. A value below 0 counts as 0 where a
 * logarithm is taken: a new point may be what no old one was. */
void ust_scaling_apply(const struct ust_scaling *scaling, const double *x, size_t n,
                       double *out);
void ust_scaling_undo(const struct ust_scaling *scaling, const double *x, size_t n,
                      double *out);

/* "log(1 + x), median 3.2, 0.7413 IQR 1.1": what is done to a feature, for people. */
void ust_scaling_state(const struct ust_scaling *scaling, uint32_t feature,
                       struct ust_text *out);

#endif
