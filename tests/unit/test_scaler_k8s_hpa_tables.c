/* The HorizontalPodAutoscaler against the tables of Kubernetes' own unit tests of the
 * controller (pkg/controller/podautoscaler/horizontal_test.go @003e862, under the names that
 * they have there): rates of change, windows, and whole decisions. */
#include "tests/unit/hpa_behavior.h"

/* Changes of the past as their tests make them: so many, evenly over the last two minutes, each
 * in the middle of its share of them. */
static void past(struct ust_window *window, ust_time now, const int *change)
{
    int n = 0;
    while (n < 4 && change[n] != 0)
        n++;
    for (int i = 0; i < n; i++) {
        ust_time share = 120 * UST_S / n;
        ust_window_add(window, now - 120 * UST_S + share * i + share / 2, change[i]);
    }
}

/* ---- rates: TestScalingWithRules, TestConvertDesiredReplicasWithRules ---- */

struct rate {
    const char *rules;
    int added[4], removed[4]; /* in the last two minutes */
    int64_t min, max, current, wanted, expected;
};

static void check_rates(const struct rate *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct part part;
        part_begin(&part, row[i].rules, row[i].current);
        part.hpa.view.min = row[i].min;
        part.hpa.view.max = row[i].max;
        past(&part.state->added, part.hpa.view.now, row[i].added);
        past(&part.state->removed, part.hpa.view.now, row[i].removed);
        int64_t got = behave(&part, row[i].wanted);
        if (got != row[i].expected)
            fail_msg("row %zu, %s: %lld, not %lld", i, row[i].rules, (long long)got,
                     (long long)row[i].expected);
        hpa_end(&part.hpa);
    }
}

#define DEFAULTS         HPA(AT_ONCE)
#define GROW(policies)   HPA(AT_ONCE ", " UP(policies))
#define SHRINK(policies) HPA(DOWN(policies))

static void scaling_with_rules_within_bounds_and_limits(void **unused)
{
    (void)unused;
    static const struct rate row[] = {
        /* within range; below the minimum; to zero; above the maximum, twice */
        {DEFAULTS, {0}, {0}, 3, 8, 5, 7, 7},
        {DEFAULTS, {0}, {0}, 2, 8, 3, 1, 2},
        {DEFAULTS, {0}, {0}, 0, 10, 1, 0, 0},
        {DEFAULTS, {0}, {0}, 1, 10, 10, 1000, 10},
        {DEFAULTS, {0}, {0}, 100, 150, 100, 1000, 150},
        /* the limit is nearer than the bound */
        {GROW(PERCENT(1, 60)), {0}, {0}, 1, 2000, 3, 1000, 4},
        {SHRINK(PODS(20, 60)), {0}, {0}, 3, 2000, 1000, 3, 980},
        /* scale up */
        {DEFAULTS, {0}, {0}, 1, 1000, 10, 50, 20},
        {GROW(PODS(100, 60) ", " PERCENT(100, 60)), {0}, {0}, 1, 1000, 10, 500, 110},
        {GROW(PODS(2, 60) ", " PERCENT(100, 60)), {0}, {0}, 1, 1000, 10, 500, 20},
        {GROW(PODS(100, 60)), {0}, {0}, 1, 1000, 10, 50, 50},
        {GROW(PODS(10000, 60)), {0}, {0}, 1, 1000, 10, 50, 50},
        {GROW(PODS(30, 60)), {0}, {0}, 1, 1000, 10, 50, 40},
        {GROW(PERCENT(200, 60)), {0}, {0}, 1, 1000, 10, 50, 30},
        /* scale down */
        {SHRINK(PODS(20, 60) ", " PERCENT(1, 60)), {0}, {0}, 1, 1000, 100, 2, 80},
        {SHRINK(PODS(2, 60) ", " PERCENT(1, 60)), {0}, {0}, 1, 1000, 100, 2, 98},
        {SHRINK(PODS(100, 60)), {0}, {0}, 1, 1000, 10, 0, 1},
        {SHRINK(PERCENT(100, 60)), {0}, {0}, 5, 1000, 10, 2, 5},
        {SHRINK(PODS(5, 60)), {0}, {0}, 1, 1000, 10, 2, 5},
        {SHRINK(PERCENT(50, 60)), {0}, {0}, 1, 1000, 10, 5, 5},
    };
    check_rates(row, sizeof row / sizeof *row);
}

