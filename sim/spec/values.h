/* Values of the language as texts: what a design does with them before they are set.
 *
 * A design does not know what a path means, so it compares, mixes and repeats values as they
 * are written: a number and its unit.
 */
#ifndef UST_SPEC_VALUES_H
#define UST_SPEC_VALUES_H

#include "sim/spec/spec.h"

/* A value as it would stand behind "--set path=", on one line. */
void ust_value_write(const struct ust_node *node, struct ust_text *out);

/* Orders two scalars: as quantities where both are of one kind ("500 ms" < "2 s", "5 %" <
 * 0.1), else as texts, which are only equal or not: then *ordered is false. < 0, 0, > 0. */
int ust_value_order(const char *a, const char *b, bool *ordered);

/* "2.5 GiB": 2.5 and "GiB". False where no number begins the text. */
struct ust_value_parts {
    double number;
    bool integer; /* written without a point or an exponent */
    const char *unit;
};
bool ust_value_split(struct ust_arena *arena, const char *text, struct ust_value_parts *out);

/* The number that a value is to a statistician: in base units where it has a unit ("5 %" is
 * 0.05, "10 ms" 0.01); NAN where it is none. */
double ust_value_number(const char *text);

#endif
