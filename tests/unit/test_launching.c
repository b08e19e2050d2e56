/* The scenario's sections about launches: what they refuse, each with its message, and what
 * they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/world/scenario.h"

struct world {
    struct ust_spec spec;
    struct ust_scenario *scenario;
    char *printed;
};

/* A scenario with these lines in its service, and these at its end. */
static void world_open(struct world *world, const char *launching, const char *more)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "understudy: 1\nname: t\nduration: 1 h\n"
                         "personas: [{name: user, actions: {ask: {work: 10 ms}}}]\n"
                         "regions: {here: {zones: 3}, there: {zones: 2, price_factor: 2}}\n"
                         "services:\n  s:\n"
                         "    instance: {name: box, capacity: {vcpu: 4}, price: 1 USD/h}\n"
                         "    launching: {%s}\n"
                         "    pools: {here: {instances: 4, max: 9}, there: 2}\n"
                         "traffic: [{persona: user, arrivals: {kind: poisson, rate: 1 /s}}]\n"
                         "routing: {policy: {kind: failover_order, order: [here, there]}}\n"
                         "%s\n",
                         launching, more) > 0);
    *world = (struct world){.spec = {.arena = ust_arena_new(), .diag = ust_diag_new()}};
    struct ust_node *root = ust_spec_read_text(&world->spec, "t.yaml", text, strlen(text));
    if (root != NULL)
        world->scenario = ust_scenario_decode(&world->spec, "t.yaml", root);
    size_t length;
    FILE *out = open_memstream(&world->printed, &length);
    ust_diag_print(world->spec.diag, out, NULL);
    fclose(out);
    free(text);
}

static void world_close(struct world *world)
{
    free(world->printed);
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
}

static void refused(const char *launching, const char *more, const char *message)
{
    struct world world;
    world_open(&world, launching, more);
    if (world.scenario != NULL || strstr(world.printed, message) == NULL)
        fail_msg("expected: %s\ngot: %s", message, world.printed);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    world_close(&world);
}

static const struct ust_config *accepted(struct world *world, const char *launching,
                                         const char *more)
{
    world_open(world, launching, more);
    if (world->scenario == NULL)
        fail_msg("%s", world->printed);
    return world->scenario->config;
}

/* ---- launching ---- */

static void alternatives_must_be_of_one_size_and_have_a_policy_that_uses_them(void **unused)
{
    (void)unused;
    refused("policy: aws_auto_scaling, alternatives: [{name: big, capacity: {vcpu: 8}, tuning: "
            "{slots: 4}}]",
            "", "'big' has 8 vcpu; an alternative to 'box' must have 4");
    refused("policy: aws_auto_scaling, alternatives: [{name: wide, capacity: {vcpu: 4}, "
            "tuning: {slots: 9}}]",
            "", "'wide' has 9 slots; an alternative to 'box' must have 4");
    refused("alternatives: [{name: other, capacity: {vcpu: 4}}]", "",
            "'alternatives' need a 'policy' that falls back to them; plain does not");
}

static void checkpoints_rise_and_a_refresh_begins_within_the_run(void **unused)
{
    (void)unused;
    refused("refresh: {at: 1 min, checkpoints: [50 %, 20 %]}", "",
            "checkpoints rise, from above 0 % to at most 100 %");
    refused("refresh: {at: 2 h}", "", "'at' is 2 h, but the run ends after 1 h");
}

static void a_policy_that_does_not_exist_is_compared_with_those_that_do(void **unused)
{
    (void)unused;
    refused("policy: aws_autoscaling", "", "did you mean 'aws_auto_scaling'?");
}

/* ---- capacity ---- */

static void capacity_names_regions_zones_and_types_that_exist(void **unused)
{
    (void)unused;
    refused("", "capacity: {her: {quota: 100}}", "unknown region 'her'");
    refused("", "capacity: {there: {spare: [{vcpu: 4, zone: c}]}}",
            "'there' has 2 zones; 'c' is not one of them");
    refused("", "capacity: {here: {spare: [{vcpu: 4, zone: north}]}}",
            "'north' is no zone; write a number from 1 or a letter from a");
    refused("", "capacity: {here: {spare: [{vcpu: 4, type: bax}]}}",
            "unknown type 'bax'; did you mean 'box'?");
    refused("", "capacity: {here: {spare: [{vcpu: 4}], others: {share: 10 %, from: [hare]}}}",
            "unknown region 'hare'");
}

static void a_quota_carries_what_runs_at_the_beginning(void **unused)
{
    (void)unused;
    refused("", "capacity: {here: {quota: 15}}",
            "'quota' is 15 vCPU, but 16 run in 'here' at the beginning");
    struct world world;
    (void)accepted(&world, "", "capacity: {here: {quota: 16}}");
    world_close(&world);
}

