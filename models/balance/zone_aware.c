/* Requests stay in the zone where they come in, as far as all instances then get alike: Envoy's
 * zone aware routing.
 *
 * Let l(z) be the share of requests that come in through zone z and u(z) the share of the ready
 * instances that stand there. Where u(z) >= l(z) all of z's requests stay. Where not, a share
 * u(z) / l(z) of them stays, and the others go to zones with room, in proportion to it:
 * max(0, u - l). With fewer ready instances than min_cluster_size, and in panic, zones do not
 * count.
 */
#include "models/balance/zones.h"
#include "sim/base/assert.h"
#include "sim/base/limits.h"

struct params {
    struct ust_zones_params common;
    struct ust_items entry; /* double, by zone; none: all alike */
    int64_t min_cluster_size;
    double enabled;
};

static const struct ust_field fields[] = {
    UST_ZONES_WITHIN(struct params),
    {.key = "entry",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, entry),
     .low = 1,
     .high = UST_ZONES_MAX,
     .unit = UST_FIELD_RATIO,
     .size = sizeof(double),
     .help = "Share of the requests that come in through each zone, which is the share of the "
             "proxies or callers there; they add up to 100 %; all alike where absent."},
    {.key = "min_cluster_size",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, min_cluster_size),
     .low = 1,
     .high = UST_INSTANCES_MAX,
     .fallback = "6",
     .help = "With fewer healthy instances zones do not count; Envoy's is 6."},
    {.key = "routing_enabled",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, enabled),
     .low = 0,
     .high = 1,
     .fallback = "100 %",
     .help = "Share of the requests that are routed so; the others go to any zone."},
    {.key = NULL},
};

struct state {
    bool by_zone;
    double entry[UST_ZONES_MAX]; /* cumulative */
    double stay[UST_ZONES_MAX];  /* share of the zone's requests that stay */
    double room[UST_ZONES_MAX];  /* cumulative */
};

static struct ust_zones *zones_of(struct state *state)
{
    return (struct ust_zones *)(void *)((unsigned char *)state +
                                        (sizeof *state + 15) / 16 * 16);
}

static size_t state_size(const void *from, uint32_t instances_max, uint32_t zones)
{
    const struct params *params = from;
    return (sizeof(struct state) + 15) / 16 * 16 +
           ust_zones_size(&params->common, instances_max, zones);
}

static double entry_of(const struct params *params, uint32_t zone, uint32_t zones)
{
    if (params->entry.n == 0)
        return 1.0 / zones;
    return zone < params->entry.n ? ((const double *)params->entry.at)[zone] : 0;
}

static void plan(const struct params *params, struct state *state,
                 const struct ust_balance_view *view)
{
    double in = 0, room = 0;
    state->by_zone =
        !view->panic && view->zones_n > 1 && (int64_t)view->ready_n >= params->min_cluster_size;
    for (uint32_t z = 0; z < view->zones_n; z++) {
        double local = entry_of(params, z, view->zones_n);
        double there = (double)ust_zones_ready(zones_of(state), z) / view->ready_n;
        state->stay[z] = there >= local ? 1 : there / local;
        room += there > local ? there - local : 0;
        in += local;
        state->entry[z] = in;
        state->room[z] = room;
    }
}

/* The first zone whose cumulative share lies above x of the whole; zones that add nothing are
 * never it. */
static uint32_t find(const double *sum, uint32_t n, double x)
{
    uint32_t z = 0;
    while (z + 1 < n && x >= sum[z])
        z++;
    while (z > 0 && !(sum[z] > sum[z - 1])) /* rounding: x lies above them all */
        z--;
    return z;
}

static uint32_t choose_zone(const struct params *params, const struct state *state,
                            uint32_t zones, struct ust_rng *rng)
{
    if (params->enabled < 1 && ust_rng_unit(rng) >= params->enabled)
        return zones;
    uint32_t from = find(state->entry, zones, ust_rng_unit(rng) * state->entry[zones - 1]);
    if (state->stay[from] >= 1 || ust_rng_unit(rng) < state->stay[from])
        return from;
    double room = state->room[zones - 1];
    return room > 0 ? find(state->room, zones, ust_rng_unit(rng) * room) : zones;
}

static uint32_t pick(const void *from, void *at, const struct ust_balance_view *view,
                     struct ust_rng *rng)
{
    const struct params *params = from;
    struct state *state = at;
    struct ust_zones *zones = zones_of(state);
    if (ust_zones_follow(&params->common, zones, view))
        plan(params, state, view);
    uint32_t zone = view->zones_n; /* all together */
    if (state->by_zone)
        zone = choose_zone(params, state, view->zones_n, rng);
    if (zone < view->zones_n && ust_zones_ready(zones, zone) == 0)
        zone = view->zones_n;
    return ust_zones_pick(&params->common, zones, view, zone, rng);
}

static uint32_t zones_named(const void *from)
{
    return ((const struct params *)from)->entry.n;
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const double *share = params->entry.at;
    double sum = 0;
    (void)node;
    for (uint32_t i = 0; i < params->entry.n; i++) {
        sum += share[i];
        if (share[i] < 0 || share[i] > 1)
            (void)ust_diag_error(spec->diag, params->entry.node->place,
                                 "a share of 'entry' must lie between 0 %% and 100 %%, got %g "
                                 "%%",
                                 share[i] * 100);
    }
    if (params->entry.n > 0 && (sum < 0.9999 || sum > 1.0001))
        (void)ust_diag_error(spec->diag, params->entry.node->place,
                             "the shares of 'entry' add up to %g %%, must be 100 %%",
                             sum * 100);
}

const struct ust_balance_type ust_balance_zone_aware = {
    .kind = {.name = "zone_aware",
             .help =
                 "Requests stay in the zone where they come in, as far as all instances "
                 "then get alike; what is too much goes to zones with room. As Envoy's zone "
                 "aware routing; with `within: least_request` its zone aware least request.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .pick = pick,
    .weighs = ust_zones_weigh,
    .zones = zones_named,
};
