/* The effective tree: what the tables would fill in, filled in. */
#include <string.h>

#include "sim/spec/parts.h"

static void resolve_value(struct ust_spec *spec, struct ust_node *node,
                          const struct ust_field *field);

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

static void resolve_struct(struct ust_spec *spec, struct ust_node *node,
                           const struct ust_field *fields)
{
    const struct ust_field *only = ust_field_short(fields);
    if (node->kind == UST_NODE_MAP || (only != NULL && open_up(spec, node, only->key)))
        ust_spec_resolve(spec, node, fields);
}

static void resolve_variant(struct ust_spec *spec, struct ust_node *node,
                            const struct ust_registry *registry)
{
    if (!open_up(spec, node, "kind"))
        return;
    const struct ust_node *word = ust_node_get(node, "kind");
    if (word == NULL || word->kind != UST_NODE_SCALAR)
        return;
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    if (kind != NULL && kind->fields != NULL)
        ust_spec_resolve(spec, node, kind->fields);
}

static void resolve_list(struct ust_spec *spec, struct ust_node *node,
                         const struct ust_field *field)
{
    if (node->kind != UST_NODE_LIST)
        return;
    for (struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (field->fields != NULL)
            resolve_struct(spec, child, field->fields);
        else if (field->unit == UST_FIELD_VARIANT)
            resolve_variant(spec, child, field->registry);
    }
}

static void resolve_value(struct ust_spec *spec, struct ust_node *node,
                          const struct ust_field *field)
{
    switch (field->kind) {
    case UST_FIELD_GROUP:
        resolve_struct(spec, node, field->fields);
        break;
    case UST_FIELD_VARIANT:
        resolve_variant(spec, node, field->registry);
        break;
    case UST_FIELD_LIST:
        resolve_list(spec, node, field);
        break;
    case UST_FIELD_MAP:
        if (node->kind == UST_NODE_MAP)
            for (struct ust_node *child = node->first; child != NULL; child = child->next)
                resolve_struct(spec, child, field->fields);
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
    if (field->fallback != NULL)
        return ust_spec_fallback(spec, field);
    if (field->kind != UST_FIELD_GROUP || !may_appear(field))
        return NULL;
    struct ust_node *group = ust_arena_alloc(spec->arena, struct ust_node, 1);
    group->kind = UST_NODE_MAP;
    group->place.file = "default";
    return group;
}

void ust_spec_resolve(struct ust_spec *spec, struct ust_node *map,
                      const struct ust_field *fields)
{
    for (const struct ust_field *field = fields; field->key != NULL; field++) {
        struct ust_node *node = ust_node_find(map, field->key);
        if (node != NULL) {
            resolve_value(spec, node, field);
            continue;
        }
        node = default_node(spec, field);
        if (node == NULL)
            continue;
        node->key = field->key;
        node->key_place = node->place;
        resolve_value(spec, node, field);
        if (field->kind == UST_FIELD_GROUP && node->children == 0)
            continue; /* nothing in it has a default */
        ust_node_append(map, node);
    }
}
