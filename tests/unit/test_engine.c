/* The engine against a model that keeps everything in one list and looks for the least. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/core/engine.h"
#include "sim/rand/rng.h"

#define ALL_NEAR UINT32_MAX

/* ---- recording what fires ---- */

struct record {
    struct ust_engine engine;
    uint32_t note;
    uint64_t fired[64];
    size_t fired_n;
};

static void note(void *context, uint64_t argument)
{
    struct record *record = context;
    assert_in_range(record->fired_n, 0, 63);
    record->fired[record->fired_n++] = argument;
}

static void begin(struct record *record)
{
    *record = (struct record){0};
    ust_engine_init(&record->engine);
    record->note = ust_engine_handler(&record->engine, note, record);
}

static void assert_fired(const struct record *record, size_t n, const uint64_t *expected)
{
    assert_int_equal(record->fired_n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(record->fired[i], expected[i]);
}

#define ASSERT_FIRED(record, ...)                                                              \
    assert_fired(record, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),                 \
                 (const uint64_t[]){__VA_ARGS__})

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

/* ---- against the model ---- */

/* Everything that can be done, chosen at random, with the model told of each step. */

enum kind { SINGLE, LINE, SOURCE };

struct entry {
    ust_time at;
    uint64_t birth;
    struct ust_timer timer;
    uint32_t stream;
    uint8_t lane, kind;
    bool alive;
};

#define LINES   5
#define SOURCES 5

struct model {
    struct ust_engine engine;
    struct ust_rng rng;
    struct entry *entries; /* by identity: the order of scheduling */
    uint32_t entries_n, entries_max, first_alive;
    uint32_t armed[SOURCES]; /* its entry, or UINT32_MAX */
    uint32_t lines[LINES], sources[SOURCES];
    ust_time delays[LINES];
    uint32_t handler, source_handler;
    uint64_t births, alive, fired, wrong;
    uint32_t target; /* pending events that the dice strive for */
    bool check;
    int spread; /* bits of the delays */
};

static uint32_t least(struct model *m)
{
    uint32_t best = UINT32_MAX;
    while (m->first_alive < m->entries_n && !m->entries[m->first_alive].alive)
        m->first_alive++;
    for (uint32_t i = m->first_alive; i < m->entries_n; i++) {
        const struct entry *a = &m->entries[i], *b = &m->entries[best];
        if (!a->alive)
            continue;
        if (best == UINT32_MAX || a->at < b->at ||
            (a->at == b->at &&
             (a->lane < b->lane || (a->lane == b->lane && a->birth < b->birth))))
            best = i;
    }
    return best;
}

static uint32_t add(struct model *m, ust_time at, uint8_t lane, enum kind kind, uint32_t stream)
{
    m->entries[m->entries_n] = (struct entry){.at = at,
                                              .birth = ++m->births,
                                              .lane = lane,
                                              .kind = (uint8_t)kind,
                                              .stream = stream,
                                              .alive = true};
    m->alive++;
    return m->entries_n++;
}

static void bury(struct model *m, uint32_t id)
{
    m->entries[id].alive = false;
    m->alive--;
}

static ust_time some_delay(struct model *m)
{
    switch (ust_rng_below(&m->rng, 8)) {
    case 0:
        return 0;
    case 1:
        return (ust_time)ust_rng_below(&m->rng, 4);
    case 2: /* any magnitude, centuries included */
        return (ust_time)(ust_rng_u64(&m->rng) >> (4 + ust_rng_below(&m->rng, 60)));
    default:
        return (ust_time)(ust_rng_u64(&m->rng) >> (64 - m->spread));
    }
}

/* No further than the end of time. */
static ust_time later(const struct model *m, ust_time delay)
{
    ust_time now = ust_now(&m->engine);
    return delay > INT64_MAX - 1 - now ? INT64_MAX - 1 : now + delay;
}

