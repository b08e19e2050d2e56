/* Series of one run: warm-up, batch means, ratios, when to stop. The reference values come from
 * an independent computation in Python on the same exactly reproducible series. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/stats/batch.h"
#include "analysis/stats/ratio.h"
#include "analysis/stats/stop.h"
#include "analysis/stats/warmup.h"

#define CHECK_REL(value, expected, tolerance)                                                  \
    do {                                                                                       \
        double got = (value), right = (expected);                                              \
        if (!(fabs(got - right) <= (tolerance)*fabs(right)))                                   \
            fail_msg("%s is %.15g, expected %.15g", #value, got, right);                       \
    } while (0)

/* The "minimal standard" generator (Park and Miller 1988). */
static double minstd(uint64_t *x)
{
    *x = *x * 16807 % 2147483647;
    return (double)*x / 2147483647.0;
}

#define WAITS 20000
#define STEPS 5000

/* Waits of M/M/1 at 0.8, from empty (Lindley's recursion). */
static double *waits_of_a_queue(void)
{
    double *w = malloc(WAITS * sizeof *w), wait = 0;
    uint64_t x = 12345;
    for (int i = 0; i < WAITS; i++) {
        w[i] = wait;
        double service = -log(minstd(&x));
        double gap = -log(minstd(&x)) / 0.8;
        wait = fmax(0, wait + service - gap);
    }
    CHECK_REL(w[1], 2.11009505155, 1e-11);
    CHECK_REL(w[WAITS - 1], 1.19377977653, 1e-9);
    return w;
}

/* x = 0.9 x + noise, begun at 50, far above where it stays. */
static double *steps_of_a_walk(void)
{
    double *v = malloc(STEPS * sizeof *v), at = 50;
    uint64_t x = 777;
    for (int i = 0; i < STEPS; i++) {
        double noise = -6;
        for (int k = 0; k < 12; k++)
            noise += minstd(&x);
        v[i] = at = 0.9 * at + noise;
    }
    CHECK_REL(v[0], 44.4477361652, 1e-11);
    CHECK_REL(v[STEPS - 1], -1.91376414595, 1e-9);
    return v;
}

/* ---- warm-up ---- */

static void mser_leaves_a_queue_that_began_near_its_mean_alone(void **state)
{
    (void)state;
    double *w = waits_of_a_queue();
    struct ust_mser m = ust_stats_mser(w, WAITS, 5);
    assert_int_equal(m.cut, 0);
    assert_true(m.settled);
    CHECK_REL(m.statistic, 0.0102140946365682, 1e-11);
    CHECK_REL(m.mean, 4.84630461658667, 1e-12);
    m = ust_stats_mser(w, WAITS, 1);
    assert_int_equal(m.cut, 0);
    CHECK_REL(m.statistic, 0.00211261675543929, 1e-11);
    free(w);
}

static void mser_cuts_what_remembers_the_beginning(void **state)
{
    (void)state;
    double *v = steps_of_a_walk();
    struct ust_mser m = ust_stats_mser(v, STEPS, 5);
    assert_int_equal(m.cut, 140);
    assert_true(m.settled);
    CHECK_REL(m.statistic, 0.0042534120527755, 1e-11);
    CHECK_REL(m.mean, -0.146927306763478, 1e-11);
    m = ust_stats_mser(v, STEPS, 1);
    assert_int_equal(m.cut, 140);
    CHECK_REL(m.statistic, 0.00100609743923985, 1e-11);
    free(v);
}

static void mser_counts_whole_batches_only(void **state)
{
    (void)state;
    /* 10 exp(-i/7) + u: 203 values, so the last three belong to no batch (brute force, numpy).
     */
    double x[203];
    uint64_t seed = 99;
    for (int i = 0; i < 203; i++)
        x[i] = 10 * exp(-i / 7.0) + minstd(&seed);
    struct ust_mser m = ust_stats_mser(x, 203, 5);
    assert_int_equal(m.cut, 35);
    CHECK_REL(m.statistic, 0.0003692037142008655, 1e-11);
    CHECK_REL(m.mean, 0.5035651175591276, 1e-12);
    m = ust_stats_mser(x, 203, 1);
    assert_int_equal(m.cut, 22);
    CHECK_REL(m.statistic, 0.0004679420167780758, 1e-11);
}

static void a_series_that_only_climbs_has_not_settled(void **state)
{
    (void)state;
    double x[100];
    uint64_t seed = 5;
    for (int i = 0; i < 100; i++)
        x[i] = i * 0.1 + minstd(&seed);
    struct ust_mser m = ust_stats_mser(x, 100, 5);
    assert_int_equal(m.cut, 50);
    assert_false(m.settled);
    CHECK_REL(m.mean, 7.951702789534677, 1e-12);
}

