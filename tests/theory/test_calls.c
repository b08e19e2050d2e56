/* Services that call services, against the laws of queues in a row and side by side. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* A front that users meet, and services behind it, each with one instance. */
struct chain {
    double rate;           /* of users, per second */
    const char *front;     /* work of the front */
    const char *calls;     /* of the front */
    const char *services;  /* further ones, whole lines */
    const char *slots;     /* of the front */
    const char *tolerance; /* of users */
    const char *more;      /* further lines of the top level */
    double warmup, duration;
    bool async;
};

static char *chain(const struct chain *it)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: chain\nwarmup: %.17g s\nduration: %.17g s\n"
            "personas:\n  - name: user\n    actions: {ask: {work: %s}}\n    tolerance: {%s}\n"
            "regions: {here: {zones: 1}}\n"
            "services:\n  front:\n    instance: {name: box, capacity: {vcpu: 1000}, tuning: "
            "{slots: %s}}\n"
            "    pools: {here: 1}\n    async: %s\n    calls: %s\n%s"
            "traffic: [{persona: user, service: front, arrivals: {kind: poisson, rate: %.17g "
            "/s}}]\n%s",
            it->warmup, it->duration / THEORY_LESS, it->front,
            it->tolerance == NULL ? "latency: 1 s" : it->tolerance, it->slots,
            it->async ? "true" : "false", it->calls, it->services, it->rate,
            it->more == NULL ? "" : it->more);
    fclose(out);
    return text;
}

#define BACK(name) "  " name ": {instance: {name: box, tuning: {slots: 1}}, pools: {here: 1}}\n"

static void read_latency(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] = theory_users(model, UST_METRIC_latency_mean);
    values[1] = theory_kpi(model, UST_METRIC_sojourn_mean, 1, 2, 0);
}

/* ---- in a row ---- */

static void read_tandem(struct ust_model *model, void *context, double *values)
{
    read_latency(model, context, values);
    values[2] = theory_kpi(model, UST_METRIC_in_system, 1, 1, 0);
}

/* Jackson 1957: what leaves an M/M/1 queue is Poisson, so each of two in a row is one by
 * itself: E[T] = 1/(mu1 - lambda) + 1/(mu2 - lambda). Who waits for the second has no slot of
 * the first, and is in its system all the same: L = lambda E[T], Little. */
static void two_in_a_row_are_two_queues(void **state)
{
    (void)state;
    struct theory_value v[3];
    theory_run(
        chain(&(struct chain){.rate = 0.6,
                              .front = "exponential(mean 1 s)",
                              .calls = "[{service: back, work: exponential(mean 800 ms)}]",
                              .services = BACK("back"),
                              .slots = "1",
                              .warmup = 500,
                              .duration = 20000,
                              .async = true}),
        30, 3, NULL, read_tandem, NULL, v);
    theory_check(v[0], 1 / (1 - 0.6) + 1 / (1.25 - 0.6), THEORY_MEANS, "tandem: latency");
    theory_check(v[1], 1 / (1.25 - 0.6), THEORY_MEANS, "tandem: the second");
    theory_check(v[2], 0.6 * (1 / (1 - 0.6) + 1 / (1.25 - 0.6)), THEORY_QUANTILES,
                 "tandem: in the first's system");
}

/* With its slot held, the front is M/G/1 with both works as its service, and the back has never
 * more than one: Pollaczek and Khinchine, E[T] = E[S] + lambda E[S^2] / (2 (1 - rho)). */
static void a_held_slot_makes_both_one_service(void **state)
{
    (void)state;
    struct theory_value v[2];
    theory_run(
        chain(&(struct chain){.rate = 0.5,
                              .front = "exponential(mean 600 ms)",
                              .calls = "[{service: back, work: exponential(mean 600 ms)}]",
                              .services = BACK("back"),
                              .slots = "1",
                              .warmup = 500,
                              .duration = 20000}),
        30, 2, NULL, read_latency, NULL, v);
    double mean = 1.2, square = 2 * 0.36 + 1.2 * 1.2;
    theory_check(v[0], mean + 0.5 * square / (2 * (1 - 0.6)), THEORY_MEANS, "held: latency");
    theory_check(v[1], 0.6, THEORY_MEANS, "held: the back");
}

