/* Mistakes of different depth in one scenario are told together: none hides another. */
#include "tests/unit/scenario_help.h"

/* The base with this change: exactly these messages, in this order. */
static void tells(const char *old, const char *new, const char *const *expected)
{
    struct world world;
    char *text = with(base, old, new);
    world_open(&world, text);
    assert_null(world.scenario);
    unsigned n = 0;
    const struct ust_diag_message *message;
    for (; expected[n] != NULL && (message = ust_diag_at(world.spec.diag, n)) != NULL; n++)
        assert_string_equal(message->text, expected[n]);
    if (ust_diag_errors(world.spec.diag) != n || expected[n] != NULL)
        show(&world);
    assert_null(expected[n]);
    assert_int_equal(ust_diag_errors(world.spec.diag), n);
    world_close(&world);
    free(text);
}

#define TELLS(old, new, ...) tells(old, new, (const char *const[]){__VA_ARGS__, NULL})

static void a_duplicate_key_hides_no_other_mistake(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "duration: 1 h\n", "duration: 1 h\nduration: 2 h\nseed: x\n");
    world.spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root = ust_spec_read_text(&world.spec, "t.yaml", text, strlen(text));
    assert_non_null(root);
    (void)ust_scenario_decode(&world.spec, "t.yaml", root);
    assert_int_equal(ust_diag_errors(world.spec.diag), 2);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "duplicate key 'duration'; it stands at 4:1 already");
    assert_int_equal(ust_diag_at(world.spec.diag, 1)->place.line, 6);
    world_close(&world);
    free(text);
}

static void a_wrong_value_hides_no_unknown_place_device_or_share(void **state)
{
    (void)state;
    TELLS("    tolerance: {latency: 700 ms, errors: 2 %}\n",
          "    geography: {Londn: 100 %}\n"
          "    devices: {desktop: 70 %}\n"
          "    weight: 3 kg\n",
          "unknown place 'Londn'; did you mean 'London'?",
          "shares of 'devices' add up to 70 %, must add up to 100 %",
          "'weight' is '3 kg', needs a number such as 1.5");
}

static void a_part_with_a_wrong_value_is_not_judged_as_a_whole(void **state)
{
    (void)state;
    TELLS(
        "    tolerance: {latency: 700 ms, errors: 2 %}\n",
        "    tolerance: {latency: 2 s, timeout: 1 parsec}\n    devices: {mobile: 70 bits}\n",
        "'timeout' is 1 parsec, has an unknown unit 'parsec'; needs a duration such as 250 ms",
        "'share' is 70 bits, has an unknown unit 'bits'; needs a ratio such as 60 % or 0.6");
}

static void a_persona_with_a_mistake_is_known_by_its_name(void **state)
{
    (void)state;
    TELLS("    tolerance: {latency: 700 ms, errors: 2 %}\n",
          "    weight: 3 kg\n"
          "  - name: shopper\n"
          "    actions: {look: {work: 1 ms}}\n",
          "'weight' is '3 kg', needs a number such as 1.5",
          "two personas are called 'shopper'; names must differ");
    TELLS("errors: 2 %}\n    source: {how: assumed, note: test}\n",
          "errors: 2 kg}\n    source: {how: assumed, note: test}\n"
          "injections: [{persona: shoper, region: us-east-1, at: 1 min, duration: 1 min,\n"
          "  rate: 5 /s}]\n",
          "'errors' is 2 kg, has an unknown unit 'kg'; needs a ratio such as 60 % or 0.6",
          "unknown persona 'shoper'; did you mean 'shopper'?");
}

static void a_wrong_value_hides_no_table_that_is_missing(void **state)
{
    (void)state;
    TELLS("{kind: poisson, rate: 20 req/s}}\n",
          "{kind: trace, file: nowhere.csv, interval: 1 min}}\n"
          "network: {rtt: nowhere-either.csv}\n"
          "seed: x\n",
          "'nowhere.csv' cannot be read: No such file or directory",
          "'nowhere-either.csv' cannot be read: No such file or directory",
          "'seed' is 'x', needs a whole number such as 3");
}

static void a_horizon_that_has_no_room_for_the_longest_rto_is_refused(void **state)
{
    (void)state;
    refused_at("rto: 3 min", "rto: 31 min", 28, 18,
               "the 'horizon' of readiness is 1 h, must be at least twice the longest 'rto', "
               "31 m");
    refused_at(
        "rto: 3 min}\n", "rto: 3 min}\nreadiness: {horizon: 5 min}\n", 29, 22,
        "the 'horizon' of readiness is 5 m, must be at least twice the longest 'rto', 3 m");
}

static void a_horizon_of_twice_the_longest_rto_is_taken(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "rto: 3 min}\n", "rto: 3 min}\nreadiness: {horizon: 6 min}\n");
    world_close(&world);
}

static void what_is_no_name_is_not_looked_for(void **state)
{
    (void)state;
    TELLS("[us-east-1, us-west-2]", "[us-east-1, \"us/west\"]",
          "'order' is 'us/west', needs a name of letters, digits, '-', '_', '.' and spaces");
    TELLS("[us-east-1, us-west-2]", "[us-east-1, {}]",
          "'order' is a mapping, needs a name of letters, digits, '-', '_', '.' and spaces");
}

