/* A distribution of the scenario language, ready to be sampled.
 *
 * A kind is one const struct in its own file plus one line in kinds.def. Its parameters are
 * rows of a table: from them come parsing of "lognormal(mean 40 ms, cv 1.5)", range checks,
 * help and the reference pages. Samples come in the unit that the field asks for (nanoseconds
 * for a duration, bytes for a size, plain numbers for a count).
 *
 * Promise: a sample is never negative and never NaN. Two samples of one stream are independent.
 * The exact law, cumulative function included, is part of the kind, so that tests can hold the
 * sampler against it.
 */
#ifndef UST_RAND_DIST_H
#define UST_RAND_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/time.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"

#define UST_DIST_ARGS_MAX 5

/* The fallback of an argument that has alternatives: "lognormal" takes mean and cv, or median
 * and sigma. `prepare` sees which were given, and says so when the choice makes no sense. */
#define UST_DIST_ABSENT __builtin_nan("")

static inline bool ust_dist_given(double arg)
{
    return arg == arg;
}

struct ust_dist;

/* One named argument. A `scaled` argument carries the field's unit (mean 40 ms); the others are
 * plain numbers (cv 1.5). `needed` arguments have no default. */
struct ust_dist_arg {
    const char *name;
    bool scaled;
    bool needed;
    double fallback;  /* used where not needed; may be UST_DIST_ABSENT */
    double low, high; /* allowed, in plain numbers or in the field's base unit */
    bool low_open;    /* low itself is not allowed */
    const char *help;
};

/* Means and other scaled arguments: large enough for any size or time, small enough that no
 * sum of squares overflows. */
#define UST_DIST_LARGE 1e30

struct ust_dist_type {
    const char *name;
    const char *help;
    const char *example;                         /* "lognormal(mean 40 ms, cv 1.5)" */
    struct ust_dist_arg args[UST_DIST_ARGS_MAX]; /* ends at the first without a name */
    bool from_file; /* empirical: the single argument is the path of a CSV file */

    /* Turns arguments into parameters; NULL, or a message about an impossible combination such
     * as "uniform needs low <= high". */
    const char *(*prepare)(struct ust_dist *dist);
    double (*sample)(const struct ust_dist *dist, struct ust_rng *rng);
    double (*mean)(const struct ust_dist *dist);
    double (*variance)(const struct ust_dist *dist);      /* INFINITY where it has none */
    double (*cdf)(const struct ust_dist *dist, double x); /* for tests; may be slow */
};

struct ust_dist {
    const struct ust_dist_type *type;
    double arg[UST_DIST_ARGS_MAX]; /* as the user gave them, in the field's base unit */
    double p[6];                   /* what `prepare` derived; the sampler reads only these */
    const double *table;           /* empirical: sorted values */
    const double *weight; /* empirical: cumulative probability, or NULL for equal weights */
    const struct ust_alias *alias; /* empirical: how to draw unequal weights, or NULL */
    uint32_t table_n;
};

/* A cell of the alias method: below `keep` the cell's own value, above it that of `other`. */
struct ust_alias {
    double keep;
    uint32_t other;
};

#define UST_DIST_KIND(name) extern const struct ust_dist_type ust_dist_kind_##name;
#include "sim/rand/kinds.def"
#undef UST_DIST_KIND

/* All kinds, in the order of kinds.def; NULL-terminated. */
extern const struct ust_dist_type *const ust_dist_types[];
const struct ust_dist_type *ust_dist_find(const char *name); /* NULL when unknown */

struct ust_dist ust_dist_constant(double value);

/* Makes the empirical kind of n values and their weights (NULL: all alike), in any order. Keeps
 * its tables in the arena. Returns NULL, or a message about the data. */
const char *ust_dist_empirical(struct ust_dist *dist, struct ust_arena *arena,
                               const double *values, const double *weights, size_t n);

/* The commonest kind without a call. */
static inline double ust_dist_sample(const struct ust_dist *dist, struct ust_rng *rng)
{
    if (__builtin_expect(dist->type == &ust_dist_kind_exponential, 1))
        return dist->p[0] * ust_exponential(rng);
    return dist->type->sample(dist, rng);
}

/* A sample of a duration, in nanoseconds. Heavy tails reach beyond what an integer holds, so it
 * ends at UST_DIST_TIME_MAX: past any run, and any two of them still add up. */
#define UST_DIST_TIME_MAX ((ust_time)1 << 61)

static inline ust_time ust_dist_time(const struct ust_dist *dist, struct ust_rng *rng)
{
    double ns = ust_dist_sample(dist, rng);
    return ns < (double)UST_DIST_TIME_MAX ? ust_time_round(ns) : UST_DIST_TIME_MAX;
}

static inline double ust_dist_mean(const struct ust_dist *dist)
{
    return dist->type->mean(dist);
}

/* Is it the constant kind, so that no draw is needed? */
bool ust_dist_is_constant(const struct ust_dist *dist);

#endif
