/* What faults do, in numbers: partitions, brownouts, gray hosts, false alarms, cold returns. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* ---- partitions ---- */

static void read_cut(struct ust_model *model, void *context, double *values)
{
    (void)context;
    const struct ust_pool_count *count = &model->pools[0].count;
    values[0] =
        theory_users(model, UST_METRIC_timed_out) / theory_users(model, UST_METRIC_offered);
    values[1] =
        theory_users(model, UST_METRIC_failed) / theory_users(model, UST_METRIC_offered);
    values[2] = (double)count->completions / (double)model->requests_total;
    values[3] = (double)count->wasted / (double)model->requests_total;
}

static void cut_with(const char *tolerance, const char *how, double timed_out, double failed,
                     double done, double wasted)
{
    char more[200];
    struct theory_value v[4];
    snprintf(more, sizeof more, "faults: [{kind: partition, region: here, at: 0 s, %s}]", how);
    theory_run(theory_queue(&(struct theory_queue){.rate = 50,
                                                   .work = "exponential(mean 10 ms)",
                                                   .tolerance = tolerance,
                                                   .instance = "tuning: {slots: 20}",
                                                   .duration = 400,
                                                   .more = more}),
               30, 4, NULL, read_cut, NULL, v);
    const double expected[] = {timed_out, failed, done, wasted};
    static const char *const names[] = {"timed out", "failed", "done", "done in vain"};
    for (int i = 0; i < 4; i++) {
        if (expected[i] > 0 && expected[i] < 1)
            theory_check(v[i], expected[i], THEORY_QUANTILES, "%s: %s", how, names[i]);
        else
            theory_near(1 + v[i].mean, 1 + expected[i], THEORY_LESS > 1 ? 0.1 : 0.01, names[i]);
    }
}

static void cut(const char *how, double timed_out, double failed, double done, double wasted)
{
    cut_with("timeout: 2 s", how, timed_out, failed, done, wasted);
}

/* Cut on the way in, the server never hears of it; on the way out, it works in vain. */
static void one_way_decides_who_works_in_vain(void **state)
{
    (void)state;
    const double decided =
        THEORY_LESS > 1 ? 14.0 / 16 : 398.0 / 400; /* the rest waits its 2 s */
    cut("direction: both", 1, 0, 0, 0);
    cut("direction: in, share: 40 %", 0.4 * decided, 0, 0.6, 0);
    cut("direction: out, share: 40 %", 0.4 * decided, 0, 1, 0.4);
    cut("direction: in, share: 30 %, packets: refused", 0, 0.3, 0.7, 0);
}

/* Both ways are cut for the same users, and trying again does not help them: without routing
 * as with it. */
static void who_is_cut_off_is_so_both_ways_and_stays_so(void **state)
{
    (void)state;
    const double decided = THEORY_LESS > 1 ? 14.0 / 16 : 398.0 / 400;
    cut("share: 40 %", 0.4 * decided, 0, 0.6, 0);
    cut_with("timeout: 2 s, retries: {kind: immediate, attempts: 5}",
             "share: 30 %, packets: refused", 0, 0.3, 0.7, 0);
}

static double value_of(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return model->measure.moments[i].value;
    return (double)NAN;
}

static const char two_regions[] =
    "understudy: 1\n"
    "name: apart\n"
    "duration: 600 s\n"
    "personas: [{name: user, actions: {ask: {work: 10 ms}}}]\n"
    "regions: {us: {zones: 1}, eu: {zones: 1}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: box}\n"
    "    replication_lag: 2 s\n"
    "    pools: {us: 2, eu: 2}\n"
    "traffic: [{persona: user, arrivals: {kind: poisson, rate: 5 /s}}]\n"
    "routing: {policy: {kind: failover_order, order: [us, eu]}}\n"
    "faults:\n";

/* Apart for 300 s, the region is lost `after` the beginning; what has not been copied is lost.
 * At three times the pace of writing a backlog of 300 s is gone after 150 s. */
