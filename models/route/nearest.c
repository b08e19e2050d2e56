/* Each user goes to the healthy region with the shortest round trip. */
#include "models/route/regions.h"
#include "models/route/route.h"

struct params {
    struct ust_items names; /* const char * */
    struct ust_route_regions regions;
};

static const struct ust_field fields[] = {
    {.key = "regions",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, names),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .help = "Regions to choose from; all regions where absent."},
    {.key = NULL},
};

static enum ust_status bind(struct ust_spec *spec, void *from, const char *const *region_names,
                            uint32_t regions_n)
{
    struct params *params = from;
    return ust_route_regions_some(&params->regions, spec, &params->names, region_names,
                                  regions_n);
}

static void answer(const void *from, const struct ust_route_view *view, double *share)
{
    uint64_t among = ((const struct params *)from)->regions.mask;
    UST_ASSERT(among != 0);
    if (among & view->healthy)
        among &= view->healthy;

    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = 0;
    share[ust_route_nearest_of(view, among)] = 1;
}

const struct ust_route_type ust_route_nearest = {
    .kind = {.name = "nearest",
             .help = "Each user goes to the healthy region with the shortest round trip; of "
                     "equals, to the one defined first. As latency records of a DNS service.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .bind = bind,
    .answer = answer,
};
