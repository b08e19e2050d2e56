/* Scalers in the simulation: a load that steps up and down, and the staircase of decisions that
 * follows from the vendor's rules by hand.
 *
 * Requests of 20 ms on machines of one processor: 395 req/s are 7.9 of them, 735 are 14.7 and
 * 390 are 7.8. New machines serve at once, so that all that is seen is the scaler. The load
 * grows at 10 min and falls at 30 min of the run; times of decisions are minutes of it. Sums of
 * tens of thousands of requests leave each average within half a percent, far from where a
 * rounding would turn. */
#include <math.h>

#include "tests/theory/help.h"

struct setting {
    const char *scaler, *more;
    unsigned instances;
    unsigned min;
    const char *service; /* a further line of the service */
};

static struct theory *theory;

static struct ust_model *run(const struct setting *is)
{
    char text[3000];
    snprintf(text, sizeof text,
             "understudy: 1\n"
             "name: stairs\n"
             "seed: 11\n"
             "start: 2026-03-02T07:00:00Z\n"
             "duration: 60 min\n"
             "interval: 60 s\n"
             "personas:\n"
             "  - {name: user, actions: {ask: {work: 20 ms}}}\n"
             "regions: {here: {zones: 1}}\n"
             "services:\n"
             "  s:\n"
             "    instance: {name: box, capacity: {vcpu: 1}, tuning: {slots: 1, queue: "
             "unlimited}}\n"
             "    balancer: round_robin\n"
             "    scaler: %s\n"
             "    pools: {here: {instances: %u, min: %u, max: 60}}\n"
             "%s"
             "traffic:\n"
             "  - persona: user\n"
             "    arrivals: {kind: piecewise, points: [{at: 0 s, rate: 395 req/s}, "
             "{at: 10 min, rate: 735 req/s}, {at: 30 min, rate: 390 req/s}]}\n"
             "%s\n",
             is->scaler, is->instances, is->min, is->service != NULL ? is->service : "",
             is->more != NULL ? is->more : "");
    theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 1);
    ust_model_run(model);
    return model;
}

static void forget(struct ust_model *model)
{
    ust_model_free(model);
    theory_close(theory);
}

struct decision {
    double minute;
    int64_t desired;
};

/* All decisions from `from` on are these and no others. */
static void decisions_are(const struct ust_model *model, double from,
                          const struct decision *want, uint32_t n)
{
    uint32_t k = 0;
    bool same = true;
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        double minute = (double)moment->at / 60e9;
        if ((strcmp(moment->event, "scale_out") != 0 &&
             strcmp(moment->event, "scale_in") != 0) ||
            minute < from)
            continue;
        printf("  %8.3f min: %3.0f  %s\n", minute, moment->value, moment->detail);
        same = same && k < n && fabs(want[k].minute - minute) < 1e-9 &&
               (double)want[k].desired == moment->value;
        k++;
    }
    assert_true(same);
    assert_int_equal(k, n);
}

#define STAIRS(...) ((const struct decision[]){__VA_ARGS__})
#define CHECK(model, from, ...)                                                                \
    decisions_are(model, from, STAIRS(__VA_ARGS__),                                            \
                  sizeof(STAIRS(__VA_ARGS__)) / sizeof(struct decision))

/* 14.7 / 50 % = 29.4: 30 after three points of a minute. From 30 min on 7.8 / 30 = 26 %, below
 * 45 %: fifteen points, then a tenth of the group each minute until 7.8 / 17 = 45.9 %. */
static void target_tracking(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: aws_target_tracking, target: 50 %}", .instances = 16, .min = 1});
    CHECK(model, 0, {13, 30}, {45, 27}, {46, 25}, {47, 23}, {48, 21}, {49, 19}, {50, 18},
          {51, 17});
    /* One change of direction in the hour. */
    theory_near(theory_pool(model, UST_METRIC_flaps), 1, 1e-12, "flaps per hour");
    forget(model);
}

/* 91 % of 50 % on 16 pods: 29.1. Down to the highest recommendation of 5 min: 26 % on 30: 15.6.
 */
static void horizontal_pod_autoscaler(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: k8s_hpa, target: 50 %}", .instances = 16, .min = 1});
    CHECK(model, 0, {10.25, 30}, {35, 16});
    forget(model);
}

