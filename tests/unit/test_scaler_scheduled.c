/* Scheduled actions and the cron expressions that may say when. */
#include "tests/unit/scaler.h"

#include "models/scaler/cron.h"

/* Minutes since 1970 of a date and time. */
static int64_t minute(int year, int month, int day, int hour, int min)
{
    return ust_days_from_civil(year, month, day) * 1440 + hour * 60 + min;
}

/* On Monday, 2 March 2026, at this time of the day, in a zone so many hours east. */
static void begin(struct group *group, const char *text, int hour, int min, int east)
{
    group_begin(group, text, 5);
    group->view.max = 10;
    group->view.local_s = minute(2026, 3, 2, hour, min) * 60;
    group->view.unix_s = group->view.local_s - (int64_t)east * 3600;
}

static int64_t run(struct group *group, int seconds)
{
    int64_t period = group->type->period(group->policy.variant.params) / UST_S;
    for (int64_t i = 0; i < seconds / period; i++)
        call(group);
    return group->view.desired;
}

static void at_its_minute_an_action_changes_bounds_and_wish(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, actions: [{at: \"08:00\", min: 8, max: 20, desired: 12}]}",
          7, 59, 0);
    assert_int_equal(run(&group, 50), 5);
    assert_int_equal(run(&group, 10), 12);
    assert_int_equal(group.view.min, 8);
    assert_int_equal(group.view.max, 20);
    group.view.desired = 9;
    assert_int_equal(run(&group, 3600), 9); /* once */
    group_end(&group);
}

static void without_a_wish_the_pool_stays_between_the_new_bounds(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: scheduled, actions: [{at: \"08:00\", min: 8}, {at: \"18:00\", max: 3, "
          "min: 1}]}",
          7, 0, 0);
    assert_int_equal(run(&group, 2 * 3600), 8);
    assert_int_equal(group.view.max, 10);
    assert_int_equal(run(&group, 10 * 3600), 3);
    group_end(&group);
}

static void the_second_in_which_the_run_begins_counts(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, actions: [{at: \"08:00\", desired: 7}]}", 8, 0, 0);
    assert_int_equal(run(&group, 10), 7);
    group_end(&group);
}

/* 2 March 2026 is a Monday. */
static void days_of_the_week_count_in_local_time(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, actions: [{at: \"00:30\", days: [tue, thu], desired: 7}]}",
          23, 0, -8);
    assert_int_equal(run(&group, 3600), 5);
    assert_int_equal(run(&group, 3600), 7); /* Tuesday has begun on the wall */
    group.view.desired = 5;
    assert_int_equal(run(&group, 24 * 3600), 5); /* Wednesday */
    assert_int_equal(run(&group, 24 * 3600), 7); /* Thursday */
    group_end(&group);
}

static void an_instant_is_the_same_in_every_zone(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, actions: [{once: 2026-03-02T15:00:00+01:00, desired: 7}]}",
          5, 55, -8);
    assert_int_equal(run(&group, 290), 5);
    assert_int_equal(run(&group, 10), 7); /* 14:00 in Greenwich, 06:00 here */
    group_end(&group);
}

static void actions_may_come_late(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, late: 2 min, actions: [{at: \"08:00\", desired: 7}]}", 7,
          59, 0);
    assert_int_equal(run(&group, 170), 5);
    assert_int_equal(run(&group, 10), 7);
    group_end(&group);
}

static void of_two_at_one_minute_the_later_of_the_list_counts(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: scheduled, actions: [{at: \"08:00\", desired: 7}, {cron: \"0 8 * * *\", "
          "desired: "
          "9}]}",
          7, 59, 0);
    assert_int_equal(run(&group, 60), 9);
    group_end(&group);
}

/* Clocks go back from 3:00 to 2:00: the hour that comes twice acts once. Forward, from 2:00 to
 * 3:00: what was in the hour that is not comes when it is over. */
static void changes_of_the_clock_neither_repeat_nor_lose(void **unused)
{
    (void)unused;
    static const char text[] = "{kind: scheduled, actions: [{at: \"02:30\", desired: 7}]}";
    struct group group;
    begin(&group, text, 2, 0, 1);
    assert_int_equal(run(&group, 3600), 7);
    group.view.desired = 5;
    group.view.local_s -= 3600;
    assert_int_equal(run(&group, 2 * 3600), 5);
    group_end(&group);

    begin(&group, text, 1, 30, 1);
    assert_int_equal(run(&group, 1790), 5);
    group.view.local_s += 3600;
    assert_int_equal(run(&group, 10), 7);
    group_end(&group);
}

/* 2026-03-29 in Berlin: the instant is an hour behind the change, and comes once; 2026-10-25:
 * an instant in the second of the two hours comes. */
static void changes_of_the_clock_are_nothing_to_an_instant(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "{kind: scheduled, actions: [{once: 2026-03-02T00:50:00Z, desired: 7}]}", 1,
          45, 1);
    assert_int_equal(run(&group, 300), 7); /* 01:50 on the wall */
    group.view.desired = 5;
    assert_int_equal(run(&group, 590), 5);
    group.view.local_s += 3600;
    assert_int_equal(run(&group, 600), 5);
    group_end(&group);

    begin(&group, "{kind: scheduled, actions: [{once: 2026-03-02T01:30:00Z, desired: 7}]}", 2,
          0, 2);
    assert_int_equal(run(&group, 3600), 5);
    group.view.local_s -= 3600;
    assert_int_equal(run(&group, 1790), 5);
    assert_int_equal(run(&group, 10), 7);
    group_end(&group);
}

/* Neither at the beginning of its minute nor with the next one. */
static void seconds_of_a_time_count(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: scheduled, period: 5 s, actions: [{at: \"08:00:40\", desired: 7}, {once: "
          "2026-03-02T08:01:15Z, desired: 8}]}",
          8, 0, 0);
    assert_int_equal(run(&group, 35), 5);
    assert_int_equal(run(&group, 5), 7);
    assert_int_equal(run(&group, 30), 7);
    assert_int_equal(run(&group, 5), 8);
    assert_int_equal(run(&group, 600), 8);
    group_end(&group);
}

/* One bound alone that does not fit the other: the maximum is what counts. */
static void a_minimum_never_passes_the_maximum(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: scheduled, actions: [{at: \"08:00\", min: 14}, {at: \"09:00\", max: 4}]}", 7,
          59, 0);
    assert_int_equal(run(&group, 60), 10);
    assert_int_equal(group.view.min, 10);
    assert_int_equal(run(&group, 3600), 4);
    assert_int_equal(group.view.min, 4);
    group_end(&group);
}

static void the_largest_maximum_is_known_before(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group,
          "{kind: scheduled, actions: [{at: \"08:00\", max: 30}, {at: \"09:00\", desired: "
          "12}]}",
          0, 0, 0);
    assert_int_equal(group.type->most(group.policy.variant.params), 30);
    group_end(&group);
}

/* ---- cron ---- */

static bool matches(const char *text, int64_t at)
{
    struct ust_cron cron;
    assert_null(ust_cron_parse(text, &cron));
    return ust_cron_matches(&cron, at);
}

static void working_days_at_eight(void **unused)
{
    (void)unused;
    assert_true(matches("0 8 * * 1-5", minute(2026, 3, 2, 8, 0)));
    assert_false(matches("0 8 * * 1-5", minute(2026, 3, 2, 8, 1)));
    assert_false(matches("0 8 * * 1-5", minute(2026, 3, 1, 8, 0))); /* Sunday */
    assert_true(matches("0 8 * * mon-fri", minute(2026, 3, 6, 8, 0)));
    assert_true(matches("0 8 * * 7", minute(2026, 3, 1, 8, 0)));
    assert_true(matches("0 8 * * SUN", minute(2026, 3, 1, 8, 0)));
}

static void lists_ranges_and_steps(void **unused)
{
    (void)unused;
    assert_true(matches("*/15 * * * *", minute(2026, 3, 2, 8, 45)));
    assert_false(matches("*/15 * * * *", minute(2026, 3, 2, 8, 46)));
    assert_true(matches("5/20 * * * *", minute(2026, 3, 2, 8, 45)));
    assert_true(matches("0 6,18-20/2 * * *", minute(2026, 3, 2, 20, 0)));
    assert_false(matches("0 6,18-20/2 * * *", minute(2026, 3, 2, 19, 0)));
    assert_true(matches("0 0 29 feb *", minute(2028, 2, 29, 0, 0)));
    assert_true(matches("0 0 1 1,jul *", minute(2026, 7, 1, 0, 0)));
}

/* The example of the Amazon EC2 Auto Scaling user guide: half past midnight on the first of
 * January, June and December of every year. */
static void three_nights_of_the_year(void **unused)
{
    (void)unused;
    static const char text[] = "30 0 1 1,6,12 *";
    int nights = 0;
    for (int64_t at = minute(2026, 1, 1, 0, 0); at < minute(2027, 1, 1, 0, 0); at++)
        nights += matches(text, at);
    assert_int_equal(nights, 3);
    assert_true(matches(text, minute(2026, 1, 1, 0, 30)));
    assert_true(matches(text, minute(2026, 6, 1, 0, 30)));
    assert_true(matches(text, minute(2031, 12, 1, 0, 30)));
}

/* crontab(5): where both kinds of day are restricted, either matches. */
static void the_first_and_fridays(void **unused)
{
    (void)unused;
    assert_true(matches("0 0 1 * fri", minute(2026, 4, 1, 0, 0)));  /* a Wednesday */
    assert_true(matches("0 0 1 * fri", minute(2026, 4, 3, 0, 0)));  /* a Friday */
    assert_false(matches("0 0 1 * fri", minute(2026, 4, 4, 0, 0))); /* neither */
    assert_false(matches("0 0 1 * *", minute(2026, 4, 3, 0, 0)));
}

static void wrong_expressions_say_what_is_wrong(void **unused)
{
    (void)unused;
    struct ust_cron cron;
    assert_string_equal(ust_cron_parse("60 * * * *", &cron),
                        "has minutes that are not 0 to 59");
    assert_string_equal(ust_cron_parse("0 24 * * *", &cron), "has hours that are not 0 to 23");
    assert_string_equal(ust_cron_parse("0 0 0 * *", &cron),
                        "has days of the month that are not 1 to 31");
    assert_string_equal(ust_cron_parse("0 0 * foo *", &cron),
                        "has months that are not 1 to 12 or jan to dec");
    assert_string_equal(ust_cron_parse("0 0 * * 8", &cron),
                        "has days of the week that are not 0 to 7 or sun to sat");
    assert_string_equal(ust_cron_parse("0 0 * *", &cron),
                        "needs five parts: minute, hour, day, month and day of the week");
    assert_string_equal(
        ust_cron_parse("0 0 * * * *", &cron),
        "has more than five parts: minute, hour, day, month and day of the week");
    assert_non_null(ust_cron_parse("5-2 * * * *", &cron));
    assert_non_null(ust_cron_parse("*/0 * * * *", &cron));
    assert_non_null(ust_cron_parse("1, * * * *", &cron));
    assert_non_null(ust_cron_parse("", &cron));
    assert_non_null(ust_cron_parse("99999999999 * * * *", &cron));
}

static void actions_have_to_say_when_and_what(void **unused)
{
    (void)unused;
    const struct ust_registry *registry = &ust_scaler_registry;
    policy_refuses_at(registry, "{kind: scheduled, actions: [{min: 3}]}", "{min",
                      "an action needs 'cron', 'at' or 'once'");
    policy_refuses_at(registry, "{kind: scheduled, actions: [{at: \"08:00\"}]}", "\"08:00\"",
                      "an action needs 'min', 'max' or 'desired'");
    policy_refuses_at(
        registry, "{kind: scheduled, actions: [{at: \"08:00\", cron: \"0 8 * * *\", min: 1}]}",
        "at: ", "'at' does not go with 'cron'");
    policy_refuses_at(registry, "{kind: scheduled, actions: [{cron: \"0 25 * * *\", min: 1}]}",
                      "\"0 25", "'cron' is '0 25 * * *', has hours that are not 0 to 23");
    policy_refuses_at(registry, "{kind: scheduled, actions: [{at: \"08:00\", min: 9, max: 3}]}",
                      "9, max", "'min' is 9, over 'max', 3");
    policy_refuses_at(registry,
                      "{kind: scheduled, actions: [{at: \"08:00\", max: 3, desired: 4}]}", "4}",
                      "'desired' is 4, must lie between 'min' and 'max'");
    policy_refuses_at(registry,
                      "{kind: scheduled, actions: [{cron: \"0 8 * * *\", days: mon, min: 1}]}",
                      "days", "'days' goes with 'at' only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_its_minute_an_action_changes_bounds_and_wish),
        cmocka_unit_test(without_a_wish_the_pool_stays_between_the_new_bounds),
        cmocka_unit_test(the_second_in_which_the_run_begins_counts),
        cmocka_unit_test(days_of_the_week_count_in_local_time),
        cmocka_unit_test(an_instant_is_the_same_in_every_zone),
        cmocka_unit_test(actions_may_come_late),
        cmocka_unit_test(of_two_at_one_minute_the_later_of_the_list_counts),
        cmocka_unit_test(changes_of_the_clock_neither_repeat_nor_lose),
        cmocka_unit_test(changes_of_the_clock_are_nothing_to_an_instant),
        cmocka_unit_test(seconds_of_a_time_count),
        cmocka_unit_test(a_minimum_never_passes_the_maximum),
        cmocka_unit_test(the_largest_maximum_is_known_before),
        cmocka_unit_test(working_days_at_eight),
        cmocka_unit_test(lists_ranges_and_steps),
        cmocka_unit_test(three_nights_of_the_year),
        cmocka_unit_test(the_first_and_fridays),
        cmocka_unit_test(wrong_expressions_say_what_is_wrong),
        cmocka_unit_test(actions_have_to_say_when_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
