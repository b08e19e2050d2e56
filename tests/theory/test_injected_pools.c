/* What pools do for injected load is told apart from what they do for users: exactly, whatever
 * becomes of either. */
#include <math.h>

#include "models/entity/pool.h"
#include "tests/theory/help.h"

/* Users of two personas in a, injections of both into b and a: with retries, writes to a
 * primary elsewhere, calls of another service, full queues, errors, and a loss of each region.
 */
static char *mixed(const char *discipline, const char *async, const char *in_flight,
                   const char *cancel)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: mixed\n"
            "warmup: 50 s\n"
            "duration: 400 s\n"
            "interval: 10 s\n"
            "personas:\n"
            "  - name: quick\n"
            "    actions: {ask: {work: exponential(mean 40 ms)}}\n"
            "    tolerance:\n"
            "      latency: 400 ms\n"
            "      timeout: 600 ms\n"
            "      retries: {kind: backoff, base: 50 ms, cap: 1 s, attempts: 3}\n"
            "  - name: slow\n"
            "    actions: {buy: {work: lognormal(mean 120 ms, cv 1.5)}}\n"
            "    tolerance: {latency: 2 s, timeout: 3 s}\n"
            "    client: {limits: {connections: 500}, hedge: {delay: 1500 ms}}\n"
            "network: {base: 30 ms, per_1000_km: 0, jitter: 0}\n"
            "regions: {a: {place: eu-west-1, zones: 2}, b: {place: us-east-1, zones: 2}}\n"
            "services:\n"
            "  web:\n"
            "    instance: {name: box, capacity: {vcpu: 2},\n"
            "               tuning: {slots: 4, queue: 6, discipline: %s, cancel: %s}}\n"
            "    balancer: power_of_two\n"
            "    pools: {a: 4, b: 3}\n"
            "    data: {primary: a}\n"
            "    async: %s\n"
            "    calls: [{service: store, probability: 50 %%, timeout: 300 ms,\n"
            "             work: exponential(mean 30 ms),\n"
            "             retries: {kind: immediate, attempts: 2}}]\n"
            "  store:\n"
            "    instance: {name: disk, capacity: {vcpu: 2}, tuning: {slots: 2, queue: 8}}\n"
            "    pools: {a: 2, b: 1}\n"
            "traffic:\n"
            "  - {persona: quick, service: web, arrivals: {kind: poisson, rate: 60 /s},\n"
            "     writes: 10 %%}\n"
            "  - {persona: slow, service: web, arrivals: {kind: poisson, rate: 15 /s}}\n"
            "injections:\n"
            "  - {persona: quick, service: web, region: b, at: 50 s, duration: 250 s,\n"
            "     rate: 90 /s, ramp_up: 50 s, writes: 30 %%}\n"
            "  - {persona: slow, service: web, region: a, at: 100 s, duration: 250 s,\n"
            "     rate: 12 /s}\n"
            "routing: {policy: {kind: failover_order, order: [a, b]}}\n"
            "faults:\n"
            "  - {kind: zone_loss, region: b, zones: [1], at: 150 s, duration: 40 s, "
            "in_flight: %s}\n"
            "  - {kind: region_loss, region: a, at: 220 s, duration: 30 s, in_flight: %s}\n"
            "  - {kind: error_burst, share: 10 %%, at: 280 s, duration: 30 s}\n"
            "  - {kind: slow_down, factor: 3, at: 320 s, duration: 30 s}\n",
            discipline, cancel, async, in_flight, in_flight);
    fclose(out);
    return text;
}

struct part {
    uint64_t waiting, serving, awaiting;
};

/* Who is in a pool at the end, by whose they are: [0] users', [1] injected. */
static void census(const struct ust_model *model, const struct ust_pool *pool,
                   struct part part[2])
{
    memset(part, 0, 2 * sizeof *part);
    for (uint32_t id = 0; id < model->requests_used; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->pool != pool->number)
            continue;
        struct part *of = &part[model->config->traffic[request->traffic].synthetic];
        of->waiting += request->state == UST_WAITING;
        of->serving += request->state == UST_SERVING;
        of->awaiting += request->state == UST_AWAITING;
    }
}

