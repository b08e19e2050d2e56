#include "plots/pages/classified_data.h"

#include <math.h>
#include <sqlite3.h>

#include "sim/cli/cli.h"

#define VERSION 1 /* of the database that is understood here */

struct load {
    sqlite3 *db;
    struct ust_arena *arena;
    struct ust_class_data *out;
};

static enum ust_status failed(const struct load *l)
{
    return ust_cli_refused("%s: cannot be read: %s", l->out->path, sqlite3_errmsg(l->db));
}

static enum ust_status prepare(const struct load *l, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(l->db, sql, -1, row, NULL) == SQLITE_OK ? UST_OK : failed(l);
}

/* Never NULL: a file that says what it is may still be anybody's. */
static const char *text(const struct load *l, sqlite3_stmt *row, int column)
{
    const unsigned char *it = sqlite3_column_text(row, column);
    return it != NULL ? ust_arena_text(l->arena, (const char *)it) : "";
}

/* Beyond any that classify writes, pictures would lose their numbers. */
static double real(sqlite3_stmt *row, int column)
{
    double value = sqlite3_column_double(row, column);
    return sqlite3_column_type(row, column) == SQLITE_NULL ? (double)NAN
                                                           : fmin(fmax(value, -1e15), 1e15);
}

static uint64_t whole(sqlite3_stmt *row, int column)
{
    sqlite3_int64 value = sqlite3_column_int64(row, column);
    return value > 0 ? (uint64_t)value : 0;
}

/* Ends a loop over rows: all was read, or a message. */
static enum ust_status close_rows(const struct load *l, sqlite3_stmt *row, int code)
{
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : failed(l);
}

static enum ust_status load_facts(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    UST_TRY(
        prepare(l,
                "SELECT model_path, gate, level, gap_s, window_s, first_unix_s, last_unix_s, "
                "moved, shifted, significance, events, malformed, programs, copies, "
                "sessions, none, complete FROM classification",
                &row));
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        out->model = text(l, row, 0);
        out->gate = text(l, row, 1);
        double *const reals[] = {&out->level, &out->gap_s, &out->window_s, &out->first,
                                 &out->last,  &out->moved, &out->shifted,  &out->significance};
        for (int i = 0; i < 8; i++)
            *reals[i] = real(row, 2 + i);
        uint64_t *const counts[] = {&out->events, &out->malformed, &out->programs,
                                    &out->copies, &out->sessions,  &out->none};
        for (int i = 0; i < 6; i++)
            *counts[i] = whole(row, 10 + i);
        out->complete = sqlite3_column_int(row, 16) != 0;
        code = sqlite3_step(row);
    }
    UST_TRY(close_rows(l, row, code));
    return out->model != NULL ? UST_OK
                              : ust_cli_refused("%s: holds no classification", out->path);
}

static enum ust_status load_personas(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    uint32_t n = 0;
    UST_TRY(prepare(l, "SELECT count(*) FROM persona", &row));
    if (sqlite3_step(row) == SQLITE_ROW)
        n = (uint32_t)whole(row, 0);
    sqlite3_finalize(row);
    if (n == 0 || n > 4096)
        return ust_cli_refused("%s: holds no personas, or too many", out->path);
    out->answers = n + 1;
    out->persona = ust_arena_alloc(l->arena, struct ust_class_persona, n + 1);
    out->learned = ust_arena_alloc(l->arena, double, n + 1);
    UST_TRY(prepare(l,
                    "SELECT name, sessions, confidence, gate, gate_from FROM "
                    "persona ORDER BY id",
                    &row));
    int code = SQLITE_DONE;
    for (uint32_t i = 0; i < n && (code = sqlite3_step(row)) == SQLITE_ROW; i++)
        out->persona[i] = (struct ust_class_persona){
            .name = text(l, row, 0),
            .sessions = whole(row, 1),
            .confidence = real(row, 2),
            .gate = real(row, 3),
            .gate_from = text(l, row, 4),
        };
    out->persona[n] = (struct ust_class_persona){
        .sessions = out->none, .confidence = (double)NAN, .gate = (double)NAN};
    return close_rows(l, row, code == SQLITE_ROW ? SQLITE_DONE : code);
}

