/* Intervals over replications, held against published and independently computed numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "analysis/stats/stats.h"
#include "tests/unit/rundb.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

static const double one_to_ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void half_width_is_students_quantile_times_the_standard_error(void **state)
{
    (void)state;
    /* Mean 5.5, variance 55/6; t(.975, 9) = 2.26215716274099 (scipy). */
    struct ust_interval t = ust_stats_t(one_to_ten, 10, 0.95);
    CHECK_NEAR(t.value, 5.5, 1e-15);
    CHECK_NEAR(t.high - t.value, 2.26215716274099 * sqrt(55.0 / 6.0 / 10.0), 1e-9);
    CHECK_NEAR(t.value - t.low, t.high - t.value, 1e-12);
    /* t(.975, 1) = 12.7062047364321: two values. */
    t = ust_stats_t(one_to_ten, 2, 0.95);
    CHECK_NEAR(t.high - t.value, 12.7062047364321 * 0.5, 1e-9);
}

static void one_value_has_a_mean_and_no_interval(void **state)
{
    (void)state;
    struct ust_interval t = ust_stats_t(one_to_ten + 6, 1, 0.95);
    assert_true(t.value == 7);
    assert_true(isnan(t.low));
    assert_true(isnan(t.high));
    assert_true(isnan(ust_stats_variance(one_to_ten, 1)));
}

static void equal_values_have_an_interval_of_no_width(void **state)
{
    (void)state;
    const double same[] = {3.5, 3.5, 3.5};
    struct ust_interval t = ust_stats_t(same, 3, 0.95);
    assert_true(t.low == 3.5);
    assert_true(t.high == 3.5);
    struct ust_stratum all = {1, same, 3};
    struct ust_rng rng = ust_rng_derive(1, 0, "test");
    t = ust_stats_bca(&all, 1, 0.95, &rng);
    assert_true(t.low == 3.5);
    assert_true(t.high == 3.5);
}

static void wilsons_interval_has_the_published_bounds(void **state)
{
    (void)state;
    /* 8 of 10: 0.4902 to 0.9433 (Newcombe 1998, method 3, by its formula). */
    struct ust_interval w = ust_stats_wilson(8, 10, 0.95);
    CHECK_NEAR(w.low, 0.49016247153664183, 1e-12);
    CHECK_NEAR(w.high, 0.9433178485456247, 1e-12);
    w = ust_stats_wilson(2, 20, 0.95);
    CHECK_NEAR(w.low, 0.027866481213768224, 1e-12);
    CHECK_NEAR(w.high, 0.3010336452284873, 1e-12);
}

static void seventy_three_successes_without_failure_prove_95_percent(void **state)
{
    (void)state;
    /* Least sizes without a failure for a lower bound of .90, .95 and .99: 35, 73, 381. */
    assert_true(ust_stats_wilson(35, 35, 0.95).low >= 0.90);
    assert_true(ust_stats_wilson(34, 34, 0.95).low < 0.90);
    assert_true(ust_stats_wilson(73, 73, 0.95).low >= 0.95);
    assert_true(ust_stats_wilson(72, 72, 0.95).low < 0.95);
    assert_true(ust_stats_wilson(381, 381, 0.95).low >= 0.99);
    assert_true(ust_stats_wilson(380, 380, 0.95).low < 0.99);
    assert_true(ust_stats_wilson(73, 73, 0.95).high == 1.0);
    assert_true(ust_stats_wilson(0, 73, 0.95).low == 0.0);
}

static void order_statistic_ranks_reach_their_coverage_exactly(void **state)
{
    (void)state;
    size_t low, high;
    /* Exact binomial sums (scipy): ranks from 1 and coverage. */
    CHECK_NEAR(ust_stats_order_ranks(1000, 0.5, 0.95, &low, &high), 0.9537088026395018, 1e-9);
    assert_int_equal(low, 469);
    assert_int_equal(high, 532);
    CHECK_NEAR(ust_stats_order_ranks(1000, 0.95, 0.95, &low, &high), 0.9580952682226543, 1e-9);
    assert_int_equal(low, 936);
    assert_int_equal(high, 964);
    CHECK_NEAR(ust_stats_order_ranks(1000, 0.99, 0.95, &low, &high), 0.976094763497977, 1e-9);
    assert_int_equal(low, 983);
    assert_int_equal(high, 997);
    CHECK_NEAR(ust_stats_order_ranks(10000, 0.999, 0.95, &low, &high), 0.9754574618536163,
               1e-9);
    assert_int_equal(low, 9983);
    assert_int_equal(high, 9997);
    CHECK_NEAR(ust_stats_order_ranks(200, 0.9, 0.9, &low, &high), 0.9245249715924828, 1e-9);
    assert_int_equal(low, 173);
    assert_int_equal(high, 188);
}

