/* Moments at which things meet: faults of no length, faults in the middle of a failback, at the
 * very beginning and the very end, instances lost before they have come. Each scenario keeps
 * all that random ones keep (check.c), and what its own test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "models/entity/model.h"
#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"

/* Two regions of three instances each, 20 requests a second of 20 ms for ten minutes after one
 * of warm-up; `service`, `routing` and `more` are further lines. */
struct edge {
    const char *warmup, *work, *tolerance, *tuning, *service, *routing, *more;
    unsigned instances; /* 0: 3 */
    struct ust_spec spec;
    struct ust_model *model;
};

static char *text_of(const struct edge *edge)
{
    struct ust_text out = {0};
    ust_text_printf(
        &out,
        "understudy: 1\nname: edge\nwarmup: %s\nduration: 10 min\n"
        "interval: 10 s\nreplications: 2\nregions:\n"
        "  a: {zones: 3, role: primary, latitude: 1, longitude: 1}\n"
        "  b: {zones: 3, role: standby, latitude: 40, longitude: 40}\n"
        "personas:\n  - name: u\n"
        "    actions: {ask: {work: exponential(mean %s)}}\n"
        "    tolerance: {%s}\n"
        "services:\n  web:\n    instance:\n      name: i\n      tuning: {%s}\n"
        "    health_check: {interval: 5 s, timeout: 2 s}\n%s"
        "    pools:\n      a: {instances: %u, min: 1, max: 6}\n"
        "      b: {instances: 3, min: 1, max: 6}\n"
        "traffic:\n  - persona: u\n    arrivals: {kind: poisson, rate: 20 /s}\n"
        "routing:\n  policy: {kind: failover_order, order: [a, b]}\n"
        "  health_check: {interval: 5 s, timeout: 2 s}\n%s%s",
        edge->warmup != NULL ? edge->warmup : "1 min",
        edge->work != NULL ? edge->work : "20 ms",
        edge->tolerance != NULL ? edge->tolerance
                                : "latency: 1 s, timeout: 2 s, retries: {kind: "
                                  "backoff, attempts: 3}",
        edge->tuning != NULL ? edge->tuning : "slots: 2",
        edge->service != NULL ? edge->service : "", edge->instances > 0 ? edge->instances : 3,
        edge->routing != NULL ? edge->routing : "", edge->more != NULL ? edge->more : "");
    return out.data;
}

/* Checks it as a random scenario is checked, then runs it to be looked at. */
static void run(struct edge *edge)
{
    char *yaml = text_of(edge);
    struct ust_text finding = {0};
    edge->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root =
        ust_spec_read_text(&edge->spec, SWARM_FOLDER "/edge.yaml", yaml, strlen(yaml));
    assert_non_null(root);
    const struct ust_scenario *scenario =
        ust_scenario_decode(&edge->spec, SWARM_FOLDER "/edge.yaml", root);
    if (scenario == NULL)
        ust_diag_print(edge->spec.diag, stderr, NULL);
    assert_non_null(scenario);
    swarm_check("edge", yaml, false, &finding);
    assert_string_equal(ust_text_string(&finding), "");
    edge->model = ust_model_new(scenario->config, 1);
    ust_model_run(edge->model);
    ust_text_free(&finding);
    free(yaml);
}

static void forget(struct edge *edge)
{
    ust_model_free(edge->model);
    ust_diag_free(edge->spec.diag);
    ust_arena_free(edge->spec.arena);
}

/* ---- what is looked at ---- */

static uint32_t times(const struct edge *edge, const char *event)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < edge->model->measure.moments_n; i++)
        n += strcmp(edge->model->measure.moments[i].event, event) == 0;
    return n;
}

/* Seconds after the warm-up of the n-th (from 0) such event; NAN: there is none. */
static double when(const struct edge *edge, const char *event, uint32_t n)
{
    const struct ust_measure *measure = &edge->model->measure;
    for (uint32_t i = 0; i < measure->moments_n; i++)
        if (strcmp(measure->moments[i].event, event) == 0 && n-- == 0)
            return (double)(measure->moments[i].at - edge->model->config->warmup) / 1e9;
    return (double)NAN;
}

