/* DBSCAN (Ester, Kriegel, Sander and Xu 1996): clusters are where points lie dense, of any
 * shape; what lies alone is noise.
 *
 * A core point has at least `points_min` points within `radius`, itself counted. Core points
 * within a radius of each other share a cluster; other points within a radius of a core point
 * are its border; the rest is UST_NOISE. Clusters are numbered by their first core point, and a
 * border point of several goes to the first of them, so nothing depends on the order of visits.
 * Cost: a k-d tree; about a query for each point, O(log n) plus `points_min`.
 */
#ifndef UST_CLUSTER_DBSCAN_H
#define UST_CLUSTER_DBSCAN_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

struct ust_dbscan_options {
    double radius;       /* above 0 */
    uint32_t points_min; /* at least 1 */
    unsigned threads;
};

struct ust_dbscan {
    uint32_t clusters;
    uint32_t *labels; /* UST_NOISE: of none */
    bool *core;
    uint64_t *sizes;
    uint64_t noise, cores;
};

/* Results live in the arena. */
enum ust_cluster_status ust_dbscan_fit(const struct ust_points *points,
                                       const struct ust_dbscan_options *options,
                                       struct ust_arena *arena, struct ust_dbscan *out);

/* A radius for points_min, from the points themselves: their distances to the points_min-th
 * nearest point (themselves counted), sorted, are a curve that turns where clusters end and
 * noise begins; the radius is where it is farthest from its chord. Of at most `sample_max`
 * points (0: 2000), drawn from `seed`, the curve is taken; O(sample n d). 0 where all are the
 * same point. */
double ust_dbscan_radius(const struct ust_points *points, uint32_t points_min,
                         size_t sample_max, uint64_t seed, unsigned threads);

#endif