/* Every attempt that came has ended in one of three ways or is there: of both parts, so none
 * of them is counted with the other. */
static void both_parts_balance(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t p = 0; p < 4; p++) {
        const struct ust_pool *pool = &model->pools[p];
        const struct ust_pool_count *all = &pool->count;
        const struct ust_injected_count *mine = &all->injected;
        struct part part[2];
        census(model, pool, part);
        assert_true(mine->arrivals == mine->completions + mine->refused + mine->errors +
                                          part[1].waiting + part[1].serving + part[1].awaiting);
        assert_true(all->arrivals - mine->arrivals ==
                    all->completions - mine->completions + all->refused - mine->refused +
                        all->errors - mine->errors + part[0].waiting + part[0].serving +
                        part[0].awaiting);
        assert_true(mine->busy.n == part[1].serving);
        assert_true(mine->work_ns <= all->work_offered_ns);
        values[4 * p] = (double)mine->arrivals;
        values[4 * p + 1] = (double)(all->arrivals - mine->arrivals);
        values[4 * p + 2] = (double)(mine->refused + mine->errors);
        values[4 * p + 3] = (double)(all->refused + all->errors - mine->refused - mine->errors);
    }
}

static void whatever_becomes_of_attempts_both_parts_balance(void **state)
{
    (void)state;
    static const char *const disciplines[] = {"fcfs", "ps"};
    static const char *const asyncs[] = {"false", "true"};
    static const char *const in_flights[] = {"fail", "requeue_head", "resume"};
    for (int d = 0; d < 2; d++)
        for (int a = 0; a < 2; a++)
            for (int f = 0; f < 3; f++) {
                struct theory_value v[16];
                theory_run(mixed(disciplines[d], asyncs[a], in_flights[f], "none"), 2, 16, NULL,
                           both_parts_balance, NULL, v);
                printf("  %s, async %s, in flight %s: injected %.0f, users' %.0f in web a\n",
                       disciplines[d], asyncs[a], in_flights[f], v[0].mean, v[1].mean);
                for (int k = 0; k < 16; k++) /* or the test would say nothing about it */
                    assert_true(v[k].least > 20);
            }
}

/* Slots that are stopped in the middle, for a client who has left, are given back too; and no
 * part uses more than there is, in any interval. */
static void parts_stay_within_the_whole(struct ust_model *model, void *context, double *values)
{
    static const enum ust_metric pairs[][2] = {
        {UST_METRIC_injected_arrivals, UST_METRIC_arrivals},
        {UST_METRIC_injected_completions, UST_METRIC_completions},
        {UST_METRIC_injected_refused, UST_METRIC_refused},
        {UST_METRIC_injected_errors, UST_METRIC_errors},
        {UST_METRIC_injected_work, UST_METRIC_work_offered},
        {UST_METRIC_injected_cpu, UST_METRIC_cpu}};
    (void)context;
    values[0] = 0;
    for (uint32_t p = 0; p < 4; p++) {
        struct part part[2];
        census(model, &model->pools[p], part);
        assert_true(model->pools[p].count.injected.busy.n == part[1].serving);
        for (uint32_t i = 0; i < model->config->intervals; i++)
            for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
                double mine = theory_series(model, pairs[k][0], p % 2 + 1, p / 2 + 1, 0, i);
                double all = theory_series(model, pairs[k][1], p % 2 + 1, p / 2 + 1, 0, i);
                assert_true((isnan(mine) && isnan(all)) ||
                            (mine >= 0 && mine <= all * (1 + 1e-9)));
                values[0] += k == 5 && mine > 0 && mine < 0.99 * all;
            }
    }
}

static void in_no_interval_is_the_part_more_than_the_whole(void **state)
{
    (void)state;
    static const char *const disciplines[] = {"fcfs", "ps"};
    for (int d = 0; d < 2; d++) {
        struct theory_value v[1];
        theory_run(mixed(disciplines[d], "false", "fail", "all"), 2, 1, NULL,
                   parts_stay_within_the_whole, NULL, v);
        assert_true(v[0].least > 20); /* intervals in which both used a processor */
    }
}

