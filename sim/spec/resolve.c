/* The effective tree: what the tables would fill in, filled in; and paths that still lead where
 * they led, now that all stands in one file. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/parts.h"

/* `home` is the file that the effective tree stands for. */
struct resolver {
    struct ust_spec *spec;
    const char *home;
    bool defaults;       /* fill them in, and open up what stands in its short form */
    ust_spec_move *move; /* NULL: files stay where they are */
    void *owner;
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

/* Bytes of the folders that two paths begin with. */
static size_t common_folders(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
        if (a[i] == '/')
            common = i + 1;
    return common;
}

/* A file seen from a folder, up through the parts that they do not share. Where the folder's
 * own way leads up, or from the root, only the whole path can say it. */
static const char *seen_from(struct ust_arena *arena, const char *folder, const char *file)
{
    size_t common = common_folders(folder, file);
    struct ust_text up = {0};
    for (const char *at = folder + common; *at != '\0'; at += strcspn(at, "/") + 1) {
        if (strncmp(at, "../", 3) == 0 || at[0] == '/') {
            char real[PATH_MAX];
            ust_text_free(&up);
            return ust_arena_text(arena, realpath(file, real) == NULL ? file : real);
        }
        ust_text_add(&up, "../");
    }
    const char *path = ust_arena_printf(arena, "%s%s", ust_text_string(&up), file + common);
    ust_text_free(&up);
    return path;
}

/* A path as the home file would have to write it. */
static const char *from_home(struct resolver resolver, const struct ust_node *node,
                             const char *path)
{
    if (resolver.move != NULL)
        return resolver.move(resolver.owner, ust_spec_path(resolver.spec, node->place, path));
    const char *file = node->place.file;
    if (file == NULL || strcmp(file, "default") == 0 || path[0] == '/')
        return path;
    struct ust_arena *arena = resolver.spec->arena;
    size_t home = folder_extent(resolver.home), folder = folder_extent(file);
    bool option = strncmp(file, "--", 2) == 0; /* relative to where the command is given */
    if (!option && home == folder && strncmp(resolver.home, file, home) == 0)
        return path;
    return seen_from(arena, ust_arena_text_n(arena, resolver.home, home),
                     ust_spec_path(resolver.spec, node->place, path));
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
    const struct ust_field *only = resolver.defaults ? ust_field_short(fields) : NULL;
    if (node->kind == UST_NODE_MAP || (only != NULL && open_up(resolver.spec, node, only->key)))
        resolve_map(resolver, node, fields);
}

static void resolve_variant(struct resolver resolver, struct ust_node *node,
                            const struct ust_registry *registry)
{
    if (node->kind != UST_NODE_MAP &&
        (!resolver.defaults || !open_up(resolver.spec, node, "kind")))
        return;
    const struct ust_node *word = ust_node_get(node, "kind");
    if (word == NULL || word->kind != UST_NODE_SCALAR)
        return;
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    if (kind != NULL && kind->fields != NULL)
        resolve_map(resolver, node, kind->fields);
}

/* A document, or the path of one. */
static void resolve_document(struct resolver resolver, struct ust_node *node,
                             const struct ust_field *document)
{
    if (document == NULL)
        return;
    if (node->kind == UST_NODE_MAP)
        resolve_map(resolver, node, document);
    else
        resolve_path(resolver, node);
}

static void resolve_list(struct resolver resolver, struct ust_node *node,
                         const struct ust_field *field)
{
    /* A list of one may stand alone. */
    if (field->unit == UST_FIELD_FILE ||
        (field->unit == UST_FIELD_PLACE && field->document != NULL))
        resolve_path(resolver, node);
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
        else if (field->unit == UST_FIELD_PLACE)
            resolve_document(resolver, child, field->document);
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
    case UST_FIELD_PLACE:
        resolve_document(resolver, node, field->document);
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

/* The effective file must mean what the file meant: so no default in it may be refused. */
static struct ust_node *default_node(struct ust_spec *spec, const struct ust_node *map,
                                     const struct ust_field *field)
{
    if (field->flags & UST_FIELD_UNWRITTEN)
        return NULL;
    if (field->unless != NULL && ust_node_get(map, field->unless) != NULL)
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
        node = resolver.defaults ? default_node(resolver.spec, map, field) : NULL;
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

static void resolve(struct ust_spec *spec, struct ust_node *map, const struct ust_field *fields,
                    bool defaults)
{
    const char *home = map->place.file == NULL ? "" : map->place.file;
    resolve_map((struct resolver){.spec = spec, .home = home, .defaults = defaults}, map,
                fields);
}

void ust_spec_relocate(struct ust_spec *spec, struct ust_node *map,
                       const struct ust_field *fields, ust_spec_move *move, void *owner)
{
    resolve_map((struct resolver){.spec = spec, .move = move, .owner = owner}, map, fields);
}

void ust_spec_rehome(struct ust_spec *spec, struct ust_node *map,
                     const struct ust_field *fields)
{
    resolve(spec, map, fields, false);
}

void ust_spec_resolve(struct ust_spec *spec, struct ust_node *map,
                      const struct ust_field *fields)
{
    resolve(spec, map, fields, true);
}
