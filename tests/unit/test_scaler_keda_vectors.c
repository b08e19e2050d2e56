/* KEDA in the cases of its own unit tests (kedacore/keda: pkg/scaling/executor/
 * scale_scaledobjects_test.go @4af6a5a, pkg/fallback/fallback_test.go @a25275b) and in the
 * examples of its documentation (2.19: Scaling Deployments, ScaledObject specification). */
#include <stdint.h>

#include "tests/unit/scaler.h"

#define KEDA(more)                                                                             \
    "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 10 req/s}]" more "}"
#define ACTIVE_ABOVE(activation)                                                               \
    "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 10 req/s, "             \
    "activation_threshold: " #activation " req/s}]}"

static void begin(struct group *group, const char *text, uint32_t n, int64_t min)
{
    group_begin(group, text, n);
    group->view.min = min;
    group->view.max = 100;
}

static int64_t calls(struct group *group, int n, double arrivals)
{
    group->view.arrivals = arrivals;
    for (int i = 0; i < n; i++)
        call(group);
    return group->view.desired;
}

/* ---- what the executor asks for at a look ---- */

struct look {
    const char *text;
    uint32_t n;
    int64_t min;
    double arrivals; /* NAN: an error */
    int64_t expected;
};

static void check_looks(const struct look *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct group group;
        begin(&group, row[i].text, row[i].n, row[i].min);
        int64_t got = calls(&group, 1, row[i].arrivals);
        if (got != row[i].expected)
            fail_msg("row %zu, %s: %lld, not %lld", i, row[i].text, (long long)got,
                     (long long)row[i].expected);
        group_end(&group);
    }
}

/* With no minimum, or with idleReplicaCount 0, the pool's own is 0 and min_replica_count is
 * what it wakes to. */
#define IDLE_0_MIN(min) KEDA(", min_replica_count: " #min)

static void looks_are_those_of_the_executors_tests(void **unused)
{
    (void)unused;
    static const struct look row[] = {
        /* TestScaleToMinReplicasWhenNotActive, TestScaleToMinReplicasFromLowerInitialReplica-
         * CountWhenNotActive */
        {KEDA(""), 10, 0, 0, 0},
        {KEDA(""), 1, 5, 0, 5},
        /* TestScaleFromMinReplicasWhenActive */
        {KEDA(""), 0, 0, 5, 1},
        {KEDA(""), 0, 0, 1e6, 1},
        /* TestScaleToIdleReplicasWhenNotActive, TestScaleFromIdleToMinReplicasWhenActive, and
         * with fewer than the minimum running */
        {IDLE_0_MIN(5), 10, 0, 0, 0},
        {IDLE_0_MIN(5), 0, 0, 5, 5},
        {IDLE_0_MIN(5), 2, 0, 5, 5},
        /* documentation of idleReplicaCount: 0 while idle, 10 to 100 while not */
        {IDLE_0_MIN(10), 0, 0, 0, 0},
        {IDLE_0_MIN(10), 0, 0, 5, 10},
        /* an error neither wakes nor puts to sleep */
        {KEDA(""), 3, 0, (double)NAN, 3},
        {KEDA(""), 0, 0, (double)NAN, 0},
    };
    check_looks(row, sizeof row / sizeof *row);
}

/* Documentation, "Activating and Scaling thresholds": activation has the last word. With a
 * threshold of 10, an activation threshold of 50 and 40 messages the scaler is not active, and
 * goes to zero, though the autoscaler asks for 4. By default one message is enough. */
static void activation_has_the_last_word(void **unused)
{
    (void)unused;
    static const struct look row[] = {
        {ACTIVE_ABOVE(50), 4, 0, 40, 0}, {ACTIVE_ABOVE(50), 0, 0, 40, 0},
        {ACTIVE_ABOVE(50), 0, 0, 50, 0}, {ACTIVE_ABOVE(50), 0, 0, 51, 1},
        {ACTIVE_ABOVE(50), 4, 0, 51, 6}, {ACTIVE_ABOVE(50), 4, 2, 40, 4},
        {ACTIVE_ABOVE(0), 1, 0, 0, 0},   {ACTIVE_ABOVE(0), 0, 0, 1, 1},
        {ACTIVE_ABOVE(2), 1, 0, 2, 0},   {ACTIVE_ABOVE(2), 0, 0, 2, 0},
    };
    check_looks(row, sizeof row / sizeof *row);
}

/* ---- times ---- */

/* pollingInterval 60: with no replicas, one poll a minute; the autoscaler's own looks are at
 * its own times. */
