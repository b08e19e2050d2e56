#include <inttypes.h>
#include <math.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

static const struct ust_field api_fields[] = {
    {.key = "rate",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct ust_capacity_spec, api.rate),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "unlimited",
     .word_value = 0,
     .fallback = "unlimited",
     .given = offsetof(struct ust_capacity_spec, api.rate_node) + 1,
     .help = "Launches that the control plane takes in a second once 'burst' is spent; others "
             "wait in line. EC2's RunInstances: 2 /s and a burst of 1000."},
    {.key = "burst",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_capacity_spec, api.burst),
     .low = 1,
     .high = 1e6,
     .fallback = "1",
     .help =
         "Launches that it takes at once after a quiet time: the size of its token bucket."},
    {.key = NULL},
};

static const struct ust_field spare_fields[] = {
    {.key = "vcpu",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_spare_spec, vcpu),
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .help = "Free machines, in vCPU, beyond what runs at the beginning; drawn once per "
             "replication."},
    {.key = "zone",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_spare_spec, zone),
     .given = offsetof(struct ust_spare_spec, zone_node) + 1,
     .help =
         "Zone in which they are, a number from 1 or a letter from a; anywhere in the region "
         "where absent."},
    {.key = "type",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_spare_spec, type),
     .given = offsetof(struct ust_spare_spec, type_node) + 1,
     .help = "Name of a resource persona; any type where absent."},
    {.key = NULL},
};

#define OTHERS(member) offsetof(struct ust_capacity_spec, others.member)

static const struct ust_field others_fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = OTHERS(share),
     .low = 0,
     .high = 1,
     .fallback = "0 %",
     .given = OTHERS(share_node) + 1,
     .help = "Part of each line of 'spare' that other tenants take when they fail over too."},
    {.key = "delay",
     .kind = UST_FIELD_DURATION,
     .offset = OTHERS(delay),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help = "From the loss of a region or zone elsewhere until the first of them come."},
    {.key = "over",
     .kind = UST_FIELD_DURATION,
     .offset = OTHERS(over),
     .low = 0,
     .high = 86400,
     .fallback = "10 min",
     .help = "From then until all have come, in a straight line."},
    {.key = "hold",
     .kind = UST_FIELD_DURATION,
     .offset = OTHERS(hold),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .word = "endless",
     .word_value = HUGE_VAL,
     .fallback = "endless",
     .help = "How long they stay."},
    {.key = "recovery",
     .kind = UST_FIELD_DURATION,
     .offset = OTHERS(recovery),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help = "How long they take to leave, in a straight line."},
    {.key = "from",
     .kind = UST_FIELD_LIST,
     .offset = OTHERS(from),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 0,
     .high = UST_REGIONS_MAX,
     .help =
         "Regions whose loss sends them here, this one meaning its zones; any where absent."},
    {.key = NULL},
};

const struct ust_field ust_capacity_fields[] = {
    {.key = "api",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = api_fields,
     .help =
         "The control plane's rate limit on launches, which all pools of the region share."},
    {.key = "quota",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_capacity_spec, quota),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "unlimited",
     .word_value = 0,
     .fallback = "unlimited",
     .given = offsetof(struct ust_capacity_spec, quota_node) + 1,
     .help = "vCPU that the account may have running in the region, all pools together."},
    {.key = "spare",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_capacity_spec, spare),
     .fields = spare_fields,
     .size = sizeof(struct ust_spare_spec),
     .low = 0,
     .high = UST_SPARE_MAX,
     .help = "Machines that the provider has left. A launch must find room in every line that "
             "its zone and type fit; what fits none has no limit."},
    {.key = "others",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = others_fields,
     .given = OTHERS(node) + 1,
     .help = "Other tenants, who fail over into the region at the same moment."},
    {.key = NULL},
};

/* ---- checks ---- */

static int region_of(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t r = 0; r < scenario->regions.n; r++)
        if (ust_text_equal(scenario->region_names[r], name))
            return (int)r;
    return -1;
}

static void check_spare(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_capacity_spec *capacity, int region)
{
    const struct ust_region_spec *regions = scenario->regions.at;
    const struct ust_spare_spec *spare = capacity->spare.at;
    struct ust_types types = ust_types_list(spec->arena, scenario);
    for (uint32_t i = 0; i < capacity->spare.n; i++) {
        if (spare[i].type != NULL && ust_type_number(&types, spare[i].type) == types.n)
            (void)ust_spec_unknown(spec, spare[i].type_node->place, "type", spare[i].type,
                                   types.name, types.n);
        if (spare[i].zone == NULL)
            continue;
        int zone = ust_fault_zone(spare[i].zone, capacity->id.name);
        if (zone < 0)
            (void)ust_diag_error(spec->diag, spare[i].zone_node->place,
                                 "'%s' is no zone; write a number from 1 or a letter from a",
                                 spare[i].zone);
        else if (region >= 0 && zone >= regions[region].zones)
            (void)ust_diag_error(spec->diag, spare[i].zone_node->place,
                                 "'%s' has %" PRId64 " zone%s; '%s' is not one of them",
                                 capacity->id.name, regions[region].zones,
                                 regions[region].zones == 1 ? "" : "s", spare[i].zone);
    }
}

