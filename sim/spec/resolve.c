/* The effective tree: what the tables would fill in, filled in; and paths that still lead where
 * they led, now that all stands in one file. */
#include <string.h>

#include "sim/spec/parts.h"

/* `home` is the file that the effective tree stands for. */
struct resolver {
    struct ust_spec *spec;
    const char *home;
};

static void resolve_value(struct resolver resolver, struct ust_node *node,
                          const struct ust_field *field);
static void resolve_map(struct resolver resolver, struct ust_node *map,
                        const struct ust_field *fields);

/* Bytes of the folder in a path, its last slash included. */
static size_t folder_extent(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

/* A path as the home file would have to write it. */
static const char *from_home(struct resolver resolver, const struct ust_node *node,
                             const char *path)
{
    const char *file = node->place.file;
    size_t home = folder_extent(resolver.home), folder = file == NULL ? 0 : folder_extent(file);
    bool known = file != NULL && strcmp(file, "default") != 0 && strncmp(file, "--", 2) != 0;
    if (!known || path[0] == '/' || (home == folder && strncmp(resolver.home, file, home) == 0))
        return path;
    const char *usable = ust_spec_path(resolver.spec, node->place, path);
    /* A file that home extends is named from home's folder on, or absolutely. */
    return strncmp(usable, resolver.home, home) == 0 ? usable + home : usable;
}

static void resolve_path(struct resolver resolver, struct ust_node *node)
{
    if (node->kind == UST_NODE_SCALAR && !ust_node_is_null(node))
        node->text = from_home(resolver, node, node->text);
}

static void resolve_dist(struct resolver resolver, struct ust_node *node)
{
    const char *path = ust_dist_path(resolver.spec, node);
    if (path == NULL)
        return;
    const char *moved = from_home(resolver, node, path);
    if (moved != path)
        node->text = ust_arena_printf(resolver.spec->arena, "%.*s(%s)",
                                      (int)strcspn(node->text, "("), node->text, moved);
}

/* A scalar becomes {key: scalar}, in place. */
static bool open_up(struct ust_spec *spec, struct ust_node *node, const char *key)
{
    if (node->kind != UST_NODE_SCALAR || ust_node_is_null(node))
        return node->kind == UST_NODE_MAP;
    struct ust_node *value = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *value = *node;
    value->key = key;
    value->key_place = node->place;
    node->kind = UST_NODE_MAP;
    node->text = NULL;
    node->quoted = false;
    node->children = 0;
    node->first = node->last = NULL;
    ust_node_append(node, value);
    return true;
}

static void resolve_struct(struct resolver resolver, struct ust_node *node,
                           const struct ust_field *fields)
{
    const struct ust_field *only = ust_field_short(fields);
    if (node->kind == UST_NODE_MAP || (only != NULL && open_up(resolver.spec, node, only->key)))
        resolve_map(resolver, node, fields);
}

static void resolve_variant(struct resolver resolver, struct ust_node *node,
                            const struct ust_registry *registry)
{
    if (!open_up(resolver.spec, node, "kind"))
        return;
    const struct ust_node *word = ust_node_get(node, "kind");
    if (word == NULL || word->kind != UST_NODE_SCALAR)
        return;
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    if (kind != NULL && kind->fields != NULL)
        resolve_map(resolver, node, kind->fields);
}

static void resolve_list(struct resolver resolver, struct ust_node *node,
                         const struct ust_field *field)
{
    if (field->fields == NULL && field->unit == UST_FIELD_FILE)
        resolve_path(resolver, node); /* a list of one may stand alone */
    if (field->fields == NULL && field->unit == UST_FIELD_VARIANT &&
        node->kind != UST_NODE_LIST)
        resolve_variant(resolver, node, field->registry);
    if (node->kind != UST_NODE_LIST)
        return;
    for (struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (field->fields != NULL)
            resolve_struct(resolver, child, field->fields);
        else if (field->unit == UST_FIELD_VARIANT)
            resolve_variant(resolver, child, field->registry);
        else if (field->unit == UST_FIELD_FILE)
            resolve_path(resolver, child);
    }
}

static void resolve_value(struct resolver resolver, struct ust_node *node,
                          const struct ust_field *field)
{
    switch (field->kind) {
    case UST_FIELD_GROUP:
        resolve_struct(resolver, node, field->fields);
        break;
    case UST_FIELD_VARIANT:
        resolve_variant(resolver, node, field->registry);
        break;
    case UST_FIELD_LIST:
        resolve_list(resolver, node, field);
        break;
    case UST_FIELD_MAP:
        if (node->kind == UST_NODE_MAP)
            for (struct ust_node *child = node->first; child != NULL; child = child->next)
                resolve_struct(resolver, child, field->fields);
        break;
    case UST_FIELD_FILE:
        resolve_path(resolver, node);
        break;
    case UST_FIELD_DIST:
        resolve_dist(resolver, node);
        break;
    default:
        break;
    }
}

/* Would this group, written out, mean what its absence means? Not if somebody asks whether it
 * was given, or if it then lacked a required key. */
static bool may_appear(const struct ust_field *group)
{
    if (group->given > 0)
        return false;
    for (const struct ust_field *field = group->fields; field->key != NULL; field++)
        if ((field->flags & UST_FIELD_REQUIRED) ||
            (field->kind == UST_FIELD_GROUP && field->fallback == NULL && !may_appear(field)))
            return false;
    return true;
}

static struct ust_node *default_node(struct ust_spec *spec, const struct ust_field *field)
{
    if (field->flags & UST_FIELD_UNWRITTEN)
        return NULL;
    if (field->fallback != NULL)
        return ust_spec_fallback(spec, field);
    if (field->kind != UST_FIELD_GROUP || !may_appear(field))
        return NULL;
    struct ust_node *group = ust_arena_alloc(spec->arena, struct ust_node, 1);
    group->kind = UST_NODE_MAP;
    group->place.file = "default";
    return group;
}

static void resolve_map(struct resolver resolver, struct ust_node *map,
                        const struct ust_field *fields)
{
    for (const struct ust_field *field = fields; field->key != NULL; field++) {
        struct ust_node *node = ust_node_find(map, field->key);
        if (node != NULL) {
            resolve_value(resolver, node, field);
            continue;
        }
        node = default_node(resolver.spec, field);
        if (node == NULL)
            continue;
        node->key = field->key;
        node->key_place = node->place;
        resolve_value(resolver, node, field);
        if (field->kind == UST_FIELD_GROUP && node->children == 0)
            continue; /* nothing in it has a default */
        ust_node_append(map, node);
    }
}

void ust_spec_resolve(struct ust_spec *spec, struct ust_node *map,
                      const struct ust_field *fields)
{
    const char *home = map->place.file == NULL ? "" : map->place.file;
    resolve_map((struct resolver){spec, home}, map, fields);
}
