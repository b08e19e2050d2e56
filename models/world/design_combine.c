/* Rows: the combinations of matrix, zip and random, or those that sensitivity asks for. */
#include <stdlib.h>
#include <string.h>

#include "models/world/design_make.h"
#include "sim/base/limits.h"
#include "sim/spec/values.h"

bool ust_design_failed(const struct ust_design_maker *maker)
{
    return ust_diag_errors(maker->spec->diag) > maker->errors;
}

/* ---- reading ---- */

static void note_path(struct ust_design_maker *maker, const struct ust_node *node)
{
    for (uint32_t i = 0; i < maker->paths_n; i++)
        if (strcmp(maker->path[i], node->key) == 0) {
            (void)ust_diag_error(maker->spec->diag, node->key_place,
                                 "'%s' stands in this design twice", node->key);
            return;
        }
    (void)ust_spec_assign(maker->spec, NULL, node->key, node->key_place, node);
    const char **more = ust_arena_alloc(maker->spec->arena, const char *, maker->paths_n + 1);
    if (maker->paths_n > 0)
        memcpy(more, maker->path, maker->paths_n * sizeof *more);
    more[maker->paths_n++] = node->key;
    maker->path = more;
}

const struct ust_node *ust_design_mapping(struct ust_design_maker *maker,
                                          const struct ust_node *node, const char *of)
{
    if (node == NULL)
        return NULL;
    if (node->kind == UST_NODE_MAP && node->children > 0)
        return node;
    (void)ust_diag_error(maker->spec->diag, node->place, "'%s' needs a mapping, path: %s",
                         node->key == NULL ? "an element" : node->key, of);
    return NULL;
}

static void check_lists(struct ust_design_maker *maker, const struct ust_node *map)
{
    for (const struct ust_node *list = map->first; list != NULL; list = list->next) {
        if (list->kind != UST_NODE_LIST || list->children == 0)
            (void)ust_diag_error(maker->spec->diag, list->place,
                                 "'%s' needs a list of values, as in [4, 6, 8]", list->key);
        note_path(maker, list);
    }
}

static void check_zip(struct ust_design_maker *maker, const struct ust_node *zip)
{
    const struct ust_node *first = zip->first;
    for (const struct ust_node *list = first->next; list != NULL; list = list->next)
        if (list->kind == UST_NODE_LIST && first->kind == UST_NODE_LIST &&
            list->children != first->children)
            (void)ust_diag_error(maker->spec->diag, list->place,
                                 "'%s' has %u values and '%s' %u; lists of 'zip' are of one "
                                 "length",
                                 list->key, list->children, first->key, first->children);
}

/* ---- combinations ---- */

struct ust_design_row *ust_design_add_row(struct ust_design_maker *maker,
                                          struct ust_design_rows *rows,
                                          const struct ust_design_row *base, uint32_t more)
{
    if (rows->n == rows->capacity) {
        rows->capacity = rows->capacity * 2 + 64;
        rows->at = ust_realloc(rows->at, rows->capacity * sizeof *rows->at);
    }
    struct ust_design_row *row = &rows->at[rows->n++];
    uint32_t n = base == NULL ? 0 : base->n;
    row->value = ust_arena_alloc(maker->spec->arena, struct ust_design_value, n + more);
    if (n > 0)
        memcpy(row->value, base->value, n * sizeof *row->value);
    row->n = n;
    return row;
}

void ust_design_add_value(struct ust_design_row *row, const char *path, struct ust_place place,
                          const struct ust_node *value)
{
    row->value[row->n++] = (struct ust_design_value){path, place, value};
}

static bool too_many(struct ust_design_maker *maker, uint64_t times, struct ust_place place)
{
    if (times * maker->rows.n <= UST_STUDY_UNITS_MAX)
        return false;
    (void)ust_diag_error(maker->spec->diag, place,
                         "more than %d combinations; sweep in several studies",
                         UST_STUDY_UNITS_MAX);
    return true;
}

/* Every row so far with every one of `n` choices; the last list varies fastest. */
static void multiply(struct ust_design_maker *maker, uint32_t n, uint32_t more,
                     void (*put)(struct ust_design_maker *, struct ust_design_row *, uint32_t,
                                 const void *),
                     const void *what)
{
    struct ust_design_rows before = maker->rows;
    maker->rows = (struct ust_design_rows){0};
    for (uint32_t i = 0; i < before.n; i++)
        for (uint32_t k = 0; k < n; k++)
            put(maker, ust_design_add_row(maker, &maker->rows, &before.at[i], more), k, what);
    free(before.at);
}

