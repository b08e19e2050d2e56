/* Faults: where each kind acts, and what it does there. */
#include "tests/unit/fault.h"

static void a_lost_region_is_dark_at_full_strength_only(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_fault_registry,
                                       "{kind: region_loss, region: a, at: 10 s, ramp: 10 s}");
    struct ust_fault_effect half = effect(&policy, 15);
    CHECK_NEAR(half.instances_lost, 0.5, 1e-15);
    assert_false(half.region_down);
    assert_true(half.no_launches);
    struct ust_fault_effect full = effect(&policy, 20);
    assert_true(full.instances_lost == 1);
    assert_true(full.region_down);
    policy_free(&policy);
}

static void a_lost_region_is_all_its_zones_and_services(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: region_loss, region: eu, at: 10 s}");
    struct ust_fault_scope out = scope(&policy);
    assert_string_equal(out.region, "eu");
    assert_null(out.service);
    assert_true(out.zones == UINT64_MAX);
    assert_int_equal(out.region_node->place.column, 33);
    policy_free(&policy);
}

static void zones_are_numbers_from_one_letters_or_full_names(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: zone_loss, region: us-east-1, zones: [1, c, "
                                         "us-east-1d, 64], at: 10 s}");
    assert_true(scope(&policy).zones == (UINT64_C(1) << 63 | 8 | 4 | 1));
    struct ust_fault_effect out = effect(&policy, 10);
    assert_true(out.instances_lost == 1 && out.no_launches && !out.region_down);
    policy_free(&policy);
}

static void impossible_zones_are_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry,
                   "{kind: zone_loss, region: eu, zones: [1, 0], at: 10 s}", 46,
                   "'0' is no zone; write a number from 1 to 64 or a letter from a");
    policy_refuses(&ust_fault_registry, "{kind: zone_loss, region: eu, zones: [65], at: 10 s}",
                   43, "'65' is no zone; write a number from 1 to 64 or a letter from a");
    policy_refuses(&ust_fault_registry, "{kind: zone_loss, region: eu, zones: [aa], at: 10 s}",
                   43, "'aa' is no zone; write a number from 1 to 64 or a letter from a");
    policy_refuses(&ust_fault_registry,
                   "{kind: zone_loss, region: eu, zones: [2, b], at: 10 s}", 46,
                   "zone 'b' is named twice");
}

static void capacity_is_lost_in_instances_or_in_slots(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry,
                    "{kind: capacity_loss, share: 40 %, at: 0 s, ramp: 10 s, service: web}");
    struct ust_fault_effect out = effect(&policy, 5);
    CHECK_NEAR(out.instances_lost, 0.2, 1e-15);
    assert_true(out.slots_lost == 0);
    assert_false(out.no_launches);
    assert_string_equal(scope(&policy).service, "web");
    assert_null(scope(&policy).region);
    policy_free(&policy);

    policy = policy_read(&ust_fault_registry,
                         "{kind: capacity_loss, share: 40 %, of: slots, launches: blocked, at: "
                         "0 s}");
    out = effect(&policy, 5);
    CHECK_NEAR(out.slots_lost, 0.4, 1e-15);
    assert_true(out.instances_lost == 0);
    assert_true(out.no_launches);
    policy_free(&policy);
}

static void a_slow_down_grows_from_one_to_its_factor(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: slow_down, factor: 3, at: 10 s, ramp: 10 s}");
    CHECK_NEAR(effect(&policy, 12.5).slow, 1.5, 1e-15);
    CHECK_NEAR(effect(&policy, 30).slow, 3, 1e-15);
    policy_free(&policy);
}

static void errors_grow_to_their_share(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: error_burst, share: 8 %, region: eu, at: 10 s, ramp: "
                             "10 s, duration: 1 min, recovery: 20 s}");
    CHECK_NEAR(effect(&policy, 15).errors, 0.04, 1e-15);
    CHECK_NEAR(effect(&policy, 40).errors, 0.08, 1e-15);
    CHECK_NEAR(effect(&policy, 65).errors, 0.02, 1e-15);
    assert_string_equal(scope(&policy).region, "eu");
    policy_free(&policy);
}

