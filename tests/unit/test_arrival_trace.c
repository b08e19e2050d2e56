/* Plans of the kinds trace and replay, from small files made here and from real recordings. */
#include "tests/unit/arrival.h"

#include <unistd.h>
#include <zlib.h>

#include "models/arrival/plan.h"

/* A file that goes with the test. */
static char path[64];

static int make_path(void **state)
{
    (void)state;
    strcpy(path, "/tmp/ust-trace-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    return remove(path);
}

static void holds(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static const char *with(const char *kind, const char *keys)
{
    static char text[512];
    snprintf(text, sizeof text, "{kind: %s, file: %s%s%s}", kind, path, *keys ? ", " : "",
             keys);
    return text;
}

static void counts_are(const struct arrival *it, const uint64_t *counts, uint64_t n)
{
    assert_int_equal(it->plan.kind, UST_PLAN_COUNTS);
    assert_int_equal(it->plan.n, n);
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(it->plan.counts[i], counts[i]);
}

/* ---- trace ---- */

static void a_trace_is_read_from_its_last_column_row_by_row(void **state)
{
    (void)state;
    holds("time,requests\n0,4\n60,0\n120,7\n");
    struct arrival it =
        arrival_read(with("trace", "interval: 60 s"), arrival_run(3 * UST_MINUTE));
    counts_are(&it, (uint64_t[]){4, 0, 7}, 3);
    assert_true(it.plan.interval == UST_MINUTE);
    assert_true(it.plan.period == 0);
    CHECK_NEAR(it.plan.mean_30d, 11.0 / 180 * 2592000, 1e-6);
    arrival_free(&it);
}

static void a_column_goes_by_name_or_number(void **state)
{
    (void)state;
    holds("a,b,c\n1,2,3\n4,5,6\n");
    struct arrival it =
        arrival_read(with("trace", "interval: 1 s, column: b"), arrival_run(2 * UST_S));
    counts_are(&it, (uint64_t[]){2, 5}, 2);
    arrival_free(&it);
    it = arrival_read(with("trace", "interval: 1 s, column: 1"), arrival_run(2 * UST_S));
    counts_are(&it, (uint64_t[]){1, 4}, 2);
    arrival_free(&it);
    arrival_refuses(with("trace", "interval: 1 s, column: d"), 2 * UST_S, "unknown column 'd'");
}

static void without_a_header_columns_are_numbers(void **state)
{
    (void)state;
    holds("1;2\n4;5\n");
    struct arrival it =
        arrival_read(with("trace", "interval: 1 s, column: 2"), arrival_run(2 * UST_S));
    counts_are(&it, (uint64_t[]){2, 5}, 2);
    arrival_free(&it);
    arrival_refuses(
        with("trace", "interval: 1 s, column: 3"), 2 * UST_S,
        "'column' is '3', but the file has no header; must be a number from 1 to 2");
}

static void a_scale_carries_its_fractions_on(void **state)
{
    (void)state;
    holds("n\n1\n1\n1\n1\n1\n1\n");
    struct arrival it =
        arrival_read(with("trace", "interval: 1 s, scale: 0.5"), arrival_run(6 * UST_S));
    counts_are(&it, (uint64_t[]){1, 0, 1, 0, 1, 0}, 6);
    CHECK_NEAR(it.plan.mean_30d, 0.5 * 2592000, 1e-9);
    arrival_free(&it);
}

static void a_run_may_begin_inside_a_trace(void **state)
{
    (void)state;
    holds("n\n1\n2\n3\n4\n5\n");
    struct arrival it = arrival_read(with("trace", "interval: 1 min, from: 2 min"),
                                     arrival_run(2 * UST_MINUTE));
    counts_are(&it, (uint64_t[]){3, 4}, 2);
    CHECK_NEAR(it.plan.mean_30d, 15.0 / 300 * 2592000, 1e-6); /* of the whole trace */
    arrival_free(&it);
    it = arrival_read(with("trace", "interval: 1 min, from: 3 min, repeat: true"),
                      arrival_run(UST_HOUR));
    counts_are(&it, (uint64_t[]){4, 5, 1, 2, 3}, 5);
    assert_true(it.plan.period == 5 * UST_MINUTE);
    arrival_free(&it);
}

static void a_trace_as_rate_has_steps(void **state)
{
    (void)state;
    holds("n\n120\n0\n60\n");
    struct arrival it = arrival_read(with("trace", "interval: 1 min, as: rate, scale: 2"),
                                     arrival_run(3 * UST_MINUTE));
    assert_int_equal(it.plan.kind, UST_PLAN_RATE);
    assert_int_equal(it.plan.knots_n, 4);
    CHECK_NEAR(it.plan.knots[0].rate, 4, 1e-12);
    CHECK_NEAR(it.plan.knots[0].rate_end, 4, 1e-12);
    CHECK_NEAR(it.plan.knots[1].rate, 0, 0);
    CHECK_NEAR(it.plan.knots[2].rate, 2, 1e-12);
    assert_true(it.plan.knots[3].at == 3 * UST_MINUTE);
    CHECK_NEAR(it.plan.mean_30d, 2.0 * 2592000, 1e-6);
    arrival_free(&it);
}

static void missing_rows_are_intervals_without_arrivals(void **state)
{
    (void)state;
    holds("at,n\n2026-01-01T00:00,5\n2026-01-01T00:03,6\n2026-01-01T00:04,7\n");
    struct arrival it = arrival_read(with("trace", "interval: 1 min, time: at, column: n"),
                                     arrival_run(5 * UST_MINUTE));
    counts_are(&it, (uint64_t[]){5, 0, 0, 6, 7}, 5);
    arrival_free(&it);
}

static void rows_out_of_step_are_refused(void **state)
{
    (void)state;
    holds("at,n\n0,5\n90,6\n");
    arrival_refuses(with("trace", "interval: 1 min, time: at"), UST_MINUTE,
                    "'90' is not a whole number of intervals after the row before");
    holds("at,n\n0,5\n60,6\n60,6\n");
    arrival_refuses(with("trace", "interval: 1 min, time: at"), UST_MINUTE,
                    "'60' is not a whole number of intervals after the row before");
    holds("at,n\n0,5\nnoon,6\n");
    arrival_refuses(with("trace", "interval: 1 min, time: at"), UST_MINUTE,
                    "'noon' is no time");
}

static void a_trace_shorter_than_the_run_is_refused(void **state)
{
    (void)state;
    holds("n\n1\n2\n");
    arrival_refuses(with("trace", "interval: 1 min"), 2 * UST_MINUTE + 1,
                    "the trace lasts 2 m, 1 ns less than the run");
    arrival_refuses(with("trace", "interval: 1 min, from: 1 min"), 3 * UST_MINUTE,
                    "the trace lasts 1 m beyond 'from', 2 m less than the run");
    arrival_refuses(with("trace", "interval: 1 min, from: 2 min"), UST_S,
                    "'from' is 2 m, but the trace lasts 2 m");
    arrival_refuses(with("trace", "interval: 1 min, from: 90 s"), UST_S,
                    "'from' is 1m30s, must be a multiple of 'interval', 1 m");
}

static void impossible_counts_are_refused_where_they_stand(void **state)
{
    (void)state;
    holds("n\n1\n-2\n");
    struct arrival it =
        arrival_try(with("trace", "interval: 1 min"), arrival_run(2 * UST_MINUTE));
    const struct ust_diag_message *message = ust_diag_at(it.policy.spec.diag, 0);
    assert_string_equal(message->text, "a count is -2, must lie between 0 and 1e15");
    assert_string_equal(message->place.file, path);
    assert_int_equal(message->place.line, 3);
    arrival_free(&it);
}

static void an_empty_file_is_refused(void **state)
{
    (void)state;
    char message[128];
    snprintf(message, sizeof message, "'%s' has no rows", path);
    holds("");
    arrival_refuses(with("trace", "interval: 1 min"), UST_S, message);
    holds("n\n");
    arrival_refuses(with("trace", "interval: 1 min"), UST_S, message);
}

static void a_compressed_trace_reads_like_a_plain_one(void **state)
{
    (void)state;
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    gzputs(file, "t,n\n0,3\n1,9\n");
    assert_int_equal(gzclose(file), Z_OK);
    struct arrival it = arrival_read(with("trace", "interval: 1 s"), arrival_run(2 * UST_S));
    counts_are(&it, (uint64_t[]){3, 9}, 2);
    arrival_free(&it);
}

static void a_compressed_trace_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    gzFile file = gzopen(path, "wb");
    for (int i = 0; i < 20000; i++)
        gzprintf(file, "%d\n", i * 7919 % 10007);
    assert_int_equal(gzclose(file), Z_OK);
    assert_int_equal(truncate(path, 20000), 0);
    struct arrival it = arrival_try(with("trace", "interval: 1 s"), arrival_run(UST_S));
    assert_int_equal(it.status, UST_INVALID);
    assert_non_null(strstr(ust_diag_at(it.policy.spec.diag, 0)->text, "cannot be read"));
    arrival_free(&it);
}

/* ---- replay ---- */

static void instants_are(const struct arrival *it, const ust_time *instants, uint64_t n)
{
    assert_int_equal(it->plan.kind, UST_PLAN_INSTANTS);
    assert_int_equal(it->plan.n, n);
    for (uint64_t i = 0; i < n; i++)
        assert_true(it->plan.instants[i] == instants[i]);
}

static void instants_are_read_to_the_nanosecond(void **state)
{
    (void)state;
    holds("TIMESTAMP,x\n2023-11-16 18:15:46.6805900,1\n2023-11-16 18:15:50.9951691,2\n"
          "2023-11-16 18:15:50.995169123456,3\n");
    struct arrival it = arrival_read(with("replay", "period: 10 s"), arrival_run(5 * UST_S));
    instants_are(&it, (ust_time[]){0, 4314579100, 4314579123}, 3);
    CHECK_NEAR(it.plan.mean_30d, 0.3 * 2592000, 1e-9);
    arrival_free(&it);
}

static void numbers_have_the_unit_that_is_said(void **state)
{
    (void)state;
    holds("100.5\n101\n102.000000001\n");
    struct arrival it = arrival_read(with("replay", "period: 3 s"), arrival_run(3 * UST_S));
    instants_are(&it, (ust_time[]){0, 500000000, 1500000001}, 3);
    arrival_free(&it);
    it = arrival_read(with("replay", "unit: ms, period: 3 s"), arrival_run(UST_S));
    instants_are(&it, (ust_time[]){0, 500000, 1500000}, 3);
    arrival_free(&it);
    it = arrival_read(with("replay", "unit: us, period: 3 s"), arrival_run(UST_S));
    instants_are(&it, (ust_time[]){0, 500, 1500}, 3);
    arrival_free(&it);
    it = arrival_read(with("replay", "unit: ns, period: 3 s"), arrival_run(UST_S));
    instants_are(&it, (ust_time[]){0, 1, 2}, 3);
    arrival_free(&it);
}

static void an_origin_moves_the_beginning(void **state)
{
    (void)state;
    holds("1\n2\n3\n4\n");
    struct arrival it =
        arrival_read(with("replay", "origin: 2.5, period: 2 s"), arrival_run(2 * UST_S));
    instants_are(&it, (ust_time[]){500000000, 1500000000}, 2);
    arrival_free(&it);
    it = arrival_read(with("replay", "origin: 0, period: 4 s"), arrival_run(2 * UST_S));
    instants_are(&it, (ust_time[]){1000000000},
                 1); /* what comes at the end is not in the run */
    arrival_free(&it);
    arrival_refuses(with("replay", "origin: soon"), UST_S,
                    "'origin' is 'soon', must be an instant as in the file");
}

static void twice_the_speed_is_half_the_time(void **state)
{
    (void)state;
    holds("0\n1\n3\n");
    struct arrival it =
        arrival_read(with("replay", "speed: 2, period: 4 s"), arrival_run(2 * UST_S));
    instants_are(&it, (ust_time[]){0, 500000000, 1500000000}, 3);
    CHECK_NEAR(it.plan.mean_30d, 1.5 * 2592000, 1e-9);
    arrival_free(&it);
}

static void a_repeated_recording_lasts_a_mean_gap_beyond_its_last_row(void **state)
{
    (void)state;
    holds("0\n1\n2\n6\n");
    struct arrival it = arrival_read(with("replay", "repeat: true"), arrival_run(UST_HOUR));
    assert_true(it.plan.period == 8 * UST_S);
    assert_int_equal(it.plan.n, 4);
    arrival_free(&it);
}

static void a_recording_shorter_than_the_run_is_refused(void **state)
{
    (void)state;
    holds("0\n1\n2\n6\n");
    arrival_refuses(with("replay", ""), UST_MINUTE,
                    "the recording lasts 8 s, 52 s less than the run");
    arrival_refuses(with("replay", "period: 5 s"), UST_MINUTE,
                    "'period' is 5 s, but the last instant comes after 6 s");
}

static void rows_that_go_back_in_time_are_refused(void **state)
{
    (void)state;
    holds("3\n5\n4\n");
    arrival_refuses(with("replay", "repeat: true"), UST_S,
                    "'4' lies before the row before; rows must be in order of time");
}

static void what_is_no_instant_is_refused(void **state)
{
    (void)state;
    holds("2026-02-30 00:00:00\n");
    arrival_refuses(with("replay", ""), UST_S,
                    "'2026-02-30 00:00:00' is no instant; 'unit' is auto");
}

/* ---- stamps ---- */

static void stamps_of_all_shapes_are_read(void **state)
{
    (void)state;
    int64_t ns;
    assert_true(ust_stamp_parse("1970-01-01T00:00:01Z", UST_STAMP_AUTO, &ns));
    assert_true(ns == UST_S);
    assert_true(ust_stamp_parse("1970-01-01 01:00+01:00", UST_STAMP_ISO, &ns));
    assert_true(ns == 0);
    assert_true(ust_stamp_parse("1970-01-01T00:00:00-0230", UST_STAMP_ISO, &ns));
    assert_true(ns == 150 * UST_MINUTE);
    assert_true(ust_stamp_parse("1969-12-31T23:59:59.5", UST_STAMP_ISO, &ns));
    assert_true(ns == -UST_S / 2);
    assert_true(ust_stamp_parse("-1.25", UST_STAMP_S, &ns));
    assert_true(ns == -1250000000);
    assert_true(ust_stamp_parse("1700000000.123456789", UST_STAMP_S, &ns));
    assert_true(ns == 1700000000123456789);
    assert_true(ust_stamp_parse("1.5e3", UST_STAMP_MS, &ns));
    assert_true(ns == 1500 * UST_MS);
}

static void nonsense_is_no_stamp(void **state)
{
    (void)state;
    const char *bad[] = {"",
                         "now",
                         "1970-13-01T00:00",
                         "1970-01-01T24:00",
                         "1970-01-01",
                         "1970-1-1",
                         "1.2.3",
                         "1.",
                         "0x10",
                         "1e30",
                         "inf",
                         "nan",
                         "12 ",
                         "99999999999999999999",
                         "1970-01-01T00:00:00+25:00"};
    int64_t ns;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ust_stamp_parse(bad[i], UST_STAMP_AUTO, &ns))
            fail_msg("'%s' was read as an instant", bad[i]);
}

