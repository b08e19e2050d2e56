/* Scaling and principal components. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/pca.h"
#include "analysis/cluster/scale.h"

static struct ust_scaling scale(const struct cloud *cloud, enum ust_scale_kind kind,
                                const enum ust_scale_how *how)
{
    struct ust_scaling scaling;
    assert_int_equal(ust_scaling_fit(&cloud->points, kind, how, cloud->arena, &scaling),
                     UST_CLUSTER_OK);
    return scaling;
}

static struct cloud column(const double *x, size_t n)
{
    struct cloud cloud = {.arena = ust_arena_new()};
    cloud.points = (struct ust_points){x, n, 1};
    return cloud;
}

static void robust_scaling_uses_median_and_quartiles(void **state)
{
    (void)state;
    const double x[] = {9, 1, 3, 1000, 5};
    struct cloud cloud = column(x, 5);
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, NULL);
    /* 1 3 5 9 1000: quartiles 3 and 9; the outlier moves nothing. */
    assert_true(it.feature[0].centre == 5.0);
    CHECK_NEAR(it.feature[0].spread, 6 * 0.7413011092528009, 1e-14);
    cloud_free(&cloud);
}

static void robust_spread_of_a_normal_law_is_its_deviation(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(1, 40000, 1, 0.0, 3);
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, NULL);
    CHECK_NEAR(it.feature[0].spread, 1.0, 0.02);
    cloud_free(&cloud);
}

static void z_scaling_has_mean_0_and_deviation_1(void **state)
{
    (void)state;
    const double x[] = {1, 3, 1, 3};
    struct cloud cloud = column(x, 4);
    struct ust_scaling it = scale(&cloud, UST_SCALE_Z, NULL);
    assert_true(it.feature[0].centre == 2.0);
    assert_true(it.feature[0].spread == 1.0);
    cloud_free(&cloud);
}

static void constants_and_majorities_keep_a_spread(void **state)
{
    (void)state;
    const double same[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    const double most[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 10};
    double out[10];
    struct cloud cloud = column(same, 7);
    for (int kind = UST_SCALE_Z; kind <= UST_SCALE_ROBUST; kind++) {
        struct ust_scaling it = scale(&cloud, (enum ust_scale_kind)kind, NULL);
        ust_scaling_apply(&it, same, 7, out);
        assert_true(out[0] == 0.0);
        assert_true(it.feature[0].spread == 1.0);
    }
    cloud_free(&cloud);
    cloud = column(most, 10);
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, NULL);
    assert_true(it.feature[0].centre == 0.0);
    CHECK_NEAR(it.feature[0].spread, 3.0, 1e-12); /* the standard deviation */
    cloud_free(&cloud);
}

static void what_is_scaled_can_be_undone(void **state)
{
    (void)state;
    const double x[] = {0, 5, 1, -2, 100, 3, 7, 0.5};
    const enum ust_scale_how logs[] = {UST_SCALE_LOG, UST_SCALE_ALONE};
    struct cloud cloud = {.arena = ust_arena_new(), .points = {x, 4, 2}};
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, logs);
    double there[8], back[8];
    ust_scaling_apply(&it, x, 4, there);
    ust_scaling_undo(&it, there, 4, back);
    for (int i = 0; i < 8; i++)
        CHECK_NEAR(back[i], x[i], 1e-12);
    /* log1p of 0 1 7 100: the median lies between log 2 and log 8. */
    CHECK_NEAR(it.feature[0].centre, log(4.0), 1e-14);
    cloud_free(&cloud);
}

static void a_logarithm_needs_what_is_not_negative(void **state)
{
    (void)state;
    const double x[] = {1, -0.5};
    const enum ust_scale_how logs[] = {UST_SCALE_LOG};
    struct cloud cloud = column(x, 2);
    struct ust_scaling it;
    assert_int_equal(ust_scaling_fit(&cloud.points, UST_SCALE_NONE, logs, cloud.arena, &it),
                     UST_CLUSTER_PARAMETER);
    /* A later point below 0 counts as 0. */
    cloud.points.n = 1;
    it = scale(&cloud, UST_SCALE_NONE, logs);
    double out;
    ust_scaling_apply(&it, x + 1, 1, &out);
    assert_true(out == 0.0);
    cloud_free(&cloud);
}

static void shares_keep_their_proportions(void **state)
{
    (void)state;
    /* Standard deviations 0.4, 0.1 and 5. */
    const double x[] = {0.1, 0.2, 0, 0.9, 0.4, 10, 0.1, 0.4, 0, 0.9, 0.2, 10};
    const enum ust_scale_how how[] = {UST_SCALE_TOGETHER, UST_SCALE_TOGETHER, UST_SCALE_AS_IS};
    struct cloud cloud = {.arena = ust_arena_new(), .points = {x, 4, 3}};
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, how);
    CHECK_NEAR(it.feature[0].spread, 0.4, 1e-12);
    CHECK_NEAR(it.feature[1].spread, 0.4, 1e-12);
    CHECK_NEAR(it.feature[1].centre, 0.3, 1e-12);
    assert_true(it.feature[2].spread == 1.0);
    assert_true(it.feature[2].centre == 0.0);
    cloud_free(&cloud);
}

