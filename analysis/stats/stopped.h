/* Why a run with `until` ended where it did, out of table `stopping`. */
#ifndef UST_ANALYSIS_STATS_STOPPED_H
#define UST_ANALYSIS_STATS_STOPPED_H

#include "sim/base/text.h"
#include "sim/store/store.h"

/* "stopped after 34 of at most 400 replications: readiness is known to +-0.97; wanted +-1";
 * nothing where the table is empty. */
enum ust_status ust_stopped_text(struct ust_store *store, struct ust_text *out);

/* The same as a new reference of jansson's; null where the table is empty. */
struct json_t;
struct json_t *ust_stopped_json(struct ust_store *store);

#endif
