/* Nothing is lost and nothing counted twice: every request has one fate, every attempt one end,
 * every nanosecond in a pool one owner; and streams of arrivals add up. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* All fates in one run: full queues, errors, timeouts, impatience, a region that is lost while
 * two streams use it, retries that outlive it. */
static const char all_fates[] =
    "understudy: 1\n"
    "name: fates\n"
    "seed: 12\n"
    "warmup: 60 s\n"
    "duration: 600 s\n"
    "interval: 30 s\n"
    "personas:\n"
    "  - name: quick\n"
    "    geography: {New York: 60 %, London: 40 %}\n"
    "    actions:\n"
    "      ask: {share: 70 %, work: exponential(mean 40 ms)}\n"
    "      buy: {share: 30 %, work: lognormal(mean 120 ms, cv 1.5)}\n"
    "    tolerance:\n"
    "      latency: 400 ms\n"
    "      timeout: 600 ms\n"
    "      patience: exponential(mean 3 s)\n"
    "      retries: {kind: backoff, base: 100 ms, cap: 1 s, attempts: 3, jitter: full}\n"
    "  - name: slow\n"
    "    actions: {ask: {work: exponential(mean 200 ms)}}\n"
    "    tolerance: {latency: 2 s, timeout: 4 s, patience: exponential(mean 8 s),\n"
    "                patience_covers: wait}\n"
    "regions: {us: {zones: 2, place: us-east-1, role: primary},\n"
    "          eu: {zones: 2, place: eu-west-1, role: standby}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: box, tuning: {slots: 4, queue: 6, cancel: %s}}\n"
    "    balancer: power_of_two\n"
    "    pools: {us: 6, eu: 3}\n"
    "traffic:\n"
    "  - {persona: quick, arrivals: {kind: poisson, rate: 150 /s}}\n"
    "  - {persona: slow, arrivals: {kind: poisson, rate: 40 /s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us, eu]}\n"
    "  dns: {ttl: 20 s}\n"
    "  health_check: {interval: 5 s, failures: 2, successes: 2, timeout: 1 s}\n"
    "faults:\n"
    "  - {kind: region_loss, region: us, at: 120 s, duration: 180 s, in_flight: %s}\n"
    "  - {kind: error_burst, share: 5 %, at: 30 s, duration: 60 s}\n"
    "  - {kind: slow_down, factor: 3, at: 400 s, duration: 100 s}\n";

static char *fates_text(const char *cancel, const char *in_flight)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    /* Shares in the text keep their single percent signs: only two places are filled in. */
    for (const char *at = all_fates; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 's')
            fputs(strncmp(at - 8, "cancel: ", 8) == 0 ? cancel : in_flight, out), at++;
        else
            fputc(*at, out);
    }
    fclose(out);
    return text;
}

static const enum ust_metric fates[] = {UST_METRIC_answered,  UST_METRIC_failed,
                                        UST_METRIC_shed,      UST_METRIC_timed_out,
                                        UST_METRIC_abandoned, UST_METRIC_in_flight};

static void sum_fates(struct ust_model *model, void *context, double *values)
{
    (void)context;
    uint32_t streams = model->config->traffic_n;
    for (uint32_t k = 0; k < 6; k++)
        values[k] = theory_kpi(model, fates[k], 0, 0, 0);
    for (uint32_t persona = 0; persona <= streams; persona++) {
        double offered_all = 0;
        for (uint32_t i = 0; i < model->config->intervals; i++) {
            double sum = 0;
            double offered = theory_series(model, UST_METRIC_offered, 0, 0, persona, i);
            for (uint32_t k = 0; k < 6; k++) {
                double some = theory_series(model, fates[k], 0, 0, persona, i);
                assert_true(some >= 0 && some == floor(some));
                sum += some;
            }
            assert_true(offered == sum); /* to the unit */
            double good = theory_series(model, UST_METRIC_good, 0, 0, persona, i);
            assert_true(good <= theory_series(model, UST_METRIC_answered, 0, 0, persona, i));
            double flying = theory_series(model, UST_METRIC_in_flight, 0, 0, persona, i);
            double overdue = theory_series(model, UST_METRIC_overdue, 0, 0, persona, i);
            assert_true(overdue >= 0 && overdue <= flying);
            double share = theory_series(model, UST_METRIC_attainment, 0, 0, persona, i);
            assert_true(share == good / (offered - flying + overdue));
            offered_all += offered;
        }
        double kpi = 0;
        for (uint32_t k = 0; k < 6; k++)
            kpi += theory_kpi(model, fates[k], 0, 0, persona);
        assert_true(kpi == offered_all);
        assert_true(theory_kpi(model, UST_METRIC_offered, 0, 0, persona) == offered_all);
    }
    for (uint32_t k = 0; k < 6; k++)
        assert_true(theory_kpi(model, fates[k], 0, 0, 1) +
                        theory_kpi(model, fates[k], 0, 0, 2) ==
                    values[k]);
}

