/* What clients do to protect themselves and their servers, against what it must come to. */
#include <math.h>

#include "models/entity/caller.h"
#include "tests/theory/help.h"
#include "tests/theory/law.h"

/* ---- deadlines ---- */

static void read_fates(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[0] = theory_users(model, UST_METRIC_attempts) / offered;
    values[1] = theory_users(model, UST_METRIC_timed_out) / offered;
    values[2] = theory_users(model, UST_METRIC_in_flight) / offered;
    values[3] = theory_users(model, UST_METRIC_answered) / offered;
}

/* Requests of the first second, to a service that never answers. Waits of 100 and 200 ms and a
 * timeout of 300 ms: attempts begin at 0, 400 ms and 900 ms. */
static void lost(const char *deadline, double duration, struct theory_value *v)
{
    char tolerance[300];
    snprintf(tolerance, sizeof tolerance,
             "timeout: 300 ms, deadline: %s, retries: {kind: backoff, base: 100 ms, cap: 10 s, "
             "attempts: 9, jitter: none}",
             deadline);
    theory_run(
        theory_queue(&(struct theory_queue){
            .work = "10 ms",
            .tolerance = tolerance,
            .instance = "tuning: {slots: 1000}",
            .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: 50 /s}, "
                        "{at: 1 s, rate: 50 /s}, {at: 1001 ms, rate: 0 /s}]}",
            .service = "health_check: {interval: 0 s}",
            .more = "faults: [{kind: region_loss, region: here, at: 0 s, in_flight: silent}]",
            .duration = duration,
            .whole = true}),
        30, 4, NULL, read_fates, NULL, v);
}

static void a_deadline_ends_the_attempt_under_way(void **state)
{
    (void)state;
    struct theory_value v[4];
    lost("1 s", 3, v);
    assert_true(v[0].least == 3 && v[0].most == 3);
    assert_true(v[1].least == 1); /* at 1 s, not at 1.2 s, as the next test shows */
    lost("1 s", 2.002, v);        /* the last came at 1.001 s at the latest */
    assert_true(v[2].most == 0);
    lost("1010 ms", 2.002, v);
    assert_true(v[2].most > 0);
}

/* The third attempt would begin 900 ms after the first send. */
static void a_retry_that_could_only_begin_after_the_deadline_is_not_made(void **state)
{
    (void)state;
    struct theory_value v[4];
    lost("850 ms", 1.702, v); /* so the request ends with its second attempt, at 700 ms */
    assert_true(v[0].least == 2 && v[0].most == 2);
    assert_true(v[1].least == 1);
    assert_true(v[2].most == 0);
    lost("900 ms", 3, v);
    assert_true(v[0].least == 2 && v[0].most == 2);
    lost("901 ms", 3, v);
    assert_true(v[0].least == 3 && v[0].most == 3);
}

/* M/M/inf: no attempt lasts longer than the deadline, and 1 - exp(-mu D) of them end before. */
static void a_deadline_alone_cuts_long_services(void **state)
{
    (void)state;
    struct theory_value v[4];
    theory_run(theory_queue(&(struct theory_queue){.rate = 50,
                                                   .work = "exponential(mean 100 ms)",
                                                   .tolerance = "deadline: 200 ms",
                                                   .instance = "tuning: {slots: 1000}",
                                                   .duration = 2000}),
               30, 4, NULL, read_fates, NULL, v);
    theory_check(v[3], 1 - exp(-2), THEORY_MEANS, "answered before the deadline");
}

/* ---- what is read of a run ---- */

enum {
    REFUSED,
    SENT,
    ANSWERED,
    RETRIES,
    DENIED,
    HEDGES,
    WON,
    OPEN,
    WAITING,
    LATENCY,
    WASTED,
    SHARES
};

static double kpi_or_0(const struct ust_model *model, enum ust_metric metric)
{
    double value = theory_users(model, metric);
    return isnan(value) ? 0 : value;
}

