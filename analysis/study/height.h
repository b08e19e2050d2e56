/* When injected load is at its height: the whole intervals of the series between its ramps, or
 * the one in its middle where none fits. What a limit says of injected load is said of them,
 * since means over a run in which it is there for a part of the time say little.
 *
 * An injection that its abort rule stops was not carried. Intervals after that do not count.
 */
#ifndef UST_ANALYSIS_STUDY_HEIGHT_H
#define UST_ANALYSIS_STUDY_HEIGHT_H

#include "analysis/stats/stats.h"
#include "models/world/scenario.h"
#include "sim/base/arena.h"

/* Common table expressions that a query begins with:
 *   h(persona, first, last, region)      a row for each injection of the persona (NULL: of all)
 *   cut(replication, at)                 the first interval after an abort
 *   height(replication, key, metric, persona, region, service, value)
 * Of a stream that is injected and of the pools of a region that is, its own height counts, of
 * all others that of any. `store` holds a run of the scenario; NULL after a message. */
const char *ust_height_sql(struct ust_arena *arena, struct ust_store *store,
                           const struct ust_scenario *scenario, const char *persona);

/* How far fewer than half of the replications abort: 0.5 minus the share that does, with
 * Wilson's interval. */
enum ust_status ust_height_margin(const char *height, struct ust_store *store,
                                  double confidence, struct ust_interval *margin,
                                  uint32_t *aborted, uint32_t *of);

/* The mean of a key at the height, over the replications; NAN where there is none. */
enum ust_status ust_height_mean(const char *height, struct ust_store *store, int64_t key,
                                double confidence, struct ust_interval *out);

#endif
