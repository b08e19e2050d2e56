/* Additive increase, multiplicative decrease, as TCP does it: Netflix's AIMDLimit. A request
 * that was dropped or took longer than `timeout` shrinks the limit; any other lets it grow by
 * one while at least half of it is in use. */
#include "models/limit/limit.h"

struct params {
    struct ust_limit_range range;
    double backoff;
    ust_time timeout;
};

static const struct ust_field fields[] = {
    UST_LIMIT_RANGE_FIELDS(struct params),
    {.key = "backoff",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, backoff),
     .low = 0.5,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .fallback = "0.9",
     .help = "The limit is multiplied with it. The default is the library's."},
    {.key = "timeout",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, timeout),
     .low = 0,
     .high = 3600,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "5 s",
     .help = "Who is longer in the instance counts as dropped. The default is the library's."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *params, const struct ust_node *node)
{
    ust_limit_check_range(spec, &((const struct params *)params)->range, node);
}

static double start(const void *params)
{
    return (double)((const struct params *)params)->range.initial;
}

static double adjust(const void *from, struct ust_limit_state *state,
                     struct ust_limit_sample sample)
{
    const struct params *params = from;
    double limit = state->limit;
    if (sample.dropped || sample.took > params->timeout)
        limit = (double)(int64_t)(limit * params->backoff);
    else if (sample.in_flight * 2 >= limit)
        limit += 1;
    return ust_limit_within(&params->range, limit);
}

const struct ust_limit_type ust_limit_aimd = {
    .kind = {.name = "aimd",
             .help = "Netflix's AIMDLimit: grows by one with an answer in time, shrinks by a "
                     "tenth with one that was dropped or late.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .start = start,
    .adjust = adjust,
};