/* Per request offered, but for what is a mean over time. */
static void read_shares(struct ust_model *model, void *context, double *values)
{
    (void)context;
    double offered = theory_users(model, UST_METRIC_offered);
    values[REFUSED] = kpi_or_0(model, UST_METRIC_refused_locally) / offered;
    values[SENT] = theory_users(model, UST_METRIC_attempts) / offered;
    values[ANSWERED] = theory_users(model, UST_METRIC_answered) / offered;
    values[RETRIES] = kpi_or_0(model, UST_METRIC_retries) / offered;
    values[DENIED] = kpi_or_0(model, UST_METRIC_retries_denied) / offered;
    values[HEDGES] = kpi_or_0(model, UST_METRIC_hedges) / offered;
    values[WON] = kpi_or_0(model, UST_METRIC_hedges_won) / offered;
    values[OPEN] = kpi_or_0(model, UST_METRIC_breaker_open);
    values[WAITING] = kpi_or_0(model, UST_METRIC_client_queue);
    values[LATENCY] = theory_users(model, UST_METRIC_latency_mean);
    values[WASTED] = theory_pool(model, UST_METRIC_wasted) / offered;
}

struct study {
    const char *work, *tolerance, *client, *tuning;
    double rate, errors, warmup, duration;
};

static void study(const struct study *it, struct theory_value *v)
{
    char tolerance[600], more[200] = "";
    /* The text of the queue closes `tolerance` with a brace of its own. */
    snprintf(tolerance, sizeof tolerance, "%s}\n    client: {%s",
             it->tolerance != NULL ? it->tolerance : "latency: 1 s",
             it->client != NULL ? it->client : "");
    if (it->errors > 0)
        snprintf(more, sizeof more,
                 "faults: [{kind: error_burst, share: %.6f, at: 0 s, duration: endless}]",
                 it->errors);
    theory_run(theory_queue(&(struct theory_queue){
                   .rate = it->rate,
                   .work = it->work,
                   .tolerance = tolerance,
                   .instance = it->tuning != NULL ? it->tuning : "tuning: {slots: 1000}",
                   .service = "health_check: {interval: 0 s}",
                   .more = more[0] != '\0' ? more : NULL,
                   .warmup = it->warmup,
                   .duration = it->duration}),
               30, SHARES, NULL, read_shares, NULL, v);
}

/* ---- retry budgets ---- */

static void retry(double p, const char *budget, struct theory_value *v)
{
    char tolerance[400];
    snprintf(tolerance, sizeof tolerance,
             "timeout: 60 s, retries: {kind: backoff, base: 10 ms, cap: 1 s, attempts: 4, "
             "jitter: full, budget: %s}",
             budget);
    study(&(struct study){.work = "1 ms",
                          .tolerance = tolerance,
                          .rate = 50,
                          .errors = p,
                          .warmup = 60,
                          .duration = 2000},
          v);
}

/* Each call pays for a tenth of a retry: a dead service sees 1.1 times the load, not four
 * times, and one that fails half of the time has that tenth of a retry answered half of the
 * time. */
static void a_token_bucket_of_a_tenth_makes_at_most_a_tenth_more_load(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    retry(1, "token_bucket", v);
    theory_near(v[SENT].most, 1.1, 1e-3 * THEORY_LESS, "p 1, token bucket: attempts");
    theory_near(v[SENT].least, 1.1, 1e-3 * THEORY_LESS, "p 1, token bucket: attempts");
    retry(0.5, "token_bucket", v);
    theory_near(v[SENT].mean, 1.1, 1e-3 * THEORY_LESS, "p 0.5, token bucket: attempts");
    theory_check(v[ANSWERED], 0.55, THEORY_MEANS, "  answered");
    retry(0.5, "{kind: token_bucket, deposit: 0.4, capacity: 20, cost: 2}", v);
    theory_near(v[SENT].mean, 1.2, 1e-3 * THEORY_LESS,
                "0.4 tokens a call, 2 a retry: attempts");
}

