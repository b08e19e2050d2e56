/* Reading traffic: formats, what is wrong with lines, copies, programs, clocks; sessions and
 * their features. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "analysis/profile/feature.h"
#include "analysis/profile/lines.h"
#include "analysis/profile/reader.h"
#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/rand/rng.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

#define EVENTS_MAX 200

struct reading {
    struct ust_arena *arena;
    struct ust_reader *reader;
    struct ust_event event[EVENTS_MAX];
    size_t n;
    enum ust_status status;
    struct ust_read_report report;
};

static char folder[] = "/tmp/profile-test-XXXXXX";

static const char *write_file(const char *name, const char *text, size_t length)
{
    static char path[2][128];
    static int which;
    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", folder, name);
    FILE *file = fopen(path[which], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
    return path[which];
}

static struct reading read_files(struct ust_read_options options, const char *const *path,
                                 size_t paths)
{
    struct reading r = {.arena = ust_arena_new()};
    const char *error = "";
    bool any = true;
    r.reader = ust_reader_new(&options, r.arena, &error);
    assert_non_null(r.reader);
    for (size_t i = 0; i < paths; i++)
        assert_int_equal(ust_reader_open(r.reader, path[i]), UST_OK);
    while (any && r.n < EVENTS_MAX) {
        r.status = ust_reader_next(r.reader, &r.event[r.n], &any);
        if (r.status != UST_OK)
            break;
        r.n += any;
    }
    r.report = *ust_reader_report(r.reader);
    return r;
}

static struct reading read_bytes(struct ust_read_options options, const char *text, size_t n)
{
    const char *path = write_file("events", text, n);
    return read_files(options, &path, 1);
}

static struct reading read_text(const char *text)
{
    return read_bytes((struct ust_read_options){.malformed_max = UINT64_MAX}, text,
                      strlen(text));
}

static void close_reading(struct reading *r)
{
    ust_reader_close(r->reader);
    ust_arena_free(r->arena);
}

static const char *action(const struct reading *r, size_t i)
{
    return ust_reader_actions(r->reader)->at[r->event[i].action];
}

static const char *device(const struct reading *r, size_t i)
{
    return ust_reader_devices(r->reader)->at[r->event[i].device];
}

static const char *place(const struct reading *r, size_t i)
{
    return ust_reader_places(r->reader)->at[r->event[i].place];
}

/* 2026-11-20T12:00:00Z */
#define NOON (1795176000 * UST_S)

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

/* ---- formats ---- */

static void plain_json_is_read_with_all_it_says(void **state)
{
    (void)state;
    struct reading r = read_text(
        "{\"user_id\": \"u1\", \"timestamp\": \"2026-11-20T13:00:00.250+01:00\", "
        "\"event_type\": \"search\", \"resource_consumption\": {\"cpu_ms\": 12.5, "
        "\"memory_bytes\": 1048576, \"network_bytes\": 2048, \"io_operations\": 3}, "
        "\"latency\": 80, \"status\": 503, \"region\": \"eu-west-2\", \"device\": \"mobile\", "
        "\"something_else\": [1, {\"a\": 2}]}\n");
    assert_int_equal(r.n, 1);
    const struct ust_event *e = &r.event[0];
    assert_true(e->at == NOON + 250 * UST_MS);
    assert_int_equal(e->zone_min, 60);
    assert_true(e->fine);
    assert_true(e->failed);
    assert_int_equal(e->status, 503);
    assert_string_equal(action(&r, 0), "search");
    assert_string_equal(device(&r, 0), "mobile");
    assert_string_equal(place(&r, 0), "eu-west-2");
    assert_true(e->quantity[UST_QUANTITY_CPU] == 12.5);
    assert_true(e->quantity[UST_QUANTITY_MEMORY] == 1048576);
    assert_true(e->quantity[UST_QUANTITY_BYTES] == 2048);
    assert_true(e->quantity[UST_QUANTITY_IO] == 3);
    assert_true(e->quantity[UST_QUANTITY_LATENCY] == 80);
    close_reading(&r);
}

