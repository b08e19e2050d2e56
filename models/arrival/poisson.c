/* Independent users: a constant rate. */
#include "models/arrival/plan.h"

struct params {
    double rate;
};

static const struct ust_field fields[] = {
    {.key = "rate",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct params, rate),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_REQUIRED,
     .help = "Arrivals per second, on average."},
    {.key = NULL},
};

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    (void)node;
    struct ust_knots knots = {0};
    ust_knots_line(&knots, 0, context->end, params->rate, params->rate);
    ust_knots_add(&knots, context->end, params->rate, params->rate);
    ust_knots_finish(&knots, context->spec->arena, out);
    out->mean_30d = params->rate * UST_BUDGET_DAYS * 86400;
    return UST_OK;
}

const struct ust_arrival_type ust_arrival_poisson = {
    .kind = {.name = "poisson",
             .help = "A constant rate of independent arrivals.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .plan = plan,
};
