/* A picture of two runs' differences. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/compare/tell.h"
#include "plots/forest.h"
#include "sim/cli/cli.h"

#define ROWS_LEAST 12

enum { WORSE, BETTER, UNDECIDED };

static const char *label_of(const struct ust_compare_row *row, struct ust_arena *arena)
{
    struct ust_text scope = {0};
    ust_results_scope(row->key, &scope);
    bool all = strcmp(ust_text_string(&scope), "all") == 0;
    const char *label = ust_arena_printf(arena, "%s%s%s", row->key->metric, all ? "" : ", ",
                                         all ? "" : ust_text_string(&scope));
    ust_text_free(&scope);
    return label;
}

/* Percent of A's value; false where there is no difference to draw. */
static bool relative(const struct ust_compare_row *row, struct ust_arena *arena,
                     struct ust_forest_row *out)
{
    const struct ust_interval *change = &row->difference.mean;
    double scale = 100.0 / fabs(row->a);
    if (!isfinite(scale) || !isfinite(change->value) || row->outcome >= UST_CHANGE_SAME)
        return false;
    *out = (struct ust_forest_row){.label = label_of(row, arena),
                                   .value = scale * change->value,
                                   .low = scale * change->low,
                                   .high = scale * change->high,
                                   .group = row->outcome == UST_CHANGE_WORSE    ? WORSE
                                            : row->outcome == UST_CHANGE_BETTER ? BETTER
                                                                                : UNDECIDED};
    out->text =
        ust_arena_printf(arena, "%+.3g %% (%.3g to %.3g)", out->value, out->low, out->high);
    return true;
}

enum ust_status ust_compare_chart(const struct ust_compare *compare, bool all, unsigned width,
                                  struct ust_arena *arena, const char *path)
{
    const struct ust_compare_row **order = ust_compare_order(compare, arena);
    struct ust_forest_row *row =
        ust_arena_alloc(arena, struct ust_forest_row, UST_COMPARE_CHART_ROWS);
    uint32_t n = 0, left = 0;
    for (uint32_t i = 0; i < compare->own_n; i++) {
        struct ust_forest_row next;
        if (!relative(order[i], arena, &next))
            continue;
        bool wanted = all || next.group != UNDECIDED || n < ROWS_LEAST;
        if (wanted && n < UST_COMPARE_CHART_ROWS)
            row[n++] = next;
        else
            left++;
    }
    if (n == 0)
        return ust_cli_refused("no difference to draw between %s and %s", compare->a->path,
                               compare->b->path);
    struct ust_text name = {0}, small = {0};
    ust_text_add(&name, compare->a->name);
    if (strcmp(compare->a->name, compare->b->name) != 0)
        ust_text_printf(&name, " \xe2\x86\x92 %s", compare->b->name);
    if (compare->paired)
        ust_text_printf(&small, "%u pairs of replications", compare->pairs);
    else
        ust_text_add(&small, "seeds differ, nothing is paired");
    ust_text_printf(&small,
                    "; intervals of %g %%, each for itself; colours after Holm's "
                    "correction over %u",
                    100.0 * (1.0 - compare->alpha), compare->family_n);
    if (left > 0)
        ust_text_printf(&small, "; %u more, undecided, are not drawn", left);
    const struct ust_forest forest = {.name = ust_text_string(&name),
                                      .what = "change from A to B, relative to A",
                                      .small = ust_text_string(&small),
                                      .unit = "%",
                                      .group = {"worse", "better", "undecided"},
                                      .row = row,
                                      .n = n};
    enum ust_status status = ust_forest_draw("compare", &forest, width, path);
    if (status == UST_OK)
        fprintf(stderr, "chart   %s\n", path);
    ust_text_free(&name);
    ust_text_free(&small);
    return status;
}
