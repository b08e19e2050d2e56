/* "lognormal(mean 40 ms, cv 1.5)": a name and arguments, by name or in the order of the kind's
 * table. A bare value is a constant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/spec/parts.h"

#define BLANKS " \t\n"

/* One argument as written: "mean 40 ms", "mean = 40 ms", "40 ms". */
struct written {
    const char *name; /* NULL: by position */
    const char *value;
    const char *whole;
    struct ust_place place;
};

struct call {
    const char *name;
    struct written args[UST_DIST_ARGS_MAX + 1];
    uint32_t n; /* of those that were written, may be more than are held */
};

static struct ust_place part_place(const struct ust_node *node, size_t offset, size_t length)
{
    struct ust_place place = node->place;
    if (node->quoted)
        return place; /* escapes may have moved things */
    char before[256];
    if (offset >= sizeof before)
        return place;
    memcpy(before, node->text, offset);
    before[offset] = '\0';
    place.column += (uint32_t)ust_text_columns(before);
    place.width = length < 1 ? 1 : (uint32_t)length;
    return place;
}

/* A copy of part of a text without the blanks around it; moves `begin` to where it starts. */
static const char *trimmed(struct ust_spec *spec, const char **begin, const char *end)
{
    while (*begin < end && strchr(BLANKS, **begin) != NULL)
        ++*begin;
    while (end > *begin && strchr(BLANKS, end[-1]) != NULL)
        end--;
    return ust_arena_text_n(spec->arena, *begin, (size_t)(end - *begin));
}

static size_t word_extent(const char *text)
{
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    return letters == 0 ? 0
                        : strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                       "0123456789");
}

static struct written split_arg(struct ust_spec *spec, const struct ust_node *node,
                                const char *begin, const char *end)
{
    const char *text = trimmed(spec, &begin, end);
    struct written arg = {
        .value = text,
        .whole = text,
        .place = part_place(node, (size_t)(begin - node->text), ust_text_columns(text))};
    size_t word = word_extent(text);
    size_t gap = strspn(text + word, BLANKS);
    const char *rest = text + word + gap;
    if (word == 0 || (gap == 0 && *rest != '=' && *rest != ':'))
        return arg;
    if (*rest == '=' || *rest == ':')
        rest += 1 + strspn(rest + 1, BLANKS);
    arg.name = ust_arena_text_n(spec->arena, text, word);
    arg.value = rest;
    return arg;
}

/* The kinds as words, for "unknown distribution". */
static enum ust_status unknown_name(struct ust_spec *spec, const struct ust_node *node,
                                    const char *name)
{
    const char *known[64];
    size_t n = 0;
    for (; ust_dist_types[n] != NULL && n < 64; n++)
        known[n] = ust_dist_types[n]->name;
    return ust_spec_unknown(spec, part_place(node, 0, strlen(name)), "distribution", name,
                            known, n);
}

static enum ust_status split_call(struct ust_spec *spec, const struct ust_node *node,
                                  const struct ust_field *field, struct call *call)
{
    const char *text = node->text;
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    const char *begin = text;
    call->name = trimmed(spec, &begin, open);
    if (close == NULL || close < open || close[1 + strspn(close + 1, BLANKS)] != '\0')
        return ust_diag_error(spec->diag, node->place,
                              "'%s' is '%s', needs a closing parenthesis at its end",
                              field->key, ust_spec_shown(spec, text));
    const char *at = open + 1;
    if (at + strspn(at, BLANKS) == close)
        return UST_OK;
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(close - at));
        const char *end = comma == NULL ? close : comma;
        if (call->n <= UST_DIST_ARGS_MAX)
            call->args[call->n] = split_arg(spec, node, at, end);
        call->n++;
        if (comma == NULL)
            return UST_OK;
        at = comma + 1;
    }
}

static uint32_t args_of(const struct ust_dist_type *type)
{
    uint32_t n = 0;
    while (n < UST_DIST_ARGS_MAX && type->args[n].name != NULL)
        n++;
    return n;
}

static enum ust_status usage(struct ust_spec *spec, const struct ust_dist_type *type)
{
    ust_diag_note(spec->diag, "such as %s", type->example);
    return UST_INVALID;
}

