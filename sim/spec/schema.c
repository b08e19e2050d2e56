/* JSON Schema (draft 2020-12) out of the tables, for editors.
 *
 * Every table, kind and unit is one definition under $defs. A document that extends another is
 * checked for its keys alone: what is missing in it may stand in the other.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/spec/csv.h"
#include "sim/spec/pages.h"
#include "sim/spec/parts.h"

struct schema {
    struct ust_pages pages;
    struct ust_spec spec; /* for defaults that are written as YAML */
    json_t *defs;
};

static json_t *field_schema(struct schema *schema, const struct ust_field *field,
                            const char *parent);

static json_t *ref(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

static json_t *any_of(json_t *first, json_t *second)
{
    return json_pack("{s:[o,o]}", "anyOf", first, second);
}

static json_t *of_type(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *pattern(const char *regex)
{
    return json_pack("{s:s,s:s}", "type", "string", "pattern", regex);
}

/* ---- values ---- */

static json_t *scalar_json(const struct ust_node *node)
{
    double number;
    int64_t whole;
    if (node->quoted)
        return json_string(node->text);
    if (ust_node_is_null(node))
        return json_null();
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
        return json_boolean(node->text[0] == 't');
    if (ust_integer_parse(node->text, &whole))
        return json_integer(whole);
    if (ust_number_parse(node->text, &number))
        return json_real(number);
    return json_string(node->text);
}

static json_t *node_json(const struct ust_node *node)
{
    if (node->kind == UST_NODE_SCALAR)
        return scalar_json(node);
    json_t *out = node->kind == UST_NODE_LIST ? json_array() : json_object();
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (node->kind == UST_NODE_LIST)
            json_array_append_new(out, node_json(child));
        else
            json_object_set_new(out, child->key, node_json(child));
    }
    return out;
}

/* ---- scalars ---- */

/* Definitions of units are made when first asked for. */
static json_t *unit_schema(struct schema *schema, enum ust_field_kind kind)
{
    const char *name = ust_field_kind_name(kind);
    char key[40];
    int n = snprintf(key, sizeof key, "unit-%s", name);
    for (int i = 0; i < n; i++)
        if (key[i] == ' ' || key[i] == '/')
            key[i] = '-';
    if (json_object_get(schema->defs, key) == NULL) {
        struct ust_text regex = {0};
        ust_unit_pattern(kind, &regex);
        json_t *made = pattern(ust_text_string(&regex));
        ust_text_free(&regex);
        if (ust_unit_needed(kind))
            made = any_of(made, json_pack("{s:i}", "const", 0));
        json_object_set_new(made, "description", json_string(ust_field_needs(kind)));
        json_object_set_new(made, "examples", json_pack("[s]", ust_field_example(kind)));
        json_object_set_new(schema->defs, key, made);
    }
    return ref(key);
}

static void set_limits(json_t *out, const struct ust_field *field)
{
    bool integer = field->kind == UST_FIELD_INT;
    if (field->low == 0 && field->high == 0)
        return;
    if (isfinite(field->low))
        json_object_set_new(
            out, field->flags & UST_FIELD_LOW_OPEN ? "exclusiveMinimum" : "minimum",
            integer ? json_integer((json_int_t)field->low) : json_real(field->low));
    if (isfinite(field->high))
        json_object_set_new(
            out, field->flags & UST_FIELD_HIGH_OPEN ? "exclusiveMaximum" : "maximum",
            integer ? json_integer((json_int_t)field->high) : json_real(field->high));
}

static json_t *choice_schema(const struct ust_field *field)
{
    json_t *words = json_array();
    for (uint32_t i = 0; field->choices[i] != NULL; i++)
        json_array_append_new(words, json_string(field->choices[i]));
    return json_pack("{s:o}", "enum", words);
}

#define NAME_PATTERN "^[^ !-,/:-@\\[-^`{-~]([^!-,/:-@\\[-^`{-~]*[^ !-,/:-@\\[-^`{-~])?$"

static json_t *scalar_schema(struct schema *schema, const struct ust_field *field)
{
    json_t *out;
    switch (field->kind) {
    case UST_FIELD_BOOL:
        return of_type("boolean");
    case UST_FIELD_INT:
    case UST_FIELD_NUMBER:
        out = of_type(field->kind == UST_FIELD_INT ? "integer" : "number");
        set_limits(out, field);
        return out;
    case UST_FIELD_RATIO:
        out = of_type("number");
        set_limits(out, field);
        return any_of(out, unit_schema(schema, UST_FIELD_RATIO));
    case UST_FIELD_LEVEL:
        return any_of(
            json_pack("{s:s,s:i}", "type", "number", "minimum", 0),
            any_of(unit_schema(schema, UST_FIELD_RATIO), unit_schema(schema, UST_FIELD_RATE)));
    case UST_FIELD_CLOCK:
        return pattern("^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$");
    case UST_FIELD_INSTANT:
        return pattern(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?"
            " ?([Zz]|[-+][0-9]{2}(:?[0-9]{2})?)$");
    case UST_FIELD_TEXT:
        return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
    case UST_FIELD_NAME:
        return any_of(pattern(NAME_PATTERN), of_type("number"));
    case UST_FIELD_FILE:
        return json_pack("{s:s,s:i}", "type", "string", "minLength", 1);
    case UST_FIELD_CHOICE:
        return choice_schema(field);
    default:
        return unit_schema(schema, field->kind);
    }
}

static json_t *dist_schema(struct schema *schema, const struct ust_field *field)
{
    struct ust_text names = {0};
    for (uint32_t i = 0; ust_dist_types[i] != NULL; i++)
        ust_text_printf(&names, "%s%s", i > 0 ? "|" : "", ust_dist_types[i]->name);
    if (json_object_get(schema->defs, "unit-distribution") == NULL) {
        struct ust_text regex = {0};
        ust_text_printf(&regex, "^(%s) *\\(.*\\)$", ust_text_string(&names));
        json_t *made = pattern(ust_text_string(&regex));
        json_t *examples = json_array();
        for (uint32_t i = 0; ust_dist_types[i] != NULL; i++)
            json_array_append_new(examples, json_string(ust_dist_types[i]->example));
        json_object_set_new(made, "examples", examples);
        json_object_set_new(schema->defs, "unit-distribution", made);
        ust_text_free(&regex);
    }
    ust_text_free(&names);
    enum ust_field_kind unit = field->unit == UST_FIELD_INT ? UST_FIELD_NUMBER : field->unit;
    struct ust_field bare = ust_field_plain(field->key, unit);
    bare.low = 0;
    bare.high = HUGE_VAL;
    return any_of(ref("unit-distribution"), scalar_schema(schema, &bare));
}

/* ---- tables ---- */

/* An element of a MAP, LIST or GROUP: its table, or the scalar that stands for it. */
static json_t *struct_schema(struct schema *schema, const struct ust_field *field,
                             const char *parent)
{
    const char *name = ust_pages_table(&schema->pages, field->fields, parent, field->key);
    const struct ust_field *only = ust_field_short(field->fields);
    if (only == NULL)
        return ref(name);
    return any_of(ref(name), field_schema(schema, only, name));
}

static void set_counts(json_t *out, const struct ust_field *field, const char *low,
                       const char *high)
{
    if (field->low == 0 && field->high == 0)
        return;
    if (field->low > 0)
        json_object_set_new(out, low, json_integer((json_int_t)field->low));
    if (isfinite(field->high))
        json_object_set_new(out, high, json_integer((json_int_t)field->high));
}

static json_t *list_schema(struct schema *schema, const struct ust_field *field,
                           const char *parent)
{
    json_t *item;
    if (field->fields != NULL) {
        item = struct_schema(schema, field, parent);
    } else {
        struct ust_field row = {.key = field->key,
                                .kind = field->unit,
                                .choices = field->choices,
                                .registry = field->registry,
                                .document = field->document};
        item = field_schema(schema, &row, parent);
    }
    json_t *list = json_pack("{s:s,s:O}", "type", "array", "items", item);
    set_counts(list, field, "minItems", "maxItems");
    bool one = field->fields == NULL && field->unit != UST_FIELD_PLACE;
    json_t *out = one ? any_of(list, json_incref(item)) : list;
    json_decref(item);
    return out;
}

static json_t *shares_schema(struct schema *schema, const struct ust_field *field)
{
    struct ust_field share = {.key = field->key, .kind = UST_FIELD_RATIO, .high = 1};
    json_t *out = json_pack("{s:s,s:o}", "type", "object", "additionalProperties",
                            scalar_schema(schema, &share));
    set_counts(out, field, "minProperties", "maxProperties");
    return any_of(out, of_type("string"));
}

/* The path of a document's file, or the document in place; anything, where only its owner
 * knows. */
static json_t *document_schema(struct schema *schema, const struct ust_field *field)
{
    if (field->document == NULL)
        return json_object();
    return any_of(of_type("string"),
                  ref(ust_pages_table(&schema->pages, field->document, "", field->key)));
}

static json_t *structure_schema(struct schema *schema, const struct ust_field *field,
                                const char *parent)
{
    switch (field->kind) {
    case UST_FIELD_GROUP:
        return struct_schema(schema, field, parent);
    case UST_FIELD_MAP: {
        json_t *map =
            json_pack("{s:s,s:o,s:o}", "type", "object", "propertyNames", pattern(NAME_PATTERN),
                      "additionalProperties", struct_schema(schema, field, parent));
        set_counts(map, field, "minProperties", "maxProperties");
        return map;
    }
    case UST_FIELD_LIST:
        return list_schema(schema, field, parent);
    case UST_FIELD_SHARES:
        return shares_schema(schema, field);
    case UST_FIELD_VARIANT:
        return ref(ust_pages_registry(&schema->pages, field->registry));
    case UST_FIELD_PLACE:
        return document_schema(schema, field);
    default:
        UST_ASSERT(field->kind == UST_FIELD_DIST);
        return dist_schema(schema, field);
    }
}

static void describe(struct schema *schema, json_t *out, const struct ust_field *field)
{
    struct ust_text text = {0};
    ust_text_add(&text, field->help == NULL ? "" : field->help);
    struct ust_text range = {0};
    ust_field_range(field, &range);
    if (range.length > 0)
        ust_text_printf(&text, " (%s)", ust_text_string(&range));
    if (text.length > 0)
        json_object_set_new(out, "description", json_string(ust_text_string(&text)));
    ust_text_free(&range);
    ust_text_free(&text);
    if (field->fallback != NULL)
        json_object_set_new(out, "default", node_json(ust_spec_fallback(&schema->spec, field)));
}

static json_t *field_schema(struct schema *schema, const struct ust_field *field,
                            const char *parent)
{
    bool structure = field->kind >= UST_FIELD_GROUP || field->kind == UST_FIELD_DIST ||
                     field->kind == UST_FIELD_PLACE;
    json_t *out =
        structure ? structure_schema(schema, field, parent) : scalar_schema(schema, field);
    if (field->word != NULL)
        out = any_of(out, json_pack("{s:s}", "const", field->word));
    describe(schema, out, field);
    return out;
}

/* `kind`: the word that selects this table, or NULL. */
static json_t *table_schema(struct schema *schema, const struct ust_field *fields,
                            const char *name, const char *kind)
{
    json_t *properties = json_object(), *required = json_array();
    if (kind != NULL) {
        json_object_set_new(properties, "kind", json_pack("{s:s}", "const", kind));
        json_array_append_new(required, json_string("kind"));
    }
    for (const struct ust_field *field = fields; field != NULL && field->key != NULL; field++) {
        json_object_set_new(properties, field->key, field_schema(schema, field, name));
        if (field->flags & UST_FIELD_REQUIRED)
            json_array_append_new(required, json_string(field->key));
    }
    json_t *out = json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                            "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(out, "required", required);
    json_decref(required);
    return out;
}

static bool anything_required(const struct ust_field *fields)
{
    for (; fields != NULL && fields->key != NULL; fields++)
        if (fields->flags & UST_FIELD_REQUIRED)
            return true;
    return false;
}

static json_t *registry_schema(struct schema *schema, const struct ust_registry *registry,
                               const char *name)
{
    json_t *kinds = json_array(), *words = json_array();
    for (uint32_t i = 0; registry->kinds[i] != NULL; i++) {
        const struct ust_kind *kind = registry->kinds[i];
        const char *own = ust_arena_printf(schema->pages.arena, "kind-%s-%s", name, kind->name);
        json_t *table = table_schema(schema, kind->fields, own, kind->name);
        json_object_set_new(table, "description", json_string(kind->help));
        json_object_set_new(schema->defs, own, table);
        json_array_append_new(kinds, ref(own));
        if (!anything_required(kind->fields))
            json_array_append_new(words, json_string(kind->name));
    }
    if (json_array_size(words) > 0)
        json_array_append_new(kinds, json_pack("{s:O}", "enum", words));
    json_decref(words);
    return json_pack("{s:o,s:s}", "oneOf", kinds, "description",
                     registry->help == NULL ? "" : registry->help);
}

/* A document that extends another: known keys, and values where they stand alone. */
static json_t *extending_schema(struct schema *schema, const struct ust_field *fields)
{
    json_t *properties = json_object();
    json_t *files = json_pack("{s:s,s:s,s:i}", "type", "string", "description",
                              "A file that this one builds on.", "minLength", 1);
    json_t *list = json_pack("{s:s,s:O,s:i}", "type", "array", "items", files, "minItems", 1);
    json_object_set_new(properties, "extends", any_of(files, list));
    for (const struct ust_field *field = fields; field->key != NULL; field++) {
        json_t *value = field->kind < UST_FIELD_PLACE
                            ? any_of(field_schema(schema, field, ""), of_type("null"))
                            : json_object();
        describe(schema, value, field);
        json_object_del(value, "default");
        json_object_set_new(properties, field->key, value);
    }
    return json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
}

void ust_spec_schema(const struct ust_field *fields, const char *title, const char *id,
                     struct ust_text *out)
{
    struct schema schema = {.defs = json_object()};
    schema.pages.arena = schema.spec.arena = ust_arena_new();
    schema.spec.diag = ust_diag_new();
    json_t *root = json_pack("{s:s,s:s,s:s,s:s}", "$schema",
                             "https://json-schema.org/draft/2020-12/schema", "$id", id, "title",
                             title, "type", "object");
    json_object_set_new(root, "if", json_pack("{s:[s]}", "required", "extends"));
    json_object_set_new(root, "then", extending_schema(&schema, fields));
    json_object_set_new(root, "else", ref("document"));
    ust_pages_table(&schema.pages, fields, "", "document");
    /* Pages appear while others are made. */
    for (uint32_t i = 0; i < schema.pages.n; i++) {
        const struct ust_page page = schema.pages.at[i];
        const char *parent = i == 0 ? "" : page.name;
        json_t *made = page.fields != NULL ? table_schema(&schema, page.fields, parent, NULL)
                                           : registry_schema(&schema, page.registry, page.name);
        json_object_set_new(schema.defs, page.name, made);
    }
    json_object_set(root, "$defs", schema.defs);
    char *text = json_dumps(root, JSON_INDENT(2));
    UST_ASSERT(text != NULL);
    ust_text_add(out, text);
    ust_text_add(out, "\n");
    free(text);
    json_decref(schema.defs);
    json_decref(root);
    UST_ASSERT(ust_diag_errors(schema.spec.diag) == 0);
    ust_diag_free(schema.spec.diag);
    ust_arena_free(schema.pages.arena);
}
