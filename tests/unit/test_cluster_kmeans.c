/* k-means: held against scikit-learn 1.2.1, against plain Lloyd, and against arithmetic. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"

static struct ust_kmeans fit(const struct cloud *cloud, struct ust_kmeans_options options)
{
    struct ust_kmeans out;
    assert_int_equal(ust_kmeans_fit(&cloud->points, &options, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

static enum ust_cluster_status try(const double *x, size_t n, uint32_t d, uint32_t k)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_kmeans out;
    struct ust_points points = {x, n, d};
    enum ust_cluster_status status = ust_kmeans_fit(
        &points, &(struct ust_kmeans_options){.clusters = k, .starts = 2}, arena, &out);
    ust_arena_free(arena);
    return status;
}

static void expect_same(const struct cloud *cloud, const struct ust_kmeans *a,
                        const struct ust_kmeans *b)
{
    assert_memory_equal(a->labels, b->labels, cloud->points.n * sizeof *a->labels);
    assert_memory_equal(a->centres, b->centres, (size_t)a->clusters * a->d * sizeof(double));
    assert_memory_equal(a->sizes, b->sizes, a->clusters * sizeof *a->sizes);
    assert_memory_equal(&a->sse, &b->sse, sizeof a->sse);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->best_start, b->best_start);
}

/* ---- what it is ---- */

static void two_pairs_on_a_line_split_in_the_middle(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {0, 2, 10, 14};
    cloud.points = (struct ust_points){x, 4, 1};
    struct ust_kmeans two = fit(&cloud, (struct ust_kmeans_options){.clusters = 2});
    /* Means 1 and 12; 1 + 1 + 4 + 4. */
    assert_true(two.sse == 10.0);
    assert_true(two.converged);
    assert_int_equal(two.labels[0], two.labels[1]);
    assert_int_equal(two.labels[2], two.labels[3]);
    assert_true(two.centres[two.labels[0]] == 1.0);
    assert_true(two.centres[two.labels[3]] == 12.0);
    struct ust_kmeans one = fit(&cloud, (struct ust_kmeans_options){.clusters = 1});
    /* Mean 6.5: 42.25 + 20.25 + 12.25 + 56.25. */
    assert_true(one.centres[0] == 6.5);
    assert_true(one.sse == 131.0);
    struct ust_kmeans four = fit(&cloud, (struct ust_kmeans_options){.clusters = 4});
    assert_true(four.sse == 0.0);
    cloud_free(&cloud);
}

static void a_point_between_two_centres_goes_to_the_first(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {0, 5, 10}, begin[] = {10, 0};
    cloud.points = (struct ust_points){x, 3, 1};
    struct ust_kmeans it =
        fit(&cloud, (struct ust_kmeans_options){.clusters = 2, .centres = begin});
    assert_int_equal(it.labels[1], 0);
    assert_true(it.centres[0] == 7.5);
    cloud_free(&cloud);
}

static void a_cluster_without_points_takes_the_farthest(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    const double x[] = {0, 1, 2, 3, 100}, begin[] = {1, 2, -500};
    cloud.points = (struct ust_points){x, 5, 1};
    for (int method = 0; method < 2; method++) {
        struct ust_kmeans it =
            fit(&cloud, (struct ust_kmeans_options){.clusters = 3,
                                                    .centres = begin,
                                                    .method = (enum ust_kmeans_method)method});
        assert_int_equal(it.labels[4], 2);
        assert_true(it.centres[2] == 100.0);
        assert_true(it.sse == 1.0); /* 0 and 1; 2 and 3 */
    }
    cloud_free(&cloud);
}

static void a_large_offset_costs_no_digits(void **state)
{
    (void)state;
    /* Sums of 1000 numbers near 2^40 whose last bits matter: exact, whatever the order. */
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[1000];
    for (int i = 0; i < 1000; i++)
        x[i] = 0x1p40 + (i % 2 ? 0.25 : -0.25) + (i < 500 ? 0 : 1000);
    cloud.points = (struct ust_points){x, 1000, 1};
    struct ust_kmeans it = fit(&cloud, (struct ust_kmeans_options){.clusters = 2});
    assert_true(it.centres[it.labels[0]] == 0x1p40);
    assert_true(it.centres[it.labels[999]] == 0x1p40 + 1000);
    assert_true(it.sse == 1000 * 0.0625);
    cloud_free(&cloud);
}

