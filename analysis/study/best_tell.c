/* What the choice of the best unit says. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/best.h"
#include "analysis/study/table.h"
#include "models/world/replications.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

enum ust_status ust_best_zone(const struct ust_asked *asked, const char *text, double *out)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_text yaml = {0};
    ust_text_printf(&yaml, "indifference: %s\n", text);
    const struct ust_node *root =
        ust_spec_read_text(&spec, "--indifference", ust_text_string(&yaml), yaml.length);
    const struct ust_node *node = root == NULL ? NULL : ust_node_get(root, "indifference");
    *out = 0.0;
    if (node != NULL)
        ust_until_quantity(&spec, node, "indifference", asked->unit, UST_FIELD_LOW_OPEN, out);
    enum ust_status status =
        node == NULL || ust_diag_errors(spec.diag) > 0 || !(*out > 0.0) ? UST_INVALID : UST_OK;
    ust_diag_print(spec.diag, stderr, NULL);
    ust_text_free(&yaml);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

/* The best of what may be it first, then by the mean. */
static bool before(const struct ust_best *best, const struct ust_best_unit *a,
                   const struct ust_best_unit *b)
{
    bool left_a = a->out == 0, left_b = b->out == 0;
    if (left_a != left_b)
        return left_a;
    if (a->mean < b->mean || a->mean > b->mean)
        return (a->mean < b->mean) == (best->asked->better == UST_LOWER);
    return a->number < b->number;
}

