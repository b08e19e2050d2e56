/* Balancers that go by weight or by zone, slow start: published formulas and tables. */
#include "tests/unit/balance.h"

#include "models/balance/edf.h"
#include "models/balance/slow_start.h"

/* ---- turns by weight ---- */

static void weighted_round_robin_with_equal_weights_goes_round(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "weighted_round_robin", 3);
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(pick(&pool), i % 3);
    pool_end(&pool);
}

static void weighted_round_robin_gives_each_its_exact_share(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[3] = {0};
    pool_begin(&pool, "weighted_round_robin", 3);
    pool.weight[0] = 5;
    pool.weight[1] = 1;
    pool.weight[2] = 2;
    for (int i = 0; i < 8000; i++)
        counts[pick(&pool)]++;
    assert_in_range(counts[0], 4999, 5001);
    assert_in_range(counts[1], 999, 1001);
    assert_in_range(counts[2], 1999, 2001);
    pool_end(&pool);
}

/* Of weights 3 and 1 no turn of the small one is more than four away. */
static void weighted_round_robin_spreads_turns_evenly(void **unused)
{
    (void)unused;
    struct pool pool;
    int since = 0;
    pool_begin(&pool, "weighted_round_robin", 2);
    pool.weight[0] = 3;
    for (int i = 0; i < 1000; i++) {
        since = pick(&pool) == 1 ? 0 : since + 1;
        assert_true(since <= 4);
    }
    pool_end(&pool);
}

static void weighted_round_robin_keeps_turns_when_others_leave(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "weighted_round_robin", 4);
    assert_int_equal(pick(&pool), 0);
    assert_int_equal(pick(&pool), 1);
    leave(&pool, 0);
    assert_int_equal(pick(&pool), 2);
    assert_int_equal(pick(&pool), 3);
    assert_int_equal(pick(&pool), 1);
    pool_end(&pool);
}

/* Envoy's reference: weight 2 with 4 requests active counts 2 / (4 + 1) = 0.4. */
static void weighted_least_request_divides_weight_by_requests(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    pool_begin(&pool, "weighted_least_request", 2);
    pool.weight[0] = 2;
    pool.outstanding[0] = 4;
    count(&pool, counts);
    CHECK_NEAR((double)counts[0] / N, 0.4 / 1.4, 1e-4);
    pool_end(&pool);
}

static void weighted_least_request_raises_requests_to_the_bias(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    pool_begin(&pool, "{kind: weighted_least_request, active_request_bias: 2}", 2);
    pool.weight[0] = 2;
    pool.outstanding[0] = 4;
    count(&pool, counts);
    CHECK_NEAR((double)counts[0] / N, 0.08 / 1.08, 1e-4);
    pool_end(&pool);
}

static void weighted_least_request_with_bias_0_is_round_robin_by_weight(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    pool_begin(&pool, "{kind: weighted_least_request, active_request_bias: 0}", 2);
    pool.weight[0] = 2;
    pool.outstanding[0] = 40;
    count(&pool, counts);
    CHECK_NEAR((double)counts[0] / N, 2 / 3.0, 1e-4);
    pool_end(&pool);
}

/* Loads 0 < 1 < 2: the best of two with replacement is 0 with 5/9, 1 with 3/9, 2 with 1/9.
 * Chi-square with 2 degrees of freedom: 13.82 is exceeded once in 1000. */
static void weighted_least_request_of_equals_is_the_best_of_two_picks(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[3] = {0};
    const double share[3] = {5 / 9.0, 3 / 9.0, 1 / 9.0};
    pool_begin(&pool, "weighted_least_request", 3);
    pool.outstanding[1] = 1;
    pool.outstanding[2] = 2;
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 3) < 13.82);
    pool_end(&pool);
}

