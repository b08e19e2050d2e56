#include "analysis/study/judge.h"

#include "analysis/readiness/readiness.h"
#include "analysis/stats/stats.h"

enum ust_status ust_judge_stored(struct ust_store *store)
{
    struct ust_readiness_result readiness;
    UST_TRY(ust_readiness_judge(store, &readiness));
    enum ust_status status = ust_stats_estimate(store, readiness.settings.confidence);
    ust_readiness_free(&readiness);
    return status;
}
