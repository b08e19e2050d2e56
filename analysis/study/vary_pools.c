/* Pools as what a study of sizes varies: those that it finds by itself or by their names, and
 * those that an option's path turns out to be. */
#include <math.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/vary_parts.h"
#include "sim/base/limits.h"

/* A pool is tried up to so many times the largest of its service: who needs more than that
 * needs another service. */
#define TIMES 4

/* A step of a path; those that hold a dot stand in quotes. */
static const char *step(struct ust_arena *arena, const char *name)
{
    return strpbrk(name, ".=") != NULL ? ust_arena_printf(arena, "\"%s\"", name) : name;
}

const struct ust_pool_spec *ust_vary_pool_at(const struct ust_scenario *scenario,
                                             uint32_t service, uint32_t region)
{
    const struct ust_service_spec *of =
        (const struct ust_service_spec *)scenario->services.at + service;
    const struct ust_pool_spec *pool = of->pools.at;
    for (uint32_t i = 0; i < of->pools.n; i++)
        if (ust_text_equal(pool[i].id.name, scenario->region_names[region]))
            return &pool[i];
    return NULL;
}

static const char *pool_path(struct ust_arena *arena, const struct ust_scenario *scenario,
                             uint32_t service, uint32_t region)
{
    return ust_arena_printf(arena, "services.%s.pools.%s",
                            step(arena, scenario->service_names[service]),
                            step(arena, scenario->region_names[region]));
}

static double largest_pool(const struct ust_scenario *scenario, uint32_t service)
{
    const struct ust_service_spec *of =
        (const struct ust_service_spec *)scenario->services.at + service;
    const struct ust_pool_spec *pool = of->pools.at;
    double most = 1.0;
    for (uint32_t i = 0; i < of->pools.n; i++)
        most = fmax(most, (double)pool[i].instances);
    return most;
}

static void as_pool(struct ust_arena *arena, const struct ust_scenario *scenario,
                    uint32_t service, uint32_t region, struct ust_vary *vary)
{
    const struct ust_pool_spec *pool = ust_vary_pool_at(scenario, service, region);
    const struct ust_pool_config *config =
        &scenario->config->pools[service * scenario->config->regions_n + region];
    vary->service = (int32_t)service;
    vary->region = (int32_t)region;
    vary->price = config->price > 0.0 ? config->price : ust_nan();
    if (!vary->pool)
        return;
    vary->written = pool != NULL ? (double)pool->instances : ust_nan();
    vary->label = ust_arena_printf(arena, "%s in %s", scenario->service_names[service],
                                   scenario->region_names[region]);
}

/* "services.web.pools.west", or a key of it. */
void ust_vary_recognise(struct ust_arena *arena, const struct ust_scenario *scenario,
                        struct ust_vary *vary)
{
    static const char *const keys[] = {"", ".instances", ".min", ".max"};
    for (uint32_t s = 0; s < scenario->services.n; s++)
        for (uint32_t r = 0; r < scenario->regions.n; r++) {
            if (ust_vary_pool_at(scenario, s, r) == NULL)
                continue;
            const char *path = pool_path(arena, scenario, s, r);
            for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
                if (ust_text_equal(vary->path,
                                   ust_arena_printf(arena, "%s%s", path, keys[k]))) {
                    vary->pool = k == 0;
                    as_pool(arena, scenario, s, r, vary);
                }
        }
}

static bool chosen(const struct ust_scenario *scenario, const char *name, uint32_t service,
                   uint32_t region)
{
    const char *s = scenario->service_names[service], *r = scenario->region_names[region];
    size_t length = strlen(s);
    return ust_text_equal(name, s) || ust_text_equal(name, r) ||
           (strncmp(name, s, length) == 0 && name[length] == '/' &&
            ust_text_equal(name + length + 1, r));
}

static enum ust_status unknown_pool(struct ust_spec *spec, const struct ust_scenario *scenario,
                                    const char *name, struct ust_place place)
{
    uint32_t services = scenario->services.n, regions = scenario->regions.n, n = 0;
    const char **known =
        ust_arena_alloc(spec->arena, const char *, services *regions + services + regions);
    for (uint32_t r = 0; r < regions; r++)
        known[n++] = scenario->region_names[r];
    for (uint32_t s = 0; s < services; s++)
        known[n++] = scenario->service_names[s];
    for (uint32_t s = 0; s < services; s++)
        for (uint32_t r = 0; r < regions; r++)
            if (ust_vary_pool_at(scenario, s, r) != NULL)
                known[n++] = ust_arena_printf(spec->arena, "%s/%s", scenario->service_names[s],
                                              scenario->region_names[r]);
    return ust_spec_unknown(spec, place, "pool", name, known, n);
}

/* A name picks among all pools; without one, those that the verdict is about. */
enum ust_status ust_vary_find_pools(struct ust_spec *spec, const char *name,
                                    struct ust_varied *out)
{
    const struct ust_scenario *scenario = out->scenario;
    const char *file = name != NULL ? "--pool" : "the standby's pools";
    struct ust_place place = {file, 1, 1, name != NULL ? (uint32_t)strlen(name) : 1,
                              UST_VARY_BEHIND_FILES};
    if (name != NULL)
        ust_diag_source(spec->diag, file, name, strlen(name));
    uint32_t n = 0;
    for (uint32_t s = 0; s < scenario->services.n; s++)
        for (uint32_t r = 0; r < scenario->regions.n; r++) {
            const struct ust_region_config *region = &scenario->config->regions[r];
            if (ust_vary_pool_at(scenario, s, r) == NULL ||
                !(name != NULL ? chosen(scenario, name, s, r) : region->under_test))
                continue;
            if (++n > UST_SMALLEST_COUNTS_MAX)
                continue;
            struct ust_vary *vary = &out->vary[out->n++];
            double most = fmin(TIMES * largest_pool(scenario, s), UST_INSTANCES_MAX);
            *vary = (struct ust_vary){.path = pool_path(spec->arena, scenario, s, r),
                                      .pool = true,
                                      .low = 1.0,
                                      .high = fmin(most, UST_VARY_LEVELS_MAX),
                                      .whole = true,
                                      .unit = "",
                                      .place = place};
            vary->levels = (uint32_t)vary->high;
            as_pool(spec->arena, scenario, s, r, vary);
        }
    if (n > UST_SMALLEST_COUNTS_MAX)
        return ust_diag_error(spec->diag, place,
                              "%u pools are more than %d; say which with --pool or --vary", n,
                              UST_SMALLEST_COUNTS_MAX);
    if (n == 0 && name != NULL)
        return unknown_pool(spec, scenario, name, place);
    if (n == 0)
        return ust_diag_error(spec->diag, place,
                              "the regions that are judged have no pool; say what to vary "
                              "with --vary PATH=LO..HI");
    return UST_OK;
}
