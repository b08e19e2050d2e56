/* The way of a call: regions and the time between them, bytes and operations, copies of what is
 * late, and where calls go while a plan shifts users. */
#include <math.h>

#include "sim/base/hash.h"
#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* Further lines of `services` behind a front in `a`, and the front's calls. */
struct way {
    double rate, duration;
    const char *calls, *services, *front, *more;
};

/* 80 ms from each region to each other one. */
static char *way(const struct way *it)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: way\nseed: %llu\nduration: %.6f s\n"
            "personas: [{name: user, actions: {ask: {work: 0 s}}}]\n"
            "regions: {a: {place: us-east-1}, b: {place: eu-west-1}, c: {place: us-west-2}}\n"
            "network: {base: 80 ms, per_1000_km: 0, jitter: 0}\n"
            "services:\n"
            "  front:\n    instance: {name: box, capacity: {vcpu: 9000%s}, tuning: {slots: "
            "9000}}\n    pools: {a: 1}\n    calls: %s\n%s"
            "routing: {policy: {kind: failover_order, order: [a, b, c]}}\n"
            "traffic: [{persona: user, service: front, arrivals: {kind: poisson, rate: %.6f "
            "/s}}]\n%s",
            (unsigned long long)ust_hash_text(1, it->calls) >> 12, it->duration / THEORY_LESS,
            it->front != NULL ? it->front : "", it->calls, it->services, it->rate,
            it->more != NULL ? it->more : "");
    fclose(out);
    return text;
}

#define WIDE "capacity: {vcpu: 9000}, tuning: {slots: 9000}"

enum { LATENCY, LEAST, SENT, BYTES, OFFERED, ANSWERED, VALUES };

static void read_way(struct ust_model *model, void *context, double *values)
{
    (void)context;
    uint64_t bytes = 0;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        if (model->pools[p].config->exists)
            bytes += model->pools[p].count.bytes_sent;
    values[LATENCY] = theory_users(model, UST_METRIC_latency_mean);
    values[LEAST] = theory_users(model, UST_METRIC_latency_p50);
    values[OFFERED] = theory_users(model, UST_METRIC_offered);
    values[ANSWERED] = theory_users(model, UST_METRIC_answered);
    values[SENT] = theory_kpi(model, UST_METRIC_calls, 1, 1, 0);
    values[BYTES] = (double)bytes;
}

/* ---- regions ---- */

/* 10 ms here, 20 ms there, 30 ms here again: and twice 80 ms between. */
static void a_chain_over_two_regions_takes_the_sum_of_its_parts(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(
        way(&(struct way){.rate = 5,
                          .duration = 200,
                          .calls = "[{service: first, work: 10 ms}]",
                          .services =
                              "  first: {instance: {name: x, " WIDE "}, pools: {a: 1}, calls: "
                              "[{service: second, work: 20 ms}]}\n"
                              "  second: {instance: {name: y, " WIDE "}, pools: {b: 1}, calls: "
                              "[{service: third, work: 30 ms}]}\n"
                              "  third: {instance: {name: z, " WIDE "}, pools: {a: 1}}\n"}),
        3, VALUES, NULL, read_way, NULL, v);
    theory_near(v[LATENCY].mean, 0.010 + 0.080 + 0.020 + 0.080 + 0.030, 1e-6, "latency, s");
    theory_near(v[ANSWERED].mean, v[OFFERED].mean, 0.01 * THEORY_LESS, "all are answered");
}

/* ---- sizes ---- */

/* 80 Mbit/s on both sides: 100 kB there take 10 ms, 1 MB back 100 ms; 50 operations of 1000 per
 * second take 50 ms, in which the work of 5 ms is done as well. */
static void bytes_and_operations_take_their_time(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(way(&(struct way){
                   .rate = 0.05,
                   .duration = 20000,
                   .front = ", network: 80 Mbit/s",
                   .calls = "[{service: db, work: 5 ms, request: 100 kB, response: 1 MB, io: "
                            "50}]",
                   .services = "  db: {instance: {name: x, capacity: {vcpu: 9000, network: 80 "
                               "Mbit/s, storage: {iops: 1000 IOPS}}, tuning: {slots: 9000}}, "
                               "pools: {b: 1}}\n"}),
               3, VALUES, NULL, read_way, NULL, v);
    theory_near(v[LEAST].mean, 0.010 + 0.080 + 0.050 + 0.100, 1.0 / 256, "latency, s");
    theory_near(v[BYTES].mean, v[SENT].mean * 1.1e6, 0.02, "bytes sent");
}

