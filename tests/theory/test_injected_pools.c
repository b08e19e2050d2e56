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
    fprintf(
        out,
        "understudy: 1\n"
        "name: mixed\n"
        "warmup: 50 s\n"
        "duration: 400 s\n"
        "interval: 10 s\n"
        "personas:\n"
        "  - name: quick\n"
        "    actions: {ask: {work: exponential(mean 40 ms), response: 50 kB, memory: 40 MiB, "
        "io: 3}}\n"
        "    tolerance:\n"
        "      latency: 400 ms\n"
        "      timeout: 600 ms\n"
        "      retries: {kind: backoff, base: 50 ms, cap: 1 s, attempts: 3}\n"
        "  - name: slow\n"
        "    actions: {buy: {work: lognormal(mean 120 ms, cv 1.5), response: 900 kB, "
        "memory: 400 MiB}}\n"
        "    tolerance: {latency: 2 s, timeout: 3 s}\n"
        "    client: {limits: {connections: 500}, hedge: {delay: 1500 ms}}\n"
        "network: {base: 30 ms, per_1000_km: 0, jitter: 0}\n"
        "regions: {a: {place: eu-west-1, zones: 2}, b: {place: us-east-1, zones: 2}}\n"
        "services:\n"
        "  web:\n"
        "    instance: {name: box,\n"
        "               capacity: {vcpu: 2, memory: 1 GiB, network: 40 Mbit/s,\n"
        "                          storage: {iops: 200 IOPS}},\n"
        "               tuning: {slots: 4, queue: 6, discipline: %s, cancel: %s}}\n"
        "    balancer: power_of_two\n"
        "    pools: {a: 4, b: 3}\n"
        "    data: {primary: a, replicas: [b], replication: {lag: 5 s, throughput: 12 /s}}\n"
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
        assert_true(mine->waiting.n == part[1].waiting);
        assert_true(mine->aside.n == part[1].awaiting);
        assert_true(mine->work_offered_ns <= all->work_offered_ns);
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

#define PART(metric)                                                                           \
    {                                                                                          \
        UST_METRIC_injected_##metric, UST_METRIC_##metric                                      \
    }

/* Sums and shares of a whole. */
static const enum ust_metric parts[][2] = {
    PART(arrivals),   PART(completions),  PART(wasted),     PART(refused),
    PART(errors),     PART(work_offered), PART(in_system),  PART(queue),
    PART(busy_slots), PART(cpu),          PART(memory),     PART(network),
    PART(storage),    PART(memory_held),  PART(bytes_sent), PART(io_done),
    PART(calls),      PART(calls_failed), PART(degraded),   PART(replication_backlog),
};
/* Means and ratios, of their own. */
static const enum ust_metric means[][2] = {PART(wait_mean), PART(sojourn_mean),
                                           PART(wait_share), PART(hit_ratio)};
enum { PARTS = sizeof parts / sizeof parts[0], MEANS = sizeof means / sizeof means[0] };

/* No part is more than there is, in any interval; slots that are stopped in the middle, for a
 * client who has left, are given back too. How often both had a share: in values[k]. */
static void parts_stay_within_the_whole(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (size_t k = 0; k < PARTS; k++)
        values[k] = 0;
    for (uint32_t p = 0; p < 4; p++) {
        struct part part[2];
        census(model, &model->pools[p], part);
        assert_true(model->pools[p].count.injected.busy.n == part[1].serving);
        for (uint32_t i = 0; i < model->config->intervals; i++)
            for (size_t k = 0; k < PARTS; k++) {
                double mine = theory_series(model, parts[k][0], p % 2 + 1, p / 2 + 1, 0, i);
                double all = theory_series(model, parts[k][1], p % 2 + 1, p / 2 + 1, 0, i);
                assert_true((isnan(mine) && isnan(all)) ||
                            (mine >= 0 && mine <= all * (1 + 1e-9)));
                values[k] += mine > 0 && mine < 0.99 * all;
            }
    }
}

static void in_no_interval_is_the_part_more_than_the_whole(void **state)
{
    (void)state;
    static const char *const disciplines[] = {"fcfs", "ps", "lifo"};
    for (int d = 0; d < 3; d++) {
        struct theory_value v[PARTS];
        theory_run(mixed(disciplines[d], "false", "fail", "all"), 2, PARTS, NULL,
                   parts_stay_within_the_whole, NULL, v);
        for (size_t k = 0; k < PARTS; k++) /* no call has a fallback here */
            if (v[k].least <= 0 && parts[k][1] != UST_METRIC_degraded)
                fail_msg("%s is never shared", ust_metrics[parts[k][1]].name);
    }
}

/* ---- one region for each ---- */

/* Users in a alone, injected load in b alone, of the same persona, and what it writes is copied
 * to a: in b, and of the writes, the part is the whole; for the rest there is none in a. With
 * everything that ends an attempt, breaks it off or holds it up. */
static char *each_its_own(const char *discipline, const char *async, const char *in_flight)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\n"
            "name: each\n"
            "warmup: 20 s\n"
            "duration: 300 s\n"
            "interval: 7 s\n"
            "personas:\n"
            "  - name: user\n"
            "    actions: {ask: {work: exponential(mean 45 ms), request: 2 kB,\n"
            "                    response: exponential(mean 200 kB), io: exponential(mean 6),\n"
            "                    memory: exponential(mean 100 MiB)}}\n"
            "    tolerance:\n"
            "      latency: 400 ms\n"
            "      timeout: 700 ms\n"
            "      retries: {kind: backoff, base: 50 ms, cap: 1 s, attempts: 3}\n"
            "network: {base: 30 ms, per_1000_km: 0, jitter: 0}\n"
            "regions: {a: {place: eu-west-1, zones: 2}, b: {place: us-east-1, zones: 2}}\n"
            "services:\n"
            "  web:\n"
            "    instance:\n"
            "      name: box\n"
            "      capacity: {vcpu: 2, memory: 500 MiB, network: 30 Mbit/s,\n"
            "                 storage: {iops: 180 IOPS}}\n"
            "      tuning: {slots: 4, queue: 5, discipline: %s, cancel: queued}\n"
            "    pools: {a: 3, b: 3}\n"
            "    async: %s\n"
            "    calls:\n"
            "      - {service: store, probability: 60 %%, timeout: 150 ms,\n"
            "         work: exponential(mean 30 ms), request: 30 kB, fallback: degrade,\n"
            "         cache: {policy: {kind: working_set, entries: 400}},\n"
            "         hedge: {delay: 80 ms}}\n"
            "  store:\n"
            "    instance: {name: disk, capacity: {vcpu: 2}, tuning: {slots: 2, queue: 8}}\n"
            "    pools: {a: 1, b: 2}\n"
            "  ledger:\n"
            "    instance: {name: book, capacity: {vcpu: 2}, tuning: {slots: 2, queue: 8}}\n"
            "    data: {primary: b, replicas: [a], replication: {lag: 1 s, throughput: 9 /s}}\n"
            "    pools: {a: 1, b: 2}\n"
            "traffic: [{persona: user, service: web, arrivals: {kind: poisson, rate: 40 /s}}]\n"
            "injections:\n"
            "  - {persona: user, service: web, region: b, at: 10 s, duration: 240 s,\n"
            "     rate: 80 /s, ramp_up: 50 s}\n"
            "  - {persona: user, service: ledger, region: b, at: 30 s, duration: 200 s,\n"
            "     rate: 30 /s, writes: 50 %%}\n"
            "routing: {policy: {kind: failover_order, order: [a, b]}}\n"
            "faults:\n"
            "  - {kind: zone_loss, region: b, zones: [1], at: 80 s, duration: 40 s,\n"
            "     in_flight: %s}\n"
            "  - {kind: error_burst, share: 10 %%, at: 130 s, duration: 30 s}\n"
            "  - {kind: slow_down, factor: 3, at: 190 s, duration: 30 s}\n",
            discipline, async, in_flight);
    fclose(out);
    return text;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(b);
}

