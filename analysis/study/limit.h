/* The largest load that a system sustains: traffic is multiplied until a bound breaks.
 *
 *     scenario as written ─▶ run, kept in the output      (factor 1)
 *     factor f ─▶ trial, same seeds ─▶ margin ─▶ table limit_point, loads ─▶ table limit_load
 *                    ▲                   │
 *                    └──── search.h ◀────┘
 *
 * Every point is kept as soon as it is known, so that a study that was stopped goes on where it
 * ended, and one with a finer tolerance begins with what is known. Points depend on nothing but
 * the scenario, the seed, the number of replications and what is asked.
 */
#ifndef UST_ANALYSIS_STUDY_LIMIT_H
#define UST_ANALYSIS_STUDY_LIMIT_H

#include <stdio.h>

#include "analysis/study/bound.h"
#include "analysis/study/search.h"
#include "analysis/study/trial.h"
#include "models/world/scenario.h"

struct ust_limit {
    struct ust_store *store; /* of the output */
    struct ust_trial trial;
    struct ust_bound bound;
    const char *persona; /* whose traffic is multiplied; NULL: everybody's */
    bool injections;     /* multiply what is injected, in place of traffic */
    const struct ust_scenario *scenario;
    char *asked; /* names the study in the tables; free it */
    struct ust_arena *arena;
    FILE *progress;      /* a line for each point; NULL: none */
    uint32_t ran, known; /* points that were run now, and before */
    struct ust_search search;
};

/* Whether there is anything to multiply; UST_INVALID after a message. Asks the scenario alone.
 */
enum ust_status ust_limit_check(const struct ust_limit *limit,
                                const struct ust_scenario *scenario);

enum ust_status ust_limit_find(struct ust_limit *limit);

/* What people read, on `out`, and what programs do. */
enum ust_status ust_limit_print(const struct ust_limit *limit, FILE *out);
enum ust_status ust_limit_json(const struct ust_limit *limit, FILE *out);

#endif
