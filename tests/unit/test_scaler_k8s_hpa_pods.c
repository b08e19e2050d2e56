/* The HorizontalPodAutoscaler: its numbers of pods, and which pods count for them.
 *
 * "Vector" marks a case with the numbers of the project's own unit tests (Kubernetes,
 * pkg/controller/podautoscaler/replica_calculator_test.go); levels are shares of the request of
 * one cpu, or of a metric per pod. */
#include "tests/unit/hpa.h"

/* ---- numbers of pods ---- */

static void vector_scale_up(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
    assert_int_equal(alone(&hpa), 5);
}

static void vector_scale_up_unready_less_scale(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
    unready(&hpa, 0, 0.3);
    assert_int_equal(alone(&hpa), 4);
}

static void vector_scale_up_hot_cpu_less_scale(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
    hot(&hpa, 0, 0.3);
    assert_int_equal(alone(&hpa), 4);
}

static void vector_scale_up_unready_no_scale(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    ready(&hpa, 0, 0.4);
    unready(&hpa, 1, 0.5);
    unready(&hpa, 2, 0.7);
    assert_int_equal(alone(&hpa), 3);
}

static void vector_scale_up_custom_metric(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("15"), 3);
    levels(&hpa, 3, (double[]){20, 10, 30});
    assert_int_equal(alone(&hpa), 4);
}

/* Of a custom metric, unready pods with a value count. */
static void vector_scale_up_custom_metric_unready_no_less_scale(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("15"), 3);
    levels(&hpa, 2, (double[]){50, 10});
    unready(&hpa, 2, 30);
    assert_int_equal(alone(&hpa), 6);

    hpa_begin(&hpa, RATE("15"), 3);
    unready(&hpa, 0, 50);
    ready(&hpa, 1, 15);
    hot(&hpa, 2, 30);
    assert_int_equal(alone(&hpa), 7);
}

static void vector_scale_up_external(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("4.4"), 1);
    ready(&hpa, 0, 8.6);
    assert_int_equal(alone(&hpa), 2);
}

static void vector_scale_down(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 5);
    levels(&hpa, 5, (double[]){0.1, 0.3, 0.5, 0.25, 0.25});
    assert_int_equal(alone(&hpa), 3);
}

static void vector_scale_down_custom_metric(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("20"), 5);
    levels(&hpa, 5, (double[]){12, 12, 12, 12, 12});
    assert_int_equal(alone(&hpa), 3);
}

static void vector_scale_down_include_unready_pods(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 5);
    levels(&hpa, 3, (double[]){0.1, 0.3, 0.5});
    unready(&hpa, 3, 0.25);
    unready(&hpa, 4, 0.25);
    assert_int_equal(alone(&hpa), 2);
}

static void vector_scale_down_exclude_unscheduled_pods(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 5);
    ready(&hpa, 0, 0.1);
    for (uint32_t i = 1; i < 5; i++)
        pending(&hpa, i);
    assert_int_equal(alone(&hpa), 1);
}

static void vector_scale_down_ignore_hot_cpu_pods(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 5);
    levels(&hpa, 3, (double[]){0.1, 0.3, 0.5});
    hot(&hpa, 3, 0.25);
    hot(&hpa, 4, 0.25);
    assert_int_equal(alone(&hpa), 2);
}

static void vector_tolerance(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 100 %, " ALONE "}", 3);
    levels(&hpa, 3, (double[]){1.01, 1.03, 1.02});
    assert_int_equal(alone(&hpa), 3);

    hpa_begin(&hpa, RATE("20"), 3);
    levels(&hpa, 3, (double[]){20, 21, 21});
    assert_int_equal(alone(&hpa), 3);
}

static void vector_missing_metrics(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("100 %"), 4);
    levels(&hpa, 2, (double[]){0.4, 0.095});
    missing(&hpa, 2);
    missing(&hpa, 3);
    assert_int_equal(alone(&hpa), 3);
}

static void vector_missing_metrics_no_change(void **unused)
{
    (void)unused;
    const double level[] = {1.0, 1.9, 0.6}; /* at, above and below the target */
    for (int i = 0; i < 3; i++) {
        struct hpa hpa;
        hpa_begin(&hpa, CPU("100 %"), 2);
        ready(&hpa, 0, level[i]);
        missing(&hpa, 1);
        assert_int_equal(alone(&hpa), 2);
    }
}

static void vector_missing_metrics_unready_change(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 3);
    unready(&hpa, 0, 0.1);
    ready(&hpa, 1, 0.45);
    missing(&hpa, 2);
    assert_int_equal(alone(&hpa), 3);
}

static void vector_missing_metrics_unready_scale_up(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 3);
    unready(&hpa, 0, 0.1);
    ready(&hpa, 1, 2.0);
    missing(&hpa, 2);
    assert_int_equal(alone(&hpa), 4);
}

/* A missing pod counts with all of its request, which is more than the target: 3 and not 2. */
static void vector_missing_metrics_unready_scale_down(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 4);
    unready(&hpa, 0, 0.1);
    ready(&hpa, 1, 0.1);
    ready(&hpa, 2, 0.1);
    missing(&hpa, 3);
    assert_int_equal(alone(&hpa), 3);
}

/* Three pods where two are wanted: more pods than asked for is no reason to ask for more. */
static void vector_rolling_update_with_surge(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 2);
    hpa.view.n = 3;
    levels(&hpa, 2, (double[]){0.1, 0.1});
    missing(&hpa, 2);
    assert_int_equal(alone(&hpa), 2);
}

