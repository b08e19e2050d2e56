/* What the files of an index share. */
#ifndef UST_ANALYSIS_STUDY_INDEX_OWN_H
#define UST_ANALYSIS_STUDY_INDEX_OWN_H

#include <sqlite3.h>

#include "analysis/study/index.h"
#include "sim/base/hash.h"
#include "sim/store/lease.h"

struct ust_index {
    struct ust_arena *arena;
    sqlite3 *db;
    const char *folder, *path;
    char hash[UST_HASH_TEXT_MAX];
    struct ust_shard shard;
    struct ust_lease *lease;
};

/* Runs a statement whose values are bound, and is done with it. */
enum ust_status ust_index_run(struct ust_index *index, sqlite3_stmt *row);

/* index_plan.c: study, shard, units, factors, levels. */
enum ust_status ust_index_write_plan(struct ust_index *index, const struct ust_study *study);

#endif
