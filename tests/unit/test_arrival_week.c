/* Weeks hour by hour, with a mean of their own, and rates that vary more than chance. */
#include "tests/unit/arrival.h"
#include "tests/unit/law.h"

#include <gsl/gsl_cdf.h>

/* 2026-11-23 00:00 UTC, a Monday. */
#define MONDAY_NS (INT64_C(1795392000) * UST_S)

static const double of_day[24] = {1, 1, 1, 1, 1, 1, 2, 4, 6, 8, 8, 8,
                                  6, 6, 6, 6, 4, 4, 8, 9, 9, 6, 3, 1}; /* sums up to 110 */

static struct ust_user_persona persona_of(const double *hours, uint32_t n)
{
    static const struct ust_node given;
    static double copy[168];
    struct ust_user_persona persona = {.name = "learned", .week_node = &given};
    memcpy(copy, hours, n * sizeof *hours);
    persona.week.hours = (struct ust_items){copy, n, &given};
    persona.week.weekend = 1;
    return persona;
}

static struct ust_arrival_context week_of(const struct ust_user_persona *persona)
{
    return (struct ust_arrival_context){
        .persona = persona, .start_unix_ns = MONDAY_NS, .end = 7 * UST_DAY};
}

static double mass(const struct ust_arrival_plan *plan, ust_time from, ust_time to)
{
    double sum = 0;
    for (uint32_t i = 0; i + 1 < plan->knots_n; i++) {
        const struct ust_rate_knot *knot = &plan->knots[i];
        assert_true(knot[0].at >= to || knot[1].at <= from || knot->rate == knot->rate_end);
        ust_time begin = knot[0].at > from ? knot[0].at : from;
        ust_time end = knot[1].at < to ? knot[1].at : to;
        sum += begin < end ? knot->rate * (double)(end - begin) / 1e9 : 0;
    }
    return sum;
}

static void every_hour_of_the_day_has_its_rate(void **state)
{
    (void)state;
    struct ust_user_persona persona = persona_of(of_day, 24);
    struct arrival it = arrival_read("{kind: diurnal, mean: 11 req/s}", week_of(&persona));
    double scale = 11.0 * 24 / 110 * 3600; /* arrivals of an hour whose rate is 1 */
    for (int day = 0; day < 7; day += 6)
        for (int hour = 0; hour < 24; hour++) {
            ust_time at = (24 * day + hour) * UST_HOUR;
            CHECK_NEAR(mass(&it.plan, at, at + UST_HOUR) / (scale * of_day[hour]), 1, 1e-12);
        }
    CHECK_NEAR(mass(&it.plan, 0, 7 * UST_DAY), 11 * 604800.0, 1e-6);
    arrival_free(&it);
}

static void a_week_of_hours_begins_on_monday_and_knows_its_sunday(void **state)
{
    (void)state;
    double hours[168];
    for (int h = 0; h < 168; h++)
        hours[h] = h < 24 ? 1 : h >= 144 ? 5 : 2;
    struct ust_user_persona persona = persona_of(hours, 168);
    struct arrival it = arrival_read("{kind: diurnal, mean: 1 req/s}", week_of(&persona));
    double unit = 168.0 / (24 + 5 * 24 + 2 * 120) * 86400; /* arrivals of Monday */
    CHECK_NEAR(mass(&it.plan, 0, UST_DAY), unit, 1e-6);
    CHECK_NEAR(mass(&it.plan, UST_DAY, 2 * UST_DAY), 2 * unit, 1e-6);
    CHECK_NEAR(mass(&it.plan, 6 * UST_DAY, 7 * UST_DAY), 5 * unit, 1e-6);
    arrival_free(&it);
}

static void hours_are_those_of_each_place(void **state)
{
    (void)state;
    struct ust_origin origins[] = {{.share = 0.5, .place = *ust_place_find("London")},
                                   {.share = 0.5, .place = *ust_place_find("Tokyo")}};
    double hours[24] = {[9] = 1};
    struct ust_user_persona persona = persona_of(hours, 24);
    persona.geography = (struct ust_items){origins, 2, NULL};
    struct arrival it = arrival_read("{kind: diurnal, mean: 24 req/s}", week_of(&persona));
    /* 09:00 in Tokyo is midnight in London. */
    CHECK_NEAR(mass(&it.plan, 0, UST_HOUR), 24 * 24 / 2 * 3600.0, 1e-6);
    CHECK_NEAR(mass(&it.plan, 9 * UST_HOUR, 10 * UST_HOUR), 24 * 24 / 2 * 3600.0, 1e-6);
    CHECK_NEAR(mass(&it.plan, 0, UST_DAY), 24 * 24 * 3600.0, 1e-6);
    arrival_free(&it);
}

static void the_weekend_multiplies_hours_of_a_day(void **state)
{
    (void)state;
    struct ust_user_persona persona = persona_of(of_day, 24);
    persona.week.weekend = 3;
    struct arrival it = arrival_read("{kind: diurnal, mean: 11 req/s}", week_of(&persona));
    CHECK_NEAR(mass(&it.plan, 5 * UST_DAY, 6 * UST_DAY) / mass(&it.plan, 0, UST_DAY), 3, 1e-12);
    CHECK_NEAR(mass(&it.plan, 0, 7 * UST_DAY), 11 * 604800.0, 1e-6);
    arrival_free(&it);
}

static void a_persona_may_say_how_many_come(void **state)
{
    (void)state;
    static const struct ust_node given;
    struct ust_user_persona persona = persona_of(of_day, 24);
    persona.week.mean = 3;
    persona.week.mean_node = &given;
    struct arrival it = arrival_read("diurnal", week_of(&persona));
    CHECK_NEAR(mass(&it.plan, 0, 7 * UST_DAY), 3 * 604800.0, 1e-6);
    CHECK_NEAR(it.plan.mean_30d, 3 * 2592000.0, 1e-6);
    arrival_free(&it);
}

