/* Queues whose laws are known. A mean service lasts 1 s, so that times are in services. */
#include <math.h>
#include <stdio.h>

#include "analysis/stats/laws.h"
#include "analysis/verify/verify.h"
#include "sim/kpi/histogram.h"

#define REPLICATIONS 30
#define MEANS        0.02 /* relative errors that are allowed */
#define TAILS        0.05
/* s, so that neither the beginning nor the end shows. */
#define LEAST 1000

struct queue_law {
    const char *law, *source;
    char parameters[96], instance[128], tolerance[96];
    const char *work, *service;
    double rate, warmup, customers; /* customers of all replications together */
    double drain;                   /* s at the end in which nobody comes */
    uint32_t replications;          /* 0: REPLICATIONS */
    struct ust_verify_asked asked[UST_VERIFY_ASKED_MAX];
    uint32_t asked_n;
};

static void ask(struct queue_law *law, const char *quantity, const char *metric, bool of_pool,
                double reference, double allowed)
{
    law->asked[law->asked_n++] = (struct ust_verify_asked){.quantity = quantity,
                                                           .metric = metric,
                                                           .region = of_pool ? "here" : NULL,
                                                           .reference = reference,
                                                           .allowed = allowed};
}

static void ask_share(struct queue_law *law, const char *quantity, const char *metric,
                      const char *over, bool of_pool, double reference)
{
    ask(law, quantity, metric, of_pool, reference, TAILS);
    law->asked[law->asked_n - 1].over = over;
}

/* Latencies are kept in buckets, and a quantile is the middle of one. */
static void ask_quantile(struct queue_law *law, const char *quantity, const char *metric,
                         double reference)
{
    ask(law, quantity, metric, false, reference, TAILS);
    law->asked[law->asked_n - 1].resolution = UST_HISTOGRAM_ERROR;
}

static enum ust_status run(struct ust_verify *verify, const struct queue_law *law)
{
    uint32_t n = law->replications > 0 ? law->replications : REPLICATIONS;
    double duration = law->customers / verify->less / n / law->rate;
    const struct ust_verify_queue queue = {
        .rate = law->rate,
        .work = law->work,
        .tolerance = law->tolerance[0] ? law->tolerance : NULL,
        .instance = law->instance,
        .service = law->service,
        .warmup = law->warmup,
        .duration = fmax(duration, fmax(LEAST * REPLICATIONS / n, law->warmup))};
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){.section = "Queues",
                                                .law = law->law,
                                                .source = law->source,
                                                .parameters = law->parameters,
                                                .scenario = ust_verify_queue_text(&queue),
                                                .replications = n,
                                                .asked = law->asked,
                                                .asked_n = law->asked_n});
}

/* Some relaxation times of M/M/c, 1 / (sqrt c - sqrt a)^2, from empty. */
static double settle(double c, double a)
{
    double gap = sqrt(c) - sqrt(a);
    return 20.0 + 30.0 / (gap * gap);
}

/* ---- many servers ---- */

static struct queue_law servers(unsigned c, double a, double customers)
{
    struct queue_law law = {.law = c == 1 ? "M/M/1" : "M/M/c, Erlang C",
                            .source = "Kleinrock, Queueing Systems I, 3.2 and 3.5",
                            .work = "exponential(mean 1 s)",
                            .rate = a,
                            .warmup = settle(c, a),
                            .customers = customers};
    snprintf(law.parameters, sizeof law.parameters, "c %u, load %g", c, a);
    snprintf(law.instance, sizeof law.instance, "tuning: {slots: %u, queue: unlimited}", c);
    return law;
}

/* Quantiles are of those who came after the warm-up, and of all of them: first come first
 * served, who is ahead at arrival decides, so that nobody's time changes when arrivals end. A
 * quantile of one run errs to the low side by a share that falls with its length (rare long
 * spells are mostly missed), so these runs are fewer and longer. */