/* What runs at the beginning must be allowed to. */
static void check_quota(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_capacity_spec *capacity)
{
    const struct ust_service_spec *service = scenario->services.at;
    double vcpu = ust_nodes_vcpu(scenario, capacity->id.name);
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_pool_spec *pool = service[s].pools.at;
        for (uint32_t i = 0; i < service[s].pools.n; i++)
            if (service[s].persona != NULL && service[s].launching.nodes == NULL &&
                ust_text_equal(pool[i].id.name, capacity->id.name))
                vcpu += (double)pool[i].instances * service[s].persona->vcpu;
    }
    if (capacity->quota > 0 && vcpu > capacity->quota)
        (void)ust_diag_error(spec->diag, capacity->quota_node->place,
                             "'quota' is %g vCPU, but %g run in '%s' at the beginning",
                             capacity->quota, vcpu, capacity->id.name);
}

void ust_capacity_check(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_capacity_spec *capacity)
{
    int region = region_of(scenario, capacity->id.name);
    const char *const *names = (const char *const *)scenario->region_names;
    if (region < 0)
        (void)ust_spec_unknown(spec, capacity->id.node->key_place, "region", capacity->id.name,
                               names, scenario->regions.n);
    check_spare(spec, scenario, capacity, region);
    check_quota(spec, scenario, capacity);
    const char *const *from = capacity->others.from.at;
    const struct ust_node *element = ust_items_first(&capacity->others.from);
    for (uint32_t i = 0; i < capacity->others.from.n; i++, element = element->next)
        if (region_of(scenario, from[i]) < 0)
            (void)ust_spec_unknown(spec, element->place, "region", from[i], names,
                                   scenario->regions.n);
    if (capacity->others.node != NULL && capacity->others.share_node == NULL)
        (void)ust_diag_error(spec->diag, capacity->others.node->key_place,
                             "'others' need a 'share' of 'spare' that they take");
    if (capacity->others.share > 0 && capacity->spare.n == 0)
        (void)ust_diag_error(spec->diag, capacity->others.share_node->place,
                             "others take a share of 'spare', and there is no such line");
}

/* ---- what becomes of it ---- */

static struct ust_others_config others_of(const struct ust_scenario *scenario,
                                          const struct ust_capacity_spec *from)
{
    struct ust_others_config out = {.share = from->others.share,
                                    .delay = from->others.delay,
                                    .over = from->others.over,
                                    .hold = from->others.hold,
                                    .recovery = from->others.recovery};
    const char *const *name = from->others.from.at;
    if (from->others.from.n == 0)
        out.from = UINT64_MAX;
    for (uint32_t i = 0; i < from->others.from.n; i++)
        out.from |= UINT64_C(1) << region_of(scenario, name[i]);
    return out;
}

const struct ust_supply_config *ust_capacity_build(struct ust_spec *spec,
                                                   const struct ust_scenario *scenario,
                                                   const char *region)
{
    const struct ust_capacity_spec *from = scenario->capacity.at;
    uint32_t at = 0;
    while (at < scenario->capacity.n && !ust_text_equal(from[at].id.name, region))
        at++;
    if (at == scenario->capacity.n)
        return NULL;
    from += at;
    struct ust_supply_config *out = ust_arena_alloc(spec->arena, struct ust_supply_config, 1);
    if (from->api.rate > 0)
        out->token = ust_time_from_seconds(1 / from->api.rate);
    out->burst = (uint32_t)from->api.burst;
    out->quota = from->quota;
    out->others = others_of(scenario, from);
    struct ust_types types = ust_types_list(spec->arena, scenario);
    const struct ust_spare_spec *spare = from->spare.at;
    struct ust_spare_config *lines =
        ust_arena_alloc(spec->arena, struct ust_spare_config, from->spare.n);
    for (uint32_t i = 0; i < from->spare.n; i++)
        lines[i] = (struct ust_spare_config){
            .zone = spare[i].zone == NULL ? -1 : ust_fault_zone(spare[i].zone, region),
            .type =
                spare[i].type == NULL ? -1 : (int32_t)ust_type_number(&types, spare[i].type),
            .vcpu = spare[i].vcpu,
            .path = ust_arena_printf(spec->arena, "region/%s/spare/%u", region, i + 1)};
    out->spare = lines;
    out->spare_n = from->spare.n;
    return out;
}