/* The place of an argument in the kind's table, or -1 with a message. */
static int find_arg(struct ust_spec *spec, const struct ust_dist_type *type,
                    const struct written *arg, uint32_t position)
{
    uint32_t n = args_of(type);
    const char *known[UST_DIST_ARGS_MAX];
    for (uint32_t i = 0; i < n; i++) {
        known[i] = type->args[i].name;
        if (arg->name != NULL && strcmp(arg->name, known[i]) == 0)
            return (int)i;
    }
    if (arg->name == NULL && position < n)
        return (int)position;
    if (arg->name == NULL)
        ust_diag_error(spec->diag, arg->place, "'%s' takes at most %u argument%s", type->name,
                       n, n == 1 ? "" : "s");
    else
        ust_spec_unknown(spec, arg->place, "argument", arg->name, known, n);
    usage(spec, type);
    return -1;
}

/* An argument's value: a scaled one in the field's unit, another as a plain number or "30 %".
 */
static enum ust_status read_arg(struct ust_spec *spec, const struct ust_dist_arg *rule,
                                enum ust_field_kind unit, const struct written *arg,
                                double *out)
{
    struct ust_node node = {
        .kind = UST_NODE_SCALAR, .place = arg->place, .text = arg->value, .key = rule->name};
    /* Samples of a count are real numbers until the model rounds them. */
    enum ust_field_kind kind = unit == UST_FIELD_INT ? UST_FIELD_NUMBER : unit;
    size_t length = strlen(arg->value);
    bool percent = length > 0 && arg->value[length - 1] == '%';
    if (!rule->scaled)
        kind = percent ? UST_FIELD_RATIO : UST_FIELD_NUMBER;
    struct ust_field field = ust_field_plain(rule->name, kind);
    if (rule->low != 0 || rule->high != 0) {
        field.low = rule->low / ust_field_scale(kind);
        field.high = rule->high / ust_field_scale(kind);
    }
    if (rule->high >= UST_DIST_LARGE) /* no limit that a person has heard of */
        field.high = HUGE_VAL;
    field.flags = rule->low_open ? UST_FIELD_LOW_OPEN : 0;
    union {
        double number;
        ust_time time;
    } checked;
    UST_TRY(ust_spec_scalar(spec, &node, &field, &checked));
    /* Not through ust_time: a mean of 0.3 ns stays what it is. */
    struct ust_quantity quantity;
    ust_unit_parse(kind, arg->value, &quantity);
    if (quantity.value > UST_DIST_LARGE)
        return ust_diag_error(spec->diag, node.place, "'%s' is %s, which is too large",
                              rule->name, ust_spec_shown(spec, arg->value));
    *out = quantity.value;
    return UST_OK;
}

static enum ust_status read_args(struct ust_spec *spec, const struct ust_node *node,
                                 const struct ust_field *field, const struct call *call,
                                 struct ust_dist *out)
{
    const struct ust_dist_type *type = out->type;
    bool given[UST_DIST_ARGS_MAX] = {false};
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < call->n && i <= UST_DIST_ARGS_MAX; i++) {
        int at = find_arg(spec, type, &call->args[i], i);
        if (at < 0)
            return UST_INVALID;
        if (given[at])
            return ust_diag_error(spec->diag, call->args[i].place, "'%s' stands twice",
                                  type->args[at].name);
        given[at] = true;
        if (read_arg(spec, &type->args[at], field->unit, &call->args[i], &out->arg[at]) !=
            UST_OK)
            status = UST_INVALID;
    }
    for (uint32_t i = 0; i < args_of(type); i++) {
        if (given[i])
            continue;
        out->arg[i] = type->args[i].fallback;
        if (!type->args[i].needed)
            continue;
        ust_diag_error(spec->diag, node->place, "'%s' needs '%s'", type->name,
                       type->args[i].name);
        status = usage(spec, type);
    }
    return status;
}

static enum ust_status check(struct ust_spec *spec, const struct ust_node *node,
                             const struct ust_field *field, const struct ust_dist *dist)
{
    struct ust_text why = {0};
    enum ust_status status = UST_OK;
    struct ust_text mean = {0};
    ust_unit_write(field->unit, ust_dist_mean(dist), &mean);
    /* A mean without end (a heavy tail) is nobody's business here. */
    if (isfinite(ust_dist_mean(dist)) && ust_field_outside(field, ust_dist_mean(dist), &why))
        status = ust_diag_error(spec->diag, node->place,
                                ust_dist_is_constant(dist) ? "'%s' is %s, %s"
                                                           : "'%s' has mean %s, %s",
                                field->key, ust_text_string(&mean), ust_text_string(&why));
    ust_text_free(&mean);
    ust_text_free(&why);
    return status;
}