static void cancel_some(struct model *m)
{
    if (m->entries_n == 0)
        return;
    uint32_t id = ust_rng_below(&m->rng, m->entries_n); /* dead or alive */
    struct entry *entry = &m->entries[id];
    if (entry->kind == SINGLE) {
        assert_int_equal(ust_timer_is_pending(&m->engine, entry->timer), entry->alive);
        ust_cancel(&m->engine, entry->timer);
        assert_false(ust_timer_is_pending(&m->engine, entry->timer));
    } else if (entry->kind == LINE) {
        ust_line_cancel(&m->engine, m->lines[entry->stream], entry->timer);
    } else {
        return;
    }
    if (entry->alive)
        bury(m, id);
}

static void arm_some(struct model *m, uint32_t source)
{
    if (m->armed[source] != UINT32_MAX && m->entries[m->armed[source]].alive)
        return; /* only its own handler moves a source on */
    ust_time at = later(m, some_delay(m));
    m->armed[source] = add(m, at, (uint8_t)(source % UST_LANE_END), SOURCE, source);
    ust_source_arm(&m->engine, m->sources[source], at);
}

static void do_something(struct model *m)
{
    uint32_t dice = ust_rng_below(&m->rng, 16);
    if (m->entries_n == m->entries_max)
        return;
    if (dice < 3) {
        cancel_some(m);
    } else if (dice < 4) {
        arm_some(m, ust_rng_below(&m->rng, SOURCES));
    } else if (dice < 7) {
        uint32_t line = ust_rng_below(&m->rng, LINES);
        if (ust_now(&m->engine) > INT64_MAX - 1 - m->delays[line])
            return;
        uint32_t id = add(m, ust_now(&m->engine) + m->delays[line],
                          (uint8_t)((line + 1) % UST_LANE_END), LINE, line);
        m->entries[id].timer = ust_line_start(&m->engine, m->lines[line], id);
    } else {
        ust_time at = later(m, some_delay(m));
        uint8_t lane = (uint8_t)ust_rng_below(&m->rng, UST_LANE_END + 1);
        uint32_t id = add(m, at, lane, SINGLE, 0);
        m->entries[id].timer = ust_schedule(&m->engine, at, lane, m->handler, id);
    }
}

static void happened(struct model *m, uint32_t id)
{
    m->fired++;
    m->wrong += !m->entries[id].alive || m->entries[id].at != ust_now(&m->engine);
    if (m->check)
        m->wrong += id != least(m);
    bury(m, id);
    uint32_t steps = ust_rng_below(&m->rng, m->alive < m->target ? 6 : 2);
    while (steps-- > 0)
        do_something(m);
}

static void single_or_line(void *context, uint64_t id)
{
    happened(context, (uint32_t)id);
}

static void source(void *context, uint64_t which)
{
    struct model *m = context;
    uint32_t id = m->armed[which];
    m->armed[which] = UINT32_MAX;
    happened(m, id);
    if (ust_rng_below(&m->rng, 8) != 0 && m->entries_n < m->entries_max)
        arm_some(m, (uint32_t)which);
}

struct outcome {
    uint64_t fingerprint, fired;
};

struct program {
    uint64_t seed;
    uint32_t near_max, events, target;
    int spread;
    bool check;
    uint64_t births; /* so many before it */
};

static struct outcome play(struct program program)
{
    struct model *m = calloc(1, sizeof *m);
    m->entries_max = program.events;
    m->entries = malloc(program.events * sizeof *m->entries);
    m->rng = ust_rng_derive(program.seed, 0, "engine");
    m->target = program.target;
    m->spread = program.spread;
    m->check = program.check;
    ust_engine_init(&m->engine);
    ust_queue_near(&m->engine.queue, program.near_max);
    m->engine.births = program.births;
    m->handler = ust_engine_handler(&m->engine, single_or_line, m);
    m->source_handler = ust_engine_handler(&m->engine, source, m);
    for (uint32_t i = 0; i < LINES; i++) {
        m->delays[i] = i == 0 ? 0 : (ust_time)(ust_rng_u64(&m->rng) >> (64 - m->spread));
        m->lines[i] =
            ust_line_new(&m->engine, m->delays[i], (i + 1) % UST_LANE_END, m->handler);
    }
    for (uint32_t i = 0; i < SOURCES; i++) {
        m->armed[i] = UINT32_MAX;
        m->sources[i] = ust_source_new(&m->engine, i % UST_LANE_END, m->source_handler, i);
    }
    for (uint32_t i = 0; i < m->target; i++)
        do_something(m);
    assert_int_equal(ust_engine_pending(&m->engine), m->alive);
    ust_engine_run(&m->engine);
    assert_int_equal(m->wrong, 0);
    assert_int_equal(m->alive, 0);
    assert_int_equal(ust_engine_pending(&m->engine), 0);
    assert_int_equal(m->engine.events, m->fired);
    struct outcome outcome = {m->engine.fingerprint, m->fired};
    ust_engine_free(&m->engine);
    free(m->entries);
    free(m);
    return outcome;
}

