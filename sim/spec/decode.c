/* A map by its table, into the caller's struct. Every problem is one message; decoding goes on
 * behind it, so that one run shows all. */
#include <math.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/spec/parts.h"

struct decoder {
    struct ust_spec *spec;
    bool lenient; /* below an absent group: nothing is required */
};

static void decode_map(struct decoder decoder, const struct ust_node *map,
                       const struct ust_field *fields, const char *except, void *out);
static void decode_value(struct decoder decoder, const struct ust_node *node,
                         const struct ust_field *field, void *at);

struct ust_node *ust_spec_fallback(struct ust_spec *spec, const struct ust_field *field)
{
    struct ust_place place = {.file = "default", .width = 1};
    if (field->fallback[0] == '{' || field->fallback[0] == '[') {
        uint32_t spent = spec->nodes;
        spec->nodes =
            0; /* our own text is not the user's, and works when theirs is at its end */
        struct ust_node *tree =
            ust_spec_parse(spec, "default", 0, 0, field->fallback, strlen(field->fallback));
        spec->nodes = spent;
        UST_ASSERT(tree != NULL);
        return tree;
    }
    struct ust_node *node = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *node = (struct ust_node){.kind = UST_NODE_SCALAR, .place = place, .key = field->key};
    node->text = field->fallback;
    node->quoted = ust_node_is_null(node);
    return node;
}

static enum ust_status check_count(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, uint32_t n)
{
    struct ust_text why = {0};
    enum ust_status status = UST_OK;
    if (ust_field_outside(field, n, &why))
        status = ust_diag_error(spec->diag, node->place, "'%s' has %u element%s, %s",
                                field->key, n, n == 1 ? "" : "s", ust_text_string(&why));
    ust_text_free(&why);
    return status;
}

static void wrong_kind(struct ust_spec *spec, const struct ust_node *node,
                       const struct ust_field *field)
{
    bool empty = ust_node_is_null(node);
    ust_diag_error(spec->diag, node->place, "'%s' %s%s, needs %s", field->key,
                   empty ? "has no value" : "is ", empty ? "" : ust_node_kind_text(node),
                   ust_field_needs(field->kind));
}

/* ---- structs ---- */

/* An element as a map: itself, or {short: scalar} where its table allows that. */
static const struct ust_node *as_map(struct ust_spec *spec, const struct ust_node *node,
                                     const struct ust_field *fields)
{
    if (node->kind == UST_NODE_MAP)
        return node;
    const struct ust_field *only = ust_field_short(fields);
    if (node->kind != UST_NODE_SCALAR || only == NULL || ust_node_is_null(node))
        return NULL;
    struct ust_node *map = ust_arena_alloc(spec->arena, struct ust_node, 1);
    struct ust_node *value = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *map = (struct ust_node){.kind = UST_NODE_MAP, .place = node->place, .key = node->key};
    *value = *node;
    value->key = only->key;
    value->key_place = node->place;
    ust_node_append(map, value);
    return map;
}

static void decode_group(struct decoder decoder, const struct ust_node *node,
                         const struct ust_field *field, void *at)
{
    const struct ust_node *map = as_map(decoder.spec, node, field->fields);
    if (map == NULL)
        wrong_kind(decoder.spec, node, field);
    else
        decode_map(decoder, map, field->fields, NULL, at);
}

/* "'web' is a single value, needs keys such as 'instance'" */
static void wrong_element(struct ust_spec *spec, const struct ust_node *node,
                          const char *subject, const struct ust_field *fields)
{
    if (ust_node_is_null(node))
        ust_diag_error(spec->diag, node->place, "%s has no value, needs keys such as '%s'",
                       subject, fields[0].key);
    else
        ust_diag_error(spec->diag, node->place, "%s is %s, needs keys such as '%s'", subject,
                       ust_node_kind_text(node), fields[0].key);
}

static void decode_items(struct decoder decoder, const struct ust_node *node,
                         const struct ust_field *field, struct ust_items *out)
{
    struct ust_spec *spec = decoder.spec;
    if (node->kind != UST_NODE_MAP) {
        wrong_kind(spec, node, field);
        return;
    }
    out->n = node->children;
    out->node = node;
    check_count(spec, node, field, out->n);
    UST_ASSERT(field->size >= sizeof(struct ust_named));
    char *at = ust_arena_bytes(spec->arena, out->n, field->size);
    out->at = at;
    for (const struct ust_node *child = node->first; child != NULL;
         child = child->next, at += field->size) {
        struct ust_named *named = (struct ust_named *)(void *)at;
        named->name = child->key;
        named->node = child;
        if (!ust_name_valid(child->key))
            ust_diag_error(spec->diag, child->key_place, "'%s' is not %s",
                           ust_spec_shown(spec, child->key), ust_field_needs(UST_FIELD_NAME));
        const struct ust_node *map = as_map(spec, child, field->fields);
        if (map != NULL)
            decode_map(decoder, map, field->fields, NULL, at);
        else
            wrong_element(
                spec, child,
                ust_arena_printf(spec->arena, "'%s'", ust_spec_shown(spec, child->key)),
                field->fields);
    }
}

