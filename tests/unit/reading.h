/* Files of events, written for a test and read by the reader of traffic. */
#ifndef UST_TESTS_UNIT_READING_H
#define UST_TESTS_UNIT_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/profile/reader.h"
#include "sim/base/text.h"
#include "sim/base/time.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

#define EVENTS_MAX 200

struct reading {
    struct ust_arena *arena;
    struct ust_reader *reader;
    struct ust_event event[EVENTS_MAX];
    size_t n;
    enum ust_status status;
    struct ust_read_report report;
};

static char folder[] = "/tmp/profile-test-XXXXXX";

static inline const char *write_file(const char *name, const char *text, size_t length)
{
    static char path[2][128];
    static int which;
    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", folder, name);
    FILE *file = fopen(path[which], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
    return path[which];
}

static inline struct reading read_files(struct ust_read_options options,
                                        const char *const *path, size_t paths)
{
    struct reading r = {.arena = ust_arena_new()};
    const char *error = "";
    bool any = true;
    r.reader = ust_reader_new(&options, r.arena, &error);
    assert_non_null(r.reader);
    for (size_t i = 0; i < paths; i++)
        assert_int_equal(ust_reader_open(r.reader, path[i]), UST_OK);
    while (any && r.n < EVENTS_MAX) {
        r.status = ust_reader_next(r.reader, &r.event[r.n], &any);
        if (r.status != UST_OK)
            break;
        r.n += any;
    }
    r.report = *ust_reader_report(r.reader);
    return r;
}

static inline struct reading read_bytes(struct ust_read_options options, const char *text,
                                        size_t n)
{
    const char *path = write_file("events", text, n);
    return read_files(options, &path, 1);
}

static inline struct reading read_text(const char *text)
{
    return read_bytes((struct ust_read_options){.malformed_max = UINT64_MAX}, text,
                      strlen(text));
}

static inline void close_reading(struct reading *r)
{
    ust_reader_close(r->reader);
    ust_arena_free(r->arena);
}

static inline const char *action(const struct reading *r, size_t i)
{
    return ust_reader_actions(r->reader)->at[r->event[i].action];
}

static inline const char *device(const struct reading *r, size_t i)
{
    return ust_reader_devices(r->reader)->at[r->event[i].device];
}

static inline const char *place(const struct reading *r, size_t i)
{
    return ust_reader_places(r->reader)->at[r->event[i].place];
}

/* 2026-11-20T12:00:00Z */
#define NOON (1795176000 * UST_S)

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static inline int remove_folder(void **state)
{
    (void)state;
    const char *const names[] = {"events", "lines", "long", "batch", "events.gz", "a", "b"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

#endif
