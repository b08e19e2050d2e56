/* DBSCAN and its tree: against brute force, bit for bit, and against scikit-learn 1.2.1. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/dbscan.h"
#include "analysis/cluster/kdtree.h"
#include "analysis/cluster/measure.h"

static struct ust_dbscan scan(const struct cloud *cloud, double radius, uint32_t points_min,
                              unsigned threads)
{
    struct ust_dbscan out;
    struct ust_dbscan_options options = {radius, points_min, threads};
    assert_int_equal(ust_dbscan_fit(&cloud->points, &options, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

/* ---- the tree ---- */

static void expect_tree_counts(const struct cloud *cloud, double radius)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_kdtree tree = ust_kdtree_new(&cloud->points, arena);
    double radius2 = radius * radius;
    for (size_t i = 0; i < cloud->points.n; i += 7) {
        const double *x = ust_point(&cloud->points, i);
        size_t count = 0;
        for (size_t other = 0; other < cloud->points.n; other++)
            count +=
                ust_distance2(x, ust_point(&cloud->points, other), cloud->points.d) <= radius2;
        assert_int_equal(ust_kdtree_count(&tree, x, radius2, SIZE_MAX), count);
        assert_int_equal(ust_kdtree_count(&tree, x, radius2, 3), count < 3 ? count : 3);
    }
    ust_arena_free(arena);
}

static void a_tree_counts_what_a_loop_counts(void **state)
{
    (void)state;
    struct cloud clouds[] = {make_uniform(3000, 1, 1), make_uniform(3000, 2, 2),
                             make_uniform(2000, 5, 3), make_blobs(3, 500, 3, 5.0, 4)};
    for (int i = 0; i < 4; i++) {
        expect_tree_counts(&clouds[i], 0.01);
        expect_tree_counts(&clouds[i], 0.2);
        expect_tree_counts(&clouds[i], 3.0);
        cloud_free(&clouds[i]);
    }
}

/* On a grid many distances equal the radius exactly. */
static void points_on_the_rim_are_inside(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[3 * 1000];
    for (int i = 0; i < 1000; i++) {
        x[3 * i] = 0.1 * (i % 10);
        x[3 * i + 1] = 0.1 * (i / 10 % 10);
        x[3 * i + 2] = 0.1 * (i / 100);
    }
    cloud.points = (struct ust_points){x, 1000, 3};
    expect_tree_counts(&cloud, 0.1);
    expect_tree_counts(&cloud, 0.2);
    expect_tree_counts(&cloud, 0.1 * 3);
    cloud_free(&cloud);
}

static void many_equal_points_are_one_leaf(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    double *x = ust_arena_alloc(cloud.arena, double, 20000);
    for (int i = 0; i < 20000; i++)
        x[i] = i % 4 == 0; /* pairs (1, 0) and (0, 0) */
    cloud.points = (struct ust_points){x, 10000, 2};
    struct ust_kdtree tree = ust_kdtree_new(&cloud.points, cloud.arena);
    assert_int_equal(tree.nodes, 3);
    assert_int_equal(ust_kdtree_count(&tree, x, 0.25, SIZE_MAX), 5000);
    cloud_free(&cloud);
}

/* ---- the clusters ---- */

/* The definition, in O(n^2). */
static void expect_definition(const struct cloud *cloud, double radius, uint32_t points_min)
{
    const struct ust_points *points = &cloud->points;
    struct ust_dbscan it = scan(cloud, radius, points_min, 2);
    size_t n = points->n;
    uint32_t *labels = ust_arena_alloc(cloud->arena, uint32_t, n), clusters = 0;
    bool *core = ust_arena_alloc(cloud->arena, bool, n);
    size_t *queue = ust_arena_alloc(cloud->arena, size_t, n);
#define NEAR(a, b)                                                                             \
    (ust_distance2(ust_point(points, a), ust_point(points, b), points->d) <= radius * radius)
    for (size_t i = 0; i < n; i++) {
        size_t count = 0;
        labels[i] = UST_NOISE;
        for (size_t other = 0; other < n; other++)
            count += NEAR(i, other);
        core[i] = count >= points_min;
    }
    for (size_t i = 0; i < n; i++) {
        if (!core[i] || labels[i] != UST_NOISE)
            continue;
        size_t head = 0, tail = 0;
        labels[queue[tail++] = i] = clusters;
        for (; head < tail; head++)
            for (size_t other = 0; other < n && core[queue[head]]; other++)
                if (labels[other] == UST_NOISE && NEAR(queue[head], other))
                    labels[queue[tail++] = other] = clusters;
        clusters++;
    }
#undef NEAR
    assert_int_equal(it.clusters, clusters);
    assert_memory_equal(it.labels, labels, n * sizeof *labels);
    assert_memory_equal(it.core, core, n * sizeof *core);
}

static void clusters_are_those_of_the_definition(void **state)
{
    (void)state;
    struct cloud clouds[] = {make_uniform(1500, 2, 5), make_blobs(4, 300, 3, 6.0, 6),
                             make_uniform(800, 1, 7)};
    const double radii[3][3] = {{0.02, 0.03, 0.05}, {0.5, 0.8, 1.2}, {0.001, 0.003, 0.01}};
    for (int i = 0; i < 3; i++) {
        for (int r = 0; r < 3; r++)
            for (uint32_t points_min = 1; points_min < 10; points_min += 4)
                expect_definition(&clouds[i], radii[i][r], points_min);
        cloud_free(&clouds[i]);
    }
}

