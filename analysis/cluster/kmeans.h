/* k-means: k centres, each the mean of the points that are nearer to it than to any other.
 *
 * Seeded by k-means++ (Arthur and Vassilvitskii 2007), by default in its greedy form, which
 * draws 2 + ln k candidates for each centre and keeps the best; several starts, the one of
 * least squared error wins. Then Lloyd's iteration, sped up by Hamerly's bounds (2010): one
 * bound on a point's distance to its centre and one on that to the second nearest tell most
 * points that nothing has changed for them. Bounds are rounded outwards, so labels and centres
 * are bit for bit those of plain Lloyd.
 *
 * Sums of coordinates are kept as 128-bit integers of 2^-62 of each feature's largest value.
 * They are exact, so their order does not matter: neither to threads, nor when only points that
 * have moved are added and taken away.
 *
 * Ties go to the lowest number. A cluster that has lost its last point takes the one that is
 * farthest from its own centre (the first such, of a cluster that can spare it).
 * Cost: O(n k d) for seeding and the first iteration, then O(n) plus what still moves; 28 bytes
 * a point.
 */
#ifndef UST_CLUSTER_KMEANS_H
#define UST_CLUSTER_KMEANS_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"
#include "sim/rand/rng.h"

enum ust_kmeans_seeding { UST_KMEANS_GREEDY, UST_KMEANS_PLAIN };
enum ust_kmeans_method { UST_KMEANS_HAMERLY, UST_KMEANS_LLOYD };

struct ust_kmeans_options {
    uint32_t clusters;   /* 1 .. UST_CLUSTERS_MAX */
    uint32_t starts;     /* 0: 10 */
    uint32_t iterations; /* of one start, at most; 0: 300 */
    double tolerance; /* stop when the squared moves of all centres add up to at most this much
                         of the mean variance of the features; 0: when no label changes */
    uint64_t seed;
    unsigned threads;
    enum ust_kmeans_seeding seeding;
    enum ust_kmeans_method method;
    const double *centres; /* clusters * d: begin there, once; NULL: seed */
};

struct ust_kmeans {
    uint32_t clusters, d;
    double *centres; /* clusters * d */
    uint32_t *labels;
    uint64_t *sizes; /* above 0 where it converged by labels; see tolerance, iterations */
    double sse;      /* sum of squared distances to the own centre ("inertia") */
    uint32_t iterations, best_start;
    bool converged;
    uint64_t evaluations; /* points whose distances to all centres were worked out */
};

/* Results live in the arena. */
enum ust_cluster_status ust_kmeans_fit(const struct ust_points *points,
                                       const struct ust_kmeans_options *options,
                                       struct ust_arena *arena, struct ust_kmeans *out);

/* The nearest centre of each point, and its squared distance (either may be NULL). Centres are
 * k * d finite numbers. */
void ust_kmeans_assign(const struct ust_points *points, const double *centres, uint32_t k,
                       unsigned threads, uint32_t *labels, double *distance2);

/* Seeding alone: k centres, which are points. UST_CLUSTER_TOO_FEW where there are not as many
 * distinct ones. */
enum ust_cluster_status ust_kmeans_seed(const struct ust_points *points, uint32_t k,
                                        enum ust_kmeans_seeding seeding, struct ust_rng *rng,
                                        unsigned threads, double *centres);

#endif
