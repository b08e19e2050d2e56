/* Two runs side by side: what is better, what is worse, what cannot be told apart.
 *
 *     A.db ─results─┐  same seed: replication i beside replication i (paired.h)
 *                   ├─▶ a row per metric and scope ─Holm─▶ better, worse, undecided
 *     B.db ─results─┘  other seeds: Welch's t
 *
 * The rows whose metric has a direction are one family: with no true difference in any of them,
 * one is found with probability at most `alpha`, however many there are (family.h). Metrics
 * without a direction (offered requests, busy slots) are reported and not judged.
 *
 * Where there is one persona, the rows of all are its rows, number by number, and where there
 * is one region, so are those of its answers there. They are one question: it is counted once,
 * and told of the persona; a family that counted it twice would ask twice as much of each.
 *
 * Either question may be asked: has it changed (two-sided: `compare`), or is it worse
 * (one-sided, which needs fewer replications for the same power: `check --baseline`).
 */
#ifndef UST_ANALYSIS_COMPARE_H
#define UST_ANALYSIS_COMPARE_H

#include "analysis/compare/results.h"
#include "analysis/stats/paired.h"

enum ust_change {
    UST_CHANGE_WORSE,
    UST_CHANGE_BETTER,
    UST_CHANGE_UNDECIDED,
    UST_CHANGE_SAME,   /* equal in every pair */
    UST_CHANGE_UNTOLD, /* the metric has no direction */
};
extern const char *const ust_change_names[]; /* "worse", ... */

struct ust_compare_row {
    const struct ust_results_key *key;     /* of A */
    const struct ust_compare_row *same_as; /* it says what that one says; NULL: its own */
    double a, b;                           /* means; of the pairs, where paired */
    struct ust_difference difference;      /* of b - a */
    double p, adjusted;                    /* of the question asked; NAN: not of the family */
    double detectable; /* the true change that is found with probability `power`, after the
                          correction; in the metric's unit, at least 0; NAN: none */
    enum ust_change outcome;
};

struct ust_compare {
    /* what is asked */
    const struct ust_results *a, *b;
    double alpha;     /* of the family, 0 < alpha < 1 */
    double power;     /* that `detectable` is told for */
    double tolerance; /* a change of at most this share of A's value is not worse; 0: any is */
    bool one_sided;   /* is it worse? else: has it changed? */
    const char *const *metrics; /* the family's, by name; none: all */
    size_t metrics_n;
    /* the answer */
    bool same_seed, paired;  /* paired: and a persona in common */
    uint32_t pairs;          /* replications that both have, where paired */
    uint32_t family_n;       /* rows that are judged */
    uint32_t only_a, only_b; /* keys that the other one has not */
    uint32_t count[UST_CHANGE_UNTOLD + 1];
    struct ust_compare_row *rows;
    uint32_t rows_n, own_n; /* all; without those that repeat another */
};

/* Rows in the order of A's keys, in the arena. Keys with fewer than two pairs (or values of a
 * side) have no row. */
void ust_compare_make(struct ust_compare *compare, struct ust_arena *arena);

/* The own_n rows that repeat no other, worst first, then best, then the rest by p: pointers
 * into rows, in the arena. */
const struct ust_compare_row **ust_compare_order(const struct ust_compare *compare,
                                                 struct ust_arena *arena);

#endif
