/* Where a call goes. The caller knows what the checks of regions and of instances have found
 * out, at once: no cache stands between it and them. */
#include "models/entity/call_way.h"

static bool can_take(struct ust_model *model, uint32_t service, uint32_t region)
{
    const struct ust_pool *pool = ust_pool_of(model, service, region);
    return pool->config->exists && pool->view.ready_n > 0 && model->regions[region].healthy;
}

static uint32_t nearest_for(struct ust_model *model, uint32_t service, uint32_t from)
{
    uint32_t n = model->config->regions_n, otherwise = UST_NONE;
    const uint32_t *nearest = model->calls.nearest + (size_t)from * n;
    for (uint32_t k = 0; k < n; k++) {
        bool exists = ust_pool_of(model, service, nearest[k])->config->exists;
        /* Nobody leaves his own region for another because probes of the region fail. */
        bool here = k == 0 && exists && ust_pool_of(model, service, from)->view.ready_n > 0;
        if (here || can_take(model, service, nearest[k]))
            return nearest[k];
        if (exists && otherwise == UST_NONE)
            otherwise = nearest[k];
    }
    return otherwise;
}

uint32_t ust_call_region(struct ust_model *model, const struct ust_call *call)
{
    uint32_t service = ust_call_edge_of(model, call)->config->service;
    if (call->write)
        return model->data[service]->primary;
    return nearest_for(model, service, model->pools[call->pool].config->region);
}

/* Every region's neighbours by round trip, in order of their numbers where these are alike. */
void ust_call_region_start(struct ust_model *model)
{
    uint32_t n = model->config->regions_n;
    model->calls.nearest = ust_arena_alloc(model->arena, uint32_t, (size_t)n * n);
    for (uint32_t from = 0; from < n; from++) {
        const ust_time *round_trip = model->config->between + (size_t)from * n;
        uint32_t *nearest = model->calls.nearest + (size_t)from * n, filled = 0;
        nearest[filled++] = from;
        for (uint32_t to = 0; to < n; to++) {
            if (to == from)
                continue;
            uint32_t at = filled++;
            for (; at > 1 && round_trip[nearest[at - 1]] > round_trip[to]; at--)
                nearest[at] = nearest[at - 1];
            nearest[at] = to;
        }
    }
}
