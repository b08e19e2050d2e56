/* Budgets, breakers and the throttle of clients: snapshots in, decisions out. */
#include "tests/unit/policy.h"

#include "models/client/client.h"

/* ---- the window ---- */

static void a_result_is_forgotten_when_the_window_has_passed(void **unused)
{
    (void)unused;
    struct ust_recent recent = {0};
    ust_recent_add(&recent, 60 * UST_S, 0, true);
    ust_recent_add(&recent, 60 * UST_S, 10 * UST_S, false);
    ust_recent_move(&recent, 60 * UST_S, 60 * UST_S - 1);
    assert_int_equal(recent.goods, 1);
    ust_recent_move(&recent, 60 * UST_S, 60 * UST_S);
    assert_int_equal(recent.goods, 0);
    assert_int_equal(recent.bads, 1);
    ust_recent_move(&recent, 60 * UST_S, 1000 * UST_S);
    assert_int_equal(recent.bads, 0);
}

static void a_window_counts_what_is_in_it_wherever_it_stands(void **unused)
{
    (void)unused;
    struct ust_recent recent = {0};
    for (int s = 0; s < 600; s++) /* one a second, every third one bad */
        ust_recent_add(&recent, 60 * UST_S, s * UST_S, s % 3 != 0);
    assert_int_equal(recent.goods, 40);
    assert_int_equal(recent.bads, 20);
}

/* ---- retry budgets ---- */

struct budget {
    struct policy policy;
    const struct ust_budget_type *type;
    uint64_t state[1 + sizeof(struct ust_recent) / 8];
};

static void open_budget(struct budget *budget, const char *text)
{
    *budget = (struct budget){.policy = policy_read(&ust_budget_registry, text)};
    budget->type = ust_budget_of(budget->policy.variant.kind);
    assert_true(budget->type->state_size <= sizeof budget->state);
    if (budget->type->start != NULL)
        budget->type->start(budget->policy.variant.params, budget->state);
}

static bool allows(struct budget *budget, ust_time now, uint32_t requests, uint32_t retries)
{
    struct ust_budget_view view = {now, requests, retries};
    return budget->type->allows(budget->policy.variant.params, budget->state, &view);
}

static void call(struct budget *budget)
{
    budget->type->called(budget->policy.variant.params, budget->state);
}

static void end(struct budget *budget, ust_time now, bool good)
{
    budget->type->ended(budget->policy.variant.params, budget->state, now, good);
}

static void a_full_bucket_pays_for_five_retries_and_ten_calls_for_one(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "token_bucket");
    for (int i = 0; i < 5; i++)
        assert_true(allows(&budget, 0, 0, 0));
    assert_false(allows(&budget, 0, 0, 0));
    for (int i = 0; i < 9; i++)
        call(&budget);
    assert_false(allows(&budget, 0, 0, 0));
    call(&budget);
    assert_true(allows(&budget, 0, 0, 0)); /* ten times 0.1 are 1, exactly */
    assert_false(allows(&budget, 0, 0, 0));
    policy_free(&budget.policy);
}

static void a_bucket_never_holds_more_than_its_capacity(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "{kind: token_bucket, deposit: 3, capacity: 2}");
    for (int i = 0; i < 100; i++)
        call(&budget);
    assert_true(allows(&budget, 0, 0, 0));
    assert_true(allows(&budget, 0, 0, 0));
    assert_false(allows(&budget, 0, 0, 0));
    policy_free(&budget.policy);
}

static void a_bucket_of_answers_takes_nothing_from_calls_and_failures(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "{kind: token_bucket, from: answers, deposit: 1, capacity: 1}");
    assert_true(allows(&budget, 0, 0, 0));
    call(&budget);
    end(&budget, 0, false);
    assert_false(allows(&budget, 0, 0, 0));
    end(&budget, 0, true);
    assert_true(allows(&budget, 0, 0, 0));
    policy_free(&budget.policy);
}

static void envoys_budget_is_a_fifth_of_the_requests_but_three_in_any_case(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "active_requests");
    assert_true(allows(&budget, 0, 0, 2));
    assert_false(allows(&budget, 0, 0, 3));
    assert_false(allows(&budget, 0, 15, 3)); /* 20 % of 15 are 3 */
    assert_false(allows(&budget, 0, 19, 3));
    assert_true(allows(&budget, 0, 20, 3));
    assert_true(allows(&budget, 0, 100, 19));
    assert_false(allows(&budget, 0, 100, 20));
    policy_free(&budget.policy);
}

