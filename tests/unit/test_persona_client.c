/* What a persona says of its client, and of its deadline: read, defaulted, refused. */
#include "tests/unit/persona_help.h"

#include "models/retry/retry.h"

static void without_a_client_nothing_is_remembered(void **state)
{
    const struct ust_client_rules *client = &user(*state, HEAD CALL)->client;
    assert_null(client->node);
    assert_null(client->breaker.kind);
    assert_null(client->throttle.node);
    assert_null(client->limits.node);
    assert_null(client->hedge.node);
}

static void limits_without_a_number_are_envoys(void **state)
{
    const struct ust_limits *limits =
        &user(*state, HEAD CALL "client: {limits: {}}\n")->client.limits;
    assert_non_null(limits->node);
    assert_int_equal(limits->connections, 1024);
    assert_int_equal(limits->pending, 1024);
    assert_int_equal(limits->requests, 1024);
    assert_int_equal(limits->retries, 3);
}

static void a_limit_may_be_unlimited_and_pending_none(void **state)
{
    const struct ust_limits *limits =
        &user(*state, HEAD CALL "client: {limits: {connections: unlimited, pending: 0}}\n")
             ->client.limits;
    assert_int_equal(limits->connections, -1);
    assert_int_equal(limits->pending, 0);
}

static void the_throttle_of_the_book_is_the_default(void **state)
{
    const struct ust_throttle *throttle =
        &user(*state, HEAD CALL "client: {throttle: {}}\n")->client.throttle;
    assert_true(throttle->k == 2);
    assert_int_equal(throttle->window, 120 * UST_S);
}

static void a_hedge_written_as_a_time_is_its_delay(void **state)
{
    const struct ust_client_rules *client =
        &user(*state, HEAD CALL "client: {processes: 20, per: region, hedge: 50 ms}\n")->client;
    assert_int_equal(client->hedge.delay, 50 * UST_MS);
    assert_int_equal(client->hedge.copies, 2);
    assert_int_equal(client->processes, 20);
    assert_int_equal(client->per, UST_PER_REGION);
}

static void no_connection_at_all_is_refused(void **state)
{
    user_refused(*state, HEAD CALL "client: {limits: {connections: 0}}\n", 6, 32,
                 "'connections' is 0, must lie between 1 and 1e9 or 'unlimited'");
}

static void a_hedge_needs_a_delay_or_a_quantile_and_not_both(void **state)
{
    user_refused(*state, HEAD CALL "client: {hedge: {copies: 3}}\n", 6, 17,
                 "'hedge' needs a 'delay' or a 'quantile', after which a copy is sent");
}

static void a_hedge_with_both_is_refused_at_the_quantile(void **state)
{
    user_refused(*state, HEAD CALL "client: {hedge: {delay: 1 s, quantile: 95 %}}\n", 6, 30,
                 "'quantile' and 'delay' both say when a copy is sent; give one of them");
}

static void samples_without_a_quantile_are_refused(void **state)
{
    user_refused(*state, HEAD CALL "client: {hedge: {delay: 1 s, samples: 5}}\n", 6, 30,
                 "'samples' says nothing without 'quantile'");
}

static void a_copy_after_the_timeout_is_refused(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {timeout: 1 s}\nclient: {hedge: 1 s}\n", 7, 17,
                 "'delay' is 1 s, must lie below 'timeout', 1 s: no copy would ever be sent");
}

static void a_deadline_below_the_timeout_is_refused_at_the_timeout(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {timeout: 3 s, deadline: 2 s}\n", 6, 22,
                 "'timeout' is 3 s, must not exceed 'deadline', 2 s, which ends all attempts");
}

static void a_latency_beyond_the_deadline_is_refused(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {latency: 3 s, deadline: 2 s}\n", 6, 22,
                 "'latency' is 3 s, must not exceed 'deadline', 2 s: no answer comes so late");
}

/* ---- what is repeated ---- */

static const struct ust_retry_common *retries(struct ust_spec *spec, const char *text)
{
    struct ust_text all = {0};
    ust_text_printf(&all, HEAD CALL "tolerance: {timeout: 1 s, retries: %s}\n", text);
    const struct ust_user_persona *persona =
        user(spec, ust_arena_printf(spec->arena, "%s", ust_text_string(&all)));
    ust_text_free(&all);
    return ust_retry_common_of(&persona->tolerance.retries);
}

static void what_the_client_refused_is_not_repeated_unless_it_says_so(void **state)
{
    assert_int_equal(ust_retry_mask(retries(*state, "backoff")),
                     UST_RETRY_FAILED | UST_RETRY_SHED | UST_RETRY_TIMED_OUT);
}

static void outcomes_say_what_is_repeated(void **state)
{
    assert_int_equal(
        ust_retry_mask(retries(*state, "{kind: immediate, outcomes: [shed, refused]}")),
        UST_RETRY_SHED | UST_RETRY_REFUSED);
}

static void a_single_outcome_needs_no_list(void **state)
{
    assert_int_equal(ust_retry_mask(retries(*state, "{kind: backoff, outcomes: timed_out}")),
                     UST_RETRY_TIMED_OUT);
}

static void none_repeats_nothing(void **state)
{
    assert_null(retries(*state, "none"));
}

static void an_outcome_named_twice_is_refused(void **state)
{
    user_refused(*state,
                 HEAD CALL
                 "tolerance: {timeout: 1 s, retries: {kind: backoff, outcomes: [shed, "
                 "shed]}}\n",
                 6, 62, "'shed' is named twice in 'outcomes'");
}

static void an_outcome_that_nobody_knows_is_refused_with_its_nearest(void **state)
{
    user_refused(*state,
                 HEAD CALL "tolerance: {timeout: 1 s, retries: {kind: backoff, outcomes: "
                           "[timedout]}}\n",
                 6, 63, "unknown outcomes 'timedout'; did you mean 'timed_out'?");
}

static void a_budget_stands_with_the_retries(void **state)
{
    const struct ust_retry_common *common =
        retries(*state, "{kind: backoff, budget: {kind: active_requests, min: 7}}");
    assert_string_equal(common->budget.kind->name, "active_requests");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_client_nothing_is_remembered),
        TEST(limits_without_a_number_are_envoys),
        TEST(a_limit_may_be_unlimited_and_pending_none),
        TEST(the_throttle_of_the_book_is_the_default),
        TEST(a_hedge_written_as_a_time_is_its_delay),
        TEST(no_connection_at_all_is_refused),
        TEST(a_hedge_needs_a_delay_or_a_quantile_and_not_both),
        TEST(a_hedge_with_both_is_refused_at_the_quantile),
        TEST(samples_without_a_quantile_are_refused),
        TEST(a_copy_after_the_timeout_is_refused),
        TEST(a_deadline_below_the_timeout_is_refused_at_the_timeout),
        TEST(a_latency_beyond_the_deadline_is_refused),
        TEST(what_the_client_refused_is_not_repeated_unless_it_says_so),
        TEST(outcomes_say_what_is_repeated),
        TEST(a_single_outcome_needs_no_list),
        TEST(none_repeats_nothing),
        TEST(an_outcome_named_twice_is_refused),
        TEST(an_outcome_that_nobody_knows_is_refused_with_its_nearest),
        TEST(a_budget_stands_with_the_retries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
