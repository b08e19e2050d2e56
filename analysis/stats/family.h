/* Many checks at once: one of a hundred fails by chance at 1 %, so each must be asked for more.
 *
 * Holm (1979): sort the p-values; the least is multiplied by n, the next by n - 1, and so on,
 * never falling below one before it. A check whose adjusted value is at most `a` fails; however
 * many are in the family, and however they hang together, a true one fails with probability at
 * most `a`. Never weaker than Bonferroni's rule.
 */
#ifndef UST_ANALYSIS_STATS_FAMILY_H
#define UST_ANALYSIS_STATS_FAMILY_H

#include <stddef.h>

/* adjusted[n] in the order of p[n]; NAN stays NAN and counts as no check. */
void ust_stats_holm(const double *p, size_t n, double *adjusted);

#endif
