#include "analysis/study/best.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/select.h"
#include "analysis/study/sweep.h"

static enum ust_status read_units(struct ust_best *best)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        best->index,
        "SELECT u.id, u.name, s.units, s.name, s.seed FROM unit u, study s ORDER BY "
        "u.id",
        &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (best->n == 0) {
            best->unit = ust_arena_alloc(best->arena, struct ust_best_unit,
                                         (size_t)sqlite3_column_int64(row, 2));
            best->name = ust_arena_text(best->arena, (const char *)sqlite3_column_text(row, 3));
            best->seed = ust_arena_text(best->arena, (const char *)sqlite3_column_text(row, 4));
        }
        best->unit[best->n++] = (struct ust_best_unit){
            .number = (uint32_t)sqlite3_column_int64(row, 0),
            .name = ust_arena_text(best->arena, (const char *)sqlite3_column_text(row, 1)),
            .ahead = {ust_nan(), ust_nan(), ust_nan()}};
    }
    sqlite3_finalize(row);
    return best->n >= 2 ? UST_OK
                        : ust_cli_refused("%s: has one unit, so there is nothing to choose",
                                          ust_index_folder(best->index));
}

static bool least(const struct ust_best *best)
{
    return best->asked->better == UST_LOWER;
}

/* Each unit's mean of what counted. */
static void measure(struct ust_best *best, const struct ust_values *values)
{
    for (uint32_t u = 0; u < best->n; u++)
        best->unit[u].mean = ust_stats_mean(&values->y[(size_t)u * values->replications],
                                            best->unit[u].replications);
}

/* ---- into the index ---- */

