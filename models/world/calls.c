#include "models/world/calls.h"

#include <string.h>

#include "models/world/network.h"
#include "models/world/scenario.h"
#include "sim/base/limits.h"

enum { AFTER, WITH };
static const char *const order_names[] = {"after", "with", NULL};
static const char *const fallback_names[] = {"fail", "degrade", "ignore", NULL};

enum { IN_REGION, IN_INSTANCE };
static const char *const cache_places[] = {"region", "instance", NULL};
enum { EMPTY, KEPT };
static const char *const after_loss_names[] = {"empty", "kept", NULL};

#define CACHE(member) offsetof(struct ust_cache_spec, member)
static const struct ust_field cache_fields[] = {
    {.key = "policy",
     .kind = UST_FIELD_VARIANT,
     .offset = CACHE(policy),
     .registry = &ust_cache_registry,
     .flags = UST_FIELD_REQUIRED,
     .help = "What it holds, and how it fills."},
    {.key = "delay",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = CACHE(delay),
     .help = "How long an answer out of the cache takes; no time where absent."},
    {.key = "place",
     .kind = UST_FIELD_CHOICE,
     .offset = CACHE(place),
     .choices = cache_places,
     .fallback = "region",
     .help = "region: one that all instances of the caller in a region share; instance: each "
             "instance has its own in memory, empty when it is new or restarted."},
    {.key = "cold_in",
     .kind = UST_FIELD_LIST,
     .offset = CACHE(cold),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .help = "Regions in which it is empty at the beginning, as that of a standby that has no "
             "users; elsewhere it is full."},
    {.key = "after_loss",
     .kind = UST_FIELD_CHOICE,
     .offset = CACHE(after_loss),
     .choices = after_loss_names,
     .fallback = "empty",
     .help = "What a region's cache is after the region was lost: empty, or kept as it was."},
    {.key = NULL},
};

const struct ust_field ust_call_fields[] = {
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_call_spec, service),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_call_spec, service_node) + 1,
     .help = "The service that is called: its pool in the caller's region, or, where there is "
             "none with healthy instances, in the nearest region that has one; the round trip "
             "between the regions comes on top then."},
    {.key = "order",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_call_spec, order),
     .choices = order_names,
     .fallback = "after",
     .given = offsetof(struct ust_call_spec, order_node) + 1,
     .help = "after: it goes out when the calls before it in the list are over; with: together "
             "with the one before it, and what follows waits for both."},
    {.key = "probability",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_call_spec, probability),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help = "Share of the caller's requests that need it."},
    {.key = "count",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_call_spec, count),
     .low = 1,
     .high = UST_CALL_COUNT_MAX,
     .fallback = "1",
     .help = "So many go out together, to shards say; each has its own chance and work, and "
             "what follows waits for all of them."},
    {.key = "work",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_call_spec, work),
     .flags = UST_FIELD_REQUIRED,
     .help = "CPU time that it asks of the service called, at the reference speed."},
    {.key = "request",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_call_spec, request),
     .fallback = "0 B",
     .help = "Bytes that the caller sends; they take their turn on the network of its "
             "instance."},
    {.key = "response",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_call_spec, response),
     .fallback = "0 B",
     .help = "Bytes of the answer, on the network of the instance called."},
    {.key = "memory",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_call_spec, memory),
     .fallback = "0 B",
     .help = "Memory of the instance called that it holds while in service there."},
    {.key = "io",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_call_spec, io),
     .fallback = "0",
     .help = "Storage operations of the instance called."},
    {.key = "timeout",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_call_spec, timeout),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "none",
     .word_value = 0,
     .fallback = "none",
     .help = "The caller waits no longer than this for one attempt, the network and copies "
             "included. "
             "Without it, what is lost without a word is waited for as long as the run lasts."},
    {.key = "retries",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_call_spec, retries),
     .registry = &ust_retry_registry,
     .help = "What the caller does after an error or a timeout; nothing where absent. No retry "
             "begins after the deadline of the request that it serves."},
    {.key = "hedge",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_call_spec, hedge),
     .fields = ust_hedge_fields,
     .given = offsetof(struct ust_call_spec, hedge.node) + 1,
     .help = "A copy of an attempt that is late, to the pool that the call goes to then; the "
             "first answer counts, and an error when no other copy is out. Each calling "
             "instance has a budget of its own. Calls that write are not copied."},
    {.key = "fallback",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_call_spec, fallback),
     .choices = fallback_names,
     .fallback = "fail",
     .help =
         "What becomes of the caller's request when the call has failed for good. fail: it "
         "ends "
         "in an error, at once; degrade: it is answered without, which the metric `degraded` "
         "counts; ignore: it is answered, and nothing is missing."},
    {.key = "writes",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_call_spec, writes),
     .high = 1,
     .fallback = "0 %",
     .given = offsetof(struct ust_call_spec, writes_node) + 1,
     .help = "Share of these calls that write: past the cache, to the region that has the "
             "primary of the called service's `data`."},
    {.key = "cache",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_call_spec, cache),
     .fields = cache_fields,
     .given = offsetof(struct ust_call_spec, cache.node) + 1,
     .help = "A cache in front of the call: what it finds is answered out of it, and the rest "
             "goes on as the call."},
    {.key = NULL},
};