/* Far below the rate of deposits the bucket is never empty, and all is as without it. */
static void a_token_bucket_lets_rare_failures_be_repeated(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    double p = 0.02;
    retry(p, "token_bucket", v);
    theory_check(v[SENT], (1 - pow(p, 4)) / (1 - p), 1e-3, "p 0.02, token bucket: attempts");
    assert_true(v[DENIED].most < 1e-4);
}

/* Paid by answers, a bucket gets nothing from a dead service. */
static void a_bucket_that_answers_fill_stays_empty_where_there_are_none(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    retry(1, "{kind: token_bucket, from: answers}", v);
    assert_true(v[RETRIES].most < 5.5 * THEORY_LESS / (50 * 2000)); /* those it began with */
    retry(0.5, "{kind: token_bucket, from: answers}", v);
    /* r retries a call: half of 1 + r attempts are answered, and a tenth of that is r. */
    theory_near(v[RETRIES].mean, 0.05 / 0.95, 2e-3 * THEORY_LESS,
                "p 0.5, filled by answers: retries"); /* and the five that it began with */
}

static void a_breaker_on_retries_stops_them_above_its_limit_and_not_below(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    retry(0.3, "failure_share", v);
    assert_true(v[RETRIES].most < 1e-3 * THEORY_LESS); /* until it knows */
    retry(0.04, "failure_share", v);
    theory_check(v[SENT], (1 - pow(0.04, 4)) / 0.96, 2e-3,
                 "p 0.04, breaker on retries: attempts");
}

/* Retries that pause and fail at once hold their places for the pause: M/D/3/3, Erlang B. */
static void envoys_retry_budget_is_a_cap_on_retries_at_once(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    const char *budget = "{kind: active_requests, share: 20 %, min: 3}";
    char tolerance[400];
    snprintf(tolerance, sizeof tolerance,
             "timeout: 60 s, retries: {kind: backoff, base: 60 ms, cap: 60 ms, attempts: 2, "
             "jitter: none, budget: %s}",
             budget);
    study(
        &(struct study){
            .work = "1 ms", .tolerance = tolerance, .rate = 50, .errors = 1, .duration = 2000},
        v);
    theory_check(v[DENIED], law_erlang_b(3, 50 * 0.06), THEORY_MEANS, "denied, M/D/3/3");
    study(&(struct study){.work = "1 ms",
                          .tolerance = "timeout: 60 s, retries: {kind: backoff, base: 60 ms, "
                                       "cap: 60 ms, attempts: 2, jitter: none}",
                          .client = "limits: {retries: 5}",
                          .rate = 50,
                          .errors = 1,
                          .duration = 2000},
          v);
    theory_check(v[DENIED], law_erlang_b(5, 50 * 0.06), THEORY_MEANS, "denied, M/D/5/5");
}

/* With many processes, each pays for its own retries only; the sum is the same. */
static void budgets_of_many_processes_pay_each_for_themselves(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    study(&(struct study){.work = "1 ms",
                          .tolerance = "timeout: 60 s, retries: {kind: backoff, base: 10 ms, "
                                       "cap: 1 s, attempts: 4, budget: token_bucket}",
                          .client = "processes: 50",
                          .rate = 500,
                          .errors = 1,
                          .warmup = 60,
                          .duration = 600},
          v);
    theory_near(v[SENT].mean, 1.1, 1e-3 * THEORY_LESS, "p 1, 50 token buckets: attempts");
}

/* ---- breakers ---- */

/* Of attempts that fail with probability p, (1 - p^n) / ((1 - p) p^n) are made until n fail in
 * a row. Then the breaker is open for D, until the next arrival, as often as its probe fails.
 */
