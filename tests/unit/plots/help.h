/* Runs made up for the tests of pictures: written through the store's own interface, shaped
 * like a real failover (detection, DNS drain, a scaler that catches up), and the same bytes
 * every time. Nothing is simulated; the shapes are formulas with a little noise. */
#ifndef UST_TESTS_UNIT_PLOTS_HELP_H
#define UST_TESTS_UNIT_PLOTS_HELP_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/text.h"

struct sample {
    uint32_t replications;
    bool calm;                    /* no fault at all */
    bool hostile;                 /* names and texts that try to leave their place */
    bool unjudged;                /* the analysis has not run */
    bool bare;                    /* no series, no kpi: a run that was killed at once */
    uint32_t personas_n, minutes; /* 0: three personas, four hours */
};

/* Writes the run to `path`, replacing what is there; fails the test when it cannot. */
void sample_write(const char *path, struct sample sample);

/* Changes a run that was written; fails the test when it cannot. */
void sample_sql(const char *path, const char *sql);

/* A folder for one test program's files, below $TMPDIR or /tmp; removed by the second. */
const char *sample_folder(void);
void sample_folder_remove(void);
const char *sample_path(const char *name); /* in that folder; valid until the next call */

/* The whole file; fails the test when it cannot be read. */
void sample_slurp(const char *path, struct ust_text *out);

#endif
