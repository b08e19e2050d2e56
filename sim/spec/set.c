/* --set path.to.key=value: one change to a tree that was read, from the command line. */
#include <string.h>

#include "sim/base/limits.h"
#include "sim/spec/parts.h"

/* Deeper paths than the tree cannot lead anywhere. */
#define STEPS_MAX UST_SPEC_DEPTH_MAX

struct step {
    const char *name;
    struct ust_place place;
};

struct setting {
    struct ust_spec *spec;
    struct ust_place base; /* of the text's first character: "--set 1" */
    const char *text;
    struct step steps[STEPS_MAX];
    uint32_t steps_n;
    struct ust_node *value;
};

static struct ust_place part(const struct setting *set, const char *begin, size_t length)
{
    char *before = ust_arena_text_n(set->spec->arena, set->text, (size_t)(begin - set->text));
    char *inside = ust_arena_text_n(set->spec->arena, begin, length);
    size_t width = ust_text_columns(inside);
    return (struct ust_place){.file = set->base.file,
                              .line = set->base.line,
                              .column = set->base.column + (uint32_t)ust_text_columns(before),
                              .width = width < 1 ? 1 : (uint32_t)width,
                              .order = set->base.order};
}

/* One step of the path: up to a dot or the equals sign, or between quotes. NULL with a message.
 */
static const char *read_step(struct setting *set, const char *at)
{
    struct ust_diag *diag = set->spec->diag;
    const char *begin = at, *end;
    if (*at == '"') {
        begin = at + 1;
        end = strchr(begin, '"');
        if (end == NULL) {
            ust_diag_error(diag, part(set, at, 1), "a quote that is not closed");
            return NULL;
        }
        at = end + 1;
    } else {
        at = end = begin + strcspn(begin, ".=");
    }
    struct ust_place place = part(set, begin, (size_t)(end - begin));
    if (end == begin) {
        ust_diag_error(diag, place, "a key is missing; needs path.to.key=value");
        return NULL;
    }
    if (*at != '.' && *at != '=') {
        ust_diag_error(diag, part(set, at, 1), "'=' is missing; needs path.to.key=value");
        return NULL;
    }
    if (set->steps_n == STEPS_MAX) {
        ust_diag_error(diag, place, "nested deeper than %d levels", UST_SPEC_DEPTH_MAX);
        return NULL;
    }
    const char *name = ust_arena_text_n(set->spec->arena, begin, (size_t)(end - begin));
    if (ust_spec_key(set->spec, name, place) != UST_OK)
        return NULL;
    set->steps[set->steps_n++] = (struct step){name, place};
    return at;
}

static enum ust_status read_assignment(struct setting *set)
{
    const char *at = set->text;
    for (;;) {
        at = read_step(set, at);
        if (at == NULL)
            return UST_INVALID;
        if (*at++ == '=')
            break;
    }
    if (at[strspn(at, " ")] == '\0')
        return ust_diag_error(set->spec->diag, part(set, at, 0),
                              "a value is missing behind '='; null takes the key away");
    uint32_t column = part(set, at, 0).column - 1;
    unsigned errors = ust_diag_errors(set->spec->diag);
    set->value =
        ust_spec_parse(set->spec, set->base.file, set->base.order, column, at, strlen(at));
    /* A tag or a duplicate key leaves a tree, but not one to use. */
    if (set->value == NULL || ust_diag_errors(set->spec->diag) > errors)
        return UST_INVALID;
    if (set->steps_n + ust_node_depth(set->value) > UST_SPEC_DEPTH_MAX)
        return ust_diag_error(set->spec->diag, part(set, at, strlen(at)),
                              "nested deeper than %d levels", UST_SPEC_DEPTH_MAX);
    return UST_OK;
}

/* ---- finding the way ---- */

static const char *const identities[] = {"name", "kind", "persona", "id"};

