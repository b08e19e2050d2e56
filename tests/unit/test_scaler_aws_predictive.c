/* Predictive scaling of Amazon EC2 Auto Scaling: what the user guide and the API reference say
 * of its times and bounds, and the seasonal mean that stands for its model, by hand. */
#include "tests/unit/history.h"

/* A group of n that begins at `start`, with `keys` of its policy and that history. */
static void begin(struct group *group, const char *keys, int64_t start, int hours,
                  double (*load)(int hour), uint32_t n)
{
    history_begin(group, "aws_predictive", keys, "", start, hours, load, n);
}

#define SCALES "target: 50 %, mode: forecast_and_scale"

/* 10 / 50 % = 20 instances from 8:00 on, launched at 7:55: SchedulingBufferTime is 300 s where
 * it is not given (API reference). */
static void capacity_comes_five_minutes_before_its_hour(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES, MONDAY, 48, office, 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 54, 0.5), 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 55, 0.5), 20);
    group_end(&group);
}

static void the_buffer_time_is_as_long_as_it_says(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES ", scheduling_buffer_time: 20 min", MONDAY, 48, office, 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 39, 0.5), 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 40, 0.5), 20);
    group_end(&group);
    begin(&group, SCALES ", scheduling_buffer_time: 0 s", MONDAY, 48, office, 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 59, 0.5), 8);
    assert_int_equal(run_to(&group, MONDAY, 8 * 60, 0.5), 20);
    group_end(&group);
}

/* "If actual capacity is greater than the predicted capacity, ... doesn't scale in". */
static void a_forecast_never_removes_instances(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES, MONDAY, 48, office, 30);
    assert_int_equal(run_to(&group, MONDAY, 12 * 60, 0.1), 30);
    assert_int_equal(group.type->asked == NULL, true);
    group_end(&group);
}

static void forecast_only_tells_and_does_nothing(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, "target: 50 %, level_hours: 0", MONDAY, 48, office, 8);
    assert_int_equal(run_to(&group, MONDAY, 7 * 60 + 59, 0.25), 8);
    settle(&group, UST_HOUR);
    for (uint32_t i = 0; i < group.view.n; i++)
        report(&group.instance[i], 0.25);
    group.view.unix_s += 60;
    struct ust_scaler_answer answer =
        group.type->target(group.policy.variant.params, group.state, &group.view);
    assert_true(answer.told);
    assert_int_equal(answer.forecast, 20); /* of the hour from 8 on */
    assert_int_equal(answer.needed, 4);    /* 8 at 25 % are 2 instances' worth, at 50 % */
    assert_int_equal(answer.desired, 8);
    assert_int_equal(answer.hold, 0);
    group_end(&group);
}

/* The hour's capacity is held against other policies until the hour ends: desired is the
 * largest of what they want. */
static void what_is_forecast_is_held_until_its_hour_ends(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES ", level_hours: 0", MONDAY, 48, office, 8);
    run_to(&group, MONDAY, 19 * 60 + 30, 0.5);
    struct ust_scaler_answer answer =
        group.type->target(group.policy.variant.params, group.state, &group.view);
    assert_int_equal(answer.hold, 20);
    run_to(&group, MONDAY, 20 * 60, 0.5);
    answer = group.type->target(group.policy.variant.params, group.state, &group.view);
    assert_int_equal(answer.hold, 8);
    group_end(&group);
}

static double flat(int hour)
{
    (void)hour;
    return 25;
}

/* API reference: a buffer of 10, a forecast of 50 and a maximum of 40 make a maximum of 55. */
static void the_maximum_grows_by_the_buffer_where_it_may(void **unused)
{
    (void)unused;
    static const struct {
        const char *keys;
        int64_t max, desired, max_after;
    } row[] = {
        {"", 40, 40, 40},
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 10", 40,
         50, 55},
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 0", 40,
         50, 50},
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 10", 52,
         50, 55}, /* "close to" */
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 10", 60,
         50, 60},
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 10, "
         "max_capacity_ceiling: 53",
         40, 50, 53},
        {", max_capacity_breach_behavior: increase_max_capacity, max_capacity_buffer: 10, "
         "max_capacity_ceiling: 30",
         40, 40, 40},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct group group;
        char keys[300];
        snprintf(keys, sizeof keys, "%s%s", SCALES, row[i].keys);
        begin(&group, keys, MONDAY, 24, flat, 5);
        group.view.max = row[i].max;
        run_to(&group, MONDAY, 1, 0.5);
        assert_int_equal(group.view.desired, row[i].desired);
        assert_int_equal(group.view.max, row[i].max_after);
        group_end(&group);
    }
}

