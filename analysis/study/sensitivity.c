#include "analysis/study/sensitivity.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/spec/values.h"

static enum ust_status run_once(struct ust_index *index, sqlite3_stmt *row)
{
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_index_failed(index, "cannot write the index");
}

/* ---- the plan ---- */

static enum ust_status write_plan(struct ust_index *index, const struct ust_design *design,
                                  struct ust_spec *spec)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_execute(index,
                              "DELETE FROM sensitivity_range; DELETE FROM sensitivity_plan"));
    UST_TRY(ust_index_prepare(index, "INSERT INTO sensitivity_plan VALUES (1, ?, ?)", &row));
    sqlite3_bind_text(row, 1, ust_screen_methods[design->screen], -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, design->screen_n);
    UST_TRY(run_once(index, row));
    for (uint32_t i = 0; i < design->ranges_n; i++) {
        const struct ust_design_range *range = &design->range[i];
        const char *low = ust_design_at(spec, range, 0.0)->text;
        const char *high = ust_design_at(spec, range, 1.0)->text;
        UST_TRY(ust_index_prepare(
            index,
            "INSERT INTO sensitivity_range SELECT id, ?, ?, ?, ? FROM factor WHERE "
            "path = ?",
            &row));
        sqlite3_bind_text(row, 1, low, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 2, high, -1, SQLITE_STATIC);
        sqlite3_bind_double(row, 3, ust_value_number(low));
        sqlite3_bind_double(row, 4, ust_value_number(high));
        sqlite3_bind_text(row, 5, range->path, -1, SQLITE_STATIC);
        UST_TRY(run_once(index, row));
    }
    return UST_OK;
}

static enum ust_status end_transaction(struct ust_index *index, enum ust_status status)
{
    if (status == UST_OK)
        return ust_index_execute(index, "COMMIT");
    sqlite3_exec(ust_index_sqlite(index), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum ust_status ust_sensitivity_plan(struct ust_index *index, const struct ust_design *design)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    enum ust_status status = ust_index_execute(index, "BEGIN IMMEDIATE");
    if (status == UST_OK)
        status = end_transaction(index, write_plan(index, design, &spec));
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

static enum ust_status read_method(struct ust_sensitivity *it)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        it->index,
        "SELECT p.method, p.n, s.name, s.seed, s.units,"
        " (SELECT count(*) FROM sensitivity_range) FROM sensitivity_plan p, study s",
        &row));
    bool any = sqlite3_step(row) == SQLITE_ROW;
    if (any) {
        const char *method = (const char *)sqlite3_column_text(row, 0);
        while (ust_screen_methods[it->method + 1] != NULL &&
               strcmp(ust_screen_methods[it->method], method) != 0)
            it->method++;
        it->n = (uint32_t)sqlite3_column_int64(row, 1);
        it->name = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 2));
        it->seed = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 3));
        it->units = (uint32_t)sqlite3_column_int64(row, 4);
        it->factors_n = (uint32_t)sqlite3_column_int64(row, 5);
    }
    sqlite3_finalize(row);
    return any ? UST_OK
               : ust_cli_refused("%s: is the study of no sensitivity; `understudy sensitivity "
                                 "SCENARIO` makes one",
                                 ust_index_folder(it->index));
}

static enum ust_status read_factors(struct ust_sensitivity *it)
{
    sqlite3_stmt *row;
    uint32_t n = 0;
    it->factor = ust_arena_alloc(it->arena, struct ust_sensitivity_factor, it->factors_n + 1);
    UST_TRY(ust_index_prepare(
        it->index,
        "SELECT f.id, f.path, f.label, r.low, r.high, r.low_number, r.high_number "
        "FROM sensitivity_range r JOIN factor f ON f.id = r.factor ORDER BY f.id",
        &row));
    while (n < it->factors_n && sqlite3_step(row) == SQLITE_ROW)
        it->factor[n++] = (struct ust_sensitivity_factor){
            .id = (uint32_t)sqlite3_column_int64(row, 0),
            .path = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 1)),
            .label = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 2)),
            .low = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 3)),
            .high = ust_arena_text(it->arena, (const char *)sqlite3_column_text(row, 4)),
            .low_number = sqlite3_column_double(row, 5),
            .high_number = sqlite3_column_double(row, 6)};
    sqlite3_finalize(row);
    return UST_OK;
}

/* Where each unit stands in the box, from the values that it was run with: of whole numbers
 * that is where they came to lie, not where they were drawn. */
