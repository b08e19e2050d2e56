/* Comparing: pairs, families, shapes, the best of many; and the intervals of shares and means.
 * Constants from scipy 1.10 unless said otherwise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "analysis/stats/family.h"
#include "analysis/stats/mean.h"
#include "analysis/stats/paired.h"
#include "analysis/stats/select.h"
#include "analysis/stats/shape.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

static const double before[] = {12.1, 11.4, 13.3, 12.9, 10.8, 14.2, 12.2, 11.9, 13.7, 12.5};
static const double after[] = {11.8, 11.0, 12.7, 12.9, 10.1, 13.5, 12.3, 11.2, 13.0, 12.2};

static double normal(struct ust_rng *rng)
{
    return gsl_cdf_ugaussian_Pinv(ust_rng_open(rng));
}

/* ---- pairs ---- */

static void pairs_that_move_together_tell_a_small_difference(void **state)
{
    (void)state;
    struct ust_difference d = ust_stats_paired(before, after, 10, 0.95);
    CHECK_NEAR(d.mean.value, 0.43, 1e-14);
    CHECK_NEAR(d.mean.low, 0.21394063370452876, 1e-9);
    CHECK_NEAR(d.mean.high, 0.6460593662954714, 1e-9);
    CHECK_NEAR(d.t, 4.502131042300549, 1e-10);
    CHECK_NEAR(d.p, 0.0014843957158513902, 1e-11);
    CHECK_NEAR(d.correlation, 0.958461571465446, 1e-12);
    CHECK_NEAR(d.factor, 24.06942752740553, 1e-9);
    /* The same values as if they had nothing to do with each other. */
    struct ust_difference w = ust_stats_unpaired(before, 10, after, 7, 0.95);
    CHECK_NEAR(w.t, 0.8258511398763819, 1e-10);
    CHECK_NEAR(w.p, 0.42495797276592484, 1e-10);
    CHECK_NEAR(w.freedom, 12.034688537751329, 1e-10);
}

static void a_constant_difference_is_certain(void **state)
{
    (void)state;
    const double a[] = {3, 5, 4}, b[] = {1, 3, 2}, same[] = {7, 7, 7};
    struct ust_difference d = ust_stats_paired(a, b, 3, 0.95);
    assert_true(d.mean.low == 2 && d.mean.high == 2);
    assert_true(d.p == 0);
    assert_true(isinf(d.factor));
    d = ust_stats_paired(a, a, 3, 0.95);
    assert_true(d.p == 1);
    assert_true(d.t == 0);
    d = ust_stats_paired(same, same, 3, 0.95);
    assert_true(isnan(d.factor));
    assert_true(isnan(d.correlation));
}

/* ---- families ---- */

static void holm_multiplies_the_least_by_all_and_never_falls(void **state)
{
    (void)state;
    const double p[] = {0.01, 0.04, 0.03, 0.005, 0.2, (double)NAN};
    double adjusted[6];
    ust_stats_holm(p, 6, adjusted);
    CHECK_NEAR(adjusted[3], 0.025, 1e-15); /* 5 x */
    CHECK_NEAR(adjusted[0], 0.04, 1e-15);  /* 4 x */
    CHECK_NEAR(adjusted[2], 0.09, 1e-15);  /* 3 x */
    CHECK_NEAR(adjusted[1], 0.09, 1e-15);  /* 2 x 0.04 would fall below the one before */
    CHECK_NEAR(adjusted[4], 0.2, 1e-15);
    assert_true(isnan(adjusted[5]));
}

static void holm_cries_wolf_no_more_often_than_it_says(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(3, 0, "wolf");
    int cries = 0;
    for (int round = 0; round < 4000; round++) {
        double p[12], adjusted[12], least = 1;
        for (int i = 0; i < 12; i++)
            p[i] = ust_rng_open(&rng);
        ust_stats_holm(p, 12, adjusted);
        for (int i = 0; i < 12; i++)
            least = fmin(least, adjusted[i]);
        cries += least <= 0.05;
    }
    /* 1 - (1 - .05/12)^12 = .0489 for independent ones; four standard errors are .0137. */
    CHECK_NEAR(cries / 4000.0, 0.0489, 0.0137);
}

