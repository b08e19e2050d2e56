/* The watch sees what it is there to see: told of a death that routing and balancers know
 * nothing of, it finds traffic to the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "models/world/scenario.h"
#include "tests/swarm/watch.h"

struct looked {
    struct ust_spec spec;
    struct ust_model *model;
    struct swarm_watch *watch;
    struct ust_text finding;
};

static const char two_regions[] =
    "understudy: 1\nname: two\nduration: 5 min\ninterval: 10 s\n"
    "regions: {a: {role: primary, latitude: 1, longitude: 1}, "
    "b: {role: standby, latitude: 40, longitude: 40}}\n"
    "personas: [{name: u, actions: {ask: {work: 20 ms}}, tolerance: {timeout: 1 s, "
    "retries: {kind: backoff, attempts: 3}}}]\n"
    "services: {web: {instance: {name: i, tuning: {slots: 4}}, health_check: {interval: 2 s, "
    "timeout: 1 s}, pools: {a: 3, b: 3}}}\n"
    "traffic: [{persona: u, arrivals: {kind: poisson, rate: 20 /s}}]\n"
    "routing: {policy: {kind: failover_order, order: [a, b]}, "
    "health_check: {interval: 2 s, timeout: 1 s}";

/* Handlers are wrapped before anything has happened. */
static void look(struct looked *it, const char *dns, const char *faults)
{
    struct ust_text yaml = {0};
    *it = (struct looked){.spec = {.arena = ust_arena_new(), .diag = ust_diag_new()}};
    ust_text_printf(&yaml, "%s%s}\n%s", two_regions, dns, faults);
    struct ust_node *root = ust_spec_read_text(&it->spec, "two.yaml", yaml.data, yaml.length);
    assert_non_null(root);
    const struct ust_scenario *scenario = ust_scenario_decode(&it->spec, "two.yaml", root);
    if (scenario == NULL)
        ust_diag_print(it->spec.diag, stderr, NULL);
    assert_non_null(scenario);
    it->model = ust_model_new(scenario->config, 1);
    it->watch = swarm_watch_begin(it->model, &it->finding);
    ust_text_free(&yaml);
}

static void forget(struct looked *it)
{
    swarm_watch_end(it->watch);
    ust_model_free(it->model);
    ust_text_free(&it->finding);
    ust_diag_free(it->spec.diag);
    ust_arena_free(it->spec.arena);
}

static void all_is_well_where_nothing_dies(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).admitted > 1000);
    assert_int_equal(swarm_watch_saw(it.watch).sent, 0);
    forget(&it);
}

static void traffic_to_an_instance_that_is_known_dead_is_found(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    swarm_watch_tell(it.watch, "instance_unhealthy", 1, 1, 2);
    ust_model_run(it.model);
    assert_non_null(strstr(it.finding.data, "an attempt came to instance 2 of service 1 in "
                                            "region 1, which is known to be out of service"));
    forget(&it);
}

static void an_instance_that_is_well_again_may_have_traffic(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    swarm_watch_tell(it.watch, "instance_unhealthy", 1, 1, 2);
    swarm_watch_tell(it.watch, "instance_healthy", 1, 1, 2);
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    forget(&it);
}

static void traffic_to_a_region_that_is_known_lost_is_found(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    swarm_watch_tell(it.watch, "detected", 1, 0, 0);
    ust_model_run(it.model);
    assert_non_null(strstr(it.finding.data, "an attempt was sent to region 1, which is known "
                                            "to be lost"));
    forget(&it);
}

/* The name servers answer anew after the end of the run. */
static void traffic_of_those_who_cannot_know_yet_is_none_to_the_dead(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {delay: 6 min}", "");
    swarm_watch_tell(it.watch, "detected", 1, 0, 0);
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).sent > 1000);
    forget(&it);
}

static void a_real_loss_sends_nobody_to_the_dead_beyond_the_caches(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}",
         "faults: [{kind: region_loss, region: a, at: 1 min, duration: 2 min}]\n");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).sent > 50); /* by old answers */
    forget(&it);
}

static void with_all_regions_lost_routing_fails_open(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}",
         "faults: [{kind: region_loss, region: a, at: 1 min, duration: 2 min}, "
         "{kind: region_loss, region: b, at: 1 min, duration: 3 min}]\n");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).sent > 1000);
    forget(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well_where_nothing_dies),
        cmocka_unit_test(traffic_to_an_instance_that_is_known_dead_is_found),
        cmocka_unit_test(an_instance_that_is_well_again_may_have_traffic),
        cmocka_unit_test(traffic_to_a_region_that_is_known_lost_is_found),
        cmocka_unit_test(traffic_of_those_who_cannot_know_yet_is_none_to_the_dead),
        cmocka_unit_test(a_real_loss_sends_nobody_to_the_dead_beyond_the_caches),
        cmocka_unit_test(with_all_regions_lost_routing_fails_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
