/* A circuit breaker for retries alone: no retry while too many attempts fail; first attempts go
 * on as ever (Brooker, "Fixing retries with token buckets and circuit breakers", 2022). */
#include "models/client/budget.h"
#include "models/client/recent.h"

struct params {
    double limit;
    ust_time window;
    int64_t minimum;
};

static const struct ust_field fields[] = {
    {.key = "limit",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, limit),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "While a larger share of the attempts in the window has failed, nothing is "
             "repeated."},
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, window),
     .low = 0.001,
     .high = 86400,
     .fallback = "10 s",
     .help = "How long a result counts. Assumed default."},
    {.key = "minimum",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, minimum),
     .low = 1,
     .high = 1e9,
     .fallback = "1",
     .help = "With fewer results in the window the share says nothing, and retries are made. "
             "Assumed default."},
    {.key = NULL},
};

static void ended(const void *from, void *state, ust_time now, bool good)
{
    ust_recent_add(state, ((const struct params *)from)->window, now, good);
}

static bool allows(const void *from, void *state, const struct ust_budget_view *view)
{
    const struct params *params = from;
    struct ust_recent *recent = state;
    ust_recent_move(recent, params->window, view->now);
    double all = (double)recent->goods + recent->bads;
    return all < (double)params->minimum || recent->bads <= params->limit * all;
}

const struct ust_budget_type ust_budget_failure_share = {
    .kind = {.name = "failure_share",
             .help =
                 "A breaker for retries alone: none while more than a share of the attempts "
                 "fails.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = sizeof(struct ust_recent),
    .ended = ended,
    .allows = allows,
};
