/* A table with a row of every kind of field, for the fuzzer and the tests of sim/spec. */
#ifndef UST_TESTS_EVERY_KIND_H
#define UST_TESTS_EVERY_KIND_H

#include <math.h>

#include "sim/spec/spec.h"

struct every_inner {
    struct ust_named id;
    double share;
    ust_time access;
    int64_t count;
};

struct every_track {
    double target;
    ust_time cooldown;
    int64_t queue, low, high;
};

struct every {
    bool flag;
    int64_t whole, queue;
    struct ust_level level;
    double number, ratio, bytes, bandwidth, rate, iops, money, price, distance, open;
    ust_time duration, endless;
    int64_t clock;
    struct ust_instant instant;
    const char *text, *name, *file;
    int choice, companion;
    struct ust_dist work, size, count, lasting;
    const struct ust_node *place, *duration_node;
    struct every_inner group;
    struct ust_items map, list, words, ratios, variants, files;
    struct ust_shares shares;
    struct ust_variant variant, chosen;
};

static const struct ust_field every_inner_fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct every_inner, share),
     .high = 1,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .help = "Its part of the whole."},
    {.key = "access",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct every_inner, access),
     .high = 60,
     .fallback = "0 s",
     .help = "Extra round trip."},
    {.key = "count",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct every_inner, count),
     .low = 1,
     .high = HUGE_VAL,
     .fallback = "1",
     .help = "How many."},
    {.key = NULL},
};

static const struct ust_field every_track_fields[] = {
    {.key = "target",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct every_track, target),
     .low = 0.05,
     .high = 0.95,
     .flags = UST_FIELD_REQUIRED,
     .help = "What is held."},
    {.key = "cooldown",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct every_track, cooldown),
     .high = 86400,
     .fallback = "5 min",
     .help = "Quiet time after a decision."},
    {.key = "queue",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct every_track, queue),
     .high = 1000,
     .fallback = "unlimited",
     .word = "unlimited",
     .word_value = -1,
     .help = "Waiting places."},
    {.key = "low",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct every_track, low),
     .low = 0,
     .high = 100,
     .fallback = "1",
     .help = "Fewest."},
    {.key = "high",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct every_track, high),
     .low = 0,
     .high = 100,
     .fallback = "10",
     .help = "Most."},
    {.key = NULL},
};

static void every_track_check(struct ust_spec *spec, const void *params,
                              const struct ust_node *node)
{
    const struct every_track *track = params;
    if (track->low > track->high)
        ust_diag_error(spec->diag, node->place, "'low' is %lld, above 'high', %lld",
                       (long long)track->low, (long long)track->high);
}

static const struct ust_kind every_fixed = {.name = "fixed", .help = "Never moves."};
static const struct ust_kind every_tracking = {.name = "tracking",
                                               .help = "Holds a ratio.",
                                               .params_size = sizeof(struct every_track),
                                               .fields = every_track_fields,
                                               .check = every_track_check};
static const struct ust_field every_slide_fields[] = {
    {.key = "target",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct every_track, target),
     .low = 0.05,
     .high = 0.95,
     .flags = UST_FIELD_REQUIRED,
     .help = "Where it slides to."},
    {.key = NULL},
};

static const struct ust_kind every_sliding = {.name = "sliding",
                                              .help = "Slides.",
                                              .params_size = sizeof(struct every_track),
                                              .fields = every_slide_fields};
static const struct ust_kind *const every_kinds[] = {&every_fixed, &every_tracking,
                                                     &every_sliding, NULL};
static const struct ust_registry every_registry = {
    .family = "scaler", .help = "How many there should be.", .kinds = every_kinds};

static const char *const every_words[] = {"none", "full", "half", NULL};

#define EVERY(member) offsetof(struct every, member)

