/* What a study of sensitivity says: a table for each answer, and JSON. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/sensitivity.h"
#include "analysis/study/table.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

#define BAR 16

/* A bar in eighths of a character. */
static void add_bar(double share, struct ust_text *out)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = isnan(share) ? 0 : (int)lround(fmin(1.0, share) * BAR * 8);
    for (int i = 0; i < eighths / 8; i++)
        ust_text_add(out, "█");
    ust_text_add(out, parts[eighths % 8]);
}

static void add_number(const struct ust_sensitivity *it, double value, struct ust_text *out)
{
    if (it->method == UST_SCREEN_SOBOL)
        ust_text_printf(out, "%.3f", value);
    else if (it->method == UST_SCREEN_EFFECTS)
        ust_text_printf(out, "%+.4g", value);
    else
        ust_text_printf(out, "%.4g", value);
}

/* "24.6 (21.6 – 27.5) points": all three in the unit that reads best for the largest. An index
 * is a share of 1 and stays a number. */
static void add_interval(const struct ust_sensitivity *it, struct ust_interval interval,
                         const char *unit, struct ust_text *out)
{
    bool index = it->method == UST_SCREEN_SOBOL, whole = !isnan(interval.low);
    if (isnan(interval.value)) { /* shares of nothing */
        ust_text_add(out, "-");
        return;
    }
    double size = fabs(interval.value), factor = 1;
    if (whole)
        size = fmax(size, fmax(fabs(interval.low), fabs(interval.high)));
    if (!index && strcmp(unit, "s") == 0 && size < 1) {
        unit = "ms";
        factor = 1000;
    } else if (!index && strcmp(unit, "1") == 0) {
        unit = "%";
        factor = 100;
    }
    add_number(it, factor * interval.value, out);
    if (whole) {
        ust_text_add(out, " (");
        add_number(it, factor * interval.low, out);
        ust_text_add(out, " – ");
        add_number(it, factor * interval.high, out);
        ust_text_add(out, ")");
    }
    if (!index)
        ust_text_printf(out, " %s", unit);
}

/* No effect at all, on the same users, is no question. */
static bool unclear(const struct ust_sensitivity *it, const struct ust_sensitivity_table *table,
                    const struct ust_sensitivity_row *row)
{
    return fabs(ust_sensitivity_main(it, row)->value) > 0 &&
           !ust_sensitivity_seen(it, table, row);
}

enum { C_LABEL, C_RANGE, C_MAIN, C_SECOND, C_THIRD, C_BAR, COLUMNS };

static void add_row(const struct ust_sensitivity *it, const struct ust_sensitivity_table *table,
                    const struct ust_sensitivity_row *row, double most, struct ust_table *out)
{
    struct ust_text text = {0};
    char mean[UST_ASKED_MAX];
    const char *unit = table->answer->unit;
    const struct ust_interval *second = it->method == UST_SCREEN_MORRIS  ? &row->deviation
                                        : it->method == UST_SCREEN_SOBOL ? &row->first
                                                                         : NULL;
    ust_table_row(out);
    ust_table_cell(out, C_LABEL, "%s", row->factor->label);
    ust_table_cell(out, C_RANGE, "%s .. %s", row->factor->low, row->factor->high);
    add_interval(it, *ust_sensitivity_main(it, row), unit, &text);
    ust_table_cell(out, C_MAIN, "%s", ust_text_string(&text));
    ust_text_clear(&text);
    if (second != NULL) {
        /* Beside mu* there is no room for another interval; the report and JSON have it. */
        struct ust_interval shown = *second;
        if (it->method == UST_SCREEN_MORRIS)
            shown.low = shown.high = ust_nan();
        add_interval(it, shown, unit, &text);
    }
    ust_table_cell(out, C_SECOND, "%s", ust_text_string(&text));
    ust_text_clear(&text);
    if (it->method == UST_SCREEN_MORRIS)
        ust_table_cell(out, C_THIRD, "%s", ust_asked_shown(row->mean.value, unit, mean));
    add_bar(most > 0 ? fabs(ust_sensitivity_main(it, row)->value) / most : 0, &text);
    ust_table_cell(out, C_BAR, "%s%s", ust_text_string(&text),
                   unclear(it, table, row) ? " ?" : "");
    ust_text_free(&text);
}

static void add_table(const struct ust_sensitivity *it,
                      const struct ust_sensitivity_table *table, unsigned width,
                      struct ust_text *out)
{
    static const char *const mains[] = {"mu* over the whole range", "total index",
                                        "effect, low to high"};
    static const char *const seconds[] = {"sigma", "alone", ""};
    const struct ust_table_column columns[COLUMNS] = {
        {"parameter", 0, true},
        {"range", 2, true},
        {mains[it->method], 0, false},
        {seconds[it->method], it->method == UST_SCREEN_EFFECTS ? 5 : 3, false},
        {it->method == UST_SCREEN_MORRIS ? "mu" : "", 5, false},
        {"", 1, true}};
    char mean[UST_ASKED_MAX], deviation[UST_ASKED_MAX];
    struct ust_table rows;
    struct ust_text line = {0};
    double most = fabs(ust_sensitivity_main(it, &table->row[0])->value);
    ust_text_printf(&line, "%s: mean %s, deviation between units %s", table->answer->text,
                    ust_asked_shown(table->mean, table->answer->unit, mean),
                    ust_asked_shown(table->deviation, table->answer->unit, deviation));
    if (table->deviation == 0)
        ust_text_add(&line, "; no parameter moves it");
    else if (table->noise < 0.001)
        ust_text_add(&line, "; less than 0.1 % of its variance is chance");
    else if (!isnan(table->noise))
        ust_text_printf(&line, "; %.2g %% of its variance is chance", 100 * table->noise);
    ust_text_wrap(out, ust_text_string(&line), width > 4 ? width - 4 : width, "  ", "    ");
    ust_text_free(&line);
    ust_table_begin(&rows, columns, COLUMNS);
    for (uint32_t f = 0; f < it->factors_n; f++)
        add_row(it, table, &table->row[f], most, &rows);
    ust_table_print(&rows, width, "    ", out);
    ust_table_free(&rows);
    ust_text_add(out, "\n");
}

