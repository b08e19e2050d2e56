#include "sim/spec/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/parts.h"

/* ---- writing ---- */

static void write_quoted(const char *text, struct ust_text *out)
{
    ust_text_add(out, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            ust_text_printf(out, "\\%c", *c);
        else if (*c == '\n')
            ust_text_add(out, "\\n");
        else if (*c == '\t')
            ust_text_add(out, "\\t");
        else
            ust_text_add_n(out, c, 1);
    }
    ust_text_add(out, "\"");
}

static void write_word(const char *text, bool quoted, bool inside, struct ust_text *out)
{
    bool special = *text == '\0' || strpbrk(text, "\"\\\n\t#") != NULL ||
                   strchr("-?:&*!|>'%@`[]{} ,", *text) != NULL || strstr(text, ": ") != NULL ||
                   (inside && strpbrk(text, ",[]{}") != NULL);
    int64_t whole;
    if (!quoted && ust_integer_parse(text, &whole))
        special = false; /* a dash before digits is a sign */
    if (quoted || special)
        write_quoted(text, out);
    else
        ust_text_add(out, text);
}

static void write_value(const struct ust_node *node, bool inside, struct ust_text *out)
{
    if (node->kind == UST_NODE_SCALAR) {
        /* "~" and nothing take a key away, and must stay bare to do so. */
        if (ust_node_is_null(node))
            ust_text_add(out, "~");
        else
            write_word(node->text, node->quoted, inside, out);
        return;
    }
    bool map = node->kind == UST_NODE_MAP;
    ust_text_add(out, map ? "{" : "[");
    for (const struct ust_node *child = node->first; child != NULL; child = child->next) {
        if (child != node->first)
            ust_text_add(out, ", ");
        if (map) {
            write_word(child->key, false, true, out);
            ust_text_add(out, ": ");
        }
        write_value(child, true, out);
    }
    ust_text_add(out, map ? "}" : "]");
}

void ust_value_write(const struct ust_node *node, struct ust_text *out)
{
    write_value(node, false, out);
}

/* ---- quantities ---- */

/* In the order in which a unit decides: those of one never are those of another, but for words
 * that mean the same number in both. */
static const enum ust_field_kind quantities[] = {
    UST_FIELD_NUMBER, UST_FIELD_RATIO, UST_FIELD_DURATION, UST_FIELD_BYTES, UST_FIELD_BANDWIDTH,
    UST_FIELD_RATE,   UST_FIELD_IOPS,  UST_FIELD_MONEY,    UST_FIELD_PRICE, UST_FIELD_DISTANCE};
#define QUANTITIES (sizeof quantities / sizeof quantities[0])

int ust_value_order(const char *a, const char *b, bool *ordered)
{
    struct ust_quantity x, y;
    *ordered = true;
    for (size_t i = 0; i < QUANTITIES; i++) {
        enum ust_unit_result left = ust_unit_parse(quantities[i], a, &x),
                             right = ust_unit_parse(quantities[i], b, &y);
        if (left == UST_UNIT_OK && right == UST_UNIT_OK)
            return x.value < y.value ? -1 : x.value > y.value;
    }
    int order = strcmp(a, b);
    *ordered = order == 0;
    return order;
}

double ust_value_number(const char *text)
{
    struct ust_quantity quantity;
    for (size_t i = 0; i < QUANTITIES; i++)
        if (ust_unit_parse(quantities[i], text, &quantity) == UST_UNIT_OK)
            return quantity.value / ust_field_scale(quantities[i]);
    return (double)NAN;
}

bool ust_value_split(struct ust_arena *arena, const char *text, struct ust_value_parts *out)
{
    size_t length = ust_number_extent(text);
    if (length == 0)
        return false;
    const char *digits = ust_arena_text_n(arena, text, length);
    struct ust_quantity quantity;
    if (ust_unit_parse(UST_FIELD_NUMBER, digits, &quantity) != UST_UNIT_OK)
        return false;
    const char *unit = text + length;
    while (*unit == ' ')
        unit++;
    *out = (struct ust_value_parts){quantity.value, strpbrk(digits, ".eE") == NULL,
                                    ust_arena_text(arena, unit)};
    return true;
}
