/* Places: the catalogue, distances, and local time by law. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/persona/place.h"
#include "sim/base/time.h"

static const struct ust_place_facts *place(const char *name)
{
    const struct ust_place_facts *found = ust_place_find(name);
    if (!found)
        fail_msg("no place '%s'", name);
    return found;
}

static int64_t utc(int year, int month, int day, int hour, int minute, int second)
{
    return ust_days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

static int offset(const char *name, int64_t unix_seconds)
{
    return ust_place_offset_min(place(name), unix_seconds);
}

/* ---- the catalogue ---- */

static void every_name_stands_once_and_its_facts_are_possible(void **state)
{
    (void)state;
    uint32_t n;
    const struct ust_place_facts *all = ust_place_catalogue(&n);
    for (uint32_t i = 0; i < n; i++) {
        if (ust_place_find(all[i].name) != &all[i])
            fail_msg("%s stands twice", all[i].name);
        assert_true(all[i].latitude > -60 && all[i].latitude < 72);
        assert_true(all[i].longitude >= -180 && all[i].longitude <= 180);
        /* Clocks follow the sun: China, Argentina and Spain stray the farthest, by under three
         * hours. */
        double solar = all[i].longitude * 4;
        if (all[i].utc_offset_min - solar > 180 || solar - all[i].utc_offset_min > 180)
            fail_msg("%s: %d min from Greenwich at %g degrees", all[i].name,
                     all[i].utc_offset_min, all[i].longitude);
        assert_int_equal(all[i].utc_offset_min % 15, 0);
    }
}

static void there_are_cities_of_all_continents_and_three_clouds(void **state)
{
    (void)state;
    uint32_t n, upper = 0;
    const struct ust_place_facts *all = ust_place_catalogue(&n);
    for (uint32_t i = 0; i < n; i++)
        upper += all[i].name[0] >= 'A' && all[i].name[0] <= 'Z';
    assert_true(upper >= 120);     /* cities begin with a capital */
    assert_true(n - upper >= 100); /* regions do not */
    place("Lagos"), place("Tokyo"), place("Berlin"), place("Mexico City"), place("Sao Paulo");
    place("Sydney"), place("us-east-1"), place("us-east4"), place("westeurope");
}

static void names_are_matched_as_written(void **state)
{
    (void)state;
    assert_null(ust_place_find("london"));
    assert_null(ust_place_find(""));
    assert_null(ust_place_find("us-east-9"));
}

/* ---- distances: R = 6371.0088 km, the mean radius of the IUGG ---- */

static void check_km(const struct ust_place_facts *a, const struct ust_place_facts *b,
                     double km, double tolerance)
{
    double got = ust_place_distance_km(a, b);
    if (!(got > km - tolerance && got < km + tolerance))
        fail_msg("%s to %s is %.9g km, not %.9g", a->name, b->name, got, km);
    assert_true(ust_place_distance_km(b, a) == got);
}

static void known_distances_are_met(void **state)
{
    (void)state;
    const struct ust_place_facts equator = {.name = "equator"};
    const struct ust_place_facts quarter = {.name = "quarter", .longitude = 90};
    const struct ust_place_facts antipode = {.name = "antipode", .longitude = 180};
    const struct ust_place_facts pole = {.name = "pole", .latitude = 90};
    const struct ust_place_facts near = {.name = "near", .latitude = 1e-6};
    check_km(&equator, &quarter, 10007.557221017962, 1e-9); /* R pi / 2 */
    check_km(&equator, &antipode, 20015.114442035923, 1e-9);
    check_km(&equator, &pole, 10007.557221017962, 1e-9);
    check_km(&equator, &near, 1.11195080234e-4, 1e-15); /* 11 cm: the haversine keeps digits */
    check_km(&equator, &equator, 0, 1e-300);
}

static void cities_lie_as_far_apart_as_the_map_says(void **state)
{
    (void)state;
    /* Computed by another program from centres to four decimals; the catalogue's two move a
     * centre by up to 0.8 km. */
    check_km(place("London"), place("New York"), 5570.23, 2);
    check_km(place("Sydney"), place("Santiago"), 11346.73, 2);
    check_km(place("Paris"), place("Tokyo"), 9711.74, 2);
    check_km(place("Singapore"), place("Jakarta"), 905.36, 2);
    check_km(place("us-east-1"), place("us-west-2"), 3735.80, 0.01);
}

/* ---- local time ---- */

static void london_changes_at_one_utc_on_last_sundays(void **state)
{
    (void)state;
    assert_int_equal(offset("London", utc(2026, 3, 29, 0, 59, 59)), 0);
    assert_int_equal(offset("London", utc(2026, 3, 29, 1, 0, 0)), 60);
    assert_int_equal(offset("London", utc(2026, 10, 25, 0, 59, 59)), 60);
    assert_int_equal(offset("London", utc(2026, 10, 25, 1, 0, 0)), 0);
    assert_int_equal(offset("Berlin", utc(2026, 3, 29, 1, 0, 0)), 120);
    assert_int_equal(offset("Athens", utc(2026, 3, 29, 0, 59, 59)), 120);
}

