/* What a run says about the way back: when its users return, and how well they are answered
 * meanwhile. */
#ifndef UST_STUDY_SECOND_SHIFT_H
#define UST_STUDY_SECOND_SHIFT_H

#include "sim/base/text.h"
#include "sim/store/store.h"

/* "back to us-east-1: from +1h16m on, 99 % by +1h38m; answered well meanwhile 99.2 %", medians
 * over replications of their first failback; nothing where none returns. */
void ust_second_shift_tell(struct ust_store *store, double onset_s, struct ust_text *out);

#endif
