/* Azure Monitor autoscale. Examples are those of its documentation: "Flapping in autoscale",
 * "Best practices for autoscale", "Understand autoscale settings". */
#include "tests/unit/scaler.h"

#define RULE(metric, op, level, direction, more)                                               \
    "{metric: " metric ", operator: " op ", threshold: " level ", direction: " direction       \
    ", time_window: 1 min, " more "}"
#define CPU_OUT(level, more) RULE("cpu", "greater_than", level, "increase", more)
#define CPU_IN(level, more)  RULE("cpu", "less_than", level, "decrease", more)
#define AUTOSCALE(rules)     "{kind: azure_autoscale, rules: [" rules "]}"

static void all(struct group *group, int metric, double value)
{
    for (uint32_t i = 0; i < group->view.n; i++)
        group->instance[i].value[metric] = value;
}

/* Flapping, first table: out above 50 %, in below 30 %. At 28 % on two instances, one would
 * have 56 %: deferred. */
static void a_scale_in_that_would_scale_out_again_is_deferred(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        AUTOSCALE(CPU_OUT("50 %", "cooldown: 0 s") ", " CPU_IN("30 %", "cooldown: 0 s")), 1);
    assert_int_equal(point(&group, 0.56), 2);
    settle(&group, 0);
    assert_int_equal(points(&group, 10, 0.28), 2);
    assert_int_equal(point(&group, 0.24), 1); /* 48 % on one */
    group_end(&group);
}

/* "Small or no margins": threads, 600 each; here requests. 1250 on two are 625 each; on three
 * 417, but two would have 625 again. */
static void rules_without_a_margin_never_scale_in(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(RULE("requests", "greater_than_or_equal", "600 req/s", "increase",
                               "cooldown: 0 s") ", " RULE("requests", "less_than", "600 req/s",
                                                          "decrease", "cooldown: 0 s")),
                2);
    assert_int_equal(point(&group, 625), 3);
    settle(&group, 0);
    assert_int_equal(point(&group, 417), 3);
    group_end(&group);
}

/* The table below it: out at 600, in below 400; 417 stays, 1180 on three are 393 and 590 on
 * two.
 */
static void with_a_margin_they_do(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(RULE("requests", "greater_than_or_equal", "600 req/s", "increase",
                               "cooldown: 0 s") ", " RULE("requests", "less_than", "400 req/s",
                                                          "decrease", "cooldown: 0 s")),
                2);
    assert_int_equal(point(&group, 625), 3);
    settle(&group, 0);
    assert_int_equal(point(&group, 417), 3);
    assert_int_equal(point(&group, 393), 2);
    settle(&group, 0);
    assert_int_equal(point(&group, 590), 2);
    group_end(&group);
}

/* "Scaling by more than one instance": out above 70 % of cpu, in by 10 at 50 requests or less.
 * 30 instances at 65 %: 20 would have 97 %. The page says 27, which would have 72.2 %; by its
 * own rule it is 28, with 69.6 %. */
static void by_less_than_the_rule_says_where_that_does_not_flap(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        AUTOSCALE(RULE("requests", "greater_than_or_equal", "200 req/s", "increase",
                       "value: 20") ", " CPU_OUT("70 %",
                                                 "value: 20") ", " RULE("requests",
                                                                        "less_than_or_equal",
                                                                        "50 req/s", "decrease",
                                                                        "value: 10")),
        30);
    all(&group, UST_SCALE_CPU, 0.65);
    all(&group, UST_SCALE_REQUESTS, 100);
    assert_int_equal(call(&group), 30);
    all(&group, UST_SCALE_REQUESTS, 50);
    assert_int_equal(call(&group), 28);
    group_end(&group);
}

/* The record of the activity log on the same page: 6 instances, 1 intended, 4 made: out at 3
 * requests or more by 10, in below 3 by 5. Any load from 9 to 12 of the pool does it: 11. */
static void the_record_of_the_activity_log_goes_from_6_to_4(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        AUTOSCALE(RULE("requests", "greater_than_or_equal", "3 req/s", "increase",
                       "value: 10, cooldown: 1 min") ", " RULE("requests", "less_than",
                                                               "3 req/s", "decrease",
                                                               "value: 5, cooldown: 1 min")),
        6);
    group.view.max = 30;
    assert_int_equal(point(&group, 11.0 / 6), 4);
    group_end(&group);
}

/* Best practices: out above 75 % of cpu or memory, in below 30 % of cpu and 50 % of memory. */
static void out_if_any_in_only_if_all(void **unused)
{
    (void)unused;
    static const char four[] = AUTOSCALE(CPU_IN("30 %", "") ", " RULE(
        "memory", "less_than", "50 %", "decrease",
        "") ", " CPU_OUT("75 %", "") ", " RULE("memory", "greater_than", "75 %", "increase",
                                               ""));
    static const struct {
        double cpu, memory;
        int64_t desired;
    } is[] = {{0.76, 0.5, 11}, {0.5, 0.76, 11}, {0.25, 0.51, 10}, {0.29, 0.49, 9}};
    for (size_t i = 0; i < 4; i++) {
        struct group group;
        group_begin(&group, four, 10);
        all(&group, UST_SCALE_CPU, is[i].cpu);
        all(&group, UST_SCALE_MEMORY, is[i].memory);
        assert_int_equal(call(&group), is[i].desired);
        group_end(&group);
    }
}

