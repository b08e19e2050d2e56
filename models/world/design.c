#include "models/world/design.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/limits.h"
#include "sim/spec/values.h"

const char *const ust_design_methods[] = {"latin_hypercube", "sobol", NULL};

static const struct ust_field random_fields[] = {
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_design_spec, random.method),
     .choices = ust_design_methods,
     .fallback = "latin_hypercube",
     .flags = UST_FIELD_UNWRITTEN,
     .help =
         "How points fill the ranges: a Latin hypercube, drawn from the scenario's seed, or "
         "Sobol's sequence, which has no seed and can be grown."},
    {.key = "n",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_design_spec, random.n),
     .low = 1,
     .high = UST_STUDY_UNITS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_design_spec, random.n_node) + 1,
     .help = "How many points."},
    {.key = "ranges",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, random.ranges),
     .flags = UST_FIELD_REQUIRED,
     .help = "Path: low..high, as `routing.dns.ttl: 10..300 s`. Between two whole numbers "
             "without a unit, whole numbers are drawn; write 4.0..12 for others."},
    {.key = NULL},
};

static const struct ust_field screen_fields[] = {
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_design_spec, screen.method),
     .choices = ust_screen_methods,
     .fallback = "morris",
     .flags = UST_FIELD_UNWRITTEN,
     .help = "Morris' elementary effects, which sort many ranges by few runs; Sobol's indices, "
             "which share out the variance and take many; or main effects between the ends of "
             "the ranges, which take the fewest."},
    {.key = "n",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_design_spec, screen.n),
     .low = 2,
     .high = UST_STUDY_UNITS_MAX,
     .given = offsetof(struct ust_design_spec, screen.n_node) + 1,
     .help =
         "Trajectories of morris (10 where absent; units: n times ranges + 1) or base points "
         "of sobol (64 where absent, best a power of two; units: n times ranges + 2)."},
    {.key = "ranges",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, screen.ranges),
     .flags = UST_FIELD_REQUIRED,
     .help = "Path: low..high, as in `random`."},
    {.key = NULL},
};

const struct ust_field ust_design_fields[] = {
    {.key = "matrix",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, matrix),
     .help =
         "Path: list of values; every combination becomes a unit. Paths are those of --set."},
    {.key = "zip",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, zip),
     .help = "Path: list of values, all lists of one length; taken together, row by row, each "
             "row with every combination of `matrix`."},
    {.key = "random",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = random_fields,
     .help = "Points drawn from ranges, each with every combination of `matrix` and `zip`."},
    {.key = "sensitivity",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = screen_fields,
     .given = offsetof(struct ust_design_spec, screen.node) + 1,
     .help = "Points that tell which ranges matter, for `understudy sensitivity`. It stands "
             "alone in a design: taking points away or adding some would spoil the answer."},
    {.key = "where",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, where),
     .help = "A comparison or a list of them, `path < path` or `path >= value` (==, !=, <, <=, "
             ">, >=), of paths of this design; combinations for which one fails are left out."},
    {.key = "exclude",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, exclude),
     .help =
         "A list of mappings, path: value; combinations that have all values of one of them "
         "are left out."},
    {.key = "include",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, include),
     .help = "A list of mappings, path: value; each becomes a further unit, as it stands."},
    {.key = NULL},
};

/* Values of one combination while units are made. */
struct row {
    struct ust_design_value *value;
    uint32_t n;
};

struct rows {
    struct row *at;
    uint32_t n, capacity;
};

struct condition {
    const char *left, *right; /* paths, or texts */
    bool right_is_path;
    int operator;
};

struct maker {
    struct ust_spec *spec;
    const struct ust_design_spec *design;
    struct rows rows;
    const char **path; /* of matrix, zip and ranges: what every combination has */
    uint32_t paths_n;
    unsigned errors; /* before us */
};

static bool failed(const struct maker *maker)
{
    return ust_diag_errors(maker->spec->diag) > maker->errors;
}

/* ---- reading ---- */

static void note_path(struct maker *maker, const struct ust_node *node)
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

