/* The engine, a few events at a time: order, timers, handlers, and what is refused. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/engine_help.h"

/* ---- one at a time ---- */

static void equal_times_go_by_lane_and_then_by_birth(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    ust_schedule(&r.engine, 5, UST_LANE_END, r.note, 6);
    ust_schedule(&r.engine, 5, UST_LANE_CLIENT, r.note, 4);
    ust_schedule(&r.engine, 5, UST_LANE_SERVICE, r.note, 2);
    ust_schedule(&r.engine, 5, UST_LANE_SERVICE, r.note, 3);
    ust_schedule(&r.engine, 5, UST_LANE_OBSERVE, r.note, 5);
    ust_schedule(&r.engine, 5, UST_LANE_FAULT, r.note, 1);
    ust_schedule(&r.engine, 4, UST_LANE_END, r.note, 0);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 0, 1, 2, 3, 4, 5, 6);
    assert_int_equal(ust_now(&r.engine), 5);
    ust_engine_free(&r.engine);
}

static void sources_lines_and_single_events_share_one_order(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t line = ust_line_new(&r.engine, 7, UST_LANE_SERVICE, r.note);
    uint32_t source = ust_source_new(&r.engine, UST_LANE_SERVICE, r.note, 2);
    uint32_t early = ust_source_new(&r.engine, UST_LANE_FAULT, r.note, 0);
    ust_line_start(&r.engine, line, 1);
    ust_source_arm(&r.engine, source, 7);
    ust_schedule(&r.engine, 7, UST_LANE_SERVICE, r.note, 3);
    ust_line_start(&r.engine, line, 4);
    ust_source_arm(&r.engine, early, 7);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 0, 1, 2, 3, 4);
    ust_engine_free(&r.engine);
}

static void int64_extremes_are_ordinary_times(void **state)
{
    (void)state;
    for (uint32_t near = 0; near < 3; near++) {
        struct record r;
        begin(&r);
        ust_queue_near(&r.engine.queue, near == 2 ? ALL_NEAR : near);
        ust_schedule(&r.engine, INT64_MAX, UST_LANE_END, r.note, 5);
        ust_schedule(&r.engine, INT64_MAX, UST_LANE_FAULT, r.note, 4);
        ust_schedule(&r.engine, INT64_MAX - 1, UST_LANE_END, r.note, 3);
        ust_schedule(&r.engine, (int64_t)1 << 62, UST_LANE_END, r.note, 2);
        ust_schedule(&r.engine, ((int64_t)1 << 62) - 1, UST_LANE_END, r.note, 1);
        ust_schedule(&r.engine, 0, UST_LANE_END, r.note, 0);
        ust_engine_run(&r.engine);
        ASSERT_FIRED(&r, 0, 1, 2, 3, 4, 5);
        ust_engine_free(&r.engine);
    }
}

static void source_that_is_not_armed_again_goes_idle(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t source = ust_source_new(&r.engine, UST_LANE_ARRIVAL, r.note, 7);
    ust_source_arm(&r.engine, source, 3);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 7);
    assert_int_equal(ust_engine_pending(&r.engine), 0);
    ust_source_arm(&r.engine, source, 9); /* and may be woken later */
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 7, 7);
    assert_int_equal(ust_now(&r.engine), 9);
    ust_engine_free(&r.engine);
}

static void source_armed_for_never_is_not_pending(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t source = ust_source_new(&r.engine, UST_LANE_ARRIVAL, r.note, 7);
    ust_source_arm(&r.engine, source, 3);
    ust_source_arm(&r.engine, source, UST_NEVER);
    assert_int_equal(ust_engine_pending(&r.engine), 0);
    ust_engine_run(&r.engine);
    assert_int_equal(r.fired_n, 0);
    ust_engine_free(&r.engine);
}

/* ---- timers ---- */

static void stale_handle_cannot_cancel_its_successor(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    struct ust_timer first = ust_schedule(&r.engine, 1, UST_LANE_CLIENT, r.note, 1);
    ust_engine_run(&r.engine);
    struct ust_timer second = ust_schedule(&r.engine, 2, UST_LANE_CLIENT, r.note, 2);
    assert_int_equal(first.slot, second.slot); /* else this test shows nothing */
    assert_false(ust_timer_is_pending(&r.engine, first));
    ust_cancel(&r.engine, first);
    assert_true(ust_timer_is_pending(&r.engine, second));
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1, 2);
    ust_engine_free(&r.engine);
}