static void lose_after(int after, const char *direction, double expected)
{
    char faults[400];
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fputs(two_regions, out);
    fprintf(
        out,
        "  - {kind: partition, region: us, other: eu, direction: %s, at: 30 s, duration: 300 "
        "s, catch_up: 3}\n"
        "  - {kind: region_loss, region: us, at: %d s, duration: 20 s}\n",
        direction, 30 + after);
    fclose(out);
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    snprintf(faults, sizeof faults, "lost after %d s, %s", after, direction);
    theory_near(value_of(model, "data_loss_window"), 2 + expected, 1e-9, faults);
    if (strcmp(direction, "in") != 0)
        theory_near(value_of(model, "replication_backlog"), 300, 1e-9, "backlog at the end");
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

static void what_was_not_copied_is_lost_with_the_region(void **state)
{
    (void)state;
    lose_after(100, "both", 100);
    lose_after(250, "out", 250);
    lose_after(250, "in", 0);
    lose_after(350, "both", 200);
    lose_after(450, "both", 0);
}

/* ---- brownouts ---- */

static void read_calls(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] =
        theory_users(model, UST_METRIC_failed) / theory_users(model, UST_METRIC_offered);
    values[1] = theory_users(model, UST_METRIC_latency_mean);
    values[2] = theory_pool(model, UST_METRIC_wait_mean);
}

static void brownout(double rate, const char *instance, const char *how,
                     const double expected[3])
{
    char more[300];
    struct theory_value v[3];
    snprintf(more, sizeof more, "faults: [{kind: dependency_brownout, at: 0 s, %s}]", how);
    theory_run(theory_queue(&(struct theory_queue){.rate = rate,
                                                   .work = "200 ms",
                                                   .instance = instance,
                                                   .duration = 4000,
                                                   .warmup = 20,
                                                   .more = more}),
               30, 3, NULL, read_calls, NULL, v);
    static const char *const names[] = {"failed", "latency", "wait"};
    for (int i = 0; i < 3; i++)
        if (expected[i] > 0)
            theory_check(v[i], expected[i], THEORY_QUANTILES, "%s: %s", how, names[i]);
        else if (expected[i] == 0)
            assert_true(v[i].most == 0);
}

/* Plenty of slots: work of 0.2 s, and beside it a call that half of the requests need, which
 * lasts 0.8 s; with a timeout of 0.5 s these fail, or are answered without. */
static void a_late_dependency_makes_requests_late_or_fail(void **state)
{
    (void)state;
    const char *wide = "tuning: {slots: 1000}, capacity: {vcpu: 1000}";
    brownout(20, wide, "calls: 50 %, delay: 800 ms", (double[]){0, 0.5, 0});
    brownout(20, wide, "calls: 50 %, delay: 800 ms, timeout: 500 ms", (double[]){0.5, 0.2, 0});
    brownout(20, wide, "calls: 50 %, delay: 800 ms, timeout: 500 ms, fallback: answer",
             (double[]){0, 0.35, 0});
    brownout(20, wide, "calls: 40 %, errors: 25 %", (double[]){0.1, 0.2, 0});
}

/* One slot, held for max(0.2, call): 0.2 or 0.8 s, half each. Pollaczek and Khinchine: rate 1,
 * E S = 0.5, E S^2 = 0.34, so the mean wait is 0.34 / (2 (1 - 0.5)). The processor is idle. */
static void who_waits_for_a_dependency_holds_a_slot(void **state)
{
    (void)state;
    brownout(1, "tuning: {slots: 1}", "calls: 50 %, delay: 800 ms", (double[]){0, 0.84, 0.34});
    brownout(1, "tuning: {slots: 1, discipline: ps}", "calls: 50 %, delay: 800 ms",
             (double[]){0, 0.84, 0.34});
}

/* ---- what comes back ---- */

static void read_latency(struct ust_model *model, void *context, double *values)
{
    (void)context;
    static const uint32_t intervals[] = {19, 20, 25, 30};
    for (uint32_t i = 0; i < 4; i++)
        values[i] = theory_series(model, UST_METRIC_latency_mean, 0, 0, 1, intervals[i]);
}

/* Work of 10 ms; lost from 100 to 200 s. Restarted, it is five times as slow at 200 s and sound
 * at 300 s, in a straight line of 20 steps: 4.9, 2.9 and 1 in intervals of 10 s from 200, 250,
 * 300 s. */
