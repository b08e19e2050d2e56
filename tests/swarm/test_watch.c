/* The watch sees what it is there to see: told of a death that routing, callers and balancers
 * know nothing of, it finds traffic to the dead, of each kind and at each level. */
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

/* A shop in `a` reads and writes a database of `b` and `c`, which errs a little and is late now
 * and then; load is injected into `b`. */
static const char calling[] =
    "understudy: 1\nname: calling\nduration: 5 min\ninterval: 10 s\n"
    "regions: {a: {role: primary, latitude: 1, longitude: 1}, "
    "b: {role: standby, latitude: 10, longitude: 10}, "
    "c: {role: standby, latitude: 40, longitude: 40}}\n"
    "personas: [{name: u, actions: {ask: {work: 5 ms}}}]\n"
    "services:\n"
    "  shop: {instance: {name: i, tuning: {slots: 50}}, pools: {a: 2}, calls: ["
    "{service: db, work: exponential(mean 20 ms), timeout: 3 s, "
    "retries: {kind: immediate, attempts: 3}, hedge: {delay: 60 ms}}, "
    "{service: db, work: 5 ms, writes: 100 %}]}\n"
    "  db: {instance: {name: j, tuning: {slots: 8}}, pools: {b: 3, c: 3}, "
    "health_check: {interval: 2 s, timeout: 1 s}, data: {primary: b, promotion: {detect: 5 s, "
    "duration: 5 s}}}\n"
    "traffic: [{persona: u, service: shop, arrivals: {kind: poisson, rate: 20 /s}}, "
    "{persona: u, service: db, arrivals: {kind: poisson, rate: 1 /s}, writes: 50 %}]\n"
    "injections: [{persona: u, service: db, region: b, at: 0 s, duration: 5 min, rate: 5 /s, "
    "writes: 50 %}]\n"
    "routing: {policy: {kind: failover_order, order: [a, b, c]}, "
    "health_check: {interval: 2 s, timeout: 1 s}, dns: {}}\n"
    "faults:\n"
    "  - {kind: error_burst, service: db, share: 10 %, at: 0 s}\n";

/* Handlers are wrapped before anything has happened. */
static void look_at(struct looked *it, const char *yaml)
{
    *it = (struct looked){.spec = {.arena = ust_arena_new(), .diag = ust_diag_new()}};
    struct ust_node *root = ust_spec_read_text(&it->spec, "watched.yaml", yaml, strlen(yaml));
    const struct ust_scenario *scenario =
        root == NULL ? NULL : ust_scenario_decode(&it->spec, "watched.yaml", root);
    if (scenario == NULL)
        ust_diag_print(it->spec.diag, stderr, NULL);
    assert_non_null(scenario);
    it->model = ust_model_new(scenario->config, 1);
    it->watch = swarm_watch_begin(it->model, &it->finding);
}

static void look(struct looked *it, const char *dns, const char *faults)
{
    struct ust_text yaml = {0};
    ust_text_printf(&yaml, "%s%s}\n%s", two_regions, dns, faults);
    look_at(it, yaml.data);
    ust_text_free(&yaml);
}

/* ... with clients that wait, ask again after two minutes, or share one connection. */
static void look_at_clients(struct looked *it, const char *timeout, const char *client,
                            const char *faults)
{
    struct ust_text yaml = {0};
    const char *tolerance = strstr(two_regions, "tolerance");
    const char *rest = strstr(tolerance, "}}}]");
    ust_text_add_n(&yaml, two_regions, (size_t)(tolerance - two_regions));
    ust_text_printf(&yaml, "tolerance: {timeout: %s}, client: {%s%s, dns: {}}\n%s", timeout,
                    client, rest + 1, faults);
    look_at(it, yaml.data);
    ust_text_free(&yaml);
}