static void scaling_says_what_it_does(void **state)
{
    (void)state;
    const double x[] = {1, 3, 5, 7, 9};
    const enum ust_scale_how logs[] = {UST_SCALE_LOG};
    struct cloud cloud = column(x, 5);
    struct ust_text text = {0};
    struct ust_scaling it = scale(&cloud, UST_SCALE_ROBUST, NULL);
    ust_scaling_state(&it, 0, &text);
    assert_string_equal(text.data, "x, median 5, 0.7413 IQR 2.9652");
    ust_text_clear(&text);
    it = scale(&cloud, UST_SCALE_NONE, logs);
    ust_scaling_state(&it, 0, &text);
    assert_string_equal(text.data, "log(1 + x)");
    ust_text_free(&text);
    cloud_free(&cloud);
}

/* scikit-learn 1.2.1, best of 100, raw features scaled by z: 2259.44, adjusted Rand 0.9918. */
static void scaled_personas_fall_into_the_reference_clusters(void **state)
{
    (void)state;
    struct cloud raw = read_personas(false);
    struct ust_scaling it = scale(&raw, UST_SCALE_Z, NULL);
    ust_scaling_apply(&it, raw.x, 2000, raw.x);
    struct ust_kmeans found;
    ust_kmeans_fit(&raw.points, &(struct ust_kmeans_options){.clusters = 5, .starts = 20},
                   raw.arena, &found);
    CHECK_NEAR(found.sse, 2259.44168694986, 1e-6);
    CHECK_NEAR(ust_adjusted_rand(found.labels, raw.labels, 2000), 0.991782990965579, 1e-9);
    cloud_free(&raw);
}

/* ---- principal components ---- */

static void points_on_a_line_have_one_component(void **state)
{
    (void)state;
    const double x[] = {0, 0, 3, 4, 6, 8, -3, -4};
    struct cloud cloud = {.arena = ust_arena_new(), .points = {x, 4, 2}};
    struct ust_pca pca;
    assert_int_equal(ust_pca_fit(&cloud.points, 0, cloud.arena, &pca), UST_CLUSTER_OK);
    CHECK_NEAR(pca.axes[0], 0.6, 1e-12);
    CHECK_NEAR(pca.axes[1], 0.8, 1e-12);
    CHECK_NEAR(pca.share[0], 1.0, 1e-12);
    CHECK_NEAR(pca.variance[0], 31.25, 1e-12); /* -7.5, -2.5, 2.5, 7.5 along it */
    double out[8];
    ust_pca_project(&pca, x, 4, out);
    CHECK_NEAR(out[0], -2.5, 1e-12);
    CHECK_NEAR(out[1], 0.0, 1e-12);
    CHECK_NEAR(out[4], 7.5, 1e-12);
    cloud_free(&cloud);
}

static void equal_points_have_no_variance_to_share(void **state)
{
    (void)state;
    const double x[] = {2, 3, 2, 3};
    struct cloud cloud = {.arena = ust_arena_new(), .points = {x, 2, 2}};
    struct ust_pca pca;
    assert_int_equal(ust_pca_fit(&cloud.points, 2, cloud.arena, &pca), UST_CLUSTER_OK);
    assert_true(pca.share[0] == 0.0);
    double out[4];
    ust_pca_project(&pca, x, 2, out);
    assert_true(out[0] == 0.0);
    assert_int_equal(ust_pca_fit(&cloud.points, 3, cloud.arena, &pca), UST_CLUSTER_PARAMETER);
    cloud_free(&cloud);
}

static void components_of_irises_are_the_references(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    struct ust_pca pca;
    assert_int_equal(ust_pca_fit(&iris.points, 2, iris.arena, &pca), UST_CLUSTER_OK);
    const double axis[] = {0.361386591785368, -0.084522514064568, 0.856670605949835,
                           0.358289197151551};
    CHECK_NEAR(pca.variance[0], 4.200053427994638, 1e-12);
    CHECK_NEAR(pca.share[1], 0.053066483117068, 1e-13);
    for (int j = 0; j < 4; j++)
        CHECK_NEAR(pca.axes[j], axis[j], 1e-12);
    assert_true(pca.axes[5] > 0.0); /* 0.73, the largest of its axis */
    cloud_free(&iris);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(robust_scaling_uses_median_and_quartiles),
        cmocka_unit_test(robust_spread_of_a_normal_law_is_its_deviation),
        cmocka_unit_test(z_scaling_has_mean_0_and_deviation_1),
        cmocka_unit_test(constants_and_majorities_keep_a_spread),
        cmocka_unit_test(what_is_scaled_can_be_undone),
        cmocka_unit_test(a_logarithm_needs_what_is_not_negative),
        cmocka_unit_test(shares_keep_their_proportions),
        cmocka_unit_test(scaling_says_what_it_does),
        cmocka_unit_test(scaled_personas_fall_into_the_reference_clusters),
        cmocka_unit_test(points_on_a_line_have_one_component),
        cmocka_unit_test(equal_points_have_no_variance_to_share),
        cmocka_unit_test(components_of_irises_are_the_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
