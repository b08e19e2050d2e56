/* Clients that hold back: limits, breakers, throttles, budgets and hedges against closed forms.
 */
#include <math.h>
#include <stdio.h>

#include "analysis/stats/laws.h"
#include "analysis/verify/verify.h"

struct client {
    const char *law, *source, *parameters;
    const char *work, *tolerance, *client, *instance;
    double rate, errors, warmup, duration;
};

static enum ust_status ask(struct ust_verify *verify, const struct client *it,
                           const struct ust_verify_asked *asked, uint32_t n)
{
    char more[96] = "";
    if (it->errors > 0)
        snprintf(more, sizeof more,
                 "faults: [{kind: error_burst, share: %.6f, at: 0 s, duration: endless}]",
                 it->errors);
    const struct ust_verify_queue queue = {
        .rate = it->rate,
        .work = it->work,
        .tolerance = it->tolerance,
        .client = it->client,
        .instance = it->instance != NULL ? it->instance : "tuning: {slots: 1000}",
        .service = "health_check: {interval: 0 s}",
        .more = more[0] != '\0' ? more : NULL,
        .warmup = it->warmup,
        .duration = it->duration / verify->less + 60};
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){.section = "Clients",
                                                .law = it->law,
                                                .source = it->source,
                                                .parameters = it->parameters,
                                                .scenario = ust_verify_queue_text(&queue),
                                                .replications = 30,
                                                .asked = asked,
                                                .asked_n = n});
}

static struct ust_verify_asked share(const char *quantity, const char *metric, double reference,
                                     double allowed)
{
    return (struct ust_verify_asked){.quantity = quantity,
                                     .metric = metric,
                                     .over = "offered",
                                     .reference = reference,
                                     .allowed = allowed};
}

/* n requests at once, of a service without limits: Erlang B. */
static enum ust_status limit(struct ust_verify *verify)
{
    const struct ust_verify_asked asked[] = {
        share("share refused", "refused_locally", ust_law_erlang_b(10, 8), 0.02)};
    return ask(verify,
               &(struct client){.law = "Limits: requests at once",
                                .source = "Erlang 1917",
                                .parameters = "10 requests, load 8",
                                .work = "exponential(mean 200 ms)",
                                .client = "limits: {connections: unlimited, requests: 10}",
                                .rate = 40,
                                .warmup = 10,
                                .duration = 6000},
               asked, 1);
}

/* Connections with a line before them: M/M/c/K. */
static enum ust_status line(struct ust_verify *verify)
{
    double p[32] = {0};
    const struct ust_law_chain chain = {.rate = 9, .c = 10, .places = 10, .states = 21};
    ust_law_steady(&chain, p);
    struct ust_law_moments moments = ust_law_moments(&chain, p);
    const struct ust_verify_asked asked[] = {
        share("share refused", "refused_locally", moments.lost, 0.05),
        {.quantity = "waiting for a connection",
         .metric = "client_queue",
         .reference = moments.waiting,
         .allowed = 0.05}};
    return ask(verify,
               &(struct client){.law = "Limits: connections and a line",
                                .source = "M/M/c/K",
                                .parameters = "10 connections, 10 places, load 9",
                                .work = "exponential(mean 100 ms)",
                                .client = "limits: {connections: 10, pending: 10}",
                                .rate = 90,
                                .warmup = 10,
                                .duration = 4000},
               asked, 2);
}

/* (1 - p^n) / ((1 - p) p^n) attempts until n fail in a row; then D and the next arrival, as
 * often as its probe fails. */
static enum ust_status breaker(struct ust_verify *verify, double p, unsigned n, double open)
{
    char client[96], parameters[96];
    double rate = 50, q = pow(p, n);
    double calls = (1 - q) / ((1 - p) * q), rounds = 1 / (1 - p), lost = rate * open * rounds;
    double broken = (open + 1 / rate) * rounds;
    const struct ust_verify_asked asked[] = {
        share("share refused", "refused_locally", lost / (lost + calls + rounds), 0.02),
        {.quantity = "time open",
         .metric = "breaker_open",
         .reference = broken / (broken + calls / rate),
         .allowed = 0.02}};
    snprintf(client, sizeof client,
             "breaker: {kind: consecutive_failures, failures: %u, open: %g s}", n, open);
    snprintf(parameters, sizeof parameters, "p %g, %u in a row, open %g s", p, n, open);
    return ask(verify,
               &(struct client){.law = "Circuit breaker",
                                .source = "renewal theory",
                                .parameters = parameters,
                                .work = "1 ns",
                                .client = client,
                                .rate = rate,
                                .errors = p,
                                .warmup = 60,
                                .duration = 20000},
               asked, 2);
}

/* k times what is answered is sent: with ten slots and no queue, where B = 1 - 1/k. */
static enum ust_status throttle(struct ust_verify *verify, double k)
{
    char client[96], parameters[96];
    double low = 0, high = 1000;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        *(ust_law_erlang_b(10, middle) < 1 - 1 / k ? &low : &high) = middle;
    }
    const struct ust_verify_asked asked[] = {
        share("share refused", "refused_locally", 0.5, 0.02),
        share("share answered", "answered", 0.5 / k, 0.02)};
    snprintf(client, sizeof client, "throttle: {k: %g, window: 20 s}", k);
    snprintf(parameters, sizeof parameters, "k %g, 10 slots, asked twice too much", k);
    return ask(verify,
               &(struct client){.law = "Adaptive throttling",
                                .source = "Site Reliability Engineering, 2016; Erlang B",
                                .parameters = parameters,
                                .work = "exponential(mean 100 ms)",
                                .client = client,
                                .instance = "tuning: {slots: 10, queue: 0}",
                                .rate = 2 * low * 10,
                                .warmup = 60,
                                .duration = 1500},
               asked, 2);
}

