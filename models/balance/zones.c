#include "models/balance/zones.h"

#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/limits.h"

extern const struct ust_balance_type ust_balance_round_robin;

/* One block of memory: this, then the sorted instances, then a state for each zone and one for
 * all of them together. */
struct ust_zones {
    uint64_t changes;
    bool begun;
    uint32_t start[UST_ZONES_MAX + 1]; /* of each zone in the sorted instances */
};

#define ALIGN 16

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static const struct ust_balance_type *inner(const struct ust_zones_params *params)
{
    return params->within.kind != NULL ? ust_balance_of(params->within.kind)
                                       : &ust_balance_round_robin;
}

static size_t inner_size(const struct ust_zones_params *params, uint32_t instances_max)
{
    const struct ust_balance_type *type = inner(params);
    if (type->state_size == NULL)
        return 0;
    return aligned(type->state_size(params->within.params, instances_max, 1));
}

static size_t head_size(uint32_t instances_max)
{
    return aligned(sizeof(struct ust_zones)) + aligned(instances_max * sizeof(uint32_t));
}

size_t ust_zones_size(const struct ust_zones_params *params, uint32_t instances_max,
                      uint32_t zones)
{
    return head_size(instances_max) + (zones + 1) * inner_size(params, instances_max);
}

static uint32_t *sorted(struct ust_zones *zones)
{
    return (uint32_t *)(void *)((unsigned char *)zones + aligned(sizeof *zones));
}

bool ust_zones_follow(const struct ust_zones_params *params, struct ust_zones *zones,
                      const struct ust_balance_view *view)
{
    (void)params;
    if (zones->begun && zones->changes == view->changes)
        return false;
    UST_ASSERT(view->zones_n <= UST_ZONES_MAX);
    uint32_t fill[UST_ZONES_MAX] = {0}, at = 0, *out = sorted(zones);
    for (uint32_t i = 0; i < view->ready_n; i++)
        fill[view->zone[view->ready[i]]]++;
    for (uint32_t z = 0; z < view->zones_n; z++) {
        zones->start[z] = at;
        at += fill[z];
        fill[z] = zones->start[z];
    }
    zones->start[view->zones_n] = at;
    UST_ASSERT(at == view->ready_n);
    for (uint32_t i = 0; i < view->ready_n; i++)
        out[fill[view->zone[view->ready[i]]]++] = view->ready[i];
    zones->begun = true;
    zones->changes = view->changes;
    return true;
}

uint32_t ust_zones_ready(const struct ust_zones *zones, uint32_t zone)
{
    return zones->start[zone + 1] - zones->start[zone];
}

uint32_t ust_zones_pick(const struct ust_zones_params *params, struct ust_zones *zones,
                        const struct ust_balance_view *view, uint32_t zone, struct ust_rng *rng)
{
    struct ust_balance_view mine = *view;
    mine.zones_n = 1;
    if (zone < view->zones_n) {
        mine.ready = sorted(zones) + zones->start[zone];
        mine.ready_n = ust_zones_ready(zones, zone);
    }
    UST_ASSERT(mine.ready_n > 0);
    if (mine.ready_n == 1)
        return mine.ready[0];
    unsigned char *states = (unsigned char *)zones + head_size(view->numbers);
    void *state = states + zone * inner_size(params, view->numbers);
    return inner(params)->pick(params->within.params, state, &mine, rng);
}

bool ust_zones_weigh(const void *from)
{
    const struct ust_zones_params *params = from;
    const struct ust_balance_type *type = inner(params);
    return type->weighs != NULL && type->weighs(params->within.params);
}
