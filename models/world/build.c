/* Compiles a checked scenario into the configuration that replications run. */
#include <math.h>
#include <string.h>

#include "models/world/inputs.h"
#include "models/world/scenario.h"
#include "sim/base/limits.h"

#define INTERVALS_WANTED 500

struct build {
    struct ust_spec *spec;
    struct ust_scenario *scenario;
    struct ust_config *config;
    struct ust_matrix *matrix;
};

static void *make(struct build *build, size_t n, size_t size)
{
    return ust_arena_bytes(build->spec->arena, n, size);
}

static int find(const char *const *names, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (word != NULL && strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}

static int find_region(const struct build *build, const char *name)
{
    return find((const char *const *)build->scenario->region_names, build->scenario->regions.n,
                name);
}

static int find_service(const struct build *build, const char *name)
{
    if (name == NULL)
        return 0; /* the only one, as the checks know */
    return find((const char *const *)build->scenario->service_names,
                build->scenario->services.n, name);
}

/* ---- time ---- */

/* The smallest round step that cuts the run into few enough. With faults, a minute at most:
 * recovery is judged in buckets of that length. */
static ust_time choose_interval(const struct ust_scenario *scenario)
{
    static const ust_time steps[] = {
        UST_MS,          2 * UST_MS,     5 * UST_MS,     10 * UST_MS,     20 * UST_MS,
        50 * UST_MS,     100 * UST_MS,   200 * UST_MS,   500 * UST_MS,    UST_S,
        2 * UST_S,       5 * UST_S,      10 * UST_S,     15 * UST_S,      30 * UST_S,
        UST_MINUTE,      2 * UST_MINUTE, 5 * UST_MINUTE, 10 * UST_MINUTE, 15 * UST_MINUTE,
        30 * UST_MINUTE, UST_HOUR,       2 * UST_HOUR,   6 * UST_HOUR,    12 * UST_HOUR,
        UST_DAY,         7 * UST_DAY};
    const size_t n = sizeof steps / sizeof steps[0];
    size_t i = 0;
    while (i + 1 < n && scenario->duration / steps[i] > INTERVALS_WANTED)
        i++;
    bool fits = scenario->duration / UST_MINUTE <= UST_INTERVALS_MAX;
    if (scenario->faults.n > 0 && steps[i] > UST_MINUTE && fits)
        return UST_MINUTE;
    return steps[i];
}

static void build_time(struct build *build)
{
    struct ust_scenario *scenario = build->scenario;
    struct ust_config *config = build->config;
    config->seed = (uint64_t)scenario->seed;
    config->scenario_path = scenario->path;
    config->start_unix_ns = scenario->start.unix_ns;
    config->offset_minutes = scenario->start.offset_minutes;
    config->warmup = scenario->warmup;
    config->end = scenario->warmup + scenario->duration;
    config->interval = scenario->interval > 0 ? scenario->interval : choose_interval(scenario);
    config->intervals =
        (uint32_t)((scenario->duration + config->interval - 1) / config->interval);
}

/* ---- regions and pools ---- */

/* Readiness judges the standbys; where no region is called one, those that no fault takes away;
 * and where that leaves none, all. */
static void choose_under_test(struct build *build, struct ust_region_config *regions)
{
    const struct ust_region_spec *region = build->scenario->regions.at;
    uint32_t n = build->scenario->regions.n, chosen = 0;
    for (uint32_t i = 0; i < n; i++)
        chosen += regions[i].under_test = region[i].role == 2;
    for (uint32_t i = 0; i < n && chosen == 0; i++)
        regions[i].under_test = !ust_faults_lose(build->scenario, region[i].id.name);
    for (uint32_t i = 0; i < n; i++)
        chosen += regions[i].under_test;
    for (uint32_t i = 0; i < n && chosen == 0; i++)
        regions[i].under_test = true;
}

static void build_regions(struct build *build)
{
    const struct ust_region_spec *region = build->scenario->regions.at;
    uint32_t n = build->scenario->regions.n;
    struct ust_region_config *out = make(build, n, sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        struct ust_place_facts place = {.latitude = (double)NAN, .longitude = (double)NAN};
        (void)ust_region_place(&region[i], &place);
        out[i] = (struct ust_region_config){
            .name = region[i].id.name,
            .role = region[i].role == 0 ? "" : ust_role_names[region[i].role],
            .zones = (uint32_t)region[i].zones,
            .latitude = place.latitude,
            .longitude = place.longitude,
            .price_factor = region[i].price_factor,
            .supply = ust_capacity_build(build->spec, build->scenario, region[i].id.name)};
    }
    choose_under_test(build, out);
    build->config->regions = out;
    build->config->regions_n = n;
}

/* A default names a kind that its registry has, and one that needs no parameters. */
static struct ust_variant by_name(struct build *build, const struct ust_registry *registry,
                                  const char *name)
{
    uint32_t i = 0;
    while (strcmp(registry->kinds[i]->name, name) != 0)
        i++;
    const struct ust_kind *kind = registry->kinds[i];
    return (struct ust_variant){.kind = kind, .params = make(build, 1, kind->params_size + 1)};
}

static struct ust_variant first_given(struct build *build, struct ust_variant own,
                                      struct ust_variant persona,
                                      const struct ust_registry *registry,
                                      const char *otherwise)
{
    if (own.kind != NULL)
        return own;
    return persona.kind != NULL ? persona : by_name(build, registry, otherwise);
}

static void build_scalers(struct build *build, const struct ust_service_spec *service,
                          struct ust_pool_config *out)
{
    struct ust_items from =
        service->scalers.n > 0 ? service->scalers : service->persona->scalers;
    struct ust_variant fixed = by_name(build, &ust_scaler_registry, "fixed");
    if (from.n == 0)
        from = (struct ust_items){.at = &fixed, .n = 1};
    const struct ust_variant *kind = from.at;
    struct ust_scaler_config *scalers = make(build, from.n, sizeof *scalers);
    for (uint32_t k = 0; k < from.n; k++) {
        const struct ust_scaler_type *type = ust_scaler_of(kind[k].kind);
        const struct ust_node *node;
        const char *zone =
            type->time_zone == NULL ? NULL : type->time_zone(kind[k].params, &node);
        scalers[k].kind = kind[k];
        scalers[k].zone = zone == NULL ? NULL : ust_place_find(zone);
    }
    out->scalers = scalers;
    out->scalers_n = from.n;
}

static struct ust_pool_config build_pool(struct build *build, uint32_t service, uint32_t region,
                                         const struct ust_pool_spec *pool)
{
    const struct ust_service_spec *of =
        (const struct ust_service_spec *)build->scenario->services.at + service;
    const struct ust_resource_persona *persona = of->persona;
    struct ust_pool_config out = {
        .service = service,
        .region = region,
        .path = ust_arena_printf(build->spec->arena, "region/%s/pool/%s",
                                 build->scenario->region_names[region], of->id.name)};
    if (pool == NULL)
        return out;
    out.exists = true;
    out.persona = persona;
    out.instances = (uint32_t)pool->instances;
    out.min = (uint32_t)(pool->min_node == NULL ? pool->instances : pool->min);
    out.max = (uint32_t)(pool->max_node == NULL ? pool->instances : pool->max);
    out.slots = persona->slots == 0 ? UINT32_MAX : (uint32_t)persona->slots;
    out.queue = persona->queue < 0 ? UINT32_MAX : (uint32_t)persona->queue;
    out.vcpu = persona->vcpu;
    out.work_rate = persona->speed;
    if (persona->discipline != UST_PS && out.vcpu < (double)out.slots)
        out.work_rate *= out.vcpu / (double)out.slots;
    out.price = of->launching.nodes != NULL
                    ? 0 /* its nodes are paid */
                    : persona->price * build->config->regions[region].price_factor;
    out.balancer = first_given(build, of->balancer, persona->balancer, &ust_balance_registry,
                               "round_robin");
    build_scalers(build, of, &out);
    out.launching = ust_launching_build(build->spec, build->scenario, of, region,
                                        build->config->regions[region].price_factor);
    const struct ust_monitoring_spec *monitoring[] = {&pool->monitoring, &of->monitoring,
                                                      &build->scenario->monitoring};
    out.monitoring = ust_monitoring_of(monitoring, 3);
    out.health = ust_health_spec_build(&of->health);
    ust_steering_build(&of->steering, &out);
    return out;
}

static void build_services(struct build *build)
{
    const struct ust_service_spec *service = build->scenario->services.at;
    uint32_t services = build->scenario->services.n, regions = build->config->regions_n;
    struct ust_service_config *out = make(build, services, sizeof *out);
    struct ust_pool_config *pools = make(build, (size_t)services * regions, sizeof *pools);
    for (uint32_t s = 0; s < services; s++) {
        out[s] = (struct ust_service_config){.name = service[s].id.name,
                                             .replication_lag = service[s].replication_lag};
        const struct ust_pool_spec *pool = service[s].pools.at;
        for (uint32_t r = 0; r < regions; r++) {
            const struct ust_pool_spec *mine = NULL;
            for (uint32_t i = 0; i < service[s].pools.n; i++)
                if (find_region(build, pool[i].id.name) == (int)r)
                    mine = &pool[i];
            if (mine == NULL && !ust_calls_only(build->scenario, s))
                ust_diag_warning(build->spec->diag, service[s].pools.node->place,
                                 "service '%s' has no pool in region '%s'; requests that are "
                                 "routed there fail",
                                 service[s].id.name, build->config->regions[r].name);
            pools[s * regions + r] = build_pool(build, s, r, mine);
        }
    }
    build->config->services = out;
    build->config->services_n = services;
    build->config->pools = pools;
}

/* ---- traffic ---- */

static const struct ust_objective_spec *objective_of(const struct ust_scenario *scenario,
                                                     const char *name)
{
    const struct ust_objective_spec *objective = scenario->objectives.at;
    for (uint32_t i = 0; i < scenario->objectives.n; i++)
        if (strcmp(objective[i].id.name, name) == 0)
            return &objective[i];
    return NULL;
}

/* The persona's own line, else the default's, else what the persona tolerates. */
static void build_objectives(const struct ust_scenario *scenario,
                             struct ust_traffic_config *out)
{
    const struct ust_objective_spec none = {0};
    const struct ust_objective_spec *own = objective_of(scenario, out->persona->name);
    const struct ust_objective_spec *all = objective_of(scenario, "default");
    const struct ust_tolerance *tolerance = &out->persona->tolerance;
    own = own == NULL ? &none : own;
    all = all == NULL ? &none : all;
#define CHOOSE(key, otherwise)                                                                 \
    (own->key##_node != NULL ? own->key : all->key##_node != NULL ? all->key : (otherwise))
    out->latency = CHOOSE(latency, tolerance->latency);
    out->attainment = CHOOSE(attainment, 1 - tolerance->errors);
    out->rto_s = (double)CHOOSE(rto, 5 * UST_MINUTE) / 1e9;
    out->rpo_s = (double)CHOOSE(rpo, 60 * UST_S) / 1e9;
#undef CHOOSE
    if (out->attainment >= 1)
        out->attainment = 0.99;
}

static bool has_size(const struct ust_dist *dist)
{
    return dist->type != NULL && ust_dist_mean(dist) > 0;
}

static void build_actions(struct build *build, struct ust_traffic_config *out)
{
    const struct ust_user_persona *persona = out->persona;
    out->actions = persona->actions.at;
    out->actions_n = persona->actions.n;
    double *share = make(build, out->actions_n, sizeof *share);
    for (uint32_t i = 0; i < out->actions_n; i++) {
        const struct ust_action *action = &out->actions[i];
        share[i] = action->share;
        out->sizes |= has_size(&action->request) || has_size(&action->response) ||
                      has_size(&action->memory) || has_size(&action->io);
    }
    out->action = ust_choice_new(build->spec->arena, share, out->actions_n);
    out->devices = persona->devices.at;
    out->devices_n = persona->devices.n;
    share = make(build, out->devices_n + 1, sizeof *share);
    for (uint32_t i = 0; i < out->devices_n; i++) {
        share[i] = out->devices[i].share;
        out->network |= out->devices[i].access > 0 || out->devices[i].bandwidth > 0;
    }
    if (out->devices_n > 0)
        out->device = ust_choice_new(build->spec->arena, share, out->devices_n);
}

static void build_place(struct build *build, struct ust_traffic_config *out,
                        const struct ust_origin *origin, struct ust_place_config *place)
{
    uint32_t n = build->config->regions_n;
    double *rtt_ms = make(build, n, sizeof *rtt_ms);
    *place = (struct ust_place_config){origin == NULL ? "" : origin->id.name, rtt_ms};
    if (origin == NULL)
        return;
    ust_network_rtt(build->scenario, build->matrix, origin, rtt_ms);
    for (uint32_t r = 0; r < n; r++)
        out->network |= rtt_ms[r] > 0;
}

/* Where injected load comes from: the region that it goes to, and from there its writes go to
 * wherever the primary is. */
static void build_generators(struct build *build, struct ust_traffic_config *out,
                             struct ust_place_config *place)
{
    uint32_t n = build->config->regions_n;
    double *rtt_ms = make(build, n, sizeof *rtt_ms);
    bool unknown = false;
    *place = (struct ust_place_config){"", rtt_ms};
    for (uint32_t r = 0; r < n && out->writes > 0; r++) {
        if (r == out->region)
            continue;
        double ms = ust_network_between(build->scenario, build->matrix, out->region, r);
        rtt_ms[r] = ms > 0 ? ms : 0;
        unknown |= ms < 0;
        out->network |= ms > 0;
    }
    if (unknown)
        ust_diag_warning(build->spec->diag, build->scenario->regions.node->place,
                         "injected writes take no time on their way to a primary elsewhere "
                         "where one of the regions has no place: give it a 'place', or "
                         "latitude and longitude");
}

static void build_places(struct build *build, struct ust_traffic_config *out,
                         struct ust_place_config *places, uint32_t *places_n)
{
    const struct ust_origin *origin = out->persona->geography.at;
    uint32_t n = out->synthetic ? 0 : out->persona->geography.n;
    out->first_place = *places_n;
    out->places_n = n == 0 ? 1 : n;
    double *share = make(build, out->places_n, sizeof *share);
    for (uint32_t i = 0; i < out->places_n; i++) {
        share[i] = n == 0 ? 1 : origin[i].share;
        if (out->synthetic)
            build_generators(build, out, &places[(*places_n)++]);
        else
            build_place(build, out, n == 0 ? NULL : &origin[i], &places[(*places_n)++]);
    }
    out->place = ust_choice_new(build->spec->arena, share, out->places_n);
    const struct ust_arrival_plan *plan = &out->arrivals;
    if (plan->kind != UST_PLAN_RATE || plan->place_share == NULL || out->places_n < 2)
        return;
    out->place_at_knot = make(build, plan->knots_n, sizeof *out->place_at_knot);
    for (uint32_t k = 0; k < plan->knots_n; k++)
        out->place_at_knot[k] = ust_choice_new(
            build->spec->arena, plan->place_share + (size_t)k * plan->places_n, plan->places_n);
}

static void build_stream(struct build *build, const struct ust_traffic_spec *traffic,
                         struct ust_traffic_config *out)
{
    const struct ust_scenario *scenario = build->scenario;
    int user =
        find((const char *const *)scenario->user_names, scenario->personas.n, traffic->persona);
    out->persona = scenario->users[user];
    out->service = (uint32_t)find_service(build, traffic->service);
    const char *service = scenario->service_names[out->service];
    uint32_t same = 0;
    const struct ust_traffic_spec *all = scenario->traffic.at;
    for (uint32_t i = 0; i < scenario->traffic.n; i++)
        same += ust_text_equal(all[i].persona, traffic->persona);
    out->name = same == 1 ? out->persona->name
                          : ust_arena_printf(build->spec->arena, "%s at %s", out->persona->name,
                                             service);
    out->path =
        ust_arena_printf(build->spec->arena, "traffic/%s/%s", service, out->persona->name);
    out->sessions = traffic->mode == 1;
    out->patience = out->persona->tolerance.patience.type != NULL;
    (void)ust_traffic_plan(build->spec, scenario, traffic, out->persona, &out->arrivals);
    out->requests_30d = out->arrivals.mean_30d;
    if (out->sessions)
        out->requests_30d *= ust_dist_mean(&out->persona->session.requests);
    const struct ust_service_spec *services = scenario->services.at;
    ust_connections_build(build->spec->arena, services[out->service].persona, out);
    build_objectives(scenario, out);
    build_actions(build, out);
    out->writes = traffic->writes;
    out->sizes |= out->writes > 0;
}

/* A stream of its own behind all users', without places, devices or network. */
static void build_injection(struct build *build, const struct ust_injection_spec *injection,
                            uint32_t number, struct ust_traffic_config *out)
{
    const struct ust_scenario *scenario = build->scenario;
    const struct ust_config *config = build->config;
    struct ust_arena *arena = build->spec->arena;
    struct ust_injection_config *rule = make(build, 1, sizeof *rule);
    int user = find((const char *const *)scenario->user_names, scenario->personas.n,
                    injection->persona);
    out->persona = scenario->users[user];
    out->service = (uint32_t)find_service(build, injection->service);
    out->region = (uint32_t)find((const char *const *)scenario->region_names,
                                 scenario->regions.n, injection->region);
    out->synthetic = true;
    out->injection = rule;
    *rule = (struct ust_injection_config){.start = config->warmup + injection->at,
                                          .end = config->warmup + injection->at +
                                                 injection->duration,
                                          .aborts = injection->abort_node != NULL,
                                          .abort = injection->abort};
    out->name = ust_arena_printf(arena, "%s injected %u", out->persona->name, number + 1);
    out->path = ust_arena_printf(arena, "injection/%u/%s", number + 1, out->persona->name);
    out->sessions = injection->mode == 1;
    out->patience = out->persona->tolerance.patience.type != NULL;
    ust_injection_plan(arena, injection, config->warmup, config->end, &out->arrivals);
    build_objectives(scenario, out);
    build_actions(build, out);
    out->writes = injection->writes;
    out->sizes |= out->writes > 0;
    out->devices_n = 0;
    out->network = false;
}

static void build_traffic(struct build *build)
{
    const struct ust_traffic_spec *traffic = build->scenario->traffic.at;
    const struct ust_injection_spec *injection = build->scenario->injections.at;
    uint32_t n = build->scenario->traffic.n, injected = build->scenario->injections.n;
    uint32_t places = 0;
    struct ust_traffic_config *out = make(build, n + injected, sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        unsigned errors = ust_diag_errors(build->spec->diag);
        build_stream(build, &traffic[i], &out[i]);
        places += out[i].persona->geography.n + 1;
        if (ust_diag_errors(build->spec->diag) > errors)
            out[i].arrivals.place_share = NULL; /* its plan is not to be used */
    }
    for (uint32_t i = 0; i < injected; i++)
        build_injection(build, &injection[i], i, &out[n + i]);
    struct ust_place_config *place = make(build, places + injected, sizeof *place);
    places = 0;
    for (uint32_t i = 0; i < n + injected; i++)
        build_places(build, &out[i], place, &places);
    if (places > UST_PLACES_MAX)
        (void)ust_diag_error(build->spec->diag, build->scenario->personas.node->place,
                             "%u places in all personas, at most %d", places, UST_PLACES_MAX);
    build->config->traffic = out;
    build->config->traffic_n = n + injected;
    build->config->places = place;
    build->config->places_n = places;
}

enum ust_status ust_scenario_build(struct ust_spec *spec, struct ust_scenario *scenario)
{
    unsigned errors = ust_diag_errors(spec->diag);
    struct build build = {.spec = spec,
                          .scenario = scenario,
                          .config = ust_arena_alloc(spec->arena, struct ust_config, 1)};
    build.matrix = ust_matrix_read(spec, &scenario->network);
    if (ust_diag_errors(spec->diag) == errors)
        ust_network_check(spec, scenario, build.matrix);
    build.config->jitter = scenario->network.jitter;
    build_time(&build);
    build_regions(&build);
    ust_nodes_build(spec, scenario, build.config);
    build_services(&build);
    ust_calls_build(spec, scenario, build.matrix, build.config);
    build_traffic(&build);
    if (ust_matrix_useless(build.matrix))
        ust_diag_warning(spec->diag, scenario->network.rtt_node->place,
                         "'%s' has no round trip between a place of the personas and a region, "
                         "so all go by distance; names must be those of the scenario",
                         scenario->network.rtt_node->text);
    if (scenario->routing.node != NULL)
        ust_routing_build(&scenario->routing, &build.config->routing);
    ust_connections_sum_up(build.config);
    ust_failover_build(spec, scenario, build.config);
    ust_faults_build(spec, scenario, build.config);
    scenario->config = build.config;
    return ust_diag_errors(spec->diag) > errors ? UST_INVALID : UST_OK;
}