/* The element that a word names by the first of its identities that any element has so. */
static enum ust_status find_named(struct setting *set, struct ust_node *list,
                                  const struct step *step, struct ust_node **out)
{
    for (unsigned i = 0; i < 4; i++) {
        struct ust_node *found = NULL;
        uint32_t matches = 0;
        for (struct ust_node *child = list->first; child != NULL; child = child->next) {
            const struct ust_node *word = ust_node_get(child, identities[i]);
            if (word == NULL || word->kind != UST_NODE_SCALAR ||
                strcmp(word->text, step->name) != 0)
                continue;
            found = child;
            matches++;
        }
        *out = found;
        if (matches == 1)
            return UST_OK;
        if (matches > 1)
            return ust_diag_error(set->spec->diag, step->place,
                                  "%u elements have the %s '%s'; name one by its number, "
                                  "from 0",
                                  matches, identities[i],
                                  ust_spec_shown(set->spec, step->name));
    }
    return UST_OK;
}

static enum ust_status unknown_element(struct setting *set, const struct ust_node *list,
                                       const struct step *step)
{
    const char *known[UST_SPEC_KNOWN_MAX];
    size_t n = 0;
    for (const struct ust_node *child = list->first; child != NULL; child = child->next) {
        for (unsigned i = 0; i < 4 && n < UST_SPEC_KNOWN_MAX; i++) {
            const struct ust_node *word = ust_node_get(child, identities[i]);
            if (word != NULL && word->kind == UST_NODE_SCALAR)
                known[n++] = word->text;
        }
    }
    return ust_spec_unknown(set->spec, step->place, "element", step->name, known, n);
}

/* The element of a list, or NULL where a number points just behind the last one. */
static enum ust_status find_element(struct setting *set, struct ust_node *list,
                                    const struct step *step, struct ust_node **out)
{
    *out = NULL;
    int64_t number;
    if (step->name[strspn(step->name, "0123456789")] != '\0' ||
        !ust_integer_parse(step->name, &number)) {
        UST_TRY(find_named(set, list, step, out));
        return *out == NULL ? unknown_element(set, list, step) : UST_OK;
    }
    if (number > list->children)
        return ust_diag_error(set->spec->diag, step->place,
                              "element %s of a list of %u; the first is 0, and %u appends",
                              ust_spec_shown(set->spec, step->name), list->children,
                              list->children);
    *out = list->first;
    for (int64_t i = 0; i < number; i++)
        *out = (*out)->next;
    return UST_OK;
}

static void label(struct ust_node *node, const struct step *step)
{
    node->key = step->name;
    node->key_place = step->place;
}

/* "balancer: random" is {kind: random}, and its kind can be set. */
static struct ust_node *open_kind(struct setting *set, struct ust_node *scalar)
{
    struct ust_node *kind = ust_node_new(set->spec, UST_NODE_SCALAR, scalar->place);
    if (kind == NULL)
        return NULL;
    kind->text = scalar->text;
    kind->key = "kind";
    kind->key_place = scalar->place;
    scalar->kind = UST_NODE_MAP;
    scalar->text = NULL;
    scalar->quoted = false;
    ust_node_append(scalar, kind);
    return kind;
}

static enum ust_status find_child(struct setting *set, struct ust_node *parent,
                                  const struct step *step, struct ust_node **out)
{
    if (parent->kind == UST_NODE_LIST)
        return find_element(set, parent, step, out);
    if (parent->kind == UST_NODE_MAP) {
        *out = ust_node_find(parent, step->name);
        return UST_OK;
    }
    if (strcmp(step->name, "kind") == 0) {
        *out = open_kind(set, parent);
        return *out == NULL ? UST_INVALID : UST_OK;
    }
    return ust_diag_error(set->spec->diag, step->place,
                          "'%s' cannot be set in '%s', which is a single value; set the "
                          "whole, as {...}",
                          ust_spec_shown(set->spec, step->name),
                          ust_spec_shown(set->spec, parent->text));
}

