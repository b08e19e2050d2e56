/* Measures of clusterings: by hand, and against scikit-learn 1.2.1. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"

static double silhouette(const struct cloud *cloud, const uint32_t *labels)
{
    struct ust_silhouette it;
    assert_int_equal(ust_silhouette(&cloud->points, labels, 0, 1, 1, cloud->arena, &it),
                     UST_CLUSTER_OK);
    return it.mean;
}

static struct cloud line(const double *x, size_t n)
{
    struct cloud cloud = {.arena = ust_arena_new()};
    cloud.points = (struct ust_points){x, n, 1};
    return cloud;
}

static void two_labelings_agree_as_pairs_do(void **state)
{
    (void)state;
    /* Contingency [2 1; 0 3]: pairs together in both 1 + 3 = 4, in a 3 + 3, in b 1 + 6; of 15.
     * Expected 6 * 7 / 15 = 2.8: (4 - 2.8) / (6.5 - 2.8); Jaccard 4 / (6 + 7 - 4). */
    const uint32_t a[] = {0, 0, 0, 1, 1, 1}, b[] = {5, 5, 9, 9, 9, 9};
    CHECK_NEAR(ust_adjusted_rand(a, b, 6), 1.2 / 3.7, 1e-15);
    CHECK_NEAR(ust_adjusted_rand(b, a, 6), 1.2 / 3.7, 1e-15);
    CHECK_NEAR(ust_pair_jaccard(a, b, 6), 4.0 / 9.0, 1e-15);
}

static void names_of_labels_do_not_matter(void **state)
{
    (void)state;
    const uint32_t a[] = {0, 0, 1, 1, 2}, b[] = {7, 7, UST_NOISE, UST_NOISE, 0};
    assert_true(ust_adjusted_rand(a, b, 5) == 1.0);
    assert_true(ust_pair_jaccard(a, b, 5) == 1.0);
}

static void degenerate_labelings_have_a_value(void **state)
{
    (void)state;
    const uint32_t one[] = {3, 3, 3, 3}, own[] = {0, 1, 2, 3};
    assert_true(ust_adjusted_rand(one, one, 4) == 1.0);
    assert_true(ust_adjusted_rand(own, own, 4) == 1.0);
    assert_true(ust_adjusted_rand(one, own, 4) == 0.0);
    assert_true(ust_adjusted_rand(one, own, 1) == 1.0);
    assert_true(ust_pair_jaccard(own, own, 4) == 1.0);
}

static void a_random_labeling_agrees_by_chance_only(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "test");
    static uint32_t a[50000], b[50000];
    for (int i = 0; i < 50000; i++) {
        a[i] = ust_rng_below(&rng, 4);
        b[i] = ust_rng_below(&rng, 4);
    }
    CHECK_NEAR(ust_adjusted_rand(a, b, 50000), 0.0, 1e-3);
}

static void labels_are_renumbered_by_value(void **state)
{
    (void)state;
    const uint32_t labels[] = {70, UST_NOISE, 3, 70, 5};
    uint32_t dense[5];
    assert_int_equal(ust_labels_dense(labels, 5, dense), 3);
    const uint32_t expected[] = {2, UST_NOISE, 0, 2, 1};
    assert_memory_equal(dense, expected, sizeof dense);
    const uint32_t noise[] = {UST_NOISE, UST_NOISE};
    assert_int_equal(ust_labels_dense(noise, 2, dense), 0);
}

static void silhouettes_of_four_points_are_those_by_hand(void **state)
{
    (void)state;
    const double x[] = {0, 2, 10, 14};
    const uint32_t labels[] = {0, 0, 1, 1};
    struct cloud cloud = line(x, 4);
    struct ust_silhouette it;
    ust_silhouette(&cloud.points, labels, 0, 1, 1, cloud.arena, &it);
    /* a = 2, b = 12; a = 2, b = 10; a = 4, b = 9; a = 4, b = 13. */
    const double expected[] = {10.0 / 12, 8.0 / 10, 5.0 / 9, 9.0 / 13};
    for (int i = 0; i < 4; i++)
        CHECK_NEAR(it.value[i], expected[i], 1e-15);
    CHECK_NEAR(it.cluster_mean[0], (expected[0] + expected[1]) / 2, 1e-15);
    CHECK_NEAR(it.mean, (expected[0] + expected[1] + expected[2] + expected[3]) / 4, 1e-15);
    cloud_free(&cloud);
}