static void a_median_of_few_values_has_no_bounds_of_95_percent(void **state)
{
    (void)state;
    struct ust_interval q = ust_stats_quantile_interval(one_to_ten, 5, 0.5, 0.95);
    assert_true(q.value == 3);
    assert_true(isnan(q.low));
    assert_true(isnan(q.high));
    /* Ten values: ranks 2 and 9 cover 1 - 2 * 11/1024. */
    q = ust_stats_quantile_interval(one_to_ten, 10, 0.5, 0.95);
    assert_true(q.low == 2);
    assert_true(q.high == 9);
}

static void what_never_happened_sorts_last(void **state)
{
    (void)state;
    const double times[] = {ust_infinity(), 30, ust_infinity(), 10, 20};
    assert_true(ust_stats_quantile(times, 5, 0.5) == 30);
    assert_true(ust_stats_quantile(times, 5, 0.05) == 10);
    assert_true(isinf(ust_stats_quantile(times, 5, 0.8)));
}

static void strata_combine_with_welchs_degrees_of_freedom(void **state)
{
    (void)state;
    const double b[] = {2, 4, 6, 8, 10, 12};
    const struct ust_stratum strata[] = {{0.5, one_to_ten, 5}, {0.5, b, 6}};
    /* Variance 17/24, 6.97225573 degrees of freedom, t = 2.36653304490 (integrated density). */
    struct ust_interval t = ust_stats_stratified_t(strata, 2, 0.95);
    CHECK_NEAR(t.value, 5.0, 1e-15);
    CHECK_NEAR(t.low, 3.0082656521855737, 1e-7);
    CHECK_NEAR(t.high, 6.991734347814426, 1e-7);
}

static void shares_of_one_stratum_are_wilsons(void **state)
{
    (void)state;
    const double whole = 1.0, halves[] = {0.5, 0.5};
    struct ust_interval w = ust_stats_wilson(18, 20, 0.95);
    struct ust_interval s = ust_stats_stratified_share(&whole, &w, 1);
    CHECK_NEAR(s.low, w.low, 1e-15);
    CHECK_NEAR(s.high, w.high, 1e-15);
    /* Two equal ones: the distance to each bound shrinks by the root of two. */
    const struct ust_interval two[] = {w, w};
    s = ust_stats_stratified_share(halves, two, 2);
    CHECK_NEAR(s.value - s.low, (w.value - w.low) / sqrt(2.0), 1e-15);
}

static void the_bootstrap_gives_the_same_bounds_every_time(void **state)
{
    (void)state;
    struct ust_stratum all = {1, one_to_ten, 10};
    struct ust_rng a = ust_rng_derive(7, 0, "analysis/readiness/bootstrap"), b = a;
    struct ust_interval x = ust_stats_bca(&all, 1, 0.95, &a);
    struct ust_interval y = ust_stats_bca(&all, 1, 0.95, &b);
    assert_true(x.low == y.low);
    assert_true(x.high == y.high);
    /* Symmetric values: near the normal interval of the bootstrap's own standard error,
     * sqrt((n - 1) / n) of the usual: 5.5 -+ 1.96 * 0.9083. */
    CHECK_NEAR(x.low, 3.72, 0.1);
    CHECK_NEAR(x.high, 7.28, 0.1);
}

/* Standard normal by the sum of twelve uniforms: enough for a coverage count. */
static double normal(struct ust_rng *rng)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += ust_rng_unit(rng);
    return sum;
}

static void the_bootstrap_covers_a_skewed_mean_about_as_often_as_it_says(void **state)
{
    (void)state;
    struct ust_rng draws = ust_rng_derive(11, 0, "draws"), own = ust_rng_derive(11, 0, "own");
    int covered = 0, right = 0;
    for (int round = 0; round < 400; round++) {
        double values[20];
        for (int i = 0; i < 20; i++)
            values[i] = -log(ust_rng_open(&draws)); /* exponential, mean 1 */
        struct ust_stratum all = {1, values, 20};
        struct ust_interval bca = ust_stats_bca(&all, 1, 0.95, &own);
        struct ust_interval t = ust_stats_t(values, 20, 0.95);
        covered += bca.low <= 1.0 && 1.0 <= bca.high;
        right += bca.high > t.high;
    }
    /* BCa of exponential means, n = 20, covers about .92 to .93 (DiCiccio and Efron 1996 report
     * second-order accuracy); four standard errors of 400 rounds are .05. */
    assert_true(covered >= 348);
    assert_true(covered <= 396);
    assert_true(right > 300); /* it leans to the long tail, Student's t does not */
}

