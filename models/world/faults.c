/* The faults of a scenario: checked against what there is to break, then compiled into single
 * faults, their causes, and what comes and goes by itself. */
#include <inttypes.h>
#include <string.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

static int find(const char *const *names, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (word != NULL && strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}

static int find_region(const struct ust_scenario *scenario, const char *name)
{
    return find((const char *const *)scenario->region_names, scenario->regions.n, name);
}

static int find_service(const struct ust_scenario *scenario, const char *name)
{
    return find((const char *const *)scenario->service_names, scenario->services.n, name);
}

static const struct ust_fault_world *world_of(struct ust_spec *spec,
                                              const struct ust_scenario *scenario)
{
    struct ust_fault_world *world = ust_arena_alloc(spec->arena, struct ust_fault_world, 1);
    const struct ust_region_spec *region = scenario->regions.at;
    uint32_t n = scenario->regions.n;
    uint32_t *zones = ust_arena_alloc(spec->arena, uint32_t, n + 1);
    for (uint32_t r = 0; r < n; r++)
        zones[r] = (uint32_t)region[r].zones;
    *world =
        (struct ust_fault_world){.regions = (const char *const *)scenario->region_names,
                                 .services = (const char *const *)scenario->service_names,
                                 .zones = zones,
                                 .regions_n = n,
                                 .services_n = scenario->services.n,
                                 .start_unix_ns = scenario->start.unix_ns + scenario->warmup,
                                 .duration = scenario->duration};
    return world;
}

/* ---- checks ---- */

/* Marks the types that are named; NULL: all are meant. */
static const uint8_t *types_of(struct ust_spec *spec, const struct ust_scenario *scenario,
                               const struct ust_items *named)
{
    if (named == NULL || named->n == 0)
        return NULL;
    const struct ust_types known = ust_types_list(spec->arena, scenario);
    uint8_t *marks = ust_arena_alloc(spec->arena, uint8_t, known.n + 1);
    const struct ust_node *element = ust_items_first(named);
    for (uint32_t i = 0; i < named->n; i++, element = element->next) {
        const char *name = ((const char *const *)named->at)[i];
        const uint32_t number = ust_type_number(&known, name);
        marks[number] = 1;
        if (number == known.n)
            (void)ust_spec_unknown(spec, element->place, "type", name, known.name, known.n);
    }
    return marks;
}

static void check_scope(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_fault_scope *scope)
{
    int region = find_region(scenario, scope->region);
    if (scope->region != NULL && region < 0 && scenario->regions.n > 0)
        (void)ust_spec_unknown(spec, scope->region_node->place, "region", scope->region,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
    if (scope->other != NULL && find_region(scenario, scope->other) < 0)
        (void)ust_spec_unknown(spec, scope->other_node->place, "region", scope->other,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
    if (scope->service != NULL && find_service(scenario, scope->service) < 0)
        (void)ust_spec_unknown(spec, scope->service_node->place, "service", scope->service,
                               (const char *const *)scenario->service_names,
                               scenario->services.n);
    (void)types_of(spec, scenario, scope->types);
    const struct ust_region_spec *regions = scenario->regions.at;
    if (region >= 0 && scope->zones_node != NULL && regions[region].zones < 64 &&
        scope->zones >> regions[region].zones != 0)
        (void)ust_diag_error(spec->diag, scope->zones_node->place,
                             "'%s' has %" PRId64 " zone%s; one of these does not exist",
                             scope->region, regions[region].zones,
                             regions[region].zones == 1 ? "" : "s");
}

/* Are there launches other than by a scaler? */
static bool launches(const struct ust_scenario *scenario,
                     const struct ust_service_spec *service)
{
    const struct ust_launching_spec *how = &service->launching;
    const struct ust_kind *launcher = how->policy.kind;
    if (launcher != NULL && !ust_launcher_of(launcher)->plain)
        return true; /* it replaces the dead */
    if (how->warm.node != NULL || how->refresh.node != NULL || how->nodes != NULL)
        return true;
    const struct ust_variant *step = scenario->failover.steps.at;
    for (uint32_t i = 0; i < scenario->failover.steps.n; i++)
        if (step[i].kind != NULL && strcmp(step[i].kind->name, "scale_standby") == 0)
            return true;
    return false;
}

static bool scales(const struct ust_service_spec *service)
{
    struct ust_items scalers = service->scalers;
    if (scalers.n == 0 && service->persona != NULL)
        scalers = service->persona->scalers;
    const struct ust_variant *scaler = scalers.at;
    for (uint32_t k = 0; k < scalers.n; k++)
        if (scaler[k].kind != NULL &&
            ust_scaler_of(scaler[k].kind)->period(scaler[k].params) > 0)
            return true;
    return false;
}

/* A restart empties a cache in memory, which slows its instance down as a warm-up does. */
static uint32_t caches_of(const struct ust_service_spec *service)
{
    const struct ust_call_spec *call = service->calls.at;
    uint32_t has = 0;
    for (uint32_t i = 0; i < service->calls.n; i++) {
        if (call[i].cache.node == NULL)
            continue;
        has |= UST_FAULT_NEEDS_CACHE;
        has |= call[i].cache.place == 0 /* the region's */ ? 0 : UST_FAULT_NEEDS_WARM_UP;
    }
    return has;
}

/* Of what a fault may need, what there is in its scope. */
static uint32_t offered(const struct ust_scenario *scenario,
                        const struct ust_fault_scope *scope)
{
    const struct ust_service_spec *service = scenario->services.at;
    uint32_t has = 0;
    if (scenario->routing.node != NULL && scenario->routing.health.interval > 0 &&
        scenario->regions.n > 1)
        has |= UST_FAULT_NEEDS_REGION_CHECKS;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_pool_spec *pool = service[s].pools.at;
        if (service[s].replication_lag.type != NULL || service[s].data.node != NULL ||
            service[s].calls.n > 0)
            has |= UST_FAULT_NEEDS_REPLICATION;
        if (scope->service != NULL && strcmp(scope->service, service[s].id.name) != 0)
            continue;
        for (uint32_t i = 0; i < service[s].pools.n; i++) {
            if (scope->region != NULL && strcmp(scope->region, pool[i].id.name) != 0)
                continue;
            if (scales(&service[s]))
                has |= UST_FAULT_NEEDS_SCALING | UST_FAULT_NEEDS_LAUNCHES;
            if (launches(scenario, &service[s]))
                has |= UST_FAULT_NEEDS_LAUNCHES;
            const struct ust_resource_persona *persona = service[s].persona;
            if (persona != NULL && persona->launch.warm_up > 0 && persona->launch.slowdown > 1)
                has |= UST_FAULT_NEEDS_WARM_UP;
            if (service[s].health.interval > 0)
                has |= UST_FAULT_NEEDS_INSTANCE_CHECKS;
            has |= caches_of(&service[s]);
        }
    }
    return has;
}

static void check_needs(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_variant *fault, const struct ust_fault_scope *scope)
{
    static const struct {
        uint32_t bit;
        const char *what;
    } list[] = {
        {UST_FAULT_NEEDS_SCALING, "no pool in its scope scales"},
        {UST_FAULT_NEEDS_LAUNCHES, "no pool in its scope launches anything"},
        {UST_FAULT_NEEDS_INSTANCE_CHECKS, "no instances in its scope are probed"},
        {UST_FAULT_NEEDS_REGION_CHECKS,
         "there is no routing whose health checks probe regions"},
        {UST_FAULT_NEEDS_REPLICATION,
         "no service has a 'replication_lag', and none calls another"},
        {UST_FAULT_NEEDS_CACHE, "no call of a service in its scope has a 'cache'"},
        {UST_FAULT_NEEDS_WARM_UP,
         "no instance in its scope has a 'warm_up' with a 'slowdown' to come back cold with"},
    };
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    uint32_t missing = type->needs == NULL ? 0 : type->needs(fault->params);
    const struct ust_fault_common *common = fault->params;
    if (common->returns == UST_RETURNS_COLD)
        missing |= UST_FAULT_NEEDS_WARM_UP;
    missing &= ~offered(scenario, scope);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (missing & list[i].bit)
            (void)ust_diag_error(spec->diag, fault->node->place, "'%s' would do nothing: %s",
                                 fault->kind->name, list[i].what);
}

/* `after`: when its cause strikes. */
static void check_fault(struct ust_spec *spec, const struct ust_scenario *scenario,
                        const struct ust_fault_world *world, const struct ust_variant *fault,
                        ust_time after)
{
    if (fault->kind == NULL || fault->params == NULL)
        return;
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    const struct ust_fault_common *common = fault->params;
    ust_time at = after + common->at;
    if (common->at_node != NULL && scenario->duration > 0 && at >= scenario->duration) {
        char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
        (void)ust_diag_error(spec->diag, common->at_node->place,
                             "'at' is %s, but the run ends after %s", ust_time_text(at, a),
                             ust_time_text(scenario->duration, b));
    }
    if (type->form == UST_FAULT_GROUP) {
        const struct ust_items *members = type->members(fault->params);
        const struct ust_variant *member = members->at;
        for (uint32_t i = 0; i < members->n; i++)
            check_fault(spec, scenario, world, &member[i], at);
        return;
    }
    unsigned errors = ust_diag_errors(spec->diag);
    struct ust_fault_scope scope = {.zones = ~(uint64_t)0};
    type->scope(fault->params, &scope);
    check_scope(spec, scenario, &scope);
    if (ust_diag_errors(spec->diag) > errors)
        return;
    check_needs(spec, scenario, fault, &scope);
    if (type->bind != NULL)
        (void)type->bind(spec, fault->params, fault->node, world);
}

void ust_faults_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_variant *fault = scenario->faults.at;
    const struct ust_fault_world *world = world_of(spec, scenario);
    for (uint32_t i = 0; i < scenario->faults.n; i++)
        check_fault(spec, scenario, world, &fault[i], 0);
}

/* ---- compiling ---- */

static bool loses(const struct ust_variant *fault, const char *region)
{
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    if (type->form == UST_FAULT_GROUP) {
        const struct ust_items *members = type->members(fault->params);
        const struct ust_variant *member = members->at;
        for (uint32_t i = 0; i < members->n; i++)
            if (loses(&member[i], region))
                return true;
    }
    if (type->form != UST_FAULT_ONE)
        return false;
    struct ust_fault_scope scope = {.zones = ~(uint64_t)0};
    type->scope(fault->params, &scope);
    struct ust_fault_effect effect = {.slow = 1, .hosts = 1};
    type->effect(fault->params, 1, &effect);
    return effect.region_down && (scope.region == NULL || strcmp(scope.region, region) == 0);
}

bool ust_faults_lose(const struct ust_scenario *scenario, const char *region)
{
    const struct ust_variant *fault = scenario->faults.at;
    for (uint32_t i = 0; i < scenario->faults.n; i++)
        if (loses(&fault[i], region))
            return true;
    return false;
}

struct plan {
    struct ust_spec *spec;
    const struct ust_scenario *scenario;
    const struct ust_fault_world *world;
    const struct ust_config *config;
    struct ust_fault_config *faults;
    struct ust_cause_config *causes;
    struct ust_outage_config *outages;
    uint32_t faults_n, causes_n, outages_n;
};

/* How many single faults, causes and processes an entry stands for. */
static void count(const struct ust_variant *fault, struct plan *plan)
{
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    plan->faults_n += type->form == UST_FAULT_ONE;
    plan->outages_n += type->form == UST_FAULT_PROCESS;
    if (type->form != UST_FAULT_GROUP)
        return;
    plan->causes_n++;
    const struct ust_items *members = type->members(fault->params);
    const struct ust_variant *member = members->at;
    for (uint32_t i = 0; i < members->n; i++)
        count(&member[i], plan);
}

/* Marks the places that are named; NULL: all are meant. */
static const uint8_t *places_of(struct plan *plan, const struct ust_items *named)
{
    const struct ust_config *config = plan->config;
    if (named == NULL || named->n == 0)
        return NULL;
    uint8_t *marks = ust_arena_alloc(plan->spec->arena, uint8_t, config->places_n);
    const char **known = ust_arena_alloc(plan->spec->arena, const char *, config->places_n);
    for (uint32_t p = 0; p < config->places_n; p++)
        known[p] = config->places[p].name;
    const struct ust_node *element = ust_items_first(named);
    for (uint32_t i = 0; i < named->n; i++, element = element->next) {
        const char *name = ((const char *const *)named->at)[i];
        bool found = false;
        for (uint32_t p = 0; p < config->places_n; p++) {
            bool same = strcmp(known[p], name) == 0;
            marks[p] |= same;
            found |= same;
        }
        if (!found)
            (void)ust_spec_unknown(plan->spec, element->place, "place of a geography", name,
                                   known, config->places_n);
    }
    return marks;
}

/* Share of requests that call out, by stream; NULL: the fault is of another kind. */
static const double *calls_of(struct plan *plan, const struct ust_variant *fault)
{
    const struct ust_config *config = plan->config;
    struct ust_fault_effect effect = {.slow = 1, .hosts = 1};
    ust_fault_of(fault->kind)->effect(fault->params, 1, &effect);
    if (effect.call == NULL)
        return NULL;
    double *share = ust_arena_alloc(plan->spec->arena, double, config->traffic_n);
    for (uint32_t i = 0; i < config->traffic_n; i++)
        share[i] = effect.call->share; /* injected requests call out like any others */
    const struct ust_fault_caller *caller = effect.call->callers.at;
    for (uint32_t k = 0; k < effect.call->callers.n; k++) {
        if (find((const char *const *)plan->scenario->user_names, plan->scenario->personas.n,
                 caller[k].persona) < 0)
            (void)ust_spec_unknown(
                plan->spec, caller[k].node->place, "persona", caller[k].persona,
                (const char *const *)plan->scenario->user_names, plan->scenario->personas.n);
        for (uint32_t i = 0; i < config->traffic_n; i++)
            if (strcmp(config->traffic[i].persona->name, caller[k].persona) == 0)
                share[i] = caller[k].share;
    }
    return share;
}

static void add_one(struct plan *plan, const struct ust_variant *fault, int32_t cause,
                    ust_time after, const char *path)
{
    const struct ust_fault_common *common = fault->params;
    const struct ust_config *config = plan->config;
    struct ust_fault_course course = ust_fault_course_expected(common);
    course.at += after;
    struct ust_fault_scope scope = {.zones = ~(uint64_t)0};
    ust_fault_of(fault->kind)->scope(fault->params, &scope);
    plan->faults[plan->faults_n] = (struct ust_fault_config){
        .other = find_region(plan->scenario, scope.other),
        .places = places_of(plan, scope.places),
        .calls = calls_of(plan, fault),
        .types = types_of(plan->spec, plan->scenario, scope.types),
        .number = plan->faults_n,
        .fault = *fault,
        .cause = cause,
        .region = find_region(plan->scenario, scope.region),
        .service = find_service(plan->scenario, scope.service),
        .zones = scope.zones,
        .start = config->warmup + course.at,
        .end = config->warmup + ust_fault_end(&course, config->end - config->warmup),
        .path = path};
    plan->faults_n++;
}

static void add_process(struct plan *plan, const struct ust_variant *fault, const char *path)
{
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    const struct ust_fault_common *common = fault->params;
    const struct ust_config *config = plan->config;
    const struct ust_fault_course course = ust_fault_course_expected(common);
    struct ust_fault_scope scope = {.zones = ~(uint64_t)0};
    type->scope(fault->params, &scope);
    struct ust_outage_config *out = &plan->outages[plan->outages_n++];
    *out = (struct ust_outage_config){
        .fault = *fault,
        .region = find_region(plan->scenario, scope.region),
        .start = config->warmup + course.at,
        .end = config->warmup + ust_fault_end(&course, config->end - config->warmup),
        .path = path,
        .what = type->what(fault->params, plan->spec->arena)};
    out->targets_n =
        type->targets(fault->params, plan->spec->arena, plan->world, &out->targets);
}

static void add(struct plan *plan, const struct ust_variant *fault, int32_t cause,
                ust_time after, const char *path)
{
    const struct ust_fault_type *type = ust_fault_of(fault->kind);
    const struct ust_fault_common *common = fault->params;
    if (type->form == UST_FAULT_ONE) {
        add_one(plan, fault, cause, after, path);
        return;
    }
    if (type->form == UST_FAULT_PROCESS) {
        add_process(plan, fault, path);
        return;
    }
    int32_t number = (int32_t)plan->causes_n++;
    plan->causes[number] = (struct ust_cause_config){cause, common, path};
    const struct ust_items *members = type->members(fault->params);
    const struct ust_variant *member = members->at;
    for (uint32_t i = 0; i < members->n; i++)
        add(plan, &member[i], number, after + ust_fault_course_expected(common).at,
            ust_arena_printf(plan->spec->arena, "%s/%u", path, i + 1));
}

void ust_faults_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                      struct ust_config *config)
{
    const struct ust_variant *fault = scenario->faults.at;
    struct plan plan = {.spec = spec,
                        .scenario = scenario,
                        .world = world_of(spec, scenario),
                        .config = config};
    for (uint32_t i = 0; i < scenario->faults.n; i++)
        count(&fault[i], &plan);
    plan.faults = ust_arena_alloc(spec->arena, struct ust_fault_config, plan.faults_n);
    plan.causes = ust_arena_alloc(spec->arena, struct ust_cause_config, plan.causes_n);
    plan.outages = ust_arena_alloc(spec->arena, struct ust_outage_config, plan.outages_n);
    plan.faults_n = plan.causes_n = plan.outages_n = 0;
    for (uint32_t i = 0; i < scenario->faults.n; i++)
        add(&plan, &fault[i], -1, 0, ust_arena_printf(spec->arena, "fault/%u", i + 1));
    config->faults = plan.faults;
    for (uint32_t i = 0; i < plan.faults_n; i++) {
        struct ust_fault_effect effect = {.slow = 1, .hosts = 1};
        const struct ust_variant *it = &plan.faults[i].fault;
        ust_fault_of(it->kind)->effect(it->params, 1, &effect);
        config->cuts |= effect.cut > 0;
    }
    config->faults_n = plan.faults_n;
    config->causes = plan.causes;
    config->causes_n = plan.causes_n;
    config->outages = plan.outages;
    config->outages_n = plan.outages_n;
}
