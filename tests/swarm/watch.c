/* The watch: what it wraps, what the timeline tells, and supply. */
#include "tests/swarm/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/swarm/watch_parts.h"

/* Of what is found again and again, of one kind. */
#define TOLD_MAX 3

static struct swarm_watch *watching;

struct swarm_watch *swarm_watching(const struct ust_model *model)
{
    return watching != NULL && (model == NULL || watching->model == model) ? watching : NULL;
}

/* Has it not been told often enough? */
static bool is_new(struct swarm_watch *watch, const char *who, const char *format)
{
    uint32_t i = 0;
    while (i < watch->told_n && (watch->told[i].who != who || watch->told[i].format != format))
        i++;
    if (i == SWARM_TOLD_MAX)
        return false;
    if (i == watch->told_n)
        watch->told[watch->told_n++] = (struct swarm_told){who, format, 0};
    return watch->told[i].times++ < TOLD_MAX;
}

void swarm_watch_find(struct swarm_watch *watch, const char *who, const char *format, ...)
{
    char at[UST_TIME_TEXT_MAX];
    va_list arguments;
    if (!is_new(watch, who, format))
        return;
    ust_text_printf(watch->finding, "%s: %s ", ust_time_text(watch->model->engine.now, at),
                    who);
    va_start(arguments, format);
    ust_text_vprintf(watch->finding, format, arguments);
    va_end(arguments);
    ust_text_add(watch->finding, "\n");
}

void *swarm_zeroed(size_t n, size_t size)
{
    void *at = calloc(n + 1, size);
    if (at == NULL)
        abort();
    return at;
}

uint32_t swarm_pools_of(const struct swarm_watch *watch)
{
    return watch->model->config->services_n * watch->model->config->regions_n;
}

/* ---- what the timeline tells ---- */

void swarm_watch_tell(struct swarm_watch *watch, const char *event, uint32_t region,
                      uint32_t service, double value)
{
    bool instance = service > 0 && region > 0 && value >= 1;
    uint32_t number = instance ? (uint32_t)value - 1 : 0;
    if (strcmp(event, "detected") == 0 || strcmp(event, "recovered") == 0) {
        watch->lost[region - 1] = *event == 'd';
    } else if (strcmp(event, "data_promoted") == 0) {
        watch->primary[service - 1] = region - 1;
    } else if (instance && (strcmp(event, "instance_unhealthy") == 0 ||
                            strcmp(event, "instance_healthy") == 0 ||
                            strcmp(event, "instance_ready") == 0)) {
        const struct ust_pool *pool = ust_pool_of(watch->model, service - 1, region - 1);
        watch->dead[pool->number][number] = strcmp(event, "instance_unhealthy") == 0;
    }
}

void swarm_read_timeline(struct swarm_watch *watch)
{
    const struct ust_measure *measure = &watch->model->measure;
    for (; watch->moments < measure->moments_n; watch->moments++) {
        const struct ust_moment *it = &measure->moments[watch->moments];
        swarm_watch_tell(watch, it->event, it->region, it->service, it->value);
    }
}

bool swarm_is_cut(const struct swarm_watch *watch)
{
    return watch->model->measure.names != NULL;
}

/* ---- supply ---- */

static void look_at_pools(struct swarm_watch *watch)
{
    for (uint32_t p = 0; p < swarm_pools_of(watch); p++) {
        const struct ust_pool *pool = &watch->model->pools[p];
        uint32_t present = 0;
        if (!pool->config->exists)
            continue;
        int64_t most = pool->desired + (int64_t)pool->launching.surplus +
                       (int64_t)pool->launching.refresh.surplus;
        if (most > watch->asked[p])
            watch->asked[p] = most;
        for (uint32_t i = 0; i < pool->instances_max; i++) {
            const struct ust_instance *it = &pool->instances[i];
            present += it->state == UST_STARTING || (it->state == UST_UP && !it->leaving);
        }
        if (present > watch->present[p] && (int64_t)present > most)
            swarm_watch_find(watch, "a pool", "(%u) grows to %u instances, and wants %lld",
                             p + 1, present, (long long)most);
        watch->present[p] = present;
        if ((int64_t)present > watch->asked[p])
            swarm_watch_find(watch, "a pool",
                             "(%u) has %u instances, and at most %lld were ever asked for",
                             p + 1, present, (long long)watch->asked[p]);
        if (pool->scales && pool->desired < pool->min)
            swarm_watch_find(watch, "a pool",
                             "(%u) wants %lld instances, and at least %lld are due", p + 1,
                             (long long)pool->desired, (long long)pool->min);
        if (pool->desired < 0 || pool->desired > (int64_t)pool->instances_max)
            swarm_watch_find(watch, "a pool", "(%u) wants %lld instances", p + 1,
                             (long long)pool->desired);
    }
}

