#include "analysis/classify/database.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/cli/cli.h"

extern const char ust_embed_classify_sql[];

struct ust_classify_db {
    struct ust_arena *arena;
    const char *path, *temporary;
    sqlite3 *db;
    sqlite3_stmt *session, *reason, *event;
    bool kept;
};

static enum ust_status failed(struct ust_classify_db *db)
{
    return ust_cli_refused("%s: cannot write: %s", db->path, sqlite3_errmsg(db->db));
}

static enum ust_status execute(struct ust_classify_db *db, const char *sql)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? UST_OK : failed(db);
}

static enum ust_status prepare(struct ust_classify_db *db, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(db->db, sql, -1, row, NULL) == SQLITE_OK ? UST_OK : failed(db);
}

/* Runs a statement whose values are bound, and makes it ready for the next. */
static enum ust_status step(struct ust_classify_db *db, sqlite3_stmt *row)
{
    int code = sqlite3_step(row);
    sqlite3_reset(row);
    sqlite3_clear_bindings(row);
    return code == SQLITE_DONE ? UST_OK : failed(db);
}

/* May this file be replaced? Only by its like: application_id stands at byte 68. */
static bool may_replace(const char *path)
{
    unsigned char header[72];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return errno == ENOENT;
    size_t n = fread(header, 1, sizeof header, file);
    fclose(file);
    if (n == 0)
        return true;
    uint32_t id = n < sizeof header ? 0
                                    : (uint32_t)header[68] << 24 | (uint32_t)header[69] << 16 |
                                          (uint32_t)header[70] << 8 | header[71];
    return id == UST_CLASSIFY_APPLICATION_ID;
}

