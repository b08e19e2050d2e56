/* What answers take now against what they usually take: Netflix's Gradient2Limit. With r the
 * time of this answer, R its exponential average over `window` answers (the plain mean of the
 * first ten), and g = tolerance R / r held between 1/2 and 1:
 *
 *     limit <- (1 - smoothing) limit + smoothing (g limit + queue)
 *
 * while at least half of the limit is in use. R falls by a twentieth with every answer that
 * takes less than half of it, so that it forgets an overload soon. */
#include "models/limit/limit.h"

#define FIRST 10

struct params {
    struct ust_limit_range range;
    double smoothing, tolerance;
    int64_t queue, window;
};

static const struct ust_field fields[] = {
    UST_LIMIT_RANGE_FIELDS(struct params),
    {.key = "queue",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, queue),
     .low = 0,
     .high = 10000,
     .fallback = "4",
     .help = "By how much the limit may grow at once. The default is the library's."},
    {.key = "smoothing",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, smoothing),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "0.2",
     .help = "Weight of the new estimate. The default is the library's."},
    {.key = "tolerance",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, tolerance),
     .low = 1,
     .high = 1000,
     .fallback = "1.5",
     .help = "The limit shrinks with answers that take more than so many times the usual. The "
             "default is the library's."},
    {.key = "window",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, window),
     .low = 1,
     .high = 1e6,
     .fallback = "600",
     .help = "Answers over which the usual time is averaged. The default is the library's."},
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

static void learn(const struct params *params, struct ust_limit_state *state, double took)
{
    double weight = 2.0 / (double)(params->window + 1);
    if (++state->seen <= FIRST)
        weight = 1.0 / (double)state->seen;
    state->baseline += (took - state->baseline) * weight;
}

static double adjust(const void *from, struct ust_limit_state *state,
                     struct ust_limit_sample sample)
{
    const struct params *params = from;
    double took = sample.took > 0 ? (double)sample.took : 1;
    learn(params, state, took);
    double usual = state->baseline;
    if (usual > 2 * took)
        state->baseline *= 0.95;
    if (sample.in_flight < state->limit / 2)
        return state->limit;
    double gradient = params->tolerance * usual / took;
    gradient = gradient < 0.5 ? 0.5 : gradient > 1 ? 1 : gradient;
    double fresh = state->limit * gradient + (double)params->queue;
    return ust_limit_within(&params->range,
                            state->limit * (1 - params->smoothing) + fresh * params->smoothing);
}

const struct ust_limit_type ust_limit_gradient = {
    .kind = {.name = "gradient",
             .help = "Netflix's Gradient2Limit: shrinks as answers take longer than usual, "
                     "grows while they do not.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .start = start,
    .adjust = adjust,
};
