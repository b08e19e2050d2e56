/* How many clusters, and clusters of a stream. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/choose.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/stream.h"

static struct ust_choice_of_k choose(const struct cloud *cloud, uint32_t k_max)
{
    struct ust_choice_of_k out;
    struct ust_choose_options options = {
        .k_max = k_max, .starts = 4, .references = 10, .seed = 1, .threads = 2};
    assert_int_equal(ust_choose_k(&cloud->points, &options, cloud->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

static void four_clear_clusters_are_four_to_all_opinions(void **state)
{
    (void)state;
    struct cloud blobs = make_blobs(4, 100, 2, 10.0, 1);
    struct ust_choice_of_k it = choose(&blobs, 7);
    assert_int_equal(it.n, 7);
    assert_int_equal(it.by_silhouette, 4);
    assert_int_equal(it.by_gap, 4);
    assert_int_equal(it.by_bic, 4);
    assert_int_equal(it.k, 4);
    assert_true(isnan(it.at[0].silhouette));
    for (uint32_t i = 1; i < it.n; i++) {
        assert_int_equal(it.at[i].k, i + 1);
        assert_true(it.at[i].sse < it.at[i - 1].sse);
        CHECK_NEAR(it.at[i].log_sse, log(it.at[i].sse), 1e-12);
        CHECK_NEAR(it.at[i].gap, it.at[i].expected - it.at[i].log_sse, 1e-12);
        assert_true(it.at[i].gap_error > 0.0);
    }
    cloud_free(&blobs);
}

static void one_cloud_is_one_cluster(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(1, 500, 3, 0.0, 2);
    struct ust_choice_of_k it = choose(&cloud, 5);
    assert_int_equal(it.by_gap, 1);
    assert_int_equal(it.by_bic, 1);
    assert_int_equal(it.k, 1);
    cloud_free(&cloud);
}

/* The error of one cluster on a box of side 1: n d / 12. */
static void the_gaps_expectation_is_that_of_a_uniform_box(void **state)
{
    (void)state;
    struct cloud flat = make_uniform(2000, 2, 3);
    struct ust_choice_of_k out;
    struct ust_choose_options options = {.k_max = 2, .references = 30, .box = UST_GAP_PLAIN};
    assert_int_equal(ust_choose_k(&flat.points, &options, flat.arena, &out), UST_CLUSTER_OK);
    CHECK_NEAR(out.at[0].expected, log(2000 * 2 / 12.0), 0.02);
    assert_int_equal(out.by_gap, 1);
    cloud_free(&flat);
}

static void there_are_no_more_clusters_than_distinct_points(void **state)
{
    (void)state;
    struct cloud cloud = {.arena = ust_arena_new()};
    double x[60];
    for (int i = 0; i < 60; i++)
        x[i] = i % 3 * 10;
    cloud.points = (struct ust_points){x, 60, 1};
    struct ust_choice_of_k it = choose(&cloud, 8);
    assert_int_equal(it.n, 3);
    assert_int_equal(it.k, 3);
    cloud_free(&cloud);
    const double same[] = {4, 4, 4, 4};
    cloud = (struct cloud){.arena = ust_arena_new(), .points = {same, 4, 1}};
    it = choose(&cloud, 8);
    assert_int_equal(it.n, 1);
    assert_int_equal(it.k, 1);
    cloud_free(&cloud);
}

static void a_sample_chooses_as_all_points_do(void **state)
{
    (void)state;
    struct cloud blobs = make_blobs(3, 3000, 2, 9.0, 4);
    struct ust_choice_of_k out;
    struct ust_choose_options options = {.k_max = 5,
                                         .starts = 2,
                                         .references = 6,
                                         .points_max = 600,
                                         .silhouette_max = 600,
                                         .threads = 2};
    assert_int_equal(ust_choose_k(&blobs.points, &options, blobs.arena, &out), UST_CLUSTER_OK);
    assert_int_equal(out.k, 3);
    CHECK_NEAR(out.at[2].sse / 9000.0, 2.0, 0.05); /* all points, two features of variance 1 */
    CHECK_NEAR(exp(out.at[2].log_sse) / 600.0, 2.0, 0.3);
    cloud_free(&blobs);
}