/* 64 bits hold how far any two of them are apart, in ns. */
static void instants_lie_between_1925_and_2200(void **state)
{
    (void)state;
    int64_t first, last;
    assert_true(ust_stamp_parse("1925-01-01T00:00:00Z", UST_STAMP_ISO, &first));
    assert_true(ust_stamp_parse("2200-12-31T23:59:59.999999999Z", UST_STAMP_ISO, &last));
    assert_true(last - first > 275 * 365 * UST_DAY);
    assert_true(ust_stamp_parse("7289654399.999999999", UST_STAMP_AUTO, &first));
    assert_true(first == last);
    assert_true(ust_stamp_parse("-1420070400000", UST_STAMP_MS, &first));
    assert_true(first == -1420070400 * UST_S);
    assert_false(ust_stamp_parse("1924-12-31T00:00:00Z", UST_STAMP_ISO, &first));
    assert_false(ust_stamp_parse("2201-01-01T00:00:00Z", UST_STAMP_ISO, &first));
    assert_false(ust_stamp_parse("-1430000000", UST_STAMP_S, &first));
    assert_false(ust_stamp_parse("7290000000", UST_STAMP_S, &first));
    assert_false(ust_stamp_parse("7.29e9", UST_STAMP_S, &first));
    assert_false(ust_stamp_parse("9223372036854775807", UST_STAMP_NS, &first));
}