static const struct ust_field every_fields[] = {
    {.key = "flag", .kind = UST_FIELD_BOOL, .offset = EVERY(flag), .help = "A flag."},
    {.key = "whole",
     .kind = UST_FIELD_INT,
     .offset = EVERY(whole),
     .low = 1,
     .high = 100,
     .fallback = "20",
     .help = "A whole number."},
    {.key = "queue",
     .kind = UST_FIELD_INT,
     .offset = EVERY(queue),
     .low = 0,
     .high = HUGE_VAL,
     .word = "unlimited",
     .word_value = -1,
     .fallback = "unlimited",
     .help = "Waiting places | slots."},
    {.key = "number", .kind = UST_FIELD_NUMBER, .offset = EVERY(number), .help = "A number."},
    {.key = "ratio",
     .kind = UST_FIELD_RATIO,
     .offset = EVERY(ratio),
     .low = 0.05,
     .high = 0.95,
     .fallback = "50 %",
     .help = "A ratio."},
    {.key = "open",
     .kind = UST_FIELD_NUMBER,
     .offset = EVERY(open),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_HIGH_OPEN,
     .fallback = "0.5",
     .help = "Strictly inside."},
    {.key = "duration",
     .kind = UST_FIELD_DURATION,
     .offset = EVERY(duration),
     .low = 0.001,
     .high = 86400,
     .fallback = "3 s",
     .given = EVERY(duration_node) + 1,
     .help = "A duration."},
    {.key = "endless",
     .kind = UST_FIELD_DURATION,
     .offset = EVERY(endless),
     .word = "endless",
     .word_value = HUGE_VAL,
     .fallback = "endless",
     .help = "A duration that may not end."},
    {.key = "bytes", .kind = UST_FIELD_BYTES, .offset = EVERY(bytes), .help = "Bytes."},
    {.key = "bandwidth",
     .kind = UST_FIELD_BANDWIDTH,
     .offset = EVERY(bandwidth),
     .help = "Bits per second."},
    {.key = "rate", .kind = UST_FIELD_RATE, .offset = EVERY(rate), .help = "A rate."},
    {.key = "iops", .kind = UST_FIELD_IOPS, .offset = EVERY(iops), .help = "I/O."},
    {.key = "money", .kind = UST_FIELD_MONEY, .offset = EVERY(money), .help = "Money."},
    {.key = "price", .kind = UST_FIELD_PRICE, .offset = EVERY(price), .help = "A price."},
    {.key = "level",
     .kind = UST_FIELD_LEVEL,
     .offset = EVERY(level),
     .help = "A level of some metric."},
    {.key = "distance",
     .kind = UST_FIELD_DISTANCE,
     .offset = EVERY(distance),
     .help = "A distance."},
    {.key = "clock", .kind = UST_FIELD_CLOCK, .offset = EVERY(clock), .help = "A clock."},
    {.key = "instant",
     .kind = UST_FIELD_INSTANT,
     .offset = EVERY(instant),
     .help = "An instant."},
    {.key = "text", .kind = UST_FIELD_TEXT, .offset = EVERY(text), .help = "Any text."},
    {.key = "name", .kind = UST_FIELD_NAME, .offset = EVERY(name), .help = "A name."},
    {.key = "file", .kind = UST_FIELD_FILE, .offset = EVERY(file), .help = "A path."},
    {.key = "choice",
     .kind = UST_FIELD_CHOICE,
     .offset = EVERY(choice),
     .choices = every_words,
     .fallback = "full",
     .help = "One of three."},
    {.key = "companion",
     .kind = UST_FIELD_CHOICE,
     .offset = EVERY(companion),
     .choices = every_words,
     .fallback = "half",
     .flags = UST_FIELD_UNWRITTEN,
     .help = "What 'choice' means, where there is one."},
    {.key = "work",
     .kind = UST_FIELD_DIST,
     .offset = EVERY(work),
     .unit = UST_FIELD_DURATION,
     .help = "Times."},
    {.key = "size",
     .kind = UST_FIELD_DIST,
     .offset = EVERY(size),
     .unit = UST_FIELD_BYTES,
     .help = "Sizes."},
    {.key = "count",
     .kind = UST_FIELD_DIST,
     .offset = EVERY(count),
     .unit = UST_FIELD_INT,
     .low = 1,
     .high = HUGE_VAL,
     .fallback = "geometric(mean 14)",
     .help = "Counts, 1 at least in the mean."},
    {.key = "lasting",
     .kind = UST_FIELD_DIST,
     .offset = EVERY(lasting),
     .unit = UST_FIELD_DURATION,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "endless",
     .word = "endless",
     .word_value = HUGE_VAL,
     .help = "Times, or a word."},
    {.key = "place", .kind = UST_FIELD_PLACE, .offset = EVERY(place), .help = "Raw."},
    {.key = "group",
     .kind = UST_FIELD_GROUP,
     .offset = EVERY(group),
     .fields = every_inner_fields,
     .help = "A struct."},
    {.key = "map",
     .kind = UST_FIELD_MAP,
     .offset = EVERY(map),
     .fields = every_inner_fields,
     .size = sizeof(struct every_inner),
     .low = 1,
     .high = 3,
     .help = "Named structs."},
    {.key = "list",
     .kind = UST_FIELD_LIST,
     .offset = EVERY(list),
     .fields = every_track_fields,
     .size = sizeof(struct every_track),
     .help = "Structs."},
    {.key = "words",
     .kind = UST_FIELD_LIST,
     .offset = EVERY(words),
     .unit = UST_FIELD_NAME,
     .fallback = "[first, second]",
     .help = "Names."},
    {.key = "files",
     .kind = UST_FIELD_LIST,
     .offset = EVERY(files),
     .unit = UST_FIELD_FILE,
     .help = "Paths."},
    {.key = "ratios",
     .kind = UST_FIELD_LIST,
     .offset = EVERY(ratios),
     .unit = UST_FIELD_RATIO,
     .low = 1,
     .high = 2,
     .help = "Ratios."},
    {.key = "variants",
     .kind = UST_FIELD_LIST,
     .offset = EVERY(variants),
     .unit = UST_FIELD_VARIANT,
     .registry = &every_registry,
     .help = "Scalers."},
    {.key = "shares", .kind = UST_FIELD_SHARES, .offset = EVERY(shares), .help = "Shares."},
    {.key = "variant",
     .kind = UST_FIELD_VARIANT,
     .offset = EVERY(variant),
     .registry = &every_registry,
     .help = "A scaler, or none."},
    {.key = "chosen",
     .kind = UST_FIELD_VARIANT,
     .offset = EVERY(chosen),
     .registry = &every_registry,
     .fallback = "{kind: tracking, target: 60 %}",
     .help = "A scaler."},
    {.key = NULL},
};

#endif
