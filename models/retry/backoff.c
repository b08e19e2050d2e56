/* Capped exponential backoff, with the four jitters of Brooker ("Exponential backoff and
 * jitter", AWS architecture blog, 2015). */
#include "models/retry/retry.h"
#include "sim/base/assert.h"

enum jitter { JITTER_NONE, JITTER_EQUAL, JITTER_FULL, JITTER_DECORRELATED };
static const char *const jitters[] = {"none", "equal", "full", "decorrelated", NULL};

struct params {
    struct ust_retry_common common;
    ust_time base, cap;
    int jitter;
    const struct ust_node *base_node, *cap_node;
};

static const struct ust_field fields[] = {
    {.key = "base",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, base),
     .low = 0,
     .high = 3600,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 ms",
     .given = offsetof(struct params, base_node) + 1,
     .help = "First wait; each further one doubles it. Assumed default."},
    {.key = "cap",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, cap),
     .low = 0,
     .high = 86400,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "20 s",
     .given = offsetof(struct params, cap_node) + 1,
     .help = "Longest wait. Assumed default."},
    {.key = "jitter",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, jitter),
     .choices = jitters,
     .fallback = "full",
     .help = "How chance spreads the waits. With v = min(cap, base 2^(n-1)) before retry n: "
             "none: v; equal: v/2 + U(0, v/2); full: U(0, v); decorrelated: "
             "min(cap, U(base, 3 times the previous wait))."},
    UST_RETRY_ROWS(struct params),
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_retry_check(spec, from, node);
    if (params->cap >= params->base)
        return;

    char cap[UST_TIME_TEXT_MAX], base[UST_TIME_TEXT_MAX];
    const struct ust_node *blamed = params->cap_node    ? params->cap_node
                                    : params->base_node ? params->base_node
                                                        : node;
    ust_diag_error(spec->diag, blamed->place, "'cap' is %s, must not lie below 'base', %s",
                   ust_time_text(params->cap, cap), ust_time_text(params->base, base));
}

/* A whole number of nanoseconds in low..high, both included, each equally likely up to
 * (high - low) / 2^64. */
static ust_time uniform(struct ust_rng *rng, ust_time low, ust_time high)
{
    uint64_t width = (uint64_t)(high - low) + 1;
    return low + (ust_time)(((ust_u128)ust_rng_u64(rng) * width) >> 64);
}

static ust_time exponential(const struct params *params, uint32_t attempt)
{
    ust_time wait = params->base;
    while (--attempt && wait < params->cap)
        wait *= 2; /* below twice the cap, so it cannot overflow */
    return wait < params->cap ? wait : params->cap;
}

static ust_time wait_backoff(const void *from, uint32_t attempt, ust_time previous,
                             struct ust_rng *rng)
{
    const struct params *params = from;
    UST_ASSERT(attempt >= 1);
    if (attempt >= params->common.attempts)
        return UST_NEVER;

    ust_time v = exponential(params, attempt);
    switch ((enum jitter)params->jitter) {
    case JITTER_NONE:
        return v;
    case JITTER_EQUAL:
        return v / 2 + uniform(rng, 0, v - v / 2);
    case JITTER_FULL:
        return uniform(rng, 0, v);
    case JITTER_DECORRELATED:
        break;
    }
    ust_time last = previous > 0 ? previous : params->base;
    ust_time wait = uniform(rng, params->base, 3 * last);
    return wait < params->cap ? wait : params->cap;
}

const struct ust_retry_type ust_retry_backoff = {
    .kind = {.name = "backoff",
             .help = "Capped exponential backoff with jitter.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .wait = wait_backoff,
};
