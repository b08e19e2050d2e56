/* So many failures in a row: Polly's first breaker, Envoy's consecutive_5xx seen from the
 * client. */
#include <math.h>

#include "models/client/breaker.h"

struct params {
    struct ust_breaker_common common;
    int64_t failures;
};

struct state {
    int64_t failures;
};

static const struct ust_field fields[] = {
    {.key = "failures",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, failures),
     .low = 1,
     .high = 1e6,
     .fallback = "5",
     .help = "Attempts that fail in a row until it trips. Assumed default."},
    UST_BREAKER_ROWS(struct params),
    {.key = NULL},
};

static bool trips(const void *from, void *at, ust_time now, bool good)
{
    struct state *state = at;
    (void)now;
    state->failures = good ? 0 : state->failures + 1;
    if (state->failures < ((const struct params *)from)->failures)
        return false;
    state->failures = 0;
    return true;
}

const struct ust_breaker_type ust_breaker_consecutive_failures = {
    .kind = {.name = "consecutive_failures",
             .help = "Trips after so many failures in a row.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = sizeof(struct state),
    .trips = trips,
};
