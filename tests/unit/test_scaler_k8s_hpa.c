/* The HorizontalPodAutoscaler: its numbers of pods, windows and rates.
 *
 * "Vector" marks a case with the numbers of the project's own unit tests (Kubernetes,
 * pkg/controller/podautoscaler/replica_calculator_test.go); levels are shares of the request of
 * one cpu, or of a metric per pod. */
#include "tests/unit/scaler.h"

struct hpa {
    struct policy policy;
    const struct ust_scaler_type *type;
    void *state;
    struct ust_scaler_instance pod[MAX];
    struct ust_scaler_view view;
};

/* A controller that meets `pods` pods, ready for long. */
static void hpa_begin(struct hpa *hpa, const char *text, uint32_t pods)
{
    *hpa = (struct hpa){.policy = policy_read(&ust_scaler_registry, text)};
    hpa->type = ust_scaler_of(hpa->policy.variant.kind);
    hpa->state = calloc(1, hpa->type->state_size(hpa->policy.variant.params));
    hpa->view = (struct ust_scaler_view){.now = UST_DAY,
                                         .desired = pods,
                                         .min = 1,
                                         .max = 1000,
                                         .instance = hpa->pod,
                                         .n = pods};
    for (uint32_t i = 0; i < pods && i < MAX; i++)
        hpa->pod[i] = (struct ust_scaler_instance){.in_service = true};
}

static void hpa_end(struct hpa *hpa)
{
    free(hpa->state);
    policy_free(&hpa->policy);
}

/* Pods as they come: ready for long; unready since they started; ready, but started just now;
 * without a metric; not even started. */
static void ready(struct hpa *hpa, uint32_t pod, double value)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.in_service = true};
    report(&hpa->pod[pod], value);
}

static void unready(struct hpa *hpa, uint32_t pod, double value)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.in_service = false};
    report(&hpa->pod[pod], value);
}

static void hot(struct hpa *hpa, uint32_t pod, double value)
{
    ust_time now = hpa->view.now;
    hpa->pod[pod] = (struct ust_scaler_instance){
        .launched = now, .ready = now, .changed = now, .in_service = true};
    report(&hpa->pod[pod], value);
}

static void missing(struct hpa *hpa, uint32_t pod)
{
    ready(hpa, pod, (double)NAN);
}

static void pending(struct hpa *hpa, uint32_t pod)
{
    hpa->pod[pod] = (struct ust_scaler_instance){.ready = UST_NEVER};
    report(&hpa->pod[pod], (double)NAN);
}

static struct ust_scaler_answer sync(struct hpa *hpa)
{
    for (uint32_t i = 0; i < hpa->view.n && i < MAX; i++)
        hpa->pod[i].since = hpa->view.now - 15 * UST_S;
    struct ust_scaler_answer answer =
        hpa->type->target(hpa->policy.variant.params, hpa->state, &hpa->view);
    assert_true((answer.desired != hpa->view.desired) == (answer.reason != NULL));
    return answer;
}

/* What the pods alone ask for: no windows, no limits of rate. */
#define ALONE                                                                                  \
    "scale_up: {policies: [{type: pods, value: 100000, period: 15 s}]}, "                      \
    "scale_down: {stabilization_window: 0 s}"
#define CPU(target) "{kind: k8s_hpa, metric: cpu, target: " target ", " ALONE "}"
#define RATE(target)                                                                           \
    "{kind: k8s_hpa, metric: requests, requests_per_instance: " target " req/s, " ALONE "}"

static int64_t alone(struct hpa *hpa)
{
    int64_t desired = sync(hpa).desired;
    hpa_end(hpa);
    return desired;
}

static void levels(struct hpa *hpa, uint32_t n, const double *value)
{
    for (uint32_t i = 0; i < n; i++)
        ready(hpa, i, value[i]);
}

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

/* ---- windows and rates ---- */

static int64_t all_at(struct hpa *hpa, double value)
{
    hpa->view.n = hpa->view.desired < MAX ? (uint32_t)hpa->view.desired : MAX;
    for (uint32_t i = 0; i < hpa->view.n; i++)
        ready(hpa, i, value);
    hpa->view.desired = sync(hpa).desired;
    hpa->view.now += hpa->type->period(hpa->policy.variant.params);
    return hpa->view.desired;
}

static void by_default_pods_double_or_grow_by_four_each_sync(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, metric: requests, requests_per_instance: 1 req/s}", 3);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 14);
    assert_int_equal(all_at(&hpa, 1000), 28);
    hpa_end(&hpa);
}

static void by_default_pods_shrink_after_five_minutes(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 10);
    for (int i = 0; i < 20; i++)
        assert_int_equal(all_at(&hpa, 0.1), 10);
    assert_int_equal(all_at(&hpa, 0.1), 2); /* at 300 s the first recommendation is too old */
    hpa_end(&hpa);
}

static void shrinking_goes_to_the_highest_recommendation_of_the_window(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 60 s}}",
              10);
    all_at(&hpa, 0.1); /* 0 s: 2, beside 10, the beginning */
    all_at(&hpa, 0.3); /* 15 s: 6 */
    all_at(&hpa, 0.1); /* 30 s: 2 */
    assert_int_equal(all_at(&hpa, 0.1), 10);
    assert_int_equal(all_at(&hpa, 0.1), 6); /* 60 s: those of 15 s, 30 s, 45 s, and now */
    hpa_end(&hpa);
}