static void trip(double p, unsigned n, double open)
{
    struct theory_value v[SHARES];
    char client[200];
    double rate = 50, q = pow(p, n);
    double calls = (1 - q) / ((1 - p) * q), rounds = 1 / (1 - p);
    snprintf(client, sizeof client,
             "breaker: {kind: consecutive_failures, failures: %u, open: %g s}", n, open);
    study(&(struct study){.work = "1 ns",
                          .client = client,
                          .rate = rate,
                          .errors = p,
                          .warmup = 60,
                          .duration = 5000},
          v);
    double refused = rate * open * rounds;
    theory_check(v[REFUSED], refused / (refused + calls + rounds), THEORY_MEANS,
                 "p %g, %u in a row, open %g s: refused", p, n, open);
    theory_check(v[OPEN],
                 (open + 1 / rate) * rounds / ((open + 1 / rate) * rounds + calls / rate),
                 THEORY_MEANS, "  time open");
    theory_check(v[SENT], 1 - v[REFUSED].mean, 1e-3, "  sent is what is not refused");
}

static void a_breaker_trips_and_closes_as_often_as_renewal_theory_says(void **state)
{
    (void)state;
    trip(0.5, 5, 1);
    trip(0.7, 5, 0.5);
    trip(0.3, 2, 2);
}

/* It never closes again: one probe, then D of silence. */
static void a_dead_service_gets_one_probe_in_each_open_time(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    study(&(struct study){.work = "1 ms",
                          .client = "breaker: {kind: failure_rate, minimum: 1, open: 400 ms}",
                          .rate = 50,
                          .errors = 1,
                          .duration = 2000},
          v);
    theory_check(v[SENT], 1 / (1 + 50 * 0.4), THEORY_MEANS, "p 1, open 400 ms: sent");
}

static void a_failure_rate_below_the_threshold_does_not_trip(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    study(&(struct study){.work = "1 ms",
                          .client =
                              "breaker: {kind: failure_rate, threshold: 50 %, window: 10 s}",
                          .rate = 50,
                          .errors = 0.3,
                          .duration = 1000},
          v);
    assert_true(v[REFUSED].most == 0);
}

/* ---- throttle ---- */

/* A service of 10 slots and no queue answers S (1 - B(10, S)) of S attempts. The client sends
 * K times what is answered: it settles where B = 1 - 1/K, whatever is asked of it. */
static void throttle(double k, double asked)
{
    struct theory_value v[SHARES];
    char client[100];
    double low = 0, high = 1000;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        *(law_erlang_b(10, middle) < 1 - 1 / k ? &low : &high) = middle;
    }
    snprintf(client, sizeof client, "throttle: {k: %g, window: 20 s}", k);
    study(&(struct study){.work = "exponential(mean 100 ms)",
                          .client = client,
                          .tuning = "tuning: {slots: 10, queue: 0}",
                          .rate = asked * low * 10,
                          .warmup = 60,
                          .duration = 600},
          v);
    theory_check(v[SENT], 1 / asked, THEORY_MEANS, "K %g, asked %g times that: sent", k, asked);
    theory_check(v[ANSWERED], 1 / asked / k, THEORY_MEANS, "  answered");
}

static void a_throttle_sends_k_times_what_is_answered(void **state)
{
    (void)state;
    throttle(2, 3);
    throttle(1.5, 2);
    throttle(2, 1.3);
}

/* Of a dead service nothing is answered, and an attempt is sent with probability 1 / (n + 1), n
 * being those of the window: H(1000) in the first 10 s, then about one in every 10 s. */
static void a_throttled_client_still_asks_a_dead_service_once_in_a_window(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    double all = 100 * 2000.0 / THEORY_LESS, first = 0;
    for (int n = 0; n < 1000; n++)
        first += 1.0 / (n + 1);
    study(&(struct study){.work = "1 ms",
                          .client = "throttle: {window: 10 s}",
                          .rate = 100,
                          .errors = 1,
                          .duration = 2000},
          v);
    theory_check(v[SENT], (first + (all - 1000) / 1001) / all, THEORY_QUANTILES,
                 "p 1, 1000 in a window: sent");
    study(&(struct study){.work = "1 ms",
                          .client = "throttle: {window: 10 s}",
                          .rate = 100,
                          .errors = 0.3,
                          .warmup = 20,
                          .duration = 1000},
          v);
    assert_true(v[REFUSED].most < 1e-3); /* below 1/K */
}

