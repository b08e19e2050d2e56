/* A sweep: all units of a study, run, judged, and gathered in the index. */
#ifndef UST_ANALYSIS_STUDY_SWEEP_H
#define UST_ANALYSIS_STUDY_SWEEP_H

#include "analysis/study/index.h"
#include "models/world/batch.h"

struct ust_sweep_options {
    const char *folder;
    uint32_t jobs;
    struct ust_shard shard; /* its units are not judged: understudy merge does */
    bool replace, quiet;
};

/* *index is open afterwards, unless it could not be opened (then NULL). UST_STOPPED: what was
 * committed stays. */
enum ust_status ust_sweep(const struct ust_study *study,
                          const struct ust_sweep_options *options,
                          const struct ust_executor *executor, struct ust_index **index,
                          struct ust_batch_result *result);

/* Judges a unit's database and takes the result into the index. */
enum ust_status ust_sweep_judge(struct ust_index *index, uint32_t number,
                                struct ust_store *store);

#endif
