/* KEDA: from and to nothing by activity, between by the autoscaler. Rules of its documentation
 * (ScaledObject specification) and of its executor. Calls come every 15 s, polls every second
 * of them. */
#include "tests/unit/scaler.h"

#define KEDA(more)                                                                             \
    "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 10 req/s}]" more "}"

static void begin(struct group *group, const char *text, uint32_t n, int64_t min)
{
    group_begin(group, text, n);
    group->view.min = min;
    assert_int_equal(group->type->period(group->policy.variant.params), 15 * UST_S);
}

static int64_t calls(struct group *group, int n, double arrivals)
{
    group->view.arrivals = arrivals;
    for (int i = 0; i < n; i++)
        call(group);
    return group->view.desired;
}

static void the_first_request_wakes_one_pod(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 0, 0);
    assert_int_equal(calls(&group, 9, 0), 0);
    assert_int_equal(calls(&group, 2, 0.1), 1); /* at the next poll */
    group_end(&group);
}

static void below_the_activation_threshold_nobody_wakes(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 10 req/s, "
          "activation_threshold: 5 req/s}]}",
          0, 0);
    assert_int_equal(calls(&group, 10, 5), 0); /* active above it, not at it */
    assert_int_equal(calls(&group, 2, 5.1), 1);
    group_end(&group);
}

/* Woken to one; then the autoscaler's rules: 100 % or 4 pods a 15 s. */
static void above_one_the_autoscaler_takes_over(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 0, 0);
    assert_int_equal(calls(&group, 1, 95), 1);
    settle(&group, 0);
    assert_int_equal(calls(&group, 1, 95), 5);
    settle(&group, 0);
    assert_int_equal(calls(&group, 1, 95), 10); /* 95 / 10 */
    group_end(&group);
}

/* 300 s after the last poll that found it active, which is the second call: 300 s later is not
 * later yet, so the next poll it is. */
static void after_the_cooldown_period_without_activity_all_go(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 1, 0);
    assert_int_equal(calls(&group, 1, 5), 1);
    assert_int_equal(calls(&group, 20, 0), 1); /* 300 s */
    assert_int_equal(calls(&group, 1, 0), 1);  /* no poll */
    assert_int_equal(calls(&group, 1, 0), 0);
    group_end(&group);
}

static void a_minimum_above_nothing_is_kept(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 3, 2);
    assert_int_equal(calls(&group, 200, 0), 2);
    group_end(&group);
}

/* LastActiveTime is nil: no cooldown to wait for. */
static void what_was_never_active_goes_at_once_unless_told_to_wait(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 2, 0);
    assert_int_equal(calls(&group, 1, 0), 0);
    group_end(&group);
    begin(&group, KEDA(", initial_cooldown_period: 120 s"), 2, 0);
    assert_int_equal(calls(&group, 8, 0), 2);
    assert_int_equal(calls(&group, 1, 0), 0);
    group_end(&group);
}

/* idleReplicaCount 0 with minReplicaCount 4. */
static void an_idle_pool_wakes_to_its_active_minimum(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(", min_replica_count: 4"), 0, 0);
    assert_int_equal(calls(&group, 1, 3), 4);
    settle(&group, 0);
    assert_int_equal(calls(&group, 30, 3), 4); /* one would carry it */
    group_end(&group);
}

static void an_error_keeps_what_there_is(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(""), 3, 0);
    assert_int_equal(calls(&group, 1, 25), 3);
    assert_int_equal(calls(&group, 100, (double)NAN), 3);
    assert_int_equal(calls(&group, 2, 0), 0); /* long since active */
    group_end(&group);
}

/* "once that value passes the failureThreshold": from the fourth failure on, six. */
static void the_fallback_counts_after_too_many_errors(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(", fallback: {failure_threshold: 3, replicas: 6}"), 3, 0);
    assert_int_equal(calls(&group, 1, 25), 3);
    assert_int_equal(calls(&group, 3, (double)NAN), 3);
    assert_int_equal(calls(&group, 1, (double)NAN), 6);
    group_end(&group);
}