static double value_of(const struct edge *edge, const char *event)
{
    for (uint32_t i = 0; i < edge->model->measure.moments_n; i++)
        if (strcmp(edge->model->measure.moments[i].event, event) == 0)
            return edge->model->measure.moments[i].value;
    return (double)NAN;
}

/* Of the users, in intervals [from, to) of 10 s. */
static double sum(const struct edge *edge, enum ust_metric metric, uint32_t from, uint32_t to)
{
    const struct ust_measure *measure = &edge->model->measure;
    double all = 0;
    for (uint32_t k = 0; k < measure->keys_n; k++)
        for (uint32_t i = from; i < to; i++)
            if (measure->keys[k].metric == metric && measure->keys[k].persona == 1 &&
                measure->keys[k].region == 0)
                all += measure->series[(size_t)k * edge->model->config->intervals + i];
    return all;
}

static double share_good(const struct edge *edge, uint32_t from, uint32_t to)
{
    return sum(edge, UST_METRIC_good, from, to) / sum(edge, UST_METRIC_offered, from, to);
}

/* ---- faults of no length ---- */

static void a_loss_that_is_over_within_a_nanosecond_costs_nothing(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 2 min, duration: 1 ns}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "fault_start"), 1);
    assert_int_equal(times(&edge, "fault_end"), 1);
    assert_int_equal(times(&edge, "detected"), 0);
    assert_true(share_good(&edge, 0, 60) > 0.999);
    forget(&edge);
}

/* A distribution may well give nothing at all. */
static void a_duration_that_is_drawn_as_nothing_is_no_fault(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 2 min, duration: "
                "uniform(low 0 s, high 1 ns)}, {kind: slow_down, factor: 5, at: 3 min, ramp: "
                "1 min, recovery: 1 min, duration: empirical(file ../files/values.csv)}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "detected"), 0);
    forget(&edge);
}

static void a_fault_shorter_than_the_checks_look_is_never_known(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 2 min, duration: 4 s}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "detected"), 0);
    assert_true(share_good(&edge, 12, 13) < 0.999);
    assert_true(share_good(&edge, 14, 60) > 0.999);
    forget(&edge);
}

/* ---- at the edges of the run ---- */

static void a_fault_at_0_meets_a_run_without_a_warm_up(void **state)
{
    (void)state;
    struct edge edge = {
        .warmup = "0 s",
        .more = "faults: [{kind: region_loss, region: a, at: 0 s, duration: 1 min}]\n"};
    run(&edge);
    assert_true(when(&edge, "fault_start", 0) == 0);
    /* Three failures 5 s apart, at a phase of up to 5 s, each known 2 s later. */
    assert_in_range((unsigned)when(&edge, "detected", 0), 12, 17);
    assert_true(share_good(&edge, 3, 60) > 0.99);
    forget(&edge);
}

static void a_fault_at_0_begins_with_what_is_counted(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 0 s, duration: 1 min}]\n"};
    run(&edge);
    assert_true(when(&edge, "fault_start", 0) == 0);
    assert_true(share_good(&edge, 0, 1) < 0.5);
    forget(&edge);
}

static void a_fault_in_the_last_nanosecond_changes_no_fate_before(void **state)
{
    (void)state;
    struct edge edge = {.more =
                            "faults: [{kind: region_loss, region: a, at: 599999999999 ns}]\n"};
    run(&edge);
    assert_true(share_good(&edge, 0, 59) > 0.999);
    forget(&edge);
}

static void a_fault_that_outlasts_the_run_has_no_end(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 9 min, duration: 5 min}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "fault_end"), 0);
    assert_int_equal(times(&edge, "detected"), 1);
    forget(&edge);
}

/* Everything fails until the end, and clients wait for a quarter of an hour before they try
 * again: their requests are neither failed nor forgotten. */
static void retries_that_would_come_after_the_end_are_in_flight(void **state)
{
    (void)state;
    struct edge edge = {
        .tolerance = "latency: 1 s, timeout: 2 s, retries: {kind: backoff, base: 15 min, cap: "
                     "15 min, jitter: none, attempts: 3}",
        .more = "faults: [{kind: error_burst, share: 100 %, at: 8 min}]\n"};
    run(&edge);
    assert_true(sum(&edge, UST_METRIC_good, 49, 60) == 0);
    assert_true(sum(&edge, UST_METRIC_failed, 49, 60) == 0);
    assert_true(sum(&edge, UST_METRIC_in_flight, 49, 60) ==
                sum(&edge, UST_METRIC_offered, 49, 60));
    assert_true(sum(&edge, UST_METRIC_offered, 49, 60) > 1900);
    forget(&edge);
}