static const struct ust_node *element(const struct ust_node *list, uint32_t index)
{
    const struct ust_node *child = list->first;
    while (index-- > 0)
        child = child->next;
    return child;
}

static void put_listed(struct ust_design_maker *maker, struct ust_design_row *row, uint32_t k,
                       const void *what)
{
    (void)maker;
    const struct ust_node *list = what;
    ust_design_add_value(row, list->key, list->key_place, element(list, k));
}

static void put_zipped(struct ust_design_maker *maker, struct ust_design_row *row, uint32_t k,
                       const void *what)
{
    (void)maker;
    const struct ust_node *zip = what;
    for (const struct ust_node *list = zip->first; list != NULL; list = list->next)
        ust_design_add_value(row, list->key, list->key_place, element(list, k));
}

struct box {
    struct ust_design_range *range;
    const char **name;
    uint32_t dimensions;
    double *point;
};

static void put_point(struct ust_design_maker *maker, struct ust_design_row *row, uint32_t k,
                      const void *what)
{
    const struct box *box = what;
    for (uint32_t d = 0; d < box->dimensions; d++) {
        const struct ust_design_range *range = &box->range[d];
        double share = box->point[(size_t)k * box->dimensions + d];
        ust_design_add_value(row, range->path, range->place,
                             ust_design_at(maker->spec, range, share));
    }
}

static void read_box(struct ust_design_maker *maker, const struct ust_node *ranges,
                     struct box *box)
{
    struct ust_arena *arena = maker->spec->arena;
    box->range = ust_arena_alloc(arena, struct ust_design_range, box->dimensions);
    box->name = ust_arena_alloc(arena, const char *, box->dimensions);
    uint32_t d = 0;
    for (const struct ust_node *node = ranges->first; node != NULL; node = node->next, d++) {
        note_path(maker, node);
        (void)ust_design_range(maker->spec, node, &box->range[d]);
        box->name[d] = node->key;
    }
}

static void draw(struct ust_design_maker *maker, const struct ust_node *ranges, uint64_t seed)
{
    struct ust_arena *arena = maker->spec->arena;
    struct box box = {.dimensions = ranges->children};
    uint32_t n = (uint32_t)maker->design->random.n;
    if (maker->design->random.method == UST_SOBOL &&
        box.dimensions > UST_SOBOL_DIMENSIONS_MAX) {
        (void)ust_diag_error(maker->spec->diag, ranges->place,
                             "%u ranges; Sobol's sequence is known for at most %d",
                             box.dimensions, UST_SOBOL_DIMENSIONS_MAX);
        return;
    }
    read_box(maker, ranges, &box);
    if (ust_design_failed(maker) || too_many(maker, n, ranges->place))
        return;
    box.point = ust_arena_alloc(arena, double, (size_t)n *box.dimensions);
    ust_design_points((enum ust_design_method)maker->design->random.method, seed, n,
                      box.dimensions, box.name, box.point);
    multiply(maker, n, box.dimensions, put_point, &box);
}

/* ---- which of them matters ---- */

static void stand_alone(struct ust_design_maker *maker)
{
    const struct ust_design_spec *design = maker->design;
    const struct ust_node *const others[] = {design->matrix,  design->zip,
                                             design->where,   design->exclude,
                                             design->include, design->random.ranges};
    static const char *const names[] = {"matrix",  "zip",     "where",
                                        "exclude", "include", "random"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i] != NULL)
            (void)ust_diag_error(maker->spec->diag, others[i]->place,
                                 "'%s' cannot stand beside 'sensitivity', which chooses its "
                                 "points itself",
                                 names[i]);
}