/* At most four pods a minute up, and 20 % a minute down. */
static void horizontal_pod_autoscaler_with_policies(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: k8s_hpa, target: 50 %, scale_up: {policies: [{type: pods, value: 4, "
                  "period: 60 s}]}, scale_down: {stabilization_window: 0 s, policies: [{type: "
                  "percent, value: 20, period: 60 s}]}}",
        .instances = 18,
        .min = 18});
    CHECK(model, 0, {10.25, 22}, {11.25, 26}, {12.25, 30}, {30.25, 24}, {31.25, 19},
          {32.25, 18});
    forget(model);
}

/* Steps of 10 % from 50 % on, 30 % from 70 % on; an instance warms up for 5 min. 16 at 92 %: 4
 * more; 20 at 73.5 %, once they are warm: 6 more; 26 at 56.5 %: 2; 28 at 52.5 %: 2; 30 at 49 %.
 */
static void step_scaling(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler =
            "{kind: aws_step, scale_out: {threshold: 50 %, adjustment_type: "
            "percent_change_in_capacity, steps: [{to: 70 %, adjustment: 10}, {from: 70 %, "
            "adjustment: 30}]}}",
        .instances = 16,
        .min = 1});
    CHECK(model, 0, {11, 20}, {16, 26}, {21, 28}, {26, 30});
    forget(model);
}

/* 4 more at 60 % and beyond, and 300 s of cooldown from when they came: 73.5 %, 61 %, 52.5 %.
 * Below 30 % for three points 4 fewer: 27.9 %, then 32.5 %. */
static void simple_scaling(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: aws_simple, scale_out: {threshold: 60 %, adjustment: 4}, scale_in: "
                  "{threshold: 30 %, adjustment: -4, evaluation_periods: 3}}",
        .instances = 20,
        .min = 1});
    CHECK(model, 0, {11, 24}, {16, 28}, {33, 24});
    forget(model);
}

/* Average of 5 min above 65 %: four points of 73.5 % and one of 39.5 %. Then 25 at 58.8 %,
 * until all five points are at 31.2 %, and 22 have 35.5 %. */
static void azure(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: azure_autoscale, rules: [{operator: greater_than, threshold: 65 %, "
                  "direction: increase, value: 5, time_window: 5 min}, {operator: less_than, "
                  "threshold: 35 %, direction: decrease, value: 3, time_window: 5 min}]}",
        .instances = 20,
        .min = 1});
    CHECK(model, 0, {14, 25}, {35, 22});
    forget(model);
}

/* 14.7 / 50 % within a minute; the last peak is of the point at 30 min. */
static void google(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: gcp_autoscaler, target: 50 %}", .instances = 16, .min = 1});
    CHECK(model, 0, {11, 30}, {40, 16});
    forget(model);
}

/* 735 / 27.7 = 26.5, and 390 / 27.7 = 14.1 by the window of the autoscaler. */
static void keda(void **state)
{
    (void)state;
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: keda, triggers: [{metric: arrivals, "
                                        "requests_per_instance: 27.7 req/s}]}",
                              .instances = 15,
                              .min = 0});
    CHECK(model, 0, {10.25, 27}, {35, 15});
    forget(model);
}

/* Load from 10 to 30 min only: the pool sleeps from 5 min after its last poll with demand, and
 * wakes with the first poll that sees any; requests before that find nobody. */
static void a_pool_from_and_to_nothing(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 25 req/s, "
                  "activation_threshold: 500 req/s}]}",
        .instances = 0,
        .min = 0});
    const struct ust_measure *measure = &model->measure;
    assert_string_equal(measure->moments[0].event, "scale_out");
    assert_int_equal(measure->moments[0].at,
                     10 * UST_MINUTE + 15 * UST_S); /* polls: 15 s, 45 s, ... */
    assert_true(measure->moments[0].value == 1);
    assert_true(theory_series(model, UST_METRIC_instances, 1, 1, 0, 5) == 0);
    assert_true(theory_series(model, UST_METRIC_instances, 1, 1, 0, 20) >= 27);
    assert_true(theory_series(model, UST_METRIC_instances, 1, 1, 0, 50) == 0);
    forget(model);
}

