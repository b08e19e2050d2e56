/* One address, announced from every region that is healthy: each user's packets go to the
 * nearest, and follow once the routers between have heard of a change. */
#include "models/route/regions.h"
#include "models/route/route.h"

struct params {
    struct ust_items names; /* const char * */
    struct ust_dns withdrawal, announcement;
    struct ust_route_regions regions;
};

static const struct ust_field convergence[] = {
    {.key = "delay",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns, delay),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help = "From the verdict of the health checks to the first router that acts on it."},
    {.key = "within",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns, ttl),
     .low = 0,
     .high = 86400,
     .fallback = "10 s",
     .help = "Most networks follow within this time, evenly spread over it; 0 s: all at once. "
             "About 80 % of the Internet does within 10 s (An Empirical Characterization of "
             "Anycast Convergence Time, ANRW 2024)."},
    {.key = "late_share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_dns, stale_share),
     .low = 0,
     .high = 1,
     .fallback = "28 %",
     .help =
         "Share of users behind networks that are late; with late_mean it leaves 20 % after "
         "10 s."},
    {.key = "late_mean",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_dns, stale_mean),
     .low = 0,
     .high = 86400,
     .fallback = "30 s",
     .help = "Mean time until these follow. An assumption: the study speaks of a long tail and "
             "gives no number here."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "regions",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, names),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .help = "Regions that announce the address; all regions where absent."},
    {.key = "withdrawal",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, withdrawal),
     .fields = convergence,
     .help = "How the Internet follows when a region is lost and stops to announce."},
    {.key = "announcement",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct params, announcement),
     .fields = convergence,
     .help = "How it follows when a region is found again and announces."},
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
    if (among & view->healthy)
        among &= view->healthy; /* else all go on announcing */
    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = 0;
    share[ust_route_nearest_of(view, among)] = 1;
}

static const struct ust_dns *follow(const void *from, bool lost)
{
    const struct params *params = from;
    return lost ? &params->withdrawal : &params->announcement;
}

const struct ust_route_type ust_route_anycast = {
    .kind = {.name = "anycast",
             .help = "One address, announced by every healthy region: each user goes to the "
                     "nearest, and follows a change as fast as routers do. With none healthy "
                     "all go on announcing.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .bind = bind,
    .answer = answer,
    .follow = follow,
};
