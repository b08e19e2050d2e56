/* A study of sizes in its tables, and what a trial's database says of a candidate. */
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/size.h"

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot keep the candidates");
}

static enum ust_status finish(struct ust_store *store, sqlite3_stmt *row)
{
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot keep the candidates");
}

static enum ust_status execute(struct ust_store *store, const char *sql)
{
    if (sqlite3_exec(ust_store_sqlite(store), sql, NULL, NULL, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot keep the candidates");
}

static double number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? ust_nan()
                                                           : sqlite3_column_double(row, column);
}

static void bind_key(const struct ust_size *size, sqlite3_stmt *row,
                     const struct ust_size_point *point)
{
    sqlite3_bind_text(row, 1, size->asked, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, ust_size_text(size, point->level), -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 3, point->attempt);
}

/* ---- a point ---- */

static enum ust_status keep_point(struct ust_size *size, const struct ust_size_point *point)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(size->store,
                    "INSERT INTO size_point VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                    "?, ?, ?)",
                    &row));
    bind_key(size, row, point);
    sqlite3_bind_int64(row, 4, point->n);
    sqlite3_bind_int64(row, 5, point->ready);
    sqlite3_bind_text(row, 6, ust_verdict_name(point->verdict), -1, SQLITE_STATIC);
    const double values[] = {point->confidence,    point->readiness.value,
                             point->readiness.low, point->readiness.high,
                             point->p_ready.value, point->p_ready.low,
                             point->p_ready.high,  point->cost_hour,
                             point->cost,          point->sends};
    int column = 7;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        sqlite3_bind_double(row, column++, values[i]); /* NAN becomes NULL */
    sqlite3_bind_text(row, column, point->why, -1, SQLITE_STATIC);
    return finish(size->store, row);
}

static enum ust_status keep_levels(struct ust_size *size, const struct ust_size_point *point)
{
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < size->varied.n && status == UST_OK; i++) {
        const struct ust_vary *vary = &size->varied.vary[i];
        sqlite3_stmt *row = NULL;
        UST_TRY(prepare(size->store,
                        "INSERT OR REPLACE INTO size_value VALUES (?, ?, ?, ?, ?, ?)", &row));
        sqlite3_bind_text(row, 1, size->asked, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 2, ust_size_text(size, point->level), -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 3, i + 1);
        sqlite3_bind_text(row, 4, vary->path, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 5, vary->label, -1, SQLITE_STATIC);
        sqlite3_bind_double(row, 6, ust_vary_value(vary, point->level[i]));
        status = finish(size->store, row);
    }
    return status;
}

static enum ust_status keep_replications(struct ust_size *size,
                                         const struct ust_size_point *point,
                                         const struct ust_readiness_result *result)
{
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < result->n && status == UST_OK; i++) {
        sqlite3_stmt *row = NULL;
        UST_TRY(prepare(size->store, "INSERT INTO size_replication VALUES (?, ?, ?, ?, ?, ?)",
                        &row));
        bind_key(size, row, point);
        sqlite3_bind_int64(row, 4, result->ids[i]);
        sqlite3_bind_int(row, 5, result->ready[i]);
        sqlite3_bind_double(row, 6, result->scores[i]);
        status = finish(size->store, row);
    }
    return status;
}

