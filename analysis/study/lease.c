#include "analysis/study/lease.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/cli/cli.h"

#define NAME_MAX_ 256

struct ust_lease {
    sqlite3 *db;
    char *path;
    char host[NAME_MAX_];
    char started[32];
    long long process;
    time_t renewed;
};

/* When a process began, in ticks since the machine did, so that a number that was handed out
 * again is not taken for the same process; "" where it cannot be told. */
static void started_at(long long process, char out[32])
{
    char path[64], line[2048];
    snprintf(path, sizeof path, "/proc/%lld/stat", process);
    out[0] = '\0';
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    if (fgets(line, sizeof line, file) != NULL) {
        /* Field 22, counted behind the name, which may hold blanks (proc(5)). */
        char *at = strrchr(line, ')');
        for (int field = 2; at != NULL && field < 22; field++)
            at = strchr(at + 1, ' ');
        if (at != NULL)
            snprintf(out, 32, "%.*s", (int)strcspn(at + 1, " \n"), at + 1);
    }
    (void)fclose(file);
}

static bool alive(long long process, const char *started)
{
    if (kill((pid_t)process, 0) != 0 && errno == ESRCH)
        return false;
    char now[32];
    started_at(process, now);
    return started[0] == '\0' || now[0] == '\0' || strcmp(started, now) == 0;
}

static enum ust_status failed(const struct ust_lease *lease, const char *what)
{
    return ust_cli_refused("%s: %s: %s", lease->path, what, sqlite3_errmsg(lease->db));
}

static enum ust_status prepare(struct ust_lease *lease, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(lease->db, sql, -1, row, NULL) == SQLITE_OK
               ? UST_OK
               : failed(lease, "cannot ask for the lease");
}

static bool is_ours(const struct ust_lease *lease, sqlite3_stmt *row)
{
    return strcmp((const char *)sqlite3_column_text(row, 0), lease->host) == 0 &&
           sqlite3_column_int64(row, 1) == lease->process &&
           strcmp((const char *)sqlite3_column_text(row, 2), lease->started) == 0;
}

#define ROW "SELECT host, process, started, renewed_unix_s FROM lease"

/* May we have it? */
static enum ust_status look(struct ust_lease *lease)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(lease, ROW, &row));
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) == SQLITE_ROW && !is_ours(lease, row)) {
        const char *host = (const char *)sqlite3_column_text(row, 0),
                   *started = (const char *)sqlite3_column_text(row, 2);
        long long process = sqlite3_column_int64(row, 1);
        long long left = UST_LEASE_S - (time(NULL) - sqlite3_column_int64(row, 3));
        if (strcmp(host, lease->host) == 0 && alive(process, started))
            status =
                ust_cli_refused("%s: process %lld is writing this study", lease->path, process);
        else if (strcmp(host, lease->host) != 0 && left > 0)
            status = ust_cli_refused("%s: process %lld on %s is writing this study; if it is "
                                     "gone, its lease ends in %lld s",
                                     lease->path, process, host, left);
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status put(struct ust_lease *lease)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(lease, "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?)", &row));
    lease->renewed = time(NULL);
    sqlite3_bind_text(row, 1, lease->host, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, lease->process);
    sqlite3_bind_text(row, 3, lease->started, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 4, (sqlite3_int64)lease->renewed);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK : failed(lease, "cannot write the lease");
}

/* Looking and writing are one transaction, or two could both find it free. */
static enum ust_status take(struct ust_lease *lease)
{
    if (sqlite3_exec(lease->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return failed(lease, "cannot ask for the lease");
    enum ust_status status = look(lease);
    if (status == UST_OK)
        status = put(lease);
    const char *end = status == UST_OK ? "COMMIT" : "ROLLBACK";
    if (sqlite3_exec(lease->db, end, NULL, NULL, NULL) != SQLITE_OK && status == UST_OK)
        status = failed(lease, "cannot write the lease");
    return status;
}

static void forget(struct ust_lease *lease)
{
    sqlite3_close_v2(lease->db);
    free(lease->path);
    free(lease);
}

enum ust_status ust_lease_take(const char *path, struct ust_lease **out)
{
    struct ust_lease *lease = ust_malloc(sizeof *lease);
    *lease = (struct ust_lease){.process = (long long)getpid()};
    lease->path = ust_malloc(strlen(path) + 1);
    memcpy(lease->path, path, strlen(path) + 1);
    if (gethostname(lease->host, sizeof lease->host - 1) != 0)
        snprintf(lease->host, sizeof lease->host, "unknown");
    started_at(lease->process, lease->started);
    enum ust_status status = UST_OK;
    if (sqlite3_open_v2(path, &lease->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        status = failed(lease, "cannot open");
    else
        sqlite3_busy_timeout(lease->db, 10000);
    if (status == UST_OK)
        status = take(lease);
    if (status != UST_OK)
        forget(lease);
    *out = status == UST_OK ? lease : NULL;
    return status;
}

enum ust_status ust_lease_renew(struct ust_lease *lease)
{
    if (time(NULL) - lease->renewed < UST_LEASE_RENEW_S)
        return UST_OK;
    sqlite3_stmt *row;
    UST_TRY(prepare(lease, ROW, &row));
    bool ours = sqlite3_step(row) == SQLITE_ROW && is_ours(lease, row);
    sqlite3_finalize(row);
    if (!ours)
        return ust_cli_refused("%s: another process has taken this study over", lease->path);
    return take(lease);
}

void ust_lease_return(struct ust_lease *lease)
{
    if (lease == NULL)
        return;
    sqlite3_stmt *row;
    if (prepare(lease, "DELETE FROM lease WHERE host = ? AND process = ? AND started = ?",
                &row) == UST_OK) {
        sqlite3_bind_text(row, 1, lease->host, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 2, lease->process);
        sqlite3_bind_text(row, 3, lease->started, -1, SQLITE_STATIC);
        (void)sqlite3_step(row);
        sqlite3_finalize(row);
    }
    forget(lease);
}