static void a_failure_share_of_a_tenth_is_allowed_and_one_more_is_not(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "failure_share");
    assert_true(allows(&budget, 0, 0, 0)); /* nothing is known */
    for (int i = 0; i < 10; i++)
        end(&budget, UST_S, i > 0);
    assert_true(allows(&budget, UST_S, 0, 0)); /* 1 of 10 */
    end(&budget, UST_S, false);
    assert_false(allows(&budget, UST_S, 0, 0)); /* 2 of 11 */
    assert_true(allows(&budget, 12 * UST_S, 0, 0));
    policy_free(&budget.policy);
}

static void below_its_minimum_a_failure_share_says_nothing(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "{kind: failure_share, minimum: 3}");
    end(&budget, 0, false);
    end(&budget, 0, false);
    assert_true(allows(&budget, 0, 0, 0));
    end(&budget, 0, false);
    assert_false(allows(&budget, 0, 0, 0));
    policy_free(&budget.policy);
}

/* gRPC's proposal A6: retries while there are more than half of the tokens. */
static void grpc_stops_retries_when_half_of_the_tokens_are_gone(void **unused)
{
    (void)unused;
    struct budget budget;
    open_budget(&budget, "failure_tokens"); /* 10, and 0.1 back */
    for (int i = 0; i < 4; i++)
        end(&budget, 0, false);
    assert_true(allows(&budget, 0, 0, 0)); /* 6 are left, and asking takes none */
    assert_true(allows(&budget, 0, 0, 0));
    end(&budget, 0, false);
    assert_false(allows(&budget, 0, 0, 0)); /* 5 */
    end(&budget, 0, true);
    assert_true(allows(&budget, 0, 0, 0)); /* 5.1 */
    for (int i = 0; i < 20; i++)
        end(&budget, 0, false);
    for (int i = 0; i < 50; i++)
        end(&budget, 0, true);
    assert_false(allows(&budget, 0, 0, 0)); /* from 0 to 5 */
    end(&budget, 0, true);
    assert_true(allows(&budget, 0, 0, 0));
    for (int i = 0; i < 1000; i++)
        end(&budget, 0, true);
    for (int i = 0; i < 5; i++)
        end(&budget, 0, false);
    assert_false(allows(&budget, 0, 0, 0)); /* never more than 10 */
    policy_free(&budget.policy);
}

static void a_retry_that_no_bucket_could_pay_is_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_budget_registry, "{kind: token_bucket, cost: 6}", 32,
                   "'cost' is 6, must not exceed 'capacity', 5: no retry could ever be paid");
    policy_refuses(&ust_budget_registry, "{kind: token_bucket, capacity: 0.5}", 36,
                   "'cost' is 1, must not exceed 'capacity', 0.5: no retry could ever be paid");
}

/* ---- breakers ---- */

struct breaker {
    struct policy policy;
    struct ust_breaker at;
    uint64_t state[1 + sizeof(struct ust_recent) / 8];
};

static void open_breaker(struct breaker *breaker, const char *text)
{
    *breaker = (struct breaker){.policy = policy_read(&ust_breaker_registry, text)};
    assert_true(ust_breaker_of(breaker->policy.variant.kind)->state_size <=
                sizeof breaker->state);
}

static bool admits(struct breaker *breaker, ust_time now, bool probe)
{
    bool is_probe;
    bool admitted = ust_breaker_admits(&breaker->policy.variant, &breaker->at, now, &is_probe);
    assert_int_equal(admitted && probe, is_probe);
    return admitted;
}

static void ends(struct breaker *breaker, ust_time now, bool probe, enum ust_result result)
{
    ust_breaker_ended(&breaker->policy.variant, &breaker->at, breaker->state, now, UST_S, probe,
                      result);
}

static void fail_times(struct breaker *breaker, ust_time now, int times)
{
    for (int i = 0; i < times; i++)
        ends(breaker, now, false, UST_RESULT_BAD);
}

static void five_failures_in_a_row_open_it_and_an_answer_between_does_not(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "consecutive_failures");
    fail_times(&breaker, 0, 4);
    ends(&breaker, 0, false, UST_RESULT_GOOD);
    fail_times(&breaker, 0, 4);
    ends(&breaker, 0, false, UST_RESULT_NONE); /* says nothing, and interrupts nothing */
    assert_true(admits(&breaker, 0, false));
    fail_times(&breaker, 0, 1);
    assert_false(admits(&breaker, 0, false));
    assert_int_equal(breaker.at.trips, 1);
    policy_free(&breaker.policy);
}

