/* How traffic finds what is alive: laws of priorities, false alarms, panic, ejection and slow
 * start, each against its closed form. */
#include "tests/theory/steering.h"

/* ---- priorities ---- */

/* Half of the first level's instances gone: health 70, so 30 % spills over (Envoy's table). */
static void a_level_that_is_half_ill_keeps_70_percent(void **state)
{
    struct spans spans = {.event = "fault_start",
                          .find_at = FAULT_AT + 0.000001,
                          .begin = {10},
                          .end = {90},
                          .n = 1};
    struct theory_value v[1];
    const struct steering it = {
        .service = "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 10}",
        .routing =
            "  policy: {kind: priority, levels: [{regions: {a: 1}}, {regions: {b: 1}}]}\n"
            "  health_check: {interval: 0 s}",
        .fault = "kind: capacity_loss, region: a, at: 1000 s, share: 50 %, of: instances",
        .rate = 100,
        .duration = FAULT_AT + 100};
    (void)state;
    theory_run(text_of(&it), 40, 1, plan_spans, read_spans, &spans, v);
    theory_check(v[0], 0.30, THEORY_MEANS, "half of P=0 ill: share of P=1");
}

/* ---- false alarms ---- */

static void read_unhealthy(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = moment_of(model, "detected") - FAULT_AT;
}

/* A run of F alarms, each of probability p, ends after (1 - p^F) / ((1 - p) p^F) probes on
 * average; the first comes at a random phase. */
static void false_alarms_in_a_row_take_a_region_out(void **state)
{
    struct theory_value v[1];
    const double p = 0.5, f = 3, interval = 5, timeout = 1;
    const struct steering it = {
        .routing = "  policy: {kind: failover_order, order: [a, b]}\n"
                   "  health_check: {interval: 5 s, failures: 3, timeout: 1 s}",
        .fault = "kind: health_check_false_positives, region: a, at: 1000 s, share: 50 %, of: "
                 "region",
        .rate = 0.01,
        .duration = FAULT_AT + 1200};
    (void)state;
    theory_run(text_of(&it), THEORY_LESS > 1 ? 300 : 6000, 1, NULL, read_unhealthy, NULL, v);
    double probes = (1 - pow(p, f)) / ((1 - p) * pow(p, f));
    theory_check(v[0], interval * (probes - 0.5) + timeout, THEORY_MEANS,
                 "three false alarms in a row of p = 0.5, after");
}

/* ---- within a region ---- */

#define ONE_REGION                                                                             \
    "  policy: {kind: failover_order, order: [a, b]}\n  health_check: {interval: 0 s}"

static void read_error_share(struct ust_model *model, void *context, double *values)
{
    const uint32_t *interval = context;
    values[0] = theory_series(model, UST_METRIC_errors, 1, 1, 0, *interval) /
                theory_series(model, UST_METRIC_arrivals, 1, 1, 0, *interval);
}

static struct theory_value errors_with(const char *panic)
{
    struct theory_value v;
    uint32_t interval = 11; /* 1100 s to 1200 s: long after the checks have noticed */
    char service[300];
    snprintf(service, sizeof service,
             "    balancer: random\n    panic_threshold: %s\n"
             "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
             panic);
    const struct steering it = {
        .service = service,
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: capacity_loss, region: a, at: 1000 s, share: 60 %, of: instances",
        .rate = 50,
        .duration = FAULT_AT + 300};
    theory_run(text_of(&it), 40, 1, NULL, read_error_share, &interval, &v);
    return v;
}

/* With 40 % healthy, a threshold of 50 % sends to all: 60 % of the requests meet the dead. */
static void panic_sends_to_the_dead_what_is_theirs(void **state)
{
    (void)state;
    theory_check(errors_with("50 %"), 0.6, THEORY_MEANS, "panic at 50 %%: errors");
    assert_true(errors_with("40 %").most <= 0);
    assert_true(errors_with("none_left").most <= 0);
}

static uint32_t count_of(const struct ust_model *model, const char *event)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        n += strcmp(model->measure.moments[i].event, event) == 0;
    return n;
}

static void read_ejections(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = count_of(model, "ejected");
    values[1] = count_of(model, "unejected");
    values[2] = theory_kpi(model, UST_METRIC_errors, 1, 1, 0);
}

/* One host of ten answers with nothing but errors from 1000 s on. Five of them, and it is out
 * for 30 s, 60 s, 90 s, ..., each time until the first sweep after that: from 1000.5 to 1040,
 * 1110, 1210, 1340, 1500, and so on (sweeps every 10 s, half a second for five errors). */
static void a_host_that_errs_is_ejected_for_longer_each_time(void **state)
{
    struct theory_value v[3];
    const struct steering it = {
        .service =
            "    balancer: round_robin\n"
            "    outlier_detection: {successful_active_health_check_uneject_host: false}\n"
            "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: gray_failure, region: a, at: 1000 s, hosts: 10 %, errors: 100 %",
        .rate = 100,
        .duration = FAULT_AT + 505};
    (void)state;
    theory_run(text_of(&it), 5, 3, NULL, read_ejections, NULL, v);
    for (int i = 0; i < 3; i++)
        printf("  ejection %d: %g to %g\n", i, v[i].least, v[i].most);
    assert_true(v[0].least >= 6 && v[0].most <= 6);
    assert_true(v[1].least >= 5 && v[1].most <= 5);
    assert_true(v[2].least >= 30 && v[2].most <= 30);
}