static void a_single_point_has_silhouette_0_and_noise_has_none(void **state)
{
    (void)state;
    const double x[] = {0, 2, 10, 500};
    const uint32_t labels[] = {0, 0, 1, UST_NOISE};
    struct cloud cloud = line(x, 4);
    struct ust_silhouette it;
    ust_silhouette(&cloud.points, labels, 0, 1, 1, cloud.arena, &it);
    assert_int_equal(it.measured, 3);
    assert_true(it.value[2] == 0.0);
    CHECK_NEAR(it.value[0], 0.8, 1e-15);
    const uint32_t alone[] = {0, 0, 0, 0};
    assert_true(isnan(silhouette(&cloud, alone)));
    cloud_free(&cloud);
}

static void a_sample_stands_for_all_points(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(4, 1000, 3, 6.0, 2);
    struct ust_silhouette all, some, again;
    ust_silhouette(&cloud.points, cloud.labels, 4000, 1, 2, cloud.arena, &all);
    ust_silhouette(&cloud.points, cloud.labels, 800, 1, 1, cloud.arena, &some);
    ust_silhouette(&cloud.points, cloud.labels, 800, 1, 3, cloud.arena, &again);
    assert_int_equal(all.measured, 4000);
    assert_int_equal(some.measured, 800);
    for (size_t i = 1; i < 800; i++)
        assert_true(some.point[i] > some.point[i - 1]);
    CHECK_NEAR(some.mean, all.mean, 0.02);
    assert_memory_equal(some.value, again.value, 800 * sizeof(double));
    cloud_free(&cloud);
}

static void indices_of_four_points_are_those_by_hand(void **state)
{
    (void)state;
    const double x[] = {0, 2, 10, 14};
    const uint32_t labels[] = {0, 0, 1, 1};
    struct cloud cloud = line(x, 4);
    assert_true(ust_labels_sse(&cloud.points, labels) == 10.0);
    /* Means 1, 12, of all 6.5: between 2 * 30.25 * 2 = 121 by 1; within 10 by 2. */
    CHECK_NEAR(ust_calinski_harabasz(&cloud.points, labels), 121.0 / 5.0, 1e-12);
    /* (1 + 2) / 11 for both. */
    CHECK_NEAR(ust_davies_bouldin(&cloud.points, labels), 3.0 / 11.0, 1e-15);
    const uint32_t alone[] = {0, 0, 0, 0}, pairs[] = {0, 1, 2, 3};
    assert_true(isnan(ust_calinski_harabasz(&cloud.points, alone)));
    assert_true(isnan(ust_davies_bouldin(&cloud.points, alone)));
    assert_true(isnan(ust_calinski_harabasz(&cloud.points, pairs)));
    const double same[] = {1, 1, 5, 5};
    cloud.points.x = same;
    assert_true(isinf(ust_calinski_harabasz(&cloud.points, labels)));
    assert_true(ust_davies_bouldin(&cloud.points, labels) == 0.0);
    cloud_free(&cloud);
}

static void expect(const struct cloud *cloud, uint32_t k, double sil, double ch, double db)
{
    struct ust_kmeans it;
    ust_kmeans_fit(&cloud->points,
                   &(struct ust_kmeans_options){.clusters = k, .starts = 30, .seed = 3},
                   cloud->arena, &it);
    CHECK_NEAR(silhouette(cloud, it.labels), sil, 1e-12);
    CHECK_NEAR(ust_calinski_harabasz(&cloud->points, it.labels), ch, 1e-9 * ch);
    CHECK_NEAR(ust_davies_bouldin(&cloud->points, it.labels), db, 1e-12);
}

static void measures_of_real_clusters_are_the_references(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    expect(&iris, 2, 0.681046169211746, 513.924545980277, 0.404292837173042);
    expect(&iris, 3, 0.552819012356409, 561.62775662962, 0.66197154650075);
    expect(&iris, 4, 0.498050504997287, 530.765808187285, 0.780306983881108);
    cloud_free(&iris);
    struct cloud personas = read_personas(true);
    expect(&personas, 4, 0.638091562635157, 3185.67166669746, 0.540776793889725);
    expect(&personas, 5, 0.680861098025082, 4733.95680127326, 0.460570624567646);
    cloud_free(&personas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_labelings_agree_as_pairs_do),
        cmocka_unit_test(names_of_labels_do_not_matter),
        cmocka_unit_test(degenerate_labelings_have_a_value),
        cmocka_unit_test(a_random_labeling_agrees_by_chance_only),
        cmocka_unit_test(labels_are_renumbered_by_value),
        cmocka_unit_test(silhouettes_of_four_points_are_those_by_hand),
        cmocka_unit_test(a_single_point_has_silhouette_0_and_noise_has_none),
        cmocka_unit_test(a_sample_stands_for_all_points),
        cmocka_unit_test(indices_of_four_points_are_those_by_hand),
        cmocka_unit_test(measures_of_real_clusters_are_the_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
