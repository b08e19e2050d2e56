/* Numbers in CSV files. */
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/limits.h"
#include "sim/spec/csv.h"
#include "tests/unit/spec_help.h"

static char folder[] = "/tmp/spec-csv-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_file(folder, "t.csv");
    return rmdir(folder);
}

static struct ust_csv *open_text(struct reading *r, const char *text,
                                 enum ust_csv_header header)
{
    char path[200];
    snprintf(path, sizeof path, "%s/t.csv", folder);
    write_file(folder, "t.csv", text);
    reading_open(r);
    return ust_csv_open(&r->spec, path, (struct ust_place){.file = "s.yaml", .line = 3},
                        header);
}

static void rows_come_one_by_one(void **state)
{
    (void)state;
    struct reading r;
    struct ust_csv *csv = open_text(&r,
                                    "# a trace\n"
                                    "time, count ,note\r\n"
                                    "0,10,\"a, \"\"b\"\"\"\n"
                                    "\n"
                                    "60 , -2.5 ,  c d \n",
                                    UST_CSV_HEADER_MAYBE);
    double x = 0;
    assert_int_equal(ust_csv_columns(csv), 3);
    assert_string_equal(ust_csv_name(csv, 1), "count");
    assert_int_equal(ust_csv_find(csv, "note"), 2);
    assert_int_equal(ust_csv_find(csv, "notes"), -1);
    assert_true(ust_csv_next(csv));
    assert_true(ust_csv_number(csv, 1, &x) && x == 10);
    assert_string_equal(ust_csv_cell(csv, 2), "a, \"b\"");
    assert_int_equal(ust_csv_place(csv, 1).line, 3);
    assert_int_equal(ust_csv_place(csv, 1).column, 3);
    assert_true(ust_csv_next(csv));
    assert_true(ust_csv_number(csv, 0, &x) && x == 60);
    assert_true(ust_csv_number(csv, 1, &x) && x == -2.5);
    assert_string_equal(ust_csv_cell(csv, 2), "c d");
    assert_int_equal(ust_csv_place(csv, 1).line, 5);
    assert_int_equal(ust_csv_place(csv, 1).column, 6);
    assert_false(ust_csv_next(csv));
    assert_false(ust_csv_next(csv));
    assert_int_equal(ust_csv_rows(csv), 2);
    assert_int_equal(ust_csv_close(csv), UST_OK);
    expect_fine(&r);
    reading_close(&r);
}

static void a_first_row_of_numbers_is_no_header(void **state)
{
    (void)state;
    struct reading r;
    struct ust_csv *csv = open_text(&r, "1;2\n3;4", UST_CSV_HEADER_MAYBE);
    double x = 0;
    assert_string_equal(ust_csv_name(csv, 0), "");
    assert_int_equal(ust_csv_find(csv, "1"), -1);
    assert_true(ust_csv_next(csv) && ust_csv_number(csv, 1, &x) && x == 2);
    assert_true(ust_csv_next(csv) && ust_csv_number(csv, 1, &x) && x == 4);
    assert_false(ust_csv_next(csv));
    ust_csv_close(csv);
    reading_close(&r);
    csv = open_text(&r,
                    "\xef\xbb\xbf"
                    "1\t2\n3\t4\n",
                    UST_CSV_HEADER_YES);
    assert_string_equal(ust_csv_name(csv, 0), "1");
    assert_true(ust_csv_next(csv) && ust_csv_number(csv, 0, &x) && x == 3);
    ust_csv_close(csv);
    reading_close(&r);
}

static void csv_refused(const char *text, uint32_t line, uint32_t column, const char *message)
{
    struct reading r;
    struct ust_csv *csv = open_text(&r, text, UST_CSV_HEADER_MAYBE);
    while (ust_csv_next(csv)) {
        double x;
        for (uint32_t i = 0; i < ust_csv_columns(csv); i++)
            ust_csv_number(csv, i, &x);
    }
    assert_int_equal(ust_csv_close(csv), UST_INVALID);
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    expect_message(&r, 0, line, column, message);
    assert_non_null(strstr(ust_diag_at(r.spec.diag, 0)->place.file, "t.csv"));
    reading_close(&r);
}

static void mistakes_have_a_place_in_the_file(void **state)
{
    (void)state;
    csv_refused("a,b\n1,2\n3,x\n", 3, 3, "'b' is 'x', needs a number");
    csv_refused("1,2\n3,\n", 2, 3, "'column 2' is '', needs a number");
    csv_refused("1,2\n3\n", 2, 1, "1 cell in this row, the first row has 2");
    csv_refused("1,2\n3,4,5\n", 2, 1, "3 cells in this row, the first row has 2");
    csv_refused("1,2\n\"3,4\n", 2, 1, "a quote that is not closed on its line");
    csv_refused("1,2\n\"3\"x,4\n", 2, 1,
                "text behind the closing quote; a quote inside is written \"\"");
    csv_refused("1,2\n3,nan\n", 2, 3, "'column 2' is 'nan', needs a number");
}