static void what_json_does_not_say_stays_unknown(void **state)
{
    (void)state;
    struct reading r = read_text("{\"user\": 17, \"ts\": 1795176000123, \"status\": null}\n"
                                 "{\"uid\": 17, \"time\": 1795176000.5, \"status\": \"ok\"}\n"
                                 "{\"user\": \"17\", \"time\": 1795176001000000, "
                                 "\"status\": \"timeout\"}\n");
    assert_int_equal(r.n, 3);
    assert_true(r.event[0].at == NOON + 123 * UST_MS); /* milliseconds by their size */
    assert_true(r.event[1].at == NOON + 500 * UST_MS);
    assert_true(r.event[2].at == NOON + UST_S); /* microseconds */
    assert_true(r.event[0].user == r.event[1].user);
    assert_true(r.event[0].user == r.event[2].user);
    assert_true(isnan(r.event[0].quantity[UST_QUANTITY_CPU]));
    assert_int_equal(r.event[0].action, 0);
    assert_int_equal(r.event[0].status, 0);
    assert_false(r.event[1].failed);
    assert_true(r.event[2].failed);
    assert_int_equal(r.report.unzoned, 3);
    close_reading(&r);
}

static void cloud_events_are_opened(void **state)
{
    (void)state;
    struct reading r = read_text(
        "{\"specversion\": \"1.0\", \"type\": \"com.example.cart.add\", \"source\": \"/shop\", "
        "\"id\": \"A1\", \"time\": \"2026-11-20T12:00:00Z\", \"subject\": \"u9\", "
        "\"data\": {\"latency_ms\": 5, \"latitude\": 51.5, \"longitude\": -0.1}}\n"
        "{\"specversion\": \"1.0\", \"type\": \"view\", \"source\": \"/shop\", \"id\": \"A2\", "
        "\"time\": \"2026-11-20T12:00:01Z\", \"data\": {\"user_id\": \"u9\", "
        "\"event_type\": \"look\"}}\n"
        "{\"specversion\": \"1.0\", \"type\": \"view\", \"source\": \"/shop\"}\n"
        "{\"specversion\": \"1.0\", \"type\": \"v\", \"source\": \"/\", \"id\": \"1\", "
        "\"data\": \"text\"}\n");
    assert_int_equal(r.n, 2);
    assert_string_equal(action(&r, 0), "add");
    assert_string_equal(place(&r, 0), "London");
    assert_true(r.event[0].quantity[UST_QUANTITY_LATENCY] == 5);
    assert_true(r.event[0].user == r.event[1].user);
    assert_string_equal(action(&r, 1), "look"); /* the data knows better */
    assert_int_equal(r.report.malformed, 2);
    assert_string_equal(r.report.first_malformed[0].reason,
                        "a CloudEvent without type, source or id");
    assert_string_equal(r.report.first_malformed[1].reason,
                        "the data of a CloudEvent is no object");
    close_reading(&r);
}

static void coordinates_are_read_in_three_ways(void **state)
{
    (void)state;
    struct reading r = read_text(
        "{\"user\": 1, \"time\": 1795176000, \"coordinates\": [151.2, -33.9]}\n"
        "{\"user\": 1, \"time\": 1795176001, \"coordinates\": {\"lat\": 40.7, \"lon\": -74}}\n"
        "{\"user\": 1, \"time\": 1795176002, \"lat\": \"35.7\", \"lng\": \"139.7\"}\n"
        "{\"user\": 1, \"time\": 1795176003, \"coordinates\": {\"lat\": 91, \"lon\": 0}}\n");
    assert_int_equal(r.n, 3);
    assert_string_equal(place(&r, 0), "Sydney");
    assert_string_equal(place(&r, 1), "New York");
    assert_string_equal(place(&r, 2), "Tokyo");
    assert_string_equal(r.report.first_malformed[0].reason, "coordinates are out of range");
    close_reading(&r);
}

static void a_header_names_the_columns_of_csv(void **state)
{
    (void)state;
    struct reading r = read_text("# exported\n"
                                 "Timestamp;User_ID;event_type;bytes;note\n"
                                 "2026-11-20 12:00:00;7;\"add; \"\"now\"\"\";100;x\n"
                                 "2026-11-20 12:00:01Z; 7 ;view;;\n"
                                 "2026-11-20 12:00:02;7\n"
                                 "2026-11-20 12:00:03;7;\"view;1;x\n");
    assert_int_equal(r.n, 2);
    assert_string_equal(action(&r, 0), "add; \"now\"");
    assert_true(r.event[0].quantity[UST_QUANTITY_BYTES] == 100);
    assert_true(isnan(r.event[1].quantity[UST_QUANTITY_BYTES]));
    assert_true(r.event[0].user == r.event[1].user);
    assert_int_equal(r.report.malformed, 2);
    assert_string_equal(r.report.first_malformed[0].reason, "too few cells");
    assert_string_equal(r.report.first_malformed[1].reason, "a quote does not end");
    assert_int_equal(r.report.first_malformed[1].line, 6);
    close_reading(&r);
}