static void extreme_magnitudes_cluster_like_others(void **state)
{
    (void)state;
    const double powers[] = {0x1p-300, 0x1p450};
    for (size_t p = 0; p < 2; p++) {
        struct cloud cloud = {.arena = ust_arena_new()};
        const double x[] = {0,          2 * powers[p],  10 * powers[p],
                            -powers[p], 14 * powers[p], 3 * powers[p]};
        cloud.points = (struct ust_points){x, 6, 1};
        struct ust_kmeans it = fit(&cloud, (struct ust_kmeans_options){.clusters = 2});
        assert_true(it.centres[it.labels[0]] == powers[p]);
        assert_true(it.centres[it.labels[2]] == 12 * powers[p]);
        cloud_free(&cloud);
    }
}

/* ---- exactness ---- */

static void bounds_change_nothing_but_the_work(void **state)
{
    (void)state;
    struct cloud clouds[] = {
        make_uniform(20000, 3, 1),      make_uniform(9000, 8, 2),      make_uniform(3000, 1, 3),
        make_blobs(5, 3000, 4, 3.0, 4), make_blobs(9, 500, 2, 2.0, 5),
    };
    const uint32_t ks[] = {1, 2, 3, 8, 13, 40};
    for (size_t c = 0; c < sizeof clouds / sizeof clouds[0]; c++) {
        for (size_t i = 0; i < sizeof ks / sizeof ks[0]; i++) {
            struct ust_kmeans_options options = {
                .clusters = ks[i], .starts = 1, .iterations = 60, .seed = i};
            struct ust_kmeans fast = fit(&clouds[c], options);
            options.method = UST_KMEANS_LLOYD;
            struct ust_kmeans plain = fit(&clouds[c], options);
            expect_same(&clouds[c], &fast, &plain);
            assert_true(fast.evaluations <= plain.evaluations);
        }
        cloud_free(&clouds[c]);
    }
}

/* Points on a grid: ties everywhere. */
static void ties_are_broken_alike_with_and_without_bounds(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[2 * 900];
    for (int i = 0; i < 900; i++) {
        x[2 * i] = i % 30;
        x[2 * i + 1] = i / 30 / 10;
    }
    cloud.points = (struct ust_points){x, 900, 2};
    for (uint32_t k = 2; k < 30; k++) {
        struct ust_kmeans_options options = {.clusters = k, .starts = 4, .seed = k};
        struct ust_kmeans fast = fit(&cloud, options);
        options.method = UST_KMEANS_LLOYD;
        struct ust_kmeans plain = fit(&cloud, options);
        expect_same(&cloud, &fast, &plain);
    }
    cloud_free(&cloud);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    struct cloud cloud = make_uniform(30000, 5, 7);
    struct ust_kmeans_options options = {.clusters = 7, .starts = 3, .iterations = 30};
    struct ust_kmeans one = fit(&cloud, options);
    for (unsigned threads = 2; threads < 6; threads++) {
        options.threads = threads;
        struct ust_kmeans many = fit(&cloud, options);
        expect_same(&cloud, &one, &many);
    }
    cloud_free(&cloud);
}

static void the_order_of_points_does_not_move_the_centres(void **state)
{
    (void)state;
    struct cloud cloud = make_uniform(5000, 3, 8);
    double begin[12];
    memcpy(begin, cloud.x, sizeof begin);
    struct ust_kmeans_options options = {.clusters = 4, .centres = begin};
    struct ust_kmeans forward = fit(&cloud, options);
    double *reversed = ust_arena_alloc(cloud.arena, double, 15000);
    for (size_t i = 0; i < 5000; i++)
        memcpy(reversed + i * 3, cloud.x + (4999 - i) * 3, 3 * sizeof *reversed);
    cloud.points.x = reversed;
    struct ust_kmeans backward = fit(&cloud, options);
    assert_memory_equal(forward.centres, backward.centres, sizeof begin);
    cloud_free(&cloud);
}

