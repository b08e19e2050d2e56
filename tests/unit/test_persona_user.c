/* User personas: what is read, what is filled in, what is refused. */
#include "tests/unit/persona_help.h"

/* ---- users ---- */

static void the_shortest_user_has_one_action_with_all_requests(void **state)
{
    struct ust_user_persona *persona = user(*state, HEAD CALL);
    assert_string_equal(persona->name, "p");
    assert_int_equal(persona->actions.n, 1);
    const struct ust_action *action = persona->actions.at;
    assert_string_equal(action->id.name, "call");
    CHECK_NEAR(action->share, 1.0, 0);
    CHECK_NEAR(ust_dist_mean(&action->work), 1e9, 0);
    CHECK_NEAR(ust_dist_mean(&action->response), 0, 0);
    CHECK_NEAR(ust_dist_mean(&action->io), 0, 0);
    CHECK_NEAR(persona->weight, 1.0, 0);
}

static void without_tolerance_every_answer_is_good_and_nobody_leaves(void **state)
{
    const struct ust_tolerance *tolerance = &user(*state, HEAD CALL)->tolerance;
    assert_true(tolerance->latency == UST_NEVER);
    assert_int_equal(tolerance->timeout, 0);
    assert_null(tolerance->retries.kind);
    assert_null(tolerance->patience.type);
    CHECK_NEAR(tolerance->errors, 0, 0);
}

static void absent_sections_are_told_from_given_ones(void **state)
{
    struct ust_user_persona *persona = user(*state, HEAD CALL);
    assert_null(persona->week_node);
    assert_null(persona->session_node);
    assert_int_equal(persona->geography.n, 0);
    assert_int_equal(persona->devices.n, 0);
    persona = user(*state, HEAD CALL "week: {peak: \"21:00\"}\n"
                                     "session: {requests: geometric(mean 4), think: 3 s}\n");
    assert_non_null(persona->week_node);
    assert_non_null(persona->session_node);
    assert_int_equal(persona->week.peak, 21 * 3600);
    CHECK_NEAR(ust_dist_mean(&persona->session.requests), 4, 1e-9);
    CHECK_NEAR(ust_dist_mean(&persona->session.think), 3e9, 0);
}

static void actions_keep_their_order_shares_and_sizes(void **state)
{
    struct ust_user_persona *persona =
        user(*state,
             HEAD "actions:\n"
                  "  browse: {share: 78 %, work: 20 ms, response: 48 KiB}\n"
                  "  buy: {share: 22 %, work: 100 ms, request: 2 kB, memory: 8 MiB, io: 6}\n");
    const struct ust_action *action = persona->actions.at;
    assert_string_equal(action[0].id.name, "browse");
    CHECK_NEAR(action[0].share, 0.78, 1e-15);
    CHECK_NEAR(ust_dist_mean(&action[0].response), 49152, 0);
    CHECK_NEAR(action[1].share, 0.22, 1e-15);
    CHECK_NEAR(ust_dist_mean(&action[1].request), 2000, 0);
    CHECK_NEAR(ust_dist_mean(&action[1].memory), 8388608, 0);
    CHECK_NEAR(ust_dist_mean(&action[1].io), 6, 0);
}

static void a_place_of_the_catalogue_brings_its_coordinates_and_time(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "geography: {Sydney: 60 %, us-east-1: 40 %}\n");
    const struct ust_origin *origin = persona->geography.at;
    assert_string_equal(origin[0].id.name, "Sydney");
    CHECK_NEAR(origin[0].place.latitude, -33.87, 1e-9);
    assert_int_equal(origin[0].place.utc_offset_min, 600);
    assert_int_equal(origin[0].place.summer, UST_SUMMER_AUSTRALIA);
    CHECK_NEAR(origin[1].share, 0.4, 1e-15);
}

static void a_point_of_the_users_own_brings_its_own(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "geography:\n  London: 50 %\n  Mine: {share: 50 %, latitude: "
                               "-20.5, longitude: 118.6, utc_offset: \"+08:30\"}\n");
    const struct ust_origin *origin = persona->geography.at;
    CHECK_NEAR(origin[1].place.latitude, -20.5, 0);
    CHECK_NEAR(origin[1].place.longitude, 118.6, 0);
    assert_int_equal(origin[1].place.utc_offset_min, 510);
    assert_int_equal(origin[1].place.summer, UST_SUMMER_NONE);
    assert_string_equal(origin[1].place.name, "Mine");
}