/* ---- lists ---- */

struct ust_field ust_field_element(const struct ust_field *list)
{
    struct ust_field row = ust_field_plain(list->key, list->unit);
    row.low = row.high = 0; /* the limits of the kind itself */
    row.choices = list->choices;
    row.registry = list->registry;
    return row;
}

static void decode_element(struct decoder decoder, const struct ust_node *node,
                           const struct ust_field *field, uint32_t index, void *at)
{
    struct ust_spec *spec = decoder.spec;
    if (field->fields == NULL) {
        struct ust_field row = ust_field_element(field);
        decode_value(decoder, node, &row, at);
        return;
    }
    const struct ust_node *map = as_map(spec, node, field->fields);
    if (map != NULL)
        decode_map(decoder, map, field->fields, NULL, at);
    else
        wrong_element(spec, node,
                      ust_arena_printf(spec->arena, "element %u of '%s'", index, field->key),
                      field->fields);
}

static void decode_list(struct decoder decoder, const struct ust_node *node,
                        const struct ust_field *field, struct ust_items *out)
{
    struct ust_spec *spec = decoder.spec;
    /* "zones: 1" is short for "zones: [1]"; a list of structs wants its dash, but {kind: x}
     * cannot be taken for anything else. */
    bool one = field->fields == NULL && !ust_node_is_null(node) &&
               (node->kind == UST_NODE_SCALAR ||
                (node->kind == UST_NODE_MAP && field->unit == UST_FIELD_VARIANT));
    if (node->kind != UST_NODE_LIST && !one) {
        wrong_kind(spec, node, field);
        return;
    }
    size_t size = field->size > 0 ? field->size : ust_field_size(field->unit);
    out->n = one ? 1 : node->children;
    out->node = node;
    check_count(spec, node, field, out->n);
    char *at = ust_arena_bytes(spec->arena, out->n, size);
    out->at = at;
    if (one) {
        decode_element(decoder, node, field, 0, at);
        return;
    }
    uint32_t index = 0;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        decode_element(decoder, child, field, index++, at);
        at += size;
    }
}

/* ---- shares ---- */

/* Names of shares are places and the like: whatever prints, but the slash that separates the
 * parts of a metric's label. */
static bool share_name_valid(const char *text)
{
    return *text != '\0' && strchr(text, '/') == NULL &&
           ust_text_columns(text) <= UST_SPEC_NAME_MAX && ust_spec_printable(text);
}

static void decode_shares(struct decoder decoder, const struct ust_node *node,
                          const struct ust_field *field, struct ust_shares *out)
{
    struct ust_spec *spec = decoder.spec;
    bool one = node->kind == UST_NODE_SCALAR && !ust_node_is_null(node);
    if (node->kind != UST_NODE_MAP && !one) {
        wrong_kind(spec, node, field);
        return;
    }
    out->n = one ? 1 : node->children;
    out->node = node;
    out->at = ust_arena_alloc(spec->arena, struct ust_share, out->n);
    if (one) {
        out->at[0] = (struct ust_share){.name = node->text, .share = 1, .node = node};
        return;
    }
    check_count(spec, node, field, out->n);
    double sum = 0;
    bool fine = true;
    struct ust_share *at = out->at;
    for (const struct ust_node *child = node->first; child != NULL; child = child->next, at++) {
        struct ust_field row = {
            .key = ust_spec_shown(spec, child->key), .kind = UST_FIELD_RATIO, .high = 1};
        *at = (struct ust_share){.name = child->key, .node = child};
        if (!share_name_valid(child->key)) {
            ust_diag_error(spec->diag, child->key_place, "'%s' is not a name", row.key);
            fine = false;
        }
        if (ust_spec_scalar(spec, child, &row, &at->share) != UST_OK)
            fine = false;
        sum += at->share;
    }
    if (!fine || (sum >= 1 - 1e-4 && sum <= 1 + 1e-4))
        return;
    struct ust_text text = {0};
    ust_text_printf(&text, "%.6g %%", sum * 100);
    ust_diag_error(spec->diag, node->place, "'%s' adds up to %s, must add up to 100 %%",
                   field->key, ust_text_string(&text));
    ust_text_free(&text);
}

/* ---- variants ---- */

static const struct ust_kind *find_kind(struct ust_spec *spec, const struct ust_node *word,
                                        const struct ust_registry *registry)
{
    const struct ust_kind *kind = ust_kind_find(registry, word->text);
    if (kind != NULL)
        return kind;
    const char *known[256];
    size_t n = 0;
    for (; registry->kinds[n] != NULL && n < 256; n++)
        known[n] = registry->kinds[n]->name;
    ust_spec_unknown(spec, word->place, registry->family, word->text, known, n);
    return NULL;
}