static void another_seed_is_another_start(void **state)
{
    (void)state;
    struct cloud cloud = make_uniform(2000, 4, 9);
    struct ust_kmeans a =
        fit(&cloud, (struct ust_kmeans_options){.clusters = 9, .starts = 1, .seed = 1});
    struct ust_kmeans b =
        fit(&cloud, (struct ust_kmeans_options){.clusters = 9, .starts = 1, .seed = 2});
    assert_true(a.sse != b.sse);
    struct ust_kmeans best =
        fit(&cloud, (struct ust_kmeans_options){.clusters = 9, .starts = 20, .seed = 1});
    assert_true(best.sse <= a.sse);
    cloud_free(&cloud);
}

static void a_tolerance_stops_earlier(void **state)
{
    (void)state;
    struct cloud cloud = make_uniform(20000, 4, 10);
    struct ust_kmeans_options options = {.clusters = 6, .starts = 1};
    struct ust_kmeans strict = fit(&cloud, options);
    options.tolerance = 1e-3;
    struct ust_kmeans loose = fit(&cloud, options);
    assert_true(loose.converged);
    assert_true(loose.iterations < strict.iterations);
    assert_true(loose.sse < strict.sse * 1.05);
    /* Labels belong to the centres that are returned, also where it stopped half way. */
    uint32_t *labels = ust_arena_alloc(cloud.arena, uint32_t, 20000);
    ust_kmeans_assign(&cloud.points, loose.centres, 6, 2, labels, NULL);
    assert_memory_equal(labels, loose.labels, 20000 * sizeof *labels);
    cloud_free(&cloud);
}

/* ---- seeding ---- */

static void seeds_are_distinct_points(void **state)
{
    (void)state;
    const double x[] = {1, 1, 1, 1, 1, 2, 3};
    struct ust_points points = {x, 7, 1};
    for (uint32_t seed = 0; seed < 50; seed++) {
        for (int how = 0; how < 2; how++) {
            double centre[3];
            struct ust_rng rng = ust_rng_derive(seed, 0, "test");
            assert_int_equal(
                ust_kmeans_seed(&points, 3, (enum ust_kmeans_seeding)how, &rng, 1, centre),
                UST_CLUSTER_OK);
            assert_true(centre[0] + centre[1] + centre[2] == 6.0);
            assert_true(centre[0] * centre[1] * centre[2] == 6.0);
        }
    }
}

static void far_points_are_drawn_by_their_squared_distance(void **state)
{
    (void)state;
    /* From 0 the others are drawn with chances 1/10 and 9/10; from 1: 1/5 and 4/5; from 3:
     * 9/13 and 4/13. The pair {0, 3} thus has (9/10 + 9/13) / 3. */
    const double x[] = {0, 1, 3};
    struct ust_points points = {x, 3, 1};
    struct ust_rng rng = ust_rng_derive(3, 0, "test");
    int pairs = 0, draws = 20000;
    for (int i = 0; i < draws; i++) {
        double centre[2];
        ust_kmeans_seed(&points, 2, UST_KMEANS_PLAIN, &rng, 1, centre);
        pairs += centre[0] + centre[1] == 3.0;
    }
    double chance = (0.9 + 9.0 / 13.0) / 3.0;
    CHECK_NEAR(pairs / (double)draws, chance, 4 * sqrt(chance * (1 - chance) / draws));
}

static void greedy_seeds_are_better_than_plain_ones(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(12, 50, 2, 12.0, 11);
    double error[2] = {0, 0}, centre[24];
    for (uint32_t seed = 0; seed < 100; seed++) {
        for (int how = 0; how < 2; how++) {
            double *d2 = ust_arena_alloc(cloud.arena, double, cloud.points.n);
            struct ust_rng rng = ust_rng_derive(seed, 0, "test");
            ust_kmeans_seed(&cloud.points, 12, (enum ust_kmeans_seeding)how, &rng, 1, centre);
            ust_kmeans_assign(&cloud.points, centre, 12, 1, NULL, d2);
            for (size_t i = 0; i < cloud.points.n; i++)
                error[how] += d2[i];
        }
    }
    assert_true(error[UST_KMEANS_GREEDY] < error[UST_KMEANS_PLAIN]);
    cloud_free(&cloud);
}

/* ---- what can not be done ---- */

