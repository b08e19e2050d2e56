/* Names of a library, and the ids that git gives to bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/persona/versions.h"
#include "sim/base/sha1.h"

static void a_name_is_of_letters_digits_and_three_signs(void **state)
{
    (void)state;
    assert_null(ust_persona_name_wrong("peak-hour_shopper.2"));
    assert_null(ust_persona_name_wrong("4vcpu"));
    assert_non_null(ust_persona_name_wrong("a b"));
    assert_non_null(ust_persona_name_wrong("a@b"));
    assert_non_null(ust_persona_name_wrong("caf\xc3\xa9"));
    assert_non_null(ust_persona_name_wrong(""));
}

static void a_name_leads_nowhere_and_hides_nothing(void **state)
{
    (void)state;
    assert_non_null(ust_persona_name_wrong("../shopper"));
    assert_non_null(ust_persona_name_wrong("/etc/passwd"));
    assert_non_null(ust_persona_name_wrong(".."));
    assert_non_null(ust_persona_name_wrong(".hidden"));
    assert_non_null(ust_persona_name_wrong("-option"));
    assert_non_null(ust_persona_name_wrong("shopper.yaml"));
}

static void a_name_has_at_most_64_letters(void **state)
{
    (void)state;
    char name[66];
    memset(name, 'a', sizeof name);
    name[64] = '\0';
    assert_null(ust_persona_name_wrong(name));
    name[64] = 'a', name[65] = '\0';
    assert_non_null(ust_persona_name_wrong(name));
}

static void blob_ids_are_those_of_git_hash_object(void **state)
{
    (void)state;
    char id[UST_SHA1_TEXT_MAX];
    assert_string_equal(ust_git_blob_id("", 0, id), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    assert_string_equal(ust_git_blob_id("hello\n", 6, id),
                        "ce013625030ba8dba906f756967f9e9ca394464a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_of_letters_digits_and_three_signs),
        cmocka_unit_test(a_name_leads_nowhere_and_hides_nothing),
        cmocka_unit_test(a_name_has_at_most_64_letters),
        cmocka_unit_test(blob_ids_are_those_of_git_hash_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
