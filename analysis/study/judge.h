/* The judgement of a run that is stored, written beside it: readiness and estimates. */
#ifndef UST_ANALYSIS_STUDY_JUDGE_H
#define UST_ANALYSIS_STUDY_JUDGE_H

#include "sim/store/store.h"

enum ust_status ust_judge_stored(struct ust_store *store);

#endif