static void impossible_input_is_refused_with_its_reason(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, (double)NAN, (double)INFINITY, 1e160};
    assert_int_equal(try(x, 0, 1, 1), UST_CLUSTER_NO_POINTS);
    assert_int_equal(try(x, 3, 0, 1), UST_CLUSTER_NO_POINTS);
    assert_int_equal(try(x, 3, 1, 4), UST_CLUSTER_TOO_FEW);
    assert_int_equal(try(x, 3, 1, 0), UST_CLUSTER_PARAMETER);
    assert_int_equal(try(x, 3, 1, 5000), UST_CLUSTER_TOO_LARGE);
    assert_int_equal(try(x, 4, 1, 2), UST_CLUSTER_NOT_FINITE);
    assert_int_equal(try(x + 4, 1, 1, 1), UST_CLUSTER_NOT_FINITE);
    assert_int_equal(try(x + 5, 1, 1, 1), UST_CLUSTER_NOT_FINITE);
    size_t bad = 99;
    assert_int_equal(ust_points_check(&(struct ust_points){x, 2, 2}, &bad),
                     UST_CLUSTER_NOT_FINITE);
    assert_int_equal(bad, 1);
}

static void fewer_distinct_points_than_clusters_are_refused(void **state)
{
    (void)state;
    const double x[] = {1, 1, 1, 2, 2, 2}, begin[] = {1, 2, 3};
    assert_int_equal(try(x, 6, 1, 2), UST_CLUSTER_OK);
    assert_int_equal(try(x, 6, 1, 3), UST_CLUSTER_TOO_FEW);
    struct ust_arena *arena = ust_arena_new();
    struct ust_points points = {x, 6, 1};
    struct ust_kmeans out;
    assert_int_equal(
        ust_kmeans_fit(&points, &(struct ust_kmeans_options){.clusters = 3, .centres = begin},
                       arena, &out),
        UST_CLUSTER_TOO_FEW);
    ust_arena_free(arena);
}

static void a_constant_feature_changes_nothing(void **state)
{
    (void)state;
    struct cloud cloud = make_uniform(500, 2, 12), wide = {.arena = ust_arena_new()};
    wide.x = ust_arena_alloc(wide.arena, double, 1500);
    for (size_t i = 0; i < 500; i++) {
        wide.x[3 * i] = cloud.x[2 * i];
        wide.x[3 * i + 1] = 7.25;
        wide.x[3 * i + 2] = cloud.x[2 * i + 1];
    }
    wide.points = (struct ust_points){wide.x, 500, 3};
    struct ust_kmeans_options options = {.clusters = 4};
    struct ust_kmeans a = fit(&cloud, options), b = fit(&wide, options);
    assert_memory_equal(a.labels, b.labels, 500 * sizeof *a.labels);
    assert_true(b.centres[1] == 7.25);
    cloud_free(&cloud);
    cloud_free(&wide);
}

/* ---- scikit-learn 1.2.1, best of 100 starts, and Lloyd from given rows ---- */

/* As the table has it: points that are labelled as noise do not count. */
static double rand_without_noise(const struct cloud *cloud, const uint32_t *labels)
{
    uint32_t *known = ust_arena_alloc(cloud->arena, uint32_t, cloud->points.n);
    uint32_t *found = ust_arena_alloc(cloud->arena, uint32_t, cloud->points.n);
    size_t n = 0;
    for (size_t i = 0; i < cloud->points.n; i++) {
        if (cloud->labels[i] == UST_NOISE)
            continue;
        known[n] = cloud->labels[i];
        found[n++] = labels[i];
    }
    return ust_adjusted_rand(found, known, n);
}

static void expect_sse(const struct cloud *cloud, uint32_t k, double sse, double rand)
{
    struct ust_kmeans it =
        fit(cloud, (struct ust_kmeans_options){.clusters = k, .starts = 100, .seed = 1});
    if (!(it.sse <= sse * 1.001))
        fail_msg("k = %u: squared error %.9g, reference %.9g", k, it.sse, sse);
    CHECK_NEAR(rand_without_noise(cloud, it.labels), rand, 0.01);
    CHECK_NEAR(ust_labels_sse(&cloud->points, it.labels) / it.sse, 1.0, 1e-12);
}

static void irises_fall_into_the_reference_clusters(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    expect_sse(&iris, 2, 152.347951760358, 0.539921829420712);
    expect_sse(&iris, 3, 78.851441426146, 0.73023827228347);
    expect_sse(&iris, 4, 57.2284732142857, 0.649817685381997);
    expect_sse(&iris, 5, 46.446182051282, 0.607896465236422);
    expect_sse(&iris, 6, 39.0399872460873, 0.44753353143336);
    expect_sse(&iris, 8, 29.9904264069264, 0.443989695933746);
    cloud_free(&iris);
}