static const struct ust_service_spec *service_at(const struct ust_scenario *scenario,
                                                 uint32_t number)
{
    return (const struct ust_service_spec *)scenario->services.at + number;
}

static int find_service(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t s = 0; s < scenario->services.n; s++)
        if (name != NULL && strcmp(scenario->service_names[s], name) == 0)
            return (int)s;
    return -1;
}

/* ---- checks ---- */

/* The way from the service under suspicion to where the search stands. */
struct search {
    struct ust_spec *spec;
    const struct ust_scenario *scenario;
    uint32_t way[UST_SERVICES_MAX];
    uint32_t n;
    bool done[UST_SERVICES_MAX];
};

static void tell_cycle(struct search *search, uint32_t from, const struct ust_node *node)
{
    struct ust_text text = {0};
    for (uint32_t i = from; i < search->n; i++)
        ust_text_printf(&text, "%s -> ", search->scenario->service_names[search->way[i]]);
    ust_text_printf(&text, "%s", search->scenario->service_names[search->way[from]]);
    (void)ust_diag_error(search->spec->diag, node->place,
                         "services call each other in a circle: %s", ust_text_string(&text));
    ust_text_free(&text);
}

static void visit(struct search *search, uint32_t service)
{
    const struct ust_service_spec *it = service_at(search->scenario, service);
    const struct ust_call_spec *call = it->calls.at;
    search->way[search->n++] = service;
    for (uint32_t i = 0; i < it->calls.n; i++) {
        int next = find_service(search->scenario, call[i].service);
        uint32_t at = 0;
        while (next >= 0 && at < search->n && search->way[at] != (uint32_t)next)
            at++;
        if (next >= 0 && at < search->n)
            tell_cycle(search, at, call[i].service_node);
        else if (next >= 0 && !search->done[next])
            visit(search, (uint32_t)next);
    }
    search->n--;
    search->done[service] = true;
}

static int find_region(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t r = 0; r < scenario->regions.n; r++)
        if (name != NULL && strcmp(scenario->region_names[r], name) == 0)
            return (int)r;
    return -1;
}

/* Bytes of all caches of a call in one replication. */
static double cache_bytes(const struct ust_service_spec *service,
                          const struct ust_cache_spec *cache)
{
    const struct ust_pool_spec *pool = service->pools.at;
    double each = (double)ust_cache_of(cache->policy.kind)->state_size(cache->policy.params);
    double n = 0;
    for (uint32_t i = 0; i < service->pools.n; i++)
        n += cache->place == IN_REGION
                 ? 1
                 : (double)(pool[i].max_node != NULL ? pool[i].max : pool[i].instances);
    return n * each;
}

