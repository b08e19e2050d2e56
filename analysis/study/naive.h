/* What a planner would write on an envelope: Erlang C, and N + k.
 *
 *     plans of arrivals ─▶ load at the peak after the fault, in servers (Erlangs)
 *       Erlang C   the least pool in which a share of requests is answered within the latency
 *                  objective, in the long run; waits stretched by (1 + cv^2) / 2 (Allen and
 *                  Cunneen) where service is not exponential
 *       N + k      as many as are busy at the peak, and k to spare
 *
 * Neither knows of the time in between: detection, DNS, retries, cold instances, scalers. That
 * is what they are there for: to be held against the simulation.
 */
#ifndef UST_ANALYSIS_STUDY_NAIVE_H
#define UST_ANALYSIS_STUDY_NAIVE_H

#include "models/world/load.h"
#include "models/world/scenario.h"
#include "sim/base/text.h"

struct ust_naive {
    double share;      /* of the load that comes to this pool */
    double rate;       /* requests a second, at the peak */
    double service_s;  /* mean */
    double cv2;        /* its variance over its mean squared */
    double load;       /* servers busy on average */
    uint32_t servers;  /* of one instance */
    double latency_s;  /* objective; INFINITY: any will do */
    double attainment; /* share that has to meet it */
    double beyond;     /* share whose service alone takes longer than that */
    uint32_t erlang_c; /* instances; 0: no number of them is enough */
    double missed;     /* share that is later than the objective then */
    uint32_t n_plus_k, spare;
};

/* One pool; `share` of the service's load comes to it. */
void ust_naive_answer(struct ust_arena *arena, const struct ust_scenario *scenario,
                      uint32_t service, uint32_t region, double share, uint32_t spare,
                      struct ust_naive *out);

/* P(wait + service > t) with c servers: `late` says P(service > s) for its context. Waits have
 * an atom at 0 and are exponential beyond it: exact for M/M/c. 1 where the load is not carried.
 */
double ust_naive_late(unsigned c, double load, double service_s, double cv2, double t,
                      double (*late)(const void *context, double s), const void *context);

#endif
