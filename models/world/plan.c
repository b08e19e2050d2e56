#include "models/world/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/entity/model.h"
#include "models/metric/metric.h"

static double seconds(const struct ust_config *config, ust_time at)
{
    return ust_time_seconds(at - config->warmup);
}

/* ---- before the first replication ---- */

static const struct ust_store_region *regions(const struct ust_config *config,
                                              struct ust_arena *arena)
{
    struct ust_store_region *row =
        ust_arena_alloc(arena, struct ust_store_region, config->regions_n);
    for (uint32_t i = 0; i < config->regions_n; i++) {
        const struct ust_region_config *region = &config->regions[i];
        row[i] = (struct ust_store_region){i + 1,
                                           region->name,
                                           region->role,
                                           region->zones,
                                           region->latitude,
                                           region->longitude,
                                           region->under_test};
    }
    return row;
}

static const char *id_or_null(const char *id)
{
    return id == NULL || *id == '\0' ? NULL : id;
}

static const struct ust_store_service *services(const struct ust_config *config,
                                                struct ust_arena *arena)
{
    struct ust_store_service *row =
        ust_arena_alloc(arena, struct ust_store_service, config->services_n);
    for (uint32_t i = 0; i < config->services_n; i++) {
        row[i] = (struct ust_store_service){.id = i + 1, .name = config->services[i].name};
        const struct ust_pool_config *pool = &config->pools[i * config->regions_n];
        for (uint32_t r = 0; r < config->regions_n; r++) {
            if (pool[r].persona == NULL)
                continue;
            row[i].instance_blob = id_or_null(pool[r].persona->version.blob);
            row[i].instance_revision = id_or_null(pool[r].persona->version.revision);
        }
    }
    return row;
}

static struct ust_store_resource resource_row(const char *kind, const char *of, uint32_t rank,
                                              const struct ust_resource_persona *persona)
{
    return (struct ust_store_resource){kind,
                                       of,
                                       rank,
                                       persona->name,
                                       id_or_null(persona->version.blob),
                                       id_or_null(persona->version.revision)};
}

/* The first pool of a service, or the first set of some nodes, speaks for all of them. */
static uint32_t resources(const struct ust_config *config, struct ust_arena *arena,
                          const struct ust_store_resource **out)
{
    uint32_t most = 0, n = 0, pools = config->services_n * config->regions_n;
    for (uint32_t p = 0; p < pools; p++)
        most += config->pools[p].launching.machines_n;
    for (uint32_t i = 0; i < config->node_sets_n; i++)
        most += config->node_sets[i].types;
    struct ust_store_resource *row =
        ust_arena_alloc(arena, struct ust_store_resource, most + 1);
    for (uint32_t s = 0, p = 0; s < config->services_n; s++) {
        uint32_t next = (s + 1) * config->regions_n;
        while (p < next && !config->pools[p].exists)
            p++;
        const struct ust_launching_config *launching = &config->pools[p].launching;
        for (uint32_t k = 1; p < next && k < launching->machines_n; k++)
            row[n++] = resource_row("alternative", config->services[s].name, k,
                                    launching->machines[k].persona);
        p = next;
    }
    for (uint32_t i = 0; i < config->node_sets_n; i++) {
        const struct ust_node_set_config *set = &config->node_sets[i];
        bool told = false;
        for (uint32_t k = 0; k < i; k++)
            told |= ust_text_equal(config->node_sets[k].name, set->name);
        for (uint32_t k = 0; !told && k < set->types; k++)
            row[n++] = resource_row("node", set->name, k + 1, set->machines[k].persona);
    }
    *out = row;
    return n;
}

static const struct ust_store_persona *personas(const struct ust_config *config,
                                                const char *home, struct ust_arena *arena)
{
    struct ust_store_persona *row =
        ust_arena_alloc(arena, struct ust_store_persona, config->traffic_n);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        const struct ust_traffic_config *traffic = &config->traffic[i];
        struct ust_text text = {0};
        ust_persona_effective(traffic->persona, home, &text);
        char hex[UST_HASH_TEXT_MAX];
        bool bounded = traffic->latency != UST_NEVER;
        row[i] = (struct ust_store_persona){
            .id = i + 1,
            .name = traffic->name,
            .service = traffic->service + 1,
            .weight = traffic->synthetic ? 0 : traffic->persona->weight,
            /* Any latency will do: longer than any run. */
            .latency_objective_s = bounded ? ust_time_seconds(traffic->latency) : 1e12,
            .attainment_objective = traffic->attainment,
            .rto_s = traffic->rto_s,
            .rpo_s = traffic->rpo_s,
            .requests_30d = traffic->requests_30d,
            .synthetic = traffic->synthetic,
            .blob = id_or_null(traffic->persona->version.blob),
            .revision = id_or_null(traffic->persona->version.revision),
            .document = ust_arena_text(arena, ust_text_string(&text)),
            .document_hash = ust_arena_text(arena, ust_hash_hex(traffic->persona->hash, hex))};
        ust_text_free(&text);
    }
    return row;
}

