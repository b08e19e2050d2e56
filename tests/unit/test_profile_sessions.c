/* Reading traffic: sessions and their features. */
#include "analysis/profile/feature.h"
#include "sim/rand/rng.h"
#include "tests/unit/reading.h"

/* ---- sessions ---- */

static struct ust_event event_at(uint64_t user, double second)
{
    struct ust_event event = {
        .user = user, .at = NOON + (int64_t)(second * 1e9), .zone_min = UST_NO_ZONE};
    for (int q = 0; q < UST_QUANTITIES; q++)
        event.quantity[q] = (double)NAN;
    return event;
}

static struct ust_sessions *begin_sessions(size_t kept, size_t open)
{
    struct ust_session_options options = {
        .gap = 100 * UST_S, .kept_max = kept, .open_max = open, .seed = 1};
    return ust_sessions_new(&options);
}

static void add_at(struct ust_sessions *sessions, uint64_t user, double second)
{
    struct ust_event event = event_at(user, second);
    ust_sessions_add(sessions, &event);
}

static void silence_ends_a_session(void **state)
{
    (void)state;
    struct ust_sessions *sessions = begin_sessions(0, 0);
    const double seconds[] = {0, 10, 110, 211, 212};
    for (int i = 0; i < 5; i++) {
        add_at(sessions, 1, seconds[i]);
        add_at(sessions, 2, seconds[i] / 10);
    }
    struct ust_session_list list = ust_sessions_end(sessions);
    assert_int_equal(list.n, 3);
    /* The first of user 1: 0, 10, 110; a gap of exactly 100 s is none. */
    assert_int_equal(list.at[0].events, 3);
    assert_int_equal(list.at[0].thinks, 2);
    CHECK_NEAR(list.at[0].think, 110.0, 1e-9);
    assert_int_equal(list.at[1].events, 2);
    assert_int_equal(list.at[2].events, 5);
    ust_sessions_free(sessions);
}

static void a_pause_begins_with_the_answer(void **state)
{
    (void)state;
    struct ust_sessions *sessions = begin_sessions(0, 0);
    struct ust_event event = event_at(1, 0);
    event.quantity[UST_QUANTITY_LATENCY] = 2500;
    ust_sessions_add(sessions, &event);
    event = event_at(1, 10);
    event.quantity[UST_QUANTITY_LATENCY] = 20000; /* overlaps the next */
    ust_sessions_add(sessions, &event);
    add_at(sessions, 1, 12);
    struct ust_session_list list = ust_sessions_end(sessions);
    CHECK_NEAR(list.at[0].think, 7.5, 1e-9);
    CHECK_NEAR(list.at[0].sum[UST_QUANTITY_LATENCY], 22500, 1e-9);
    assert_int_equal(list.at[0].said[UST_QUANTITY_LATENCY], 2);
    ust_sessions_free(sessions);
}

static void clocks_that_step_back_a_little_keep_the_session(void **state)
{
    (void)state;
    struct ust_sessions *sessions = begin_sessions(0, 0);
    const double seconds[] = {50, 60, 20, 61, -70, -300};
    for (int i = 0; i < 6; i++)
        add_at(sessions, 1, seconds[i]);
    struct ust_session_list list = ust_sessions_end(sessions);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.late, 1); /* -300 is more than a gap before -70 */
    assert_int_equal(list.at[0].events, 5);
    assert_true(list.at[0].first == NOON - 70 * UST_S);
    assert_true(list.at[0].last == NOON + 61 * UST_S);
    assert_int_equal(list.at[0].thinks, 2); /* 50 to 60 to 61 */
    ust_sessions_free(sessions);
}

