/* One scalar by the rules of one row. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/limits.h"
#include "sim/spec/parts.h"

const char *ust_spec_shown(struct ust_spec *spec, const char *text)
{
    struct ust_text safe = {0};
    size_t columns = 0, at = 0;
    for (; text[at] != '\0' && columns < UST_SPEC_SHOWN_MAX; columns++) {
        size_t length = 1, one;
        while (((unsigned char)text[at + length] & 0xc0) == 0x80)
            length++;
        /* Nothing that a terminal would obey, and nothing that is no character at all. */
        bool fine = ust_utf8_extent(text + at, length) == length &&
                    ust_utf8_stands(ust_utf8_decode(text + at, &one));
        if (fine)
            ust_text_add_n(&safe, text + at, length);
        else
            ust_text_add(&safe, "?");
        at += length;
    }
    if (text[at] != '\0')
        ust_text_add(&safe, "...");
    const char *shown = ust_arena_text(spec->arena, ust_text_string(&safe));
    ust_text_free(&safe);
    return shown;
}

enum ust_status ust_spec_unknown(struct ust_spec *spec, struct ust_place place,
                                 const char *what, const char *word, const char *const *known,
                                 size_t n)
{
    if (word == NULL) /* it could not be read, which has been told */
        return UST_INVALID;
    /* Beyond the messages that are kept, only their number counts; a file of junk has many. */
    if (ust_diag_errors(spec->diag) >= UST_DIAG_MAX)
        return ust_diag_error(spec->diag, place, "unknown %s", what);
    const char *near = ust_text_nearest(word, known, n);
    if (near != NULL)
        ust_diag_error(spec->diag, place, "unknown %s '%s'; did you mean '%s'?", what,
                       ust_spec_shown(spec, word), near);
    else
        ust_diag_error(spec->diag, place, "unknown %s '%s'", what, ust_spec_shown(spec, word));
    if (n == 0)
        return UST_INVALID;
    struct ust_text list = {0};
    for (size_t i = 0; i < n && i < UST_SPEC_KNOWN_MAX; i++)
        ust_text_printf(&list, "%s%s", i > 0 ? ", " : "", ust_spec_shown(spec, known[i]));
    if (n > UST_SPEC_KNOWN_MAX)
        ust_text_printf(&list, " and %zu more", n - UST_SPEC_KNOWN_MAX);
    ust_diag_note(spec->diag, "known: %s", ust_text_string(&list));
    ust_text_free(&list);
    return UST_INVALID;
}

bool ust_name_valid(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || text[0] == ' ' || text[length - 1] == ' ' ||
        ust_text_columns(text) > UST_SPEC_NAME_MAX)
        return false;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool control = c == 0xc2 && (unsigned char)text[1] < 0xa0;
        if (control || !(letter || c >= 0x80 || strchr("0123456789-_. ", c) != NULL))
            return false;
    }
    return true;
}

/* " or 'endless'", where a row allows a word. */
static const char *or_word(struct ust_spec *spec, const struct ust_field *field)
{
    return field->word == NULL ? "" : ust_arena_printf(spec->arena, " or '%s'", field->word);
}

static enum ust_status wrong(struct ust_spec *spec, const struct ust_node *node,
                             const struct ust_field *field)
{
    return ust_diag_error(spec->diag, node->place, "'%s' is '%s', needs %s%s", field->key,
                          ust_spec_shown(spec, node->text), ust_field_needs(field->kind),
                          or_word(spec, field));
}