static void attempts_in_flight_fail_unless_told_otherwise(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: region_loss, region: a, at: 10 s}");
    const struct ust_fault_common *common = policy.variant.params;
    assert_int_equal(common->in_flight, UST_IN_FLIGHT_FAIL);
    policy_free(&policy);

    policy = policy_read(
        &ust_fault_registry,
        "{kind: zone_loss, region: a, zones: [1], at: 10 s, in_flight: requeue_tail}");
    common = policy.variant.params;
    assert_int_equal(common->in_flight, UST_IN_FLIGHT_REQUEUE_TAIL);
    policy_free(&policy);
}

static void a_gray_failure_strikes_some_hosts_of_some_zones(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: gray_failure, region: eu, zones: [b], hosts: 25 %, "
                             "factor: 5, errors: 20 %, at: 10 s, ramp: 10 s}");
    struct ust_fault_effect out = effect(&policy, 15);
    CHECK_NEAR(out.hosts, 0.25, 1e-15);
    CHECK_NEAR(out.slow, 3, 1e-15);
    CHECK_NEAR(out.errors, 0.1, 1e-15);
    assert_false(out.joiners);
    assert_true(scope(&policy).zones == 2);
    policy_free(&policy);
}

static void a_bad_deploy_comes_in_waves(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: bad_deploy, errors: 30 %, waves: [1 %, 10 %, 50 %], "
                             "at: 0 s, ramp: 30 min, duration: 2 h, recovery: 6 min}");
    CHECK_NEAR(effect(&policy, 1).hosts, 0.01, 1e-15);
    CHECK_NEAR(effect(&policy, 599).hosts, 0.01, 1e-15);
    CHECK_NEAR(effect(&policy, 601).hosts, 0.1, 1e-15);
    CHECK_NEAR(effect(&policy, 1799).hosts, 0.5, 1e-15);
    CHECK_NEAR(effect(&policy, 1800).hosts, 1, 1e-15);
    CHECK_NEAR(effect(&policy, 7200 - 30).hosts, 0.01, 1e-15); /* rolled back all but a wave */
    assert_true(effect(&policy, 1).joiners);
    CHECK_NEAR(effect(&policy, 1).errors, 0.3, 1e-15); /* a host that has it has all of it */
    policy_free(&policy);

    policy = policy_read(&ust_fault_registry,
                         "{kind: bad_deploy, factor: 2, at: 0 s, ramp: 100 s, duration: 1 h}");
    CHECK_NEAR(effect(&policy, 25).hosts, 0.25, 1e-15);
    CHECK_NEAR(effect(&policy, 25).slow, 2, 1e-15);
    policy_free(&policy);
}

static void waves_that_cannot_be_are_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry,
                   "{kind: bad_deploy, errors: 5 %, at: 0 s, ramp: 1 h, waves: [10 %, 5 %]}",
                   71, "waves must not shrink: 5 % after 10 %");
    policy_refuses(&ust_fault_registry,
                   "{kind: bad_deploy, errors: 5 %, at: 0 s, waves: [10 %, 50 %]}", 53,
                   "'waves' needs a 'ramp', over which they come");
    policy_refuses(&ust_fault_registry, "{kind: bad_deploy, at: 0 s}", 5,
                   "a bad deploy needs a 'factor' over 1, or 'errors'");
    policy_refuses(&ust_fault_registry, "{kind: gray_failure, hosts: 5 %, at: 0 s}", 5,
                   "a gray failure needs a 'factor' over 1, or 'errors'");
}

static void a_control_plane_that_fails_in_part_refuses_launches_only(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_fault_registry,
                                       "{kind: control_plane_outage, failing: 60 %, at: 0 s}");
    struct ust_fault_effect out = effect(&policy, 1);
    assert_false(out.no_control || out.metrics_lost > 0 || out.region_down);
    CHECK_NEAR(out.refused, 0.6, 1e-15);
    policy_free(&policy);

    policy = policy_read(&ust_fault_registry,
                         "{kind: control_plane_outage, metrics: none, at: 0 s, ramp: 10 s}");
    assert_true(effect(&policy, 11).no_control && effect(&policy, 11).metrics_lost == 1);
    CHECK_NEAR(effect(&policy, 5).metrics_lost, 0.5, 1e-15);
    assert_false(effect(&policy, 5).no_control);
    assert_true(effect(&policy, 11).instances_lost == 0);
    policy_free(&policy);
}