/* ---- failback ---- */

static void a_second_loss_in_the_middle_of_a_failback_sends_all_away_again(void **state)
{
    (void)state;
    struct edge edge = {
        .routing = "  failback: {ramp: 4 min}\n",
        .more = "faults: [{kind: region_loss, region: a, at: 1 min, duration: 1 min}, "
                "{kind: region_loss, region: a, at: 3 min, duration: 1 min}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "detected"), 2);
    assert_int_equal(times(&edge, "failback_start"), 2);
    assert_int_equal(times(&edge, "failback_end"), 1);
    /* The first return was under way when the second loss came. */
    assert_true(when(&edge, "failback_start", 0) < 180);
    assert_true(when(&edge, "detected", 1) < when(&edge, "failback_start", 0) + 240);
    /* The ramp has twenty steps, the first of them at once. */
    assert_true(fabs(when(&edge, "failback_end", 0) - when(&edge, "failback_start", 1) -
                     240 * 19.0 / 20) < 1e-6);
    forget(&edge);
}

static void two_losses_that_overlap_are_one_loss_to_the_users(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 1 min, duration: 2 min}, "
                "{kind: region_loss, region: a, at: 2 min, duration: 3 min}, "
                "{kind: region_loss, region: a, at: 5 min, duration: 1 min}]\n"};
    run(&edge); /* the third begins in the very instant at which the second ends */
    assert_int_equal(times(&edge, "detected"), 1);
    assert_int_equal(times(&edge, "recovered"), 1);
    assert_true(when(&edge, "recovered", 0) > 360);
    forget(&edge);
}

static void both_regions_lost_in_one_instant_come_back_to_their_users(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "faults: [{kind: region_loss, region: a, at: 2 min, duration: 2 min}, "
                "{kind: region_loss, region: b, at: 2 min, duration: 2 min}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "detected"), 2);
    assert_int_equal(times(&edge, "recovered"), 2);
    assert_true(sum(&edge, UST_METRIC_good, 13, 23) == 0);
    assert_true(share_good(&edge, 28, 60) > 0.999);
    forget(&edge);
}

/* A plan moves the users on a game day, and in the middle of it the region is lost in earnest.
 */
static void a_loss_overtakes_a_planned_evacuation(void **state)
{
    (void)state;
    struct edge edge = {
        .more = "failover:\n  from: a\n  to: b\n  on: both\n  at: 2 min\n  steps:\n"
                "    - {kind: scale_standby, factor: 100 %, limit: 1 min, on_limit: continue}\n"
                "    - {kind: shift_traffic, ramp: [{at: 0 s, share: 30 %}, {at: 3 min, "
                "share: 100 %}]}\n"
                "faults: [{kind: region_loss, region: a, at: 3 min, duration: 2 min}]\n"};
    run(&edge);
    assert_int_equal(times(&edge, "failover_begin"), 1);
    assert_true(when(&edge, "failover_begin", 0) == 120);
    assert_true(share_good(&edge, 32, 60) > 0.99);
    forget(&edge);
}

/* ---- instances ---- */

/* Half of them are gone when the scaler asks for more; then all of them are, and what it has
 * asked for is still on its way. */
static void
all_instances_lost_while_the_pool_grows_are_followed_by_those_on_their_way(void **state)
{
    (void)state;
    struct edge edge = {
        .tuning = "slots: 1",
        .service = "    scaler: {kind: k8s_hpa, metric: cpu, target: 10 %, sync_period: 15 s}\n"
                   "    launching: {policy: {kind: aws_auto_scaling}}\n",
        .more = "faults: [{kind: capacity_loss, region: a, share: 100 %, of: instances, at: 20 "
                "s, duration: 30 s, in_flight: silent}]\n"};
    run(&edge);
    assert_true(times(&edge, "instance_ready") >= 3);
    assert_true(share_good(&edge, 12, 60) > 0.99);
    forget(&edge);
}