static enum ust_status mmc(struct ust_verify *verify, unsigned c, double a, double customers)
{
    struct queue_law law = servers(c, a, customers), times = servers(c, a, customers / 2);
    ask(&law, "P(wait)", "wait_share", true, ust_law_erlang_c(c, a), MEANS);
    ask(&law, "mean wait", "wait_mean", true, ust_law_wait(c, a), TAILS);
    ask(&law, "mean number", "in_system", true, a + a * ust_law_wait(c, a), TAILS);
    ask(&law, "busy share", "busy_slots", true, a / c, MEANS);
    UST_TRY(run(verify, &law));
    times.replications = 10;
    times.drain = 30.0 + 10.0 * ust_law_sojourn_quantile(c, a, 0.99);
    ask_quantile(&times, "median time", "latency_p50", ust_law_sojourn_quantile(c, a, 0.5));
    ask_quantile(&times, "95th percentile", "latency_p95",
                 ust_law_sojourn_quantile(c, a, 0.95));
    ask_quantile(&times, "99th percentile", "latency_p99",
                 ust_law_sojourn_quantile(c, a, 0.99));
    return run(verify, &times);
}

/* ---- any service ---- */

static enum ust_status mg1(struct ust_verify *verify, double rho, const char *work, double cv2,
                           double customers)
{
    struct queue_law law = {.law = cv2 > 0 ? "M/G/1" : "M/D/1",
                            .source = "Pollaczek 1930, Khinchine 1932",
                            .work = work,
                            .rate = rho,
                            .warmup = 200.0 * (1.0 + cv2) / ((1.0 - rho) * (1.0 - rho)) / 10.0,
                            .customers = customers};
    double wait = ust_law_pollaczek(rho, cv2);
    snprintf(law.parameters, sizeof law.parameters, "load %g, %s", rho, work);
    snprintf(law.instance, sizeof law.instance, "tuning: {slots: 1, queue: unlimited}");
    ask(&law, "mean wait", "wait_mean", true, wait, TAILS);
    ask(&law, "mean number", "in_system", true, rho * (wait + 1.0), TAILS);
    ask(&law, "P(wait)", "wait_share", true, rho, MEANS);
    return run(verify, &law);
}

/* Everybody gets an equal part of one processor: only the mean of work matters. */
static enum ust_status sharing(struct ust_verify *verify, double rho, const char *work,
                               double customers)
{
    struct queue_law law = {.law = "M/G/1, processor sharing",
                            .source = "Kleinrock, Queueing Systems II, 4.4",
                            .work = work,
                            .rate = rho,
                            .warmup = 1000,
                            .customers = customers};
    snprintf(law.parameters, sizeof law.parameters, "load %g, %s", rho, work);
    snprintf(law.instance, sizeof law.instance,
             "capacity: {vcpu: 1}, tuning: {slots: unlimited, discipline: ps}");
    ask(&law, "mean time", "latency_mean", false, 1.0 / (1.0 - rho), TAILS);
    ask(&law, "mean number", "in_system", true, rho / (1.0 - rho), TAILS);
    return run(verify, &law);
}

/* ---- finite buffers, impatience ---- */

static enum ust_status mmck(struct ust_verify *verify, unsigned c, unsigned k, double a,
                            double customers)
{
    double p[UST_LAW_STATES];
    struct ust_law_chain chain = {.rate = a, .c = c, .places = k - c, .states = k + 1};
    ust_law_steady(&chain, p);
    struct ust_law_moments m = ust_law_moments(&chain, p);
    struct queue_law law = {.law = "M/M/c/K",
                            .source = "Kleinrock, Queueing Systems I, 3.6",
                            .work = "exponential(mean 1 s)",
                            .rate = a,
                            .warmup = 200,
                            .customers = customers};
    snprintf(law.parameters, sizeof law.parameters, "c %u, K %u, load %g", c, k, a);
    snprintf(law.instance, sizeof law.instance, "tuning: {slots: %u, queue: %u}", c, k - c);
    ask_share(&law, "share turned away", "refused", "arrivals", true, m.lost);
    ask_share(&law, "the same, as users see it", "shed", "offered", false, m.lost);
    ask(&law, "mean number", "in_system", true, m.mean, MEANS);
    ask(&law, "mean time", "sojourn_mean", true, m.mean / (a * (1.0 - m.lost)), MEANS);
    return run(verify, &law);
}

