/* Envoy's priority levels: the tables of its documentation and of its own tests. */
#include "tests/unit/policy.h"

#include "models/route/levels.h"
#include "models/route/route.h"

#define LEVELS 3

/* Hosts and healthy ones of each level in, loads and panic out. */
static void load(struct ust_priority_level *level, uint32_t n, const uint32_t *hosts,
                 const uint32_t *healthy)
{
    for (uint32_t i = 0; i < n; i++)
        level[i] = (struct ust_priority_level){.hosts = hosts[i], .healthy = healthy[i]};
    ust_priority_load(level, n, 1.4, 0.5);
}

static void check_two(uint32_t p0, uint32_t p1, uint32_t load0, uint32_t load1)
{
    struct ust_priority_level level[2];
    load(level, 2, (uint32_t[]){100, 100}, (uint32_t[]){p0, p1});
    assert_int_equal(level[0].load, load0);
    assert_int_equal(level[1].load, load1);
}

static void check_three(const uint32_t *healthy, uint32_t a, uint32_t b, uint32_t c)
{
    struct ust_priority_level level[3];
    load(level, 3, (uint32_t[]){100, 100, 100}, healthy);
    assert_int_equal(level[0].load, a);
    assert_int_equal(level[1].load, b);
    assert_int_equal(level[2].load, c);
}

/* Envoy, "Priority levels", first table: P=1 all healthy. */
static void traffic_spills_over_as_the_first_table_says(void **unused)
{
    (void)unused;
    check_two(100, 100, 100, 0);
    check_two(72, 100, 100, 0);
    check_two(71, 100, 99, 1);
    check_two(50, 100, 70, 30);
    check_two(25, 100, 35, 65);
    check_two(0, 100, 0, 100);
}

/* Second table. */
static void traffic_spills_over_as_the_second_table_says(void **unused)
{
    (void)unused;
    check_two(72, 72, 100, 0);
    check_two(71, 71, 99, 1);
    check_two(50, 50, 70, 30);
    check_two(25, 100, 35, 65);
    check_two(25, 25, 50, 50);
}

/* Third table. Its last row prints rounded numbers, 36, 36 and 28; the proxy computes in whole
 * per cents, 35 * 100 / 98 = 35 and 28 * 100 / 98 = 28, and gives the 2 that are left to the
 * first level. */
static void traffic_spills_over_as_the_third_table_says(void **unused)
{
    (void)unused;
    check_three((uint32_t[]){100, 100, 100}, 100, 0, 0);
    check_three((uint32_t[]){72, 72, 100}, 100, 0, 0);
    check_three((uint32_t[]){71, 71, 100}, 99, 1, 0);
    check_three((uint32_t[]){50, 50, 100}, 70, 30, 0);
    check_three((uint32_t[]){25, 100, 100}, 35, 65, 0);
    check_three((uint32_t[]){25, 25, 100}, 35, 35, 30);
    struct ust_priority_level level[3];
    for (int i = 0; i < 3; i++)
        level[i] =
            (struct ust_priority_level){.hosts = 100, .healthy = (uint32_t[]){25, 25, 20}[i]};
    ust_priority_load(level, 3, 1.4, 0);
    assert_int_equal(level[0].load, 37);
    assert_int_equal(level[1].load, 35);
    assert_int_equal(level[2].load, 28);
}

/* "Health of {20, 30} is normalised to a load of {40 %, 60 %}." */
static void too_little_health_is_normalised(void **unused)
{
    (void)unused;
    struct ust_priority_level level[2] = {{.hosts = 100, .healthy = 20},
                                          {.hosts = 100, .healthy = 30}};
    ust_priority_load(level, 2, 1, 0);
    assert_int_equal(level[0].load, 40);
    assert_int_equal(level[1].load, 60);
}

/* Envoy's load_balancer_impl_test, GentleFailover and GentleFailoverWithExtraLevels. */
static void levels_of_few_hosts_share_as_in_envoys_tests(void **unused)
{
    (void)unused;
    struct ust_priority_level level[3];
    load(level, 3, (uint32_t[]){2, 2, 2}, (uint32_t[]){1, 1, 1});
    assert_int_equal(level[0].load, 70);
    assert_int_equal(level[1].load, 30);
    assert_int_equal(level[2].load, 0);
    load(level, 3, (uint32_t[]){5, 5, 5}, (uint32_t[]){0, 0, 4});
    assert_int_equal(level[2].load, 100);
    assert_false(level[0].panic || level[1].panic || level[2].panic);
    load(level, 2, (uint32_t[]){4, 2}, (uint32_t[]){1, 2});
    assert_int_equal(level[0].load, 35);
    assert_int_equal(level[1].load, 65);
    assert_false(level[0].panic); /* 25 % healthy, but others can help out */
}

