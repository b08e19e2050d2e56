#include "tests/swarm/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/entity/pool.h"

#define FINDING_MAX 2000

struct hook {
    struct swarm_watch *watch;
    struct ust_event_handler old;
};

struct swarm_watch {
    struct ust_model *model;
    struct ust_text *finding;
    struct hook hook[UST_HANDLERS_MAX];
    struct swarm_watched saw;
    ust_time last;
    uint32_t moments;
    /* [pool][instance] */
    bool **dead, **out;
    uint32_t **outstanding;
    int64_t *asked; /* [pool]: the most that it has wanted, and may run beyond that */
    /* [region] */
    bool *lost;
    double *vcpu; /* the most that may count against the quota */
    /* [place * regions + region]: may users there be sent to it, and until when they were */
    bool *open;
    ust_time *until;
    uint64_t *candidates; /* [place]: regions that the policy could choose */
};

/* The choice of a region is wrapped for the whole program; so there is one. */
static struct swarm_watch *watching;

__attribute__((format(printf, 2, 3))) static void tell(struct swarm_watch *watch,
                                                       const char *format, ...)
{
    char at[UST_TIME_TEXT_MAX];
    va_list arguments;
    if (watch->finding->length > FINDING_MAX)
        return;
    ust_text_printf(watch->finding, "%s: ", ust_time_text(watch->model->engine.now, at));
    va_start(arguments, format);
    ust_text_vprintf(watch->finding, format, arguments);
    va_end(arguments);
    ust_text_add(watch->finding, "\n");
}

static uint32_t pools_of(const struct swarm_watch *watch)
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
    } else if (instance && (strcmp(event, "instance_unhealthy") == 0 ||
                            strcmp(event, "instance_healthy") == 0 ||
                            strcmp(event, "instance_ready") == 0)) {
        const struct ust_pool *pool = ust_pool_of(watch->model, service - 1, region - 1);
        watch->dead[pool->number][number] = strcmp(event, "instance_unhealthy") == 0;
    }
}

static void read_timeline(struct swarm_watch *watch)
{
    const struct ust_measure *measure = &watch->model->measure;
    for (; watch->moments < measure->moments_n; watch->moments++) {
        const struct ust_moment *it = &measure->moments[watch->moments];
        swarm_watch_tell(watch, it->event, it->region, it->service, it->value);
    }
}

/* ---- instances ---- */

static bool is_out(const struct swarm_watch *watch, const struct ust_pool *pool, uint32_t i)
{
    const struct ust_instance *it = &pool->instances[i];
    bool ejected = pool->outliers != NULL && pool->outliers[i].ejected;
    bool cut = watch->model->measure.names != NULL; /* the timeline tells no longer of all */
    bool dead = cut ? !it->believed : watch->dead[pool->number][i];
    if (it->state != UST_UP || it->leaving)
        return true;
    return !pool->view.panic && (dead || ejected);
}

static void look_at_instances(struct swarm_watch *watch, bool before)
{
    for (uint32_t p = 0; p < pools_of(watch); p++) {
        const struct ust_pool *pool = &watch->model->pools[p];
        for (uint32_t i = 0; pool->config->exists && i < pool->instances_max; i++) {
            bool out = is_out(watch, pool, i);
            uint32_t now = pool->outstanding[i], then = watch->outstanding[p][i];
            if (!before && now > then) {
                watch->saw.admitted++;
                if (out && watch->out[p][i])
                    tell(watch,
                         "an attempt came to instance %u of service %u in region %u, which is "
                         "known to be out of service",
                         i + 1, pool->config->service + 1, pool->config->region + 1);
            }
            watch->out[p][i] = out;
            watch->outstanding[p][i] = now;
        }
    }
}

/* ---- regions ---- */

/* Regions that routing may answer with: in use, or waiting where there is no other. */
static uint64_t usable(const struct swarm_watch *watch)
{
    uint64_t in_use = 0, waiting = 0;
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++) {
        int use = watch->model->regions[r].use;
        in_use |= (uint64_t)(use == UST_IN_USE || use == UST_RETURNING) << r;
        waiting |= (uint64_t)(use == UST_WAITING_FOR_USE) << r;
    }
    return in_use != 0 ? in_use : waiting;
}

/* Those with an instance that is known to be well. A policy that counts instances knows better
 * than the checks of regions: where they are all of them gone, it fails open too. */
static uint64_t worth_something(const struct swarm_watch *watch)
{
    const struct ust_model *model = watch->model;
    uint64_t out = 0;
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        out |= (uint64_t)(!model->route_counts || model->census_well[r] > 0) << r;
    return out;
}

