/* A zone by its weight, then an instance within it: Envoy's locality weighted balancing.
 *
 *   availability(z) = min(1, overprovisioning * ready(z) / present(z))
 *   share(z) = weight(z) availability(z) / sum of these
 *
 * so a zone that loses a few instances keeps its share, and one that loses many loses share in
 * proportion. In panic health and zones do not count. Zones take turns as edf.h says, as
 * Envoy's do, so shares are exact and not only so on average.
 */
#include "models/balance/edf.h"
#include "models/balance/zones.h"
#include "sim/base/assert.h"
#include "sim/base/limits.h"

struct params {
    struct ust_zones_params common;
    struct ust_items weights; /* double, by zone */
    double overprovisioning;
};

static const struct ust_field fields[] = {
    UST_ZONES_WITHIN(struct params),
    {.key = "weights",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, weights),
     .low = 1,
     .high = UST_ZONES_MAX,
     .unit = UST_FIELD_NUMBER,
     .size = sizeof(double),
     .help = "Weight of each zone, in the order of the zones; all alike where absent."},
    {.key = "overprovisioning",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, overprovisioning),
     .low = 1,
     .high = 1000,
     .fallback = "140 %",
     .help = "A zone keeps its whole weight while its healthy share times this reaches 100 %; "
             "Envoy's is 140 %."},
    {.key = NULL},
};

struct state {
    double weight[UST_ZONES_MAX];
};

static size_t aligned(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

/* Own state, the schedule of zones, what zones.c keeps. */
static struct ust_edf *schedule(struct state *state)
{
    return (struct ust_edf *)(void *)((unsigned char *)state + aligned(sizeof *state));
}

static struct ust_zones *zones_of(struct state *state, uint32_t zones)
{
    return (struct ust_zones *)(void *)((unsigned char *)schedule(state) +
                                        aligned(ust_edf_size(zones)));
}

static size_t state_size(const void *from, uint32_t instances_max, uint32_t zones)
{
    const struct params *params = from;
    return aligned(sizeof(struct state)) + aligned(ust_edf_size(zones)) +
           ust_zones_size(&params->common, instances_max, zones);
}

static double weight_of(const struct params *params, uint32_t zone)
{
    return zone < params->weights.n ? ((const double *)params->weights.at)[zone] : 1;
}

static double availability(const struct params *params, uint32_t ready, uint32_t present)
{
    double share = present == 0 ? 0 : params->overprovisioning * ready / present;
    return share < 1 ? share : 1;
}

/* Zones with anything to give, each with its weight. */
static void weigh(const struct params *params, struct state *state, struct ust_zones *zones,
                  const struct ust_balance_view *view)
{
    uint32_t members[UST_ZONES_MAX], n = 0;
    for (uint32_t z = 0; z < view->zones_n; z++) {
        uint32_t ready = ust_zones_ready(zones, z);
        state->weight[z] = weight_of(params, z) * availability(params, ready, view->present[z]);
        if (state->weight[z] > 0 && ready > 0)
            members[n++] = z;
    }
    ust_edf_members(schedule(state), view->zones_n, members, n, state->weight);
}

static uint32_t pick(const void *from, void *at, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    const struct params *params = from;
    struct state *state = at;
    struct ust_edf *edf = schedule(state);
    struct ust_zones *zones = zones_of(state, view->zones_n);
    if (ust_zones_follow(&params->common, zones, view))
        weigh(params, state, zones, view);
    uint32_t zone = view->zones_n; /* all together */
    if (!view->panic && edf->n > 0) {
        zone = ust_edf_first(edf);
        ust_edf_done(edf, state->weight[zone]);
    }
    return ust_zones_pick(&params->common, zones, view, zone, rng);
}

static uint32_t zones_named(const void *from)
{
    return ((const struct params *)from)->weights.n;
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const double *weight = params->weights.at;
    bool any = false;
    (void)node;
    for (uint32_t i = 0; i < params->weights.n; i++) {
        any |= weight[i] > 0;
        if (weight[i] < 0)
            (void)ust_diag_error(spec->diag, params->weights.node->place,
                                 "a weight must be at least 0, got %g", weight[i]);
    }
    if (params->weights.n > 0 && !any)
        (void)ust_diag_error(spec->diag, params->weights.node->place,
                             "'weights' are all 0; one zone at least needs some");
}

const struct ust_balance_type ust_balance_locality_weighted = {
    .kind = {.name = "locality_weighted",
             .help =
                 "A zone in proportion to its weight, less once it has lost too many of its "
                 "instances; then an instance within it. As Envoy's locality weighted load "
                 "balancing.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .pick = pick,
    .weighs = ust_zones_weigh,
    .zones = zones_named,
};
