/* Two runs that met the same users: replication i of one beside replication i of the other.
 *
 * Common random numbers make the two go up and down together, so the difference of a pair is
 * far calmer than either. Student's t of the differences (Law and Kelton 1991, 10.2.1) uses it;
 * how much was gained is the variance-reduction factor
 *
 *     (var a + var b) / var(a - b)
 *
 * the number of times fewer replications than independent runs would have needed. Runs that
 * share nothing are compared with Welch's t (1947).
 */
#ifndef UST_ANALYSIS_STATS_PAIRED_H
#define UST_ANALYSIS_STATS_PAIRED_H

#include "analysis/stats/stats.h"

struct ust_difference {
    struct ust_interval mean; /* of a - b */
    double t, freedom, p;     /* of "no difference", two-sided */
    double correlation;       /* of the pairs; NAN if unpaired or a side does not vary */
    double factor;            /* variance reduction; INFINITY if all differences are equal and
                                 a side varies; NAN if neither does, or unpaired */
    size_t n;                 /* pairs; unpaired: both together */
};

/* n >= 2 pairs. Where all differences are equal, p is 1 if they are 0 and else 0. */
struct ust_difference ust_stats_paired(const double *a, const double *b, size_t n,
                                       double confidence);
/* Independent runs, at least 2 values each. */
struct ust_difference ust_stats_unpaired(const double *a, size_t a_n, const double *b,
                                         size_t b_n, double confidence);

#endif