static void impossible_ranges_are_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const double x[] = {1, 2, 3};
    struct ust_points points = {x, 3, 1};
    struct ust_choice_of_k out;
#define TRY(low, high)                                                                         \
    ust_choose_k(&points, &(struct ust_choose_options){.k_min = low, .k_max = high}, arena,    \
                 &out)
    assert_int_equal(TRY(5, 3), UST_CLUSTER_PARAMETER);
    assert_int_equal(TRY(1, 5000), UST_CLUSTER_TOO_LARGE);
    assert_int_equal(TRY(4, 6), UST_CLUSTER_TOO_FEW);
    points.n = 0;
    assert_int_equal(TRY(1, 2), UST_CLUSTER_NO_POINTS);
#undef TRY
    ust_arena_free(arena);
}

static void known_personas_are_five(void **state)
{
    (void)state;
    struct cloud personas = read_personas(true);
    struct ust_choice_of_k it = choose(&personas, 7);
    assert_int_equal(it.by_silhouette, 5);
    assert_int_equal(it.by_bic, 5);
    assert_int_equal(it.k, 5);
    CHECK_NEAR(it.at[4].silhouette, 0.680861098025082, 1e-9);
    CHECK_NEAR(it.at[4].bic, 13136.804784, 0.5); /* the diagonal one */
    assert_int_equal(it.at[4].shape, UST_MIXTURE_DIAGONAL);
    cloud_free(&personas);
}

/* ---- streams ---- */

static struct ust_stream *open_stream(struct ust_arena *arena, uint32_t k, uint32_t d,
                                      double fading)
{
    struct ust_stream *stream;
    struct ust_stream_options options = {.clusters = k, .d = d, .fading = fading, .seed = 1};
    assert_int_equal(ust_stream_new(&options, arena, &stream), UST_CLUSTER_OK);
    return stream;
}

static struct ust_stream_centres centres_of(struct ust_stream *stream)
{
    struct ust_stream_centres out;
    assert_int_equal(ust_stream_centres(stream, &out), UST_CLUSTER_OK);
    return out;
}

static void a_stream_ends_near_where_all_points_would(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(5, 20000, 3, 6.0, 5);
    struct ust_stream *stream = open_stream(cloud.arena, 5, 3, 0.0);
    assert_int_equal(ust_stream_add(stream, cloud.x, 100000), UST_CLUSTER_OK);
    struct ust_stream_centres it = centres_of(stream);
    struct ust_kmeans all;
    ust_kmeans_fit(&cloud.points, &(struct ust_kmeans_options){.clusters = 5, .starts = 3},
                   cloud.arena, &all);
    double *distance2 = ust_arena_alloc(cloud.arena, double, 100000), sse = 0.0, weights = 0.0;
    ust_kmeans_assign(&cloud.points, it.centres, 5, 1, NULL, distance2);
    for (int i = 0; i < 100000; i++)
        sse += distance2[i];
    assert_true(sse < all.sse * 1.002);
    for (int c = 0; c < 5; c++) {
        CHECK_NEAR(it.spreads[c], sqrt(3.0), 0.05); /* three features of variance 1 */
        weights += it.weights[c];
    }
    assert_true(weights == 100000.0);
    assert_int_equal(it.points, 100000);
    cloud_free(&cloud);
}

static void how_a_stream_is_cut_does_not_matter(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(4, 3000, 2, 5.0, 6);
    struct ust_stream *whole = open_stream(cloud.arena, 4, 2, 0.05);
    struct ust_stream *parts = open_stream(cloud.arena, 4, 2, 0.05);
    ust_stream_add(whole, cloud.x, 12000);
    for (size_t i = 0; i < 12000; i += 7)
        ust_stream_add(parts, cloud.x + 2 * i, i + 7 <= 12000 ? 7 : 12000 - i);
    struct ust_stream_centres a = centres_of(whole), b = centres_of(parts);
    assert_memory_equal(a.centres, b.centres, 8 * sizeof(double));
    assert_memory_equal(a.spreads, b.spreads, 4 * sizeof(double));
    cloud_free(&cloud);
}