/* ---- shapes ---- */

static void the_gap_between_two_samples_has_its_exact_probability(void **state)
{
    (void)state;
    struct ust_shape s = ust_stats_shape(before, 10, after, 10);
    CHECK_NEAR(s.gap, 0.2, 1e-15);
    CHECK_NEAR(s.p, 0.9944575548290717, 1e-12);
    s = ust_stats_shape(before, 10, after, 7);
    CHECK_NEAR(s.gap, 0.22857142857142856, 1e-15);
    CHECK_NEAR(s.p, 0.9308926367749897, 1e-12);
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8};
    s = ust_stats_shape(low, 5, high, 3);
    assert_true(s.gap == 1);
    assert_true(s.at == 5);
    CHECK_NEAR(s.p, 2.0 / 56, 1e-15); /* two of the 56 orders keep them apart */
    double thirds[30], halves[25];
    for (int i = 0; i < 30; i++)
        thirds[i] = i / 3.0;
    for (int i = 0; i < 25; i++)
        halves[i] = i / 2.0;
    s = ust_stats_shape(thirds, 30, halves, 25);
    CHECK_NEAR(s.gap, 0.20666666666666667, 1e-15);
    CHECK_NEAR(s.p, 0.5350685709311747, 1e-12);
}

static void large_samples_follow_kolmogorovs_law(void **state)
{
    (void)state;
    CHECK_NEAR(ust_stats_kolmogorov(0.3), 0.9999906941986655, 1e-13);
    CHECK_NEAR(ust_stats_kolmogorov(0.5), 0.9639452436648751, 1e-13);
    CHECK_NEAR(ust_stats_kolmogorov(0.9), 0.3927307079406543, 1e-13);
    CHECK_NEAR(ust_stats_kolmogorov(1.0), 0.26999967167735456, 1e-13);
    CHECK_NEAR(ust_stats_kolmogorov(1.36), 0.049485876755377876, 1e-13);
    CHECK_NEAR(ust_stats_kolmogorov(2.5), 7.453306344157342e-06, 1e-17);
    assert_true(ust_stats_kolmogorov(0) == 1);
    double x[3000], y[2500];
    uint64_t u = 1;
    for (int i = 0; i < 3000; i++)
        x[i] = (double)(u = u * 16807 % 2147483647) / 2147483647;
    u = 2;
    for (int i = 0; i < 2500; i++)
        y[i] = pow((double)(u = u * 16807 % 2147483647) / 2147483647, 1.1);
    struct ust_shape s = ust_stats_shape(x, 3000, y, 2500);
    CHECK_NEAR(s.gap, 0.05093333333333333, 1e-14);
    CHECK_NEAR(s.p, 0.0016918107899050587, 1e-13);
}

static void equal_samples_have_no_gap(void **state)
{
    (void)state;
    const double a[] = {3, 1, 2, 2}, b[] = {2, 2, 1, 3};
    struct ust_shape s = ust_stats_shape(a, 4, b, 4);
    assert_true(s.gap == 0);
    assert_true(s.p == 1);
}

/* ---- the best of many ---- */

static void kn_has_the_published_constants(void **state)
{
    (void)state;
    CHECK_NEAR(ust_kn_eta(10, 20, 0.05), 0.302933803649275, 1e-14);
    CHECK_NEAR(ust_kn_eta(5, 10, 0.10), 0.472943858788194, 1e-14);
    CHECK_NEAR(ust_kn_eta(100, 50, 0.05), 0.162583823366409, 1e-14);
    /* For two candidates it is Fabian's: ((2 alpha)^(-2/(n0-1)) - 1) / 2. */
    CHECK_NEAR(ust_kn_eta(2, 11, 0.05), (pow(0.1, -0.2) - 1) / 2, 1e-15);
}

