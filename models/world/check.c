/* What no single row of a table can know: references, and combinations that cannot be. */
#include <inttypes.h>
#include <string.h>

#include "models/world/inputs.h"
#include "sim/base/limits.h"

static int find(const char *const *names, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (word != NULL && strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}

/* ---- personas, regions, services ---- */

static void check_personas(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_node *const *node = scenario->personas.at;
    for (uint32_t i = 1; i < scenario->personas.n; i++)
        if (scenario->user_names[i][0] != '\0' &&
            find((const char *const *)scenario->user_names, i, scenario->user_names[i]) >= 0)
            (void)ust_diag_error(spec->diag, node[i]->place,
                                 "two personas are called '%s'; names must differ",
                                 scenario->user_names[i]);
}

static void check_place(struct ust_spec *spec, const char *place, const struct ust_node *node)
{
    if (place != NULL && ust_place_find(place) == NULL)
        (void)ust_place_unknown(spec, node->place, place, NULL);
}

static void check_regions(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_region_spec *region = scenario->regions.at;
    for (uint32_t i = 0; i < scenario->regions.n; i++) {
        if ((region[i].latitude_node == NULL) != (region[i].longitude_node == NULL)) {
            const struct ust_node *one = region[i].latitude_node != NULL
                                             ? region[i].latitude_node
                                             : region[i].longitude_node;
            (void)ust_diag_error(
                spec->diag, one->key_place,
                "'%s' needs its other half: latitude and longitude go together", one->key);
        }
        if (region[i].place != NULL && ust_place_find(region[i].place) == NULL) {
            check_place(spec, region[i].place, region[i].place_node);
            ust_diag_note(spec->diag, "or give 'latitude' and 'longitude'");
        }
    }
}

static void check_pool(struct ust_spec *spec, const struct ust_scenario *scenario,
                       const struct ust_pool_spec *pool)
{
    if (scenario->regions.n > 0 && find((const char *const *)scenario->region_names,
                                        scenario->regions.n, pool->id.name) < 0)
        (void)ust_spec_unknown(spec, pool->id.node->key_place, "region", pool->id.name,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
    if (ust_spec_blamed(spec, pool->instances_node) || ust_spec_blamed(spec, pool->min_node) ||
        ust_spec_blamed(spec, pool->max_node))
        return;
    int64_t min = pool->min_node == NULL ? pool->instances : pool->min;
    int64_t max = pool->max_node == NULL ? pool->instances : pool->max;
    if (pool->min_node != NULL && pool->max_node != NULL && min > max)
        (void)ust_diag_error(spec->diag, pool->min_node->place,
                             "'min' is %" PRId64 ", over 'max', %" PRId64, min, max);
    else if (pool->min_node != NULL && pool->instances < min)
        (void)ust_diag_error(spec->diag, pool->min_node->place,
                             "'min' is %" PRId64 ", over 'instances', %" PRId64, min,
                             pool->instances);
    else if (pool->max_node != NULL && pool->instances > max)
        (void)ust_diag_error(spec->diag, pool->max_node->place,
                             "'max' is %" PRId64 ", below 'instances', %" PRId64, max,
                             pool->instances);
}

/* The service's own, or its persona's. */
static const struct ust_variant *balancer_of(const struct ust_service_spec *service)
{
    if (service->balancer.kind == NULL && service->persona != NULL)
        return &service->persona->balancer;
    return &service->balancer;
}

static void check_balancer(struct ust_spec *spec, const struct ust_scenario *scenario,
                           const struct ust_service_spec *service)
{
    const struct ust_variant *balancer = balancer_of(service);
    ust_steering_check(spec, &service->steering, balancer);
    if (balancer->kind == NULL || balancer->params == NULL ||
        ust_balance_of(balancer->kind)->zones == NULL)
        return;
    uint32_t named = ust_balance_of(balancer->kind)->zones(balancer->params);
    const struct ust_pool_spec *pool = service->pools.at;
    const struct ust_region_spec *regions = scenario->regions.at;
    for (uint32_t i = 0; i < service->pools.n && named > 0; i++) {
        int region = find((const char *const *)scenario->region_names, scenario->regions.n,
                          pool[i].id.name);
        if (region < 0 || regions[region].zones == (int64_t)named)
            continue;
        (void)ust_diag_error(spec->diag, balancer->node->place,
                             "'%s' speaks of %u zone%s, but '%s' has %" PRId64,
                             balancer->kind->name, named, named == 1 ? "" : "s",
                             pool[i].id.name, regions[region].zones);
    }
}

static void bind_scaler(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_variant *scaler)
{
    const struct ust_scaler_world world = {.regions =
                                               (const char *const *)scenario->region_names,
                                           .regions_n = scenario->regions.n,
                                           .start_unix_ns = scenario->start.unix_ns,
                                           .length = scenario->warmup + scenario->duration};
    const struct ust_scaler_type *type = ust_scaler_of(scaler->kind);
    if (type->bind != NULL && ust_span_known(spec, scenario))
        (void)type->bind(spec, scaler->params, scaler->node, &world);
}

/* May they change the number of a pool that begins and is bounded like this? A service's own;
 * a persona's stand where they are not wanted, too. */
static bool idle(const struct ust_items *scalers, const struct ust_pool_spec *pool)
{
    const struct ust_variant *scaler = scalers->at;
    int64_t min = pool->min_node == NULL ? pool->instances : pool->min, most = pool->instances;
    if (pool->max_node != NULL)
        most = pool->max;
    bool any = false;
    for (uint32_t k = 0; k < scalers->n; k++) {
        const struct ust_kind *kind = scaler[k].kind;
        if (kind == NULL || scaler[k].params == NULL || ust_scaler_of(kind)->most != NULL)
            return false; /* it may move the bounds */
        any |= ust_scaler_of(kind)->period(scaler[k].params) > 0;
    }
    return any && min == most;
}

static void check_bounds(struct ust_spec *spec, const struct ust_service_spec *service)
{
    const struct ust_pool_spec *pool = service->pools.at;
    for (uint32_t i = 0; i < service->pools.n; i++)
        if (idle(&service->scalers, &pool[i]))
            ust_diag_warning(spec->diag, pool[i].id.node->key_place,
                             "'%s' has a scaler, but 'min' and 'max' of this pool are both "
                             "%" PRId64 ": it can change nothing",
                             service->id.name, pool[i].instances);
}

/* One of its kind and mind there may be, where the vendor says so. */
static void check_alone(struct ust_spec *spec, const struct ust_items *scalers)
{
    const struct ust_variant *scaler = scalers->at;
    for (uint32_t k = 0; k < scalers->n; k++) {
        const struct ust_kind *kind = scaler[k].kind;
        if (kind == NULL || ust_scaler_of(kind)->alone == NULL ||
            !ust_scaler_of(kind)->alone(scaler[k].params))
            continue;
        for (uint32_t i = 0; i < k; i++)
            if (scaler[i].kind == kind && ust_scaler_of(kind)->alone(scaler[i].params)) {
                (void)ust_diag_error(spec->diag, scaler[k].node->place,
                                     "only one '%s' of a pool may scale", kind->name);
                return;
            }
    }
}

static void check_scalers(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const struct ust_items *scalers)
{
    const struct ust_variant *scaler = scalers->at;
    check_alone(spec, scalers);
    for (uint32_t k = 0; k < scalers->n; k++) {
        const struct ust_node *node = NULL;
        if (scaler[k].kind == NULL)
            continue;
        const struct ust_scaler_type *type = ust_scaler_of(scaler[k].kind);
        if (scalers->n > 1 && type->period(scaler[k].params) == 0)
            (void)ust_diag_error(spec->diag, scaler[k].node->place,
                                 "'%s' decides nothing, so it has no place beside others",
                                 type->kind.name);
        bind_scaler(spec, scenario, &scaler[k]);
        if (type->time_zone == NULL)
            continue;
        const char *zone = type->time_zone(scaler[k].params, &node);
        check_place(spec, zone, node);
    }
}

static void check_services(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_service_spec *service = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_pool_spec *pool = service[s].pools.at;
        for (uint32_t i = 0; i < service[s].pools.n; i++)
            check_pool(spec, scenario, &pool[i]);
        ust_health_spec_check(spec, &service[s].health);
        check_balancer(spec, scenario, &service[s]);
        check_scalers(spec, scenario, &service[s].scalers);
        check_bounds(spec, &service[s]);
        if (service[s].persona != NULL)
            check_scalers(spec, scenario, &service[s].persona->scalers);
    }
}

/* ---- traffic ---- */

static void check_traffic(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    const char *const *users = (const char *const *)scenario->user_names;
    const char *const *services = (const char *const *)scenario->service_names;
    bool all_named = true; /* a persona with mistakes of its own may be the one that is meant */
    for (uint32_t i = 0; i < scenario->personas.n; i++)
        all_named &= users[i][0] != '\0';
    for (uint32_t i = 0; i < scenario->traffic.n; i++) {
        int user = find(users, scenario->personas.n, traffic[i].persona);
        if (traffic[i].persona != NULL && user < 0 && all_named)
            (void)ust_spec_unknown(spec, traffic[i].persona_node->place, "persona",
                                   traffic[i].persona, users, scenario->personas.n);
        if (traffic[i].service != NULL &&
            find(services, scenario->services.n, traffic[i].service) < 0)
            (void)ust_spec_unknown(spec, traffic[i].service_node->place, "service",
                                   traffic[i].service, services, scenario->services.n);
        if (traffic[i].service_node == NULL && scenario->services.n > 1 &&
            traffic[i].persona != NULL) {
            (void)ust_diag_error(spec->diag, traffic[i].persona_node->place,
                                 "traffic of '%s' needs a 'service': there are %u",
                                 traffic[i].persona, scenario->services.n);
        }
        if (user >= 0 && scenario->users[user] != NULL && traffic[i].mode == 1 &&
            scenario->users[user]->session_node == NULL)
            (void)ust_diag_error(spec->diag, traffic[i].mode_node->place,
                                 "persona '%s' has no 'session', so its traffic cannot come in "
                                 "sessions",
                                 traffic[i].persona);
        for (uint32_t k = 0; k < i; k++)
            if (ust_text_equal(traffic[k].persona, traffic[i].persona) &&
                (traffic[k].service == NULL ||
                 ust_text_equal(traffic[k].service, traffic[i].service)))
                (void)ust_diag_error(spec->diag, traffic[i].persona_node->place,
                                     "traffic of '%s' at this service stands here twice",
                                     traffic[i].persona);
    }
}

/* ---- routing ---- */

static void check_routing(struct ust_spec *spec, struct ust_scenario *scenario)
{
    struct ust_routing_spec *routing = &scenario->routing;
    if (routing->node == NULL) {
        if (scenario->regions.n > 1)
            (void)ust_diag_error(spec->diag, scenario->regions.node->place,
                                 "%u regions need a 'routing'", scenario->regions.n);
        return;
    }
    if (scenario->regions.n > 0)
        ust_routing_check(spec, routing, (const char *const *)scenario->region_names,
                          scenario->regions.n);
}

/* ---- time and objectives ---- */

static void check_time(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    if (scenario->warmup_node != NULL && scenario->duration > 0 &&
        scenario->warmup > scenario->duration)
        (void)ust_diag_error(spec->diag, scenario->warmup_node->place,
                             "'warmup' is %s, longer than the run itself, %s",
                             ust_time_text(scenario->warmup, a),
                             ust_time_text(scenario->duration, b));
    if (scenario->interval == 0 || scenario->duration == 0 || scenario->interval_node == NULL)
        return;
    if (scenario->interval > scenario->duration)
        (void)ust_diag_error(spec->diag, scenario->interval_node->place,
                             "'interval' is %s, longer than the run itself, %s",
                             ust_time_text(scenario->interval, a),
                             ust_time_text(scenario->duration, b));
    else if (scenario->duration / scenario->interval > UST_INTERVALS_MAX)
        (void)ust_diag_error(spec->diag, scenario->interval_node->place,
                             "'interval' is %s, which gives %" PRId64
                             " steps of the series; at most %d are kept",
                             ust_time_text(scenario->interval, a),
                             scenario->duration / scenario->interval, UST_INTERVALS_MAX);
}

static void check_objectives(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_objective_spec *objective = scenario->objectives.at;
    uint32_t n = scenario->personas.n;
    const char **known = ust_arena_alloc(spec->arena, const char *, n + 1);
    memcpy(known, scenario->user_names, n * sizeof *known);
    known[n] = "default";
    bool all_named = find(known, n, "") < 0;
    for (uint32_t i = 0; all_named && i < scenario->objectives.n; i++)
        if (find(known, n + 1, objective[i].id.name) < 0)
            (void)ust_spec_unknown(spec, objective[i].id.node->key_place, "persona",
                                   objective[i].id.name, known, n + 1);
}

static const struct ust_objective_spec *rto_of(const struct ust_scenario *scenario,
                                               const char *persona)
{
    const struct ust_objective_spec *objective = scenario->objectives.at;
    for (uint32_t i = 0; i < scenario->objectives.n; i++)
        if (objective[i].rto_node != NULL && ust_text_equal(objective[i].id.name, persona))
            return &objective[i];
    return NULL;
}

/* A recovery is looked for within the horizon: one as late as an objective allows must fit, and
 * what comes after it. */
static void check_horizon(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_traffic_spec *traffic = scenario->traffic.at;
    const struct ust_objective_spec *all = rto_of(scenario, "default"), *longest = NULL;
    const struct ust_node *readiness = ust_node_get(scenario->root, "readiness");
    const struct ust_node *horizon = ust_node_get(readiness, "horizon");
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    for (uint32_t i = 0; i < scenario->traffic.n; i++) {
        const struct ust_objective_spec *own = rto_of(scenario, traffic[i].persona);
        own = own == NULL ? all : own;
        if (own != NULL && (longest == NULL || own->rto > longest->rto))
            longest = own;
    }
    if (longest == NULL || scenario->readiness.horizon_s >= 2 * longest->rto ||
        ust_spec_blamed(spec, horizon) || ust_spec_blamed(spec, longest->rto_node))
        return;
    (void)ust_diag_error(
        spec->diag, horizon != NULL ? horizon->place : longest->rto_node->place,
        "the 'horizon' of readiness is %s, must be at least twice the longest 'rto', %s",
        ust_time_text(scenario->readiness.horizon_s, a), ust_time_text(longest->rto, b));
}

enum ust_status ust_scenario_check(struct ust_spec *spec, struct ust_scenario *scenario)
{
    unsigned errors = ust_diag_errors(spec->diag);
    check_personas(spec, scenario);
    check_regions(spec, scenario);
    check_services(spec, scenario);
    ust_calls_check(spec, scenario);
    ust_data_check(spec, scenario);
    check_traffic(spec, scenario);
    ust_injections_check(spec, scenario);
    check_routing(spec, scenario);
    ust_failover_check(spec, scenario);
    ust_faults_check(spec, scenario);
    ust_launching_check(spec, scenario);
    check_time(spec, scenario);
    check_objectives(spec, scenario);
    check_horizon(spec, scenario);
    ust_replications_check(spec, scenario);
    ust_checks_check(spec, scenario);
    return ust_diag_errors(spec->diag) > errors ? UST_INVALID : UST_OK;
}
