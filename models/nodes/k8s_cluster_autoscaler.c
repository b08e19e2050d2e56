/* Kubernetes cluster autoscaler: at each scan, one node group grows by as many nodes as the
 * pods that wait need, the group chosen by the expander; a group that could not grow is left
 * alone for a while. A node group is a type in a zone. Numbers are the flags' defaults in its
 * FAQ. */
#include "models/nodes/provisioner.h"
#include "sim/base/limits.h"

enum expander { RANDOM, MOST_PODS, LEAST_WASTE, PRICE, PRIORITY };
static const char *const expanders[] = {"random", "most_pods", "least_waste",
                                        "price",  "priority",  NULL};

struct params {
    ust_time scan_interval;
    int expander;
    bool balance;
    ust_time unneeded, after_add;
    double utilisation;
    int64_t empty_at_once;
    ust_time provision_time;
    ust_time backoff, backoff_max;
    double unready_share;
    int64_t unready_ok;
};

#define DURATION(member, name, value, low_, text)                                              \
    {                                                                                          \
        .key = name, .kind = UST_FIELD_DURATION, .offset = offsetof(struct params, member),    \
        .low = low_, .high = 86400, .fallback = value, .help = text                            \
    }

static const struct ust_field fields[] = {
    DURATION(scan_interval, "scan_interval", "10 s", 0.1, "Between two looks at the cluster."),
    {.key = "expander",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, expander),
     .choices = expanders,
     .fallback = "least_waste",
     .help = "Which node group grows: any; the one that takes the most pods; the one with the "
             "least idle vCPU and memory then; the cheapest; the first of 'instances'. Ties go "
             "by chance. (least_waste since 1.33, random before.)"},
    {.key = "balance_similar_node_groups",
     .kind = UST_FIELD_BOOL,
     .offset = offsetof(struct params, balance),
     .fallback = "false",
     .help = "New nodes of the type that was chosen are spread over the zones; else one zone "
             "gets them all."},
    DURATION(unneeded, "scale_down_unneeded_time", "10 min", 0,
             "A node goes when it was unneeded for so long."),
    DURATION(after_add, "scale_down_delay_after_add", "10 min", 0,
             "No node goes so soon after one was added."),
    {.key = "scale_down_utilization_threshold",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, utilisation),
     .low = 0,
     .high = 1,
     .fallback = "50 %",
     .help = "A node is unneeded when requests for vCPU and memory are below this share of it, "
             "and its pods fit elsewhere."},
    {.key = "max_empty_bulk_delete",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, empty_at_once),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .fallback = "10",
     .help = "Empty nodes that go at one look; of nodes with pods, one."},
    DURATION(provision_time, "max_node_provision_time", "15 min", 1,
             "A node that is not there by then is given up, and its group left alone."),
    DURATION(backoff, "initial_node_group_backoff", "5 min", 1,
             "How long a group that could not grow is left alone; twice as long each time."),
    DURATION(backoff_max, "max_node_group_backoff", "30 min", 1, "The longest of these."),
    {.key = "max_total_unready_percentage",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, unready_share),
     .low = 0,
     .high = 1,
     .fallback = "45 %",
     .help = "With a larger share of the nodes not ready, it neither adds nor removes any;"},
    {.key = "ok_total_unready_count",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, unready_ok),
     .low = 0,
     .high = UST_NODES_MAX,
     .fallback = "3",
     .help = "unless they are no more than this."},
    {.key = NULL},
};

static ust_time scan(const void *from)
{
    const struct params *params = from;
    return params->scan_interval;
}

static ust_time batch(const void *from, ust_time first, ust_time last)
{
    (void)from;
    (void)first;
    (void)last;
    return UST_NEVER;
}

/* One way to grow, and how good it is: less is better. */
static double merit(const struct params *params, const struct ust_nodes_view *view,
                    uint32_t type, uint32_t n, const uint32_t *left)
{
    const struct ust_node_size *size = &view->size[type];
    double pods = 0, vcpu = 0, memory = 0;
    for (uint32_t i = 0; i < view->pods_n; i++) {
        double placed = view->pods[i].n - left[i];
        pods += placed;
        vcpu += placed * view->pods[i].vcpu;
        memory += placed * view->pods[i].memory;
    }
    switch ((enum expander)params->expander) {
    case RANDOM:
        break;
    case MOST_PODS:
        return -pods;
    case LEAST_WASTE:
        return (1 - vcpu / (n * size->vcpu)) + (1 - memory / (n * size->memory));
    case PRICE:
        return n * size->price / pods;
    case PRIORITY:
        return type;
    }
    return 0;
}

static struct ust_nodes_choice grow(const void *from, const struct ust_nodes_view *view,
                                    struct ust_rng *rng)
{
    const struct params *params = from;
    struct ust_nodes_choice best = {0};
    double least = 0;
    uint32_t ties = 0, left[UST_SERVICES_MAX + 1];
    for (uint32_t i = 0; i < view->zones * view->types; i++) {
        uint32_t type = i % view->types;
        if (view->open_at[i] > view->now)
            continue;
        uint32_t n = ust_nodes_pack(&view->size[type], view->pods, view->pods_n, view->pods_max,
                                    view->room, left);
        if (n == 0)
            continue;
        double how = merit(params, view, type, n, left);
        if (ties == 0 || how < least)
            ties = 0;
        else if (how > least)
            continue;
        least = how;
        ties++;
        if (ties == 1 || ust_rng_below(rng, ties) == 0)
            best = (struct ust_nodes_choice){n, type, i / view->types};
    }
    if (params->balance)
        best.zone = UST_EACH_ZONE;
    return best;
}

static ust_time pause(const void *from, uint32_t refusals)
{
    const struct params *params = from;
    ust_time wait = params->backoff;
    for (uint32_t i = 1; i < refusals && wait < params->backoff_max; i++)
        wait *= 2;
    return wait < params->backoff_max ? wait : params->backoff_max;
}

static ust_time patience(const void *from)
{
    const struct params *params = from;
    return params->provision_time;
}

static struct ust_shrink_rule shrink(const void *from)
{
    const struct params *params = from;
    return (struct ust_shrink_rule){.utilisation = params->utilisation,
                                    .unneeded = params->unneeded,
                                    .after_grow = params->after_add,
                                    .at_once = (double)params->empty_at_once};
}

static bool halts(const void *from, uint32_t unready, uint32_t nodes)
{
    const struct params *params = from;
    return unready > (uint64_t)params->unready_ok && unready > params->unready_share * nodes;
}

const struct ust_provisioner_type ust_provisioner_k8s_cluster_autoscaler = {
    .kind = {.name = "k8s_cluster_autoscaler",
             .help =
                 "Kubernetes cluster autoscaler: node groups, an expander, backoff of groups "
                 "that cannot grow, nodes that go when little used for long.",
             .fields = fields,
             .params_size = sizeof(struct params)},
    .scan = scan,
    .batch = batch,
    .grow = grow,
    .pause = pause,
    .patience = patience,
    .shrink = shrink,
    .halts = halts,
};
