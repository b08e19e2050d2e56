/* Balancers: who is picked, and how often. */
#include "tests/unit/balance.h"

static void round_robin_serves_each_in_turn(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 3);
    assert_int_equal(pick(&pool), 0);
    assert_int_equal(pick(&pool), 1);
    assert_int_equal(pick(&pool), 2);
    assert_int_equal(pick(&pool), 0);
    pool_end(&pool);
}

static void round_robin_keeps_its_turn_when_one_before_it_leaves(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 5);
    pick(&pool);
    pick(&pool);
    assert_int_equal(pick(&pool), 2);
    leave(&pool, 0);
    assert_int_equal(pick(&pool), 3);
    assert_int_equal(pick(&pool), 4);
    assert_int_equal(pick(&pool), 1);
    pool_end(&pool);
}

static void round_robin_goes_on_behind_the_one_that_left(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 5);
    pick(&pool);
    assert_int_equal(pick(&pool), 1);
    leave(&pool, 1);
    assert_int_equal(pick(&pool), 2);
    pool_end(&pool);
}

static void round_robin_skips_the_next_when_it_left(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 4);
    assert_int_equal(pick(&pool), 0);
    leave(&pool, 1);
    assert_int_equal(pick(&pool), 2);
    pool_end(&pool);
}

static void round_robin_starts_over_when_the_last_of_the_list_leaves_in_its_turn(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 3);
    pick(&pool);
    pick(&pool);
    assert_int_equal(pick(&pool), 2);
    leave(&pool, 2);
    assert_int_equal(pick(&pool), 0);
    pool_end(&pool);
}

static void round_robin_gives_a_newcomer_its_turn(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "round_robin", 2);
    pick(&pool);
    assert_int_equal(pick(&pool), 1);
    join(&pool, 2);
    assert_int_equal(pick(&pool), 2);
    assert_int_equal(pick(&pool), 0);
    pool_end(&pool);
}

/* Chi-square with 6 degrees of freedom: 22.46 is exceeded once in 1000. */
static void random_picks_each_equally_often(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[7] = {0};
    const double share[7] = {1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0, 1 / 7.0};
    pool_begin(&pool, "random", 7);
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 7) < 22.46);
    pool_end(&pool);
}

static void least_request_picks_the_least_loaded(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "least_request", 4);
    memcpy(pool.outstanding, (uint32_t[]){7, 5, 2, 9}, 4 * sizeof(uint32_t));
    assert_int_equal(pick(&pool), 2);
    assert_int_equal(pick(&pool), 2);
    pool.outstanding[3] = 1;
    assert_int_equal(pick(&pool), 3);
    pool_end(&pool);
}

static void least_request_uses_an_idle_pool_evenly(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "least_request", 3);
    assert_int_equal(pick(&pool), 0);
    assert_int_equal(pick(&pool), 1);
    assert_int_equal(pick(&pool), 2);
    assert_int_equal(pick(&pool), 0);
    pool_end(&pool);
}

static void least_request_passes_ties_round(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "least_request", 4);
    memcpy(pool.outstanding, (uint32_t[]){3, 1, 3, 1}, 4 * sizeof(uint32_t));
    assert_int_equal(pick(&pool), 1);
    assert_int_equal(pick(&pool), 3);
    assert_int_equal(pick(&pool), 1);
    pool_end(&pool);
}

static void least_request_survives_a_pool_that_shrinks(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "least_request", 4);
    pick(&pool);
    pick(&pool);
    pick(&pool);
    assert_int_equal(pick(&pool), 3);
    leave(&pool, 3);
    leave(&pool, 2);
    assert_int_equal(pick(&pool), 0);
    pool_end(&pool);
}

/* With loads 0 < 1 < 2 < 3 < 4 the k-th best is the better one of 4 - k of the 10 pairs.
 * Chi-square with 3 degrees of freedom: 16.27 is exceeded once in 1000. */
static void power_of_two_meets_every_pair_equally_often(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[5] = {0};
    const double share[4] = {0.4, 0.3, 0.2, 0.1};
    pool_begin(&pool, "power_of_two", 5);
    memcpy(pool.outstanding, (uint32_t[]){0, 1, 2, 3, 4}, 5 * sizeof(uint32_t));
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 4) < 16.27);
    assert_int_equal(counts[4], 0); /* two different candidates: the worst is never alone */
    pool_end(&pool);
}

