/* The rows for people on a terminal, and for programs. */
#include <jansson.h>
#include <math.h>

#include "analysis/study/table.h"
#include "analysis/verify/verify.h"

enum { C_LAW, C_PARAMETERS, C_QUANTITY, C_REFERENCE, C_ESTIMATE, C_INTERVAL, C_P, C_VERDICT };

static const struct ust_table_column columns[] = {
    {"law", 0, true},        {"with", 4, true},      {"quantity", 1, true},
    {"reference", 0, false}, {"estimate", 0, false}, {"95 % interval", 3, false},
    {"p", 5, false},         {"", 0, true}};

static void add_numbers(const struct ust_verify_row *row, struct ust_table *table)
{
    struct ust_interval e = row->estimate;
    if (row->kind == UST_VERIFY_SHARE) {
        if (row->most >= 1.0)
            ust_table_cell(table, C_REFERENCE, "≥ %g %%", 100 * row->least);
        else if (row->least <= 0.0)
            ust_table_cell(table, C_REFERENCE, "≤ %g %%", 100 * row->most);
        else
            ust_table_cell(table, C_REFERENCE, "%g – %g %%", 100 * row->least, 100 * row->most);
        ust_table_cell(table, C_ESTIMATE, "%.1f %%", 100 * e.value);
        ust_table_cell(table, C_INTERVAL, "%.1f – %.1f", 100 * e.low, 100 * e.high);
    } else {
        ust_table_cell(table, C_REFERENCE, "%.5g", row->reference);
        ust_table_cell(table, C_ESTIMATE, "%.5g", e.value);
        if (row->kind == UST_VERIFY_LAW)
            ust_table_cell(table, C_INTERVAL, "%.5g – %.5g", e.low, e.high);
    }
    if (!isnan(row->p))
        ust_table_cell(table, C_P, "%.2g", row->p);
    ust_table_cell(table, C_VERDICT, "%s", row->passed ? "ok" : "FAILED");
}

void ust_verify_print(const struct ust_verify *verify, FILE *out)
{
    struct ust_table table;
    struct ust_text text = {0};
    unsigned width = ust_cli_width(out, 150);
    ust_table_begin(&table, columns, sizeof columns / sizeof columns[0]);
    for (uint32_t i = 0; i < verify->n; i++) {
        const struct ust_verify_row *row = &verify->rows[i];
        const struct ust_verify_row *before = i > 0 ? &verify->rows[i - 1] : NULL;
        bool again = before != NULL && ust_text_equal(before->law, row->law) &&
                     ust_text_equal(before->parameters, row->parameters);
        ust_table_row(&table);
        ust_table_cell(&table, C_LAW, "%s", again ? "" : row->law);
        ust_table_cell(&table, C_PARAMETERS, "%s", again ? "" : row->parameters);
        ust_table_cell(&table, C_QUANTITY, "%s", row->quantity);
        add_numbers(row, &table);
    }
    ust_text_add(&text, "\n");
    ust_table_print(&table, width, "  ", &text);
    ust_table_free(&table);
    ust_text_printf(&text,
                    "\n  %u rows, %u failed; %.1f %% of the laws lie in their 95 %% "
                    "intervals\n",
                    verify->n, verify->failed, 100 * ust_verify_covered(verify, 0.95));
    ust_text_wrap(
        &text,
        "tests are one family (Holm): a correct program fails in any row with a probability "
        "of 1 % at most, whatever the seed",
        width, "  ", "  ");
    fputs(ust_text_string(&text), out);
    ust_text_free(&text);
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_json(const struct ust_verify_row *row)
{
    static const char *const kinds[] = {"law", "exact", "share"};
    bool share = row->kind == UST_VERIFY_SHARE;
    return json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:f,s:o,s:o,s:o,s:o,s:I,s:b}", "section",
        row->section, "kind", kinds[row->kind], "law", row->law, "source", row->source,
        "parameters", row->parameters, "quantity", row->quantity, "reference",
        real_or_null(row->reference), "least", share ? json_real(row->least) : json_null(),
        "most", share ? json_real(row->most) : json_null(), "estimate", row->estimate.value,
        "low", real_or_null(row->estimate.low), "high", real_or_null(row->estimate.high), "p",
        real_or_null(row->p), "adjusted", real_or_null(row->adjusted), "n", (json_int_t)row->n,
        "passed", row->passed);
}

json_t *ust_verify_json(const struct ust_verify *verify)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < verify->n; i++)
        json_array_append_new(rows, row_json(&verify->rows[i]));
    return json_pack("{s:s,s:I,s:b,s:f,s:i,s:i,s:f,s:o}", "version", UST_VERSION, "seed",
                     (json_int_t)verify->seed, "quick", verify->less > 1, "family",
                     UST_VERIFY_FAMILY, "rows_n", (int)verify->n, "failed", (int)verify->failed,
                     "covered_95", ust_verify_covered(verify, 0.95), "rows", rows);
}