static bool plan_keeps(const struct swarm_watch *watch, uint32_t region)
{
    const struct ust_failover *failover = watch->model->failover;
    return failover != NULL && failover->config->from == region &&
           watch->model->regions[region].use != UST_OUT_OF_USE;
}

static void look_at_regions(struct swarm_watch *watch)
{
    const struct ust_config *config = watch->model->config;
    uint64_t use = usable(watch) & worth_something(watch);
    for (uint32_t p = 0; p < config->places_n; p++)
        for (uint32_t r = 0; r < config->regions_n; r++) {
            uint32_t at = p * config->regions_n + r;
            bool open = !watch->lost[r] || (watch->candidates[p] & use) == 0 ||
                        (watch->model->route_panic >> r & 1) != 0 || plan_keeps(watch, r);
            if (open || watch->open[at])
                watch->until[at] = watch->model->engine.now;
            watch->open[at] = open;
        }
}

/* Does the user know by now? His own draw says how old his answers are. */
static bool knows(const struct ust_model *model, const struct ust_request *request,
                  ust_time since)
{
    const struct ust_routing_config *routing = &model->config->routing;
    double u = (double)(request->dns >> 11) * 0x1p-53;
    ust_time age = model->engine.now - since;
    const struct ust_route_type *route = ust_route_of(routing->kind.kind);
    if (age <= 0)
        return false;
    if (route->follow == NULL)
        return u < ust_dns_moved(&routing->dns, age);
    return u < ust_dns_moved(route->follow(routing->kind.params, true), age) &&
           u < ust_dns_moved(route->follow(routing->kind.params, false), age);
}

/* Did the attempt ride on a connection that was there before? */
static bool is_pinned(const struct ust_model *model, const struct ust_request *request,
                      const struct ust_visit *before)
{
    if (!model->config->connections || !model->config->traffic[request->traffic].connections ||
        request->attempt > 1)
        return false;
    if (request->session == UST_NONE)
        return request->opened < model->engine.now;
    return before->connected && model->sessions[request->session].quiet == before->quiet &&
           model->sessions[request->session].expires == before->expires;
}

uint32_t __real_ust_path_region(struct ust_model *model, struct ust_request *request);
uint32_t __wrap_ust_path_region(struct ust_model *model, struct ust_request *request);

uint32_t __wrap_ust_path_region(struct ust_model *model, struct ust_request *request)
{
    struct swarm_watch *watch = watching;
    struct ust_visit before = {0};
    if (watch == NULL || watch->model != model)
        return __real_ust_path_region(model, request);
    if (request->session != UST_NONE)
        before = model->sessions[request->session];
    uint32_t region = __real_ust_path_region(model, request);
    /* Writes go to the primary of their data, whatever has become of it: there is no other. */
    bool writes = model->config->traffic[request->traffic].writes > 0 && request->write;
    if (!watch->lost[region] || writes)
        return region;
    watch->saw.sent++;
    look_at_regions(watch); /* what is open is so until now */
    bool pinned = is_pinned(model, request, &before);
    if (pinned && !model->regions[region].down)
        return region;
    uint32_t at = request->place * model->config->regions_n + region;
    if (!watch->open[at] && knows(model, request, watch->until[at]))
        tell(watch, "an attempt was sent to region %u, which is known to be lost%s", region + 1,
             pinned ? ", on a connection that broke with it" : "");
    return region;
}

/* ---- supply ---- */

static void look_at_pools(struct swarm_watch *watch)
{
    for (uint32_t p = 0; p < pools_of(watch); p++) {
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
        if ((int64_t)present > watch->asked[p])
            tell(watch, "pool %u has %u instances, and at most %lld were ever asked for", p + 1,
                 present, (long long)watch->asked[p]);
        if (pool->desired < 0 || pool->desired > (int64_t)pool->instances_max)
            tell(watch, "pool %u wants %lld instances", p + 1, (long long)pool->desired);
    }
}

static void look_at_quotas(struct swarm_watch *watch)
{
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++) {
        const struct ust_supply *supply = &watch->model->regions[r].supply;
        if (supply->config == NULL || supply->config->quota <= 0)
            continue;
        if (supply->vcpu > watch->vcpu[r] + 1e-6)
            tell(watch, "region %u runs %g vCPU, its quota is %g", r + 1, supply->vcpu,
                 supply->config->quota);
        if (supply->vcpu < -1e-6)
            tell(watch, "region %u runs %g vCPU", r + 1, supply->vcpu);
    }
}

