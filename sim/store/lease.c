#include "sim/store/lease.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/cli/cli.h"

#define NAME_LENGTH 256

const struct ust_lease_terms ust_lease_usual = {.life_s = 60, .renew_s = 10, .watch_s = 25};

/* Patient with readers, whose queries may take seconds. */
#define BUSY_MS 10000

struct ust_lease {
    sqlite3 *db;
    char *path;
    const struct ust_lease_terms *terms;
    char host[NAME_LENGTH], machine[NAME_LENGTH];
    char started[32];
    long long process;
    time_t since, renewed;
};

struct holder {
    bool any;
    char host[NAME_LENGTH], machine[NAME_LENGTH], started[32], since[32];
    long long process, renewed;
};

enum state { FREE, HELD, DOUBTFUL };

/* ---- who we are ---- */

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

/* This boot of this machine, and the space in which process numbers mean something. */
static void name_machine(char out[NAME_LENGTH])
{
    char boot[64] = "", space[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (file != NULL) {
        if (fgets(boot, sizeof boot, file) != NULL)
            boot[strcspn(boot, "\n")] = '\0';
        (void)fclose(file);
    }
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[n < 0 ? 0 : n] = '\0';
    snprintf(out, NAME_LENGTH, "%s %s", boot, space);
}

static bool alive(long long process, const char *started)
{
    if (kill((pid_t)process, 0) != 0 && errno == ESRCH)
        return false;
    char now[32];
    started_at(process, now);
    return started[0] == '\0' || now[0] == '\0' || strcmp(started, now) == 0;
}

/* ---- the row ---- */

static enum ust_status failed(const struct ust_lease *lease, const char *what)
{
    return ust_cli_refused("%s: %s: %s", lease->path, what, sqlite3_errmsg(lease->db));
}

static void copy_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static int read_row(sqlite3 *db, struct holder *out)
{
    sqlite3_stmt *row;
    *out = (struct holder){.any = false};
    int code = sqlite3_prepare_v2(db,
                                  "SELECT host, machine, process, started, renewed_unix_s,"
                                  " datetime(since_unix_s, 'unixepoch') || ' UTC' FROM lease",
                                  -1, &row, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(row);
    if (code == SQLITE_ROW) {
        out->any = true;
        copy_text(row, 0, out->host, sizeof out->host);
        copy_text(row, 1, out->machine, sizeof out->machine);
        out->process = sqlite3_column_int64(row, 2);
        copy_text(row, 3, out->started, sizeof out->started);
        out->renewed = sqlite3_column_int64(row, 4);
        copy_text(row, 5, out->since, sizeof out->since);
    }
    sqlite3_finalize(row);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool same_machine(const struct ust_lease *lease, const struct holder *holder)
{
    return strcmp(holder->host, lease->host) == 0 &&
           strcmp(holder->machine, lease->machine) == 0;
}

static bool is_ours(const struct ust_lease *lease, const struct holder *holder)
{
    return holder->any && same_machine(lease, holder) && holder->process == lease->process &&
           strcmp(holder->started, lease->started) == 0;
}

static enum state judge(const struct ust_lease *lease, const struct holder *holder)
{
    if (!holder->any)
        return FREE;
    if (same_machine(lease, holder))
        return alive(holder->process, holder->started) ? HELD : FREE;
    long long age = time(NULL) - holder->renewed;
    return age >= 0 && age < lease->terms->life_s ? HELD : DOUBTFUL;
}

static enum ust_status refuse(const struct ust_lease *lease, const struct holder *holder)
{
    long long left = lease->terms->life_s - (time(NULL) - holder->renewed);
    if (same_machine(lease, holder) || left <= 0 || left > lease->terms->life_s)
        return ust_cli_refused("%s: process %lld on %s has been writing this since %s",
                               lease->path, holder->process, holder->host, holder->since);
    return ust_cli_refused("%s: process %lld on %s has been writing this since %s; if it is "
                           "gone, its lease ends in %lld s",
                           lease->path, holder->process, holder->host, holder->since, left);
}

static enum ust_status put(struct ust_lease *lease)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(lease->db,
                           "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?, ?, ?, ?)", -1,
                           &row, NULL) != SQLITE_OK)
        return failed(lease, "cannot write the lease");
    time_t now = time(NULL);
    sqlite3_bind_text(row, 1, lease->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, lease->machine, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 3, lease->process);
    sqlite3_bind_text(row, 4, lease->started, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 5, (sqlite3_int64)lease->since);
    sqlite3_bind_int64(row, 6, (sqlite3_int64)now);
    int code = sqlite3_step(row);
    sqlite3_finalize(row);
    if (code != SQLITE_DONE)
        return failed(lease, "cannot write the lease");
    lease->renewed = now;
    return UST_OK;
}

/* ---- asking ---- */

/* One transaction, or two could both find it free. `silent`: who was seen to stand still. */
static enum ust_status try_once(struct ust_lease *lease, const struct holder *silent,
                                struct holder *found, enum state *state)
{
    if (sqlite3_exec(lease->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return failed(lease, "cannot ask for the lease");
    enum ust_status status = UST_OK;
    if (read_row(lease->db, found) != SQLITE_OK)
        status = failed(lease, "cannot ask for the lease");
    *state = judge(lease, found);
    if (*state == DOUBTFUL && silent != NULL && silent->renewed == found->renewed &&
        silent->process == found->process)
        *state = FREE;
    if (status == UST_OK && *state == FREE)
        status = put(lease);
    bool keep = status == UST_OK && *state == FREE;
    if (sqlite3_exec(lease->db, keep ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK &&
        status == UST_OK)
        status = failed(lease, "cannot write the lease");
    return status;
}

/* Does the holder say anything meanwhile? */
static enum ust_status watch(const struct ust_lease *lease, struct holder *holder, bool *silent)
{
    const struct holder before = *holder;
    fprintf(stderr,
            "understudy: %s: nothing was heard of process %lld on %s for long, by this clock; "
            "watching for %d s\n",
            lease->path, holder->process, holder->host, lease->terms->watch_s);
    *silent = true;
    for (int i = 0; i < 4 * lease->terms->watch_s && *silent; i++) {
        const struct timespec nap = {0, 250000000};
        nanosleep(&nap, NULL);
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
        if (read_row(lease->db, holder) != SQLITE_OK)
            return failed(lease, "cannot ask for the lease");
        *silent = !holder->any ||
                  (holder->renewed == before.renewed && holder->process == before.process);
    }
    return UST_OK;
}

static enum ust_status take(struct ust_lease *lease)
{
    struct holder holder;
    enum state state;
    UST_TRY(try_once(lease, NULL, &holder, &state));
    if (state == DOUBTFUL) {
        bool silent;
        UST_TRY(watch(lease, &holder, &silent));
        struct holder seen = holder;
        if (silent)
            UST_TRY(try_once(lease, &seen, &holder, &state));
    }
    return state == FREE ? UST_OK : refuse(lease, &holder);
}

static void forget(struct ust_lease *lease)
{
    sqlite3_close_v2(lease->db);
    free(lease->path);
    free(lease);
}

static enum ust_status prepare(const char *path, const struct ust_lease_terms *terms,
                               struct ust_lease **out)
{
    struct ust_lease *lease = ust_malloc(sizeof *lease);
    *lease =
        (struct ust_lease){.process = (long long)getpid(), .terms = terms, .since = time(NULL)};
    lease->path = ust_malloc(strlen(path) + 1);
    memcpy(lease->path, path, strlen(path) + 1);
    if (gethostname(lease->host, sizeof lease->host - 1) != 0)
        snprintf(lease->host, sizeof lease->host, "unknown");
    name_machine(lease->machine);
    started_at(lease->process, lease->started);
    *out = lease;
    if (sqlite3_open_v2(path, &lease->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return failed(lease, "cannot open");
    sqlite3_busy_timeout(lease->db, BUSY_MS);
    return UST_OK;
}

enum ust_status ust_lease_take(const char *path, const struct ust_lease_terms *terms,
                               struct ust_lease **out)
{
    struct ust_lease *lease;
    enum ust_status status = prepare(path, terms, &lease);
    if (status == UST_OK)
        status = take(lease);
    if (status != UST_OK)
        forget(lease);
    *out = status == UST_OK ? lease : NULL;
    return status;
}

enum ust_status ust_lease_look(const char *path, const struct ust_lease_terms *terms)
{
    struct ust_lease *lease;
    struct holder holder = {.any = false};
    enum ust_status status = prepare(path, terms, &lease);
    if (status == UST_OK)
        (void)read_row(lease->db, &holder); /* a file without the table has no holder */
    /* One that is doubtful is watched when the lease is taken. */
    if (status == UST_OK && judge(lease, &holder) == HELD && !is_ours(lease, &holder))
        status = refuse(lease, &holder);
    forget(lease);
    return status;
}

/* ---- keeping ---- */

enum ust_status ust_lease_hold(const struct ust_lease *lease, sqlite3 *db)
{
    struct holder holder;
    if (read_row(db, &holder) != SQLITE_OK)
        return ust_cli_refused("%s: cannot read the lease: %s", lease->path,
                               sqlite3_errmsg(db));
    if (is_ours(lease, &holder))
        return UST_OK;
    return ust_cli_refused("%s: another process has taken over: %lld on %s", lease->path,
                           holder.process, holder.any ? holder.host : "no host");
}

/* A reader that keeps the file for long is no reason to give up; being late is. */
static enum ust_status not_now(const struct ust_lease *lease)
{
    if ((sqlite3_errcode(lease->db) & 0xff) == SQLITE_BUSY &&
        time(NULL) - lease->renewed < lease->terms->life_s)
        return UST_OK;
    return failed(lease, "cannot renew the lease");
}

enum ust_status ust_lease_renew(struct ust_lease *lease)
{
    if (time(NULL) - lease->renewed < lease->terms->renew_s)
        return UST_OK;
    if (sqlite3_exec(lease->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return not_now(lease);
    time_t before = lease->renewed;
    enum ust_status status = ust_lease_hold(lease, lease->db);
    if (status == UST_OK)
        status = put(lease);
    if (status == UST_OK && sqlite3_exec(lease->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        lease->renewed = before;
        status = not_now(lease);
    }
    if (!sqlite3_get_autocommit(lease->db))
        sqlite3_exec(lease->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

void ust_lease_return(struct ust_lease *lease)
{
    if (lease == NULL)
        return;
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(lease->db,
                           "DELETE FROM lease WHERE host = ? AND machine = ? AND process = ?"
                           " AND started = ?",
                           -1, &row, NULL) == SQLITE_OK) {
        sqlite3_bind_text(row, 1, lease->host, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 2, lease->machine, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 3, lease->process);
        sqlite3_bind_text(row, 4, lease->started, -1, SQLITE_STATIC);
        (void)sqlite3_step(row);
        sqlite3_finalize(row);
    }
    forget(lease);
}
