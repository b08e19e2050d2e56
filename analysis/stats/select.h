/* The best of many candidates, with a stated probability of having picked it.
 *
 * KN (Kim and Nelson 2001), fully sequential: all candidates are replicated together; after
 * each round those that lie clearly behind drop out, until one is left or enough was seen. With
 * k candidates, a first stage of n0 rounds and an indifference zone d (a smaller lead is not
 * worth finding), the pick is the best with probability at least 1 - alpha whenever its lead is
 * d or more. Common random numbers are allowed and help.
 *
 *     eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2,   h2 = 2 eta (n0 - 1)
 *     candidate i drops after round r, if for another one l that is still there
 *         mean_i < mean_l - max(0, d / (2 r) (h2 s2_il / d^2 - r))
 *     s2_il: variance of the differences of the first stage
 *
 * MCB (multiple comparisons with the best, Hsu 1984; with unequal variances and common random
 * numbers by Bonferroni's bound over paired t intervals, after Edwards and Hsu 1983 and Yang
 * and Nelson 1991): what was replicated as it happened, each candidate beside the best of the
 * others. Whichever is the best, its k - 1 pairs hold together with probability 1 - alpha or
 * more; from them follow intervals of mean_i - max of the other means that all hold together:
 *
 *     w_ij = t(1 - alpha / (k - 1), n - 1) s_ij / sqrt(n)
 *     high_i = max(0, min over j of (m_i - m_j + w_ij));   G: those whose minimum is >= 0
 *     low_i  = 0 if G is {i}, else min(0, min over j in G of (m_i - m_j - w_ij))
 *
 * A candidate with high 0 is not the best (or equal to it); one with low 0 is.
 *
 * Values are normal or means of many; "best" is the largest or the least, as said.
 */
#ifndef UST_ANALYSIS_STATS_SELECT_H
#define UST_ANALYSIS_STATS_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/stats/stats.h"

struct ust_kn_plan {
    uint32_t candidates;  /* k >= 2 */
    uint32_t first_stage; /* n0 >= 2 rounds */
    double zone;          /* d > 0, in the values' unit */
    double alpha;         /* 0 < alpha < 1 - 1/k */
    bool least;           /* the least value is best */
};
struct ust_kn; /* opaque */

double ust_kn_eta(uint32_t candidates, uint32_t first_stage, double alpha);

/* The plan is copied; end with ust_kn_free. */
struct ust_kn *ust_kn_new(const struct ust_kn_plan *plan);
void ust_kn_free(struct ust_kn *kn); /* NULL is fine */

/* A round: values[k]; those of candidates that dropped out are not read. Returns how many are
 * left; 1: decided. */
uint32_t ust_kn_round(struct ust_kn *kn, const double *values);
bool ust_kn_is_left(const struct ust_kn *kn, uint32_t candidate);
/* The candidate with the best mean of those left: the pick, once decided. */
uint32_t ust_kn_best(const struct ust_kn *kn);
uint32_t ust_kn_rounds(const struct ust_kn *kn);

/* values[k x n], replication r of every candidate beside the others; k >= 2, n >= 2. out[k]:
 * how far ahead of the best of the others (behind: < 0), as if more were better. */
void ust_stats_mcb(const double *values, size_t k, size_t n, bool least, double confidence,
                   struct ust_interval *out);

#endif