static void check_refused(const struct ust_user_persona *persona, const char *message)
{
    struct arrival it = arrival_try("diurnal", week_of(persona));
    assert_int_equal(it.status, UST_INVALID);
    assert_string_equal(ust_diag_at(it.policy.spec.diag, 0)->text, message);
    arrival_free(&it);
}

static void a_mean_of_sessions_is_none_of_requests(void **state)
{
    (void)state;
    static const struct ust_node given;
    struct ust_user_persona persona = persona_of(of_day, 24);
    check_refused(&persona, "diurnal arrivals need a 'mean', here or in the 'week' of persona "
                            "'learned'");
    persona.week.mean = 3;
    persona.week.mean_node = persona.session_node = &given;
    check_refused(&persona, "the 'week' of persona 'learned' has a 'mean' of sessions; either "
                            "'mode: sessions', or a 'mean' of requests here");
}

/* ---- dispersion ---- */

#define INTERVALS 20000
#define EXPECTED  20.0
#define CV        0.5

static struct arrival dispersed(struct ust_user_persona *persona, ust_time start)
{
    static const struct ust_node given;
    static const double level[24] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    *persona = persona_of(level, 24);
    persona->week.dispersion =
        (struct ust_dispersion){.cv = CV, .interval = 15 * UST_MINUTE, .node = &given};
    struct ust_arrival_context run = week_of(persona);
    run.start_unix_ns += start;
    run.end = INTERVALS * 15 * UST_MINUTE - start;
    char text[80];
    snprintf(text, sizeof text, "{kind: diurnal, mean: %.17g req/s}", EXPECTED / 900);
    return arrival_read(text, run);
}

static void counts(const struct arrival *it, ust_time start, unsigned *count)
{
    struct ust_rng gap = ust_rng_derive(21, 0, "gap"), factors = ust_rng_derive(21, 0, "f");
    struct ust_arrivals arrivals;
    ust_arrivals_start(&arrivals, &it->plan, &factors);
    for (ust_time t; (t = ust_arrivals_next(&arrivals, &gap)) != UST_NEVER;)
        count[(t + start) / (15 * UST_MINUTE)]++;
}

/* A Poisson count whose mean is gamma is negative binomial, of 1 / cv^2 successes. */
static void counts_of_intervals_are_negative_binomial(void **state)
{
    (void)state;
    static unsigned count[INTERVALS + 1];
    struct ust_user_persona persona;
    struct arrival it = dispersed(&persona, 0);
    memset(count, 0, sizeof count);
    counts(&it, 0, count);
    const double n = 1 / (CV * CV), p = n / (n + EXPECTED);
    const unsigned bounds[] = {4, 8, 12, 16, 20, 24, 28, 34, 40, 50, UINT32_MAX};
    double seen[11] = {0}, chi2 = 0, below = 0, sum = 0, squares = 0, together = 0;
    for (int i = 0; i < INTERVALS; i++) {
        int class = 0;
        while (count[i] > bounds[class])
            class ++;
        seen[class]++;
        sum += count[i];
        squares += (double)count[i] * count[i];
        together += i > 0 ? (count[i] - EXPECTED) * (count[i - 1] - EXPECTED) : 0;
    }
    for (int class = 0; class < 11; class ++) {
        double up_to = class == 10 ? 1 : gsl_cdf_negative_binomial_P(bounds[class], p, n);
        double expected = INTERVALS * (up_to - below);
        chi2 += (seen[class] - expected) * (seen[class] - expected) / expected;
        below = up_to;
    }
    assert_true(gsl_cdf_chisq_Q(chi2, 10) > LAW_LEVEL);
    double mean = sum / INTERVALS, variance = squares / INTERVALS - mean * mean;
    /* index of dispersion 1 + m cv^2 = 6 */
    CHECK_NEAR(mean, EXPECTED, 4 * sqrt(120.0 / INTERVALS));
    CHECK_NEAR(variance / mean, 6, 0.3);
    /* neighbours know nothing of each other */
    CHECK_NEAR(together / INTERVALS / variance, 0, 4 / sqrt(INTERVALS));
    arrival_free(&it);
}

static void intervals_follow_greenwichs_clock(void **state)
{
    (void)state;
    static unsigned count[INTERVALS + 1];
    struct ust_user_persona persona;
    const ust_time start = 400 * UST_S; /* within the first interval, not on the grid */
    struct arrival it = dispersed(&persona, start);
    memset(count, 0, sizeof count);
    counts(&it, start, count);
    double sum = 0, squares = 0;
    for (int i = 1; i < INTERVALS; i++) {
        sum += count[i];
        squares += (double)count[i] * count[i];
    }
    /* Were intervals cut elsewhere, the variance would be smaller: of a mean of two factors. */
    double mean = sum / (INTERVALS - 1);
    CHECK_NEAR((squares / (INTERVALS - 1) - mean * mean) / mean, 6, 0.3);
    arrival_free(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hour_of_the_day_has_its_rate),
        cmocka_unit_test(a_week_of_hours_begins_on_monday_and_knows_its_sunday),
        cmocka_unit_test(hours_are_those_of_each_place),
        cmocka_unit_test(the_weekend_multiplies_hours_of_a_day),
        cmocka_unit_test(a_persona_may_say_how_many_come),
        cmocka_unit_test(a_mean_of_sessions_is_none_of_requests),
        cmocka_unit_test(counts_of_intervals_are_negative_binomial),
        cmocka_unit_test(intervals_follow_greenwichs_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