static enum ust_status write_units(const struct ust_best *best)
{
    for (uint32_t u = 0; u < best->n; u++) {
        const struct ust_best_unit *unit = &best->unit[u];
        sqlite3_stmt *row;
        UST_TRY(ust_index_prepare(
            best->index, "INSERT INTO selection_unit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &row));
        sqlite3_bind_text(row, 1, best->asked->text, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 2, unit->number);
        sqlite3_bind_int64(row, 3, unit->replications);
        sqlite3_bind_double(row, 4, unit->mean);
        if (unit->out > 0)
            sqlite3_bind_int64(row, 5, unit->out);
        sqlite3_bind_double(row, 6, unit->ahead.value); /* NAN becomes NULL */
        sqlite3_bind_double(row, 7, unit->ahead.low);
        sqlite3_bind_double(row, 8, unit->ahead.high);
        int code = sqlite3_step(row);
        sqlite3_finalize(row);
        if (code != SQLITE_DONE)
            return ust_index_failed(best->index, "cannot write the index");
    }
    return UST_OK;
}

static enum ust_status write_selection(const struct ust_best *best)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        best->index, "INSERT OR REPLACE INTO selection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &row));
    sqlite3_bind_text(row, 1, best->asked->text, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, best->sequential ? "kn" : "mcb", -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, best->asked->unit, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, ust_better_names[best->asked->better], -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 5, best->confidence);
    if (best->sequential)
        sqlite3_bind_double(row, 6, best->zone);
    sqlite3_bind_int64(row, 7, best->unit[best->best].number);
    sqlite3_bind_int64(row, 8, best->rounds);
    sqlite3_bind_int64(row, 9, best->left);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    if (code != SQLITE_DONE)
        return ust_index_failed(best->index, "cannot write the index");
    return write_units(best);
}

static enum ust_status keep(const struct ust_best *best)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_execute(best->index, "BEGIN IMMEDIATE"));
    enum ust_status status =
        ust_index_prepare(best->index, "DELETE FROM selection_unit WHERE answer = ?", &row);
    if (status == UST_OK) {
        sqlite3_bind_text(row, 1, best->asked->text, -1, SQLITE_STATIC);
        sqlite3_step(row);
        sqlite3_finalize(row);
        status = write_selection(best);
    }
    if (status == UST_OK)
        return ust_index_execute(best->index, "COMMIT");
    sqlite3_exec(ust_index_sqlite(best->index), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- units that have run ---- */

enum ust_status ust_best_compare(struct ust_best *best)
{
    struct ust_values values;
    UST_TRY(read_units(best));
    UST_TRY(ust_values_read(best->index, best->asked, 1, best->arena, &values));
    if (ust_values_complete(&values) < 2)
        return ust_cli_refused("%s: needs two replications or more in which every unit has a "
                               "value of '%s'",
                               ust_index_folder(best->index), best->asked->text);
    best->rounds = values.replications;
    struct ust_interval *ahead = ust_arena_alloc(best->arena, struct ust_interval, best->n);
    ust_stats_mcb(values.y, best->n, values.replications, least(best), best->confidence, ahead);
    for (uint32_t u = 0; u < best->n; u++) {
        best->unit[u].replications = values.replications;
        best->unit[u].ahead = ahead[u];
        best->left += ahead[u].high > 0.0 || !(ahead[u].low < 0.0);
        if (ahead[u].value > ahead[best->best].value)
            best->best = u;
    }
    measure(best, &values);
    return keep(best);
}

/* ---- stage by stage ---- */

struct stages {
    struct ust_best *best;
    const struct ust_best_run *run;
    struct ust_study part; /* the units that are left */
    struct ust_kn *kn;
};

static enum ust_status finish(void *context, uint32_t unit, struct ust_store *store)
{
    const struct stages *stages = context;
    return ust_sweep_judge(stages->best->index, stages->part.unit[unit].is->number, store);
}

static enum ust_status alive(void *context)
{
    const struct stages *stages = context;
    return ust_index_renew(stages->best->index);
}

/* How many replications each unit's database was made for, and has been judged of: a stage that
 * was interrupted, or an earlier sweep, may have asked for more than this stage. */
static enum ust_status read_plans(const struct ust_best *best, uint32_t *planned,
                                  uint32_t *judged)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(
        best->index,
        "SELECT u.file, ifnull(r.replications, 0) FROM unit u LEFT JOIN result r ON "
        "r.unit = u.id ORDER BY u.id",
        &row));
    for (uint32_t u = 0; u < best->n && sqlite3_step(row) == SQLITE_ROW; u++) {
        const char *path = ust_arena_printf(best->arena, "%s/%s", ust_index_folder(best->index),
                                            (const char *)sqlite3_column_text(row, 0));
        sqlite3 *db = NULL;
        sqlite3_stmt *run = NULL;
        planned[u] = 0;
        judged[u] = (uint32_t)sqlite3_column_int64(row, 1);
        if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
            sqlite3_prepare_v2(db, "SELECT replications FROM run", -1, &run, NULL) ==
                SQLITE_OK &&
            sqlite3_step(run) == SQLITE_ROW)
            planned[u] = (uint32_t)sqlite3_column_int64(run, 0);
        sqlite3_finalize(run);
        sqlite3_close_v2(db);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

/* Brings the units that are left to so many replications. */
static enum ust_status stage(struct stages *stages, uint32_t goal)
{
    struct ust_best *best = stages->best;
    const struct ust_study *study = stages->run->study;
    uint32_t *planned = ust_arena_alloc(best->arena, uint32_t, 2 * (size_t)best->n);
    uint32_t *judged = planned + best->n;
    UST_TRY(read_plans(best, planned, judged));
    stages->part = *study;
    stages->part.unit = ust_arena_alloc(best->arena, struct ust_study_unit, best->n);
    stages->part.n = 0;
    for (uint32_t u = 0; u < best->n; u++) {
        if (!ust_kn_is_left(stages->kn, u) || judged[u] >= goal)
            continue;
        struct ust_study_unit *unit = &stages->part.unit[stages->part.n++];
        *unit = study->unit[u];
        unit->replications = planned[u] > goal ? planned[u] : goal;
    }
    if (stages->part.n == 0)
        return UST_OK;
    const struct ust_batch_options batch = {.folder = stages->run->folder,
                                            .jobs = stages->run->jobs,
                                            .quiet = stages->run->quiet,
                                            .finish = finish,
                                            .alive = alive,
                                            .context = stages};
    struct ust_batch_result result;
    return ust_batch_run(&stages->part, &batch, &ust_threads, &result);
}

