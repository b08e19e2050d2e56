/* Google's autoscaler. Rounding is the documentation's example ("Understanding autoscaler
 * decisions": 1.5 more are 2, 1.5 too many is 1); so are the ten minutes of stabilisation and
 * the control of "10 VMs in 20 minutes" ("Scale in at your own pace"). */
#include "tests/unit/scaler.h"

static void one_and_a_half_more_adds_two(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 70 %}", 10);
    assert_int_equal(point(&group, 0.805), 12); /* 11.5 */
    group_end(&group);
}

static void one_and_a_half_too_many_removes_one_after_ten_minutes(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 70 %}", 10);
    assert_int_equal(points(&group, 10, 0.595), 10); /* 8.5 */
    assert_int_equal(point(&group, 0.595), 9);
    group_end(&group);
}

/* The peak of the last ten minutes, whenever in them it was. */
static void the_size_carries_the_peak_of_the_stabilisation_period(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 50 %}", 10);
    points(&group, 20, 0.25);
    assert_int_equal(group.view.desired, 5);
    settle(&group, UST_HOUR);
    assert_int_equal(point(&group, 0.8), 8);
    settle(&group, UST_HOUR);
    assert_int_equal(points(&group, 9, 0.25), 8);
    assert_int_equal(point(&group, 0.25), 4);
    group_end(&group);
}

/* "if the load goes down by 50%, the autoscaler removes ~50% of your VMs immediately after" */
static void without_control_all_that_is_too_much_goes_at_once(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %}", 100);
    points(&group, 10, 0.3);
    assert_int_equal(point(&group, 0.3), 50);
    group_end(&group);
}

/* 10 in 20 minutes: from 100, 90 once the stabilisation lets go, then 10 more each time that
 * the largest size of the last 20 minutes has come down. */
static void with_control_ten_go_in_twenty_minutes(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        "{kind: gcp_autoscaler, target: 60 %, scale_in_control: {instances: 10, window: "
        "20 min}}",
        100);
    points(&group, 10, 0.3);
    assert_int_equal(group.view.desired, 100);
    assert_int_equal(point(&group, 0.3), 90);
    settle(&group, UST_HOUR);
    /* The last minute of 100 is the tenth; twenty later it is out of the window. */
    assert_int_equal(points(&group, 19, 0.3), 90);
    assert_int_equal(point(&group, 0.3), 80);
    group_end(&group);
}

static void control_may_be_a_share_of_the_peak(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        "{kind: gcp_autoscaler, target: 60 %, scale_in_control: {share: 20 %, window: 10 "
        "min}}",
        50);
    points(&group, 10, 0.3);
    assert_int_equal(point(&group, 0.3), 40);
    group_end(&group);
}

/* Two started 30 s ago, and burn cpu while they do: no reason to grow. */
static void who_initialises_is_not_asked_when_growing(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %, initialization_period: 120 s}",
                10);
    for (uint32_t i = 8; i < 10; i++)
        group.instance[i].ready = group.view.now - 30 * UST_S;
    for (uint32_t i = 0; i < 10; i++)
        report(&group.instance[i], i < 8 ? 0.7 : 1);
    assert_int_equal(call(&group), 10); /* 8 * 70 % / 60 % = 9.3; with them 12.7 */
    group_end(&group);
}

static void the_largest_signal_counts(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        "{kind: gcp_autoscaler, signals: [{metric: cpu, target: 60 %}, {metric: requests, "
        "requests_per_instance: 50 req/s}]}",
        10);
    for (uint32_t i = 0; i < 10; i++) {
        report(&group.instance[i], 0.3);
        group.instance[i].value[UST_SCALE_REQUESTS] = 80;
    }
    assert_int_equal(call(&group), 16);
    group_end(&group);
}

/* Half of the group reports nothing: it counts as on target, so nothing of it goes. */
static void who_reports_nothing_counts_as_on_target_when_shrinking(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %, stabilization_period: 0 s}", 10);
    for (uint32_t i = 0; i < 10; i++)
        report(&group.instance[i], i < 5 ? 0.12 : (double)NAN);
    assert_int_equal(call(&group), 10); /* the size that it found is 60 s old: in the window */
    assert_int_equal(call(&group), 6);  /* 5 + 5 * 12 / 60 */
    group_end(&group);
}

static void without_any_data_the_size_stays(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %}", 10);
    assert_int_equal(points(&group, 30, (double)NAN), 10);
    assert_int_equal(point(&group, 0.9), 15);
    group_end(&group);
}

static void modes_refuse_directions(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %, mode: only_scale_out}", 10);
    assert_int_equal(points(&group, 30, 0.1), 10);
    assert_int_equal(point(&group, 0.9), 15);
    group_end(&group);
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %, mode: off}", 10);
    assert_int_equal(points(&group, 5, 0.9), 10);
    group_end(&group);
}

static void a_longer_initialisation_is_a_longer_stabilisation(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: gcp_autoscaler, target: 60 %, initialization_period: 20 min}",
                10);
    assert_int_equal(points(&group, 20, 0.1), 10);
    assert_int_equal(point(&group, 0.1), 2);
    group_end(&group);
}

static void controls_and_signals_have_to_fit(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(registry,
                      "{kind: gcp_autoscaler, target: 60 %, scale_in_control: {window: 5 min}}",
                      "{window", "'scale_in_control' needs 'instances' or 'share'");
    policy_refuses_at(registry,
                      "{kind: gcp_autoscaler, target: 60 %, scale_in_control: {instances: 5, "
                      "share: 10 %}}",
                      "share", "'share' does not go with 'instances'");
    policy_refuses_at(registry,
                      "{kind: gcp_autoscaler, target: 60 %, signals: [{target: 50 %}]}",
                      "target: 60",
                      "'target' does not go with 'signals': it belongs into the "
                      "list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_and_a_half_more_adds_two),
        cmocka_unit_test(one_and_a_half_too_many_removes_one_after_ten_minutes),
        cmocka_unit_test(the_size_carries_the_peak_of_the_stabilisation_period),
        cmocka_unit_test(without_control_all_that_is_too_much_goes_at_once),
        cmocka_unit_test(with_control_ten_go_in_twenty_minutes),
        cmocka_unit_test(control_may_be_a_share_of_the_peak),
        cmocka_unit_test(who_initialises_is_not_asked_when_growing),
        cmocka_unit_test(the_largest_signal_counts),
        cmocka_unit_test(who_reports_nothing_counts_as_on_target_when_shrinking),
        cmocka_unit_test(without_any_data_the_size_stays),
        cmocka_unit_test(modes_refuse_directions),
        cmocka_unit_test(a_longer_initialisation_is_a_longer_stabilisation),
        cmocka_unit_test(controls_and_signals_have_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
