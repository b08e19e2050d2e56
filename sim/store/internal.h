/* What the files of this folder share. */
#ifndef UST_STORE_INTERNAL_H
#define UST_STORE_INTERNAL_H

#include <sqlite3.h>

#include "sim/store/lease.h"
#include "sim/store/store.h"

struct ust_store {
    sqlite3 *db;
    char *path;              /* as the user typed it, for messages */
    char *absolute;          /* what SQLite opens, symbolic links resolved */
    int lock;                /* a writer's descriptor of the file, locked; else -1 */
    struct ust_lease *lease; /* NULL: none was asked for */
    bool shard;
    /* Only while results are added: */
    uint32_t *keys; /* ids in the order of the plan */
    uint32_t keys_n;
    sqlite3_stmt *replication, *series_many, *series_one, *kpi, *bucket, *moment;
};

/* What stands in a file before SQLite may touch it. */
enum ust_store_content { UST_STORE_EMPTY, UST_STORE_OURS, UST_STORE_FOREIGN };

/* Looks at the header through a descriptor; prints the message for FOREIGN, which also means a
 * version that we do not know. */
enum ust_store_content ust_store_look(int file, const char *path);

/* The header may be that of a creation that was killed before its commit: SQLite undoes it at
 * the first read, and nothing is left. Asks for tables, hence reads. */
enum ust_status ust_store_holds(struct ust_store *store, bool *tables);

/* A store around no file yet, and the connection to it. */
struct ust_store *ust_store_new(const char *path);
enum ust_status ust_store_connect(struct ust_store *store, int flags);

/* Runs statements without results; `what` completes the message. */
enum ust_status ust_store_exec(struct ust_store *store, const char *sql, const char *what);
enum ust_status ust_store_prepare(struct ust_store *store, const char *sql,
                                  sqlite3_stmt **statement);
/* Steps a statement that returns no rows, and makes it ready for the next. */
enum ust_status ust_store_step(struct ust_store *store, sqlite3_stmt *statement,
                               const char *what);
void ust_store_rollback(struct ust_store *store);
/* Also tells of files of before there were shards. */
enum ust_status ust_store_shard_of(struct ust_store *store, struct ust_shard *shard,
                                   bool *complete);
/* Opens and locks the file, which is made where there is none. */
enum ust_status ust_store_take(struct ust_store *store, bool *created);
enum ust_status ust_store_connect_writer(struct ust_store *store);
/* Removes the file that we hold and takes a new one of the same name. */
enum ust_status ust_store_start_anew(struct ust_store *store);
/* Reads the numbers of the keys from the file. */
enum ust_status ust_store_load_keys(struct ust_store *store);

/* NAN and 0 where they stand for "none". */
void ust_bind_real(sqlite3_stmt *statement, int column, double value);
void ust_bind_id(sqlite3_stmt *statement, int column, uint32_t id);

/* Writes all tables of the plan. */
enum ust_status ust_store_write_plan(struct ust_store *store,
                                     const struct ust_store_plan *plan);

/* digest.c */
uint64_t ust_store_hash_replication(const struct ust_store *store,
                                    const struct ust_store_replication *result);

#endif
