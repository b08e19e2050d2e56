/* Where does something that holds at a low load begin to break? Bracketing, then bisection on a
 * geometric scale, for an estimate and for both ends of its interval.
 *
 *     margin  ──────╲ upper limit        A point is a load and how much is left of what was
 *              ╲     ╲                   promised: a value with an interval. Three curves cross
 *        ───────╲─────╲──────── 0        zero; the loads where they do are the interval's low
 *          lower ╲  value                end, the estimate, and its high end.
 *
 * So the interval is the set of loads at which a test would not decide (test inversion). Points
 * are shared between the three. Where a curve crosses more than once, the first crossing that
 * was met is meant: all loads below that had been tried held. Deterministic; asks for each load
 * once.
 */
#ifndef UST_ANALYSIS_STUDY_SEARCH_H
#define UST_ANALYSIS_STUDY_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/stats/stats.h"

#define UST_SEARCH_POINTS_MAX 200

struct ust_search_point {
    double factor;
    struct ust_interval margin; /* at least 0: holds */
};

enum ust_search_level { UST_SEARCH_LOW, UST_SEARCH_VALUE, UST_SEARCH_HIGH, UST_SEARCH_LEVELS };

struct ust_search {
    double least, most; /* of the factor; beyond, nothing is tried */
    double tolerance;   /* breaks / holds at most 1 + this */
    /* Fills the margin of a load that was not asked for yet. */
    enum ust_status (*ask)(void *context, double factor, struct ust_interval *margin);
    void *context;
    struct ust_search_point point[UST_SEARCH_POINTS_MAX]; /* ascending */
    uint32_t n;
    /* Largest load that holds with all below it, least that breaks; 0 and INFINITY: none within
     * the range. */
    double holds[UST_SEARCH_LEVELS], breaks[UST_SEARCH_LEVELS];
};

/* Begins at `least` or 1, whichever is more, up to `most`. */
enum ust_status ust_search_run(struct ust_search *search);

#endif
