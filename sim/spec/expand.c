/* Short forms written out, so that an assignment finds the key that it names.
 *
 * "us-west-2: 4" stands for {instances: 4}, and "balancer: random" for {kind: random}. A path
 * that goes on into such a value means the long form. */
#include "sim/spec/parts.h"

static void open(struct ust_spec *spec, struct ust_node *node, const char *key)
{
    struct ust_node *value = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *value = (struct ust_node){.kind = UST_NODE_SCALAR,
                               .place = node->place,
                               .key_place = node->place,
                               .key = key,
                               .text = node->text,
                               .quoted = node->quoted,
                               .was = node->was};
    node->kind = UST_NODE_MAP;
    node->text = node->was = NULL;
    node->quoted = false;
    ust_node_append(node, value);
}

static void expand_struct(struct ust_spec *spec, struct ust_node *node,
                          const struct ust_field *fields)
{
    const struct ust_field *only = ust_field_short(fields);
    if (node->kind == UST_NODE_SCALAR && only != NULL && !ust_node_is_null(node))
        open(spec, node, only->key);
    ust_spec_expand(spec, node, fields);
}

static void expand_variant(struct ust_spec *spec, struct ust_node *node,
                           const struct ust_registry *registry)
{
    if (node->kind == UST_NODE_SCALAR && !ust_node_is_null(node))
        open(spec, node, "kind");
    const struct ust_node *word = ust_node_get(node, "kind");
    if (word == NULL || word->kind != UST_NODE_SCALAR)
        return;
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    if (kind != NULL)
        ust_spec_expand(spec, node, kind->fields);
}

static void expand_element(struct ust_spec *spec, struct ust_node *node,
                           const struct ust_field *field)
{
    if (field->kind == UST_FIELD_LIST && field->unit == UST_FIELD_VARIANT)
        expand_variant(spec, node, field->registry);
    else if (field->fields != NULL)
        expand_struct(spec, node, field->fields);
    else
        ust_spec_expand(spec, node, field->document);
}

static void expand_value(struct ust_spec *spec, struct ust_node *node,
                         const struct ust_field *field)
{
    bool alone = field->kind == UST_FIELD_LIST && field->unit == UST_FIELD_VARIANT &&
                 node->kind != UST_NODE_LIST; /* a list of one */
    if (field->kind == UST_FIELD_VARIANT || alone)
        expand_variant(spec, node, field->registry);
    else if (field->kind == UST_FIELD_GROUP)
        expand_struct(spec, node, field->fields);
    else if (field->kind == UST_FIELD_PLACE)
        ust_spec_expand(spec, node, field->document);
    if (alone || (field->kind != UST_FIELD_MAP && field->kind != UST_FIELD_LIST))
        return;
    for (struct ust_node *child = node->first; child != NULL; child = child->next)
        expand_element(spec, child, field);
}

void ust_spec_expand(struct ust_spec *spec, struct ust_node *map,
                     const struct ust_field *fields)
{
    if (map->kind != UST_NODE_MAP || fields == NULL)
        return;
    for (struct ust_node *child = map->first; child != NULL; child = child->next) {
        const struct ust_field *field = ust_field_find(fields, child->key);
        if (field != NULL)
            expand_value(spec, child, field);
    }
}
