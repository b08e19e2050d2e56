/* The HorizontalPodAutoscaler: its parameters, several metrics, and those of the whole pool.
 *
 * "Vector" marks a case with the numbers of the project's own unit tests (Kubernetes,
 * pkg/controller/podautoscaler/replica_calculator_test.go); levels are shares of the request of
 * one cpu, or of a metric per pod. */
#include "tests/unit/hpa.h"

/* ---- parameters ---- */

static void the_defaults_are_the_controllers(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 1);
    assert_int_equal(hpa.type->period(hpa.policy.variant.params), 15 * UST_S);
    assert_int_equal(hpa.type->metrics(hpa.policy.variant.params), 1u << UST_SCALE_CPU);
    hpa_end(&hpa);
}

static void a_broken_percent_is_refused_for_a_resource(void **unused)
{
    (void)unused;
    policy_refuses(&ust_scaler_registry, "{kind: k8s_hpa, target: 55.5 %}", 29,
                   "'target' is 55.5 %, must be a whole number of percent: Kubernetes knows no "
                   "other utilisation");
    policy_refuses(&ust_scaler_registry, "{kind: k8s_hpa, metric: slots}", 29,
                   "metric 'slots' needs 'target', for example 60 %");
}

static void a_target_that_cannot_be_exceeded_is_warned_of(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_scaler_registry, "{kind: k8s_hpa, target: 95 %}");
    assert_int_equal(ust_diag_warnings(policy.spec.diag), 1);
    assert_string_equal(ust_diag_at(policy.spec.diag, 0)->text,
                        "never scales up: cpu cannot exceed 100 %, and 'target' with its "
                        "tolerance is 104.5 %");
    policy_free(&policy);
    policy = policy_read(&ust_scaler_registry, "{kind: k8s_hpa, target: 90 %}");
    assert_int_equal(ust_diag_warnings(policy.spec.diag), 0);
    policy_free(&policy);
}

/* ---- several metrics, and those of the whole pool ---- */

#define TWO_METRICS                                                                            \
    "{kind: k8s_hpa, metrics: [{metric: cpu, target: 50 %}, {metric: requests, "               \
    "requests_per_instance: 20 req/s}], " ALONE "}"

static void both(struct hpa *hpa, double cpu, double requests)
{
    for (uint32_t i = 0; i < hpa->view.n; i++) {
        ready(hpa, i, cpu);
        hpa->pod[i].value[UST_SCALE_REQUESTS] = requests;
    }
}

static void of_several_metrics_the_one_that_asks_for_most_pods_counts(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, 0.7, 10);
    assert_int_equal(alone(&hpa), 14);
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, 0.1, 24);
    assert_int_equal(alone(&hpa), 12);
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, 0.1, 9);
    assert_int_equal(alone(&hpa), 5);
}

/* horizontal.go: with one metric invalid, a proposal below the present size is an error. */
static void a_metric_without_data_blocks_scale_in_but_not_scale_out(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, 0.1, (double)NAN);
    assert_int_equal(alone(&hpa), 10);
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, 0.7, (double)NAN);
    assert_int_equal(alone(&hpa), 14);
    hpa_begin(&hpa, TWO_METRICS, 10);
    both(&hpa, (double)NAN, (double)NAN);
    assert_int_equal(alone(&hpa), 10);
}

#define SHARED(target)                                                                         \
    "{kind: k8s_hpa, metric: arrivals, requests_per_instance: " target " req/s, " ALONE "}"

static int64_t shared(const char *text, uint32_t pods, double arrivals)
{
    struct hpa hpa;
    hpa_begin(&hpa, text, pods);
    hpa.view.arrivals = arrivals;
    return alone(&hpa);
}

/* ReplicaCalc and horizontal_test.go: ScaleUpPerPodCMExternal, ScaleUpPerPodCMObject,
 * ScaleDownPerPodCMExternal (both files), ScaleDownPerPodCMObject, TolerancePerPodCMExternal
 * (both), TolerancePerPodCMObject, ReplicaCalcScaleUpPerPodCMObject and ...CMExternal. */
static void vector_external_metrics_per_pod(void **unused)
{
    (void)unused;
    assert_int_equal(shared(SHARED("2.222"), 3, 8.6), 4);
    assert_int_equal(shared(SHARED("10"), 3, 40), 4);
    assert_int_equal(shared(SHARED("3"), 5, 8.6), 3);
    assert_int_equal(shared(SHARED("2.867"), 5, 8.6), 3);
    assert_int_equal(shared(SHARED("2"), 5, 6), 3);
    assert_int_equal(shared(SHARED("2.9"), 3, 8.6), 3);
    assert_int_equal(shared(SHARED("2.2"), 4, 8.6), 4);
    assert_int_equal(shared(SHARED("5"), 4, 20.166), 4);
    assert_int_equal(shared(SHARED("5"), 3, 20), 4);
    assert_int_equal(shared(SHARED("2.15"), 3, 8.6), 4);
}

static void an_external_metric_without_data_changes_nothing(void **unused)
{
    (void)unused;
    assert_int_equal(shared(SHARED("10"), 3, (double)NAN), 3);
}

static void a_queue_is_a_pod_metric(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, metric: queue, waiting_per_instance: 4, " ALONE "}", 3);
    levels(&hpa, 3, (double[]){12, 0, 6});
    assert_int_equal(alone(&hpa), 5); /* 6 each: 1.5 times 3 pods */
}

static void one_metric_and_a_list_do_not_go_together(void **unused)
{
    (void)unused;
    policy_refuses_at(&ust_scaler_registry,
                      "{kind: k8s_hpa, target: 50 %, metrics: [{target: 60 %}]}", "target: 50",
                      "'target' does not go with 'metrics': it belongs into the list");
    policy_refuses_at(&ust_scaler_registry, "{kind: k8s_hpa, metrics: [{metric: queue}]}",
                      "queue}", "metric 'queue' needs 'waiting_per_instance', for example 20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_the_controllers),
        cmocka_unit_test(a_broken_percent_is_refused_for_a_resource),
        cmocka_unit_test(a_target_that_cannot_be_exceeded_is_warned_of),
        cmocka_unit_test(of_several_metrics_the_one_that_asks_for_most_pods_counts),
        cmocka_unit_test(a_metric_without_data_blocks_scale_in_but_not_scale_out),
        cmocka_unit_test(vector_external_metrics_per_pod),
        cmocka_unit_test(an_external_metric_without_data_changes_nothing),
        cmocka_unit_test(a_queue_is_a_pod_metric),
        cmocka_unit_test(one_metric_and_a_list_do_not_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