/* ---- limits ---- */

static void a_cap_on_requests_is_erlangs_loss_system(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    study(&(struct study){.work = "exponential(mean 200 ms)",
                          .client = "limits: {connections: unlimited, requests: 10}",
                          .rate = 40,
                          .warmup = 10,
                          .duration = 2000},
          v);
    theory_check(v[REFUSED], law_erlang_b(10, 8), THEORY_MEANS, "10 requests at once: refused");
}

/* Connections and places to wait for one make M/M/c/K of a service that has no limit. */
static void connections_with_a_line_before_them_are_a_finite_queue(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    const double c = 10, k = 20, a = 9;
    double p = 1, sum = 1, waiting = 0, weight[21] = {1};
    for (int n = 1; n <= (int)k; n++) {
        p *= a / (n < c ? n : c);
        weight[n] = p;
        sum += p;
        waiting += n > c ? (n - c) * p : 0;
    }
    study(
        &(struct study){.work = "exponential(mean 100 ms)",
                        .client = "limits: {connections: 10, pending: 10, requests: unlimited}",
                        .rate = 90,
                        .warmup = 10,
                        .duration = 2000},
        v);
    theory_check(v[REFUSED], weight[20] / sum, THEORY_QUANTILES,
                 "M/M/10/20 at the client: refused");
    theory_check(v[WAITING], waiting / sum, THEORY_MEANS, "  waiting");
    double in = 90 * (1 - weight[20] / sum);
    theory_check(v[LATENCY], 0.1 + waiting / sum / in, THEORY_MEANS, "  latency");
}

/* ---- hedges ---- */

static void hedge(const char *rule, struct theory_value *v)
{
    char client[200];
    snprintf(client, sizeof client, "hedge: {%s}", rule);
    study(&(struct study){.work = "exponential(mean 100 ms)",
                          .client = client,
                          .rate = 100,
                          .warmup = 20,
                          .duration = 1000},
          v);
}

/* min(X, d + Y), min(X, d + Y, 2 d + Z) of exponential times: hazards 1, 2, 3 over the mean. */
static void a_hedge_is_the_least_of_its_copies(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    double m = 0.1, q = exp(-1.5);
    hedge("delay: 150 ms, work: independent", v);
    theory_check(v[HEDGES], q, THEORY_MEANS, "hedge after 150 ms: copies");
    theory_check(v[WON], q / 2, THEORY_MEANS, "  copy first");
    theory_check(v[LATENCY], m * (1 - q) + q * m / 2, THEORY_MEANS, "  latency");
    theory_check(v[WASTED], q, THEORY_MEANS, "  wasted");
    q = exp(-0.5);
    hedge("delay: 50 ms, work: independent, copies: 3", v);
    theory_check(v[HEDGES], q + q * q * q, THEORY_MEANS, "two after 50 ms each: copies");
    theory_check(v[LATENCY], m * (1 - q) + q * m / 2 * (1 - q * q) + q * q * q * m / 3,
                 THEORY_MEANS, "  latency");
    theory_check(v[SENT], 1 + q + q * q * q, THEORY_MEANS, "  attempts");
}

/* Same work, servers alike: the first one always wins. */
static void a_copy_of_the_same_work_never_wins_where_servers_are_alike(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    hedge("delay: 150 ms", v);
    theory_check(v[HEDGES], exp(-1.5), THEORY_MEANS, "the same work: copies");
    assert_true(v[WON].most == 0);
    theory_check(v[LATENCY], 0.1, THEORY_MEANS, "  latency");
}