/* "4 s" where bytes are wanted, or "3 sec" where a duration is. */
static enum ust_status unknown_unit(struct ust_spec *spec, const struct ust_node *node,
                                    const struct ust_field *field, const char *unit)
{
    const char *shown = ust_spec_shown(spec, node->text), *needs = ust_field_needs(field->kind);
    for (int kind = 0; kind < UST_FIELD_KINDS; kind++) {
        struct ust_quantity other;
        if (kind != (int)field->kind &&
            ust_unit_parse((enum ust_field_kind)kind, node->text, &other) == UST_UNIT_OK)
            return ust_diag_error(spec->diag, node->place, "'%s' is %s, needs %s%s", field->key,
                                  shown, needs, or_word(spec, field));
    }
    const char *names[UST_UNITS_MAX];
    uint32_t n = ust_unit_names(field->kind, names);
    if (n == 0)
        return wrong(spec, node, field);
    const char *near = ust_text_nearest(unit, names, n);
    if (near != NULL)
        ust_diag_error(spec->diag, node->place,
                       "'%s' is %s, has an unknown unit '%s'; did you mean '%s'?", field->key,
                       shown, ust_spec_shown(spec, unit), near);
    else
        ust_diag_error(spec->diag, node->place,
                       "'%s' is %s, has an unknown unit '%s'; needs %s", field->key, shown,
                       ust_spec_shown(spec, unit), needs);
    struct ust_text list = {0};
    for (uint32_t i = 0; i < n; i++)
        ust_text_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    ust_diag_note(spec->diag, "known: %s", ust_text_string(&list));
    ust_text_free(&list);
    return UST_INVALID;
}

static enum ust_status parse_number(struct ust_spec *spec, const struct ust_node *node,
                                    const struct ust_field *field, struct ust_quantity *out)
{
    switch (ust_unit_parse(field->kind, node->text, out)) {
    case UST_UNIT_OK:
        /* "0" in quotes is a text, "250 ms" in quotes is what JSON has to write. */
        if (node->quoted && out->bare)
            return ust_diag_error(spec->diag, node->place,
                                  "'%s' is a text in quotes, needs %s without them", field->key,
                                  ust_field_needs(field->kind));
        return UST_OK;
    case UST_UNIT_MISSING:
        return ust_diag_error(spec->diag, node->place, "'%s' is %s, needs a unit such as %s",
                              field->key, ust_spec_shown(spec, node->text),
                              ust_field_example(field->kind));
    case UST_UNIT_UNKNOWN:
        return unknown_unit(spec, node, field, out->unit);
    case UST_UNIT_TOO_LARGE:
        return ust_diag_error(spec->diag, node->place, "'%s' is %s, which is too large",
                              field->key, ust_spec_shown(spec, node->text));
    case UST_UNIT_NOT_A_NUMBER:
        break;
    }
    return wrong(spec, node, field);
}

static enum ust_status check_range(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, double value)
{
    struct ust_text why = {0};
    enum ust_status status = UST_OK;
    if (ust_field_outside(field, value, &why))
        status = ust_diag_error(spec->diag, node->place, "'%s' is %s, %s%s", field->key,
                                ust_spec_shown(spec, node->text), ust_text_string(&why),
                                or_word(spec, field));
    ust_text_free(&why);
    return status;
}

static enum ust_status read_int(struct ust_spec *spec, const struct ust_node *node,
                                const struct ust_field *field, int64_t *out)
{
    int64_t value;
    if (node->quoted || !ust_integer_parse(node->text, &value))
        return wrong(spec, node, field);
    UST_TRY(check_range(spec, node, field, (double)value));
    *out = value;
    return UST_OK;
}

static void store(enum ust_field_kind kind, double value, void *out)
{
    if (kind == UST_FIELD_DURATION)
        *(ust_time *)out = isinf(value) ? UST_NEVER : ust_time_round(value);
    else if (kind == UST_FIELD_INT)
        *(int64_t *)out = (int64_t)value;
    else
        *(double *)out = value;
}

static enum ust_status read_number(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, void *out)
{
    if (field->word != NULL && strcmp(node->text, field->word) == 0) {
        store(field->kind, field->word_value * ust_field_scale(field->kind), out);
        return UST_OK;
    }
    if (field->kind == UST_FIELD_INT)
        return read_int(spec, node, field, out);
    struct ust_quantity quantity;
    UST_TRY(parse_number(spec, node, field, &quantity));
    UST_TRY(check_range(spec, node, field, quantity.value));
    store(field->kind, quantity.value, out);
    return UST_OK;
}

