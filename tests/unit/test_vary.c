/* Ladders of values, and the assignments that a candidate is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "analysis/study/vary.h"
#include "tests/unit/scenario_help.h"

static struct ust_varied one(const struct ust_scenario *scenario, const char *path,
                             int32_t region)
{
    struct ust_varied varied = {.n = 1, .scenario = scenario};
    varied.vary[0] = (struct ust_vary){.path = path,
                                       .pool = true,
                                       .service = 0,
                                       .region = region,
                                       .low = 1,
                                       .high = 20,
                                       .levels = 20,
                                       .whole = true,
                                       .unit = ""};
    return varied;
}

static void
a_pools_floor_follows_its_instances_and_its_ceiling_is_raised_only_where_it_is_lower(
    void **state)
{
    (void)state;
    struct world world;
    const char *sets[3];
    world_open(&world, base);
    struct ust_varied varied = one(world.scenario, "services.web.pools.us-east-1", 0);
    uint32_t level = 5; /* six of 4, min 2, max 8 */
    assert_int_equal(ust_vary_sets(world.spec.arena, &varied, &level, sets), 2);
    assert_string_equal(sets[0], "services.web.pools.us-east-1.instances=6");
    assert_string_equal(sets[1], "services.web.pools.us-east-1.min=6");
    level = 8;
    assert_int_equal(ust_vary_sets(world.spec.arena, &varied, &level, sets), 3);
    assert_string_equal(sets[2], "services.web.pools.us-east-1.max=9");
    world_close(&world);
}

static void a_pool_that_is_a_single_number_stays_one(void **state)
{
    (void)state;
    struct world world;
    const char *sets[3];
    world_open(&world, base);
    struct ust_varied varied = one(world.scenario, "services.web.pools.us-west-2", 1);
    uint32_t level = 2;
    assert_int_equal(ust_vary_sets(world.spec.arena, &varied, &level, sets), 1);
    assert_string_equal(sets[0], "services.web.pools.us-west-2=3");
    world_close(&world);
}

static void a_candidate_of_a_pool_is_a_scenario_that_has_it(void **state)
{
    (void)state;
    struct world world, changed;
    const char *sets[3];
    world_open(&world, base);
    struct ust_varied varied = one(world.scenario, "services.web.pools.us-east-1", 0);
    uint32_t level = 9;
    size_t n = ust_vary_sets(world.spec.arena, &varied, &level, sets);
    changed.spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root = ust_spec_read_text(&changed.spec, "t.yaml", base, strlen(base));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(ust_spec_set(&changed.spec, root, sets[i], 1), UST_OK);
    changed.scenario = ust_scenario_decode(&changed.spec, "t.yaml", root);
    assert_non_null(changed.scenario);
    const struct ust_pool_config *pool = &changed.scenario->config->pools[0];
    assert_int_equal(pool->instances, 10);
    assert_int_equal(pool->min, 10);
    assert_int_equal(pool->max, 10);
    world_close(&changed);
    world_close(&world);
}

static void whole_ladders_count_and_others_are_even(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const struct ust_vary whole = {.low = 3, .high = 9, .levels = 7, .whole = true, .unit = ""};
    const struct ust_vary even = {.low = 0.5, .high = 2, .levels = 4, .unit = "GiB"};
    assert_string_equal(ust_vary_text(arena, &whole, 0), "3");
    assert_string_equal(ust_vary_text(arena, &whole, 6), "9");
    assert_string_equal(ust_vary_text(arena, &even, 1), "1 GiB");
    assert_string_equal(ust_vary_text(arena, &even, 3), "2 GiB");
    ust_arena_free(arena);
}

static void a_value_is_found_at_the_first_level_that_reaches_it(void **state)
{
    (void)state;
    const struct ust_vary vary = {.low = 3, .high = 9, .levels = 7, .whole = true, .unit = ""};
    assert_int_equal(ust_vary_level(&vary, 1), 0);
    assert_int_equal(ust_vary_level(&vary, 4.5), 2);
    assert_int_equal(ust_vary_level(&vary, 9), 6);
    assert_int_equal(ust_vary_level(&vary, 10), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_pools_floor_follows_its_instances_and_its_ceiling_is_raised_only_where_it_is_lower),
        cmocka_unit_test(a_pool_that_is_a_single_number_stays_one),
        cmocka_unit_test(a_candidate_of_a_pool_is_a_scenario_that_has_it),
        cmocka_unit_test(whole_ladders_count_and_others_are_even),
        cmocka_unit_test(a_value_is_found_at_the_first_level_that_reaches_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