static void others_need_something_to_take(void **unused)
{
    (void)unused;
    refused("", "capacity: {here: {others: {share: 50 %}}}",
            "others take a share of 'spare', and there is no such line");
}

static void capacity_becomes_tokens_lines_and_masks(void **unused)
{
    (void)unused;
    struct world world;
    const struct ust_config *config = accepted(
        &world, "",
        "capacity: {there: {api: {rate: 2 /s, burst: 5}, spare: [{vcpu: 4, zone: b}, {vcpu: 8, "
        "type: box}], others: {share: 50 %, from: [here]}}}");
    assert_null(config->regions[0].supply);
    const struct ust_supply_config *supply = config->regions[1].supply;
    assert_int_equal(supply->token, UST_S / 2);
    assert_int_equal(supply->burst, 5);
    assert_int_equal(supply->spare_n, 2);
    assert_int_equal(supply->spare[0].zone, 1);
    assert_int_equal(supply->spare[0].type, -1);
    assert_int_equal(supply->spare[1].zone, -1);
    assert_int_equal(supply->spare[1].type, 0);
    assert_int_equal(supply->others.from, 1);
    assert_true(supply->others.hold == UST_NEVER);
    world_close(&world);
}

/* ---- nodes ---- */

#define NODES(size, regions)                                                                   \
    "nodes: {workers: {instances: [{name: big, capacity: {vcpu: " size                         \
    "}, price: 3 USD/h}], regions: {" regions "}}}"

static void pods_at_the_beginning_must_have_room(void **unused)
{
    (void)unused;
    refused("nodes: workers", NODES("8", "here: 1, there: 1"),
            "2 of the 4 pods at the beginning find no room on the 1 node of 'workers'");
    struct world world;
    (void)accepted(&world, "nodes: workers", NODES("8", "here: 2, there: 1"));
    world_close(&world);
}

static void services_stand_on_nodes_that_exist_where_they_are(void **unused)
{
    (void)unused;
    refused("nodes: wrkers", NODES("8", "here: 2, there: 1"),
            "unknown nodes 'wrkers'; did you mean 'workers'?");
    refused("nodes: workers", NODES("8", "here: 2"),
            "nodes 'workers' has none in region 'there'");
    refused("nodes: workers, warm_pool: {state: stopped}", NODES("8", "here: 2, there: 1"),
            "pods are placed on 'nodes'");
}

static void node_limits_hold_what_is_there(void **unused)
{
    (void)unused;
    refused("nodes: workers", NODES("8", "here: {nodes: 2, min: 3}, there: 1"),
            "'min' is 3, over 'nodes', 2");
    refused("nodes: workers", NODES("8", "here: {nodes: 2, max: 1}, there: 1"),
            "'max' is 1, below 'nodes', 2");
}

static void nodes_without_a_service_are_a_warning(void **unused)
{
    (void)unused;
    struct world world;
    (void)accepted(&world, "", NODES("8", "here: 2"));
    assert_non_null(strstr(world.printed, "no service stands on nodes 'workers' in 'here'"));
    world_close(&world);
}

static void pods_cost_nothing_and_nodes_their_price_in_the_region(void **unused)
{
    (void)unused;
    struct world world;
    const struct ust_config *config =
        accepted(&world, "nodes: workers", NODES("8", "here: 2, there: 1"));
    assert_int_equal(config->node_sets_n, 2);
    assert_true(config->pools[0].price <= 0);
    assert_true(config->node_sets[0].size[0].price > 2.99 &&
                config->node_sets[0].size[0].price < 3.01);
    assert_true(config->node_sets[1].size[0].price > 5.99 &&
                config->node_sets[1].size[0].price < 6.01);
    assert_int_equal(config->pools[1].launching.nodes, 2);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alternatives_must_be_of_one_size_and_have_a_policy_that_uses_them),
        cmocka_unit_test(checkpoints_rise_and_a_refresh_begins_within_the_run),
        cmocka_unit_test(a_policy_that_does_not_exist_is_compared_with_those_that_do),
        cmocka_unit_test(capacity_names_regions_zones_and_types_that_exist),
        cmocka_unit_test(a_quota_carries_what_runs_at_the_beginning),
        cmocka_unit_test(others_need_something_to_take),
        cmocka_unit_test(capacity_becomes_tokens_lines_and_masks),
        cmocka_unit_test(pods_at_the_beginning_must_have_room),
        cmocka_unit_test(services_stand_on_nodes_that_exist_where_they_are),
        cmocka_unit_test(node_limits_hold_what_is_there),
        cmocka_unit_test(nodes_without_a_service_are_a_warning),
        cmocka_unit_test(pods_cost_nothing_and_nodes_their_price_in_the_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