static void growing_waits_for_the_lowest_recommendation_of_its_window(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {stabilization_window: 30 s}}",
              10);
    assert_int_equal(all_at(&hpa, 0.9), 10); /* 18, but the beginning was 10 */
    assert_int_equal(all_at(&hpa, 0.7), 10);
    assert_int_equal(all_at(&hpa, 0.9), 14); /* 30 s: the lowest is that of 15 s */
    hpa_end(&hpa);
}

static void pods_per_minute_count_from_the_size_a_minute_ago(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, metric: requests, requests_per_instance: 1 req/s, scale_up: "
              "{policies: [{type: pods, value: 4, period: 60 s}]}}",
              3);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 7);
    assert_int_equal(all_at(&hpa, 1000), 11); /* 60 s later */
    hpa_end(&hpa);
}

/* 10 % of 55 pods: 55 * 0.9 = 49.5 is cut to 49 on the way down; up 55 * 1.1 = 60.5 is 61. */
static void percents_round_towards_the_larger_change(void **unused)
{
    (void)unused;
    const char *text =
        "{kind: k8s_hpa, target: 50 %, scale_up: {policies: [{type: percent, value: 10, "
        "period: 15 s}]}, scale_down: {stabilization_window: 0 s, policies: [{type: percent, "
        "value: 10, period: 15 s}]}}";
    struct hpa hpa;
    hpa_begin(&hpa, text, 55);
    assert_int_equal(all_at(&hpa, 0.05), 49);
    hpa_end(&hpa);
    hpa_begin(&hpa, text, 55);
    assert_int_equal(all_at(&hpa, 1), 61);
    hpa_end(&hpa);
}

#define TWO                                                                                    \
    "policies: [{type: pods, value: 4, period: 15 s}, {type: percent, value: 10, "             \
    "period: 15 s}]"

static void max_takes_the_largest_change_and_min_the_smallest(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {select_policy: max, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 1), 24);
    hpa_end(&hpa);
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %, scale_up: {select_policy: min, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 1), 22);
    hpa_end(&hpa);
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: max, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 16);
    hpa_end(&hpa);
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: min, " TWO "}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 18);
    hpa_end(&hpa);
}

static void a_disabled_direction_never_changes(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_down: {stabilization_window: 0 s, "
              "select_policy: disabled}}",
              20);
    assert_int_equal(all_at(&hpa, 0.05), 20);
    assert_int_equal(all_at(&hpa, 0.05), 20);
    assert_int_equal(all_at(&hpa, 0.75), 30);
    hpa_end(&hpa);
}

/* What was removed within the period counts as there at its beginning: after 20 -> 10, growth
 * by 20 % per minute starts from 20, so 24 are allowed at once. */
static void a_period_knows_changes_in_both_directions(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, metric: requests, requests_per_instance: 10 req/s, scale_up: "
              "{policies: [{type: percent, value: 20, period: 60 s}]}, scale_down: "
              "{stabilization_window: 0 s}}",
              20);
    assert_int_equal(all_at(&hpa, 5), 10);
    assert_int_equal(all_at(&hpa, 100), 24);
    hpa_end(&hpa);
}

static void sizes_outside_the_bounds_are_brought_back_at_once(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 20);
    hpa.view.max = 15;
    assert_int_equal(sync(&hpa).desired, 15);
    hpa.view.max = 100;
    hpa.view.min = 30;
    assert_int_equal(sync(&hpa).desired, 30);
    hpa_end(&hpa);
}

static void tolerance_may_differ_by_direction(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, scale_up: {tolerance: 0 %}, scale_down: "
              "{stabilization_window: 0 s, tolerance: 50 %}}",
              20);
    assert_int_equal(all_at(&hpa, 0.26), 20); /* 0.52 */
    assert_int_equal(all_at(&hpa, 0.51), 21); /* 1.02 */
    assert_int_equal(all_at(&hpa, 0.24), 11); /* 0.48 * 21 = 10.08 */
    hpa_end(&hpa);
}

static void a_long_run_stays_within_its_windows(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa,
              "{kind: k8s_hpa, target: 50 %, sync_period: 1 s, scale_down: "
              "{stabilization_window: 1 h}}",
              40);
    for (int i = 0; i < 3600; i++)
        assert_int_equal(all_at(&hpa, 0.25), 40);
    assert_int_equal(all_at(&hpa, 0.25), 20);
    hpa_end(&hpa);
}

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
 * (both), TolerancePerPodCMObject. */
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
        cmocka_unit_test(by_default_pods_double_or_grow_by_four_each_sync),
        cmocka_unit_test(by_default_pods_shrink_after_five_minutes),
        cmocka_unit_test(shrinking_goes_to_the_highest_recommendation_of_the_window),
        cmocka_unit_test(growing_waits_for_the_lowest_recommendation_of_its_window),
        cmocka_unit_test(pods_per_minute_count_from_the_size_a_minute_ago),
        cmocka_unit_test(percents_round_towards_the_larger_change),
        cmocka_unit_test(max_takes_the_largest_change_and_min_the_smallest),
        cmocka_unit_test(a_disabled_direction_never_changes),
        cmocka_unit_test(a_period_knows_changes_in_both_directions),
        cmocka_unit_test(sizes_outside_the_bounds_are_brought_back_at_once),
        cmocka_unit_test(tolerance_may_differ_by_direction),
        cmocka_unit_test(a_long_run_stays_within_its_windows),
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
