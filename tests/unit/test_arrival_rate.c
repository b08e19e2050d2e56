/* Plans of the kinds poisson, piecewise and diurnal. */
#include "tests/unit/arrival.h"

/* Expected arrivals between two instants of a plan that does not start over. */
static double mass(const struct ust_arrival_plan *plan, ust_time from, ust_time to)
{
    double sum = 0;
    for (uint32_t i = 0; i + 1 < plan->knots_n; i++) {
        const struct ust_rate_knot *knot = &plan->knots[i];
        ust_time begin = knot[0].at > from ? knot[0].at : from;
        ust_time end = knot[1].at < to ? knot[1].at : to;
        if (begin >= end)
            continue;
        double length = (double)(knot[1].at - knot[0].at);
        double slope = (knot->rate_end - knot->rate) / length;
        double a = knot->rate + slope * (double)(begin - knot->at);
        double b = knot->rate + slope * (double)(end - knot->at);
        sum += (a + b) / 2 * (double)(end - begin) / 1e9;
    }
    return sum;
}

/* ---- poisson ---- */

static void a_poisson_plan_is_level_to_the_end(void **state)
{
    (void)state;
    struct arrival it =
        arrival_read("{kind: poisson, rate: 120 req/s}", arrival_run(10 * UST_HOUR));
    assert_int_equal(it.plan.kind, UST_PLAN_RATE);
    assert_int_equal(it.plan.knots_n, 2);
    assert_true(it.plan.knots[0].at == 0);
    assert_true(it.plan.knots[1].at == 10 * UST_HOUR);
    CHECK_NEAR(it.plan.knots[0].rate, 120, 0);
    CHECK_NEAR(it.plan.knots[0].rate_end, 120, 0);
    CHECK_NEAR(it.plan.mean_30d, 120.0 * 2592000, 0);
    arrival_free(&it);
}

static void long_plans_come_in_days_so_that_nanoseconds_stay_whole(void **state)
{
    (void)state;
    struct arrival it =
        arrival_read("{kind: poisson, rate: 5 /min}", arrival_run(400 * UST_DAY + 7));
    assert_int_equal(it.plan.knots_n, 402);
    for (uint32_t i = 1; i < it.plan.knots_n; i++)
        assert_true(it.plan.knots[i].at - it.plan.knots[i - 1].at <= UST_DAY);
    CHECK_NEAR(mass(&it.plan, 0, UST_NEVER), 400 * 1440 * 5, 1e-3);
    arrival_free(&it);
}

static void a_rate_needs_its_unit_and_its_sign(void **state)
{
    (void)state;
    policy_refuses(&ust_arrival_registry, "{kind: poisson, rate: -3 req/s}", 27,
                   "'rate' is -3 req/s, must lie between 0 /s and 1e9 /s");
}

/* ---- piecewise ---- */

static void steps_hold_until_the_next_point_and_the_last_goes_on(void **state)
{
    (void)state;
    struct arrival it = arrival_read("{kind: piecewise, points: [{at: 10 s, rate: 2 req/s}, "
                                     "{at: 30 s, rate: 5 req/s}]}",
                                     arrival_run(60 * UST_S));
    CHECK_NEAR(mass(&it.plan, 0, 10 * UST_S), 0, 0);
    CHECK_NEAR(mass(&it.plan, 10 * UST_S, 30 * UST_S), 40, 1e-12);
    CHECK_NEAR(mass(&it.plan, 30 * UST_S, 60 * UST_S), 150, 1e-12);
    assert_true(it.plan.period == 0);
    CHECK_NEAR(it.plan.mean_30d, 190.0 / 60 * 2592000, 1e-6);
    arrival_free(&it);
}

static void lines_join_points_and_two_at_once_are_a_jump(void **state)
{
    (void)state;
    struct arrival it = arrival_read(
        "{kind: piecewise, shape: linear, points: [{at: 0 s, rate: 0 req/s}, {at: 10 s, rate: "
        "8 req/s}, {at: 10 s, rate: 1 req/s}, {at: 20 s, rate: 3 req/s}]}",
        arrival_run(30 * UST_S));
    CHECK_NEAR(mass(&it.plan, 0, 5 * UST_S), 10, 1e-12);
    CHECK_NEAR(mass(&it.plan, 5 * UST_S, 10 * UST_S), 30, 1e-12);
    CHECK_NEAR(mass(&it.plan, 10 * UST_S, 20 * UST_S), 20, 1e-12);
    CHECK_NEAR(mass(&it.plan, 20 * UST_S, 30 * UST_S), 30, 1e-12);
    arrival_free(&it);
}