static void equal_values_are_settled_and_few_values_are_not(void **state)
{
    (void)state;
    double same[40] = {0};
    struct ust_mser m = ust_stats_mser(same, 40, 5);
    assert_int_equal(m.cut, 0);
    assert_true(m.settled);
    assert_false(ust_stats_mser(same, 19, 5).settled); /* three batches and a rest */
    assert_true(isnan(ust_stats_mser(same, 19, 5).mean));
}

static void welchs_average_narrows_towards_the_beginning(void **state)
{
    (void)state;
    const double x[] = {9, 3, 6, 0, 3, 12};
    double out[6];
    ust_stats_welch(x, 6, 2, out);
    CHECK_REL(out[0], 9, 1e-15);                 /* alone */
    CHECK_REL(out[1], (9 + 3 + 6) / 3.0, 1e-15); /* one on each side */
    CHECK_REL(out[2], (9 + 3 + 6 + 0 + 3) / 5.0, 1e-15);
    CHECK_REL(out[3], (3 + 6 + 0 + 3 + 12) / 5.0, 1e-15);
    assert_true(isnan(out[4]));
    assert_true(isnan(out[5]));
}

/* ---- batch means ---- */

static void batches_of_a_queue_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        double variance, half, lag1, neumann;
    } want[] = {
        {10, 2.17777592357277, 1.05567289320132, 0.283038990397275, 0.749905500732897},
        {20, 4.30155119610107, 0.970670363173524, 0.157666671254844, 1.68061644545065},
        {32, 8.93455107895831, 1.07767535641205, -0.142467177126064, 2.27489089177929},
    };
    double *w = waits_of_a_queue();
    for (int i = 0; i < 3; i++) {
        struct ust_batches b = ust_stats_batches(w, WAITS, want[i].count, 0.95);
        assert_int_equal(b.size, WAITS / want[i].count);
        CHECK_REL(b.mean.value, 4.84630461658667, 1e-12);
        CHECK_REL(b.variance, want[i].variance, 1e-11);
        CHECK_REL(b.mean.high - b.mean.value, want[i].half, 1e-9);
        CHECK_REL(b.lag1, want[i].lag1, 1e-10);
        CHECK_REL(b.neumann, want[i].neumann, 1e-10);
    }
    free(w);
}

static void batches_of_a_walk_are_those_of_the_reference(void **state)
{
    (void)state;
    double *v = steps_of_a_walk();
    struct ust_batches b = ust_stats_batches(v, STEPS, 20, 0.90);
    CHECK_REL(b.mean.value, -0.0273747281691231, 1e-10);
    CHECK_REL(b.variance, 0.641735240352, 1e-11);
    CHECK_REL(b.mean.high - b.mean.value, 0.309735724024302, 1e-9);
    CHECK_REL(b.lag1, 0.00776770370735909, 1e-8);
    CHECK_REL(b.neumann, 1.56270019012228, 1e-11);
    free(v);
}

static void overlapping_batches_give_the_references_variance(void **state)
{
    (void)state;
    double *w = waits_of_a_queue(), *v = steps_of_a_walk(), u[203];
    CHECK_REL(ust_stats_overlapping(w, WAITS, 100), 2787.367288437, 1e-11);
    CHECK_REL(ust_stats_overlapping(w, WAITS, 500), 5397.63173629593, 1e-11);
    CHECK_REL(ust_stats_overlapping(v, STEPS, 50), 80.5301188618605, 1e-11);
    CHECK_REL(ust_stats_overlapping(v, STEPS, 250), 104.185752660421, 1e-11);
    uint64_t seed = 99;
    for (int i = 0; i < 203; i++)
        u[i] = minstd(&seed);
    CHECK_REL(ust_stats_overlapping(u, 203, 13), 0.06536612192359482, 1e-10); /* numpy */
    free(w);
    free(v);
}

static void batches_leave_out_the_first_values_of_an_uneven_series(void **state)
{
    (void)state;
    const double x[] = {1000, 1, 3, 2, 4, 9, 11};
    struct ust_batches b = ust_stats_batches(x, 7, 3, 0.95);
    assert_int_equal(b.size, 2);
    CHECK_REL(b.mean.value, (2 + 3 + 10) / 3.0, 1e-15);
}

