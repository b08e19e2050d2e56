/* Step scaling. The policy and its course are the example of the Amazon EC2 Auto Scaling user
 * guide ("Step adjustments" and "Instance warm-up"). */
#include "tests/unit/scaler.h"

#define GUIDE                                                                                  \
    "{kind: aws_step, warm_up: 300 s, "                                                        \
    "scale_out: {threshold: 50 %, adjustment_type: percent_change_in_capacity, steps: ["       \
    "{to: 60 %, adjustment: 0}, {from: 60 %, to: 70 %, adjustment: 10}, "                      \
    "{from: 70 %, adjustment: 30}]}, "                                                         \
    "scale_in: {threshold: 50 %, adjustment_type: percent_change_in_capacity, steps: ["        \
    "{from: 40 %, adjustment: 0}, {from: 30 %, to: 40 %, adjustment: -10}, "                   \
    "{to: 30 %, adjustment: -30}]}}"

/* 10 -> (60 %) 11 -> (70 %) 14 -> (40 %) 13 -> (30 %) 10, each settled and warm. */
static void the_example_of_the_guide_goes_11_14_13_10(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 10);
    assert_int_equal(point(&group, 0.6), 11);
    settle(&group, UST_HOUR);
    assert_int_equal(point(&group, 0.7), 14);
    settle(&group, UST_HOUR);
    assert_int_equal(point(&group, 0.4), 13);
    settle(&group, 0);
    assert_int_equal(point(&group, 0.3), 10);
    group_end(&group);
}

/* "The desired and current capacity is maintained while the metric is greater than 40 and less
 * than 60." */
static void between_40_and_60_nothing_changes(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 10);
    assert_int_equal(point(&group, 0.599), 10);
    assert_int_equal(point(&group, 0.5), 10);
    assert_int_equal(point(&group, 0.401), 10);
    group_end(&group);
}

/* Lower bounds are inclusive above the threshold; below it, upper bounds are. */
static void bounds_belong_to_the_step_on_the_far_side(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 100);
    assert_int_equal(point(&group, 0.6), 110);
    group_end(&group);
    group_begin(&group, GUIDE, 100);
    assert_int_equal(point(&group, 0.6999), 110);
    group_end(&group);
    group_begin(&group, GUIDE, 100);
    assert_int_equal(point(&group, 0.7), 130);
    group_end(&group);
    group_begin(&group, GUIDE, 100);
    assert_int_equal(point(&group, 0.4), 90);
    group_end(&group);
    group_begin(&group, GUIDE, 100);
    assert_int_equal(point(&group, 0.3), 70);
    group_end(&group);
}

/* An instance that serves but does not count yet. */
static void add_warming(struct group *group)
{
    group->instance[group->view.n++] = (struct ust_scaler_instance){
        .launched = group->view.now, .ready = group->view.now, .in_service = true};
}

/* "the metric gets to 60, and then to 62 while the new instance is still warming up ... the
 * desired capacity is already 11 ... If the metric gets to 70 while the new instance is still
 * warming up ... we add only 2, for a new desired capacity of 13." */
static void while_one_warms_up_the_same_step_adds_nothing_and_the_next_two(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 10);
    assert_int_equal(point(&group, 0.6), 11);
    add_warming(&group);
    assert_int_equal(point(&group, 0.62), 11);
    assert_int_equal(point(&group, 0.7), 13);
    group_end(&group);
}

static void warming_instances_are_not_in_the_metric(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 10);
    add_warming(&group);
    group.view.desired = 11;
    for (uint32_t i = 0; i < 11; i++)
        report(&group.instance[i], i < 10 ? 0.75 : 0); /* 75 %, not 68 % */
    assert_int_equal(call(&group), 13);
    group_end(&group);
}

static void nothing_goes_while_one_warms_up(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 10);
    add_warming(&group);
    group.view.desired = 11;
    assert_int_equal(points(&group, 4, 0.3), 11);
    assert_int_equal(point(&group, 0.3), 8); /* 300 s later; 30 % of 11 is 3.3 */
    group_end(&group);
}

/* "While scaling in, we consider instances that are terminating as part of the current
 * capacity." 13 - 10 % = 12 is what the first breach made of it. */
static void while_one_leaves_the_same_step_removes_no_more(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, GUIDE, 14);
    assert_int_equal(point(&group, 0.4), 13);
    group.view.n = 13;
    group.view.leaving = 1;
    assert_int_equal(point(&group, 0.38), 13);
    assert_int_equal(point(&group, 0.3), 10); /* 14 - 30 % of 14 */
    group_end(&group);
}

static void the_alarm_wants_its_points(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_step, scale_out: {threshold: 80 %, evaluation_periods: 3, "
                "datapoints_to_alarm: 2, steps: [{adjustment: 2}]}}",
                4);
    assert_int_equal(point(&group, 0.9), 4);
    assert_int_equal(point(&group, 0.5), 4);
    assert_int_equal(point(&group, 0.9), 6);
    assert_int_equal(group.type->period(group.policy.variant.params), 60 * UST_S);
    group_end(&group);
}

