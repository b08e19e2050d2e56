/* Failover plans: what each kind of step waits for and does. */
#include "tests/unit/plan_world.h"

static void a_loss_that_passes_is_a_false_alarm_and_the_next_one_begins_anew(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: detect, confirm: 30 s}\n"
                                    "  - {kind: shift_traffic}\n");
    begin(world, false);
    go(world, 20 * UST_S);
    world->lost = false;
    go(world, 20 * UST_S);
    AT("failover_called_off", "", 20);
    assert_int_equal(world->run.state, UST_PLAN_READY);
    world->now = 100 * UST_S;
    world->lost = true;
    begin(world, false);
    go(world, UST_NEVER);
    AT("step_end", "detect", 130);
    CHECK_NEAR(world->moved, 1, 0);
    world_free(world);
}

static void who_decides_looks_again_unless_told_not_to(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: decide, by: human, delay: 60 s}\n");
    begin(world, false);
    world->lost = false;
    go(world, UST_NEVER);
    AT("failover_called_off", "", 60);
    world_free(world);
    world = world_new("  - {kind: decide, by: human, delay: 60 s, anyway: true}\n");
    begin(world, false);
    world->lost = false;
    go(world, UST_NEVER);
    AT("step_end", "decide", 60);
    world_free(world);
}

static void an_evacuation_that_is_planned_has_nothing_to_detect(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: detect, confirm: 30 s}\n");
    world->lost = false;
    begin(world, true);
    go(world, UST_NEVER);
    AT("step_end", "detect", 0);
    world_free(world);
}

static void only_a_planned_promotion_copies_the_rest_first(void **state)
{
    (void)state;
    for (int planned = 0; planned < 2; planned++) {
        struct world *world = world_new("  - {kind: promote_data, duration: 40 s}\n");
        world->lag = 7 * UST_S;
        begin(world, planned);
        go(world, UST_NEVER);
        AT("failover_end", "", planned ? 47 : 40);
        world_free(world);
    }
}

static void a_promotion_is_over_when_the_data_says_so(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: promote_data, duration: 40 s}\n");
    world->promoting = true;
    world->assumed = false;
    world->lag = 7 * UST_S;
    begin(world, true);
    go(world, 90 * UST_S);
    AT("step_end", "promote_data", -1);
    world->promoting = false;
    go(world, UST_NEVER);
    AT("step_end", "promote_data", 90);
    world_free(world);
}

static void what_is_no_data_tier_takes_its_time_beside_one_that_is(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        struct world *world = world_new("  - {kind: promote_data}\n");
        world->promoting = true;
        begin(world, false);
        go(world, (slow ? 70 : 50) * UST_S);
        world->promoting = false;
        go(world, UST_NEVER);
        AT("step_end", "promote_data", slow ? 70 : 60);
        world_free(world);
    }
}

static void a_planned_run_that_a_loss_overtakes_is_planned_no_more(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: decide, by: human, delay: 60 s}\n"
                                    "  - {kind: promote_data, duration: 40 s}\n");
    world->lag = 7 * UST_S;
    begin(world, true);
    go(world, 30 * UST_S);
    begin(world, false);
    go(world, UST_NEVER);
    AT("failover_end", "", 100);
    world_free(world);
}

static void the_standby_is_waited_for_until_enough_of_it_is_ready(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: scale_standby, instances: 10, ready: 80 %}\n");
    world->ready = 0.79;
    begin(world, false);
    go(world, 50 * UST_S);
    AT("step_end", "scale_standby", -1);
    world->ready = 0.8;
    go(world, UST_NEVER);
    AT("step_end", "scale_standby", 50);
    world_free(world);
}

static void a_ramp_by_points_holds_each_share_until_the_next(void **state)
{
    (void)state;
    struct world *world = world_new(
        "  - {kind: shift_traffic, ramp: [{at: 0 s, share: 5 %}, {at: 60 s, share: 40 %},"
        " {at: 90 s, share: 100 %}]}\n");
    begin(world, false);
    go(world, 59 * UST_S);
    CHECK_NEAR(world->moved, 0.05, 0);
    go(world, 60 * UST_S);
    CHECK_NEAR(world->moved, 0.4, 0);
    go(world, 89 * UST_S);
    CHECK_NEAR(world->moved, 0.4, 0);
    go(world, UST_NEVER);
    CHECK_NEAR(world->moved, 1, 0);
    AT("step_end", "shift_traffic", 90);
    world_free(world);
}

static void an_even_ramp_moves_a_twentieth_at_a_time(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: shift_traffic, over: 100 s}\n");
    begin(world, false);
    go(world, 0);
    CHECK_NEAR(world->moved, 0.05, 1e-12);
    go(world, 49 * UST_S);
    CHECK_NEAR(world->moved, 0.5, 1e-12);
    go(world, 94 * UST_S);
    CHECK_NEAR(world->moved, 0.95, 1e-12);
    go(world, UST_NEVER);
    CHECK_NEAR(world->moved, 1, 0);
    AT("step_end", "shift_traffic", 100);
    world_free(world);
}