static void a_run_shorter_than_its_memory_has_no_interval(void **state)
{
    (void)state;
    /* A slow wave: even 20 batches follow it. */
    double x[400];
    for (int i = 0; i < 400; i++)
        x[i] = sin(i / 60.0);
    struct ust_batches b = ust_stats_batch_means(x, 400, 0.95);
    assert_false(b.independent);
    assert_true(b.p < 0.001);
    assert_true(isnan(b.mean.low));
    double *w = waits_of_a_queue();
    b = ust_stats_batch_means(w, WAITS, 0.95);
    assert_true(b.independent);
    assert_true(b.n >= 20);
    assert_true(b.mean.low < 4.0); /* rho / (1 - rho) */
    assert_true(b.mean.high > 4.0);
    assert_false(ust_stats_batch_means(w, 59, 0.95).independent);
    assert_true(isnan(ust_stats_batch_means(w, 59, 0.95).mean.high));
    free(w);
}

/* ---- ratios ---- */

static void a_ratio_is_that_of_the_sums_with_the_jackknifes_interval(void **state)
{
    (void)state;
    const double x[] = {95, 180, 77, 130, 99, 40, 151, 88};
    const double y[] = {100, 200, 80, 140, 100, 50, 160, 90};
    struct ust_interval r = ust_stats_ratio(x, y, 8, 0.95); /* numpy and scipy */
    CHECK_REL(r.value, 860.0 / 920.0, 1e-15);
    CHECK_REL(r.low, 0.9001822020469985, 1e-9);
    CHECK_REL(r.high, 0.9680820092084759, 1e-9);
}

static void a_ratio_without_a_denominator_is_unknown(void **state)
{
    (void)state;
    const double none[] = {0, 0}, some[] = {3, 0};
    assert_true(isnan(ust_stats_ratio(none, none, 2, 0.95).value));
    CHECK_REL(ust_stats_ratio(some, some, 2, 0.95).value, 1, 1e-15);
    assert_true(isnan(ust_stats_ratio(some, some, 2, 0.95).low)); /* one pair holds it all */
    assert_true(isnan(ust_stats_ratio(some, some, 1, 0.95).low));
}

/* ---- when to stop ---- */

static void looks_lie_a_tenth_apart(void **state)
{
    (void)state;
    assert_int_equal(ust_stats_next_look(5), 6);
    assert_int_equal(ust_stats_next_look(20), 22);
    assert_int_equal(ust_stats_next_look(29), 31);
    assert_int_equal(ust_stats_next_look(400), 440);
}

static void a_relative_goal_allows_for_the_error_of_the_mean_itself(void **state)
{
    (void)state;
    const struct ust_stop_goal tenth = {.relative = 0.10}, two = {.half_width = 2};
    /* 10 % of the truth is 0.1 / 1.1 of a mean that may itself be 10 % too high. */
    CHECK_REL(ust_stats_allowed(&tenth, -110), 10, 1e-14);
    assert_true(ust_stats_narrow(&tenth, (struct ust_interval){110, 100.1, 119.9}));
    assert_false(ust_stats_narrow(&tenth, (struct ust_interval){110, 99.9, 120.1}));
    assert_true(ust_stats_narrow(&two, (struct ust_interval){5, 3, 7}));
    assert_false(ust_stats_narrow(&two, (struct ust_interval){5, 4.9, 7.1})); /* one side */
    assert_false(ust_stats_narrow(&two, (struct ust_interval){5, (double)NAN, (double)NAN}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mser_leaves_a_queue_that_began_near_its_mean_alone),
        cmocka_unit_test(mser_cuts_what_remembers_the_beginning),
        cmocka_unit_test(mser_counts_whole_batches_only),
        cmocka_unit_test(a_series_that_only_climbs_has_not_settled),
        cmocka_unit_test(equal_values_are_settled_and_few_values_are_not),
        cmocka_unit_test(welchs_average_narrows_towards_the_beginning),
        cmocka_unit_test(batches_of_a_queue_are_those_of_the_reference),
        cmocka_unit_test(batches_of_a_walk_are_those_of_the_reference),
        cmocka_unit_test(overlapping_batches_give_the_references_variance),
        cmocka_unit_test(batches_leave_out_the_first_values_of_an_uneven_series),
        cmocka_unit_test(a_run_shorter_than_its_memory_has_no_interval),
        cmocka_unit_test(a_ratio_is_that_of_the_sums_with_the_jackknifes_interval),
        cmocka_unit_test(a_ratio_without_a_denominator_is_unknown),
        cmocka_unit_test(looks_lie_a_tenth_apart),
        cmocka_unit_test(a_relative_goal_allows_for_the_error_of_the_mean_itself),
    };
    return cmocka_run_group_tests_name("stats_series", tests, NULL, NULL);
}
