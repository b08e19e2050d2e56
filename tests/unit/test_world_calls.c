/* What a scenario may say about calls, caches and data, and how it is told that it may not. */
#include "tests/unit/scenario_help.h"

#define WEB "    health_check: {interval: 10 s}\n"
#define DB                                                                                     \
    "  db:\n    instance: {name: box, tuning: {slots: 4}, source: {how: assumed, note: "       \
    "test}}\n"                                                                                 \
    "    pools: {us-east-1: 1, us-west-2: 1}\n"

static void told(const char *web, const char *db, const char *message)
{
    struct world world;
    char more[800];
    snprintf(more, sizeof more, WEB "%s", web);
    char *first = with(base, WEB, more);
    snprintf(more, sizeof more, DB "%straffic:\n", db);
    char *text = with(first, "traffic:\n", more);
    world_open(&world, text);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text, message);
    world_close(&world);
    free(text);
    free(first);
}

static void a_circle_of_calls_is_refused_and_named(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms}]\n",
         "    calls: [{service: web, work: 1 ms}]\n",
         "services call each other in a circle: web -> db -> web");
}

static void a_service_cannot_call_itself(void **state)
{
    (void)state;
    told("    calls: [{service: web, work: 1 ms}]\n", "",
         "services call each other in a circle: web -> web");
}

static void a_call_to_nobody_is_refused(void **state)
{
    (void)state;
    told("    calls: [{service: bd, work: 1 ms}]\n", "",
         "unknown service 'bd'; did you mean 'db'?");
}

static void the_first_call_goes_with_none(void **state)
{
    (void)state;
    told("    calls: [{service: db, order: with, work: 1 ms}]\n", "",
         "the first call has none before it to go with");
}

static void writes_need_a_primary(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms, writes: 5 %}]\n", "",
         "'db' has no 'data' with a primary to write to");
}

static void slots_during_calls_need_calls(void **state)
{
    (void)state;
    told("    async: true\n", "",
         "'async' says what becomes of slots during calls, but 'web' makes none");
}

static void users_write_where_there_is_a_primary(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "rate: 20 req/s}}", "rate: 20 req/s}, writes: 5 %}");
    world_open(&world, text);
    assert_null(world.scenario);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "'web' has no 'data' with a primary to write to");
    world_close(&world);
    free(text);
}

static void a_hedged_call_says_when_it_is_copied(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms, hedge: {copies: 3}}]\n", "",
         "'hedge' needs a 'delay' or a 'quantile', after which a copy is sent");
    told("    calls: [{service: db, work: 1 ms, timeout: 50 ms, hedge: 50 ms}]\n", "",
         "'delay' is 50 ms, must lie below 'timeout', 50 ms: no copy would ever be sent");
}

static void sizes_of_calls_have_units(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms, response: 30}]\n", "",
         "'response' is 30, needs a unit such as 4 GiB");
}

static void a_cache_holds_no_more_than_there_is(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms, cache: {policy: {kind: lru, objects: 10, size: "
         "20}}}]\n",
         "", "'size' is 20, over 'objects', 10: nothing would ever leave it");
}

static void a_cache_is_cold_in_regions_that_exist(void **state)
{
    (void)state;
    told("    calls: [{service: db, work: 1 ms, cache: {policy: {kind: working_set, entries: "
         "20}, cold_in: [us-west-1]}}]\n",
         "", "unknown region 'us-west-1'; did you mean 'us-west-2'?");
}

static void a_primary_needs_a_pool(void **state)
{
    (void)state;
    told("", "    data: {primary: us-west-3}\n",
         "unknown region 'us-west-3'; did you mean 'us-west-2'?");
}

static void a_primary_cannot_follow_itself(void **state)
{
    (void)state;
    told("", "    data: {primary: us-east-1, replicas: [us-east-1]}\n",
         "'us-east-1' has the primary, and cannot follow itself");
}

static void a_measured_lag_is_not_assumed_too(void **state)
{
    (void)state;
    told("", "    replication_lag: 1 s\n    data: {primary: us-east-1}\n",
         "'db' has 'data', whose lag is measured, so it needs no 'replication_lag'");
}

static void a_wipe_without_a_cache_is_refused(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "kind: region_loss, region: us-east-1,", "kind: cache_wipe,");
    world_open(&world, text);
    assert_null(world.scenario);
    assert_string_equal(
        ust_diag_at(world.spec.diag, 0)->text,
        "'cache_wipe' would do nothing: no call of a service in its scope has a 'cache'");
    world_close(&world);
    free(text);
}

