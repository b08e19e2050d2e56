#include "plots/study.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "sim/cli/cli.h"

static const char *text(struct ust_plot_study *study, sqlite3_stmt *row, int column)
{
    const char *at = (const char *)sqlite3_column_text(row, column);
    return ust_arena_text(study->arena, at == NULL ? "" : at);
}

static double number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : sqlite3_column_double(row, column);
}

static enum ust_status prepare(const struct ust_plot_study *study, const char *sql,
                               sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(study->db, sql, -1, row, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_cli_refused("%s: cannot read the index: %s", study->path,
                           sqlite3_errmsg(study->db));
}

static uint32_t count(const struct ust_plot_study *study, const char *sql)
{
    sqlite3_stmt *row = NULL;
    uint32_t n = 0;
    if (sqlite3_prepare_v2(study->db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        n = (uint32_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return n;
}

bool ust_plot_is_study(const char *path)
{
    struct ust_plot_study study = {0};
    bool is = sqlite3_open_v2(path, &study.db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
              count(&study, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name "
                            "IN ('study', 'unit', 'factor', 'level')") == 4;
    sqlite3_close_v2(study.db);
    return is;
}

/* ---- reading ---- */

static enum ust_status read_study(struct ust_plot_study *study)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(study, "SELECT name, scenario_path, seed, hash FROM study", &row));
    bool any = sqlite3_step(row) == SQLITE_ROW;
    if (any) {
        study->name = text(study, row, 0);
        study->scenario = text(study, row, 1);
        study->seed = text(study, row, 2);
        study->hash = text(study, row, 3);
    }
    sqlite3_finalize(row);
    return any ? UST_OK : ust_cli_refused("%s: holds no study yet", study->path);
}

static enum ust_status read_units(struct ust_plot_study *study)
{
    sqlite3_stmt *row;
    uint32_t most = count(study, "SELECT count(*) FROM unit");
    struct ust_plot_unit *unit = ust_arena_alloc(study->arena, struct ust_plot_unit, most + 1);
    UST_TRY(prepare(study,
                    "SELECT number, unit, file, verdict, readiness, low, high, p_ready FROM "
                    "result_by_name ORDER BY number",
                    &row));
    while (study->units_n < most && sqlite3_step(row) == SQLITE_ROW)
        unit[study->units_n++] =
            (struct ust_plot_unit){.number = (uint32_t)sqlite3_column_int64(row, 0),
                                   .name = text(study, row, 1),
                                   .file = text(study, row, 2),
                                   .verdict = text(study, row, 3),
                                   .readiness = number(row, 4),
                                   .low = number(row, 5),
                                   .high = number(row, 6),
                                   .p_ready = number(row, 7)};
    sqlite3_finalize(row);
    study->units = unit;
    return UST_OK;
}

static struct ust_plot_bounds *measure(struct ust_plot_effect *effect, const char *name)
{
    return strcmp(name, "effect") == 0    ? &effect->effect
           : strcmp(name, "mu_star") == 0 ? &effect->star
           : strcmp(name, "mu") == 0      ? &effect->mean
           : strcmp(name, "sigma") == 0   ? &effect->deviation
           : strcmp(name, "first") == 0   ? &effect->first
                                          : &effect->total;
}

static void sort(const struct ust_plot_study *study, struct ust_plot_effect *effect, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        struct ust_plot_effect moving = effect[i];
        uint32_t at = i;
        while (at > 0 && fabs(ust_plot_main(study, &moving).value) >
                             fabs(ust_plot_main(study, &effect[at - 1]).value)) {
            effect[at] = effect[at - 1];
            at--;
        }
        effect[at] = moving;
    }
}

static enum ust_status read_effects(struct ust_plot_study *study,
                                    struct ust_plot_answer *answer, uint32_t ranges)
{
    const struct ust_plot_bounds none = {(double)NAN, (double)NAN, (double)NAN};
    sqlite3_stmt *row;
    struct ust_plot_effect *effect =
        ust_arena_alloc(study->arena, struct ust_plot_effect, ranges + 1);
    uint32_t n = 0;
    UST_TRY(
        prepare(study,
                "SELECT s.label, s.path, s.from_value, s.to_value, s.measure, s.value, s.low,"
                " s.high FROM sensitivity s JOIN factor f ON f.path = s.path WHERE s.answer = "
                "?1 ORDER BY f.id",
                &row));
    sqlite3_bind_text(row, 1, answer->name, -1, SQLITE_STATIC);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *path = text(study, row, 1);
        if (n == 0 || strcmp(effect[n - 1].path, path) != 0) {
            if (n == ranges)
                break;
            effect[n++] = (struct ust_plot_effect){text(study, row, 0),
                                                   path,
                                                   text(study, row, 2),
                                                   text(study, row, 3),
                                                   none,
                                                   none,
                                                   none,
                                                   none,
                                                   none,
                                                   none};
        }
        *measure(&effect[n - 1], (const char *)sqlite3_column_text(row, 4)) =
            (struct ust_plot_bounds){number(row, 5), number(row, 6), number(row, 7)};
    }
    sqlite3_finalize(row);
    sort(study, effect, n);
    answer->effects = effect;
    answer->effects_n = n;
    return UST_OK;
}

static enum ust_status read_answers(struct ust_plot_study *study)
{
    sqlite3_stmt *row;
    uint32_t most = count(study, "SELECT count(*) FROM sensitivity_answer");
    uint32_t ranges = count(study, "SELECT count(*) FROM sensitivity_range");
    struct ust_plot_answer *answer =
        ust_arena_alloc(study->arena, struct ust_plot_answer, most + 1);
    if (most == 0)
        return UST_OK;
    UST_TRY(prepare(study, "SELECT method, n FROM sensitivity_plan", &row));
    if (sqlite3_step(row) == SQLITE_ROW) {
        study->method = text(study, row, 0);
        study->n = (uint32_t)sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    UST_TRY(prepare(study,
                    "SELECT answer, unit_of, better, replications, mean, deviation, noise, "
                    "confidence FROM sensitivity_answer ORDER BY answer <> 'readiness', answer",
                    &row));
    while (study->answers_n < most && sqlite3_step(row) == SQLITE_ROW)
        answer[study->answers_n++] =
            (struct ust_plot_answer){.name = text(study, row, 0),
                                     .unit = text(study, row, 1),
                                     .better = text(study, row, 2),
                                     .replications = (uint32_t)sqlite3_column_int64(row, 3),
                                     .mean = number(row, 4),
                                     .deviation = number(row, 5),
                                     .noise = number(row, 6),
                                     .confidence = number(row, 7)};
    sqlite3_finalize(row);
    for (uint32_t i = 0; i < study->answers_n; i++)
        UST_TRY(read_effects(study, &answer[i], ranges));
    study->answers = answer;
    return UST_OK;
}

static enum ust_status read_rivals(struct ust_plot_study *study,
                                   struct ust_plot_selection *selection)
{
    sqlite3_stmt *row;
    struct ust_plot_rival *rival =
        ust_arena_alloc(study->arena, struct ust_plot_rival, study->units_n + 1);
    UST_TRY(
        prepare(study,
                "SELECT number, unit, ahead, low, high FROM selection_by_name WHERE answer = ?1"
                " ORDER BY ahead DESC, number",
                &row));
    sqlite3_bind_text(row, 1, selection->name, -1, SQLITE_STATIC);
    while (selection->rivals_n < study->units_n && sqlite3_step(row) == SQLITE_ROW)
        rival[selection->rivals_n++] =
            (struct ust_plot_rival){(uint32_t)sqlite3_column_int64(row, 0),
                                    text(study, row, 1),
                                    {number(row, 2), number(row, 3), number(row, 4)}};
    sqlite3_finalize(row);
    selection->rivals = rival;
    return UST_OK;
}

static enum ust_status read_selections(struct ust_plot_study *study)
{
    sqlite3_stmt *row;
    uint32_t most = count(study, "SELECT count(*) FROM selection WHERE method = 'mcb'");
    struct ust_plot_selection *selection =
        ust_arena_alloc(study->arena, struct ust_plot_selection, most + 1);
    if (most == 0)
        return UST_OK;
    UST_TRY(prepare(study,
                    "SELECT answer, unit_of, confidence, rounds FROM selection WHERE method = "
                    "'mcb' ORDER BY answer",
                    &row));
    while (study->selections_n < most && sqlite3_step(row) == SQLITE_ROW)
        selection[study->selections_n++] =
            (struct ust_plot_selection){.name = text(study, row, 0),
                                        .unit = text(study, row, 1),
                                        .confidence = number(row, 2),
                                        .replications = (uint32_t)sqlite3_column_int64(row, 3)};
    sqlite3_finalize(row);
    for (uint32_t i = 0; i < study->selections_n; i++)
        UST_TRY(read_rivals(study, &selection[i]));
    study->selections = selection;
    return UST_OK;
}

enum ust_status ust_plot_study_open(const char *path, struct ust_plot_study *study)
{
    *study = (struct ust_plot_study){.arena = ust_arena_new(), .path = path};
    enum ust_status status = UST_OK;
    if (sqlite3_open_v2(path, &study->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        status = ust_cli_refused("cannot open '%s': %s", path, sqlite3_errmsg(study->db));
    if (status == UST_OK)
        status = read_study(study);
    if (status == UST_OK)
        status = read_units(study);
    if (status == UST_OK)
        status = read_answers(study);
    if (status == UST_OK)
        status = read_selections(study);
    if (status != UST_OK)
        ust_plot_study_close(study);
    return status;
}

void ust_plot_study_close(struct ust_plot_study *study)
{
    sqlite3_close_v2(study->db);
    ust_arena_free(study->arena);
}

/* ---- what is drawn ---- */

struct ust_plot_bounds ust_plot_main(const struct ust_plot_study *study,
                                     const struct ust_plot_effect *effect)
{
    return ust_text_equal(study->method, "effects")  ? effect->effect
           : ust_text_equal(study->method, "morris") ? effect->star
                                                     : effect->total;
}

void ust_plot_scale(const char *unit, double largest, double *factor, const char **shown)
{
    bool share = strcmp(unit, "1") == 0, milli = strcmp(unit, "s") == 0 && largest < 1.0;
    *factor = share ? 100.0 : milli ? 1000.0 : 1.0;
    *shown = share ? "%" : milli ? "ms" : unit;
}

enum ust_status ust_plot_study_nothing(const struct ust_plot_study *study, const char *why)
{
    return ust_cli_refused("'%s' %s", study->path, why);
}