static const char *fault_text(const struct ust_config *config,
                              const struct ust_fault_config *fault, struct ust_arena *arena)
{
    const char *region =
        fault->region < 0 ? "all regions" : config->regions[fault->region].name;
    if (fault->service < 0)
        return ust_arena_printf(arena, "%s of %s", fault->fault.kind->name, region);
    return ust_arena_printf(arena, "%s of %s in %s", fault->fault.kind->name,
                            config->services[fault->service].name, region);
}

static struct ust_store_fault fault_row(const struct ust_config *config, uint32_t id,
                                        const char *kind, int32_t region, ust_time start,
                                        ust_time end, const char *what)
{
    return (struct ust_store_fault){id,
                                    kind,
                                    (uint32_t)(region + 1),
                                    seconds(config, start < config->end ? start : config->end),
                                    seconds(config, end < config->end ? end : config->end),
                                    what};
}

static const struct ust_store_fault *faults(const struct ust_config *config,
                                            struct ust_arena *arena)
{
    uint32_t n = 0;
    struct ust_store_fault *row =
        ust_arena_alloc(arena, struct ust_store_fault, config->faults_n + config->outages_n);
    for (uint32_t i = 0; i < config->faults_n; i++) {
        const struct ust_fault_config *fault = &config->faults[i];
        row[n] = fault_row(config, n + 1, fault->fault.kind->name, fault->region, fault->start,
                           fault->end, fault_text(config, fault, arena));
        n++;
    }
    for (uint32_t i = 0; i < config->outages_n; i++) {
        const struct ust_outage_config *outage = &config->outages[i];
        row[n] = fault_row(config, n + 1, outage->fault.kind->name, outage->region,
                           outage->start, outage->end, outage->what);
        n++;
    }
    return row;
}

static const struct ust_store_metric *metrics(struct ust_arena *arena)
{
    struct ust_store_metric *row = ust_arena_alloc(arena, struct ust_store_metric, UST_METRICS);
    for (uint32_t i = 0; i < UST_METRICS; i++)
        row[i] = (struct ust_store_metric){i + 1,
                                           ust_metrics[i].name,
                                           ust_metrics[i].unit,
                                           ust_better_names[ust_metrics[i].better],
                                           ust_summary_names[ust_metrics[i].summary],
                                           ust_metrics[i].help};
    return row;
}

static double of_NUMBER(double value)
{
    return value;
}

static double of_RATIO(double value)
{
    return value;
}

static double of_DURATION(ust_time value)
{
    return ust_time_seconds(value);
}