/* ---- between events ---- */

static void watched(void *context, uint64_t argument)
{
    const struct hook *hook = context;
    struct swarm_watch *watch = hook->watch;
    ust_time now = watch->model->engine.now;
    if (now < watch->last)
        tell(watch, "the clock went back");
    watch->last = now;
    look_at_instances(watch, true);
    hook->old.run(hook->old.context, argument);
    read_timeline(watch);
    look_at_instances(watch, false);
    look_at_regions(watch);
    look_at_pools(watch);
    look_at_quotas(watch);
}

/* ---- making it ---- */

/* The policy is asked with every set of healthy regions: whom would it ever choose? */
static uint64_t candidates_of(const struct ust_model *model, uint32_t place)
{
    const struct ust_config *config = model->config;
    uint32_t n = config->regions_n, up[8], well[8];
    double share[8] = {0};
    uint64_t out = 0;
    if (config->routing.kind.kind == NULL || n > 8)
        return 1;
    for (uint64_t mask = 1; mask < UINT64_C(1) << n; mask++) {
        for (uint32_t r = 0; r < n; r++) {
            up[r] = 10;
            well[r] = mask >> r & 1 ? 10 : 0;
        }
        const struct ust_route_view view = {.regions_n = n,
                                            .healthy = mask,
                                            .rtt_ms = config->places[place].rtt_ms,
                                            .up = up,
                                            .well = well};
        ust_route_of(config->routing.kind.kind)
            ->answer(config->routing.kind.params, &view, share);
        for (uint32_t r = 0; r < n; r++)
            out |= (uint64_t)(share[r] > 0 && (mask >> r & 1) != 0) << r;
    }
    return out;
}

static void *zeroed(size_t n, size_t size)
{
    void *at = calloc(n + 1, size);
    if (at == NULL)
        abort();
    return at;
}

static void make_pools(struct swarm_watch *watch)
{
    uint32_t n = pools_of(watch);
    watch->dead = zeroed(n, sizeof *watch->dead);
    watch->out = zeroed(n, sizeof *watch->out);
    watch->outstanding = zeroed(n, sizeof *watch->outstanding);
    watch->asked = zeroed(n, sizeof *watch->asked);
    for (uint32_t p = 0; p < n; p++) {
        const struct ust_pool *pool = &watch->model->pools[p];
        watch->dead[p] = zeroed(pool->instances_max, sizeof **watch->dead);
        watch->out[p] = zeroed(pool->instances_max, sizeof **watch->out);
        watch->outstanding[p] = zeroed(pool->instances_max, sizeof **watch->outstanding);
        if (pool->config->exists)
            watch->asked[p] = pool->config->instances;
    }
}

static void make_regions(struct swarm_watch *watch)
{
    const struct ust_config *config = watch->model->config;
    uint32_t n = config->regions_n;
    watch->lost = zeroed(n, sizeof *watch->lost);
    watch->vcpu = zeroed(n, sizeof *watch->vcpu);
    watch->open = zeroed((size_t)config->places_n * n, sizeof *watch->open);
    watch->until = zeroed((size_t)config->places_n * n, sizeof *watch->until);
    watch->candidates = zeroed(config->places_n, sizeof *watch->candidates);
    for (uint32_t p = 0; p < config->places_n; p++)
        watch->candidates[p] = candidates_of(watch->model, p);
    for (uint32_t r = 0; r < n; r++) { /* what runs at the beginning may be over it already */
        const struct ust_supply *supply = &watch->model->regions[r].supply;
        watch->vcpu[r] = supply->config == NULL ? 0 : fmax(supply->config->quota, supply->vcpu);
    }
}

struct swarm_watch *swarm_watch_begin(struct ust_model *model, struct ust_text *finding)
{
    struct swarm_watch *watch = zeroed(1, sizeof *watch);
    struct ust_engine *engine = &model->engine;
    watch->model = model;
    watch->finding = finding;
    make_pools(watch);
    make_regions(watch);
    look_at_regions(watch);
    for (uint32_t h = 0; h < engine->handlers_n; h++) {
        watch->hook[h] = (struct hook){watch, engine->handlers[h]};
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
    for (uint32_t p = 0; p < pools_of(watch); p++) {
        free(watch->dead[p]);
        free(watch->out[p]);
        free(watch->outstanding[p]);
    }
    free(watch->dead);
    free(watch->out);
    free(watch->outstanding);
    free(watch->asked);
    free(watch->lost);
    free(watch->vcpu);
    free(watch->open);
    free(watch->until);
    free(watch->candidates);
    free(watch);
}