/* "Rule 1 specifies a scale-out by three instances, and rule 2 by five ... scales out by five";
 * "by three instances and another ... by 15%, the higher of the two". */
static void of_rules_that_increase_the_largest_number_counts(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, AUTOSCALE(CPU_OUT("50 %", "value: 3") ", " CPU_OUT("50 %", "value: 5")),
                10);
    assert_int_equal(point(&group, 0.9), 15);
    group_end(&group);
    static const char share[] = AUTOSCALE(CPU_OUT("50 %", "value: 3") ", " CPU_OUT(
        "50 %", "type: percent_change_count, value: 15"));
    group_begin(&group, share, 10);
    assert_int_equal(point(&group, 0.9), 13);
    group_end(&group);
    group_begin(&group, share, 40);
    assert_int_equal(point(&group, 0.9), 46);
    group_end(&group);
}

/* "one that decreases capacity by 50% and one ... by three instances. If the first rule results
 * in five instances and the second rule results in seven, autoscale scales in to seven". */
static void of_rules_that_decrease_the_largest_number_counts(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(CPU_IN("50 %", "type: percent_change_count, value: 50") ", " CPU_IN(
                    "50 %", "value: 3")),
                10);
    assert_int_equal(point(&group, 0.1), 7);
    group_end(&group);
}

/* "How does autoscale evaluate cooldown?" (autoscale-understanding-settings.md): out 60 min, in
 * 40 min, out at 10:00; in is deferred at 10:30 and can be at 10:40, though the cooldown of out
 * has not elapsed. "A rule becomes eligible ... when its own cooldown has elapsed since the
 * most recent scale action." */
static void each_rule_waits_its_own_cooldown_after_the_last_action_of_any(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(CPU_OUT("75 %", "cooldown: 60 min, time_window: 1 min") ", " CPU_IN(
                    "30 %", "cooldown: 40 min, time_window: 1 min")),
                2);
    assert_int_equal(point(&group, 0.9), 3); /* 10:00 */
    settle(&group, 0);
    assert_int_equal(points(&group, 29, 0.9), 3);
    assert_int_equal(points(&group, 10, 0.2), 3); /* 10:30 to 10:39 */
    assert_int_equal(point(&group, 0.2), 2);      /* 10:40 */
    settle(&group, 0);
    assert_int_equal(points(&group, 59, 0.9), 2); /* the out waits for an hour after the in */
    assert_int_equal(point(&group, 0.9), 3);
    group_end(&group);
}

/* A rule that rests leaves the field to another that does not. */
static void of_rules_that_increase_those_that_rest_do_not_count(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(CPU_OUT("50 %", "value: 5, cooldown: 20 min") ", " CPU_OUT(
                    "50 %", "value: 2, cooldown: 3 min")),
                10);
    assert_int_equal(point(&group, 0.9), 15);
    settle(&group, 0);
    assert_int_equal(points(&group, 2, 0.9), 15);
    assert_int_equal(point(&group, 0.9), 17);
    group_end(&group);
}

/* All rules that decrease act together, so the one that rests longest holds them up. */
static void a_decrease_waits_for_the_longest_of_its_cooldowns(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(CPU_IN("40 %", "cooldown: 2 min") ", " RULE(
                    "memory", "less_than", "40 %", "decrease", "cooldown: 7 min")),
                10);
    assert_int_equal(point(&group, 0.1), 9);
    settle(&group, 0);
    assert_int_equal(points(&group, 6, 0.1), 9);
    assert_int_equal(point(&group, 0.1), 8);
    group_end(&group);
}

/* Average of the last ten samples: six at 100 % and four at 50 % are 80 %. */
static void the_window_is_aggregated(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t desired;
    } is[] = {{"average", 10}, {"maximum", 11}, {"minimum", 10}, {"last", 11}};
    for (size_t i = 0; i < 4; i++) {
        char text[300];
        struct group group;
        snprintf(
            text, sizeof text,
            "{kind: azure_autoscale, rules: [{metric: cpu, operator: greater_than, "
            "threshold: 85 %%, direction: increase, cooldown: 1 h, time_aggregation: %s}]}",
            is[i].text);
        group_begin(&group, text, 10);
        points(&group, 4, 0.5);
        points(&group, 6, 1);
        assert_int_equal(group.view.desired, is[i].desired);
        group_end(&group);
    }
}

/* "If there's a problem reading the resource metric, and the current capacity is below the
 * default, autoscale scales out to the default ... [else] autoscale doesn't scale in." */