/* At p = 1/2 a tenth of a retry for each call, half of them answered: 0.55. */
static enum ust_status bucket(struct ust_verify *verify)
{
    const struct ust_verify_asked asked[] = {share("share answered", "answered", 0.55, 0.02)};
    return ask(verify,
               &(struct client){.law = "Retries with a token bucket",
                                .source = "Brooker 2022",
                                .parameters = "p 0.5, 0.1 tokens a call",
                                .work = "1 ms",
                                .tolerance = "timeout: 60 s, retries: {kind: immediate, "
                                             "attempts: 4, budget: token_bucket}",
                                .rate = 50,
                                .errors = 0.5,
                                .duration = 10000},
               asked, 1);
}

/* min(X, d + Y) of exponential times. */
static enum ust_status hedge(struct ust_verify *verify, double d)
{
    char client[96], parameters[96];
    double m = 0.1, q = exp(-d / m);
    const struct ust_verify_asked asked[] = {
        share("copies of a request", "hedges", q, 0.02),
        share("answered by the copy", "hedges_won", q / 2, 0.02),
        {.quantity = "mean latency, s",
         .metric = "latency_mean",
         .reference = m * (1 - q) + q * m / 2,
         .allowed = 0.02}};
    snprintf(client, sizeof client, "hedge: {delay: %g ms, work: independent}", 1000 * d);
    snprintf(parameters, sizeof parameters, "mean 100 ms, copy after %g ms", 1000 * d);
    return ask(verify,
               &(struct client){.law = "Hedged requests",
                                .source = "least of two exponential times",
                                .parameters = parameters,
                                .work = "exponential(mean 100 ms)",
                                .client = client,
                                .rate = 100,
                                .warmup = 10,
                                .duration = 3000},
               asked, 3);
}

/* ---- services that call services, all of which repeat ---- */

#define LAYERS 5

/* Users and five services in a row; a share p of what the last one is asked fails. Arrivals end
 * before the run, so that the fate of all is known. */
static char *tower_text(double rate, double duration, double p, const char *retries)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: verify\nduration: %.6f s\ninterval: %.6f s\n"
            "personas:\n  - name: user\n    actions: {ask: {work: 0 s}}\n"
            "    tolerance: {timeout: 1000 s, retries: {%s}}\n"
            "regions: {here: {zones: 1}}\nservices:\n",
            duration + 10, duration + 10, retries);
    for (int i = 1; i <= LAYERS; i++) {
        fprintf(out,
                "  s%d: {instance: {name: box%d, capacity: {vcpu: 5000}, tuning: {slots: "
                "5000}}, pools: {here: 1}",
                i, i);
        if (i < LAYERS)
            fprintf(out, ", calls: [{service: s%d, work: 1 ms, retries: {%s}}]", i + 1,
                    retries);
        fprintf(out, "}\n");
    }
    fprintf(out,
            "traffic:\n  - {persona: user, service: s1, arrivals: {kind: piecewise, points: "
            "[{at: 0 s, rate: %.6f /s}, {at: %.6f s, rate: %.6f /s}, {at: %.6f s, rate: 0 /s}, "
            "{at: %.6f s, rate: 0 /s}]}}\n"
            "faults: [{kind: error_burst, service: s%d, at: 0 s, share: %.6f}]\n",
            rate, duration, rate, duration + 0.001, duration + 10, LAYERS, p);
    fclose(out);
    return text;
}

/* n attempts of each layer at most. An attempt that fails with q makes (1 - q^n) / (1 - q) of
 * them, and fails one layer above with q^n: for q = 1 that is n to the power of the layers. */
static enum ust_status tower(struct ust_verify *verify, double p, unsigned n)
{
    char retries[64], parameters[96];
    double q = p, product = 1;
    for (int i = 0; i < LAYERS; i++, q = pow(q, n))
        product *= q < 1 ? (1 - pow(q, n)) / (1 - q) : n;
    const struct ust_verify_asked asked[] = {{.quantity = "arrivals at the last, a request",
                                              .metric = "arrivals",
                                              .over = "offered",
                                              .region = "here",
                                              .service = "s5",
                                              .over_users = true,
                                              .reference = product,
                                              .allowed = p < 1 ? 0.05 : 0}};
    snprintf(retries, sizeof retries, "kind: immediate, attempts: %u", n);
    snprintf(parameters, sizeof parameters, "p %g, %u attempts, 5 layers", p, n);
    double duration = (p < 1 ? 600 : 100) / verify->less + 10;
    return ust_verify_run(verify,
                          &(struct ust_verify_experiment){
                              .section = "Clients",
                              .law = "Retries in layers",
                              .source = "product of geometric sums",
                              .parameters = parameters,
                              .scenario = tower_text(p < 1 ? 20 : 2, duration, p, retries),
                              .replications = p < 1 ? 30 : 3,
                              .asked = asked,
                              .asked_n = 1});
}

enum ust_status ust_verify_clients(struct ust_verify *verify)
{
    UST_TRY(tower(verify, 1, 3));
    UST_TRY(tower(verify, 0.9, 3));
    UST_TRY(bucket(verify));
    UST_TRY(limit(verify));
    UST_TRY(line(verify));
    UST_TRY(breaker(verify, 0.5, 5, 1));
    UST_TRY(breaker(verify, 0.7, 4, 0.5));
    UST_TRY(throttle(verify, 2));
    UST_TRY(throttle(verify, 1.5));
    UST_TRY(hedge(verify, 0.15));
    return hedge(verify, 0.03);
}