static void any_program_fires_in_the_order_of_the_model(void **state)
{
    (void)state;
    static const uint32_t targets[] = {1, 3, 10, 50, 200, 700};
    static const int spreads[] = {1, 4, 12, 30, 50, 62};
    uint64_t fired = 0;
    for (uint64_t seed = 0; seed < 36; seed++) {
        uint32_t target = targets[seed / 6];
        fired += play((struct program){seed, (uint32_t)seed % 5 * 5, 6000, target,
                                       spreads[seed % 6], true, 0})
                     .fired;
    }
    assert_in_range(fired, 36 * 2000, 36 * 6000); /* else the programs do too little */
}

static void fingerprint_does_not_depend_on_how_the_queue_works(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 106; seed++) {
        int spread = (int)(seed - 100) * 10 + 6;
        struct outcome near =
            play((struct program){seed, ALL_NEAR, 200000, 5000, spread, false, 0});
        struct outcome far = play((struct program){seed, 0, 200000, 5000, spread, false, 0});
        struct outcome usual =
            play((struct program){seed, UST_NEAR_MAX, 200000, 5000, spread, false, 0});
        assert_true(near.fingerprint == far.fingerprint);
        assert_true(near.fingerprint == usual.fingerprint);
        assert_int_equal(near.fired, usual.fired);
    }
}

static void same_program_gives_the_same_fingerprint(void **state)
{
    (void)state;
    struct outcome first = play((struct program){7, UST_NEAR_MAX, 20000, 500, 30, false, 0});
    struct outcome second = play((struct program){7, UST_NEAR_MAX, 20000, 500, 30, false, 0});
    struct outcome other = play((struct program){8, UST_NEAR_MAX, 20000, 500, 30, false, 0});
    assert_true(first.fingerprint == second.fingerprint);
    assert_true(first.fingerprint != other.fingerprint);
}

static uint64_t fingerprint_of(ust_time at, enum ust_lane lane, uint64_t argument)
{
    struct record r;
    begin(&r);
    ust_schedule(&r.engine, 1, UST_LANE_SERVICE, r.note, 1);
    ust_schedule(&r.engine, at, lane, r.note, argument);
    ust_engine_run(&r.engine);
    uint64_t fingerprint = r.engine.fingerprint;
    ust_engine_free(&r.engine);
    return fingerprint;
}

static void fingerprint_differs_when_one_event_differs(void **state)
{
    (void)state;
    uint64_t fingerprint = fingerprint_of(5, UST_LANE_SERVICE, 2);
    assert_true(fingerprint == fingerprint_of(5, UST_LANE_SERVICE, 2));
    assert_true(fingerprint != fingerprint_of(6, UST_LANE_SERVICE, 2));
    assert_true(fingerprint != fingerprint_of(5, UST_LANE_CONTROL, 2));
    assert_true(fingerprint != fingerprint_of(5, UST_LANE_SERVICE, 3));
}

static void stamp_changes_the_fingerprint(void **state)
{
    (void)state;
    struct record r;
    begin(&r);
    uint64_t before = r.engine.fingerprint;
    ust_engine_stamp(&r.engine, 1);
    uint64_t once = r.engine.fingerprint;
    assert_true(before != once);
    ust_engine_stamp(&r.engine, 1);
    assert_true(once != r.engine.fingerprint);
    ust_engine_free(&r.engine);
}

/* ---- size ---- */

struct bulk {
    struct ust_engine engine;
    ust_time last;
    uint64_t last_birth, seen, wrong;
};

