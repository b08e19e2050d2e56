/* The table of the scenario language, and reading a scenario through it. */
#include "models/world/scenario.h"

#include <math.h>
#include <string.h>

#include "models/world/inputs.h"
#include "models/world/scenario_sections.h"
#include "sim/base/hash.h"
#include "sim/base/limits.h"

#define MAX_S UST_DURATION_MAX_S

const struct ust_field ust_scenario_fields[] = {
    {.key = "understudy",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_scenario, format),
     .low = 1,
     .high = 1,
     .flags = UST_FIELD_REQUIRED,
     .help = "Version of the language."},
    {.key = "name",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_scenario, name),
     .flags = UST_FIELD_REQUIRED,
     .help = "Name of the scenario, and of its results."},
    {.key = "description",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_scenario, description),
     .help = "The question that it answers."},
    {.key = "seed",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_scenario, seed),
     .low = 0,
     .high = 9007199254740991.0,
     .fallback = "1",
     .help = "All randomness comes from it; the same seed gives the same results."},
    {.key = "start",
     .kind = UST_FIELD_INSTANT,
     .offset = offsetof(struct ust_scenario, start),
     .fallback = "2026-01-05T00:00:00Z",
     .help =
         "When the warm-up begins, with a time zone; days and weeks of personas follow it."},
    {.key = "warmup",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_scenario, warmup),
     .low = 0,
     .high = MAX_S,
     .fallback = "0 s",
     .given = offsetof(struct ust_scenario, warmup_node) + 1,
     .help = "Simulated before anything is counted. All other times count from its end."},
    {.key = "duration",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_scenario, duration),
     .low = 0,
     .high = MAX_S,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_scenario, duration_node) + 1,
     .help = "How long is measured, after the warm-up."},
    {.key = "interval",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_scenario, interval),
     .low = 0.001,
     .high = MAX_S,
     .fallback = "auto",
     .word = "auto",
     .word_value = 0,
     .given = offsetof(struct ust_scenario, interval_node) + 1,
     .help =
         "Length of one step of the series; auto: at most 500 steps, and with faults at most "
         "a minute each."},
    {.key = "replications",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, replications),
     .fields = ust_replications_fields,
     .help = "Independent repetitions; intervals come from them."},
    {.key = "personas",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_scenario, personas),
     .unit = UST_FIELD_PLACE,
     .document = ust_user_persona_fields,
     .size = sizeof(const struct ust_node *),
     .low = 1,
     .high = UST_TRAFFIC_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "User personas: paths of files, or mappings with the same keys."},
    {.key = "regions",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_scenario, regions),
     .fields = ust_region_fields,
     .size = sizeof(struct ust_region_spec),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Regions by name."},
    {.key = "network",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, network),
     .fields = ust_network_fields,
     .help = "Delay between users and regions; personas without a geography have none."},
    UST_MONITORING_ROW(
        struct ust_scenario,
        "What agents on instances and balancers report to scalers. Without it, each sees "
        "its metric averaged over its own period, at once."),
    {.key = "services",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_scenario, services),
     .fields = ust_service_fields,
     .size = sizeof(struct ust_service_spec),
     .low = 1,
     .high = UST_SERVICES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Services by name."},
    {.key = "traffic",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_scenario, traffic),
     .fields = ust_traffic_fields,
     .size = sizeof(struct ust_traffic_spec),
     .low = 1,
     .high = UST_TRAFFIC_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Who uses what, and how much."},
    {.key = "routing",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, routing),
     .fields = ust_routing_fields,
     .given = offsetof(struct ust_scenario, routing.node) + 1,
     .help = "How users find a region; needed as soon as there are two."},
    {.key = "failover",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, failover),
     .fields = ust_failover_fields,
     .given = offsetof(struct ust_scenario, failover.node) + 1,
     .help = "A plan that a controller carries out when a region is lost, or has to be left."},
    {.key = "nodes",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_scenario, nodes),
     .fields = ust_nodes_fields,
     .size = sizeof(struct ust_nodes_spec),
     .low = 0,
     .high = UST_SERVICES_MAX,
     .help = "Machines under pods, by name; a service names those that it stands on."},
    {.key = "capacity",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_scenario, capacity),
     .fields = ust_capacity_fields,
     .size = sizeof(struct ust_capacity_spec),
     .low = 0,
     .high = UST_REGIONS_MAX,
     .help = "What the provider has for launches, by region; a region that is not named has no "
             "limits."},
    {.key = "faults",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_scenario, faults),
     .unit = UST_FIELD_VARIANT,
     .registry = &ust_fault_registry,
     .size = sizeof(struct ust_variant),
     .low = 0,
     .high = UST_FAULTS_MAX,
     .help = "What breaks, and when."},
    {.key = "injections",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_scenario, injections),
     .fields = ust_injection_fields,
     .size = sizeof(struct ust_injection_spec),
     .low = 0,
     .high = UST_TRAFFIC_MAX,
     .help = "Synthetic load on a region, before a failure or without one; told apart from "
             "users in every metric."},
    {.key = "objectives",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_scenario, objectives),
     .fields = ust_objective_fields,
     .size = sizeof(struct ust_objective_spec),
     .low = 0,
     .high = UST_TRAFFIC_MAX + 1,
     .help = "What users are promised, by persona; `default` holds for all others."},
    {.key = "readiness",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, readiness),
     .fields = ust_readiness_fields,
     .help = "Constants of the readiness score."},
    {.key = "checks",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_scenario, checks),
     .fields = ust_check_fields,
     .size = sizeof(struct ust_check_spec),
     .low = 0,
     .high = UST_CHECKS_MAX,
     .help = "Bounds that `understudy check` holds the results against."},
    {.key = "design",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_scenario, design),
     .fields = ust_design_fields,
     .given = offsetof(struct ust_scenario, design.node) + 1,
     .help = "The scenario asked many times, with values changed by plan; `understudy plan` "
             "lists its units, `understudy sweep` runs them, `understudy run` the scenario as "
             "it stands."},
    {.key = NULL},
};