static void two_chains_and_a_hermit_are_told_apart(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {20, 21, 22, 23, 1, 2, 3, 4, 100, 23.9};
    cloud.points = (struct ust_points){x, 10, 1};
    struct ust_dbscan it = scan(&cloud, 1.0, 3, 1);
    assert_int_equal(it.clusters, 2);
    assert_int_equal(it.labels[0], 0); /* the first core point, 21, is of this chain */
    assert_int_equal(it.labels[4], 1);
    assert_int_equal(it.labels[8], UST_NOISE);
    assert_int_equal(it.labels[9], 0);
    assert_false(it.core[9]); /* only 23 is within 1 of 23.9 */
    assert_int_equal(it.noise, 1);
    assert_int_equal(it.sizes[0], 5);
    assert_int_equal(it.sizes[1], 4);
    assert_int_equal(it.cores, 5);
    cloud_free(&cloud);
}

static void a_border_point_goes_to_the_first_cluster(void **state)
{
    (void)state;
    /* 5 lies within 1 of the core points 4 and 6. */
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {6, 6.5, 7, 7, 4, 3.5, 3, 3, 5};
    cloud.points = (struct ust_points){x, 9, 1};
    struct ust_dbscan it = scan(&cloud, 1.0, 4, 1);
    assert_int_equal(it.clusters, 2);
    assert_false(it.core[8]);
    assert_int_equal(it.labels[8], it.labels[0]);
    assert_int_equal(it.labels[0], 0);
    cloud_free(&cloud);
}

static void the_radius_is_found_where_noise_begins(void **state)
{
    (void)state;
    /* On a line 0, 1, ..., 19 and far points: the 3rd nearest (with itself) lies 1 away, at the
     * ends 2; for the others 30 and more. */
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[23];
    for (int i = 0; i < 20; i++)
        x[i] = i;
    x[20] = 50;
    x[21] = 100;
    x[22] = 200;
    cloud.points = (struct ust_points){x, 23, 1};
    double radius = ust_dbscan_radius(&cloud.points, 3, 0, 1, 2);
    assert_true(radius == 2.0);
    struct ust_dbscan it = scan(&cloud, radius, 3, 1);
    assert_int_equal(it.clusters, 1);
    assert_int_equal(it.noise, 3);
    cloud.points.n = 1;
    assert_true(ust_dbscan_radius(&cloud.points, 3, 0, 1, 1) == 0.0);
    cloud_free(&cloud);
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const double x[] = {1, 2, (double)NAN};
    struct ust_points points = {x, 2, 1};
    struct ust_dbscan out;
#define TRY(radius, points_min)                                                                \
    ust_dbscan_fit(&points, &(struct ust_dbscan_options){radius, points_min, 1}, arena, &out)
    assert_int_equal(TRY(0.0, 3), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(-1.0, 3), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY((double)NAN, 3), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY((double)INFINITY, 3), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(1.0, 0), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(1.0, 3), UST_CLUSTER_OK);
    assert_int_equal(out.noise, 2);
    assert_int_equal(out.clusters, 0);
    points.n = 3;
    assert_int_equal(TRY(1.0, 3), UST_CLUSTER_NOT_FINITE);
    points.n = 0;
    assert_int_equal(TRY(1.0, 3), UST_CLUSTER_NO_POINTS);
#undef TRY
    ust_arena_free(arena);
}

/* ---- scikit-learn ---- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void expect_sizes(const struct cloud *cloud, double radius, uint32_t points_min,
                         uint64_t noise, uint64_t cores, uint32_t n, const uint64_t *sizes)
{
    struct ust_dbscan it = scan(cloud, radius, points_min, 1);
    assert_int_equal(it.noise, noise);
    assert_int_equal(it.cores, cores);
    assert_int_equal(it.clusters, n);
    qsort(it.sizes, n, sizeof *it.sizes, by_size);
    assert_memory_equal(it.sizes, sizes, n * sizeof *sizes);
}

static void real_clusters_have_the_reference_sizes(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    expect_sizes(&iris, 0.5, 5, 17, 117, 2, (const uint64_t[]){49, 84});
    expect_sizes(&iris, 0.4, 4, 25, 104, 4, (const uint64_t[]){4, 36, 38, 47});
    expect_sizes(&iris, 0.8, 10, 5, 134, 2, (const uint64_t[]){50, 95});
    expect_sizes(&iris, 0.3, 3, 67, 67, 9, (const uint64_t[]){3, 3, 3, 4, 5, 6, 7, 14, 38});
    cloud_free(&iris);
    struct cloud personas = read_personas(true);
    expect_sizes(&personas, 0.6, 8, 107, 1576, 5, (const uint64_t[]){78, 262, 352, 493, 708});
    expect_sizes(&personas, 0.8, 8, 5, 1930, 5, (const uint64_t[]){109, 284, 375, 505, 722});
    struct ust_dbscan it = scan(&personas, 0.8, 8, 1);
    assert_true(ust_adjusted_rand(it.labels, personas.labels, 2000) > 0.99);
    cloud_free(&personas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_counts_what_a_loop_counts),
        cmocka_unit_test(points_on_the_rim_are_inside),
        cmocka_unit_test(many_equal_points_are_one_leaf),
        cmocka_unit_test(clusters_are_those_of_the_definition),
        cmocka_unit_test(two_chains_and_a_hermit_are_told_apart),
        cmocka_unit_test(a_border_point_goes_to_the_first_cluster),
        cmocka_unit_test(the_radius_is_found_where_noise_begins),
        cmocka_unit_test(impossible_options_are_refused),
        cmocka_unit_test(real_clusters_have_the_reference_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
