/* Which combinations stay, and what is added to them. */
#include <string.h>

#include "models/world/design_make.h"
#include "sim/spec/values.h"

struct condition {
    const char *left, *right; /* paths, or texts */
    bool right_is_path;
    int operator;
};

static const struct ust_node *value_of(const struct ust_design_row *row, const char *path)
{
    for (uint32_t i = 0; i < row->n; i++)
        if (strcmp(row->value[i].path, path) == 0)
            return row->value[i].value;
    return NULL;
}

static bool known_path(const struct ust_design_maker *maker, const char *path)
{
    for (uint32_t i = 0; i < maker->paths_n; i++)
        if (strcmp(maker->path[i], path) == 0)
            return true;
    return false;
}

static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
enum { EQUAL, UNEQUAL, AT_MOST, AT_LEAST, LESS, MORE, OPERATORS };

static const char *trimmed(struct ust_arena *arena, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ')
        length--;
    while (length > 0 && *text == ' ')
        text++, length--;
    return ust_arena_text_n(arena, text, length);
}

static enum ust_status read_condition(struct ust_design_maker *maker,
                                      const struct ust_node *node, struct condition *out)
{
    struct ust_spec *spec = maker->spec;
    size_t at = node->kind == UST_NODE_SCALAR ? strcspn(node->text, "=!<>") : 0;
    out->operator= OPERATORS;
    for (int i = OPERATORS - 1; i >= 0 && at > 0; i--)
        if (strncmp(node->text + at, operators[i], strlen(operators[i])) == 0)
            out->operator= i;
    if (out->operator== OPERATORS)
        return ust_diag_error(spec->diag, node->place,
                              "'where' needs comparisons such as path >= value; operators are "
                              "==, !=, <, <=, >, >=");
    const char *right = node->text + at + strlen(operators[out->operator]);
    out->left = trimmed(spec->arena, node->text, at);
    out->right = trimmed(spec->arena, right, strlen(right));
    out->right_is_path = known_path(maker, out->right);
    if (!known_path(maker, out->left))
        return ust_spec_unknown(spec, node->place, "path of this design", out->left,
                                maker->path, maker->paths_n);
    return *out->right != '\0' ? UST_OK
                               : ust_diag_error(spec->diag, node->place,
                                                "a value is missing behind '%s'",
                                                operators[out->operator]);
}

static const char *text_of(struct ust_design_maker *maker, const struct ust_node *node)
{
    if (node->kind == UST_NODE_SCALAR)
        return node->text;
    struct ust_text text = {0};
    ust_value_write(node, &text);
    const char *kept = ust_arena_text(maker->spec->arena, ust_text_string(&text));
    ust_text_free(&text);
    return kept;
}

static bool holds(struct ust_design_maker *maker, const struct condition *condition,
                  const struct ust_design_row *row, const struct ust_node *node)
{
    const char *left = text_of(maker, value_of(row, condition->left)),
               *right = condition->right_is_path
                            ? text_of(maker, value_of(row, condition->right))
                            : condition->right;
    bool ordered;
    int order = ust_value_order(left, right, &ordered);
    if (condition->operator== EQUAL || condition->operator== UNEQUAL)
        return (order == 0) == (condition->operator== EQUAL);
    if (!ordered) {
        if (!ust_design_failed(maker))
            (void)ust_diag_error(maker->spec->diag, node->place,
                                 "'%s' and '%s' have no order: they are of different units, or "
                                 "no quantities",
                                 left, right);
        return false;
    }
    return condition->operator== LESS      ? order < 0
           : condition->operator== AT_MOST ? order <= 0
           : condition->operator== MORE    ? order > 0
                                           : order >= 0;
}

static void keep_where(struct ust_design_maker *maker, const struct ust_node *node)
{
    struct condition condition = {.operator= OPERATORS };
    if (read_condition(maker, node, &condition) != UST_OK)
        return;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        if (holds(maker, &condition, &maker->rows.at[i], node))
            maker->rows.at[kept++] = maker->rows.at[i];
    maker->rows.n = kept;
}

static bool matches(struct ust_design_maker *maker, const struct ust_design_row *row,
                    const struct ust_node *entry)
{
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next) {
        bool ordered;
        const struct ust_node *value = value_of(row, pair->key);
        if (value == NULL ||
            ust_value_order(text_of(maker, value), text_of(maker, pair), &ordered) != 0)
            return false;
    }
    return true;
}

static void leave_out(struct ust_design_maker *maker, const struct ust_node *entry)
{
    entry = ust_design_mapping(maker, entry, "value");
    if (entry == NULL)
        return;
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next)
        if (!known_path(maker, pair->key))
            (void)ust_spec_unknown(maker->spec, pair->key_place, "path of this design",
                                   pair->key, maker->path, maker->paths_n);
    uint32_t kept = 0, before = maker->rows.n;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        if (!matches(maker, &maker->rows.at[i], entry))
            maker->rows.at[kept++] = maker->rows.at[i];
    maker->rows.n = kept;
    if (kept == before && !ust_design_failed(maker))
        ust_diag_warning(maker->spec->diag, entry->place, "no combination has these values");
}

static void put_in(struct ust_design_maker *maker, const struct ust_node *entry)
{
    entry = ust_design_mapping(maker, entry, "value");
    if (entry == NULL)
        return;
    struct ust_design_row *row = ust_design_add_row(maker, &maker->rows, NULL, entry->children);
    for (const struct ust_node *pair = entry->first; pair != NULL; pair = pair->next) {
        (void)ust_spec_assign(maker->spec, NULL, pair->key, pair->key_place, pair);
        ust_design_add_value(row, pair->key, pair->key_place, pair);
    }
}

/* One, or a list of them. */
static void each(struct ust_design_maker *maker, const struct ust_node *node,
                 void (*act)(struct ust_design_maker *, const struct ust_node *))
{
    if (node != NULL && node->kind != UST_NODE_LIST)
        act(maker, node);
    for (const struct ust_node *child =
             node != NULL && node->kind == UST_NODE_LIST ? node->first : NULL;
         child != NULL; child = child->next)
        act(maker, child);
}

void ust_design_filter(struct ust_design_maker *maker)
{
    each(maker, maker->design->where, keep_where);
    if (!ust_design_failed(maker))
        each(maker, maker->design->exclude, leave_out);
    if (!ust_design_failed(maker))
        each(maker, maker->design->include, put_in);
}
