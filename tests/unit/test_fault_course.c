/* Faults: their course in time, as it is written and as it is drawn. */
#include "tests/unit/fault.h"

static void a_fault_acts_from_its_beginning_until_just_before_its_end(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: region_loss, region: a, at: 100 s, duration: 50 s}");
    assert_true(level(&policy, 0) == 0);
    assert_true(level(&policy, 99.999999999) == 0);
    assert_true(level(&policy, 100) == 1);
    assert_true(level(&policy, 149.999999999) == 1);
    assert_true(level(&policy, 150) == 0);
    policy_free(&policy);
}

static void ramp_and_recovery_are_straight_lines_within_the_duration(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: region_loss, region: a, at: 100 s, duration: "
                                         "60 s, ramp: 20 s, recovery: 10 s}");
    assert_true(level(&policy, 100) == 0);
    CHECK_NEAR(level(&policy, 105), 0.25, 1e-15);
    CHECK_NEAR(level(&policy, 119), 0.95, 1e-15);
    assert_true(level(&policy, 120) == 1);
    assert_true(level(&policy, 150) == 1);
    CHECK_NEAR(level(&policy, 153), 0.7, 1e-15);
    CHECK_NEAR(level(&policy, 159.5), 0.05, 1e-15);
    assert_true(level(&policy, 160) == 0);
    policy_free(&policy);
}

static void without_a_duration_a_fault_lasts_to_the_end_of_the_run(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: region_loss, region: a, at: 1 min}");
    assert_true(level(&policy, 59) == 0);
    assert_true(level(&policy, 60) == 1);
    assert_true(level(&policy, 1e6) == 1);
    assert_int_equal(end(&policy, 900), 900 * UST_S);
    policy_free(&policy);
}

static void the_end_is_that_of_the_fault_or_of_the_run(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: region_loss, region: a, at: 60 s, duration: 30 s}");
    assert_int_equal(end(&policy, 900), 90 * UST_S);
    assert_int_equal(end(&policy, 80), 80 * UST_S);
    policy_free(&policy);
}

static void moments_of_change_are_the_edges_and_steps_along_the_ramps(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry, "{kind: region_loss, region: a, at: 100 s, duration: "
                                         "60 s, ramp: 5 s, recovery: 3 s}");
    assert_true(next(&policy, -1, 2) == 100);
    assert_true(next(&policy, 100, 2) == 102);
    assert_true(next(&policy, 102, 2) == 104);
    assert_true(next(&policy, 104, 2) == 105); /* full */
    assert_true(next(&policy, 105, 2) == 157); /* recovery begins */
    assert_true(next(&policy, 157, 2) == 159);
    assert_true(next(&policy, 159, 2) == 160); /* over */
    assert_true(next(&policy, 160, 2) == HUGE_VAL);
    policy_free(&policy);
}

static void without_ramps_only_the_edges_are_moments_of_change(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: region_loss, region: a, at: 100 s, duration: 60 s}");
    assert_true(next(&policy, 0, 1) == 100);
    assert_true(next(&policy, 100, 1) == 160);
    assert_true(next(&policy, 160, 1) == HUGE_VAL);
    policy_free(&policy);

    policy = policy_read(&ust_fault_registry, "{kind: region_loss, region: a, at: 100 s}");
    assert_true(next(&policy, 0, 1) == 100);
    assert_true(next(&policy, 100, 1) == HUGE_VAL);
    policy_free(&policy);
}

static void outside_its_time_a_fault_has_no_effect(void **unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        struct policy policy = policy_read(
            &ust_fault_registry,
            i ? "{kind: slow_down, factor: 5, at: 10 s, duration: 10 s}"
              : "{kind: region_loss, region: a, at: 10 s, duration: 10 s, ramp: 4 s}");
        double when[] = {0, i ? 9.999 : 10, 20, 500};
        for (int k = 0; k < 4; k++) {
            struct ust_fault_effect out = effect(&policy, when[k]);
            assert_true(out.instances_lost == 0 && out.slots_lost == 0 && out.errors == 0);
            assert_true(out.slow == 1);
            assert_false(out.region_down || out.no_launches);
        }
        policy_free(&policy);
    }
}

static void ramps_that_do_not_fit_are_refused(void **unused)
{
    (void)unused;
    policy_refuses(&ust_fault_registry,
                   "{kind: region_loss, region: a, at: 10 s, duration: 65 s, ramp: 50 s, "
                   "recovery: 20 s}",
                   84,
                   "'ramp' and 'recovery' take 1m10s together, must fit into 'duration', "
                   "1m5s");
    policy_refuses(&ust_fault_registry,
                   "{kind: region_loss, region: a, at: 10 s, duration: 10 s, ramp: 11 s}", 68,
                   "'ramp' and 'recovery' take 11 s together, must fit into 'duration', 10 s");
    policy_refuses(&ust_fault_registry,
                   "{kind: region_loss, region: a, at: 10 s, recovery: 20 s}", 56,
                   "'recovery' needs a 'duration', at whose end it lies");
}

