/* Retries: the laws of the waits, at fixed seeds. */
#include "tests/unit/policy.h"

#include "models/retry/retry.h"

#define N 100000

static struct ust_rng rng(void)
{
    return ust_rng_derive(7, 1, "retry");
}

static ust_time wait(const struct policy *policy, uint32_t attempt, ust_time previous,
                     struct ust_rng *bits)
{
    return ust_retry_of(policy->variant.kind)
        ->wait(policy->variant.params, attempt, previous, bits);
}

static void draw(const struct policy *policy, uint32_t attempt, ust_time previous, double *out)
{
    struct ust_rng bits = rng();
    for (size_t i = 0; i < N; i++)
        out[i] = (double)wait(policy, attempt, previous, &bits);
}

static double mean(const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += x[i];
    return sum / N;
}

static void without_retries_the_first_failure_is_final(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_retry_registry, "none");
    struct ust_rng bits = rng();
    assert_true(wait(&policy, 1, 0, &bits) == UST_NEVER);
    policy_free(&policy);
}

static void backoff_without_jitter_doubles_up_to_the_cap(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_retry_registry,
                    "{kind: backoff, base: 100 ms, cap: 1 s, attempts: 1000, jitter: none}");
    struct ust_rng bits = rng();
    assert_int_equal(wait(&policy, 1, 0, &bits), 100 * UST_MS);
    assert_int_equal(wait(&policy, 2, 0, &bits), 200 * UST_MS);
    assert_int_equal(wait(&policy, 3, 0, &bits), 400 * UST_MS);
    assert_int_equal(wait(&policy, 4, 0, &bits), 800 * UST_MS);
    assert_int_equal(wait(&policy, 5, 0, &bits), UST_S);
    assert_int_equal(wait(&policy, 999, 0, &bits), UST_S);
    policy_free(&policy);
}

static void backoff_without_jitter_draws_nothing(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_retry_registry, "{kind: backoff, jitter: none}");
    struct ust_rng bits = rng(), untouched = bits;
    wait(&policy, 1, 0, &bits);
    assert_true(bits.state == untouched.state);
    policy_free(&policy);
}

static void attempts_count_the_first_send(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_retry_registry, "{kind: backoff, attempts: 3}");
    struct ust_rng bits = rng();
    assert_true(wait(&policy, 1, 0, &bits) != UST_NEVER);
    assert_true(wait(&policy, 2, 0, &bits) != UST_NEVER);
    assert_true(wait(&policy, 3, 0, &bits) == UST_NEVER);
    policy_free(&policy);
}

static void defaults_are_those_of_the_table(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(&ust_retry_registry, "{kind: backoff, jitter: none}");
    struct ust_rng bits = rng();
    assert_int_equal(wait(&policy, 1, 0, &bits), 100 * UST_MS);
    assert_int_equal(wait(&policy, 2, 0, &bits), 200 * UST_MS);
    assert_true(wait(&policy, 3, 0, &bits) == UST_NEVER);
    policy_free(&policy);
}

/* The third retry, with v = min(5 s, 4 * 200 ms) = 800 ms. */
static void full_jitter_is_uniform_from_nothing_to_v(void **unused)
{
    (void)unused;
    static double x[N];
    struct policy policy =
        policy_read(&ust_retry_registry,
                    "{kind: backoff, base: 200 ms, cap: 5 s, attempts: 9, jitter: full}");
    draw(&policy, 3, 0, x);
    CHECK_NEAR(mean(x), 400e6, 4 * 800e6 / sqrt(12.0 * N));
    assert_true(policy_uniform_distance(x, N, 0, 800e6) < 1.95);
    assert_true(x[0] >= 0);
    assert_true(x[N - 1] <= 800e6);
    policy_free(&policy);
}

static void equal_jitter_is_uniform_from_half_of_v_to_v(void **unused)
{
    (void)unused;
    static double x[N];
    struct policy policy =
        policy_read(&ust_retry_registry,
                    "{kind: backoff, base: 200 ms, cap: 5 s, attempts: 9, jitter: equal}");
    draw(&policy, 3, 0, x);
    CHECK_NEAR(mean(x), 600e6, 4 * 400e6 / sqrt(12.0 * N));
    assert_true(policy_uniform_distance(x, N, 400e6, 800e6) < 1.95);
    assert_true(x[0] >= 400e6);
    assert_true(x[N - 1] <= 800e6);
    policy_free(&policy);
}