static void after_the_open_time_one_probe_decides(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "consecutive_failures");
    fail_times(&breaker, 0, 5);
    assert_false(admits(&breaker, 5 * UST_S - 1, false));
    assert_true(admits(&breaker, 5 * UST_S, true));
    assert_false(admits(&breaker, 6 * UST_S, false)); /* one at a time */
    ends(&breaker, 7 * UST_S, true, UST_RESULT_BAD);
    assert_int_equal(breaker.at.trips, 2);
    assert_false(admits(&breaker, 12 * UST_S - 1, false)); /* counted from the failed probe */
    assert_true(admits(&breaker, 12 * UST_S, true));
    ends(&breaker, 12 * UST_S, true, UST_RESULT_GOOD);
    assert_true(admits(&breaker, 12 * UST_S, false));
    fail_times(&breaker, 13 * UST_S, 4); /* it begins with a clean slate */
    assert_true(admits(&breaker, 13 * UST_S, false));
    policy_free(&breaker.policy);
}

static void several_probes_must_all_be_good(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1, probes: 3}");
    fail_times(&breaker, 0, 1);
    for (int i = 0; i < 3; i++)
        assert_true(admits(&breaker, 5 * UST_S, true));
    assert_false(admits(&breaker, 5 * UST_S, true));
    ends(&breaker, 5 * UST_S, true, UST_RESULT_GOOD);
    ends(&breaker, 5 * UST_S, true, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_HALF_OPEN);
    assert_false(admits(&breaker, 5 * UST_S, true)); /* two good and one on the way */
    ends(&breaker, 5 * UST_S, true, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    policy_free(&breaker.policy);
}

static void a_probe_whose_user_left_gives_its_place_to_the_next(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1}");
    fail_times(&breaker, 0, 1);
    assert_true(admits(&breaker, 5 * UST_S, true));
    assert_false(admits(&breaker, 5 * UST_S, true));
    ends(&breaker, 6 * UST_S, true, UST_RESULT_NONE);
    assert_true(admits(&breaker, 6 * UST_S, true));
    policy_free(&breaker.policy);
}

/* One that is bad opens it again while two others are out; these end in the next try, where
 * they hold places until then. */
static void probes_of_an_earlier_try_hold_their_places_until_they_end(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1, probes: 3}");
    fail_times(&breaker, 0, 1);
    for (int i = 0; i < 3; i++)
        assert_true(admits(&breaker, 5 * UST_S, true));
    ends(&breaker, 6 * UST_S, true, UST_RESULT_BAD);
    assert_int_equal(breaker.at.trips, 2);
    assert_int_equal(breaker.at.probes_out, 2);
    assert_true(admits(&breaker, 11 * UST_S, true));
    assert_false(admits(&breaker, 11 * UST_S, true));
    ends(&breaker, 12 * UST_S, true, UST_RESULT_NONE);
    ends(&breaker, 12 * UST_S, true, UST_RESULT_NONE);
    assert_int_equal(breaker.at.probes_out, 1);
    assert_true(admits(&breaker, 12 * UST_S, true));
    assert_true(admits(&breaker, 12 * UST_S, true));
    for (int i = 0; i < 3; i++)
        ends(&breaker, 13 * UST_S, true, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    assert_int_equal(breaker.at.probes_out, 0);
    policy_free(&breaker.policy);
}

/* It may even end when the breaker has closed without it. */
static void a_probe_that_ends_after_the_breaker_has_closed_is_one_of_many(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 2}");
    fail_times(&breaker, 0, 2);
    assert_true(admits(&breaker, 5 * UST_S, true));
    assert_true(admits(&breaker, 10 * UST_S, true));
    ends(&breaker, 11 * UST_S, true, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    ends(&breaker, 12 * UST_S, true, UST_RESULT_BAD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    assert_int_equal(breaker.at.probes_out, 0);
    fail_times(&breaker, 13 * UST_S, 1);
    assert_int_equal(breaker.at.phase, UST_BREAKER_OPEN);
    policy_free(&breaker.policy);
}

/* A server that died without a word answers nobody, and its client may have no timeout. */
static void a_probe_that_is_never_heard_of_does_not_keep_it_half_open(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1, probes: 2, open: 5 s}");
    fail_times(&breaker, 0, 1);
    assert_true(admits(&breaker, 5 * UST_S, true)); /* lost */
    assert_true(admits(&breaker, 6 * UST_S, true));
    ends(&breaker, 7 * UST_S, true, UST_RESULT_GOOD);
    assert_false(admits(&breaker, 11 * UST_S - 1, true));
    assert_true(admits(&breaker, 11 * UST_S, true));
    assert_false(admits(&breaker, 16 * UST_S - 1, true));
    ends(&breaker, 12 * UST_S, true, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    policy_free(&breaker.policy);
}

static void what_was_sent_before_it_opened_decides_nothing(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1}");
    fail_times(&breaker, 0, 1);
    ends(&breaker, UST_S, false, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_OPEN);
    assert_true(admits(&breaker, 5 * UST_S, true));
    ends(&breaker, 5 * UST_S, false, UST_RESULT_GOOD);
    ends(&breaker, 5 * UST_S, false, UST_RESULT_BAD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_HALF_OPEN);
    policy_free(&breaker.policy);
}