/* Ten are wanted, three are there and overloaded: 4 would do for these, but is no growth. */
static void growth_never_ends_below_the_present_size(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 10);
    hpa.view.n = 3;
    levels(&hpa, 2, (double[]){0.9, 0.9});
    missing(&hpa, 2);
    assert_int_equal(alone(&hpa), 10);
}

/* Documentation: 50 replicas, average 90 against 75: ceil(50 * 1.2) = 60. */
static void documented_fifty_replicas_at_90_against_75(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("75"), 50);
    for (uint32_t i = 0; i < 50; i++)
        ready(&hpa, i, 90);
    assert_int_equal(alone(&hpa), 60);
}

/* A missing pod of a custom metric counts with the target: (10 + 20) / 40 * 2 = 1.5. */
static void a_missing_pod_of_a_custom_metric_counts_with_the_target(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("20"), 2);
    ready(&hpa, 0, 4);
    missing(&hpa, 1);
    assert_int_equal(alone(&hpa), 2);

    hpa_begin(&hpa, RATE("20"), 4);
    levels(&hpa, 3, (double[]){1, 1, 1});
    missing(&hpa, 3);
    assert_int_equal(alone(&hpa), 2); /* 23 / 80 * 4 = 1.15 */
}

/* 33.9 % is 33 % to the controller, and 33 / 30 = 1.1 lies within the tolerance. */
static void utilisation_is_cut_to_a_whole_percent(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 10);
    for (uint32_t i = 0; i < 10; i++)
        ready(&hpa, i, 0.339);
    assert_int_equal(alone(&hpa), 10);

    hpa_begin(&hpa, CPU("30 %"), 10);
    for (uint32_t i = 0; i < 10; i++)
        ready(&hpa, i, 0.34);
    assert_int_equal(alone(&hpa), 12); /* 34 / 30 * 10 = 11.33 */
}

static void memory_counts_of_unready_pods_too(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, metric: memory, target: 50 %, " ALONE "}", 2);
    ready(&hpa, 0, 0.9);
    unready(&hpa, 1, 0.1);
    assert_int_equal(alone(&hpa), 2);
}

static void without_any_data_nothing_changes(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("30 %"), 3);
    for (uint32_t i = 0; i < 3; i++)
        missing(&hpa, i);
    assert_int_equal(alone(&hpa), 3);
}

/* ---- readiness ---- */

/* Within the initialisation period a sample must lie wholly after the pod became ready. */
static void a_sample_from_before_readiness_does_not_count(void **unused)
{
    (void)unused;
    for (int late = 0; late < 2; late++) {
        struct hpa hpa;
        hpa_begin(&hpa, CPU("30 %"), 3);
        levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
        hpa.pod[0].launched = hpa.view.now - 100 * UST_S;
        hpa.pod[0].changed = hpa.view.now - (late ? 15 : 14) * UST_S;
        assert_int_equal(alone(&hpa), late ? 5 : 4);
    }
}

static void after_the_initialisation_period_an_unready_pod_that_was_ready_counts(void **unused)
{
    (void)unused;
    for (int was_ready = 0; was_ready < 2; was_ready++) {
        struct hpa hpa;
        hpa_begin(&hpa, CPU("30 %"), 3);
        levels(&hpa, 3, (double[]){0.3, 0.5, 0.7});
        hpa.pod[0].launched = hpa.view.now - 300 * UST_S;
        hpa.pod[0].changed = hpa.pod[0].launched + (was_ready ? 30 : 29) * UST_S;
        hpa.pod[0].in_service = false;
        assert_int_equal(alone(&hpa), was_ready ? 5 : 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector_scale_up),
        cmocka_unit_test(vector_scale_up_unready_less_scale),
        cmocka_unit_test(vector_scale_up_hot_cpu_less_scale),
        cmocka_unit_test(vector_scale_up_unready_no_scale),
        cmocka_unit_test(vector_scale_up_custom_metric),
        cmocka_unit_test(vector_scale_up_custom_metric_unready_no_less_scale),
        cmocka_unit_test(vector_scale_up_external),
        cmocka_unit_test(vector_scale_down),
        cmocka_unit_test(vector_scale_down_custom_metric),
        cmocka_unit_test(vector_scale_down_include_unready_pods),
        cmocka_unit_test(vector_scale_down_exclude_unscheduled_pods),
        cmocka_unit_test(vector_scale_down_ignore_hot_cpu_pods),
        cmocka_unit_test(vector_tolerance),
        cmocka_unit_test(vector_missing_metrics),
        cmocka_unit_test(vector_missing_metrics_no_change),
        cmocka_unit_test(vector_missing_metrics_unready_change),
        cmocka_unit_test(vector_missing_metrics_unready_scale_up),
        cmocka_unit_test(vector_missing_metrics_unready_scale_down),
        cmocka_unit_test(vector_rolling_update_with_surge),
        cmocka_unit_test(growth_never_ends_below_the_present_size),
        cmocka_unit_test(documented_fifty_replicas_at_90_against_75),
        cmocka_unit_test(a_missing_pod_of_a_custom_metric_counts_with_the_target),
        cmocka_unit_test(utilisation_is_cut_to_a_whole_percent),
        cmocka_unit_test(memory_counts_of_unready_pods_too),
        cmocka_unit_test(without_any_data_nothing_changes),
        cmocka_unit_test(a_sample_from_before_readiness_does_not_count),
        cmocka_unit_test(after_the_initialisation_period_an_unready_pod_that_was_ready_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