static void nothing_is_looked_at_between_two_polls(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(", polling_interval: 60 s"), 0, 0);
    assert_int_equal(calls(&group, 1, 0), 0);
    assert_int_equal(calls(&group, 3, 100), 0);
    assert_int_equal(calls(&group, 1, 100), 1);
    settle(&group, 0);
    assert_int_equal(calls(&group, 1, 100), 5);
    group_end(&group);
}

/* cooldownPeriod: only the way to nothing waits; from 10 to 1 goes the autoscaler after its own
 * window. */
static void the_cooldown_is_for_the_last_step_only(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, KEDA(", cooldown_period: 3600 s"), 10, 0);
    assert_int_equal(calls(&group, 1, 95), 10);
    assert_int_equal(calls(&group, 60, 0), 1);
    assert_int_equal(calls(&group, 180, 0), 1);
    assert_int_equal(calls(&group, 2, 0), 0);
    group_end(&group);
}

/* scale_scaledobjects.go, scaleToZeroOrIdle: one that has never been active waits for the
 * initial period only, one that has been for the other only. */
static void the_initial_cooldown_is_for_what_was_never_active(void **unused)
{
    (void)unused;
    static const struct {
        double first;   /* the load of the first look */
        int until, end; /* calls of 15 s with nothing after it: still one, none */
    } row[] = {{0, 7, 8}, {5, 5, 6}};
    static const char text[] = KEDA(", initial_cooldown_period: 120 s, cooldown_period: 60 s");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct group group;
        begin(&group, text, 1, 0);
        assert_int_equal(calls(&group, 1, row[i].first), 1);
        assert_int_equal(calls(&group, row[i].until, 0), 1);
        assert_int_equal(calls(&group, row[i].end - row[i].until, 0), 0);
        group_end(&group);
    }
}

/* ---- the fallback ---- */

#define FALLBACK(failures, replicas, more)                                                     \
    KEDA(", fallback: {failure_threshold: " #failures ", replicas: " #replicas more "}")

/* So many failures in a row, with pods that had what they need before them. */
struct failing {
    const char *text;
    uint32_t n;
    int failures;
    int64_t expected;
};

static void failures_beyond_the_threshold_bring_the_fallback(void **unused)
{
    (void)unused;
    static const struct failing row[] = {
        /* a failure is counted; up to the threshold nothing follows; beyond it the fallback;
         * without one, nothing ever */
        {FALLBACK(3, 10, ""), 3, 1, 3},
        {FALLBACK(3, 10, ""), 3, 3, 3},
        {FALLBACK(3, 10, ""), 3, 4, 7}, /* the autoscaler's 4 pods in 15 s */
        {FALLBACK(3, 10, ""), 6, 4, 10},
        {KEDA(""), 3, 200, 3},
        /* behaviours: static; currentReplicas; ...IfHigher with fewer, with more; ...IfLower */
        {FALLBACK(3, 6, ", behavior: static"), 3, 4, 6},
        {FALLBACK(3, 10, ", behavior: current_replicas"), 6, 4, 6},
        {FALLBACK(3, 3, ", behavior: current_replicas_if_higher"), 6, 200, 6},
        {FALLBACK(3, 6, ", behavior: current_replicas_if_higher"), 3, 4, 6},
        {FALLBACK(3, 6, ", behavior: current_replicas_if_lower"), 3, 4, 3},
        {FALLBACK(3, 3, ", behavior: current_replicas_if_lower"), 6, 200, 3},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct group group;
        begin(&group, row[i].text, row[i].n, 0);
        calls(&group, 1, 10 * row[i].n - 5);
        int64_t got = calls(&group, row[i].failures, (double)NAN);
        if (got != row[i].expected)
            fail_msg("row %zu: %lld, not %lld", i, (long long)got, (long long)row[i].expected);
        group_end(&group);
    }
}

/* The health status is reset when the metric is there again. */
static void a_reading_resets_the_count_of_failures(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, FALLBACK(3, 6, ""), 3, 0);
    assert_int_equal(calls(&group, 3, (double)NAN), 3);
    assert_int_equal(calls(&group, 1, 25), 3);
    assert_int_equal(calls(&group, 3, (double)NAN), 3);
    assert_int_equal(calls(&group, 1, (double)NAN), 6);
    group_end(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_are_those_of_the_executors_tests),
        cmocka_unit_test(activation_has_the_last_word),
        cmocka_unit_test(nothing_is_looked_at_between_two_polls),
        cmocka_unit_test(the_cooldown_is_for_the_last_step_only),
        cmocka_unit_test(the_initial_cooldown_is_for_what_was_never_active),
        cmocka_unit_test(failures_beyond_the_threshold_bring_the_fallback),
        cmocka_unit_test(a_reading_resets_the_count_of_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
