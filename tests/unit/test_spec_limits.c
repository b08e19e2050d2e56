/* Hostile input ends with a message, in bounded memory and time. Each case runs in a process of
 * its own whose address space is limited. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/limits.h"
#include "tests/unit/spec_help.h"

/* A sanitizer reserves terabytes, so that only the resident set says something there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WATCHED 1
#endif
#endif
#ifndef WATCHED
#define WATCHED 0
#endif

#define MEGABYTE ((size_t)1 << 20)

/* Reads a file in a child that may use so much memory; the child's messages must hold `text`.
 */
static void bounded(const char *path, const char *text, size_t memory_max)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit = {memory_max, memory_max}, seconds = {60, 60};
        if (!WATCHED)
            setrlimit(RLIMIT_AS, &limit);
        setrlimit(RLIMIT_CPU, &seconds);
        struct reading r;
        reading_open(&r);
        r.root = ust_spec_read(&r.spec, path);
        if (r.root != NULL)
            ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
        char *printed = reading_printed(&r);
        bool fine = ust_diag_errors(r.spec.diag) > 0 && strstr(printed, text) != NULL;
        if (!fine)
            fprintf(stderr, "%.2000s\n", printed);
        free(printed);
        reading_close(&r);
        _exit(fine ? 0 : 1);
    }
    int status = 0;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    if (!WATCHED)
        assert_true((size_t)usage.ru_maxrss * 1024 <= memory_max);
}

static char path[] = "/tmp/spec-limits-XXXXXX";

static FILE *begin(void)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    return out;
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int drop_path(void **state)
{
    (void)state;
    return remove(path);
}

static void a_hundred_megabytes_of_junk(void **state)
{
    (void)state;
    FILE *out = begin();
    char block[4096];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(' ' + i * 7 % 90);
    for (size_t i = 0; i < 100 * MEGABYTE / sizeof block; i++)
        fwrite(block, sizeof block, 1, out);
    fclose(out);
    bounded(path, "has 104857600 bytes, at most 4194304 are read", 64 * MEGABYTE);
}

static void a_sparse_file_of_a_terabyte(void **state)
{
    (void)state;
    FILE *out = begin();
    if (ftruncate(fileno(out), (off_t)1 << 40) != 0)
        print_message("this file system has no room for a terabyte of nothing\n");
    fclose(out);
    bounded(path, "bytes, at most 4194304 are read", 64 * MEGABYTE);
}

static void four_megabytes_of_opening_brackets(void **state)
{
    (void)state;
    FILE *out = begin();
    for (size_t i = 0; i < 4 * MEGABYTE - 100; i++)
        fputc('[', out);
    fclose(out);
    bounded(path, "nested deeper than 64 levels", 128 * MEGABYTE);
}

static void two_thousand_levels_of_blocks(void **state)
{
    (void)state;
    FILE *out = begin();
    for (int i = 0; i < 2000; i++)
        fprintf(out, "%*sa:\n", i, "");
    fclose(out);
    bounded(path, "nested deeper than 64 levels", 128 * MEGABYTE);
}

static void a_billion_laughs(void **state)
{
    (void)state;
    FILE *out = begin();
    fprintf(out, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 12; i++) {
        fprintf(out, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            fprintf(out, "%s*a%d", k > 0 ? ", " : "", i - 1);
        fprintf(out, "]\n");
    }
    fclose(out);
    bounded(path, "the input has more than 200000 keys and values", 256 * MEGABYTE);
}

static void a_bomb_of_merge_keys(void **state)
{
    (void)state;
    FILE *out = begin();
    fprintf(out, "a0: &a0 {k: 1}\n");
    for (int i = 1; i < 30; i++)
        fprintf(out, "a%d: &a%d {x%d: {<<: *a%d}, y%d: {<<: *a%d}, z%d: {<<: *a%d}}\n", i, i, i,
                i - 1, i, i - 1, i, i - 1);
    fclose(out);
    bounded(path, "the input has more than 200000 keys and values", 256 * MEGABYTE);
}

static void a_scalar_of_four_megabytes(void **state)
{
    (void)state;
    FILE *out = begin();
    fputs("choice: ", out);
    for (size_t i = 0; i < 4 * MEGABYTE - 100; i++)
        fputc('x', out);
    fclose(out);
    bounded(path, "unknown choice 'xxxx", 256 * MEGABYTE);
}

static void ninety_thousand_unknown_keys(void **state)
{
    (void)state;
    FILE *out = begin();
    for (int i = 0; i < 90000; i++)
        fprintf(out, "unknown-key-%d: 1\n", i);
    fclose(out);
    bounded(path, "and 89900 more", 256 * MEGABYTE);
}

static void a_hundred_thousand_elements_of_a_call(void **state)
{
    (void)state;
    FILE *out = begin();
    fputs("place: {work: lognormal(1", out);
    for (int i = 0; i < 100000; i++)
        fputs(", 1", out);
    fputs(")}\n", out);
    fclose(out);
    bounded(path, "is too long", 256 * MEGABYTE);
}

static void a_number_of_a_million_digits(void **state)
{
    (void)state;
    FILE *out = begin();
    fputs("number: ", out);
    for (int i = 0; i < 1000000; i++)
        fputc('7', out);
    fputs("\nduration: ", out);
    for (int i = 0; i < 1000000; i++)
        fputc('7', out);
    fputs(" s\n", out);
    fclose(out);
    bounded(path, "needs a number such as 1.5", 256 * MEGABYTE);
}

static void files_that_name_a_thousand_files(void **state)
{
    (void)state;
    /* Each is small, all together are too large: 40 times 2 MB of comments. */
    char folder[] = "/tmp/spec-limits-dir-XXXXXX", name[100];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/big.yaml", folder);
    FILE *out = fopen(name, "w");
    for (size_t i = 0; i < 2 * MEGABYTE / 64; i++)
        fprintf(out, "#%62s\n", "");
    fputs("text: a\n", out);
    fclose(out);
    out = begin();
    fputs("extends: [", out);
    for (int i = 0; i < 40; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", name);
    fputs("]\n", out);
    fclose(out);
    bounded(path, "all files together have more than 67108864 bytes", 400 * MEGABYTE);
    remove(name);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_megabytes_of_junk),
        cmocka_unit_test(a_sparse_file_of_a_terabyte),
        cmocka_unit_test(four_megabytes_of_opening_brackets),
        cmocka_unit_test(two_thousand_levels_of_blocks),
        cmocka_unit_test(a_billion_laughs),
        cmocka_unit_test(a_bomb_of_merge_keys),
        cmocka_unit_test(a_scalar_of_four_megabytes),
        cmocka_unit_test(ninety_thousand_unknown_keys),
        cmocka_unit_test(a_hundred_thousand_elements_of_a_call),
        cmocka_unit_test(a_number_of_a_million_digits),
        cmocka_unit_test(files_that_name_a_thousand_files),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