/* Rounds up to the goal, as if they came one by one. */
static enum ust_status decide(struct stages *stages, uint32_t goal, struct ust_values *values)
{
    struct ust_best *best = stages->best;
    double *round = ust_arena_alloc(best->arena, double, best->n);
    UST_TRY(ust_values_read(best->index, best->asked, 1, best->arena, values));
    for (uint32_t r = ust_kn_rounds(stages->kn); r < goal; r++) {
        for (uint32_t u = 0; u < best->n; u++) {
            round[u] = r < values->replications
                           ? values->y[(size_t)u * values->replications + r]
                           : ust_nan();
            if (ust_kn_is_left(stages->kn, u) && !isfinite(round[u]))
                return ust_cli_refused("%s: unit %u has no value of '%s' in replication %u, so "
                                       "it cannot be compared; ask for another metric",
                                       ust_index_folder(best->index), best->unit[u].number,
                                       best->asked->text, r + 1);
        }
        uint32_t left = ust_kn_round(stages->kn, round);
        for (uint32_t u = 0; u < best->n; u++)
            if (best->unit[u].out == 0 && !ust_kn_is_left(stages->kn, u))
                best->unit[u].out = r + 1;
        if (left == 1)
            break;
    }
    return UST_OK;
}

/* Half as many again: a stage costs reading what is stored, more of one replications in vain.
 */
static uint32_t next_goal(uint32_t goal, uint32_t most)
{
    uint32_t next = goal + (goal > 3 ? goal / 2 : 1);
    return next > most ? most : next;
}

static enum ust_status select_by_stages(struct stages *stages)
{
    struct ust_best *best = stages->best;
    struct ust_values values = {0};
    uint32_t goal = best->first_stage;
    best->left = best->n;
    for (;;) {
        UST_TRY(stage(stages, goal));
        UST_TRY(decide(stages, goal, &values));
        best->left = 0;
        for (uint32_t u = 0; u < best->n; u++)
            best->left += ust_kn_is_left(stages->kn, u);
        if (best->left == 1 || goal >= best->most)
            break;
        goal = next_goal(goal, best->most);
    }
    best->rounds = ust_kn_rounds(stages->kn);
    best->best = ust_kn_best(stages->kn);
    for (uint32_t u = 0; u < best->n; u++)
        best->unit[u].replications = best->unit[u].out > 0 ? best->unit[u].out : best->rounds;
    measure(best, &values);
    UST_TRY(ust_index_execute(
        best->index,
        "UPDATE unit SET replications = ifnull((SELECT r.replications FROM result r "
        "WHERE r.unit = unit.id), replications)"));
    UST_TRY(ust_index_finish(best->index));
    return keep(best);
}

enum ust_status ust_best_select(struct ust_best *best, const struct ust_best_run *run)
{
    const struct ust_shard whole = {0};
    best->sequential = true;
    UST_TRY(ust_index_create(run->folder, run->study, whole, run->replace, &best->index));
    UST_TRY(read_units(best));
    const struct ust_kn_plan plan = {.candidates = best->n,
                                     .first_stage = best->first_stage,
                                     .zone = best->zone,
                                     .alpha = 1.0 - best->confidence,
                                     .least = least(best)};
    struct stages stages = {.best = best, .run = run, .kn = ust_kn_new(&plan)};
    enum ust_status status = select_by_stages(&stages);
    ust_kn_free(stages.kn);
    return status;
}