static void fallbacks_behave_as_they_are_told(void **unused)
{
    (void)unused;
    static const struct {
        const char *behavior;
        uint32_t n;
        int64_t desired;
    } is[] = {{"static", 3, 6},
              {"static", 9, 9}, /* down to six, once the window of 300 s has passed */
              {"current_replicas", 3, 3},
              {"current_replicas_if_higher", 3, 6},
              {"current_replicas_if_higher", 9, 9},
              {"current_replicas_if_lower", 3, 3}};
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        char text[300];
        struct group group;
        snprintf(text, sizeof text,
                 KEDA(", fallback: {failure_threshold: 0, replicas: 6, behavior: %s}"),
                 is[i].behavior);
        begin(&group, text, is[i].n, 0);
        assert_int_equal(calls(&group, 2, (double)NAN), is[i].desired);
        group_end(&group);
    }
}

/* A pool without pods has no queue to see: only arrivals wake it. */
static void a_queue_keeps_awake_but_does_not_wake(void **unused)
{
    (void)unused;
    static const char text[] =
        "{kind: keda, triggers: [{metric: queue, waiting_per_instance: 5}]}";
    struct group group;
    begin(&group, text, 0, 0);
    assert_int_equal(calls(&group, 10, 50), 0);
    group_end(&group);
    begin(&group, text, 2, 0);
    for (uint32_t i = 0; i < 2; i++)
        report(&group.instance[i], 1);
    assert_int_equal(calls(&group, 60, 0), 1); /* 2 waiting: one pod is enough */
    for (uint32_t i = 0; i < 2; i++)
        report(&group.instance[i], 0);
    settle(&group, 0);
    assert_int_equal(calls(&group, 60, 0), 0);
    group_end(&group);
}

/* Resources have no activity: alone, they neither wake a pool nor put it to sleep. */
static void cpu_alone_never_goes_to_nothing(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: keda, triggers: [{metric: cpu, target: 60 %}]}", 3, 0);
    for (uint32_t i = 0; i < 3; i++)
        report(&group.instance[i], 0);
    assert_int_equal(calls(&group, 100, 0), 1);
    group_end(&group);
}

static void activation_is_not_for_resources(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(
        registry,
        "{kind: keda, triggers: [{metric: cpu, target: 60 %, activation_threshold: "
        "10 %}]}",
        "activation_threshold", "'activation_threshold' does not go with metric 'cpu'");
    policy_refuses_at(
        registry,
        "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 5 "
        "req/s, activation_threshold: 10}]}",
        "10}",
        "'activation_threshold' is 10, but metric 'arrivals' needs a rate such as "
        "50 req/s");
}

static void a_fallback_is_not_for_resources(void **unused)
{
    (void)unused;
    policy_refuses_at(&ust_scaler_registry,
                      "{kind: keda, triggers: [{metric: memory, target: 50 %}], fallback: "
                      "{failure_threshold: 3, replicas: 6}}",
                      "fallback",
                      "'fallback' is not for cpu, slots and memory, and there is no other "
                      "trigger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_wakes_one_pod),
        cmocka_unit_test(below_the_activation_threshold_nobody_wakes),
        cmocka_unit_test(above_one_the_autoscaler_takes_over),
        cmocka_unit_test(after_the_cooldown_period_without_activity_all_go),
        cmocka_unit_test(a_minimum_above_nothing_is_kept),
        cmocka_unit_test(what_was_never_active_goes_at_once_unless_told_to_wait),
        cmocka_unit_test(an_idle_pool_wakes_to_its_active_minimum),
        cmocka_unit_test(an_error_keeps_what_there_is),
        cmocka_unit_test(the_fallback_counts_after_too_many_errors),
        cmocka_unit_test(fallbacks_behave_as_they_are_told),
        cmocka_unit_test(a_queue_keeps_awake_but_does_not_wake),
        cmocka_unit_test(cpu_alone_never_goes_to_nothing),
        cmocka_unit_test(activation_is_not_for_resources),
        cmocka_unit_test(a_fallback_is_not_for_resources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
