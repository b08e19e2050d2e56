#include "analysis/cluster/kdtree.h"

#include <string.h>

#include "sim/base/assert.h"
#include "sim/rand/rng.h"

struct builder {
    const struct ust_points *points;
    struct ust_kdtree *tree;
    struct ust_rng rng; /* of pivots: no input can choose the worst ones */
    uint32_t *order;
};

static bool before(const struct builder *b, uint32_t feature, uint32_t one, uint32_t other)
{
    double x = ust_point(b->points, one)[feature], y = ust_point(b->points, other)[feature];
    return x != y ? x < y : one < other;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t c = *a;
    *a = *b;
    *b = c;
}

/* Hoare's selection: afterwards order[middle] stands where a sort would put it, smaller ones
 * before it. */
static void select_middle(struct builder *b, uint32_t feature, uint32_t first, uint32_t end,
                          uint32_t middle)
{
    uint32_t *order = b->order;
    while (end - first > 1) {
        uint32_t pivot = order[first + ust_rng_below(&b->rng, end - first)];
        uint32_t low = first, high = end - 1;
        while (low <= high) {
            while (before(b, feature, order[low], pivot))
                low++;
            while (before(b, feature, pivot, order[high]))
                high--;
            if (low <= high) {
                swap(&order[low], &order[high]);
                low++;
                if (high == 0)
                    break;
                high--;
            }
        }
        if (middle <= high && high < end)
            end = high + 1;
        else if (middle >= low)
            first = low;
        else
            return;
    }
}

/* Returns the widest feature, or d where all points are the same. */
static uint32_t set_box(struct builder *b, uint32_t node, uint32_t first, uint32_t end)
{
    uint32_t d = b->points->d, widest = d;
    double *low = b->tree->box + (size_t)node * 2 * d, *high = low + d, width = 0.0;
    memcpy(low, ust_point(b->points, b->order[first]), d * sizeof *low);
    memcpy(high, low, d * sizeof *high);
    for (uint32_t i = first + 1; i < end; i++) {
        const double *x = ust_point(b->points, b->order[i]);
        for (uint32_t j = 0; j < d; j++) {
            low[j] = x[j] < low[j] ? x[j] : low[j];
            high[j] = x[j] > high[j] ? x[j] : high[j];
        }
    }
    for (uint32_t j = 0; j < d; j++) {
        if (high[j] - low[j] > width) {
            width = high[j] - low[j];
            widest = j;
        }
    }
    return widest;
}

static void build(struct builder *b, uint32_t parent, uint32_t first, uint32_t end)
{
    struct ust_kdtree *tree = b->tree;
    uint32_t number = tree->nodes++;
    struct ust_kdnode *node = &tree->node[number];
    *node = (struct ust_kdnode){first, end, 0, parent, end - first};
    uint32_t widest = set_box(b, number, first, end);
    if (end - first <= UST_KDTREE_LEAF || widest == b->points->d) {
        for (uint32_t i = first; i < end; i++)
            tree->leaf[i] = number;
        return;
    }
    uint32_t middle = first + (end - first) / 2;
    select_middle(b, widest, first, end, middle);
    build(b, number, first, middle);
    node->right = tree->nodes;
    build(b, number, middle, end);
}

/* Halving until at most LEAF are left leaves more than LEAF / 2 in each leaf. */
static size_t nodes_max(size_t n)
{
    return 2 * (n / (UST_KDTREE_LEAF / 2) + 1);
}

