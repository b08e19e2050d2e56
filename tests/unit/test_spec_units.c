/* Values with units: what is read, what is refused, and how they are written. */
#include "tests/unit/spec_help.h"

#include "sim/spec/csv.h"

static double number_of(const char *yaml, size_t offset)
{
    struct reading reading;
    reading_text(&reading, yaml);
    expect_fine(&reading);
    double value = *(double *)(void *)((char *)&reading.out + offset);
    reading_close(&reading);
    return value;
}

static ust_time duration_of(const char *value)
{
    struct reading reading;
    char yaml[100];
    snprintf(yaml, sizeof yaml, "endless: %s", value);
    reading_text(&reading, yaml);
    expect_fine(&reading);
    ust_time duration = reading.out.endless;
    reading_close(&reading);
    return duration;
}

static void durations_are_whole_nanoseconds(void **state)
{
    (void)state;
    assert_int_equal(duration_of("250 ms"), 250000000);
    assert_int_equal(duration_of("250ms"), 250000000);
    assert_int_equal(duration_of("1m30s"), 90000000000);
    assert_int_equal(duration_of("1h 30m"), 5400000000000);
    assert_int_equal(duration_of("4 h"), 14400000000000);
    assert_int_equal(duration_of("90 min"), 5400000000000);
    assert_int_equal(duration_of("2 d"), 172800000000000);
    assert_int_equal(duration_of("3 us"), 3000);
    assert_int_equal(duration_of("3 \xc2\xb5s"), 3000);
    assert_int_equal(duration_of("7 ns"), 7);
    assert_int_equal(duration_of("0.1 s"), 100000000);
    assert_int_equal(duration_of("1.5e3 ms"), 1500000000);
    assert_int_equal(duration_of("11m05s"), 665000000000);
    assert_int_equal(duration_of("1d2h3m4s5ms6us7ns"), 93784005006007);
    assert_int_equal(duration_of("0"), 0);
    assert_int_equal(duration_of("\"250 ms\""), 250000000);
    assert_int_equal(duration_of("endless"), UST_NEVER);
}

static void bytes_know_powers_of_ten_and_of_two(void **state)
{
    (void)state;
    assert_true(number_of("bytes: 17 B", EVERY(bytes)) == 17);
    assert_true(number_of("bytes: 2 kB", EVERY(bytes)) == 2e3);
    assert_true(number_of("bytes: 1.5 MB", EVERY(bytes)) == 1.5e6);
    assert_true(number_of("bytes: 2 GB", EVERY(bytes)) == 2e9);
    assert_true(number_of("bytes: 2 TB", EVERY(bytes)) == 2e12);
    assert_true(number_of("bytes: 30 KiB", EVERY(bytes)) == 30720);
    assert_true(number_of("bytes: 1 MiB", EVERY(bytes)) == 1048576);
    assert_true(number_of("bytes: 4 GiB", EVERY(bytes)) == 4294967296);
    assert_true(number_of("bytes: 1 TiB", EVERY(bytes)) == 1099511627776);
    assert_true(number_of("bytes: 0", EVERY(bytes)) == 0);
}

static void bandwidth_counts_bits(void **state)
{
    (void)state;
    assert_true(number_of("bandwidth: 800 bit/s", EVERY(bandwidth)) == 800);
    assert_true(number_of("bandwidth: 64 kbit/s", EVERY(bandwidth)) == 64e3);
    assert_true(number_of("bandwidth: 1.5 Mbit/s", EVERY(bandwidth)) == 1.5e6);
    assert_true(number_of("bandwidth: 10 Gbit/s", EVERY(bandwidth)) == 1e10);
    assert_true(number_of("bandwidth: 10 Gbps", EVERY(bandwidth)) == 1e10);
    assert_true(number_of("bandwidth: 9 kbps", EVERY(bandwidth)) == 9e3);
    assert_true(number_of("bandwidth: 9 bps", EVERY(bandwidth)) == 9);
}

