/* Failover plans without a simulation: a world that sees what the test says and writes down
 * what is done, and a clock that jumps to wherever the plan wants to look next. */
#include "models/failover/plan.h"
#include "sim/base/limits.h"
#include "tests/unit/policy.h"

#define MOMENTS_MAX 200

struct world {
    struct ust_spec spec;
    struct ust_plan plan;
    struct ust_plan_run run;
    struct ust_plan_world world;
    enum ust_status status;
    ust_time now;
    struct {
        ust_time at;
        const char *event;
        uint32_t step;
    } moment[MOMENTS_MAX];
    uint32_t moments_n;
    double moved, indicator, ready;
    bool lost, rolled_back, promoting, assumed;
    ust_time since, lag;
};

static void see(void *owner, uint32_t step, struct ust_step_view *view)
{
    const struct world *world = owner;
    (void)step;
    view->lost = world->lost;
    view->since = world->since;
    view->moved = world->moved;
    view->indicator = world->indicator;
    view->ready = world->ready;
    view->lag = world->lag;
    view->promoting = world->promoting;
    view->assumed = world->assumed;
}

static void nothing(void *owner, uint32_t step)
{
    (void)owner;
    (void)step;
}

static void act(void *owner, uint32_t step, const struct ust_step_answer *answer)
{
    struct world *world = owner;
    (void)step;
    if (answer->moved >= 0)
        world->moved = answer->moved;
}

static void roll_back(void *owner)
{
    struct world *world = owner;
    world->rolled_back = true;
    world->moved = 0;
}

static void tell(void *owner, const char *event, uint32_t step, ust_time took)
{
    struct world *world = owner;
    (void)took;
    assert_in_range(world->moments_n, 0, MOMENTS_MAX - 1);
    world->moment[world->moments_n].at = world->now;
    world->moment[world->moments_n].event = event;
    world->moment[world->moments_n++].step = step;
}

/* `steps`: the lines of a list. */
static struct world *world_try(const char *steps, uint32_t replication)
{
    static const struct ust_field fields[] = {
        {.key = "steps",
         .kind = UST_FIELD_LIST,
         .unit = UST_FIELD_VARIANT,
         .offset = 0,
         .registry = &ust_step_registry,
         .size = sizeof(struct ust_variant),
         .high = UST_STEPS_MAX,
         .flags = UST_FIELD_REQUIRED},
        {.key = NULL},
    };
    struct world *world = calloc(1, sizeof *world);
    struct ust_items kinds = {0};
    char *text = NULL;
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    assert_true(asprintf(&text, "steps:\n%s", steps) > 0);
    struct ust_node *root = ust_spec_read_text(&world->spec, "test.yaml", text, strlen(text));
    free(text);
    assert_non_null(root);
    world->status = ust_spec_decode(&world->spec, root, fields, &kinds);
    if (world->status == UST_OK)
        world->status = ust_plan_bind(&world->spec, &kinds, &world->plan);
    if (world->status != UST_OK)
        return world;
    world->world = (struct ust_plan_world){world, see, nothing, act, nothing, roll_back, tell};
    world->lost = true;
    world->ready = 1;
    world->assumed = true;
    ust_plan_make(&world->run, &world->plan, world->spec.arena, 5, replication);
    return world;
}

static struct world *world_new(const char *steps)
{
    struct world *world = world_try(steps, 1);
    if (world->status != UST_OK)
        ust_diag_print(world->spec.diag, stderr, NULL);
    assert_int_equal(world->status, UST_OK);
    return world;
}

static void world_free(struct world *world)
{
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
    free(world);
}

/* Until `end`, or until nothing more will happen by itself. */
static void go(struct world *world, ust_time end)
{
    for (;;) {
        ust_time next = ust_plan_look(&world->run, world->now, &world->world);
        assert_true(next > world->now);
        if (next > end || next == UST_NEVER)
            break;
        world->now = next;
    }
    if (end != UST_NEVER)
        world->now = end;
}

static void begin(struct world *world, bool planned)
{
    world->since = world->now;
    ust_plan_trigger(&world->run, world->now, planned, &world->world);
}

/* In seconds; -1: it did not happen. */
static double when(const struct world *world, const char *event, const char *step)
{
    for (uint32_t i = 0; i < world->moments_n; i++) {
        const char *name = world->moment[i].step < world->plan.n
                               ? world->plan.steps[world->moment[i].step].name
                               : "";
        if (strcmp(world->moment[i].event, event) == 0 && strcmp(name, step) == 0)
            return (double)world->moment[i].at / 1e9;
    }
    return -1;
}

#define AT(event, step, seconds) CHECK_NEAR(when(world, event, step), seconds, 1e-9)

static void refuses(const char *steps, uint32_t number, unsigned line, const char *message)
{
    struct world *world = world_try(steps, 1);
    const struct ust_diag_message *found = ust_diag_at(world->spec.diag, number);
    assert_int_equal(world->status, UST_INVALID);
    assert_non_null(found);
    assert_string_equal(found->text, message);
    assert_int_equal(found->place.line, line);
    world_free(world);
}

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

/* ---- kinds ---- */

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
        cmocka_unit_test(mistakes_of_a_plan_are_told_with_their_places),
        cmocka_unit_test(cycles_are_refused_by_name_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