/* ---- reading ---- */

/* A persona with mistakes has a name all the same, by which others speak of it; "" where it has
 * none that could be read. */
static const char *name_of(const struct ust_spec *spec, const struct ust_node *document)
{
    const struct ust_node *name = document == NULL ? NULL : ust_node_get(document, "name");
    bool good = name != NULL && name->kind == UST_NODE_SCALAR && !ust_spec_blamed(spec, name);
    return good ? name->text : "";
}

static void read_personas(struct ust_spec *spec, struct ust_scenario *scenario)
{
    const struct ust_node *const *node = scenario->personas.at;
    uint32_t n = scenario->personas.n;
    scenario->users = ust_arena_alloc(spec->arena, const struct ust_user_persona *, n);
    scenario->user_names = ust_arena_alloc(spec->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_node *document = node[i];
        scenario->users[i] = node[i]->kind == UST_NODE_SCALAR
                                 ? ust_user_persona_read(
                                       spec, ust_spec_path(spec, node[i]->place, node[i]->text),
                                       node[i]->place, &document)
                                 : ust_user_persona_decode(spec, node[i]);
        scenario->user_names[i] = name_of(spec, document);
    }
    struct ust_service_spec *service = scenario->services.at;
    for (uint32_t i = 0; i < scenario->services.n; i++) {
        const struct ust_node *at = service[i].instance;
        if (at == NULL)
            continue;
        service[i].persona =
            at->kind == UST_NODE_SCALAR
                ? ust_resource_persona_read(spec, ust_spec_path(spec, at->place, at->text),
                                            at->place)
                : ust_resource_persona_decode(spec, at);
    }
}

static void list_names(struct ust_spec *spec, struct ust_scenario *scenario)
{
    const struct ust_region_spec *region = scenario->regions.at;
    const struct ust_service_spec *service = scenario->services.at;
    scenario->region_names = ust_arena_alloc(spec->arena, const char *, scenario->regions.n);
    scenario->service_names = ust_arena_alloc(spec->arena, const char *, scenario->services.n);
    for (uint32_t i = 0; i < scenario->regions.n; i++)
        scenario->region_names[i] = region[i].id.name;
    for (uint32_t i = 0; i < scenario->services.n; i++)
        scenario->service_names[i] = service[i].id.name;
}

