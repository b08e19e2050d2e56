/* What a run says when it has ended: verdict, timeline, tables. For people on stderr, and as
 * JSON for programs. Everything comes out of the database, so it can be printed again at any
 * time. */
#ifndef UST_ANALYSIS_STUDY_SUMMARY_H
#define UST_ANALYSIS_STUDY_SUMMARY_H

#include <stdio.h>

#include "analysis/readiness/readiness.h"
#include "sim/store/store.h"

struct ust_summary_facts {
    double seconds; /* of the wall clock */
    uint64_t requests;
    uint32_t done_before;
    const char *path;     /* of the database */
    const char *scenario; /* path as typed */
};

enum ust_status ust_summary_print(struct ust_store *store,
                                  const struct ust_readiness_result *readiness,
                                  const struct ust_summary_facts *facts, FILE *out);
enum ust_status ust_summary_json(struct ust_store *store,
                                 const struct ust_readiness_result *readiness,
                                 const struct ust_summary_facts *facts, FILE *out);

#endif