enum ust_status ust_size_keep(struct ust_size *size, const struct ust_size_point *point,
                              const struct ust_readiness_result *result)
{
    UST_TRY(execute(size->store, "BEGIN IMMEDIATE"));
    enum ust_status status = keep_point(size, point);
    if (status == UST_OK)
        status = keep_levels(size, point);
    if (status == UST_OK)
        status = keep_replications(size, point, result);
    if (status == UST_OK)
        status = execute(size->store, "COMMIT");
    if (status != UST_OK)
        sqlite3_exec(ust_store_sqlite(size->store), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static enum ust_verdict verdict_of(const char *name)
{
    for (enum ust_verdict v = UST_NOT_READY; v < UST_READY; v++)
        if (ust_text_equal(name, ust_verdict_name(v)))
            return v;
    return UST_READY;
}

enum ust_status ust_size_recall(struct ust_size *size, struct ust_size_point *point,
                                bool *found)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(
        prepare(size->store,
                "SELECT n, ready, verdict, confidence, readiness, low, high, p_ready, "
                "p_low, p_high, cost_hour, cost, sends, why FROM size_point WHERE asked = ? "
                "AND candidate = ? AND attempt = ?",
                &row));
    bind_key(size, row, point);
    *found = sqlite3_step(row) == SQLITE_ROW;
    if (*found) {
        point->n = (uint32_t)sqlite3_column_int64(row, 0);
        point->ready = (uint32_t)sqlite3_column_int64(row, 1);
        point->verdict = verdict_of((const char *)sqlite3_column_text(row, 2));
        point->confidence = number(row, 3);
        point->readiness =
            (struct ust_readiness_bound){number(row, 4), number(row, 5), number(row, 6)};
        point->p_ready =
            (struct ust_readiness_bound){number(row, 7), number(row, 8), number(row, 9)};
        point->cost_hour = number(row, 10);
        point->cost = number(row, 11);
        point->sends = number(row, 12);
        const char *why = (const char *)sqlite3_column_text(row, 13);
        point->why = ust_arena_text(size->arena, why != NULL ? why : "");
    }
    sqlite3_finalize(row);
    return UST_OK;
}

enum ust_status ust_size_reversals(struct ust_size *size, const struct ust_size_point *fewer,
                                   const struct ust_size_point *more)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(size->store,
                    "SELECT count(*), coalesce(sum(a.ready > b.ready), 0) FROM "
                    "size_replication a JOIN size_replication b ON b.asked = a.asked AND "
                    "b.attempt = a.attempt AND b.replication = a.replication WHERE a.asked = "
                    "?1 AND a.candidate = ?2 AND a.attempt = ?3 AND b.candidate = ?4",
                    &row));
    bind_key(size, row, fewer);
    sqlite3_bind_text(row, 4, ust_size_text(size, more->level), -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW) {
        size->compared += (uint32_t)sqlite3_column_int64(row, 0);
        size->reversed += (uint32_t)sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

/* ---- what was found ---- */

static enum ust_status keep_one(struct ust_size *size, const char *what, const uint32_t *level,
                                double value, const char *note)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(size->store, "INSERT INTO size_answer VALUES (?, ?, ?, ?, ?)", &row));
    sqlite3_bind_text(row, 1, size->asked, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, what, -1, SQLITE_STATIC);
    if (level != NULL)
        sqlite3_bind_text(row, 3, ust_size_text(size, level), -1, SQLITE_STATIC);
    sqlite3_bind_double(row, 4, value);
    sqlite3_bind_text(row, 5, note, -1, SQLITE_STATIC);
    return finish(size->store, row);
}

static enum ust_status keep_all(struct ust_size *size)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(size->store, "DELETE FROM size_answer WHERE asked = ?", &row));
    sqlite3_bind_text(row, 1, size->asked, -1, SQLITE_STATIC);
    UST_TRY(finish(size->store, row));
    static const char *const outcomes[] = {[UST_SIZE_FOUND] = "smallest",
                                           [UST_SIZE_LEAST] = "the lowest suffices",
                                           [UST_SIZE_NONE] = "none",
                                           [UST_SIZE_UNCONFIRMED] = "not confirmed"};
    bool one = size->varied.n == 1, any = size->outcome != UST_SIZE_NONE;
    UST_TRY(keep_one(size, "answer", any ? size->answer : NULL,
                     any && one ? ust_vary_value(&size->varied.vary[0], size->answer[0])
                                : ust_nan(),
                     outcomes[size->outcome]));
    if (!size->has_naive)
        return UST_OK;
    UST_TRY(keep_one(size, "Erlang C", size->erlang_c_fits ? size->erlang_c : NULL,
                     one && size->naive[0].erlang_c > 0 ? size->naive[0].erlang_c : ust_nan(),
                     ""));
    return keep_one(size, ust_arena_printf(size->arena, "N+%u", size->spare),
                    size->n_plus_k_fits ? size->n_plus_k : NULL,
                    one ? size->naive[0].n_plus_k : ust_nan(), "");
}

