/* Routes: who answers when some are ill, and how fast users follow. */
#include "tests/unit/policy.h"

#include "models/route/route.h"

static const char *const names[] = {"us-east-1", "us-west-2", "eu-west-1"};
static const double rtt_ms[] = {80, 20, 140};

struct route {
    struct policy policy;
    const struct ust_route_type *type;
    double share[3];
};

static void route_begin(struct route *route, const char *text)
{
    *route = (struct route){.policy = policy_read(&ust_route_registry, text)};
    route->type = ust_route_of(route->policy.variant.kind);
    assert_int_equal(
        route->type->bind(&route->policy.spec, route->policy.variant.params, names, 3), UST_OK);
}

/* Bit r of `healthy`: region r. */
static void ask(struct route *route, uint64_t healthy)
{
    const struct ust_route_view view = {
        .regions_n = 3, .healthy = healthy, .rtt_ms = rtt_ms, .region_names = names};
    route->type->answer(route->policy.variant.params, &view, route->share);
}

static void check_shares(struct route *route, uint64_t healthy, double a, double b, double c)
{
    ask(route, healthy);
    CHECK_NEAR(route->share[0], a, 1e-15);
    CHECK_NEAR(route->share[1], b, 1e-15);
    CHECK_NEAR(route->share[2], c, 1e-15);
}

static void failover_order_prefers_the_first_healthy_of_its_list(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: failover_order, order: [eu-west-1, us-east-1]}");
    check_shares(&route, 7, 0, 0, 1);
    check_shares(&route, 3, 1, 0, 0);
    policy_free(&route.policy);
}

static void failover_order_fails_open_to_its_first(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: failover_order, order: [us-east-1, eu-west-1]}");
    check_shares(&route, 0, 1, 0, 0);
    check_shares(&route, 2, 1, 0, 0); /* us-west-2 is well, but not on the list */
    policy_free(&route.policy);
}

static void nearest_takes_the_shortest_round_trip_among_the_healthy(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "nearest");
    check_shares(&route, 7, 0, 1, 0);
    check_shares(&route, 5, 1, 0, 0);
    check_shares(&route, 4, 0, 0, 1);
    policy_free(&route.policy);
}

static void nearest_fails_open_to_the_nearest_of_all(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "nearest");
    check_shares(&route, 0, 0, 1, 0);
    policy_free(&route.policy);
}

static void nearest_stays_within_the_regions_that_it_is_given(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: nearest, regions: [us-east-1, eu-west-1]}");
    check_shares(&route, 7, 1, 0, 0);
    check_shares(&route, 6, 0, 0, 1);
    check_shares(&route, 2, 1, 0, 0);
    policy_free(&route.policy);
}

static void weighted_shares_a_lost_region_out_among_the_rest(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: weighted, weights: {us-east-1: 50 %, us-west-2: 30 %, "
                        "eu-west-1: 20 %}}");
    check_shares(&route, 7, 0.5, 0.3, 0.2);
    check_shares(&route, 6, 0, 0.6, 0.4);
    check_shares(&route, 1, 1, 0, 0);
    check_shares(&route, 0, 0.5, 0.3, 0.2);
    policy_free(&route.policy);
}

static void weighted_asks_a_region_of_weight_zero_only_when_all_others_are_ill(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: weighted, weights: {us-east-1: 100 %, us-west-2: 0 %, "
                        "eu-west-1: 0 %}}");
    check_shares(&route, 7, 1, 0, 0);
    check_shares(&route, 6, 0, 0.5, 0.5);
    check_shares(&route, 4, 0, 0, 1);
    check_shares(&route, 0, 1, 0, 0);
    policy_free(&route.policy);
}

/* ---- anycast ---- */

static void anycast_goes_to_the_nearest_that_announces(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: anycast, regions: [us-east-1, eu-west-1]}");
    check_shares(&route, 7, 1, 0, 0);
    check_shares(&route, 6, 0, 0, 1);
    check_shares(&route, 2, 1, 0, 0); /* none of its own is well: all go on announcing */
    policy_free(&route.policy);
}