static void comes_back(const char *returns, const double factor[3])
{
    char more[200];
    struct theory_value v[4];
    snprintf(
        more, sizeof more,
        "interval: 10 s\nfaults: [{kind: capacity_loss, share: 100 %%, at: 100 s, duration: "
        "100 s, returns: %s}]",
        returns);
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = 5,
                   .work = "10 ms",
                   .instance = "tuning: {slots: 100}, capacity: {vcpu: 100}, "
                               "launch: {warm_up: 100 s, slowdown: 5}",
                   .service = "health_check: {interval: 0 s}",
                   .duration = 400,
                   .whole = true,
                   .more = more}),
               30, 4, NULL, read_latency, NULL, v);
    for (int i = 0; i < 3; i++)
        theory_near(v[i + 1].mean, 0.01 * factor[i], 0.01, returns);
    assert_true(isnan(v[0].mean));
}

static void a_restarted_instance_is_as_slow_at_first_as_a_new_one(void **state)
{
    (void)state;
    comes_back("warm", (double[]){1, 1, 1});
    comes_back("cold", (double[]){4.9, 2.9, 1});
}

/* ---- what kinds do, in numbers ---- */

static void read_errors(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] =
        theory_users(model, UST_METRIC_failed) / theory_users(model, UST_METRIC_offered);
}

/* A quarter of 8 hosts that answer nothing but errors, at once. Turn by turn they meet a
 * quarter of the requests. Where the least loaded is asked, they always look idle: the more the
 * others are loaded, the nearer to all (a black hole). */
static void a_gray_host_is_a_black_hole_to_those_who_count_outstanding_requests(void **state)
{
    (void)state;
    static const char *const balancers[] = {"round_robin", "least_request"};
    double failed[2];
    for (int b = 0; b < 2; b++) {
        struct theory_value v[1];
        theory_run(
            theory_queue(&(struct theory_queue){
                .rate = 60,
                .work = "exponential(mean 100 ms)",
                .instance = "tuning: {slots: 1, queue: unlimited}",
                .balancer = balancers[b],
                .instances = 8,
                .duration = 600,
                .more = "faults: [{kind: gray_failure, hosts: 25 %, errors: 100 %, at: 0 s}]"}),
            30, 1, NULL, read_errors, NULL, v);
        failed[b] = v[0].mean;
        printf("  %s: %.3f of the requests fail\n", balancers[b], failed[b]);
        if (b == 0)
            theory_check(v[0], 0.25, THEORY_MEANS, "share of errors in turn");
    }
    assert_true(failed[1] > 1.4 * 0.25);
}

/* A false alarm with probability p a probe, F in a row until a host is thrown out: with nobody
 * thrown out before, the number of probes has the mean (1 - p^F) / ((1 - p) p^F) (Feller I,
 * XIII.7), and the first of them comes after half an interval. */
static void read_thrown_out(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = (double)NAN;
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, "instance_unhealthy") == 0) {
            values[0] = (double)model->measure.moments[i].at / 1e9;
            return;
        }
    fail_msg("nobody was thrown out");
}

static void runs_of_false_alarms_come_as_often_as_runs_of_heads(void **state)
{
    (void)state;
    struct theory_value v[1];
    const double p = 0.4, interval = 5;
    theory_run(
        theory_queue(&(struct theory_queue){
            .rate = 0.01,
            .work = "1 ms",
            .instance = "tuning: {slots: 4}",
            .service = "health_check: {interval: 5 s, failures: 3, timeout: 0 s}",
            .duration = 4000,
            .whole = true,
            .more = "faults: [{kind: health_check_false_positives, share: 40 %, at: 0 s}]"}),
        THEORY_LESS > 1 ? 200 : 4000, 1, NULL, read_thrown_out, NULL, v);
    double probes = (1 - pow(p, 3)) / ((1 - p) * pow(p, 3));
    theory_check(v[0], (probes - 1) * interval + interval / 2, THEORY_QUANTILES,
                 "thrown out after");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_decides_who_works_in_vain),
        cmocka_unit_test(who_is_cut_off_is_so_both_ways_and_stays_so),
        cmocka_unit_test(what_was_not_copied_is_lost_with_the_region),
        cmocka_unit_test(a_late_dependency_makes_requests_late_or_fail),
        cmocka_unit_test(who_waits_for_a_dependency_holds_a_slot),
        cmocka_unit_test(a_restarted_instance_is_as_slow_at_first_as_a_new_one),
        cmocka_unit_test(a_gray_host_is_a_black_hole_to_those_who_count_outstanding_requests),
        cmocka_unit_test(runs_of_false_alarms_come_as_often_as_runs_of_heads),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