static void stale_line_handle_cannot_cancel_its_successor(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t line = ust_line_new(&r.engine, 10, UST_LANE_CLIENT, r.note);
    struct ust_timer first = ust_line_start(&r.engine, line, 1);
    ust_line_cancel(&r.engine, line, first);
    struct ust_timer second = ust_line_start(&r.engine, line, 2);
    assert_int_equal(first.slot, second.slot); /* else this test shows nothing */
    ust_line_cancel(&r.engine, line, first);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 2);
    ust_line_cancel(&r.engine, line, second); /* it fired */
    ust_line_start(&r.engine, line, 3);
    ust_line_cancel(&r.engine, line, second);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 2, 3);
    ust_engine_free(&r.engine);
}

static void cancelled_event_never_fires(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    ust_schedule(&r.engine, 1, UST_LANE_CLIENT, r.note, 1);
    struct ust_timer timer = ust_schedule(&r.engine, 2, UST_LANE_CLIENT, r.note, 2);
    ust_schedule(&r.engine, 3, UST_LANE_CLIENT, r.note, 3);
    ust_cancel(&r.engine, timer);
    ust_cancel(&r.engine, timer);
    assert_false(ust_timer_is_pending(&r.engine, timer));
    assert_int_equal(ust_engine_pending(&r.engine), 2);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1, 3);
    ust_engine_free(&r.engine);
}

static void zero_handle_is_no_timer(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    ust_schedule(&r.engine, 1, UST_LANE_CLIENT, r.note, 1);
    uint32_t line = ust_line_new(&r.engine, 1, UST_LANE_CLIENT, r.note);
    ust_line_start(&r.engine, line, 2);
    assert_false(ust_timer_is_pending(&r.engine, (struct ust_timer){0}));
    ust_cancel(&r.engine, (struct ust_timer){0});
    ust_line_cancel(&r.engine, line, (struct ust_timer){0});
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1, 2);
    ust_engine_free(&r.engine);
}

/* After 2^31 uses of one slot its generation comes round; it must not become that of {0}. */
static void generation_that_wraps_is_still_a_timer(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    ust_schedule(&r.engine, 1, UST_LANE_CLIENT, r.note, 1);
    ust_engine_run(&r.engine);
    r.engine.slots[0].generation = UINT32_MAX;
    struct ust_timer timer = ust_schedule(&r.engine, 2, UST_LANE_CLIENT, r.note, 2);
    assert_int_equal(timer.slot, 0);
    assert_int_not_equal(timer.generation, 0);
    ust_cancel(&r.engine, timer);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1);
    ust_engine_free(&r.engine);
}

static void cancelled_line_head_leaves_the_others_their_times(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t line = ust_line_new(&r.engine, 10, UST_LANE_CLIENT, r.note);
    struct ust_timer head = ust_line_start(&r.engine, line, 1);
    ust_line_start(&r.engine, line, 2);
    ust_schedule(&r.engine, 10, UST_LANE_CLIENT, r.note, 3);
    ust_line_cancel(&r.engine, line, head);
    ust_line_start(&r.engine, line, 4); /* uses the node of the cancelled head again */
    assert_int_equal(ust_engine_pending(&r.engine), 3);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 2, 3, 4);
    assert_int_equal(ust_engine_pending(&r.engine), 0);
    ust_engine_free(&r.engine);
}

static void line_whose_only_timer_was_cancelled_is_idle(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t line = ust_line_new(&r.engine, 10, UST_LANE_CLIENT, r.note);
    ust_line_cancel(&r.engine, line, ust_line_start(&r.engine, line, 1));
    assert_int_equal(ust_engine_pending(&r.engine), 0);
    ust_schedule(&r.engine, 4, UST_LANE_CLIENT, r.note, 2);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 2);
    assert_int_equal(ust_now(&r.engine), 4); /* a cancelled timer moves no clock */
    ust_line_start(&r.engine, line, 3);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 2, 3);
    assert_int_equal(ust_now(&r.engine), 14);
    ust_engine_free(&r.engine);
}

/* ---- handlers ---- */

struct own {
    struct record record;
    struct ust_timer timer, other;
    uint64_t pending;
    uint32_t handler;
};

static void cancel_self_and_other(void *context, uint64_t argument)
{
    struct own *own = context;
    struct ust_engine *engine = &own->record.engine;
    note(&own->record, argument);
    assert_false(ust_timer_is_pending(engine, own->timer));
    ust_cancel(engine, own->timer); /* it is firing: nothing */
    struct ust_timer again =
        ust_schedule(engine, ust_now(engine), UST_LANE_CLIENT, own->record.note, 2);
    ust_cancel(engine, own->timer); /* `again` may have its slot */
    assert_true(ust_timer_is_pending(engine, again));
    ust_cancel(engine, own->other);
    own->pending = ust_engine_pending(engine);
}