static enum ust_status load_bins(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    int code;
    UST_TRY(prepare(l,
                    "SELECT s.nearest, min(cast(s.distance / n.gate * ?1 AS INTEGER), ?2), "
                    "count(*) FROM session s JOIN persona n ON n.id = s.nearest "
                    "WHERE n.gate > 0 GROUP BY 1, 2",
                    &row));
    sqlite3_bind_double(row, 1, UST_DISTANCE_BINS / UST_DISTANCE_GATES);
    sqlite3_bind_int(row, 2, UST_DISTANCE_BINS - 1);
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 persona = sqlite3_column_int64(row, 0),
                      bin = sqlite3_column_int64(row, 1);
        if (persona >= 1 && persona < out->answers && bin >= 0)
            out->persona[persona - 1].bin[bin] += whole(row, 2);
    }
    return close_rows(l, row, code);
}

static enum ust_status load_windows(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    int code;
    out->window = ust_arena_alloc(l->arena, struct ust_class_window, UST_MIX_WINDOWS_MAX);
    UST_TRY(
        prepare(l,
                "SELECT w.id, w.begin_unix_s, w.end_unix_s, w.sessions, w.psi, w.adjusted_p, "
                "w.state, m.persona, m.share, m.low, m.high, m.learned FROM mix_window w "
                "JOIN mix m ON m.window = w.id ORDER BY w.id, m.persona",
                &row));
    sqlite3_int64 id = -1;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        bool placed = real(row, 2) > real(row, 1) &&
                      (out->windows == 0 || real(row, 1) >= out->window[0].begin);
        if (!placed)
            continue; /* it has no place in time that could be drawn */
        if (sqlite3_column_int64(row, 0) != id) {
            if (out->windows == UST_MIX_WINDOWS_MAX) {
                code = SQLITE_DONE; /* a page cannot show more; the database has them */
                break;
            }
            id = sqlite3_column_int64(row, 0);
            struct ust_class_window *w = &out->window[out->windows++];
            *w = (struct ust_class_window){.begin = real(row, 1),
                                           .end = real(row, 2),
                                           .sessions = whole(row, 3),
                                           .psi = real(row, 4),
                                           .adjusted = real(row, 5),
                                           .state = text(l, row, 6)};
            w->share = ust_arena_alloc(l->arena, double, out->answers);
            w->low = ust_arena_alloc(l->arena, double, out->answers);
            w->high = ust_arena_alloc(l->arena, double, out->answers);
        }
        sqlite3_int64 persona = sqlite3_column_int64(row, 7);
        if (persona < 0 || persona >= out->answers)
            continue;
        uint32_t a = persona == 0 ? out->answers - 1 : (uint32_t)persona - 1;
        struct ust_class_window *w = &out->window[out->windows - 1];
        w->share[a] = fmin(fmax(real(row, 8), 0.0), 1.0);
        w->low[a] = fmin(fmax(real(row, 9), 0.0), 1.0);
        w->high[a] = fmin(fmax(real(row, 10), 0.0), 1.0);
        out->learned[a] = fmin(fmax(real(row, 11), 0.0), 1.0);
    }
    return close_rows(l, row, code);
}

static enum ust_status load_why(struct load *l, struct ust_class_stranger *it)
{
    sqlite3_stmt *row;
    int code;
    it->why = ust_arena_alloc(l->arena, const char *, 8);
    UST_TRY(
        prepare(l, "SELECT says FROM reason WHERE session = ? ORDER BY rank LIMIT 8", &row));
    sqlite3_bind_int64(row, 1, (sqlite3_int64)it->session);
    while ((code = sqlite3_step(row)) == SQLITE_ROW)
        it->why[it->why_n++] = text(l, row, 0);
    return close_rows(l, row, code);
}

