/* The course of a failover plan: when its steps began and ended, replication by replication.
 *
 * From the view `failover_step` of the results: the first run of each step. Times are medians
 * over the replications in which the step began, counted from `origin_s`; a step that was not
 * over when the run ended, or that the plan stopped, ends at INFINITY there. A database without
 * plan, or of an older version, has no steps.
 */
#ifndef UST_READINESS_PLAN_COURSE_H
#define UST_READINESS_PLAN_COURSE_H

#include "sim/base/text.h"
#include "sim/store/store.h"

struct ust_plan_course_step {
    char *name;
    double *begin_s, *end_s;      /* [n] */
    double *until_s, until;       /* the same as the end, or when the plan stopped it */
    double begin, end, low, high; /* medians; 5 % and 95 % of the ends; INFINITY: never */
    /* Medians over those in which somebody had to approve, and in which its limit passed; NAN:
     * in none. */
    double *approved_s, *limit_s; /* [n]; NAN: not there */
    double approved, limit;
    uint32_t n;             /* replications in which it began */
    uint32_t late, stopped; /* ... in which its limit passed, and the plan stopped it */
    double *lost_s; /* [n]: data that its promotion lost; NAN: it promoted none that tells */
    double lost;    /* median; NAN */
};

struct ust_plan_course {
    char *region;                      /* that is left; NULL: there is no plan */
    struct ust_plan_course_step *step; /* by median begin */
    uint32_t n, replications;
    double scale_s; /* a picture should reach so far: a step that waits for hours does not
                       flatten the others */
};

struct ust_plan_course ust_plan_course_read(struct ust_store *store, double origin_s);
/* What its bar says beyond the times, as in "limit passed in 2, stopped in 1"; nothing where
 * all went as planned. */
void ust_plan_course_notes(const struct ust_plan_course *course,
                           const struct ust_plan_course_step *step, const char *between,
                           struct ust_text *out);

/* When the plan of a run was first begun; NAN: never, or there is none. */
double ust_plan_course_origin(struct ust_store *store);

void ust_plan_course_free(struct ust_plan_course *course);

/* "the plan, step by step ..." and a line for each, with a bar where it lies; nothing without a
 * plan. `origin` says what times count from: "after the fault". */
void ust_plan_course_tell(const struct ust_plan_course *course, const char *origin,
                          unsigned columns, const char *indent, struct ust_text *out);

#endif
