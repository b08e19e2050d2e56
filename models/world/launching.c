#include "models/world/launching.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

static const char *const terminations[] = {"youngest", "oldest", "billing_hour", NULL};

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
    {.key = NULL},
};

/* ---- reading ---- */

void ust_launching_read(struct ust_spec *spec, struct ust_scenario *scenario)
{
    struct ust_service_spec *service = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        struct ust_launching_spec *launching = &service[s].launching;
        const struct ust_node *const *node = launching->alternatives.at;
        uint32_t n = launching->alternatives.n;
        launching->personas =
            ust_arena_alloc(spec->arena, const struct ust_resource_persona *, n);
        for (uint32_t i = 0; i < n; i++)
            launching->personas[i] =
                node[i]->kind == UST_NODE_SCALAR
                    ? ust_resource_persona_read(
                          spec, ust_spec_path(spec, node[i]->place, node[i]->text),
                          node[i]->place)
                    : ust_resource_persona_decode(spec, node[i]);
    }
}

const struct ust_resource_persona *ust_launching_persona(const struct ust_scenario *scenario,
                                                         const struct ust_node *node)
{
    const struct ust_service_spec *service = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_node *const *at = service[s].launching.alternatives.at;
        for (uint32_t i = 0; i < service[s].launching.alternatives.n; i++)
            if (at[i] == node)
                return service[s].launching.personas[i];
    }
    return NULL;
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
    for (uint32_t s = 0; s < scenario->services.n; s++)
        most += 1 + service[s].launching.alternatives.n;
    struct ust_types types = {ust_arena_alloc(arena, const char *, most + 1), 0};
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        add_type(&types, service[s].persona);
        for (uint32_t i = 0; i < service[s].launching.alternatives.n; i++)
            add_type(&types, service[s].launching.personas[i]);
    }
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

void ust_launching_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_service_spec *service = scenario->services.at;
    const struct ust_capacity_spec *capacity = scenario->capacity.at;
    for (uint32_t s = 0; s < scenario->services.n; s++)
        check_alternatives(spec, &service[s]);
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
    if (persona->discipline == UST_FCFS && persona->slots > 0 &&
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

struct ust_launching_config ust_launching_build(struct ust_spec *spec,
                                                const struct ust_scenario *scenario,
                                                const struct ust_service_spec *service,
                                                double price_factor)
{
    const struct ust_launching_spec *from = &service->launching;
    struct ust_types types = ust_types_list(spec->arena, scenario);
    uint32_t n = 1 + from->alternatives.n;
    struct ust_machine *machines = ust_arena_alloc(spec->arena, struct ust_machine, n);
    machines[0] = machine(&types, service->persona, price_factor);
    for (uint32_t i = 1; i < n; i++)
        machines[i] = machine(&types, from->personas[i - 1], price_factor);
    return (struct ust_launching_config){.launcher = policy_of(spec, from),
                                         .machines = machines,
                                         .machines_n = n,
                                         .termination = from->termination};
}
