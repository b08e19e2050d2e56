/* A k-d tree: which points lie within a radius, without looking at all of them.
 *
 * Ranges of points are cut at the median of their widest feature (Bentley 1975), ties by
 * index, until UST_KDTREE_LEAF are left or all are the same; every node knows the box around
 * its points. Points are copied in tree order, so that those near each other lie together.
 *
 * Promise: a query finds exactly the points whose ust_distance2 is at most radius2, as a loop
 * over all would: rounding is monotone, so a box can not hide what one of its points says.
 * Cost: O(n log n) to build, 8 d + 8 bytes a point and 16 d + 20 a node. Worth it up to a
 * dozen features; beyond that it looks at nearly everything.
 */
#ifndef UST_CLUSTER_KDTREE_H
#define UST_CLUSTER_KDTREE_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

#define UST_KDTREE_LEAF  12
#define UST_KDTREE_DEPTH 64 /* halving 2^32 points, and room */

struct ust_kdnode {
    uint32_t first, end; /* places in tree order */
    uint32_t right;      /* the left child is the next node; 0: a leaf */
    uint32_t parent;     /* of the root: itself */
    uint32_t open;       /* points that are of interest; see ust_kdtree_close */
};

struct ust_kdtree {
    uint32_t d, nodes;
    size_t n;
    double *x;       /* in tree order */
    uint32_t *point; /* at a place: its index among the points */
    uint32_t *place; /* of a point */
    uint32_t *leaf;  /* of a place */
    struct ust_kdnode *node;
    double *box; /* of a node: d least values, then d largest */
};

/* The points have passed ust_points_check. All points are open. */
struct ust_kdtree ust_kdtree_new(const struct ust_points *points, struct ust_arena *arena);

/* How many points lie within sqrt(radius2) of `x`, themselves included; stops counting at
 * `enough`. */
size_t ust_kdtree_count(const struct ust_kdtree *tree, const double *x, double radius2,
                        size_t enough);

/* Writes the places of the open points within sqrt(radius2) of `x`, in ascending order, closes
 * them, and returns how many. Each point is closed once, so all calls together cost little more
 * than the points that they find. */
size_t ust_kdtree_close(struct ust_kdtree *tree, const double *x, double radius2,
                        bool *closed /* of a place */, uint32_t *found);

#endif
