/* A share of the attempts within a window of time fails: Polly's advanced breaker, Hystrix',
 * and Resilience4j's with a time-based window. */
#include <math.h>

#include "models/client/breaker.h"
#include "models/client/recent.h"

struct params {
    struct ust_breaker_common common;
    double threshold;
    ust_time window;
    int64_t minimum;
};

static const struct ust_field fields[] = {
    {.key = "threshold",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, threshold),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "10 %",
     .help = "It trips when at least this share of the attempts in the window has failed. 10 % "
             "is Polly's default, 50 % Resilience4j's."},
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, window),
     .low = 0.001,
     .high = 86400,
     .fallback = "30 s",
     .help = "How long a result counts. Polly's default."},
    {.key = "minimum",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, minimum),
     .low = 1,
     .high = 1e9,
     .fallback = "100",
     .help = "With fewer results in the window it does not trip. Polly's and Resilience4j's "
             "default."},
    UST_BREAKER_ROWS(struct params),
    {.key = NULL},
};

static bool trips(const void *from, void *state, ust_time now, bool good)
{
    const struct params *params = from;
    struct ust_recent *recent = state;
    ust_recent_add(recent, params->window, now, good);
    double all = (double)recent->goods + recent->bads;
    if (all < (double)params->minimum || recent->bads < params->threshold * all)
        return false;
    *recent = (struct ust_recent){0};
    return true;
}

const struct ust_breaker_type ust_breaker_failure_rate = {
    .kind = {.name = "failure_rate",
             .help = "Trips when too large a share of the attempts within a window fails.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = sizeof(struct ust_recent),
    .trips = trips,
};
