/* How much of a study is there already: replications in the databases of a folder. */
#ifndef UST_ANALYSIS_STUDY_LEFT_H
#define UST_ANALYSIS_STUDY_LEFT_H

#include "models/world/shard.h"
#include "models/world/study.h"

struct ust_left {
    uint32_t *pieces; /* by unit: replications that belong to the shard */
    uint32_t *there;  /* of these, in the folder; all of them where the unit ended by `until` */
    uint64_t all, left;
};

/* folder: of results, or NULL: nothing is there. One that holds another study, or another shard
 * of it, is refused; one that does not exist holds nothing. Lives in the arena. */
enum ust_status ust_left_read(struct ust_arena *arena, const struct ust_study *study,
                              struct ust_shard shard, const char *folder, struct ust_left *out);

#endif