static void quantities_have_units_or_are_in_the_base_unit(void **state)
{
    (void)state;
    struct reading r;
    struct ust_csv *csv = open_text(&r, "gap\n250 ms\n1.5\n2 kB\n-1 s\n", UST_CSV_HEADER_MAYBE);
    const struct ust_field field = {.key = "gap", .kind = UST_FIELD_DURATION};
    ust_time gap = 0;
    assert_true(ust_csv_next(csv) && ust_csv_quantity(csv, 0, &field, &gap));
    assert_int_equal(gap, 250 * UST_MS);
    assert_true(ust_csv_next(csv) && ust_csv_quantity(csv, 0, &field, &gap));
    assert_int_equal(gap, 1500 * UST_MS);
    assert_true(ust_csv_next(csv));
    assert_false(ust_csv_quantity(csv, 0, &field, &gap));
    assert_true(ust_csv_next(csv));
    assert_false(ust_csv_quantity(csv, 0, &field, &gap));
    assert_int_equal(ust_csv_close(csv), UST_INVALID);
    expect_message(&r, 0, 4, 1, "'gap' is 2 kB, needs a duration such as 250 ms");
    expect_message(&r, 1, 5, 1, "'gap' is -1 s, must be at least 0 s");
    reading_close(&r);
}

static void reading_stops_after_ten_bad_numbers(void **state)
{
    (void)state;
    struct ust_text text = {0};
    for (int i = 0; i < 1000; i++)
        ust_text_add(&text, i == 0 ? "1\n" : "x\n");
    struct reading r;
    struct ust_csv *csv = open_text(&r, text.data, UST_CSV_HEADER_NONE);
    double x;
    while (ust_csv_next(csv))
        ust_csv_number(csv, 0, &x);
    assert_int_equal(ust_csv_rows(csv), 11);
    ust_csv_close(csv);
    assert_int_equal(ust_diag_errors(r.spec.diag), UST_CSV_MESSAGES_MAX);
    reading_close(&r);
    ust_text_free(&text);
}

static void what_is_no_csv_ends_with_a_message(void **state)
{
    (void)state;
    struct reading r;
    reading_open(&r);
    struct ust_place from = {.file = "s.yaml", .line = 3, .column = 7};
    struct ust_csv *csv = ust_csv_open(&r.spec, "/dev/zero", from, UST_CSV_HEADER_MAYBE);
    assert_false(ust_csv_next(csv));
    assert_int_equal(ust_csv_columns(csv), 0);
    assert_int_equal(ust_csv_close(csv), UST_INVALID);
    expect_message(&r, 0, 3, 7, "'/dev/zero' is a device, needs a regular file");
    reading_close(&r);

    struct ust_text text = {0};
    for (uint32_t i = 0; i <= UST_CSV_LINE_MAX; i++)
        ust_text_add(&text, "1");
    csv_refused(text.data, 1, 1, "a line of more than 1048576 bytes");
    ust_text_clear(&text);
    for (uint32_t i = 0; i <= UST_CSV_COLUMNS_MAX; i++)
        ust_text_add(&text, "1,");
    csv_refused(text.data, 1, 16385, "more than 8192 cells in a row");
    ust_text_free(&text);

    csv = open_text(&r, "", UST_CSV_HEADER_MAYBE);
    assert_false(ust_csv_next(csv));
    assert_int_equal(ust_csv_close(csv), UST_OK); /* the caller says what an empty file means */
    reading_close(&r);
}

/* The same rows, compressed; and cut off in the middle. */
static void compressed_files_are_read_and_damaged_ones_reported(void **state)
{
    (void)state;
    char path[200], text[300];
    snprintf(path, sizeof path, "%s/t.csv", folder);
    gzFile out = gzopen(path, "wb");
    for (int i = 0; i < 20000; i++)
        gzprintf(out, "%d,%d\n", i, i * 7919 % 10007);
    gzclose(out);
    struct reading r;
    reading_open(&r);
    struct ust_place from = {.file = "s.yaml", .line = 3, .column = 7};
    struct ust_csv *csv = ust_csv_open(&r.spec, path, from, UST_CSV_HEADER_MAYBE);
    double sum = 0, x = 0;
    while (ust_csv_next(csv) && ust_csv_number(csv, 0, &x))
        sum += x;
    assert_int_equal(ust_csv_close(csv), UST_OK);
    assert_true(sum == 199990000); /* 0 + 1 + ... + 19999 */
    reading_close(&r);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(truncate(path, status.st_size / 2), 0);
    reading_open(&r);
    csv = ust_csv_open(&r.spec, path, from, UST_CSV_HEADER_MAYBE);
    while (ust_csv_next(csv))
        continue;
    assert_int_equal(ust_csv_close(csv), UST_INVALID);
    snprintf(text, sizeof text, "'%s' cannot be read: ", path);
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    assert_int_equal(strncmp(ust_diag_at(r.spec.diag, 0)->text, text, strlen(text)), 0);
    reading_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_one_by_one),
        cmocka_unit_test(a_first_row_of_numbers_is_no_header),
        cmocka_unit_test(mistakes_have_a_place_in_the_file),
        cmocka_unit_test(quantities_have_units_or_are_in_the_base_unit),
        cmocka_unit_test(reading_stops_after_ten_bad_numbers),
        cmocka_unit_test(what_is_no_csv_ends_with_a_message),
        cmocka_unit_test(compressed_files_are_read_and_damaged_ones_reported),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