/* ---- real recordings, where they are at hand ---- */

static const char *data(const char *name)
{
    static char file[512];
    const char *folder = getenv("UNDERSTUDY_DATA");
    snprintf(file, sizeof file, "%s/%s", folder ? folder : "../shared/data", name);
    if (access(file, R_OK) != 0) {
        print_message("skipped: no %s\n", file);
        skip();
    }
    return file;
}

static struct arrival real(const char *kind, const char *name, const char *keys, ust_time end)
{
    char text[1024];
    snprintf(text, sizeof text, "{kind: %s, file: \"%s\", %s}", kind, data(name), keys);
    return arrival_read(text, arrival_run(end));
}

/* Arrivals of a plan until the end of the run, drawn. */
static uint64_t drawn(const struct ust_arrival_plan *plan, ust_time end)
{
    struct ust_rng rng = ust_rng_derive(5, 0, "real");
    struct ust_arrivals arrivals;
    uint64_t n = 0;
    ust_arrivals_start(&arrivals, plan, NULL);
    while (ust_arrivals_next(&arrivals, &rng) < end)
        n++;
    return n;
}

static void a_web_servers_month_is_replayed_request_by_request(void **state)
{
    (void)state;
    /* 39,693 minutes of July 1995, 1,891,713 requests. */
    ust_time end = 39693 * UST_MINUTE;
    struct arrival it = real("trace", "nasa-http/nasa_per_minute_july.csv.gz",
                             "interval: 1 min, column: requests, time: timestamp_edt", end);
    assert_int_equal(it.plan.n, 39693);
    assert_int_equal(it.plan.counts[0], 42);
    assert_int_equal(drawn(&it.plan, end), 1891713);
    CHECK_NEAR(it.plan.mean_30d, 1891713.0 / 39693 * 43200, 1e-3);
    arrival_free(&it);
}