/* ... and a health check that sees nothing wrong brings it back at once. */
static void a_health_check_that_passes_ends_an_ejection(void **state)
{
    struct theory_value v[3];
    const struct steering it = {
        .service = "    outlier_detection: {interval: 10 s}\n"
                   "    health_check: {interval: 1 s, failures: 1, timeout: 0 s}\n",
        .pools = "{a: 10, b: 1}",
        .routing = ONE_REGION,
        .fault = "kind: gray_failure, region: a, at: 1000 s, hosts: 10 %, errors: 100 %",
        .rate = 100,
        .duration = FAULT_AT + 100};
    (void)state;
    theory_run(text_of(&it), 5, 3, NULL, read_ejections, NULL, v);
    assert_true(v[0].least >= 50); /* once a second and a half, not six times */
}

/* ---- slow start ---- */

struct slow {
    struct ust_model *model;
    uint32_t handler, instance;
    uint64_t mine[2], all[2];
};

static void count_completions(void *context, uint64_t index)
{
    struct slow *slow = context;
    const struct ust_pool *pool = &slow->model->pools[0];
    slow->mine[index] = pool->instances[slow->instance].completions;
    slow->all[index] = pool->count.completions;
}

static void find_recovery(void *context, uint64_t unused)
{
    struct slow *slow = context;
    double at = moment_of(slow->model, "instance_healthy");
    (void)unused;
    assert_true(at > 0);
    for (uint32_t i = 0; i < slow->model->measure.moments_n; i++)
        if (strcmp(slow->model->measure.moments[i].event, "instance_healthy") == 0)
            slow->instance = (uint32_t)slow->model->measure.moments[i].value - 1;
    ust_schedule(&slow->model->engine, ust_time_from_seconds(at + 2), UST_LANE_OBSERVE,
                 slow->handler, 0);
    ust_schedule(&slow->model->engine, ust_time_from_seconds(at + 102), UST_LANE_OBSERVE,
                 slow->handler, 1);
}

static void plan_slow(struct ust_model *model, void *context, double *values)
{
    struct slow *slow = context;
    (void)values;
    slow->model = model;
    slow->handler = ust_engine_handler(&model->engine, count_completions, slow);
    theory_look_at(model, ust_time_from_seconds(FAULT_AT + 101.1), find_recovery, slow, 0);
}

static void read_slow(struct ust_model *model, void *context, double *values)
{
    const struct slow *slow = context;
    (void)model;
    values[0] = (double)(slow->mine[1] - slow->mine[0]) / (double)(slow->all[1] - slow->all[0]);
}

/* A turn is planned by the weight of the turn before, so turns by weight lag behind by one,
 * which many requests a second make short.
 *
 * Of ten instances the one that comes back weighs w(t) = max(0.1, (t / 100 s)^(1/a)) against
 * nine, so its share of the requests from 2 s to 102 s is the mean of w / (9 + w). */
static void starts_slowly(const char *balancer, double aggression)
{
    struct slow slow = {.instance = 0};
    struct theory_value v[1];
    char service[400];
    snprintf(service, sizeof service,
             "    balancer: %s\n    slow_start: {window: 100 s, aggression: %g}\n"
             "    health_check: {interval: 1 s, failures: 1, successes: 1, timeout: 0 s}\n",
             balancer, aggression);
    const struct steering it = {.service = service,
                                .pools = "{a: 10, b: 1}",
                                .routing = ONE_REGION,
                                .fault =
                                    "kind: capacity_loss, region: a, at: 1000 s, duration: "
                                    "100 s, share: 10 %, of: instances",
                                .rate = THEORY_LESS > 1 ? 50 : 200,
                                .duration = FAULT_AT + 210};
    theory_run(text_of(&it), 30, 1, plan_slow, read_slow, &slow, v);
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        double t = 0.02 + (i + 0.5) / 10000, w = t < 1 ? pow(t, 1 / aggression) : 1;
        w = w > 0.1 ? w : 0.1;
        sum += w / (9 + w) / 10000;
    }
    theory_check(v[0], sum, THEORY_MEANS, "%s, aggression %g: share of the newcomer", balancer,
                 aggression);
}

static void a_newcomer_gets_the_share_of_its_growing_weight(void **state)
{
    (void)state;
    starts_slowly("weighted_round_robin", 1);
    starts_slowly("weighted", 2);
    starts_slowly("weighted_least_request", 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_that_is_half_ill_keeps_70_percent),
        cmocka_unit_test(false_alarms_in_a_row_take_a_region_out),
        cmocka_unit_test(panic_sends_to_the_dead_what_is_theirs),
        cmocka_unit_test(a_host_that_errs_is_ejected_for_longer_each_time),
        cmocka_unit_test(a_health_check_that_passes_ends_an_ejection),
        cmocka_unit_test(a_newcomer_gets_the_share_of_its_growing_weight),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
