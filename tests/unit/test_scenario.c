/* Scenarios as a whole: what only all of them together can get wrong, each with its message. */
#include "tests/unit/scenario_help.h"

/* ---- combinations that cannot be ---- */

static void the_base_is_valid_without_a_warning(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, NULL, NULL);
    assert_null(ust_diag_at(world.spec.diag, 0));
    world_close(&world);
}

static void a_fault_after_the_end_is_refused(void **state)
{
    (void)state;
    refused_at("at: 10 min", "at: 1 h", 26, 48, "'at' is 1 h, but the run ends after 1 h");
}

static void a_fault_just_before_the_end_is_taken(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "at: 10 min", "at: 3599.999 s");
    world_close(&world);
}

/* The base's second pool has one number for all three; its first has room. */
static void a_scaler_without_room_is_warned_of_where_it_is_the_services_own(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "    health_check: {interval: 10 s}\n    pools",
               "    health_check: {interval: 10 s}\n    scaler: {kind: k8s_hpa, target: 60 %}\n"
               "    pools");
    assert_string_equal(
        ust_diag_at(world.spec.diag, 0)->text,
        "'web' has a scaler, but 'min' and 'max' of this pool are both 2: it can "
        "change nothing");
    assert_null(ust_diag_at(world.spec.diag, 1));
    world_close(&world);

    world_with(
        &world, "    health_check: {interval: 10 s}\n    pools",
        "    health_check: {interval: 10 s}\n    scaler: {kind: scheduled, actions: [{at: "
        "12:00, max: 9}]}\n    pools");
    assert_null(ust_diag_at(world.spec.diag, 0)); /* it moves the bounds */
    world_close(&world);
}

static void a_minimum_over_the_maximum_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 9, max: 8", 18, 38, "'min' is 9, over 'max', 8");
}

static void a_minimum_over_the_first_instances_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 5, max: 8", 18, 38, "'min' is 5, over 'instances', 4");
}

static void a_maximum_below_the_first_instances_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 2, max: 3", 18, 46, "'max' is 3, below 'instances', 4");
}

static void a_warmup_longer_than_the_run_is_refused(void **state)
{
    (void)state;
    refused_at("warmup: 1 min", "warmup: 61 min", 3, 9,
               "'warmup' is 1h1m, longer than the run itself, 1 h");
}

static void a_pool_in_a_region_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "      us-west-2: 2\n", "      us-west-2: 2\n      us-west-3: 2\n");
    world_open(&world, text);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "unknown region 'us-west-3'; did you mean 'us-west-2'?");
    assert_int_equal(ust_diag_at(world.spec.diag, 0)->place.line, 20);
    world_close(&world);
    free(text);
}

static void a_fault_in_a_region_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("region: us-east-1,", "region: us-east-2,", 26, 33,
               "unknown region 'us-east-2'; did you mean 'us-east-1'?");
}

static void a_fault_of_a_service_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("kind: region_loss, region: us-east-1,",
               "kind: slow_down, service: wob, factor: 2,", 26, 32,
               "unknown service 'wob'; did you mean 'web'?");
}

static void a_zone_that_the_region_lacks_is_refused(void **state)
{
    (void)state;
    refused_at("kind: region_loss, region: us-east-1,",
               "kind: zone_loss, region: us-east-1, zones: [a, d],", 26, 49,
               "'us-east-1' has 3 zones; one of these does not exist");
}

static void traffic_of_a_persona_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("persona: shopper,", "persona: shoper,", 21, 15,
               "unknown persona 'shoper'; did you mean 'shopper'?");
}

static void traffic_at_a_service_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("service: web,", "service: webb,", 21, 33,
               "unknown service 'webb'; did you mean 'web'?");
}

static void an_objective_of_a_persona_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("  default: {rto: 3 min}\n", "  defult: {rto: 3 min}\n", 28, 3,
               "unknown persona 'defult'; did you mean 'default'?");
}

static void the_same_traffic_twice_is_refused(void **state)
{
    (void)state;
    const char *line =
        "  - {persona: shopper, service: web, arrivals: {kind: poisson, rate: 20 req/s}}\n";
    char twice[512];
    snprintf(twice, sizeof twice, "%s%s", line, line);
    refused_at(line, twice, 22, 15, "traffic of 'shopper' at this service stands here twice");
}

static void two_personas_of_one_name_are_refused(void **state)
{
    (void)state;
    refused_at(
        "regions:\n",
        "  - {name: shopper, actions: {buy: {work: 1 ms}}, source: {how: assumed, note: n}}\n"
        "regions:\n",
        10, 5, "two personas are called 'shopper'; names must differ");
}

static void two_regions_without_routing_are_refused(void **state)
{
    (void)state;
    refused_at("routing:\n"
               "  policy: {kind: failover_order, order: [us-east-1, us-west-2]}\n"
               "  health_check: {interval: 10 s, timeout: 4 s}\n",
               "", 11, 3, "2 regions need a 'routing'");
}

static void sessions_of_a_persona_without_a_session_are_refused(void **state)
{
    (void)state;
    refused_at("service: web, arrivals", "service: web, mode: sessions, arrivals", 21, 44,
               "persona 'shopper' has no 'session', so its traffic cannot come in sessions");
}

static void a_probe_that_outlives_its_interval_is_refused(void **state)
{
    (void)state;
    refused_at("{interval: 10 s, timeout: 4 s}", "{interval: 10 s, timeout: 11 s}", 24, 43,
               "'timeout' is 11 s, over 'interval', 10 s");
}

