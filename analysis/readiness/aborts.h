/* Injected load that its own rule stopped: whose, how often, when and by which bound. */
#ifndef UST_ANALYSIS_READINESS_ABORTS_H
#define UST_ANALYSIS_READINESS_ABORTS_H

#include "sim/base/text.h"
#include "sim/store/store.h"

/* "shopper injected 1 was aborted in 3 of 4 replications, after 3m20s (median), by cpu"; a line
 * for each injection that was, without a newline at the end. Nothing where none was. */
void ust_aborts_tell(struct ust_store *store, struct ust_text *out);

#endif