static void the_minimum_is_kept_too(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES, MONDAY, 24, flat, 70);
    group.view.min = 60;
    assert_int_equal(run_to(&group, MONDAY, 5, 0.5), 70);
    group_end(&group);
}

/* 24 hours of load make the first forecast, those of the run as well. */
static void a_day_of_load_comes_before_the_first_forecast(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES, MONDAY, 0, NULL, 10);
    run_to(&group, MONDAY, 8 * 60, 0.5);
    group.view.desired = 20; /* somebody else's doing */
    settle(&group, UST_HOUR);
    run_to(&group, MONDAY, 9 * 60, 0.75);
    group.view.desired = 10;
    group.view.n = 10;
    assert_int_equal(run_to(&group, MONDAY, 24 * 60 - 1, 0.5), 10);
    /* From now on it knows of the hour from 8 to 9: 20 * 75 % / 50 % = 30. */
    assert_int_equal(run_to(&group, MONDAY, (24 + 7) * 60 + 54, 0.5), 10);
    assert_int_equal(run_to(&group, MONDAY, (24 + 7) * 60 + 55, 0.5), 30);
    group_end(&group);
}

static double twenty_three(int hour)
{
    return hour == -1 ? 30 : 5;
}

static void hours_of_the_file_and_of_the_run_add_up(void **unused)
{
    (void)unused;
    struct group group;
    begin(&group, SCALES, MONDAY, 23, twenty_three, 10);
    assert_int_equal(run_to(&group, MONDAY, 59, 0.5), 10);
    assert_int_equal(run_to(&group, MONDAY, 60, 0.5), 10);
    /* -1 was 30 instances' worth: the hour from 23 to 24 is */
    assert_int_equal(run_to(&group, MONDAY, 22 * 60 + 55, 0.5), 60);
    group_end(&group);
}

/* ---- the seasonal mean ---- */

static struct ust_load load_of(double *hour, uint32_t n, int64_t end)
{
    return (struct ust_load){.hour = hour, .window = n, .end = end, .begun = true};
}

/* x(h-24) = 12, x(h-48) = 6, x(h-72) = 20: (12 + 6/2 + 20/4) / (1 + 1/2 + 1/4) = 80/7. */
static void days_weigh_half_of_the_next(void **unused)
{
    (void)unused;
    double hour[72] = {[0] = 20, [24] = 6, [48] = 12};
    struct ust_load load = load_of(hour, 72, 72);
    const struct ust_forecast_params params = {.season = UST_SEASON_DAY, .recency = 0.5};
    CHECK_NEAR(ust_forecast(&load, &params, 72), 80. / 7, 1e-12);
    hour[24] = (double)NAN; /* a gap weighs nothing: (12 + 20/4) / (5/4) */
    CHECK_NEAR(ust_forecast(&load, &params, 72), 13.6, 1e-12);
    CHECK_NEAR(ust_forecast(&load, &params, 73), 0, 1e-12);
    /* Of tomorrow's next day the nearest that is known is the same. */
    CHECK_NEAR(ust_forecast(&load, &params, 96), 13.6, 1e-12);
}

/* Two weeks: h-168 = 30, h-336 = 15: (30 + 15/2) / 1.5 = 25, whatever yesterday was. */
static void two_weeks_make_a_season_of_a_week(void **unused)
{
    (void)unused;
    double hour[336];
    for (int i = 0; i < 336; i++)
        hour[i] = 1;
    hour[0] = 15;
    hour[168] = 30;
    hour[312] = 99; /* yesterday */
    struct ust_load load = load_of(hour, 336, 336);
    const struct ust_forecast_params params = {.season = UST_SEASON_AUTO, .recency = 0.5};
    CHECK_NEAR(ust_forecast(&load, &params, 336), 25, 1e-12);
    hour[0] = (double)NAN; /* no longer two: days count; (99 + ... + 30/64 + 1/128 ...) */
    double sum = 0, weights = 0;
    for (int k = 1; k <= 13; k++) {
        sum += pow(0.5, k - 1) * hour[336 - 24 * k];
        weights += pow(0.5, k - 1);
    }
    CHECK_NEAR(ust_forecast(&load, &params, 336), sum / weights, 1e-12);
}