static void an_instance_probe_that_outlives_its_interval_is_refused(void **state)
{
    (void)state;
    refused_at("health_check: {interval: 10 s}",
               "health_check: {interval: 10 s, timeout: 20 s}", 16, 45,
               "'timeout' is 20 s, over 'interval', 10 s");
}

/* Each would ask for more events than any run can carry out. */
static void what_happens_every_microsecond_is_refused(void **state)
{
    (void)state;
    refused_at("health_check: {interval: 10 s}", "health_check: {interval: 1 us}", 16, 30,
               "'interval' is 1 us, must be 0 s or at least 1 ms");
    refused_at("health_check: {interval: 10 s}",
               "health_check: {interval: 10 s, unhealthy_interval: 1 us}", 16, 56,
               "'unhealthy_interval' is 1 us, must lie between 1 ms and 1 d or 'same'");
    refused_at(
        "{kind: region_loss, region: us-east-1, at: 10 min}",
        "{kind: random_failures, of: instances, time_to_failure: exponential(mean 1 us), "
        "time_to_repair: 1 s}",
        26, 61, "'time_to_failure' has mean 1 us, must be at least 1 ms");
}

static void a_place_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    refused_at("us-west-2: {zones: 3, role: standby}",
               "us-west-2: {role: standby, place: Sydny}", 12, 37,
               "unknown place 'Sydny'; did you mean 'Sydney'?");
}

static void a_latitude_without_a_longitude_is_refused(void **state)
{
    (void)state;
    refused_at("us-west-2: {zones: 3, role: standby}",
               "us-west-2: {role: standby, latitude: 45}", 12, 30,
               "'latitude' needs its other half: latitude and longitude go together");
}

static void mistakes_are_told_together_and_in_the_order_of_the_file(void **state)
{
    (void)state;
    struct world world;
    char *one = with(base, "at: 10 min", "at: 2 h");
    char *two = with(one, "min: 2, max: 8", "min: 9, max: 8");
    char *three = with(two, "warmup: 1 min", "warmup: 2 h");
    world_open(&world, three);
    assert_int_equal(ust_diag_errors(world.spec.diag), 3);
    char *printed = NULL;
    size_t length;
    FILE *out = open_memstream(&printed, &length);
    ust_diag_print(world.spec.diag, out, "nothing was run");
    fclose(out);
    const char *warmup = strstr(printed, "t.yaml:3:9: error: 'warmup'");
    const char *min = strstr(printed, "t.yaml:18:38: error: 'min'");
    const char *at = strstr(printed, "t.yaml:26:48: error: 'at'");
    assert_non_null(warmup);
    assert_non_null(min);
    assert_non_null(at);
    assert_true(warmup < min);
    assert_true(min < at);
    assert_non_null(strstr(printed, "3 errors; nothing was run"));
    free(printed);
    world_close(&world);
    free(one);
    free(two);
    free(three);
}

static void a_persona_with_a_mistake_is_not_called_unknown_too(void **state)
{
    (void)state;
    refused_at("latency: 700 ms", "latency: 700", 8, 26,
               "'latency' is 700, needs a unit such as 250 ms");
}

static void a_region_without_a_pool_is_only_warned_of(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "      us-west-2: 2\n", "");
    assert_int_equal(ust_diag_errors(world.spec.diag), 0);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "service 'web' has no pool in region 'us-west-2'; requests that are "
                        "routed there fail");
    assert_false(world.scenario->config->pools[1].exists);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_valid_without_a_warning),
        cmocka_unit_test(a_fault_after_the_end_is_refused),
        cmocka_unit_test(a_fault_just_before_the_end_is_taken),
        cmocka_unit_test(a_scaler_without_room_is_warned_of_where_it_is_the_services_own),
        cmocka_unit_test(a_minimum_over_the_maximum_is_refused),
        cmocka_unit_test(a_minimum_over_the_first_instances_is_refused),
        cmocka_unit_test(a_maximum_below_the_first_instances_is_refused),
        cmocka_unit_test(a_warmup_longer_than_the_run_is_refused),
        cmocka_unit_test(a_pool_in_a_region_that_is_not_there_is_refused),
        cmocka_unit_test(a_fault_in_a_region_that_is_not_there_is_refused),
        cmocka_unit_test(a_fault_of_a_service_that_is_not_there_is_refused),
        cmocka_unit_test(a_zone_that_the_region_lacks_is_refused),
        cmocka_unit_test(traffic_of_a_persona_that_is_not_there_is_refused),
        cmocka_unit_test(traffic_at_a_service_that_is_not_there_is_refused),
        cmocka_unit_test(an_objective_of_a_persona_that_is_not_there_is_refused),
        cmocka_unit_test(the_same_traffic_twice_is_refused),
        cmocka_unit_test(two_personas_of_one_name_are_refused),
        cmocka_unit_test(two_regions_without_routing_are_refused),
        cmocka_unit_test(sessions_of_a_persona_without_a_session_are_refused),
        cmocka_unit_test(a_probe_that_outlives_its_interval_is_refused),
        cmocka_unit_test(an_instance_probe_that_outlives_its_interval_is_refused),
        cmocka_unit_test(what_happens_every_microsecond_is_refused),
        cmocka_unit_test(a_place_that_nobody_knows_is_refused),
        cmocka_unit_test(a_latitude_without_a_longitude_is_refused),
        cmocka_unit_test(mistakes_are_told_together_and_in_the_order_of_the_file),
        cmocka_unit_test(a_persona_with_a_mistake_is_not_called_unknown_too),
        cmocka_unit_test(a_region_without_a_pool_is_only_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
