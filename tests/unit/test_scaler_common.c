/* What scalers share: rounding and windows. */
#include "tests/unit/policy.h"

#include "models/scaler/common.h"

static void a_need_is_rounded_up_to_whole_instances(void **unused)
{
    (void)unused;
    assert_int_equal(ust_scaler_ceil(11.5), 12);
    assert_int_equal(ust_scaler_ceil(11.001), 12);
    assert_int_equal(ust_scaler_ceil(12), 12);
    assert_int_equal(ust_scaler_ceil(0), 0);
}

static void a_need_above_a_whole_number_by_rounding_alone_is_that_number(void **unused)
{
    (void)unused;
    assert_int_equal(ust_scaler_ceil(10 * 0.77 / 0.55), 14); /* 14.000000000000002 */
    assert_int_equal(ust_scaler_ceil(14.00001), 15);
}

static void a_window_forgets_the_oldest_when_full(void **unused)
{
    (void)unused;
    struct ust_mark stamp[3];
    struct ust_window window = {.stamp = stamp, .capacity = 3};
    ust_window_add(&window, 10, 50);
    ust_window_add(&window, 20, 7);
    ust_window_add(&window, 30, 9);
    assert_int_equal(ust_window_max(&window, 0, 0), 50);
    ust_window_add(&window, 40, 8);
    assert_int_equal(ust_window_max(&window, 0, 0), 9);
    assert_int_equal(ust_window_sum(&window, 0), 24);
    ust_window_add(&window, 50, 1);
    ust_window_add(&window, 60, 2);
    assert_int_equal(ust_window_sum(&window, 0), 11);
}

static void a_value_as_old_as_the_window_is_out_of_it(void **unused)
{
    (void)unused;
    struct ust_mark stamp[4];
    struct ust_window window = {.stamp = stamp, .capacity = 4};
    ust_window_add(&window, 10, 3);
    ust_window_add(&window, 20, 5);
    ust_window_add(&window, 30, 4);
    assert_int_equal(ust_window_min(&window, 10, 100), 4);
    assert_int_equal(ust_window_min(&window, 9, 100), 3);
    assert_int_equal(ust_window_max(&window, 20, 0), 4);
    assert_int_equal(ust_window_sum(&window, 20), 4);
    assert_int_equal(ust_window_sum(&window, 30), 0);
}

static void the_start_counts_among_the_extremes(void **unused)
{
    (void)unused;
    struct ust_mark stamp[2];
    struct ust_window window = {.stamp = stamp, .capacity = 2};
    assert_int_equal(ust_window_max(&window, 0, 6), 6);
    ust_window_add(&window, 10, 5);
    assert_int_equal(ust_window_max(&window, 0, 6), 6);
    assert_int_equal(ust_window_min(&window, 0, 4), 4);
}

/* One value each 15 s: those of 0 < t <= 300 are 20, and the window then takes the next. */
static void a_window_holds_all_values_of_its_length(void **unused)
{
    (void)unused;
    struct ust_mark stamp[64];
    struct ust_window window = {.stamp = stamp,
                                .capacity = ust_window_capacity(300 * UST_S, 15 * UST_S)};
    assert_true(window.capacity <= 64);
    for (ust_time t = 0; t <= 300 * UST_S; t += 15 * UST_S)
        ust_window_add(&window, t, 1);
    assert_int_equal(ust_window_sum(&window, 0), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_need_is_rounded_up_to_whole_instances),
        cmocka_unit_test(a_need_above_a_whole_number_by_rounding_alone_is_that_number),
        cmocka_unit_test(a_window_forgets_the_oldest_when_full),
        cmocka_unit_test(a_value_as_old_as_the_window_is_out_of_it),
        cmocka_unit_test(the_start_counts_among_the_extremes),
        cmocka_unit_test(a_window_holds_all_values_of_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
