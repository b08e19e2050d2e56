#include "analysis/study/index.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/study/lease.h"
#include "models/world/batch.h"
#include "sim/base/hash.h"
#include "sim/cli/cli.h"
#include "sim/spec/values.h"

extern const char ust_embed_study_sql[];

struct ust_index {
    struct ust_arena *arena;
    sqlite3 *db;
    const char *folder, *path;
    char hash[UST_HASH_TEXT_MAX];
    struct ust_lease *lease;
};

sqlite3 *ust_index_sqlite(struct ust_index *index)
{
    return index->db;
}

const char *ust_index_folder(const struct ust_index *index)
{
    return index->folder;
}

enum ust_status ust_index_failed(struct ust_index *index, const char *what)
{
    return ust_cli_refused("%s: %s: %s", index->path, what, sqlite3_errmsg(index->db));
}

static enum ust_status execute(struct ust_index *index, const char *sql)
{
    return sqlite3_exec(index->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? UST_OK
               : ust_index_failed(index, "cannot write the index");
}

static enum ust_status prepare(struct ust_index *index, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(index->db, sql, -1, row, NULL) == SQLITE_OK
               ? UST_OK
               : ust_index_failed(index, "cannot read the index");
}

/* Runs a statement whose values are bound, and is done with it. */
static enum ust_status run_once(struct ust_index *index, sqlite3_stmt *row)
{
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : ust_index_failed(index, "cannot write the index");
}

static struct ust_index *new_index(const char *folder)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_index *index = ust_arena_alloc(arena, struct ust_index, 1);
    index->arena = arena;
    index->folder = ust_arena_text(arena, folder);
    index->path = ust_arena_printf(arena, "%s/study.db", folder);
    return index;
}

void ust_index_close(struct ust_index *index)
{
    if (index == NULL)
        return;
    ust_lease_return(index->lease);
    sqlite3_close_v2(index->db);
    ust_arena_free(index->arena);
}

/* ---- the plan ---- */

static enum ust_status write_study(struct ust_index *index, const struct ust_study *study)
{
    sqlite3_stmt *row;
    char hash[UST_HASH_TEXT_MAX], seed[24];
    struct ust_text sets = {0}, scenario = {0};
    for (size_t i = 0; i < study->sets_n; i++)
        ust_text_printf(&sets, "%s%s", i == 0 ? "" : "\n", study->sets[i]);
    ust_scenario_effective(study->base, &scenario);
    snprintf(seed, sizeof seed, "%" PRIu64, study->seed);
    enum ust_status status =
        prepare(index, "INSERT INTO study VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", &row);
    if (status == UST_OK) {
        sqlite3_bind_text(row, 1, study->base->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 2, study->path, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, ust_text_string(&scenario), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 4, ust_hash_hex(study->hash, hash), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 5, ust_text_string(&sets), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 6, seed, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 7, study->n);
        sqlite3_bind_int(row, 8, study->base->units.random);
        status = run_once(index, row);
    }
    ust_text_free(&sets);
    ust_text_free(&scenario);
    return status;
}

