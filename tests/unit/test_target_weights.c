/* Automatic target weights: who is anomalous, and what becomes of the weights. */
#include "tests/unit/policy.h"

#include "models/balance/target_weights.h"

#define TARGETS 6

/* A rule as a user writes it, the rest by default. */
static struct ust_target_weights_rule rule_of(const char *text)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_target_weights_rule rule = {0};
    struct ust_node *root = ust_spec_read_text(&spec, "test.yaml", text, strlen(text));
    assert_non_null(root);
    assert_int_equal(ust_spec_decode(&spec, root, ust_target_weights_fields, &rule), UST_OK);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return rule;
}

struct group {
    struct ust_target at[TARGETS], *target[TARGETS];
    uint64_t answered[TARGETS];
    uint32_t n;
};

static struct group group_of(uint32_t n)
{
    struct group group = {.n = n};
    for (uint32_t i = 0; i < n; i++)
        group.at[i].weight = 1;
    return group;
}

/* A period in which target i gave good[i] answers and bad[i] errors. */
static void period(const struct ust_target_weights_rule *rule, struct group *group,
                   const uint32_t *good, const uint32_t *bad)
{
    for (uint32_t i = 0; i < group->n; i++) {
        group->target[i] = &group->at[i];
        group->answered[i] += good[i];
        group->at[i].errors += bad[i];
    }
    ust_target_weights_adjust(rule, group->target, group->answered, group->n);
}

/* Edit target group attributes for your Application Load Balancer, Automatic Target Weights:
 * five seconds, three targets; half of them at most, from AWS's workshop on gray failures. */
static void defaults_are_those_that_aws_tells(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{period: 5 s}");
    assert_false(rule.mitigation);
    assert_int_equal(rule.period, 5 * UST_S);
    assert_int_equal(rule.minimum_targets, 3);
    CHECK_NEAR(rule.max_mitigated, 0.5, 0);
}

/* 12 of 100 against 9 of 300: 9 points more, and sqrt(.0525 .9475 (1/100 + 1/300)) = 0.025754,
 * so 3.495 deviations; 10 of 100 are 2.850 of 0.024561. */
static void three_deviations_more_errors_than_the_others_are_an_anomaly(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group group = group_of(4);
    period(&rule, &group, (uint32_t[]){97, 90, 97, 97}, (uint32_t[]){3, 10, 3, 3});
    CHECK_NEAR(group.at[1].excess, 2.8501, 1e-4);
    assert_false(group.at[1].anomalous);
    period(&rule, &group, (uint32_t[]){97, 88, 97, 97}, (uint32_t[]){3, 12, 3, 3});
    CHECK_NEAR(group.at[1].excess, 3.4947, 1e-4);
    assert_true(group.at[1].anomalous);
    assert_false(group.at[0].anomalous);
}

/* Of very many requests a tenth of a point is significant, and not worth leaving anybody out.
 */
static void a_difference_too_small_to_matter_is_none(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group group = group_of(3);
    const uint32_t good[] = {999000, 998000, 999000}, bad[] = {1000, 2000, 1000};
    period(&rule, &group, good, bad);
    assert_false(group.at[1].anomalous);
    rule.difference = 0;
    period(&rule, &group, good, bad);
    assert_true(group.at[1].anomalous);
}

static void two_targets_are_too_few_to_compare(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group two = group_of(2), three = group_of(3);
    period(&rule, &two, (uint32_t[]){50, 0}, (uint32_t[]){0, 50});
    assert_false(two.at[1].anomalous);
    period(&rule, &three, (uint32_t[]){50, 0, 50}, (uint32_t[]){0, 50, 0});
    assert_true(three.at[1].anomalous);
}

static void all_of_them_failing_alike_are_normal(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group group = group_of(3);
    period(&rule, &group, (uint32_t[]){0, 0, 0}, (uint32_t[]){80, 90, 100});
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(group.at[i].anomalous);
        CHECK_NEAR(group.at[i].weight, 1, 0);
    }
}

