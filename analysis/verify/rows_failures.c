/* What happens after a failure: the course of a queue, detection, DNS, retries. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/stats/laws.h"
#include "analysis/verify/verify.h"

/* ---- the course of a queue ---- */

/* Half of c servers are lost for 10 services, from a steady state; the mean number in system
 * over each 5 services is that of the chain. Who loses his server goes on where he was. */
static enum ust_status lose_half(struct ust_verify *verify, unsigned c, double a)
{
    static const char *const when[] = {"before", "0 to 5 after the loss", "5 to 10 after it",
                                       "0 to 5 after the return", "5 to 10 after it"};
    double p[UST_LAW_STATES];
    double start = 100;
    struct ust_law_chain chain = {.rate = a, .c = c, .places = 5000, .states = 700};
    struct ust_verify_asked asked[5];
    char instance[96], more[160], parameters[96];
    ust_law_steady(&chain, p);
    for (int i = 0; i < 5; i++) {
        chain.c = i == 1 || i == 2 ? c / 2 : c;
        asked[i] = (struct ust_verify_asked){.quantity = when[i],
                                             .metric = "in_system",
                                             .region = "here",
                                             .from = (int)(start / 5) - 1 + i,
                                             .to = (int)(start / 5) + i,
                                             .reference = ust_law_mean_over(&chain, p, 5),
                                             .allowed = 0.05};
    }
    snprintf(parameters, sizeof parameters, "c %u, load %g, half lost for 10", c, a);
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: unlimited}", c);
    snprintf(more, sizeof more,
             "faults: [{kind: capacity_loss, share: 50 %%, of: slots, at: %.0f s, "
             "in_flight: resume, duration: 10 s}]",
             start);
    const struct ust_verify_queue queue = {.rate = a,
                                           .work = "exponential(mean 1 s)",
                                           .instance = instance,
                                           .more = more,
                                           .warmup = 100,
                                           .duration = start + 20,
                                           .interval = 5};
    return ust_verify_run(verify, &(struct ust_verify_experiment){
                                      .section = "Courses and failures",
                                      .law = "M/M/c, course after a loss",
                                      .source = "Kolmogorov's equations, by uniformisation",
                                      .parameters = parameters,
                                      .scenario = ust_verify_queue_text(&queue),
                                      .replications = 4000 / verify->less,
                                      .asked = asked,
                                      .asked_n = 5});
}

/* ---- two regions ---- */

#define LOST_AT 300.0

static char *two_regions(double rate, const char *dns, const char *health, double duration,
                         double interval)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\nname: failover\nduration: %.6f s\ninterval: %.6f s\n"
            "personas:\n  - {name: user, actions: {ask: {work: 1 ms}}}\n"
            "regions: {a: {zones: 1, role: primary}, b: {zones: 1, role: standby}}\n"
            "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
            "services:\n  s:\n    instance: {name: box, tuning: {slots: 1000}}\n"
            "    health_check: {interval: 0 s}\n    pools: {a: 1, b: 1}\n"
            "traffic:\n  - {persona: user, arrivals: {kind: poisson, rate: %.6f /s}}\n"
            "routing:\n  policy: {kind: failover_order, order: [a, b]}\n%s"
            "  health_check: {%s}\n"
            "faults:\n  - {kind: region_loss, region: a, at: %.0f s, duration: %.6f s}\n",
            duration, interval, rate, dns, health, LOST_AT, duration);
    fclose(out);
    return text;
}

/* The failure meets the probes at a random phase: U((F - 1) I, F I), and the last one's
 * timeout. */
static enum ust_status detect(struct ust_verify *verify, double interval, unsigned failures,
                              double timeout)
{
    char health[128], parameters[96];
    snprintf(health, sizeof health, "interval: %g s, failures: %u, successes: 3, timeout: %g s",
             interval, failures, timeout);
    snprintf(parameters, sizeof parameters, "%u failures every %g s, timeout %g s", failures,
             interval, timeout);
    const struct ust_verify_asked asked = {.quantity = "mean time",
                                           .event = "detected",
                                           .minus = LOST_AT,
                                           .reference = (failures - 0.5) * interval + timeout,
                                           .allowed = 0.05};
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){
                    .section = "Courses and failures",
                    .law = "Detection by probes",
                    .source = "uniform phase: (F - 1/2) I + timeout",
                    .parameters = parameters,
                    .scenario = two_regions(0.01, "", health, LOST_AT + 300, LOST_AT + 300),
                    .replications = 3000 / verify->less,
                    .asked = &asked,
                    .asked_n = 1});
}

/* Detection takes between 0 and 10 ms; then a client moves when its cached answer runs out. The
 * share of attempts that reach the new region is averaged over each interval. */
