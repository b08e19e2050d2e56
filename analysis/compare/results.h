/* What a run found, key by key, as arrays that two runs can be compared by.
 *
 * A key is a metric at a scope, by name: runs of different scenarios have different numbers for
 * the same thing. Beside the metrics of the database there is one more, `readiness`: the score
 * of each replication in points. Cost: every KPI of every replication in memory.
 */
#ifndef UST_ANALYSIS_COMPARE_RESULTS_H
#define UST_ANALYSIS_COMPARE_RESULTS_H

#include "analysis/study/values.h"
#include "models/metric/metric.h"
#include "sim/base/arena.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

struct ust_results_key {
    const char *metric, *unit;
    enum ust_better better;
    const char *region, *service, *persona; /* NULL: all */
    uint32_t n;                             /* replications with a value */
    uint32_t *replication;                  /* their numbers, ascending */
    double *value;
};

struct ust_results {
    const char *path, *name;
    uint64_t seed;
    uint32_t replications, keys_n;
    struct ust_results_key *keys;
    const char *only_persona, *only_region; /* of users; NULL: there are several */
    double confidence;                      /* that the run is judged at */
};

/* Everything is copied into the arena; the store may be closed afterwards. */
enum ust_status ust_results_read(struct ust_store *store, struct ust_arena *arena,
                                 struct ust_results *results);

/* The key of this name and scope, or NULL. */
const struct ust_results_key *ust_results_find(const struct ust_results *results,
                                               const struct ust_results_key *like);

/* "shopper", "shopper in west", "web in west", "all". */
void ust_results_scope(const struct ust_results_key *key, struct ust_text *out);

/* For people, beside ust_asked_shown; both return `out`. How much of a value: two digits, "1.3
 * %", and no fewer than its whole number, "196 %". The difference of two: of shares in
 * percentage points, "0.45 pp", since a percentage would be read as relative. */
const char *ust_results_share(double share, char out[UST_ASKED_MAX]);
const char *ust_results_change(double value, const char *unit, char out[UST_ASKED_MAX]);

#endif