/* ---- side by side ---- */

/* Flatto and Hahn 1984; Nelson and Tantawi 1988: two M/M/1 queues that the same Poisson stream
 * feeds, the later of both answers: (12 - rho) / 8 / (mu - lambda). */
static void a_fork_waits_for_the_later_of_two(void **state)
{
    (void)state;
    struct theory_value v[2];
    theory_run(chain(&(struct chain){.rate = 0.6,
                                     .front = "0 s",
                                     .calls = "[{service: a, work: exponential(mean 1 s)}, "
                                              "{service: b, order: with, work: "
                                              "exponential(mean 1 s)}]",
                                     .services = BACK("a") BACK("b"),
                                     .slots = "1000",
                                     .warmup = 500,
                                     .duration = 20000}),
               30, 2, NULL, read_latency, NULL, v);
    theory_check(v[0], (12 - 0.6) / 8 / (1 - 0.6), THEORY_MEANS, "fork-join: latency");
    theory_check(v[1], 1 / (1 - 0.6), THEORY_MEANS, "fork-join: one of both");
}

/* The slowest of n, each exponential and nobody waiting: the harmonic number H_n. */
static void a_fan_out_takes_as_long_as_its_slowest(void **state)
{
    (void)state;
    struct theory_value v[2];
    theory_run(
        chain(&(struct chain){.rate = 5,
                              .front = "0 s",
                              .calls = "[{service: a, count: 10, work: exponential(mean 1 s)}]",
                              .services = "  a: {instance: {name: box, capacity: {vcpu: 1000}, "
                                          "tuning: {slots: 1000}}, pools: "
                                          "{here: 1}}\n",
                              .slots = "1000",
                              .warmup = 50,
                              .duration = 2000}),
        30, 2, NULL, read_latency, NULL, v);
    theory_check(v[0], 2.9289682539682538, THEORY_MEANS, "fan-out of 10: latency");
}

static void read_slow(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[0] =
        1 - theory_users(model, UST_METRIC_good) / theory_users(model, UST_METRIC_answered);
    values[1] =
        theory_kpi(model, UST_METRIC_calls, 1, 1, 0) / theory_users(model, UST_METRIC_offered);
}

/* Dean and Barroso, "The tail at scale", CACM 2013: where one server is slow once in 1/p times,
 * one of n that have to answer is with 1 - (1 - p)^n. Nobody waits; slow is what lasts longer
 * than the (1 - p) quantile of an exponential of mean 100 ms, ln(1/p) of it. */
static void tail_of(unsigned n, double p, double rate, double duration, double slow)
{
    struct theory_value v[2];
    char calls[100], tolerance[60];
    snprintf(calls, sizeof calls, "[{service: a, count: %u, work: exponential(mean 100 ms)}]",
             n);
    snprintf(tolerance, sizeof tolerance, "latency: %.9f s", 0.1 * log(1 / p));
    theory_run(chain(&(struct chain){.rate = rate,
                                     .front = "0 s",
                                     .calls = calls,
                                     .services = "  a: {instance: {name: box, capacity: {vcpu: "
                                                 "5000}, tuning: {slots: 5000}}, pools: "
                                                 "{here: 1}}\n",
                                     .slots = "1000",
                                     .tolerance = tolerance,
                                     .warmup = 5,
                                     .duration = duration}),
               30, 2, NULL, read_slow, NULL, v);
    theory_check(v[0], slow, THEORY_MEANS, "one of %u slow, each with %g", n, p);
    theory_near(v[1].mean, n, THEORY_LESS > 1 ? 0.05 : 0.005, "  calls for each request");
}

static void the_slowest_of_a_hundred_is_slow_two_times_in_three(void **state)
{
    (void)state;
    tail_of(100, 0.01, 20, 60, 0.63396765872677049); /* 1 - .99^100 = .6340 */
    tail_of(500, 0.001, 3, 100, 1 - pow(0.999, 500));
    tail_of(10, 0.01, 200, 60, 1 - pow(0.99, 10));
    tail_of(25, 0.05, 50, 60, 1 - pow(0.95, 25));
}

/* ---- chance ---- */