static void students_interval_covers_a_normal_mean_as_often_as_it_says(void **state)
{
    (void)state;
    struct ust_rng draws = ust_rng_derive(12, 0, "draws");
    int covered = 0;
    for (int round = 0; round < 2000; round++) {
        double values[8];
        for (int i = 0; i < 8; i++)
            values[i] = 3.0 + normal(&draws);
        struct ust_interval t = ust_stats_t(values, 8, 0.90);
        covered += t.low <= 3.0 && 3.0 <= t.high;
    }
    CHECK_NEAR(covered / 2000.0, 0.90, 0.027); /* four standard errors */
}

static void estimates_are_t_intervals_of_each_key_over_replications(void **state)
{
    (void)state;
    struct rundb db;
    char path[256];
    rundb_init(&db, 4, 10);
    rundb_path(path);
    struct ust_store *store;
    assert_int_equal(ust_store_create(path, &db.plan, false, NULL, &store), UST_OK);
    for (uint32_t id = 1; id <= 3; id++) {
        for (int key = 0; key < RUNDB_KEYS; key++)
            db.kpi[key] = key * 10 + id;
        if (id == 2)
            db.kpi[1] = RUNDB_NONE; /* no value in this replication */
        db.kpi[2] = id == 1 ? 4 : RUNDB_NONE;
        db.kpi[3] = RUNDB_NONE;
        struct ust_store_replication result = rundb_replication(&db, id);
        assert_int_equal(ust_store_add(store, &result), UST_OK);
    }
    assert_int_equal(ust_stats_estimate(store, 0.95), UST_OK);
    assert_int_equal(ust_stats_estimate(store, 0.95), UST_OK); /* rewritten, not doubled */

    sqlite3_stmt *row;
    sqlite3_prepare_v2(
        ust_store_sqlite(store),
        "SELECT n, mean, low, high, confidence, method FROM estimate ORDER BY key", -1, &row,
        NULL);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(row, 0), 3);
    CHECK_NEAR(sqlite3_column_double(row, 1), 2.0, 1e-15);
    /* 1, 2, 3: standard error 1/sqrt(3), t(.975, 2) = 4.30265272974946. */
    CHECK_NEAR(sqlite3_column_double(row, 3), 2.0 + 4.30265272974946 / sqrt(3.0), 1e-9);
    assert_true(sqlite3_column_double(row, 4) == 0.95);
    assert_string_equal((const char *)sqlite3_column_text(row, 5), "t");
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(row, 0), 2);
    CHECK_NEAR(sqlite3_column_double(row, 1), 12.0, 1e-15);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(row, 0), 1);
    assert_int_equal(sqlite3_column_type(row, 2), SQLITE_NULL);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(row, 0), 0);
    assert_int_equal(sqlite3_column_type(row, 1), SQLITE_NULL);
    int rows = 4;
    while (sqlite3_step(row) == SQLITE_ROW)
        rows++;
    assert_int_equal(rows, RUNDB_KEYS);
    sqlite3_finalize(row);
    ust_store_close(store);
    rundb_remove(path);
    rundb_free(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_width_is_students_quantile_times_the_standard_error),
        cmocka_unit_test(one_value_has_a_mean_and_no_interval),
        cmocka_unit_test(equal_values_have_an_interval_of_no_width),
        cmocka_unit_test(wilsons_interval_has_the_published_bounds),
        cmocka_unit_test(seventy_three_successes_without_failure_prove_95_percent),
        cmocka_unit_test(order_statistic_ranks_reach_their_coverage_exactly),
        cmocka_unit_test(a_median_of_few_values_has_no_bounds_of_95_percent),
        cmocka_unit_test(what_never_happened_sorts_last),
        cmocka_unit_test(strata_combine_with_welchs_degrees_of_freedom),
        cmocka_unit_test(shares_of_one_stratum_are_wilsons),
        cmocka_unit_test(the_bootstrap_gives_the_same_bounds_every_time),
        cmocka_unit_test(the_bootstrap_covers_a_skewed_mean_about_as_often_as_it_says),
        cmocka_unit_test(students_interval_covers_a_normal_mean_as_often_as_it_says),
        cmocka_unit_test(estimates_are_t_intervals_of_each_key_over_replications),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