/* ---- CPU ---- */

enum { MINE, WORK, CPU, ALL_CPU, ALL, ALL_WORK, VALUES };

static void read_cpu(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[MINE] = theory_pool(model, UST_METRIC_injected_completions);
    values[WORK] = theory_pool(model, UST_METRIC_injected_work);
    values[CPU] = theory_pool(model, UST_METRIC_injected_cpu);
    values[ALL_CPU] = theory_pool(model, UST_METRIC_cpu);
    values[ALL] = theory_pool(model, UST_METRIC_completions);
    values[ALL_WORK] = theory_pool(model, UST_METRIC_work_offered);
    assert_true(theory_pool(model, UST_METRIC_injected_arrivals) == values[MINE]);
    assert_true(theory_kpi(model, UST_METRIC_offered, 0, 0, 2) == values[MINE]);
    assert_true(theory_pool(model, UST_METRIC_injected_refused) == 0);
    assert_true(theory_pool(model, UST_METRIC_injected_errors) == 0);
}

static char *beside(const char *tuning)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: beside\n"
            "duration: 1000 s\n"
            "personas:\n"
            "  - {name: user, actions: {ask: {work: deterministic(70 ms)}}}\n"
            "  - {name: tester, actions: {ask: {work: deterministic(30 ms)}}}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n"
            "  s:\n"
            "    instance: {name: box, capacity: {vcpu: 2}, tuning: {%s}}\n"
            "    pools: {here: 3}\n"
            "traffic: [{persona: user, arrivals: {kind: poisson, rate: 30 /s}}]\n"
            "injections: [{persona: tester, region: here, at: 100 s, duration: 800 s,\n"
            "              rate: 50 /s, ramp_up: 200 s}]\n",
            tuning);
    fclose(out);
    return text;
}

/* Injected requests of 30 ms each, all begun and done within the run, beside users' of 70 ms:
 * they use 30 ms each, of 3 instances of 2 vCPU in 1000 s. First come first served in 4 slots
 * that is half a vCPU for twice as long. */
static void injected_load_is_charged_its_own_work_and_no_other(void **state)
{
    (void)state;
    static const char *const tunings[] = {"slots: 4, queue: unlimited",
                                          "slots: 64, queue: unlimited, discipline: ps"};
    for (int i = 0; i < 2; i++) {
        struct theory_value v[VALUES];
        theory_run(beside(tunings[i]), 2, VALUES, NULL, read_cpu, NULL, v);
        assert_true(v[MINE].least > 30000);
        theory_near(v[WORK].mean, v[MINE].mean * 0.03, 1e-9, "injected work");
        theory_near(v[CPU].mean, v[MINE].mean * 0.03 / 6000, 1e-6, "injected cpu");
        theory_near(v[ALL_CPU].mean - v[CPU].mean, (v[ALL].mean - v[MINE].mean) * 0.07 / 6000,
                    1e-3, "users' cpu");
    }
}

/* ---- where there is none ---- */

static void read_nothing(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = 0;
    for (int m = UST_METRIC_injected_arrivals; m <= UST_METRIC_injected_cpu; m++)
        assert_true(isnan(theory_pool(model, (enum ust_metric)m)));
}

static void without_injections_nothing_is_told_of_them(void **state)
{
    (void)state;
    struct theory_value v[1];
    theory_run(theory_queue(&(struct theory_queue){.rate = 5,
                                                   .work = "exponential(mean 100 ms)",
                                                   .instance = "tuning: {slots: 1}",
                                                   .duration = 100,
                                                   .whole = true}),
               2, 1, NULL, read_nothing, NULL, v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_becomes_of_attempts_both_parts_balance),
        cmocka_unit_test(in_no_interval_is_the_part_more_than_the_whole),
        cmocka_unit_test(injected_load_is_charged_its_own_work_and_no_other),
        cmocka_unit_test(without_injections_nothing_is_told_of_them),
    };
    return THEORY_MAIN(tests);
}