static void unreadable_metrics_raise_to_the_default_and_never_lower(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        "{kind: azure_autoscale, default: 6, rules: [" CPU_IN("30 %", "cooldown: 0 s") "]}", 3);
    assert_int_equal(points(&group, 3, (double)NAN), 6);
    group_end(&group);
    group_begin(
        &group,
        "{kind: azure_autoscale, default: 6, rules: [" CPU_IN("30 %", "cooldown: 0 s") "]}", 9);
    assert_int_equal(points(&group, 3, (double)NAN), 9);
    assert_int_equal(point(&group, 0.1), 8);
    group_end(&group);
}

/* One metric that cannot be read keeps those that decrease from acting, not those that
 * increase.
 */
static void another_rule_still_increases_while_one_is_unreadable(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(
        &group,
        AUTOSCALE(CPU_OUT("75 %", "") ", " RULE("memory", "less_than", "50 %", "decrease", "")),
        4);
    all(&group, UST_SCALE_CPU, 0.9);
    all(&group, UST_SCALE_MEMORY, (double)NAN);
    assert_int_equal(call(&group), 5);
    group_end(&group);
}

/* Best practices, queue metrics: the threshold is per instance. 50 messages on two are 25 each.
 */
static void queues_are_counted_per_instance(void **unused)
{
    (void)unused;
    static const char queue[] = AUTOSCALE(
        RULE("queue", "greater_than_or_equal", "50", "increase", "cooldown: 0 s") ", " RULE(
            "queue", "less_than_or_equal", "10", "decrease", "cooldown: 0 s"));
    struct group group;
    group_begin(&group, queue, 2);
    assert_int_equal(point(&group, 25), 2);
    assert_int_equal(point(&group, 50), 3);
    settle(&group, 0);
    assert_int_equal(point(&group, 10), 2);
    group_end(&group);
}

static void statistics_sum_and_divide(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group,
                AUTOSCALE(RULE("queue", "greater_than", "30", "increase", "statistic: sum")),
                4);
    assert_int_equal(point(&group, 8), 5); /* 32 in all */
    group_end(&group);
    group_begin(&group,
                AUTOSCALE(RULE("queue", "greater_than", "30", "increase",
                               "statistic: sum, divide_per_instance: true")),
                4);
    assert_int_equal(point(&group, 8), 4);
    group_end(&group);
}

static void the_maximum_bounds_and_the_minimum_too(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, AUTOSCALE(CPU_OUT("50 %", "value: 5")), 4);
    group.view.max = 6;
    assert_int_equal(point(&group, 0.9), 6);
    group_end(&group);
    group_begin(&group, AUTOSCALE(CPU_IN("50 %", "type: exact_count, value: 1")), 4);
    group.view.min = 2;
    assert_int_equal(point(&group, 0.1), 2);
    group_end(&group);
}

/* A decrease to 6 of 4 instances is none. */
static void a_decrease_never_adds(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, AUTOSCALE(CPU_IN("50 %", "type: exact_count, value: 6")), 4);
    assert_int_equal(point(&group, 0.1), 4);
    group_end(&group);
}

static void levels_and_windows_have_to_fit(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(registry,
                      "{kind: azure_autoscale, rules: [{metric: queue, operator: less_than, "
                      "threshold: 50 %, direction: decrease}]}",
                      "50 %",
                      "'threshold' is 50 %, but metric 'queue' needs a number such as 20");
    policy_refuses_at(registry,
                      "{kind: azure_autoscale, rules: [{operator: less_than, threshold: 50 %, "
                      "direction: decrease, time_window: 30 s}]}",
                      "30 s",
                      "'time_window' is shorter than 'period', so there is no sample in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scale_in_that_would_scale_out_again_is_deferred),
        cmocka_unit_test(rules_without_a_margin_never_scale_in),
        cmocka_unit_test(with_a_margin_they_do),
        cmocka_unit_test(by_less_than_the_rule_says_where_that_does_not_flap),
        cmocka_unit_test(the_record_of_the_activity_log_goes_from_6_to_4),
        cmocka_unit_test(out_if_any_in_only_if_all),
        cmocka_unit_test(of_rules_that_increase_the_largest_number_counts),
        cmocka_unit_test(of_rules_that_decrease_the_largest_number_counts),
        cmocka_unit_test(each_rule_waits_its_own_cooldown_after_the_last_action_of_any),
        cmocka_unit_test(of_rules_that_increase_those_that_rest_do_not_count),
        cmocka_unit_test(a_decrease_waits_for_the_longest_of_its_cooldowns),
        cmocka_unit_test(the_window_is_aggregated),
        cmocka_unit_test(unreadable_metrics_raise_to_the_default_and_never_lower),
        cmocka_unit_test(another_rule_still_increases_while_one_is_unreadable),
        cmocka_unit_test(queues_are_counted_per_instance),
        cmocka_unit_test(statistics_sum_and_divide),
        cmocka_unit_test(the_maximum_bounds_and_the_minimum_too),
        cmocka_unit_test(a_decrease_never_adds),
        cmocka_unit_test(levels_and_windows_have_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
