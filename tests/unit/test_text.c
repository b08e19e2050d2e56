/* Words in lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/text.h"

static void expect_wrapped(const char *text, size_t width, const char *wanted)
{
    struct ust_text out = {0};
    ust_text_wrap(&out, text, width, "  ", "    ");
    assert_string_equal(ust_text_string(&out), wanted);
    ust_text_free(&out);
}

static void lines_break_at_spaces_and_hang(void **state)
{
    (void)state;
    expect_wrapped("one two three four", 11, "  one two\n    three\n    four\n");
}

static void a_text_that_just_fits_is_not_broken(void **state)
{
    (void)state;
    expect_wrapped("one   two", 11, "  one   two\n");
    expect_wrapped("one   two", 10, "  one\n    two\n");
}

static void a_word_longer_than_the_line_stands_alone(void **state)
{
    (void)state;
    expect_wrapped("a incomprehensibly b", 10, "  a\n    incomprehensibly\n    b\n");
}

static void columns_are_characters(void **state)
{
    (void)state;
    expect_wrapped("für die Übung", 11, "  für die\n    Übung\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_break_at_spaces_and_hang),
        cmocka_unit_test(a_text_that_just_fits_is_not_broken),
        cmocka_unit_test(a_word_longer_than_the_line_stands_alone),
        cmocka_unit_test(columns_are_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