struct ust_kdtree ust_kdtree_new(const struct ust_points *points, struct ust_arena *arena)
{
    size_t n = points->n, nodes = nodes_max(n);
    uint32_t d = points->d;
    struct ust_kdtree tree = {.d = d, .n = n};
    tree.x = ust_arena_alloc(arena, double, n *d);
    tree.point = ust_arena_alloc(arena, uint32_t, n);
    tree.place = ust_arena_alloc(arena, uint32_t, n);
    tree.leaf = ust_arena_alloc(arena, uint32_t, n);
    tree.node = ust_arena_alloc(arena, struct ust_kdnode, nodes);
    tree.box = ust_arena_alloc(arena, double, nodes * 2 * d);
    struct builder b = {points, &tree, ust_rng_derive(0, 0, "cluster/kdtree/pivot"),
                        tree.point};
    for (size_t i = 0; i < n; i++)
        tree.point[i] = (uint32_t)i;
    build(&b, 0, 0, (uint32_t)n);
    UST_ASSERT(tree.nodes <= nodes);
    for (size_t i = 0; i < n; i++) {
        tree.place[tree.point[i]] = (uint32_t)i;
        memcpy(tree.x + i * d, ust_point(points, tree.point[i]), d * sizeof *tree.x);
    }
    return tree;
}

/* Squared distances to the nearest and to the farthest point of a box. */
static void box_distance2(const double *box, const double *x, uint32_t d, double *nearest,
                          double *farthest)
{
    double near2 = 0.0, far2 = 0.0;
    for (uint32_t j = 0; j < d; j++) {
        double under = box[j] - x[j], over = x[j] - box[d + j];
        double outside = under > over ? under : over;
        double across = under < over ? under : over; /* minus the way to the far side */
        outside = outside > 0.0 ? outside : 0.0;
        near2 += outside * outside;
        far2 += across * across;
    }
    *nearest = near2;
    *farthest = far2;
}

size_t ust_kdtree_count(const struct ust_kdtree *tree, const double *x, double radius2,
                        size_t enough)
{
    uint32_t stack[UST_KDTREE_DEPTH], depth = 0, d = tree->d;
    size_t count = 0;
    stack[depth++] = 0;
    while (depth > 0 && count < enough) {
        uint32_t number = stack[--depth];
        const struct ust_kdnode *node = &tree->node[number];
        double near2, far2;
        box_distance2(tree->box + (size_t)number * 2 * d, x, d, &near2, &far2);
        if (near2 > radius2)
            continue;
        if (far2 <= radius2) {
            count += node->end - node->first;
        } else if (node->right != 0) {
            stack[depth++] = node->right;
            stack[depth++] = number + 1;
        } else {
            for (uint32_t i = node->first; i < node->end; i++)
                count += ust_distance2(tree->x + (size_t)i * d, x, d) <= radius2;
        }
    }
    return count < enough ? count : enough;
}

static size_t close_leaf(struct ust_kdtree *tree, uint32_t number, const double *x,
                         double radius2, bool *closed, uint32_t *found)
{
    const struct ust_kdnode *leaf = &tree->node[number];
    uint32_t n = 0;
    for (uint32_t i = leaf->first; i < leaf->end; i++) {
        if (closed[i] || !(ust_distance2(tree->x + (size_t)i * tree->d, x, tree->d) <= radius2))
            continue;
        closed[i] = true;
        found[n++] = i;
    }
    for (uint32_t up = number; n > 0; up = tree->node[up].parent) {
        tree->node[up].open -= n;
        if (up == 0)
            break;
    }
    return n;
}

size_t ust_kdtree_close(struct ust_kdtree *tree, const double *x, double radius2, bool *closed,
                        uint32_t *found)
{
    uint32_t stack[UST_KDTREE_DEPTH], depth = 0, d = tree->d;
    size_t n = 0;
    stack[depth++] = 0;
    while (depth > 0) {
        uint32_t number = stack[--depth];
        const struct ust_kdnode *node = &tree->node[number];
        double near2, far2;
        if (node->open == 0)
            continue;
        box_distance2(tree->box + (size_t)number * 2 * d, x, d, &near2, &far2);
        if (near2 > radius2)
            continue;
        if (node->right != 0) {
            stack[depth++] = node->right;
            stack[depth++] = number + 1;
        } else {
            n += close_leaf(tree, number, x, radius2, closed, found + n);
        }
    }
    return n;
}