static void new_york_changes_at_two_local(void **state)
{
    (void)state;
    assert_int_equal(offset("New York", utc(2026, 3, 8, 6, 59, 59)), -300);
    assert_int_equal(offset("New York", utc(2026, 3, 8, 7, 0, 0)), -240);
    assert_int_equal(offset("New York", utc(2026, 11, 1, 5, 59, 59)), -240);
    assert_int_equal(offset("New York", utc(2026, 11, 1, 6, 0, 0)), -300);
    assert_int_equal(offset("Los Angeles", utc(2026, 11, 1, 8, 59, 59)), -420);
    assert_int_equal(offset("Los Angeles", utc(2026, 11, 1, 9, 0, 0)), -480);
}

static void sydney_has_its_summer_over_new_year(void **state)
{
    (void)state;
    assert_int_equal(offset("Sydney", utc(2026, 1, 1, 0, 0, 0)), 660);
    assert_int_equal(offset("Sydney", utc(2026, 4, 4, 15, 59, 59)), 660);
    assert_int_equal(offset("Sydney", utc(2026, 4, 4, 16, 0, 0)), 600);
    assert_int_equal(offset("Sydney", utc(2026, 10, 3, 15, 59, 59)), 600);
    assert_int_equal(offset("Sydney", utc(2026, 10, 3, 16, 0, 0)), 660);
    assert_int_equal(offset("Adelaide", utc(2026, 10, 3, 16, 30, 0)), 630);
    assert_int_equal(offset("Brisbane", utc(2026, 1, 1, 0, 0, 0)), 600);
}

static void auckland_begins_a_week_before_sydney(void **state)
{
    (void)state;
    assert_int_equal(offset("Auckland", utc(2026, 4, 4, 13, 59, 59)), 780);
    assert_int_equal(offset("Auckland", utc(2026, 4, 4, 14, 0, 0)), 720);
    assert_int_equal(offset("Auckland", utc(2026, 9, 26, 13, 59, 59)), 720);
    assert_int_equal(offset("Auckland", utc(2026, 9, 26, 14, 0, 0)), 780);
}

static void santiago_changes_on_the_sunday_after_the_first(void **state)
{
    (void)state;
    assert_int_equal(offset("Santiago", utc(2026, 4, 5, 2, 59, 59)), -180);
    assert_int_equal(offset("Santiago", utc(2026, 4, 5, 3, 0, 0)), -240);
    assert_int_equal(offset("Santiago", utc(2026, 9, 6, 3, 59, 59)), -240);
    assert_int_equal(offset("Santiago", utc(2026, 9, 6, 4, 0, 0)), -180);
    /* 1 September 2024 was a Sunday: not yet, but a week later. */
    assert_int_equal(offset("Santiago", utc(2024, 9, 1, 12, 0, 0)), -240);
    assert_int_equal(offset("Santiago", utc(2024, 9, 8, 4, 0, 0)), -180);
}

static void jerusalem_and_cairo_follow_laws_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(offset("Jerusalem", utc(2026, 3, 26, 23, 59, 59)), 120);
    assert_int_equal(offset("Jerusalem", utc(2026, 3, 27, 0, 0, 0)), 180);
    assert_int_equal(offset("Jerusalem", utc(2026, 10, 24, 22, 59, 59)), 180);
    assert_int_equal(offset("Jerusalem", utc(2026, 10, 24, 23, 0, 0)), 120);
    assert_int_equal(offset("Cairo", utc(2026, 4, 23, 21, 59, 59)), 120);
    assert_int_equal(offset("Cairo", utc(2026, 4, 23, 22, 0, 0)), 180);
    assert_int_equal(offset("Cairo", utc(2026, 10, 29, 20, 59, 59)), 180);
    assert_int_equal(offset("Cairo", utc(2026, 10, 29, 21, 0, 0)), 120);
}

static void places_without_summer_time_never_change(void **state)
{
    (void)state;
    const char *steady[] = {"Tokyo", "Mumbai", "Sao Paulo", "Phoenix", "Moscow", "Mexico City"};
    const int minutes[] = {540, 330, -180, -420, 180, -360};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(offset(steady[i], utc(2026, 1, 15, 0, 0, 0)), minutes[i]);
        assert_int_equal(offset(steady[i], utc(2026, 7, 15, 0, 0, 0)), minutes[i]);
    }
}

static void times_before_1970_have_an_offset_too(void **state)
{
    (void)state;
    assert_int_equal(offset("London", utc(1969, 7, 1, 0, 0, 0)), 60);
    assert_int_equal(offset("London", utc(1968, 12, 31, 23, 59, 59)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_stands_once_and_its_facts_are_possible),
        cmocka_unit_test(there_are_cities_of_all_continents_and_three_clouds),
        cmocka_unit_test(names_are_matched_as_written),
        cmocka_unit_test(known_distances_are_met),
        cmocka_unit_test(cities_lie_as_far_apart_as_the_map_says),
        cmocka_unit_test(london_changes_at_one_utc_on_last_sundays),
        cmocka_unit_test(new_york_changes_at_two_local),
        cmocka_unit_test(sydney_has_its_summer_over_new_year),
        cmocka_unit_test(auckland_begins_a_week_before_sydney),
        cmocka_unit_test(santiago_changes_on_the_sunday_after_the_first),
        cmocka_unit_test(jerusalem_and_cairo_follow_laws_of_their_own),
        cmocka_unit_test(places_without_summer_time_never_change),
        cmocka_unit_test(times_before_1970_have_an_offset_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