static void rates_are_per_second(void **state)
{
    (void)state;
    assert_true(number_of("rate: 900 req/s", EVERY(rate)) == 900);
    assert_true(number_of("rate: 900/s", EVERY(rate)) == 900);
    assert_true(number_of("rate: 6 /min", EVERY(rate)) == 0.1);
    assert_true(number_of("rate: 2 sessions/s", EVERY(rate)) == 2);
    assert_true(number_of("rate: 36 calls/h", EVERY(rate)) == 0.01);
    assert_true(number_of("rate: 864 /d", EVERY(rate)) == 0.01);
}

static void money_prices_distances_and_io(void **state)
{
    (void)state;
    assert_true(number_of("money: 0.09 USD", EVERY(money)) == 0.09);
    assert_true(number_of("price: 0.17 USD/h", EVERY(price)) == 0.17);
    assert_true(number_of("price: 73 USD/month", EVERY(price)) == 0.1);
    assert_true(number_of("price: 12 USD/d", EVERY(price)) == 0.5);
    assert_true(number_of("distance: 350 km", EVERY(distance)) == 350);
    assert_true(number_of("distance: 350 m", EVERY(distance)) == 0.35);
    assert_true(number_of("iops: 3000 IOPS", EVERY(iops)) == 3000);
}

static void sixty_percent_is_the_double_nearest_to_0_6(void **state)
{
    (void)state;
    assert_true(number_of("ratio: 60 %", EVERY(ratio)) == 0.6);
    assert_true(number_of("ratio: 60%", EVERY(ratio)) == 0.6);
    assert_true(number_of("ratio: 0.6", EVERY(ratio)) == 0.6);
    assert_true(number_of("ratio: 7 %", EVERY(ratio)) == 0.07);
}

static void a_missing_unit_is_asked_for(void **state)
{
    (void)state;
    refused("duration: 3", 1, 11, "'duration' is 3, needs a unit such as 250 ms");
    refused("bytes: 4096", 1, 8, "'bytes' is 4096, needs a unit such as 4 GiB");
    refused("bandwidth: 1e9", 1, 12, "'bandwidth' is 1e9, needs a unit such as 10 Gbit/s");
    refused("rate: 900", 1, 7, "'rate' is 900, needs a unit such as 900 req/s");
    refused("iops: 3000", 1, 7, "'iops' is 3000, needs a unit such as 3000 IOPS");
    refused("money: 0.09", 1, 8, "'money' is 0.09, needs a unit such as 0.09 USD");
    refused("price: 0.17", 1, 8, "'price' is 0.17, needs a unit such as 0.17 USD/h");
    refused("distance: 350", 1, 11, "'distance' is 350, needs a unit such as 350 km");
}

static void a_wrong_unit_is_named(void **state)
{
    (void)state;
    refused("duration: 3 sec", 1, 11,
            "'duration' is 3 sec, has an unknown unit 'sec'; needs a duration such as 250 ms");
    refused("bytes: 4 Gib", 1, 8,
            "'bytes' is 4 Gib, has an unknown unit 'Gib'; did you mean 'GiB'?");
    refused("bytes: 4 s", 1, 8, "'bytes' is 4 s, needs bytes such as 4 GiB");
    refused("rate: 5 MB/s", 1, 7,
            "'rate' is 5 MB/s, has an unknown unit 'MB/s'; needs a rate such as 900 req/s");
    refused("money: 3 EUR", 1, 8,
            "'money' is 3 EUR, has an unknown unit 'EUR'; needs an amount such as 0.09 USD");
    refused("number: 3 ms", 1, 9, "'number' is 3 ms, needs a number such as 1.5");
    refused("duration: 1s30m", 1, 11, "'duration' is '1s30m', needs a duration such as 250 ms");
    refused("duration: 1m30", 1, 11, "'duration' is 1m30, needs a unit such as 250 ms");
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    refused("duration: soon", 1, 11, "'duration' is 'soon', needs a duration such as 250 ms");
    refused("endless: soon", 1, 10,
            "'endless' is 'soon', needs a duration such as 250 ms or 'endless'");
    refused("number: inf", 1, 9, "'number' is 'inf', needs a number such as 1.5");
    refused("number: .nan", 1, 9, "'number' is '.nan', needs a number such as 1.5");
    refused("number: 0x10", 1, 9, "'number' is '0x10', needs a number such as 1.5");
    refused("number: 1_000", 1, 9, "'number' is '1_000', needs a number such as 1.5");
    refused("number: 1e999", 1, 9, "'number' is 1e999, which is too large");
    refused("number: \"3\"", 1, 9,
            "'number' is a text in quotes, needs a number such as 1.5 without them");
    refused("duration: 300000 d", 1, 11, "'duration' is 300000 d, which is too large");
    refused("whole: 2.5", 1, 8, "'whole' is '2.5', needs a whole number such as 3");
    refused("whole: \"3\"", 1, 8, "'whole' is '3', needs a whole number such as 3");
    refused("whole: 99999999999999999999", 1, 8,
            "'whole' is '99999999999999999999', needs a whole number such as 3");
    refused("queue: lots", 1, 8,
            "'queue' is 'lots', needs a whole number such as 3 or 'unlimited'");
    refused("flag: yes", 1, 7, "'flag' is 'yes', needs true or false");
}