static enum ust_status drain(struct ust_verify *verify, double ttl, double stale, double tau)
{
    static const int at[] = {0, 1, 2, 5, 11, 29};
    struct ust_verify_asked asked[6];
    double step = 20;
    char dns[128], parameters[96];
    for (int i = 0; i < 6; i++) {
        double sum = 0, from = at[i] * step;
        for (int k = 0; k < 2000; k++)
            sum += ust_law_moved(ttl, stale, tau, from + step * (k + 0.5) / 2000);
        int interval = (int)(LOST_AT / step) + at[i];
        asked[i] = (struct ust_verify_asked){
            .quantity =
                ust_arena_printf(verify->arena, "moved %g to %g s after", from, from + step),
            .metric = "arrivals",
            .region = "b",
            .from = interval,
            .to = interval + 1,
            .per = 100 * step,
            .reference = sum / 2000,
            .allowed = 0.05};
    }
    snprintf(dns, sizeof dns, "  dns: {ttl: %g s, stale_share: %.6f, stale_mean: %.6f s}\n",
             ttl, stale, tau);
    snprintf(parameters, sizeof parameters, "TTL %g s, %.4g %% stale for %g s", ttl,
             100 * stale, tau);
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){
                    .section = "Courses and failures",
                    .law = "DNS drain",
                    .source = "Flavel, Mani and Maltz, LANMAN 2014",
                    .parameters = parameters,
                    .scenario = two_regions(
                        100, dns, "interval: 10 ms, failures: 1, successes: 3, timeout: 0 s",
                        LOST_AT + 600, step),
                    .replications = 30,
                    .asked = asked,
                    .asked_n = 6});
}

/* ---- retries ---- */

/* A share p of all attempts fails, n attempts at most: (1 - p^n) / (1 - p) to a request. */
static enum ust_status retries(struct ust_verify *verify, double p, unsigned attempts,
                               const char *jitter)
{
    char tolerance[160], more[96], parameters[96];
    double lost = pow(p, attempts);
    const struct ust_verify_asked asked[] = {
        {.quantity = "attempts of a request",
         .metric = "attempts",
         .over = "offered",
         .reference = (1.0 - lost) / (1.0 - p),
         .allowed = 0.02},
        {.quantity = "share answered",
         .metric = "answered",
         .over = "offered",
         .reference = 1.0 - lost,
         .allowed = 0.02},
    };
    snprintf(parameters, sizeof parameters, "p %g, %u attempts, jitter %s", p, attempts,
             jitter);
    snprintf(tolerance, sizeof tolerance,
             "timeout: 60 s, retries: {kind: backoff, base: 100 ms, cap: 1 s, attempts: %u, "
             "jitter: %s}",
             attempts, jitter);
    snprintf(more, sizeof more,
             "faults: [{kind: error_burst, share: %.6f, at: 0 s, duration: endless}]", p);
    const struct ust_verify_queue queue = {.rate = 50,
                                           .work = "10 ms",
                                           .tolerance = tolerance,
                                           .instance = "tuning: {slots: 1000}",
                                           .service = "health_check: {interval: 0 s}",
                                           .more = more,
                                           .duration = 20000.0 / verify->less + 60,
                                           .drain = 60};
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){.section = "Courses and failures",
                                                .law = "Retries",
                                                .source = "geometric sum",
                                                .parameters = parameters,
                                                .scenario = ust_verify_queue_text(&queue),
                                                .replications = 30,
                                                .asked = asked,
                                                .asked_n = 2});
}

/* ---- a rate with a course ---- */

/* M(t)/M/infinity: a rate that climbs in a straight line from r0 by slope b; the mean number at
 * t is r0 (1 - e^-t) + b (t - 1 + e^-t) (Eick, Massey and Whitt 1993), here averaged over a
 * time. */
static double climb(double r0, double b, double from, double to)
{
    double sum = 0;
    for (int k = 0; k < 4000; k++) {
        double t = from + (to - from) * (k + 0.5) / 4000;
        sum += r0 * (1 - exp(-t)) + b * (t - 1 + exp(-t));
    }
    return sum / 4000;
}

static enum ust_status ramp(struct ust_verify *verify)
{
    static const char *const when[] = {"0 to 1", "1 to 2", "3 to 4", "9 to 10"};
    static const int at[] = {0, 1, 3, 9};
    struct ust_verify_asked asked[4];
    for (int i = 0; i < 4; i++)
        asked[i] = (struct ust_verify_asked){.quantity = when[i],
                                             .metric = "in_system",
                                             .region = "here",
                                             .from = at[i],
                                             .to = at[i] + 1,
                                             .reference = climb(5, 2, at[i], at[i] + 1),
                                             .allowed = 0.05};
    const struct ust_verify_queue queue = {
        .arrivals = "{kind: piecewise, shape: linear, points: [{at: 0 s, rate: 5 /s}, "
                    "{at: 10 s, rate: 25 /s}]}",
        .work = "exponential(mean 1 s)",
        .instance = "tuning: {slots: 1000}",
        .duration = 10,
        .interval = 1};
    return ust_verify_run(verify, &(struct ust_verify_experiment){
                                      .section = "Courses and failures",
                                      .law = "M(t)/M/infinity, mean number",
                                      .source = "Eick, Massey and Whitt 1993",
                                      .parameters = "from empty, rate 5 to 25 within 10",
                                      .scenario = ust_verify_queue_text(&queue),
                                      .replications = 4000 / verify->less,
                                      .asked = asked,
                                      .asked_n = 4});
}

enum ust_status ust_verify_failures(struct ust_verify *verify)
{
    UST_TRY(ramp(verify));
    UST_TRY(lose_half(verify, 20, 18));
    UST_TRY(lose_half(verify, 8, 6));
    UST_TRY(detect(verify, 10, 3, 4));
    UST_TRY(detect(verify, 30, 3, 2));
    UST_TRY(detect(verify, 5, 1, 0));
    UST_TRY(drain(verify, 20, 0.1122, 521.9));
    UST_TRY(drain(verify, 60, 0.2, 120));
    UST_TRY(retries(verify, 0.1, 4, "full"));
    UST_TRY(retries(verify, 0.5, 4, "none"));
    return retries(verify, 0.8, 6, "decorrelated");
}
