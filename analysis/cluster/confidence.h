/* How far a learned cluster can be trusted, as parts that can be seen and their product.
 *
 *   confidence = size * stability * separation * age, each 0 .. 1
 *   size       = n / (n + 30): half at 30 points (size_half)
 *   stability  = mean Jaccard similarity of the cluster with its best match when the points are
 *                drawn anew with replacement and clustered again (Hennig 2007); 0.75 and above
 *                is called stable, below 0.5 dissolved
 *   separation = (1 + mean silhouette of its points) / 2
 *   age        = 2^(-age / half-life)
 */
#ifndef UST_CLUSTER_CONFIDENCE_H
#define UST_CLUSTER_CONFIDENCE_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

#define UST_CONFIDENCE_SIZE_HALF 30.0

struct ust_confidence {
    double size, stability, separation, age;
    double value;
};

/* size_half 0: UST_CONFIDENCE_SIZE_HALF. age and half_life in any one unit; half_life 0: no
 * decay. A silhouette or stability that is NAN (one cluster only, never drawn) counts as 0. */
struct ust_confidence ust_confidence_of(uint64_t n, double stability, double silhouette,
                                        double age, double half_life, double size_half);

/* Clusters points anew: labels 0 .. some k - 1, or UST_NOISE. A status other than
 * UST_CLUSTER_OK counts as if nothing had been found in that sample. */
typedef enum ust_cluster_status ust_cluster_again(void *context,
                                                  const struct ust_points *points,
                                                  uint64_t seed, uint32_t *labels);

struct ust_stability {
    uint32_t clusters;
    double *jaccard;   /* mean over the samples that have a point of the cluster; NAN: none */
    double *dissolved; /* share of these with at most 0.5 */
    uint32_t samples;
};

/* Draws n of the n points with replacement (but at most `drawn_max`, 0: 20000), `samples` times
 * (0: 50), clusters each draw, and compares each of the given clusters, as far as it was drawn,
 * with the most similar new one; a point counts once however often it was drawn. */
enum ust_cluster_status ust_stability_of(const struct ust_points *points,
                                         const uint32_t *labels, uint32_t clusters,
                                         ust_cluster_again *again, void *context,
                                         uint32_t samples, size_t drawn_max, uint64_t seed,
                                         struct ust_arena *arena, struct ust_stability *out);

/* `again` for k-means: context is a const struct ust_kmeans_options, whose seed is replaced. */
enum ust_cluster_status ust_again_kmeans(void *context, const struct ust_points *points,
                                         uint64_t seed, uint32_t *labels);

#endif
