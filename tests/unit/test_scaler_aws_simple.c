/* Simple scaling: one adjustment, then a cooldown. Rules of the Amazon EC2 Auto Scaling user
 * guide ("Scaling cooldowns"). */
#include "tests/unit/scaler.h"

#define POLICY                                                                                 \
    "{kind: aws_simple, scale_out: {threshold: 90 %, adjustment: 1}, "                         \
    "scale_in: {threshold: 30 %, adjustment: -1, cooldown: 180 s}}"

/* The instance that was asked for is on its way. */
static void launching(struct group *group)
{
    group->instance[group->view.n++] =
        (struct ust_scaler_instance){.launched = group->view.now, .ready = UST_NEVER};
}

static void comes(struct group *group, ust_time ago)
{
    struct ust_scaler_instance *last = &group->instance[group->view.n - 1];
    last->ready = last->changed = group->view.now - ago;
    last->in_service = true;
}

/* The example of the guide: the alarm goes on while the instance launches, and launches no
 * other. */
static void an_alarm_that_lasts_adds_one_while_it_launches(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 4);
    assert_int_equal(point(&group, 0.95), 5);
    launching(&group);
    assert_int_equal(points(&group, 10, 0.95), 5);
    group_end(&group);
}

/* The cooldown of 300 s begins when the last instance has come into service, here 20 s before a
 * point: the fifth point after it is 320 s later. */
static void the_cooldown_begins_with_the_last_instance_in_service(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 4);
    assert_int_equal(point(&group, 0.95), 5);
    launching(&group);
    points(&group, 3, 0.95);
    comes(&group, -40 * UST_S); /* 40 s from now: 20 s before the next point */
    assert_int_equal(points(&group, 5, 0.95), 5);
    assert_int_equal(point(&group, 0.95), 6);
    group_end(&group);
}

static void a_policy_may_have_a_cooldown_of_its_own(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 10);
    assert_int_equal(point(&group, 0.2), 9);
    group.view.n = 9; /* gone at once */
    assert_int_equal(point(&group, 0.2), 9);
    assert_int_equal(point(&group, 0.2), 9);
    assert_int_equal(point(&group, 0.2), 8); /* 180 s after the decision */
    group_end(&group);
}

static void the_cooldown_waits_for_those_that_leave(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 10);
    assert_int_equal(point(&group, 0.2), 9);
    group.view.n = 9;
    group.view.leaving = 1;
    assert_int_equal(points(&group, 5, 0.2), 9);
    group.view.leaving = 0;
    assert_int_equal(points(&group, 3, 0.2), 9);
    assert_int_equal(point(&group, 0.2), 8);
    group_end(&group);
}

static void a_replacement_on_its_way_holds_the_policy_too(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 4);
    launching(&group);
    assert_int_equal(points(&group, 3, 0.95), 4);
    comes(&group, 0);
    assert_int_equal(point(&group, 0.95), 5); /* no activity of its own: no cooldown */
    group_end(&group);
}

/* "a maximum capacity of 3, a current capacity of 2, and a scaling policy that adds 3 ... adds
 * only 1"; "a minimum capacity of 2, a current capacity of 3, and a policy that removes 2 ...
 * removes only 1" (user guide, "How scaling policies work"). */
static void bounds_cut_the_adjustment(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_simple, scale_out: {threshold: 50 %, adjustment: 3}}", 2);
    group.view.max = 3;
    assert_int_equal(point(&group, 0.9), 3);
    group_end(&group);
    group_begin(&group, "{kind: aws_simple, scale_in: {threshold: 50 %, adjustment: -2}}", 3);
    group.view.min = 2;
    assert_int_equal(point(&group, 0.1), 2);
    group_end(&group);
}

/* At the bound nothing happens, so nothing has to cool down. */
static void an_adjustment_that_changes_nothing_starts_no_cooldown(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 4);
    group.view.max = 4;
    assert_int_equal(point(&group, 0.95), 4);
    group.view.max = 10;
    assert_int_equal(point(&group, 0.95), 5);
    group_end(&group);
}

static void percentages_have_a_minimum_magnitude(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                "{kind: aws_simple, scale_out: {threshold: 50 %, adjustment_type: "
                "percent_change_in_capacity, adjustment: 25, min_adjustment_magnitude: 2}}",
                4);
    assert_int_equal(point(&group, 0.9), 6);
    group_end(&group);
}

static void missing_data_may_count_as_they_are_told(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, POLICY, 4);
    assert_int_equal(points(&group, 5, (double)NAN), 4);
    group_end(&group);
    group_begin(&group,
                "{kind: aws_simple, scale_out: {threshold: 90 %, adjustment: 1, missing_data: "
                "breaching}}",
                4);
    assert_int_equal(point(&group, (double)NAN), 5);
    group_end(&group);
}

static void signs_and_levels_have_to_fit(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(registry,
                      "{kind: aws_simple, scale_out: {threshold: 50 %, adjustment: -1}}", "-1",
                      "'adjustment' is -1, must be above 0");
    policy_refuses_at(registry,
                      "{kind: aws_simple, scale_in: {threshold: 50 %, adjustment: 1}}", "1}",
                      "'adjustment' is 1, must be below 0");
    policy_refuses_at(
        registry,
        "{kind: aws_simple, metric: queue, scale_in: {threshold: 50 %, adjustment: -1}}",
        "50 %", "'threshold' is 50 %, but metric 'queue' needs a number such as 20");
    policy_refuses_at(registry, "{kind: aws_simple}", "{kind",
                      "'aws_simple' needs 'scale_out' or 'scale_in', or both");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_that_lasts_adds_one_while_it_launches),
        cmocka_unit_test(the_cooldown_begins_with_the_last_instance_in_service),
        cmocka_unit_test(a_policy_may_have_a_cooldown_of_its_own),
        cmocka_unit_test(the_cooldown_waits_for_those_that_leave),
        cmocka_unit_test(a_replacement_on_its_way_holds_the_policy_too),
        cmocka_unit_test(bounds_cut_the_adjustment),
        cmocka_unit_test(an_adjustment_that_changes_nothing_starts_no_cooldown),
        cmocka_unit_test(percentages_have_a_minimum_magnitude),
        cmocka_unit_test(missing_data_may_count_as_they_are_told),
        cmocka_unit_test(signs_and_levels_have_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