static void an_overprovisioning_of_1_shares_by_health(void **unused)
{
    (void)unused;
    struct ust_priority_level level[2] = {{.hosts = 4, .healthy = 2},
                                          {.hosts = 4, .healthy = 2}};
    ust_priority_load(level, 2, 1, 0.5);
    assert_int_equal(level[0].load, 50);
    assert_int_equal(level[1].load, 50);
}

/* ---- panic ---- */

/* Envoy, "Panic threshold": total health below 100, levels below 50 % panic. 5 % and 65 % come
 * to a health of 7 and 91, loads 7 and 92, and 1 left for the first; the page prints 7 and 93.
 */
static void panic_begins_where_nobody_can_help_out(void **unused)
{
    (void)unused;
    struct ust_priority_level level[2];
    load(level, 2, (uint32_t[]){100, 100}, (uint32_t[]){25, 25});
    assert_true(level[0].panic && level[1].panic);
    load(level, 2, (uint32_t[]){100, 100}, (uint32_t[]){5, 65});
    assert_true(level[0].panic);
    assert_false(level[1].panic);
    assert_int_equal(level[0].load, 8);
    assert_int_equal(level[1].load, 92);
    load(level, 2, (uint32_t[]){100, 100}, (uint32_t[]){72, 0});
    assert_false(level[0].panic || level[1].panic);
}

/* Both of its tables: while the levels together have enough, none is in panic, however ill. */
static void nobody_panics_while_others_can_help_out(void **unused)
{
    (void)unused;
    static const uint32_t healthy[][2] = {{72, 100}, {71, 100}, {50, 100}, {25, 100},
                                          {0, 100},  {72, 72},  {71, 71},  {100, 0}};
    for (size_t i = 0; i < sizeof healthy / sizeof *healthy; i++) {
        struct ust_priority_level level[2];
        load(level, 2, (uint32_t[]){100, 100}, healthy[i]);
        assert_false(level[0].panic || level[1].panic);
    }
}

/* Two rows of that page's table, 50 %/60 % and 25 %/100 %, contradict the algorithm. */
static void the_algorithm_holds_where_the_page_contradicts_it(void **unused)
{
    (void)unused;
    check_two(50, 60, 70, 30);
    check_two(25, 100, 35, 65);
}

/* Envoy's tests of total panic: load by numbers of hosts, the rest to the first that has any.
 */
static void in_total_panic_load_goes_by_hosts(void **unused)
{
    (void)unused;
    struct ust_priority_level level[3];
    load(level, 3, (uint32_t[]){5, 3, 2}, (uint32_t[]){0, 0, 0});
    assert_int_equal(level[0].load, 50);
    assert_int_equal(level[1].load, 30);
    assert_int_equal(level[2].load, 20);
    load(level, 3, (uint32_t[]){5, 6, 3}, (uint32_t[]){0, 2, 1});
    assert_int_equal(level[0].load, 37);
    assert_int_equal(level[1].load, 42);
    assert_int_equal(level[2].load, 21);
    load(level, 3, (uint32_t[]){0, 6, 3}, (uint32_t[]){0, 0, 0});
    assert_int_equal(level[0].load, 0);
    assert_int_equal(level[1].load, 67);
    assert_int_equal(level[2].load, 33);
    load(level, 3, (uint32_t[]){5, 5, 5}, (uint32_t[]){0, 0, 2});
    assert_int_equal(level[0].load, 34);
    assert_int_equal(level[1].load, 33);
    assert_true(level[0].panic && level[1].panic && level[2].panic);
}

static void a_panic_threshold_of_0_never_panics(void **unused)
{
    (void)unused;
    struct ust_priority_level level[2] = {{.hosts = 3}, {.hosts = 3}};
    ust_priority_load(level, 2, 1.4, 0);
    assert_int_equal(level[0].load, 100); /* where it fails */
    assert_false(level[0].panic || level[1].panic);
}

static void loads_always_add_up_to_100(void **unused)
{
    (void)unused;
    struct ust_rng rng = ust_rng_derive(5, 1, "levels");
    for (int i = 0; i < 20000; i++) {
        struct ust_priority_level level[LEVELS];
        uint32_t n = 1 + ust_rng_below(&rng, LEVELS), sum = 0;
        for (uint32_t k = 0; k < n; k++) {
            level[k] = (struct ust_priority_level){.hosts = ust_rng_below(&rng, 40)};
            level[k].healthy = ust_rng_below(&rng, level[k].hosts + 1);
        }
        ust_priority_load(level, n, 1 + ust_rng_unit(&rng), ust_rng_unit(&rng));
        for (uint32_t k = 0; k < n; k++)
            sum += level[k].load;
        assert_int_equal(sum, 100);
    }
}

/* ---- the route ---- */