static void a_long_line_stays_straight_over_days(void **state)
{
    (void)state;
    struct arrival it =
        arrival_read("{kind: piecewise, shape: linear, points: [{at: 0 s, rate: "
                     "1 req/s}, {at: 10 d, rate: 11 req/s}]}",
                     arrival_run(10 * UST_DAY));
    assert_int_equal(it.plan.knots_n, 11);
    CHECK_NEAR(it.plan.knots[3].rate, 4, 1e-12);
    CHECK_NEAR(it.plan.knots[3].rate_end, 5, 1e-12);
    CHECK_NEAR(it.plan.knots[9].rate_end, 11, 0);
    arrival_free(&it);
}

static void a_repeated_plan_averages_over_its_period(void **state)
{
    (void)state;
    struct arrival it =
        arrival_read("{kind: piecewise, repeat: 1 min, points: [{at: 0 s, rate: "
                     "6 req/s}, {at: 20 s, rate: 0 req/s}]}",
                     arrival_run(UST_DAY));
    assert_true(it.plan.period == UST_MINUTE);
    CHECK_NEAR(mass(&it.plan, 0, UST_NEVER), 120, 1e-12);
    CHECK_NEAR(it.plan.mean_30d, 2.0 * 2592000, 1e-6);
    arrival_free(&it);
}

static void points_out_of_order_are_refused(void **state)
{
    (void)state;
    policy_refuses(&ust_arrival_registry,
                   "{kind: piecewise, points: [{at: 10 s, rate: 1 req/s}, {at: 10 s, rate: 2 "
                   "req/s}]}",
                   64, "'at' is 10 s, must lie after the point before it, 10 s");
    policy_refuses(&ust_arrival_registry,
                   "{kind: piecewise, repeat: 5 s, points: [{at: 10 s, rate: 1 req/s}]}", 31,
                   "'repeat' is 5 s, must not lie before the last point, 10 s");
}

/* ---- diurnal ---- */

static struct ust_origin three[3];
static struct ust_user_persona travellers(double weekend)
{
    const char *names[] = {"London", "New York", "Sydney"};
    const double share[] = {0.5, 0.3, 0.2};
    for (int i = 0; i < 3; i++)
        three[i] = (struct ust_origin){.share = share[i], .place = *ust_place_find(names[i])};
    return (struct ust_user_persona){.name = "traveller",
                                     .geography = {.at = three, .n = 3},
                                     .week = {.peak = 20 * 3600,
                                              .trough = 4 * 3600 + 1800,
                                              .peak_to_trough = 6,
                                              .weekend = weekend},
                                     .week_node = (const struct ust_node *)three};
}

static int64_t unix_ns(int year, int month, int day, int hour)
{
    return (ust_days_from_civil(year, month, day) * 24 + hour) * UST_HOUR;
}

/* Rate of one place at an instant, between knots as the contract says. */
static double place_rate(const struct ust_arrival_plan *plan, uint32_t place, ust_time at)
{
    uint32_t i = 0;
    while (plan->knots[i + 1].at <= at)
        i++;
    double u =
        (double)(at - plan->knots[i].at) / (double)(plan->knots[i + 1].at - plan->knots[i].at);
    return plan->knots[i].rate * (1 - u) * plan->place_share[i * plan->places_n + place] +
           plan->knots[i].rate_end * u * plan->place_share[(i + 1) * plan->places_n + place];
}

static void a_plain_week_has_the_mean_whatever_the_weekend(void **state)
{
    (void)state;
    for (int w = 0; w <= 4; w++) {
        struct ust_user_persona persona = travellers(w * 0.5);
        struct ust_arrival_context run = {
            .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 3, 9), .end = 7 * UST_DAY};
        struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
        CHECK_NEAR(mass(&it.plan, 0, UST_NEVER) / (900.0 * 604800), 1, 1e-12);
        CHECK_NEAR(it.plan.mean_30d, 900.0 * 2592000, 0);
        arrival_free(&it);
    }
}

