#include "models/world/launching.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

static const char *const terminations[] = {"youngest", "oldest", "billing_hour", NULL};

static const char *const warm_states[] = {"none", "stopped", "hibernated", "running", NULL};

#define WARM(member)    offsetof(struct ust_launching_spec, warm.member)
#define REFRESH(member) offsetof(struct ust_launching_spec, refresh.member)

static const struct ust_field warm_fields[] = {
    {.key = "state",
     .kind = UST_FIELD_CHOICE,
     .offset = WARM(state),
     .choices = warm_states,
     .fallback = "stopped",
     .help = "How its machines wait. A stopped or hibernated one needs capacity and quota anew "
             "when it starts; a running one has them. none: there is no warm pool."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = WARM(min),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .fallback = "0",
     .help = "It holds at least so many."},
    {.key = "max_prepared",
     .kind = UST_FIELD_INT,
     .offset = WARM(max_prepared),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .word = "max",
     .word_value = -1,
     .fallback = "max",
     .given = WARM(max_node) + 1,
     .help = "Instances and waiting machines together: the warm pool holds this number, less "
             "what the scaler wants; max: that of the pool."},
    {.key = "reuse",
     .kind = UST_FIELD_BOOL,
     .offset = WARM(reuse),
     .fallback = "false",
     .help = "Instances that the scaler ends go back to it, while it has room."},
    {.key = "start",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = WARM(start),
     .help =
         "From the decision until a waiting machine's system is up, in place of request, "
         "provision and boot. Where absent, what an m7i.large took from its pool in January "
         "2026 (brevdev/ec2-coldboot-research): 21.2 s stopped, 20.7 s hibernated, 1.9 s "
         "running."},
    {.key = "ready",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = WARM(ready),
     .help = "Then, until the software serves. Where absent: the persona's 'ready' for a "
             "stopped machine, nothing for the others, whose software is in memory."},
    {.key = "price",
     .kind = UST_FIELD_PRICE,
     .offset = WARM(price),
     .low = 0,
     .high = 1e6,
     .word = "auto",
     .word_value = -1,
     .fallback = "auto",
     .help = "Of one that waits; auto: nothing for stopped and hibernated ones (their storage "
             "is yours to add), the persona's for running ones."},
    {.key = NULL},
};

static const struct ust_field refresh_fields[] = {
    {.key = "at",
     .kind = UST_FIELD_DURATION,
     .offset = REFRESH(at),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED,
     .given = REFRESH(at_node) + 1,
     .help = "When it begins, counted from the end of the warm-up."},
    {.key = "min_healthy",
     .kind = UST_FIELD_RATIO,
     .offset = REFRESH(min_healthy),
     .low = 0,
     .high = 1,
     .fallback = "90 %",
     .help = "Share of the wanted number that stays in service, rounded up."},
    {.key = "max_healthy",
     .kind = UST_FIELD_RATIO,
     .offset = REFRESH(max_healthy),
     .low = 1,
     .high = 2,
     .fallback = "100 %",
     .given = REFRESH(max_node) + 1,
     .help = "Share of the wanted number that may run; above 100 %, new instances are launched "
             "before old ones end. Both at 100 %: one at a time."},
    {.key = "warm_up",
     .kind = UST_FIELD_DURATION,
     .offset = REFRESH(warm_up),
     .low = 0,
     .high = 86400,
     .fallback = "300 s",
     .help = "A new instance counts after this time in service. The default is the console's "
             "grace period of health checks."},
    {.key = "checkpoints",
     .kind = UST_FIELD_LIST,
     .offset = REFRESH(checkpoints),
     .unit = UST_FIELD_RATIO,
     .size = sizeof(double),
     .low = 0,
     .high = 100,
     .help =
         "Shares of the instances, ascending, at which it waits; it ends at the last, which "
         "is 100 % where all shall be replaced."},
    {.key = "checkpoint_delay",
     .kind = UST_FIELD_DURATION,
     .offset = REFRESH(delay),
     .low = 0,
     .high = 2 * 86400,
     .fallback = "1 h",
     .help = "How long it waits there."},
    {.key = NULL},
};

