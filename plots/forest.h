/* A forest plot: rows of an estimate with its interval, around a line that means "no
 * difference".
 *
 * Rows stand in the order that they are given in. Where they reach far beyond 1 the axis is
 * linear up to 1 and logarithmic beyond (asinh), so that 0.2 and 200 can both be read; the
 * small print says so. What a row says as text stands at its end where the picture is wide
 * enough.
 */
#ifndef UST_PLOTS_FOREST_H
#define UST_PLOTS_FOREST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/base/text.h"

#define UST_FOREST_GROUPS 4

struct ust_forest_row {
    const char *label, *text; /* text: "+12 % (10 – 14)" */
    double value, low, high;  /* low and high NAN: no interval */
    int group;                /* below UST_FOREST_GROUPS; decides colour and sign */
};

struct ust_forest {
    const char *name, *what, *small;      /* title and small print */
    const char *unit;                     /* of the axis: "%" */
    const char *group[UST_FOREST_GROUPS]; /* for the key; NULL: not there */
    bool even;                            /* the axis is never logarithmic */
    const struct ust_forest_row *row;
    uint32_t n;
};

unsigned ust_forest_height(uint32_t rows);

/* The script behind the terminal's lines. n >= 1. */
void ust_forest_script(const struct ust_forest *forest, unsigned width, struct ust_text *out);

/* All of it into a file, whose ending says which picture; others are refused as UST_INVALID,
 * with the command's name before the message. */
enum ust_status ust_forest_draw(const char *command, const struct ust_forest *forest,
                                unsigned width, const char *path);

#endif