static void decorrelated_jitter_begins_between_base_and_three_times_base(void **unused)
{
    (void)unused;
    static double x[N];
    struct policy policy = policy_read(
        &ust_retry_registry,
        "{kind: backoff, base: 200 ms, cap: 5 s, attempts: 9, jitter: decorrelated}");
    draw(&policy, 1, 0, x);
    assert_true(policy_uniform_distance(x, N, 200e6, 600e6) < 1.95);
    assert_true(x[0] >= 200e6);
    policy_free(&policy);
}

static void decorrelated_jitter_grows_from_the_last_wait_not_the_attempt(void **unused)
{
    (void)unused;
    static double x[N];
    struct policy policy = policy_read(
        &ust_retry_registry,
        "{kind: backoff, base: 200 ms, cap: 5 s, attempts: 9, jitter: decorrelated}");
    draw(&policy, 7, 500 * UST_MS, x);
    assert_true(policy_uniform_distance(x, N, 200e6, 1500e6) < 1.95);
    policy_free(&policy);
}

/* U(0.2 s, 9 s) exceeds 5 s with probability 4 / 8.8 = 0.454545. */
static void decorrelated_jitter_is_cut_at_the_cap(void **unused)
{
    (void)unused;
    static double x[N];
    struct policy policy = policy_read(
        &ust_retry_registry,
        "{kind: backoff, base: 200 ms, cap: 5 s, attempts: 9, jitter: decorrelated}");
    draw(&policy, 4, 3 * UST_S, x);
    size_t at_cap = 0;
    for (size_t i = 0; i < N; i++) {
        assert_true(x[i] <= 5e9);
        at_cap += x[i] == 5e9;
    }
    CHECK_NEAR((double)at_cap / N, 4 / 8.8, 4 * sqrt(0.4545 * 0.5455 / N));
    policy_free(&policy);
}

/* Expected total wait of full jitter over four retries: (1 + 2 + 4 + 8) base / 2. */
static void full_jitter_waits_half_of_what_no_jitter_waits(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_retry_registry,
                    "{kind: backoff, base: 10 ms, cap: 1 s, attempts: 5, jitter: full}");
    struct ust_rng bits = rng();
    double total = 0;
    for (int i = 0; i < 20000; i++)
        for (uint32_t attempt = 1; attempt <= 4; attempt++)
            total += (double)wait(&policy, attempt, 0, &bits);
    CHECK_NEAR(total / 20000, 75e6, 4 * 10e6 * sqrt(85.0 / 12 / 20000));
    policy_free(&policy);
}

static void a_cap_below_the_base_is_refused_at_the_cap(void **unused)
{
    (void)unused;
    policy_refuses(&ust_retry_registry, "{kind: backoff, base: 200 ms, cap: 50 ms}", 40,
                   "'cap' is 50 ms, must not lie below 'base', 200 ms");
    policy_refuses(&ust_retry_registry, "{kind: backoff, base: 30 s}", 27,
                   "'cap' is 20 s, must not lie below 'base', 30 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_retries_the_first_failure_is_final),
        cmocka_unit_test(backoff_without_jitter_doubles_up_to_the_cap),
        cmocka_unit_test(backoff_without_jitter_draws_nothing),
        cmocka_unit_test(attempts_count_the_first_send),
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(full_jitter_is_uniform_from_nothing_to_v),
        cmocka_unit_test(equal_jitter_is_uniform_from_half_of_v_to_v),
        cmocka_unit_test(decorrelated_jitter_begins_between_base_and_three_times_base),
        cmocka_unit_test(decorrelated_jitter_grows_from_the_last_wait_not_the_attempt),
        cmocka_unit_test(decorrelated_jitter_is_cut_at_the_cap),
        cmocka_unit_test(full_jitter_waits_half_of_what_no_jitter_waits),
        cmocka_unit_test(a_cap_below_the_base_is_refused_at_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
