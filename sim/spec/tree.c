#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/base/limits.h"
#include "sim/spec/parts.h"

enum ust_status ust_spec_spend(struct ust_spec *spec, struct ust_place place)
{
    if (spec->nodes < UST_SPEC_NODES_MAX) {
        spec->nodes++;
        return UST_OK;
    }
    /* Said once: whoever spends the last one stops reading. */
    if (spec->nodes++ == UST_SPEC_NODES_MAX)
        ust_diag_error(spec->diag, place,
                       "the input has more than %d keys and values, aliases expanded and all "
                       "files together",
                       UST_SPEC_NODES_MAX);
    return UST_INVALID;
}

struct ust_node *ust_node_new(struct ust_spec *spec, enum ust_node_kind kind,
                              struct ust_place place)
{
    if (ust_spec_spend(spec, place) != UST_OK)
        return NULL;
    struct ust_node *node = ust_arena_alloc(spec->arena, struct ust_node, 1);
    node->kind = kind;
    node->place = place;
    return node;
}

struct ust_node *ust_node_find(struct ust_node *map, const char *key)
{
    if (map == NULL || map->kind != UST_NODE_MAP)
        return NULL;
    for (struct ust_node *child = map->first; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

const struct ust_node *ust_node_get(const struct ust_node *map, const char *key)
{
    if (map == NULL || map->kind != UST_NODE_MAP)
        return NULL;
    for (const struct ust_node *child = map->first; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

const struct ust_node *ust_items_first(const struct ust_items *items)
{
    if (items->node == NULL || items->node->kind != UST_NODE_LIST)
        return items->node;
    return items->node->first;
}

static bool same_place(const struct ust_place *a, const struct ust_place *b)
{
    return a->order == b->order && a->line == b->line && a->column == b->column;
}

bool ust_spec_blamed(const struct ust_spec *spec, const struct ust_node *node)
{
    if (node == NULL)
        return false;
    const struct ust_diag_message *message;
    if (ust_diag_errors(spec->diag) > UST_DIAG_MAX)
        return true; /* nobody reads what more there is to say */
    for (unsigned i = 0; (message = ust_diag_at(spec->diag, i)) != NULL; i++)
        if (message->severity == UST_ERROR &&
            (same_place(&message->place, &node->place) ||
             (node->key != NULL && same_place(&message->place, &node->key_place))))
            return true;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next)
        if (ust_spec_blamed(spec, child))
            return true;
    return false;
}

void ust_node_append(struct ust_node *parent, struct ust_node *child)
{
    child->next = NULL;
    if (parent->first == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->children++;
}

struct ust_node *ust_node_copy(struct ust_spec *spec, const struct ust_node *node,
                               unsigned depth, struct ust_place place)
{
    if (depth > UST_SPEC_DEPTH_MAX) {
        ust_diag_error(spec->diag, place, "nested deeper than %d levels", UST_SPEC_DEPTH_MAX);
        return NULL;
    }
    if (ust_spec_spend(spec, place) != UST_OK)
        return NULL;
    struct ust_node *copy = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *copy = *node;
    copy->first = copy->last = copy->next = NULL;
    copy->children = 0;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        struct ust_node *twin = ust_node_copy(spec, child, depth + 1, place);
        if (twin == NULL)
            return NULL;
        ust_node_append(copy, twin);
    }
    return copy;
}

bool ust_node_is_null(const struct ust_node *node)
{
    if (node->kind != UST_NODE_SCALAR || node->quoted)
        return false;
    const char *text = node->text;
    return strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0 || *text == '\0';
}

const char *ust_node_kind_text(const struct ust_node *node)
{
    switch (node->kind) {
    case UST_NODE_LIST:
        return "a list";
    case UST_NODE_MAP:
        return "a mapping";
    case UST_NODE_SCALAR:
        break;
    }
    return "a single value";
}

unsigned ust_node_depth(const struct ust_node *node)
{
    unsigned deepest = 0;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        unsigned depth = ust_node_depth(child);
        if (depth > deepest)
            deepest = depth;
    }
    return deepest + 1;
}

static uint32_t slot_of(const struct ust_keys *keys, const char *key)
{
    uint32_t at = (uint32_t)ust_hash_text(0, key) & (keys->capacity - 1);
    while (keys->slot[at] != NULL && strcmp(keys->slot[at]->key, key) != 0)
        at = (at + 1) & (keys->capacity - 1);
    return at;
}

static void grow(struct ust_keys *keys)
{
    struct ust_keys larger = {.capacity = keys->capacity == 0 ? 32 : keys->capacity * 2,
                              .n = keys->n};
    larger.slot = ust_malloc(larger.capacity * sizeof(struct ust_node *));
    memset(larger.slot, 0, larger.capacity * sizeof(struct ust_node *));
    for (uint32_t i = 0; i < keys->capacity; i++)
        if (keys->slot[i] != NULL)
            larger.slot[slot_of(&larger, keys->slot[i]->key)] = keys->slot[i];
    free(keys->slot);
    *keys = larger;
}

struct ust_node *ust_keys_add(struct ust_keys *keys, struct ust_node *node)
{
    if (keys->n * 2 >= keys->capacity)
        grow(keys);
    uint32_t at = slot_of(keys, node->key);
    if (keys->slot[at] != NULL)
        return keys->slot[at];
    keys->slot[at] = node;
    keys->n++;
    return NULL;
}

struct ust_node *ust_keys_find(const struct ust_keys *keys, const char *key)
{
    return keys->n == 0 ? NULL : keys->slot[slot_of(keys, key)];
}

void ust_keys_free(struct ust_keys *keys)
{
    free(keys->slot);
    *keys = (struct ust_keys){0};
}
