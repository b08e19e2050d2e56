/* The watch, of regions: where attempts go. */
#include <stdlib.h>
#include <string.h>

#include "models/entity/call_way.h"
#include "models/entity/caller.h"
#include "tests/swarm/watch_parts.h"

const char *const swarm_attempt_names[SWARM_ATTEMPTS] = {
    "a first attempt",      "a retry", "a copy of an attempt", "a write",
    "an attempt of a load", "a call",  "a retry of a call",    "a copy of a call",
    "a write of a service",
};

/* ---- what users may be told ---- */

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

void swarm_way_look(struct swarm_watch *watch)
{
    const struct ust_config *config = watch->model->config;
    uint64_t use = usable(watch) & worth_something(watch);
    for (uint32_t p = 0; p < config->places_n; p++)
        for (uint32_t r = 0; r < config->regions_n; r++) {
            uint32_t at = p * config->regions_n + r;
            bool open = !watch->lost[r] || (watch->candidates & use) == 0 ||
                        (watch->model->route_panic >> r & 1) != 0 || plan_keeps(watch, r);
            if (open || watch->open[at])
                watch->until[at] = watch->model->engine.now;
            watch->open[at] = open;
        }
}

/* ---- what a user can know ---- */

/* His own draw says how old his answers are. */
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

static bool writes(const struct ust_model *model, const struct ust_request *request)
{
    return model->config->traffic[request->traffic].writes > 0 && request->write;
}

static enum swarm_attempt kind_of(const struct ust_model *model,
                                  const struct ust_request *request)
{
    return model->config->traffic[request->traffic].synthetic                 ? SWARM_INJECTED
           : writes(model, request)                                           ? SWARM_WRITE
           : (request->flags & UST_COPY) && (request->marks & UST_MARK_HEDGE) ? SWARM_COPY
           : request->attempt > 1                                             ? SWARM_RETRY
                                                                              : SWARM_FIRST;
}

static void look(struct swarm_watch *watch, enum swarm_attempt kind, uint32_t region)
{
    watch->saw.looked[kind]++;
    watch->saw.lost[kind] += watch->lost[region];
    watch->saw.sent += watch->lost[region];
}

/* ... of what has no other place to go to. */
static void look_at_write(struct swarm_watch *watch, enum swarm_attempt kind, uint32_t service,
                          uint32_t region)
{
    const struct ust_model *model = watch->model;
    uint32_t primary =
        swarm_is_cut(watch) ? model->data[service]->primary : watch->primary[service];
    if (region != primary)
        swarm_watch_find(watch, swarm_attempt_names[kind],
                         "was sent to region %u, and the primary is in region %u", region + 1,
                         primary + 1);
}

/* ... of what is routed. */
static void look_at_user(struct swarm_watch *watch, const struct ust_request *request,
                         uint32_t region, bool pinned)
{
    const struct ust_model *model = watch->model;
    uint32_t at = request->place * model->config->regions_n + region;
    if (!watch->lost[region] || (pinned && !model->regions[region].down))
        return;
    swarm_way_look(watch); /* what is open is so until now */
    if (!watch->open[at] && knows(model, request, watch->until[at]))
        swarm_watch_find(watch, swarm_attempt_names[kind_of(model, request)],
                         "was sent to region %u, which is known to be lost%s", region + 1,
                         pinned ? ", on a connection that broke with it" : "");
}

/* ---- nobody goes anywhere unasked ---- */

/* The attempt has been looked at, on its way to the region. */
static void note(struct swarm_watch *watch, const struct ust_request *request, uint32_t region)
{
    size_t id = (size_t)(request - watch->model->requests), n = watch->noted_n;
    if (id >= n) {
        watch->noted_n = 2 * id + 64;
        watch->noted = realloc(watch->noted, watch->noted_n * sizeof *watch->noted);
        if (watch->noted == NULL)
            abort();
        memset(watch->noted + n, 0, (watch->noted_n - n) * sizeof *watch->noted);
    }
    watch->noted[id] = (struct swarm_noted){region + 1, request->attempt};
}