static void every_offered_request_has_exactly_one_fate(void **state)
{
    (void)state;
    static const char *const cancels[] = {"none", "queued"};
    static const char *const in_flights[] = {"fail", "silent", "requeue_head", "requeue_tail",
                                             "resume"};
    for (int c = 0; c < 2; c++)
        for (int f = 0; f < 5; f++) {
            struct theory_value v[6];
            theory_run(fates_text(cancels[c], in_flights[f]), 3, 6, NULL, sum_fates, NULL, v);
            printf("  cancel %s, in flight %s:", cancels[c], in_flights[f]);
            for (int k = 0; k < 6; k++)
                printf(" %s %.0f", ust_metrics[fates[k]].name, v[k].mean);
            printf("\n");
            for (int k = 0; k < 5; k++)
                assert_true(v[k].least > 0); /* or the test would say nothing about it */
        }
}

/* Ten minutes of calls that take 100 s, on more lines than are needed: all are well served,
 * and those under way at the end have no fate. With 30 s allowed all are too late, and those
 * who have been there for longer are known to be. */
static void who_is_in_flight_at_the_end_is_bad_only_once_he_is_too_late(void **state)
{
    (void)state;
    static const char *const allowed[] = {"latency: 120 s", "latency: 30 s"};
    for (int k = 0; k < 2; k++) {
        char *text = theory_queue(&(struct theory_queue){.rate = 2,
                                                         .work = "100 s",
                                                         .tolerance = allowed[k],
                                                         .instance = "tuning: {slots: 1000}",
                                                         .duration = 600,
                                                         .whole = true});
        struct theory *theory = theory_open(text);
        struct ust_model *model = ust_model_new(theory_config(theory), 0);
        ust_model_run(model);
        uint64_t flying = 0, overdue = 0;
        ust_time objective = (k == 0 ? 120 : 30) * UST_S;
        for (uint32_t id = 0; id < model->requests_used; id++) {
            bool there = model->requests[id].state == UST_SERVING;
            flying += there;
            overdue += there && model->engine.now - model->requests[id].sent > objective;
        }
        assert_true(flying > 150);
        assert_true(theory_users(model, UST_METRIC_in_flight) == (double)flying);
        assert_true(theory_users(model, UST_METRIC_overdue) == (double)overdue);
        assert_true(k == 0 ? overdue == 0 : overdue > 90);
        assert_true(theory_users(model, UST_METRIC_attainment) == (k == 0 ? 1 : 0));
        ust_model_free(model);
        theory_close(theory);
        free(text);
    }
}

/* Nobody has a timeout, and a silent loss answers nobody ever: the run ends with all of them in
 * flight, and none of them was served well. */
static void an_outage_that_answers_nobody_is_no_lull(void **state)
{
    (void)state;
    char *text = theory_queue(&(struct theory_queue){
        .rate = 10,
        .work = "100 ms",
        .tolerance = "latency: 1 s",
        .instance = "tuning: {slots: 100}",
        .more = "faults: [{kind: region_loss, region: here, at: 300 s, in_flight: silent}]",
        .duration = 600,
        .whole = true});
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    double offered = theory_users(model, UST_METRIC_offered);
    double good = theory_users(model, UST_METRIC_good);
    assert_true(theory_users(model, UST_METRIC_in_flight) > 0.4 * offered);
    theory_near(theory_users(model, UST_METRIC_attainment), good / offered, 0.01,
                "attainment"); /* but for the last second's */
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

/* ---- pools ---- */

/* Whole-run counts, warm-up included. Neither silence nor cancelling: so every attempt that
 * came has ended in one of three ways, or is there. */
static void sum_ends(struct ust_model *model, void *context, double *values)
{
    (void)context;
    (void)values;
    for (uint32_t p = 0; p < model->config->regions_n; p++) {
        const struct ust_pool_count *count = &model->pools[p].count;
        struct ust_pool_load load = ust_pool_load(&model->pools[p], model->engine.now);
        assert_true(count->arrivals > 1000);
        assert_true(count->arrivals == count->completions + count->refused + count->errors +
                                           load.busy + load.waiting);
        uint64_t outstanding = 0;
        for (uint32_t i = 0; i < model->pools[p].instances_max; i++)
            outstanding += model->pools[p].outstanding[i];
        assert_true(outstanding == load.busy + load.waiting);
    }
    values[0] = 0;
}

static void every_attempt_that_arrives_ends_once_or_is_there(void **state)
{
    (void)state;
    struct theory_value v[1];
    theory_run(fates_text("none", "fail"), 4, 1, NULL, sum_ends, NULL, v);
}

/* Who gives up while he waits, and only he, is cancelled. */
static void sum_cancelled(struct ust_model *model, void *context, double *values)
{
    (void)context;
    const struct ust_pool_count *count = &model->pools[0].count;
    uint64_t abandoned = 0;
    for (uint32_t i = 0; i <= model->config->intervals; i++)
        abandoned += model->traffic[0].count.cohort[i].outcome[UST_ABANDONED];
    assert_true(abandoned > 100);
    struct ust_pool_load load = ust_pool_load(&model->pools[0], model->engine.now);
    assert_true(count->arrivals ==
                count->completions + count->refused + abandoned + load.busy + load.waiting);
    values[0] = 0;
}

static void the_impatient_are_the_cancelled(void **state)
{
    (void)state;
    struct theory_value v[1];
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = 12,
                   .work = "exponential(mean 1 s)",
                   .tolerance = "patience: exponential(mean 2 s), patience_covers: wait",
                   .instance = "tuning: {slots: 10, queue: 20, cancel: queued}",
                   .duration = 1000,
                   .whole = true}),
               4, 1, NULL, sum_cancelled, NULL, v);
}

