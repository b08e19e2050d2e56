/* The HorizontalPodAutoscaler: its windows and rates of change. */
#include "tests/unit/hpa.h"

static int64_t all_at(struct hpa *hpa, double value)
{
    hpa->view.n = hpa->view.desired < MAX ? (uint32_t)hpa->view.desired : MAX;
    for (uint32_t i = 0; i < hpa->view.n; i++)
        ready(hpa, i, value);
    hpa->view.desired = sync(hpa).desired;
    hpa->view.now += hpa->type->period(hpa->policy.variant.params);
    return hpa->view.desired;
}

static void by_default_pods_double_or_grow_by_four_each_sync(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, metric: requests, requests_per_instance: 1 req/s}", 3);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 14);
    assert_int_equal(all_at(&hpa, 1000), 28);
    hpa_end(&hpa);
}

static void by_default_pods_shrink_after_five_minutes(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 10);
    for (int i = 0; i < 20; i++)
        assert_int_equal(all_at(&hpa, 0.1), 10);
    assert_int_equal(all_at(&hpa, 0.1), 2); /* at 300 s the first recommendation is too old */
    hpa_end(&hpa);
}

static void shrinking_goes_to_the_highest_recommendation_of_the_window(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 60 s}}",
              10);
    all_at(&hpa, 0.1); /* 0 s: 2, beside 10, the beginning */
    all_at(&hpa, 0.3); /* 15 s: 6 */
    all_at(&hpa, 0.1); /* 30 s: 2 */
    assert_int_equal(all_at(&hpa, 0.1), 10);
    assert_int_equal(all_at(&hpa, 0.1), 6); /* 60 s: those of 15 s, 30 s, 45 s, and now */
    hpa_end(&hpa);
}

static void growing_waits_for_the_lowest_recommendation_of_its_window(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {stabilization_window: 30 s}}",
              10);
    assert_int_equal(all_at(&hpa, 0.9), 10); /* 18, but the beginning was 10 */
    assert_int_equal(all_at(&hpa, 0.7), 10);
    assert_int_equal(all_at(&hpa, 0.9), 14); /* 30 s: the lowest is that of 15 s */
    hpa_end(&hpa);
}

static void pods_per_minute_count_from_the_size_a_minute_ago(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, metric: requests, requests_per_instance: 1 req/s, scale_up: "
              "{policies: [{type: pods, value: 4, period: 60 s}]}}",
              3);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 11); /* 60 s later */
    hpa_end(&hpa);
}

/* 10 % of 55 pods: 55 * 0.9 = 49.5 is cut to 49 on the way down; up 55 * 1.1 = 60.5 is 61. */
static void percents_round_towards_the_larger_change(void **unused)
{
    (void)unused;
    const char *text =
        "{kind: k8s_hpa, target: 50 %, scale_up: {policies: [{type: percent, value: 10, "
        "period: 15 s}]}, scale_down: {stabilization_window: 0 s, policies: [{type: percent, "
        "value: 10, period: 15 s}]}}";
    struct hpa hpa;
    hpa_begin(&hpa, text, 55);
    assert_int_equal(all_at(&hpa, 0.05), 49);
    hpa_end(&hpa);
    hpa_begin(&hpa, text, 55);
    assert_int_equal(all_at(&hpa, 1), 61);
    hpa_end(&hpa);
}

#define TWO                                                                                    \
    "policies: [{type: pods, value: 4, period: 15 s}, {type: percent, value: 10, "             \
    "period: 15 s}]"

static void max_takes_the_largest_change_and_min_the_smallest(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {select_policy: max, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 1), 24);
    hpa_end(&hpa);
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {select_policy: min, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 1), 22);
    hpa_end(&hpa);
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: max, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 16);
    hpa_end(&hpa);
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: min, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 18);
    hpa_end(&hpa);
}

static void a_disabled_direction_never_changes(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: disabled}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 20);
    assert_int_equal(all_at(&hpa, 0.05), 20);
    assert_int_equal(all_at(&hpa, 0.75), 30);
    hpa_end(&hpa);
}

/* What was removed within the period counts as there at its beginning: after 20 -> 10, growth
 * by 20 % per minute starts from 20, so 24 are allowed at once. */
static void a_period_knows_changes_in_both_directions(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, metric: requests, requests_per_instance: 10 req/s, scale_up: "
              "{policies: [{type: percent, value: 20, period: 60 s}]}, scale_down: "
              "{stabilization_window: 0 s}}",
              20);
    assert_int_equal(all_at(&hpa, 5), 10);
    assert_int_equal(all_at(&hpa, 100), 24);
    hpa_end(&hpa);
}

static void sizes_outside_the_bounds_are_brought_back_at_once(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 20);
    hpa.view.max = 15;
    assert_int_equal(sync(&hpa).desired, 15);
    hpa.view.max = 100;
    hpa.view.min = 30;
    assert_int_equal(sync(&hpa).desired, 30);
    hpa_end(&hpa);
}

static void tolerance_may_differ_by_direction(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_up: {tolerance: 0 %}, scale_down: "
              "{stabilization_window: 0 s, tolerance: 50 %}}",
              20);
    assert_int_equal(all_at(&hpa, 0.26), 20); /* 0.52 */
    assert_int_equal(all_at(&hpa, 0.51), 21); /* 1.02 */
    assert_int_equal(all_at(&hpa, 0.24), 11); /* 0.48 * 21 = 10.08 */
    hpa_end(&hpa);
}

static void a_long_run_stays_within_its_windows(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, sync_period: 1 s, scale_down: "
              "{stabilization_window: 1 h}}",
              40);
    for (int i = 0; i < 3600; i++)
        assert_int_equal(all_at(&hpa, 0.25), 40);
    assert_int_equal(all_at(&hpa, 0.25), 20);
    hpa_end(&hpa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_pods_double_or_grow_by_four_each_sync),
        cmocka_unit_test(by_default_pods_shrink_after_five_minutes),
        cmocka_unit_test(shrinking_goes_to_the_highest_recommendation_of_the_window),
        cmocka_unit_test(growing_waits_for_the_lowest_recommendation_of_its_window),
        cmocka_unit_test(pods_per_minute_count_from_the_size_a_minute_ago),
        cmocka_unit_test(percents_round_towards_the_larger_change),
        cmocka_unit_test(max_takes_the_largest_change_and_min_the_smallest),
        cmocka_unit_test(a_disabled_direction_never_changes),
        cmocka_unit_test(a_period_knows_changes_in_both_directions),
        cmocka_unit_test(sizes_outside_the_bounds_are_brought_back_at_once),
        cmocka_unit_test(tolerance_may_differ_by_direction),
        cmocka_unit_test(a_long_run_stays_within_its_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