static void each_place_has_its_share_of_the_week(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1.4);
    struct ust_arrival_context run = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 3, 9), .end = 7 * UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    double sum[3] = {0};
    for (uint32_t i = 0; i + 1 < it.plan.knots_n; i++) {
        double length = (double)(it.plan.knots[i + 1].at - it.plan.knots[i].at) / 1e9;
        for (uint32_t p = 0; p < 3; p++)
            sum[p] += length *
                      (it.plan.knots[i].rate * it.plan.place_share[i * 3 + p] +
                       it.plan.knots[i].rate_end * it.plan.place_share[(i + 1) * 3 + p]) /
                      2;
    }
    for (int p = 0; p < 3; p++)
        CHECK_NEAR(sum[p] / (900.0 * 604800), three[p].share, 1e-12);
    arrival_free(&it);
}

static void every_place_peaks_at_its_own_evening(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1);
    struct ust_arrival_context run = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 3, 0), .end = UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    /* 20:00 in British Summer Time, Eastern Daylight Time and Australian Eastern Standard Time,
     * and 04:30 likewise, in hours of Greenwich */
    const double peak[] = {19, 0, 10}, trough[] = {3.5, 8.5, 18.5};
    for (uint32_t p = 0; p < 3; p++) {
        double best = 0, least = 1e9, best_at = 0, least_at = 0;
        for (int minute = 0; minute < 1440; minute++) {
            double rate = place_rate(&it.plan, p, minute * UST_MINUTE);
            if (rate > best)
                best = rate, best_at = minute / 60.0;
            if (rate < least)
                least = rate, least_at = minute / 60.0;
        }
        CHECK_NEAR(best_at, peak[p], 1e-9);
        CHECK_NEAR(least_at, trough[p], 1e-9);
        CHECK_NEAR(best / least, 6, 1e-9);
        /* Half cosines: peak and trough lie as far from the mean as their ratio says. */
        CHECK_NEAR(best, 900 * three[p].share * 12 / 7, 1e-9);
    }
    arrival_free(&it);
}

static void half_way_between_trough_and_peak_lies_the_mean(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1);
    struct ust_arrival_context run = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 3, 0), .end = UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    /* London rises from 04:30 to 20:00 and falls till 04:30: 12:15 and 00:15 local. */
    CHECK_NEAR(place_rate(&it.plan, 0, 11 * UST_HOUR + 15 * UST_MINUTE), 450, 1e-9);
    CHECK_NEAR(place_rate(&it.plan, 0, 23 * UST_HOUR + 15 * UST_MINUTE), 450, 1e-9);
    arrival_free(&it);
}

static void the_weekend_begins_at_local_midnight(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(2);
    /* Friday 5 June 2026, 00:00 UTC, for four days. */
    struct ust_arrival_context run = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 5, 0), .end = 4 * UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    const int saturday_h[] = {23, 28, 14}, monday_h[] = {71, 76, 62};
    for (uint32_t p = 0; p < 3; p++) {
        ust_time begin = saturday_h[p] * UST_HOUR, end = monday_h[p] * UST_HOUR;
        CHECK_NEAR(place_rate(&it.plan, p, begin) / place_rate(&it.plan, p, begin - 1), 2,
                   1e-6);
        CHECK_NEAR(place_rate(&it.plan, p, end) / place_rate(&it.plan, p, end - 1), 0.5, 1e-6);
    }
    arrival_free(&it);
}

static void clocks_that_change_take_the_curve_with_them(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1);
    /* London's clock goes from 01:00 to 02:00 on 29 March 2026, at 01:00 UTC. */
    struct ust_arrival_context run = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 3, 29, 0), .end = UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    double before = place_rate(&it.plan, 0, UST_HOUR - 1);
    double after = place_rate(&it.plan, 0, UST_HOUR);
    /* The curve at 01:00 and at 02:00 local: 5 h and 6 h of the 8.5 h from peak to trough. */
    const double pi = 3.14159265358979;
    double one = 450 / 3.5 * (1 + 2.5 * (1 + cos(pi * 5 / 8.5)));
    double two = 450 / 3.5 * (1 + 2.5 * (1 + cos(pi * 6 / 8.5)));
    CHECK_NEAR(before, one, 1e-6);
    CHECK_NEAR(after, two, 1e-6);
    /* New York's does not change that day: no jump there. */
    CHECK_NEAR(place_rate(&it.plan, 1, UST_HOUR), place_rate(&it.plan, 1, UST_HOUR - 1), 1e-6);
    arrival_free(&it);
}