static void a_failure_rate_needs_its_minimum_and_its_threshold(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: failure_rate, threshold: 50 %, minimum: 10}");
    fail_times(&breaker, 0, 5);
    for (int i = 0; i < 4; i++)
        ends(&breaker, 0, false, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED); /* 5 of 9 */
    ends(&breaker, 0, false, UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_OPEN); /* 5 of 10: the tenth decides */
    policy_free(&breaker.policy);
}

static void failures_older_than_the_window_do_not_count(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: failure_rate, threshold: 100 %, minimum: 4, window: 10 s}");
    fail_times(&breaker, 0, 3);
    fail_times(&breaker, 11 * UST_S, 3);
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    fail_times(&breaker, 12 * UST_S, 1);
    assert_int_equal(breaker.at.phase, UST_BREAKER_OPEN);
    policy_free(&breaker.policy);
}

static void a_slow_answer_is_a_failure_where_slow_is_given(void **unused)
{
    (void)unused;
    struct breaker breaker;
    open_breaker(&breaker, "{kind: consecutive_failures, failures: 1, slow: 1 s}");
    ends(&breaker, 0, false, UST_RESULT_GOOD); /* took 1 s, no longer */
    assert_int_equal(breaker.at.phase, UST_BREAKER_CLOSED);
    ust_breaker_ended(&breaker.policy.variant, &breaker.at, breaker.state, 0, UST_S + 1, false,
                      UST_RESULT_GOOD);
    assert_int_equal(breaker.at.phase, UST_BREAKER_OPEN);
    policy_free(&breaker.policy);
}

/* ---- throttle ---- */

/* max(0, (requests - K accepts) / (requests + 1)), by hand. */
static void the_throttle_refuses_by_the_formula_of_the_book(void **unused)
{
    (void)unused;
    const struct ust_throttle two = {.k = 2}, tight = {.k = 1.1};
    CHECK_NEAR(ust_throttle_refuses(&two, 0, 0), 0, 0);
    CHECK_NEAR(ust_throttle_refuses(&two, 99, 0), 0.99, 1e-15);
    CHECK_NEAR(ust_throttle_refuses(&two, 99, 25), 0.49, 1e-15);
    CHECK_NEAR(ust_throttle_refuses(&two, 100, 50), 0, 0);
    CHECK_NEAR(ust_throttle_refuses(&two, 100, 100), 0, 0);
    CHECK_NEAR(ust_throttle_refuses(&tight, 99, 50), 0.44, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_is_forgotten_when_the_window_has_passed),
        cmocka_unit_test(a_window_counts_what_is_in_it_wherever_it_stands),
        cmocka_unit_test(a_full_bucket_pays_for_five_retries_and_ten_calls_for_one),
        cmocka_unit_test(a_bucket_never_holds_more_than_its_capacity),
        cmocka_unit_test(a_bucket_of_answers_takes_nothing_from_calls_and_failures),
        cmocka_unit_test(envoys_budget_is_a_fifth_of_the_requests_but_three_in_any_case),
        cmocka_unit_test(a_failure_share_of_a_tenth_is_allowed_and_one_more_is_not),
        cmocka_unit_test(below_its_minimum_a_failure_share_says_nothing),
        cmocka_unit_test(grpc_stops_retries_when_half_of_the_tokens_are_gone),
        cmocka_unit_test(a_retry_that_no_bucket_could_pay_is_refused),
        cmocka_unit_test(five_failures_in_a_row_open_it_and_an_answer_between_does_not),
        cmocka_unit_test(after_the_open_time_one_probe_decides),
        cmocka_unit_test(several_probes_must_all_be_good),
        cmocka_unit_test(a_probe_whose_user_left_gives_its_place_to_the_next),
        cmocka_unit_test(probes_of_an_earlier_try_hold_their_places_until_they_end),
        cmocka_unit_test(a_probe_that_ends_after_the_breaker_has_closed_is_one_of_many),
        cmocka_unit_test(a_probe_that_is_never_heard_of_does_not_keep_it_half_open),
        cmocka_unit_test(what_was_sent_before_it_opened_decides_nothing),
        cmocka_unit_test(a_failure_rate_needs_its_minimum_and_its_threshold),
        cmocka_unit_test(failures_older_than_the_window_do_not_count),
        cmocka_unit_test(a_slow_answer_is_a_failure_where_slow_is_given),
        cmocka_unit_test(the_throttle_refuses_by_the_formula_of_the_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
