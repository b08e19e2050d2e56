/* One run out of its parts: replication by replication in the order of numbers, through the
 * same door as a run's own, so that the file is the one that a single process writes. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/study/judge.h"
#include "analysis/study/merge.h"
#include "sim/base/hash.h"
#include "sim/cli/cli.h"

/* ---- a part ---- */

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) == SQLITE_OK
               ? UST_OK
               : ust_store_failed(store, "cannot read the shard");
}

static enum ust_status read_facts(struct ust_arena *arena, struct ust_merge_part *part)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(part->store,
                    "SELECT name, seed, (SELECT value FROM machine WHERE name = 'understudy'),"
                    " replications, (SELECT count(*) FROM stopping) FROM run",
                    &row));
    enum ust_status status = UST_OK;
    if (sqlite3_step(row) == SQLITE_ROW) {
        part->name = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 0));
        part->seed = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 1));
        const char *version = (const char *)sqlite3_column_text(row, 2);
        part->version = ust_arena_text(arena, version == NULL ? "unknown" : version);
        part->replications = (uint32_t)sqlite3_column_int64(row, 3);
        part->until = sqlite3_column_int(row, 4) > 0;
    } else {
        status = ust_store_failed(part->store, "cannot read the run");
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status hash_content(struct ust_merge_part *part)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(part->store,
                    "SELECT id || ' ' || digest || ' ' || fingerprint"
                    " FROM replication ORDER BY id",
                    &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW)
        part->content = ust_hash_text(part->content, (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK
                               : ust_store_failed(part->store, "cannot read the replications");
}

enum ust_status ust_merge_open(struct ust_arena *arena, const char *path,
                               struct ust_merge_part *out)
{
    *out = (struct ust_merge_part){.path = path};
    UST_TRY(ust_store_open_shard(path, &out->store, &out->shard, &out->complete));
    UST_TRY(ust_store_hash_plan(out->store, &out->hash));
    UST_TRY(read_facts(arena, out));
    return hash_content(out);
}

void ust_merge_close(struct ust_merge_part *part, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        ust_store_close(part[i].store);
}

/* ---- who has what ---- */

#define NOBODY UINT32_MAX

struct ledger {
    uint32_t *owner; /* by replication, from 1: an index of parts */
    uint32_t last, missing;
};

/* How many there are to be: as many as were enough, where that was asked. */
static uint32_t replications_of(const struct ust_merge_part *part, uint32_t n)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (part[i].store != NULL && part[i].until)
            return part[i].replications;
        if (part[i].store != NULL && part[i].replications > most)
            most = part[i].replications;
    }
    return most;
}

static enum ust_status note_owner(struct ledger *ledger, const struct ust_merge_part *part,
                                  uint32_t index)
{
    sqlite3_stmt *row;
    UST_TRY(prepare(part->store, "SELECT id FROM replication", &row));
    int code;
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(row, 0);
        if (id >= 1 && id <= ledger->last && ledger->owner[id] == NOBODY)
            ledger->owner[id] = index;
    }
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? UST_OK
                               : ust_store_failed(part->store, "cannot read the replications");
}

static enum ust_status make_ledger(const struct ust_merge_part *part, uint32_t n,
                                   struct ledger *out)
{
    *out = (struct ledger){.last = replications_of(part, n)};
    out->owner = ust_malloc(((size_t)out->last + 1) * sizeof *out->owner);
    for (uint32_t r = 0; r <= out->last; r++)
        out->owner[r] = NOBODY;
    for (uint32_t i = 0; i < n; i++)
        if (part[i].store != NULL && !part[i].again)
            UST_TRY(note_owner(out, &part[i], i));
    for (uint32_t r = 1; r <= out->last; r++)
        out->missing += out->owner[r] == NOBODY;
    return UST_OK;
}

/* ---- putting together ---- */

