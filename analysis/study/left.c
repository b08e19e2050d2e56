#include "analysis/study/left.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "analysis/study/index.h"
#include "models/world/batch.h"
#include "sim/base/hash.h"
#include "sim/cli/cli.h"

static enum ust_status same_study(struct ust_index *index, const struct ust_study *study,
                                  struct ust_shard shard)
{
    sqlite3_stmt *row;
    char hash[UST_HASH_TEXT_MAX];
    if (sqlite3_prepare_v2(ust_index_sqlite(index),
                           "SELECT hash = ?, ifnull((SELECT part FROM shard), 0) = ? AND"
                           " ifnull((SELECT parts FROM shard), 0) = ? FROM study",
                           -1, &row, NULL) != SQLITE_OK)
        return ust_index_failed(index, "cannot read the index");
    sqlite3_bind_text(row, 1, ust_hash_hex(study->hash, hash), -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 2, shard.part);
    sqlite3_bind_int64(row, 3, shard.parts);
    bool any = sqlite3_step(row) == SQLITE_ROW;
    bool same = any && sqlite3_column_int(row, 0), part = any && sqlite3_column_int(row, 1);
    sqlite3_finalize(row);
    if (!same)
        return ust_cli_refused("%s: holds another study", ust_index_folder(index));
    return part ? UST_OK
                : ust_cli_refused("%s: holds another shard, or the whole, of this study",
                                  ust_index_folder(index));
}

static enum ust_status count(const char *file, uint32_t most, bool *ended, uint32_t *out)
{
    struct ust_store *store;
    struct ust_shard shard;
    bool complete;
    UST_TRY(ust_store_open_shard(file, &store, &shard, &complete));
    sqlite3_stmt *row;
    enum ust_status status = UST_OK;
    if (sqlite3_prepare_v2(ust_store_sqlite(store),
                           "SELECT (SELECT count(*) FROM replication WHERE id <= ?), complete,"
                           " (SELECT count(*) FROM stopping) FROM run",
                           -1, &row, NULL) != SQLITE_OK) {
        status = ust_store_failed(store, "cannot read the replications");
    } else {
        sqlite3_bind_int64(row, 1, most);
        if (sqlite3_step(row) == SQLITE_ROW) {
            *out = (uint32_t)sqlite3_column_int64(row, 0);
            *ended = (complete || sqlite3_column_int(row, 1)) && sqlite3_column_int(row, 2) > 0;
        }
        sqlite3_finalize(row);
    }
    ust_store_close(store);
    return status;
}

static enum ust_status count_all(struct ust_arena *arena, const struct ust_study *study,
                                 const char *folder, struct ust_left *out)
{
    for (uint32_t u = 0; u < study->n; u++) {
        const char *file = ust_batch_file(arena, folder, study->unit[u].is->number);
        bool ended = false;
        if (access(file, F_OK) != 0)
            continue;
        UST_TRY(count(file, study->unit[u].replications, &ended, &out->there[u]));
        if (ended && study->unit[u].asks)
            out->there[u] = out->pieces[u];
    }
    return UST_OK;
}

enum ust_status ust_left_read(struct ust_arena *arena, const struct ust_study *study,
                              struct ust_shard shard, const char *folder, struct ust_left *out)
{
    *out = (struct ust_left){.pieces = ust_arena_alloc(arena, uint32_t, study->n + 1),
                             .there = ust_arena_alloc(arena, uint32_t, study->n + 1)};
    for (uint32_t u = 0; u < study->n; u++)
        out->pieces[u] =
            ust_shard_count(shard, u, study->unit[u].replications, study->unit[u].asks);
    if (folder != NULL && access(folder, F_OK) == 0) {
        struct ust_index *index;
        UST_TRY(ust_index_open_shard(folder, &index));
        enum ust_status status = same_study(index, study, shard);
        ust_index_close(index);
        UST_TRY(status);
        UST_TRY(count_all(arena, study, folder, out));
    }
    for (uint32_t u = 0; u < study->n; u++) {
        out->all += out->pieces[u];
        out->left += out->pieces[u] - out->there[u];
    }
    return UST_OK;
}
