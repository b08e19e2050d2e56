/* Reading traffic: lines, batches, and what stands around them. */
#include <zlib.h>

#include "analysis/profile/lines.h"
#include "tests/unit/reading.h"

/* ---- lines ---- */

static void lines_end_in_any_way(void **state)
{
    (void)state;
    const char text[] = "\xef\xbb\xbf"
                        "one\r\n\ntwo\nthree";
    struct ust_lines *lines = ust_lines_open(write_file("lines", text, sizeof text - 1));
    char *line;
    size_t length;
    const char *const expected[] = {"one", "", "two", "three"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ust_lines_next(lines, &line, &length), UST_LINE_OK);
        assert_string_equal(line, expected[i]);
        assert_int_equal(length, strlen(expected[i]));
        assert_int_equal(ust_lines_number(lines), i + 1);
    }
    assert_int_equal(ust_lines_next(lines, &line, &length), UST_LINE_END);
    assert_int_equal(ust_lines_next(lines, &line, &length), UST_LINE_END);
    ust_lines_close(lines);
}

static void long_lines_are_passed_over_whole(void **state)
{
    (void)state;
    size_t sizes[] = {300000, UST_LINE_MAX - 1, UST_LINE_MAX + 1, 5 * (size_t)UST_LINE_MAX};
    struct ust_text text = {0};
    for (int i = 0; i < 4; i++) {
        char *long_line = malloc(sizes[i]);
        memset(long_line, 'x', sizes[i]);
        ust_text_add_n(&text, long_line, sizes[i]);
        ust_text_add(&text, "\nshort\n");
        free(long_line);
    }
    struct ust_lines *lines = ust_lines_open(write_file("long", text.data, text.length));
    char *line;
    size_t length;
    for (int i = 0; i < 4; i++) {
        enum ust_line what = ust_lines_next(lines, &line, &length);
        assert_int_equal(what, i < 2 ? UST_LINE_OK : UST_LINE_LONG);
        if (i < 2)
            assert_int_equal(length, sizes[i]);
        assert_int_equal(ust_lines_next(lines, &line, &length), UST_LINE_OK);
        assert_string_equal(line, "short");
    }
    assert_int_equal(ust_lines_next(lines, &line, &length), UST_LINE_END);
    assert_int_equal(ust_lines_number(lines), 8);
    ust_lines_close(lines);
    ust_text_free(&text);
}

static void compressed_files_read_like_plain_ones(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/events.gz", folder);
    gzFile file = gzopen(path, "wb");
    for (int i = 0; i < 100; i++)
        gzprintf(file, "{\"user_id\": %d, \"timestamp\": %d}\n", i % 7, 1795176000 + i);
    gzclose(file);
    const char *paths[] = {path};
    struct reading r =
        read_files((struct ust_read_options){.malformed_max = UINT64_MAX}, paths, 1);
    assert_int_equal(r.n, 100);
    assert_true(r.event[99].at == NOON + 99 * UST_S);
    close_reading(&r);
    /* The same, cut off. */
    assert_int_equal(truncate(path, 150), 0);
    r = read_files((struct ust_read_options){.malformed_max = UINT64_MAX}, paths, 1);
    assert_int_equal(r.status, UST_REFUSED);
    assert_non_null(strstr(ust_reader_error(r.reader), "cannot be read on"));
    close_reading(&r);
}

/* gzip -c a >> x; gzip -c b >> x; and padding behind them, as tapes leave it. */
static void members_of_a_compressed_file_follow_each_other(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/members.gz", folder);
    unlink(path);
    for (int i = 0; i < 3; i++) {
        gzFile file = gzopen(path, "ab");
        gzprintf(file, "{\"user_id\": %d, \"timestamp\": %d}%s", i, 1795176000 + i,
                 i == 1 ? "" : "\n");
        gzclose(file);
    }
    FILE *file = fopen(path, "ab");
    fwrite("\0\0\0\0", 1, 4, file);
    fclose(file);
    const char *paths[] = {path};
    struct reading r =
        read_files((struct ust_read_options){.malformed_max = UINT64_MAX}, paths, 1);
    assert_int_equal(r.status, UST_OK);
    assert_int_equal(r.report.lines, 2); /* the second ends where the third begins */
    assert_int_equal(r.n, 1);
    assert_int_equal(r.report.malformed, 1);
    close_reading(&r);
    unlink(path);
}