void swarm_way_arrives(struct swarm_watch *watch, uint32_t id)
{
    const struct ust_model *model = watch->model;
    const struct ust_request *request = &model->requests[id];
    uint32_t region = model->pools[request->pool].config->region;
    if ((request->flags & UST_INTERNAL) || !model->places_matter ||
        model->config->traffic[request->traffic].synthetic || writes(model, request))
        return;
    if (id >= watch->noted_n || watch->noted[id].region != region + 1 ||
        watch->noted[id].attempt != request->attempt)
        swarm_watch_find(watch, swarm_attempt_names[kind_of(model, request)],
                         "came to region %u without having asked where to go", region + 1);
}

/* ---- users ---- */

static bool connects(const struct ust_model *model, const struct ust_request *request)
{
    return model->config->connections && model->config->traffic[request->traffic].connections &&
           request->attempt <= 1;
}

/* Did the attempt ride on a connection that was there before? */
static bool is_pinned(const struct ust_model *model, const struct ust_request *request,
                      const struct ust_visit *before)
{
    if (!connects(model, request))
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
    struct swarm_watch *watch = swarm_watching(model);
    struct ust_visit before = {0};
    if (watch == NULL)
        return __real_ust_path_region(model, request);
    if (request->session != UST_NONE)
        before = model->sessions[request->session];
    uint32_t region = __real_ust_path_region(model, request);
    swarm_read_timeline(watch);
    look(watch, kind_of(model, request), region);
    note(watch, request, region);
    if (writes(model, request))
        look_at_write(watch, SWARM_WRITE, model->config->traffic[request->traffic].service,
                      region);
    else
        look_at_user(watch, request, region, is_pinned(model, request, &before));
    return region;
}

/* Of a client with a memory an attempt may leave long after the region was chosen: a copy, or
 * one that has waited for a connection. */
static bool rides(const struct ust_model *model, const struct ust_request *request,
                  uint32_t region)
{
    const struct ust_request *who =
        request->flags & UST_COPY ? &model->requests[request->owner] : request;
    if (!connects(model, who))
        return false;
    if (who->session == UST_NONE)
        return who->opened < model->engine.now;
    return model->sessions[who->session].connected &&
           model->sessions[who->session].region == region;
}

void __real_ust_client_depart(struct ust_model *model, struct ust_traffic *traffic,
                              uint32_t id);
void __wrap_ust_client_depart(struct ust_model *model, struct ust_traffic *traffic,
                              uint32_t id);

void __wrap_ust_client_depart(struct ust_model *model, struct ust_traffic *traffic, uint32_t id)
{
    struct swarm_watch *watch = swarm_watching(model);
    const struct ust_request *request = &model->requests[id];
    uint32_t region = model->pools[request->pool].config->region;
    if (watch != NULL && model->places_matter && !traffic->config->synthetic) {
        swarm_read_timeline(watch);
        if (kind_of(model, request) == SWARM_COPY)
            look(watch, SWARM_COPY, region);
        note(watch, request, region);
        if (!writes(model, request))
            look_at_user(watch, request, region, rides(model, request, region));
    }
    __real_ust_client_depart(model, traffic, id);
}

/* ---- injected load ---- */

uint32_t __real_ust_injection_goes_to(const struct ust_model *model,
                                      const struct ust_request *request);
uint32_t __wrap_ust_injection_goes_to(const struct ust_model *model,
                                      const struct ust_request *request);

uint32_t __wrap_ust_injection_goes_to(const struct ust_model *model,
                                      const struct ust_request *request)
{
    struct swarm_watch *watch = swarm_watching(model);
    uint32_t region = __real_ust_injection_goes_to(model, request);
    const struct ust_traffic_config *config = &model->config->traffic[request->traffic];
    if (watch == NULL)
        return region;
    swarm_read_timeline(watch);
    look(watch, SWARM_INJECTED, region);
    if (writes(model, request))
        look_at_write(watch, SWARM_INJECTED, config->service, region);
    else if (region != config->region)
        swarm_watch_find(watch, swarm_attempt_names[SWARM_INJECTED],
                         "went to region %u, and was meant for region %u", region + 1,
                         config->region + 1);
    return region;
}

/* ---- services that call ---- */

