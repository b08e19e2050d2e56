/* When users come: hours, places, weekends and dispersion of arrivals that were drawn. */
#include "tests/unit/law.h"

#include <string.h>

#include <gsl/gsl_randist.h>

#include "analysis/profile/intensity.h"
#include "sim/base/time.h"
#include "sim/rand/gsl.h"

#define CHECK_NEAR(value, reference, tolerance)                                                \
    do {                                                                                       \
        double value_ = (value), reference_ = (reference);                                     \
        if (!(fabs(value_ - reference_) <= (tolerance)))                                       \
            fail_msg("%s: %.12g, reference %.12g", #value, value_, reference_);                \
    } while (0)

/* 2026-11-23 00:00 UTC, a Monday. */
#define MONDAY_NS (INT64_C(1795392000) * UST_S)
#define MOST      400000

static struct ust_arrived arrived[MOST];

struct drawn {
    struct ust_arena *arena;
    const struct ust_place_facts *place;
    const double *share;
    uint32_t places;
    double (*rate)(int64_t local_s); /* per second, by second of the local week */
    double cv;                       /* of a factor for each quarter of an hour */
};

static size_t draw(const struct drawn *how, int64_t from, int64_t to)
{
    struct ust_rng rng = ust_rng_derive(41, 0, "arrivals");
    gsl_rng gsl = ust_rng_gsl(&rng);
    size_t n = 0;
    for (int64_t at = from; at < to; at += 15 * UST_MINUTE) {
        double factor =
            how->cv > 0 ? gsl_ran_gamma(&gsl, 1 / (how->cv * how->cv), how->cv * how->cv) : 1;
        for (uint32_t p = 0; p < how->places; p++) {
            int64_t local = at / UST_S + 60 * how->place[p].utc_offset_min - 4 * 86400;
            double m = factor * how->share[p] * how->rate(local % 604800) * 900;
            for (unsigned k = gsl_ran_poisson(&gsl, m); k > 0; k--) {
                assert_true(n < MOST);
                arrived[n++] =
                    (struct ust_arrived){at + (int64_t)(ust_rng_unit(&rng) * 900e9), p};
            }
        }
    }
    return n;
}

static struct ust_intensity fit(const struct drawn *how, int64_t from, int64_t to)
{
    struct ust_intensity out;
    const struct ust_intensity_input input = {.arrived = arrived,
                                              .n = draw(how, from, to),
                                              .place = how->place,
                                              .places = how->places,
                                              .from = from,
                                              .to = to};
    ust_intensity_fit(&input, how->arena, &out);
    return out;
}

static double level(int64_t s)
{
    (void)s;
    return 0.1;
}

static double office(int64_t s)
{
    int64_t day = s / 86400, hour = s % 86400 / 3600;
    return day >= 5 ? 0.01 : hour >= 8 && hour < 18 ? 0.3 : 0.05;
}

static const struct ust_place_facts greenwich = {.name = "G"},
                                    far_east = {.name = "E", .utc_offset_min = 570};
static const double all = 1;

static void an_hour_is_one_rate(void **state)
{
    struct drawn how = {*state, &greenwich, &all, 1, level, 0};
    struct ust_intensity it = fit(&how, MONDAY_NS, MONDAY_NS + 3 * UST_HOUR);
    assert_int_equal(it.hours, 1);
    CHECK_NEAR(it.mean, 0.1, 3 * sqrt(0.1 / 10800));
    CHECK_NEAR(it.weekend, 1, 0);
    assert_true(it.cv == 0);
}

static void two_days_have_hours_and_no_weekend(void **state)
{
    struct drawn how = {*state, &greenwich, &all, 1, office, 0};
    struct ust_intensity it = fit(&how, MONDAY_NS, MONDAY_NS + 2 * UST_DAY);
    assert_int_equal(it.hours, 24);
    CHECK_NEAR(it.weekend, 1, 0);
    const double mean = (10 * 0.3 + 14 * 0.05) / 24;
    CHECK_NEAR(it.mean, mean, 3 * sqrt(mean / 172800));
    CHECK_NEAR(it.rate[9], 0.3 / mean, 3 * sqrt(0.3 / 7200) / mean);
    CHECK_NEAR(it.rate[3], 0.05 / mean, 3 * sqrt(0.05 / 7200) / mean);
    assert_true(it.peak % 24 >= 8 && it.peak % 24 < 18);
}

static void four_weeks_have_a_week_of_hours(void **state)
{
    struct drawn how = {*state, &greenwich, &all, 1, office, 0};
    struct ust_intensity it = fit(&how, MONDAY_NS, MONDAY_NS + 28 * UST_DAY);
    assert_int_equal(it.hours, 168);
    const double mean = (5 * (10 * 0.3 + 14 * 0.05) + 2 * 24 * 0.01) / 168;
    CHECK_NEAR(it.mean, mean, 3 * sqrt(mean / (28 * 86400)));
    CHECK_NEAR(it.rate[24 + 10] * it.mean, 0.3, 4 * sqrt(0.3 / 14400));
    CHECK_NEAR(it.rate[6 * 24 + 10] * it.mean, 0.01, 4 * sqrt(0.01 / 14400));
    assert_true(it.cv == 0);
    CHECK_NEAR(it.index, 1, 0.1);
}

/* A Thursday to a Saturday: the weekend's factor comes of one day. Hours of the day are the
 * same on both, so 0.05 and 0.01 at night, 0.3 and 0.01 by day, become one factor for all. */
static void a_weekend_that_was_seen_has_its_factor(void **state)
{
    struct drawn how = {*state, &greenwich, &all, 1, office, 0};
    struct ust_intensity it = fit(&how, MONDAY_NS + 3 * UST_DAY, MONDAY_NS + 6 * UST_DAY);
    assert_int_equal(it.hours, 24);
    const double weekday = (10 * 0.3 + 14 * 0.05) / 24;
    CHECK_NEAR(it.weekend, 0.01 / weekday, 0.02);
    CHECK_NEAR(it.mean, (5 * weekday + 2 * 0.01) / 7, 0.005);
}

/* The hours of two clocks, nine and a half apart, seen for a day and a half. */
static void places_have_clocks_of_their_own(void **state)
{
    const struct ust_place_facts places[] = {greenwich, far_east};
    const double share[] = {0.7, 0.3};
    struct drawn how = {*state, places, share, 2, office, 0};
    struct ust_intensity it = fit(&how, MONDAY_NS, MONDAY_NS + 36 * UST_HOUR);
    assert_int_equal(it.hours, 24);
    CHECK_NEAR(it.share[0], 0.7, 0.02);
    CHECK_NEAR(it.rate[12] * it.mean, 0.3, 0.02);
    CHECK_NEAR(it.rate[20] * it.mean, 0.05, 0.015);
}

static void dispersion_is_found_where_there_is_some(void **state)
{
    struct drawn how = {*state, &greenwich, &all, 1, level, 0.4};
    struct ust_intensity it = fit(&how, MONDAY_NS, MONDAY_NS + 28 * UST_DAY);
    CHECK_NEAR(it.cv, 0.4, 0.03);
    CHECK_NEAR(it.interval_s, 900, 0);
    CHECK_NEAR(it.index, 1 + 90 * 0.16, 2);
    how.cv = 0;
    it = fit(&how, MONDAY_NS, MONDAY_NS + 28 * UST_DAY);
    assert_true(it.cv == 0);
}

static void an_hour_without_anybody_is_not_closed(void **state)
{
    struct ust_intensity out;
    arrived[0] = (struct ust_arrived){MONDAY_NS + 10 * UST_HOUR, 0};
    arrived[1] = (struct ust_arrived){MONDAY_NS + 34 * UST_HOUR, 0};
    struct ust_intensity_input input = {.arrived = arrived,
                                        .n = 2,
                                        .place = &greenwich,
                                        .places = 1,
                                        .from = MONDAY_NS,
                                        .to = MONDAY_NS + 2 * UST_DAY};
    ust_intensity_fit(&input, *state, &out);
    assert_true(out.rate[3] > 0.5);
    assert_true(out.rate[10] > out.rate[3]);
    CHECK_NEAR(out.mean, 2 / 172800.0, 1e-7);
    assert_true(isnan(out.index));
    /* Where nobody knows when they came, they have a rate and no hours. */
    input.flat = true;
    ust_intensity_fit(&input, *state, &out);
    assert_int_equal(out.hours, 1);
    CHECK_NEAR(out.rate[0], 1, 0);
    CHECK_NEAR(out.mean, 2 / 172800.0, 1e-12);
}

static int setup(void **state)
{
    *state = ust_arena_new();
    return 0;
}

static int teardown(void **state)
{
    ust_arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_is_one_rate),
        cmocka_unit_test(two_days_have_hours_and_no_weekend),
        cmocka_unit_test(four_weeks_have_a_week_of_hours),
        cmocka_unit_test(a_weekend_that_was_seen_has_its_factor),
        cmocka_unit_test(places_have_clocks_of_their_own),
        cmocka_unit_test(dispersion_is_found_where_there_is_some),
        cmocka_unit_test(an_hour_without_anybody_is_not_closed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