/* ANRW 2024: 80 % of the Internet within about 10 s; the tail is an assumption. */
static void anycast_follows_as_routers_do(void **unused)
{
    (void)unused;
    struct route route;
    route_begin(&route, "{kind: anycast, announcement: {within: 4 s, late_share: 0 %}}");
    const void *params = route.policy.variant.params;
    const struct ust_dns *lost = route.type->follow(params, true);
    const struct ust_dns *found = route.type->follow(params, false);
    CHECK_NEAR(ust_dns_moved(lost, 10 * UST_S), 0.80, 0.001);
    CHECK_NEAR(ust_dns_moved(lost, 100 * UST_S), 1 - 0.28 * exp(-100 / 30.0), 1e-12);
    CHECK_NEAR(ust_dns_moved(found, 3 * UST_S), 0.75, 1e-12);
    assert_true(ust_dns_moved(found, 4 * UST_S) == 1);
    policy_free(&route.policy);
}

/* ---- Global Accelerator ---- */

#define FIVE 5
static const char *const five[FIVE] = {"a", "b", "c", "d", "e"};
static const double five_ms[FIVE] = {50, 10, 30, 20, 40}; /* nearest first: b d c e a */

struct accelerator {
    struct policy policy;
    double share[FIVE];
};

static void accelerate(struct accelerator *it, const char *text, uint64_t healthy)
{
    it->policy = policy_read(&ust_route_registry, text);
    const struct ust_route_type *type = ust_route_of(it->policy.variant.kind);
    assert_int_equal(type->bind(&it->policy.spec, it->policy.variant.params, five, FIVE),
                     UST_OK);
    const struct ust_route_view view = {
        .regions_n = FIVE, .healthy = healthy, .rtt_ms = five_ms, .region_names = five};
    type->answer(it->policy.variant.params, &view, it->share);
    policy_free(&it->policy);
}

#define CHECK_FIVE(it, a, b, c, d, e)                                                          \
    do {                                                                                       \
        const double want[FIVE] = {a, b, c, d, e};                                             \
        for (int i = 0; i < FIVE; i++)                                                         \
            CHECK_NEAR((it).share[i], want[i], 1e-15);                                         \
    } while (0)

#define A 1u
#define B 2u
#define C 4u
#define D 8u
#define E 16u

static void the_accelerator_sends_to_the_nearest_group(void **unused)
{
    (void)unused;
    struct accelerator it;
    accelerate(&it, "global_accelerator", A | B | C | D | E);
    CHECK_FIVE(it, 0, 1, 0, 0, 0);
}

/* A dial takes its share of what reaches its group; the rest goes to the next nearest. */
static void what_a_dial_turns_away_goes_to_the_next_nearest(void **unused)
{
    (void)unused;
    struct accelerator it;
    accelerate(&it,
               "{kind: global_accelerator, groups: {a: 100 %, b: 40 %, c: 100 %, d: 50 %}}",
               A | B | C | D | E);
    CHECK_FIVE(it, 0, 0.4, 0.3, 0.3, 0);
    accelerate(&it, "{kind: global_accelerator, groups: {b: 40 %, d: 50 %}}",
               A | B | C | D | E);
    CHECK_FIVE(it, 0, 0.4 / 0.7, 0, 0.3 / 0.7, 0); /* nobody is turned away at the end */
}

/* AWS: around an unhealthy group the three nearest are tried, whatever their dials. */
static void around_an_unhealthy_group_the_three_nearest_are_tried(void **unused)
{
    (void)unused;
    struct accelerator it;
    accelerate(&it, "global_accelerator", A | C | D | E);
    CHECK_FIVE(it, 0, 0, 0, 1, 0);
    accelerate(&it, "global_accelerator", A | C | E);
    CHECK_FIVE(it, 0, 0, 1, 0, 0);
    accelerate(&it, "{kind: global_accelerator, groups: {b: 100 %, d: 0 %, c: 100 %}}",
               A | C | D);
    CHECK_FIVE(it, 0, 0, 0, 1, 0); /* d's dial is closed, and yet */
}

/* AWS: with the three nearest unhealthy it fails open, to the nearest, although e is well. */
static void with_the_three_nearest_unhealthy_it_fails_open_to_the_nearest(void **unused)
{
    (void)unused;
    struct accelerator it;
    accelerate(&it, "global_accelerator", A | E);
    CHECK_FIVE(it, 0, 1, 0, 0, 0);
    accelerate(&it, "global_accelerator", 0);
    CHECK_FIVE(it, 0, 1, 0, 0, 0);
    accelerate(&it, "{kind: global_accelerator, tries: 4}", A | E);
    CHECK_FIVE(it, 0, 0, 0, 0, 1);
}

/* The dial chooses the group first; the one that fails open is the nearest, which may be
 * another. */