/* Is the region worth a call? Of his own a caller believes only what instances say. */
static bool takes(const struct swarm_watch *watch, uint32_t service, uint32_t region,
                  uint32_t from)
{
    return (region == from || !watch->lost[region]) &&
           swarm_place_any(watch, ust_pool_of(watch->model, service, region));
}

static void look_at_call(struct swarm_watch *watch, enum swarm_attempt kind, uint32_t service,
                         uint32_t from, uint32_t to)
{
    if (takes(watch, service, to, from))
        return;
    for (uint32_t r = 0; r < watch->model->config->regions_n; r++)
        if (takes(watch, service, r, from)) {
            swarm_watch_find(watch, swarm_attempt_names[kind],
                             "was sent from region %u to region %u, which is known to be %s, "
                             "and region %u is well",
                             from + 1, to + 1,
                             to != from && watch->lost[to] ? "lost" : "without instances",
                             r + 1);
            return;
        }
}

uint32_t __real_ust_call_region(struct ust_model *model, const struct ust_call *call);
uint32_t __wrap_ust_call_region(struct ust_model *model, const struct ust_call *call);

/* It is asked when a copy of the call's attempt leaves that is not counted yet. */
uint32_t __wrap_ust_call_region(struct ust_model *model, const struct ust_call *call)
{
    struct swarm_watch *watch = swarm_watching(model);
    uint32_t to = __real_ust_call_region(model, call);
    if (watch == NULL)
        return to;
    uint32_t service = ust_call_edge_of(model, call)->config->service;
    enum swarm_attempt kind = call->write        ? SWARM_CALL_WRITE
                              : call->copies > 0 ? SWARM_CALL_COPY
                              : call->sends > 1  ? SWARM_CALL_RETRY
                                                 : SWARM_CALL;
    swarm_read_timeline(watch);
    look(watch, kind, to);
    if (call->write)
        look_at_write(watch, kind, service, to);
    else
        look_at_call(watch, kind, service, model->pools[call->pool].config->region, to);
    return to;
}

/* ---- making it ---- */

static uint64_t named(const struct ust_config *config, const char *text)
{
    for (uint32_t r = 0; text != NULL && r < config->regions_n; r++)
        if (strcmp(config->regions[r].name, text) == 0)
            return UINT64_C(1) << r;
    return 0;
}

/* Regions that stand anywhere in what the file says of the policy. */
static uint64_t named_in(const struct ust_config *config, const struct ust_node *node)
{
    uint64_t out = 0;
    if (node->kind == UST_NODE_SCALAR)
        return named(config, node->text);
    for (const struct ust_node *it = node->first; it != NULL; it = it->next) {
        if (node->kind == UST_NODE_MAP)
            out |= named(config, it->key);
        out |= named_in(config, it);
    }
    return out;
}

/* Whom would the policy ever choose? It is not asked itself: it may be wrong. Those that it
 * names; all where it names none. */
static uint64_t candidates_of(const struct ust_config *config)
{
    uint64_t all = (UINT64_C(1) << config->regions_n) - 1, out = 0;
    if (config->routing.kind.kind != NULL && config->routing.kind.node != NULL)
        out = named_in(config, config->routing.kind.node);
    return out != 0 ? out : all;
}

void swarm_way_begin(struct swarm_watch *watch)
{
    const struct ust_config *config = watch->model->config;
    uint32_t n = config->regions_n;
    watch->lost = swarm_zeroed(n, sizeof *watch->lost);
    watch->primary = swarm_zeroed(config->services_n, sizeof *watch->primary);
    watch->open = swarm_zeroed((size_t)config->places_n * n, sizeof *watch->open);
    watch->until = swarm_zeroed((size_t)config->places_n * n, sizeof *watch->until);
    watch->candidates = candidates_of(config);
    for (uint32_t s = 0; s < config->services_n; s++)
        watch->primary[s] =
            config->services[s].data == NULL ? UST_NONE : config->services[s].data->primary;
    swarm_way_look(watch);
}

void swarm_way_end(struct swarm_watch *watch)
{
    free(watch->noted);
    free(watch->lost);
    free(watch->primary);
    free(watch->open);
    free(watch->until);
}
