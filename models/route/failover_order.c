/* Everyone goes to the first healthy region of a list. */
#include "models/route/regions.h"
#include "models/route/route.h"

struct params {
    struct ust_items order; /* const char * */
    struct ust_route_regions regions;
};

static const struct ust_field fields[] = {
    {.key = "order",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, order),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .help = "Regions, the preferred one first. Regions that are not listed get no traffic."},
    {.key = NULL},
};

static enum ust_status bind(struct ust_spec *spec, void *from, const char *const *region_names,
                            uint32_t regions_n)
{
    struct params *params = from;
    return ust_route_regions_list(&params->regions, spec, &params->order, region_names,
                                  regions_n);
}

static void answer(const void *from, const struct ust_route_view *view, double *share)
{
    const struct ust_route_regions *regions = &((const struct params *)from)->regions;
    UST_ASSERT(regions->n > 0);
    uint32_t chosen = regions->at[0]; /* all are ill: fail open */
    for (uint32_t i = 0; i < regions->n; i++) {
        if (view->healthy & ust_route_bit(regions->at[i])) {
            chosen = regions->at[i];
            break;
        }
    }
    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = r == chosen;
}

const struct ust_route_type ust_route_failover_order = {
    .kind = {.name = "failover_order",
             .help = "Everyone goes to the first healthy region of a list; to the first of all "
                     "when none is healthy. As failover records of a DNS service do.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .bind = bind,
    .answer = answer,
};
