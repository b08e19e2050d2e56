/* What must hold, and how much of it is left: a margin with its interval, out of a run's
 * database. At least 0: it holds.
 *
 *   attainment  (default) each persona's objective, in every window of the run. Margin: the
 *               worst window's attainment minus the objective
 *   metric      a bound on one, as in latency_p99 <= 800 ms. Margin: what is left to the bound,
 *               as a share of it; of the key (persona, pool) where least is left
 *   readiness   the verdict. Margin: the least of P(ready) and readiness / 100 over what READY
 *               asks for, so its lower end holds exactly where the verdict is READY
 *
 * A pool or persona to which nobody came is not judged by a metric: there is nothing of it.
 * Where load is injected, it breaks too when half of the replications or more abort it, and a
 * pool's mean is that of the time when injected load is at its height (height.h).
 *
 * Several windows and keys are judged together, and the worst of many would be found to break
 * by chance; so each one's interval is as wide as makes all of them right together
 * (Bonferroni).
 */
#ifndef UST_ANALYSIS_STUDY_BOUND_H
#define UST_ANALYSIS_STUDY_BOUND_H

#include "analysis/stats/stats.h"
#include "sim/base/text.h"

enum ust_bound_kind { UST_BOUND_ATTAINMENT, UST_BOUND_METRIC, UST_BOUND_READINESS };

struct ust_bound {
    enum ust_bound_kind kind;
    bool injected; /* requests that are injected have to hold as well, and none be aborted */
    const char *height;     /* where injected: the tables of height.h; pools are judged there */
    double window_s;        /* ATTAINMENT; the last one takes in what is left over */
    double from_s, until_s; /* ATTAINMENT: windows that overlap these; until_s 0: all */
    int metric;             /* METRIC: enum ust_metric */
    bool least;             /* METRIC: at least the value, else at most */
    double value;
    double confidence;
};

/* "latency_p99<=800ms", "cpu<=70%", "attainment>=99%". A bound on the better side is none:
 * UST_INVALID after a message. */
enum ust_status ust_bound_parse(const char *text, struct ust_bound *bound);

/* `what` becomes where least is left: "shopper, minutes 10 – 15: 98.71 % against 99 %". A
 * replication alone has no interval: low and high are NAN. */
enum ust_status ust_bound_margin(const struct ust_bound *bound, struct ust_store *store,
                                 struct ust_interval *margin, struct ust_text *what);

/* "every persona's attainment in windows of 5 m", "latency_p99 <= 800 ms", "the verdict". */
void ust_bound_text(const struct ust_bound *bound, struct ust_text *out);

#endif
