/* Making a file, or deciding that one can be gone on with.
 *
 *   no file, empty ──────────────▶ write schema and plan
 *   ours, same plan ─────────────▶ go on
 *   ours, other plan ──replace───▶ remove, write schema and plan
 *                  └─────────────▶ refuse, say what differs
 *   foreign, newer, locked ──────▶ refuse, touch nothing  */
#include "sim/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/arena.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"

extern const char ust_embed_schema_sql[];

/* Opens and locks the file. The lock dies with the process, so a killed run leaves none; it is
 * of another kind than SQLite's own, so readers are not kept out. */
enum ust_status ust_store_take(struct ust_store *store, bool *created)
{
    int flags = O_RDWR | O_CLOEXEC | O_NONBLOCK;
    *created = true;
    store->lock = open(store->path, flags | O_CREAT | O_EXCL, 0666);
    if (store->lock < 0 && errno == EEXIST) {
        *created = false;
        store->lock = open(store->path, flags);
    }
    if (store->lock < 0)
        return ust_cli_refused("cannot write '%s': %s", store->path, strerror(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return UST_OK; /* a file system without such locks is no reason to stop */
    *created = false;  /* not ours to remove */
    /* The lease knows who it is, unless the file has none. */
    UST_TRY(ust_lease_look(store->path, &ust_lease_usual));
    return ust_cli_refused("%s: another understudy is writing this file", store->path);
}

/* A writer that gives up throws a replication's work away, so it is patient with readers: a
 * query over a whole run takes seconds. Other writers are told apart by the lock above. */
#define WRITER_BUSY_MS 10000

enum ust_status ust_store_connect_writer(struct ust_store *store)
{
    UST_TRY(ust_store_connect(store, SQLITE_OPEN_READWRITE));
    sqlite3_busy_timeout(store->db, WRITER_BUSY_MS);
    /* Rows refer to the plan's numbers, which we hand out ourselves: checking each of millions
     * again would take a third of the writing time. */
    return ust_store_exec(store, "PRAGMA foreign_keys = 0", "cannot open");
}

static enum ust_status write_version(struct ust_store *store)
{
    UST_TRY(ust_store_machine(store, "understudy", UST_VERSION));
    return ust_store_machine(store, "sqlite", sqlite3_libversion());
}

static enum ust_status write_shard(struct ust_store *store, struct ust_shard shard)
{
    char sql[96];
    if (shard.parts == 0)
        return UST_OK;
    snprintf(sql, sizeof sql, "INSERT INTO shard VALUES (1, %u, %u, 0)", shard.part,
             shard.parts);
    return ust_store_exec(store, sql, "cannot store the plan");
}

static enum ust_status write_content(struct ust_store *store, const struct ust_store_plan *plan)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             UST_STORE_APPLICATION_ID, UST_STORE_VERSION);
    UST_TRY(ust_store_exec(store, "BEGIN IMMEDIATE", "cannot create"));
    UST_TRY(ust_store_exec(store, pragmas, "cannot create"));
    UST_TRY(ust_store_exec(store, ust_embed_schema_sql, "cannot create"));
    UST_TRY(ust_store_write_plan(store, plan));
    UST_TRY(write_shard(store, plan->run.shard));
    UST_TRY(write_version(store));
    return ust_store_exec(store, "COMMIT", "cannot create");
}

/* One transaction: a kill leaves an empty file or a complete plan. */
static enum ust_status fill(struct ust_store *store, const struct ust_store_plan *plan)
{
    enum ust_status status = write_content(store, plan);
    if (status != UST_OK)
        ust_store_rollback(store);
    return status;
}

/* ---- the same run? ---- */