static void equal_to_the_threshold_breaches_unless_the_comparison_is_strict(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_step, scale_out: {threshold: 80 %, steps: [{adjustment: 1}]}}", 4);
    assert_int_equal(point(&group, 0.8), 5);
    group_end(&group);
    group_begin(&group,
                "{kind: aws_step, scale_out: {threshold: 80 %, comparison: greater_than, "
                "steps: [{adjustment: 1}]}}",
                4);
    assert_int_equal(point(&group, 0.8), 4);
    assert_int_equal(point(&group, 0.81), 5);
    group_end(&group);
}

static void statistics_are_average_maximum_and_minimum(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t desired;
    } is[] = {{"average", 4}, {"maximum", 5}, {"minimum", 4}};
    for (size_t i = 0; i < 3; i++) {
        char text[200];
        struct group group;
        snprintf(text, sizeof text,
                 "{kind: aws_step, statistic: %s, scale_out: {threshold: 80 %%, steps: "
                 "[{adjustment: 1}]}}",
                 is[i].text);
        group_begin(&group, text, 4);
        for (uint32_t k = 0; k < 4; k++)
            report(&group.instance[k], k == 0 ? 0.95 : 0.1);
        assert_int_equal(call(&group), is[i].desired);
        group_end(&group);
    }
}

/* Missing data that count as a breach say nothing of its size: the nearest step. */
static void missing_data_that_breach_take_the_nearest_step(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_step, scale_out: {threshold: 50 %, missing_data: breaching, steps: "
                "[{to: 70 %, adjustment: 1}, {from: 70 %, adjustment: 5}]}}",
                4);
    assert_int_equal(point(&group, (double)NAN), 5);
    group_end(&group);
    group_begin(&group, GUIDE, 10);
    assert_int_equal(points(&group, 10, (double)NAN), 10);
    group_end(&group);
}

static void an_exact_capacity_is_set(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_step, scale_in: {threshold: 20 %, adjustment_type: exact_capacity, "
                "steps: [{adjustment: 2}]}}",
                7);
    assert_int_equal(point(&group, 0.2), 2);
    group_end(&group);
}

static void steps_with_gaps_and_wrong_signs_are_refused(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(registry, "{kind: aws_step}", "{kind",
                      "'aws_step' needs 'scale_out' or 'scale_in', or both");
    policy_refuses_at(
        registry,
        "{kind: aws_step, scale_out: {threshold: 50 %, steps: [{from: 60 %, adjustment: 1}]}}",
        "60 %", "step 1 leaves a gap or overlaps: it has to begin where the threshold is");
    policy_refuses_at(
        registry,
        "{kind: aws_step, scale_out: {threshold: 50 %, steps: [{to: 60 %, adjustment: 1}, "
        "{from: 70 %, adjustment: 2}]}}",
        "70 %", "step 2 leaves a gap or overlaps: it has to begin where the step before ends");
    policy_refuses_at(
        registry,
        "{kind: aws_step, scale_out: {threshold: 50 %, steps: [{to: 60 %, adjustment: 1}]}}",
        "60 %", "step 1 has an end, but metrics go beyond it: the last step has none");
    policy_refuses_at(
        registry, "{kind: aws_step, scale_out: {threshold: 50 %, steps: [{adjustment: -1}]}}",
        "-1", "'adjustment' is -1, must be at least 0");
    policy_refuses_at(registry,
                      "{kind: aws_step, scale_in: {threshold: 50 %, steps: [{adjustment: 1}]}}",
                      "1}", "'adjustment' is 1, must be at most 0");
    policy_refuses_at(
        registry,
        "{kind: aws_step, metric: requests, scale_out: {threshold: 50 %, steps: [{adjustment: "
        "1}]}}",
        "50 %", "'threshold' is 50 %, but metric 'requests' needs a rate such as 50 req/s");
    policy_refuses_at(registry,
                      "{kind: aws_step, scale_out: {threshold: 50 %, datapoints_to_alarm: 2, "
                      "steps: [{adjustment: 1}]}}",
                      "2, steps", "'datapoints_to_alarm' is 2, over 'evaluation_periods', 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_guide_goes_11_14_13_10),
        cmocka_unit_test(between_40_and_60_nothing_changes),
        cmocka_unit_test(bounds_belong_to_the_step_on_the_far_side),
        cmocka_unit_test(while_one_warms_up_the_same_step_adds_nothing_and_the_next_two),
        cmocka_unit_test(warming_instances_are_not_in_the_metric),
        cmocka_unit_test(nothing_goes_while_one_warms_up),
        cmocka_unit_test(while_one_leaves_the_same_step_removes_no_more),
        cmocka_unit_test(the_alarm_wants_its_points),
        cmocka_unit_test(equal_to_the_threshold_breaches_unless_the_comparison_is_strict),
        cmocka_unit_test(statistics_are_average_maximum_and_minimum),
        cmocka_unit_test(missing_data_that_breach_take_the_nearest_step),
        cmocka_unit_test(an_exact_capacity_is_set),
        cmocka_unit_test(steps_with_gaps_and_wrong_signs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