/* "file sizes.csv" or "sizes.csv", which may hold blanks itself. */
static const char *path_of(const struct ust_dist_type *type, const struct written *arg)
{
    bool named = arg->name != NULL && strcmp(arg->name, type->args[0].name) == 0;
    return named ? arg->value : arg->whole;
}

const char *ust_dist_path(struct ust_spec *spec, const struct ust_node *node)
{
    const char *open = node->kind == UST_NODE_SCALAR ? strchr(node->text, '(') : NULL;
    const char *close = open == NULL ? NULL : strrchr(open, ')');
    if (close == NULL)
        return NULL;
    const char *begin = node->text;
    const struct ust_dist_type *type = ust_dist_find(trimmed(spec, &begin, open));
    if (type == NULL || !type->from_file)
        return NULL;
    struct written arg = split_arg(spec, node, open + 1, close);
    return path_of(type, &arg);
}

static enum ust_status read_call(struct ust_spec *spec, const struct ust_node *node,
                                 const struct ust_field *field, struct ust_dist *out)
{
    struct call call = {0};
    UST_TRY(split_call(spec, node, field, &call));
    const struct ust_dist_type *type = ust_dist_find(call.name);
    if (type == NULL)
        return unknown_name(spec, node, call.name);
    if (type->from_file) {
        if (call.n != 1 || *call.args[0].value == '\0') {
            ust_diag_error(spec->diag, node->place, "'%s' needs the path of a CSV file",
                           type->name);
            return usage(spec, type);
        }
        out->type = type;
        return ust_spec_empirical(spec, node, field, path_of(type, &call.args[0]), out);
    }
    out->type = type;
    UST_TRY(read_args(spec, node, field, &call, out));
    const char *why = type->prepare == NULL ? NULL : type->prepare(out);
    if (why != NULL)
        return ust_diag_error(spec->diag, node->place, "'%s' is %s: %s", field->key,
                              ust_spec_shown(spec, node->text), why);
    return UST_OK;
}

enum ust_status ust_spec_dist(struct ust_spec *spec, const struct ust_node *node,
                              const struct ust_field *field, struct ust_dist *out)
{
    struct ust_dist dist = {0};
    if (field->word != NULL && !node->quoted && strcmp(node->text, field->word) == 0) {
        *out = dist; /* no distribution at all: the caller knows what the word means */
        return UST_OK;
    }
    if (strchr(node->text, '(') != NULL) {
        UST_TRY(read_call(spec, node, field, &dist));
    } else {
        const struct ust_dist_type *type = ust_dist_find(node->text);
        if (type != NULL) {
            ust_diag_error(spec->diag, node->place, "'%s' is '%s', needs arguments", field->key,
                           node->text);
            return usage(spec, type);
        }
        struct ust_dist_arg rule = ust_dist_kind_deterministic.args[0];
        rule.name = field->key;
        struct written whole = {.value = node->text, .place = node->place};
        double value;
        UST_TRY(read_arg(spec, &rule, field->unit, &whole, &value));
        dist = ust_dist_constant(value);
    }
    UST_TRY(check(spec, node, field, &dist));
    *out = dist;
    return UST_OK;
}

static void write_args(const struct ust_dist *dist, enum ust_field_kind unit,
                       struct ust_text *out)
{
    const char *comma = "";
    for (uint32_t i = 0; i < args_of(dist->type); i++) {
        const struct ust_dist_arg *rule = &dist->type->args[i];
        if (!ust_dist_given(dist->arg[i]))
            continue;
        ust_text_printf(out, "%s%s ", comma, rule->name);
        ust_unit_write(rule->scaled ? unit : UST_FIELD_NUMBER, dist->arg[i], out);
        comma = ", ";
    }
}

void ust_dist_write(const struct ust_dist *dist, enum ust_field_kind unit, struct ust_text *out)
{
    if (dist->type == NULL) {
        ust_text_add(out, "none");
        return;
    }
    if (ust_dist_is_constant(dist)) {
        ust_unit_write(unit, ust_dist_mean(dist), out);
        return;
    }
    ust_text_printf(out, "%s(", dist->type->name);
    if (dist->type->from_file)
        ust_text_printf(out, "%u values", dist->table_n);
    else
        write_args(dist, unit, out);
    ust_text_add(out, ")");
}
