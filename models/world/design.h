/* A design: one scenario asked many times, with values changed by plan.
 *
 *     design:
 *       matrix:                                   every combination of these
 *         services.web.pools.west.instances: [4, 6, 8]
 *         routing.dns.stale_share: [0 %, 2 %]
 *       zip:                                      these together, row by row
 *         traffic.0.arrivals.rate: [100 /s, 200 /s]
 *         services.web.pools.east.instances: [4, 8]
 *       random: {method: sobol, n: 64, ranges: {routing.dns.ttl: 10..300 s}}
 *       where: services.web.pools.west.instances >= 6     kept if all of these hold
 *       exclude: [{routing.dns.stale_share: 2 %}]         taken out
 *       include: [{routing.dns.ttl: 5 s}]                 added, as they stand
 *
 * or, alone, points that tell which of the ranges matters (design_screen.c):
 *
 *       sensitivity: {method: morris, ranges: {routing.dns.ttl: 10..300 s}}
 *
 *   units = matrix x zip x random  ──where──▶ ──exclude──▶ + include
 *
 * Every unit is the scenario with some values set, by the very path of --set, so that a wrong
 * path or value is reported at its line of the design. A unit has a number from 1, a name made
 * of its values, and, like every scenario, a hash of what it means. All units share the
 * scenario's seed: they meet the same users (common random numbers).
 */
#ifndef UST_MODELS_WORLD_DESIGN_H
#define UST_MODELS_WORLD_DESIGN_H

#include "sim/spec/spec.h"

enum ust_design_method { UST_LATIN_HYPERCUBE, UST_SOBOL };
extern const char *const ust_design_methods[]; /* "latin_hypercube", "sobol" */

/* How the question "which of these matters" is asked; analysis/stats/sensitivity.h answers. */
enum ust_screen_method { UST_SCREEN_MORRIS, UST_SCREEN_SOBOL, UST_SCREEN_EFFECTS };
extern const char *const ust_screen_methods[]; /* "morris", "sobol", "effects" */

struct ust_design_spec {
    const struct ust_node *matrix, *zip, *include, *exclude, *where; /* NULL: absent */
    struct {
        int method; /* enum ust_design_method */
        int64_t n;
        const struct ust_node *ranges;
        const struct ust_node *n_node;
    } random;
    struct {
        int method; /* enum ust_screen_method */
        int64_t n;
        const struct ust_node *ranges, *n_node;
        const struct ust_node *node; /* NULL: absent */
    } screen;
    const struct ust_node *node; /* NULL: no design */
};
extern const struct ust_field ust_design_fields[];

struct ust_design_value {
    const char *path;
    struct ust_place place; /* of the path */
    const struct ust_node *value;
};

struct ust_unit {
    uint32_t number;       /* from 1 */
    const char *name;      /* "pools.west.instances=6, dns.ttl=30 s" */
    const char *overrides; /* lines of path=value, as for --set */
    const struct ust_design_value *value;
    uint32_t values_n;
};

/* A path whose values differ between units. */
struct ust_factor {
    const char *path, *label; /* the label is the shortest end of the path that is unique */
};

struct ust_design_range;
struct ust_design {
    const struct ust_unit *unit;
    const struct ust_factor *factor;
    uint32_t units_n, factors_n;
    bool random; /* values are drawn, so hardly any appears twice */
    /* of `sensitivity` */
    const struct ust_design_range *range; /* ranges_n; NULL: it asks no such question */
    uint32_t ranges_n, screen_n;          /* screen_n: trajectories, base points, 0 */
    enum ust_screen_method screen;
};

/* All mistakes that can be told without a unit are told. `seed` is the scenario's. */
enum ust_status ust_design_expand(struct ust_spec *spec, const struct ust_design_spec *design,
                                  uint64_t seed, struct ust_design *out);

/* Sets a unit's values in a tree that was read; its own `design` is taken away. */
void ust_design_apply(struct ust_spec *spec, struct ust_node *root,
                      const struct ust_unit *unit);

/* design_random.c: point[n * dimensions], each in [0, 1). Sobol's has at most 40 dimensions. */
#define UST_SOBOL_DIMENSIONS_MAX 40
void ust_design_points(enum ust_design_method method, uint64_t seed, uint32_t n,
                       uint32_t dimensions, const char *const *names, double *point);

/* design_screen.c: how many points a question takes, and the points, each in [0, 1].
 *   morris   n trajectories of dimensions + 1 points (Morris 1991): on a grid of 4 levels each
 *            step moves one range by 2/3, in an order and a direction drawn from the seed
 *   sobol    n base points of dimensions + 2 (Saltelli 2010): A, A with one range each out of
 *            B, B; A and B are halves of Sobol's sequence, so dimensions <= 20
 *   effects  the corners of a two-level design: a Hadamard matrix and its mirror image, whose
 *            main effects no pair of ranges can be mistaken for (resolution IV); n is not asked
 */
#define UST_SCREEN_SOBOL_MAX (UST_SOBOL_DIMENSIONS_MAX / 2)
/* Base points: fewer than the first are refused, fewer than the second earn a warning. */
#define UST_SCREEN_SOBOL_LEAST 8
#define UST_SCREEN_SOBOL_FEW   64
/* Trajectories: fewer earn a warning (Morris 1991 has 4 in his example). */
#define UST_SCREEN_MORRIS_FEW 4
uint64_t ust_screen_points_n(enum ust_screen_method method, uint32_t n, uint32_t dimensions);
void ust_screen_points(enum ust_screen_method method, uint64_t seed, uint32_t n,
                       uint32_t dimensions, const char *const *names, double *point);
uint32_t ust_screen_default_n(enum ust_screen_method method);

/* design_random.c: reads "low..high" and makes the value at each share of the way. */
struct ust_design_range {
    const char *path;
    struct ust_place place;
    const struct ust_node *node;
    double low, high;
    bool integer;
    const char *unit;
};
enum ust_status ust_design_range(struct ust_spec *spec, const struct ust_node *node,
                                 struct ust_design_range *out);
const struct ust_node *ust_design_at(struct ust_spec *spec,
                                     const struct ust_design_range *range, double share);

#endif