static void in_order(void *context, uint64_t birth)
{
    struct bulk *bulk = context;
    ust_time now = ust_now(&bulk->engine);
    bulk->wrong += now < bulk->last || (now == bulk->last && birth <= bulk->last_birth);
    bulk->last = now;
    bulk->last_birth = birth;
    bulk->seen++;
}

static void fires_all_in_order(uint32_t near, uint64_t times)
{
    struct bulk bulk = {.last = -1};
    struct ust_rng rng = ust_rng_derive(times, 0, "bulk");
    ust_engine_init(&bulk.engine);
    ust_queue_near(&bulk.engine.queue, near);
    uint32_t handler = ust_engine_handler(&bulk.engine, in_order, &bulk);
    for (uint64_t birth = 1; birth <= 200000; birth++) {
        ust_time at = (ust_time)(ust_rng_u64(&rng) % times);
        ust_schedule(&bulk.engine, at, UST_LANE_SERVICE, handler, birth);
    }
    assert_int_equal(ust_engine_pending(&bulk.engine), 200000);
    ust_engine_run(&bulk.engine);
    assert_int_equal(bulk.seen, 200000);
    assert_int_equal(bulk.wrong, 0);
    ust_engine_free(&bulk.engine);
}

static void many_events_fire_in_order_however_they_lie(void **state)
{
    (void)state;
    fires_all_in_order(UST_NEAR_MAX, 1); /* all at once */
    fires_all_in_order(UST_NEAR_MAX, 3);
    fires_all_in_order(UST_NEAR_MAX, 1000);
    fires_all_in_order(UST_NEAR_MAX, 1000000000);
    fires_all_in_order(UST_NEAR_MAX, INT64_MAX);
    fires_all_in_order(ALL_NEAR, 3);
    fires_all_in_order(ALL_NEAR, INT64_MAX);
}

/* Each event of the instant makes two more of the same instant, until there are many. */
static void breed(void *context, uint64_t birth)
{
    struct bulk *bulk = context;
    in_order(context, birth);
    for (int i = 0; i < 2 && bulk->engine.births < 100000; i++)
        ust_schedule(&bulk->engine, ust_now(&bulk->engine), UST_LANE_SERVICE, 0,
                     bulk->engine.births + 1);
}

static void one_instant_may_breed_without_end(void **state)
{
    (void)state;
    struct bulk bulk = {.last = -1};
    ust_engine_init(&bulk.engine);
    ust_engine_handler(&bulk.engine, breed, &bulk);
    ust_schedule(&bulk.engine, 12345, UST_LANE_SERVICE, 0, 1);
    ust_engine_run(&bulk.engine);
    assert_int_equal(bulk.seen, 100000);
    assert_int_equal(bulk.wrong, 0);
    ust_engine_free(&bulk.engine);
}

/* ---- birth numbers that have run far ---- */

static uint64_t program_from_birth(uint64_t births, uint32_t near, struct record *r)
{
    begin(r);
    ust_queue_near(&r->engine.queue, near);
    struct ust_engine *engine = &r->engine;
    uint32_t line = ust_line_new(engine, 5, UST_LANE_SERVICE, r->note);
    uint32_t later = ust_line_new(engine, 9, UST_LANE_SERVICE, r->note);
    uint32_t source = ust_source_new(engine, UST_LANE_SERVICE, r->note, 3);
    engine->births = births;
    ust_schedule(engine, 5, UST_LANE_SERVICE, r->note, 1);
    struct ust_timer head = ust_line_start(engine, line, 9);
    ust_line_start(engine, line, 2);
    ust_line_cancel(engine, line, head);
    ust_source_arm(engine, source, 5);
    ust_cancel(engine, ust_schedule(engine, 5, UST_LANE_SERVICE, r->note, 9));
    ust_schedule(engine, 5, UST_LANE_SERVICE, r->note, 4);
    ust_schedule(engine, 1, UST_LANE_SERVICE, r->note, 0);
    ust_schedule(engine, INT64_MAX / 3, UST_LANE_SERVICE, r->note, 6);
    ust_schedule(engine, INT64_MAX / 3, UST_LANE_CONTROL, r->note, 7);
    ust_line_start(engine, later, 5);
    ust_engine_run(engine);
    ASSERT_FIRED(r, 0, 1, 2, 3, 4, 5, 6, 7);
    uint64_t left = engine->births, fingerprint = engine->fingerprint;
    ust_engine_free(engine);
    /* Born 10 times. What is pending has 8 numbers, and the tree remembers the cancelled head.
     */
    assert_int_equal(left, births == 0 ? 10 : 9);
    return fingerprint;
}

