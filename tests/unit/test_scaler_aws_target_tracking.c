/* Target tracking: alarms, rounding, warm-up. Rounding examples are those of the Amazon EC2
 * Auto Scaling user guide; alarm points and the scale-in threshold are parameters. */
#include "tests/unit/scaler.h"

/* Instances beyond the first n leave. */
static void shrink(struct group *group, int64_t n)
{
    group->view.n = (uint32_t)n;
}

static void three_points_above_the_target_scale_out(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    assert_int_equal(point(&group, 0.8), 10);
    assert_int_equal(point(&group, 0.8), 10);
    assert_int_equal(point(&group, 0.8), 16); /* 10 * 0.8 / 0.5 */
    group_end(&group);
}

static void a_point_at_the_target_breaks_the_row(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    points(&group, 2, 0.8);
    point(&group, 0.5);
    assert_int_equal(points(&group, 2, 0.8), 10);
    assert_int_equal(point(&group, 0.8), 16);
    group_end(&group);
}

/* User guide: "if it needs to add 1.5 instances, it adds two". 10 * 0.575 / 0.5 = 11.5. */
static void a_need_of_one_and_a_half_more_adds_two(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    assert_int_equal(points(&group, 3, 0.575), 12);
    group_end(&group);
}

/* The other half of the sentence: 10 * 0.425 / 0.5 = 8.5. */
static void one_and_a_half_too_many_removes_one(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, scale_in_limit: 100 %}", 10);
    assert_int_equal(points(&group, 15, 0.425), 9);
    group_end(&group);
}

/* 20 * 0.4375 / 0.5 = 17.5: two and a half too many. */
static void two_and_a_half_too_many_removes_two(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, scale_in_limit: 100 %}", 20);
    assert_int_equal(points(&group, 15, 0.4375), 18);
    group_end(&group);
}

static void fifteen_points_below_scale_in(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    assert_int_equal(points(&group, 14, 0.1), 10);
    assert_int_equal(point(&group, 0.1), 9);
    group_end(&group);
}

static void above_nine_tenths_of_the_target_nothing_is_removed(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 30);
    assert_int_equal(points(&group, 100, 0.451), 30);
    group_end(&group);
}

static void scale_in_is_gradual_a_tenth_a_point(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 30);
    assert_int_equal(points(&group, 15, 0.1), 27);
    shrink(&group, 27);
    assert_int_equal(point(&group, 0.11), 25); /* a tenth of 27, cut to 2 */
    shrink(&group, 25);
    assert_int_equal(point(&group, 0.12), 23);
    group_end(&group);
}

static void without_a_limit_scale_in_removes_all_that_is_too_many(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, scale_in_limit: 100 %}", 30);
    assert_int_equal(points(&group, 15, 0.1), 6);
    group_end(&group);
}

static void a_small_group_still_shrinks_by_one(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 3);
    assert_int_equal(points(&group, 15, 0.1), 2);
    group_end(&group);
}

static void disabled_scale_in_never_removes(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, disable_scale_in: true}",
                10);
    assert_int_equal(points(&group, 60, 0), 10);
    assert_int_equal(points(&group, 3, 0.75), 15);
    group_end(&group);
}

/* CloudWatch makes up for a missing point by an older one: three of the latest five breach. */
static void a_missing_point_is_made_up_for_by_an_older_one(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    points(&group, 2, 0.8);
    assert_int_equal(point(&group, (double)NAN), 10);
    assert_int_equal(point(&group, 0.8), 16);
    group_end(&group);
}

static void a_point_without_data_changes_nothing_while_the_alarm_lasts(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    assert_int_equal(points(&group, 3, 0.8), 16);
    assert_int_equal(points(&group, 20, (double)NAN), 16);
    group_end(&group);
}

/* Three lost points are more than the two that CloudWatch looks back further: insufficient
 * data, and scaling begins anew. */
static void an_outage_of_the_metric_stops_scaling(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    points(&group, 2, 0.8);
    points(&group, 5, (double)NAN);
    assert_int_equal(points(&group, 2, 0.8), 10);
    assert_int_equal(point(&group, 0.8), 16);
    group_end(&group);

    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    points(&group, 14, 0.1);
    assert_int_equal(points(&group, 17, (double)NAN), 10);
    assert_int_equal(points(&group, 14, 0.1), 10);
    assert_int_equal(point(&group, 0.1), 9);
    group_end(&group);
}

/* Eight instances start: they are capacity already, so the same need adds no more. */
static void starting_instances_count_as_capacity(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    assert_int_equal(points(&group, 3, 0.9), 18);
    for (uint32_t i = 10; i < 18; i++)
        group.instance[i] = (struct ust_scaler_instance){.ready = UST_NEVER};
    group.view.n = 18;
    assert_int_equal(point(&group, 0.9), 18);
    assert_int_equal(point(&group, 0.95), 19); /* 10 warmed up * 0.95 / 0.5 */
    group_end(&group);
}

/* Two of twelve became ready 100 s ago and still do nothing: the average is that of the ten. */
static void warming_instances_stay_out_of_the_average(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, warm_up: 300 s}", 12);
    for (uint32_t i = 10; i < 12; i++)
        group.instance[i].ready = group.view.now - 100 * UST_S;
    for (int k = 0; k < 3; k++) {
        group.view.now += 60 * UST_S;
        for (uint32_t i = 0; i < 12; i++)
            report(&group.instance[i], i < 10 ? 0.9 : 0);
        struct ust_scaler_answer answer =
            group.type->target(group.policy.variant.params, group.state, &group.view);
        group.view.desired = answer.desired;
    }
    assert_int_equal(group.view.desired, 18); /* 10 * 0.9 / 0.5, not 12 * 0.75 / 0.5 */
    group_end(&group);
}