static void look_at_calls(struct looked *it, const char *more)
{
    struct ust_text yaml = {0};
    ust_text_printf(&yaml, "%s%s", calling, more);
    look_at(it, yaml.data);
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

static void finds(const struct looked *it, const char *what)
{
    if (strstr(ust_text_string(&it->finding), what) == NULL)
        fail_msg("not found: %s\nbut: %s", what, ust_text_string(&it->finding));
}

static uint64_t saw(const struct looked *it, enum swarm_attempt kind)
{
    return swarm_watch_saw(it->watch).looked[kind];
}

/* ---- instances and zones ---- */

static void all_is_well_where_nothing_dies(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).admitted > 1000);
    assert_true(swarm_watch_saw(it.watch).picked > 1000);
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
    finds(&it, "a balancer picked instance 2 of service 1 in region 1, zone 2, which is known "
               "to be out of service\n");
    finds(&it, "an attempt came to instance 2 of service 1 in region 1, zone 2, which is known "
               "to be out of service\n");
    finds(&it, "a balancer's list has instance 2 of service 1 in region 1");
    forget(&it);
}

static void traffic_to_a_zone_that_is_known_dead_is_found(void **state)
{
    (void)state;
    struct looked it;
    look_at(&it, "understudy: 1\nname: zones\nduration: 1 min\ninterval: 10 s\n"
                 "regions: {a: {zones: 2}}\n"
                 "personas: [{name: u, actions: {ask: {work: 20 ms}}}]\n"
                 "services: {web: {instance: {name: i, tuning: {slots: 4}}, "
                 "balancer: {kind: zone_aware}, pools: {a: 4}}}\n"
                 "traffic: [{persona: u, arrivals: {kind: poisson, rate: 20 /s}}]\n");
    for (uint32_t i = 0; i < 4; i++)
        if (it.model->pools[0].instances[i].zone == 1)
            swarm_watch_tell(it.watch, "instance_unhealthy", 1, 1, i + 1);
    ust_model_run(it.model);
    finds(&it, "zone 2, which is known to be out of service, as its zone is");
    assert_null(strstr(it.finding.data, "zone 1"));
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

/* ---- regions, of users ---- */

static void traffic_to_a_region_that_is_known_lost_is_found(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "");
    swarm_watch_tell(it.watch, "detected", 1, 0, 0);
    ust_model_run(it.model);
    finds(&it, "a first attempt was sent to region 1, which is known to be lost");
    forget(&it);
}

static void a_retry_into_a_region_that_is_known_lost_is_found(void **state)
{
    (void)state;
    struct looked it;
    look(&it, ", dns: {}", "faults: [{kind: error_burst, region: a, share: 50 %, at: 0 s}]\n");
    swarm_watch_tell(it.watch, "detected", 1, 0, 0);
    ust_model_run(it.model);
    finds(&it, "a retry was sent to region 1, which is known to be lost");
    forget(&it);
}

static void a_copy_into_a_region_that_is_known_lost_is_found(void **state)
{
    (void)state;
    struct looked it;
    look_at_clients(&it, "4 min", "hedge: {delay: 10 ms}", "");
    swarm_watch_tell(it.watch, "detected", 1, 0, 0);
    ust_model_run(it.model);
    finds(&it, "a copy of an attempt was sent to region 1, which is known to be lost");
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

static const char loss[] =
    "faults: [{kind: region_loss, region: a, at: 1 min, in_flight: silent}]\n";

/* Who was sent just before the loss has his copy sent two minutes later, by what he knows then.
 */
static void a_copy_that_leaves_after_a_loss_goes_where_its_user_would_go(void **state)
{
    (void)state;
    struct looked it;
    look_at_clients(&it, "4 min", "hedge: {delay: 2 min}", loss);
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(saw(&it, SWARM_COPY) > 100);
    forget(&it);
}

static void who_has_waited_for_a_connection_goes_where_he_would_go_now(void **state)
{
    (void)state;
    struct looked it;
    look_at_clients(&it, "1 min", "processes: 3, limits: {connections: 4, pending: 3000}",
                    loss);
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    forget(&it);
    look_at_clients(&it, "1 min",
                    "processes: 3, per: region, limits: {connections: 4, pending: 3000}", loss);
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
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

/* ---- regions, of calls, writes and injected load ---- */

static void services_that_call_are_looked_at_whatever_they_send(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(saw(&it, SWARM_CALL) > 1000);
    assert_true(saw(&it, SWARM_CALL_RETRY) > 100);
    assert_true(saw(&it, SWARM_CALL_COPY) > 20);
    assert_true(saw(&it, SWARM_CALL_WRITE) > 1000);
    assert_true(saw(&it, SWARM_WRITE) > 100);
    assert_true(saw(&it, SWARM_INJECTED) > 1000);
    forget(&it);
}

static void calls_into_a_region_that_is_known_lost_are_found(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "");
    swarm_watch_tell(it.watch, "detected", 2, 0, 0);
    ust_model_run(it.model);
    finds(&it, "a call was sent from region 1 to region 2, which is known to be lost, and "
               "region 3 is well");
    finds(&it, "a retry of a call was sent from region 1 to region 2, which is known to be "
               "lost, and region 3 is well");
    finds(&it, "a copy of a call was sent from region 1 to region 2, which is known to be "
               "lost, and region 3 is well");
    forget(&it);
}

static void calls_into_a_region_without_instances_are_found(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "");
    for (int i = 1; i <= 3; i++)
        swarm_watch_tell(it.watch, "instance_unhealthy", 2, 2, i);
    ust_model_run(it.model);
    finds(&it, "a call was sent from region 1 to region 2, which is known to be without "
               "instances, and region 3 is well");
    forget(&it);
}