static void a_range_is_printed_in_the_users_units(void **state)
{
    (void)state;
    refused("ratio: 1.4", 1, 8, "'ratio' is 1.4, must lie between 5 % and 95 %");
    refused("duration: 2 d", 1, 11, "'duration' is 2 d, must lie between 1 ms and 1 d");
    refused("duration: 0", 1, 11, "'duration' is 0, must lie between 1 ms and 1 d");
    refused("whole: 0", 1, 8, "'whole' is 0, must lie between 1 and 100");
    refused("open: 0", 1, 7, "'open' is 0, must be above 0 and below 1");
    refused("open: 1", 1, 7, "'open' is 1, must be above 0 and below 1");
    refused("queue: -2", 1, 8, "'queue' is -2, must be at least 0 or 'unlimited'");
    refused("bytes: -1 B", 1, 8, "'bytes' is -1 B, must be at least 0 B");
    accepted("number: -1");
    accepted("ratio: 5 %");
    accepted("ratio: 95 %");
    accepted("duration: 1 d");
}

static void clock_times(void **state)
{
    (void)state;
    struct reading reading;
    reading_text(&reading, "clock: \"20:00\"");
    assert_int_equal(reading.out.clock, 72000);
    reading_close(&reading);
    reading_text(&reading, "clock: 04:30:05");
    assert_int_equal(reading.out.clock, 16205);
    reading_close(&reading);
    refused("clock: 24:00", 1, 8, "'clock' is '24:00', needs a time of day such as \"20:00\"");
    refused("clock: 8:00", 1, 8, "'clock' is '8:00', needs a time of day such as \"20:00\"");
    refused("clock: 20:60", 1, 8, "'clock' is '20:60', needs a time of day such as \"20:00\"");
    refused("clock: 72000", 1, 8, "'clock' is '72000', needs a time of day such as \"20:00\"");
}

static struct ust_instant instant_of(const char *value)
{
    struct reading reading;
    char yaml[100];
    snprintf(yaml, sizeof yaml, "instant: %s", value);
    reading_text(&reading, yaml);
    expect_fine(&reading);
    struct ust_instant instant = reading.out.instant;
    reading_close(&reading);
    return instant;
}

static void instants_are_exact_and_keep_their_zone(void **state)
{
    (void)state;
    struct ust_instant black_friday = instant_of("2026-11-27T16:00:00-05:00");
    /* date -u -d 2026-11-27T21:00:00Z +%s */
    assert_int_equal(black_friday.unix_ns, 1795813200 * UST_S);
    assert_int_equal(black_friday.offset_minutes, -300);
    assert_int_equal(instant_of("2026-11-27T21:00Z").unix_ns, 1795813200 * UST_S);
    assert_int_equal(instant_of("2026-11-28 02:30:00.25+0530").unix_ns,
                     1795813200 * UST_S + 250 * UST_MS);
    assert_int_equal(instant_of("1970-01-01T00:00:00.000000001Z").unix_ns, 1);
    /* date -u -d 2024-02-29T12:00:00Z +%s */
    assert_int_equal(instant_of("2024-02-29T12:00:00Z").unix_ns, 1709208000 * UST_S);
}