/* Half past seven is 30 min into the run. */
static void a_schedule(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: scheduled, time_zone: London, actions: [{at: \"07:30\", min: 25}, "
                  "{cron: \"50 7 * * mon\", min: 2, desired: 20}]}",
        .instances = 18,
        .min = 18});
    CHECK(model, 0, {30, 25}, {50, 20});
    forget(model);
}

/* ---- several ---- */

/* Cpu would go down to 17 instances at once; requests, 20 each, keep 40 (90 % of 20 is 18),
 * want all that there may be for 1470, and let 780 have 41, where each has 19. */
static void one_of_two_lets_nothing_go(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "[{kind: aws_target_tracking, target: 50 %}, {kind: aws_target_tracking, "
                  "metric: requests, requests_per_instance: 10 req/s}]",
        .instances = 40,
        .min = 1});
    CHECK(model, 0, {13, 60}, {45, 54}, {46, 49}, {47, 45}, {48, 41});
    forget(model);
}

/* The same with a scale-in that is disabled: it is not asked. */
static void who_never_shrinks_is_not_asked(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "[{kind: aws_target_tracking, target: 50 %, scale_in_limit: 100 %}, {kind: "
                  "aws_target_tracking, metric: slots, target: 50 %, disable_scale_in: true}]",
        .instances = 16,
        .min = 1});
    CHECK(model, 0, {13, 30}, {45, 16});
    forget(model);
}

/* A schedule lifts the minimum, and the other scaler works above it. */
static void a_schedule_beside_target_tracking(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "[{kind: scheduled, actions: [{at: \"07:05\", min: 24}]}, {kind: "
                  "aws_target_tracking, target: 50 %, scale_in_limit: 100 %}]",
        .instances = 16,
        .min = 1});
    CHECK(model, 0, {5, 24}, {13, 30}, {45, 24});
    forget(model);
}

/* The first number that two step policies, which are always in alarm, come to. */
static int64_t first_of(const char *one, const char *other)
{
    char scaler[500];
    snprintf(scaler, sizeof scaler,
             "[{kind: aws_step, warm_up: 0 s, %s}, {kind: aws_step, warm_up: 0 s, %s}]", one,
             other);
    struct ust_model *model =
        run(&(struct setting){.scaler = scaler, .instances = 8, .min = 1});
    int64_t desired = (int64_t)model->measure.moments[0].value;
    assert_int_equal(model->measure.moments[0].at, UST_MINUTE);
    forget(model);
    return desired;
}

/* Amazon EC2 Auto Scaling user guide, "Multiple scaling policies": of one instance and two
 * more, two; of eight, three fewer or 25 % fewer: 25 %, which are two. */
static void at_one_moment_the_largest_capacity_wins(void **state)
{
    (void)state;
    assert_int_equal(first_of("scale_out: {threshold: 1 %, steps: [{adjustment: 1}]}",
                              "scale_out: {threshold: 1 %, steps: [{adjustment: 2}]}"),
                     10);
    assert_int_equal(first_of("scale_in: {threshold: 100 %, steps: [{adjustment: -3}]}",
                              "scale_in: {threshold: 100 %, adjustment_type: "
                              "percent_change_in_capacity, steps: [{adjustment: -25}]}"),
                     6);
    assert_int_equal(first_of("scale_in: {threshold: 100 %, steps: [{adjustment: -3}]}",
                              "scale_out: {threshold: 1 %, steps: [{adjustment: 1}]}"),
                     9);
}

/* ---- what agents report ---- */

/* Samples of 10 s that come 55 s late: the first point of a minute that holds any of the new
 * load holds a sixth of it, 40 %, so that the third above the target is a minute later. */
static void late_metrics_decide_late(void **state)
{
    (void)state;
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: aws_target_tracking, target: 50 %}",
                              .instances = 20,
                              .min = 20,
                              .service = "    monitoring: {interval: 10 s, delay: 55 s}\n"});
    CHECK(model, 0, {14, 30}, {46, 27}, {47, 25}, {48, 23}, {49, 21}, {50, 20});
    forget(model);
}

/* The same by the largest sample of the minute: one of the new load is enough, so that the
 * alarm is not late. By the smallest, none may be of the old one. */
