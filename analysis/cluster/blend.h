/* One mixture of kinds (kinds.h), fitted: what ust_kinds_find chooses from. */
#ifndef UST_CLUSTER_BLEND_H
#define UST_CLUSTER_BLEND_H

#include "analysis/cluster/kinds.h"

#define UST_BLEND_EVENTS (UST_KINDS_EVENTS_MAX + 1) /* numbers of events that there may be */

/* Rows as the fit wants them: numbers of events are small integers, by which everything that
 * depends on them is looked up. */
struct ust_blend_rows {
    size_t n;
    uint32_t measures, actions, costs;
    bool length;
    const double *least;
    double *value;    /* n * measures, about the mean of each measure */
    uint8_t *events;  /* n * measures; 0: silent */
    uint8_t *count;   /* n * actions */
    float *part;      /* n * costs * actions: of what a session usually takes, by action */
    double *level;    /* n * costs: a cost itself, not its logarithm */
    uint16_t *counts; /* sums of the counts of a row */
    uint8_t *seen;    /* numbers of events that there are, ascending from 1 */
    uint32_t seen_n;
    double *rounding; /* by number of events: variance of its logarithm */
    uint32_t *most;   /* of each action its largest count */
    uint32_t most_counts;
};

struct ust_blend {
    uint32_t k;
    double *weights;    /* sum 1 */
    double *means;      /* k * measures, of centred values */
    double *own;        /* k * measures: variance between users */
    double *within;     /* k * measures: variance of one event's value */
    double *shares;     /* k * actions: of Dirichlet's law, above 0 */
    double *ratios;     /* k * costs * actions: of a kind's costs to the usual ones */
    double *expected;   /* n * k * costs: logarithms, over the usual */
    double *sums;       /* the same themselves */
    double *posteriors; /* n * k */
    double log_likelihood, bic;
};

/* blend_rows.c: what rows of the layout become; the arena's. */
struct ust_blend_rows ust_blend_rows(const struct ust_points *rows,
                                     const struct ust_kinds_layout *layout,
                                     const double *centre, struct ust_arena *arena);

/* From labels below k to begin with. */
void ust_blend_fit(const struct ust_blend_rows *rows, const uint32_t *labels, uint32_t k,
                   uint32_t iterations, struct ust_arena *arena, struct ust_blend *out);

/* Each component's part in each row: rows->n * blend->k. */
void ust_blend_posteriors(const struct ust_blend *blend, const struct ust_blend_rows *rows,
                          double *posteriors);

#endif