/* Its own unit says what it is a level of. */
static enum ust_status read_level(struct ust_spec *spec, const struct ust_node *node,
                                  const struct ust_field *field, struct ust_level *out)
{
    static const enum ust_field_kind units[] = {UST_FIELD_NUMBER, UST_FIELD_RATIO,
                                                UST_FIELD_RATE};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct ust_quantity quantity;
        if (ust_unit_parse(units[i], node->text, &quantity) != UST_UNIT_OK ||
            (node->quoted && quantity.bare))
            continue;
        if (quantity.value < 0)
            return ust_diag_error(spec->diag, node->place, "'%s' is %s, must be at least 0",
                                  field->key, ust_spec_shown(spec, node->text));
        *out = (struct ust_level){quantity.value, units[i]};
        return UST_OK;
    }
    return wrong(spec, node, field);
}

static enum ust_status read_choice(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, int *out)
{
    size_t n = 0;
    for (; field->choices[n] != NULL; n++) {
        if (strcmp(node->text, field->choices[n]) == 0) {
            *out = (int)n;
            return UST_OK;
        }
    }
    return ust_spec_unknown(spec, node->place, field->key, node->text, field->choices, n);
}

static enum ust_status read_bool(struct ust_spec *spec, const struct ust_node *node,
                                 const struct ust_field *field, bool *out)
{
    bool yes = strcmp(node->text, "true") == 0;
    if (node->quoted || (!yes && strcmp(node->text, "false") != 0))
        return wrong(spec, node, field);
    *out = yes;
    return UST_OK;
}

static enum ust_status read_text(struct ust_spec *spec, const struct ust_node *node,
                                 const struct ust_field *field, const char **out)
{
    if (field->kind == UST_FIELD_NAME && !ust_name_valid(node->text))
        return wrong(spec, node, field);
    if (field->kind == UST_FIELD_FILE && *node->text == '\0')
        return wrong(spec, node, field);
    *out = field->kind == UST_FIELD_FILE ? ust_spec_path(spec, node->place, node->text)
                                         : node->text;
    return UST_OK;
}

enum ust_status ust_spec_scalar(struct ust_spec *spec, const struct ust_node *node,
                                const struct ust_field *field, void *out)
{
    if (field->kind == UST_FIELD_PLACE) {
        *(const struct ust_node **)out = node;
        return UST_OK;
    }
    if (node->kind != UST_NODE_SCALAR)
        return ust_diag_error(spec->diag, node->place, "'%s' is %s, needs %s", field->key,
                              ust_node_kind_text(node), ust_field_needs(field->kind));
    if (ust_node_is_null(node))
        return ust_diag_error(spec->diag, node->place, "'%s' has no value, needs %s",
                              field->key, ust_field_needs(field->kind));
    switch (field->kind) {
    case UST_FIELD_BOOL:
        return read_bool(spec, node, field, out);
    case UST_FIELD_CHOICE:
        return read_choice(spec, node, field, out);
    case UST_FIELD_LEVEL:
        return read_level(spec, node, field, out);
    case UST_FIELD_TEXT:
    case UST_FIELD_NAME:
    case UST_FIELD_FILE:
        return read_text(spec, node, field, out);
    case UST_FIELD_CLOCK:
        return ust_clock_parse(node->text, out) ? UST_OK : wrong(spec, node, field);
    case UST_FIELD_INSTANT: {
        const char *why = ust_instant_parse(node->text, out);
        return why == NULL ? UST_OK
                           : ust_diag_error(spec->diag, node->place, "'%s' is '%s', %s",
                                            field->key, ust_spec_shown(spec, node->text), why);
    }
    case UST_FIELD_DIST:
        return ust_spec_dist(spec, node, field, out);
    default:
        UST_ASSERT(ust_field_numeric(field->kind));
        return read_number(spec, node, field, out);
    }
}
