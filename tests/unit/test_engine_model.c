/* The engine against a model that keeps everything in one list and looks for the least. */
#include "tests/unit/engine_help.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_program_fires_in_the_order_of_the_model),
        cmocka_unit_test(fingerprint_does_not_depend_on_how_the_queue_works),
        cmocka_unit_test(same_program_gives_the_same_fingerprint),
        cmocka_unit_test(fingerprint_differs_when_one_event_differs),
        cmocka_unit_test(stamp_changes_the_fingerprint),
        cmocka_unit_test(renumbered_births_keep_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
