#include "analysis/compare/tell.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysis/study/table.h"

#define CHART_HALF 8 /* columns on either side of zero */

/* "+3.1 %", of A's value; "" where that is 0. */
static void add_relative(double change, double of, struct ust_text *out)
{
    if (fabs(of) > 0.0)
        ust_text_printf(out, "%+.1f %%", 100.0 * change / fabs(of));
}

/* Zero in the middle, the interval as far as it reaches, the estimate in it: "    │  ├─●─┤". */
static void add_chart(const struct ust_interval *change, struct ust_text *out)
{
    double reach = fmax(fabs(change->low), fabs(change->high));
    if (!(reach > 0.0) || !isfinite(reach))
        return;
    int low = (int)lround(CHART_HALF * change->low / reach);
    int high = (int)lround(CHART_HALF * change->high / reach);
    int at = (int)lround(CHART_HALF * change->value / reach);
    for (int x = -CHART_HALF; x <= CHART_HALF; x++)
        ust_text_add(out, x == at               ? "●"
                          : x == 0              ? "│"
                          : x == low            ? "├"
                          : x == high           ? "┤"
                          : x > low && x < high ? "─"
                                                : " ");
}

static void value_in(double value, const char *unit, bool sign, struct ust_text *out)
{
    char text[UST_ASKED_MAX];
    ust_results_change(value, unit, text);
    ust_text_printf(out, "%s%s", sign && value > 0.0 ? "+" : "", text);
}

static void add_row(const struct ust_compare_row *row, struct ust_table *table)
{
    const struct ust_interval *change = &row->difference.mean;
    const char *unit = row->key->unit;
    struct ust_text text = {0};
    char value[UST_ASKED_MAX];
    ust_table_row(table);
    ust_results_scope(row->key, &text);
    ust_table_cell(table, 0, "%s", row->key->metric);
    ust_table_cell(table, 1, "%s", ust_text_string(&text));
    ust_table_cell(table, 2, "%s", ust_asked_shown(row->a, unit, value));
    ust_table_cell(table, 3, "%s", ust_asked_shown(row->b, unit, value));
    ust_text_clear(&text);
    value_in(change->value, unit, true, &text);
    ust_table_cell(table, 4, "%s", ust_text_string(&text));
    ust_text_clear(&text);
    add_relative(change->value, row->a, &text);
    ust_table_cell(table, 5, "%s", ust_text_string(&text));
    ust_text_clear(&text);
    add_chart(change, &text);
    ust_table_cell(table, 6, "%s", ust_text_string(&text));
    if (!isnan(row->adjusted))
        ust_table_cell(table, 7, row->adjusted < 0.0005 ? "< 0.001" : "%.3f", row->adjusted);
    if (isfinite(row->difference.factor))
        ust_table_cell(table, 8, "%.3g", row->difference.factor);
    ust_table_cell(table, 9, "%s", ust_change_names[row->outcome]);
    ust_text_free(&text);
}

void ust_compare_table(const struct ust_compare *compare, bool all, unsigned width,
                       struct ust_arena *arena, struct ust_text *out)
{
    static const struct ust_table_column columns[] = {{"metric", 0, true},
                                                      {"of", 1, true},
                                                      {"A", 2, false},
                                                      {"B", 2, false},
                                                      {"B - A", 0, false},
                                                      {"", 4, false},
                                                      {"with interval", 5, true},
                                                      {"p (Holm)", 6, false},
                                                      {"pairing gains", 7, false},
                                                      {"", 0, true}};
    struct ust_table table;
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    const struct ust_compare_row **order = ust_compare_order(compare, arena);
    for (uint32_t i = 0; i < compare->own_n; i++)
        if (all || order[i]->outcome < UST_CHANGE_UNDECIDED)
            add_row(order[i], &table);
    if (table.rows_n > 0)
        ust_table_print(&table, width > 2 ? width - 2 : width, "  ", out);
    ust_table_free(&table);
}

/* The metric whose change would be seen best and worst, relative to its value. */
static void add_detectable(const struct ust_compare *compare, struct ust_text *out)
{
    const struct ust_compare_row *shown = NULL;
    static const char *const first[] = {"latency_p99", "latency_mean", "attainment"};
    for (size_t f = 0; shown == NULL && f < sizeof first / sizeof first[0]; f++)
        for (uint32_t i = 0; shown == NULL && i < compare->rows_n; i++) {
            const struct ust_compare_row *row = &compare->rows[i];
            if (strcmp(row->key->metric, first[f]) == 0 && row->key->persona == NULL &&
                !isnan(row->detectable) && fabs(row->a) > 0.0)
                shown = row;
        }
    if (shown == NULL)
        return;
    char value[UST_ASKED_MAX], share[UST_ASKED_MAX];
    ust_text_printf(out,
                    "a change %s of %s by %s (%s) is found with probability %g %%; "
                    "a finding where nothing changed has at most %g %%, for all %u together\n",
                    compare->one_sided ? "for the worse" : "either way", shown->key->metric,
                    ust_results_change(shown->detectable, shown->key->unit, value),
                    ust_results_share(shown->detectable / fabs(shown->a), share),
                    100.0 * compare->power, 100.0 * compare->alpha, compare->family_n);
}