static void instants_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    refused("instant: 2026-11-27T16:00:00", 1, 10,
            "'instant' is '2026-11-27T16:00:00', needs a time zone: Z or an offset such as "
            "-05:00");
    refused("instant: 2026-11-27", 1, 10,
            "'instant' is '2026-11-27', needs a time of day and a zone, such as "
            "2026-11-27T16:00:00-05:00");
    refused("instant: 2026-02-29T00:00:00Z", 1, 10,
            "'instant' is '2026-02-29T00:00:00Z', has no such day in its month");
    refused("instant: 2026-13-01T00:00:00Z", 1, 10,
            "'instant' is '2026-13-01T00:00:00Z', has no such month");
    refused("instant: 2026-01-01T24:00:00Z", 1, 10,
            "'instant' is '2026-01-01T24:00:00Z', has no such time of day");
    refused("instant: 2026-01-01T10:00:00+15:00", 1, 10,
            "'instant' is '2026-01-01T10:00:00+15:00', has an offset beyond 14:00, the largest "
            "in use");
    refused("instant: 1969-12-31T10:00:00Z", 1, 10,
            "'instant' is '1969-12-31T10:00:00Z', must lie between the years 1970 and 2200");
    refused("instant: tomorrow", 1, 10,
            "'instant' is 'tomorrow', needs a date and a time such as "
            "2026-11-27T16:00:00-05:00");
}

static void names_hold_letters_of_all_languages_and_no_slash(void **state)
{
    (void)state;
    accepted("name: us-east-1");
    accepted("name: S\xc3\xa3o Paulo");
    accepted("name: 42");
    refused("name: a/b", 1, 7,
            "'name' is 'a/b', needs a name of letters, digits, '-', '_', '.' and spaces");
    refused("name: \"\"", 1, 7,
            "'name' is '', needs a name of letters, digits, '-', '_', '.' and spaces");
    refused("name: \"a\\nb\"", 1, 7,
            "'name' is 'a?b', needs a name of letters, digits, '-', '_', '.' and spaces");
}

static void written(enum ust_field_kind kind, double value, const char *text)
{
    struct ust_field field = {.key = "x", .kind = kind};
    struct ust_text out = {0};
    ust_time whole = (ust_time)value;
    bool integer = kind == UST_FIELD_DURATION || kind == UST_FIELD_INT;
    ust_field_write(&field, integer ? (void *)&whole : (void *)&value, &out);
    assert_string_equal(ust_text_string(&out), text);
    ust_text_free(&out);
}

static void values_are_written_as_people_write_them(void **state)
{
    (void)state;
    written(UST_FIELD_DURATION, 250e6, "250 ms");
    written(UST_FIELD_DURATION, 1.5e9, "1.5 s");
    written(UST_FIELD_DURATION, 150e9, "2m30s");
    written(UST_FIELD_DURATION, 300e9, "5 min");
    written(UST_FIELD_DURATION, 4 * 3600e9, "4 h");
    written(UST_FIELD_DURATION, 5400e9, "1h30m");
    written(UST_FIELD_DURATION, 86400e9, "1 d");
    written(UST_FIELD_DURATION, 90061e9, "1d1h1m1s");
    written(UST_FIELD_DURATION, 90.5e9, "90.5 s");
    written(UST_FIELD_DURATION, 0, "0 s");
    written(UST_FIELD_DURATION, 3, "3 ns");
    written(UST_FIELD_RATIO, 0.6, "60 %");
    written(UST_FIELD_RATIO, 0.995, "99.5 %");
    written(UST_FIELD_BYTES, 4294967296, "4 GiB");
    written(UST_FIELD_BYTES, 1.5e6, "1.5 MB");
    written(UST_FIELD_BYTES, 1000, "1 kB");
    written(UST_FIELD_BANDWIDTH, 1e10, "10 Gbit/s");
    written(UST_FIELD_RATE, 900, "900 /s");
    written(UST_FIELD_RATE, 0.1, "6 /min");
    written(UST_FIELD_PRICE, 0.17, "0.17 USD/h");
    written(UST_FIELD_NUMBER, 1000000, "1000000");
    written(UST_FIELD_NUMBER, 1e12, "1e12");
    written(UST_FIELD_NUMBER, 1.5e-9, "1.5e-9");
    written(UST_FIELD_NUMBER, 0.000015, "0.000015");
    written(UST_FIELD_NUMBER, 0.1, "0.1");
    written(UST_FIELD_INT, -3, "-3");
}