const struct ust_field ust_launching_fields[] = {
    {.key = "policy",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_launching_spec, policy),
     .registry = &ust_launcher_registry,
     .help = "In which zone, and of which type, the next instance is asked for, and what "
             "happens when there is none; plain where absent."},
    {.key = "alternatives",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_launching_spec, alternatives),
     .unit = UST_FIELD_PLACE,
     .document = ust_resource_persona_fields,
     .size = sizeof(const struct ust_node *),
     .low = 0,
     .high = UST_TYPES_MAX - 1,
     .help = "Resource personas that may stand in for 'instance', in order of preference: "
             "files, or mappings with the same keys. They have its 'vcpu' and 'slots'; speed, "
             "price and launch are their own, all else is as 'instance' says."},
    {.key = "termination",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_launching_spec, termination),
     .choices = terminations,
     .fallback = "youngest",
     .help = "Who goes when the pool shrinks, after those that are still starting, of the zone "
             "with the most: the youngest, the oldest, or the one next to the end of an hour "
             "since its launch (what EC2 Auto Scaling's default comes to)."},
    {.key = "nodes",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_launching_spec, nodes),
     .given = offsetof(struct ust_launching_spec, nodes_node) + 1,
     .help = "Nodes of `nodes` that its instances, pods then, stand on; they cost what their "
             "part of the nodes costs, whatever the price of 'instance' says. Without this key "
             "instances are machines of their own."},
    {.key = "warm_pool",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = warm_fields,
     .given = WARM(node) + 1,
     .help = "Machines launched ahead of need, from which instances start sooner; none without "
             "this key. As EC2 Auto Scaling's."},
    {.key = "refresh",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = refresh_fields,
     .given = REFRESH(node) + 1,
     .help = "All instances are replaced, a few at a time, as by EC2 Auto Scaling's instance "
             "refresh; never without this key."},
    {.key = NULL},
};

/* ---- reading ---- */

static const struct ust_resource_persona **read_list(struct ust_spec *spec,
                                                     const struct ust_items *items)
{
    const struct ust_node *const *node = items->at;
    const struct ust_resource_persona **out =
        ust_arena_alloc(spec->arena, const struct ust_resource_persona *, items->n);
    for (uint32_t i = 0; i < items->n; i++)
        out[i] =
            node[i]->kind == UST_NODE_SCALAR
                ? ust_resource_persona_read(
                      spec, ust_spec_path(spec, node[i]->place, node[i]->text), node[i]->place)
                : ust_resource_persona_decode(spec, node[i]);
    return out;
}

void ust_launching_read(struct ust_spec *spec, struct ust_scenario *scenario)
{
    struct ust_service_spec *service = scenario->services.at;
    struct ust_nodes_spec *nodes = scenario->nodes.at;
    for (uint32_t s = 0; s < scenario->services.n; s++)
        service[s].launching.personas = read_list(spec, &service[s].launching.alternatives);
    for (uint32_t i = 0; i < scenario->nodes.n; i++)
        nodes[i].personas = read_list(spec, &nodes[i].instances);
}

static const struct ust_resource_persona *
in_list(const struct ust_items *items, const struct ust_resource_persona *const *personas,
        const struct ust_node *node)
{
    const struct ust_node *const *at = items->at;
    for (uint32_t i = 0; i < items->n; i++)
        if (at[i] == node)
            return personas[i];
    return NULL;
}

const struct ust_resource_persona *ust_launching_persona(const struct ust_scenario *scenario,
                                                         const struct ust_node *node)
{
    const struct ust_service_spec *service = scenario->services.at;
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    const struct ust_resource_persona *found = NULL;
    for (uint32_t s = 0; s < scenario->services.n && found == NULL; s++)
        found =
            in_list(&service[s].launching.alternatives, service[s].launching.personas, node);
    for (uint32_t i = 0; i < scenario->nodes.n && found == NULL; i++)
        found = in_list(&nodes[i].instances, nodes[i].personas, node);
    return found;
}