static void offsets_are_read_as_iso_8601_writes_them(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL
             "geography:\n"
             "  A: {share: 40 %, latitude: 0, longitude: 0, utc_offset: Z}\n"
             "  B: {share: 30 %, latitude: 0, longitude: 0, utc_offset: -03:30}\n"
             "  C: {share: 30 %, latitude: 0, longitude: 0, utc_offset: +14, summer: eu}\n");
    const struct ust_origin *origin = persona->geography.at;
    assert_int_equal(origin[0].place.utc_offset_min, 0);
    assert_int_equal(origin[1].place.utc_offset_min, -210);
    assert_int_equal(origin[2].place.utc_offset_min, 840);
    assert_int_equal(origin[2].place.summer, UST_SUMMER_EU);
}

static void a_known_device_has_its_network_and_a_given_one_wins(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "devices:\n  mobile: 50 %\n  tv: {share: 30 %, access: 5 ms}\n"
                               "  sat: {share: 20 %, access: 600 ms, bandwidth: 20 Mbit/s}\n");
    const struct ust_device *device = persona->devices.at;
    assert_int_equal(device[0].access, 28 * UST_MS);
    CHECK_NEAR(device[0].bandwidth, 41.5e6, 0);
    assert_int_equal(device[1].access, 5 * UST_MS);
    CHECK_NEAR(device[1].bandwidth, 25e6, 0);
    assert_int_equal(device[2].access, 600 * UST_MS);
    CHECK_NEAR(device[2].bandwidth, 20e6, 0);
}

static void shares_within_a_hundredth_of_a_percent_are_made_exact(void **state)
{
    struct ust_user_persona *persona = user(
        *state, HEAD CALL "geography: {London: 33.33 %, Paris: 33.33 %, Berlin: 33.335 %}\n");
    const struct ust_origin *origin = persona->geography.at;
    CHECK_NEAR(origin[0].share + origin[1].share + origin[2].share, 1.0, 1e-15);
}

static void the_hash_sees_a_changed_number_and_no_comment(void **state)
{
    uint64_t plain = user(*state, HEAD CALL)->hash;
    uint64_t commented = user(*state, "# why\n" HEAD CALL)->hash;
    uint64_t changed = user(*state, HEAD "actions: {call: {work: 2 s}}\n")->hash;
    assert_true(plain == commented);
    assert_true(plain != changed);
}

static void action_shares_must_add_up(void **state)
{
    user_refused(
        *state, HEAD "actions:\n  a: {share: 60 %, work: 1 s}\n  b: {share: 30 %, work: 1 s}\n",
        5, 1, "shares of 'actions' add up to 90 %, must add up to 100 %");
}

static void one_action_of_several_may_not_hide_its_share(void **state)
{
    user_refused(*state, HEAD "actions:\n  a: {share: 60 %, work: 1 s}\n  b: {work: 1 s}\n", 7,
                 3, "action 'b' has no 'share'");
}

static void geography_shares_must_add_up(void **state)
{
    user_refused(*state, HEAD CALL "geography: {London: 60 %, Paris: 60 %}\n", 6, 1,
                 "shares of 'geography' add up to 120 %, must add up to 100 %");
}

static void an_unknown_place_is_named_with_its_nearest(void **state)
{
    user_refused(*state, HEAD CALL "geography: {Londn: 100 %}\n", 6, 13,
                 "unknown place 'Londn'; did you mean 'London'?");
}

static void a_point_needs_all_of_its_coordinates(void **state)
{
    user_refused(*state,
                 HEAD CALL "geography:\n  X: {share: 100 %, latitude: 3, longitude: 4}\n", 7, 6,
                 "place 'X' has no 'utc_offset'; a point needs 'latitude', 'longitude' and "
                 "'utc_offset'");
}

static void a_catalogue_place_keeps_its_own_time(void **state)
{
    user_refused(*state, HEAD CALL "geography:\n  London: {share: 100 %, utc_offset: Z}\n", 7,
                 26,
                 "'utc_offset' comes with 'latitude' and 'longitude'; the catalogue knows the "
                 "time in 'London'");
}

static void an_unknown_device_must_be_described(void **state)
{
    user_refused(*state, HEAD CALL "devices: {mobil: 100 %}\n", 6, 11,
                 "unknown device 'mobil'; did you mean 'mobile'?");
}

