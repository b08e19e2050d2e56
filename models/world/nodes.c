/* The section `nodes`: machines under pods. */
#include <inttypes.h>
#include <math.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

#define NODES(member)  offsetof(struct ust_nodes_spec, member)
#define REGION(member) offsetof(struct ust_nodes_region_spec, member)

static const struct ust_field region_fields[] = {
    {.key = "nodes",
     .kind = UST_FIELD_INT,
     .offset = REGION(nodes),
     .low = 0,
     .high = UST_NODES_MAX,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .help = "Nodes at the beginning, of the first of 'instances', over the zones in turn."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = REGION(min),
     .low = 0,
     .high = UST_NODES_MAX,
     .given = REGION(min_node) + 1,
     .help = "The provisioner never goes below; `nodes` where absent."},
    {.key = "max",
     .kind = UST_FIELD_INT,
     .offset = REGION(max),
     .low = 1,
     .high = UST_NODES_MAX,
     .given = REGION(max_node) + 1,
     .help = "The provisioner never goes above; `nodes` where absent."},
    {.key = NULL},
};

static const struct ust_field reserved_fields[] = {
    {.key = "vcpu",
     .kind = UST_FIELD_NUMBER,
     .offset = NODES(reserved_vcpu),
     .low = 0,
     .high = 1e6,
     .fallback = "0",
     .help = "vCPU of each node that are the system's own and its daemons'."},
    {.key = "memory",
     .kind = UST_FIELD_BYTES,
     .offset = NODES(reserved_memory),
     .low = 0,
     .high = HUGE_VAL,
     .fallback = "0 B",
     .help = "Memory of each node, likewise."},
    {.key = NULL},
};

static const struct ust_field pause_fields[] = {
    {.key = "pods",
     .kind = UST_FIELD_INT,
     .offset = NODES(pause.pods),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .fallback = "0",
     .help = "How many pause pods hold room; a real pod that finds none takes theirs, and they "
             "wait for new nodes in its place."},
    {.key = "vcpu",
     .kind = UST_FIELD_NUMBER,
     .offset = NODES(pause.vcpu),
     .low = 0,
     .high = 1e6,
     .fallback = "1",
     .help = "vCPU that each asks for."},
    {.key = "memory",
     .kind = UST_FIELD_BYTES,
     .offset = NODES(pause.memory),
     .low = 0,
     .high = HUGE_VAL,
     .fallback = "0 B",
     .help = "Memory that each asks for."},
    {.key = NULL},
};

const struct ust_field ust_nodes_fields[] = {
    {.key = "instances",
     .kind = UST_FIELD_LIST,
     .offset = NODES(instances),
     .unit = UST_FIELD_PLACE,
     .size = sizeof(const struct ust_node *),
     .low = 1,
     .high = UST_TYPES_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Resource personas of its nodes, files or mappings: 'vcpu', 'memory', 'price' and "
             "'launch' count; the provisioner chooses among them."},
    {.key = "provisioner",
     .kind = UST_FIELD_VARIANT,
     .offset = NODES(provisioner),
     .registry = &ust_provisioner_registry,
     .help = "What adds and removes nodes; without this key they stay as they are."},
    {.key = "max_pods",
     .kind = UST_FIELD_INT,
     .offset = NODES(pods_max),
     .low = 1,
     .high = 10000,
     .fallback = "110",
     .help = "Pods on one node; the default is the kubelet's."},
    {.key = "reserved",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = reserved_fields,
     .help = "What pods cannot use of a node."},
    {.key = "overprovisioning",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = pause_fields,
     .help = "Room held by pods that do nothing and give way (the cluster autoscaler's FAQ, "
             "\"overprovisioning\")."},
    {.key = "regions",
     .kind = UST_FIELD_MAP,
     .offset = NODES(regions),
     .fields = region_fields,
     .size = sizeof(struct ust_nodes_region_spec),
     .low = 1,
     .high = UST_REGIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "Nodes by region; `us-east-1: 3` is short for `us-east-1: {nodes: 3}`."},
    {.key = NULL},
};

/* ---- what they are ---- */

static struct ust_node_size size_of(const struct ust_nodes_spec *nodes,
                                    const struct ust_resource_persona *persona,
                                    double price_factor)
{
    double memory = persona->memory > 0 ? persona->memory - nodes->reserved_memory : HUGE_VAL;
    return (struct ust_node_size){.vcpu = persona->vcpu - nodes->reserved_vcpu,
                                  .memory = memory,
                                  .price = persona->price * price_factor};
}

uint32_t ust_nodes_set_of(const struct ust_scenario *scenario, const char *name,
                          const char *region)
{
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    uint32_t number = 0;
    for (uint32_t i = 0; name != NULL && i < scenario->nodes.n; i++) {
        const struct ust_nodes_region_spec *at = nodes[i].regions.at;
        for (uint32_t r = 0; r < nodes[i].regions.n; r++) {
            number++;
            if (ust_text_equal(nodes[i].id.name, name) && ust_text_equal(at[r].id.name, region))
                return number;
        }
    }
    return 0;
}