static void all_of_b_and_nothing_of_a(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (size_t k = 0; k < PARTS + MEANS; k++)
        values[k] = 0;
    for (uint32_t service = 1; service <= 3; service++)
        for (uint32_t i = 0; i < model->config->intervals; i++)
            for (size_t k = 0; k < PARTS + MEANS; k++) {
                const enum ust_metric *pair = k < PARTS ? parts[k] : means[k - PARTS];
                double mine = theory_series(model, pair[0], 2, service, 0, i);
                double all = theory_series(model, pair[1], 2, service, 0, i);
                double in_a = theory_series(model, pair[0], 1, service, 0, i);
                double lacks = theory_series(model, pair[1], 1, service, 0, i);
                if (!same(mine, all))
                    fail_msg("%s of interval %u: %.17g of %.17g", ust_metrics[pair[0]].name, i,
                             mine, all);
                if (pair[1] == UST_METRIC_replication_backlog)
                    assert_true(same(in_a, lacks));
                else
                    assert_true(isnan(in_a) || in_a == 0);
                values[k] += mine > 0 || in_a > 0;
            }
}

static void where_all_load_is_injected_the_part_is_the_whole(void **state)
{
    (void)state;
    static const char *const disciplines[] = {"fcfs", "ps", "adaptive_lifo"};
    static const char *const asyncs[] = {"false", "true"};
    static const char *const in_flights[] = {"fail", "silent", "requeue_tail", "resume"};
    for (int d = 0; d < 3; d++)
        for (int f = 0; f < 4; f++) {
            struct theory_value v[PARTS + MEANS];
            theory_run(each_its_own(disciplines[d], asyncs[f % 2], in_flights[f]), 2,
                       PARTS + MEANS, NULL, all_of_b_and_nothing_of_a, NULL, v);
            for (size_t k = 0; k < PARTS + MEANS; k++)
                if (v[k].least <= 2) /* or the test would say nothing about it */
                    fail_msg("%s is hardly ever there",
                             ust_metrics[k < PARTS ? parts[k][0] : means[k - PARTS][0]].name);
        }
}

