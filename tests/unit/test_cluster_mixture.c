/* Gaussian mixtures: closed forms, known laws, and scikit-learn 1.2.1. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/measure.h"
#include "analysis/cluster/mixture.h"

static struct ust_mixture_fit fit(const struct cloud *cloud, struct ust_mixture_options options)
{
    struct ust_mixture_fit out;
    assert_int_equal(ust_mixture_fit(&cloud->points, &options, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

static void one_cluster_is_the_sample_mean_and_covariance(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {0, 0, 2, 0, 0, 4, 2, 4};
    cloud.points = (struct ust_points){x, 4, 2};
    struct ust_mixture_fit it =
        fit(&cloud, (struct ust_mixture_options){.clusters = 1, .floor = 1e-300});
    assert_true(it.model.means[0] == 1.0);
    assert_true(it.model.means[1] == 2.0);
    assert_true(it.model.covariances[0] == 1.0);
    assert_true(it.model.covariances[1] == 0.0);
    assert_true(it.model.covariances[3] == 4.0);
    /* Squared distance 2 for each: 4 (-log 2 pi - log 4 / 2 - 1). */
    CHECK_NEAR(it.log_likelihood, 4 * (-log(2 * M_PI) - log(4.0) / 2 - 1), 1e-12);
    assert_int_equal(it.parameters, 5);
    CHECK_NEAR(it.bic, 5 * log(4.0) - 2 * it.log_likelihood, 1e-12);
    CHECK_NEAR(ust_mixture_distance2(&it.model, 0, x), 2.0, 1e-12);
    cloud_free(&cloud);
}

static void parameters_are_counted_by_shape(void **state)
{
    (void)state;
    /* scikit-learn: 3 components of 4 features. */
    assert_int_equal(ust_mixture_parameters(3, 4, UST_MIXTURE_FULL), 44);
    assert_int_equal(ust_mixture_parameters(3, 4, UST_MIXTURE_DIAGONAL), 26);
    assert_int_equal(ust_mixture_parameters(3, 4, UST_MIXTURE_TIED), 24);
    assert_int_equal(ust_mixture_parameters(3, 4, UST_MIXTURE_SPHERICAL), 17);
}

static void posteriors_are_those_of_bayes(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_mixture model = ust_mixture_new(2, 1, UST_MIXTURE_FULL, arena);
    model.weights[0] = 0.25;
    model.weights[1] = 0.75;
    model.means[1] = 3.0;
    model.covariances[0] = 1.0;
    model.covariances[1] = 4.0;
    assert_int_equal(ust_mixture_prepare(&model), UST_CLUSTER_OK);
    double x = 1.0, posterior[2];
    double a = 0.25 * exp(-0.5) / sqrt(2 * M_PI);
    double b = 0.75 * exp(-0.5 * 4 / 4) / sqrt(2 * M_PI * 4);
    CHECK_NEAR(ust_mixture_log_density(&model, &x, posterior), log(a + b), 1e-14);
    CHECK_NEAR(posterior[0], a / (a + b), 1e-15);
    CHECK_NEAR(posterior[0] + posterior[1], 1.0, 1e-15);
    /* So far away that each density underflows; their ratio does not. */
    x = 400.0;
    CHECK_NEAR(ust_mixture_log_density(&model, &x, posterior),
               log(0.75 / sqrt(2 * M_PI * 4)) - 0.5 * 397 * 397 / 4.0, 1e-9);
    assert_true(posterior[1] == 1.0);
    ust_arena_free(arena);
}

static void a_matrix_that_is_no_covariance_is_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_mixture model = ust_mixture_new(1, 2, UST_MIXTURE_FULL, arena);
    model.weights[0] = 1.0;
    const double bad[] = {1, 2, 2, 1};
    memcpy(model.covariances, bad, sizeof bad);
    assert_int_equal(ust_mixture_prepare(&model), UST_CLUSTER_SINGULAR);
    ust_arena_free(arena);
}

static void two_known_laws_come_back(void **state)
{
    (void)state;
    /* 30 % around (0, 0) with correlation 0.8, 70 % around (6, 0), spherical. */
    struct cloud cloud = {.arena = ust_arena_new()};
    struct ust_rng rng = ust_rng_derive(1, 0, "test");
    size_t n = 40000;
    cloud.x = ust_arena_alloc(cloud.arena, double, n * 2);
    for (size_t i = 0; i < n; i++) {
        double a = ust_normal(&rng), b = ust_normal(&rng);
        bool first = ust_rng_unit(&rng) < 0.3;
        cloud.x[2 * i] = first ? a : 6 + a;
        cloud.x[2 * i + 1] = first ? 0.8 * a + 0.6 * b : b;
    }
    cloud.points = (struct ust_points){cloud.x, n, 2};
    struct ust_mixture_fit it =
        fit(&cloud, (struct ust_mixture_options){.clusters = 2, .starts = 2, .threads = 2});
    int one = it.model.weights[0] > 0.5;
    const double *covariance = it.model.covariances + 4 * one;
    CHECK_NEAR(it.model.weights[one], 0.3, 0.01);
    CHECK_NEAR(it.model.means[2 * one], 0.0, 0.04);
    CHECK_NEAR(it.model.means[2 * !one], 6.0, 0.03);
    CHECK_NEAR(covariance[1] / sqrt(covariance[0] * covariance[3]), 0.8, 0.02);
    CHECK_NEAR(covariance[0], 1.0, 0.04);
    assert_true(it.converged);
    cloud_free(&cloud);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(3, 5000, 4, 3.0, 2);
    struct ust_mixture_options options = {.clusters = 3, .starts = 2};
    struct ust_mixture_fit one = fit(&cloud, options);
    options.threads = 3;
    struct ust_mixture_fit three = fit(&cloud, options);
    assert_memory_equal(one.model.means, three.model.means, 12 * sizeof(double));
    assert_memory_equal(one.model.covariances, three.model.covariances, 48 * sizeof(double));
    assert_memory_equal(&one.log_likelihood, &three.log_likelihood, sizeof(double));
    assert_memory_equal(one.labels, three.labels, 15000 * sizeof(uint32_t));
    cloud_free(&cloud);
}