static void calls_with_one_another_share_a_step(void **state)
{
    (void)state;
    struct world world;
    char *first = with(base, WEB,
                       WEB "    calls: [{service: db, work: 1 ms}, {service: db, order: with, "
                           "work: 1 ms}, {service: db, work: 1 ms}]\n");
    char *text = with(first, "traffic:\n", DB "traffic:\n");
    world_open(&world, text);
    assert_non_null(world.scenario);
    const struct ust_calls_config *calls = &world.scenario->config->services[0].calls;
    assert_int_equal(calls->n, 3);
    assert_int_equal(calls->call[0].step, 0);
    assert_int_equal(calls->call[1].step, 0);
    assert_int_equal(calls->call[2].step, 1);
    /* 68 ms over the 3,500 km between Virginia and Oregon */
    double ms = (double)world.scenario->config->between[1] / 1e6;
    assert_true(ms > 60 && ms < 75);
    world_close(&world);
    free(text);
    free(first);
}

/* ---- data that a failover plan promotes ---- */

static void told_of_plan(const char *db, const char *step, const char *message)
{
    struct world world;
    char more[800];
    snprintf(more, sizeof more,
             "failover: {from: us-east-1, to: us-west-2, steps: [{kind: detect}, {%s}, {kind: "
             "shift_traffic}]}\nfaults:\n",
             step);
    char *first = with(base, "faults:\n", more);
    snprintf(more, sizeof more, DB "%straffic:\n", db);
    char *text = with(first, "traffic:\n", more);
    world_open(&world, text);
    if (message == NULL) {
        show(&world);
        assert_non_null(world.scenario);
    } else {
        assert_null(world.scenario);
        assert_int_equal(ust_diag_errors(world.spec.diag), 1);
        assert_string_equal(ust_diag_at(world.spec.diag, 0)->text, message);
    }
    world_close(&world);
    free(text);
    free(first);
}

static void a_step_promotes_a_service_that_exists(void **state)
{
    (void)state;
    told_of_plan("    data: {primary: us-east-1}\n", "kind: promote_data, services: [dbb]",
                 "unknown service 'dbb'; did you mean 'db'?");
}

static void a_step_promotes_what_has_a_copy_there(void **state)
{
    (void)state;
    told_of_plan("    data: {primary: us-east-1}\n", "kind: promote_data, services: [db]",
                 NULL);
    struct world world;
    char *first = with(base, "faults:\n",
                       "failover: {from: us-east-1, to: us-west-2, steps: [{kind: "
                       "promote_data, services: [db]}, {kind: shift_traffic}]}\nfaults:\n");
    char *text = with(first, "traffic:\n",
                      "  db:\n    instance: {name: box, source: {how: assumed, note: test}}\n"
                      "    pools: {us-east-1: 1}\n    data: {primary: us-east-1}\ntraffic:\n");
    world_open(&world, text);
    assert_null(world.scenario);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "'db' has no replica in 'us-west-2' that could be promoted");
    world_close(&world);
    free(text);
    free(first);
}

static void a_promotion_of_data_states_no_time_of_its_own(void **state)
{
    (void)state;
    told_of_plan("    data: {primary: us-east-1}\n", "kind: promote_data, duration: 30 s",
                 "how long this takes is said by the data of 'db', in its 'promotion: "
                 "duration'");
    told_of_plan("    data: {primary: us-east-1}\n",
                 "kind: promote_data, services: [web], duration: 30 s", NULL);
    told_of_plan("    replication_lag: 1 s\n", "kind: promote_data, duration: 30 s", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circle_of_calls_is_refused_and_named),
        cmocka_unit_test(a_service_cannot_call_itself),
        cmocka_unit_test(a_call_to_nobody_is_refused),
        cmocka_unit_test(the_first_call_goes_with_none),
        cmocka_unit_test(writes_need_a_primary),
        cmocka_unit_test(slots_during_calls_need_calls),
        cmocka_unit_test(users_write_where_there_is_a_primary),
        cmocka_unit_test(a_hedged_call_says_when_it_is_copied),
        cmocka_unit_test(sizes_of_calls_have_units),
        cmocka_unit_test(a_cache_holds_no_more_than_there_is),
        cmocka_unit_test(a_cache_is_cold_in_regions_that_exist),
        cmocka_unit_test(a_primary_needs_a_pool),
        cmocka_unit_test(a_primary_cannot_follow_itself),
        cmocka_unit_test(a_measured_lag_is_not_assumed_too),
        cmocka_unit_test(a_wipe_without_a_cache_is_refused),
        cmocka_unit_test(calls_with_one_another_share_a_step),
        cmocka_unit_test(a_step_promotes_a_service_that_exists),
        cmocka_unit_test(a_step_promotes_what_has_a_copy_there),
        cmocka_unit_test(a_promotion_of_data_states_no_time_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