static enum ust_status read_points(const struct ust_sensitivity *it, double *x)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        it->index,
        "SELECT (l.number - r.low_number) / (r.high_number - r.low_number) FROM "
        "level l JOIN sensitivity_range r ON r.factor = l.factor ORDER BY l.unit, "
        "l.factor",
        &row));
    size_t n = 0;
    while (n < (size_t)it->units * it->factors_n && sqlite3_step(row) == SQLITE_ROW)
        x[n++] = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return n == (size_t)it->units * it->factors_n
               ? UST_OK
               : ust_cli_refused("%s: the points of the study are not whole",
                                 ust_index_folder(it->index));
}

/* ---- the answers ---- */

static struct ust_interval unknown(void)
{
    return (struct ust_interval){ust_nan(), ust_nan(), ust_nan()};
}

static void measure(const struct ust_sensitivity *it, const struct ust_answers *answers,
                    struct ust_sensitivity_row *row)
{
    uint32_t k = it->factors_n;
    struct ust_interval *effect = ust_arena_alloc(it->arena, struct ust_interval, k);
    struct ust_morris *morris = ust_arena_alloc(it->arena, struct ust_morris, k);
    struct ust_sobol *sobol = ust_arena_alloc(it->arena, struct ust_sobol, k);
    /* The bootstrap's draws are a matter of the study, not of who asks or when. */
    struct ust_rng rng =
        ust_rng_derive(strtoull(it->seed, NULL, 10), 0, "sensitivity/bootstrap");
    if (it->method == UST_SCREEN_EFFECTS)
        ust_sensitivity_effects(answers, effect);
    else if (it->method == UST_SCREEN_MORRIS)
        ust_sensitivity_morris(answers, &rng, morris);
    else
        ust_sensitivity_sobol(answers, &rng, sobol);
    for (uint32_t f = 0; f < k; f++) {
        row[f] = (struct ust_sensitivity_row){&it->factor[f], unknown(), unknown(), unknown(),
                                              unknown(),      unknown(), unknown()};
        if (it->method == UST_SCREEN_EFFECTS) {
            row[f].effect = effect[f];
        } else if (it->method == UST_SCREEN_MORRIS) {
            row[f].star = morris[f].star;
            row[f].mean = morris[f].mean;
            row[f].deviation = morris[f].deviation;
        } else {
            row[f].first = sobol[f].first;
            row[f].total = sobol[f].total;
        }
    }
}

const struct ust_interval *ust_sensitivity_main(const struct ust_sensitivity *it,
                                                const struct ust_sensitivity_row *row)
{
    return it->method == UST_SCREEN_EFFECTS  ? &row->effect
           : it->method == UST_SCREEN_MORRIS ? &row->star
                                             : &row->total;
}

/* mu* where there is nothing but noise, all of it alike: an elementary effect then is normal
 * with two points' errors over a step of two thirds, and mu* the mean of n sizes of such. */
static double star_of_noise(const struct ust_sensitivity *it,
                            const struct ust_sensitivity_table *table)
{
    double pi = acos(-1.0), step = 2.0 / 3.0;
    double error = table->deviation * sqrt(2.0 * table->noise) / step;
    double z = gsl_cdf_ugaussian_Pinv(0.5 + it->confidence / 2.0);
    return error * (sqrt(2.0 / pi) + z * sqrt((1.0 - 2.0 / pi) / it->n));
}

bool ust_sensitivity_seen(const struct ust_sensitivity *it,
                          const struct ust_sensitivity_table *table,
                          const struct ust_sensitivity_row *row)
{
    const struct ust_interval *main = ust_sensitivity_main(it, row);
    bool noise = !isnan(table->noise);
    if (it->method == UST_SCREEN_EFFECTS)
        return main->low > 0.0 || main->high < 0.0;
    if (it->method == UST_SCREEN_SOBOL)
        return main->low > (noise ? table->noise : 0.0);
    return main->value > (noise ? star_of_noise(it, table) : 0.0);
}

/* Larger first; those of no size (nothing varies) last, in the order of the ranges. */
static void sort_rows(const struct ust_sensitivity *it, struct ust_sensitivity_row *row)
{
    for (uint32_t i = 1; i < it->factors_n; i++) {
        struct ust_sensitivity_row moving = row[i];
        double size = fabs(ust_sensitivity_main(it, &moving)->value);
        uint32_t at = i;
        while (at > 0 && size > fabs(ust_sensitivity_main(it, &row[at - 1])->value)) {
            row[at] = row[at - 1];
            at--;
        }
        row[at] = moving;
    }
}