static void renumbered_births_keep_the_order(void **state)
{
    (void)state;
    struct record r;
    uint64_t end = (uint64_t)1 << (UST_BIRTH_BITS - 1);
    program_from_birth(0, UST_NEAR_MAX, &r);
    uint64_t usual = program_from_birth(end, UST_NEAR_MAX, &r);
    assert_true(usual == program_from_birth(end, 0, &r));
    /* In the midst of a program, again and again compared with the model. */
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct program program = {seed, 3, 4000, 100, 20, true, end - 1000};
        struct outcome far = play(program);
        program.near_max = ALL_NEAR;
        assert_true(far.fingerprint == play(program).fingerprint);
    }
}

/* ---- memory ---- */

struct hold {
    struct ust_engine engine;
    struct ust_rng rng;
    uint64_t left;
    uint32_t line;
};

static void hold(void *context, uint64_t argument)
{
    struct hold *h = context;
    if (h->left == 0)
        return;
    if (--h->left == 0)
        ust_engine_stop(&h->engine);
    ust_time now = ust_now(&h->engine);
    ust_line_cancel(&h->engine, h->line, ust_line_start(&h->engine, h->line, 0));
    struct ust_timer timeout =
        ust_schedule(&h->engine, now + 3600 * UST_S, UST_LANE_CLIENT, 0, argument);
    ust_schedule(&h->engine, now + (ust_time)(ust_rng_u64(&h->rng) >> 34), UST_LANE_SERVICE, 0,
                 argument);
    ust_cancel(&h->engine, timeout);
}

static size_t bytes_of(const struct ust_engine *engine)
{
    const struct ust_queue *queue = &engine->queue;
    size_t bytes =
        engine->slots_capacity * sizeof *engine->slots +
        engine->nodes_capacity * sizeof *engine->nodes +
        2 * (queue->leaves_capacity + (size_t)queue->run_capacity) * sizeof(ust_event_key);
    for (const struct ust_chunk_block *block = queue->blocks; block; block = block->older)
        bytes += block->n * sizeof(struct ust_chunk);
    return bytes;
}

static void memory_stays_flat_however_many_events_pass(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {10, 1000, 20000};
    for (int i = 0; i < 3; i++) {
        struct hold h = {.rng = ust_rng_derive(1, 0, "hold")};
        ust_engine_init(&h.engine);
        ust_engine_handler(&h.engine, hold, &h);
        h.line = ust_line_new(&h.engine, UST_S, UST_LANE_CLIENT, 0);
        for (uint32_t k = 0; k < sizes[i]; k++)
            ust_schedule(&h.engine, k, UST_LANE_SERVICE, 0, k);
        h.left = 4 * sizes[i] + 10000;
        ust_engine_run(&h.engine);
        size_t early = bytes_of(&h.engine);
        h.left = 1000000;
        ust_engine_run(&h.engine);
        assert_int_equal(bytes_of(&h.engine), early);
        assert_int_equal(ust_engine_pending(&h.engine), sizes[i]);
        ust_engine_free(&h.engine);
    }
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
        cmocka_unit_test(any_program_fires_in_the_order_of_the_model),
        cmocka_unit_test(fingerprint_does_not_depend_on_how_the_queue_works),
        cmocka_unit_test(same_program_gives_the_same_fingerprint),
        cmocka_unit_test(fingerprint_differs_when_one_event_differs),
        cmocka_unit_test(stamp_changes_the_fingerprint),
        cmocka_unit_test(many_events_fire_in_order_however_they_lie),
        cmocka_unit_test(one_instant_may_breed_without_end),
        cmocka_unit_test(renumbered_births_keep_the_order),
        cmocka_unit_test(memory_stays_flat_however_many_events_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
