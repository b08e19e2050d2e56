/* The engine with very many events: they fire in order, and its memory stays flat. */
#include "tests/unit/engine_help.h"

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
        cmocka_unit_test(many_events_fire_in_order_however_they_lie),
        cmocka_unit_test(one_instant_may_breed_without_end),
        cmocka_unit_test(memory_stays_flat_however_many_events_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
