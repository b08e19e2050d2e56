/* Does the system come back by itself once what broke it is gone? A failure that outlives its
 * trigger is metastable (Bronson and others, HotOS 2021; Huang and others, OSDI 2022): the load
 * that it makes, retries above all, keeps it up.
 *
 * The flag m is the score's (course.c); here stand the numbers behind it, of all users
 * together, before the first fault and in the last stretch of the judged time, each as long as
 * `hold`: requests a second that came and that were answered well, and sends for each request.
 */
#ifndef UST_ANALYSIS_READINESS_STABILITY_H
#define UST_ANALYSIS_READINESS_STABILITY_H

#include "analysis/readiness/readiness.h"

/* Rewrites table `stability` from the series and from table `readiness`: within the caller's
 * transaction. Nothing without a fault. */
enum ust_status ust_stability_write(struct ust_store *store,
                                    const struct ust_readiness_result *result);

/* "no recovery by itself in 18 of 20 replications: 12.1 of 112 requests a second are answered
 * well after the fault has ended (112 before it), each sent 3.9 times"; medians of these
 * replications. Nothing where all recover. */
void ust_stability_tell(struct ust_store *store, struct ust_text *out);

/* {"metastable": 18, "of": 20, "good_before": ...}, or null without a fault, or where faults
 * last too long for anything to be told; a new reference. */
struct json_t *ust_stability_json(struct ust_store *store);

#endif
