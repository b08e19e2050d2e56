/* The index of a study: study.db in the folder that holds its units' databases.
 *
 *     FOLDER/study.db   units, factors, levels; results of units that are whole
 *     FOLDER/0001.db    unit 1, a run like any other
 *
 * Promise: what it says of results is taken from the units' databases and is the same whoever
 * ran them and in whatever order; only the lease is of the moment. A folder that holds another
 * study is refused. Errors: UST_REFUSED with a message printed.
 */
#ifndef UST_ANALYSIS_STUDY_INDEX_H
#define UST_ANALYSIS_STUDY_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "models/world/study.h"
#include "sim/store/store.h"

#define UST_INDEX_APPLICATION_ID 0x55535453 /* "USTS" */
#define UST_INDEX_VERSION        1

struct sqlite3;
struct sqlite3_stmt;
struct ust_index; /* opaque; one thread at a time */

/* Makes folder and index, or goes on with those of the same study; `replace` starts anew where
 * there is another one. With a lease: no other writer may have the folder. */
enum ust_status ust_index_create(const char *folder, const struct ust_study *study,
                                 struct ust_shard shard, bool replace, struct ust_index **out);
/* A study that is there, to ask it something more; no lease, so results are not to be written.
 * A shard is refused: what it says of a study would be wrong. */
enum ust_status ust_index_open(const char *folder, struct ust_index **out);
/* A shard, or a whole study. */
enum ust_status ust_index_open_shard(const char *folder, struct ust_index **out);

/* A new folder with the index of another, whose units it will have, without results. */
enum ust_status ust_index_copy(const char *from, const char *folder, uint32_t *units,
                               struct ust_index **out);

/* Gives the lease back. NULL is fine. */
void ust_index_close(struct ust_index *index);

/* Takes a unit's verdict and estimates over. unit: its number. */
enum ust_status ust_index_result(struct ust_index *index, uint32_t unit,
                                 struct ust_store *store);
/* When every unit has a result: the digest of all of them. Of a shard: it is all there. */
enum ust_status ust_index_finish(struct ust_index *index);

/* Says that we are still there, now and then; refused where another has taken the lease. To be
 * called several times a second, from one thread; it has a connection of its own. */
enum ust_status ust_index_renew(struct ust_index *index);

struct sqlite3 *ust_index_sqlite(struct ust_index *index);
const char *ust_index_folder(const struct ust_index *index);
enum ust_status ust_index_failed(struct ust_index *index, const char *what);
/* Statements on it; what fails is told. */
enum ust_status ust_index_execute(struct ust_index *index, const char *sql);
enum ust_status ust_index_prepare(struct ust_index *index, const char *sql,
                                  struct sqlite3_stmt **row);

#endif