/* A tournament of normal candidates; the best leads by exactly the zone. */
static uint32_t tournament(struct ust_rng *rng, bool common, bool least, uint32_t *rounds)
{
    const struct ust_kn_plan plan = {
        .candidates = 5, .first_stage = 10, .zone = 0.5, .alpha = 0.10, .least = least};
    struct ust_kn *kn = ust_kn_new(&plan);
    uint32_t left = 5;
    while (left > 1) {
        double value[5], shared = normal(rng);
        for (uint32_t i = 0; i < 5; i++) {
            double lead = i == 3 ? 0.5 : 0;
            value[i] = (least ? -lead : lead) + (common ? 1.5 * shared : 0) + normal(rng);
        }
        left = ust_kn_round(kn, value);
    }
    uint32_t best = ust_kn_best(kn);
    assert_true(ust_kn_is_left(kn, best));
    *rounds += ust_kn_rounds(kn);
    ust_kn_free(kn);
    return best;
}

static void kn_picks_the_best_as_often_as_it_promises(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(8, 0, "tournament");
    uint32_t right = 0, least = 0, rounds = 0, fewer = 0;
    for (int i = 0; i < 500; i++) {
        right += tournament(&rng, false, false, &rounds) == 3;
        least += tournament(&rng, true, true, &fewer) == 3;
    }
    /* At least 90 %; three standard errors of 500 are 4 %. It is known to be conservative. */
    assert_true(right >= 430);
    assert_true(least >= 430);
    /* What all share drops out of differences: it costs no rounds. */
    assert_true(fewer < 1.1 * rounds);
    assert_true(rounds > 500 * 10);
}

static void kn_drops_who_is_behind_by_more_than_a_margin_that_shrinks(void **state)
{
    (void)state;
    const struct ust_kn_plan plan = {
        .candidates = 2, .first_stage = 5, .zone = 0.1, .alpha = 0.05, .least = false};
    struct ust_kn *kn = ust_kn_new(&plan);
    const double up[] = {1, 0}, down[] = {0, 1};
    uint32_t left = 2, i = 0;
    for (; left > 1 && i < 10000; i++)
        left = ust_kn_round(kn, i % 2 ? down : up);
    /* Differences 1, -1, 1, -1, 1: variance 1.2. The first leads by 1 in sum after every odd
     * round, so the second drops when d / 2 (h2 1.2 / d^2 - r) < 1, at the next odd r. */
    double h2 = 2 * ust_kn_eta(2, 5, 0.05) * 4;
    uint32_t r = (uint32_t)(h2 * 1.2 / 0.01 - 2 / 0.1) + 1;
    assert_int_equal(ust_kn_rounds(kn), r % 2 ? r : r + 1);
    assert_int_equal(ust_kn_best(kn), 0);
    assert_false(ust_kn_is_left(kn, 1));
    ust_kn_free(kn);
}

static void kn_picks_one_of_equals_at_once(void **state)
{
    (void)state;
    const struct ust_kn_plan plan = {
        .candidates = 3, .first_stage = 4, .zone = 1, .alpha = 0.05, .least = true};
    struct ust_kn *kn = ust_kn_new(&plan);
    const double equal[] = {2, 2, 2};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ust_kn_round(kn, equal), 3);
    assert_int_equal(ust_kn_round(kn, equal), 1);
    assert_int_equal(ust_kn_best(kn), 0);
    assert_int_equal(ust_kn_round(kn, equal), 1); /* decided: nothing more is read */
    assert_int_equal(ust_kn_rounds(kn), 4);
    ust_kn_free(kn);
}

/* ---- shares and means ---- */

