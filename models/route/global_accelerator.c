/* AWS Global Accelerator: one address, an endpoint group a region.
 *
 * A client's traffic is offered to the groups from the nearest on; each takes the share that
 * its traffic dial says of what reaches it, and the rest goes on. Where the group that was
 * chosen so has no healthy endpoint, the nearest few are tried, whatever their dials, and with
 * none of these healthy it fails open: to the group that is nearest of all.
 */
#include "models/route/regions.h"
#include "models/route/route.h"

struct group {
    struct ust_named id;
    double dial;
};

static const char *const affinities[] = {"none", "source_ip", NULL};

struct params {
    struct ust_items groups; /* struct group; none: all regions, dials open */
    int64_t tries;
    struct ust_dns reroute; /* its ttl is what the user writes */
    int affinity;
    struct ust_route_regions regions;
};

static const struct ust_field group_fields[] = {
    {.key = "dial",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct group, dial),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_SHORT,
     .fallback = "100 %",
     .help =
         "Traffic dial: share of what reaches the group that it takes; the rest goes to the "
         "next nearest."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "groups",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct params, groups),
     .fields = group_fields,
     .size = sizeof(struct group),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .help = "Endpoint groups, which are regions, each with its traffic dial; all regions with "
             "open dials where absent."},
    {.key = "tries",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, tries),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .fallback = "3",
     .help =
         "Nearest groups that are tried when the chosen one has no healthy endpoint, before "
         "it fails open."},
    {.key = "reroute",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, reroute.ttl),
     .low = 0,
     .high = 86400,
     .fallback = "30 s",
     .help = "New connections follow a change of health within this time, evenly spread over "
             "it. Those that are open stay (a persona's `connection`)."},
    {.key = "client_affinity",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, affinity),
     .choices = affinities,
     .fallback = "none",
     .help = "none: every connection is routed by itself; source_ip: all of a user's go to the "
             "same group."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct group *group = params->groups.at;
    (void)node;
    for (uint32_t i = 0; i < params->groups.n; i++)
        if (group[i].dial > 0)
            return;
    if (params->groups.n > 0)
        (void)ust_diag_error(spec->diag, params->groups.node->place,
                             "every traffic dial is 0 %%; one group at least has to take "
                             "traffic");
}

static enum ust_status bind(struct ust_spec *spec, void *from, const char *const *region_names,
                            uint32_t regions_n)
{
    struct params *params = from;
    const struct group *group = params->groups.at;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < params->groups.n; i++)
        if (ust_route_regions_add(&params->regions, spec, group[i].id.node->key_place,
                                  group[i].id.name, region_names, regions_n) != UST_OK)
            status = UST_INVALID;
    if (params->groups.n == 0)
        ust_route_regions_every(&params->regions, regions_n);
    return status;
}

static double dial_of(const struct params *params, uint32_t region)
{
    const struct group *group = params->groups.at;
    for (uint32_t i = 0; i < params->groups.n; i++)
        if (params->regions.at[i] == region)
            return group[i].dial;
    return 1;
}

/* Where traffic of an unhealthy group goes. */
static uint32_t instead(const struct params *params, const struct ust_route_view *view,
                        const uint8_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n && (int64_t)i < params->tries; i++)
        if (view->healthy & ust_route_bit(order[i]))
            return order[i];
    return order[0];
}

static void answer(const void *from, const struct ust_route_view *view, double *share)
{
    const struct params *params = from;
    uint8_t order[UST_REGIONS_MAX];
    uint32_t n = ust_route_by_distance(view, params->regions.mask, order);
    double taken[UST_REGIONS_MAX], left = 1, sum = 0;
    UST_ASSERT(n > 0);
    for (uint32_t i = 0; i < n; i++) {
        taken[i] = left * dial_of(params, order[i]);
        left -= taken[i];
        sum += taken[i];
    }
    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t region = order[i];
        if (!(view->healthy & ust_route_bit(region)))
            region = instead(params, view, order, n);
        share[region] += taken[i] / sum; /* what all dials leave is shared as they share */
    }
}

static const struct ust_dns *follow(const void *from, bool lost)
{
    (void)lost;
    return &((const struct params *)from)->reroute;
}

static bool by_connection(const void *from)
{
    return ((const struct params *)from)->affinity == 0;
}

const struct ust_route_type ust_route_global_accelerator = {
    .kind = {.name = "global_accelerator",
             .help =
                 "AWS Global Accelerator: one address, traffic to the nearest endpoint groups "
                 "as their dials allow; around an unhealthy one, the three nearest are "
                 "tried, then it fails open to the nearest.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .bind = bind,
    .answer = answer,
    .follow = follow,
    .by_connection = by_connection,
};
