/* What a study of sizes varies: ladders of values, each at a path of the scenario.
 *
 *     --vary services.web.pools.west=2..40     a pool: its instances, and what its scalers may
 *                                              not go below
 *     --vary services.web.pools.west.max=4..60 one count alone
 *     --vary capacity.west.quota=40..400/10    ten values, evenly; with a unit where it has one
 *     nothing                                  the pools of the regions that are judged
 *
 * A ladder rises from little to much. What is wrong is told all at once, at its place in the
 * option, before anything is run: that the scenario refuses the path, the first value, or the
 * last; that what stands there is no count.
 */
#ifndef UST_ANALYSIS_STUDY_VARY_H
#define UST_ANALYSIS_STUDY_VARY_H

#include "analysis/study/smallest.h"
#include "models/world/scenario.h"
#include "sim/cli/cli.h"

/* More would take more than a dozen candidates to tell apart. */
#define UST_VARY_LEVELS_MAX 10000

struct ust_vary {
    const char *path;        /* as --set would have it */
    const char *label;       /* "web in west", or the path */
    bool pool;               /* instances and `min` together */
    int32_t service, region; /* of a pool or of a count of one; -1: neither */
    double low, high;
    uint32_t levels;
    bool whole;       /* whole numbers, one by one */
    const char *unit; /* "" for none */
    uint32_t start;   /* level to begin with: as written, where that is known */
    double written;   /* of a pool: instances; NAN: not asked */
    double price;     /* USD per hour of one level more; NAN: unknown */
    struct ust_place place;
};

struct ust_varied {
    struct ust_vary vary[UST_SMALLEST_COUNTS_MAX];
    uint32_t n;
    bool found;                          /* by itself: nobody said what to vary */
    const struct ust_scenario *scenario; /* as written */
};

/* Reads options, or finds the pools; `pool` NULL or a region, a service or SERVICE/REGION.
 * Tells mistakes in `spec`, whose scenario was read from `path` with `sets`. */
enum ust_status ust_vary_read(struct ust_spec *spec, const struct ust_scenario *scenario,
                              const struct ust_texts *sets, const struct ust_texts *options,
                              const char *pool, struct ust_varied *out);

/* "12", "0.4 s". */
const char *ust_vary_text(struct ust_arena *arena, const struct ust_vary *vary, uint32_t level);
double ust_vary_value(const struct ust_vary *vary, uint32_t level);
/* The lowest level whose value is at least this; levels: none is. */
uint32_t ust_vary_level(const struct ust_vary *vary, double value);

/* The assignments that make a combination; their number, at most 3 for each. */
size_t ust_vary_sets(struct ust_arena *arena, const struct ust_varied *varied,
                     const uint32_t *level, const char **sets);

#endif