static void a_batch_of_cloud_events_is_an_array_however_it_is_written(void **state)
{
    (void)state;
#define CLOUD(id, user, second)                                                                \
    "{\"specversion\": \"1.0\", \"id\": \"" id                                                 \
    "\", \"source\": \"/s\", \"type\": \"shop.view\",\n"                                       \
    " \"subject\": \"" user "\", \"time\": \"2026-11-20T12:00:" second                         \
    "Z\", \"data\": {\"status\": 200,"                                                         \
    " \"text\": \"}]{[ \\\" \"}}"
#define PLAIN(user, time)                                                                      \
    "{\n\"user\": " user ",\n\"time\": " time ",\n\"event\": \"view\"\n}\n"
    const char *texts[3] = {NULL};
    texts[0] = "[" CLOUD("1", "a", "00") "," CLOUD("2", "b", "01") "]";
    texts[1] = "\xef\xbb\xbf \n[\n" CLOUD("1", "a", "00") "\n,\n" CLOUD("2", "b", "01") "\n]\n";
    texts[2] = PLAIN("1", "1795176000") PLAIN("2", "1795176001");
    for (int i = 0; i < 3; i++) {
        struct reading r = read_text(texts[i]);
        assert_int_equal(r.n, 2);
        assert_int_equal(r.report.malformed, 0);
        assert_true(r.event[0].at == NOON && r.event[1].at == NOON + UST_S);
        assert_string_equal(action(&r, 1), "view");
        assert_int_equal(r.event[0].line, i == 1 ? 3 : 1);
        assert_int_equal(r.event[1].line, i == 0 ? 2 : i == 1 ? 6 : 6);
        close_reading(&r);
    }
}

static void what_is_broken_in_a_batch_leaves_the_rest_alone(void **state)
{
    (void)state;
    struct reading r = read_text("[\n17, \"x\",\n"
                                 "{\"user\": 1, \"time\": 1795176000},\n"
                                 "{\"user\": 1, \"data\": {\"time\": 1795176001},\n"
                                 "{\"user\": 2, \"time\": 1795176002},\n"
                                 "{\"user\": 3}\n]");
    assert_int_equal(r.n, 2);
    assert_int_equal(r.report.malformed, 4);
    const struct {
        uint64_t line;
        const char *reason;
    } expected[] = {
        {2, "not JSON"}, {2, "not JSON"}, {4, "an object that does not end"}, {6, "no time"}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r.report.first_malformed[i].line, expected[i].line);
        assert_string_equal(r.report.first_malformed[i].reason, expected[i].reason);
    }
    close_reading(&r);
}

/* A batch may be one line of any length; an object in it may not. */
static void a_batch_may_be_longer_than_any_line(void **state)
{
    (void)state;
    struct ust_text text = {0};
    ust_text_add(&text, "[");
    for (int i = 0; i < 60000; i++)
        ust_text_printf(&text, "%s{\"user\": %d, \"time\": %d, \"id\": %d}", i > 0 ? "," : "",
                        i % 9, 1795176000 + i, i);
    ust_text_add(&text, ",{\"user\": \"");
    char *many = malloc(UST_LINE_MAX + 2);
    memset(many, 'x', UST_LINE_MAX + 1);
    many[UST_LINE_MAX + 1] = '\0';
    ust_text_add(&text, many);
    ust_text_add(&text, "\"}\n,{\"user\": 1, \"time\": 1795176000, \"id\": \"last\"}]");
    assert_true(text.length > 3 * UST_LINE_MAX);
    struct ust_lines *lines = ust_lines_open(write_file("batch", text.data, text.length));
    char *object;
    size_t length, objects = 0, long_ones = 0;
    enum ust_line what;
    assert_true(ust_lines_are_objects(lines));
    while ((what = ust_lines_next_object(lines, &object, &length)) != UST_LINE_END) {
        long_ones += what == UST_LINE_LONG;
        objects += what == UST_LINE_OK && object[0] == '{';
        if (what == UST_LINE_OK && object[0] == '{')
            assert_true(object[length - 1] == '}' && strlen(object) == length);
    }
    assert_int_equal(objects, 60001);
    assert_int_equal(long_ones, 1);
    ust_lines_close(lines);
    free(many);
    ust_text_free(&text);
}

/* ---- what stands before, between and inside lines ---- */

static void a_broken_first_line_does_not_tell_the_format(void **state)
{
    (void)state;
    const struct ust_read_options any = {.malformed_max = UINT64_MAX};
    const char *const text[] = {"rotated\n{\"user\": 1, \"time\": 1795176000}\n",
                                ("10.0.0.1 - - [20/Nov\n10.0.0.1 - - [20/Nov/2026:13:00:00 "
                                 "+0100] \"GET / HTTP/1.0\" 200 1\n"),
                                "Export of November\n\nuser_id,timestamp\n1,1795176000\n"};
    for (int i = 0; i < 3; i++) {
        struct reading r = read_bytes(any, text[i], strlen(text[i]));
        assert_int_equal(r.status, UST_OK);
        assert_int_equal(r.n, 1);
        assert_true(r.event[0].at == NOON);
        assert_int_equal(r.report.malformed, 1);
        assert_int_equal(r.report.first_malformed[0].line, 1);
        close_reading(&r);
    }
}

static void a_file_of_no_format_is_refused_without_blaming_its_lines(void **state)
{
    (void)state;
    const struct ust_read_options any = {.malformed_max = UINT64_MAX};
    struct ust_text text = {0};
    for (int i = 0; i < 40; i++)
        ust_text_add(&text, "lorem ipsum\n");
    for (size_t length = 24; length <= text.length; length += text.length - 24) {
        struct reading r = read_bytes(any, text.data, length);
        assert_int_equal(r.status, UST_INVALID);
        assert_int_equal(r.report.malformed, 0);
        assert_non_null(
            strstr(ust_reader_error(r.reader), "no column has the name of a field"));
        close_reading(&r);
    }
    ust_text_free(&text);
    struct reading r = read_bytes(any, "\x28\xb5\x2f\xfd junk\n", 10);
    assert_int_equal(r.status, UST_INVALID);
    assert_non_null(strstr(ust_reader_error(r.reader), "compressed by zstd"));
    close_reading(&r);
}