static void a_hedge_by_quantile_copies_what_lies_beyond_it(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    hedge("quantile: 95 %", v);
    theory_check(v[HEDGES], 0.05, THEORY_QUANTILES, "quantile 95 %%: copies");
}

/* What copies take by themselves, the shorter ones of two, is not learnt: that would copy p
 * with p/2 + p^3/2 = 1 - quantile, twice as many. Latency as after a fixed delay of ln(1/p) m.
 */
static void
the_share_that_is_copied_is_beyond_the_quantile_whatever_copies_ask_for(void **state)
{
    (void)state;
    static const double share[] = {0.05, 0.2};
    for (size_t i = 0; i < sizeof share / sizeof share[0]; i++) {
        struct theory_value v[SHARES];
        char rule[80];
        const double p = share[i], m = 0.1;
        snprintf(rule, sizeof rule, "quantile: %g %%, work: independent", 100 * (1 - p));
        hedge(rule, v);
        /* The quantile is found on the way, from below: 1 % more after 100,000 requests. */
        theory_near(v[HEDGES].mean, p, 0.025, "copies of their own work");
        theory_near(v[WON].mean, p / 2, 0.025, "  copy first");
        theory_check(v[LATENCY], m * (1 - p) + p * m / 2, THEORY_MEANS, "  latency");
    }
}

static void a_budget_holds_hedges_down(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    hedge("delay: 50 ms, budget: {kind: token_bucket, deposit: 0.05}", v);
    theory_check(v[HEDGES], 0.05, 5e-3, "0.05 tokens a call: copies");
}

/* ---- nothing ---- */

/* The same users, bit by bit, by a client that would hold back, but never has to. */
static void a_client_that_never_holds_back_changes_nothing(void **state)
{
    (void)state;
    static const char *const clients[] = {
        "processes: 1",
        "limits: {connections: unlimited, requests: unlimited, retries: unlimited}",
        "breaker: {kind: consecutive_failures, failures: 1000000}, processes: 7"};
    static const enum ust_metric metrics[] = {
        UST_METRIC_offered,     UST_METRIC_good,         UST_METRIC_answered,
        UST_METRIC_failed,      UST_METRIC_shed,         UST_METRIC_attempts,
        UST_METRIC_latency_p99, UST_METRIC_latency_mean, UST_METRIC_timed_out,
        UST_METRIC_retries,     UST_METRIC_amplification};
    enum { N = sizeof metrics / sizeof metrics[0] };
    double value[sizeof clients / sizeof clients[0]][N];
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        char tolerance[400];
        snprintf(tolerance, sizeof tolerance,
                 "latency: 1 s, timeout: 800 ms, retries: {kind: backoff, attempts: 3}}\n"
                 "    client: {%s",
                 clients[i]);
        char *text = theory_queue(&(struct theory_queue){
            .rate = 45,
            .work = "lognormal(mean 100 ms, cv 1)",
            .tolerance = tolerance,
            .instance = "tuning: {slots: 5, queue: 40}",
            .more = "faults:\n  - {kind: error_burst, share: 20 %, at: 30 s, duration: 60 s}\n"
                    "  - {kind: slow_down, factor: 3, at: 200 s, duration: 30 s}\n",
            .duration = 400,
            .whole = true});
        struct theory *theory = theory_open(text);
        struct ust_model *model = ust_model_new(theory_config(theory), 1);
        assert_int_equal(model->traffic[0].callers != NULL, i > 0);
        ust_model_run(model);
        for (size_t m = 0; m < N; m++) {
            value[i][m] = theory_users(model, metrics[m]);
            if (value[i][m] != value[0][m])
                fail_msg("%s, %s: %.17g, without %.17g", clients[i],
                         ust_metrics[metrics[m]].name, value[i][m], value[0][m]);
        }
        ust_model_free(model);
        theory_close(theory);
        free(text);
    }
    assert_true(value[0][4] > 0);
    assert_true(value[0][8] > 0);
    assert_true(value[0][9] > 0);
}