static const struct ust_best_unit **in_order(const struct ust_best *best)
{
    const struct ust_best_unit **order =
        ust_arena_alloc(best->arena, const struct ust_best_unit *, best->n);
    for (uint32_t u = 0; u < best->n; u++) {
        uint32_t at = u;
        while (at > 0 && before(best, &best->unit[u], order[at - 1])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = &best->unit[u];
    }
    return order;
}

static bool possible(const struct ust_best *best, const struct ust_best_unit *unit)
{
    return best->sequential ? unit->out == 0
                            : unit->ahead.high > 0.0 || !(unit->ahead.low < 0.0);
}

enum { B_NUMBER, B_UNIT, B_MEAN, B_N, B_AHEAD, B_BOUNDS, B_SAID, COLUMNS };

static void add_row(const struct ust_best *best, const struct ust_best_unit *unit,
                    struct ust_table *table)
{
    char a[UST_ASKED_MAX], b[UST_ASKED_MAX];
    const char *of = best->asked->unit;
    ust_table_row(table);
    ust_table_cell(table, B_NUMBER, "%u", unit->number);
    ust_table_cell(table, B_UNIT, "%s", unit->name);
    ust_table_cell(table, B_MEAN, "%s", ust_asked_shown(unit->mean, of, a));
    ust_table_cell(table, B_N, "%u", unit->replications);
    if (!best->sequential) {
        ust_table_cell(table, B_AHEAD, "%s%s", unit->ahead.value > 0 ? "+" : "",
                       ust_asked_shown(unit->ahead.value, of, a));
        ust_table_cell(table, B_BOUNDS, "%s .. %s", ust_asked_shown(unit->ahead.low, of, a),
                       ust_asked_shown(unit->ahead.high, of, b));
    }
    if (!possible(best, unit) && best->sequential)
        ust_table_cell(table, B_SAID, "out after %u", unit->out);
    else
        ust_table_cell(table, B_SAID, "%s",
                       !possible(best, unit) ? "is not"
                       : best->left == 1     ? "the best"
                                             : "may be the best");
}

/* "unit 7 (dns.ttl=10 s) is the best in cost: probability >= 95 %, where ..." */
static void add_statement(const struct ust_best *best, struct ust_text *out)
{
    const struct ust_best_unit *pick = &best->unit[best->best];
    char zone[UST_ASKED_MAX];
    double percent = 100.0 * best->confidence;
    ust_text_printf(out, "unit %u (%s) ", pick->number, pick->name);
    if (best->sequential && best->left == 1)
        ust_text_printf(out,
                        "is the best in %s with probability >= %g %%, where it leads by %s or "
                        "more (Kim and Nelson; %u rounds)",
                        best->asked->text, percent,
                        ust_asked_shown(best->zone, best->asked->unit, zone), best->rounds);
    else if (best->sequential)
        ust_text_printf(
            out,
            "has the best %s so far, but %u units are left after %u rounds: nothing "
            "is decided at %g %%; --most for more, or a larger --indifference",
            best->asked->text, best->left, best->rounds, percent);
    else if (best->left == 1)
        ust_text_printf(out,
                        "is the best in %s: no other one can be, all intervals together %g %%",
                        best->asked->text, percent);
    else
        ust_text_printf(out,
                        "has the best %s, but %u units may be the best, all intervals together "
                        "%g %%; more replications tell more of them apart",
                        best->asked->text, best->left, percent);
}

void ust_best_print(const struct ust_best *best, FILE *out)
{
    const struct ust_table_column columns[COLUMNS] = {
        {"", 0, false},
        {"unit", 0, true},
        {best->asked->text, 0, false},
        {"replications", 3, false},
        {best->sequential ? "" : "ahead", 2, false},
        {best->sequential ? "" : "of the best of the others", 1, false},
        {"", 0, true}};
    unsigned width = ust_cli_width(out, 132);
    const struct ust_best_unit **order = in_order(best);
    struct ust_table table;
    struct ust_text text = {0}, line = {0};
    uint64_t spent = 0;
    ust_table_begin(&table, columns, COLUMNS);
    for (uint32_t u = 0; u < best->n; u++) {
        add_row(best, order[u], &table);
        spent += order[u]->replications;
    }
    ust_text_printf(&line,
                    "%s   the best of %u units in %s (%s is better) · %llu replications · "
                    "seed %s",
                    best->name, best->n, best->asked->text,
                    ust_better_names[best->asked->better], (unsigned long long)spent,
                    best->seed);
    ust_text_add(&text, "\n");
    ust_text_wrap(&text, ust_text_string(&line), width, "", "  ");
    ust_text_add(&text, "\n");
    ust_table_print(&table, width, "  ", &text);
    ust_table_free(&table);
    ust_text_add(&text, "\n");
    ust_text_clear(&line);
    add_statement(best, &line);
    ust_text_wrap(&text, ust_text_string(&line), width > 4 ? width - 2 : width, "  ", "  ");
    ust_text_printf(&text, "\n  results  %s/study.db\n", ust_index_folder(best->index));
    fputs(ust_text_string(&text), out);
    ust_text_free(&line);
    ust_text_free(&text);
}

/* ---- for programs ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

enum ust_status ust_best_json(const struct ust_best *best, FILE *out)
{
    json_t *units = json_array();
    for (uint32_t u = 0; u < best->n; u++) {
        const struct ust_best_unit *unit = &best->unit[u];
        json_array_append_new(
            units,
            json_pack("{s:I,s:s,s:o,s:I,s:o,s:b,s:o,s:o,s:o}", "number",
                      (json_int_t)unit->number, "unit", unit->name, "mean",
                      real_or_null(unit->mean), "replications", (json_int_t)unit->replications,
                      "out_after", unit->out > 0 ? json_integer(unit->out) : json_null(),
                      "possible", possible(best, unit), "ahead",
                      real_or_null(unit->ahead.value), "low", real_or_null(unit->ahead.low),
                      "high", real_or_null(unit->ahead.high)));
    }
    struct ust_text statement = {0};
    add_statement(best, &statement);
    json_t *root = json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:f,s:o,s:I,s:b,s:I,s:I,s:s,s:s,s:o}", "name", best->name, "seed",
        best->seed, "answer", best->asked->text, "unit", best->asked->unit, "better",
        ust_better_names[best->asked->better], "confidence", best->confidence, "indifference",
        best->sequential ? json_real(best->zone) : json_null(), "best",
        (json_int_t)best->unit[best->best].number, "decided", best->left == 1, "possible",
        (json_int_t)best->left, "rounds", (json_int_t)best->rounds, "statement",
        ust_text_string(&statement), "results", ust_index_folder(best->index), "units", units);
    ust_text_free(&statement);
    return ust_output_json(out, root, 15);
}