static void lloyd_from_given_rows_ends_where_the_reference_does(void **state)
{
    (void)state;
    struct cloud iris = read_cloud("other/iris", 4);
    double begin[12];
    const size_t rows[2][3] = {{0, 50, 100}, {0, 1, 2}};
    const double sse[] = {78.851441426146, 78.8556658259773};
    const uint64_t sizes[2][3] = {{50, 62, 38}, {39, 61, 50}};
    const uint32_t iterations[] = {4, 12};
    for (int i = 0; i < 2; i++) {
        for (int c = 0; c < 3; c++)
            memcpy(begin + 4 * c, ust_point(&iris.points, rows[i][c]), 4 * sizeof *begin);
        struct ust_kmeans it =
            fit(&iris, (struct ust_kmeans_options){.clusters = 3, .centres = begin});
        CHECK_NEAR(it.sse, sse[i], 1e-12 * sse[i]);
        assert_int_equal(it.iterations, iterations[i]);
        for (int c = 0; c < 3; c++)
            assert_int_equal(it.sizes[c], sizes[i][c]);
        if (i == 0)
            CHECK_NEAR(it.centres[4], 5.901612903226, 1e-12);
    }
    cloud_free(&iris);
}

static void five_known_personas_are_found(void **state)
{
    (void)state;
    struct cloud personas = read_personas(true);
    expect_sse(&personas, 2, 8009.44986817764, 0.505758635512838);
    expect_sse(&personas, 3, 4282.37820811507, 0.703922209448188);
    expect_sse(&personas, 4, 2351.68882887013, 0.927763552199923);
    expect_sse(&personas, 5, 1297.39184589788, 1.0);
    cloud_free(&personas);
}

/* scikit-learn 0.23.1, 10 starts. */
static void reference_sets_fall_into_the_reference_clusters(void **state)
{
    (void)state;
    const struct {
        const char *name;
        uint32_t d, k;
        double sse, rand;
    } sets[] = {
        {"fcps/hepta", 3, 7, 106.1476466, 1.0},
        {"fcps/lsun", 2, 3, 381.6670383, 0.440492},
        {"fcps/target", 2, 6, 274.9019602, 0.634704},
        {"fcps/tetra", 3, 4, 229.0488, 1.0},
        {"other/hdbscan", 2, 6, 43.13320999, 0.637031},
        {"sipu/s1", 2, 15, 8.917615617e12, 0.986799},
        {"sipu/s2", 2, 15, 1.327923352e13, 0.937477},
        {"sipu/s3", 2, 15, 1.688967041e13, 0.724698},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct cloud cloud = read_cloud(sets[i].name, sets[i].d);
        expect_sse(&cloud, sets[i].k, sets[i].sse, sets[i].rand);
        cloud_free(&cloud);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_pairs_on_a_line_split_in_the_middle),
        cmocka_unit_test(a_point_between_two_centres_goes_to_the_first),
        cmocka_unit_test(a_cluster_without_points_takes_the_farthest),
        cmocka_unit_test(a_large_offset_costs_no_digits),
        cmocka_unit_test(extreme_magnitudes_cluster_like_others),
        cmocka_unit_test(bounds_change_nothing_but_the_work),
        cmocka_unit_test(ties_are_broken_alike_with_and_without_bounds),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(the_order_of_points_does_not_move_the_centres),
        cmocka_unit_test(another_seed_is_another_start),
        cmocka_unit_test(a_tolerance_stops_earlier),
        cmocka_unit_test(seeds_are_distinct_points),
        cmocka_unit_test(far_points_are_drawn_by_their_squared_distance),
        cmocka_unit_test(greedy_seeds_are_better_than_plain_ones),
        cmocka_unit_test(impossible_input_is_refused_with_its_reason),
        cmocka_unit_test(fewer_distinct_points_than_clusters_are_refused),
        cmocka_unit_test(a_constant_feature_changes_nothing),
        cmocka_unit_test(irises_fall_into_the_reference_clusters),
        cmocka_unit_test(lloyd_from_given_rows_ends_where_the_reference_does),
        cmocka_unit_test(five_known_personas_are_found),
        cmocka_unit_test(reference_sets_fall_into_the_reference_clusters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