static void add_head(const struct ust_sensitivity *it, unsigned width, struct ust_text *page)
{
    struct ust_text line = {0}, *out = &line;
    ust_text_printf(out, "%s   sensitivity to %u parameter%s by ", it->name, it->factors_n,
                    it->factors_n == 1 ? "" : "s");
    if (it->method == UST_SCREEN_MORRIS)
        ust_text_printf(out, "elementary effects (Morris), %u trajectories", it->n);
    else if (it->method == UST_SCREEN_SOBOL)
        ust_text_printf(out, "Sobol's indices, %u base points", it->n);
    else
        ust_text_add(out, "main effects between the ends of the ranges");
    ust_text_printf(out, " · %u units · up to %u replications · seed %s", it->units,
                    it->tables_n > 0 ? it->table[0].replications : 0, it->seed);
    ust_text_add(page, "\n");
    ust_text_wrap(page, ust_text_string(&line), width, "", "  ");
    ust_text_add(page, "\n");
    ust_text_free(&line);
}

void ust_sensitivity_print(const struct ust_sensitivity *it, FILE *out)
{
    static const char *const notes[] = {
        "mu*: mean size of the effects of the whole range; sigma: their spread, large where a "
        "range bends the answer or acts together with others; mu: their mean, with its sign",
        "shares of the variance of the answer over the box: alone, and (total) together with "
        "others",
        "effect: mean change from the low end to the high end, over the ends of all others"};
    unsigned width = ust_cli_width(out, 132);
    struct ust_text text = {0}, note = {0};
    add_head(it, width, &text);
    bool unseen = false;
    for (uint32_t i = 0; i < it->tables_n; i++) {
        add_table(it, &it->table[i], width, &text);
        for (uint32_t f = 0; f < it->factors_n; f++)
            unseen = unseen || unclear(it, &it->table[i], &it->table[i].row[f]);
    }
    ust_text_printf(&note, "%s; intervals of %g %%%s", notes[it->method], 100 * it->confidence,
                    unseen ? "; ?: cannot be told from none" : "");
    ust_text_wrap(&text, ust_text_string(&note), width > 4 ? width - 2 : width, "  ", "  ");
    ust_text_printf(&text,
                    "\n  results  %s/study.db     next: understudy plot %s/study.db --kind "
                    "tornado\n",
                    ust_index_folder(it->index), ust_index_folder(it->index));
    fputs(ust_text_string(&text), out);
    ust_text_free(&note);
    ust_text_free(&text);
}

/* ---- for programs ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void set_interval(json_t *object, const char *name, struct ust_interval interval)
{
    if (!isnan(interval.value))
        json_object_set_new(object, name,
                            json_pack("{s:f,s:o,s:o}", "value", interval.value, "low",
                                      real_or_null(interval.low), "high",
                                      real_or_null(interval.high)));
}

static json_t *row_json(const struct ust_sensitivity *it,
                        const struct ust_sensitivity_table *table,
                        const struct ust_sensitivity_row *row)
{
    json_t *object =
        json_pack("{s:s,s:s,s:s,s:b}", "path", row->factor->path, "low", row->factor->low,
                  "high", row->factor->high, "seen", ust_sensitivity_seen(it, table, row));
    set_interval(object, "effect", row->effect);
    set_interval(object, "mu_star", row->star);
    set_interval(object, "mu", row->mean);
    set_interval(object, "sigma", row->deviation);
    set_interval(object, "first", row->first);
    set_interval(object, "total", row->total);
    return object;
}

enum ust_status ust_sensitivity_json(const struct ust_sensitivity *it, FILE *out)
{
    json_t *answers = json_array();
    for (uint32_t i = 0; i < it->tables_n; i++) {
        const struct ust_sensitivity_table *table = &it->table[i];
        json_t *rows = json_array();
        for (uint32_t f = 0; f < it->factors_n; f++)
            json_array_append_new(rows, row_json(it, table, &table->row[f]));
        json_array_append_new(answers,
                              json_pack("{s:s,s:s,s:s,s:I,s:f,s:f,s:o,s:o}", "answer",
                                        table->answer->text, "unit", table->answer->unit,
                                        "better", ust_better_names[table->answer->better],
                                        "replications", (json_int_t)table->replications, "mean",
                                        table->mean, "deviation", table->deviation, "noise",
                                        real_or_null(table->noise), "parameters", rows));
    }
    json_t *root =
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:f,s:s,s:o}", "name", it->name, "seed", it->seed,
                  "method", ust_screen_methods[it->method], "n", (json_int_t)it->n, "units",
                  (json_int_t)it->units, "confidence", it->confidence, "results",
                  ust_index_folder(it->index), "answers", answers);
    return ust_output_json(out, root, 15);
}