static void a_latency_beyond_the_only_timeout_can_never_be_met(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {latency: 5 s, timeout: 3 s}\n", 6, 22,
                 "'latency' is 5 s, must not exceed 'timeout', 3 s: no answer comes so late");
}

static void a_retry_may_answer_later_than_one_timeout(void **state)
{
    const struct ust_tolerance *tolerance =
        &user(*state, HEAD CALL "tolerance: {latency: 5 s, timeout: 3 s, retries: backoff}\n")
             ->tolerance;
    assert_string_equal(tolerance->retries.kind->name, "backoff");
    assert_int_equal(tolerance->timeout, 3 * UST_S);
}

static void retries_need_a_timeout(void **state)
{
    user_refused(
        *state, HEAD CALL "tolerance: {retries: {kind: backoff}}\n", 6, 22,
        "'retries' need a 'timeout': without one, an attempt that is never answered is "
        "never repeated");
}

static void retries_of_kind_none_need_nothing(void **state)
{
    user(*state, HEAD CALL "tolerance: {retries: {kind: none}}\n");
}

static void patience_covers_nothing_without_patience(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {patience_covers: wait}\n", 6, 13,
                 "'patience_covers' says nothing without 'patience'");
}

#define DAY "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "

static void a_day_has_24_hours(void **state)
{
    user_refused(*state, HEAD CALL "week: {hours: [1, 2, 3]}\n", 6, 15,
                 "'hours' has 3 elements, must lie between 24 and 168");
}

static void factors_hold_whole_steps_of_the_week(void **state)
{
    user_refused(*state, HEAD CALL "week: {dispersion: {cv: 1, interval: 7 min}}\n", 6, 20,
                 "'interval' must be a whole number of five minutes");
}

static void hours_without_anybody_are_refused(void **state)
{
    user_refused(*state, HEAD CALL "week: {hours: [" DAY "0]}\n", 6, 15,
                 "'hours' add up to 0: nobody would ever come");
}

static void hours_are_of_a_day_or_a_week(void **state)
{
    user_refused(*state, HEAD CALL "week: {hours: [" DAY "1, 2]}\n", 6, 15,
                 "'hours' are 25, must be the 24 of a day or the 168 of a week");
}

static void hours_leave_nothing_to_a_curve(void **state)
{
    user_refused(*state, HEAD CALL "week: {peak: \"20:00\", hours: [" DAY "1]}\n", 6, 8,
                 "'peak' says nothing beside 'hours' of a whole day");
}

static void a_day_needs_two_ends(void **state)
{
    user_refused(*state, HEAD CALL "week: {peak: \"20:00\", trough: \"20:00\"}\n", 6, 7,
                 "'peak' and 'trough' are the same time of day");
}

static void a_resource_is_no_user(void **state)
{
    user_refused(*state, "persona: 1\nkind: resource\nname: box\n", 2, 7,
                 "this is a resource persona; a user persona is needed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_shortest_user_has_one_action_with_all_requests,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            without_tolerance_every_answer_is_good_and_nobody_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(absent_sections_are_told_from_given_ones, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(actions_keep_their_order_shares_and_sizes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_place_of_the_catalogue_brings_its_coordinates_and_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_point_of_the_users_own_brings_its_own, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(offsets_are_read_as_iso_8601_writes_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_known_device_has_its_network_and_a_given_one_wins,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(shares_within_a_hundredth_of_a_percent_are_made_exact,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_sees_a_changed_number_and_no_comment, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(action_shares_must_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(one_action_of_several_may_not_hide_its_share, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(geography_shares_must_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_place_is_named_with_its_nearest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_point_needs_all_of_its_coordinates, setup, teardown),
        cmocka_unit_test_setup_teardown(a_catalogue_place_keeps_its_own_time, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_device_must_be_described, setup, teardown),
        cmocka_unit_test_setup_teardown(a_latency_beyond_the_only_timeout_can_never_be_met,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_retry_may_answer_later_than_one_timeout, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(retries_need_a_timeout, setup, teardown),
        cmocka_unit_test_setup_teardown(retries_of_kind_none_need_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(patience_covers_nothing_without_patience, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_day_needs_two_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_day_has_24_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(factors_hold_whole_steps_of_the_week, setup, teardown),
        cmocka_unit_test_setup_teardown(hours_without_anybody_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(hours_are_of_a_day_or_a_week, setup, teardown),
        cmocka_unit_test_setup_teardown(hours_leave_nothing_to_a_curve, setup, teardown),
        cmocka_unit_test_setup_teardown(a_resource_is_no_user, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
