/* Opening, closing, and how SQLite is spoken to. */
#include "sim/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/cli/cli.h"

/* How long a writer waits for a reader, and a reader for a writer's commit. Commits take
 * milliseconds; whoever holds the file longer than this will not let go soon. */
#define BUSY_MS 3000

struct ust_store *ust_store_new(const char *path)
{
    struct ust_store *store = ust_malloc(sizeof *store);
    *store = (struct ust_store){.lock = -1};
    store->path = ust_malloc(strlen(path) + 1);
    memcpy(store->path, path, strlen(path) + 1);
    return store;
}

void ust_store_close(struct ust_store *store)
{
    if (!store)
        return;
    sqlite3_finalize(store->replication);
    sqlite3_finalize(store->series_many);
    sqlite3_finalize(store->series_one);
    sqlite3_finalize(store->kpi);
    sqlite3_finalize(store->bucket);
    sqlite3_finalize(store->moment);
    ust_lease_return(store->lease);
    sqlite3_close_v2(store->db);
    /* After SQLite: closing any descriptor of a file drops this process's locks on it. */
    if (store->lock >= 0)
        close(store->lock);
    free(store->keys);
    free(store->absolute);
    free(store->path);
    free(store);
}

struct sqlite3 *ust_store_sqlite(struct ust_store *store)
{
    return store->db;
}

uint64_t ust_store_rows(struct ust_store *store)
{
    return (uint64_t)sqlite3_total_changes64(store->db);
}

const char *ust_store_path(const struct ust_store *store)
{
    return store->path;
}

/* SQLite's words, ours where they say more, and the system's where it has a say. */
enum ust_status ust_store_failed(struct ust_store *store, const char *what)
{
    int code = sqlite3_extended_errcode(store->db), error = sqlite3_system_errno(store->db);
    const char *why = sqlite3_errmsg(store->db);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ust_cli_refused("%s: %s: another program has locked the file", store->path,
                               what);
    case SQLITE_NOMEM:
        return ust_cli_refused("%s: %s: out of memory", store->path, what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_FULL:
        if (error != 0)
            return ust_cli_refused("%s: %s: %s (%s)", store->path, what, why, strerror(error));
        break;
    case SQLITE_ERROR:
        if (ust_store_tables_differ(why))
            return ust_store_other_tables(store->path, why);
        break;
    default:
        break;
    }
    return ust_cli_refused("%s: %s: %s", store->path, what, why);
}

/* What SQLite says where a statement meets tables that it was not written for. */
bool ust_store_tables_differ(const char *why)
{
    return strstr(why, "no such table") || strstr(why, "no such column") ||
           strstr(why, "has no column named") || strstr(why, " columns but ");
}

enum ust_status ust_store_other_tables(const char *path, const char *why)
{
    return ust_cli_refused("%s: another build of understudy wrote it, whose tables are not "
                           "those of this one (%s); run it again, into another place",
                           path, why);
}

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A file that is no run's: this program writes others, with numbers that differ at the end. */
static const char *what_it_is(uint32_t application)
{
    bool ours = application >> 8 == UST_STORE_APPLICATION_ID >> 8;
    switch (ours ? application & 0xff : 0) {
    case 'S':
        return "the index of a study, not a run; its runs are beside it, such as 0001.db";
    case 'C':
        return "a classification, not a run";
    default:
        return "a database of another program";
    }
}

enum ust_store_content ust_store_look(int file, const char *path)
{
    /* The database file format, section 1.3: magic, user_version at 60, application_id at 68.
     */
    unsigned char header[100];
    struct stat facts;
    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        ust_cli_refused("%s: %s", path,
                        S_ISDIR(facts.st_mode) ? "is a directory" : "is not a regular file");
        return UST_STORE_FOREIGN;
    }
    if (facts.st_size == 0)
        return UST_STORE_EMPTY;
    ssize_t n = pread(file, header, sizeof header, 0);
    if (n != (ssize_t)sizeof header || memcmp(header, "SQLite format 3", 16) != 0) {
        ust_cli_refused("%s: is not a results database; it was left untouched", path);
        return UST_STORE_FOREIGN;
    }
    uint32_t application = big_endian(header + 68);
    if (application != UST_STORE_APPLICATION_ID) {
        ust_cli_refused("%s: is %s; it was left untouched", path, what_it_is(application));
        return UST_STORE_FOREIGN;
    }
    uint32_t version = big_endian(header + 60);
    if (version == UST_STORE_VERSION)
        return UST_STORE_OURS;
    ust_cli_refused("%s: is of version %u, this understudy knows version %d%s; it was left "
                    "untouched",
                    path, version, UST_STORE_VERSION,
                    version > UST_STORE_VERSION ? " (a newer understudy wrote it)" : "");
    return UST_STORE_FOREIGN;
}