static enum ust_status make_table(const struct ust_sensitivity *it,
                                  const struct ust_asked *answer, struct ust_values *values,
                                  const double *x, struct ust_sensitivity_table *table)
{
    if (ust_values_complete(values) == 0)
        return ust_cli_refused("%s: there is no replication in which every unit has a value of "
                               "'%s'; ask for another metric with --kpi, or give it longer",
                               ust_index_folder(it->index), answer->text);
    const struct ust_answers answers = {.points = it->units,
                                        .factors = it->factors_n,
                                        .replications = values->replications,
                                        .x = x,
                                        .y = values->y,
                                        .confidence = it->confidence};
    *table = (struct ust_sensitivity_table){
        .answer = answer,
        .replications = values->replications,
        .noise = ust_sensitivity_noise(&answers),
        .row = ust_arena_alloc(it->arena, struct ust_sensitivity_row, it->factors_n)};
    double *mean = ust_arena_alloc(it->arena, double, it->units);
    for (uint32_t u = 0; u < it->units; u++)
        mean[u] =
            ust_stats_mean(&values->y[(size_t)u * values->replications], values->replications);
    table->mean = ust_stats_mean(mean, it->units);
    table->deviation = sqrt(ust_stats_variance(mean, it->units));
    measure(it, &answers, table->row);
    sort_rows(it, table->row);
    return UST_OK;
}

/* ---- into the index ---- */

static enum ust_status write_index(const struct ust_sensitivity *it, const char *answer,
                                   uint32_t factor, const char *measure,
                                   const struct ust_interval *value)
{
    sqlite3_stmt *row;
    if (isnan(value->value))
        return UST_OK;
    UST_TRY(ust_index_prepare(it->index,
                              "INSERT INTO sensitivity_index VALUES (?, ?, ?, ?, ?, ?)", &row));
    sqlite3_bind_text(row, 1, answer, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, factor);
    sqlite3_bind_text(row, 3, measure, -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 4, value->value); /* NAN becomes NULL */
    sqlite3_bind_double(row, 5, value->low);
    sqlite3_bind_double(row, 6, value->high);
    return run_once(it->index, row);
}

static enum ust_status write_table(const struct ust_sensitivity *it,
                                   const struct ust_sensitivity_table *table)
{
    const struct ust_asked *answer = table->answer;
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        it->index, "INSERT INTO sensitivity_answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &row));
    sqlite3_bind_text(row, 1, answer->text, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, answer->unit, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, ust_better_names[answer->better], -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 4, table->replications);
    sqlite3_bind_double(row, 5, table->mean);
    sqlite3_bind_double(row, 6, table->deviation);
    sqlite3_bind_double(row, 7, table->noise);
    sqlite3_bind_double(row, 8, it->confidence);
    UST_TRY(run_once(it->index, row));
    for (uint32_t f = 0; f < it->factors_n; f++) {
        const struct ust_sensitivity_row *of = &table->row[f];
        uint32_t id = of->factor->id;
        UST_TRY(write_index(it, answer->text, id, "effect", &of->effect));
        UST_TRY(write_index(it, answer->text, id, "mu_star", &of->star));
        UST_TRY(write_index(it, answer->text, id, "mu", &of->mean));
        UST_TRY(write_index(it, answer->text, id, "sigma", &of->deviation));
        UST_TRY(write_index(it, answer->text, id, "first", &of->first));
        UST_TRY(write_index(it, answer->text, id, "total", &of->total));
    }
    return UST_OK;
}

static enum ust_status write_tables(const struct ust_sensitivity *it)
{
    UST_TRY(ust_index_execute(it->index, "BEGIN IMMEDIATE"));
    enum ust_status status = ust_index_execute(
        it->index, "DELETE FROM sensitivity_index; DELETE FROM sensitivity_answer");
    for (uint32_t i = 0; status == UST_OK && i < it->tables_n; i++)
        status = write_table(it, &it->table[i]);
    return end_transaction(it->index, status);
}

enum ust_status ust_sensitivity_make(struct ust_sensitivity *it, const struct ust_asked *answer,
                                     uint32_t n)
{
    UST_TRY(read_method(it));
    UST_TRY(read_factors(it));
    double *x = ust_arena_alloc(it->arena, double, (size_t)it->units * it->factors_n + 1);
    struct ust_values *values = ust_arena_alloc(it->arena, struct ust_values, n);
    UST_TRY(read_points(it, x));
    UST_TRY(ust_values_read(it->index, answer, n, it->arena, values));
    it->table = ust_arena_alloc(it->arena, struct ust_sensitivity_table, n);
    for (uint32_t i = 0; i < n; i++)
        UST_TRY(make_table(it, &answer[i], &values[i], x, &it->table[it->tables_n++]));
    return write_tables(it);
}
