/* The first failure is the last word. */
#include "models/retry/retry.h"

static ust_time wait_never(const void *params, uint32_t attempt, ust_time previous,
                           struct ust_rng *rng)
{
    (void)params;
    (void)attempt;
    (void)previous;
    (void)rng;
    return UST_NEVER;
}

const struct ust_retry_type ust_retry_none = {
    .kind = {.name = "none", .help = "Every request is sent once."},
    .wait = wait_never,
};
