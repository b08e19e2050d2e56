/* Forecasts in Azure's and Google's autoscalers: what their documentation says of when and how
 * they act, on loads that the seasonal mean repeats exactly. */
#include "tests/unit/history.h"

/* Out by one above 70 %, in by one below 30 %, five minutes' quiet after each. */
#define RULES                                                                                  \
    "rules: [{operator: greater_than, threshold: 70 %, direction: increase, time_window: 1 "   \
    "min}, {operator: less_than, threshold: 30 %, direction: decrease, time_window: 1 min}]"

#define WEEK (7 * 24)

static void azure(struct group *group, const char *predictive, int hours, uint32_t n)
{
    char keys[600];
    snprintf(keys, sizeof keys, "%s, predictive: {level_hours: 0, %s", RULES, predictive);
    history_begin(group, "azure_autoscale", keys, "}", MONDAY, hours, office, n);
}

/* The load on all instances, whatever their number. */
static int64_t carry_to(struct group *group, int minute, double load)
{
    while (group->view.unix_s < MONDAY + (int64_t)minute * 60) {
        settle(group, UST_HOUR);
        point(group, load / (double)group->view.desired);
    }
    return group->view.desired;
}

/* "When the system predicts that the percentage CPU load ... will cross your scale-out
 * boundary, new instances are added according to your specifications": by one and by one, five
 * minutes apart. 10 instances' worth from eight on: on 10 they are 100 %, on 14 still 71.4 %,
 * on 15 66.7 %. */
static void azures_rules_act_ahead_by_their_own_numbers(void **unused)
{
    (void)unused;
    struct group group;
    azure(&group, "scale_mode: enabled, scale_look_ahead_time: 60 min", WEEK, 10);
    assert_int_equal(carry_to(&group, 6 * 60 + 59, 4), 10);
    assert_int_equal(carry_to(&group, 7 * 60, 4), 11);
    assert_int_equal(carry_to(&group, 7 * 60 + 4, 4), 11);
    assert_int_equal(carry_to(&group, 7 * 60 + 5, 4), 12);
    assert_int_equal(carry_to(&group, 7 * 60 + 59, 4), 15);
    group_end(&group);
}

static void azure_looks_as_far_ahead_as_it_is_told(void **unused)
{
    (void)unused;
    struct group group;
    azure(&group, "scale_mode: enabled, scale_look_ahead_time: 15 min", WEEK, 10);
    assert_int_equal(carry_to(&group, 7 * 60 + 44, 4), 10);
    assert_int_equal(carry_to(&group, 7 * 60 + 45, 4), 11);
    group_end(&group);
}

/* 4 instances' worth are 26.7 % of 15, 28.6 % of 14 and 30.8 % of 13, so two go; but from seven
 * on the 10 of the hour ahead would be over 70 % of 14, so 15 stay that are asked for again. */
static void azure_takes_nothing_that_the_forecast_needs(void **unused)
{
    (void)unused;
    struct group group;
    azure(&group, "scale_mode: enabled, scale_look_ahead_time: 60 min", WEEK, 15);
    assert_int_equal(carry_to(&group, 6 * 60 + 59, 4), 13);
    assert_int_equal(carry_to(&group, 7 * 60 + 5, 4), 15);
    assert_int_equal(carry_to(&group, 7 * 60 + 59, 4), 15);
    group_end(&group);
    azure(&group, "scale_mode: forecast_only", WEEK, 15);
    assert_int_equal(carry_to(&group, 7 * 60 + 59, 4), 13);
    group_end(&group);
}

static void azure_takes_a_week_of_history(void **unused)
{
    (void)unused;
    struct group group;
    azure(&group, "scale_mode: enabled, scale_look_ahead_time: 60 min", WEEK - 8, 10);
    assert_int_equal(carry_to(&group, 7 * 60 + 59, 4), 10); /* an hour too few */
    assert_int_equal(carry_to(&group, 8 * 60, 4), 11);
    group_end(&group);
}

#define GOOGLE "target: 50 %, initialization_period: 10 min, predictive: {level_hours: 0"

/* 10 / 50 % = 20, an initialization period before eight. */
static void google_grows_an_initialization_period_ahead(void **unused)
{
    (void)unused;
    struct group group;
    history_begin(&group, "gcp_autoscaler", GOOGLE ", method: optimize_availability", "}",
                  MONDAY, 72, office, 8);
    assert_int_equal(carry_to(&group, 7 * 60 + 49, 4), 8);
    assert_int_equal(carry_to(&group, 7 * 60 + 50, 4), 20);
    group_end(&group);
}

static void google_takes_three_days_of_history(void **unused)
{
    (void)unused;
    struct group group;
    history_begin(&group, "gcp_autoscaler", GOOGLE ", method: optimize_availability", "}",
                  MONDAY, 71 - 8, office, 8);
    assert_int_equal(carry_to(&group, 8 * 60, 4), 8); /* an hour too few */
    assert_int_equal(carry_to(&group, 9 * 60, 4), 20);
    group_end(&group);
}

/* The largest of what is and what is forecast: 12 instances' worth where 10 were said. */
static void google_follows_what_is_where_it_is_more(void **unused)
{
    (void)unused;
    struct group group;
    history_begin(&group, "gcp_autoscaler", GOOGLE ", method: optimize_availability", "}",
                  MONDAY, 72, office, 20);
    carry_to(&group, 8 * 60 + 30, 10);
    assert_int_equal(carry_to(&group, 8 * 60 + 31, 12), 24);
    /* and back to the forecast, not below, once the peak is ten minutes old */
    assert_int_equal(carry_to(&group, 9 * 60, 6), 20);
    group_end(&group);
}

static void forecasts_of_what_is_not_cpu_are_refused(void **unused)
{
    (void)unused;
    policy_refuses_at(
        &ust_scaler_registry,
        "{kind: gcp_autoscaler, metric: requests, requests_per_instance: 5 req/s, "
        "predictive: {method: optimize_availability}}",
        "{method", "'predictive' needs the metric cpu, which alone is forecast");
    policy_refuses_at(&ust_scaler_registry,
                      "{kind: azure_autoscale, rules: [{operator: less_than, threshold: 30 %, "
                      "direction: decrease}], predictive: {scale_mode: enabled}}",
                      "{scale_mode",
                      "'predictive' needs a rule that increases by the average of cpu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(azures_rules_act_ahead_by_their_own_numbers),
        cmocka_unit_test(azure_looks_as_far_ahead_as_it_is_told),
        cmocka_unit_test(azure_takes_nothing_that_the_forecast_needs),
        cmocka_unit_test(azure_takes_a_week_of_history),
        cmocka_unit_test(google_grows_an_initialization_period_ahead),
        cmocka_unit_test(google_takes_three_days_of_history),
        cmocka_unit_test(google_follows_what_is_where_it_is_more),
        cmocka_unit_test(forecasts_of_what_is_not_cpu_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