/* A mapping with something in it; NULL where it is absent or wrong. */
static const struct ust_node *mapping(struct maker *maker, const struct ust_node *node,
                                      const char *of)
{
    if (node == NULL)
        return NULL;
    if (node->kind == UST_NODE_MAP && node->children > 0)
        return node;
    (void)ust_diag_error(maker->spec->diag, node->place, "'%s' needs a mapping, path: %s",
                         node->key == NULL ? "an element" : node->key, of);
    return NULL;
}

static void check_lists(struct maker *maker, const struct ust_node *map)
{
    for (const struct ust_node *list = map->first; list != NULL; list = list->next) {
        if (list->kind != UST_NODE_LIST || list->children == 0)
            (void)ust_diag_error(maker->spec->diag, list->place,
                                 "'%s' needs a list of values, as in [4, 6, 8]", list->key);
        note_path(maker, list);
    }
}

static void check_zip(struct maker *maker, const struct ust_node *zip)
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

static struct row *add_row(struct maker *maker, struct rows *rows, const struct row *base,
                           uint32_t more)
{
    if (rows->n == rows->capacity) {
        rows->capacity = rows->capacity * 2 + 64;
        rows->at = ust_realloc(rows->at, rows->capacity * sizeof *rows->at);
    }
    struct row *row = &rows->at[rows->n++];
    uint32_t n = base == NULL ? 0 : base->n;
    row->value = ust_arena_alloc(maker->spec->arena, struct ust_design_value, n + more);
    if (n > 0)
        memcpy(row->value, base->value, n * sizeof *row->value);
    row->n = n;
    return row;
}

static void add_value(struct row *row, const char *path, struct ust_place place,
                      const struct ust_node *value)
{
    row->value[row->n++] = (struct ust_design_value){path, place, value};
}

static bool too_many(struct maker *maker, uint64_t times, struct ust_place place)
{
    if (times * maker->rows.n <= UST_STUDY_UNITS_MAX)
        return false;
    (void)ust_diag_error(maker->spec->diag, place,
                         "more than %d combinations; sweep in several studies",
                         UST_STUDY_UNITS_MAX);
    return true;
}

/* Every row so far with every one of `n` choices; the last list varies fastest. */
static void multiply(struct maker *maker, uint32_t n, uint32_t more,
                     void (*put)(struct maker *, struct row *, uint32_t, const void *),
                     const void *what)
{
    struct rows before = maker->rows;
    maker->rows = (struct rows){0};
    for (uint32_t i = 0; i < before.n; i++)
        for (uint32_t k = 0; k < n; k++)
            put(maker, add_row(maker, &maker->rows, &before.at[i], more), k, what);
    free(before.at);
}

static const struct ust_node *element(const struct ust_node *list, uint32_t index)
{
    const struct ust_node *child = list->first;
    while (index-- > 0)
        child = child->next;
    return child;
}

static void put_listed(struct maker *maker, struct row *row, uint32_t k, const void *what)
{
    (void)maker;
    const struct ust_node *list = what;
    add_value(row, list->key, list->key_place, element(list, k));
}

static void put_zipped(struct maker *maker, struct row *row, uint32_t k, const void *what)
{
    (void)maker;
    const struct ust_node *zip = what;
    for (const struct ust_node *list = zip->first; list != NULL; list = list->next)
        add_value(row, list->key, list->key_place, element(list, k));
}

struct box {
    struct ust_design_range *range;
    const char **name;
    uint32_t dimensions;
    double *point;
};

static void put_point(struct maker *maker, struct row *row, uint32_t k, const void *what)
{
    const struct box *box = what;
    for (uint32_t d = 0; d < box->dimensions; d++) {
        const struct ust_design_range *range = &box->range[d];
        double share = box->point[(size_t)k * box->dimensions + d];
        add_value(row, range->path, range->place, ust_design_at(maker->spec, range, share));
    }
}

static void read_box(struct maker *maker, const struct ust_node *ranges, struct box *box)
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

static void draw(struct maker *maker, const struct ust_node *ranges, uint64_t seed)
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
    if (failed(maker) || too_many(maker, n, ranges->place))
        return;
    box.point = ust_arena_alloc(arena, double, (size_t)n *box.dimensions);
    ust_design_points((enum ust_design_method)maker->design->random.method, seed, n,
                      box.dimensions, box.name, box.point);
    multiply(maker, n, box.dimensions, put_point, &box);
}

/* ---- which of them matters ---- */

