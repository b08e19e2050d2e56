#include "analysis/study/basin.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/readiness/readiness.h"
#include "analysis/stats/stats.h"
#include "sim/base/time.h"

struct ust_basin_cell *ust_basin_at(const struct ust_basin *basin, uint32_t mitigation,
                                    uint32_t load, uint32_t duration, uint32_t size)
{
    return &basin->cell[((mitigation * basin->load.n + load) * basin->duration.n + duration) *
                            basin->size.n +
                        size];
}

/* Which cell, by number along each axis. */
struct where {
    uint32_t mitigation, load, duration, size;
};

/* ---- what is kept ---- */

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot keep the cells");
}

static enum ust_status keep(struct ust_basin *basin, struct where at,
                            const struct ust_basin_cell *cell)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(basin->store,
                    "INSERT INTO basin_cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    &row));
    sqlite3_bind_text(row, 1, basin->asked, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, basin->mitigation[at.mitigation].name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 3, at.load + 1);
    sqlite3_bind_int64(row, 4, at.size + 1);
    sqlite3_bind_int64(row, 5, at.duration + 1);
    sqlite3_bind_text(row, 6, basin->load.value[at.load], -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 7, basin->size.value[at.size], -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 8, basin->duration.value[at.duration], -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 9, cell->n);
    sqlite3_bind_int64(row, 10, cell->stuck);
    const double values[] = {cell->low, cell->high, cell->good, cell->sends};
    for (int i = 0; i < 4; i++)
        sqlite3_bind_double(row, 11 + i, values[i]);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK
                               : ust_store_failed(basin->store, "cannot keep the cells");
}

static enum ust_status recall(struct ust_basin *basin, struct where at,
                              struct ust_basin_cell *cell)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(basin->store,
                    "SELECT n, stuck, low, high, good, sends FROM basin_cell WHERE asked = ?1"
                    " AND mitigation = ?2 AND load = ?3 AND size = ?4 AND duration = ?5",
                    &row));
    sqlite3_bind_text(row, 1, basin->asked, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, basin->mitigation[at.mitigation].name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 3, at.load + 1);
    sqlite3_bind_int64(row, 4, at.size + 1);
    sqlite3_bind_int64(row, 5, at.duration + 1);
    if (sqlite3_step(row) == SQLITE_ROW)
        *cell = (struct ust_basin_cell){.n = (uint32_t)sqlite3_column_int64(row, 0),
                                        .stuck = (uint32_t)sqlite3_column_int64(row, 1),
                                        .low = sqlite3_column_double(row, 2),
                                        .high = sqlite3_column_double(row, 3),
                                        .good = sqlite3_column_double(row, 4),
                                        .sends = sqlite3_column_double(row, 5),
                                        .known = true};
    sqlite3_finalize(row);
    return UST_OK;
}

/* ---- one cell ---- */

static enum ust_status too_long(double hold_s)
{
    char hold[UST_TIME_TEXT_MAX];
    fprintf(stderr,
            "understudy: the triggers have to be over %s ('readiness: hold') before the end of "
            "the run and of 'readiness: horizon', or nothing can be told: shorter triggers, or "
            "a longer run\n",
            ust_time_text(ust_time_from_seconds(hold_s), hold));
    return UST_INVALID;
}

static enum ust_status read_cell(struct ust_store *store, struct ust_basin_cell *cell)
{
    struct ust_readiness_result result;
    sqlite3_stmt *row = NULL;
    UST_TRY(ust_readiness_judge(store, &result));
    double confidence = result.settings.confidence, hold_s = result.settings.hold_s;
    bool fault = result.fault;
    ust_readiness_free(&result);
    UST_TRY(prepare(store,
                    "SELECT count(*), coalesce(sum(metastable), 0), avg(good_after / demand),"
                    " avg(sends_after) FROM stability WHERE metastable IS NOT NULL",
                    &row));
    if (sqlite3_step(row) == SQLITE_ROW) {
        cell->n = (uint32_t)sqlite3_column_int64(row, 0);
        cell->stuck = (uint32_t)sqlite3_column_int64(row, 1);
        cell->good = sqlite3_column_double(row, 2);
        cell->sends = sqlite3_column_double(row, 3);
    }
    sqlite3_finalize(row);
    if (!fault) {
        fprintf(stderr, "understudy: without a fault there is no trigger\n");
        return UST_INVALID;
    }
    if (cell->n == 0)
        return too_long(hold_s);
    struct ust_interval share = ust_stats_wilson(cell->stuck, cell->n, confidence);
    cell->low = share.low;
    cell->high = share.high;
    cell->known = true;
    return UST_OK;
}

