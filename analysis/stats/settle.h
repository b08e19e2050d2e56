/* Was the warm-up of a run long enough? Asked of its series, which begin where the warm-up
 * ends.
 *
 *     warm-up │ a settled run: level from here on            │ fault
 *     ────────┼──────────────────────────────────────────────┼──────
 *             └── cut ──▶ what MSER-5 would leave out, of the mean over replications
 *
 * MSER-5 also cuts a little of a level series, by luck. So where there are six replications or
 * more, the cut is chosen on the odd ones and tested on the even ones, which had no say in it:
 * the mean of what is cut against the mean of the rest, paired, Student's t. The series of a
 * run are a family (Holm). With fewer, the shift is held against batch means of the rest and,
 * because the same values chose the cut, its p-value counts fifty times; even so a busy spell
 * at the beginning of one run looks like a warm-up, so such a finding is "cannot tell".
 *
 * Only what lies before the first fault is looked at. Where demand itself changes over the run
 * (the course of a day), nothing needs to be level and nothing can be told: the profile of what
 * is offered then returns in both halves of the replications (correlation of 20 stretches of
 * the one with those of the other, Fisher's z, one in a thousand).
 */
#ifndef UST_ANALYSIS_STATS_SETTLE_H
#define UST_ANALYSIS_STATS_SETTLE_H

#include "analysis/stats/warmup.h"
#include "sim/base/arena.h"
#include "sim/base/status.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

enum ust_settled { UST_SETTLE_ENOUGH, UST_SETTLE_UNSURE, UST_SETTLE_SHORT };

struct ust_settle_series {
    const char *metric, *unit;
    const char *region, *service, *persona; /* NULL: all, or none */
    double *mean;                           /* [intervals], over replications */
    struct ust_mser mser;                   /* of that mean */
    double cut_s;                           /* how long it takes to settle */
    double shift; /* mean of what is cut / mean of the rest, less 1; 0 without a cut */
    double p;     /* of a shift as large by chance, adjusted; NAN: not to be tested */
    enum ust_settled settled;
};

struct ust_settle {
    struct ust_arena *arena;
    struct ust_settle_series *series;
    uint32_t n, replications, intervals;
    double warmup_s, interval_s, until_s; /* until: the first fault, or the end */
    double needed_s;     /* warm-up that would do; NAN: some series has not settled by half */
    bool demand_changes; /* what is offered has a course of its own */
    enum ust_settled settled; /* the worst of the series; UNSURE where there is none */
};

extern const char *const ust_settled_names[]; /* "suffices", "cannot tell", "too short" */

/* `metric` NULL: in_system and instances of every pool. (Not a latency: it is of those who came
 * after the warm-up, and the first of them to be answered are the quick ones.) Series with
 * empty intervals, and those that are 0 throughout, are left out. */
enum ust_status ust_settle_read(struct ust_store *store, const char *metric,
                                struct ust_settle *out);
void ust_settle_free(struct ust_settle *settle);

/* "web in us-east-1", "shopper", "all users". */
const char *ust_settle_scope(const struct ust_settle_series *series, struct ust_text *out);

/* One sentence: "the warm-up suffices", "the warm-up is too short: 12 m 30 s would do". */
void ust_settle_verdict(const struct ust_settle *settle, struct ust_text *out);

#endif