static void the_largest_sample_of_a_period_is_seen_sooner(void **state)
{
    (void)state;
    static const struct {
        const char *aggregation;
        double minute;
    } is[] = {{"max", 13}, {"p99", 13}, {"p50", 14}, {"min", 14}};
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        char monitoring[200];
        snprintf(monitoring, sizeof monitoring,
                 "    monitoring: {interval: 10 s, delay: 45 s, aggregation: %s}\n",
                 is[i].aggregation);
        struct ust_model *model =
            run(&(struct setting){.scaler = "{kind: aws_target_tracking, target: 50 %}",
                                  .instances = 20,
                                  .min = 20,
                                  .service = monitoring});
        assert_string_equal(model->measure.moments[0].event, "scale_out");
        assert_int_equal(model->measure.moments[0].at, is[i].minute * UST_MINUTE);
        forget(model);
    }
}

/* Agents that report every minute: the autoscaler asks four times as often, and sees the old
 * value until the new one comes. The first that it has of the new load may mix both. */
static void stale_metrics_are_seen_until_newer_ones_come(void **state)
{
    (void)state;
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: k8s_hpa, target: 50 %, "
                                        "scale_up: {policies: [{type: "
                                        "pods, value: 60, period: 15 s}]}}",
                              .instances = 16,
                              .min = 16,
                              .more = "monitoring: {interval: 60 s}"});
    ust_time first = 0, all = 0;
    uint32_t between = 0;
    for (uint32_t i = 0; i < model->measure.moments_n && all == 0; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        if (strcmp(moment->event, "scale_out") != 0)
            continue;
        first = first == 0 ? moment->at : first;
        all = moment->value == 30 ? moment->at : 0;
        between++;
    }
    assert_true(first > 10 * UST_MINUTE && first <= 11 * UST_MINUTE + 15 * UST_S);
    assert_true(all > 11 * UST_MINUTE && all <= 12 * UST_MINUTE);
    assert_true(between == 1 || (between == 2 && all - first == UST_MINUTE));
    forget(model);
}

static int64_t wanted_at(const struct ust_model *model, double minute)
{
    return (int64_t)theory_series(model, UST_METRIC_wanted, 1, 1, 0, (uint32_t)minute);
}

/* Half of the samples are lost: averages over what is left are about the same averages. */
static void lost_samples_hardly_change_the_decisions(void **state)
{
    (void)state;
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: gcp_autoscaler, target: 50 %}",
                              .instances = 16,
                              .min = 16,
                              .service = "    monitoring: {interval: 10 s, loss: 50 %}\n"});
    assert_in_range(wanted_at(model, 25), 30, 31);
    assert_in_range(wanted_at(model, 55), 16, 17);
    forget(model);
}

/* A blackout of half of what is reported does as little; without agents, who have several
 * reports a minute, half of the instances are silent and count as on target when shrinking. */
static void half_a_blackout_hardly_changes_the_decisions(void **state)
{
    (void)state;
    static const char *const service[] = {"    monitoring: {interval: 10 s}\n", ""};
    for (size_t i = 0; i < 2; i++) {
        struct ust_model *model =
            run(&(struct setting){.scaler = "{kind: gcp_autoscaler, target: 50 %}",
                                  .instances = 16,
                                  .min = 16,
                                  .service = service[i],
                                  .more = "faults: [{kind: metric_blackout, at: 0 s, share: "
                                          "50 %}]"});
        assert_in_range(wanted_at(model, 25), 30, 31);
        assert_in_range(wanted_at(model, 55), 16, i == 0 ? 17 : 24);
        forget(model);
    }
}

static void when_all_are_lost_nothing_is_decided(void **state)
{
    (void)state;
    static const char *const scaler[] = {
        "{kind: aws_target_tracking, target: 50 %}", "{kind: k8s_hpa, target: 50 %}",
        "{kind: gcp_autoscaler, target: 50 %}",
        "{kind: keda, triggers: [{metric: arrivals, requests_per_instance: 25 req/s}]}"};
    for (size_t i = 0; i < sizeof scaler / sizeof *scaler; i++) {
        struct ust_model *model =
            run(&(struct setting){.scaler = scaler[i],
                                  .instances = 16,
                                  .min = 1,
                                  .more = "monitoring: {interval: 10 s, loss: 100 %}"});
        decisions_are(model, 0, NULL, 0);
        forget(model);
    }
}