static enum ust_status run_cell(struct ust_basin *basin, struct where at,
                                struct ust_basin_cell *cell)
{
    const struct ust_mitigation *mitigation = &basin->mitigation[at.mitigation];
    const struct ust_traffic_spec *streams = basin->scenario->traffic.at;
    struct ust_arena *arena = ust_arena_new();
    uint32_t n = 0, streams_n = basin->scenario->traffic.n;
    const char **sets = ust_arena_alloc(arena, const char *, mitigation->n + streams_n + 2);
    for (uint32_t i = 0; i < mitigation->n; i++)
        sets[n++] = mitigation->sets[i];
    double load;
    enum ust_status status =
        ust_trial_quantity("--load", basin->load.value[at.load], UST_FIELD_RATIO, &load);
    for (uint32_t i = 0; i < streams_n; i++)
        sets[n++] =
            ust_arena_printf(arena, "traffic.%u.factor=%.17g", i, streams[i].factor * load);
    sets[n++] = ust_arena_printf(arena, "%s=%s", basin->size.path, basin->size.value[at.size]);
    if (basin->duration.path != NULL)
        sets[n++] = ust_arena_printf(arena, "%s=%s", basin->duration.path,
                                     basin->duration.value[at.duration]);
    struct ust_store *store = NULL;
    if (status == UST_OK)
        status = ust_trial_run(&basin->trial, sets, n, &store);
    if (status == UST_OK) {
        status = read_cell(store, cell);
        ust_trial_done(&basin->trial, store);
    }
    ust_arena_free(arena);
    return status == UST_OK ? keep(basin, at, cell) : status;
}

/* ---- all of them ---- */

static void add_axis(struct ust_text *text, const struct ust_basin_axis *axis)
{
    ust_text_printf(text, "%s=", axis->path != NULL ? axis->path : "load");
    for (uint32_t i = 0; i < axis->n; i++)
        ust_text_printf(text, "%s%s", i > 0 ? "," : "", axis->value[i]);
    ust_text_add(text, "; ");
}

static void name_study(struct ust_basin *basin)
{
    struct ust_text asked = {0};
    add_axis(&asked, &basin->size);
    add_axis(&asked, &basin->duration);
    add_axis(&asked, &basin->load);
    for (uint32_t m = 1; m < basin->mitigations; m++)
        for (uint32_t i = 0; i < basin->mitigation[m].n; i++)
            ust_text_printf(&asked, "%s:%s; ", basin->mitigation[m].name,
                            basin->mitigation[m].sets[i]);
    ust_text_printf(&asked, "%u replications", basin->trial.replications);
    basin->asked = ust_arena_text(basin->arena, ust_text_string(&asked));
    ust_text_free(&asked);
}

static enum ust_status map_one(struct ust_basin *basin, struct where at)
{
    struct ust_basin_cell *cell =
        ust_basin_at(basin, at.mitigation, at.load, at.duration, at.size);
    UST_TRY(recall(basin, at, cell));
    if (!cell->known)
        UST_TRY(run_cell(basin, at, cell));
    return UST_OK;
}

enum ust_status ust_basin_check(const struct ust_basin *basin, const struct ust_trial *trial)
{
    const struct ust_basin_axis *axes[] = {&basin->size, &basin->duration};
    enum ust_status status = UST_OK;
    for (uint32_t a = 0; a < 2; a++)
        for (uint32_t i = 0; i < axes[a]->n && axes[a]->path != NULL; i++) {
            const char *set =
                ust_arena_printf(basin->arena, "%s=%s", axes[a]->path, axes[a]->value[i]);
            UST_TRY(ust_trial_check(trial, &set, 1));
        }
    for (uint32_t m = 1; status == UST_OK && m < basin->mitigations; m++)
        status = ust_trial_check(trial, basin->mitigation[m].sets, basin->mitigation[m].n);
    return status;
}

enum ust_status ust_basin_map(struct ust_basin *basin, bool quiet)
{
    uint32_t all = basin->mitigations * basin->load.n * basin->duration.n * basin->size.n;
    basin->cell = ust_arena_alloc(basin->arena, struct ust_basin_cell, all);
    name_study(basin);
    /* first one with the longest trigger, after which there may be no time to tell anything */
    struct where at = {.duration = basin->duration.n - 1};
    UST_TRY(map_one(basin, at));
    ust_progress_start(&basin->progress, stderr, "cells", all, quiet);
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < all && status == UST_OK; i++) {
        at.size = i % basin->size.n;
        at.duration = i / basin->size.n % basin->duration.n;
        at.load = i / basin->size.n / basin->duration.n % basin->load.n;
        at.mitigation = i / basin->size.n / basin->duration.n / basin->load.n;
        status = map_one(basin, at);
        ust_progress_step(&basin->progress, ++basin->progress.done);
    }
    ust_progress_end(&basin->progress);
    return status;
}