/* ---- all of it together ---- */

static void nothing_stays_behind(struct ust_model *model, void *context, double *values)
{
    (void)context;
    struct ust_traffic *traffic = &model->traffic[0];
    struct ust_callers *callers = traffic->callers;
    uint32_t n = callers->processes * callers->scopes;
    uint32_t active = 0, pending = 0, retries = 0, copies = 0;
    for (uint32_t i = 0; i < n; i++) {
        active += callers->at[i].active;
        pending += callers->at[i].pending;
        retries += callers->at[i].retries;
        copies += callers->at[i].copies;
    }
    for (uint32_t id = 0; id < model->requests_used; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->state == UST_FREE || (request->flags & UST_ORPHAN))
            continue;
        active -= (request->marks & UST_MARK_ACTIVE) != 0;
        pending -= request->state == UST_PENDING;
        retries -= (request->marks & UST_MARK_RETRY) != 0;
        copies -= (request->marks & UST_MARK_HEDGE) != 0;
    }
    assert_int_equal(active, 0);
    assert_int_equal(pending, 0);
    assert_int_equal(retries, 0);
    assert_int_equal(copies, 0);
    double fates = 0;
    static const enum ust_metric all[] = {UST_METRIC_answered,  UST_METRIC_failed,
                                          UST_METRIC_shed,      UST_METRIC_timed_out,
                                          UST_METRIC_abandoned, UST_METRIC_in_flight};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double fate = theory_users(model, all[i]);
        assert_true(fate > 0 || all[i] == UST_METRIC_in_flight);
        fates += fate;
    }
    double offered = theory_users(model, UST_METRIC_offered);
    assert_true(fates == offered);
    /* What was sent is what the pools saw, but for what is on the way or was swallowed. */
    double seen = 0;
    for (uint32_t r = 1; r <= model->config->regions_n; r++)
        seen += theory_kpi(model, UST_METRIC_arrivals, r, 1, 0);
    double sent = theory_users(model, UST_METRIC_attempts);
    assert_true(fabs(seen - sent) < 0.002 * sent + 100);
    assert_true(theory_users(model, UST_METRIC_retries) > 0);
    assert_true(theory_users(model, UST_METRIC_hedges) > 0);
    assert_true(theory_users(model, UST_METRIC_refused_locally) > 0);
    values[0] = sent / offered;
}

static const char together[] =
    "understudy: 1\n"
    "name: theory\n"
    "warmup: 30 s\n"
    "duration: 600 s\n"
    "personas:\n"
    "  - name: user\n"
    "    geography: {New York: 60 %%, London: 40 %%}\n"
    "    session: {requests: geometric(mean 4), think: exponential(mean 1 s)}\n"
    "    actions: {ask: {work: exponential(mean 40 ms)}}\n"
    "    tolerance:\n"
    "      latency: 400 ms\n"
    "      timeout: 600 ms\n"
    "      deadline: 2 s\n"
    "      patience: exponential(mean 3 s)\n"
    "      %s\n"
    "      retries: {kind: backoff, base: 50 ms, cap: 1 s, attempts: 4, budget: %s,\n"
    "                outcomes: [failed, shed, timed_out, refused]}\n"
    "    client:\n"
    "      processes: %d\n"
    "      per: %s\n"
    "      breaker: %s\n"
    "      throttle: {window: 20 s}\n"
    "      limits: {connections: 30, pending: 20, requests: 40, retries: 20}\n"
    "      hedge: {%s, copies: 3}\n"
    "regions: {us: {zones: 2, place: us-east-1, role: primary},\n"
    "          eu: {zones: 2, place: eu-west-1, role: standby}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: box, tuning: {slots: 4, queue: 6, cancel: %s}}\n"
    "    balancer: power_of_two\n"
    "    pools: {us: 4, eu: 3}\n"
    "traffic:\n"
    "  - {persona: user, mode: %s, arrivals: {kind: poisson, rate: %d /s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us, eu]}\n"
    "  dns: {ttl: 20 s}\n"
    "  health_check: {interval: 5 s, failures: 2, successes: 2, timeout: 1 s}\n"
    "faults:\n"
    "  - {kind: region_loss, region: us, at: 120 s, duration: 180 s, in_flight: %s}\n"
    "  - {kind: error_burst, share: 20 %%, at: 30 s, duration: 60 s}\n"
    "  - {kind: slow_down, factor: 6, at: 400 s, duration: 100 s}\n";

