/* When a kind of users comes: the rate by hour of the week in the local time of its places, and
 * how much more than chance it varies.
 *
 * At place p and hour h the rate is share(p) times rate(h); both are fitted together by maximum
 * likelihood (Poisson; the margins in turn, as in iterative proportional fitting), since a
 * recording that is no whole week sees other hours of one place than of another. How much is
 * asked of the recording depends on its length:
 *
 *   a week (156 h)   168 hours, around hour of day and weekend
 *   a day (22 h)     24 hours, around their mean, and a factor for the weekend where a day of
 * it and of the others was seen less             one rate
 *
 * "Around": each hour is thought to have had UST_INTENSITY_PRIOR further arrivals at that rate
 * (gamma prior), so that an hour in which nobody happened to come is not closed for ever.
 *
 * Dispersion: counts of intervals have the variance m + (m cv)^2 around their expectation m
 * (negative binomial: the rate has a gamma factor of mean 1). cv is the moments', with the
 * number of fitted rates taken off the intervals, and 0 unless a chi-square test finds more
 * than chance at 1 %.
 */
#ifndef UST_PROFILE_INTENSITY_H
#define UST_PROFILE_INTENSITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/persona/place.h"
#include "sim/base/arena.h"

#define UST_INTENSITY_PRIOR 5.0
#define UST_WEEK_HOURS      168

struct ust_arrived {
    int64_t at;     /* ns since 1970 */
    uint32_t place; /* index into the places */
};

struct ust_intensity_input {
    const struct ust_arrived *arrived;
    size_t n;
    const struct ust_place_facts *place; /* whose clocks count; at least one */
    uint32_t places;
    int64_t from, to; /* ns: what was watched */
    bool flat;        /* when they came is not known, only how many: one rate, no dispersion */
};

struct ust_intensity {
    uint32_t hours;              /* 168, 24, or 1 */
    double rate[UST_WEEK_HOURS]; /* relative, of mean 1 */
    double weekend;              /* of 24 hours; else 1 */
    double mean;                 /* arrivals per second, over a plain week */
    double *share;               /* of the places */
    double cv, interval_s;       /* 0: chance alone */
    double index;                /* index of dispersion of an interval's counts, whatever chance
                                    says; NAN: too few */
    uint32_t intervals;
    uint32_t peak; /* the busiest hour of the week, from Monday 00:00 */
};

/* At least one arrival in the window. */
void ust_intensity_fit(const struct ust_intensity_input *input, struct ust_arena *arena,
                       struct ust_intensity *out);

#endif