/* The network of an instance is a queue: answers of 100 ms each at 5 per second are M/D/1, with
 * a mean wait of rho s / (2 (1 - rho)). */
static void answers_queue_for_the_network(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(way(&(struct way){.rate = 5,
                                 .duration = 4000,
                                 .calls = "[{service: db, work: 0 s, response: 1 MB}]",
                                 .services = "  db: {instance: {name: x, capacity: {vcpu: "
                                             "9000, network: 80 Mbit/s}, tuning: {slots: "
                                             "9000}}, pools: {a: 1}}\n"}),
               30, VALUES, NULL, read_way, NULL, v);
    theory_check(v[LATENCY], 0.1 + 0.5 * 0.1 / (2 * (1 - 0.5)), THEORY_MEANS, "M/D/1");
}

/* Memory for four makes four servers of an instance with room for thousands: M/M/4. */
static void memory_bounds_what_is_served_at_once(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(
        way(&(struct way){.rate = 3,
                          .duration = 8000,
                          .calls = "[{service: db, work: exponential(mean 1 s), memory: 1 GB}]",
                          .services = "  db: {instance: {name: x, capacity: {vcpu: 9000, "
                                      "memory: 4 GB}, tuning: {slots: 9000}}, pools: {a: "
                                      "1}}\n"}),
        30, VALUES, NULL, read_way, NULL, v);
    theory_check(v[LATENCY], 1 + law_erlang_c(4, 3) / (4 - 3), THEORY_QUANTILES, "M/M/4");
}

/* ---- copies ---- */

static void hedged(const char *hedge, double copies, double latency, const char *what)
{
    struct theory_value v[VALUES];
    char calls[300];
    snprintf(calls, sizeof calls,
             "[{service: db, work: exponential(mean 100 ms), hedge: {%s}}]", hedge);
    theory_run(way(&(struct way){.rate = 50,
                                 .duration = 2000,
                                 .calls = calls,
                                 .services =
                                     "  db: {instance: {name: x, " WIDE "}, pools: {a: 1}}\n"}),
               30, VALUES, NULL, read_way, NULL, v);
    v[SENT].mean = v[SENT].mean / v[OFFERED].mean - 1;
    v[SENT].sd /= v[OFFERED].mean;
    theory_near(v[SENT].mean, copies, 0.02 * sqrt(THEORY_LESS), what);
    if (latency > 0)
        theory_check(v[LATENCY], latency, THEORY_MEANS, "%s: latency", what);
}

/* The least of X and d + Y, both exponential with mean m: a copy goes out with q = e^(-d/m),
 * and from then on the rest is exponential with mean m / 2. */
static void the_first_of_two_answers_counts(void **state)
{
    (void)state;
    double q = exp(-1.5), first = exp(-0.3), second = exp(-0.3 - 2 * 0.3);
    hedged("delay: 150 ms, work: independent", q, 0.1 * (1 - q) + q * 0.05, "after 150 ms");
    /* A third one as long after the second. */
    hedged("delay: 30 ms, copies: 3, work: independent", first + second,
           0.1 * (1 - first) + first * (0.05 * (1 - exp(-0.6)) + exp(-0.6) * 0.1 / 3),
           "three, 30 ms apart");
    hedged("quantile: 95 %", 0.05, 0, "beyond 95 %");
    hedged("quantile: 80 %, work: independent", 0.2, 0.1 * 0.8 + 0.2 * 0.05,
           "beyond 80 %, independent");
    hedged("delay: 30 ms, budget: {kind: token_bucket, deposit: 0.05}", 0.05, 0,
           "a twentieth of a token a call");
}

static void read_writes(struct ust_model *model, void *context, double *values)
{
    read_way(model, context, values);
    values[LEAST] = values[SENT] / values[OFFERED];
}

/* They would be done twice. */
static void writes_are_not_copied(void **state)
{
    (void)state;
    struct theory_value v[VALUES];
    theory_run(way(&(struct way){.rate = 50,
                                 .duration = 100,
                                 .calls = "[{service: db, work: 100 ms, writes: 100 %, hedge: "
                                          "{delay: 10 ms}}]",
                                 .services = "  db: {instance: {name: x, " WIDE
                                             "}, pools: {a: 1, b: 1}, data: {primary: a}}\n"}),
               3, VALUES, NULL, read_writes, NULL, v);
    theory_near(v[LEAST].mean, 1, 1e-12, "one send a call");
}

/* ---- where calls go ---- */