/* Of so few, not even the intervals are worth anything: they are drawn from these points. */
static void check_screen_n(struct ust_design_maker *maker, enum ust_screen_method method)
{
    const struct ust_node *node = maker->design->screen.n_node;
    const long long n = maker->design->screen.n;
    struct ust_diag *diag = maker->spec->diag;
    if (node == NULL)
        return;
    if (method == UST_SCREEN_SOBOL && n < UST_SCREEN_SOBOL_LEAST)
        (void)ust_diag_error(diag, node->place,
                             "'sobol' needs %d base points or more, got %lld; shares of "
                             "variance from fewer mean nothing",
                             UST_SCREEN_SOBOL_LEAST, n);
    else if (method == UST_SCREEN_SOBOL && n < UST_SCREEN_SOBOL_FEW)
        ust_diag_warning(
            diag, node->place,
            "%lld base points: indices may be off by some tenths, and their intervals "
            "too narrow; %d sort parameters, 512 measure them",
            n, UST_SCREEN_SOBOL_FEW);
    else if (method == UST_SCREEN_MORRIS && n < UST_SCREEN_MORRIS_FEW)
        ust_diag_warning(diag, node->place,
                         "%lld trajectories see each range in %lld places only; %u are usual",
                         n, n, ust_screen_default_n(method));
}

void ust_design_screen_rows(struct ust_design_maker *maker, uint64_t seed,
                            struct ust_design *out)
{
    struct ust_arena *arena = maker->spec->arena;
    const struct ust_design_spec *design = maker->design;
    const struct ust_node *ranges =
        ust_design_mapping(maker, design->screen.ranges, "low..high");
    enum ust_screen_method method = (enum ust_screen_method)design->screen.method;
    stand_alone(maker);
    if (ranges == NULL)
        return;
    if (method == UST_SCREEN_EFFECTS && design->screen.n_node != NULL)
        (void)ust_diag_error(maker->spec->diag, design->screen.n_node->place,
                             "'n' says nothing to 'effects', whose runs follow from the number "
                             "of ranges");
    if (method == UST_SCREEN_SOBOL && ranges->children > UST_SCREEN_SOBOL_MAX)
        (void)ust_diag_error(maker->spec->diag, ranges->place,
                             "%u ranges; method 'sobol' takes at most %d; 'morris' finds those "
                             "that matter",
                             ranges->children, UST_SCREEN_SOBOL_MAX);
    check_screen_n(maker, method);
    struct box box = {.dimensions = ranges->children};
    read_box(maker, ranges, &box);
    uint32_t n = design->screen.n_node != NULL ? (uint32_t)design->screen.n
                                               : ust_screen_default_n(method);
    uint64_t points = ust_screen_points_n(method, n, box.dimensions);
    (void)ust_design_add_row(maker, &maker->rows, NULL, 0);
    if (ust_design_failed(maker) || too_many(maker, points, ranges->place))
        return;
    box.point = ust_arena_alloc(arena, double, (size_t)points *box.dimensions);
    ust_screen_points(method, seed, n, box.dimensions, box.name, box.point);
    multiply(maker, (uint32_t)points, box.dimensions, put_point, &box);
    out->range = box.range;
    out->ranges_n = box.dimensions;
    out->screen = method;
    out->screen_n = method == UST_SCREEN_EFFECTS ? 0 : n;
}

void ust_design_combine(struct ust_design_maker *maker, uint64_t seed)
{
    const struct ust_design_spec *design = maker->design;
    const struct ust_node *matrix = ust_design_mapping(maker, design->matrix, "[values]"),
                          *zip = ust_design_mapping(maker, design->zip, "[values]"),
                          *ranges =
                              ust_design_mapping(maker, design->random.ranges, "low..high");
    if (matrix != NULL)
        check_lists(maker, matrix);
    if (zip != NULL) {
        check_lists(maker, zip);
        check_zip(maker, zip);
    }
    if (ust_design_failed(maker))
        return;
    if (matrix == NULL && zip == NULL && ranges == NULL)
        return;
    (void)ust_design_add_row(maker, &maker->rows, NULL, 0);
    for (const struct ust_node *list = matrix == NULL ? NULL : matrix->first; list != NULL;
         list = list->next) {
        if (too_many(maker, list->children, list->place))
            return;
        multiply(maker, list->children, 1, put_listed, list);
    }
    if (zip != NULL && !too_many(maker, zip->first->children, zip->place))
        multiply(maker, zip->first->children, zip->children, put_zipped, zip);
    if (ranges != NULL && !ust_design_failed(maker))
        draw(maker, ranges, seed);
}
