/* What the files of a design share while units are made.
 *
 *   design_combine.c   matrix, zip, random, sensitivity: rows of values
 *   design_filter.c    where, exclude, include
 *   design_names.c     rows become units, with names
 */
#ifndef UST_MODELS_WORLD_DESIGN_MAKE_H
#define UST_MODELS_WORLD_DESIGN_MAKE_H

#include "models/world/design.h"

/* Values of one combination while units are made. */
struct ust_design_row {
    struct ust_design_value *value;
    uint32_t n;
};

struct ust_design_rows {
    struct ust_design_row *at;
    uint32_t n, capacity;
};

struct ust_design_maker {
    struct ust_spec *spec;
    const struct ust_design_spec *design;
    struct ust_design_rows rows;
    const char **path; /* of matrix, zip and ranges: what every combination has */
    uint32_t paths_n;
    unsigned errors; /* before us */
};

/* Something was wrong with this design. */
bool ust_design_failed(const struct ust_design_maker *maker);

/* A row with the values of `base` (NULL: none) and room for `more`. */
struct ust_design_row *ust_design_add_row(struct ust_design_maker *maker,
                                          struct ust_design_rows *rows,
                                          const struct ust_design_row *base, uint32_t more);
void ust_design_add_value(struct ust_design_row *row, const char *path, struct ust_place place,
                          const struct ust_node *value);
/* A mapping with something in it; NULL where it is absent or wrong. of: what it maps to. */
const struct ust_node *ust_design_mapping(struct ust_design_maker *maker,
                                          const struct ust_node *node, const char *of);

/* Every combination, with the points of `random`. */
void ust_design_combine(struct ust_design_maker *maker, uint64_t seed);
/* The rows that tell which ranges matter, instead of combinations. */
void ust_design_screen_rows(struct ust_design_maker *maker, uint64_t seed,
                            struct ust_design *out);
/* In this order: what does not hold goes, what is excluded goes, what is included comes. */
void ust_design_filter(struct ust_design_maker *maker);

/* The factors with their labels; then the units, named by them. */
void ust_design_label(struct ust_arena *arena, const struct ust_design_maker *maker,
                      struct ust_design *out);
void ust_design_name(struct ust_arena *arena, const struct ust_design_maker *maker,
                     struct ust_design *out);
#endif