double ust_nodes_vcpu(const struct ust_scenario *scenario, const char *region)
{
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    double vcpu = 0;
    for (uint32_t i = 0; i < scenario->nodes.n; i++) {
        const struct ust_nodes_region_spec *at = nodes[i].regions.at;
        for (uint32_t r = 0; r < nodes[i].regions.n; r++)
            if (ust_text_equal(at[r].id.name, region) && nodes[i].personas[0] != NULL)
                vcpu += (double)at[r].nodes * nodes[i].personas[0]->vcpu;
    }
    return vcpu;
}

static int region_of(const struct ust_scenario *scenario, const char *name)
{
    for (uint32_t r = 0; r < scenario->regions.n; r++)
        if (ust_text_equal(scenario->region_names[r], name))
            return (int)r;
    return -1;
}

/* ---- checks ---- */

/* The pods of one service at the beginning, placed as the model will place them; how many find
 * no room. */
static int64_t place(struct ust_node_room *room, uint32_t n, int64_t pods,
                     const struct ust_resource_persona *pod)
{
    uint32_t in_zone[UST_ZONES_MAX] = {0};
    for (int64_t i = 0; i < pods; i++) {
        uint32_t at = ust_nodes_place(room, n, in_zone, pod->vcpu, pod->memory);
        if (at == n)
            return pods - i;
        ust_nodes_put(&room[at], pod->vcpu, pod->memory);
        in_zone[room[at].zone]++;
    }
    return 0;
}

static void check_room(struct ust_spec *spec, const struct ust_scenario *scenario,
                       const struct ust_nodes_spec *nodes,
                       const struct ust_nodes_region_spec *at)
{
    int region = region_of(scenario, at->id.name);
    const struct ust_service_spec *service = scenario->services.at;
    const struct ust_region_spec *regions = scenario->regions.at;
    if (region < 0 || nodes->personas[0] == NULL || regions[region].zones < 1)
        return;
    uint32_t n = (uint32_t)at->nodes, on_it = 0;
    struct ust_node_room *room = ust_arena_alloc(spec->arena, struct ust_node_room, n);
    struct ust_node_size size = size_of(nodes, nodes->personas[0], 1);
    for (uint32_t i = 0; i < n; i++)
        room[i] = (struct ust_node_room){size.vcpu, size.memory, (uint32_t)nodes->pods_max,
                                         i % (uint32_t)regions[region].zones, true};
    for (uint32_t s = 0; s < scenario->services.n; s++) {
        const struct ust_pool_spec *pool = service[s].pools.at;
        for (uint32_t k = 0; k < service[s].pools.n; k++) {
            if (!ust_text_equal(service[s].launching.nodes, nodes->id.name) ||
                !ust_text_equal(pool[k].id.name, at->id.name) || service[s].persona == NULL)
                continue;
            on_it++;
            int64_t left = place(room, n, pool[k].instances, service[s].persona);
            if (left > 0)
                (void)ust_diag_error(
                    spec->diag, pool[k].id.node->place,
                    "%" PRId64 " of the %" PRId64
                    " pods at the beginning find no room on the %u node%s of '%s'",
                    left, pool[k].instances, n, n == 1 ? "" : "s", nodes->id.name);
        }
    }
    if (on_it == 0)
        ust_diag_warning(spec->diag, at->id.node->key_place,
                         "no service stands on nodes '%s' in '%s'; they do and cost nothing",
                         nodes->id.name, at->id.name);
}

static void check_region(struct ust_spec *spec, const struct ust_scenario *scenario,
                         const struct ust_nodes_spec *nodes,
                         const struct ust_nodes_region_spec *at)
{
    if (region_of(scenario, at->id.name) < 0)
        (void)ust_spec_unknown(spec, at->id.node->key_place, "region", at->id.name,
                               (const char *const *)scenario->region_names,
                               scenario->regions.n);
    if (at->min_node != NULL && at->min > at->nodes)
        (void)ust_diag_error(spec->diag, at->min_node->place,
                             "'min' is %" PRId64 ", over 'nodes', %" PRId64, at->min,
                             at->nodes);
    if (at->max_node != NULL && at->max < at->nodes)
        (void)ust_diag_error(spec->diag, at->max_node->place,
                             "'max' is %" PRId64 ", below 'nodes', %" PRId64, at->max,
                             at->nodes);
    check_room(spec, scenario, nodes, at);
}

static void check_sizes(struct ust_spec *spec, const struct ust_nodes_spec *nodes)
{
    const struct ust_node *const *node = nodes->instances.at;
    for (uint32_t i = 0; i < nodes->instances.n; i++) {
        if (nodes->personas[i] == NULL)
            continue;
        struct ust_node_size size = size_of(nodes, nodes->personas[i], 1);
        if (size.vcpu <= 0 || size.memory <= 0)
            (void)ust_diag_error(spec->diag, node[i]->place,
                                 "'reserved' leaves nothing of a node of '%s' for pods",
                                 nodes->personas[i]->name);
    }
}

