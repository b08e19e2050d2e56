/* The smallest that is enough, on lattices where it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/study/smallest.h"

struct world {
    uint32_t need;    /* of one count: the least level that is enough */
    uint32_t area;    /* of two: (a + 1)(b + 1) has to reach it */
    uint32_t each[3]; /* of three: each has to reach its own */
    unsigned asked;
};

static enum ust_status one(void *context, const uint32_t *level, bool *enough)
{
    struct world *world = context;
    world->asked++;
    *enough = level[0] >= world->need;
    return UST_OK;
}

static struct ust_smallest line_of(struct world *world, uint32_t levels, uint32_t start)
{
    struct ust_smallest search = {.counts = 1,
                                  .levels = {levels},
                                  .start = {start},
                                  .price = {1.0},
                                  .ask = one,
                                  .context = world};
    assert_int_equal(ust_smallest_run(&search), UST_OK);
    return search;
}

static void the_least_level_is_found_from_any_start(void **state)
{
    (void)state;
    for (uint32_t need = 0; need < 20; need++)
        for (uint32_t start = 0; start < 20; start++) {
            struct world world = {.need = need};
            struct ust_smallest found = line_of(&world, 20, start);
            assert_true(found.any);
            assert_int_equal(found.level[0], need);
            assert_true(world.asked <= 10); /* 2 log2(20) and an end */
        }
}

static void nothing_is_enough_only_after_the_highest_was_asked(void **state)
{
    (void)state;
    struct world world = {.need = 20};
    struct ust_smallest found = line_of(&world, 20, 3);
    assert_false(found.any);
    assert_int_equal(found.level[0], 19);
}

static void a_ladder_of_one_level_is_asked_once(void **state)
{
    (void)state;
    struct world world = {.need = 0};
    assert_true(line_of(&world, 1, 0).any);
    assert_int_equal(world.asked, 1);
    world = (struct world){.need = 1};
    assert_false(line_of(&world, 1, 0).any);
    assert_int_equal(world.asked, 1);
}

static void a_start_above_the_ladder_begins_at_its_top(void **state)
{
    (void)state;
    struct world world = {.need = 2};
    assert_int_equal(line_of(&world, 5, 900).level[0], 2);
}

static enum ust_status product(void *context, const uint32_t *level, bool *enough)
{
    struct world *world = context;
    world->asked++;
    *enough = (level[0] + 1) * (level[1] + 1) >= world->area;
    return UST_OK;
}

/* By trying everything. */
static double cheapest(uint32_t na, uint32_t nb, uint32_t area, double pa, double pb)
{
    double best = 1e9;
    for (uint32_t a = 0; a < na; a++)
        for (uint32_t b = 0; b < nb; b++)
            if ((a + 1) * (b + 1) >= area && pa * a + pb * b < best)
                best = pa * a + pb * b;
    return best;
}

static void of_two_the_cheapest_is_found_whatever_the_prices(void **state)
{
    (void)state;
    static const double price[][2] = {{1, 1}, {1, 3}, {3, 1}, {0.1, 7}, {7, 0.1}, {1, 1.7}};
    for (uint32_t p = 0; p < 6; p++)
        for (uint32_t area = 1; area <= 150; area += 7) {
            struct world world = {.area = area};
            struct ust_smallest search = {.counts = 2,
                                          .levels = {15, 10},
                                          .start = {4, 4},
                                          .price = {price[p][0], price[p][1]},
                                          .ask = product,
                                          .context = &world};
            assert_int_equal(ust_smallest_run(&search), UST_OK);
            assert_true(search.any);
            assert_true((search.level[0] + 1) * (search.level[1] + 1) >= area);
            double paid = price[p][0] * search.level[0] + price[p][1] * search.level[1];
            assert_true(paid <= cheapest(15, 10, area, price[p][0], price[p][1]) + 1e-9);
            assert_true(world.asked <= 15 + 10 + 20); /* of 150 */
        }
}

static enum ust_status all_three(void *context, const uint32_t *level, bool *enough)
{
    const struct world *world = context;
    *enough =
        level[0] >= world->each[0] && level[1] >= world->each[1] && level[2] >= world->each[2];
    return UST_OK;
}

static void of_three_none_can_be_lowered_alone(void **state)
{
    (void)state;
    struct world world = {.each = {3, 0, 6}};
    struct ust_smallest search = {.counts = 3,
                                  .levels = {10, 20, 8},
                                  .start = {2, 2, 2},
                                  .price = {1, 2, 3},
                                  .ask = all_three,
                                  .context = &world};
    assert_int_equal(ust_smallest_run(&search), UST_OK);
    assert_true(search.any);
    assert_int_equal(search.level[0], 3);
    assert_int_equal(search.level[1], 0);
    assert_int_equal(search.level[2], 6);
}

static enum ust_status refuses(void *context, const uint32_t *level, bool *enough)
{
    (void)context;
    (void)level;
    (void)enough;
    return UST_STOPPED;
}

static void who_refuses_to_answer_ends_the_search(void **state)
{
    (void)state;
    struct ust_smallest search = {.counts = 1, .levels = {9}, .price = {1}, .ask = refuses};
    assert_int_equal(ust_smallest_run(&search), UST_STOPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_level_is_found_from_any_start),
        cmocka_unit_test(nothing_is_enough_only_after_the_highest_was_asked),
        cmocka_unit_test(a_ladder_of_one_level_is_asked_once),
        cmocka_unit_test(a_start_above_the_ladder_begins_at_its_top),
        cmocka_unit_test(of_two_the_cheapest_is_found_whatever_the_prices),
        cmocka_unit_test(of_three_none_can_be_lowered_alone),
        cmocka_unit_test(who_refuses_to_answer_ends_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