static void stand_alone(struct maker *maker)
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

static void screen(struct maker *maker, uint64_t seed, struct ust_design *out)
{
    struct ust_arena *arena = maker->spec->arena;
    const struct ust_design_spec *design = maker->design;
    const struct ust_node *ranges = mapping(maker, design->screen.ranges, "low..high");
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
    struct box box = {.dimensions = ranges->children};
    read_box(maker, ranges, &box);
    uint32_t n = design->screen.n_node != NULL ? (uint32_t)design->screen.n
                                               : ust_screen_default_n(method);
    uint64_t points = ust_screen_points_n(method, n, box.dimensions);
    (void)add_row(maker, &maker->rows, NULL, 0);
    if (failed(maker) || too_many(maker, points, ranges->place))
        return;
    box.point = ust_arena_alloc(arena, double, (size_t)points *box.dimensions);
    ust_screen_points(method, seed, n, box.dimensions, box.name, box.point);
    multiply(maker, (uint32_t)points, box.dimensions, put_point, &box);
    out->range = box.range;
    out->ranges_n = box.dimensions;
    out->screen = method;
    out->screen_n = method == UST_SCREEN_EFFECTS ? 0 : n;
}

static void combine(struct maker *maker, uint64_t seed)
{
    const struct ust_design_spec *design = maker->design;
    const struct ust_node *matrix = mapping(maker, design->matrix, "[values]"),
                          *zip = mapping(maker, design->zip, "[values]"),
                          *ranges = mapping(maker, design->random.ranges, "low..high");
    if (matrix != NULL)
        check_lists(maker, matrix);
    if (zip != NULL) {
        check_lists(maker, zip);
        check_zip(maker, zip);
    }
    if (failed(maker))
        return;
    if (matrix == NULL && zip == NULL && ranges == NULL)
        return;
    (void)add_row(maker, &maker->rows, NULL, 0);
    for (const struct ust_node *list = matrix == NULL ? NULL : matrix->first; list != NULL;
         list = list->next) {
        if (too_many(maker, list->children, list->place))
            return;
        multiply(maker, list->children, 1, put_listed, list);
    }
    if (zip != NULL && !too_many(maker, zip->first->children, zip->place))
        multiply(maker, zip->first->children, zip->children, put_zipped, zip);
    if (ranges != NULL && !failed(maker))
        draw(maker, ranges, seed);
}

/* ---- leaving out ---- */

static const struct ust_node *value_of(const struct row *row, const char *path)
{
    for (uint32_t i = 0; i < row->n; i++)
        if (strcmp(row->value[i].path, path) == 0)
            return row->value[i].value;
    return NULL;
}

static bool known_path(const struct maker *maker, const char *path)
{
    for (uint32_t i = 0; i < maker->paths_n; i++)
        if (strcmp(maker->path[i], path) == 0)
            return true;
    return false;
}

static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
enum { EQUAL, UNEQUAL, AT_MOST, AT_LEAST, LESS, MORE, OPERATORS };

static const char *trimmed(struct ust_arena *arena, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ')
        length--;
    while (length > 0 && *text == ' ')
        text++, length--;
    return ust_arena_text_n(arena, text, length);
}

static enum ust_status read_condition(struct maker *maker, const struct ust_node *node,
                                      struct condition *out)
{
    struct ust_spec *spec = maker->spec;
    size_t at = node->kind == UST_NODE_SCALAR ? strcspn(node->text, "=!<>") : 0;
    out->operator= OPERATORS;
    for (int i = OPERATORS - 1; i >= 0 && at > 0; i--)
        if (strncmp(node->text + at, operators[i], strlen(operators[i])) == 0)
            out->operator= i;
    if (out->operator== OPERATORS)
        return ust_diag_error(spec->diag, node->place,
                              "'where' needs comparisons such as path >= value; operators are "
                              "==, !=, <, <=, >, >=");
    const char *right = node->text + at + strlen(operators[out->operator]);
    out->left = trimmed(spec->arena, node->text, at);
    out->right = trimmed(spec->arena, right, strlen(right));
    out->right_is_path = known_path(maker, out->right);
    if (!known_path(maker, out->left))
        return ust_spec_unknown(spec, node->place, "path of this design", out->left,
                                maker->path, maker->paths_n);
    return *out->right != '\0' ? UST_OK
                               : ust_diag_error(spec->diag, node->place,
                                                "a value is missing behind '%s'",
                                                operators[out->operator]);
}