/* Its number is soon another instance's. What was lost with the one before, and is given up
 * later, is none of the new one's attempts: it would count fewer than none. */
static void what_was_lost_with_an_instance_is_not_counted_to_its_successor(void **state)
{
    (void)state;
    struct edge edge = {
        .tolerance = "latency: 1 s, timeout: 40 s, retries: {kind: backoff, attempts: 3}",
        .service = "    balancer: {kind: least_request}\n"
                   "    launching: {policy: {kind: aws_auto_scaling}}\n",
        .more = "faults: [{kind: capacity_loss, region: a, share: 70 %, of: instances, at: 1 "
                "min, duration: 9 min, in_flight: silent}]\n"};
    run(&edge);
    for (uint32_t i = 0; i < edge.model->pools[0].instances_max; i++)
        assert_in_range(edge.model->pools[0].outstanding[i], 0, 1000);
    assert_true(times(&edge, "instance_ready") >= 2);
    forget(&edge);
}

/* The only instance keeps its queue while it is dead; then it is replaced, and those who waited
 * for it go to its successor or learn that they have failed. */
static void who_waits_for_an_instance_that_is_given_up_has_a_fate(void **state)
{
    (void)state;
    struct edge edge = {
        .instances = 1,
        .work = "45 ms",
        .tuning = "slots: 1, queue: unlimited",
        .tolerance = "latency: 1 s",
        .service = "    launching: {policy: {kind: aws_auto_scaling}}\n",
        .more = "faults: [{kind: capacity_loss, region: a, share: 100 %, of: instances, at: 1 "
                "min, duration: 9 min, in_flight: requeue_tail}]\n"};
    run(&edge);
    assert_true(sum(&edge, UST_METRIC_in_flight, 0, 59) == 0);
    forget(&edge);
}

/* ---- the timeline ---- */

/* Instances fail and mend thousands of times; the one loss afterwards is told all the same. */
static void a_timeline_that_is_full_of_trifles_tells_of_the_loss(void **state)
{
    (void)state;
    struct edge edge = {
        .more =
            "faults: [{kind: random_failures, of: instances, region: a, time_to_failure: 30 "
            "ms, time_to_repair: 30 ms}, {kind: region_loss, region: a, at: 9 min}]\n"};
    run(&edge);
    const struct ust_measure *measure = &edge.model->measure;
    assert_true(times(&edge, "instance_failed") > UST_MOMENTS_EACH);
    assert_in_range((unsigned)when(&edge, "detected", times(&edge, "detected") - 1), 545, 560);
    assert_string_equal(measure->moments[measure->moments_n - 1].event, "timeline_cut");
    /* Three instances that change every 30 ms as long as the region is there, and what the
     * checks say of them. */
    assert_true(value_of(&edge, "timeline_cut") + measure->moments_n > 3 * 540 / 0.030);
    forget(&edge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_that_is_over_within_a_nanosecond_costs_nothing),
        cmocka_unit_test(a_duration_that_is_drawn_as_nothing_is_no_fault),
        cmocka_unit_test(a_fault_shorter_than_the_checks_look_is_never_known),
        cmocka_unit_test(a_fault_at_0_meets_a_run_without_a_warm_up),
        cmocka_unit_test(a_fault_at_0_begins_with_what_is_counted),
        cmocka_unit_test(a_fault_in_the_last_nanosecond_changes_no_fate_before),
        cmocka_unit_test(a_fault_that_outlasts_the_run_has_no_end),
        cmocka_unit_test(retries_that_would_come_after_the_end_are_in_flight),
        cmocka_unit_test(a_second_loss_in_the_middle_of_a_failback_sends_all_away_again),
        cmocka_unit_test(two_losses_that_overlap_are_one_loss_to_the_users),
        cmocka_unit_test(both_regions_lost_in_one_instant_come_back_to_their_users),
        cmocka_unit_test(a_loss_overtakes_a_planned_evacuation),
        cmocka_unit_test(
            all_instances_lost_while_the_pool_grows_are_followed_by_those_on_their_way),
        cmocka_unit_test(what_was_lost_with_an_instance_is_not_counted_to_its_successor),
        cmocka_unit_test(who_waits_for_an_instance_that_is_given_up_has_a_fate),
        cmocka_unit_test(a_timeline_that_is_full_of_trifles_tells_of_the_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