static void missing_capacity_refuses_a_share_of_launches(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: insufficient_capacity, region: eu, zones: [1, 3], "
                             "refused: 80 %, at: 0 s, ramp: 10 s}");
    CHECK_NEAR(effect(&policy, 5).refused, 0.4, 1e-15);
    assert_true(scope(&policy).zones == 5);
    assert_false(effect(&policy, 11).no_launches);
    policy_free(&policy);
    policy_refuses(&ust_fault_registry, "{kind: insufficient_capacity, zones: [1], at: 0 s}",
                   42, "'zones' needs a 'region', whose zones they are");
}

static void false_positives_are_of_instances_or_of_regions(void **unused)
{
    (void)unused;
    static const char *const of[] = {"instances", "region", "both"};
    for (int i = 0; i < 3; i++) {
        char text[120];
        snprintf(text, sizeof text,
                 "{kind: health_check_false_positives, share: 30 %%, of: %s, at: 0 s}", of[i]);
        struct policy policy = policy_read(&ust_fault_registry, text);
        struct ust_fault_effect out = effect(&policy, 1);
        CHECK_NEAR(out.false_alarms, i == 1 ? 0 : 0.3, 1e-15);
        CHECK_NEAR(out.region_false_alarms, i == 0 ? 0 : 0.3, 1e-15);
        policy_free(&policy);
    }
}

static void a_metric_blackout_blinds_and_does_nothing_else(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: metric_blackout, at: 0 s, duration: 10 s}");
    struct ust_fault_effect out = effect(&policy, 5);
    assert_true(out.metrics_lost == 1);
    assert_false(out.no_control || out.no_launches || out.region_down);
    assert_true(out.slow == 1 && out.errors == 0 && out.instances_lost == 0);
    assert_true(effect(&policy, 10).metrics_lost == 0);
    policy_free(&policy);

    policy = policy_read(&ust_fault_registry,
                         "{kind: metric_blackout, at: 0 s, ramp: 10 s, share: 60 %}");
    CHECK_NEAR(effect(&policy, 5).metrics_lost, 0.3, 1e-15);
    CHECK_NEAR(effect(&policy, 20).metrics_lost, 0.6, 1e-15);
    policy_free(&policy);
}

static void a_partition_cuts_one_way_or_both(void **unused)
{
    (void)unused;
    static const char *const ways[] = {"both", "in", "out"};
    for (int i = 0; i < 3; i++) {
        char text[120];
        snprintf(
            text, sizeof text,
            "{kind: partition, region: eu, direction: %s, share: 40 %%, at: 0 s, ramp: 10 s}",
            ways[i]);
        struct policy policy = policy_read(&ust_fault_registry, text);
        struct ust_fault_effect out = effect(&policy, 5);
        assert_int_equal(out.cut_in, i != 2);
        assert_int_equal(out.cut_out, i != 1);
        CHECK_NEAR(out.cut, 0.2, 1e-15);
        CHECK_NEAR(out.region_false_alarms, 0.2, 1e-15); /* probes come the same way */
        policy_free(&policy);
    }
}

static void some_places_cut_off_are_seen_by_no_probe_unless_told(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: partition, region: eu, places: [London], at: 0 s}");
    assert_true(effect(&policy, 1).cut == 1);
    assert_true(effect(&policy, 1).region_false_alarms == 0);
    policy_free(&policy);
    policy =
        policy_read(&ust_fault_registry,
                    "{kind: partition, region: eu, places: [London], probes: 25 %, at: 0 s}");
    CHECK_NEAR(effect(&policy, 1).region_false_alarms, 0.25, 1e-15);
    policy_free(&policy);
}

