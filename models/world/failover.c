#include "models/world/failover.h"

#include <inttypes.h>
#include <string.h>

#include "models/failover/plan.h"
#include "models/world/scenario.h"
#include "sim/base/limits.h"

enum { ON_LOSS, ON_TIME, ON_BOTH };
static const char *const trigger_names[] = {"loss", "time", "both", NULL};

const struct ust_field ust_failover_fields[] = {
    {.key = "from",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_failover_spec, from),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_failover_spec, from_node) + 1,
     .help = "The region that is left. While there is a plan, its users go nowhere but by the "
             "plan's steps."},
    {.key = "to",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_failover_spec, to),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_failover_spec, to_node) + 1,
     .help = "The standby, which gets them, wherever the routing policy would send them."},
    {.key = "on",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_failover_spec, on),
     .choices = trigger_names,
     .fallback = "loss",
     .given = offsetof(struct ust_failover_spec, on_node) + 1,
     .help = "What begins it. loss: the health checks call the region lost; time: at `at`, a "
             "planned evacuation or a game day; both: whichever comes first. A planned one "
             "that a loss overtakes goes on as a loss."},
    {.key = "at",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_failover_spec, at),
     .high = UST_DURATION_MAX_S,
     .fallback = "0 s",
     .flags = UST_FIELD_UNWRITTEN,
     .given = offsetof(struct ust_failover_spec, at_node) + 1,
     .help = "When the planned one begins, counted from the end of the warm-up."},
    {.key = "poll",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_failover_spec, poll),
     .low = 0.001,
     .high = 3600,
     .fallback = "1 s",
     .help = "The controller looks so often at what it waits for."},
    {.key = "steps",
     .kind = UST_FIELD_LIST,
     .unit = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_failover_spec, steps),
     .registry = &ust_step_registry,
     .size = sizeof(struct ust_variant),
     .low = 1,
     .high = UST_STEPS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "What it does. A step begins when those that it needs are over."},
    {.key = NULL},
};

static int find(const char *const *names, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (word != NULL && strcmp(names[i], word) == 0)
            return (int)i;
    return -1;
}

static struct ust_step_scope scope_of(const struct ust_variant *step)
{
    struct ust_step_scope scope = {0};
    if (ust_step_of(step->kind)->scope != NULL)
        ust_step_of(step->kind)->scope(step->params, &scope);
    return scope;
}

/* ---- checks ---- */

static void check_region(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const char *name, const struct ust_node *node)
{
    if (name != NULL && scenario->regions.n > 0 &&
        find((const char *const *)scenario->region_names, scenario->regions.n, name) < 0)
        (void)ust_spec_unknown(spec, node->place, "region", name,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
}

static void check_trigger(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_failover_spec *failover = &scenario->failover;
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    if (failover->on != ON_LOSS && failover->at_node == NULL)
        (void)ust_diag_error(spec->diag, failover->on_node->place,
                             "'%s' needs an 'at', when the plan begins",
                             trigger_names[failover->on]);
    if (failover->on == ON_LOSS && failover->at_node != NULL)
        (void)ust_diag_error(spec->diag, failover->at_node->key_place,
                             "'at' has no meaning with 'on: loss'; 'time' and 'both' begin "
                             "at a time");
    if (failover->at_node != NULL && scenario->duration > 0 &&
        failover->at >= scenario->duration)
        (void)ust_diag_error(
            spec->diag, failover->at_node->place, "'at' is %s, after the end of the run, %s",
            ust_time_text(failover->at, a), ust_time_text(scenario->duration, b));
    if (failover->on != ON_TIME && scenario->routing.node != NULL &&
        scenario->routing.health.interval == 0)
        (void)ust_diag_error(spec->diag, failover->node->key_place,
                             "nothing tells the plan of a loss: 'routing' has no "
                             "'health_check'");
}

static const struct ust_pool_spec *pool_of(const struct ust_service_spec *service,
                                           const char *region)
{
    const struct ust_pool_spec *pool = service->pools.at;
    for (uint32_t i = 0; i < service->pools.n; i++)
        if (ust_text_equal(pool[i].id.name, region))
            return &pool[i];
    return NULL;
}

static void check_growth(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const struct ust_step_scope *scope, const char *service)
{
    const struct ust_service_spec *services = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_pool_spec *pool = pool_of(&services[s], scenario->failover.to);
        if (pool == NULL || (service != NULL && !ust_text_equal(services[s].id.name, service)))
            continue;
        int64_t max = pool->max_node == NULL ? pool->instances : pool->max;
        if (scope->instances > max)
            (void)ust_diag_error(spec->diag, scope->instances_node->place,
                                 "'instances' is %" PRId64
                                 ", but 'max' of service '%s' in '%s' is %" PRId64,
                                 scope->instances, services[s].id.name, pool->id.name, max);
    }
}