enum ust_status ust_size_keep_answer(struct ust_size *size)
{
    UST_TRY(execute(size->store, "BEGIN IMMEDIATE"));
    enum ust_status status = keep_all(size);
    if (status == UST_OK)
        status = execute(size->store, "COMMIT");
    if (status != UST_OK)
        sqlite3_exec(ust_store_sqlite(size->store), "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- of a trial ---- */

/* Whole intervals before ?1, or all of them where it is negative. */
#define COST_SQL                                                                               \
    "SELECT sum(CASE WHEN g.under_test AND (?1 < 0 OR (s.interval + 1) * r.interval_s <= ?1 "  \
    "+ 1e-9) THEN s.value END) / (SELECT count(*) FROM replication),"                          \
    " sum(s.value) / (SELECT count(*) FROM replication), r.interval_s, r.duration_s"           \
    " FROM run r CROSS JOIN metric m CROSS JOIN key k ON k.metric = m.id CROSS JOIN"           \
    " replication n CROSS JOIN series s ON s.replication = n.id AND s.key = k.id"              \
    " JOIN region g ON g.id = k.region WHERE m.name = 'cost' AND k.service > 0"

#define SENDS_SQL                                                                              \
    "SELECT sum(CASE m.name WHEN 'attempts' THEN s.value END) /"                               \
    " nullif(sum(CASE m.name WHEN 'offered' THEN s.value END), 0)"                             \
    " FROM run r CROSS JOIN metric m CROSS JOIN key k ON k.metric = m.id CROSS JOIN"           \
    " replication n CROSS JOIN series s ON s.replication = n.id AND s.key = k.id"              \
    " JOIN persona p ON p.id = k.persona WHERE m.name IN ('attempts', 'offered')"              \
    " AND k.region = 0 AND NOT p.synthetic AND s.interval * r.interval_s >= ?1 - 1e-9 AND"     \
    " s.interval * r.interval_s < ?1 + ?2"

enum ust_status ust_size_measure(struct ust_store *trial, double onset_s, double horizon_s,
                                 struct ust_size_point *point)
{
    sqlite3_stmt *row = NULL;
    point->cost_hour = point->cost = point->sends = ust_nan();
    UST_TRY(prepare(trial, COST_SQL, &row));
    sqlite3_bind_double(row, 1, onset_s);
    if (sqlite3_step(row) == SQLITE_ROW) {
        double interval = number(row, 2), until = onset_s < 0.0 ? number(row, 3) : onset_s;
        double seconds = onset_s < 0.0 ? until : floor(until / interval + 1e-9) * interval;
        if (seconds > 0.0)
            point->cost_hour = number(row, 0) * 3600.0 / seconds;
        point->cost = number(row, 1);
    }
    sqlite3_finalize(row);
    UST_TRY(prepare(trial, SENDS_SQL, &row));
    sqlite3_bind_double(row, 1, onset_s < 0.0 ? 0.0 : onset_s);
    sqlite3_bind_double(row, 2, horizon_s);
    if (sqlite3_step(row) == SQLITE_ROW)
        point->sends = number(row, 0);
    sqlite3_finalize(row);
    return UST_OK;
}

/* In the last half of the judged time, when those who move have moved. */
#define SHARE_SQL                                                                              \
    "SELECT sum(CASE WHEN k.region = ?2 THEN s.value END) / nullif(sum(s.value), 0)"           \
    " FROM run r CROSS JOIN metric m CROSS JOIN key k ON k.metric = m.id CROSS JOIN"           \
    " replication n CROSS JOIN series s ON s.replication = n.id AND s.key = k.id"              \
    " WHERE m.name = 'work_offered' AND k.service = ?1 AND k.region > 0 AND"                   \
    " s.interval * r.interval_s >= ?3 AND s.interval * r.interval_s < ?4"

enum ust_status ust_size_share(const struct ust_size *size, uint32_t service, uint32_t region,
                               double *share)
{
    const struct ust_config *config = size->scenario->config;
    uint32_t left = 0;
    bool lost = false;
    for (uint32_t r = 0; r < config->regions_n; r++) {
        bool gone = ust_faults_lose(size->scenario, size->scenario->region_names[r]);
        left += config->pools[service * config->regions_n + r].exists && !gone;
        lost = lost || gone;
    }
    *share = 1.0;
    if (left < 2) /* all of it comes here */
        return UST_OK;
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(size->store, NULL, &result));
    double from = (result.fault ? result.onset_s : 0.0) + (lost ? result.horizon_s / 2.0 : 0.0);
    double to = (result.fault ? result.onset_s : 0.0) + result.horizon_s;
    ust_readiness_free(&result);
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(size->store, SHARE_SQL, &row));
    sqlite3_bind_int64(row, 1, service + 1);
    sqlite3_bind_int64(row, 2, region + 1);
    sqlite3_bind_double(row, 3, from);
    sqlite3_bind_double(row, 4, to);
    if (sqlite3_step(row) == SQLITE_ROW)
        *share = number(row, 0);
    sqlite3_finalize(row);
    if (isnan(*share)) /* nobody came */
        *share = 0.0;
    return UST_OK;
}
