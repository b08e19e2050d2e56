/* One of the runs that a command was given: a database, or a scenario that is run into one
 * first, as `understudy run` would, and goes on where that one ended. */
#ifndef UST_ANALYSIS_COMPARE_SIDE_H
#define UST_ANALYSIS_COMPARE_SIDE_H

#include "models/world/scenario.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"
#include "sim/store/store.h"

struct ust_side {
    const char *path;
    const struct ust_texts *sets; /* of a scenario; NULL: none */
    const char *output;           /* of a scenario; NULL: its name with .db */
    const char *taken;            /* an output that another side has; NULL: none */
    uint32_t replications, jobs;  /* 0: as the scenario says, as many as processors */
    bool seed_given, replace, quiet;
    uint64_t seed;
    /* filled by opening: */
    struct ust_store *store; /* complete and judged where it was run now; close it */
    struct ust_text database;
    struct ust_spec spec; /* of a scenario, with its messages; arena NULL: of a database */
    struct ust_scenario *scenario; /* NULL: a database, or mistakes, which are printed */
};

/* A database by what the file begins with, or by its name where there is no such file. */
bool ust_side_is_database(const char *path);

enum ust_status ust_side_open(struct ust_side *side);
void ust_side_close(struct ust_side *side);

#endif