static uint32_t settings(const struct ust_readiness_spec *readiness, struct ust_arena *arena,
                         const struct ust_store_setting **out)
{
    const struct ust_store_setting list[] = {
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    {#id, of_##kind(readiness->id)},
#include "models/metric/readiness.def"
#undef UST_READINESS
    };
    uint32_t n = sizeof list / sizeof list[0];
    struct ust_store_setting *row = ust_arena_alloc(arena, struct ust_store_setting, n);
    memcpy(row, list, sizeof list);
    *out = row;
    return n;
}

static uint32_t keys(const struct ust_config *config, struct ust_arena *arena,
                     const struct ust_store_key **out)
{
    uint32_t n;
    const struct ust_key *key = ust_measure_keys(config, arena, &n);
    struct ust_store_key *row = ust_arena_alloc(arena, struct ust_store_key, n);
    for (uint32_t i = 0; i < n; i++)
        row[i] = (struct ust_store_key){i + 1, (uint32_t)key[i].metric + 1, key[i].region,
                                        key[i].service, key[i].persona};
    *out = row;
    return n;
}

enum ust_status ust_plan_create(const struct ust_scenario *scenario,
                                const struct ust_run_options *options, uint32_t replications,
                                bool *done, struct ust_store **store)
{
    const struct ust_config *config = scenario->config;
    struct ust_arena *arena = ust_arena_new();
    struct ust_text text = {0};
    char hex[UST_HASH_TEXT_MAX];
    ust_scenario_effective(scenario, &text);
    struct ust_store_plan plan = {
        .run = {.name = scenario->name,
                .scenario_path = scenario->path,
                .scenario = ust_text_string(&text),
                .scenario_hash = ust_hash_hex(scenario->hash, hex),
                .overrides = options->overrides,
                .seed = config->seed,
                .replications = replications,
                .shard = options->shard,
                .leased = options->leased,
                .start_unix_s = scenario->start.unix_ns / UST_S,
                .utc_offset_min = scenario->start.offset_minutes,
                .warmup_s = ust_time_seconds(config->warmup),
                .duration_s = ust_time_seconds(config->end - config->warmup),
                .interval_s = ust_time_seconds(config->interval)},
        .regions = regions(config, arena),
        .services = services(config, arena),
        .personas = personas(config, scenario->path, arena),
        .faults = faults(config, arena),
        .metrics = metrics(arena),
        .regions_n = config->regions_n,
        .services_n = config->services_n,
        .personas_n = config->traffic_n,
        .faults_n = config->faults_n + config->outages_n,
        .metrics_n = UST_METRICS};
    plan.resources_n = resources(config, arena, &plan.resources);
    plan.settings_n = settings(&scenario->readiness, arena, &plan.settings);
    plan.keys_n = keys(config, arena, &plan.keys);
    enum ust_status status =
        ust_store_create(options->output, &plan, options->replace, done, store);
    ust_text_free(&text);
    ust_arena_free(arena);
    return status;
}

/* ---- a finished replication ---- */

static struct ust_store_bucket *buckets(const struct ust_model *model, uint64_t *n)
{
    const struct ust_config *config = model->config;
    uint64_t capacity = 0;
    struct ust_store_bucket *rows = NULL;
    *n = 0;
    for (uint32_t r = 0; r < config->regions_n; r++)
        for (uint32_t i = 0; i < config->traffic_n; i++) {
            const struct ust_histogram *histogram = model->traffic[i].count.latency_run[r];
            for (uint32_t b = 0; b < UST_HISTOGRAM_BUCKETS; b++) {
                if (histogram->count[b] == 0)
                    continue;
                if (*n == capacity) {
                    capacity = capacity * 2 + 1024;
                    rows = ust_realloc(rows, capacity * sizeof *rows);
                }
                rows[(*n)++] = (struct ust_store_bucket){
                    r + 1, i + 1, (double)ust_histogram_low(b) / 1e9,
                    (double)ust_histogram_high(b) / 1e9, histogram->count[b]};
            }
        }
    return rows;
}

static struct ust_store_moment *moments(const struct ust_model *model)
{
    const struct ust_measure *measure = &model->measure;
    struct ust_store_moment *rows = ust_malloc((measure->moments_n + 1) * sizeof *rows);
    for (uint32_t i = 0; i < measure->moments_n; i++) {
        const struct ust_moment *moment = &measure->moments[i];
        rows[i] = (struct ust_store_moment){seconds(model->config, moment->at),
                                            moment->event,
                                            moment->region,
                                            moment->service,
                                            moment->persona,
                                            moment->value,
                                            moment->detail};
    }
    return rows;
}

struct ust_store_replication ust_plan_rows(const struct ust_model *model)
{
    struct ust_store_replication rows = {.id = model->replication,
                                         .fingerprint = model->engine.fingerprint,
                                         .requests = model->requests_total,
                                         .events = model->engine.events,
                                         .intervals = model->config->intervals,
                                         .series = model->measure.series,
                                         .kpi = model->measure.kpi,
                                         .moments = moments(model),
                                         .moments_n = model->measure.moments_n};
    rows.buckets = buckets(model, &rows.buckets_n);
    return rows;
}

void ust_plan_rows_free(struct ust_store_replication *rows)
{
    free((void *)(uintptr_t)rows->buckets);
    free((void *)(uintptr_t)rows->moments);
}

enum ust_status ust_plan_store(struct ust_store *store, const struct ust_model *model)
{
    struct ust_store_replication rows = ust_plan_rows(model);
    enum ust_status status = ust_store_add(store, &rows);
    ust_plan_rows_free(&rows);
    return status;
}