#define EITHER(seconds) PODS(1000, seconds) ", " PERCENT(100, 60)

static void scaling_with_rules_after_growth(void **unused)
{
    (void)unused;
    static const struct rate row[] = {
        {GROW(PODS(300, 60)), {1, 5, 9}, {0}, 1, 200, 100, 500, 200},
        {GROW(PERCENT(10000, 60)), {1, 5, 9}, {0}, 1, 200, 100, 500, 200},
        {GROW(PODS(5, 120)), {1, 5, 9}, {0}, 1, 1000, 100, 500, 100}, /* 85 + 5 */
        {GROW(PODS(150, 120)), {1, 5, 9}, {0}, 1, 1000, 100, 500, 235},
        {GROW(PERCENT(200, 120)), {1, 5, 9}, {0}, 1, 1000, 100, 500, 255},
        {GROW(PERCENT(300, 300)), {4}, {2}, 1, 1000, 6, 24, 16}, /* (6 - 4 + 2) * 4 */
        /* changes that are out of one period, of both, of none */
        {GROW(PODS(1000, 60)), {8, 12, 9, 11}, {0}, 1, 1000, 100, 200, 200},
        {GROW(EITHER(120)), {8, 12, 9, 11}, {0}, 1, 1000, 100, 200, 200},
        {GROW(EITHER(30)), {8, 12, 9, 11}, {0}, 1, 1000, 100, 200, 200},
    };
    check_rates(row, sizeof row / sizeof *row);
}

static void scaling_with_rules_after_shrinking(void **unused)
{
    (void)unused;
    static const struct rate row[] = {
        {DEFAULTS, {0}, {1, 5, 9}, 1, 1000, 10, 5, 5},
        {SHRINK(PODS(115, 120)), {0}, {1, 5, 9}, 1, 1000, 100, 0, 1},
        {SHRINK(PODS(130, 120)), {0}, {1, 5, 9}, 5, 1000, 100, 0, 5},
        {SHRINK(PERCENT(100, 120)), {0}, {1, 5, 9}, 5, 1000, 100, 2, 5},
        {SHRINK(PODS(5, 120)), {0}, {1, 5, 9}, 1, 1000, 100, 2, 100},        /* 115 - 5 */
        {SHRINK(PERCENT(50, 120)), {0}, {2, 4, 6}, 1, 1000, 100, 0, 56},     /* 112 / 2 */
        {SHRINK(PERCENT(50, 180)), {2}, {4}, 1, 1000, 10, 1, 6},             /* 12 / 2 */
        {SHRINK(PERCENT(10, 120)), {0}, {10, 10, 10}, 1, 1000, 100, 0, 100}, /* 117 */
        {SHRINK(PERCENT(1000, 120)), {0}, {10, 10, 10}, 1, 1000, 10, 5, 5},  /* -360 */
        {SHRINK(PODS(1000, 60)), {0}, {8, 12, 9, 11}, 1, 1000, 100, 5, 5},
        {SHRINK(EITHER(120)), {0}, {8, 12, 9, 11}, 1, 1000, 100, 5, 5},
        {SHRINK(EITHER(30)), {0}, {8, 12, 9, 11}, 1, 1000, 100, 5, 5},
    };
    check_rates(row, sizeof row / sizeof *row);
}

/* TestCalculateScaleUpLimitWithScalingRules and TestCalculateScaleDownLimitWithBehaviors: the
 * smaller of 2 pods and 50 %. */