/* ---- types: the names of resource personas, numbered over the scenario ---- */

uint32_t ust_type_number(const struct ust_types *types, const char *name)
{
    uint32_t i = 0;
    while (i < types->n && !ust_text_equal(types->name[i], name))
        i++;
    return i;
}

static void add_type(struct ust_types *types, const struct ust_resource_persona *persona)
{
    if (persona == NULL || persona->name == NULL)
        return;
    uint32_t at = ust_type_number(types, persona->name);
    types->name[at] = persona->name;
    types->n += at == types->n;
}

struct ust_types ust_types_list(struct ust_arena *arena, const struct ust_scenario *scenario)
{
    const struct ust_service_spec *service = scenario->services.at;
    uint32_t most = 0;
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    for (uint32_t s = 0; s < scenario->services.n; s++)
        most += 1 + service[s].launching.alternatives.n;
    for (uint32_t i = 0; i < scenario->nodes.n; i++)
        most += nodes[i].instances.n;
    struct ust_types types = {ust_arena_alloc(arena, const char *, most + 1), 0};
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        add_type(&types, service[s].persona);
        for (uint32_t i = 0; i < service[s].launching.alternatives.n; i++)
            add_type(&types, service[s].launching.personas[i]);
    }
    for (uint32_t k = 0; k < scenario->nodes.n; k++)
        for (uint32_t i = 0; i < nodes[k].instances.n; i++)
            add_type(&types, nodes[k].personas[i]);
    return types;
}

/* ---- checks ---- */

static void check_alternatives(struct ust_spec *spec, const struct ust_service_spec *service)
{
    const struct ust_launching_spec *launching = &service->launching;
    const struct ust_resource_persona *own = service->persona;
    const struct ust_node *const *node = launching->alternatives.at;
    for (uint32_t i = 0; own != NULL && i < launching->alternatives.n; i++) {
        const struct ust_resource_persona *other = launching->personas[i];
        if (other == NULL)
            continue;
        if (other->vcpu < own->vcpu || other->vcpu > own->vcpu)
            (void)ust_diag_error(spec->diag, node[i]->place,
                                 "'%s' has %g vcpu; an alternative to '%s' must have %g",
                                 other->name, other->vcpu, own->name, own->vcpu);
        if (other->slots != own->slots)
            (void)ust_diag_error(spec->diag, node[i]->place,
                                 "'%s' has %" PRId64
                                 " slots; an alternative to '%s' must have %" PRId64,
                                 other->name, other->slots, own->name, own->slots);
    }
    const struct ust_kind *kind = launching->policy.kind;
    if (launching->alternatives.n > 0 && (kind == NULL || ust_launcher_of(kind)->plain))
        (void)ust_diag_error(spec->diag, launching->alternatives.node->key_place,
                             "'alternatives' need a 'policy' that falls back to them; plain "
                             "does not");
}

static void check_refresh(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const struct ust_refresh_spec *refresh)
{
    const double *share = refresh->checkpoints.at;
    const struct ust_node *at = ust_items_first(&refresh->checkpoints);
    char a[UST_TIME_TEXT_MAX], b[UST_TIME_TEXT_MAX];
    if (refresh->node == NULL)
        return;
    for (uint32_t i = 0; i < refresh->checkpoints.n; i++, at = at->next)
        if (share[i] <= 0 || share[i] > 1 || (i > 0 && share[i] <= share[i - 1]))
            (void)ust_diag_error(spec->diag, at->place,
                                 "checkpoints rise, from above 0 %% to at most 100 %%");
    if (refresh->at_node != NULL && scenario->duration > 0 && refresh->at >= scenario->duration)
        (void)ust_diag_error(
            spec->diag, refresh->at_node->place, "'at' is %s, but the run ends after %s",
            ust_time_text(refresh->at, a), ust_time_text(scenario->duration, b));
}

