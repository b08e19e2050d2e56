/* Retries at once are at most a share of the requests at once: Envoy's retry budget
 * (config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget). A retry counts from the decision
 * to make it, through its pause, to its end. */
#include "models/client/budget.h"

struct params {
    double share;
    int64_t min;
};

static const struct ust_field fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, share),
     .low = 0,
     .high = 1,
     .fallback = "20 %",
     .help = "Of the requests under way, those that wait for a connection included. Envoy's "
             "budget_percent."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, min),
     .low = 0,
     .high = 1e6,
     .fallback = "3",
     .help = "So many retries at once are allowed in any case. Envoy's min_retry_concurrency."},
    {.key = NULL},
};

static bool allows(const void *from, void *state, const struct ust_budget_view *view)
{
    const struct params *params = from;
    double most = params->share * view->requests;
    (void)state;
    if (most < (double)params->min)
        most = (double)params->min;
    return view->retries + 1.0 <= most;
}

const struct ust_budget_type ust_budget_active_requests = {
    .kind = {.name = "active_requests",
             .help =
                 "Envoy's: retries under way are at most a share of the requests under way.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .allows = allows,
};