static void weighted_least_request_takes_as_many_choices_as_it_is_told(void **unused)
{
    (void)unused;
    struct pool pool;
    uint64_t counts[2] = {0};
    const double share[2] = {1 - 1 / 16.0, 1 / 16.0};
    pool_begin(&pool, "{kind: weighted_least_request, choice_count: 4}", 2);
    pool.outstanding[1] = 9;
    count(&pool, counts);
    assert_true(policy_chi_square(counts, share, 2) < 10.83);
    pool_end(&pool);
}

/* ---- zones ---- */

/* Instances in zones, of each zone so many present and so many of these ready. */
static void in_zones(struct pool *pool, uint32_t zones, const uint32_t *present,
                     const uint32_t *ready)
{
    uint32_t number = 0;
    pool->view.ready_n = 0;
    pool->view.zones_n = zones;
    for (uint32_t z = 0; z < zones; z++) {
        pool->present[z] = present[z];
        for (uint32_t i = 0; i < present[z]; i++, number++) {
            pool->zone[number] = (uint8_t)z;
            pool->weight[number] = 1;
            if (i < ready[z])
                pool->ready[pool->view.ready_n++] = number;
        }
    }
    assert_true(number <= POOL_MAX);
    pool->view.changes++;
    pool->view.members++;
}

static void zone_shares(struct pool *pool, double *share)
{
    uint64_t counts[4] = {0};
    for (int i = 0; i < N; i++)
        counts[pool->zone[pick(pool)]]++;
    for (uint32_t z = 0; z < pool->view.zones_n; z++)
        share[z] = (double)counts[z] / N;
}

static double share_of_x(uint32_t healthy_percent)
{
    struct pool pool;
    double share[2];
    pool_begin(&pool, "{kind: locality_weighted, weights: [1, 2]}", 2);
    in_zones(&pool, 2, (uint32_t[]){100, 100}, (uint32_t[]){healthy_percent, 100});
    zone_shares(&pool, share);
    pool_end(&pool);
    return share[0];
}

/* The table of Envoy's "Locality weighted load balancing": X of weight 1, Y of weight 2 and all
 * healthy; the page rounds to per cents. */
static void locality_weights_follow_envoys_table(void **unused)
{
    (void)unused;
    CHECK_NEAR(share_of_x(100), 0.33, 0.005);
    CHECK_NEAR(share_of_x(70), 0.33, 0.005);
    CHECK_NEAR(share_of_x(69), 0.32, 0.0061); /* 0.966 / 2.966 = 32.57 %, which it cuts off */
    CHECK_NEAR(share_of_x(50), 0.26, 0.005);
    CHECK_NEAR(share_of_x(25), 0.15, 0.005);
    CHECK_NEAR(share_of_x(0), 0, 0);
}

/* effective weight = weight min(1, 1.4 healthy / total), share = weight / sum. */
static void locality_weights_follow_envoys_formula(void **unused)
{
    (void)unused;
    CHECK_NEAR(share_of_x(69), 0.966 / 2.966, 1e-4);
    CHECK_NEAR(share_of_x(50), 0.7 / 2.7, 1e-4);
    CHECK_NEAR(share_of_x(10), 0.14 / 2.14, 1e-4);
}

static void locality_weights_do_not_count_in_panic(void **unused)
{
    (void)unused;
    struct pool pool;
    double share[2];
    pool_begin(&pool, "{kind: locality_weighted, weights: [1, 2]}", 2);
    in_zones(&pool, 2, (uint32_t[]){30, 10}, (uint32_t[]){30, 10});
    pool.view.panic = true;
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.75, 1e-4);
    pool_end(&pool);
}

static void a_zone_without_ready_instances_gets_nothing_whatever_its_weight(void **unused)
{
    (void)unused;
    struct pool pool;
    double share[3];
    pool_begin(&pool, "{kind: locality_weighted, weights: [1, 0, 9], overprovisioning: 100 %}",
               2);
    in_zones(&pool, 3, (uint32_t[]){4, 4, 4}, (uint32_t[]){2, 4, 0});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 1, 0);
    pool_end(&pool);
}

