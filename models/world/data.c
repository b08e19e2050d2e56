#include "models/world/data.h"

#include <string.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

enum { AUTOMATIC, BY_PLAN };
static const char *const when_names[] = {"automatic", "plan", NULL};
enum { FAIL, WAIT };
static const char *const meanwhile_names[] = {"fail", "wait", NULL};

static const struct ust_field replication_fields[] = {
    {.key = "lag",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_replication_spec, lag),
     .high = UST_DURATION_MAX_S,
     .fallback = "1 s",
     .help = "From a write until its copy can be applied, when nothing is in the way; drawn "
             "once per replication and promotion. Aurora Global Database speaks of less than a "
             "second, typically."},
    {.key = "throughput",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct ust_replication_spec, throughput),
     .high = 1e9,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "unlimited",
     .word_value = 0,
     .fallback = "unlimited",
     .help = "Writes per second that a replica can apply; with more than that its backlog "
             "grows."},
    {.key = NULL},
};

static const struct ust_field promotion_fields[] = {
    {.key = "when",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_promotion_spec, when),
     .choices = when_names,
     .fallback = "automatic",
     .help = "automatic: some time after the primary is lost, the replica that is least behind "
             "takes its place, unless a failover plan has a step that does so; plan: only such "
             "a step does."},
    {.key = "detect",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_promotion_spec, detect),
     .high = UST_DURATION_MAX_S,
     .fallback = "30 s",
     .help = "From the loss until it is known and decided. Assumed default."},
    {.key = "duration",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_promotion_spec, duration),
     .high = UST_DURATION_MAX_S,
     .fallback = "1 min",
     .help = "How long the promotion takes; Aurora Global Database promises less than a "
             "minute. A primary that comes back before its end stays the primary, and nothing "
             "is lost."},
    {.key = NULL},
};

const struct ust_field ust_data_fields[] = {
    {.key = "primary",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_data_spec, primary),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_data_spec, primary_node) + 1,
     .help = "Region that takes the writes at the beginning."},
    {.key = "replicas",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_data_spec, replicas),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .help = "Regions that follow it; all others where the service has a pool where absent."},
    {.key = "replication",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_data_spec, replication),
     .fields = replication_fields,
     .help = "How they follow."},
    {.key = "promotion",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_data_spec, promotion),
     .fields = promotion_fields,
     .help = "How one of them becomes the primary."},
    {.key = "meanwhile",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_data_spec, meanwhile),
     .choices = meanwhile_names,
     .fallback = "fail",
     .help =
         "What becomes of writes while the primary is lost. fail: they meet what is left of "
         "it, as its faults have it; wait: whoever calls holds them back until there is a "
         "primary again, or their time is up."},
    {.key = NULL},
};

static const struct ust_service_spec *service_at(const struct ust_scenario *scenario,
                                                 uint32_t number)
{
    return (const struct ust_service_spec *)scenario->services.at + number;
}

static int find_region(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t r = 0; r < scenario->regions.n; r++)
        if (name != NULL && strcmp(scenario->region_names[r], name) == 0)
            return (int)r;
    return -1;
}

static bool has_pool(const struct ust_service_spec *service, const char *region)
{
    const struct ust_pool_spec *pool = service->pools.at;
    for (uint32_t i = 0; i < service->pools.n; i++)
        if (strcmp(pool[i].id.name, region) == 0)
            return true;
    return false;
}

static void check_region(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const struct ust_service_spec *service, const char *name,
                         const struct ust_node *node)
{
    if (find_region(scenario, name) < 0)
        (void)ust_spec_unknown(spec, node->place, "region", name,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
    else if (!has_pool(service, name))
        (void)ust_diag_error(spec->diag, node->place, "'%s' has no pool in region '%s'",
                             service->id.name, name);
}

static void check_service(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const struct ust_service_spec *service)
{
    const struct ust_data_spec *data = &service->data;
    const char *const *replica = data->replicas.at;
    if (data->node == NULL || data->primary == NULL)
        return;
    check_region(spec, scenario, service, data->primary, data->primary_node);
    const struct ust_node *element = ust_items_first(&data->replicas);
    for (uint32_t i = 0; i < data->replicas.n; i++, element = element->next) {
        check_region(spec, scenario, service, replica[i], element);
        if (strcmp(replica[i], data->primary) == 0)
            (void)ust_diag_error(spec->diag, element->place,
                                 "'%s' has the primary, and cannot follow itself", replica[i]);
    }
    if (service->replication_lag.type != NULL)
        (void)ust_diag_error(spec->diag, data->node->key_place,
                             "'%s' has 'data', whose lag is measured, so it needs no "
                             "'replication_lag'",
                             service->id.name);
}

/* Who writes does so where there is something to write to. */
static void check_writes(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const char *to, double writes, const struct ust_node *node)
{
    const struct ust_service_spec *service = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n && writes > 0; s++) {
        bool here =
            to == NULL ? scenario->services.n == 1 : ust_text_equal(to, service[s].id.name);
        if (here && service[s].data.node == NULL)
            (void)ust_diag_error(spec->diag, node->place,
                                 "'%s' has no 'data' with a primary to write to",
                                 service[s].id.name);
    }
}

void ust_data_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    for (uint32_t s = 0; s < scenario->services.n; s++)
        check_service(spec, scenario, service_at(scenario, s));
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    for (uint32_t i = 0; i < scenario->traffic.n; i++)
        check_writes(spec, scenario, traffic[i].service, traffic[i].writes,
                     traffic[i].writes_node);
    const struct ust_injection_spec *injection = scenario->injections.at;
    for (uint32_t i = 0; i < scenario->injections.n; i++)
        check_writes(spec, scenario, injection[i].service, injection[i].writes,
                     injection[i].writes_node);
}

const struct ust_data_config *ust_data_build(struct ust_spec *spec,
                                             const struct ust_scenario *scenario,
                                             const struct ust_data_spec *data, uint32_t service)
{
    const struct ust_service_spec *of = service_at(scenario, service);
    if (data->node == NULL)
        return NULL;
    struct ust_data_config *out = ust_arena_alloc(spec->arena, struct ust_data_config, 1);
    *out = (struct ust_data_config){.primary = (uint32_t)find_region(scenario, data->primary),
                                    .lag = data->replication.lag,
                                    .throughput = data->replication.throughput,
                                    .automatic = data->promotion.when == AUTOMATIC,
                                    .detect = data->promotion.detect,
                                    .duration = data->promotion.duration,
                                    .waits = data->meanwhile == WAIT};
    const char *const *replica = data->replicas.at;
    for (uint32_t i = 0; i < data->replicas.n; i++)
        out->replicas |= (uint64_t)1 << find_region(scenario, replica[i]);
    for (uint32_t r = 0; data->replicas.n == 0 && r < scenario->regions.n; r++)
        if (r != out->primary && has_pool(of, scenario->region_names[r]))
            out->replicas |= (uint64_t)1 << r;
    return out;
}