/* Fronts in all regions, which a plan empties one after the other. */
static char *shifted(const char *back, const char *more)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: shift\nduration: 600 s\n"
            "personas: [{name: user, actions: {ask: {work: 0 s}}}]\n"
            "regions: {a: {place: us-east-1}, b: {place: eu-west-1}, c: {place: us-west-2}}\n"
            "network: {base: 0 ms, per_1000_km: 10, jitter: 0}\n"
            "services:\n"
            "  front: {instance: {name: box, " WIDE "}, pools: {a: 1, b: 1, c: 1}, calls: "
            "[{service: back, work: 1 ms}]}\n"
            "  back: {instance: {name: bin, " WIDE "}, pools: {%s}, health_check: {interval: "
            "5 s, timeout: 1 s, failures: 1}}\n"
            "routing:\n  policy: {kind: failover_order, order: [a, b, c]}\n"
            "  health_check: {interval: 10 s}\n"
            "traffic: [{persona: user, service: front, arrivals: {kind: poisson, rate: 20 "
            "/s}}]\n"
            "failover:\n  from: a\n  to: b\n  on: time\n  at: 200 s\n  steps:\n"
            "    - {kind: shift_traffic, over: 200 s}\n%s",
            back, more);
    fclose(out);
    return text;
}

/* Arrivals at the fronts and the backs of each region, and calls of its front. */
static void read_shift(struct ust_model *model, void *context, double *values)
{
    (void)context;
    for (uint32_t r = 0; r < 3; r++) {
        values[r] = (double)model->pools[r].count.arrivals;
        values[3 + r] = (double)model->pools[3 + r].count.arrivals;
        values[6 + r] = (double)model->pools[r].count.calls;
    }
    values[9] = theory_users(model, UST_METRIC_failed);
}

static void who_is_shifted_takes_his_calls_with_him(void **state)
{
    (void)state;
    struct theory_value v[10];
    theory_run(shifted("a: 1, b: 1, c: 1", ""), 3, 10, NULL, read_shift, NULL, v);
    for (int r = 0; r < 3; r++)
        theory_near(v[3 + r].mean, v[6 + r].mean, 1e-12, "calls stay in the caller's region");
    assert_true(v[0].least > 1000);
    assert_true(v[1].least > 1000);
    assert_true(v[2].most == 0);
    theory_near(v[9].most + 1, 1, 1e-12, "none fails");
}

/* Where the caller's region has no pool, the nearest one does: Virginia is 3,500 km from Oregon
 * and 5,500 km from Ireland, and Ireland 7,300 km from Oregon. */
static void calls_go_to_the_nearest_region_and_not_where_users_go(void **state)
{
    (void)state;
    struct theory_value v[10];
    theory_run(shifted("c: 1", ""), 3, 10, NULL, read_shift, NULL, v);
    assert_true(v[6].mean + v[7].mean - v[5].mean < 3); /* but who is on the way at the end */
    theory_run(shifted("b: 1, c: 1", ""), 3, 10, NULL, read_shift, NULL, v);
    theory_near(v[5].mean, v[6].mean, 1e-12,
                "Virginia's to Oregon, though users go to Ireland");
    theory_near(v[4].mean, v[7].mean, 1e-12, "Ireland's stay there");
}

/* From 100 s to 150 s all backs of `a` are dead. Within 6 s the checks know, and the calls of
 * those users who are still there go to Oregon; then they stay at home again. */
static void calls_leave_a_dead_pool_and_come_back(void **state)
{
    (void)state;
    struct theory_value v[10];
    theory_run(shifted("a: 1, b: 1, c: 1",
                       "faults: [{kind: capacity_loss, service: back, region: a, at: 100 s, "
                       "share: 100 %, duration: 50 s}]\n"),
               10, 10, NULL, read_shift, NULL, v);
    assert_true(v[5].least > 20 * 40 && v[5].most < 20 * 65);
    theory_near(v[4].mean, v[7].mean, 1e-12, "Ireland's stay there");
    theory_near(v[3].mean + v[5].mean, v[6].mean, 1e-12, "the others are Virginia's");
    assert_true(v[9].most < 20 * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_over_two_regions_takes_the_sum_of_its_parts),
        cmocka_unit_test(bytes_and_operations_take_their_time),
        cmocka_unit_test(answers_queue_for_the_network),
        cmocka_unit_test(memory_bounds_what_is_served_at_once),
        cmocka_unit_test(the_first_of_two_answers_counts),
        cmocka_unit_test(writes_are_not_copied),
        cmocka_unit_test(who_is_shifted_takes_his_calls_with_him),
        cmocka_unit_test(calls_go_to_the_nearest_region_and_not_where_users_go),
        cmocka_unit_test(calls_leave_a_dead_pool_and_come_back),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