/* What is ours of the spare machines comes out of them. */
static void look_at_spares(struct swarm_watch *watch)
{
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++) {
        const struct ust_supply *supply = &watch->model->regions[r].supply;
        for (uint32_t i = 0; supply->config != NULL && i < supply->config->spare_n; i++)
            if (supply->spare[i].ours > fmax(supply->spare[i].size, 0) + 1e-2)
                swarm_watch_find(watch, "a region", "(%u) runs %g vCPU out of %g spare ones",
                                 r + 1, supply->spare[i].ours, supply->spare[i].size);
    }
}

static void look_at_quotas(struct swarm_watch *watch)
{
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++) {
        const struct ust_supply *supply = &watch->model->regions[r].supply;
        if (supply->config == NULL)
            continue; /* nobody counts there */
        if (supply->vcpu < -1e-6)
            swarm_watch_find(watch, "a region", "(%u) runs %g vCPU", r + 1, supply->vcpu);
        if (supply->config->quota > 0 && supply->vcpu > watch->vcpu[r] + 1e-6)
            swarm_watch_find(watch, "a region", "(%u) runs %g vCPU, its quota is %g", r + 1,
                             supply->vcpu, supply->config->quota);
    }
}

static void begin_supply(struct swarm_watch *watch)
{
    watch->asked = swarm_zeroed(swarm_pools_of(watch), sizeof *watch->asked);
    watch->present = swarm_zeroed(swarm_pools_of(watch), sizeof *watch->present);
    watch->vcpu = swarm_zeroed(watch->model->config->regions_n, sizeof *watch->vcpu);
    for (uint32_t p = 0; p < swarm_pools_of(watch); p++)
        if (watch->model->pools[p].config->exists)
            watch->asked[p] = watch->present[p] = watch->model->pools[p].config->instances;
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++) {
        /* what runs at the beginning may be over it already */
        const struct ust_supply *supply = &watch->model->regions[r].supply;
        watch->vcpu[r] = supply->config == NULL ? 0 : fmax(supply->config->quota, supply->vcpu);
    }
}

/* ---- between events ---- */

static void watched(void *context, uint64_t argument)
{
    const struct swarm_hook *hook = context;
    struct swarm_watch *watch = hook->watch;
    ust_time now = watch->model->engine.now;
    if (now < watch->last)
        swarm_watch_find(watch, "the clock", "went back");
    watch->last = now;
    swarm_place_look(watch, true);
    if (hook == &watch->hook[watch->model->on.arrive])
        swarm_way_arrives(watch, (uint32_t)argument);
    hook->old.run(hook->old.context, argument);
    swarm_read_timeline(watch);
    swarm_place_look(watch, false);
    swarm_way_look(watch);
    look_at_pools(watch);
    look_at_quotas(watch);
    look_at_spares(watch);
}

/* ---- making it ---- */

struct swarm_watch *swarm_watch_begin(struct ust_model *model, struct ust_text *finding)
{
    struct swarm_watch *watch = swarm_zeroed(1, sizeof *watch);
    struct ust_engine *engine = &model->engine;
    watch->model = model;
    watch->finding = finding;
    swarm_place_begin(watch);
    swarm_way_begin(watch);
    begin_supply(watch);
    for (uint32_t h = 0; h < engine->handlers_n; h++) {
        watch->hook[h] = (struct swarm_hook){watch, engine->handlers[h]};
        engine->handlers[h] = (struct ust_event_handler){watched, &watch->hook[h]};
    }
    /* Plain requests pass handlers by; no handler has this number, so all arrivals are seen. */
    model->on.plain_arrival = UINT32_MAX;
    watching = watch;
    return watch;
}

struct swarm_watched swarm_watch_saw(const struct swarm_watch *watch)
{
    return watch->saw;
}

void swarm_watch_end(struct swarm_watch *watch)
{
    watching = NULL;
    swarm_place_end(watch);
    swarm_way_end(watch);
    free(watch->asked);
    free(watch->present);
    free(watch->vcpu);
    free(watch);
}
