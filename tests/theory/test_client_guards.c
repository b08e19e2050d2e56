/* What clients do to protect themselves and their servers, against what it must come to:
 * breakers, throttles, limits, hedges. */
#include "tests/theory/client_study.h"
#include "tests/theory/law.h"

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

/* All take 10 ms: nobody takes longer than nine in ten do. */
static void who_takes_as_long_as_the_quantile_is_not_copied(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    study(&(struct study){.work = "10 ms",
                          .client = "hedge: {quantile: 90 %}",
                          .rate = 100,
                          .warmup = 20,
                          .duration = 200},
          v);
    assert_true(v[HEDGES].most <= 0);
}

static void a_budget_holds_hedges_down(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    hedge("delay: 50 ms, budget: {kind: token_bucket, deposit: 0.05}", v);
    theory_check(v[HEDGES], 0.05, 5e-3, "0.05 tokens a call: copies");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(who_takes_as_long_as_the_quantile_is_not_copied),
        cmocka_unit_test(a_budget_holds_hedges_down),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