static enum ust_status load_strangers(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    int code;
    out->stranger = ust_arena_alloc(l->arena, struct ust_class_stranger, UST_STRANGERS_MAX);
    UST_TRY(
        prepare(l,
                "SELECT s.id, i.path, s.line, s.events, s.begin_unix_s, n.name, s.distance / "
                "n.gate FROM session s JOIN input i ON i.id = s.input JOIN persona n ON "
                "n.id = s.nearest WHERE s.persona IS NULL ORDER BY 7 DESC, 1 LIMIT ?",
                &row));
    sqlite3_bind_int(row, 1, UST_STRANGERS_MAX);
    while ((code = sqlite3_step(row)) == SQLITE_ROW)
        out->stranger[out->strangers++] = (struct ust_class_stranger){
            .session = whole(row, 0),
            .file = text(l, row, 1),
            .line = whole(row, 2),
            .events = whole(row, 3),
            .begin = real(row, 4),
            .nearest = text(l, row, 5),
            .gates = real(row, 6),
        };
    UST_TRY(close_rows(l, row, code));
    for (uint32_t i = 0; i < out->strangers; i++)
        UST_TRY(load_why(l, &out->stranger[i]));
    return UST_OK;
}

static enum ust_status load_labels(struct load *l)
{
    struct ust_class_data *out = l->out;
    sqlite3_stmt *row;
    int code;
    uint32_t room = 256;
    out->label = ust_arena_alloc(l->arena, struct ust_class_label, room);
    UST_TRY(
        prepare(l,
                "SELECT t.id, t.name, p.name, coalesce(s.persona, 0), count(*) FROM session "
                "s JOIN label t ON t.id = s.label LEFT JOIN persona p ON p.id = t.persona "
                "GROUP BY 1, 4 ORDER BY 1, 4",
                &row));
    sqlite3_int64 id = -1;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        if (sqlite3_column_int64(row, 0) != id) {
            if (out->labels == room) {
                code = SQLITE_DONE;
                break;
            }
            id = sqlite3_column_int64(row, 0);
            out->label[out->labels++] = (struct ust_class_label){
                text(l, row, 1),
                sqlite3_column_type(row, 2) != SQLITE_NULL ? text(l, row, 2) : NULL,
                ust_arena_alloc(l->arena, uint64_t, out->answers)};
        }
        sqlite3_int64 persona = sqlite3_column_int64(row, 3);
        if (persona >= 0 && persona < out->answers)
            out->label[out->labels - 1]
                .given[persona == 0 ? out->answers - 1 : (uint32_t)persona - 1] +=
                whole(row, 4);
    }
    return close_rows(l, row, code);
}

static enum ust_status load_all(struct load *l)
{
    UST_TRY(load_facts(l));
    UST_TRY(load_personas(l));
    UST_TRY(load_bins(l));
    UST_TRY(load_windows(l));
    UST_TRY(load_strangers(l));
    return load_labels(l);
}

static enum ust_status check_version(const struct load *l)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(l, "PRAGMA user_version", &row));
    int version = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int(row, 0) : 0;
    sqlite3_finalize(row);
    return version == VERSION ? UST_OK
                              : ust_cli_refused("%s: is a classification of version %d, this "
                                                "understudy knows version %d",
                                                l->out->path, version, VERSION);
}

enum ust_status ust_class_data_load(const char *path, struct ust_arena *arena,
                                    struct ust_class_data *out)
{
    *out = (struct ust_class_data){.path = path};
    struct load l = {.arena = arena, .out = out};
    enum ust_status status =
        sqlite3_open_v2(path, &l.db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ? UST_OK
                                                                              : failed(&l);
    if (status == UST_OK)
        status = check_version(&l);
    if (status == UST_OK)
        status = load_all(&l);
    sqlite3_close_v2(l.db);
    return status;
}