/* ---- Little ---- */

/* The integral of the number in a pool is the sum of the times spent there, to the nanosecond:
 * times that have ended are in the counters, those that have not are read off. What a fault
 * throws out had spent there what the look just before it says. */
struct little {
    struct ust_model *model;
    uint64_t thrown[2][2]; /* [pool][busy, waiting] */
};

static void under_way(const struct ust_model *model, uint32_t pool, ust_time now,
                      uint64_t out[2])
{
    out[0] = out[1] = 0;
    for (uint32_t id = 0; id < model->requests_used; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->pool != pool || request->instance == UST_NONE)
            continue;
        if (request->state == UST_SERVING)
            out[0] += (uint64_t)(now - request->since);
        if (request->state == UST_WAITING)
            out[1] += (uint64_t)(now - request->since);
    }
}

static void before_the_loss(void *context, uint64_t unused)
{
    struct little *little = context;
    (void)unused;
    under_way(little->model, 0, little->model->engine.now + 1, little->thrown[0]);
}

static void plan_little(struct ust_model *model, void *context, double *values)
{
    struct little *little = context;
    (void)values;
    memset(little, 0, sizeof *little);
    little->model = model;
    theory_look_at(model, ust_time_from_seconds(400) - 1, before_the_loss, little, 0);
}

static void check_little(struct ust_model *model, void *context, double *values)
{
    const struct little *little = context;
    ust_time now = model->engine.now;
    for (uint32_t p = 0; p < 2; p++) {
        const struct ust_pool_count *count = &model->pools[p].count;
        uint64_t here[2];
        under_way(model, p, now, here);
        assert_true(count->completions > 1000);
        struct ust_pool_load load = ust_pool_load(&model->pools[p], now);
        assert_true(load.busy_area == count->service_ns + little->thrown[p][0] + here[0]);
        assert_true(load.waiting_area == count->wait_ns + little->thrown[p][1] + here[1]);
    }
    values[0] = (double)little->thrown[0][0];
}

static void littles_law_holds_to_the_nanosecond_through_a_failover(void **state)
{
    (void)state;
    struct theory_value v[1];
    struct little little;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fputs("understudy: 1\n"
          "name: little\n"
          "seed: 31\n"
          "duration: 1000 s\n"
          "personas:\n"
          "  - {name: user, actions: {ask: {work: exponential(mean 100 ms)}}}\n"
          "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
          "regions: {a: {zones: 1}, b: {zones: 1}}\n"
          "services:\n"
          "  s:\n"
          "    instance: {name: box, tuning: {slots: 2, queue: unlimited}}\n"
          "    balancer: random\n"
          "    pools: {a: 5, b: 5}\n"
          "traffic:\n"
          "  - {persona: user, arrivals: {kind: poisson, rate: 80 /s}}\n"
          "routing:\n"
          "  policy: {kind: failover_order, order: [a, b]}\n"
          "  dns: {ttl: 30 s}\n"
          "  health_check: {interval: 5 s, failures: 2, timeout: 1 s}\n"
          "faults:\n"
          "  - {kind: region_loss, region: a, at: 400 s, duration: 200 s}\n",
          out);
    fclose(out);
    theory_run(text, 10, 1, plan_little, check_little, &little, v);
    assert_true(v[0].least > 0);
}

