/* Reading traffic: what is wrong with lines, copies, programs, clocks. */
#include "tests/unit/reading.h"

static void malformed_lines_are_counted_and_the_first_ten_kept(void **state)
{
    (void)state;
    struct ust_text text = {0};
    ust_text_add(&text, "{\"user\": 1, \"time\": 1795176000}\n");
    for (int i = 0; i < 20; i++)
        ust_text_add(&text, i % 2 ? "{\"user\": 1}\n" : "{\"user\": 1, \"time\": 17951\n");
    ust_text_add(&text, "[1]\n{\"time\": 1795176000}\n{\"user\": 1, \"time\": true}\n"
                        "{\"user\": 1, \"time\": 1795176001, \"cpu_ms\": -1}\n"
                        "{\"user\": 1, \"user\": 2, \"time\": 1795176001}\n");
    struct reading r = read_text(text.data);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.report.malformed, 25);
    assert_int_equal(r.report.first_malformed[0].line, 2);
    assert_string_equal(r.report.first_malformed[0].reason, "not JSON");
    assert_string_equal(r.report.first_malformed[1].reason, "no time");
    assert_int_equal(r.report.first_malformed[9].line, 11);
    close_reading(&r);
    struct ust_read_options options = {.malformed_max = 24};
    r = read_bytes(options, text.data, text.length);
    assert_int_equal(r.status, UST_INVALID);
    assert_string_equal(ust_reader_error(r.reader), "more than 24 malformed lines");
    close_reading(&r);
    ust_text_free(&text);
}

static void bytes_that_are_no_text_are_malformed(void **state)
{
    (void)state;
    const char text[] = "{\"user\": 1, \"time\": 1795176000}\n{\"user\"\0: 1}\n"
                        "{\"user\": \"\xff\xfe\", \"time\": 1795176000}\n";
    struct reading r = read_bytes((struct ust_read_options){.malformed_max = UINT64_MAX}, text,
                                  sizeof text - 1);
    assert_int_equal(r.n, 1);
    assert_int_equal(r.report.malformed, 2);
    assert_string_equal(r.report.first_malformed[0].reason, "a NUL byte");
    close_reading(&r);
}

static void words_become_text_that_can_be_shown(void **state)
{
    (void)state;
    const char text[] =
        "user,time,action\n1,1795176000,caf\xe9\n1,1795176001,caf\xc3\xa9\n"
        "1,1795176002,a\tb\n"
        "1,1795176003,0123456789012345678901234567890123456789012345678901234567"
        "890\xc3\xa9"
        "bc\n";
    struct reading r = read_text(text);
    assert_int_equal(r.n, 4);
    assert_string_equal(action(&r, 0), "caf?");
    assert_string_equal(action(&r, 1), "caf\xc3\xa9");
    assert_string_equal(action(&r, 2), "a b");
    assert_int_equal(strlen(action(&r, 3)), 63); /* no half of a character */
    close_reading(&r);
}

static void times_beyond_all_calendars_are_malformed(void **state)
{
    (void)state;
    struct reading r =
        read_text("192.0.2.1 - - [20/Nov/2026:12:00:01 +0000] \"GET / HTTP/1.1\" 200 1\n"
                  "192.0.2.1 - - [20/Nov/9026:12:00:01 +0000] \"GET / HTTP/1.1\" 200 1\n"
                  "192.0.2.1 - - [20/Nov/0026:12:00:01 +0000] \"GET / HTTP/1.1\" 200 1\n");
    assert_int_equal(r.n, 1);
    close_reading(&r);
    r = read_text("{\"user\": 1, \"time\": 1e300}\n{\"user\": 1, \"time\": 9e20}\n"
                  "{\"user\": 1, \"time\": \"9999-01-01T00:00:00Z\"}\n"
                  "{\"user\": 1, \"time\": 99999999999999999999999}\n");
    assert_int_equal(r.n, 0);
    assert_int_equal(r.report.malformed, 4);
    close_reading(&r);
}

static void no_reason_repeats_what_stands_in_the_line(void **state)
{
    (void)state;
    struct reading r = read_text("{\"user\": 1, \"time\": 1795176000}\n"
                                 "{\"user\": \"secret\", \"time\": \"secret\"}\n"
                                 "{\"user\": \"secret\", \"secret\n");
    for (uint64_t i = 0; i < r.report.malformed; i++)
        assert_null(strstr(r.report.first_malformed[i].reason, "secret"));
    assert_int_equal(r.report.malformed, 2);
    close_reading(&r);
}

static void copies_are_left_out_by_their_ids(void **state)
{
    (void)state;
    const char text[] = "{\"id\": \"a\", \"user\": 1, \"time\": 1795176000}\n"
                        "{\"id\": \"b\", \"user\": 1, \"time\": 1795176000}\n"
                        "{\"id\": \"a\", \"user\": 1, \"time\": 1795176009}\n"
                        /* without ids: equal to the millisecond, and within a second */
                        "{\"user\": 1, \"time\": 1795176010.125}\n"
                        "{\"user\": 1, \"time\": 1795176010.125}\n"
                        "{\"user\": 1, \"time\": 1795176011}\n"
                        "{\"user\": 1, \"time\": 1795176011}\n";
    struct reading r = read_text(text);
    assert_int_equal(r.n, 5);
    assert_int_equal(r.report.copies, 2);
    close_reading(&r);
    struct ust_read_options options = {.copies = UST_COPIES_KEEP};
    r = read_bytes(options, text, sizeof text - 1);
    assert_int_equal(r.n, 7);
    close_reading(&r);
    options.copies = UST_COPIES_DROP;
    r = read_bytes(options, text, sizeof text - 1);
    assert_int_equal(r.n, 4);
    close_reading(&r);
}

