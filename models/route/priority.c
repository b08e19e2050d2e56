/* Envoy's priority levels with weighted localities, where a locality is a region.
 *
 * levels.h says how much each level gets. Within a level a region gets
 *   weight * min(1, overprovisioning * healthy / hosts)
 * over the sum of these; in panic, what its number of hosts is worth.
 */
#include "models/route/levels.h"
#include "models/route/regions.h"
#include "models/route/route.h"

struct locality {
    struct ust_named id;
    double weight;
};

struct level {
    struct ust_items regions; /* struct locality */
};

struct params {
    struct ust_items levels; /* struct level */
    double overprovisioning, panic_threshold;
    struct ust_route_regions regions; /* of all levels, in their order */
};

static const struct ust_field locality_fields[] = {
    {.key = "weight",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct locality, weight),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_SHORT,
     .fallback = "1",
     .help = "Weight of the region among those of its level."},
    {.key = NULL},
};

static const struct ust_field level_fields[] = {
    {.key = "regions",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct level, regions),
     .fields = locality_fields,
     .size = sizeof(struct locality),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Regions of the level, each with its weight."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "levels",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, levels),
     .fields = level_fields,
     .size = sizeof(struct level),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Priority levels, the highest first. Regions that are in none get no traffic."},
    {.key = "overprovisioning",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, overprovisioning),
     .low = 1,
     .high = 1000,
     .fallback = "140 %",
     .help = "A level keeps all of its traffic while its healthy share times this reaches 100 "
             "%; Envoy's is 140 %."},
    {.key = "panic_threshold",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, panic_threshold),
     .low = 0,
     .high = 1,
     .fallback = "50 %",
     .help =
         "Where all levels together are not healthy enough, one with a smaller healthy share "
         "sends to all of its instances; 0 %: never."},
    {.key = NULL},
};

static enum ust_status bind(struct ust_spec *spec, void *from, const char *const *region_names,
                            uint32_t regions_n)
{
    struct params *params = from;
    const struct level *level = params->levels.at;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < params->levels.n; i++) {
        const struct locality *locality = level[i].regions.at;
        double sum = 0;
        for (uint32_t k = 0; k < level[i].regions.n; k++) {
            sum += locality[k].weight;
            if (ust_route_regions_add(&params->regions, spec, locality[k].id.node->key_place,
                                      locality[k].id.name, region_names, regions_n) != UST_OK)
                status = UST_INVALID;
        }
        if (level[i].regions.node == NULL)
            status = UST_INVALID; /* told already */
        else if (!(sum > 0))
            status = ust_diag_error(spec->diag, level[i].regions.node->place,
                                    "no region of this level has any weight");
    }
    return status;
}

static uint32_t well_in(const struct ust_route_view *view, uint32_t region)
{
    return view->healthy & ust_route_bit(region) ? view->well[region] : 0;
}

static void load_levels(const struct params *params, const struct ust_route_view *view,
                        struct ust_priority_level *out)
{
    const struct level *level = params->levels.at;
    uint32_t at = 0;
    for (uint32_t i = 0; i < params->levels.n; i++) {
        out[i] = (struct ust_priority_level){0};
        for (uint32_t k = 0; k < level[i].regions.n; k++) {
            uint32_t region = params->regions.at[at++];
            out[i].hosts += view->up[region];
            out[i].healthy += well_in(view, region);
        }
    }
    ust_priority_load(out, params->levels.n, params->overprovisioning, params->panic_threshold);
}

/* What a region is worth within its level. */
static double worth(const struct params *params, const struct ust_route_view *view,
                    uint32_t region, double weight, bool panic)
{
    if (view->up[region] == 0)
        return 0;
    if (panic)
        return view->up[region];
    double share = params->overprovisioning * well_in(view, region) / view->up[region];
    return weight * (share < 1 ? share : 1);
}

static void share_level(const struct params *params, const struct ust_route_view *view,
                        const struct level *level, const struct ust_priority_level *state,
                        const uint8_t *region, double *share)
{
    const struct locality *locality = level->regions.at;
    uint32_t n = level->regions.n;
    double sum = 0, weights = 0;
    for (uint32_t k = 0; k < n; k++) {
        sum += worth(params, view, region[k], locality[k].weight, state->panic);
        weights += locality[k].weight;
    }
    /* Where none is worth anything it answers as if all were: whoever has no weight gets none.
     */
    for (uint32_t k = 0; k < n; k++) {
        double mine = worth(params, view, region[k], locality[k].weight, state->panic);
        share[region[k]] =
            state->load / 100.0 * (sum > 0 ? mine / sum : locality[k].weight / weights);
    }
}

static void answer(const void *from, const struct ust_route_view *view, double *share)
{
    const struct params *params = from;
    const struct level *level = params->levels.at;
    struct ust_priority_level state[UST_REGIONS_MAX];
    load_levels(params, view, state);
    for (uint32_t r = 0; r < view->regions_n; r++)
        share[r] = 0;
    const uint8_t *region = params->regions.at;
    for (uint32_t i = 0; i < params->levels.n; i++) {
        share_level(params, view, &level[i], &state[i], region, share);
        region += level[i].regions.n;
    }
}

static uint64_t panic(const void *from, const struct ust_route_view *view)
{
    const struct params *params = from;
    const struct level *level = params->levels.at;
    struct ust_priority_level state[UST_REGIONS_MAX];
    uint64_t mask = 0;
    uint32_t at = 0;
    load_levels(params, view, state);
    for (uint32_t i = 0; i < params->levels.n; i++)
        for (uint32_t k = 0; k < level[i].regions.n; k++, at++)
            if (state[i].panic)
                mask |= ust_route_bit(params->regions.at[at]);
    return mask;
}

const struct ust_route_type ust_route_priority = {
    .kind = {.name = "priority",
             .help =
                 "Envoy's priority levels of weighted regions: traffic spills to the next "
                 "level as instances of a level become unhealthy, with over-provisioning and "
                 "panic.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .bind = bind,
    .answer = answer,
    .counts = true,
    .panic = panic,
};
