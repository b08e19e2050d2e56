/* The smallest of what is enough, where more is never worse: bracketing and bisection along one
 * line, and a staircase between two.
 *
 *     b │ ✓ ✓ ✓ ✓      Several counts have ladders of levels, from few to many. What is enough
 *       │ ✗ ✓─✓ ✓      (✓) has a frontier that falls from left to right. First all climb
 *       │ ✗ ✗ ✓─✓      together, in proportion to their ladders; then each steps down as far as
 *       └────────── a  it can alone, the dearest first; and of two, the whole frontier is
 * walked below the price that is known, from many of the first and few of the second.
 *
 * So one count: the least level. Two: the cheapest combination. More: one of which no count can
 * be lowered alone, which need not be the cheapest. All of it where more is never worse; where
 * it is, what was met on the way counts, and who asks can tell from the answers that it was so.
 * Deterministic. May ask for a combination twice: who answers remembers.
 */
#ifndef UST_ANALYSIS_STUDY_SMALLEST_H
#define UST_ANALYSIS_STUDY_SMALLEST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

#define UST_SMALLEST_COUNTS_MAX 8

struct ust_smallest {
    uint32_t counts;                          /* 1 .. UST_SMALLEST_COUNTS_MAX */
    uint32_t levels[UST_SMALLEST_COUNTS_MAX]; /* of each ladder, at least 1 */
    uint32_t start[UST_SMALLEST_COUNTS_MAX];  /* where to begin: a level, from 0 */
    double price[UST_SMALLEST_COUNTS_MAX];    /* of one level more */
    /* Is this combination of levels enough? */
    enum ust_status (*ask)(void *context, const uint32_t *level, bool *enough);
    void *context;
    /* What was found. */
    bool any; /* false: not even the highest of all is enough */
    uint32_t level[UST_SMALLEST_COUNTS_MAX];
};

enum ust_status ust_smallest_run(struct ust_smallest *smallest);

#endif