static void a_warming_instance_blocks_scale_in_until_it_is_warm(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %, warm_up: 300 s}", 10);
    points(&group, 13, 0.1);
    group.instance[9].ready = group.view.now; /* replaced just now */
    assert_int_equal(points(&group, 4, 0.1), 10);
    assert_int_equal(point(&group, 0.1), 9); /* 300 s later; the row was long enough */
    group_end(&group);
}

static void dead_instances_are_not_in_the_average(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 10);
    for (uint32_t i = 0; i < 5; i++)
        group.instance[i].in_service = false;
    assert_int_equal(points(&group, 3, 0.9), 10); /* 5 * 0.9 / 0.5 = 9 are needed */
    group_end(&group);
}

/* 10 * 0.77 / 0.55 is 14.000000000000002 in doubles; the need is 14. */
static void rounding_noise_is_no_need(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 55 %}", 10);
    assert_int_equal(points(&group, 3, 0.77), 14);
    group_end(&group);
}

static void a_rate_is_tracked_per_instance(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_target_tracking, metric: requests, requests_per_instance: 50 "
                "req/s}",
                8);
    assert_int_equal(points(&group, 3, 71), 12); /* 8 * 71 / 50 = 11.36 */
    assert_int_equal(group.type->metrics(group.policy.variant.params),
                     1u << UST_SCALE_REQUESTS);
    group_end(&group);
}

static void points_and_period_are_parameters(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_target_tracking, target: 50 %, scale_out_points: 1, "
                "scale_in_points: 2, period: 5 min, warm_up: 0 s}",
                10);
    assert_int_equal(group.type->period(group.policy.variant.params), 300 * UST_S);
    assert_int_equal(point(&group, 0.8), 16);
    assert_int_equal(point(&group, 0.1), 16);
    assert_int_equal(point(&group, 0.1), 15);
    group_end(&group);
}

static void the_defaults_are_the_vendors(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, target: 50 %}", 1);
    assert_int_equal(group.type->period(group.policy.variant.params), 60 * UST_S);
    assert_int_equal(group.type->warm_up(group.policy.variant.params), 300 * UST_S);
    assert_int_equal(group.type->metrics(group.policy.variant.params), 1u << UST_SCALE_CPU);
    group_end(&group);
}

static void the_goal_must_fit_the_metric(void **unused)
{
    (void)unused;
    policy_refuses(&ust_scaler_registry, "{kind: aws_target_tracking, metric: memory}", 41,
                   "metric 'memory' needs 'target', for example 60 %");
    policy_refuses(&ust_scaler_registry, "{kind: aws_target_tracking}", 5,
                   "metric 'cpu' needs 'target', for example 60 %");
    policy_refuses(&ust_scaler_registry,
                   "{kind: aws_target_tracking, metric: requests, target: 50 %}", 51,
                   "'target' does not go with metric 'requests', which needs "
                   "'requests_per_instance'");
    policy_refuses(&ust_scaler_registry,
                   "{kind: aws_target_tracking, target: 50 %, requests_per_instance: 5 req/s}",
                   47,
                   "'requests_per_instance' does not go with metric 'cpu', which needs "
                   "'target'");
}

static void a_target_above_95_percent_is_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_scaler_registry, "{kind: aws_target_tracking, target: 1.4}", 41,
                   "'target' is 1.4, must lie between 5 % and 95 %");
}

static void a_fixed_pool_is_never_asked(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_scaler_registry, "fixed");
    const struct ust_scaler_type *type = ust_scaler_of(policy.variant.kind);
    const struct ust_scaler_view view = {.desired = 7, .min = 1, .max = 9};
    assert_int_equal(type->period(policy.variant.params), 0);
    assert_int_equal(type->target(policy.variant.params, NULL, &view).desired, 7);
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_points_above_the_target_scale_out),
        cmocka_unit_test(a_point_at_the_target_breaks_the_row),
        cmocka_unit_test(a_need_of_one_and_a_half_more_adds_two),
        cmocka_unit_test(one_and_a_half_too_many_removes_one),
        cmocka_unit_test(two_and_a_half_too_many_removes_two),
        cmocka_unit_test(fifteen_points_below_scale_in),
        cmocka_unit_test(above_nine_tenths_of_the_target_nothing_is_removed),
        cmocka_unit_test(scale_in_is_gradual_a_tenth_a_point),
        cmocka_unit_test(without_a_limit_scale_in_removes_all_that_is_too_many),
        cmocka_unit_test(a_small_group_still_shrinks_by_one),
        cmocka_unit_test(disabled_scale_in_never_removes),
        cmocka_unit_test(a_missing_point_is_made_up_for_by_an_older_one),
        cmocka_unit_test(a_point_without_data_changes_nothing_while_the_alarm_lasts),
        cmocka_unit_test(an_outage_of_the_metric_stops_scaling),
        cmocka_unit_test(starting_instances_count_as_capacity),
        cmocka_unit_test(warming_instances_stay_out_of_the_average),
        cmocka_unit_test(a_warming_instance_blocks_scale_in_until_it_is_warm),
        cmocka_unit_test(dead_instances_are_not_in_the_average),
        cmocka_unit_test(rounding_noise_is_no_need),
        cmocka_unit_test(a_rate_is_tracked_per_instance),
        cmocka_unit_test(points_and_period_are_parameters),
        cmocka_unit_test(the_defaults_are_the_vendors),
        cmocka_unit_test(the_goal_must_fit_the_metric),
        cmocka_unit_test(a_target_above_95_percent_is_refused),
        cmocka_unit_test(a_fixed_pool_is_never_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
