/* A study out of its parts: the index of one of them without its results, and each unit put
 * together and judged, as a sweep does it. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/study/merge.h"
#include "models/world/batch.h"
#include "sim/base/hash.h"
#include "sim/cli/cli.h"

/* A unit's database within a folder; a shard that has nothing of a unit has none. */
static const char *unit_file(struct ust_arena *arena, const char *folder, uint32_t number)
{
    const char *file = ust_batch_file(arena, folder, number);
    return access(file, F_OK) == 0 ? file : NULL;
}

static enum ust_status read_facts(struct ust_arena *arena, struct ust_index *index,
                                  struct ust_merge_part *out)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(index,
                              "SELECT name, seed, hash, ifnull((SELECT part FROM shard), 0),"
                              " ifnull((SELECT parts FROM shard), 0),"
                              " ifnull((SELECT complete FROM shard), 0) FROM study",
                              &row));
    bool any = sqlite3_step(row) == SQLITE_ROW;
    if (any) {
        out->name = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 0));
        out->seed = ust_arena_text(arena, (const char *)sqlite3_column_text(row, 1));
        out->hash = strtoull((const char *)sqlite3_column_text(row, 2), NULL, 16);
        out->shard = (struct ust_shard){(uint32_t)sqlite3_column_int64(row, 3),
                                        (uint32_t)sqlite3_column_int64(row, 4)};
        out->complete = sqlite3_column_int(row, 5) != 0;
    }
    sqlite3_finalize(row);
    return any ? UST_OK : ust_cli_refused("%s: holds no study", out->path);
}

/* What the units say: the version that wrote them, and a hash of what is in them. */
static enum ust_status read_units(struct ust_arena *arena, struct ust_index *index,
                                  struct ust_merge_part *out)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(index, "SELECT id, replications FROM unit ORDER BY id", &row));
    enum ust_status status = UST_OK;
    uint64_t planned = 0;
    out->version = "";
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        uint32_t number = (uint32_t)sqlite3_column_int64(row, 0);
        const char *file = unit_file(arena, out->path, number);
        planned += (uint64_t)sqlite3_column_int64(row, 1);
        if (file == NULL)
            continue;
        struct ust_merge_part unit;
        status = ust_merge_open(arena, file, &unit);
        if (status == UST_OK) {
            out->content = ust_mix64(out->content ^ (unit.content + number));
            out->version = unit.version;
        }
        ust_store_close(unit.store);
    }
    out->replications = (uint32_t)planned;
    sqlite3_finalize(row);
    return status;
}

enum ust_status ust_merge_open_folder(struct ust_arena *arena, const char *path,
                                      struct ust_merge_part *out)
{
    *out = (struct ust_merge_part){.path = path};
    struct ust_index *index;
    UST_TRY(ust_index_open_shard(path, &index));
    enum ust_status status = read_facts(arena, index, out);
    if (status == UST_OK)
        status = read_units(arena, index, out);
    ust_index_close(index);
    return status;
}

/* ---- putting together ---- */

/* What each folder has of a unit. A shard without any of it has no store, and no say. */
static enum ust_status open_unit(struct ust_arena *arena, const struct ust_merge_part *part,
                                 uint32_t n, uint32_t number, struct ust_merge_part *unit,
                                 bool *any)
{
    *any = false;
    memset(unit, 0, n * sizeof *unit);
    const struct ust_merge_part *first = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const char *file = part[i].again ? NULL : unit_file(arena, part[i].path, number);
        if (file == NULL)
            continue;
        UST_TRY(ust_merge_open(arena, file, &unit[i]));
        if (unit[i].shard.part != part[i].shard.part ||
            unit[i].shard.parts != part[i].shard.parts)
            return ust_cli_refused("%s: is not of the shard that its folder says it is", file);
        if (first != NULL && first->hash != unit[i].hash)
            return ust_cli_refused("%s and %s are no parts of one whole", first->path, file);
        first = first == NULL ? &unit[i] : first;
        *any = true;
    }
    return UST_OK;
}

static enum ust_status merge_unit(const struct ust_merge_part *part, uint32_t n,
                                  uint32_t number, bool partial, struct ust_index *index,
                                  struct ust_merge_result *result)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_merge_part *unit = ust_arena_alloc(arena, struct ust_merge_part, n);
    struct ust_store *store = NULL;
    bool any;
    uint32_t missing = result->missing;
    enum ust_status status = open_unit(arena, part, n, number, unit, &any);
    if (status == UST_OK && !any && !partial)
        status = ust_cli_refused("unit %u is in none of the shards", number);
    if (status == UST_OK && any)
        status = ust_merge_run(unit, n, ust_batch_file(arena, ust_index_folder(index), number),
                               partial, result, &store);
    if (status == UST_OK && any && missing == result->missing) {
        status = ust_index_result(index, number, store);
        result->units++;
    }
    ust_store_close(store);
    ust_merge_close(unit, n);
    ust_arena_free(arena);
    return status;
}

/* Replications of units of which no shard has any. */
static enum ust_status count_missing(struct ust_index *index, struct ust_merge_result *result)
{
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(index, "SELECT id, replications FROM unit", &row));
    struct ust_arena *arena = ust_arena_new();
    while (sqlite3_step(row) == SQLITE_ROW)
        if (unit_file(arena, ust_index_folder(index), (uint32_t)sqlite3_column_int64(row, 0)) ==
            NULL)
            result->missing += (uint32_t)sqlite3_column_int64(row, 1);
    ust_arena_free(arena);
    sqlite3_finalize(row);
    return UST_OK;
}

enum ust_status ust_merge_study(const struct ust_merge_part *part, uint32_t n,
                                const char *folder, bool partial,
                                struct ust_merge_result *result)
{
    struct ust_index *index;
    uint32_t units;
    UST_TRY(ust_index_copy(part[0].path, folder, &units, &index));
    enum ust_status status = UST_OK;
    for (uint32_t number = 1; number <= units && status == UST_OK; number++)
        status = merge_unit(part, n, number, partial, index, result);
    if (status == UST_OK)
        status = ust_index_finish(index);
    if (status == UST_OK && partial)
        status = count_missing(index, result);
    ust_index_close(index);
    return status;
}