void ust_compare_summary(const struct ust_compare *compare, struct ust_text *out)
{
    ust_text_printf(out, "%u worse, %u better, %u undecided, %u the same, of %u judged",
                    compare->count[UST_CHANGE_WORSE], compare->count[UST_CHANGE_BETTER],
                    compare->count[UST_CHANGE_UNDECIDED], compare->count[UST_CHANGE_SAME],
                    compare->family_n);
    if (compare->paired)
        ust_text_printf(out, "; %u pairs of replications that met the same users\n",
                        compare->pairs);
    else if (compare->same_seed)
        ust_text_add(out, "; no persona in common, so nothing is paired: Welch's t\n");
    else
        ust_text_printf(out, "; seeds differ (%llu, %llu), so nothing is paired: Welch's t\n",
                        (unsigned long long)compare->a->seed,
                        (unsigned long long)compare->b->seed);
    if (compare->only_a + compare->only_b > 0)
        ust_text_printf(out, "not compared: %u that only A has, %u that only B has\n",
                        compare->only_a, compare->only_b);
    add_detectable(compare, out);
}

/* A name in a table of Markdown: a bar would end its cell. */
static void add_escaped(const char *text, struct ust_text *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("|\\`*_<", *text) != NULL)
            ust_text_add(out, "\\");
        ust_text_add_n(out, text, 1);
    }
}

static void add_markdown_row(const struct ust_compare_row *row, struct ust_text *out)
{
    const char *unit = row->key->unit;
    const struct ust_interval *change = &row->difference.mean;
    struct ust_text scope = {0};
    char value[UST_ASKED_MAX];
    ust_results_scope(row->key, &scope);
    ust_text_add(out, "| ");
    add_escaped(row->key->metric, out);
    ust_text_add(out, " | ");
    add_escaped(ust_text_string(&scope), out);
    ust_text_printf(out, " | %s", ust_asked_shown(row->a, unit, value));
    ust_text_printf(out, " | %s | ", ust_asked_shown(row->b, unit, value));
    value_in(change->value, unit, true, out);
    ust_text_printf(out, " (%s", ust_results_change(change->low, unit, value));
    ust_text_printf(out, " – %s) | ", ust_results_change(change->high, unit, value));
    add_relative(change->value, row->a, out);
    ust_text_printf(out, " | %.3g | %s |\n", row->adjusted, ust_change_names[row->outcome]);
    ust_text_free(&scope);
}

void ust_compare_markdown(const struct ust_compare *compare, struct ust_arena *arena,
                          struct ust_text *out)
{
    const struct ust_compare_row **order = ust_compare_order(compare, arena);
    if (compare->count[UST_CHANGE_WORSE] + compare->count[UST_CHANGE_BETTER] > 0)
        ust_text_add(out, "| metric | of | A | B | B - A | relative | p (Holm) | |\n"
                          "|---|---|---:|---:|---:|---:|---:|---|\n");
    for (uint32_t i = 0; i < compare->own_n; i++)
        if (order[i]->outcome < UST_CHANGE_UNDECIDED)
            add_markdown_row(order[i], out);
    ust_text_add(out, "\n");
    ust_compare_summary(compare, out);
}

/* ---- JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *json_row(const struct ust_compare_row *row)
{
    const struct ust_difference *difference = &row->difference;
    json_t *object = json_object();
    json_object_set_new(object, "metric", json_string(row->key->metric));
    json_object_set_new(object, "unit", json_string(row->key->unit));
    json_object_set_new(object, "better", json_string(ust_better_names[row->key->better]));
    json_object_set_new(object, "region", text_or_null(row->key->region));
    json_object_set_new(object, "service", text_or_null(row->key->service));
    json_object_set_new(object, "persona", text_or_null(row->key->persona));
    json_object_set_new(object, "n", json_integer((json_int_t)difference->n));
    json_object_set_new(object, "a", real_or_null(row->a));
    json_object_set_new(object, "b", real_or_null(row->b));
    json_object_set_new(object, "difference", real_or_null(difference->mean.value));
    json_object_set_new(object, "low", real_or_null(difference->mean.low));
    json_object_set_new(object, "high", real_or_null(difference->mean.high));
    json_object_set_new(object, "p", real_or_null(row->p));
    json_object_set_new(object, "p_holm", real_or_null(row->adjusted));
    json_object_set_new(object, "correlation", real_or_null(difference->correlation));
    json_object_set_new(object, "variance_reduction", real_or_null(difference->factor));
    json_object_set_new(object, "same_as_persona",
                        text_or_null(row->same_as != NULL ? row->same_as->key->persona : NULL));
    json_object_set_new(object, "detectable", real_or_null(row->detectable));
    json_object_set_new(object, "outcome",
                        row->outcome == UST_CHANGE_UNTOLD
                            ? json_null()
                            : json_string(ust_change_names[row->outcome]));
    return object;
}

json_t *ust_compare_json(const struct ust_compare *compare)
{
    json_t *object = json_object(), *rows = json_array();
    json_object_set_new(object, "a", json_string(compare->a->path));
    json_object_set_new(object, "b", json_string(compare->b->path));
    json_object_set_new(object, "paired", json_boolean(compare->paired));
    json_object_set_new(object, "pairs",
                        compare->paired ? json_integer(compare->pairs) : json_null());
    json_object_set_new(object, "one_sided", json_boolean(compare->one_sided));
    json_object_set_new(object, "alpha", json_real(compare->alpha));
    json_object_set_new(object, "power", json_real(compare->power));
    json_object_set_new(object, "tolerance", json_real(compare->tolerance));
    json_object_set_new(object, "family", json_integer(compare->family_n));
    json_object_set_new(object, "worse", json_integer(compare->count[UST_CHANGE_WORSE]));
    json_object_set_new(object, "better", json_integer(compare->count[UST_CHANGE_BETTER]));
    json_object_set_new(object, "undecided",
                        json_integer(compare->count[UST_CHANGE_UNDECIDED]));
    json_object_set_new(object, "same", json_integer(compare->count[UST_CHANGE_SAME]));
    for (uint32_t i = 0; i < compare->rows_n; i++)
        json_array_append_new(rows, json_row(&compare->rows[i]));
    json_object_set_new(object, "rows", rows);
    return object;
}