static void the_nearest_may_not_be_the_one_that_the_dial_chose(void **unused)
{
    (void)unused;
    struct accelerator it;
    accelerate(&it,
               "{kind: global_accelerator, groups: {b: 0 %, d: 100 %, c: 100 %, e: 100 %}}",
               B | C | E);
    CHECK_FIVE(it, 0, 1, 0, 0, 0);
    accelerate(&it,
               "{kind: global_accelerator, groups: {b: 0 %, d: 100 %, c: 100 %, e: 100 %}}", E);
    CHECK_FIVE(it, 0, 1, 0, 0, 0);
}

static void the_accelerator_reroutes_within_30_s(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_route_registry, "global_accelerator");
    const struct ust_route_type *type = ust_route_of(policy.variant.kind);
    const struct ust_dns *law = type->follow(policy.variant.params, true);
    CHECK_NEAR(ust_dns_moved(law, 15 * UST_S), 0.5, 1e-12);
    assert_true(ust_dns_moved(law, 30 * UST_S) == 1);
    assert_true(type->by_connection(policy.variant.params));
    policy_free(&policy);
    policy = policy_read(&ust_route_registry,
                         "{kind: global_accelerator, client_affinity: source_ip}");
    assert_false(type->by_connection(policy.variant.params));
    policy_free(&policy);
}

static void dials_that_are_all_closed_are_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_route_registry, "{kind: global_accelerator, groups: {a: 0 %, b: 0 %}}",
                   40, "every traffic dial is 0 %; one group at least has to take traffic");
}

static void check_bind_message(const char *text, unsigned column, const char *message)
{
    struct policy policy = policy_read(&ust_route_registry, text);
    const struct ust_route_type *type = ust_route_of(policy.variant.kind);
    assert_int_equal(type->bind(&policy.spec, policy.variant.params, names, 3), UST_INVALID);
    const struct ust_diag_message *first = ust_diag_at(policy.spec.diag, 0);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.column, column);
    policy_free(&policy);
}

static void an_unknown_region_is_named_with_its_likely_spelling(void **unused)
{
    (void)unused;
    check_bind_message("{kind: failover_order, order: [us-east-1, us-wst-2]}", 47,
                       "unknown region 'us-wst-2'; did you mean 'us-west-2'?");
    check_bind_message("{kind: nearest, regions: [us-est-1]}", 31,
                       "unknown region 'us-est-1'; did you mean 'us-east-1'?");
    check_bind_message("{kind: weighted, weights: {us-east-2: 100 %}}", 32,
                       "unknown region 'us-east-2'; did you mean 'us-east-1'?");
}

static void a_region_named_twice_is_refused(void **unused)
{
    (void)unused;
    check_bind_message("{kind: failover_order, order: [us-east-1, us-east-1]}", 47,
                       "region 'us-east-1' is named twice");
}

/* ---- DNS ---- */

static double moved(double ttl_s, double age_s)
{
    const struct ust_dns dns = {.ttl = ust_time_from_seconds(ttl_s),
                                .stale_share = 0.1122,
                                .stale_mean = ust_time_from_seconds(521.9)};
    return ust_dns_moved(&dns, ust_time_from_seconds(age_s));
}

/* Flavel, Mani, Maltz (LANMAN 2014): TTL 20 s, 90 % moved at 60 s, 2 % stale after 15 min. */
static void dns_with_a_ttl_of_20_s_drains_as_measured(void **unused)
{
    (void)unused;
    CHECK_NEAR(moved(20, 60), 0.90, 0.0005);
    CHECK_NEAR(moved(20, 900), 0.98, 0.0005);
}

/* The same two parameters at TTL 60 s, from the formula. */
static void dns_with_a_ttl_of_60_s_drains_by_the_formula(void **unused)
{
    (void)unused;
    CHECK_NEAR(moved(60, 30), 0.450, 0.0007);
    CHECK_NEAR(moved(60, 60), 0.900, 0.0005);
    CHECK_NEAR(moved(60, 300), 0.937, 0.0005);
    CHECK_NEAR(moved(60, 900), 0.980, 0.0005);
}

static void dns_without_stale_clients_drains_in_a_straight_line(void **unused)
{
    (void)unused;
    const struct ust_dns dns = {.ttl = 40 * UST_S};
    assert_true(ust_dns_moved(&dns, 0) == 0);
    CHECK_NEAR(ust_dns_moved(&dns, 10 * UST_S), 0.25, 1e-15);
    assert_true(ust_dns_moved(&dns, 40 * UST_S) == 1);
}