static void a_level_whose_regions_cannot_be_read_is_not_weighed(void **state)
{
    (void)state;
    TELLS("{kind: failover_order, order: [us-east-1, us-west-2]}",
          "{kind: priority, levels: [{overprovisioning: 140 %}]}",
          "'regions' is missing, needs a mapping from names", "unknown key 'overprovisioning'");
}

static void a_persona_that_cannot_be_read_is_not_spoken_of(void **state)
{
    (void)state;
    TELLS("traffic:\n  - {persona: shopper, service: web,",
          "  api:\n    instance: {name: tiny, source: {how: assumed, note: test}}\n"
          "    pools: {us-east-1: 1}\n"
          "traffic:\n  - {persona: a:b,",
          "'persona' is 'a:b', needs a name of letters, digits, '-', '_', '.' and spaces");
}

static void a_service_that_cannot_be_read_is_not_missing(void **state)
{
    (void)state;
    TELLS("traffic:\n  - {persona: shopper, service: web,",
          "  api:\n    instance: {name: tiny, source: {how: assumed, note: test}}\n"
          "    pools: {us-east-1: 1}\n"
          "injections: [{persona: shopper, service: c:d, region: us-east-1, at: 1 min,\n"
          "  duration: 1 min, rate: 5 /s}]\n"
          "traffic:\n  - {persona: shopper, service: a:b,",
          "'service' is 'c:d', needs a name of letters, digits, '-', '_', '.' and spaces",
          "'service' is 'a:b', needs a name of letters, digits, '-', '_', '.' and spaces");
}

static void a_list_of_one_is_looked_at_without_brackets_too(void **state)
{
    (void)state;
    static const char pools[] = "    pools:\n      us-east-1: {instances: 4, min: 2, max: 8}\n";
    struct world world;
    world_with(&world, pools,
               "    data: {primary: us-east-1, replicas: us-west-2}\n"
               "    pools:\n      us-east-1: {instances: 4, min: 2, max: 8}\n");
    world_close(&world);
    TELLS(pools,
          "    data: {primary: us-east-1, replicas: us-wst-2}\n"
          "    pools:\n      us-east-1: {instances: 4, min: 2, max: 8}\n",
          "unknown region 'us-wst-2'; did you mean 'us-west-2'?");
    refused_at("region_loss, region: us-east-1,", "zone_loss, region: us-east-1, zones: 99,",
               26, 49, "'99' is no zone; write a number from 1 to 64 or a letter from a");
}

/* The base with a forecast, which reads a history, and with `more` behind its services. */
#define FORECAST(history, more)                                                                \
    "    scaler: {kind: aws_predictive, target: 50 %, history: " history "}\n"                 \
    "    pools:\n"                                                                             \
    "      us-east-1: {instances: 4, min: 2, max: 8}\n"                                        \
    "      us-west-2: 2\n" more "traffic:\n"

static void hours_that_cannot_be_told_are_not_looked_for_in_a_history(void **state)
{
    (void)state;
    static const char pools[] = "    pools:\n"
                                "      us-east-1: {instances: 4, min: 2, max: 8}\n"
                                "      us-west-2: 2\n"
                                "traffic:\n";
    TELLS(pools, FORECAST("{file: nowhere.csv}", "seed: x\n"),
          "'nowhere.csv' cannot be read: No such file or directory",
          "'seed' is 'x', needs a whole number such as 3");
    TELLS(pools, FORECAST("{file: nowhere.csv}", "start: soon\n"),
          "'start' is 'soon', needs a date and a time such as 2026-11-27T16:00:00-05:00");
    TELLS(pools, FORECAST("{file: nowhere.csv, from: 1700-01-01}", ""),
          "'from' is '1700-01-01', must lie between the years 1970 and 2200");
}

static void a_word_in_the_wrong_case_is_recognised(void **state)
{
    (void)state;
    refused_at("{kind: poisson, rate", "{kind: POISSON, rate", 21, 55,
               "unknown arrivals 'POISSON'; did you mean 'poisson'?");
    TELLS("work: 10 ms", "Work: 10 ms",
          "'work' is missing, needs a distribution such as lognormal(mean 40 ms, cv 1.5)",
          "unknown key 'Work'; did you mean 'work'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duplicate_key_hides_no_other_mistake),
        cmocka_unit_test(a_wrong_value_hides_no_unknown_place_device_or_share),
        cmocka_unit_test(a_part_with_a_wrong_value_is_not_judged_as_a_whole),
        cmocka_unit_test(a_persona_with_a_mistake_is_known_by_its_name),
        cmocka_unit_test(a_wrong_value_hides_no_table_that_is_missing),
        cmocka_unit_test(a_horizon_that_has_no_room_for_the_longest_rto_is_refused),
        cmocka_unit_test(a_horizon_of_twice_the_longest_rto_is_taken),
        cmocka_unit_test(what_is_no_name_is_not_looked_for),
        cmocka_unit_test(a_level_whose_regions_cannot_be_read_is_not_weighed),
        cmocka_unit_test(a_persona_that_cannot_be_read_is_not_spoken_of),
        cmocka_unit_test(a_service_that_cannot_be_read_is_not_missing),
        cmocka_unit_test(a_list_of_one_is_looked_at_without_brackets_too),
        cmocka_unit_test(hours_that_cannot_be_told_are_not_looked_for_in_a_history),
        cmocka_unit_test(a_word_in_the_wrong_case_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
