/* Sends again at once: what a client does that knows no better. */
#include "models/retry/retry.h"

struct params {
    struct ust_retry_common common;
};

static const struct ust_field fields[] = {
    UST_RETRY_ROWS(struct params),
    {.key = NULL},
};

static ust_time wait_no_time(const void *from, uint32_t attempt, ust_time previous,
                             struct ust_rng *rng)
{
    const struct params *params = from;
    (void)previous;
    (void)rng;
    return attempt >= params->common.attempts ? UST_NEVER : 0;
}

const struct ust_retry_type ust_retry_immediate = {
    .kind = {.name = "immediate",
             .help = "Sends again at once, without a wait.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_retry_check},
    .wait = wait_no_time,
};
