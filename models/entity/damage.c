/* Damage: what all faults together do to a pool or a region, put together anew whenever one of
 * them changes. Slowness multiplies; error shares, refusals and false alarms add up as
 * independent chances; what is out is out while any of them says so.
 */
#include "models/entity/failure.h"

/* Slowness and errors of a fault are the whole pool's, or of the hosts that it strikes. */
static bool strikes_some(const struct ust_fault *fault)
{
    return fault->effect.hosts < 1 || fault->config->zones != UINT64_MAX;
}

static void add_launches(struct ust_pool_faults *faults, const struct ust_fault *fault,
                         uint32_t zones)
{
    const struct ust_fault_effect *effect = &fault->effect;
    uint64_t all = zones >= 64 ? UINT64_MAX : (UINT64_C(1) << zones) - 1;
    if (effect->no_launches && (fault->config->zones & all) == all)
        faults->no_launches = true;
    if (effect->no_launches)
        faults->dead_zones |= fault->config->zones & all;
    if (effect->refused > 0)
        faults->refused |= fault->config->zones & all;
}

static double together(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_pool_faults *faults = &pool->faults;
    uint32_t zones = model->config->regions[pool->config->region].zones;
    double slots = 1, well = 1, quiet = 1, heard = 1;
    *faults = (struct ust_pool_faults){.slow = 1};
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        const struct ust_fault_effect *effect = &fault->effect;
        if (!fault->acts || !ust_fault_reaches(fault, pool))
            continue;
        slots *= 1 - effect->slots_lost;
        quiet *= 1 - effect->false_alarms;
        faults->calls |= effect->call != NULL;
        faults->no_cache |= effect->cache_lost > 0;
        faults->no_control |= effect->no_control;
        heard *= 1 - effect->metrics_lost;
        add_launches(faults, fault, zones);
        if (strikes_some(fault)) {
            faults->hosts |= effect->slow > 1 || effect->errors > 0;
        } else {
            faults->slow *= effect->slow;
            well *= 1 - effect->errors;
        }
    }
    const struct ust_region *region = &model->regions[pool->config->region];
    for (uint32_t z = 0; z < zones; z++)
        if (region->zone_outages != NULL && region->zone_outages[z] > 0)
            faults->dead_zones |= UINT64_C(1) << z;
    faults->errors = 1 - well;
    faults->metrics_lost = 1 - heard;
    pool->false_alarms = 1 - quiet;
    return slots;
}

/* What the faults that strike some hosts do to this one. */
static void strike_instance(const struct ust_model *model, const struct ust_pool *pool,
                            uint32_t number)
{
    struct ust_instance *instance = &pool->instances[number];
    double slow = 1, well = 1;
    for (uint32_t f = 0; f < model->config->faults_n && pool->faults.hosts; f++) {
        const struct ust_fault *fault = &model->faults[f];
        if (!fault->acts || !ust_fault_reaches(fault, pool) || !strikes_some(fault) ||
            !(fault->holds[pool->number][number] & UST_STRUCK))
            continue;
        slow *= fault->effect.slow;
        well *= 1 - fault->effect.errors;
    }
    instance->slower = slow - 1;
    instance->errors = 1 - well;
}

void ust_failure_acts_on_pool(struct ust_model *model, struct ust_pool *pool)
{
    struct ust_pool_faults before = pool->faults;
    double slots = together(model, pool);
    const struct ust_pool_faults *now = &pool->faults;
    pool->troubled = now->errors > 0 || now->hosts || now->calls || pool->data != NULL;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        struct ust_instance *instance = &pool->instances[i];
        if (instance->state == UST_OFF)
            continue;
        strike_instance(model, pool, i);
        ust_instance_slow(model, pool, i);
        ust_instance_slots(model, pool, i,
                           (uint32_t)((double)instance->slots_full * slots + 0.5));
    }
    ust_pool_capacity(model, pool);
    bool launches_again = (before.no_launches && !now->no_launches) ||
                          (before.no_control && !now->no_control) ||
                          (before.dead_zones & ~now->dead_zones) != 0;
    if (launches_again)
        ust_launch_fill(model, pool);
}

/* Of launch requests for this type in this zone; only asked where some type is refused. */
static double refused_of(const struct ust_model *model, const struct ust_pool *pool,
                         uint32_t zone, uint32_t type)
{
    double refused = 0;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        const uint8_t *types = fault->config->types;
        if (fault->acts && ust_fault_reaches(fault, pool) && ust_fault_in_zone(fault, zone) &&
            (types == NULL || types[type]))
            refused = 1 - (1 - refused) * (1 - fault->effect.refused);
    }
    return refused;
}

bool ust_failure_refuses(const struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                         uint32_t type)
{
    const struct ust_pool_faults *faults = &pool->faults;
    if (faults->dead_zones >> zone & 1)
        return true;
    if (!(faults->refused >> zone & 1))
        return false;
    const double refused = refused_of(model, pool, zone, type);
    return refused > 0 && ust_rng_unit(&pool->refusals) < refused;
}

bool ust_failure_may_refuse(const struct ust_model *model, const struct ust_pool *pool)
{
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault fault = {.config = &model->config->faults[f]};
        struct ust_fault_effect whole = {.slow = 1, .hosts = 1};
        ust_fault_of(fault.config->fault.kind)->effect(fault.config->fault.params, 1, &whole);
        if (whole.refused > 0 && ust_fault_reaches(&fault, pool))
            return true;
    }
    return false;
}

void ust_failure_acts_on_region(struct ust_model *model, uint32_t number)
{
    struct ust_region *region = &model->regions[number];
    bool down = region->outages > 0;
    double quiet = 1;
    for (uint32_t f = 0; f < model->config->faults_n; f++) {
        const struct ust_fault *fault = &model->faults[f];
        bool here = fault->config->region < 0 || (uint32_t)fault->config->region == number;
        if (!here || !fault->acts)
            continue;
        quiet *= 1 - fault->effect.region_false_alarms;
        if (fault->effect.region_down) {
            down = true;
            region->in_flight = (uint32_t)ust_fault_common_of(fault)->in_flight;
        }
    }
    region->false_alarms = 1 - quiet;
    if (region->down == down)
        return;
    region->down = down;
    if (down)
        ust_cache_region_lost(model, number);
    for (uint32_t service = 0; service < model->config->services_n; service++) {
        struct ust_pool *pool = ust_pool_of(model, service, number);
        if (pool->config->exists)
            ust_pool_capacity(model, pool);
    }
}
