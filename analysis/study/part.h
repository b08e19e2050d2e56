/* What a command says when it has run one shard: a shard has no verdict, for that is of all of
 * them; so it tells where it is and what comes next. */
#ifndef UST_ANALYSIS_STUDY_PART_H
#define UST_ANALYSIS_STUDY_PART_H

#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/store/store.h"

struct ust_part_facts {
    const char *name, *results; /* of the scenario; file or folder */
    struct ust_shard shard;
    uint32_t pieces, ran; /* replications that belong to it, that ran now */
    uint64_t requests;
};

/* For people on stderr, unless `quiet`; or as JSON on stdout. */
enum ust_status ust_part_tell(const struct ust_part_facts *facts, bool json, bool quiet);

/* "NAME.END", or "NAME-2of3.END" of a shard: where results go that were given no other place.
 */
const char *ust_part_name(struct ust_arena *arena, const char *name, const char *end,
                          struct ust_shard shard);

#endif