static void check_cache(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_service_spec *service,
                        const struct ust_cache_spec *cache)
{
    if (cache->node == NULL || cache->policy.kind == NULL)
        return;
    const char *const *cold = cache->cold.at;
    const struct ust_node *element = ust_items_first(&cache->cold);
    for (uint32_t i = 0; i < cache->cold.n; i++, element = element->next)
        if (find_region(scenario, cold[i]) < 0)
            (void)ust_spec_unknown(spec, element->place, "region", cold[i],
                                   (const char *const *)scenario->region_names,
                                   scenario->regions.n);
    double bytes = cache_bytes(service, cache);
    if (bytes > UST_CACHE_BYTES_MAX)
        (void)ust_diag_error(
            spec->diag, cache->node->place,
            "the caches of this call need %.3g GB in each replication, at most "
            "%g; fewer objects, or 'place: region'",
            bytes / 1e9, UST_CACHE_BYTES_MAX / 1e9);
}

static void check_writes(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const struct ust_call_spec *call)
{
    int callee = find_service(scenario, call->service);
    if (call->writes > 0 && callee >= 0 &&
        service_at(scenario, (uint32_t)callee)->data.node == NULL)
        (void)ust_diag_error(spec->diag, call->writes_node->place,
                             "'%s' has no 'data' with a primary to write to", call->service);
}

/* A copy that is due when nobody waits any more. */
static void check_hedge(struct ust_spec *spec, const struct ust_call_spec *call)
{
    const struct ust_hedge *hedge = &call->hedge;
    char delay[UST_TIME_TEXT_MAX], timeout[UST_TIME_TEXT_MAX];
    if (hedge->node == NULL)
        return;
    ust_hedge_check(spec, hedge);
    if (hedge->delay_node != NULL && call->timeout > 0 && hedge->delay >= call->timeout)
        (void)ust_diag_error(
            spec->diag, hedge->delay_node->place,
            "'delay' is %s, must lie below 'timeout', %s: no copy would ever be sent",
            ust_time_text(hedge->delay, delay), ust_time_text(call->timeout, timeout));
}

static void check_service(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const struct ust_service_spec *service)
{
    const struct ust_call_spec *call = service->calls.at;
    for (uint32_t i = 0; i < service->calls.n; i++) {
        if (call[i].service != NULL && find_service(scenario, call[i].service) < 0)
            (void)ust_spec_unknown(
                spec, call[i].service_node->place, "service", call[i].service,
                (const char *const *)scenario->service_names, scenario->services.n);
        check_cache(spec, scenario, service, &call[i].cache);
        check_writes(spec, scenario, &call[i]);
        check_hedge(spec, &call[i]);
        if (i == 0 && call[i].order == WITH)
            (void)ust_diag_error(spec->diag, call[i].order_node->place,
                                 "the first call has none before it to go with");
    }
    if (service->async && service->calls.n == 0)
        (void)ust_diag_error(spec->diag, service->async_node->key_place,
                             "'async' says what becomes of slots during calls, but '%s' makes "
                             "none",
                             service->id.name);
}

void ust_calls_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    struct search search = {.spec = spec, .scenario = scenario};
    if (scenario->services.n > UST_SERVICES_MAX)
        return; /* its row has complained */
    for (uint32_t s = 0; s < scenario->services.n; s++)
        check_service(spec, scenario, service_at(scenario, s));
    for (uint32_t s = 0; s < scenario->services.n; s++)
        if (!search.done[s])
            visit(&search, s);
}

bool ust_calls_only(const struct ust_scenario *scenario, uint32_t service)
{
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    bool called = false;
    for (uint32_t i = 0; i < scenario->traffic.n; i++)
        if (traffic[i].service == NULL ||
            find_service(scenario, traffic[i].service) == (int)service)
            return false;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_call_spec *call = service_at(scenario, s)->calls.at;
        for (uint32_t i = 0; i < service_at(scenario, s)->calls.n; i++)
            called |= find_service(scenario, call[i].service) == (int)service;
    }
    return called;
}