static void files_by_user_give_the_sessions_of_files_by_time(void **state)
{
    (void)state;
    struct ust_sessions *by_time = begin_sessions(0, 0), *by_user = begin_sessions(0, 0);
    for (int second = 0; second < 1000; second += 10)
        for (uint64_t user = 0; user < 20; user++)
            if ((second / 10 + (int)user) % 13 > 1)
                add_at(by_time, user, second * (1 + (double)user));
    for (uint64_t user = 0; user < 20; user++)
        for (int second = 0; second < 1000; second += 10)
            if ((second / 10 + (int)user) % 13 > 1)
                add_at(by_user, user, second * (1 + (double)user));
    struct ust_session_list a = ust_sessions_end(by_time), b = ust_sessions_end(by_user);
    assert_int_equal(a.n, b.n);
    double events[2] = {0, 0}, thinks[2] = {0, 0};
    for (size_t i = 0; i < a.n; i++) {
        events[0] += a.at[i].events * (double)a.at[i].events;
        events[1] += b.at[i].events * (double)b.at[i].events;
        thinks[0] += a.at[i].think;
        thinks[1] += b.at[i].think;
    }
    assert_true(events[0] == events[1]);
    CHECK_NEAR(thinks[0], thinks[1], 1e-6);
    ust_sessions_free(by_time);
    ust_sessions_free(by_user);
}

static void little_room_closes_the_silent_and_loses_no_event(void **state)
{
    (void)state;
    struct ust_sessions *wide = begin_sessions(0, 0), *narrow = begin_sessions(0, 64);
    struct ust_rng rng = ust_rng_derive(1, 0, "test");
    for (int i = 0; i < 20000; i++) {
        uint64_t user = ust_rng_below(&rng, 40) + (uint64_t)i / 200;
        add_at(wide, user, i);
        add_at(narrow, user, i);
    }
    struct ust_session_list a = ust_sessions_end(wide), b = ust_sessions_end(narrow);
    uint64_t events = 0;
    for (size_t i = 0; i < b.n; i++)
        events += b.at[i].events;
    assert_int_equal(events, 20000);
    assert_int_equal(b.cut, 0); /* at most 41 users are awake at a time */
    assert_int_equal(a.n, b.n);
    ust_sessions_free(wide);
    ust_sessions_free(narrow);
    /* 100 awake at a time do not fit. */
    narrow = begin_sessions(0, 64);
    for (int i = 0; i < 10000; i++)
        add_at(narrow, (uint64_t)i % 100, i * 0.1);
    b = ust_sessions_end(narrow);
    events = 0;
    for (size_t i = 0; i < b.n; i++)
        events += b.at[i].events;
    assert_int_equal(events, 10000);
    assert_true(b.cut > 0);
    ust_sessions_free(narrow);
}

static void a_sample_of_many_sessions_is_even(void **state)
{
    (void)state;
    struct ust_sessions *sessions = begin_sessions(2000, 0);
    for (int i = 0; i < 20000; i++)
        add_at(sessions, (uint64_t)i, i);
    struct ust_session_list list = ust_sessions_end(sessions);
    assert_int_equal(list.n, 2000);
    assert_int_equal(list.all, 20000);
    double mean = 0;
    for (size_t i = 0; i < 2000; i++)
        mean += (double)list.at[i].user / 2000;
    CHECK_NEAR(mean, 10000, 4 * 20000 / sqrt(12.0 * 2000));
    ust_sessions_free(sessions);
}

/* ---- features ---- */

