/* Classification, strangers, and how far a cluster can be trusted. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/classify.h"
#include "analysis/cluster/confidence.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/tail.h"

/* ---- classes ---- */

static struct ust_mixture learn(const struct cloud *cloud, uint32_t clusters, bool shrink)
{
    struct ust_mixture out;
    assert_int_equal(ust_classifier_learn(&cloud->points, cloud->labels, clusters, shrink, 0.0,
                                          2, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

/* Rows 1 to 50, as numpy finds them: mean, covariance with 49 below the line. */
static void distances_to_setosa_are_the_references(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    iris.points.n = 50;
    for (int i = 0; i < 50; i++)
        iris.labels[i] = 0;
    struct ust_mixture setosa = learn(&iris, 1, false);
    const double mean[] = {5.006, 3.428, 1.462, 0.246};
    for (int j = 0; j < 4; j++)
        CHECK_NEAR(setosa.means[j], mean[j], 1e-12);
    const struct {
        double x[4], distance2, p;
    } reference[] = {
        {{7.0, 3.2, 4.7, 1.4}, 420.52663851744, 1.02005784017802e-89},
        {{6.3, 3.3, 6.0, 2.5}, 925.695535219008, 4.50966245781314e-199},
        {{5.0, 3.4, 1.5, 0.25}, 0.0613468580315097, 0.999539080416641},
        {{6.0, 3.0, 2.0, 0.4}, 36.3808082688716, 2.41597247197478e-07},
    };
    for (int i = 0; i < 4; i++) {
        struct ust_class it = ust_classify(&setosa, reference[i].x, 0.999, NULL);
        CHECK_NEAR(it.distance2 / reference[i].distance2, 1.0, 1e-9);
        CHECK_NEAR(it.p / reference[i].p, 1.0, 1e-6);
        assert_int_equal(it.cluster, i == 2 ? 0 : UST_NOISE);
        assert_int_equal(it.likeliest, 0);
        assert_true(it.posterior == 1.0);
    }
    double sum = 0.0, largest = 0.0;
    int beyond = 0;
    for (size_t i = 0; i < 50; i++) {
        double d2 = ust_mixture_distance2(&setosa, 0, ust_point(&iris.points, i));
        sum += d2;
        largest = d2 > largest ? d2 : largest;
        beyond += d2 > ust_class_gate(4, 0.975);
    }
    CHECK_NEAR(sum, 49.0 * 4.0, 1e-9); /* (n - 1) d, always */
    CHECK_NEAR(largest, 12.3276386639216, 1e-9);
    assert_int_equal(beyond, 2);
    cloud_free(&iris);
}

static void gates_are_chi_square_quantiles(void **state)
{
    (void)state;
    CHECK_NEAR(ust_class_gate(4, 0.95), 9.48772903678115, 1e-9);
    CHECK_NEAR(ust_class_gate(4, 0.99), 13.2767041359876, 1e-9);
    CHECK_NEAR(ust_class_gate(4, 0.999), 18.4668269529032, 1e-9);
    /* Two degrees of freedom are an exponential law. */
    CHECK_NEAR(ust_class_gate(2, 0.999), -2 * log(0.001), 1e-9);
}

static void as_many_members_are_rejected_as_the_level_says(void **state)
{
    (void)state;
    struct cloud known = make_blobs(3, 4000, 3, 8.0, 1), fresh = make_blobs(3, 4000, 3, 8.0, 2);
    struct ust_mixture model = learn(&known, 3, false);
    size_t strangers = 0, wrong = 0;
    for (size_t i = 0; i < fresh.points.n; i++) {
        struct ust_class it = ust_classify(&model, ust_point(&fresh.points, i), 0.99, NULL);
        strangers += it.cluster == UST_NOISE;
        wrong += it.likeliest != fresh.labels[i];
    }
    CHECK_NEAR(strangers / 12000.0, 0.01, 0.003);
    assert_true(wrong < 12);
    cloud_free(&known);
    cloud_free(&fresh);
}

static void what_lies_between_known_clusters_is_strange(void **state)
{
    (void)state;
    struct cloud known = make_blobs(2, 2000, 2, 40.0, 3);
    struct ust_mixture model = learn(&known, 2, false);
    const double between[] = {20, 20};
    double posterior[2], deviations[2];
    struct ust_class it = ust_classify(&model, between, 0.9999, posterior);
    assert_int_equal(it.cluster, UST_NOISE);
    assert_true(it.distance2 > 300.0);
    CHECK_NEAR(posterior[0] + posterior[1], 1.0, 1e-12);
    /* The first stands at (40, 0): about -20 and 20 deviations away. */
    ust_class_reasons(&model, 0, between, deviations);
    CHECK_NEAR(deviations[0], -20.0, 1.0);
    CHECK_NEAR(deviations[1], 20.0, 1.0);
    const double high[] = {40, 90};
    assert_int_equal(ust_class_reasons(&model, 0, high, deviations), 1);
    cloud_free(&known);
}

static void noise_teaches_nothing(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(2, 100, 2, 20.0, 4);
    struct ust_mixture clean = learn(&cloud, 2, false);
    double *x = ust_arena_alloc(cloud.arena, double, 402);
    uint32_t *labels = ust_arena_alloc(cloud.arena, uint32_t, 201);
    memcpy(x, cloud.x, 400 * sizeof *x);
    memcpy(labels, cloud.labels, 200 * sizeof *labels);
    x[400] = x[401] = 1e6;
    labels[200] = UST_NOISE;
    cloud.points = (struct ust_points){x, 201, 2};
    cloud.labels = labels;
    struct ust_mixture same = learn(&cloud, 2, false);
    assert_memory_equal(clean.means, same.means, 4 * sizeof(double));
    assert_memory_equal(clean.covariances, same.covariances, 8 * sizeof(double));
    cloud_free(&cloud);
}

static void lessons_that_teach_nothing_are_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const double x[] = {0, 0, 1, 1, 2, 2.5};
    const uint32_t labels[] = {0, 0, 1};
    struct ust_points points = {x, 3, 2};
    struct ust_mixture out;
#define TRY(k, shrink, floor)                                                                  \
    ust_classifier_learn(&points, labels, k, shrink, floor, 1, arena, &out)
    assert_int_equal(TRY(1, false, 0.0), UST_CLUSTER_PARAMETER); /* a label beyond */
    assert_int_equal(TRY(3, false, 0.0), UST_CLUSTER_TOO_FEW);   /* one without points */
    assert_int_equal(TRY(2, false, 0.0), UST_CLUSTER_SINGULAR);
    assert_int_equal(TRY(2, false, 0.1), UST_CLUSTER_OK);
    assert_int_equal(TRY(0, false, 0.1), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(2, false, -1.0), UST_CLUSTER_PARAMETER);
#undef TRY
    ust_arena_free(arena);
}

/* scikit-learn 1.2.1 `ledoit_wolf`, whose covariances have n below the line. */
static void shrinkage_is_that_of_ledoit_and_wolf(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    const size_t sizes[] = {50, 8};
    const double first[] = {0.117557757478196, 0.055091258337995};
    const double second[] = {0.088342839773087, 0.031067663740344};
    for (int i = 0; i < 2; i++) {
        iris.points.n = sizes[i];
        for (size_t j = 0; j < sizes[i]; j++)
            iris.labels[j] = 0;
        struct ust_mixture it = learn(&iris, 1, true);
        double unbiased = (double)sizes[i] / (double)(sizes[i] - 1);
        CHECK_NEAR(it.covariances[0], first[i] * unbiased, 1e-13);
        CHECK_NEAR(it.covariances[1], second[i] * unbiased, 1e-13);
    }
    cloud_free(&iris);
}

static void shrunk_covariances_need_few_points(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(1, 6, 10, 0.0, 5); /* fewer points than features */
    struct ust_mixture out;
    assert_int_equal(
        ust_classifier_learn(&cloud.points, cloud.labels, 1, false, 0.0, 1, cloud.arena, &out),
        UST_CLUSTER_SINGULAR);
    learn(&cloud, 1, true);
    cloud_free(&cloud);
}

/* ---- confidence ---- */

static void confidence_is_the_product_of_its_parts(void **state)
{
    (void)state;
    struct ust_confidence it = ust_confidence_of(30, 0.9, 0.6, 14, 7, 0);
    CHECK_NEAR(it.size, 0.5, 1e-15);
    CHECK_NEAR(it.stability, 0.9, 1e-15);
    CHECK_NEAR(it.separation, 0.8, 1e-15);
    CHECK_NEAR(it.age, 0.25, 1e-15);
    CHECK_NEAR(it.value, 0.5 * 0.9 * 0.8 * 0.25, 1e-15);
}

static void confidence_stays_between_0_and_1(void **state)
{
    (void)state;
    assert_true(ust_confidence_of(0, 1, 1, 0, 0, 0).value == 0.0);
    assert_true(ust_confidence_of(1000000, 1, 1, 5, 0, 0).age == 1.0);
    assert_true(ust_confidence_of(100, (double)NAN, 0.5, 0, 1, 0).value == 0.0);
    assert_true(ust_confidence_of(100, 0.9, (double)NAN, 0, 1, 0).value == 0.0);
    assert_true(ust_confidence_of(100, 0.9, -1.0, 0, 1, 0).separation == 0.0);
    assert_true(ust_confidence_of(100, 1, 1, -3, 1, 0).age == 1.0); /* a clock ahead */
    CHECK_NEAR(ust_confidence_of(100, 1, 1, 0, 1, 300).size, 0.25, 1e-15);
    CHECK_NEAR(ust_confidence_of(100, 1, 1, 1e6, 1, 0).value, 0.0, 1e-300);
}

static struct ust_stability stability(const struct cloud *cloud, const uint32_t *labels,
                                      uint32_t k)
{
    struct ust_stability out;
    struct ust_kmeans_options options = {.clusters = k, .starts = 4};
    assert_int_equal(ust_stability_of(&cloud->points, labels, k, ust_again_kmeans, &options, 30,
                                      0, 1, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

static void clear_clusters_are_stable_and_invented_ones_dissolve(void **state)
{
    (void)state;
    struct cloud blobs = make_blobs(3, 200, 3, 15.0, 6), flat = make_uniform(600, 2, 7);
    struct ust_stability clear = stability(&blobs, blobs.labels, 3);
    for (int c = 0; c < 3; c++) {
        assert_true(clear.jaccard[c] == 1.0);
        assert_true(clear.dissolved[c] == 0.0);
    }
    /* Stripes in a uniform square are nobody's clusters. */
    uint32_t *stripes = ust_arena_alloc(flat.arena, uint32_t, 600);
    for (int i = 0; i < 600; i++)
        stripes[i] = (uint32_t)(flat.x[2 * i] * 50) % 2;
    struct ust_stability invented = stability(&flat, stripes, 2);
    assert_true(invented.jaccard[0] < 0.5);
    assert_true(invented.dissolved[0] > 0.9);
    cloud_free(&blobs);
    cloud_free(&flat);
}

static void stability_of_too_many_clusters_is_low(void **state)
{
    (void)state;
    struct cloud blobs = make_blobs(3, 200, 3, 15.0, 8);
    struct ust_kmeans six;
    ust_kmeans_fit(&blobs.points, &(struct ust_kmeans_options){.clusters = 6}, blobs.arena,
                   &six);
    struct ust_stability it = stability(&blobs, six.labels, 6), again;
    double mean = 0.0;
    for (int c = 0; c < 6; c++)
        mean += it.jaccard[c] / 6;
    assert_true(mean < 0.75);
    again = stability(&blobs, six.labels, 6);
    assert_memory_equal(it.jaccard, again.jaccard, 6 * sizeof(double));
    cloud_free(&blobs);
}

static enum ust_cluster_status find_nothing(void *context, const struct ust_points *points,
                                            uint64_t seed, uint32_t *labels)
{
    (void)context;
    (void)points;
    (void)seed;
    (void)labels;
    return UST_CLUSTER_TOO_FEW;
}

static void what_is_never_found_again_has_stability_0(void **state)
{
    (void)state;
    struct cloud blobs = make_blobs(2, 50, 2, 15.0, 9);
    struct ust_stability out;
    assert_int_equal(ust_stability_of(&blobs.points, blobs.labels, 3, find_nothing, NULL, 5, 0,
                                      1, blobs.arena, &out),
                     UST_CLUSTER_OK);
    assert_true(out.jaccard[0] == 0.0);
    assert_true(out.dissolved[1] == 1.0);
    assert_true(isnan(out.jaccard[2])); /* it has no points to be drawn */
    assert_int_equal(ust_stability_of(&blobs.points, blobs.labels, 1, find_nothing, NULL, 5, 0,
                                      1, blobs.arena, &out),
                     UST_CLUSTER_PARAMETER);
    cloud_free(&blobs);
}

static void known_personas_are_stable(void **state)
{
    (void)state;
    struct cloud personas = read_personas(true);
    struct ust_stability it = stability(&personas, personas.labels, 5);
    for (int c = 0; c < 5; c++)
        assert_true(it.jaccard[c] > 0.95);
    cloud_free(&personas);
}

/* ---- tails ---- */

static struct ust_tail *tails(const struct cloud *cloud, const struct ust_mixture *model)
{
    struct ust_tail *out = ust_arena_alloc(cloud->arena, struct ust_tail, model->clusters + 1);
    const struct ust_tail_options options = {.seed = 1, .threads = 2};
    assert_int_equal(ust_tails_learn(&cloud->points, cloud->labels, model, &options,
                                     cloud->arena, out, &(double){0}),
                     UST_CLUSTER_OK);
    return out;
}

/* Coordinates of Student's law with three degrees of freedom: normal / sqrt(chi2(3) / 3). */
static struct cloud make_heavy(size_t n, uint64_t seed)
{
    struct cloud cloud = make_blobs(2, n, 3, 60.0, seed);
    struct ust_rng rng = ust_rng_derive(seed, 0, "test/heavy");
    for (size_t i = 0; i < cloud.points.n; i++) {
        double square = 0.0;
        for (int j = 0; j < 3; j++) {
            double z = ust_normal(&rng);
            square += z * z / 3.0;
        }
        const double at = cloud.labels[i] * 60.0;
        for (int j = 0; j < 3; j++)
            cloud.x[i * 3 + j] = at + ust_normal(&rng) / sqrt(square);
    }
    return cloud;
}

static void heavy_tails_break_the_chi_square_gate_and_not_the_held_out_one(void **state)
{
    (void)state;
    struct cloud known = make_heavy(4000, 1), fresh = make_heavy(10000, 2);
    struct ust_mixture model = learn(&known, 2, false);
    struct ust_tail *tail = tails(&known, &model);
    size_t chi = 0, held = 0;
    for (size_t i = 0; i < fresh.points.n; i++) {
        struct ust_class it = ust_classify(&model, ust_point(&fresh.points, i), 0.99, NULL);
        chi += it.cluster == UST_NOISE;
        held += ust_tail_p(&tail[it.nearest], it.distance2) <= 0.01;
    }
    assert_true(chi / 20000.0 > 0.015); /* half as many again as it says */
    CHECK_NEAR(held / 20000.0, 0.01, 0.0035);
    cloud_free(&known);
    cloud_free(&fresh);
}

static void a_tail_is_its_ranks(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(2, 500, 2, 30.0, 3);
    struct ust_mixture model = learn(&cloud, 2, false);
    struct ust_tail *tail = tails(&cloud, &model);
    assert_int_equal(tail[0].n, 500);
    assert_int_equal(tail[1].n, 500);
    assert_int_equal(tail[2].n, 1000);
    const struct ust_tail *all = &tail[2];
    uint32_t last = all->points - 1;
    assert_int_equal(all->beyond[last], 1);
    CHECK_NEAR(ust_tail_p(all, all->distance2[last]), 2.0 / 1001, 1e-15);
    CHECK_NEAR(ust_tail_p(all, all->distance2[last] + 1), 1.0 / 1001, 1e-15);
    CHECK_NEAR(ust_tail_p(all, 0.0), 1.0, 1e-15);
    /* One point in a hundred lies beyond the gate of 0.99: nine or ten of a thousand. */
    double gate = ust_tail_gate(all, 0.99);
    assert_true(ust_tail_p(all, gate) <= 0.01);
    assert_true(ust_tail_p(all, nextafter(gate, 0.0)) > 0.01);
    /* Chi-square with two degrees of freedom: about 9.2. */
    CHECK_NEAR(gate, 9.21, 2.5);
    assert_true(isinf(ust_tail_gate(all, 0.9995))); /* a thousand cannot say */
    for (uint32_t i = 1; i < all->points; i++) {
        assert_true(all->distance2[i] >= all->distance2[i - 1]);
        assert_true(all->beyond[i] < all->beyond[i - 1]);
    }
    cloud_free(&cloud);
}

static void points_of_no_cluster_are_not_held_out(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(2, 100, 2, 30.0, 4);
    struct ust_mixture model = learn(&cloud, 2, false);
    for (int i = 0; i < 40; i++)
        cloud.labels[i] = UST_NOISE;
    assert_int_equal(tails(&cloud, &model)[2].n, 160);
    const struct ust_tail none = {0};
    assert_true(ust_tail_p(&none, 1e9) == 1.0);
    assert_true(isinf(ust_tail_gate(&none, 0.5)));
    cloud_free(&cloud);
}

static void a_cluster_of_three_points_is_no_obstacle(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(2, 100, 2, 30.0, 5);
    struct ust_mixture model;
    for (int i = 0; i < 97; i++)
        cloud.labels[i] = UST_NOISE;
    assert_int_equal(ust_classifier_learn(&cloud.points, cloud.labels, 2, true, 1e-4, 1,
                                          cloud.arena, &model),
                     UST_CLUSTER_OK);
    struct ust_tail *tail = tails(&cloud, &model);
    assert_int_equal(tail[2].n, 103);
    cloud_free(&cloud);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heavy_tails_break_the_chi_square_gate_and_not_the_held_out_one),
        cmocka_unit_test(a_tail_is_its_ranks),
        cmocka_unit_test(points_of_no_cluster_are_not_held_out),
        cmocka_unit_test(a_cluster_of_three_points_is_no_obstacle),
        cmocka_unit_test(distances_to_setosa_are_the_references),
        cmocka_unit_test(gates_are_chi_square_quantiles),
        cmocka_unit_test(as_many_members_are_rejected_as_the_level_says),
        cmocka_unit_test(what_lies_between_known_clusters_is_strange),
        cmocka_unit_test(noise_teaches_nothing),
        cmocka_unit_test(lessons_that_teach_nothing_are_refused),
        cmocka_unit_test(shrinkage_is_that_of_ledoit_and_wolf),
        cmocka_unit_test(shrunk_covariances_need_few_points),
        cmocka_unit_test(confidence_is_the_product_of_its_parts),
        cmocka_unit_test(confidence_stays_between_0_and_1),
        cmocka_unit_test(clear_clusters_are_stable_and_invented_ones_dissolve),
        cmocka_unit_test(stability_of_too_many_clusters_is_low),
        cmocka_unit_test(what_is_never_found_again_has_stability_0),
        cmocka_unit_test(known_personas_are_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