static void decode_variant(struct decoder decoder, const struct ust_node *node,
                           const struct ust_field *field, struct ust_variant *out)
{
    struct ust_spec *spec = decoder.spec;
    if (node->kind == UST_NODE_LIST || ust_node_is_null(node)) {
        wrong_kind(spec, node, field);
        return;
    }
    const struct ust_node *word =
        node->kind == UST_NODE_SCALAR ? node : ust_node_get(node, "kind");
    out->node = node;
    if (word == NULL || word->kind != UST_NODE_SCALAR || ust_node_is_null(word)) {
        const char *known = field->registry->kinds[0]->name;
        ust_diag_error(spec->diag, word == NULL ? node->place : word->place,
                       "'%s' needs a 'kind' such as '%s'", field->key, known);
        return;
    }
    const struct ust_kind *kind = find_kind(spec, word, field->registry);
    if (kind == NULL)
        return;
    unsigned errors = ust_diag_errors(spec->diag);
    struct ust_node none = {.kind = UST_NODE_MAP, .place = node->place};
    out->params =
        ust_arena_bytes(spec->arena, 1, kind->params_size > 0 ? kind->params_size : 1);
    decode_map(decoder, node->kind == UST_NODE_MAP ? node : &none, kind->fields, "kind",
               out->params);
    out->kind = kind;
    if (kind->check != NULL && ust_diag_errors(spec->diag) == errors)
        kind->check(spec, out->params, node);
}

/* ---- one map ---- */

static void decode_value(struct decoder decoder, const struct ust_node *node,
                         const struct ust_field *field, void *at)
{
    switch (field->kind) {
    case UST_FIELD_GROUP:
        decode_group(decoder, node, field, at);
        return;
    case UST_FIELD_MAP:
        decode_items(decoder, node, field, at);
        return;
    case UST_FIELD_LIST:
        decode_list(decoder, node, field, at);
        return;
    case UST_FIELD_SHARES:
        decode_shares(decoder, node, field, at);
        return;
    case UST_FIELD_VARIANT:
        decode_variant(decoder, node, field, at);
        return;
    default:
        ust_spec_scalar(decoder.spec, node, field, at);
    }
}

static void decode_absent(struct decoder decoder, const struct ust_node *map,
                          const struct ust_field *field, void *at)
{
    if (field->flags & UST_FIELD_REQUIRED) {
        if (decoder.lenient)
            return;
        if (field->kind == UST_FIELD_VARIANT)
            ust_diag_error(decoder.spec->diag, map->place,
                           "'%s' is missing, needs a mapping with a 'kind' such as '%s'",
                           field->key, field->registry->kinds[0]->name);
        else
            ust_diag_error(decoder.spec->diag, map->place, "'%s' is missing, needs %s",
                           field->key, ust_field_needs(field->kind));
    } else if (field->fallback != NULL) {
        unsigned errors = ust_diag_errors(decoder.spec->diag);
        decode_value(decoder, ust_spec_fallback(decoder.spec, field), field, at);
        UST_ASSERT(ust_diag_errors(decoder.spec->diag) == errors);
    } else if (field->kind == UST_FIELD_GROUP) {
        struct ust_node none = {.kind = UST_NODE_MAP, .place = map->place};
        decoder.lenient = true;
        decode_map(decoder, &none, field->fields, NULL, at);
    }
}

static void unknown_key(struct ust_spec *spec, const struct ust_node *child,
                        const struct ust_field *fields, const char *except)
{
    const char *known[256];
    size_t n = 0;
    if (except != NULL)
        known[n++] = except;
    for (; fields != NULL && fields->key != NULL && n < 256; fields++)
        known[n++] = fields->key;
    ust_spec_unknown(spec, child->key_place, "key", child->key, known, n);
}

/* `except` is a key that the caller has read itself: the `kind` of a variant. */
static void decode_map(struct decoder decoder, const struct ust_node *map,
                       const struct ust_field *fields, const char *except, void *out)
{
    for (const struct ust_node *child = map->first; child != NULL; child = child->next)
        if (ust_field_find(fields, child->key) == NULL &&
            (except == NULL || strcmp(child->key, except) != 0))
            unknown_key(decoder.spec, child, fields, except);
    for (const struct ust_field *field = fields; field != NULL && field->key != NULL; field++) {
        void *at = (char *)out + field->offset;
        const struct ust_node *node = ust_node_get(map, field->key);
        /* A ~ that no `extends` took away means the same: as if the key were not there. */
        if (node != NULL && ust_node_is_null(node) && *node->text != '\0')
            node = NULL;
        if (field->given > 0) {
            const struct ust_node **given =
                (const struct ust_node **)(void *)((char *)out + field->given - 1);
            *given = node;
        }
        if (node != NULL)
            decode_value(decoder, node, field, at);
        else
            decode_absent(decoder, map, field, at);
    }
}

enum ust_status ust_spec_decode(struct ust_spec *spec, const struct ust_node *map,
                                const struct ust_field *fields, void *out)
{
    unsigned errors = ust_diag_errors(spec->diag);
    struct decoder decoder = {.spec = spec};
    if (map->kind != UST_NODE_MAP)
        return ust_diag_error(spec->diag, map->place, "%s where keys such as '%s' are needed",
                              ust_node_kind_text(map), fields[0].key);
    decode_map(decoder, map, fields, NULL, out);
    return ust_diag_errors(spec->diag) == errors ? UST_OK : UST_INVALID;
}
