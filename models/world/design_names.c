/* Rows become units; their names say what is theirs alone, as shortly as it can be said. */
#include <string.h>

#include "models/world/design_make.h"
#include "sim/base/limits.h"
#include "sim/spec/values.h"

/* The end of a path that begins at its last `steps` steps. */
static const char *path_end(const char *path, uint32_t steps)
{
    const char *at = path + strlen(path);
    while (at > path && steps > 0) {
        at--;
        if (*at == '"')
            while (at > path && *--at != '"')
                ;
        steps -= *at == '.';
    }
    return *at == '.' ? at + 1 : at;
}

void ust_design_label(struct ust_arena *arena, const struct ust_design_maker *maker,
                      struct ust_design *out)
{
    uint32_t capacity = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        capacity += maker->rows.at[i].n;
    struct ust_factor *factor = ust_arena_alloc(arena, struct ust_factor, capacity + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < maker->rows.n; i++)
        for (uint32_t k = 0; k < maker->rows.at[i].n; k++) {
            const char *path = maker->rows.at[i].value[k].path;
            uint32_t f = 0;
            while (f < n && strcmp(factor[f].path, path) != 0)
                f++;
            if (f == n)
                factor[n++].path = path;
        }
    for (uint32_t f = 0; f < n; f++) {
        uint32_t steps = 2;
        for (uint32_t g = 0; g < n; g++)
            while (g != f && steps < UST_SPEC_DEPTH_MAX &&
                   strcmp(path_end(factor[f].path, steps), path_end(factor[g].path, steps)) ==
                       0)
                steps++;
        factor[f].label = path_end(factor[f].path, steps);
    }
    out->factor = factor;
    out->factors_n = n;
}

static const char *label_of(const struct ust_design *design, const char *path)
{
    for (uint32_t f = 0; f < design->factors_n; f++)
        if (strcmp(design->factor[f].path, path) == 0)
            return design->factor[f].label;
    return path;
}

void ust_design_name(struct ust_arena *arena, const struct ust_design_maker *maker,
                     struct ust_design *out)
{
    struct ust_unit *unit = ust_arena_alloc(arena, struct ust_unit, maker->rows.n + 1);
    for (uint32_t i = 0; i < maker->rows.n; i++) {
        const struct ust_design_row *row = &maker->rows.at[i];
        struct ust_text name = {0}, overrides = {0}, value = {0};
        for (uint32_t k = 0; k < row->n; k++) {
            ust_text_clear(&value);
            ust_value_write(row->value[k].value, &value);
            ust_text_printf(&name, "%s%s=%s", k == 0 ? "" : ", ",
                            label_of(out, row->value[k].path), ust_text_string(&value));
            ust_text_printf(&overrides, "%s%s=%s", k == 0 ? "" : "\n", row->value[k].path,
                            ust_text_string(&value));
        }
        unit[i] =
            (struct ust_unit){.number = i + 1,
                              .name = ust_arena_text(arena, ust_text_string(&name)),
                              .overrides = ust_arena_text(arena, ust_text_string(&overrides)),
                              .value = row->value,
                              .values_n = row->n};
        ust_text_free(&name);
        ust_text_free(&overrides);
        ust_text_free(&value);
    }
    out->unit = unit;
    out->units_n = maker->rows.n;
}