static void read_fates(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[0] = theory_users(model, UST_METRIC_answered) / offered;
    values[1] = theory_kpi(model, UST_METRIC_calls, 1, 1, 0) / offered;
    values[2] = theory_kpi(model, UST_METRIC_degraded, 1, 1, 0) / offered;
    values[3] = theory_kpi(model, UST_METRIC_arrivals, 1, 2, 0) / offered;
    values[4] = theory_users(model, UST_METRIC_attempts) / offered;
    values[5] = theory_kpi(model, UST_METRIC_errors, 1, 1, 0) / offered;
}

static void unreliable(const char *fallback, struct theory_value *v)
{
    char calls[300];
    snprintf(
        calls, sizeof calls,
        "[{service: a, count: 5, work: 1 ms, fallback: %s, retries: {kind: backoff, base: 1 "
        "ms, attempts: 2}}]",
        fallback);
    theory_run(chain(&(struct chain){
                   .rate = 50,
                   .front = "1 ms",
                   .calls = calls,
                   .services = "  a: {instance: {name: box, capacity: {vcpu: 1000}, tuning: "
                               "{slots: 1000}}, pools: "
                               "{here: 1}}\n",
                   .slots = "1000",
                   .more = "faults: [{kind: error_burst, service: a, at: 0 s, share: 30 %}]\n",
                   .duration = 1000}),
               30, 6, NULL, read_fates, NULL, v);
}

/* One of n calls succeeds within k attempts with 1 - p^k, all of them with its nth power; Dean
 * and Barroso, CACM 2013, for k = 1. */
static void all_of_n_succeed_with_the_nth_power(void **state)
{
    (void)state;
    struct theory_value v[6];
    double all = pow(1 - 0.09, 5);
    unreliable("fail", v);
    theory_check(v[0], all, THEORY_MEANS, "fail: answered");
    theory_check(v[5], 1 - all, THEORY_MEANS, "fail: errors of the front");
    theory_near(v[2].mean + 1, 1, 1e-12, "fail: none is degraded");
    theory_near(v[4].mean, 1, 1e-12, "fail: calls are no attempts of users");
    unreliable("degrade", v);
    theory_near(v[0].mean, 1, 1e-3, "degrade: answered");
    theory_check(v[2], 1 - all, THEORY_MEANS, "degrade: degraded");
    theory_check(v[1], 5 * 1.3, THEORY_MEANS, "degrade: calls sent");
    theory_near(v[3].mean, v[1].mean, 1e-3, "degrade: what is sent arrives");
    unreliable("ignore", v);
    theory_near(v[0].mean, 1, 1e-3, "ignore: answered");
    theory_near(v[2].mean + 1, 1, 1e-12, "ignore: none is degraded");
}

/* A call that times out is repeated and its attempt goes on at the server, for nobody. */
static void a_timeout_leaves_work_for_nobody(void **state)
{
    (void)state;
    struct theory_value v[6];
    theory_run(chain(&(struct chain){
                   .rate = 20,
                   .front = "0 s",
                   .calls = "[{service: a, work: exponential(mean 100 ms), timeout: 200 ms, "
                            "retries: {kind: backoff, base: 1 ms, attempts: 3}}]",
                   .services = "  a: {instance: {name: box, capacity: {vcpu: 1000}, tuning: "
                               "{slots: 1000}}, pools: "
                               "{here: 1}}\n",
                   .slots = "1000",
                   .duration = 2000}),
               30, 6, NULL, read_fates, NULL, v);
    /* The work is the request's own, as long in every attempt: who times out once, does so
     * three times. */
    double late = exp(-2);
    theory_check(v[0], 1 - late, THEORY_MEANS, "timeout: answered");
    theory_check(v[1], 1 + 2 * late, THEORY_MEANS, "timeout: calls sent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_in_a_row_are_two_queues),
        cmocka_unit_test(a_held_slot_makes_both_one_service),
        cmocka_unit_test(a_fork_waits_for_the_later_of_two),
        cmocka_unit_test(a_fan_out_takes_as_long_as_its_slowest),
        cmocka_unit_test(the_slowest_of_a_hundred_is_slow_two_times_in_three),
        cmocka_unit_test(all_of_n_succeed_with_the_nth_power),
        cmocka_unit_test(a_timeout_leaves_work_for_nobody),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