enum ust_status ust_store_connect(struct ust_store *store, int flags)
{
    /* The absolute path also keeps names such as ":memory:" from meaning something else. */
    store->absolute = realpath(store->path, NULL);
    if (!store->absolute)
        return ust_cli_refused("cannot open '%s': %s", store->path, strerror(errno));
    if (sqlite3_open_v2(store->absolute, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        if (!store->db)
            return ust_cli_refused("cannot open '%s': out of memory", store->path);
        return ust_store_failed(store, "cannot open");
    }
    sqlite3_busy_timeout(store->db, BUSY_MS);
    return UST_OK;
}

enum ust_status ust_store_holds(struct ust_store *store, bool *tables)
{
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(store, "SELECT count(*) FROM sqlite_schema", &row));
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) == SQLITE_ROW)
        *tables = sqlite3_column_int64(row, 0) > 0;
    else
        status = ust_store_failed(store, "cannot read");
    sqlite3_finalize(row);
    return status;
}

/* Reading may have to undo what a killed writer left half done, so it wants a file that can be
 * written; without that right, reading alone is tried. */
static enum ust_status open_file(struct ust_store *store, bool writable)
{
    bool can_write = access(store->path, W_OK) == 0;
    if (writable && !can_write)
        return ust_cli_refused("cannot write '%s': %s", store->path, strerror(errno));
    int file = open(store->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return ust_cli_refused("cannot open '%s': %s", store->path, strerror(errno));
    enum ust_store_content content = ust_store_look(file, store->path);
    close(file);
    if (content == UST_STORE_FOREIGN)
        return UST_REFUSED;
    bool tables = false;
    if (content == UST_STORE_OURS) {
        UST_TRY(
            ust_store_connect(store, can_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY));
        UST_TRY(ust_store_holds(store, &tables));
    }
    if (!tables)
        return ust_cli_refused("%s: is empty; no run was stored in it", store->path);
    if (!writable)
        UST_TRY(ust_store_exec(store, "PRAGMA query_only = 1", "cannot open"));
    /* A first read, so that a damaged file is told of here, not in an analysis. */
    return ust_store_exec(store, "SELECT count(*) FROM run", "cannot read");
}

enum ust_status ust_store_shard_of(struct ust_store *store, struct ust_shard *shard,
                                   bool *complete)
{
    sqlite3_stmt *row;
    *shard = (struct ust_shard){0, 0};
    *complete = false;
    if (sqlite3_prepare_v2(store->db, "SELECT part, parts, complete FROM shard", -1, &row,
                           NULL) != SQLITE_OK) /* a file of before there were shards */
        return ust_store_exec(store, "SELECT count(*) FROM run", "cannot read");
    int code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        *shard = (struct ust_shard){(uint32_t)sqlite3_column_int64(row, 0),
                                    (uint32_t)sqlite3_column_int64(row, 1)};
        *complete = sqlite3_column_int(row, 2) != 0;
    }
    sqlite3_finalize(row);
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return UST_OK;
    return ust_store_failed(store, "cannot read which shard it is");
}

static enum ust_status refuse_shard(struct ust_store *store)
{
    struct ust_shard shard;
    bool complete;
    UST_TRY(ust_store_shard_of(store, &shard, &complete));
    if (shard.parts == 0)
        return UST_OK;
    return ust_cli_refused(
        "%s: is shard %u of %u, which says nothing of the whole run; put all "
        "of them together: understudy merge OUT SHARD...",
        store->path, shard.part, shard.parts);
}

enum ust_status ust_store_open_shard(const char *path, struct ust_store **store,
                                     struct ust_shard *shard, bool *complete)
{
    struct ust_store *opened = ust_store_new(path);
    enum ust_status status = open_file(opened, false);
    if (status == UST_OK)
        status = ust_store_shard_of(opened, shard, complete);
    if (status != UST_OK)
        ust_store_close(opened);
    *store = status == UST_OK ? opened : NULL;
    return status;
}

enum ust_status ust_store_renew(struct ust_store *store)
{
    return store->lease == NULL ? UST_OK : ust_lease_renew(store->lease);
}

enum ust_status ust_store_open(const char *path, bool writable, struct ust_store **store)
{
    *store = NULL;
    struct ust_store *opened = ust_store_new(path);
    enum ust_status status = open_file(opened, writable);
    if (status == UST_OK)
        status = refuse_shard(opened);
    if (status != UST_OK) {
        ust_store_close(opened);
        return status;
    }
    *store = opened;
    return UST_OK;
}

enum ust_status ust_store_exec(struct ust_store *store, const char *sql, const char *what)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, what);
}

enum ust_status ust_store_prepare(struct ust_store *store, const char *sql,
                                  sqlite3_stmt **statement)
{
    if (sqlite3_prepare_v2(store->db, sql, -1, statement, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot prepare a statement");
}

enum ust_status ust_store_step(struct ust_store *store, sqlite3_stmt *statement,
                               const char *what)
{
    int code = sqlite3_step(statement);
    enum ust_status status = UST_OK;
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = ust_store_failed(store, what);
    sqlite3_reset(statement);
    return status;
}

void ust_store_rollback(struct ust_store *store)
{
    /* After some errors SQLite has rolled back by itself; a second time is an error again. */
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

void ust_bind_real(sqlite3_stmt *statement, int column, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, column);
    else
        sqlite3_bind_double(statement, column, value);
}

void ust_bind_id(sqlite3_stmt *statement, int column, uint32_t id)
{
    if (id == 0)
        sqlite3_bind_null(statement, column);
    else
        sqlite3_bind_int64(statement, column, id);
}