static void three_bad_looks_in_a_row_roll_the_shift_back(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: shift_traffic}\n"
                  "  - {kind: watch, bound: 10 %, every: 10 s, hold: 10 min}\n");
    world->indicator = 0.2;
    begin(world, false);
    go(world, 25 * UST_S);
    world->indicator = 0.1; /* the bound itself is allowed */
    go(world, 35 * UST_S);
    world->indicator = 0.11;
    go(world, 55 * UST_S);
    assert_false(world->rolled_back);
    go(world, UST_NEVER);
    assert_true(world->rolled_back);
    AT("failover_rolled_back", "", 60);
    CHECK_NEAR(world->moved, 0, 0);
    world_free(world);
}

static void all_well_for_long_enough_ends_the_watch_and_a_bad_look_begins_it_anew(void **state)
{
    (void)state;
    struct world *world = world_new(
        "  - {kind: watch, indicator: utilisation, bound: 80 %, every: 10 s, hold: 1 min}\n");
    begin(world, false);
    world->indicator = 0.5;
    go(world, 35 * UST_S);
    world->indicator = 0.9;
    go(world, 45 * UST_S);
    world->indicator = 0.5;
    go(world, UST_NEVER);
    AT("step_end", "watch", 100);
    world_free(world);
}

static void users_return_after_a_healthy_time_and_go_again_when_it_breaks(void **state)
{
    (void)state;
    struct world *world =
        world_new("  - {kind: shift_traffic}\n"
                  "  - {kind: fail_back, after: 60 s, over: 100 s, followed: 0 %}\n");
    begin(world, false);
    go(world, 500 * UST_S);
    CHECK_NEAR(world->moved, 1, 0);
    world->lost = false;
    world->since = world->now;
    go(world, 559 * UST_S);
    CHECK_NEAR(world->moved, 1, 0);
    go(world, 585 * UST_S); /* 560: 5 %, ..., 585: 30 % are back */
    CHECK_NEAR(world->moved, 0.7, 1e-12);
    world->lost = true;
    go(world, 585 * UST_S);
    CHECK_NEAR(world->moved, 1, 0);
    world->now = 700 * UST_S;
    world->since = world->now;
    world->lost = false;
    go(world, UST_NEVER);
    AT("step_end", "fail_back", 860);
    CHECK_NEAR(world->moved, 0, 0);
    assert_int_equal(world->run.state, UST_PLAN_READY);
    world_free(world);
}

static void who_declines_stops_the_plan(void **state)
{
    (void)state;
    struct world *world = world_new("  - {kind: decide, by: human, delay: 60 s, declines: 100 "
                                    "%}\n  - {kind: shift_traffic}\n");
    begin(world, false);
    go(world, UST_NEVER);
    AT("failover_aborted", "", 60);
    AT("step_begin", "shift_traffic", -1);
    world_free(world);
}

/* A lognormal of mean 300 s and cv 1 has a median of 300 / sqrt 2 = 212.13 s, and the deviation
 * of a mean of 4000 is 300 / sqrt 4000 = 4.7 s. Of the share below the median: 0.8 %. */
static void a_person_decides_as_long_as_the_distribution_says(void **state)
{
    (void)state;
    double sum = 0, below = 0;
    for (uint32_t replication = 1; replication <= 4000; replication++) {
        struct world *world = world_try("  - {kind: decide, by: human}\n", replication);
        begin(world, false);
        go(world, UST_NEVER);
        double took = when(world, "failover_end", "");
        sum += took;
        below += took < 212.132;
        world_free(world);
    }
    CHECK_NEAR(sum / 4000, 300, 4 * 4.75);
    CHECK_NEAR(below / 4000, 0.5, 4 * 0.0079);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_that_passes_is_a_false_alarm_and_the_next_one_begins_anew),
        cmocka_unit_test(who_decides_looks_again_unless_told_not_to),
        cmocka_unit_test(an_evacuation_that_is_planned_has_nothing_to_detect),
        cmocka_unit_test(only_a_planned_promotion_copies_the_rest_first),
        cmocka_unit_test(a_promotion_is_over_when_the_data_says_so),
        cmocka_unit_test(what_is_no_data_tier_takes_its_time_beside_one_that_is),
        cmocka_unit_test(a_planned_run_that_a_loss_overtakes_is_planned_no_more),
        cmocka_unit_test(the_standby_is_waited_for_until_enough_of_it_is_ready),
        cmocka_unit_test(a_ramp_by_points_holds_each_share_until_the_next),
        cmocka_unit_test(an_even_ramp_moves_a_twentieth_at_a_time),
        cmocka_unit_test(three_bad_looks_in_a_row_roll_the_shift_back),
        cmocka_unit_test(all_well_for_long_enough_ends_the_watch_and_a_bad_look_begins_it_anew),
        cmocka_unit_test(users_return_after_a_healthy_time_and_go_again_when_it_breaks),
        cmocka_unit_test(who_declines_stops_the_plan),
        cmocka_unit_test(a_person_decides_as_long_as_the_distribution_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