static void columns_go_by_number_where_there_is_no_header(void **state)
{
    (void)state;
    const char text[] = "1,2268318,2520377,pv,1511544070\n1,2333346,2520771,buy,1511561733\n";
    struct ust_read_options options = {.columns = "user_id=1,event_type=4,timestamp=5",
                                       .malformed_max = 0};
    struct reading r = read_bytes(options, text, sizeof text - 1);
    assert_int_equal(r.status, UST_OK);
    assert_int_equal(r.n, 2);
    assert_string_equal(action(&r, 1), "buy");
    assert_true(r.event[0].at == 1511544070 * UST_S);
    close_reading(&r);
    /* With one, it is passed over. */
    const char with[] = "who,when,what\na,1511544070,x\n";
    options.columns = "user_id=1,event_type=3,timestamp=when";
    r = read_bytes(options, with, sizeof with - 1);
    assert_int_equal(r.n, 1);
    close_reading(&r);
}

static void columns_that_are_not_there_are_refused(void **state)
{
    (void)state;
    const char text[] = "a,b,c\n1,2,3\n";
    const char *const maps[] = {"user_id=x", "nobody=a", "user_id", NULL};
    const char *const messages[] = {
        "there is no column 'x'", "'nobody' is no field of an event",
        "'user_id' is not FIELD=COLUMN", "no column has the name of a field"};
    for (int i = 0; i < 4; i++) {
        struct reading r =
            read_bytes((struct ust_read_options){.columns = maps[i], .malformed_max = 2}, text,
                       sizeof text - 1);
        assert_int_equal(r.status, UST_INVALID);
        assert_non_null(strstr(ust_reader_error(r.reader), messages[i]));
        close_reading(&r);
    }
}

static void access_logs_are_read_common_and_combined(void **state)
{
    (void)state;
    struct reading r = read_text(
        "192.0.2.1 - frank [20/Nov/2026:13:00:00 +0100] \"GET /a.gif?b.html HTTP/1.0\" 200 "
        "2326\n"
        "192.0.2.1 - - [20/Nov/2026:12:00:01 +0000] \"POST /cart HTTP/1.1\" 503 - \"-\" "
        "\"Mozilla/5.0 (iPhone; \\\"x\\\")\"\n"
        "192.0.2.1 - - [20/Nov/2026:12:00:02 +0000] \"GET / HTTP/1.1\" 200 10 \"-\" "
        "\"Mozilla/5.0 (Windows NT 10.0)\" \"more\" 0.002\n"
        "192.0.2.2 - - [20/Nov/2026:12:00:03 +0000] \"\\x16\\x03\" 400 0\n"
        "192.0.2.2 - - [40/Nov/2026:12:00:03 +0000] \"GET / HTTP/1.1\" 200 1\n"
        "192.0.2.2 - - 20/Nov/2026 \"GET / HTTP/1.1\" 200 1\n"
        "192.0.2.2 - - [20/Nov/2026:12:00:03 +0000] GET / 200 1\n");
    assert_int_equal(r.n, 4);
    assert_true(r.event[0].at == NOON);
    assert_int_equal(r.event[0].zone_min, 60);
    assert_string_equal(action(&r, 0), "image");
    assert_string_equal(action(&r, 1), "post");
    assert_string_equal(action(&r, 2), "page");
    assert_string_equal(action(&r, 3), "other");
    assert_string_equal(device(&r, 1), "mobile");
    assert_string_equal(device(&r, 2), "desktop");
    assert_true(r.event[1].failed);
    assert_false(r.event[3].failed); /* 400: the client's own */
    assert_true(r.event[0].quantity[UST_QUANTITY_BYTES] == 2326);
    assert_true(isnan(r.event[1].quantity[UST_QUANTITY_BYTES]));
    assert_true(r.event[1].user != r.event[2].user); /* one address, two agents */
    assert_int_equal(r.report.malformed, 3);
    assert_string_equal(r.report.first_malformed[0].reason, "the time cannot be read");
    assert_string_equal(r.report.first_malformed[1].reason, "no time in brackets");
    assert_string_equal(r.report.first_malformed[2].reason, "no request in quotes");
    close_reading(&r);
}