static struct ust_node *add_map(struct setting *set, struct ust_node *parent,
                                const struct step *step)
{
    struct ust_node *map = ust_node_new(set->spec, UST_NODE_MAP, step->place);
    if (map == NULL)
        return NULL;
    if (parent->kind == UST_NODE_MAP)
        label(map, step);
    ust_node_append(parent, map);
    return map;
}

static void take_away(struct ust_node *parent, const struct ust_node *gone)
{
    struct ust_node *child = parent->first;
    parent->first = parent->last = NULL;
    parent->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        if (child != gone)
            ust_node_append(parent, child);
    }
}

static void put(struct ust_node *parent, struct ust_node *old, struct ust_node *value,
                const struct step *step)
{
    if (ust_node_is_null(value)) {
        if (old != NULL)
            take_away(parent, old);
        return;
    }
    ust_spec_prune(value);
    if (parent->kind == UST_NODE_MAP)
        label(value, step);
    if (old == NULL) {
        ust_node_append(parent, value);
        return;
    }
    value->next = old->next;
    if (old->kind == UST_NODE_SCALAR)
        value->was = old->was == NULL ? old->text : old->was;
    *old = *value;
}

/* Along the steps, with maps where there is nothing yet, and puts the value there. */
static enum ust_status walk(struct setting *set, struct ust_node *root)
{
    struct ust_node *at = root, *child = NULL;
    for (uint32_t i = 0;; i++) {
        UST_TRY(find_child(set, at, &set->steps[i], &child));
        if (i + 1 == set->steps_n)
            break;
        /* "~" in a place that is not there yet takes nothing away. */
        if (child == NULL && ust_node_is_null(set->value))
            return UST_OK;
        if (child == NULL)
            child = add_map(set, at, &set->steps[i]);
        if (child == NULL)
            return UST_INVALID;
        at = child;
    }
    put(at, child, set->value, &set->steps[set->steps_n - 1]);
    return UST_OK;
}

enum ust_status ust_spec_set(struct ust_spec *spec, struct ust_node *root,
                             const char *assignment, unsigned number)
{
    const char *file = ust_arena_printf(spec->arena, "--set %u", number);
    struct setting set = {.spec = spec, .base = {file, 1, 1, 1, spec->files++}};
    struct ust_place whole = {.file = file, .order = set.base.order};
    if (strlen(assignment) > UST_SPEC_BYTES_MAX)
        return ust_diag_error(spec->diag, whole, "more than %u bytes", UST_SPEC_BYTES_MAX);
    set.text = ust_arena_text(spec->arena, assignment);
    ust_diag_source(spec->diag, file, assignment, strlen(assignment));
    size_t length = strlen(assignment), good = ust_utf8_extent(assignment, length);
    if (good < length)
        return ust_diag_error(spec->diag, part(&set, set.text + good, 0),
                              "byte 0x%02x is not UTF-8", (unsigned char)assignment[good]);
    UST_TRY(read_assignment(&set));
    return walk(&set, root);
}

/* ---- a path that stands in a file ---- */

static enum ust_status read_path(struct setting *set)
{
    /* The steps of an assignment end with '='; this one's text ends with the path. */
    const char *at = set->text;
    for (;;) {
        at = read_step(set, at);
        if (at == NULL)
            return UST_INVALID;
        if (*at == '=' && at[1] == '\0')
            return UST_OK;
        if (*at++ == '=')
            return ust_diag_error(set->spec->diag, part(set, at - 1, 1),
                                  "'=' in a path; the value stands behind the colon");
    }
}

enum ust_status ust_spec_assign(struct ust_spec *spec, struct ust_node *root, const char *path,
                                struct ust_place place, const struct ust_node *value)
{
    struct setting set = {.spec = spec, .base = place};
    set.text = ust_arena_printf(spec->arena, "%s=", path);
    UST_TRY(read_path(&set));
    if (root == NULL)
        return UST_OK;
    set.value = ust_node_copy(spec, value, set.steps_n + 1, value->place);
    if (set.value == NULL)
        return UST_INVALID;
    set.value->key = NULL;
    set.value->next = NULL;
    return walk(&set, root);
}
