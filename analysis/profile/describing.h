/* A description under way: what its parts share. For the files of this folder that begin with
 * describe. */
#ifndef UST_PROFILE_DESCRIBING_H
#define UST_PROFILE_DESCRIBING_H

#include "analysis/profile/describe.h"

struct ust_describing {
    const struct ust_describe_input *in;
    struct ust_arena *arena;
    uint32_t *label; /* by number of a session; UST_NOISE: of none, or not kept */
    uint64_t numbers;
    uint32_t persona;
    struct ust_described *out;
    double *value; /* room for all of one quantity */
    size_t n;
    int64_t from, to;                 /* of the recording, without stray times */
    int64_t settled_from, settled_to; /* sessions that begin in between are whole */
};

/* Is the session of this number, or the i-th of the list, one of the persona's? */
static inline bool ust_is_mine(const struct ust_describing *d, uint64_t session)
{
    return session < d->numbers && d->label[session] == d->persona;
}

static inline bool ust_ith_is_mine(const struct ust_describing *d, size_t i)
{
    return d->in->learned->labels[i] == d->persona;
}

int ust_by_value(const void *left, const void *right); /* of doubles, for qsort */
/* A number with so many significant digits. */
double ust_digits(double x, int n);

/* What is in d->value becomes a law. part: what it is of, for the name of its draws. */
void ust_describe_law(struct ust_describing *d, enum ust_law_of of, const char *part,
                      struct ust_fit_options options, struct ust_described_law *out);

/* A word of a recording as a name of the language: letters, digits, - _ . */
const char *ust_describe_name(struct ust_arena *arena, const char *word);

void ust_describe_devices(struct ust_describing *d);
void ust_describe_week(struct ust_describing *d); /* and places */
void ust_describe_actions(struct ust_describing *d);
void ust_describe_tolerance(struct ust_describing *d); /* before sessions: who left? */

#endif