static const char *text_of(struct maker *maker, const struct ust_node *node)
{
    if (node->kind == UST_NODE_SCALAR)
        return node->text;
    struct ust_text text = {0};
    ust_value_write(node, &text);
    const char *kept = ust_arena_text(maker->spec->arena, ust_text_string(&text));
    ust_text_free(&text);
    return kept;
}

static bool holds(struct maker *maker, const struct condition *condition, const struct row *row,
                  const struct ust_node *node)
{
    const char *left = text_of(maker, value_of(row, condition->left)),
               *right = condition->right_is_path
                            ? text_of(maker, value_of(row, condition->right))
                            : condition->right;
    bool ordered;
    int order = ust_value_order(left, right, &ordered);
    if (condition->operator== EQUAL || condition->operator== UNEQUAL)
        return (order == 0) == (condition->operator== EQUAL);
    if (!ordered) {
        if (!failed(maker))
            (void)ust_diag_error(maker->spec->diag, node->place,
                                 "'%s' and '%s' have no order: they are of different units, or "
                                 "no quantities",
                                 left, right);
        return false;
    }
    return condition->operator== LESS      ? order < 0
           : condition->operator== AT_MOST ? order <= 0
           : condition->operator== MORE    ? order > 0
                                           : order >= 0;
}

static void keep_where(struct maker *maker, const struct ust_node *node)
{
    struct condition condition = {.operator= OPERATORS };
    if (read_condition(maker, node, &condition) != UST_OK)
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        if (holds(maker, &condition, &maker->rows.at[i], node))
            maker->rows.at[kept++] = maker->rows.at[i];
    maker->rows.n = kept;
}

static bool matches(struct maker *maker, const struct row *row, const struct ust_node *entry)
{
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next) {
        bool ordered;
        const struct ust_node *value = value_of(row, pair->key);
        if (value == NULL ||
            ust_value_order(text_of(maker, value), text_of(maker, pair), &ordered) != 0)
            return false;
    }
    return true;
}

static void leave_out(struct maker *maker, const struct ust_node *entry)
{
    entry = mapping(maker, entry, "value");
    if (entry == NULL)
        return;
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next)
        if (!known_path(maker, pair->key))
            (void)ust_spec_unknown(maker->spec, pair->key_place, "path of this design",
                                   pair->key, maker->path, maker->paths_n);
    uint32_t kept = 0, before = maker->rows.n;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        if (!matches(maker, &maker->rows.at[i], entry))
            maker->rows.at[kept++] = maker->rows.at[i];
    maker->rows.n = kept;
    if (kept == before && !failed(maker))
        ust_diag_warning(maker->spec->diag, entry->place, "no combination has these values");
}

static void put_in(struct maker *maker, const struct ust_node *entry)
{
    entry = mapping(maker, entry, "value");
    if (entry == NULL)
        return;
    struct row *row = add_row(maker, &maker->rows, NULL, entry->children);
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next) {
        (void)ust_spec_assign(maker->spec, NULL, pair->key, pair->key_place, pair);
        add_value(row, pair->key, pair->key_place, pair);
    }
}

/* One, or a list of them. */
static void each(struct maker *maker, const struct ust_node *node,
                 void (*act)(struct maker *, const struct ust_node *))
{
    if (node != NULL && node->kind != UST_NODE_LIST)
        act(maker, node);
    for (const struct ust_node *child =
             node != NULL && node->kind == UST_NODE_LIST ? node->first : NULL;
         child != NULL; child = child->next)
        act(maker, child);
}

/* ---- names ---- */

/* The end of a path that begins at its last `steps` steps. */
static const char *path_end(const char *path, uint32_t steps)
{
    const char *at = path + strlen(path);
    while (at > path && steps > 0) {
        at--;
        if (*at == '"')
            while (at > path && *--at != '"')
                ;
        steps -= *at == '.';
    }
    return *at == '.' ? at + 1 : at;
}

