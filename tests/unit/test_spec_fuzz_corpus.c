/* Every input that the fuzzer keeps is replayed by every build. */
#include <dirent.h>

#include "tests/fuzz/fuzz_spec.c"
#include "tests/unit/spec_help.h"

#define CORPUS "tests/fuzz/corpus"

static void replay(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, CORPUS "/%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    struct ust_text bytes = {0};
    char buffer[4096];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
        ust_text_add_n(&bytes, buffer, n);
    fclose(in);
    assert_int_equal(
        LLVMFuzzerTestOneInput((const uint8_t *)ust_text_string(&bytes), bytes.length), 0);
    ust_text_free(&bytes);
}

static void the_corpus_ends_without_a_crash(void **state)
{
    (void)state;
    DIR *folder = opendir(CORPUS);
    if (folder == NULL)
        print_error("run from the top of the tree: no " CORPUS "\n");
    assert_non_null(folder);
    unsigned files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        replay(entry->d_name);
        files++;
    }
    closedir(folder);
    assert_true(files >= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_ends_without_a_crash)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
