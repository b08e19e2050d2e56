/* One or more zones of a region are lost with all their instances. */
#include <string.h>

#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    struct ust_items zones; /* const char * */
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, UST_FIELD_REQUIRED, "Region whose zones are lost."),
    {.key = "zones",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, zones),
     .low = 1,
     .high = UST_ZONES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .help = "Zones that are lost: numbers from 1, or letters from a, as in [1, 2] or [a, b]."},
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_WHEN(struct params),
};

/* "3" and "c" are zone 2, "us-east-1c" too when the region is us-east-1; -1 when it is none. */
static int zone_number(const char *name, const char *region)
{
    size_t skip = region ? strlen(region) : 0;
    if (skip && strncmp(name, region, skip) == 0 && name[skip] && !name[skip + 1])
        name += skip;
    if (name[0] >= 'a' && name[0] <= 'z' && !name[1])
        return name[0] - 'a';
    int number = 0;
    for (const char *c = name; *c; c++) {
        if (*c < '0' || *c > '9' || number > UST_ZONES_MAX)
            return -1;
        number = number * 10 + (*c - '0');
    }
    return number <= UST_ZONES_MAX ? number - 1 : -1;
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const char *const *name = params->zones.at;
    const struct ust_node *element = params->zones.node ? params->zones.node->first : NULL;
    uint64_t seen = 0;
    ust_fault_check(spec, from, node);
    for (uint32_t i = 0; i < params->zones.n; i++) {
        struct ust_place place = element ? element->place : (struct ust_place){0};
        int zone = zone_number(name[i], params->common.region);
        if (zone < 0)
            ust_diag_error(spec->diag, place,
                           "'%s' is no zone; write a number from 1 to %d or a letter from a",
                           name[i], UST_ZONES_MAX);
        else if (seen & UINT64_C(1) << zone)
            ust_diag_error(spec->diag, place, "zone '%s' is named twice", name[i]);
        else
            seen |= UINT64_C(1) << zone;
        element = element ? element->next : NULL;
    }
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    const char *const *name = params->zones.at;
    *out = (struct ust_fault_scope){.region = params->common.region,
                                    .region_node = params->common.region_node,
                                    .zones_node = params->zones.node};
    for (uint32_t i = 0; i < params->zones.n; i++)
        out->zones |= UINT64_C(1) << zone_number(name[i], params->common.region);
}

static void effect(const void *params, double level, struct ust_fault_effect *out)
{
    (void)params;
    out->instances_lost = level;
    out->no_launches = true;
}

const struct ust_fault_type ust_fault_zone_loss = {
    .kind = {.name = "zone_loss",
             .help = "Zones of a region are lost with all their instances; nothing starts in "
                     "them until they are back. Along a ramp their instances go one by one.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
};
