/* Multiple comparisons with the best: by hand, and how often all intervals hold together. */
#include <math.h>

#include "analysis/stats/select.h"
#include "tests/unit/spec_help.h"

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f, expected %.6f within %g", value, expected, tolerance);
}

/* Two candidates, 10 12 11 13 and 8 11 9 12: differences 2 1 2 1, mean 1.5, s = 0.57735, and
 * t(0.95, 3) = 2.353363 (tables), so w = 2.353363 * 0.57735 / 2 = 0.679357. */
static void two_candidates_by_hand(void **state)
{
    (void)state;
    const double values[] = {10, 12, 11, 13, 8, 11, 9, 12};
    struct ust_interval out[2];
    ust_stats_mcb(values, 2, 4, false, 0.95, out);
    near(out[0].value, 1.5, 1e-12);
    near(out[0].low, 0, 0);
    near(out[0].high, 1.5 + 0.679357, 1e-5);
    near(out[1].value, -1.5, 1e-12);
    near(out[1].low, -1.5 - 0.679357, 1e-5);
    near(out[1].high, 0, 0);
    ust_stats_mcb(values, 2, 4, true, 0.95,
                  out); /* the least is the best: the other way round */
    near(out[1].value, 1.5, 1e-12);
    near(out[1].low, 0, 0);
    near(out[0].high, 0, 0);
}

static void candidates_that_are_one_cannot_be_told_apart(void **state)
{
    (void)state;
    const double values[] = {101, 102, 103, 101, 102, 103, 1, 2, 3.5};
    struct ust_interval out[3];
    ust_stats_mcb(values, 3, 3, false, 0.95, out);
    near(out[0].low, 0, 0);
    near(out[0].high, 0, 0);
    near(out[1].value, 0, 0);
    assert_true(out[2].value < 0);
    near(out[2].high, 0, 0);
    assert_true(out[2].low < -99);
}

static double normal(struct ust_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += ust_rng_unit(rng);
    return sum;
}

/* Five candidates with means 0, 0, 0.3, 0.5, 1 and deviations 1, 2, 1, 0.5, 1, common noise of
 * 3: all five intervals of 90 % hold together in 90 % or more of 500 tries (0.867 is 2.5
 * deviations below). */
static void all_intervals_hold_together_as_often_as_they_say(void **state)
{
    (void)state;
    static const double mean[] = {0, 0, 0.3, 0.5, 1}, deviation[] = {1, 2, 1, 0.5, 1};
    static const double truth[] = {-1, -1, -0.7, -0.5, 0.5};
    double values[5 * 10];
    uint32_t held = 0, decided = 0;
    for (uint32_t t = 0; t < 500; t++) {
        struct ust_rng rng = ust_rng_derive(t, 0, "mcb");
        for (int r = 0; r < 10; r++) {
            double common = 3 * normal(&rng);
            for (int i = 0; i < 5; i++)
                values[i * 10 + r] = mean[i] + common + deviation[i] * normal(&rng);
        }
        struct ust_interval out[5];
        ust_stats_mcb(values, 5, 10, false, 0.9, out);
        bool all = true;
        for (int i = 0; i < 5; i++)
            all = all && out[i].low <= truth[i] && truth[i] <= out[i].high;
        held += all;
        decided += !(out[0].high > 0);
    }
    assert_in_range(held, 434, 500);
    assert_true(decided > 100); /* and they are not so wide as to say nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_candidates_by_hand),
        cmocka_unit_test(candidates_that_are_one_cannot_be_told_apart),
        cmocka_unit_test(all_intervals_hold_together_as_often_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