/* ---- writes ---- */

/* One write in four is injected load's: of those that the standby lacks when the primary is
 * lost, and of the most that it ever lacked. */
static const char writes[] =
    "understudy: 1\n"
    "name: writes\n"
    "duration: 200 s\n"
    "personas: [{name: user, actions: {put: {work: 1 ms}}}]\n"
    "regions: {a: {place: eu-west-1}, b: {place: us-east-1}}\n"
    "services:\n"
    "  ledger:\n"
    "    instance: {name: book, capacity: {vcpu: 4}, tuning: {slots: 4}}\n"
    "    data: {primary: a, replicas: [b], replication: {lag: 1 s, throughput: 200 /s},\n"
    "           promotion: {detect: 5 s, duration: 5 s}}\n"
    "    pools: {a: 1, b: 1}\n"
    "traffic: [{persona: user, arrivals: {kind: poisson, rate: 180 /s}, writes: 100 %}]\n"
    "injections: [{persona: user, region: a, at: 0 s, duration: 200 s, rate: 60 /s,\n"
    "              writes: 100 %}]\n"
    "routing: {policy: {kind: failover_order, order: [a, b]}}\n"
    "faults: [{kind: region_loss, region: a, at: 120 s}]\n";

static double told(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return model->measure.moments[i].value;
    fail_msg("nobody tells %s", event);
    return (double)NAN;
}

static void read_writes(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double lost = told(model, "writes_lost");
    values[0] = told(model, "injected_writes_lost") / lost;
    values[1] = theory_kpi(model, UST_METRIC_injected_replication_backlog, 2, 1, 0) /
                theory_kpi(model, UST_METRIC_replication_backlog, 2, 1, 0);
    values[2] = lost;
}

static void writes_that_a_promotion_loses_are_told_apart(void **state)
{
    (void)state;
    struct theory_value v[3];
    theory_run(strdup(writes), 10, 3, NULL, read_writes, NULL, v);
    assert_true(v[2].least > 1000);
    theory_near(v[0].mean, 0.25, THEORY_QUANTILES, "part of the writes lost");
    theory_near(v[1].mean, 0.25, THEORY_QUANTILES, "part of the backlog");
}

/* ---- CPU ---- */

enum { MINE, WORK, CPU, ALL_CPU, ALL, ALL_WORK, VALUES };

static void read_cpu(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[MINE] = theory_pool(model, UST_METRIC_injected_completions);
    values[WORK] = theory_pool(model, UST_METRIC_injected_work_offered);
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
    for (uint32_t k = 0; k < model->measure.keys_n; k++)
        assert_true(model->measure.keys[k].metric < UST_METRIC_injected_arrivals);
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
        cmocka_unit_test(where_all_load_is_injected_the_part_is_the_whole),
        cmocka_unit_test(writes_that_a_promotion_loses_are_told_apart),
        cmocka_unit_test(injected_load_is_charged_its_own_work_and_no_other),
        cmocka_unit_test(without_injections_nothing_is_told_of_them),
    };
    return THEORY_MAIN(tests);
}
