/* What the tests of the engine share: a handler that notes what fires. */
#ifndef UST_TESTS_ENGINE_HELP_H
#define UST_TESTS_ENGINE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/core/engine.h"
#include "sim/rand/rng.h"

#define ALL_NEAR UINT32_MAX

/* ---- recording what fires ---- */

struct record {
    struct ust_engine engine;
    uint32_t note;
    uint64_t fired[64];
    size_t fired_n;
};

static inline void note(void *context, uint64_t argument)
{
    struct record *record = context;
    assert_in_range(record->fired_n, 0, 63);
    record->fired[record->fired_n++] = argument;
}

static inline void begin(struct record *record)
{
    *record = (struct record){0};
    ust_engine_init(&record->engine);
    record->note = ust_engine_handler(&record->engine, note, record);
}

static inline void assert_fired(const struct record *record, size_t n, const uint64_t *expected)
{
    assert_int_equal(record->fired_n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(record->fired[i], expected[i]);
}

#define ASSERT_FIRED(record, ...)                                                              \
    assert_fired(record, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),                 \
                 (const uint64_t[]){__VA_ARGS__})

#endif