/* Halves down to a hundredth, then back by twentieths. */
static void weights_fall_fast_and_rise_slowly(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group group = group_of(3);
    static const double down[] = {0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.01, 0.01};
    for (int i = 0; i < 8; i++) {
        period(&rule, &group, (uint32_t[]){50, 0, 50}, (uint32_t[]){0, 20, 0});
        CHECK_NEAR(group.at[1].weight, down[i], 1e-12);
        CHECK_NEAR(group.at[0].weight, 1, 0);
    }
    static const double up[] = {0.06, 0.11, 0.16};
    for (int i = 0; i < 3; i++) {
        period(&rule, &group, (uint32_t[]){50, 20, 50}, (uint32_t[]){0, 0, 0});
        CHECK_NEAR(group.at[1].weight, up[i], 1e-12);
    }
}

/* With three errors in a period nothing is decided until there are ten. */
static void a_verdict_stands_until_there_is_enough_for_another(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true}");
    struct group group = group_of(3);
    for (int i = 0; i < 3; i++) {
        period(&rule, &group, (uint32_t[]){50, 0, 50}, (uint32_t[]){0, 3, 0});
        assert_false(group.at[1].anomalous);
    }
    period(&rule, &group, (uint32_t[]){50, 0, 50}, (uint32_t[]){0, 3, 0});
    assert_true(group.at[1].anomalous);
    period(&rule, &group, (uint32_t[]){50, 9, 50}, (uint32_t[]){0, 0, 0});
    assert_true(group.at[1].anomalous);
    period(&rule, &group, (uint32_t[]){50, 1, 50}, (uint32_t[]){0, 0, 0});
    assert_false(group.at[1].anomalous);
}

/* Of six, four err; the three worst get less, and the fourth when one of them has recovered. */
static void half_of_the_targets_at_most_get_less(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{anomaly_mitigation: true, deviation: 1}");
    struct group group = group_of(6);
    period(&rule, &group, (uint32_t[]){0, 10, 20, 5, 100, 100},
           (uint32_t[]){100, 90, 80, 95, 0, 0});
    for (uint32_t i = 0; i < 4; i++)
        assert_true(group.at[i].anomalous);
    CHECK_NEAR(group.at[0].weight, 0.5, 0);
    CHECK_NEAR(group.at[1].weight, 0.5, 0);
    CHECK_NEAR(group.at[2].weight, 1, 0);
    CHECK_NEAR(group.at[3].weight, 0.5, 0);
    period(&rule, &group, (uint32_t[]){100, 10, 20, 5, 100, 100},
           (uint32_t[]){0, 90, 80, 95, 0, 0});
    CHECK_NEAR(group.at[0].weight, 0.55, 1e-12);
    CHECK_NEAR(group.at[2].weight, 0.5, 0);
}

static void without_mitigation_it_only_tells(void **state)
{
    (void)state;
    struct ust_target_weights_rule rule = rule_of("{period: 5 s}");
    struct group group = group_of(3);
    period(&rule, &group, (uint32_t[]){50, 0, 50}, (uint32_t[]){0, 50, 0});
    assert_true(group.at[1].anomalous);
    CHECK_NEAR(group.at[1].weight, 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_that_aws_tells),
        cmocka_unit_test(three_deviations_more_errors_than_the_others_are_an_anomaly),
        cmocka_unit_test(a_difference_too_small_to_matter_is_none),
        cmocka_unit_test(two_targets_are_too_few_to_compare),
        cmocka_unit_test(all_of_them_failing_alike_are_normal),
        cmocka_unit_test(weights_fall_fast_and_rise_slowly),
        cmocka_unit_test(a_verdict_stands_until_there_is_enough_for_another),
        cmocka_unit_test(half_of_the_targets_at_most_get_less),
        cmocka_unit_test(without_mitigation_it_only_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
