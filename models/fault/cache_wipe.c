/* Caches are emptied, at once: a restart, a flush, a change of the hash. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    const char *service;
    const struct ust_node *service_node;
    double share;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0,
                     "Region whose caches are hit; all regions where absent."),
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct params, service),
     .given = offsetof(struct params, service_node) + 1,
     .help = "Service whose calls stand behind the caches; all services where absent."},
    UST_FAULT_SHARE(struct params, 0, "Share of the entries that are gone."),
    {UST_FAULT_TIME(struct params, at, .flags = UST_FIELD_REQUIRED),
     .help = "When it happens, counted from the end of the warm-up."},
    {.key = "lag",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, common.lag),
     .fallback = "0 s",
     .help = "Added to 'at', drawn anew in every replication."},
    {.key = "duration",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, common.duration),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1 ms",
     .given = offsetof(struct params, common.duration_node) + 1,
     .help = "How long the caches are out of use: nothing is found in them, and nothing kept. "
             "Then they fill again."},
    {.key = "probability",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, common.probability),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help = "That it happens at all, in a replication."},
    {.key = NULL},
};

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, params->service, params->service_node);
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    (void)level; /* it has no ramp */
    out->cache_lost = params->share;
}

static uint32_t needs(const void *unused)
{
    (void)unused;
    return UST_FAULT_NEEDS_CACHE;
}

const struct ust_fault_type ust_fault_cache_wipe = {
    .kind = {.name = "cache_wipe",
             .help = "Caches are emptied, and what lies behind them gets all of the load.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