/* Monday's two hours were 10 and 20, Tuesday's 15 and 27: 42 against 30 is a level of 1.4. */
static void the_level_follows_the_latest_hours(void **unused)
{
    (void)unused;
    double hour[48];
    for (int i = 0; i < 48; i++)
        hour[i] = (double)NAN;
    hour[22] = 10;
    hour[23] = 20;
    hour[46] = 15;
    hour[47] = 27;
    struct ust_load load = load_of(hour, 48, 48);
    struct ust_forecast_params params = {.season = UST_SEASON_DAY, .recency = 1, .level = 24};
    CHECK_NEAR(ust_forecast_level(&load, &params), 1.4, 1e-12);
    params.level = 1; /* the last hour alone, of which 20 would have been said */
    CHECK_NEAR(ust_forecast_level(&load, &params), 1.35, 1e-12);
    params.level = 0;
    CHECK_NEAR(ust_forecast_level(&load, &params), 1, 0);
}

/* ---- the file ---- */

static double ten(int hour)
{
    (void)hour;
    return 10;
}

/* May 48 hours of load that end at `end` be played before a run that begins at `start`? */
static bool can_be_played(int64_t start, int64_t end, const char *from)
{
    struct group group;
    char text[300], *path = history_write(end, 48, ten);
    snprintf(text, sizeof text,
             "{kind: aws_predictive, target: 50 %%, history: {file: %s, from: %s}}", path,
             from);
    group_begin(&group, text, 5);
    bool can = history_bind(&group, start, 4 * UST_HOUR) == UST_OK;
    group_end(&group);
    unlink(path);
    free(path);
    return can;
}

/* 2 January 1970 and 30 December 2200 are more nanoseconds apart than 63 bits hold twice. */
static void a_file_of_one_end_of_time_may_be_played_at_the_other(void **unused)
{
    (void)unused;
    const int64_t early = 86400, late = 7289481600;
    assert_true(can_be_played(late, early, "1970-01-02T00:00:00Z"));
    assert_true(can_be_played(early, late, "2200-12-30T00:00:00Z"));
    assert_false(can_be_played(late, late, "1970-01-02T00:00:00Z")); /* all comes after it */
    assert_true(can_be_played(late, MONDAY, "2026-03-02T00:00:00Z"));
}

/* ---- mistakes ---- */

static void mistakes_are_told(void **unused)
{
    (void)unused;
    policy_refuses_at(&ust_scaler_registry, "{kind: aws_predictive}", "{",
                      "metric 'cpu' needs 'target', for example 60 %");
    policy_refuses_at(&ust_scaler_registry,
                      "{kind: aws_predictive, target: 50 %, max_capacity_buffer: 10}",
                      "max_capacity_buffer",
                      "'max_capacity_buffer' goes with 'max_capacity_breach_behavior: "
                      "increase_max_capacity' only");
    policy_refuses_at(&ust_scaler_registry,
                      "{kind: aws_predictive, target: 50 %, max_capacity_breach_behavior: "
                      "increase_max_capacity}",
                      "{",
                      "'increase_max_capacity' needs 'max_capacity_buffer', for example 10");
}

static void a_run_too_short_for_any_forecast_is_refused(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_predictive, target: 50 %}", 5);
    assert_int_equal(history_bind(&group, MONDAY, 24 * UST_HOUR), UST_OK);
    assert_int_equal(history_bind(&group, MONDAY, 4 * UST_HOUR), UST_INVALID);
    assert_string_equal(ust_diag_at(group.policy.spec.diag, 0)->text,
                        "a forecast takes 24 hours of load, but there are 0 before the run, "
                        "which lasts 4 h; 'history' can bring more");
    group_end(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_comes_five_minutes_before_its_hour),
        cmocka_unit_test(the_buffer_time_is_as_long_as_it_says),
        cmocka_unit_test(a_forecast_never_removes_instances),
        cmocka_unit_test(forecast_only_tells_and_does_nothing),
        cmocka_unit_test(what_is_forecast_is_held_until_its_hour_ends),
        cmocka_unit_test(the_maximum_grows_by_the_buffer_where_it_may),
        cmocka_unit_test(the_minimum_is_kept_too),
        cmocka_unit_test(a_day_of_load_comes_before_the_first_forecast),
        cmocka_unit_test(hours_of_the_file_and_of_the_run_add_up),
        cmocka_unit_test(days_weigh_half_of_the_next),
        cmocka_unit_test(two_weeks_make_a_season_of_a_week),
        cmocka_unit_test(the_level_follows_the_latest_hours),
        cmocka_unit_test(a_file_of_one_end_of_time_may_be_played_at_the_other),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(a_run_too_short_for_any_forecast_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
