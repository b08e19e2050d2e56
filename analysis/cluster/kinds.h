/* Kinds of users, from sessions that say much or little of them: a mixture that knows how much.
 *
 * A session is a row of two sorts of columns. A measure is a mean over some of its events, with
 * how many these are; a session of one request says little about the usual pause of its user,
 * one of a hundred says much, and one may be silent. A count says how often each action was
 * done. A kind of users has, for each measure, a mean and a variance own + within / events:
 * what its users differ by, and what one user varies by; the number of events itself is
 * lognormal, with the variance of its rounding. A measure may be a cost: the logarithm of what
 * a session took over what its actions usually take; then a kind has a cost of its own for each
 * action, as a multiple of the usual one. Counts follow Dirichlet and Polya's law (multinomial
 * with shares that differ from user to user; Mosimann 1962). Given the kind, columns are
 * independent.
 *
 * Fitted by expectation and maximisation. A Gaussian mixture over features of sessions, which
 * takes a share of one request for as sure as one of a hundred, cuts one kind of users into
 * pieces by the length of their sessions; this one need not.
 *
 * How many: the number of components of least BIC; then, since a kind may have a shape that
 * takes two components to describe, components are put together while of one the chance to be
 * taken for another is above `overlap` (directly estimated misclassification probabilities;
 * Hennig 2010), the likeliest pair first. What is left with hardly any sessions is no kind:
 * these go to the others, unless the number was given.
 *
 * Promise: the same for a seed on any number of threads. Cost: O(n k (measures + actions)) an
 * iteration, of at most `sessions_max` sessions.
 */
#ifndef UST_CLUSTER_KINDS_H
#define UST_CLUSTER_KINDS_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "analysis/cluster/temper.h"
#include "sim/base/arena.h"

/* More events than this say no more than these. */
#define UST_KINDS_EVENTS_MAX 255
#define UST_KINDS_MAX        72 /* components */

/* What stands in a row, in this order: for each measure a value and the number of events that
 * it is the mean of (0: silent), then a count for each action. */
struct ust_kinds_layout {
    uint32_t measures, actions;
    uint32_t costs;      /* the last so many measures are costs; 0 where there are no actions */
    const double *usual; /* costs * actions: what each action usually takes, not below 0 */
    bool length;         /* the first measure is the logarithm of a number of events, its own */
    const double *least; /* of each measure the least standard deviation of a kind: users who
                            differ by less are alike */
};

struct ust_kinds_options {
    uint32_t kinds;      /* 0: found, 1 .. kinds_max */
    uint32_t kinds_max;  /* 0: 10 */
    double overlap;      /* 0: 0.05 */
    double least;        /* share of the sessions that a kind has at least; 0: 0.005 */
    uint32_t components; /* to begin with; 0: by BIC */
    uint32_t starts;     /* 0: 2 */
    size_t sessions_max; /* of more a sample is looked at; 0: 3000 */
    uint64_t seed;
    unsigned threads;
};

struct ust_kinds_step {
    uint32_t kinds;
    double overlap; /* the largest chance, at so many kinds, to be taken for another */
};

struct ust_kinds {
    uint32_t n;       /* kinds that have a row */
    uint32_t *labels; /* of each row, 0 .. n - 1; 0 is the first component's that is left */
    struct ust_beliefs beliefs; /* of each row */
    double *sure; /* of each kind: the mean probability that a row labelled so is of it */
    uint32_t components;
    uint32_t tried;            /* numbers of components, from the least one on */
    uint32_t first;            /* that least one */
    double bic[UST_KINDS_MAX]; /* of each that was tried */
    uint32_t steps;            /* from as many kinds as components down to 1 */
    struct ust_kinds_step step[UST_KINDS_MAX];
};

/* UST_CLUSTER_TOO_FEW: fewer rows than kinds. Lives in the arena. */
enum ust_cluster_status ust_kinds_find(const struct ust_points *rows,
                                       const struct ust_kinds_layout *layout,
                                       const struct ust_kinds_options *options,
                                       struct ust_arena *arena, struct ust_kinds *out);

#endif