static void features_are_what_differs_between_sessions(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_names actions = ust_names_new(arena, UST_PROFILE_ACTIONS_MAX);
    uint16_t view = ust_names_number(&actions, "view"), buy = ust_names_number(&actions, "buy");
    struct ust_sessions *sessions = begin_sessions(0, 0);
    for (uint64_t user = 0; user < 4; user++) {
        for (uint64_t i = 0; i <= user; i++) {
            struct ust_event event = event_at(user, (double)(i * (user + 1)));
            event.action = i == 3 ? buy : view;
            event.quantity[UST_QUANTITY_BYTES] = (double)(100 * user);
            event.quantity[UST_QUANTITY_MEMORY] = 5; /* all alike */
            if (user == 0)
                event.quantity[UST_QUANTITY_CPU] = 7; /* one of four says so */
            ust_sessions_add(sessions, &event);
        }
    }
    struct ust_session_list list = ust_sessions_end(sessions);
    struct ust_feature_plan plan;
    struct ust_features features;
    ust_features_plan(&list, &actions, 0, arena, &plan);
    ust_features_apply(&plan, &list, &actions, arena, &features);
    const char *const names[] = {"requests", "think", "bytes", "view", "buy"};
    assert_int_equal(features.points.d, 5);
    assert_int_equal(features.points.n, 4);
    for (int j = 0; j < 5; j++) {
        assert_string_equal(plan.column[j].name, names[j]);
        assert_int_equal(plan.column[j].how, j < 3 ? UST_SCALE_LOG : UST_SCALE_TOGETHER);
    }
    /* User 3: four events, 4 s apart, 300 bytes, one of them bought; and four of the usual mix,
     * which is 9 views and one purchase. */
    const double *x = ust_point(&features.points, 3);
    const double expected[] = {4, 4, 300, (3 + 3.6) / 8, (1 + 0.4) / 8};
    for (int j = 0; j < 5; j++)
        CHECK_NEAR(x[j], expected[j], 1e-9);
    /* User 0 made one request and has no pause: the median of 2, 3, 4. */
    CHECK_NEAR(ust_point(&features.points, 0)[1], 3.0, 1e-9);
    CHECK_NEAR(plan.column[1].silent, 0.25, 1e-12);
    /* Another recording numbers its actions in its own way, and may know others. */
    struct ust_names other = ust_names_new(arena, UST_PROFILE_ACTIONS_MAX);
    ust_names_number(&other, "lend");
    ust_names_number(&other, "view");
    struct ust_features again;
    ust_features_apply(&plan, &list, &other, arena, &again);
    assert_true(ust_features_shown(&again, 3, 3) == 0.25); /* number 2, which was to buy */
    assert_true(ust_features_shown(&again, 3, 4) == 0.0);
    ust_sessions_free(sessions);
    ust_arena_free(arena);
}

static void the_week_begins_on_monday_where_the_user_is(void **state)
{
    (void)state;
    /* 2026-11-20 is a Friday. */
    assert_int_equal(ust_second_of_week(NOON, UST_NO_ZONE), 4 * 86400 + 12 * 3600);
    assert_int_equal(ust_second_of_week(NOON, 13 * 60), 5 * 86400 + 3600);
    assert_int_equal(ust_second_of_week(NOON, -300), 4 * 86400 + 7 * 3600);
    assert_int_equal(ust_second_of_week(0, 0), 3 * 86400); /* 1970-01-01, a Thursday */
    assert_int_equal(ust_second_of_week(-1, 0), 3 * 86400 - 1);
}

static void the_time_of_day_is_a_point_on_a_circle(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_names actions = ust_names_new(arena, UST_PROFILE_ACTIONS_MAX);
    struct ust_sessions *sessions = begin_sessions(0, 0);
    add_at(sessions, 1, 0);         /* noon on a Friday */
    add_at(sessions, 2, 30 * 3600); /* 18:00 on Saturday */
    struct ust_session_list list = ust_sessions_end(sessions);
    struct ust_feature_plan plan;
    struct ust_features features;
    ust_features_plan(&list, &actions, UST_FEATURE_TIME, arena, &plan);
    ust_features_apply(&plan, &list, &actions, arena, &features);
    assert_int_equal(features.points.d, 3);
    const double expected[] = {0, -1, 0, -1, 0, 1};
    for (int i = 0; i < 6; i++)
        CHECK_NEAR(features.points.x[i], expected[i], 1e-9);
    ust_sessions_free(sessions);
    ust_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_a_session),
        cmocka_unit_test(a_pause_begins_with_the_answer),
        cmocka_unit_test(clocks_that_step_back_a_little_keep_the_session),
        cmocka_unit_test(files_by_user_give_the_sessions_of_files_by_time),
        cmocka_unit_test(little_room_closes_the_silent_and_loses_no_event),
        cmocka_unit_test(a_sample_of_many_sessions_is_even),
        cmocka_unit_test(features_are_what_differs_between_sessions),
        cmocka_unit_test(the_week_begins_on_monday_where_the_user_is),
        cmocka_unit_test(the_time_of_day_is_a_point_on_a_circle),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