/* ---- compiling ---- */

static const ust_time *build_between(struct ust_spec *spec, const struct ust_scenario *scenario,
                                     const struct ust_matrix *matrix)
{
    uint32_t n = scenario->regions.n;
    ust_time *out = ust_arena_alloc(spec->arena, ust_time, (size_t)n * n);
    bool unknown = false;
    for (uint32_t from = 0; from < n; from++)
        for (uint32_t to = 0; to < n; to++) {
            double ms = from == to ? 0 : ust_network_between(scenario, matrix, from, to);
            unknown |= ms < 0;
            out[from * n + to] = ms < 0 ? 0 : ust_time_round(ms * 1e6);
        }
    if (unknown)
        ust_diag_warning(spec->diag, scenario->regions.node->place,
                         "calls between regions take no time on the way where one of them has "
                         "no place: give it a 'place', or latitude and longitude");
    return out;
}

static struct ust_cache_config build_cache(const struct ust_scenario *scenario,
                                           const struct ust_cache_spec *cache)
{
    struct ust_cache_config out = {.policy = cache->policy,
                                   .delay = cache->delay,
                                   .instance = cache->place == IN_INSTANCE,
                                   .kept = cache->after_loss == KEPT};
    for (uint32_t i = 0; i < cache->cold.n; i++)
        out.cold |=
            (uint64_t)1 << find_region(scenario, ((const char *const *)cache->cold.at)[i]);
    return out;
}

static bool has_sizes(const struct ust_call_spec *call)
{
    const struct ust_dist *size[] = {&call->request, &call->response, &call->memory, &call->io};
    for (int i = 0; i < 4; i++)
        if (size[i]->type != NULL && ust_dist_mean(size[i]) > 0)
            return true;
    return false;
}

static struct ust_calls_config build_calls(struct ust_spec *spec,
                                           const struct ust_scenario *scenario,
                                           const struct ust_service_spec *service)
{
    const struct ust_call_spec *call = service->calls.at;
    struct ust_call_config *out =
        ust_arena_alloc(spec->arena, struct ust_call_config, service->calls.n);
    uint32_t step = 0;
    for (uint32_t i = 0; i < service->calls.n; i++) {
        step += i > 0 && call[i].order == AFTER;
        out[i] = (struct ust_call_config){
            .service = (uint32_t)find_service(scenario, call[i].service),
            .step = step,
            .probability = call[i].probability,
            .count = (uint32_t)call[i].count,
            .work = call[i].work,
            .request = call[i].request,
            .response = call[i].response,
            .memory = call[i].memory,
            .io = call[i].io,
            .sizes = has_sizes(&call[i]),
            .hedge = call[i].hedge.node != NULL ? &call[i].hedge : NULL,
            .timeout = call[i].timeout,
            .retries = call[i].retries,
            .fallback = call[i].fallback,
            .writes = call[i].writes,
            .cache = build_cache(scenario, &call[i].cache)};
    }
    return (struct ust_calls_config){out, service->calls.n, service->async};
}

void ust_calls_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                     struct ust_matrix *matrix, struct ust_config *config)
{
    bool any = false;
    struct ust_service_config *services =
        ust_arena_alloc(spec->arena, struct ust_service_config, config->services_n);
    for (uint32_t s = 0; s < config->services_n; s++) {
        services[s] = config->services[s];
        services[s].data = ust_data_build(spec, scenario, &service_at(scenario, s)->data, s);
        services[s].calls = build_calls(spec, scenario, service_at(scenario, s));
        any |= services[s].calls.n > 0;
    }
    config->services = services;
    if (any)
        config->between = build_between(spec, scenario, matrix);
}