static void equal_points_do_not_collapse_a_cluster(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[40];
    for (int i = 0; i < 20; i++) {
        x[2 * i] = i < 10 ? 0 : 5;
        x[2 * i + 1] = 7; /* constant */
    }
    cloud.points = (struct ust_points){x, 20, 2};
    struct ust_mixture_fit it = fit(&cloud, (struct ust_mixture_options){.clusters = 2});
    for (int c = 0; c < 2; c++)
        CHECK_NEAR(it.model.covariances[4 * c], 1e-6, 1e-12);
    assert_int_equal(it.sizes[0], 10);
    assert_true(isfinite(it.log_likelihood));
    struct ust_mixture_fit out;
    assert_int_equal(ust_mixture_fit(&cloud.points,
                                     &(struct ust_mixture_options){.clusters = 3}, cloud.arena,
                                     &out),
                     UST_CLUSTER_TOO_FEW);
    cloud_free(&cloud);
}

static void impossible_options_are_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const double x[] = {1, 2, (double)NAN};
    struct ust_points points = {x, 2, 1};
    struct ust_mixture_fit out;
#define TRY(...)                                                                               \
    ust_mixture_fit(&points, &(struct ust_mixture_options){__VA_ARGS__}, arena, &out)
    assert_int_equal(TRY(.clusters = 0), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(.clusters = 1, .floor = -1), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(.clusters = 1, .tolerance = (double)NAN), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(.clusters = 3), UST_CLUSTER_TOO_FEW);
    assert_int_equal(TRY(.clusters = 2000), UST_CLUSTER_TOO_LARGE);
    points.n = 3;
    assert_int_equal(TRY(.clusters = 1), UST_CLUSTER_NOT_FINITE);
#undef TRY
    ust_arena_free(arena);
}

/* ---- scikit-learn, floor 1e-6 ---- */

static struct ust_mixture_fit expect(const struct cloud *cloud, uint32_t k,
                                     enum ust_mixture_shape shape, double log_likelihood)
{
    struct ust_mixture_fit it =
        fit(cloud,
            (struct ust_mixture_options){
                .clusters = k, .shape = shape, .starts = 8, .tolerance = 1e-8, .threads = 2});
    if (!(it.log_likelihood >= log_likelihood - 2e-3))
        fail_msg("k %u, shape %d: log likelihood %.9f, reference %.9f", k, (int)shape,
                 it.log_likelihood, log_likelihood);
    return it;
}

static void irises_are_as_likely_as_the_reference_finds(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    const struct {
        enum ust_mixture_shape shape;
        double log_likelihood[3];
    } reference[] = {
        {UST_MIXTURE_FULL, {-379.914630196, -214.354704596, -180.185477593}},
        {UST_MIXTURE_DIAGONAL, {-741.017535187, -386.185347059, -307.177571737}},
        {UST_MIXTURE_SPHERICAL, {-889.516130708, -478.559095779, -384.314095078}},
        {UST_MIXTURE_TIED, {-379.914630196, -296.447574846, -256.354043226}},
    };
    for (int s = 0; s < 4; s++) {
        for (uint32_t k = 1; k < 4; k++) {
            struct ust_mixture_fit it =
                expect(&iris, k, reference[s].shape, reference[s].log_likelihood[k - 1]);
            /* Another start may climb a little higher, not onto a spike. */
            CHECK_NEAR(it.log_likelihood, reference[s].log_likelihood[k - 1], 0.5);
        }
    }
    struct ust_mixture_fit three = expect(&iris, 3, UST_MIXTURE_FULL, -180.185477593);
    CHECK_NEAR(three.bic, 580.838908125, 0.01);
    CHECK_NEAR(three.aic, 448.370955185, 0.01);
    /* scikit-learn 0.23.1, 100 starts. */
    CHECK_NEAR(ust_adjusted_rand(three.labels, iris.labels, 150), 0.903874, 1e-6);
    cloud_free(&iris);
}

static void personas_are_as_likely_as_the_reference_finds(void **state)
{
    (void)state;
    struct cloud personas = read_personas(true);
    struct ust_mixture_fit full = expect(&personas, 5, UST_MIXTURE_FULL, -6302.77336225);
    CHECK_NEAR(full.log_likelihood, -6302.77336225, 0.01);
    CHECK_NEAR(full.bic, 13662.0721664, 0.02);
    assert_true(ust_adjusted_rand(full.labels, personas.labels, 2000) == 1.0);
    struct ust_mixture_fit own = expect(&personas, 5, UST_MIXTURE_DIAGONAL, -6325.17351328);
    CHECK_NEAR(own.bic, 13136.804784, 0.02);
    cloud_free(&personas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_cluster_is_the_sample_mean_and_covariance),
        cmocka_unit_test(parameters_are_counted_by_shape),
        cmocka_unit_test(posteriors_are_those_of_bayes),
        cmocka_unit_test(a_matrix_that_is_no_covariance_is_refused),
        cmocka_unit_test(two_known_laws_come_back),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(equal_points_do_not_collapse_a_cluster),
        cmocka_unit_test(impossible_options_are_refused),
        cmocka_unit_test(irises_are_as_likely_as_the_reference_finds),
        cmocka_unit_test(personas_are_as_likely_as_the_reference_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