static enum ust_status write_levels(struct ust_index *index, const struct ust_study *study,
                                    const struct ust_unit *unit)
{
    const struct ust_design *design = &study->base->units;
    for (uint32_t i = 0; i < unit->values_n; i++) {
        const struct ust_node *value = unit->value[i].value;
        uint32_t factor = 0;
        while (strcmp(design->factor[factor].path, unit->value[i].path) != 0)
            factor++;
        struct ust_text text = {0};
        ust_value_write(value, &text);
        sqlite3_stmt *row;
        UST_TRY(prepare(index, "INSERT OR REPLACE INTO level VALUES (?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, unit->number);
        sqlite3_bind_int64(row, 2, factor + 1);
        sqlite3_bind_text(row, 3, ust_text_string(&text), -1, SQLITE_TRANSIENT);
        if (value->kind == UST_NODE_SCALAR) /* NAN becomes NULL */
            sqlite3_bind_double(row, 4, ust_value_number(value->text));
        ust_text_free(&text);
        UST_TRY(run_once(index, row));
    }
    return UST_OK;
}

static enum ust_status write_unit(struct ust_index *index, const struct ust_study *study,
                                  uint32_t i)
{
    const struct ust_study_unit *unit = &study->unit[i];
    char hash[UST_HASH_TEXT_MAX], file[32];
    snprintf(file, sizeof file, "%04u.db", unit->is->number);
    sqlite3_stmt *row;
    UST_TRY(prepare(index, "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?)", &row));
    sqlite3_bind_int64(row, 1, unit->is->number);
    sqlite3_bind_text(row, 2, unit->is->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, file, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, ust_hash_hex(unit->hash, hash), -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 5, unit->is->overrides, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 6, unit->replications);
    return run_once(index, row);
}

static enum ust_status write_plan(struct ust_index *index, const struct ust_study *study)
{
    UST_TRY(write_study(index, study));
    for (uint32_t f = 0; f < study->base->units.factors_n; f++) {
        sqlite3_stmt *row;
        UST_TRY(prepare(index, "INSERT INTO factor VALUES (?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, f + 1);
        sqlite3_bind_text(row, 2, study->base->units.factor[f].path, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, study->base->units.factor[f].label, -1, SQLITE_STATIC);
        UST_TRY(run_once(index, row));
    }
    for (uint32_t i = 0; i < study->n; i++) {
        UST_TRY(write_unit(index, study, i));
        UST_TRY(write_levels(index, study, study->unit[i].is));
    }
    return UST_OK;
}

/* ---- files ---- */

static enum ust_status read_hash(struct ust_index *index, bool *any)
{
    sqlite3_stmt *row;
    *any = false;
    UST_TRY(prepare(index, "SELECT hash FROM study", &row));
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        *any = true;
        snprintf(index->hash, sizeof index->hash, "%s",
                 (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
    return code == SQLITE_ROW || code == SQLITE_DONE
               ? UST_OK
               : ust_index_failed(index, "cannot read the index");
}

static int number_of(struct ust_index *index, const char *sql)
{
    sqlite3_stmt *row;
    int number = 0;
    if (sqlite3_prepare_v2(index->db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        number = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    return number;
}

/* Opens the file; `make` also where there is none, with empty tables. */
static enum ust_status connect(struct ust_index *index, bool make)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (make ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(index->path, &index->db, flags, NULL) != SQLITE_OK)
        return ust_index_failed(index, "cannot open");
    sqlite3_busy_timeout(index->db, 10000);
    UST_TRY(execute(index, "BEGIN IMMEDIATE"));
    int tables = number_of(index, "SELECT count(*) FROM sqlite_schema");
    if (tables == 0 && make) {
        char pragmas[96];
        snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = 1",
                 UST_INDEX_APPLICATION_ID);
        UST_TRY(execute(index, pragmas));
        UST_TRY(execute(index, ust_embed_study_sql));
    } else if (number_of(index, "PRAGMA application_id") != UST_INDEX_APPLICATION_ID) {
        return ust_cli_refused("%s: is no index of a study; it was left untouched",
                               index->path);
    }
    return execute(index, "COMMIT");
}

static enum ust_status make_folder(const char *folder)
{
    struct stat facts;
    if (mkdir(folder, 0777) == 0)
        return UST_OK;
    int error = errno;
    if (error == EEXIST && stat(folder, &facts) == 0 && S_ISDIR(facts.st_mode))
        return UST_OK;
    return ust_cli_refused("cannot make the folder '%s': %s", folder, strerror(error));
}

/* What the study before left in the folder: its units, with their journals. */
static enum ust_status remove_units(struct ust_index *index)
{
    static const char *const companions[] = {"", "-journal", "-wal", "-shm"};
    sqlite3_stmt *row;
    UST_TRY(prepare(index, "SELECT file FROM unit", &row));
    while (sqlite3_step(row) == SQLITE_ROW)
        for (size_t i = 0; i < 4; i++) {
            const char *file =
                ust_arena_printf(index->arena, "%s/%s%s", index->folder,
                                 (const char *)sqlite3_column_text(row, 0), companions[i]);
            unlink(file);
        }
    sqlite3_finalize(row);
    return execute(index, "BEGIN; DELETE FROM result; DELETE FROM estimate; DELETE FROM level;"
                          "DELETE FROM factor; DELETE FROM unit; DELETE FROM study; COMMIT");
}

/* Folder, file, lease; `hash` is the study's that is to be in it. */
static enum ust_status begin(struct ust_index *index, const char *hash, bool replace, bool *any)
{
    UST_TRY(make_folder(index->folder));
    UST_TRY(connect(index, true));
    UST_TRY(ust_lease_take(index->path, &index->lease));
    UST_TRY(read_hash(index, any));
    if (*any && strcmp(index->hash, hash) != 0) {
        if (!replace)
            return ust_cli_refused("%s: holds another study; give another folder with -o, or "
                                   "--force to replace it",
                                   index->folder);
        UST_TRY(remove_units(index));
        *any = false;
    }
    snprintf(index->hash, sizeof index->hash, "%s", hash);
    return UST_OK;
}

static enum ust_status handed_over(enum ust_status status, struct ust_index *index,
                                   struct ust_index **out)
{
    *out = status == UST_OK ? index : NULL;
    if (status != UST_OK)
        ust_index_close(index);
    return status;
}

enum ust_status ust_index_open(const char *folder, struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    bool any = false;
    enum ust_status status = connect(index, false);
    if (status == UST_OK)
        status = read_hash(index, &any);
    if (status == UST_OK && !any)
        status = ust_cli_refused("%s: holds no study yet", index->path);
    return handed_over(status, index, out);
}

/* The number of replications may have grown. */
static enum ust_status update_replications(struct ust_index *index,
                                           const struct ust_study *study)
{
    for (uint32_t i = 0; i < study->n; i++) {
        sqlite3_stmt *row;
        UST_TRY(prepare(index, "UPDATE unit SET replications = ? WHERE id = ?", &row));
        sqlite3_bind_int64(row, 1, study->unit[i].replications);
        sqlite3_bind_int64(row, 2, study->unit[i].is->number);
        UST_TRY(run_once(index, row));
    }
    return UST_OK;
}

enum ust_status ust_index_create(const char *folder, const struct ust_study *study,
                                 bool replace, struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    char hash[UST_HASH_TEXT_MAX];
    bool any = false;
    enum ust_status status = begin(index, ust_hash_hex(study->hash, hash), replace, &any);
    if (status == UST_OK)
        status = execute(index, "BEGIN IMMEDIATE");
    if (status == UST_OK)
        status = any ? update_replications(index, study) : write_plan(index, study);
    if (status == UST_OK)
        status = execute(index, "COMMIT");
    return handed_over(status, index, out);
}

enum ust_status ust_index_renew(struct ust_index *index)
{
    return ust_lease_renew(index->lease);
}

/* ---- results ---- */

static void copy_columns(sqlite3_stmt *from, sqlite3_stmt *to, int first)
{
    for (int i = 0; i < sqlite3_column_count(from); i++)
        sqlite3_bind_value(to, first + i, sqlite3_column_value(from, i));
}

/* Rows of a unit's database, behind its number. */
static enum ust_status copy_rows(struct ust_index *index, uint32_t unit,
                                 struct ust_store *store, const char *select,
                                 const char *insert)
{
    sqlite3_stmt *from, *to = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), select, -1, &from, NULL) != SQLITE_OK)
        return ust_store_failed(store, "cannot read the results");
    enum ust_status status = prepare(index, insert, &to);
    while (status == UST_OK && sqlite3_step(from) == SQLITE_ROW) {
        sqlite3_bind_int64(to, 1, unit);
        copy_columns(from, to, 2);
        if (sqlite3_step(to) != SQLITE_DONE)
            status = ust_index_failed(index, "cannot write the index");
        sqlite3_reset(to);
    }
    sqlite3_finalize(to);
    sqlite3_finalize(from);
    return status;
}

static enum ust_status write_result(struct ust_index *index, uint32_t unit,
                                    struct ust_store *store)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "DELETE FROM result WHERE unit = %u; DELETE FROM estimate WHERE unit = %u", unit,
             unit);
    UST_TRY(execute(index, sql));
    UST_TRY(copy_rows(index, unit, store,
                      "SELECT (SELECT count(*) FROM replication), (SELECT sum(requests) FROM "
                      "replication), (SELECT digest FROM run), verdict, readiness, low, high, "
                      "p_ready, p_low, p_high, weakest_persona FROM verdict",
                      "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    return copy_rows(index, unit, store,
                     "SELECT metric, unit, region, service, persona, n, mean, low, high, "
                     "confidence, method FROM estimate_by_name",
                     "INSERT INTO estimate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

enum ust_status ust_index_result(struct ust_index *index, uint32_t unit,
                                 struct ust_store *store)
{
    UST_TRY(execute(index, "BEGIN IMMEDIATE"));
    enum ust_status status = write_result(index, unit, store);
    if (status == UST_OK)
        return execute(index, "COMMIT");
    sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum ust_status ust_index_finish(struct ust_index *index)
{
    sqlite3_stmt *row;
    uint64_t hash = 0;
    uint32_t n = 0;
    UST_TRY(prepare(index, "SELECT digest FROM result ORDER BY unit", &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        hash = ust_hash_text(hash, (const char *)sqlite3_column_text(row, 0));
        n++;
    }
    sqlite3_finalize(row);
    char hex[UST_HASH_TEXT_MAX];
    ust_hash_hex(hash, hex);
    bool whole = (int)n == number_of(index, "SELECT count(*) FROM unit");
    UST_TRY(prepare(index, "UPDATE study SET digest = ?", &row));
    if (whole)
        sqlite3_bind_text(row, 1, hex, -1, SQLITE_STATIC);
    return run_once(index, row);
}