/* The hash of the tables that `plan` would make, asked of SQLite itself. */
static enum ust_status hash_wanted(const struct ust_store_plan *plan, uint64_t *hash)
{
    struct ust_store *memory = ust_store_new("(memory)");
    enum ust_status status = UST_REFUSED;
    if (sqlite3_open_v2(":memory:", &memory->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK)
        ust_cli_refused("cannot compare the plan: out of memory");
    else
        status = fill(memory, plan);
    if (status == UST_OK)
        status = ust_store_hash_plan(memory, hash);
    ust_store_close(memory);
    return status;
}

/* A value within a message of one line; overrides come one a line. */
static void add_value(struct ust_text *out, const char *value, const char *where)
{
    for (const char *c = value; *c; c++)
        ust_text_add_n(out, *c == '\n' ? " " : c, 1);
    ust_text_printf(out, "%s %s", *value ? "" : "none", where);
}

static void differ(struct ust_text *out, const char *what, const char *there, const char *here)
{
    ust_text_printf(out, "%s%s ", out->length ? "; " : "", what);
    add_value(out, there, "there, ");
    add_value(out, here, "here");
}

static void compare_text(struct ust_text *out, const char *what, sqlite3_stmt *row, int column,
                         const char *here)
{
    const char *there = (const char *)sqlite3_column_text(row, column);
    if (there && !ust_text_equal(there, here))
        differ(out, what, there, here);
}

static void compare_seconds(struct ust_text *out, const char *what, sqlite3_stmt *row,
                            int column, double here)
{
    char a[40], b[40];
    double there = sqlite3_column_double(row, column);
    if (there < here || there > here) {
        snprintf(a, sizeof a, "%.9g s", there);
        snprintf(b, sizeof b, "%.9g s", here);
        differ(out, what, a, b);
    }
}

/* What people can see to differ, in their words; empty when nothing does. */
static enum ust_status differences(struct ust_store *store, const struct ust_store_run *run,
                                   struct ust_text *out, uint32_t *replications)
{
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(
        store,
        "SELECT name, overrides, seed, warmup_s, duration_s, interval_s, scenario_hash, "
        "(SELECT value FROM machine WHERE name = 'understudy'), replications FROM run",
        &row));
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) == SQLITE_ROW) {
        char seed[24];
        snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
        compare_text(out, "scenario", row, 0, run->name);
        /* Where the content is the same, what was overridden is in the file by now. */
        const char *hash = (const char *)sqlite3_column_text(row, 6);
        if (!ust_text_equal(hash, run->scenario_hash))
            compare_text(out, "overrides", row, 1, run->overrides);
        compare_text(out, "seed", row, 2, seed);
        compare_seconds(out, "warm-up", row, 3, run->warmup_s);
        compare_seconds(out, "duration", row, 4, run->duration_s);
        compare_seconds(out, "interval", row, 5, run->interval_s);
        /* The hash comes last: alone it says little, behind the others nothing. */
        if (out->length == 0)
            compare_text(out, "content of the scenario", row, 6, run->scenario_hash);
        compare_text(out, "version of understudy", row, 7, UST_VERSION);
        *replications = (uint32_t)sqlite3_column_int64(row, 8);
    } else {
        status = ust_store_failed(store, "cannot read the run");
    }
    sqlite3_finalize(row);
    return status;
}

static void name_shard(struct ust_shard shard, char out[32])
{
    if (shard.parts == 0)
        snprintf(out, 32, "all of it");
    else
        snprintf(out, 32, "%u/%u", shard.part, shard.parts);
}

static enum ust_status same_shard(struct ust_store *store, struct ust_shard here,
                                  struct ust_text *why)
{
    struct ust_shard there;
    bool complete;
    char a[32], b[32];
    UST_TRY(ust_store_shard_of(store, &there, &complete));
    if (there.part == here.part && there.parts == here.parts)
        return UST_OK;
    name_shard(there, a);
    name_shard(here, b);
    differ(why, "shard", a, b);
    return UST_OK;
}

static enum ust_status same_run(struct ust_store *store, const struct ust_store_plan *plan,
                                struct ust_text *why)
{
    uint32_t replications = 0;
    UST_TRY(differences(store, &plan->run, why, &replications));
    UST_TRY(same_shard(store, plan->run.shard, why));
    uint64_t there, here;
    UST_TRY(ust_store_hash_plan(store, &there));
    UST_TRY(hash_wanted(plan, &here));
    if (why->length == 0 && there != here)
        ust_text_add(why, "its personas, faults, metrics or settings differ");
    if (why->length == 0 && replications > plan->run.replications)
        ust_text_printf(why, "it is a run of %u replications, %u were asked for", replications,
                        plan->run.replications);
    return UST_OK;
}

/* ---- going on ---- */

static enum ust_status read_done(struct ust_store *store, uint32_t replications, bool *done)
{
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(store, "SELECT id FROM replication", &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(row, 0);
        if (id >= 1 && id <= (sqlite3_int64)replications)
            done[id] = true;
    }
    enum ust_status status =
        code == SQLITE_DONE ? UST_OK : ust_store_failed(store, "cannot read the replications");
    sqlite3_finalize(row);
    return status;
}

/* A run that grew is not complete any more. */
static enum ust_status grow(struct ust_store *store, uint32_t replications)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "UPDATE run SET replications = %u, complete = 0, digest = NULL "
             "WHERE replications < %u",
             replications, replications);
    UST_TRY(ust_store_exec(store, sql, "cannot go on with the run"));
    return store->shard ? ust_store_exec(store, "UPDATE shard SET complete = 0",
                                         "cannot go on with the run")
                        : UST_OK;
}

