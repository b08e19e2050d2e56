/* What a database remembers of its run, enough to make the scenario again: the effective
 * scenario, the personas' documents and the seed. Only tables that they name (round trips,
 * traces, samples) are elsewhere, and are looked for as the scenario's file would.
 */
#ifndef UST_ANALYSIS_STUDY_STORED_H
#define UST_ANALYSIS_STUDY_STORED_H

#include <stdint.h>

#include "models/world/scenario.h"
#include "sim/store/store.h"

struct sqlite3_stmt;

struct ust_stored {
    struct ust_store *store;                      /* the caller closes it, NULL or not */
    const char *path, *scenario, *name, *version; /* path: of the scenario; version: of us */
    const char *overrides;                        /* lines of --set, or "" */
    const char *hash, *digest;                    /* digest: "" where it is not complete */
    uint64_t seed;
    uint32_t replications; /* the last number among those stored */
};

/* Opens and reads; texts live in `arena`. UST_REFUSED with a message printed: no database of
 * ours, or one without a replication. */
enum ust_status ust_stored_open(const char *path, struct ust_arena *arena,
                                struct ust_stored *stored);

/* The scenario with the personas' documents in their place; NULL with messages in spec->diag.
 * A tree, not yet checked; or the scenario it makes. */
struct ust_node *ust_stored_tree(struct ust_spec *spec, const struct ust_stored *stored);
struct ust_scenario *ust_stored_scenario(struct ust_spec *spec,
                                         const struct ust_stored *stored);

/* A query of the store: NULL with a message printed. A text of its row, copied; "" for NULL. */
struct sqlite3_stmt *ust_stored_query(struct ust_store *store, const char *sql);
const char *ust_stored_text(struct ust_arena *arena, struct sqlite3_stmt *row, int column);

#endif