static bool has_replica(const struct ust_service_spec *service, const char *region)
{
    const struct ust_data_spec *data = &service->data;
    if (data->replicas.n == 0)
        return pool_of(service, region) != NULL;
    return ust_text_equal(data->primary, region) ||
           find(data->replicas.at, data->replicas.n, region) >= 0;
}

static const struct ust_service_spec *service_of(const struct ust_scenario *scenario,
                                                 const char *name)
{
    const struct ust_service_spec *service = scenario->services.at;
    int s = find((const char *const *)scenario->service_names, scenario->services.n, name);
    return s < 0 ? NULL : &service[s];
}

/* Data that is promoted has a copy where it is promoted to. */
static void check_replica(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const char *name, struct ust_place place)
{
    const struct ust_service_spec *service = service_of(scenario, name);
    if (service->data.node != NULL && service->data.primary != NULL &&
        scenario->failover.to != NULL && !has_replica(service, scenario->failover.to))
        (void)ust_diag_error(spec->diag, place,
                             "'%s' has no replica in '%s' that could be promoted", name,
                             scenario->failover.to);
}

static bool names(const struct ust_items *services, const char *name)
{
    const char *const *service = services != NULL ? services->at : NULL;
    if (services == NULL || services->n == 0)
        return true;
    return find(service, services->n, name) >= 0;
}

/* A stated duration needs something that takes it. */
static void check_promotion(struct ust_spec *spec, const struct ust_scenario *scenario,
                            const struct ust_step_scope *scope)
{
    const struct ust_service_spec *service = scenario->services.at;
    const char *tier = NULL;
    if (!scope->promotes || scope->duration_node == NULL)
        return;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        if (!names(scope->services, service[s].id.name))
            continue;
        if (service[s].data.node != NULL)
            tier = service[s].id.name;
        else if (service[s].replication_lag.type != NULL)
            return;
    }
    if (tier != NULL)
        (void)ust_diag_error(spec->diag, scope->duration_node->key_place,
                             "how long this takes is said by the data of '%s', in its "
                             "'promotion: duration'",
                             tier);
}

static void check_step(struct ust_spec *spec, const struct ust_scenario *scenario,
                       const struct ust_variant *step)
{
    struct ust_step_scope scope = scope_of(step);
    const char *const *service = scope.services != NULL ? scope.services->at : NULL;
    uint32_t n = scope.services != NULL ? scope.services->n : 0;
    const struct ust_node *at = n > 0 ? ust_items_first(scope.services) : NULL;
    if (n == 0 && scope.instances > 0)
        check_growth(spec, scenario, &scope, NULL);
    for (uint32_t i = 0; i < n; i++, at = at != NULL ? at->next : NULL) {
        struct ust_place place = at != NULL ? at->place : scope.services->node->place;
        if (find((const char *const *)scenario->service_names, scenario->services.n,
                 service[i]) < 0)
            (void)ust_spec_unknown(spec, place, "service", service[i],
                                   (const char *const *)scenario->service_names,
                                   scenario->services.n);
        else if (scope.instances > 0)
            check_growth(spec, scenario, &scope, service[i]);
        else if (scope.promotes)
            check_replica(spec, scenario, service[i], place);
    }
    check_promotion(spec, scenario, &scope);
}

void ust_failover_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_failover_spec *failover = &scenario->failover;
    const struct ust_variant *step = failover->steps.at;
    struct ust_plan plan;
    if (failover->node == NULL)
        return;
    check_region(spec, scenario, failover->from, failover->from_node);
    check_region(spec, scenario, failover->to, failover->to_node);
    if (failover->from != NULL && ust_text_equal(failover->from, failover->to))
        (void)ust_diag_error(spec->diag, failover->to_node->place,
                             "'to' is the region that is left, '%s'", failover->to);
    check_trigger(spec, scenario);
    for (uint32_t i = 0; i < failover->steps.n; i++)
        if (step[i].kind != NULL && step[i].params != NULL)
            check_step(spec, scenario, &step[i]);
    if (failover->steps.n <= UST_STEPS_MAX)
        (void)ust_plan_bind(spec, &failover->steps, &plan);
}

/* ---- building ---- */

static bool is_sticky(const struct ust_traffic_config *traffic)
{
    return traffic->sessions || traffic->connections;
}

static bool takes_stream(const struct ust_step_scope *scope, const struct ust_config *config,
                         const struct ust_traffic_config *traffic)
{
    if (scope->users == UST_USERS_STICKY && !is_sticky(traffic))
        return false;
    if (scope->users == UST_USERS_STATELESS && is_sticky(traffic))
        return false;
    return names(scope->services, config->services[traffic->service].name);
}