enum ust_status ust_store_shorten(struct ust_store *store, uint32_t *replications)
{
    char sql[160];
    sqlite3_stmt *row;
    UST_TRY(ust_store_prepare(store, "SELECT max(id) FROM replication", &row));
    if (sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int64(row, 0) > *replications)
        *replications = (uint32_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    snprintf(sql, sizeof sql, "UPDATE run SET replications = %u", *replications);
    return ust_store_exec(store, sql, "cannot end the run");
}

static enum ust_status resume(struct ust_store *store, const struct ust_store_plan *plan,
                              bool *done)
{
    UST_TRY(grow(store, plan->run.replications));
    return done ? read_done(store, plan->run.replications, done) : UST_OK;
}

/* Removes the file that we hold and takes a new one of the same name. */
enum ust_status ust_store_start_anew(struct ust_store *store)
{
    static const char *const companions[] = {"-journal", "-wal", "-shm"};
    sqlite3_close_v2(store->db);
    store->db = NULL;
    if (unlink(store->absolute) != 0)
        return ust_cli_refused("cannot replace '%s': %s", store->path, strerror(errno));
    /* Only now: a database without the journal that repairs it would be a broken one. */
    for (size_t i = 0; i < 3; i++) {
        struct ust_text name = {0};
        ust_text_printf(&name, "%s%s", store->absolute, companions[i]);
        unlink(ust_text_string(&name));
        ust_text_free(&name);
    }
    close(store->lock);
    /* A symbolic link's target is made again in its place. */
    char *typed = store->path;
    store->path = store->absolute;
    store->absolute = NULL;
    bool created;
    enum ust_status status = ust_store_take(store, &created);
    free(store->path);
    store->path = typed;
    return status == UST_OK ? ust_store_connect_writer(store) : status;
}

/* A file that another holds is left as it is, even with --force. */
static enum ust_status free_to_write(struct ust_store *store, const struct ust_store_plan *plan)
{
    return plan->run.leased ? ust_lease_look(store->absolute, &ust_lease_usual) : UST_OK;
}

/* goes_on: the file holds this run. */
static enum ust_status create_in(struct ust_store *store, const struct ust_store_plan *plan,
                                 bool replace, bool *goes_on)
{
    enum ust_store_content content = ust_store_look(store->lock, store->path);
    if (content == UST_STORE_FOREIGN)
        return UST_REFUSED;
    UST_TRY(ust_store_connect_writer(store));
    bool tables = false;
    if (content == UST_STORE_OURS)
        UST_TRY(ust_store_holds(store, &tables));
    if (!tables)
        return fill(store, plan);
    UST_TRY(free_to_write(store, plan));
    if (replace) {
        UST_TRY(ust_store_start_anew(store));
        return fill(store, plan);
    }
    struct ust_text why = {0};
    enum ust_status status = same_run(store, plan, &why);
    if (status == UST_OK && why.length > 0)
        status = ust_cli_refused("%s: holds another run: %s; give another file with -o, or "
                                 "--force to replace it",
                                 store->path, ust_text_string(&why));
    ust_text_free(&why);
    *goes_on = true;
    return status;
}

enum ust_status ust_store_create(const char *path, const struct ust_store_plan *plan,
                                 bool replace, bool *done, struct ust_store **store)
{
    *store = NULL;
    for (uint32_t i = 0; done && i <= plan->run.replications; i++)
        done[i] = false;
    bool created = false, goes_on = false;
    struct ust_store *made = ust_store_new(path);
    enum ust_status status = ust_store_take(made, &created);
    made->shard = plan->run.shard.parts > 0;
    if (status == UST_OK)
        status = create_in(made, plan, replace, &goes_on);
    if (status == UST_OK && plan->run.leased)
        status = ust_lease_take(made->absolute, &ust_lease_usual, &made->lease);
    if (status == UST_OK && goes_on)
        status = resume(made, plan, done);
    if (status != UST_OK) {
        /* An empty file that stood there before is not ours to remove. */
        if (created)
            unlink(made->path);
        ust_store_close(made);
        return status;
    }
    made->keys_n = plan->keys_n;
    made->keys = ust_malloc((plan->keys_n + 1) * sizeof *made->keys);
    for (uint32_t i = 0; i < plan->keys_n; i++)
        made->keys[i] = plan->keys[i].id;
    *store = made;
    return UST_OK;
}
