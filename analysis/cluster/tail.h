/* How far from a cluster its own points lie when it has not seen them: what a distance means
 * where no law is taken for granted.
 *
 * Chi-square quantiles hold for Gaussians of known covariance. Sessions have heavier tails, so
 * the points are cut into folds; means and covariances are learned without a fold, and the
 * distances of its points to the nearest cluster are kept. A new point's p is the rank of its
 * distance among them, (1 + as far or farther) / (n + 1), which rejects a share of at most
 * 1 - level of points that come from where these came from, whatever their law (conformal
 * prediction; Vovk, Gammerman and Shafer 2005, with folds: Vovk 2015).
 *
 * The same folds tell how sure the posteriors of what was not seen may be (temper.h).
 *
 * A tail is kept for the points of each nearest cluster and for all together, thinned out to
 * UST_TAIL_POINTS ranks that lie closest where distances are rare.
 */
#ifndef UST_CLUSTER_TAIL_H
#define UST_CLUSTER_TAIL_H

#include "analysis/cluster/mixture.h"
#include "analysis/cluster/temper.h"

#define UST_TAIL_POINTS 128

struct ust_tail {
    uint64_t n;        /* points that were held out; 0: not known */
    uint32_t points;   /* ranks that are kept */
    double *distance2; /* ascending */
    uint64_t *beyond;  /* of the n, so many lie as far or farther: descending, the last is 1 */
    uint64_t given;    /* of all points that were held out, so many have their largest posterior
                          here; of the tail of all points, their number */
};

struct ust_tail_options {
    uint32_t folds; /* 0: 5; at most the points */
    bool shrink;    /* as ust_classifier_learn's */
    double floor;
    const struct ust_beliefs *beliefs; /* in the labels; NULL: nothing is known of them */
    uint64_t seed;
    unsigned threads;
};

/* out: clusters + 1 tails, the last of all points. Points that are UST_NOISE are left out. A
 * fold without which a cluster cannot be learned keeps the whole's mean and covariance there,
 * so that a few points do not stop it. Lives in the arena. temperature: of posteriors, from
 * some of the points; 1 without beliefs. */
enum ust_cluster_status ust_tails_learn(const struct ust_points *points, const uint32_t *labels,
                                        const struct ust_mixture *whole,
                                        const struct ust_tail_options *options,
                                        struct ust_arena *arena, struct ust_tail *out,
                                        double *temperature);

/* p of a squared distance; between two ranks that are kept the larger one counts. 1 where the
 * tail is empty. */
double ust_tail_p(const struct ust_tail *tail, double distance2);

/* The least squared distance whose p is at most 1 - level; INFINITY where n is too small for
 * that. */
double ust_tail_gate(const struct ust_tail *tail, double level);

#endif
