/* Concurrency limits: step by step as the rules that they follow say. */
#include "tests/unit/policy.h"

#include "models/limit/limit.h"

struct limiter {
    struct policy policy;
    struct ust_limit_state state;
};

static struct limiter limiter(const char *text)
{
    struct limiter limiter = {.policy = policy_read(&ust_limit_registry, text)};
    const struct ust_variant *variant = &limiter.policy.variant;
    limiter.state.limit = ust_limit_of(variant->kind)->start(variant->params);
    return limiter;
}

static double answer(struct limiter *limiter, ust_time took, uint32_t in_flight, bool dropped)
{
    const struct ust_variant *variant = &limiter->policy.variant;
    struct ust_limit_sample sample = {took, in_flight, dropped};
    limiter->state.limit =
        ust_limit_of(variant->kind)->adjust(variant->params, &limiter->state, sample);
    return limiter->state.limit;
}

static void near(double seen, double exact, double error)
{
    assert_true(seen >= exact - error && seen <= exact + error);
}

static void a_fixed_limit_never_moves(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: fixed, limit: 12}");
    assert_true(it.state.limit == 12);
    assert_null(ust_limit_of(it.policy.variant.kind)->adjust);
    policy_free(&it.policy);
}

static void aimd_grows_by_one_while_half_of_it_is_used(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: aimd, initial: 30, max: 32}");
    assert_true(answer(&it, UST_MS, 14, false) == 30);
    assert_true(answer(&it, UST_MS, 15, false) == 31);
    assert_true(answer(&it, UST_MS, 31, false) == 32);
    assert_true(answer(&it, UST_MS, 32, false) == 32);
    policy_free(&it.policy);
}

static void aimd_loses_a_tenth_to_a_drop_or_a_late_answer(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: aimd, initial: 99, timeout: 2 s}");
    assert_true(answer(&it, UST_MS, 1, true) == 89);      /* 89.1 */
    assert_true(answer(&it, 2 * UST_S, 80, false) == 90); /* just in time */
    assert_true(answer(&it, 2 * UST_S + 1, 80, false) == 81);
    for (int i = 0; i < 50; i++)
        answer(&it, UST_MS, 1, true);
    assert_true(it.state.limit == 20);
    policy_free(&it.policy);
}

static void the_gradient_lets_the_limit_grow_while_answers_take_what_they_took(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: gradient}");
    /* r = R: 0.8 * 20 + 0.2 * (20 + 4) */
    near(answer(&it, 10 * UST_MS, 20, false), 20.8, 1e-12);
    near(answer(&it, 10 * UST_MS, 20, false), 21.6, 1e-12);
    /* under half of it in use: it stays */
    near(answer(&it, 10 * UST_MS, 10, false), 21.6, 1e-12);
    for (int i = 0; i < 1000; i++)
        answer(&it, 10 * UST_MS, 200, false);
    near(it.state.limit, 200, 0);
    policy_free(&it.policy);
}

static void the_gradient_halves_at_most_as_answers_take_longer(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: gradient, initial: 100}");
    for (int i = 0; i < 10; i++)
        answer(&it, 10 * UST_MS, 1, false);
    /* R = 10 + 10 * 2 / 601 after a step of 20 ms; g = 1.5 R / 20 = 0.7525 */
    double usual = 10 + 10 * 2.0 / 601, g = 1.5 * usual / 20;
    near(answer(&it, 20 * UST_MS, 100, false), 80 + 0.2 * (100 * g + 4), 1e-9);
    /* a hundred times as long: g is held at 1/2 */
    double before = it.state.limit;
    near(answer(&it, UST_S, 100, false), 0.8 * before + 0.2 * (before / 2 + 4), 1e-9);
    policy_free(&it.policy);
}

static void the_gradient_lets_answers_take_so_many_times_the_usual(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: gradient, initial: 100, tolerance: 2}");
    for (int i = 0; i < 10; i++)
        answer(&it, 10 * UST_MS, 1, false);
    near(answer(&it, 20 * UST_MS, 100, false), 100.8, 1e-9); /* g is held at 1 */
    policy_free(&it.policy);
    it = limiter("{kind: gradient, initial: 100, tolerance: 1}");
    for (int i = 0; i < 10; i++)
        answer(&it, 10 * UST_MS, 1, false);
    double g = (10 + 10 * 2.0 / 601) / 20;
    near(answer(&it, 20 * UST_MS, 100, false), 80 + 0.2 * (100 * g + 4), 1e-9);
    policy_free(&it.policy);
}

static void the_gradient_forgets_an_overload_by_twentieths(void **state)
{
    (void)state;
    struct limiter it = limiter("{kind: gradient, initial: 100}");
    for (int i = 0; i < 10; i++)
        answer(&it, UST_S, 1, false);
    answer(&it, 10 * UST_MS, 1, false);
    double usual = 1e9 + (1e7 - 1e9) * 2 / 601;
    near(it.state.baseline, usual * 0.95, 1);
    policy_free(&it.policy);
}

static void a_range_turned_round_is_refused(void **state)
{
    (void)state;
    policy_refuses(&ust_limit_registry, "{kind: aimd, min: 50, max: 40}", 5,
                   "'min' is 50, must not lie above 'max', 40");
    policy_refuses(&ust_limit_registry, "{kind: gradient, initial: 10}", 31,
                   "'initial' is 10, must lie between 'min', 20, and 'max', 200");
    policy_refuses(&ust_limit_registry, "{kind: fixed}", 5,
                   "'limit' is missing, needs a whole number such as 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_limit_never_moves),
        cmocka_unit_test(aimd_grows_by_one_while_half_of_it_is_used),
        cmocka_unit_test(aimd_loses_a_tenth_to_a_drop_or_a_late_answer),
        cmocka_unit_test(the_gradient_lets_the_limit_grow_while_answers_take_what_they_took),
        cmocka_unit_test(the_gradient_halves_at_most_as_answers_take_longer),
        cmocka_unit_test(the_gradient_lets_answers_take_so_many_times_the_usual),
        cmocka_unit_test(the_gradient_forgets_an_overload_by_twentieths),
        cmocka_unit_test(a_range_turned_round_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
