/* What load to expect, from plans alone: hand-made sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "models/world/load.h"
#include "tests/unit/scenario_help.h"

static void near(double seen, double exact)
{
    if (fabs(seen - exact) > 1e-9 * fabs(exact) + 1e-12)
        fail_msg("%.12g is not %.12g", seen, exact);
}

static struct ust_load peak(struct world *world, char *text, uint32_t service, double from_s,
                            double to_s)
{
    struct ust_load load;
    world_open(world, text);
    assert_non_null(world->scenario);
    ust_load_peak(world->spec.arena, world->scenario->config, service,
                  ust_time_from_seconds(from_s), ust_time_from_seconds(to_s), &load);
    free(text);
    return load;
}

static void a_constant_rate_times_its_work_is_the_load(void **state)
{
    (void)state;
    struct world world;
    struct ust_load load = peak(&world, strdup(base), 0, 60, 3660);
    near(load.rate, 20);
    near(load.work, 20 * 0.010);
    assert_int_equal(load.n, 1);
    world_close(&world);
}

static void the_busiest_minute_is_found_and_only_where_it_was_asked_for(void **state)
{
    /* Points count from the beginning of the run. */
    static const char rates[] =
        "{kind: piecewise, points: [{at: 0 s, rate: 10 /s}, {at: 30 min, "
        "rate: 40 /s}, {at: 31 min, rate: 40 /s}, {at: 40 min, rate: 5 "
        "/s}]}";
    (void)state;
    struct world world;
    struct ust_load load =
        peak(&world, with(base, "{kind: poisson, rate: 20 req/s}", rates), 0, 60, 3660);
    near(load.rate, 40);
    assert_int_equal(load.at, ust_time_from_seconds(30 * 60));
    world_close(&world);
    load = peak(&world, with(base, "{kind: poisson, rate: 20 req/s}", rates), 0, 60, 660);
    near(load.rate, 10); /* a rate stays until the next point */
    world_close(&world);
}

static void sessions_bring_as_many_requests_as_they_have_on_average(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "rate: 20 req/s}}", "rate: 2 sessions/s}, mode: sessions}");
    char *more = with(text, "    source: {how: assumed, note: test}\nregions",
                      "    session: {requests: 7, think: 10 s}\n"
                      "    source: {how: assumed, note: test}\nregions");
    free(text);
    struct ust_load load = peak(&world, more, 0, 60, 3660);
    near(load.rate, 14);
    world_close(&world);
}

static void calls_bring_their_own_work_as_often_as_they_are_made(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "    health_check: {interval: 10 s}\n    pools:",
                      "    calls: [{service: data, count: 3, probability: 50 %, work: 4 ms}]\n"
                      "    health_check: {interval: 10 s}\n    pools:");
    char *more = with(text, "traffic:\n",
                      "  data:\n    instance: {name: tiny, tuning: {slots: 2}, source: {how: "
                      "assumed, note: test}}\n    pools: {us-east-1: 1, us-west-2: 1}\n"
                      "traffic:\n");
    free(text);
    struct ust_load load = peak(&world, more, 1, 60, 3660);
    near(load.rate, 20 * 3 * 0.5);
    near(load.work, 20 * 3 * 0.5 * 0.004);
    assert_string_equal(load.part[0].traffic->persona->name, "shopper");
    world_close(&world);
}

static void what_is_injected_is_nobodys_load(void **state)
{
    (void)state;
    struct world world;
    char *text =
        with(base, "objectives:\n",
             "injections: [{persona: shopper, region: us-west-2, at: 1 min, duration: 5 "
             "min, rate: 500 req/s}]\nobjectives:\n");
    near(peak(&world, text, 0, 60, 3660).rate, 20);
    world_close(&world);
}

static void a_service_that_nobody_asks_has_no_load(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "traffic:\n",
                      "  idle:\n    instance: {name: tiny, tuning: {slots: 2}, source: {how: "
                      "assumed, note: test}}\n    pools: {us-east-1: 1, us-west-2: 1}\n"
                      "traffic:\n");
    struct ust_load load = peak(&world, text, 1, 60, 3660);
    assert_true(load.rate <= 0 && load.work <= 0);
    assert_int_equal(load.n, 0);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_rate_times_its_work_is_the_load),
        cmocka_unit_test(the_busiest_minute_is_found_and_only_where_it_was_asked_for),
        cmocka_unit_test(sessions_bring_as_many_requests_as_they_have_on_average),
        cmocka_unit_test(calls_bring_their_own_work_as_often_as_they_are_made),
        cmocka_unit_test(what_is_injected_is_nobodys_load),
        cmocka_unit_test(a_service_that_nobody_asks_has_no_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
