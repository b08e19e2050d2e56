/* Bracketing and bisection of a load, on functions whose crossings are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "analysis/study/search.h"

struct world {
    double limit, half; /* margin is limit - factor, give or take half */
    unsigned asked;
};

static enum ust_status line(void *context, double factor, struct ust_interval *margin)
{
    struct world *world = context;
    double value = world->limit - factor;
    world->asked++;
    *margin = (struct ust_interval){value, value - world->half, value + world->half};
    return UST_OK;
}

static struct ust_search search_of(struct world *world)
{
    struct ust_search search = {
        .least = 1.0 / 64, .most = 64, .tolerance = 0.01, .ask = line, .context = world};
    assert_int_equal(ust_search_run(&search), UST_OK);
    return search;
}

static void all_three_crossings_are_bracketed_within_the_tolerance(void **state)
{
    (void)state;
    struct world world = {.limit = 5.0, .half = 0.5};
    struct ust_search search = search_of(&world);
    static const double crossing[] = {4.5, 5.0, 5.5};
    for (int level = 0; level < UST_SEARCH_LEVELS; level++) {
        assert_true(search.holds[level] <= crossing[level]);
        assert_true(search.breaks[level] > crossing[level]);
        assert_true(search.breaks[level] / search.holds[level] <= 1.01);
    }
}

static void a_limit_below_the_load_as_written_is_found_downwards(void **state)
{
    (void)state;
    struct world world = {.limit = 0.2, .half = 0.01};
    struct ust_search search = search_of(&world);
    assert_true(search.holds[UST_SEARCH_VALUE] <= 0.2);
    assert_true(search.holds[UST_SEARCH_VALUE] > 0.198);
}

static void no_load_is_asked_for_twice(void **state)
{
    (void)state;
    struct world world = {.limit = 5.0, .half = 0.5};
    struct ust_search search = search_of(&world);
    assert_int_equal(world.asked, search.n);
    for (uint32_t i = 1; i < search.n; i++)
        assert_true(search.point[i - 1].factor < search.point[i].factor);
}

static void what_never_breaks_ends_at_the_most(void **state)
{
    (void)state;
    struct world world = {.limit = 1e9};
    struct ust_search search = search_of(&world);
    assert_true(search.holds[UST_SEARCH_VALUE] == 64.0);
    assert_true(isinf(search.breaks[UST_SEARCH_VALUE]));
}

static void what_never_holds_ends_at_the_least(void **state)
{
    (void)state;
    struct world world = {.limit = -1.0};
    struct ust_search search = search_of(&world);
    assert_true(search.holds[UST_SEARCH_VALUE] == 0.0);
    assert_true(search.breaks[UST_SEARCH_VALUE] == 1.0 / 64);
}

/* Holds up to 2, and again between 3.5 and 6. */
static enum ust_status twice(void *context, double factor, struct ust_interval *margin)
{
    (void)context;
    double value = factor <= 2.0 || (factor > 3.5 && factor < 6.0) ? 1.0 : -1.0;
    *margin = (struct ust_interval){value, value, value};
    return UST_OK;
}

static void a_load_that_holds_above_one_that_breaks_does_not_count(void **state)
{
    (void)state;
    struct ust_search search = {.least = 1, .most = 64, .tolerance = 0.01, .ask = twice};
    assert_int_equal(ust_search_run(&search), UST_OK);
    for (uint32_t i = 0; i < search.n; i++)
        if (search.point[i].factor <= search.holds[UST_SEARCH_VALUE])
            assert_true(search.point[i].margin.value >= 0.0);
}

/* One replication alone has no interval. */
static enum ust_status bare(void *context, double factor, struct ust_interval *margin)
{
    (void)context;
    *margin = (struct ust_interval){3.0 - factor, ust_nan(), ust_nan()};
    return UST_OK;
}

static void without_an_interval_all_three_are_the_estimate(void **state)
{
    (void)state;
    struct ust_search search = {.least = 1, .most = 64, .tolerance = 0.01, .ask = bare};
    assert_int_equal(ust_search_run(&search), UST_OK);
    assert_true(search.holds[UST_SEARCH_LOW] == search.holds[UST_SEARCH_VALUE]);
    assert_true(search.breaks[UST_SEARCH_HIGH] == search.breaks[UST_SEARCH_VALUE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_three_crossings_are_bracketed_within_the_tolerance),
        cmocka_unit_test(a_limit_below_the_load_as_written_is_found_downwards),
        cmocka_unit_test(no_load_is_asked_for_twice),
        cmocka_unit_test(what_never_breaks_ends_at_the_most),
        cmocka_unit_test(what_never_holds_ends_at_the_least),
        cmocka_unit_test(a_load_that_holds_above_one_that_breaks_does_not_count),
        cmocka_unit_test(without_an_interval_all_three_are_the_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
