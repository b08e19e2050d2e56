/* What the tests of sim/spec share: one text read and decoded, and its messages. */
#ifndef UST_TESTS_SPEC_HELP_H
#define UST_TESTS_SPEC_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/spec/spec.h"
#include "tests/fuzz/every_kind.h"

struct reading {
    struct ust_spec spec;
    struct ust_node *root;
    struct every out;
};

static inline void reading_open(struct reading *reading)
{
    memset(reading, 0, sizeof *reading);
    reading->spec.arena = ust_arena_new();
    reading->spec.diag = ust_diag_new();
}

static inline void reading_close(struct reading *reading)
{
    ust_diag_free(reading->spec.diag);
    ust_arena_free(reading->spec.arena);
}

static inline void reading_text(struct reading *reading, const char *text)
{
    reading_open(reading);
    reading->root = ust_spec_read_text(&reading->spec, "t.yaml", text, strlen(text));
    if (reading->root != NULL)
        ust_spec_decode(&reading->spec, reading->root, every_fields, &reading->out);
}

/* What a person would see. */
static inline char *reading_printed(const struct reading *reading)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    ust_diag_print(reading->spec.diag, out, NULL);
    fclose(out);
    return text;
}

static inline void expect_fine(const struct reading *reading)
{
    if (ust_diag_errors(reading->spec.diag) == 0)
        return;
    char *text = reading_printed(reading);
    print_error("%s", text);
    free(text);
    fail();
}

static inline void expect_message(const struct reading *reading, unsigned index, uint32_t line,
                                  uint32_t column, const char *text)
{
    const struct ust_diag_message *message = ust_diag_at(reading->spec.diag, index);
    assert_non_null(message);
    assert_string_equal(message->text, text);
    assert_int_equal(message->place.line, line);
    assert_int_equal(message->place.column, column);
}

/* The text is refused with exactly this message. */
static inline void refused(const char *yaml, uint32_t line, uint32_t column, const char *text)
{
    struct reading reading;
    reading_text(&reading, yaml);
    if (ust_diag_errors(reading.spec.diag) != 1) {
        char *printed = reading_printed(&reading);
        print_error("%s", printed);
        free(printed);
    }
    assert_int_equal(ust_diag_errors(reading.spec.diag), 1);
    expect_message(&reading, 0, line, column, text);
    reading_close(&reading);
}

static inline void accepted(const char *yaml)
{
    struct reading reading;
    reading_text(&reading, yaml);
    expect_fine(&reading);
    reading_close(&reading);
}

/* A file for a test, in a folder of its own; the caller keeps the folder's name. */
static inline void write_file(const char *folder, const char *name, const char *text)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fputs(text, out) < 0, 0);
    fclose(out);
}

static inline void remove_file(const char *folder, const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

#endif