static void check_service(struct ust_spec *spec, const struct ust_scenario *scenario,
                          const struct ust_service_spec *service)
{
    const struct ust_launching_spec *launching = &service->launching;
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    const char **names = ust_arena_alloc(spec->arena, const char *, scenario->nodes.n + 1);
    const struct ust_pool_spec *pool = service->pools.at;
    if (launching->nodes == NULL)
        return;
    bool known = false;
    for (uint32_t i = 0; i < scenario->nodes.n; i++) {
        names[i] = nodes[i].id.name;
        known |= ust_text_equal(nodes[i].id.name, launching->nodes);
    }
    if (!known)
        (void)ust_spec_unknown(spec, launching->nodes_node->place, "nodes", launching->nodes,
                               names, scenario->nodes.n);
    for (uint32_t k = 0; known && k < service->pools.n; k++)
        if (ust_nodes_set_of(scenario, launching->nodes, pool[k].id.name) == 0)
            (void)ust_diag_error(spec->diag, pool[k].id.node->key_place,
                                 "nodes '%s' has none in region '%s'", launching->nodes,
                                 pool[k].id.name);
    const struct ust_kind *kind = launching->policy.kind;
    if ((kind != NULL && !ust_launcher_of(kind)->plain) || launching->alternatives.n > 0 ||
        launching->warm.node != NULL)
        (void)ust_diag_error(spec->diag, launching->nodes_node->key_place,
                             "pods are placed on 'nodes'; 'policy', 'alternatives' and "
                             "'warm_pool' are for machines");
}

void ust_nodes_check(struct ust_spec *spec, const struct ust_scenario *scenario)
{
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    const struct ust_service_spec *service = scenario->services.at;
    for (uint32_t s = 0; s < scenario->services.n; s++)
        check_service(spec, scenario, &service[s]);
    for (uint32_t i = 0; i < scenario->nodes.n; i++) {
        const struct ust_nodes_region_spec *at = nodes[i].regions.at;
        if (nodes[i].instances.n == 0)
            continue; /* as the table has said */
        check_sizes(spec, &nodes[i]);
        for (uint32_t r = 0; r < nodes[i].regions.n; r++)
            check_region(spec, scenario, &nodes[i], &at[r]);
    }
}

/* ---- the configuration ---- */

static struct ust_node_set_config build_set(struct ust_spec *spec,
                                            const struct ust_scenario *scenario,
                                            const struct ust_nodes_spec *nodes,
                                            const struct ust_nodes_region_spec *at)
{
    uint32_t n = nodes->instances.n, region = (uint32_t)region_of(scenario, at->id.name);
    double factor = ((const struct ust_region_spec *)scenario->regions.at)[region].price_factor;
    struct ust_machine *machines = ust_arena_alloc(spec->arena, struct ust_machine, n);
    struct ust_node_size *size = ust_arena_alloc(spec->arena, struct ust_node_size, n);
    struct ust_types types = ust_types_list(spec->arena, scenario);
    for (uint32_t i = 0; i < n; i++) {
        size[i] = size_of(nodes, nodes->personas[i], factor);
        machines[i] =
            (struct ust_machine){.persona = nodes->personas[i],
                                 .type = ust_type_number(&types, nodes->personas[i]->name),
                                 .price = size[i].price};
    }
    return (struct ust_node_set_config){
        .name = nodes->id.name,
        .path =
            ust_arena_printf(spec->arena, "region/%s/nodes/%s", at->id.name, nodes->id.name),
        .region = region,
        .provisioner = nodes->provisioner,
        .machines = machines,
        .size = size,
        .types = n,
        .nodes = (uint32_t)at->nodes,
        .min = (uint32_t)(at->min_node != NULL ? at->min : at->nodes),
        .max = (uint32_t)(at->max_node != NULL ? at->max : at->nodes),
        .pods_max = (uint32_t)nodes->pods_max,
        .pause = {nodes->pause.vcpu, nodes->pause.memory, (uint32_t)nodes->pause.pods}};
}

void ust_nodes_build(struct ust_spec *spec, const struct ust_scenario *scenario,
                     struct ust_config *config)
{
    const struct ust_nodes_spec *nodes = scenario->nodes.at;
    uint32_t n = 0;
    for (uint32_t i = 0; i < scenario->nodes.n; i++)
        n += nodes[i].regions.n;
    struct ust_node_set_config *out =
        ust_arena_alloc(spec->arena, struct ust_node_set_config, n);
    config->node_sets = out;
    config->node_sets_n = n;
    for (uint32_t i = 0; i < scenario->nodes.n; i++) {
        const struct ust_nodes_region_spec *at = nodes[i].regions.at;
        for (uint32_t r = 0; r < nodes[i].regions.n; r++)
            *out++ = build_set(spec, scenario, &nodes[i], &at[r]);
    }
}
