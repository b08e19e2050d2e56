/* Users are spread over the healthy regions by weight. */
#include "models/route/regions.h"
#include "models/route/route.h"

struct params {
    struct ust_shares weights;
    struct ust_route_regions regions;
};

static const struct ust_field fields[] = {
    {.key = "weights",
     .kind = UST_FIELD_SHARES,
     .offset = offsetof(struct params, weights),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Share of each region while all are healthy; they add up to 100 %. A region with "
             "0 % is asked only when no region with more is healthy."},
    {.key = NULL},
};

static enum ust_status bind(struct ust_spec *spec, void *from, const char *const *region_names,
                            uint32_t regions_n)
{
    struct params *params = from;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < params->weights.n; i++) {
        const struct ust_share *weight = &params->weights.at[i];
        struct ust_place place = weight->node ? weight->node->key_place : (struct ust_place){0};
        if (ust_route_regions_add(&params->regions, spec, place, weight->name, region_names,
                                  regions_n) != UST_OK)
            status = UST_INVALID;
    }
    return status;
}

static double total(const struct params *params, uint64_t among)
{
    double sum = 0;
    for (uint32_t i = 0; i < params->regions.n; i++)
        if (among & ust_route_bit(params->regions.at[i]))
            sum += params->weights.at[i].share;
    return sum;
}

static void answer(const void *from, const struct ust_route_view *view, double *share)
{
    const struct params *params = from;
    const struct ust_route_regions *regions = &params->regions;
    uint64_t among = regions->mask & view->healthy;
    if (!among)
        among = regions->mask; /* all are ill: fail open */
    double sum = total(params, among);
    uint32_t count = (uint32_t)__builtin_popcountll(among);

    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = 0;
    for (uint32_t i = 0; i < regions->n; i++) {
        uint32_t r = regions->at[i];
        if (among & ust_route_bit(r))
            share[r] = sum > 0 ? params->weights.at[i].share / sum : 1.0 / count;
    }
}

const struct ust_route_type ust_route_weighted = {
    .kind = {.name = "weighted",
             .help = "Users are spread over the healthy regions by weight. As weighted records "
                     "of a DNS service.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .bind = bind,
    .answer = answer,
};
