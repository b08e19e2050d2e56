#include "analysis/study/index_own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/world/batch.h"
#include "sim/cli/cli.h"

extern const char ust_embed_study_sql[];

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
    const char *why = sqlite3_errmsg(index->db);
    if (ust_store_tables_differ(why))
        return ust_store_other_tables(index->path, why);
    return ust_cli_refused("%s: %s: %s", index->path, what, why);
}

enum ust_status ust_index_execute(struct ust_index *index, const char *sql)
{
    return sqlite3_exec(index->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? UST_OK
               : ust_index_failed(index, "cannot write the index");
}

enum ust_status ust_index_prepare(struct ust_index *index, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(index->db, sql, -1, row, NULL) == SQLITE_OK
               ? UST_OK
               : ust_index_failed(index, "cannot read the index");
}

/* Runs a statement whose values are bound, and is done with it. */
enum ust_status ust_index_run(struct ust_index *index, sqlite3_stmt *row)
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

/* ---- files ---- */

static enum ust_status read_hash(struct ust_index *index, bool *any)
{
    sqlite3_stmt *row;
    *any = false;
    UST_TRY(ust_index_prepare(index, "SELECT hash FROM study", &row));
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

/* Ours, and of this version? */
static enum ust_status check_kind(struct ust_index *index)
{
    if (number_of(index, "PRAGMA application_id") != UST_INDEX_APPLICATION_ID)
        return ust_cli_refused("%s: is no index of a study; it was left untouched",
                               index->path);
    int version = number_of(index, "PRAGMA user_version");
    if (version != UST_INDEX_VERSION)
        return ust_cli_refused("%s: is of version %d, this understudy knows version %d%s; it "
                               "was left untouched",
                               index->path, version, UST_INDEX_VERSION,
                               version > UST_INDEX_VERSION ? " (a newer understudy wrote it)"
                                                           : "");
    return UST_OK;
}

/* Opens the file, which is made with empty tables where there is none. */
static enum ust_status connect(struct ust_index *index)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(index->path, &index->db, flags, NULL) != SQLITE_OK)
        return ust_index_failed(index, "cannot open");
    sqlite3_busy_timeout(index->db, 10000);
    UST_TRY(ust_index_execute(index, "BEGIN IMMEDIATE"));
    int tables = number_of(index, "SELECT count(*) FROM sqlite_schema");
    if (tables == 0) {
        char pragmas[96];
        snprintf(pragmas, sizeof pragmas,
                 "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 UST_INDEX_APPLICATION_ID, UST_INDEX_VERSION);
        UST_TRY(ust_index_execute(index, pragmas));
        UST_TRY(ust_index_execute(index, ust_embed_study_sql));
    } else {
        UST_TRY(check_kind(index));
    }
    return ust_index_execute(index, "COMMIT");
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
    UST_TRY(ust_index_prepare(index, "SELECT file FROM unit", &row));
    while (sqlite3_step(row) == SQLITE_ROW)
        for (size_t i = 0; i < 4; i++) {
            const char *file =
                ust_arena_printf(index->arena, "%s/%s%s", index->folder,
                                 (const char *)sqlite3_column_text(row, 0), companions[i]);
            unlink(file);
        }
    sqlite3_finalize(row);
    return ust_index_execute(
        index, "BEGIN; DELETE FROM result; DELETE FROM estimate; DELETE FROM level;"
               "DELETE FROM factor; DELETE FROM unit; DELETE FROM study;"
               "DELETE FROM shard; COMMIT");
}

static const char *shard_name(struct ust_index *index, struct ust_shard shard)
{
    return shard.parts == 0
               ? "the whole"
               : ust_arena_printf(index->arena, "shard %u of %u", shard.part, shard.parts);
}

/* Folder, file, lease; `hash` is the study's that is to be in it. */
static enum ust_status begin(struct ust_index *index, const char *hash, bool replace, bool *any)
{
    UST_TRY(make_folder(index->folder));
    UST_TRY(connect(index));
    UST_TRY(ust_lease_take(index->path, &ust_lease_usual, &index->lease));
    UST_TRY(read_hash(index, any));
    struct ust_shard there = {(uint32_t)number_of(index, "SELECT part FROM shard"),
                              (uint32_t)number_of(index, "SELECT parts FROM shard")};
    bool other = strcmp(index->hash, hash) != 0;
    if (*any &&
        (other || there.part != index->shard.part || there.parts != index->shard.parts)) {
        if (!replace && other)
            return ust_cli_refused("%s: holds another study; give another folder with -o, or "
                                   "--force to replace it",
                                   index->folder);
        if (!replace)
            return ust_cli_refused(
                "%s: holds %s of this study; give another folder with -o, or "
                "--force to replace it",
                index->folder, shard_name(index, there));
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

/* The number of replications may have grown. */
static enum ust_status update_replications(struct ust_index *index,
                                           const struct ust_study *study)
{
    for (uint32_t i = 0; i < study->n; i++) {
        sqlite3_stmt *row;
        UST_TRY(
            ust_index_prepare(index, "UPDATE unit SET replications = ? WHERE id = ?", &row));
        sqlite3_bind_int64(row, 1, study->unit[i].replications);
        sqlite3_bind_int64(row, 2, study->unit[i].is->number);
        UST_TRY(ust_index_run(index, row));
    }
    return UST_OK;
}

enum ust_status ust_index_create(const char *folder, const struct ust_study *study,
                                 struct ust_shard shard, bool replace, struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    index->shard = shard;
    char hash[UST_HASH_TEXT_MAX];
    bool any = false;
    enum ust_status status = begin(index, ust_hash_hex(study->hash, hash), replace, &any);
    if (status == UST_OK)
        status = ust_index_execute(index, "BEGIN IMMEDIATE");
    if (status == UST_OK)
        status = any ? update_replications(index, study) : ust_index_write_plan(index, study);
    if (status == UST_OK && any)
        status = ust_index_execute(index, "UPDATE shard SET complete = 0");
    if (status == UST_OK)
        status = ust_index_execute(index, "COMMIT");
    return handed_over(status, index, out);
}

/* What a killed writer left half done is undone by whoever reads next, who may write. */
static enum ust_status open_file(struct ust_index *index)
{
    bool any;
    int flags = SQLITE_OPEN_NOMUTEX |
                (access(index->path, W_OK) == 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    if (access(index->path, F_OK) != 0)
        return ust_cli_refused("%s: is no folder of a study: it has no study.db",
                               index->folder);
    if (sqlite3_open_v2(index->path, &index->db, flags, NULL) != SQLITE_OK)
        return ust_index_failed(index, "cannot open");
    sqlite3_busy_timeout(index->db, 10000);
    UST_TRY(check_kind(index));
    UST_TRY(read_hash(index, &any));
    return any ? UST_OK : ust_cli_refused("%s: holds no study yet", index->path);
}

enum ust_status ust_index_open_shard(const char *folder, struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    return handed_over(open_file(index), index, out);
}

enum ust_status ust_index_open(const char *folder, struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    enum ust_status status = open_file(index);
    if (status == UST_OK && number_of(index, "SELECT count(*) FROM shard") > 0)
        status =
            ust_cli_refused("%s: is shard %d of %d, which says nothing of the whole study; "
                            "put all of them together: understudy merge OUT SHARD...",
                            folder, number_of(index, "SELECT part FROM shard"),
                            number_of(index, "SELECT parts FROM shard"));
    return handed_over(status, index, out);
}

static enum ust_status copy_rows_of(struct ust_index *index, const char *from)
{
    static const char sql[] =
        "BEGIN IMMEDIATE; INSERT INTO study SELECT * FROM source.study;"
        "UPDATE study SET digest = NULL; INSERT INTO unit SELECT * FROM source.unit;"
        "INSERT INTO factor SELECT * FROM source.factor;"
        "INSERT INTO level SELECT * FROM source.level;"
        "INSERT INTO sensitivity_plan SELECT * FROM source.sensitivity_plan;"
        "INSERT INTO sensitivity_range SELECT * FROM source.sensitivity_range; COMMIT; DETACH "
        "DATABASE source";
    const char *path = ust_arena_printf(index->arena, "%s/study.db", from);
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(index, "ATTACH DATABASE ? AS source", &row));
    sqlite3_bind_text(row, 1, path, -1, SQLITE_STATIC);
    UST_TRY(ust_index_run(index, row));
    return ust_index_execute(index, sql);
}

enum ust_status ust_index_copy(const char *from, const char *folder, uint32_t *units,
                               struct ust_index **out)
{
    struct ust_index *index = new_index(folder);
    enum ust_status status = make_folder(folder);
    if (status == UST_OK)
        status = connect(index);
    if (status == UST_OK)
        status = ust_lease_take(index->path, &ust_lease_usual, &index->lease);
    if (status == UST_OK)
        status = copy_rows_of(index, from);
    if (status == UST_OK)
        *units = (uint32_t)number_of(index, "SELECT units FROM study");
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
    enum ust_status status = ust_index_prepare(index, insert, &to);
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
    UST_TRY(ust_index_execute(index, sql));
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
    UST_TRY(ust_index_execute(index, "BEGIN IMMEDIATE"));
    enum ust_status status = write_result(index, unit, store);
    if (status == UST_OK)
        return ust_index_execute(index, "COMMIT");
    sqlite3_exec(index->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum ust_status ust_index_finish(struct ust_index *index)
{
    sqlite3_stmt *row;
    uint64_t hash = 0;
    uint32_t n = 0;
    if (index->shard.parts > 0)
        return ust_index_execute(index, "UPDATE shard SET complete = 1");
    UST_TRY(ust_index_prepare(index, "SELECT digest FROM result ORDER BY unit", &row));
    while (sqlite3_step(row) == SQLITE_ROW) {
        hash = ust_hash_text(hash, (const char *)sqlite3_column_text(row, 0));
        n++;
    }
    sqlite3_finalize(row);
    char hex[UST_HASH_TEXT_MAX];
    ust_hash_hex(hash, hex);
    bool whole = (int)n == number_of(index, "SELECT count(*) FROM unit");
    UST_TRY(ust_index_prepare(index, "UPDATE study SET digest = ?", &row));
    if (whole)
        sqlite3_bind_text(row, 1, hex, -1, SQLITE_STATIC);
    return ust_index_run(index, row);
}
