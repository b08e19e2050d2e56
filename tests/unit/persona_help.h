/* What the tests of persona documents share. */
#ifndef UST_TESTS_PERSONA_HELP_H
#define UST_TESTS_PERSONA_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/persona/persona.h"

#define CHECK_NEAR(got, want, tolerance)                                                       \
    do {                                                                                       \
        double near_got = (got), near_want = (want);                                           \
        if (!(near_got - near_want <= (tolerance) && near_want - near_got <= (tolerance)))     \
            fail_msg("%s is %.12g, not %.12g", #got, near_got, near_want);                     \
    } while (0)

#define HEAD "persona: 1\nkind: user\nname: p\nsource: {how: assumed, note: test}\n"
#define CALL "actions: {call: {work: 1 s}}\n"

static inline int setup(void **state)
{
    struct ust_spec *spec = calloc(1, sizeof *spec);
    spec->arena = ust_arena_new();
    spec->diag = ust_diag_new();
    *state = spec;
    return 0;
}

static inline int teardown(void **state)
{
    struct ust_spec *spec = *state;
    ust_diag_free(spec->diag);
    ust_arena_free(spec->arena);
    free(spec);
    return 0;
}

static inline struct ust_node *node_of(struct ust_spec *spec, const char *text)
{
    struct ust_node *node = ust_spec_read_text(spec, "p.yaml", text, strlen(text));
    assert_non_null(node);
    return node;
}

static inline struct ust_user_persona *user(struct ust_spec *spec, const char *text)
{
    struct ust_user_persona *persona = ust_user_persona_decode(spec, node_of(spec, text));
    if (!persona)
        ust_diag_print(spec->diag, stderr, NULL);
    assert_non_null(persona);
    assert_int_equal(ust_diag_errors(spec->diag), 0);
    return persona;
}

static inline struct ust_resource_persona *resource(struct ust_spec *spec, const char *text)
{
    struct ust_resource_persona *persona =
        ust_resource_persona_decode(spec, node_of(spec, text));
    if (!persona)
        ust_diag_print(spec->diag, stderr, NULL);
    assert_non_null(persona);
    assert_int_equal(ust_diag_errors(spec->diag), 0);
    return persona;
}

/* The document is refused, with exactly this message at this line and column. */
static inline void refused(struct ust_spec *spec, bool is_user, const char *text, unsigned line,
                           unsigned column, const char *message)
{
    struct ust_node *node = node_of(spec, text);
    if (is_user)
        assert_null(ust_user_persona_decode(spec, node));
    else
        assert_null(ust_resource_persona_decode(spec, node));
    const struct ust_diag_message *first = ust_diag_at(spec->diag, 0);
    assert_non_null(first);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.line, line);
    assert_int_equal(first->place.column, column);
    assert_int_equal(ust_diag_errors(spec->diag), 1);
}

static inline void user_refused(struct ust_spec *spec, const char *text, unsigned line,
                                unsigned column, const char *message)
{
    refused(spec, true, text, line, column, message);
}

#endif
