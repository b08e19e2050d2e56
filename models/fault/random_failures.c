/* Regions, zones or instances fail and are repaired at random: an alternating renewal process
 * each. With exponential times to failure, the share of them that fail together follows the
 * beta-factor model (Fleming 1975): a common cause takes beta of the rate of every one. */
#include "models/fault/common.h"

enum of { OF_INSTANCES, OF_ZONES, OF_REGIONS };
static const char *const of_names[] = {"instances", "zones", "regions", NULL};

struct params {
    struct ust_fault_common common;
    int of;
    struct ust_dist to_failure, to_repair; /* ns */
    double beta;
    uint32_t units; /* targets but for the common cause */
    const char *service;
    const struct ust_node *service_node;
};

static const struct ust_field fields[] = {
    {.key = "of",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, of),
     .choices = of_names,
     .flags = UST_FIELD_REQUIRED,
     .help =
         "What fails, each on its own. An instance that a scaler replaces begins a new life."},
    UST_FAULT_REGION(struct params, 0, "Region where it fails; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    {.key = "time_to_failure",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, to_failure),
     .flags = UST_FIELD_REQUIRED,
     .low = 0.001,
     .high = HUGE_VAL,
     .help =
         "From new, or repaired, to the next failure. Availability is its mean over the sum "
         "of both means. What providers' regions and zones reach is published by nobody: it "
         "is an assumption."},
    {.key = "time_to_repair",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, to_repair),
     .flags = UST_FIELD_REQUIRED | UST_FIELD_LOW_OPEN,
     .high = UST_DURATION_MAX_S,
     .help = "From a failure to its repair."},
    {.key = "common_cause",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, beta),
     .high = 1,
     .fallback = "0 %",
     .help = "Share of failures that have a common cause, which takes all that are up at once: "
             "beta of the beta-factor model. Each is repaired on its own."},
    UST_FAULT_IN_FLIGHT(struct params),
    UST_FAULT_RETURNS(struct params),
    {UST_FAULT_TIME(struct params, at, .fallback = "0 s"),
     .help = "When all are new, counted from the end of the warm-up."},
    {.key = "duration",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, common.duration),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "endless",
     .word = "endless",
     .word_value = HUGE_VAL,
     .help = "How long they go on failing; what is down at the end is still repaired."},
    {.key = NULL},
};

static uint32_t targets(const void *from, struct ust_arena *arena,
                        const struct ust_fault_world *world,
                        const struct ust_fault_target **out)
{
    const struct params *params = from;
    int32_t service = ust_fault_find(world->services, world->services_n, params->service);
    uint32_t n = 0, most = 1;
    for (uint32_t r = 0; r < world->regions_n; r++)
        most += params->of == OF_ZONES ? world->zones[r] : 1;
    struct ust_fault_target *list = ust_arena_alloc(arena, struct ust_fault_target, most);
    for (uint32_t r = 0; r < world->regions_n; r++) {
        if (params->common.region != NULL &&
            !ust_text_equal(params->common.region, world->regions[r]))
            continue;
        for (uint32_t z = 0; z < (params->of == OF_ZONES ? world->zones[r] : 1); z++)
            list[n++] =
                (struct ust_fault_target){.region = (int32_t)r,
                                          .zone = params->of == OF_ZONES ? (int32_t)z : -1,
                                          .service = service,
                                          .each_instance = params->of == OF_INSTANCES,
                                          .lost = 1};
    }
    if (params->beta > 0)
        list[n++] =
            (struct ust_fault_target){.region = -1, .zone = -1, .service = -1, .common = true};
    *out = list;
    return n;
}

/* Parameters are read once and belong to one scenario: they may remember how many units it has.
 */
static enum ust_status bind(struct ust_spec *spec, void *from, const struct ust_node *node,
                            const struct ust_fault_world *world)
{
    struct params *params = from;
    const struct ust_fault_target *list;
    (void)node;
    params->units = targets(from, spec->arena, world, &list);
    if (params->beta > 0)
        params->units--;
    return UST_OK;
}

static ust_time stretched(const struct ust_dist *dist, double rate, struct ust_rng *rng)
{
    double ns = rate > 0 ? ust_dist_sample(dist, rng) / rate : HUGE_VAL;
    return ns < (double)UST_DIST_TIME_MAX ? ust_time_round(ns) : UST_NEVER;
}

static ust_time stay(const void *from, uint32_t t, uint32_t n, struct ust_rng *rng)
{
    const struct params *params = from;
    bool down = n % 2 != 0, common = t >= params->units;
    if (down)
        return common ? 0 : stretched(&params->to_repair, 1, rng);
    return stretched(&params->to_failure, common ? params->beta : 1 - params->beta, rng);
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, params->service, params->service_node);
}

static const char *what(const void *from, struct ust_arena *arena)
{
    const struct params *params = from;
    return ust_arena_printf(arena, "random failures of %s", of_names[params->of]);
}

const struct ust_fault_type ust_fault_random_failures = {
    .kind = {.name = "random_failures",
             .help = "Regions, zones or instances fail and are repaired at random, each on its "
                     "own or by a common cause.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = ust_fault_check},
    .form = UST_FAULT_PROCESS,
    .scope = scope,
    .bind = bind,
    .targets = targets,
    .stay = stay,
    .what = what,
};
