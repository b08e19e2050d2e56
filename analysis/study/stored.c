#include "analysis/study/stored.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"

sqlite3_stmt *ust_stored_query(struct ust_store *store, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &row, NULL) == SQLITE_OK)
        return row;
    (void)ust_store_failed(store, "cannot read");
    return NULL;
}

const char *ust_stored_text(struct ust_arena *arena, sqlite3_stmt *row, int at)
{
    const unsigned char *text = sqlite3_column_text(row, at);
    return ust_arena_text(arena, text == NULL ? "" : (const char *)text);
}

enum ust_status ust_stored_open(const char *path, struct ust_arena *arena,
                                struct ust_stored *stored)
{
    UST_TRY(ust_store_open(path, false, &stored->store));
    sqlite3_stmt *row = ust_stored_query(
        stored->store, "SELECT scenario_path, scenario, name, seed,"
                       " (SELECT coalesce(max(id), 0) FROM replication),"
                       " (SELECT value FROM machine WHERE name = 'understudy'), scenario_hash,"
                       " coalesce(digest, ''), overrides FROM run");
    if (row == NULL)
        return UST_REFUSED;
    bool there = sqlite3_step(row) == SQLITE_ROW;
    if (there) {
        stored->path = ust_stored_text(arena, row, 0);
        stored->scenario = ust_stored_text(arena, row, 1);
        stored->name = ust_stored_text(arena, row, 2);
        stored->seed = strtoull(ust_stored_text(arena, row, 3), NULL, 10);
        stored->replications = (uint32_t)sqlite3_column_int64(row, 4);
        stored->version = ust_stored_text(arena, row, 5);
        stored->hash = ust_stored_text(arena, row, 6);
        stored->digest = ust_stored_text(arena, row, 7);
        stored->overrides = ust_stored_text(arena, row, 8);
    }
    sqlite3_finalize(row);
    if (!there || stored->replications == 0)
        return ust_cli_refused("%s: holds no replication", path);
    return UST_OK;
}

/* The documents that are stored stand for the files that the scenario named. */
static enum ust_status put_personas(struct ust_spec *spec, const struct ust_stored *stored,
                                    struct ust_node *root)
{
    struct ust_node *list = ust_node_find(root, "personas");
    sqlite3_stmt *row = ust_stored_query(stored->store, "SELECT DISTINCT document FROM persona "
                                                        "ORDER BY id");
    if (list == NULL || row == NULL) {
        sqlite3_finalize(row);
        return UST_REFUSED;
    }
    list->first = list->last = NULL;
    list->children = 0;
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *text = ust_stored_text(spec->arena, row, 0);
        const char *name =
            ust_arena_printf(spec->arena, "%s, persona %u", stored->path, list->children + 1);
        struct ust_node *node = ust_spec_read_text(spec, name, text, strlen(text));
        if (node == NULL)
            break;
        if (list->last == NULL)
            list->first = node;
        else
            list->last->next = node;
        list->last = node;
        list->children++;
    }
    sqlite3_finalize(row);
    return ust_diag_errors(spec->diag) > 0 ? UST_INVALID : UST_OK;
}

struct ust_node *ust_stored_tree(struct ust_spec *spec, const struct ust_stored *stored)
{
    struct ust_node *root =
        ust_spec_read_text(spec, stored->path, stored->scenario, strlen(stored->scenario));
    return root == NULL || put_personas(spec, stored, root) != UST_OK ? NULL : root;
}

struct ust_scenario *ust_stored_scenario(struct ust_spec *spec, const struct ust_stored *stored)
{
    struct ust_node *root = ust_stored_tree(spec, stored);
    if (root == NULL)
        return NULL;
    struct ust_scenario *scenario = ust_scenario_decode(spec, stored->path, root);
    if (scenario != NULL)
        scenario->question = ust_scenario_question(spec->arena, stored->scenario);
    return scenario;
}
