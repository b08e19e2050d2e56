/* Failover plans: the order of their steps, approval, time limits, and mistakes in them. */
#include "tests/unit/plan_world.h"

/* ---- order ---- */

static void steps_follow_each_other_where_nothing_else_is_said(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: decide, by: human, delay: 30 s}\n"
                                    "  - {kind: promote_data, duration: 50 s}\n"
                                    "  - {kind: shift_traffic}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_end", "decide", 30);
    AT("step_begin", "promote_data", 30);
    AT("step_end", "promote_data", 80);
    AT("step_end", "shift_traffic", 80);
    AT("failover_end", "", 80);
    assert_int_equal(world->run.state, UST_PLAN_OVER);
    world_free(world);
}

/* a 10 ─▶ b 40 ─▶ d 5 ─▶ f 7        longest: 10 + 40 + 5 + 7 = 62
 *    └─▶ c 20 ─▶ e 15 ──▲           the other: 10 + 20 + 15 + 7 = 52 */
static void a_plan_takes_as_long_as_its_longest_path(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: promote_data, name: f, duration: 7 s, needs: [d, e]}\n"
                  "  - {kind: promote_data, name: d, duration: 5 s, needs: [b]}\n"
                  "  - {kind: promote_data, name: e, duration: 15 s, needs: [c]}\n"
                  "  - {kind: promote_data, name: c, duration: 20 s, needs: [a]}\n"
                  "  - {kind: promote_data, name: b, duration: 40 s, needs: [a]}\n"
                  "  - {kind: promote_data, name: a, duration: 10 s, needs: []}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_begin", "b", 10);
    AT("step_begin", "c", 10);
    AT("step_begin", "e", 30);
    AT("step_begin", "d", 50);
    AT("step_begin", "f", 55);
    AT("failover_end", "", 62);
    world_free(world);
}

static void steps_that_need_nothing_begin_together(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: promote_data, name: a, duration: 3 s}\n"
                  "  - {kind: promote_data, name: b, duration: 9 s, needs: []}\n");
    world->now = 100 * UST_S;
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_begin", "a", 100);
    AT("step_begin", "b", 100);
    AT("failover_end", "", 109);
    world_free(world);
}

/* ---- approval and limits ---- */

static void approval_comes_before_the_step_and_counts_towards_its_limit(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: promote_data, duration: 60 s, approval: 100 s, "
                                    "limit: 150 s, on_limit: continue}\n"
                                    "  - {kind: shift_traffic}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_begin", "promote_data", 0);
    AT("step_approved", "promote_data", 100);
    AT("step_limit", "promote_data", 150);
    AT("step_end", "promote_data", 150);
    AT("step_begin", "shift_traffic", 150);
    world_free(world);
}

static void a_step_that_is_over_as_its_limit_passes_is_in_time(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: promote_data, duration: 60 s, limit: 60 s, on_limit: abort}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_end", "promote_data", 60);
    AT("step_limit", "promote_data", -1);
    AT("failover_end", "", 60);
    world_free(world);
}

static void a_limit_that_aborts_stops_what_runs_and_lets_nothing_begin(void **state)
{
    (void)state;
    struct world *world = world_new(
        "  - {kind: promote_data, name: a, duration: 1 h, limit: 5 min, on_limit: abort}\n"
        "  - {kind: promote_data, name: b, duration: 2 h, needs: []}\n"
        "  - {kind: shift_traffic, needs: [a]}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("failover_aborted", "", 300);
    AT("step_stopped", "a", 300);
    AT("step_stopped", "b", 300);
    AT("step_begin", "shift_traffic", -1);
    assert_int_equal(world->run.state, UST_PLAN_ABORTED);
    begin(world, false);
    assert_int_equal(world->run.state, UST_PLAN_ABORTED); /* people have to take over */
    world_free(world);
}

static void who_is_called_lets_the_plan_go_on_unless_the_step_is_over_before(void **state)
{
    (void)state;
    struct world *world = world_new(
        "  - {kind: promote_data, name: a, duration: 10 min, limit: 1 min, page: 4 min}\n"
        "  - {kind: promote_data, name: b, duration: 2 min, limit: 1 min, page: 4 min}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_limit", "a", 60);
    AT("step_end", "a", 300);
    AT("step_limit", "b", 360);
    AT("step_end", "b", 420);
    world_free(world);
}

static void who_is_called_approves_what_nobody_has_approved(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: shift_traffic, approval: 1 h, limit: 1 min, page: 2 min}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_approved", "shift_traffic", 180);
    CHECK_NEAR(world->moved, 1, 0);
    world_free(world);
}