/* Without places to wait the law of service does not matter either. */
static enum ust_status loss(struct ust_verify *verify, unsigned c, double a, const char *work,
                            double customers)
{
    double b = ust_law_erlang_b(c, a);
    struct queue_law law = {.law = "M/G/c/c, Erlang B",
                            .source = "Erlang 1917; insensitivity: Sevastyanov 1957",
                            .work = work,
                            .rate = a,
                            .warmup = 100,
                            .customers = customers};
    snprintf(law.parameters, sizeof law.parameters, "c %u, load %g, %s", c, a, work);
    snprintf(law.instance, sizeof law.instance, "tuning: {slots: %u, queue: 0}", c);
    ask_share(&law, "share blocked", "refused", "arrivals", true, b);
    ask(&law, "mean number", "in_system", true, a * (1.0 - b), MEANS);
    return run(verify, &law);
}

static enum ust_status impatient(struct ust_verify *verify, unsigned c, double a, double theta,
                                 double customers)
{
    double p[UST_LAW_STATES];
    struct ust_law_chain chain = {
        .rate = a, .theta = theta, .c = c, .places = 900, .states = 900};
    ust_law_steady(&chain, p);
    struct ust_law_moments m = ust_law_moments(&chain, p);
    struct queue_law law = {.law = "M/M/c+M, Erlang A",
                            .source = "Palm 1957; Garnett, Mandelbaum and Reiman 2002",
                            .work = "exponential(mean 1 s)",
                            .rate = a,
                            .warmup = 100,
                            .customers = customers};
    snprintf(law.parameters, sizeof law.parameters, "c %u, load %g, patience %g", c, a,
             1.0 / theta);
    snprintf(law.instance, sizeof law.instance,
             "tuning: {slots: %u, queue: unlimited, cancel: queued}", c);
    snprintf(law.tolerance, sizeof law.tolerance,
             "patience: exponential(mean %.9f s), patience_covers: wait", 1.0 / theta);
    ask_share(&law, "share that gives up", "abandoned", "offered", false,
              theta * m.waiting / a);
    ask(&law, "mean queue", "queue", true, m.waiting, TAILS);
    ask(&law, "busy share", "busy_slots", true, (m.mean - m.waiting) / c, MEANS);
    return run(verify, &law);
}

enum ust_status ust_verify_queues(struct ust_verify *verify)
{
    UST_TRY(mmc(verify, 1, 0.5, 4e6));
    UST_TRY(mmc(verify, 1, 0.8, 2e7));
    UST_TRY(mmc(verify, 2, 1.5, 8e6));
    UST_TRY(mmc(verify, 10, 8, 8e6));
    UST_TRY(mmc(verify, 100, 90, 1.5e7));
    UST_TRY(mmc(verify, 110, 100, 2e7));
    UST_TRY(mg1(verify, 0.8, "1 s", 0, 1e7));
    UST_TRY(mg1(verify, 0.5, "uniform(0.5 s, 1.5 s)", 1.0 / 12.0, 4e6));
    UST_TRY(mg1(verify, 0.7, "erlang(mean 1 s, k 3)", 1.0 / 3.0, 8e6));
    UST_TRY(mg1(verify, 0.6, "lognormal(mean 1 s, cv 2)", 4, 2e7));
    UST_TRY(sharing(verify, 0.7, "exponential(mean 1 s)", 6e6));
    UST_TRY(sharing(verify, 0.7, "1 s", 4e6));
    UST_TRY(sharing(verify, 0.7, "lognormal(mean 1 s, cv 2)", 8e6));
    UST_TRY(mmck(verify, 1, 10, 0.9, 6e6));
    UST_TRY(mmck(verify, 10, 20, 12, 6e6));
    UST_TRY(loss(verify, 10, 8, "exponential(mean 1 s)", 4e6));
    UST_TRY(loss(verify, 10, 8, "lognormal(mean 1 s, cv 2)", 4e6));
    UST_TRY(loss(verify, 30, 25, "1 s", 6e6));
    UST_TRY(impatient(verify, 10, 12, 0.5, 6e6));
    return impatient(verify, 50, 55, 2, 8e6);
}
