/* A study: the units of a scenario's design, each read once and found right, before any runs.
 *
 * Units are not kept as scenarios: what a plan remembers of one is its hash and how often it is
 * repeated. Whoever runs a unit reads it again, which takes milliseconds.
 */
#ifndef UST_MODELS_WORLD_STUDY_H
#define UST_MODELS_WORLD_STUDY_H

#include "models/world/scenario.h"

struct ust_study_unit {
    const struct ust_unit *is;
    uint64_t hash;              /* of the scenario that it makes */
    uint32_t replications;      /* with `until`: at most so many */
    bool asks;                  /* the scenario says `until`, and no number was given instead */
    struct ust_scenario *given; /* to be run as it is; NULL: read when its turn comes */
};

struct ust_study {
    const char *path;
    const char *const *sets; /* "path=value", before the design's own */
    size_t sets_n;
    uint64_t seed;
    const struct ust_scenario *base;
    struct ust_study_unit *unit;
    uint32_t n;
    uint64_t hash; /* of its units, their names and the seed; not of how often they repeat */
};

struct ust_study_options {
    const char *path;
    const char *const *sets;
    size_t sets_n;
    bool seed_given;
    uint64_t seed;
    uint32_t replications; /* 0: as the scenario says */
};

/* Reads the scenario and every unit; all mistakes are in spec->diag, a mistake of many units
 * once. Everything lives in spec->arena. */
enum ust_status ust_study_plan(struct ust_spec *spec, const struct ust_study_options *options,
                               struct ust_study *out);

/* A unit to run. `spec` is the caller's, with an arena and a diag of its own; NULL: the file
 * has changed since the plan, told in the diag. */
struct ust_scenario *ust_study_read(struct ust_spec *spec, const struct ust_study *study,
                                    uint32_t index);

/* What of a unit a database remembers: the sets of the command line, then the unit's own. */
const char *ust_study_overrides(struct ust_arena *arena, const struct ust_study *study,
                                uint32_t index);

#endif