static void quotes_of_csv_hold_separators_and_ends_of_lines(void **state)
{
    (void)state;
    struct reading r = read_text("user_id;timestamp;event_type;bytes\n"
                                 "1;1795176000;\"a, b,\nc; \"\"d\"\"\r\n\";12,5\r\n"
                                 "1;1795176001;5\" wide;7\n"
                                 "1;1795176002;\"open;8\n"
                                 "1;1795176003;x;9\n");
    assert_int_equal(r.n, 3);
    assert_string_equal(action(&r, 0), "a, b, c; \"d\"  ");
    CHECK_NEAR(r.event[0].quantity[UST_QUANTITY_BYTES], 12.5, 0);
    assert_string_equal(action(&r, 1), "5\" wide");
    assert_int_equal(r.event[1].line, 5); /* the first row took three */
    assert_int_equal(r.report.malformed, 1);
    assert_int_equal(r.report.first_malformed[0].line, 6);
    assert_true(r.event[2].at == NOON + 3 * UST_S);
    assert_int_equal(r.event[2].line, 7);
    close_reading(&r);
}

static void columns_that_cannot_be_are_said_before_anything_is_read(void **state)
{
    (void)state;
    const char text[] = "who,when,what\na,1795176000,x\n";
    const char *const maps[] = {"user_id=1,timestamp=9", "user_id=1,event_type=3",
                                "timestamp=2",           "user_id=1,user_id=2,timestamp=2",
                                "user_id=1,timestamp=1", "user_id=1,timstamp=2"};
    const char *const messages[] = {
        "there is no column '9'",
        "no column is 'timestamp'",
        "no column is 'user_id'",
        "'user_id' stands in two columns",
        "column '1' is two fields",
        "'timstamp' is no field of an event; did you mean 'timestamp'?"};
    for (int i = 0; i < 6; i++) {
        struct reading r =
            read_bytes((struct ust_read_options){.columns = maps[i]}, text, sizeof text - 1);
        assert_int_equal(r.status, UST_INVALID);
        assert_non_null(strstr(ust_reader_error(r.reader), messages[i]));
        close_reading(&r);
    }
    struct reading r =
        read_bytes((struct ust_read_options){.columns = " user_id = who , timestamp = 2 "},
                   text, sizeof text - 1);
    assert_int_equal(r.n, 1);
    close_reading(&r);
}

static void days_that_are_none_and_zones_in_words_are_known(void **state)
{
    (void)state;
    struct reading r = read_text("user_id,timestamp\n"
                                 "1,2026-11-20 12:00:00 UTC\n"
                                 "1,2026-11-20t13:00:00 +0100\n"
                                 "1,2026-11-20 12:00:00 GMT\n"
                                 "1,2026-02-30 12:00:00\n"
                                 "1,2026-11-20 12:00:00 PST\n");
    assert_int_equal(r.n, 3);
    assert_true(r.event[0].at == NOON && r.event[1].at == NOON && r.event[2].at == NOON);
    assert_int_equal(r.event[0].zone_min, 0);
    assert_int_equal(r.event[1].zone_min, 60);
    assert_int_equal(r.report.malformed, 2);
    close_reading(&r);
    r = read_text("h - - [28/Feb/2026:12:00:00 +0000] \"GET / HTTP/1.0\" 200 1\n"
                  "h - - [29/Feb/2026:12:00:00 +0000] \"GET / HTTP/1.0\" 200 1\n"
                  "h - - [31/Apr/2026:12:00:00 +0000] \"GET / HTTP/1.0\" 200 1\n");
    assert_int_equal(r.n, 1);
    assert_int_equal(r.report.malformed, 2);
    close_reading(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_in_any_way),
        cmocka_unit_test(long_lines_are_passed_over_whole),
        cmocka_unit_test(compressed_files_read_like_plain_ones),
        cmocka_unit_test(members_of_a_compressed_file_follow_each_other),
        cmocka_unit_test(a_batch_of_cloud_events_is_an_array_however_it_is_written),
        cmocka_unit_test(what_is_broken_in_a_batch_leaves_the_rest_alone),
        cmocka_unit_test(a_batch_may_be_longer_than_any_line),
        cmocka_unit_test(a_broken_first_line_does_not_tell_the_format),
        cmocka_unit_test(a_file_of_no_format_is_refused_without_blaming_its_lines),
        cmocka_unit_test(quotes_of_csv_hold_separators_and_ends_of_lines),
        cmocka_unit_test(columns_that_cannot_be_are_said_before_anything_is_read),
        cmocka_unit_test(days_that_are_none_and_zones_in_words_are_known),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