/* Any value is read back as itself from its text; draws of a fixed stream. */
static void written_values_read_back(void **state)
{
    (void)state;
    static const enum ust_field_kind kinds[] = {
        UST_FIELD_NUMBER,    UST_FIELD_RATIO,   UST_FIELD_DURATION, UST_FIELD_BYTES,
        UST_FIELD_BANDWIDTH, UST_FIELD_RATE,    UST_FIELD_IOPS,     UST_FIELD_MONEY,
        UST_FIELD_PRICE,     UST_FIELD_DISTANCE};
    struct reading reading;
    reading_open(&reading);
    struct ust_rng rng = ust_rng_derive(7, 0, "values");
    struct ust_text text = {0};
    for (unsigned i = 0; i < 20000; i++) {
        struct ust_field field = {.key = "x", .kind = kinds[i % 10]};
        int exponent = (int)ust_rng_below(&rng, 40) - 10;
        double value = ldexp(ust_rng_unit(&rng), exponent), back_value = -1;
        if (i % 3 == 0)
            value = (double)ust_rng_below(&rng, 100000) / 100;
        ust_time whole = (ust_time)(value * 1e9), back_whole = -1;
        bool duration = field.kind == UST_FIELD_DURATION;
        ust_text_clear(&text);
        ust_field_write(&field, duration ? (void *)&whole : (void *)&value, &text);
        struct ust_node node = {.kind = UST_NODE_SCALAR, .text = ust_text_string(&text)};
        assert_int_equal(ust_spec_scalar(&reading.spec, &node, &field,
                                         duration ? (void *)&back_whole : (void *)&back_value),
                         UST_OK);
        if (duration)
            assert_int_equal(whole, back_whole);
        else
            assert_true(value == back_value);
    }
    ust_text_free(&text);
    reading_close(&reading);
}

static void plain_numbers_are_strict(void **state)
{
    (void)state;
    double x = -1;
    assert_true(ust_number_parse("-1.5e3", &x) && x == -1500);
    assert_true(ust_number_parse(".5", &x) && x == 0.5);
    assert_true(ust_number_parse("5.", &x) && x == 5);
    assert_true(ust_number_parse("+2", &x) && x == 2);
    assert_true(ust_number_parse("9007199254740993", &x) && x == 9007199254740992);
    assert_false(ust_number_parse("", &x));
    assert_false(ust_number_parse(" 1", &x));
    assert_false(ust_number_parse("1 ", &x));
    assert_false(ust_number_parse("1,5", &x));
    assert_false(ust_number_parse("0x1p3", &x));
    assert_false(ust_number_parse("nan", &x));
    assert_false(ust_number_parse("infinity", &x));
    assert_false(ust_number_parse("1e400", &x));
    assert_false(ust_number_parse(".", &x));
    assert_false(ust_number_parse("1e", &x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_whole_nanoseconds),
        cmocka_unit_test(bytes_know_powers_of_ten_and_of_two),
        cmocka_unit_test(bandwidth_counts_bits),
        cmocka_unit_test(rates_are_per_second),
        cmocka_unit_test(money_prices_distances_and_io),
        cmocka_unit_test(sixty_percent_is_the_double_nearest_to_0_6),
        cmocka_unit_test(a_missing_unit_is_asked_for),
        cmocka_unit_test(a_wrong_unit_is_named),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_range_is_printed_in_the_users_units),
        cmocka_unit_test(clock_times),
        cmocka_unit_test(instants_are_exact_and_keep_their_zone),
        cmocka_unit_test(instants_that_do_not_exist_are_refused),
        cmocka_unit_test(names_hold_letters_of_all_languages_and_no_slash),
        cmocka_unit_test(values_are_written_as_people_write_them),
        cmocka_unit_test(written_values_read_back),
        cmocka_unit_test(plain_numbers_are_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