static void build_step(struct ust_spec *spec, const struct ust_plan_step *step,
                       const struct ust_config *config, uint32_t to,
                       struct ust_failover_step_config *out)
{
    out->scope = scope_of(&step->kind);
    uint8_t *streams = ust_arena_alloc(spec->arena, uint8_t, config->traffic_n);
    uint8_t *services = ust_arena_alloc(spec->arena, uint8_t, config->services_n);
    bool any = false;
    for (uint32_t i = 0; out->scope.shifts && i < config->traffic_n; i++) {
        streams[i] = takes_stream(&out->scope, config, &config->traffic[i]);
        any |= streams[i] != 0;
    }
    bool tiers = false, others = false;
    for (uint32_t i = 0; i < config->services_n; i++) {
        const struct ust_service_config *service = &config->services[i];
        services[i] = names(out->scope.services, service->name);
        /* Data that has no copy there is left to its own promotion. */
        if (out->scope.promotes && service->data != NULL)
            services[i] &=
                service->data->primary == to || (service->data->replicas >> to & 1) != 0;
        tiers |= services[i] && service->data != NULL;
        others |= services[i] && service->replication_lag.type != NULL;
    }
    out->assumes = others || !tiers;
    out->streams = streams;
    out->services = services;
    if (out->scope.shifts && !any)
        (void)ust_diag_error(spec->diag, step->kind.node->place,
                             "'%s' moves nobody: no traffic is %s there", step->name,
                             ust_step_users_names[out->scope.users]);
}

/* Steps that have to be over before this one begins, by way of others too. */
static uint64_t all_needs(const struct ust_plan *plan, uint32_t step)
{
    uint64_t all = plan->steps[step].needs, before = 0;
    while (all != before) {
        before = all;
        for (uint32_t i = 0; i < plan->n; i++)
            all |= before >> i & 1 ? plan->steps[i].needs : 0;
    }
    return all;
}

static bool move_the_same(const struct ust_failover_step_config *a,
                          const struct ust_failover_step_config *b, uint32_t traffic_n)
{
    for (uint32_t i = 0; i < traffic_n; i++)
        if (a->scope.shifts && b->scope.shifts && a->streams[i] && b->streams[i])
            return true;
    return false;
}

/* Each would undo at every look what the other has done. */
static void refuse_two_at_once(struct ust_spec *spec, const struct ust_plan *plan,
                               const struct ust_failover_step_config *steps, uint32_t traffic_n)
{
    for (uint32_t b = 1; b < plan->n; b++)
        for (uint32_t a = 0; a < b; a++)
            if (move_the_same(&steps[a], &steps[b], traffic_n) &&
                !(all_needs(plan, a) >> b & 1) && !(all_needs(plan, b) >> a & 1))
                (void)ust_diag_error(spec->diag, plan->steps[b].kind.node->place,
                                     "'%s' may move the same users at the same time as '%s'; "
                                     "it has to need that",
                                     plan->steps[b].name, plan->steps[a].name);
}

static void warn_of_those_who_stay(struct ust_spec *spec, const struct ust_scenario *scenario,
                                   const struct ust_failover_config *failover,
                                   const struct ust_config *config)
{
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        bool moves = false;
        for (uint32_t k = 0; k < failover->plan.n; k++)
            moves |= failover->steps[k].scope.shifts && !failover->steps[k].scope.returns &&
                     failover->steps[k].streams[i];
        if (!moves)
            ust_diag_warning(spec->diag, scenario->failover.steps.node->place,
                             "no step shifts the traffic of '%s': it stays in '%s' whatever "
                             "happens there",
                             config->traffic[i].name, scenario->failover.from);
    }
}

void ust_failover_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                        struct ust_config *config)
{
    const struct ust_failover_spec *from = &scenario->failover;
    if (from->node == NULL)
        return;
    struct ust_failover_config *out =
        ust_arena_alloc(spec->arena, struct ust_failover_config, 1);
    const char *const *regions = (const char *const *)scenario->region_names;
    out->from = (uint32_t)find(regions, scenario->regions.n, from->from);
    out->to = (uint32_t)find(regions, scenario->regions.n, from->to);
    out->on_loss = from->on != ON_TIME;
    out->at = from->on == ON_LOSS ? UST_NEVER : config->warmup + from->at;
    out->poll = from->poll;
    (void)ust_plan_bind(spec, &from->steps, &out->plan);
    struct ust_failover_step_config *steps =
        ust_arena_alloc(spec->arena, struct ust_failover_step_config, out->plan.n);
    for (uint32_t i = 0; i < out->plan.n; i++)
        build_step(spec, &out->plan.steps[i], config, out->to, &steps[i]);
    out->steps = steps;
    refuse_two_at_once(spec, &out->plan, steps, config->traffic_n);
    warn_of_those_who_stay(spec, scenario, out, config);
    config->failover = out;
}