static void all_features_together_lose_no_request_and_no_place(void **state)
{
    (void)state;
    static const char *const in_flight[] = {"fail", "silent", "requeue_head", "resume"};
    static const char *const budget[] = {"token_bucket", "active_requests", "failure_share"};
    static const char *const breaker[] = {
        "{kind: consecutive_failures, failures: 3, open: 2 s}",
        "{kind: failure_rate, threshold: 40 %, minimum: 20, "
        "slow: 500 ms, probes: 3}"};
    for (int i = 0; i < 12; i++) {
        char text[4000];
        struct theory_value v[1];
        bool sessions = i % 2;
        snprintf(text, sizeof text, together,
                 i % 3 == 2 ? "patience_covers: wait" : "errors: 1 %", budget[i % 3],
                 i % 5 == 0 ? 1 : i, i % 4 < 2 ? "service" : "region", breaker[i / 2 % 2],
                 i % 3 ? "delay: 60 ms" : "quantile: 80 %", i % 4 < 2 ? "none" : "queued",
                 sessions ? "sessions" : "requests", sessions ? 60 : 240, in_flight[i % 4]);
        theory_run(strdup(text), 2, 1, NULL, nothing_stays_behind, NULL, v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_ends_the_attempt_under_way),
        cmocka_unit_test(a_retry_that_could_only_begin_after_the_deadline_is_not_made),
        cmocka_unit_test(a_deadline_alone_cuts_long_services),
        cmocka_unit_test(a_token_bucket_of_a_tenth_makes_at_most_a_tenth_more_load),
        cmocka_unit_test(a_token_bucket_lets_rare_failures_be_repeated),
        cmocka_unit_test(a_bucket_that_answers_fill_stays_empty_where_there_are_none),
        cmocka_unit_test(a_breaker_on_retries_stops_them_above_its_limit_and_not_below),
        cmocka_unit_test(envoys_retry_budget_is_a_cap_on_retries_at_once),
        cmocka_unit_test(budgets_of_many_processes_pay_each_for_themselves),
        cmocka_unit_test(a_breaker_trips_and_closes_as_often_as_renewal_theory_says),
        cmocka_unit_test(a_dead_service_gets_one_probe_in_each_open_time),
        cmocka_unit_test(a_failure_rate_below_the_threshold_does_not_trip),
        cmocka_unit_test(a_throttle_sends_k_times_what_is_answered),
        cmocka_unit_test(a_throttled_client_still_asks_a_dead_service_once_in_a_window),
        cmocka_unit_test(a_cap_on_requests_is_erlangs_loss_system),
        cmocka_unit_test(connections_with_a_line_before_them_are_a_finite_queue),
        cmocka_unit_test(a_hedge_is_the_least_of_its_copies),
        cmocka_unit_test(a_copy_of_the_same_work_never_wins_where_servers_are_alike),
        cmocka_unit_test(a_hedge_by_quantile_copies_what_lies_beyond_it),
        cmocka_unit_test(
            the_share_that_is_copied_is_beyond_the_quantile_whatever_copies_ask_for),
        cmocka_unit_test(a_budget_holds_hedges_down),
        cmocka_unit_test(a_client_that_never_holds_back_changes_nothing),
        cmocka_unit_test(all_features_together_lose_no_request_and_no_place),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
