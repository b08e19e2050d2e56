/* A run that can be carried away: all that its scenario names, in one folder.
 *
 *     scenario.yaml      the effective scenario, its personas and tables named as below
 *     personas/NAME.yaml the user personas
 *     tables/NAME.csv    round trips, traces, samples: what the scenario names
 *     run.db             the results; knows its scenario as scenario.yaml
 *
 * The scenario in it means what the run's meant, by its hash; what has changed since is
 * refused.
 */
#ifndef UST_ANALYSIS_BUNDLE_PORTABLE_H
#define UST_ANALYSIS_BUNDLE_PORTABLE_H

#include "analysis/study/stored.h"

struct ust_portable_file {
    const char *name; /* in the folder: "tables/rtt.csv" */
    const char *from; /* where it is now; NULL: it is `text` */
    const char *text;
};

struct ust_portable {
    struct ust_spec spec;
    struct ust_stored stored;
    struct ust_portable_file *file; /* scenario.yaml first */
    uint32_t files;
    const char *database; /* a copy of the run, removed by ust_portable_close */
};

/* Reads a run's database and makes its copy in TMPDIR. On failure a message was printed; close
 * it all the same. */
enum ust_status ust_portable_open(const char *path, struct ust_portable *portable);
void ust_portable_close(struct ust_portable *portable);

#endif