/* The same with limits of slots that come and go and attempts that go back to the queue. */
static void littles_law_holds_for_those_who_go_back_to_the_queue(void **state)
{
    (void)state;
    static const char *const ways[] = {"requeue_head", "requeue_tail", "resume"};
    for (int way = 0; way < 3; way++) {
        char more[300];
        snprintf(more, sizeof more,
                 "faults: [{kind: capacity_loss, share: 50 %%, of: slots, at: 100 s, "
                 "duration: 20 s, in_flight: %s}]",
                 ways[way]);
        char *text = theory_queue(&(struct theory_queue){.rate = 18,
                                                         .work = "exponential(mean 1 s)",
                                                         .instance = "tuning: {slots: 20}",
                                                         .more = more,
                                                         .duration = 300,
                                                         .whole = true});
        struct theory *theory = theory_open(text);
        struct ust_model *model = ust_model_new(theory_config(theory), 0);
        ust_model_run(model);
        const struct ust_pool_count *count = &model->pools[0].count;
        uint64_t here[2];
        under_way(model, 0, model->engine.now, here);
        struct ust_pool_load load = ust_pool_load(&model->pools[0], model->engine.now);
        assert_int_equal(ust_pool_started(count), count->completions + load.busy);
        assert_true(count->paused_ns > 0); /* some began twice, and have waited in between */
        assert_true(load.busy_area == count->service_ns + here[0]);
        assert_true(load.waiting_area == count->wait_ns + count->paused_ns + here[1]);
        ust_model_free(model);
        theory_close(theory);
        free(text);
    }
}

/* ---- superposition ---- */

static void read_streams(struct ust_model *model, void *context, double *values)
{
    (void)context;
    uint32_t n = model->config->intervals;
    values[0] = theory_pool(model, UST_METRIC_wait_mean);
    values[1] = theory_pool(model, UST_METRIC_in_system);
    for (uint32_t i = 0; i < 3; i++)
        values[2 + i] = theory_kpi(model, UST_METRIC_latency_mean, 0, 0, i + 1);
    double sum = 0, square = 0;
    for (uint32_t i = 0; i < n; i++) {
        double arrivals = theory_series(model, UST_METRIC_arrivals, 1, 1, 0, i);
        sum += arrivals;
        square += arrivals * arrivals;
    }
    double mean = sum / n;
    values[5] = (square - sum * mean) / (n - 1) / mean;
}

/* Poisson streams add up to a Poisson stream: the pool is M/M/1, every stream sees it alike,
 * and the counts of intervals have their mean for a variance. */
static void streams_of_arrivals_add_up(void **state)
{
    (void)state;
    struct theory_value v[6];
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: streams\n"
            "seed: 6\n"
            "warmup: 1000 s\n"
            "duration: %d s\n"
            "interval: %d s\n"
            "personas:\n"
            "  - {name: one, actions: {ask: {work: exponential(mean 1 s)}}}\n"
            "  - {name: two, actions: {ask: {work: exponential(mean 1 s)}}}\n"
            "  - {name: three, actions: {ask: {work: exponential(mean 1 s)}}}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, tuning: {slots: 1, queue: unlimited}}\n"
            "    pools: {here: 1}\n"
            "traffic:\n"
            "  - {persona: one, arrivals: {kind: poisson, rate: 0.4 /s}}\n"
            "  - {persona: two, arrivals: {kind: poisson, rate: 0.3 /s}}\n"
            "  - {persona: three, arrivals: {kind: poisson, rate: 0.1 /s}}\n",
            500000 / THEORY_LESS, 500 / THEORY_LESS);
    fclose(out);
    theory_run(text, 30, 6, NULL, read_streams, NULL, v);
    theory_check(v[0], 4, THEORY_MEANS, "three streams of 0.8 together, wait");
    theory_check(v[1], 4, THEORY_MEANS, "  mean number");
    theory_check(v[2], 5, THEORY_MEANS, "  time of the first stream");
    theory_check(v[3], 5, THEORY_MEANS, "  of the second");
    theory_check(v[4], 5, THEORY_MEANS, "  of the third");
    theory_check(v[5], 1, THEORY_MEANS, "  variance over mean of arrivals");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_offered_request_has_exactly_one_fate),
        cmocka_unit_test(who_is_in_flight_at_the_end_is_bad_only_once_he_is_too_late),
        cmocka_unit_test(an_outage_that_answers_nobody_is_no_lull),
        cmocka_unit_test(every_attempt_that_arrives_ends_once_or_is_there),
        cmocka_unit_test(the_impatient_are_the_cancelled),
        cmocka_unit_test(littles_law_holds_to_the_nanosecond_through_a_failover),
        cmocka_unit_test(littles_law_holds_for_those_who_go_back_to_the_queue),
        cmocka_unit_test(streams_of_arrivals_add_up),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