/* ---- what stands before, between and inside lines ---- */

static void a_broken_first_line_does_not_tell_the_format(void **state)
{
    (void)state;
    const struct ust_read_options any = {.malformed_max = UINT64_MAX};
    const char *const text[] = {"rotated\n{\"user\": 1, \"time\": 1795176000}\n",
                                "10.0.0.1 - - [20/Nov\n10.0.0.1 - - [20/Nov/2026:13:00:00 "
                                "+0100] \"GET / HTTP/1.0\" 200 1\n",
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

/* ---- what is wrong ---- */

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
    assert_true(again.shown[3 * 5 + 3] == 0.25); /* number 2, which was to buy */
    assert_true(again.shown[3 * 5 + 4] == 0.0);
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

/* ---- a real log ---- */

static void a_real_access_log_is_read_whole(void **state)
{
    (void)state;
    char path[512];
    const char *data = getenv("UNDERSTUDY_DATA");
    snprintf(path, sizeof path, "%s/apache-access-log/apache_combined_10000.log.gz",
             data ? data : "../shared/data");
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    struct ust_arena *arena = ust_arena_new();
    const char *error;
    struct ust_read_options options = {.keep_bots = true};
    struct ust_reader *reader = ust_reader_new(&options, arena, &error);
    assert_int_equal(ust_reader_open(reader, path), UST_OK);
    struct ust_event event;
    bool any = true;
    uint64_t found[600] = {0};
    for (;;) {
        assert_int_equal(ust_reader_next(reader, &event, &any), UST_OK);
        if (!any)
            break;
        found[event.status]++;
    }
    const struct ust_read_report *report = ust_reader_report(reader);
    assert_int_equal(report->lines, 10000);
    assert_int_equal(report->events, 10000);
    assert_int_equal(report->malformed, 0);
    /* As counted by those who collected it. */
    assert_int_equal(found[200], 9126);
    assert_int_equal(found[404], 213);
    assert_int_equal(found[304], 445);
    assert_int_equal(found[301], 164);
    assert_int_equal(found[500], 3);
    assert_true(report->bots > 500);
    ust_reader_close(reader);
    ust_arena_free(arena);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    const char *const names[] = {"events", "lines", "long", "batch", "events.gz", "a", "b"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
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
        cmocka_unit_test(plain_json_is_read_with_all_it_says),
        cmocka_unit_test(what_json_does_not_say_stays_unknown),
        cmocka_unit_test(cloud_events_are_opened),
        cmocka_unit_test(coordinates_are_read_in_three_ways),
        cmocka_unit_test(a_header_names_the_columns_of_csv),
        cmocka_unit_test(a_broken_first_line_does_not_tell_the_format),
        cmocka_unit_test(a_file_of_no_format_is_refused_without_blaming_its_lines),
        cmocka_unit_test(quotes_of_csv_hold_separators_and_ends_of_lines),
        cmocka_unit_test(columns_that_cannot_be_are_said_before_anything_is_read),
        cmocka_unit_test(days_that_are_none_and_zones_in_words_are_known),
        cmocka_unit_test(columns_go_by_number_where_there_is_no_header),
        cmocka_unit_test(columns_that_are_not_there_are_refused),
        cmocka_unit_test(access_logs_are_read_common_and_combined),
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
        cmocka_unit_test(silence_ends_a_session),
        cmocka_unit_test(a_pause_begins_with_the_answer),
        cmocka_unit_test(clocks_that_step_back_a_little_keep_the_session),
        cmocka_unit_test(files_by_user_give_the_sessions_of_files_by_time),
        cmocka_unit_test(little_room_closes_the_silent_and_loses_no_event),
        cmocka_unit_test(a_sample_of_many_sessions_is_even),
        cmocka_unit_test(features_are_what_differs_between_sessions),
        cmocka_unit_test(the_week_begins_on_monday_where_the_user_is),
        cmocka_unit_test(the_time_of_day_is_a_point_on_a_circle),
        cmocka_unit_test(a_real_access_log_is_read_whole),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