static enum ust_status copy_replications(const struct ust_merge_part *part,
                                         const struct ledger *ledger, struct ust_store *out,
                                         struct ust_merge_result *result)
{
    enum ust_status status = UST_OK;
    for (uint32_t r = 1; r <= ledger->last && status == UST_OK; r++) {
        if (ledger->owner[r] == NOBODY)
            continue;
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
        struct ust_arena *arena = ust_arena_new();
        struct ust_store_replication rows;
        status = ust_store_read(part[ledger->owner[r]].store, r, arena, &rows);
        if (status == UST_OK)
            status = ust_store_add(out, &rows);
        result->replications++;
        result->requests += rows.requests;
        ust_arena_free(arena);
    }
    return status;
}

/* Why it ended where it did: the shard that ran the unit has said so. */
static enum ust_status copy_stopping(const struct ust_merge_part *part, uint32_t n,
                                     struct ust_store *out)
{
    for (uint32_t i = 0; i < n; i++) {
        if (part[i].store == NULL || !part[i].until || part[i].again)
            continue;
        sqlite3_stmt *from, *to = NULL;
        UST_TRY(prepare(part[i].store, "SELECT * FROM stopping", &from));
        enum ust_status status = prepare(
            out, "INSERT INTO stopping VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &to);
        while (status == UST_OK && sqlite3_step(from) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(from); c++)
                sqlite3_bind_value(to, c + 1, sqlite3_column_value(from, c));
            if (sqlite3_step(to) != SQLITE_DONE)
                status = ust_store_failed(out, "cannot store why it stopped");
            sqlite3_reset(to);
        }
        sqlite3_finalize(from);
        sqlite3_finalize(to);
        UST_TRY(status);
    }
    return UST_OK;
}

static enum ust_status copy_facts(const struct ust_merge_part *part, uint32_t n,
                                  struct ust_store *out)
{
    double seconds = 0;
    uint32_t shards = 0;
    char text[64];
    for (uint32_t i = 0; i < n; i++) {
        sqlite3_stmt *row;
        if (part[i].store == NULL || part[i].again)
            continue;
        UST_TRY(prepare(part[i].store,
                        "SELECT CAST(value AS REAL) FROM machine WHERE name ="
                        " 'seconds'",
                        &row));
        if (sqlite3_step(row) == SQLITE_ROW)
            seconds += sqlite3_column_double(row, 0);
        sqlite3_finalize(row);
        shards++;
    }
    snprintf(text, sizeof text, "%.3f", seconds);
    UST_TRY(ust_store_machine(out, "seconds", text));
    snprintf(text, sizeof text, "%" PRIu32, shards);
    return ust_store_machine(out, "shards", text);
}

static enum ust_status fill(const struct ust_merge_part *part, uint32_t n,
                            const struct ledger *ledger, struct ust_merge_result *result,
                            struct ust_store *out)
{
    UST_TRY(copy_replications(part, ledger, out, result));
    UST_TRY(copy_facts(part, n, out));
    result->missing += ledger->missing;
    if (ledger->missing > 0)
        return UST_OK;
    UST_TRY(ust_store_finish(out));
    UST_TRY(copy_stopping(part, n, out));
    return ust_judge_stored(out);
}

enum ust_status ust_merge_run(const struct ust_merge_part *part, uint32_t n, const char *path,
                              bool partial, struct ust_merge_result *result,
                              struct ust_store **out)
{
    uint32_t first = 0;
    struct ledger ledger;
    *out = NULL;
    while (first + 1 < n && part[first].store == NULL)
        first++;
    enum ust_status status = make_ledger(part, n, &ledger);
    if (status == UST_OK && ledger.missing > 0 && !partial)
        status = ust_cli_refused("%s: %u of %u replications are in none of the shards",
                                 part[first].path, ledger.missing, ledger.last);
    if (status == UST_OK)
        status = ust_store_copy_plan(part[first].store, path, ledger.last, out);
    if (status == UST_OK)
        status = fill(part, n, &ledger, result, *out);
    free(ledger.owner);
    return status;
}