static void a_call_centres_year_is_scaled_without_losing_calls(void **state)
{
    (void)state;
    struct arrival it =
        real("trace", "calls/calls_5min.csv.gz", "interval: 5 min, column: calls, scale: 0.1",
             27716 * 5 * UST_MINUTE);
    double sum = 0;
    for (uint64_t i = 0; i < it.plan.n; i++)
        sum += (double)it.plan.counts[i];
    CHECK_NEAR(sum / it.plan.mean_30d * 8640 / 27716, 1, 1e-6);
    arrival_free(&it);
}

static void a_language_models_hour_is_replayed_to_the_instant(void **state)
{
    (void)state;
    /* 19,366 requests from 18:15:46.6805900 to 19:14:08.4025270. */
    struct arrival it = real("replay", "azure-llm-2023/AzureLLMInferenceTrace_conv.csv.gz",
                             "column: TIMESTAMP", 58 * UST_MINUTE + 21 * UST_S + 721937001);
    assert_int_equal(it.plan.n, 19366);
    assert_true(it.plan.instants[0] == 0);
    assert_true(it.plan.instants[1] == 4314579000);
    assert_true(it.plan.instants[19365] == 58 * UST_MINUTE + 21 * UST_S + 721937000);
    arrival_free(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_path, remove_path)
    const struct CMUnitTest tests[] = {
        TEST(a_trace_is_read_from_its_last_column_row_by_row),
        TEST(a_column_goes_by_name_or_number),
        TEST(without_a_header_columns_are_numbers),
        TEST(a_scale_carries_its_fractions_on),
        TEST(a_run_may_begin_inside_a_trace),
        TEST(a_trace_as_rate_has_steps),
        TEST(missing_rows_are_intervals_without_arrivals),
        TEST(rows_out_of_step_are_refused),
        TEST(a_trace_shorter_than_the_run_is_refused),
        TEST(impossible_counts_are_refused_where_they_stand),
        TEST(an_empty_file_is_refused),
        TEST(a_compressed_trace_reads_like_a_plain_one),
        TEST(a_compressed_trace_that_is_cut_off_is_refused),
        TEST(instants_are_read_to_the_nanosecond),
        TEST(numbers_have_the_unit_that_is_said),
        TEST(an_origin_moves_the_beginning),
        TEST(twice_the_speed_is_half_the_time),
        TEST(a_repeated_recording_lasts_a_mean_gap_beyond_its_last_row),
        TEST(a_recording_shorter_than_the_run_is_refused),
        TEST(rows_that_go_back_in_time_are_refused),
        TEST(what_is_no_instant_is_refused),
        cmocka_unit_test(stamps_of_all_shapes_are_read),
        cmocka_unit_test(nonsense_is_no_stamp),
        cmocka_unit_test(instants_lie_between_1925_and_2200),
        cmocka_unit_test(a_web_servers_month_is_replayed_request_by_request),
        cmocka_unit_test(a_call_centres_year_is_scaled_without_losing_calls),
        cmocka_unit_test(a_language_models_hour_is_replayed_to_the_instant),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