/* The section of a pool wins over that of its service, and that over the scenario's. */
static void the_nearest_monitoring_counts(void **state)
{
    (void)state;
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: gcp_autoscaler, target: 50 %}",
                              .instances = 16,
                              .min = 16,
                              .service = "    monitoring: {interval: none}\n",
                              .more = "monitoring: {interval: 10 s, loss: 100 %}"});
    CHECK(model, 0, {11, 30}, {40, 16});
    forget(model);
}

/* Blind from 9 to 20 min: each goes on when it sees again, as if the load had come then.
 * Azure's pool is at its default all along. */
static void a_metric_blackout_delays_by_its_length(void **state)
{
    (void)state;
    static const char blackout[] =
        "faults: [{kind: metric_blackout, at: 9 min, duration: 11 min}]";
    struct ust_model *model =
        run(&(struct setting){.scaler = "{kind: gcp_autoscaler, target: 50 %}",
                              .instances = 16,
                              .min = 16,
                              .more = blackout});
    CHECK(model, 0, {20, 30}, {40, 16}); /* a reading at 20 min is one of the last minute */
    forget(model);
    model = run(&(struct setting){.scaler = "{kind: aws_target_tracking, target: 50 %}",
                                  .instances = 20,
                                  .min = 20,
                                  .more = blackout});
    CHECK(model, 0, {22, 30}, {45, 27}, {46, 25}, {47, 23}, {48, 21}, {49, 20});
    forget(model);
    model = run(&(struct setting){
        .scaler = "{kind: azure_autoscale, default: 22, rules: [{operator: less_than, "
                  "threshold: 35 %, direction: decrease, value: 3, time_window: 5 min}]}",
        .instances = 20,
        .min = 20,
        .more = blackout});
    CHECK(model, 0, {13, 22}); /* until then the window holds points from before */
    forget(model);
}

/* ---- what is measured of it ---- */

/* 9 instances at 88 %, then 14.7 are asked for: cpu is at its end, 100 %, so each time that all
 * are warm an eighth more comes: 10 at 13 min, 12 at 18, 14 at 23, 16 at 28. */
static void the_shortfall_is_what_capacity_lacks(void **state)
{
    (void)state;
    struct ust_model *model = run(&(struct setting){
        .scaler = "{kind: aws_target_tracking, target: 90 %}", .instances = 9, .min = 9});
    double short_of = (14.7 - 9) * 3 + (14.7 - 10) * 5 + (14.7 - 12) * 5 + (14.7 - 14) * 5;
    theory_near(theory_pool(model, UST_METRIC_shortfall), short_of * 60, 0.01, "cpu-s");
    assert_true(theory_series(model, UST_METRIC_shortfall, 1, 1, 0, 9) == 0);
    theory_near(theory_series(model, UST_METRIC_shortfall, 1, 1, 0, 11), 5.7 * 60, 0.02,
                "of a minute");
    assert_true(theory_series(model, UST_METRIC_shortfall, 1, 1, 0, 40) == 0);
    forget(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_tracking),
        cmocka_unit_test(horizontal_pod_autoscaler),
        cmocka_unit_test(horizontal_pod_autoscaler_with_policies),
        cmocka_unit_test(step_scaling),
        cmocka_unit_test(simple_scaling),
        cmocka_unit_test(azure),
        cmocka_unit_test(google),
        cmocka_unit_test(keda),
        cmocka_unit_test(a_pool_from_and_to_nothing),
        cmocka_unit_test(a_schedule),
        cmocka_unit_test(one_of_two_lets_nothing_go),
        cmocka_unit_test(who_never_shrinks_is_not_asked),
        cmocka_unit_test(a_schedule_beside_target_tracking),
        cmocka_unit_test(at_one_moment_the_largest_capacity_wins),
        cmocka_unit_test(late_metrics_decide_late),
        cmocka_unit_test(the_largest_sample_of_a_period_is_seen_sooner),
        cmocka_unit_test(stale_metrics_are_seen_until_newer_ones_come),
        cmocka_unit_test(lost_samples_hardly_change_the_decisions),
        cmocka_unit_test(half_a_blackout_hardly_changes_the_decisions),
        cmocka_unit_test(when_all_are_lost_nothing_is_decided),
        cmocka_unit_test(the_nearest_monitoring_counts),
        cmocka_unit_test(a_metric_blackout_delays_by_its_length),
        cmocka_unit_test(the_shortfall_is_what_capacity_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