static void within_a_zone_the_named_balancer_chooses(void **unused)
{
    (void)unused;
    struct pool pool;
    pool_begin(&pool, "{kind: locality_weighted, within: least_request}", 2);
    in_zones(&pool, 2, (uint32_t[]){3, 3}, (uint32_t[]){3, 3});
    for (uint32_t i = 0; i < 6; i++)
        pool.outstanding[i] = i == 1 || i == 5 ? 0 : 3;
    for (int i = 0; i < 10; i++) {
        uint32_t number = pick(&pool);
        assert_true(number == 1 || number == 5);
    }
    pool_end(&pool);
}

/* The example in Envoy's zone_aware_lb: requests come in 40/40/20, instances stand 25/50/25.
 * Of the first zone's requests 25/40 stay, the others go 10 : 5 to the room elsewhere. */
static void zone_aware_keeps_what_it_can_and_fills_the_room_elsewhere(void **unused)
{
    (void)unused;
    struct pool pool;
    double share[3];
    pool_begin(&pool, "{kind: zone_aware, entry: [40 %, 40 %, 20 %]}", 2);
    in_zones(&pool, 3, (uint32_t[]){5, 10, 5}, (uint32_t[]){5, 10, 5});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.25, 0.004); /* 4 standard errors of 200,000 draws */
    CHECK_NEAR(share[1], 0.50, 0.0045);
    CHECK_NEAR(share[2], 0.25, 0.004);
    pool_end(&pool);
}

/* Everything of a zone stays there when it has instances enough. */
static void zone_aware_with_even_zones_never_crosses(void **unused)
{
    (void)unused;
    struct pool pool;
    double share[2];
    pool_begin(&pool, "{kind: zone_aware, entry: [100 %, 0 %]}", 2);
    in_zones(&pool, 2, (uint32_t[]){4, 4}, (uint32_t[]){4, 4});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.5, 0.0045); /* half is all that 4 of 8 may get */
    pool_end(&pool);
    pool_begin(&pool, "{kind: zone_aware, within: least_request}", 2);
    in_zones(&pool, 2, (uint32_t[]){4, 4}, (uint32_t[]){4, 4});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.5, 0.0045);
    pool_end(&pool);
}

static void zone_aware_needs_a_minimum_of_instances(void **unused)
{
    (void)unused;
    struct pool pool;
    double share[2];
    pool_begin(&pool, "{kind: zone_aware, entry: [100 %, 0 %]}", 2);
    in_zones(&pool, 2, (uint32_t[]){4, 1}, (uint32_t[]){4, 1});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.8, 1e-4); /* round robin over all five: below 6 zones do not count */
    pool_end(&pool);
    pool_begin(&pool, "{kind: zone_aware, entry: [80 %, 20 %], min_cluster_size: 5}", 2);
    in_zones(&pool, 2, (uint32_t[]){3, 2}, (uint32_t[]){3, 2});
    zone_shares(&pool, share);
    CHECK_NEAR(share[0], 0.6, 0.0045);
    pool_end(&pool);
}

static void zones_survive_instances_that_come_and_go(void **unused)
{
    (void)unused;
    const char *const kinds[] = {
        "{kind: zone_aware, within: weighted_least_request, min_cluster_size: 1}",
        "{kind: locality_weighted, within: weighted_round_robin}",
        "{kind: locality_weighted, within: weighted}"};
    for (size_t k = 0; k < 3; k++) {
        struct pool pool;
        pool_begin(&pool, kinds[k], 8);
        for (int i = 0; i < 100; i++)
            pick(&pool);
        leave(&pool, 0);
        leave(&pool, 2);
        leave(&pool, 4);
        leave(&pool, 6); /* zone 0 is empty now */
        for (int i = 0; i < 200; i++)
            assert_int_equal(pick(&pool) % 2, 1);
        join(&pool, 2);
        bool seen = false;
        for (int i = 0; i < 200; i++)
            seen |= pick(&pool) == 2;
        assert_true(seen);
        pool_end(&pool);
    }
}