/* ---- courses that are drawn ---- */

static struct ust_fault_course drawn(const struct policy *policy, uint32_t replication)
{
    struct ust_rng rng = ust_rng_derive(7, replication, "fault/1/course");
    return ust_fault_course_draw(policy->variant.params, &rng);
}

static void a_certain_course_draws_nothing(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry,
        "{kind: region_loss, region: a, at: 10 s, lag: 5 s, duration: 60 s, ramp: 20 s}");
    struct ust_rng rng = ust_rng_derive(7, 1, "x"), same = rng;
    struct ust_fault_course out = ust_fault_course_draw(policy.variant.params, &rng);
    assert_true(ust_fault_is_certain(policy.variant.params));
    assert_true(rng.state == same.state);
    assert_int_equal(out.at, 15 * UST_S);
    assert_int_equal(out.duration, 60 * UST_S);
    assert_int_equal(out.ramp, 20 * UST_S);
    policy_free(&policy);
}

static void lag_duration_and_occurrence_follow_their_laws(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry,
        "{kind: region_loss, region: a, at: 100 s, lag: uniform(low 0 s, high 60 s), "
        "duration: exponential(mean 300 s), probability: 40 %}");
    enum { N = 40000 };
    double lag = 0, duration = 0;
    uint32_t happened = 0;
    for (uint32_t i = 0; i < N; i++) {
        struct ust_fault_course out = drawn(&policy, i);
        if (out.at == UST_NEVER)
            continue;
        happened++;
        lag += ust_time_seconds(out.at) - 100;
        duration += ust_time_seconds(out.duration);
    }
    CHECK_NEAR((double)happened / N, 0.4, 4 * sqrt(0.4 * 0.6 / N));
    CHECK_NEAR(lag / happened, 30, 4 * 60 / sqrt(12.0 * happened));
    CHECK_NEAR(duration / happened, 300, 4 * 300 / sqrt(happened));
    struct ust_fault_course expected = course(&policy);
    assert_int_equal(expected.at, 130 * UST_S);
    assert_int_equal(expected.duration, 300 * UST_S);
    policy_free(&policy);
}

static void a_drawn_course_shorter_than_its_ramps_keeps_their_proportion(void **unused)
{
    (void)unused;
    struct policy policy =
        policy_read(&ust_fault_registry,
                    "{kind: region_loss, region: a, at: 0 s, ramp: 30 s, recovery: 10 s, "
                    "duration: uniform(low 4 s, high 20 s)}");
    for (uint32_t i = 0; i < 50; i++) {
        struct ust_fault_course out = drawn(&policy, i);
        assert_true(out.duration >= 4 * UST_S && out.duration <= 20 * UST_S);
        assert_int_equal(out.ramp + out.recovery, out.duration);
        CHECK_NEAR((double)out.ramp / (double)out.duration, 0.75, 1e-9);
        assert_true(ust_fault_level(&out, out.at + out.duration) == 0);
    }
    policy_free(&policy);
}

static void a_fault_that_does_not_happen_never_acts(void **unused)
{
    (void)unused;
    struct policy policy = policy_read(
        &ust_fault_registry, "{kind: region_loss, region: a, at: 10 s, probability: 1 %}");
    uint32_t never = 0;
    for (uint32_t i = 0; i < 100; i++) {
        struct ust_fault_course out = drawn(&policy, i);
        if (out.at != UST_NEVER)
            continue;
        never++;
        assert_true(ust_fault_level(&out, 3600 * UST_S) == 0);
        assert_true(ust_fault_next(&out, 0, UST_S) == UST_NEVER);
        assert_int_equal(ust_fault_end(&out, 900 * UST_S), 900 * UST_S);
    }
    assert_in_range(never, 90, 100);
    policy_free(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_acts_from_its_beginning_until_just_before_its_end),
        cmocka_unit_test(ramp_and_recovery_are_straight_lines_within_the_duration),
        cmocka_unit_test(without_a_duration_a_fault_lasts_to_the_end_of_the_run),
        cmocka_unit_test(the_end_is_that_of_the_fault_or_of_the_run),
        cmocka_unit_test(moments_of_change_are_the_edges_and_steps_along_the_ramps),
        cmocka_unit_test(without_ramps_only_the_edges_are_moments_of_change),
        cmocka_unit_test(outside_its_time_a_fault_has_no_effect),
        cmocka_unit_test(ramps_that_do_not_fit_are_refused),
        cmocka_unit_test(a_certain_course_draws_nothing),
        cmocka_unit_test(lag_duration_and_occurrence_follow_their_laws),
        cmocka_unit_test(a_drawn_course_shorter_than_its_ramps_keeps_their_proportion),
        cmocka_unit_test(a_fault_that_does_not_happen_never_acts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