static void a_fading_stream_follows_a_drift(void **state)
{
    (void)state;
    struct cloud cloud = make_blobs(2, 20000, 1, 0.0, 7);
    for (size_t i = 0; i < 40000; i++) /* from 0 and 100 to 20 and 120 */
        cloud.x[i] += (cloud.labels[i] ? 100.0 : 0.0) + 20.0 * (double)i / 40000;
    double last[2];
    for (int fades = 0; fades < 2; fades++) {
        struct ust_stream *stream = open_stream(cloud.arena, 2, 1, fades ? 0.3 : 0.0);
        ust_stream_add(stream, cloud.x, 40000);
        struct ust_stream_centres it = centres_of(stream);
        last[fades] = fmin(it.centres[0], it.centres[1]);
    }
    CHECK_NEAR(last[0], 10.0, 0.5); /* the mean of all time */
    assert_true(last[1] > 18.0);
    cloud_free(&cloud);
}

static void a_short_stream_has_centres_when_asked(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_stream *stream = open_stream(arena, 2, 1, 0.0);
    struct ust_stream_centres out;
    assert_int_equal(ust_stream_centres(stream, &out), UST_CLUSTER_TOO_FEW);
    const double x[] = {1, 1, 1, 9, 11};
    ust_stream_add(stream, x, 3);
    assert_int_equal(ust_stream_centres(stream, &out), UST_CLUSTER_TOO_FEW);
    ust_stream_add(stream, x + 3, 2);
    struct ust_stream_centres it = centres_of(stream);
    assert_true(fmin(it.centres[0], it.centres[1]) == 1.0);
    assert_true(fmax(it.centres[0], it.centres[1]) == 10.0);
    ust_arena_free(arena);
}

static void a_stream_of_equal_points_waits_for_others(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_stream *stream = open_stream(arena, 2, 1, 0.0);
    double x[5000];
    for (int i = 0; i < 5000; i++)
        x[i] = i < 4000 ? 3.0 : 8.0;
    assert_int_equal(ust_stream_add(stream, x, 5000), UST_CLUSTER_OK);
    struct ust_stream_centres it = centres_of(stream);
    assert_true(it.centres[0] + it.centres[1] == 11.0);
    ust_arena_free(arena);
}

static void a_stream_refuses_what_is_not_finite(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_stream *stream = open_stream(arena, 1, 1, 0.0);
    const double x[] = {1, (double)NAN};
    assert_int_equal(ust_stream_add(stream, x, 2), UST_CLUSTER_NOT_FINITE);
    assert_int_equal(ust_stream_add(stream, x, 1), UST_CLUSTER_OK);
    assert_int_equal(centres_of(stream).points, 1);
    struct ust_stream_options options = {.clusters = 2, .d = 1, .fading = 1.0};
    assert_int_equal(ust_stream_new(&options, arena, &stream), UST_CLUSTER_PARAMETER);
    options = (struct ust_stream_options){.clusters = 9999, .d = 1};
    assert_int_equal(ust_stream_new(&options, arena, &stream), UST_CLUSTER_TOO_LARGE);
    ust_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_clear_clusters_are_four_to_all_opinions),
        cmocka_unit_test(one_cloud_is_one_cluster),
        cmocka_unit_test(the_gaps_expectation_is_that_of_a_uniform_box),
        cmocka_unit_test(there_are_no_more_clusters_than_distinct_points),
        cmocka_unit_test(a_sample_chooses_as_all_points_do),
        cmocka_unit_test(impossible_ranges_are_refused),
        cmocka_unit_test(known_personas_are_five),
        cmocka_unit_test(a_stream_ends_near_where_all_points_would),
        cmocka_unit_test(how_a_stream_is_cut_does_not_matter),
        cmocka_unit_test(a_fading_stream_follows_a_drift),
        cmocka_unit_test(a_short_stream_has_centres_when_asked),
        cmocka_unit_test(a_stream_of_equal_points_waits_for_others),
        cmocka_unit_test(a_stream_refuses_what_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
