/* A number that somebody has found. */
#include "models/limit/limit.h"

struct params {
    int64_t limit;
};

static const struct ust_field fields[] = {
    {.key = "limit",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, limit),
     .low = 1,
     .high = 1e9,
     .flags = UST_FIELD_REQUIRED,
     .help = "Requests in an instance at once, waiting ones included."},
    {.key = NULL},
};

static double start(const void *params)
{
    return (double)((const struct params *)params)->limit;
}

const struct ust_limit_type ust_limit_fixed = {
    .kind = {.name = "fixed",
             .help = "Always the same number.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .start = start,
};