/* ---- mistakes ---- */

static void mistakes_of_a_plan_are_told_with_their_places(void **state)
{
    (void)state;
    refuses("  - {kind: decide}\n  - {kind: shift_traffic, needs: [decides]}\n", 0, 3,
            "unknown step 'decides'; did you mean 'decide'?");
    refuses("  - {kind: decide}\n  - {kind: decide, needs: []}\n", 0, 3,
            "two steps are called 'decide'; give one of them a 'name'");
    refuses("  - {kind: decide, on_limit: abort}\n", 0, 2,
            "'on_limit' says nothing without a 'limit'");
    refuses("  - {kind: shift_traffic, over: 1 min, ramp: [{at: 0 s, share: 50 %}]}\n", 0, 2,
            "'over' and 'ramp' both say how fast; one of them is enough");
    refuses("  - {kind: shift_traffic, over: 1 min, ramp: [{at: 0 s, share: 50 %}]}\n", 1, 2,
            "the last point of a ramp is 100 %, this one is 50 %");
    refuses(
        "  - {kind: shift_traffic, ramp: [{at: 9 s, share: 50 %}, {at: 9 s, share: 100 %}]}\n",
        0, 2, "'at' is 9 s, not after the point before it, 9 s");
    refuses("  - {kind: scale_standby, instances: 3, factor: 50 %}\n", 0, 2,
            "'instances' and 'factor' both say how many; one is enough");
    refuses("  - {kind: watch, indicator: wait, bound: 8 %}\n", 0, 2,
            "'bound' has no meaning with 'wait'");
}

static void cycles_are_refused_by_name_once_each(void **state)
{
    (void)state;
    const char *two = "  - {kind: decide, name: x, needs: []}\n"
                      "  - {kind: decide, name: a, needs: [c, x]}\n"
                      "  - {kind: decide, name: b, needs: [a]}\n"
                      "  - {kind: decide, name: c, needs: [b]}\n"
                      "  - {kind: decide, name: d, needs: [d]}\n";
    refuses(two, 0, 3,
            "'a' needs 'c', which needs 'b', which needs 'a': none of them can begin");
    refuses(two, 1, 6, "'d' needs 'd': none of them can begin");
    struct world *world = world_try(two, 1);
    assert_null(ust_diag_at(world->spec.diag, 2));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_each_other_where_nothing_else_is_said),
        cmocka_unit_test(a_plan_takes_as_long_as_its_longest_path),
        cmocka_unit_test(steps_that_need_nothing_begin_together),
        cmocka_unit_test(approval_comes_before_the_step_and_counts_towards_its_limit),
        cmocka_unit_test(a_step_that_is_over_as_its_limit_passes_is_in_time),
        cmocka_unit_test(a_limit_that_aborts_stops_what_runs_and_lets_nothing_begin),
        cmocka_unit_test(who_is_called_lets_the_plan_go_on_unless_the_step_is_over_before),
        cmocka_unit_test(who_is_called_approves_what_nobody_has_approved),
        cmocka_unit_test(mistakes_of_a_plan_are_told_with_their_places),
        cmocka_unit_test(cycles_are_refused_by_name_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