static void calls_may_go_anywhere_where_all_is_lost(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "");
    swarm_watch_tell(it.watch, "detected", 2, 0, 0);
    swarm_watch_tell(it.watch, "detected", 3, 0, 0);
    ust_model_run(it.model);
    assert_null(strstr(ust_text_string(&it.finding), "call"));
    forget(&it);
}

static void writes_to_what_is_no_primary_any_more_are_found(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "");
    swarm_watch_tell(it.watch, "data_promoted", 3, 2, 0);
    ust_model_run(it.model);
    finds(&it, "a write was sent to region 2, and the primary is in region 3");
    finds(&it, "a write of a service was sent to region 2, and the primary is in region 3");
    finds(&it, "an attempt of a load was sent to region 2, and the primary is in region 3");
    forget(&it);
}

static void calls_and_writes_follow_a_real_loss(void **state)
{
    (void)state;
    struct looked it;
    look_at_calls(&it, "  - {kind: region_loss, region: b, at: 1 min, duration: 2 min}\n");
    ust_model_run(it.model);
    assert_string_equal(ust_text_string(&it.finding), "");
    assert_true(swarm_watch_saw(it.watch).lost[SWARM_CALL_WRITE] > 50); /* not promoted yet */
    assert_int_equal(swarm_watch_saw(it.watch).lost[SWARM_CALL], 0);
    assert_int_equal(swarm_watch_saw(it.watch).lost[SWARM_CALL_RETRY], 0);
    assert_int_equal(swarm_watch_saw(it.watch).lost[SWARM_CALL_COPY], 0);
    assert_true(swarm_watch_saw(it.watch).lost[SWARM_INJECTED] > 100); /* as it was told */
    forget(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well_where_nothing_dies),
        cmocka_unit_test(traffic_to_an_instance_that_is_known_dead_is_found),
        cmocka_unit_test(traffic_to_a_zone_that_is_known_dead_is_found),
        cmocka_unit_test(an_instance_that_is_well_again_may_have_traffic),
        cmocka_unit_test(traffic_to_a_region_that_is_known_lost_is_found),
        cmocka_unit_test(a_retry_into_a_region_that_is_known_lost_is_found),
        cmocka_unit_test(a_copy_into_a_region_that_is_known_lost_is_found),
        cmocka_unit_test(traffic_of_those_who_cannot_know_yet_is_none_to_the_dead),
        cmocka_unit_test(a_real_loss_sends_nobody_to_the_dead_beyond_the_caches),
        cmocka_unit_test(a_copy_that_leaves_after_a_loss_goes_where_its_user_would_go),
        cmocka_unit_test(who_has_waited_for_a_connection_goes_where_he_would_go_now),
        cmocka_unit_test(with_all_regions_lost_routing_fails_open),
        cmocka_unit_test(services_that_call_are_looked_at_whatever_they_send),
        cmocka_unit_test(calls_into_a_region_that_is_known_lost_are_found),
        cmocka_unit_test(calls_into_a_region_without_instances_are_found),
        cmocka_unit_test(calls_may_go_anywhere_where_all_is_lost),
        cmocka_unit_test(writes_to_what_is_no_primary_any_more_are_found),
        cmocka_unit_test(calls_and_writes_follow_a_real_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
