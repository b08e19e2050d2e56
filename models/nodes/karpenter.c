/* Karpenter: pods that wait are gathered for a moment, packed onto nodes as large as can be
 * had, and each such node becomes the cheapest type that holds its pods; an offering without
 * capacity is left out for three minutes. Nodes whose pods fit elsewhere are consolidated away.
 * (Karpenter settings.md and disruption.md; the offering cache is in its AWS provider.) */
#include "models/nodes/provisioner.h"
#include "sim/base/limits.h"

enum { EMPTY_OR_UNDERUTILIZED, EMPTY, NEVER };
static const char *const policies[] = {"when_empty_or_underutilized", "when_empty", "never",
                                       NULL};

enum { NEW, SPREAD };
static const char *const ages_names[] = {"new", "spread", NULL};

struct params {
    ust_time idle, max, after, poll, cache, registration, expire;
    int consolidation, ages;
    double budget;
};

#define DURATION(member, name, value, low_, text)                                              \
    {                                                                                          \
        .key = name, .kind = UST_FIELD_DURATION, .offset = offsetof(struct params, member),    \
        .low = low_, .high = 86400, .fallback = value, .help = text                            \
    }

static const struct ust_field fields[] = {
    DURATION(idle, "batch_idle_duration", "1 s", 0,
             "Pods that wait are looked at once no other has come for so long,"),
    DURATION(max, "batch_max_duration", "10 s", 0, "or when the first has waited this long."),
    {.key = "consolidation_policy",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, consolidation),
     .choices = policies,
     .fallback = "when_empty_or_underutilized",
     .help = "Which nodes go: empty ones, those whose pods fit elsewhere, and those that a "
             "cheaper one could replace; only empty ones; or none."},
    DURATION(after, "consolidate_after", "0 s", 0, "A node goes when it could for so long."),
    DURATION(
        poll, "consolidation_poll", "10 s", 0.1,
        "Between two looks for nodes that could go. From memory of its source: a parameter."),
    {.key = "disruption_budget",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, budget),
     .low = 0,
     .high = 1,
     .fallback = "10 %",
     .help = "Share of the nodes that may go at once, rounded up."},
    {.key = "expire_after",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, expire),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "never",
     .word_value = 0,
     .fallback = "720 h",
     .help = "A node this old is drained, seen at the next look: its pods go at once and wait "
             "for room elsewhere, whatever the budget says: one of the automated forceful "
             "methods since v1 (karpenter.sh, Disruption)."},
    {.key = "ages",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, ages),
     .choices = ages_names,
     .fallback = "new",
     .help = "Of the nodes of the beginning. new: they start with the run; spread: their ages "
             "lie evenly between nothing and `expire_after`, as in a cluster that has run for "
             "long."},
    DURATION(cache, "unavailable_offerings", "3 min", 1,
             "How long an offering that had no capacity is left out."),
    DURATION(registration, "registration_ttl", "15 min", 1,
             "A node that has not come by then is given up."),
    {.key = NULL},
};

static ust_time scan(const void *from)
{
    const struct params *params = from;
    return params->poll;
}

static ust_time batch(const void *from, ust_time first, ust_time last)
{
    const struct params *params = from;
    ust_time idle = last + params->idle, most = first + params->max;
    return idle < most ? idle : most;
}

static bool open_somewhere(const struct ust_nodes_view *view, uint32_t type)
{
    for (uint32_t zone = 0; zone < view->zones; zone++)
        if (view->open_at[zone * view->types + type] <= view->now)
            return true;
    return false;
}

/* Does one node of the type take as many of each group? */
static bool holds(const struct ust_nodes_view *view, uint32_t type, const struct ust_pods *pods)
{
    uint32_t left[UST_SERVICES_MAX + 1], more = 0;
    if (ust_nodes_pack(&view->size[type], pods, view->pods_n, view->pods_max, 1, left) == 0)
        return false;
    for (uint32_t i = 0; i < view->pods_n; i++)
        more += left[i];
    return more == 0;
}

/* The type, of those that are open, whose one node takes the most vCPU of pods; types: none. */
static uint32_t largest(const struct ust_nodes_view *view, struct ust_pods *on)
{
    uint32_t best = view->types, left[UST_SERVICES_MAX + 1];
    double most = 0;
    for (uint32_t type = 0; type < view->types; type++) {
        if (!open_somewhere(view, type) ||
            ust_nodes_pack(&view->size[type], view->pods, view->pods_n, view->pods_max, 1,
                           left) == 0)
            continue;
        double taken = 0, pods = 0;
        for (uint32_t i = 0; i < view->pods_n; i++) {
            taken += (view->pods[i].n - left[i]) * view->pods[i].vcpu;
            pods += view->pods[i].n - left[i];
        }
        taken += pods * 1e-6; /* pods that ask for nothing are pods */
        if (taken <= most)
            continue;
        most = taken;
        best = type;
        for (uint32_t i = 0; i < view->pods_n; i++)
            on[i] = (struct ust_pods){view->pods[i].vcpu, view->pods[i].memory,
                                      view->pods[i].n - left[i]};
    }
    return best;
}

static struct ust_nodes_choice grow(const void *from, const struct ust_nodes_view *view,
                                    struct ust_rng *rng)
{
    (void)from;
    (void)rng;
    struct ust_pods on[UST_SERVICES_MAX + 1];
    uint32_t best = largest(view, on);
    if (best == view->types || view->room == 0)
        return (struct ust_nodes_choice){0};
    for (uint32_t type = 0; type < view->types; type++)
        if (view->size[type].price < view->size[best].price && open_somewhere(view, type) &&
            holds(view, type, on))
            best = type;
    return (struct ust_nodes_choice){1, best, UST_EACH_ZONE};
}

static ust_time pause(const void *from, uint32_t refusals)
{
    const struct params *params = from;
    (void)refusals;
    return params->cache;
}

static ust_time patience(const void *from)
{
    const struct params *params = from;
    return params->registration;
}

static struct ust_shrink_rule shrink(const void *from)
{
    const struct params *params = from;
    return (struct ust_shrink_rule){.never = params->consolidation == NEVER,
                                    .empty_only = params->consolidation == EMPTY,
                                    .utilisation = 2, /* however much it is used */
                                    .unneeded = params->after,
                                    .at_once = params->budget,
                                    .share = true,
                                    .replace = params->consolidation == EMPTY_OR_UNDERUTILIZED,
                                    .expires = params->expire,
                                    .ages = params->ages == SPREAD};
}

static bool halts(const void *params, uint32_t unready, uint32_t nodes)
{
    (void)params;
    (void)unready;
    (void)nodes;
    return false;
}

const struct ust_provisioner_type ust_provisioner_karpenter = {
    .kind = {.name = "karpenter",
             .help = "Karpenter: the cheapest nodes for the pods that wait, offerings without "
                     "capacity left out for a while, nodes that could be spared consolidated.",
             .fields = fields,
             .params_size = sizeof(struct params)},
    .scan = scan,
    .batch = batch,
    .many = true,
    .grow = grow,
    .pause = pause,
    .patience = patience,
    .shrink = shrink,
    .halts = halts,
};
