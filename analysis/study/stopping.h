/* Replicating until something is known well enough: a scenario's `until`, judged.
 *
 * The run asks after each replication (models/world/run.h: `enough`); looks are taken at
 * `min`, then a tenth apart (analysis/stats/stop.h), at intervals that are exactly those of
 * table `estimate` and of the verdict. What was found is kept in table `stopping`.
 */
#ifndef UST_ANALYSIS_STUDY_STOPPING_H
#define UST_ANALYSIS_STUDY_STOPPING_H

#include "analysis/stats/stop.h"
#include "models/world/scenario.h"

struct ust_stopping {
    const struct ust_replications_spec *spec;
    double confidence;
    uint32_t next; /* number of replications at the next look */
    /* as of the last look: */
    bool looked, reached;
    uint32_t n;
    struct ust_interval widest; /* of the intervals that are held narrow, relative to allowed */
    double half_width, allowed; /* of that one */
};

void ust_stopping_begin(struct ust_stopping *stopping, const struct ust_scenario *scenario);

/* For ust_run_options.enough; context is a struct ust_stopping. */
enum ust_status ust_stopping_enough(void *stopping, struct ust_store *store, uint32_t n,
                                    bool *is);

/* Rewrites table `stopping` after a run: with `asked`, a last look at all that is stored and
 * one row; else none. */
enum ust_status ust_stopping_end(struct ust_stopping *stopping, struct ust_store *store,
                                 bool asked);

#endif