static void mistakes_in_zones_are_told(void **unused)
{
    (void)unused;
    policy_refuses(&ust_balance_registry, "{kind: zone_aware, entry: [50 %, 40 %]}", 31,
                   "the shares of 'entry' add up to 90 %, must be 100 %");
    policy_refuses(&ust_balance_registry, "{kind: locality_weighted, weights: [0, 0]}", 40,
                   "'weights' are all 0; one zone at least needs some");
    policy_refuses(&ust_balance_registry, "{kind: locality_weighted, weights: [1, -1]}", 40,
                   "a weight must be at least 0, got -1");
}

/* ---- slow start ---- */

static double slow(double aggression, double min_weight, double seconds)
{
    const struct ust_slow_start rule = {
        .window = 60 * UST_S, .aggression = aggression, .min_weight = min_weight};
    return ust_slow_start_share(&rule, ust_time_from_seconds(seconds));
}

/* Envoy: max(min_weight_percent, (max(t, 1 s) / window)^(1 / aggression)). */
static void slow_start_follows_envoys_formula(void **unused)
{
    (void)unused;
    CHECK_NEAR(slow(1, 0.1, 0), 0.1, 1e-15);
    CHECK_NEAR(slow(1, 0.1, 30), 0.5, 1e-15);
    CHECK_NEAR(slow(2, 0.1, 15), 0.5, 1e-15);
    CHECK_NEAR(slow(0.5, 0.1, 30), 0.25, 1e-15);
    CHECK_NEAR(slow(0.5, 0.1, 6), 0.1, 1e-15); /* 0.01 would be too little */
    CHECK_NEAR(slow(1, 0.1, 60), 1, 0);
    CHECK_NEAR(slow(1, 0.1, 3600), 1, 0);
}

/* An Application Load Balancer's is a straight line. */
static void slow_start_without_a_minimum_is_a_straight_line(void **unused)
{
    (void)unused;
    CHECK_NEAR(slow(1, 0, 0), 1 / 60.0, 1e-15);
    CHECK_NEAR(slow(1, 0, 6), 0.1, 1e-15);
    CHECK_NEAR(slow(1, 0, 45), 0.75, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighted_round_robin_with_equal_weights_goes_round),
        cmocka_unit_test(weighted_round_robin_gives_each_its_exact_share),
        cmocka_unit_test(weighted_round_robin_spreads_turns_evenly),
        cmocka_unit_test(weighted_round_robin_keeps_turns_when_others_leave),
        cmocka_unit_test(weighted_least_request_divides_weight_by_requests),
        cmocka_unit_test(weighted_least_request_raises_requests_to_the_bias),
        cmocka_unit_test(weighted_least_request_with_bias_0_is_round_robin_by_weight),
        cmocka_unit_test(weighted_least_request_of_equals_is_the_best_of_two_picks),
        cmocka_unit_test(weighted_least_request_takes_as_many_choices_as_it_is_told),
        cmocka_unit_test(locality_weights_follow_envoys_table),
        cmocka_unit_test(locality_weights_follow_envoys_formula),
        cmocka_unit_test(locality_weights_do_not_count_in_panic),
        cmocka_unit_test(a_zone_without_ready_instances_gets_nothing_whatever_its_weight),
        cmocka_unit_test(within_a_zone_the_named_balancer_chooses),
        cmocka_unit_test(zone_aware_keeps_what_it_can_and_fills_the_room_elsewhere),
        cmocka_unit_test(zone_aware_with_even_zones_never_crosses),
        cmocka_unit_test(zone_aware_needs_a_minimum_of_instances),
        cmocka_unit_test(zones_survive_instances_that_come_and_go),
        cmocka_unit_test(mistakes_in_zones_are_told),
        cmocka_unit_test(slow_start_follows_envoys_formula),
        cmocka_unit_test(slow_start_without_a_minimum_is_a_straight_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
