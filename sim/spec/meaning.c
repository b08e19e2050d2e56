/* What was decoded, as one number.
 *
 * The hash goes over decoded values, not over the text: two files that say the same in other
 * words have the same one. Rows go in the order of their table, elements in the order of the
 * file, since that order numbers regions, services and personas. */
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/hash.h"
#include "sim/spec/parts.h"

struct meaning {
    const struct ust_spec *spec;
    ust_spec_place_meaning *place;
    const void *owner;
    uint64_t hash;
};

static void add_value(struct meaning *meaning, const struct ust_field *field, const void *at);

static void add_word(struct meaning *meaning, uint64_t word)
{
    meaning->hash = ust_mix64((meaning->hash ^ word) + 0x9e3779b97f4a7c15u);
}

static void add_text(struct meaning *meaning, const char *text)
{
    if (text == NULL)
        add_word(meaning, 0);
    else
        meaning->hash = ust_hash_text(meaning->hash, text);
}

static void add_real(struct meaning *meaning, double value)
{
    uint64_t bits;
    value += 0.0; /* -0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    add_word(meaning, bits);
}

/* The contents of a file; one that nobody has read is only a name. */
static void add_file(struct meaning *meaning, const char *path)
{
    const struct ust_spec_table *table = meaning->spec->tables;
    while (path != NULL && table != NULL && strcmp(table->path, path) != 0)
        table = table->next;
    if (path == NULL || table == NULL)
        add_text(meaning, path);
    else
        add_word(meaning, table->hash);
}

void ust_spec_remember(struct ust_spec *spec, const char *path, uint64_t hash)
{
    struct ust_spec_table *table = ust_arena_alloc(spec->arena, struct ust_spec_table, 1);
    *table = (struct ust_spec_table){ust_arena_text(spec->arena, path), hash, spec->tables};
    spec->tables = table;
}

static void add_dist(struct meaning *meaning, const struct ust_dist *dist)
{
    add_text(meaning, dist->type == NULL ? NULL : dist->type->name);
    for (uint32_t i = 0; dist->type != NULL && i < UST_DIST_ARGS_MAX; i++)
        if (ust_dist_given(dist->arg[i]))
            add_real(meaning, dist->arg[i]);
        else
            add_word(meaning, 1);
    for (uint32_t i = 0; i < dist->table_n; i++) {
        add_real(meaning, dist->table[i]);
        add_real(meaning, dist->weight == NULL ? 1 : dist->weight[i]);
    }
}

static void add_struct(struct meaning *meaning, const struct ust_field *fields, const void *at)
{
    for (; fields != NULL && fields->key != NULL; fields++) {
        add_text(meaning, fields->key);
        if (fields->given > 0 && fields->fallback == NULL) {
            const struct ust_node *const *given =
                (const void *)((const char *)at + fields->given - 1);
            add_word(meaning, *given != NULL);
            if (*given == NULL)
                continue;
        }
        add_value(meaning, fields, (const char *)at + fields->offset);
    }
}

static void add_map(struct meaning *meaning, const struct ust_field *field,
                    const struct ust_items *items)
{
    const char *at = items->at;
    add_word(meaning, items->n);
    for (uint32_t i = 0; i < items->n; i++, at += field->size) {
        add_text(meaning, ((const struct ust_named *)(const void *)at)->name);
        add_struct(meaning, field->fields, at);
    }
}

static void add_list(struct meaning *meaning, const struct ust_field *field,
                     const struct ust_items *items)
{
    const struct ust_field element = ust_field_element(field);
    size_t size = field->size > 0 ? field->size : ust_field_size(field->unit);
    const char *at = items->at;
    add_word(meaning, items->n);
    for (uint32_t i = 0; i < items->n; i++, at += size) {
        if (field->fields != NULL)
            add_struct(meaning, field->fields, at);
        else
            add_value(meaning, &element, at);
    }
}

static void add_shares(struct meaning *meaning, const struct ust_shares *shares)
{
    add_word(meaning, shares->n);
    for (uint32_t i = 0; i < shares->n; i++) {
        add_text(meaning, shares->at[i].name);
        add_real(meaning, shares->at[i].share);
    }
}

static void add_variant(struct meaning *meaning, const struct ust_variant *variant)
{
    add_text(meaning, variant->kind == NULL ? NULL : variant->kind->name);
    if (variant->kind != NULL)
        add_struct(meaning, variant->kind->fields, variant->params);
}

static void add_place(struct meaning *meaning, const struct ust_node *node)
{
    UST_ASSERT(meaning->place != NULL);
    add_word(meaning, node == NULL ? 0 : meaning->place(meaning->owner, node));
}

static void add_instant(struct meaning *meaning, const struct ust_instant *instant)
{
    add_word(meaning, (uint64_t)instant->unix_ns);
    add_word(meaning, (uint64_t)instant->offset_minutes);
}

static void add_value(struct meaning *meaning, const struct ust_field *field, const void *at)
{
    switch (field->kind) {
    case UST_FIELD_BOOL:
        add_word(meaning, *(const bool *)at);
        break;
    case UST_FIELD_INT:
    case UST_FIELD_DURATION:
    case UST_FIELD_CLOCK:
        add_word(meaning, (uint64_t) * (const int64_t *)at);
        break;
    case UST_FIELD_INSTANT:
        add_instant(meaning, at);
        break;
    case UST_FIELD_LEVEL:
        add_real(meaning, ((const struct ust_level *)at)->value);
        add_word(meaning, (uint64_t)((const struct ust_level *)at)->unit);
        break;
    case UST_FIELD_TEXT:
    case UST_FIELD_NAME:
        add_text(meaning, *(const char *const *)at);
        break;
    case UST_FIELD_FILE:
        add_file(meaning, *(const char *const *)at);
        break;
    case UST_FIELD_CHOICE:
        add_text(meaning, field->choices[*(const int *)at]);
        break;
    case UST_FIELD_DIST:
        add_dist(meaning, at);
        break;
    case UST_FIELD_PLACE:
        add_place(meaning, *(const struct ust_node *const *)at);
        break;
    case UST_FIELD_GROUP:
        add_struct(meaning, field->fields, at);
        break;
    case UST_FIELD_MAP:
        add_map(meaning, field, at);
        break;
    case UST_FIELD_LIST:
        add_list(meaning, field, at);
        break;
    case UST_FIELD_SHARES:
        add_shares(meaning, at);
        break;
    case UST_FIELD_VARIANT:
        add_variant(meaning, at);
        break;
    default:
        UST_ASSERT(ust_field_numeric(field->kind));
        add_real(meaning, *(const double *)at);
    }
}

uint64_t ust_spec_meaning(const struct ust_spec *spec, const struct ust_field *fields,
                          const void *at, ust_spec_place_meaning *place, const void *owner)
{
    struct meaning meaning = {.spec = spec, .place = place, .owner = owner};
    add_struct(&meaning, fields, at);
    return meaning.hash;
}