static void a_partition_between_regions_says_nothing_about_users(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: partition, region: eu, other: us, at: 0 s}");
    assert_true(effect(&policy, 1).cut == 0);
    assert_string_equal(scope(&policy).other, "us");
    policy_free(&policy);
    policy_refuses(&ust_fault_registry,
                   "{kind: partition, region: eu, other: us, share: 10 %, at: 0 s}", 46,
                   "'share' is for a partition from users");
    policy_refuses(&ust_fault_registry, "{kind: partition, region: eu, catch_up: 3, at: 0 s}",
                   35, "'catch_up' is for a partition between regions");
    policy_refuses(&ust_fault_registry, "{kind: partition, region: eu, other: eu, at: 0 s}", 42,
                   "'eu' cannot be cut off from itself");
}

static void a_brownout_needs_delay_or_errors(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry, "{kind: dependency_brownout, calls: 10 %, at: 0 s}", 5,
                   "a brownout needs a 'delay', or 'errors'");
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: dependency_brownout, delay: 2 s, at: 0 s, ramp: 10 s}");
    struct ust_fault_effect out = effect(&policy, 5);
    assert_non_null(out.call);
    CHECK_NEAR(out.call_level, 0.5, 1e-15);
    assert_true(out.call->timeout == UST_NEVER);
    assert_null(effect(&policy, -1).call);
    policy_free(&policy);
}

static void regions_are_cut_off_from_each_other_or_not(void **unused)
{
    (void)unused;
    policy_refuses_at(&ust_fault_registry,
                      "{kind: partition, region: us, other: eu, at: 0 s, duration: 60 s, ramp: "
                      "10 s}",
                      "ramp", "'ramp' is for a partition from users");
}

static void a_lost_answer_is_not_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry,
                   "{kind: partition, region: us, direction: out, packets: refused, at: 0 s}",
                   51,
                   "'packets' is for requests that are cut off; with 'direction: out' they "
                   "arrive, and answers are lost without a word");
    struct policy policy =
        policy_read(&ust_fault_registry,
                    "{kind: partition, region: us, direction: out, packets: dropped, at: 0 s}");
    assert_true(effect(&policy, 1).cut_out);
    policy_free(&policy);
}

static void what_comes_and_goes_by_itself_has_no_cause(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry,
                   "{kind: group, at: 0 s, faults: [{kind: random_failures, of: zones, "
                   "time_to_failure: 1 h, time_to_repair: 1 min}]}",
                   37, "'random_failures' comes and goes by itself, and cannot have a cause");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_region_is_dark_at_full_strength_only),
        cmocka_unit_test(a_lost_region_is_all_its_zones_and_services),
        cmocka_unit_test(zones_are_numbers_from_one_letters_or_full_names),
        cmocka_unit_test(impossible_zones_are_refused),
        cmocka_unit_test(capacity_is_lost_in_instances_or_in_slots),
        cmocka_unit_test(a_slow_down_grows_from_one_to_its_factor),
        cmocka_unit_test(errors_grow_to_their_share),
        cmocka_unit_test(attempts_in_flight_fail_unless_told_otherwise),
        cmocka_unit_test(a_gray_failure_strikes_some_hosts_of_some_zones),
        cmocka_unit_test(a_bad_deploy_comes_in_waves),
        cmocka_unit_test(waves_that_cannot_be_are_refused),
        cmocka_unit_test(a_control_plane_that_fails_in_part_refuses_launches_only),
        cmocka_unit_test(missing_capacity_refuses_a_share_of_launches),
        cmocka_unit_test(false_positives_are_of_instances_or_of_regions),
        cmocka_unit_test(a_metric_blackout_blinds_and_does_nothing_else),
        cmocka_unit_test(a_partition_cuts_one_way_or_both),
        cmocka_unit_test(some_places_cut_off_are_seen_by_no_probe_unless_told),
        cmocka_unit_test(a_partition_between_regions_says_nothing_about_users),
        cmocka_unit_test(a_brownout_needs_delay_or_errors),
        cmocka_unit_test(regions_are_cut_off_from_each_other_or_not),
        cmocka_unit_test(a_lost_answer_is_not_refused),
        cmocka_unit_test(what_comes_and_goes_by_itself_has_no_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