static void clopper_and_pearsons_bounds_are_exact(void **state)
{
    (void)state;
    struct ust_interval c = ust_stats_clopper_pearson(0, 100, 0.95);
    assert_true(c.low == 0);
    CHECK_NEAR(c.high, 0.0362166926451764, 1e-12);
    c = ust_stats_clopper_pearson(3, 200, 0.95);
    CHECK_NEAR(c.low, 0.00310410762155351, 1e-12);
    CHECK_NEAR(c.high, 0.0432082819177126, 1e-12);
    c = ust_stats_clopper_pearson(50, 50, 0.95);
    CHECK_NEAR(c.low, 0.928878263535802, 1e-12);
    assert_true(c.high == 1);
    c = ust_stats_clopper_pearson(7, 11, 0.95);
    CHECK_NEAR(c.low, 0.30790471501181976, 1e-12);
    CHECK_NEAR(c.high, 0.890736556181063, 1e-12);
    /* Far in the tail, where the inverse beta of GSL gives up. */
    c = ust_stats_clopper_pearson(1, 1000000, 1 - 1e-9);
    CHECK_NEAR(c.low, 5e-16, 1e-19);
}

static void skew_is_seen_and_symmetry_is_not_doubted(void **state)
{
    (void)state;
    const double skewed[] = {1, 2, 2, 3, 9, 15, 1, 0, 4, 40};
    CHECK_NEAR(ust_stats_skewness(skewed, 10), 2.4627431370311887, 1e-12);
    assert_true(ust_stats_skewed(skewed, 10));
    assert_false(ust_stats_skewed(skewed, 7)); /* too few to tell */
    assert_false(ust_stats_skewed(before, 10));
    const double same[] = {4, 4, 4, 4, 4, 4, 4, 4};
    assert_false(ust_stats_skewed(same, 8));
}

static void a_skewed_mean_has_the_wider_of_two_intervals(void **state)
{
    (void)state;
    const double skewed[] = {1, 2, 2, 3, 9, 15, 1, 0, 4, 40};
    struct ust_stratum all = {1, skewed, 10};
    struct ust_rng a = ust_rng_derive(1, 0, "a"), b = a;
    const char *method;
    struct ust_interval t = ust_stats_t(skewed, 10, 0.95);
    struct ust_interval bca = ust_stats_bca(&all, 1, 0.95, &a);
    struct ust_interval both = ust_stats_mean_interval(&all, 1, 0.95, true, &b, &method);
    assert_string_equal(method, "t+BCa");
    assert_true(both.low == fmin(t.low, bca.low));
    assert_true(both.high == fmax(t.high, bca.high));
    assert_true(bca.high > t.high); /* it leans to the long tail */
    both = ust_stats_mean_interval(&all, 1, 0.95, false, &b, &method);
    assert_string_equal(method, "t");
    assert_true(both.low == t.low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_that_move_together_tell_a_small_difference),
        cmocka_unit_test(a_constant_difference_is_certain),
        cmocka_unit_test(holm_multiplies_the_least_by_all_and_never_falls),
        cmocka_unit_test(holm_cries_wolf_no_more_often_than_it_says),
        cmocka_unit_test(the_gap_between_two_samples_has_its_exact_probability),
        cmocka_unit_test(large_samples_follow_kolmogorovs_law),
        cmocka_unit_test(equal_samples_have_no_gap),
        cmocka_unit_test(kn_has_the_published_constants),
        cmocka_unit_test(kn_picks_the_best_as_often_as_it_promises),
        cmocka_unit_test(kn_drops_who_is_behind_by_more_than_a_margin_that_shrinks),
        cmocka_unit_test(kn_picks_one_of_equals_at_once),
        cmocka_unit_test(clopper_and_pearsons_bounds_are_exact),
        cmocka_unit_test(skew_is_seen_and_symmetry_is_not_doubted),
        cmocka_unit_test(a_skewed_mean_has_the_wider_of_two_intervals),
    };
    return cmocka_run_group_tests_name("stats_compare", tests, NULL, NULL);
}
