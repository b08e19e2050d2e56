/* Building blocks of plans, for the kinds of this folder. */
#ifndef UST_MODELS_ARRIVAL_PLAN_H
#define UST_MODELS_ARRIVAL_PLAN_H

#include "models/arrival/arrival.h"
#include "sim/spec/csv.h"
#include "sim/spec/stamp.h"

/* Memory: a knot takes 24 bytes, a share of a place 8, a row of a trace 8. A decade of five
 * minutes is a million knots, four years of seconds are 2^27 rows. */
#define UST_KNOTS_MAX  (1u << 24)
#define UST_SHARES_MAX (1u << 26)
#define UST_ROWS_MAX   (1u << 27)

#define UST_BUDGET_DAYS 30.0

/* A list that grows: start with {0}; `finish` copies it into the arena and forgets it. */
struct ust_knots {
    struct ust_rate_knot *at;
    uint32_t n, capacity;
};
void ust_knots_add(struct ust_knots *knots, ust_time at, double rate, double rate_end);

/* The same from `at` to `until`, in pieces of a day at most: a double counts nanoseconds of a
 * day in 64ths, those of a decade not at all. */
void ust_knots_line(struct ust_knots *knots, ust_time at, ust_time until, double rate,
                    double rate_end);
void ust_knots_finish(struct ust_knots *knots, struct ust_arena *arena,
                      struct ust_arrival_plan *out);

/* Expected arrivals from 0 to `until`, of knots that begin at 0; none after the last. */
double ust_knots_mass(const struct ust_rate_knot *knots, uint32_t n, ust_time until);

/* A column by its name in the header, or by its number from 1; `text` NULL: `fallback`. -1 with
 * a message at `from`. */
int ust_trace_column(struct ust_csv *csv, struct ust_spec *spec, struct ust_place from,
                     const char *text, uint32_t fallback);

/* Rows that traces and replays share. */
#define UST_TRACE_FILE(params, text)                                                           \
    {                                                                                          \
        .key = "file", .kind = UST_FIELD_FILE, .offset = offsetof(params, file),               \
        .flags = UST_FIELD_REQUIRED, .given = offsetof(params, file_node) + 1, .help = text    \
    }
#define UST_TRACE_COLUMN(params, text)                                                         \
    {                                                                                          \
        .key = "column", .kind = UST_FIELD_TEXT, .offset = offsetof(params, column),           \
        .given = offsetof(params, column_node) + 1, .help = text                               \
    }
#define UST_TRACE_REPEAT(params, what)                                                         \
    {                                                                                          \
        .key = "repeat", .kind = UST_FIELD_BOOL, .offset = offsetof(params, repeat),           \
        .fallback = "false", .help = "Start over where the " what " ends before the run does." \
    }

#endif