void ust_launching_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_service_spec *service = scenario->services.at;
    const struct ust_capacity_spec *capacity = scenario->capacity.at;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        check_alternatives(spec, &service[s]);
        check_refresh(spec, scenario, &service[s].launching.refresh);
    }
    ust_nodes_check(spec, scenario);
    for (uint32_t i = 0; i < scenario->capacity.n; i++)
        ust_capacity_check(spec, scenario, &capacity[i]);
}

/* ---- what becomes of them ---- */

static struct ust_machine machine(struct ust_types *types,
                                  const struct ust_resource_persona *persona,
                                  double price_factor)
{
    struct ust_machine out = {.persona = persona,
                              .type = ust_type_number(types, persona->name),
                              .speed = persona->speed,
                              .work_rate = persona->speed,
                              .price = persona->price * price_factor};
    if (persona->discipline != UST_PS && persona->slots > 0 &&
        persona->vcpu < (double)persona->slots)
        out.work_rate *= persona->vcpu / (double)persona->slots;
    return out;
}

static struct ust_variant policy_of(struct ust_spec *spec,
                                    const struct ust_launching_spec *from)
{
    if (from->policy.kind != NULL)
        return from->policy;
    const struct ust_kind *plain = ust_launcher_registry.kinds[0];
    return (struct ust_variant){
        .kind = plain, .params = ust_arena_bytes(spec->arena, 1, plain->params_size + 1)};
}

static struct ust_warm_config warm_of(const struct ust_service_spec *service,
                                      double price_factor)
{
    static const ust_time starts[] = {0, 21200 * UST_MS, 20700 * UST_MS, 1900 * UST_MS};
    const struct ust_warm_spec *from = &service->launching.warm;
    if (from->node == NULL)
        return (struct ust_warm_config){.state = UST_WARM_NONE};
    struct ust_warm_config out = {.state = from->state,
                                  .min = (uint32_t)from->min,
                                  .max_prepared = from->max_prepared,
                                  .reuse = from->reuse,
                                  .start = from->start,
                                  .ready = from->ready,
                                  .price = from->price * price_factor};
    if (from->start.type == NULL)
        out.start = ust_dist_constant((double)starts[from->state]);
    if (from->ready.type == NULL && from->state == UST_WARM_STOPPED)
        out.ready = service->persona->launch.ready;
    if (from->price < 0)
        out.price = from->state == UST_WARM_RUNNING ? -1 : 0;
    return out;
}

static struct ust_refresh_config refresh_of(const struct ust_scenario *scenario,
                                            const struct ust_refresh_spec *from)
{
    if (from->node == NULL)
        return (struct ust_refresh_config){.at = UST_NEVER};
    return (struct ust_refresh_config){.at = scenario->warmup + from->at,
                                       .min_healthy = from->min_healthy,
                                       .max_healthy = from->max_healthy,
                                       .warm_up = from->warm_up,
                                       .checkpoints = from->checkpoints.at,
                                       .checkpoints_n = from->checkpoints.n,
                                       .delay = from->delay};
}

struct ust_launching_config ust_launching_build(struct ust_spec *spec,
                                                const struct ust_scenario *scenario,
                                                const struct ust_service_spec *service,
                                                uint32_t region, double price_factor)
{
    const struct ust_launching_spec *from = &service->launching;
    struct ust_types types = ust_types_list(spec->arena, scenario);
    uint32_t n = 1 + from->alternatives.n;
    struct ust_machine *machines = ust_arena_alloc(spec->arena, struct ust_machine, n);
    machines[0] = machine(&types, service->persona, price_factor);
    if (from->nodes != NULL)
        machines[0].price = 0;
    for (uint32_t i = 1; i < n; i++)
        machines[i] = machine(&types, from->personas[i - 1], price_factor);
    return (struct ust_launching_config){
        .launcher = policy_of(spec, from),
        .machines = machines,
        .machines_n = n,
        .termination = from->termination,
        .warm = warm_of(service, price_factor),
        .refresh = refresh_of(scenario, &from->refresh),
        .nodes = ust_nodes_set_of(scenario, from->nodes, scenario->region_names[region])};
}