static void power_of_two_among_equals_is_uniform(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[4] = {0};
    const double share[4] = {0.25, 0.25, 0.25, 0.25};
    pool_begin(&pool, "power_of_two", 4);
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 4) < 16.27);
    pool_end(&pool);
}

static void power_of_two_of_two_is_the_better_one(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    pool_begin(&pool, "power_of_two", 2);
    pool.outstanding[0] = 1;
    count(&pool, counts);
    assert_int_equal(counts[0], 0);
    pool_end(&pool);
}

static void power_of_two_draws_one_word_a_pick_and_none_for_a_single_instance(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "power_of_two", 6);
    struct ust_rng one_on = pool.rng;
    ust_rng_u64(&one_on);
    pick(&pool);
    assert_true(pool.rng.state == one_on.state);
    pool.view.ready_n = 1;
    assert_int_equal(pick(&pool), 0);
    assert_true(pool.rng.state == one_on.state);
    pool_end(&pool);
}

/* Chi-square with 3 degrees of freedom: 16.27 is exceeded once in 1000. */
static void weighted_picks_in_proportion_to_the_weights(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[5] = {0};
    const double share[4] = {0.05, 0.15, 0.3, 0.5};
    pool_begin(&pool, "weighted", 5);
    memcpy(pool.weight, (double[]){1, 3, 6, 10, 0}, 5 * sizeof(double));
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 4) < 16.27);
    assert_int_equal(counts[4], 0);
    pool_end(&pool);
}

static void weighted_follows_a_change_of_weights(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    pool_begin(&pool, "weighted", 2);
    pick(&pool);
    pool.weight[0] = 0;
    pool.view.changes++;
    count(&pool, counts);
    assert_int_equal(counts[0], 0);
    pool_end(&pool);
}

static void weighted_without_any_weight_is_uniform(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[4] = {0};
    const double share[4] = {0.25, 0.25, 0.25, 0.25};
    pool_begin(&pool, "weighted", 4);
    memset(pool.weight, 0, sizeof pool.weight);
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 4) < 16.27);
    pool_end(&pool);
}

static void every_balancer_picks_only_what_is_ready(void **unused)
{
    (void)unused;
    for (const struct ust_kind *const *kind = ust_balance_registry.kinds; *kind; kind++) {
        struct pool pool;
        pool_begin(&pool, (*kind)->name, 8);
        for (int i = 0; i < 100; i++)
            pick(&pool);
        leave(&pool, 0);
        leave(&pool, 3);
        leave(&pool, 7);
        for (int i = 0; i < 1000; i++) {
            uint32_t number = pick(&pool);
            assert_true(number != 0 && number != 3 && number < 7);
        }
        leave(&pool, 1);
        leave(&pool, 2);
        leave(&pool, 4);
        leave(&pool, 5);
        assert_int_equal(pick(&pool), 6);
        pool_end(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_serves_each_in_turn),
        cmocka_unit_test(round_robin_keeps_its_turn_when_one_before_it_leaves),
        cmocka_unit_test(round_robin_goes_on_behind_the_one_that_left),
        cmocka_unit_test(round_robin_skips_the_next_when_it_left),
        cmocka_unit_test(round_robin_starts_over_when_the_last_of_the_list_leaves_in_its_turn),
        cmocka_unit_test(round_robin_gives_a_newcomer_its_turn),
        cmocka_unit_test(random_picks_each_equally_often),
        cmocka_unit_test(least_request_picks_the_least_loaded),
        cmocka_unit_test(least_request_uses_an_idle_pool_evenly),
        cmocka_unit_test(least_request_passes_ties_round),
        cmocka_unit_test(least_request_survives_a_pool_that_shrinks),
        cmocka_unit_test(power_of_two_meets_every_pair_equally_often),
        cmocka_unit_test(power_of_two_among_equals_is_uniform),
        cmocka_unit_test(power_of_two_of_two_is_the_better_one),
        cmocka_unit_test(power_of_two_draws_one_word_a_pick_and_none_for_a_single_instance),
        cmocka_unit_test(weighted_picks_in_proportion_to_the_weights),
        cmocka_unit_test(weighted_follows_a_change_of_weights),
        cmocka_unit_test(weighted_without_any_weight_is_uniform),
        cmocka_unit_test(every_balancer_picks_only_what_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