static enum ust_status begin(struct ust_classify_db *db)
{
    if (sqlite3_open(db->temporary, &db->db) != SQLITE_OK)
        return ust_cli_refused("cannot write '%s': %s", db->path,
                               db->db != NULL ? sqlite3_errmsg(db->db) : "out of memory");
    char identity[120];
    snprintf(identity, sizeof identity,
             "PRAGMA application_id = %d; PRAGMA user_version = %d; PRAGMA journal_mode = OFF;",
             UST_CLASSIFY_APPLICATION_ID, UST_CLASSIFY_VERSION);
    UST_TRY(execute(db, identity));
    UST_TRY(execute(db, "PRAGMA synchronous = OFF; BEGIN"));
    UST_TRY(execute(db, ust_embed_classify_sql));
    UST_TRY(prepare(db, "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    &db->session));
    UST_TRY(prepare(db, "INSERT INTO reason VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &db->reason));
    return prepare(db, "INSERT INTO event VALUES (?, ?, ?, ?)", &db->event);
}

struct ust_classify_db *ust_classify_db_open(const char *path)
{
    if (!may_replace(path)) {
        ust_cli_refused("%s: is no classification of understudy; it was left untouched", path);
        return NULL;
    }
    struct ust_arena *arena = ust_arena_new();
    struct ust_classify_db *db = ust_arena_alloc(arena, struct ust_classify_db, 1);
    db->arena = arena;
    db->path = ust_arena_text(arena, path);
    db->temporary = ust_arena_printf(arena, "%s.%ld.part", path, (long)getpid());
    unlink(db->temporary);
    if (begin(db) == UST_OK)
        return db;
    ust_classify_db_close(db);
    return NULL;
}

void ust_classify_db_close(struct ust_classify_db *db)
{
    if (db == NULL)
        return;
    sqlite3_finalize(db->session);
    sqlite3_finalize(db->reason);
    sqlite3_finalize(db->event);
    sqlite3_close_v2(db->db);
    if (!db->kept)
        unlink(db->temporary);
    ust_arena_free(db->arena);
}

/* ---- rows ---- */

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

/* NULL where nobody knows when it was. */
static void bind_instant(sqlite3_stmt *row, int column, const struct ust_reader *reader,
                         int64_t at_ns)
{
    if (ust_reader_report(reader)->untimed == 0)
        sqlite3_bind_double(row, column, seconds(at_ns));
}

static void bind_persona(sqlite3_stmt *row, int column, uint32_t persona)
{
    if (persona != UST_NOISE)
        sqlite3_bind_int64(row, column, (sqlite3_int64)persona + 1);
}

static enum ust_status add_reasons(struct ust_classify_db *db, const struct ust_judge *judge,
                                   uint64_t session, const struct ust_answer *answer)
{
    for (uint32_t i = 0; i < answer->reasons; i++) {
        const struct ust_reason *reason = &answer->reason[i];
        struct ust_text words = {0};
        ust_judge_words(judge, answer, reason, &words);
        sqlite3_bind_int64(db->reason, 1, (sqlite3_int64)session);
        sqlite3_bind_int(db->reason, 2, (int)i + 1);
        sqlite3_bind_int64(db->reason, 3, reason->feature + 1);
        sqlite3_bind_double(db->reason, 4, reason->value);
        sqlite3_bind_double(db->reason, 5, reason->low);
        sqlite3_bind_double(db->reason, 6, reason->high);
        sqlite3_bind_double(db->reason, 7, reason->expected); /* NAN becomes NULL */
        sqlite3_bind_double(db->reason, 8, reason->deviations);
        sqlite3_bind_text(db->reason, 9, ust_text_string(&words), -1, SQLITE_TRANSIENT);
        ust_text_free(&words);
        UST_TRY(step(db, db->reason));
    }
    return UST_OK;
}

enum ust_status ust_classify_db_session(struct ust_classify_db *db,
                                        const struct ust_judge *judge,
                                        const struct ust_reader *reader,
                                        const struct ust_session *session,
                                        const struct ust_answer *answer)
{
    sqlite3_stmt *row = db->session;
    sqlite3_bind_int64(row, 1, (sqlite3_int64)session->number);
    sqlite3_bind_int64(row, 2, session->input + 1);
    sqlite3_bind_int64(row, 3, (sqlite3_int64)session->line);
    bind_instant(row, 4, reader, session->first);
    sqlite3_bind_double(row, 5, seconds(session->last - session->first));
    sqlite3_bind_int64(row, 6, session->events);
    bind_persona(row, 7, answer->persona);
    bind_persona(row, 8, answer->likeliest);
    sqlite3_bind_double(row, 9, answer->probability);
    bind_persona(row, 10, answer->nearest);
    sqlite3_bind_double(row, 11, fmin(answer->distance, 1e300));
    sqlite3_bind_double(row, 12, answer->p);
    if (session->label > 0)
        sqlite3_bind_int(row, 13, session->label);
    UST_TRY(step(db, row));
    return add_reasons(db, judge, session->number, answer);
}

enum ust_status ust_classify_db_event(struct ust_classify_db *db,
                                      const struct ust_reader *reader,
                                      const struct ust_event *event, uint64_t session)
{
    sqlite3_bind_int64(db->event, 1, event->input + 1);
    sqlite3_bind_int64(db->event, 2, (sqlite3_int64)event->line);
    bind_instant(db->event, 3, reader, event->at);
    sqlite3_bind_int64(db->event, 4, (sqlite3_int64)session);
    return step(db, db->event);
}

/* ---- the rest ---- */

static enum ust_status run_once(struct ust_classify_db *db, sqlite3_stmt *row)
{
    enum ust_status status = step(db, row);
    sqlite3_finalize(row);
    return status;
}

static enum ust_status write_facts(struct ust_classify_db *db, const struct ust_classified *o)
{
    const struct ust_read_report *read = ust_reader_report(o->reader);
    const struct ust_classify_settings *settings = o->settings;
    sqlite3_stmt *row;
    UST_TRY(prepare(db,
                    "INSERT INTO classification VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                    "?, ?, ?, ?, ?, ?, ?)",
                    &row));
    sqlite3_bind_text(row, 1, o->source->path, -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 2, ust_time_seconds(o->source->model.gap));
    sqlite3_bind_double(row, 3, settings->level);
    sqlite3_bind_text(row, 4, ust_gate_names[settings->gate], -1, SQLITE_STATIC);
    if (o->mix.n > 0)
        sqlite3_bind_double(row, 5, ust_time_seconds(o->mix.width));
    sqlite3_bind_double(row, 6, settings->moved);
    sqlite3_bind_double(row, 7, settings->shifted);
    sqlite3_bind_double(row, 8, settings->significance);
    sqlite3_bind_int64(row, 9, (sqlite3_int64)read->lines);
    sqlite3_bind_int64(row, 10, (sqlite3_int64)read->events);
    sqlite3_bind_int64(row, 11, (sqlite3_int64)read->malformed);
    sqlite3_bind_int64(row, 12, (sqlite3_int64)read->bots);
    sqlite3_bind_int64(row, 13, (sqlite3_int64)read->copies);
    if (read->events > 0 && read->untimed == 0) {
        sqlite3_bind_double(row, 14, seconds(read->first));
        sqlite3_bind_double(row, 15, seconds(read->last));
    }
    sqlite3_bind_int64(row, 16, (sqlite3_int64)o->sessions.all);
    sqlite3_bind_int64(row, 17, (sqlite3_int64)o->given[o->source->model.mixture.clusters]);
    sqlite3_bind_int(row, 18, !o->stopped);
    sqlite3_bind_text(row, 19, UST_VERSION, -1, SQLITE_STATIC);
    return run_once(db, row);
}

static enum ust_status write_personas(struct ust_classify_db *db,
                                      const struct ust_classified *o)
{
    const struct ust_profile_model *model = &o->source->model;
    sqlite3_stmt *row;
    for (uint32_t c = 0; c < model->mixture.clusters; c++) {
        const struct ust_judge_gate *gate = &o->judge->gate[c];
        UST_TRY(prepare(db, "INSERT INTO persona VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, c + 1);
        sqlite3_bind_text(row, 2, model->personas[c], -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 3, (sqlite3_int64)model->sessions[c]);
        sqlite3_bind_double(row, 4, model->mixture.weights[c]);
        sqlite3_bind_double(row, 5, o->confidence[c]);
        sqlite3_bind_double(row, 6, o->age_s[c]);
        sqlite3_bind_double(row, 7, sqrt(gate->distance2));
        sqlite3_bind_text(row, 8, ust_gate_source_names[gate->source], -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 9, (sqlite3_int64)o->given[c]);
        UST_TRY(run_once(db, row));
    }
    for (uint32_t j = 0; j < model->plan.n; j++) {
        UST_TRY(prepare(db, "INSERT INTO feature VALUES (?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, j + 1);
        sqlite3_bind_text(row, 2, model->plan.column[j].name, -1, SQLITE_STATIC);
        sqlite3_bind_int(row, 3, model->plan.column[j].action);
        sqlite3_bind_int64(row, 4, (sqlite3_int64)o->judge->silent[j]);
        UST_TRY(run_once(db, row));
    }
    return UST_OK;
}

static enum ust_status write_names(struct ust_classify_db *db, const struct ust_classified *o)
{
    const struct ust_names *labels = ust_reader_labels(o->reader);
    sqlite3_stmt *row;
    for (uint32_t i = 0; i < ust_reader_inputs(o->reader); i++) {
        UST_TRY(prepare(db, "INSERT INTO input VALUES (?, ?)", &row));
        sqlite3_bind_int64(row, 1, i + 1);
        sqlite3_bind_text(row, 2, ust_reader_path(o->reader, i), -1, SQLITE_STATIC);
        UST_TRY(run_once(db, row));
    }
    for (uint32_t i = 1; i < labels->n; i++) {
        UST_TRY(prepare(db, "INSERT INTO label VALUES (?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, i);
        sqlite3_bind_text(row, 2, labels->at[i], -1, SQLITE_STATIC);
        uint32_t means = o->truth != NULL ? ust_truth_meaning(o->truth, labels->at[i])
                                          : o->source->model.mixture.clusters;
        if (means < o->source->model.mixture.clusters)
            bind_persona(row, 3, means);
        UST_TRY(run_once(db, row));
    }
    return UST_OK;
}

static enum ust_status write_shares(struct ust_classify_db *db,
                                    const struct ust_mix_result *mix, uint32_t window)
{
    const struct ust_mix_window *w = &mix->window[window];
    sqlite3_stmt *row;
    for (uint32_t a = 0; a < mix->answers; a++) {
        UST_TRY(prepare(db, "INSERT INTO mix VALUES (?, ?, ?, ?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, window + 1);
        sqlite3_bind_int64(row, 2, a + 1 < mix->answers ? a + 1 : 0);
        sqlite3_bind_int64(row, 3, (sqlite3_int64)w->count[a]);
        sqlite3_bind_double(row, 4, w->share[a]);
        sqlite3_bind_double(row, 5, w->low[a]);
        sqlite3_bind_double(row, 6, w->high[a]);
        sqlite3_bind_double(row, 7, mix->learned[a]);
        UST_TRY(run_once(db, row));
    }
    return UST_OK;
}

static enum ust_status write_mix(struct ust_classify_db *db, const struct ust_mix_result *mix)
{
    sqlite3_stmt *row;
    for (uint32_t i = 0; i < mix->n; i++) {
        const struct ust_mix_window *w = &mix->window[i];
        UST_TRY(
            prepare(db, "INSERT INTO mix_window VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, i + 1);
        sqlite3_bind_double(row, 2, seconds(w->begin));
        sqlite3_bind_double(row, 3, seconds(w->end));
        sqlite3_bind_int64(row, 4, (sqlite3_int64)w->sessions);
        sqlite3_bind_double(row, 5, w->psi);
        sqlite3_bind_double(row, 6, w->chi2);
        if (!isnan(w->p))
            sqlite3_bind_int64(row, 7, w->freedom);
        sqlite3_bind_double(row, 8, w->p);
        sqlite3_bind_double(row, 9, w->adjusted);
        sqlite3_bind_text(row, 10, ust_mix_state_names[w->state], -1, SQLITE_STATIC);
        UST_TRY(run_once(db, row));
        UST_TRY(write_shares(db, mix, i));
    }
    return UST_OK;
}

enum ust_status ust_classify_db_keep(struct ust_classify_db *db,
                                     const struct ust_classified *found)
{
    UST_TRY(write_facts(db, found));
    UST_TRY(write_personas(db, found));
    UST_TRY(write_names(db, found));
    UST_TRY(write_mix(db, &found->mix));
    UST_TRY(execute(db, "CREATE INDEX session_of_persona ON session (persona);"
                        "CREATE INDEX event_of_session ON event (session); COMMIT"));
    if (rename(db->temporary, db->path) != 0)
        return ust_cli_refused("cannot write '%s': %s", db->path, strerror(errno));
    db->kept = true;
    return UST_OK;
}
