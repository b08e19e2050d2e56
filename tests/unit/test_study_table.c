/* Tables of the summary: as wide as their text, and never wider than the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/study/table.h"

static const struct ust_table_column columns[] = {
    {"who", 0, true}, {"n", 0, false}, {"least", 9, false}, {"note", 5, true}};

static void expect(const struct ust_table *table, unsigned width, const char *text)
{
    struct ust_text out = {0};
    ust_table_print(table, width, "  ", &out);
    assert_string_equal(ust_text_string(&out), text);
    ust_text_free(&out);
}

static struct ust_table two_rows(void)
{
    struct ust_table table;
    ust_table_begin(&table, columns, 4);
    ust_table_row(&table);
    ust_table_cell(&table, 0, "München");
    ust_table_cell(&table, 1, "%d", 7);
    ust_table_cell(&table, 2, "1.5 s");
    ust_table_cell(&table, 3, "ok");
    ust_table_row(&table);
    ust_table_cell(&table, 0, "Rom");
    ust_table_cell(&table, 1, "%d", 1234);
    ust_table_cell(&table, 2, "2 s");
    return table;
}

static void columns_are_measured_in_characters_not_in_bytes(void **state)
{
    (void)state;
    struct ust_table table = two_rows();
    expect(&table, 80,
           "  who         n  least  note\n"
           "  München     7  1.5 s  ok\n"
           "  Rom      1234    2 s\n");
    ust_table_free(&table);
}

static void a_table_that_just_fits_keeps_all_columns(void **state)
{
    (void)state;
    struct ust_table table = two_rows();
    expect(&table, 28,
           "  who         n  least  note\n"
           "  München     7  1.5 s  ok\n"
           "  Rom      1234    2 s\n");
    ust_table_free(&table);
}

static void the_column_of_highest_rank_goes_first(void **state)
{
    (void)state;
    struct ust_table table = two_rows();
    expect(&table, 27,
           "  who         n  note\n"
           "  München     7  ok\n"
           "  Rom      1234\n");
    ust_table_free(&table);
}

static void columns_of_rank_0_stay_and_the_first_is_cut(void **state)
{
    (void)state;
    struct ust_table table;
    ust_table_begin(&table, columns, 4);
    ust_table_row(&table);
    ust_table_cell(&table, 0, "Garmisch-Partenkürchen");
    ust_table_cell(&table, 1, "12");
    ust_table_cell(&table, 2, "x");
    expect(&table, 24,
           "  who                  n\n"
           "  Garmisch-Partenkü…  12\n");
    ust_table_free(&table);
}

static void a_column_without_a_cell_is_left_out(void **state)
{
    (void)state;
    struct ust_table table;
    ust_table_begin(&table, columns, 4);
    ust_table_row(&table);
    ust_table_cell(&table, 0, "a");
    ust_table_cell(&table, 3, "b");
    expect(&table, 80, "  who  note\n  a    b\n");
    ust_table_free(&table);
}

static void a_cell_written_twice_keeps_the_second_text(void **state)
{
    (void)state;
    struct ust_table table;
    ust_table_begin(&table, columns, 4);
    ust_table_row(&table);
    ust_table_cell(&table, 0, "first");
    ust_table_cell(&table, 0, "second");
    expect(&table, 80, "  who\n  second\n");
    ust_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_measured_in_characters_not_in_bytes),
        cmocka_unit_test(a_table_that_just_fits_keeps_all_columns),
        cmocka_unit_test(the_column_of_highest_rank_goes_first),
        cmocka_unit_test(columns_of_rank_0_stay_and_the_first_is_cut),
        cmocka_unit_test(a_column_without_a_cell_is_left_out),
        cmocka_unit_test(a_cell_written_twice_keeps_the_second_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