static void the_smallest_change_is_selected_with_min(void **unused)
{
    (void)unused;
#define MIN "select_policy: min, policies: [" PODS(2, 60) ", " PERCENT(50, 60) "]}"
    static const struct rate row[] = {
        {HPA("scale_up: {stabilization_window: 0 s, " MIN), {0}, {0}, 1, 1000, 1, 100, 2},
        {HPA("scale_down: {stabilization_window: 0 s, " MIN), {0}, {0}, 1, 1000, 5, 1, 3},
    };
    check_rates(row, sizeof row / sizeof *row);
}

/* TestStoreScaleEvents: what of these changes lies in the last 60 s. */
static void changes_of_the_last_minute_are_added_up(void **unused)
{
    (void)unused;
    static const struct {
        int age[4], change[4];
        int64_t sum;
    } row[] = {
        {{0}, {0}, 0},
        {{61}, {7}, 0},
        {{58}, {7}, 7},
        {{61, 59}, {7, 6}, 6},
        {{61, 61, 59, 29}, {9, 7, 6, 8}, 14},
        {{59, 58}, {6, 7}, 13},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct ust_mark mark[4];
        struct ust_window window = {.stamp = mark, .capacity = 4};
        for (int k = 0; k < 4 && row[i].age[k] > 0; k++)
            ust_window_add(&window, (1000 - row[i].age[k]) * UST_S, row[i].change[k]);
        assert_int_equal(ust_window_sum(&window, 940 * UST_S), row[i].sum);
    }
}

/* ---- windows: TestNormalizeDesiredReplicas, TestNormalizeDesiredReplicasWithBehavior ---- */

struct memory {
    int up_s, down_s;
    int age_s[4], said[4]; /* the oldest first */
    int64_t current, wanted, expected;
};

static void check_memories(const struct memory *row, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[300];
        struct part part;
        snprintf(text, sizeof text,
                 "{kind: k8s_hpa, target: 50 %%, scale_up: {stabilization_window: %d s, "
                 "policies: [{type: pods, value: 1000, period: 15 s}]}, scale_down: "
                 "{stabilization_window: %d s}}",
                 row[i].up_s, row[i].down_s);
        part_begin(&part, text, row[i].current);
        for (int k = 0; k < 4 && row[i].said[k] > 0; k++)
            ust_window_add(&part.state->recommendations,
                           part.hpa.view.now - row[i].age_s[k] * UST_S, row[i].said[k]);
        int64_t got = behave(&part, row[i].wanted);
        if (got != row[i].expected)
            fail_msg("row %zu: %lld, not %lld", i, (long long)got, (long long)row[i].expected);
        hpa_end(&part.hpa);
    }
}

static void recommendations_are_held_as_in_their_tables(void **unused)
{
    (void)unused;
    static const struct memory row[] = {
        /* without behavior: five minutes, downwards */
        {0, 300, {0}, {0}, 100, 5, 5},
        {0, 300, {120, 60}, {4, 5}, 100, 3, 5},
        {0, 300, {120, 60}, {1, 2}, 100, 3, 3},
        {0, 300, {600, 540}, {10, 9}, 100, 3, 3},
        {0, 300, {600, 540, 120, 60}, {10, 9, 5, 4}, 100, 3, 5},
        /* with behavior */
        {0, 0, {0}, {0}, 100, 5, 5},
        {0, 180, {120, 60}, {4, 5}, 100, 3, 5},
        {300, 0, {120, 60}, {4, 5}, 1, 7, 4},
        {300, 0, {120, 60}, {1, 2}, 100, 3, 3},
        {0, 300, {120, 60}, {4, 5}, 1, 3, 3},
        {0, 0, {600, 540}, {10, 9}, 100, 3, 3},
        {0, 0, {600, 540}, {10, 9}, 1, 100, 100},
        {0, 180, {600, 540, 120, 60}, {10, 9, 5, 4}, 100, 3, 5},
        {300, 0, {6000, 180, 120, 60}, {10, 9, 5, 6}, 1, 100, 5},
        {300, 300, {6000, 180}, {2, 3}, 2, 1, 2},
        {300, 300, {6000, 180}, {2, 1}, 2, 3, 2},
    };
    check_memories(row, sizeof row / sizeof *row);
}