static void programs_are_left_out_by_their_agents(void **state)
{
    (void)state;
    const char *const agents[] = {
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "curl/7.88.1",
        "Mozilla/5.0 (compatible; bingbot/2.0)",
        "python-requests/2.28",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120",
        "UniversalFeedParser/4.2",
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0",
        "Mozilla/5.0 (Linux; Android 13; CUBOT Note 20) Mobile Safari/537.36",
        "acme-probe 3",
    };
    struct ust_text text = {0};
    for (size_t i = 0; i < 9; i++)
        ust_text_printf(&text,
                        "{\"user\": %zu, \"time\": 1795176000, \"user_agent\": \"%s\"}\n", i,
                        agents[i]);
    struct reading r = read_text(text.data);
    assert_int_equal(r.report.bots, 7); /* a telephone's maker is called like one */
    assert_int_equal(r.n, 2);
    assert_string_equal(device(&r, 0), "desktop");
    close_reading(&r);
    const char *const more[] = {"^acme-"};
    struct ust_read_options options = {.bots = more, .bots_n = 1, .keep_bots = true};
    r = read_bytes(options, text.data, text.length);
    assert_int_equal(r.n, 9);
    assert_int_equal(r.report.bots, 8);
    assert_true(r.event[8].bot);
    assert_string_equal(device(&r, 0), "server");
    close_reading(&r);
    const char *const wrong[] = {"("}, *error = NULL;
    struct ust_arena *arena = ust_arena_new();
    options.bots = wrong;
    assert_null(ust_reader_new(&options, arena, &error));
    assert_non_null(strstr(error, "'(' is no pattern"));
    ust_arena_free(arena);
    ust_text_free(&text);
}

static void times_without_zone_are_in_the_given_one(void **state)
{
    (void)state;
    const char text[] = "{\"user\": 1, \"time\": \"2026-11-20T12:00:00\"}\n"
                        "{\"user\": 1, \"time\": \"2026-11-20T12:00:00Z\"}\n"
                        "{\"user\": 1, \"time\": \"2026-11-20T07:00:00-05:00\"}\n";
    struct ust_read_options options = {.zone_s = 2 * 3600};
    struct reading r = read_bytes(options, text, sizeof text - 1);
    assert_true(r.event[0].at == NOON - 2 * UST_HOUR);
    assert_true(r.event[1].at == NOON);
    assert_true(r.event[2].at == NOON);
    assert_int_equal(r.event[0].zone_min, UST_NO_ZONE);
    assert_int_equal(r.event[2].zone_min, -300);
    assert_int_equal(r.report.unzoned, 1);
    close_reading(&r);
}

static void files_are_merged_by_time_and_steps_back_are_reported(void **state)
{
    (void)state;
    const char a[] =
        "{\"user\": 1, \"time\": 1795176000}\n{\"user\": 1, \"time\": 1795176010}\n"
        "{\"user\": 1, \"time\": 1795176005}\n";
    const char b[] =
        "{\"user\": 2, \"time\": 1795176001}\n{\"user\": 2, \"time\": 1795176020}\n";
    char first[128], second[128];
    snprintf(first, sizeof first, "%s", write_file("a", a, sizeof a - 1));
    snprintf(second, sizeof second, "%s", write_file("b", b, sizeof b - 1));
    const char *paths[] = {second, first};
    struct reading r = read_files((struct ust_read_options){0}, paths, 2);
    assert_int_equal(r.n, 5);
    const int expected[] = {0, 1, 10, 5, 20};
    for (int i = 0; i < 5; i++)
        assert_true(r.event[i].at == NOON + expected[i] * UST_S);
    assert_int_equal(r.report.steps_back, 1);
    assert_true(r.report.step_largest == 5 * UST_S);
    assert_true(r.report.first == NOON);
    assert_true(r.report.last == NOON + 20 * UST_S);
    close_reading(&r);
}

static void actions_beyond_the_limit_are_other(void **state)
{
    (void)state;
    struct ust_text text = {0};
    for (int i = 0; i < 100; i++)
        ust_text_printf(&text, "{\"user\": 1, \"time\": %d, \"event\": \"action %d\"}\n",
                        1795176000 + i, i);
    struct reading r = read_text(text.data);
    assert_string_equal(action(&r, 5), "action 5");
    assert_string_equal(action(&r, 99), "other");
    for (int i = 0; i < 100; i++)
        assert_true(r.event[i].action <= UST_PROFILE_ACTIONS_MAX);
    assert_true(ust_reader_actions(r.reader)->overflows > 30);
    close_reading(&r);
    ust_text_free(&text);
}

static void what_cannot_be_opened_is_refused(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    const char *error;
    struct ust_reader *reader = ust_reader_new(&(struct ust_read_options){0}, arena, &error);
    assert_int_equal(ust_reader_open(reader, "/nowhere/at/all"), UST_REFUSED);
    assert_string_equal(ust_reader_error(reader),
                        "cannot open '/nowhere/at/all': No such file or directory");
    ust_reader_close(reader);
    ust_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_lines_are_counted_and_the_first_ten_kept),
        cmocka_unit_test(bytes_that_are_no_text_are_malformed),
        cmocka_unit_test(words_become_text_that_can_be_shown),
        cmocka_unit_test(times_beyond_all_calendars_are_malformed),
        cmocka_unit_test(no_reason_repeats_what_stands_in_the_line),
        cmocka_unit_test(copies_are_left_out_by_their_ids),
        cmocka_unit_test(programs_are_left_out_by_their_agents),
        cmocka_unit_test(times_without_zone_are_in_the_given_one),
        cmocka_unit_test(files_are_merged_by_time_and_steps_back_are_reported),
        cmocka_unit_test(actions_beyond_the_limit_are_other),
        cmocka_unit_test(what_cannot_be_opened_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