static void shares_add_up_at_every_knot(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(0);
    struct ust_arrival_context run = {.persona = &persona,
                                      .start_unix_ns = unix_ns(2026, 6, 3, 0) + 123456789,
                                      .end = 9 * UST_DAY + 17};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    for (uint32_t i = 0; i < it.plan.knots_n; i++) {
        double sum = 0;
        for (uint32_t p = 0; p < 3; p++) {
            assert_true(it.plan.place_share[i * 3 + p] >= 0);
            sum += it.plan.place_share[i * 3 + p];
        }
        CHECK_NEAR(sum, 1, 1e-12);
        if (i > 0)
            assert_true(it.plan.knots[i].at >= it.plan.knots[i - 1].at);
    }
    assert_true(it.plan.knots[0].at == 0);
    assert_true(it.plan.knots[it.plan.knots_n - 1].at == 9 * UST_DAY + 17);
    arrival_free(&it);
}

static void a_run_begins_anywhere_on_the_curve(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1.3);
    struct ust_arrival_context day = {
        .persona = &persona, .start_unix_ns = unix_ns(2026, 6, 3, 0), .end = UST_DAY};
    struct ust_arrival_context later = day;
    const ust_time delay = 5 * UST_HOUR + 61 * UST_S + 7;
    later.start_unix_ns += delay;
    later.end = UST_HOUR + 3;
    struct arrival whole = arrival_read("{kind: diurnal, mean: 900 req/s}", day);
    struct arrival part = arrival_read("{kind: diurnal, mean: 900 req/s}", later);
    for (ust_time at = 0; at < later.end; at += 59 * UST_S)
        CHECK_NEAR(place_rate(&part.plan, 2, at), place_rate(&whole.plan, 2, at + delay), 1e-9);
    CHECK_NEAR(mass(&part.plan, 0, UST_NEVER), mass(&whole.plan, delay, delay + later.end),
               1e-6);
    arrival_free(&whole);
    arrival_free(&part);
}

static void without_a_geography_the_scenarios_clock_counts(void **state)
{
    (void)state;
    struct ust_user_persona persona = travellers(1);
    persona.geography = (struct ust_items){0};
    struct ust_arrival_context run = {.persona = &persona,
                                      .start_unix_ns = unix_ns(2026, 6, 3, 0),
                                      .offset_minutes = -300,
                                      .end = UST_DAY};
    struct arrival it = arrival_read("{kind: diurnal, mean: 900 req/s}", run);
    assert_null(it.plan.place_share);
    uint32_t best = 0;
    for (uint32_t i = 0; i < it.plan.knots_n; i++)
        if (it.plan.knots[i].rate > it.plan.knots[best].rate)
            best = i;
    assert_true(it.plan.knots[best].at == UST_HOUR); /* 20:00 at -05:00 */
    arrival_free(&it);
}

static void without_a_week_there_is_no_day(void **state)
{
    (void)state;
    arrival_refuses("{kind: diurnal, mean: 900 req/s}", UST_DAY,
                    "diurnal arrivals need a 'week' in persona 'nobody'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_poisson_plan_is_level_to_the_end),
        cmocka_unit_test(long_plans_come_in_days_so_that_nanoseconds_stay_whole),
        cmocka_unit_test(a_rate_needs_its_unit_and_its_sign),
        cmocka_unit_test(steps_hold_until_the_next_point_and_the_last_goes_on),
        cmocka_unit_test(lines_join_points_and_two_at_once_are_a_jump),
        cmocka_unit_test(a_long_line_stays_straight_over_days),
        cmocka_unit_test(a_repeated_plan_averages_over_its_period),
        cmocka_unit_test(points_out_of_order_are_refused),
        cmocka_unit_test(a_plain_week_has_the_mean_whatever_the_weekend),
        cmocka_unit_test(each_place_has_its_share_of_the_week),
        cmocka_unit_test(every_place_peaks_at_its_own_evening),
        cmocka_unit_test(half_way_between_trough_and_peak_lies_the_mean),
        cmocka_unit_test(the_weekend_begins_at_local_midnight),
        cmocka_unit_test(clocks_that_change_take_the_curve_with_them),
        cmocka_unit_test(shares_add_up_at_every_knot),
        cmocka_unit_test(a_run_begins_anywhere_on_the_curve),
        cmocka_unit_test(without_a_geography_the_scenarios_clock_counts),
        cmocka_unit_test(without_a_week_there_is_no_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