/* ---- whole decisions ---- */

struct decision {
    const char *text;
    int64_t min, max, desired;
    uint32_t pods; /* that there are */
    double level[6];
    int64_t expected;
};

#define TARGET(target, more) "{kind: k8s_hpa, target: " #target " %, " more "}"
#define QPS(target, more)                                                                      \
    "{kind: k8s_hpa, metric: requests, requests_per_instance: " #target " req/s, " more "}"

static void decisions_are_those_of_their_tests(void **unused)
{
    (void)unused;
    static const struct decision row[] = {
        /* MinReplicas, ZeroMinReplicasDesiredZero, MinReplicasDesiredZero, ZeroReplicas */
        {TARGET(90, AT_ONCE), 2, 5, 3, 3, {0.01, 0.095, 0.01}, 2},
        {TARGET(90, AT_ONCE), 0, 5, 3, 3, {0, 0, 0}, 0},
        {TARGET(90, AT_ONCE), 2, 5, 3, 3, {0, 0, 0}, 2},
        {TARGET(90, AT_ONCE), 3, 5, 0, 0, {0}, 0},
        /* TooFewReplicas, TooManyReplicas, ScaleUpRCImmediately, ScaleDownRCImmediately */
        {TARGET(90, AT_ONCE), 3, 5, 2, 0, {0}, 3},
        {TARGET(90, AT_ONCE), 3, 5, 10, 0, {0}, 5},
        {TARGET(80, AT_ONCE), 2, 6, 1, 4, {0, 0, 0, 0}, 2},
        {TARGET(50, AT_ONCE), 2, 5, 6, 3, {8, 9.5, 1}, 5},
        /* MaxReplicas, SuperfluousMetrics, MissingReports, MoreReplicasThanSpecNoScale */
        {TARGET(90, AT_ONCE), 2, 5, 3, 3, {8, 9.5, 1}, 5},
        {TARGET(100, AT_ONCE), 2, 6, 4, 4, {4, 9.5, 3, 7}, 6},
        {TARGET(50, AT_ONCE), 1, 5, 4, 1, {1}, 2},
        {TARGET(50, AT_ONCE), 1, 8, 4, 5, {0.5, 0.5, 0.5, 0.5, 0.5}, 4},
        /* UpscaleCap, UpscaleCapGreaterThanMaxReplicas, EventCreated, EventNotCreated */
        {TARGET(10, UP(PERCENT(700, 60))), 1, 100, 3, 3, {1, 2, 3}, 24},
        {TARGET(10, UP(PERCENT(700, 60))), 1, 20, 3, 3, {1, 2, 3}, 20},
        {TARGET(50, AT_ONCE), 1, 5, 1, 1, {1}, 2},
        {TARGET(50, AT_ONCE), 1, 5, 2, 2, {0.5, 0.5}, 2},
        /* ScaleUpCM, ScaleUpHotCpuNoScaleWouldScaleDown (7, and 6 at most), ScaleDownCM,
         * ToleranceCM, NoBackoffUpscaleCM */
        {QPS(15, AT_ONCE), 2, 6, 3, 3, {20, 10, 30}, 4},
        {QPS(15, AT_ONCE), 2, 6, 3, 3, {50, 15, 30}, 6},
        {QPS(20, AT_ONCE), 2, 6, 5, 5, {12, 12, 12, 12, 12}, 3},
        {QPS(20, AT_ONCE), 1, 5, 3, 3, {20, 20.001, 21}, 3},
        {QPS(15, AT_ONCE), 1, 5, 3, 3, {20, 10, 30}, 4},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct hpa hpa;
        hpa_begin(&hpa, row[i].text, row[i].pods);
        hpa.view.desired = row[i].desired;
        hpa.view.min = row[i].min;
        hpa.view.max = row[i].max;
        levels(&hpa, row[i].pods, row[i].level);
        int64_t got = sync(&hpa).desired;
        if (got != row[i].expected)
            fail_msg("row %zu: %lld, not %lld", i, (long long)got, (long long)row[i].expected);
        hpa_end(&hpa);
    }
}