static const char *const names[] = {"east", "west", "south"};
static const double rtt_ms[] = {10, 20, 30};

static void check_route(const char *text, uint64_t healthy, const uint32_t *up,
                        const uint32_t *well, const double *share, uint64_t panic)
{
    struct policy policy = policy_read(&ust_route_registry, text);
    const struct ust_route_type *type = ust_route_of(policy.variant.kind);
    const void *params = policy.variant.params;
    double got[3];
    assert_int_equal(type->bind(&policy.spec, policy.variant.params, names, 3), UST_OK);
    const struct ust_route_view view = {.regions_n = 3,
                                        .healthy = healthy,
                                        .rtt_ms = rtt_ms,
                                        .region_names = names,
                                        .up = up,
                                        .well = well};
    type->answer(params, &view, got);
    for (int i = 0; i < 3; i++)
        CHECK_NEAR(got[i], share[i], 1e-12);
    assert_int_equal(type->panic(params, &view), panic);
    policy_free(&policy);
}

#define TWO_LEVELS                                                                             \
    "{kind: priority, levels: [{regions: {east: 1, west: 2}}, {regions: {south: 1}}]}"

/* east has half of its ten, west all of its ten: 15 of 20 are 105 %. Within the level east
 * weighs 1 * 0.7 and west 2. */
static void regions_of_a_level_share_by_weight_and_health(void **unused)
{
    (void)unused;
    check_route(TWO_LEVELS, 7, (uint32_t[]){10, 10, 5}, (uint32_t[]){5, 10, 5},
                (double[]){0.7 / 2.7, 2 / 2.7, 0}, 0);
}

/* A region that the checks believe lost has no healthy instance, whatever its own count. */
static void a_lost_region_spills_into_the_next_level(void **unused)
{
    (void)unused;
    check_route(TWO_LEVELS, 6, (uint32_t[]){10, 10, 5}, (uint32_t[]){10, 10, 5},
                (double[]){0, 0.7, 0.3}, 0);
}

/* 5 of 20 are 35 %, 1 of 5 is 28 %: loads 55 + 1 and 44; both in panic, so all by hosts: 20 and
 * 5 of 25; within the first level by hosts too. */
static void in_panic_regions_share_by_hosts(void **unused)
{
    (void)unused;
    check_route(TWO_LEVELS, 7, (uint32_t[]){15, 5, 5}, (uint32_t[]){5, 0, 1},
                (double[]){0.6, 0.2, 0.2}, 7);
}

/* The only one with a weight is lost; the other has enough instances that nobody panics, and
 * was given nothing. So all fail open, and not half of them at random. */
static void a_region_without_weight_takes_nothing_of_one_that_is_lost(void **unused)
{
    (void)unused;
    check_route("{kind: priority, levels: [{regions: {east: 1, west: 0}}]}", 6,
                (uint32_t[]){1, 5, 5}, (uint32_t[]){1, 5, 5}, (double[]){1, 0, 0}, 0);
}

static void a_level_without_weight_is_refused(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_route_registry,
                    "{kind: priority, levels: [{regions: {east: 0}}, {regions: {east: 1}}]}");
    const struct ust_route_type *type = ust_route_of(policy.variant.kind);
    assert_int_equal(type->bind(&policy.spec, policy.variant.params, names, 3), UST_INVALID);
    assert_string_equal(ust_diag_at(policy.spec.diag, 0)->text,
                        "no region of this level has any weight");
    assert_string_equal(ust_diag_at(policy.spec.diag, 1)->text, "region 'east' is named twice");
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_spills_over_as_the_first_table_says),
        cmocka_unit_test(traffic_spills_over_as_the_second_table_says),
        cmocka_unit_test(traffic_spills_over_as_the_third_table_says),
        cmocka_unit_test(too_little_health_is_normalised),
        cmocka_unit_test(levels_of_few_hosts_share_as_in_envoys_tests),
        cmocka_unit_test(an_overprovisioning_of_1_shares_by_health),
        cmocka_unit_test(panic_begins_where_nobody_can_help_out),
        cmocka_unit_test(nobody_panics_while_others_can_help_out),
        cmocka_unit_test(the_algorithm_holds_where_the_page_contradicts_it),
        cmocka_unit_test(in_total_panic_load_goes_by_hosts),
        cmocka_unit_test(a_panic_threshold_of_0_never_panics),
        cmocka_unit_test(loads_always_add_up_to_100),
        cmocka_unit_test(regions_of_a_level_share_by_weight_and_health),
        cmocka_unit_test(a_lost_region_spills_into_the_next_level),
        cmocka_unit_test(in_panic_regions_share_by_hosts),
        cmocka_unit_test(a_region_without_weight_takes_nothing_of_one_that_is_lost),
        cmocka_unit_test(a_level_without_weight_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
