/* Reading traffic: what each format says of an event. */
#include "tests/unit/reading.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_json_is_read_with_all_it_says),
        cmocka_unit_test(what_json_does_not_say_stays_unknown),
        cmocka_unit_test(cloud_events_are_opened),
        cmocka_unit_test(coordinates_are_read_in_three_ways),
        cmocka_unit_test(a_header_names_the_columns_of_csv),
        cmocka_unit_test(columns_go_by_number_where_there_is_no_header),
        cmocka_unit_test(columns_that_are_not_there_are_refused),
        cmocka_unit_test(access_logs_are_read_common_and_combined),
        cmocka_unit_test(a_real_access_log_is_read_whole),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