static void label_factors(struct ust_arena *arena, const struct maker *maker,
                          struct ust_design *out)
{
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        capacity += maker->rows.at[i].n;
    struct ust_factor *factor = ust_arena_alloc(arena, struct ust_factor, capacity + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        for (uint32_t k = 0; k < maker->rows.at[i].n; k++) {
            const char *path = maker->rows.at[i].value[k].path;
            uint32_t f = 0;
            while (f < n && strcmp(factor[f].path, path) != 0)
                f++;
            if (f == n)
                factor[n++].path = path;
        }
    for (uint32_t f = 0; f < n; f++) {
        uint32_t steps = 2;
        for (uint32_t g = 0; g < n; g++)
            while (g != f && steps < UST_SPEC_DEPTH_MAX &&
                   strcmp(path_end(factor[f].path, steps), path_end(factor[g].path, steps)) ==
                       0)
                steps++;
        factor[f].label = path_end(factor[f].path, steps);
    }
    out->factor = factor;
    out->factors_n = n;
}

static const char *label_of(const struct ust_design *design, const char *path)
{
    for (uint32_t f = 0; f < design->factors_n; f++)
        if (strcmp(design->factor[f].path, path) == 0)
            return design->factor[f].label;
    return path;
}

static void name_units(struct ust_arena *arena, const struct maker *maker,
                       struct ust_design *out)
{
    struct ust_unit *unit = ust_arena_alloc(arena, struct ust_unit, maker->rows.n + 1);
    for (uint32_t i = 0; i < maker->rows.n; i++) {
        const struct row *row = &maker->rows.at[i];
        struct ust_text name = {0}, overrides = {0}, value = {0};
        for (uint32_t k = 0; k < row->n; k++) {
            ust_text_clear(&value);
            ust_value_write(row->value[k].value, &value);
            ust_text_printf(&name, "%s%s=%s", k == 0 ? "" : ", ",
                            label_of(out, row->value[k].path), ust_text_string(&value));
            ust_text_printf(&overrides, "%s%s=%s", k == 0 ? "" : "\n", row->value[k].path,
                            ust_text_string(&value));
        }
        unit[i] =
            (struct ust_unit){.number = i + 1,
                              .name = ust_arena_text(arena, ust_text_string(&name)),
                              .overrides = ust_arena_text(arena, ust_text_string(&overrides)),
                              .value = row->value,
                              .values_n = row->n};
        ust_text_free(&name);
        ust_text_free(&overrides);
        ust_text_free(&value);
    }
    out->unit = unit;
    out->units_n = maker->rows.n;
}

/* ---- all of it ---- */

enum ust_status ust_design_expand(struct ust_spec *spec, const struct ust_design_spec *design,
                                  uint64_t seed, struct ust_design *out)
{
    *out = (struct ust_design){.random = design->random.ranges != NULL ||
                                         design->screen.node != NULL};
    if (design->node == NULL)
        return UST_OK;
    struct maker maker = {
        .spec = spec, .design = design, .errors = ust_diag_errors(spec->diag)};
    if (design->screen.node != NULL)
        screen(&maker, seed, out);
    else
        combine(&maker, seed);
    if (!failed(&maker))
        each(&maker, design->where, keep_where);
    if (!failed(&maker))
        each(&maker, design->exclude, leave_out);
    if (!failed(&maker))
        each(&maker, design->include, put_in);
    if (!failed(&maker) && maker.rows.n == 0)
        (void)ust_diag_error(spec->diag, design->node->place,
                             "the design has no units: nothing is varied, or all was left out");
    if (!failed(&maker)) {
        label_factors(spec->arena, &maker, out);
        name_units(spec->arena, &maker, out);
    }
    free(maker.rows.at);
    return failed(&maker) ? UST_INVALID : UST_OK;
}

void ust_design_apply(struct ust_spec *spec, struct ust_node *root, const struct ust_unit *unit)
{
    struct ust_node *child = root->first;
    root->first = root->last = NULL;
    root->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        child->next = NULL;
        if (ust_text_equal(child->key, "design"))
            continue;
        if (root->first == NULL)
            root->first = child;
        else
            root->last->next = child;
        root->last = child;
        root->children++;
    }
    for (uint32_t i = 0; i < unit->values_n; i++)
        (void)ust_spec_assign(spec, root, unit->value[i].path, unit->value[i].place,
                              unit->value[i].value);
}