/* ScaleDownStabilizeInitialSize, and StabilizeDownscale: 3 of 4 pods report 50 of 100 %. */
static void downscaling_waits_for_what_was_said_before(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 5);
    levels(&hpa, 5, (double[]){0.1, 0.3, 0.5, 0.25, 0.25});
    assert_int_equal(sync(&hpa).desired, 5);
    hpa_end(&hpa);

    struct part part;
    part_begin(&part, "{kind: k8s_hpa, target: 100 %}", 4);
    ust_window_add(&part.state->recommendations, part.hpa.view.now - 600 * UST_S, 10);
    ust_window_add(&part.state->recommendations, part.hpa.view.now - 60 * UST_S, 4);
    part.hpa.view.n = 3;
    levels(&part.hpa, 3, (double[]){0.5, 0.5, 0.5});
    assert_int_equal(sync(&part.hpa).desired, 4);
    hpa_end(&part.hpa);
}

/* ScaleUpOneMetricEmpty, NoScaleDownOneMetricEmpty, ScaleUpBothMetricsEmpty: cpu beside an
 * external metric that cannot be read. NoBackoffUpscaleCMNoBackoffCpu: two that can. */
static void an_unreadable_metric_beside_cpu_forbids_only_shrinking(void **unused)
{
    (void)unused;
#define BESIDE(target)                                                                         \
    "{kind: k8s_hpa, metrics: [{metric: cpu, target: " target "}, {metric: arrivals, "         \
    "requests_per_instance: 1 req/s}], " AT_ONCE "}"
    struct hpa hpa;
    hpa_begin(&hpa, BESIDE("30 %"), 3);
    hpa.view.arrivals = (double)NAN;
    levels(&hpa, 3, (double[]){0.3, 0.4, 0.5});
    assert_int_equal(alone(&hpa), 4);
    hpa_begin(&hpa, BESIDE("50 %"), 5);
    hpa.view.arrivals = (double)NAN;
    levels(&hpa, 5, (double[]){0.1, 0.3, 0.5, 0.25, 0.25});
    assert_int_equal(alone(&hpa), 5);
    hpa_begin(&hpa, BESIDE("50 %"), 3);
    hpa.view.arrivals = (double)NAN;
    for (uint32_t i = 0; i < 3; i++)
        missing(&hpa, i);
    assert_int_equal(alone(&hpa), 3);

    hpa_begin(&hpa,
              "{kind: k8s_hpa, metrics: [{metric: cpu, target: 10 %}, {metric: requests, "
              "requests_per_instance: 15 req/s}], " AT_ONCE "}",
              3);
    hpa.view.max = 5;
    levels(&hpa, 3, (double[]){20, 10, 30});
    assert_int_equal(alone(&hpa), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scaling_with_rules_within_bounds_and_limits),
        cmocka_unit_test(scaling_with_rules_after_growth),
        cmocka_unit_test(scaling_with_rules_after_shrinking),
        cmocka_unit_test(the_smallest_change_is_selected_with_min),
        cmocka_unit_test(changes_of_the_last_minute_are_added_up),
        cmocka_unit_test(recommendations_are_held_as_in_their_tables),
        cmocka_unit_test(decisions_are_those_of_their_tests),
        cmocka_unit_test(downscaling_waits_for_what_was_said_before),
        cmocka_unit_test(an_unreadable_metric_beside_cpu_forbids_only_shrinking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