static uint64_t persona_meaning(const void *owner, const struct ust_node *node)
{
    const struct ust_scenario *scenario = owner;
    const struct ust_node *const *user = scenario->personas.at;
    const struct ust_service_spec *service = scenario->services.at;
    for (uint32_t i = 0; i < scenario->personas.n; i++)
        if (user[i] == node)
            return scenario->users[i]->hash;
    for (uint32_t i = 0; i < scenario->services.n; i++)
        if (service[i].instance == node)
            return service[i].persona->hash;
    const struct ust_resource_persona *alternative = ust_launching_persona(scenario, node);
    if (alternative != NULL)
        return alternative->hash;
    /* A row that is no persona: its text will do. */
    struct ust_text text = {0};
    ust_spec_write(node, false, &text);
    uint64_t hash = ust_hash_text(0, ust_text_string(&text));
    ust_text_free(&text);
    return hash;
}

/* Without what may be chosen anew for a run that goes on: it moves no result. */
static uint64_t hash_of(const struct ust_spec *spec, const struct ust_scenario *scenario)
{
    struct ust_scenario asked = *scenario;
    asked.seed = 0;
    asked.replications = (struct ust_replications_spec){0};
    asked.checks = (struct ust_items){0};
    asked.design = (struct ust_design_spec){0};
    return ust_spec_meaning(spec, ust_scenario_fields, &asked, persona_meaning, scenario);
}

struct ust_scenario *ust_scenario_decode(struct ust_spec *spec, const char *path,
                                         struct ust_node *root)
{
    unsigned errors = ust_diag_errors(spec->diag);
    struct ust_scenario *scenario = ust_arena_alloc(spec->arena, struct ust_scenario, 1);
    scenario->path = ust_arena_text(spec->arena, path);
    scenario->root = root;
    (void)ust_spec_decode(spec, root, ust_scenario_fields, scenario);
    read_personas(spec, scenario);
    ust_launching_read(spec, scenario);
    list_names(spec, scenario);
    (void)ust_scenario_check(spec, scenario);
    (void)ust_design_expand(spec, &scenario->design, (uint64_t)scenario->seed,
                            &scenario->units);
    if (ust_diag_errors(spec->diag) > errors) {
        ust_scenario_look(spec, scenario);
        return NULL;
    }
    if (ust_scenario_build(spec, scenario) != UST_OK)
        return NULL;
    scenario->hash = hash_of(spec, scenario);
    return scenario;
}

static struct ust_scenario *read_scenario(struct ust_spec *spec, const char *path,
                                          const char *const *sets, size_t sets_n,
                                          const struct ust_unit *unit)
{
    struct ust_node *root = ust_spec_read(spec, path);
    if (root == NULL)
        return NULL;
    if (ust_persona_is(root)) {
        struct ust_place whole = {.file = root->place.file, .order = root->place.order};
        (void)ust_diag_error(spec->diag, whole, "this is a persona, which a scenario names");
        ust_diag_note(spec->diag, "understudy validate checks it alone");
        return NULL;
    }
    for (size_t i = 0; i < sets_n; i++) {
        ust_spec_expand(spec, root, ust_scenario_fields);
        (void)ust_spec_set(spec, root, sets[i], (unsigned)i + 1);
    }
    if (unit != NULL) {
        ust_spec_expand(spec, root, ust_scenario_fields);
        ust_design_apply(spec, root, unit);
    }
    /* Mistakes so far (a duplicate key, an assignment that cannot be) leave a tree, whose own
     * mistakes are told with them. */
    bool fine = ust_diag_errors(spec->diag) == 0;
    ust_spec_settle(root, ust_scenario_fields);
    struct ust_scenario *scenario = ust_scenario_decode(spec, path, root);
    if (scenario == NULL || !fine)
        return NULL;
    scenario->question =
        ust_scenario_question(spec->arena, ust_diag_source_text(spec->diag, path));
    return scenario;
}

struct ust_scenario *ust_scenario_read(struct ust_spec *spec, const char *path,
                                       const char *const *sets, size_t sets_n)
{
    return read_scenario(spec, path, sets, sets_n, NULL);
}

struct ust_scenario *ust_scenario_read_unit(struct ust_spec *spec, const char *path,
                                            const char *const *sets, size_t sets_n,
                                            const struct ust_unit *unit)
{
    return read_scenario(spec, path, sets, sets_n, unit);
}
