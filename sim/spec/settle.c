/* What a kind leaves behind when --set puts another in its place.
 *
 * Another kind has other keys, so the old one's would only be unknown keys. They go, unless the
 * new kind knows them too; keys that came by --set themselves stay, to be checked. */
#include <string.h>

#include "sim/spec/parts.h"

static bool was_set(const struct ust_node *node)
{
    return node->key_place.file != NULL && strncmp(node->key_place.file, "--set", 5) == 0;
}

static void drop_leftovers(struct ust_node *map, const struct ust_kind *old,
                           const struct ust_kind *new)
{
    struct ust_node *child = map->first;
    map->first = map->last = NULL;
    map->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        if (was_set(child) || ust_field_find(old->fields, child->key) == NULL ||
            ust_field_find(new->fields, child->key) != NULL)
            ust_node_append(map, child);
    }
}

static void settle_variant(struct ust_node *node, const struct ust_registry *registry)
{
    const struct ust_node *word =
        node->kind == UST_NODE_MAP ? ust_node_get(node, "kind") : NULL;
    if (word == NULL || word->kind != UST_NODE_SCALAR)
        return;
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    const struct ust_kind *old = word->was == NULL ? NULL : ust_kind_find(registry, word->was);
    if (kind != NULL && old != NULL)
        drop_leftovers(node, old, kind);
    if (kind != NULL)
        ust_spec_settle(node, kind->fields);
}

static void settle_value(struct ust_node *node, const struct ust_field *field)
{
    if (field->kind == UST_FIELD_VARIANT) {
        settle_variant(node, field->registry);
        return;
    }
    if (field->kind == UST_FIELD_GROUP)
        ust_spec_settle(node, field->fields);
    if (field->kind == UST_FIELD_PLACE)
        ust_spec_settle(node, field->document);
    if (field->kind != UST_FIELD_MAP && field->kind != UST_FIELD_LIST)
        return;
    if (field->unit == UST_FIELD_VARIANT && node->kind == UST_NODE_MAP) {
        settle_variant(node, field->registry); /* a list of one may stand alone */
        return;
    }
    for (struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (field->kind == UST_FIELD_LIST && field->unit == UST_FIELD_VARIANT)
            settle_variant(child, field->registry);
        else
            ust_spec_settle(child, field->fields != NULL ? field->fields : field->document);
    }
}

void ust_spec_settle(struct ust_node *map, const struct ust_field *fields)
{
    if (map->kind != UST_NODE_MAP || fields == NULL)
        return;
    for (struct ust_node *child = map->first; child != NULL; child = child->next) {
        const struct ust_field *field = ust_field_find(fields, child->key);
        if (field != NULL)
            settle_value(child, field);
    }
}