static void handler_may_cancel_its_own_event(void **state)
{
    (void)state;
    for (uint32_t near = 0; near < 2; near++) {
        struct own own;
        begin(&own.record);
        struct ust_engine *engine = &own.record.engine;
        ust_queue_near(&engine->queue, near ? ALL_NEAR : 0);
        uint32_t handler = ust_engine_handler(engine, cancel_self_and_other, &own);
        own.timer = ust_schedule(engine, 1, UST_LANE_CLIENT, handler, 1);
        own.other = ust_schedule(engine, 1, UST_LANE_CLIENT, own.record.note, 9);
        ust_schedule(engine, 4, UST_LANE_CLIENT, own.record.note, 3);
        ust_engine_run(engine);
        ASSERT_FIRED(&own.record, 1, 2, 3);
        assert_int_equal(own.pending, 2); /* neither the one under way nor the cancelled one */
        ust_engine_free(engine);
    }
}

static void schedule_earlier_lane(void *context, uint64_t argument)
{
    struct own *own = context;
    struct ust_engine *engine = &own->record.engine;
    note(&own->record, argument);
    ust_schedule(engine, ust_now(engine), UST_LANE_OBSERVE, own->record.note, 4);
    ust_schedule(engine, ust_now(engine), UST_LANE_FAULT, own->record.note, 2);
    ust_schedule(engine, ust_now(engine), UST_LANE_CLIENT, own->record.note, 3);
}

static void event_of_this_instant_may_have_an_earlier_lane(void **state)
{
    (void)state;
    for (uint32_t near = 0; near < 2; near++) {
        struct own own;
        begin(&own.record);
        struct ust_engine *engine = &own.record.engine;
        ust_queue_near(&engine->queue, near ? ALL_NEAR : 0);
        uint32_t handler = ust_engine_handler(engine, schedule_earlier_lane, &own);
        ust_schedule(engine, 1, UST_LANE_CLIENT, handler, 1);
        ust_schedule(engine, 2, UST_LANE_FAULT, own.record.note, 5);
        ust_engine_run(engine);
        ASSERT_FIRED(&own.record, 1, 2, 3, 4, 5);
        ust_engine_free(engine);
    }
}

static void stop_now(void *context, uint64_t argument)
{
    note(context, argument);
    ust_engine_stop(&((struct record *)context)->engine);
}

static void stop_ends_the_run_and_the_next_run_goes_on(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint32_t stop = ust_engine_handler(&r.engine, stop_now, &r);
    ust_schedule(&r.engine, 1, UST_LANE_SERVICE, r.note, 1);
    ust_schedule(&r.engine, 2, UST_LANE_SERVICE, stop, 2);
    ust_schedule(&r.engine, 3, UST_LANE_SERVICE, r.note, 3);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1, 2);
    assert_int_equal(ust_engine_pending(&r.engine), 1);
    ust_engine_run(&r.engine);
    ASSERT_FIRED(&r, 1, 2, 3);
    ust_engine_free(&r.engine);
}

/* ---- the past ---- */

static void step_back(void *context, uint64_t argument)
{
    struct record *record = context;
    if (argument == 1)
        ust_schedule(&record->engine, ust_now(&record->engine) - 1, UST_LANE_SERVICE,
                     record->note, 0);
    else
        ust_source_arm(&record->engine, 0, ust_now(&record->engine) - 1);
}

static int signal_of_stepping_back(uint64_t how)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(2);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        struct record r;
        begin(&r);
        ust_source_new(&r.engine, UST_LANE_ARRIVAL, r.note, 0);
        uint32_t handler = ust_engine_handler(&r.engine, step_back, &r);
        ust_schedule(&r.engine, 100, UST_LANE_SERVICE, handler, how);
        ust_engine_run(&r.engine);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void scheduling_in_the_past_aborts(void **state)
{
    (void)state;
    assert_int_equal(signal_of_stepping_back(1), SIGABRT);
    assert_int_equal(signal_of_stepping_back(2), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_times_go_by_lane_and_then_by_birth),
        cmocka_unit_test(sources_lines_and_single_events_share_one_order),
        cmocka_unit_test(int64_extremes_are_ordinary_times),
        cmocka_unit_test(source_that_is_not_armed_again_goes_idle),
        cmocka_unit_test(source_armed_for_never_is_not_pending),
        cmocka_unit_test(stop_ends_the_run_and_the_next_run_goes_on),
        cmocka_unit_test(stale_handle_cannot_cancel_its_successor),
        cmocka_unit_test(stale_line_handle_cannot_cancel_its_successor),
        cmocka_unit_test(cancelled_event_never_fires),
        cmocka_unit_test(zero_handle_is_no_timer),
        cmocka_unit_test(generation_that_wraps_is_still_a_timer),
        cmocka_unit_test(cancelled_line_head_leaves_the_others_their_times),
        cmocka_unit_test(line_whose_only_timer_was_cancelled_is_idle),
        cmocka_unit_test(handler_may_cancel_its_own_event),
        cmocka_unit_test(event_of_this_instant_may_have_an_earlier_lane),
        cmocka_unit_test(scheduling_in_the_past_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
