/* How long and how often clients try: deadlines and retry budgets, against what they must come
 * to. */
#include "tests/theory/client_study.h"
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

/* An attempt gains r (1 - p) - p tokens: above r / (1 + r), 9.1 %, they are gone for good. */
static void tokens_that_failures_take_allow_all_retries_or_none(void **state)
{
    (void)state;
    struct theory_value v[SHARES];
    retry(0.3, "failure_tokens", v);
    assert_true(v[RETRIES].most < 1e-3 * THEORY_LESS); /* those of the first tokens */
    retry(0.02, "failure_tokens", v);
    theory_check(v[SENT], (1 - pow(0.02, 4)) / 0.98, 1e-3, "p 0.02, tokens: attempts");
    retry(0.3, "{kind: failure_tokens, token_ratio: 1, max_tokens: 100}", v);
    theory_check(v[SENT], (1 - pow(0.3, 4)) / 0.7, 2e-3, "p 0.3, a whole token back: attempts");
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
        cmocka_unit_test(tokens_that_failures_take_allow_all_retries_or_none),
        cmocka_unit_test(envoys_retry_budget_is_a_cap_on_retries_at_once),
        cmocka_unit_test(budgets_of_many_processes_pay_each_for_themselves),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