static void dns_without_a_cache_has_always_moved(void **unused)
{
    (void)unused;
    assert_true(moved(0, 0) == 1);
    assert_true(moved(0, 5) == 1);
}

static void dns_waits_for_the_name_servers(void **unused)
{
    (void)unused;
    const struct ust_dns dns = {.ttl = 40 * UST_S, .delay = 60 * UST_S};
    assert_true(ust_dns_moved(&dns, 59 * UST_S) == 0);
    CHECK_NEAR(ust_dns_moved(&dns, 70 * UST_S), 0.25, 1e-15);
    assert_true(ust_dns_moved(&dns, ust_dns_horizon(&dns)) == 1);
    const struct ust_dns no_cache = {.delay = 60 * UST_S};
    assert_true(ust_dns_moved(&no_cache, 59 * UST_S) == 0);
    assert_true(ust_dns_moved(&no_cache, 60 * UST_S) == 1);
}

/* Against the sum of 1,000 slices of a second. */
static void the_area_of_moved_is_its_integral(void **unused)
{
    (void)unused;
    const struct ust_dns dns = {
        .ttl = 300 * UST_S, .stale_share = 0.3, .stale_mean = 100 * UST_S, .delay = 50 * UST_S};
    double sum = 0;
    for (int s = 0; s < 1000; s++)
        sum += ust_dns_moved(&dns, s * UST_S + UST_S / 2) * 1e9;
    CHECK_NEAR(ust_dns_moved_area(&dns, 1000 * UST_S) / sum, 1, 1e-6);
    CHECK_NEAR(ust_dns_moved_area(&dns, 50 * UST_S), 0, 0);
    CHECK_NEAR(ust_dns_moved_area(&dns, -7), 0, 0);
    const struct ust_dns at_once = {.delay = 0};
    CHECK_NEAR(ust_dns_moved_area(&at_once, 7 * UST_S), 7e9, 0);
}

static void dns_begins_at_nothing_never_falls_and_ends_at_exactly_one(void **unused)
{
    (void)unused;
    assert_true(moved(60, 0) == 0);
    assert_true(moved(60, -5) == 0);
    double last = 0;
    for (int age = 0; age < 40000; age++) {
        double now = moved(60, age * 0.7);
        assert_true(now >= last);
        assert_true(now <= 1);
        last = now;
    }
    assert_true(moved(60, 3600 * 24) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failover_order_prefers_the_first_healthy_of_its_list),
        cmocka_unit_test(failover_order_fails_open_to_its_first),
        cmocka_unit_test(nearest_takes_the_shortest_round_trip_among_the_healthy),
        cmocka_unit_test(nearest_fails_open_to_the_nearest_of_all),
        cmocka_unit_test(nearest_stays_within_the_regions_that_it_is_given),
        cmocka_unit_test(weighted_shares_a_lost_region_out_among_the_rest),
        cmocka_unit_test(weighted_asks_a_region_of_weight_zero_only_when_all_others_are_ill),
        cmocka_unit_test(anycast_goes_to_the_nearest_that_announces),
        cmocka_unit_test(anycast_follows_as_routers_do),
        cmocka_unit_test(the_accelerator_sends_to_the_nearest_group),
        cmocka_unit_test(what_a_dial_turns_away_goes_to_the_next_nearest),
        cmocka_unit_test(around_an_unhealthy_group_the_three_nearest_are_tried),
        cmocka_unit_test(with_the_three_nearest_unhealthy_it_fails_open_to_the_nearest),
        cmocka_unit_test(the_nearest_may_not_be_the_one_that_the_dial_chose),
        cmocka_unit_test(the_accelerator_reroutes_within_30_s),
        cmocka_unit_test(dials_that_are_all_closed_are_refused),
        cmocka_unit_test(dns_waits_for_the_name_servers),
        cmocka_unit_test(the_area_of_moved_is_its_integral),
        cmocka_unit_test(an_unknown_region_is_named_with_its_likely_spelling),
        cmocka_unit_test(a_region_named_twice_is_refused),
        cmocka_unit_test(dns_with_a_ttl_of_20_s_drains_as_measured),
        cmocka_unit_test(dns_with_a_ttl_of_60_s_drains_by_the_formula),
        cmocka_unit_test(dns_without_stale_clients_drains_in_a_straight_line),
        cmocka_unit_test(dns_without_a_cache_has_always_moved),
        cmocka_unit_test(dns_begins_at_nothing_never_falls_and_ends_at_exactly_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
