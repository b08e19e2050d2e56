/* Putting shards together: a run or a study out of parts that were made apart.
 *
 *   shard files   ──▶ OUT.merging ──judged──▶ OUT
 *   shard folders ──▶ OUT.merging/, unit by unit ──judged──▶ OUT/
 *
 * Promise: what comes out holds the same rows, and so has the same digest, as a run of one
 * process, in whatever order the shards are named. Every replication is held against its digest
 * on the way. OUT appears under its name when it is whole; a merge that is interrupted leaves
 * OUT.merging at most, which the next one replaces. What stands at OUT stays, unless it is of
 * understudy and `replace` is given.
 *
 * Refused, with a message: shards of different studies or versions; a shard twice with
 * different content; shards that are missing or not at their end. With `partial` what is there
 * makes an unfinished run or study, which `run` or `sweep` goes on with.
 */
#ifndef UST_ANALYSIS_STUDY_MERGE_H
#define UST_ANALYSIS_STUDY_MERGE_H

#include "analysis/study/index.h"
#include "sim/base/arena.h"

/* A shard: a run's file, or a study's folder. */
struct ust_merge_part {
    const char *path;
    struct ust_shard shard;
    bool complete;
    /* what all parts have in common */
    const char *name, *seed, *version;
    uint64_t hash; /* of the plan, or of the study */
    uint32_t replications;
    bool until;              /* it ends its run by `until`, so its number is the right one */
    uint64_t content;        /* hash of the replications that are there */
    bool again;              /* the same as an earlier one: nothing is taken from it */
    struct ust_store *store; /* of a file: open */
};

struct ust_merge_options {
    const char *output;
    bool partial, replace;
};

struct ust_merge_result {
    uint32_t replications, missing; /* missing: with `partial` */
    uint32_t units;                 /* of a study */
    uint64_t requests;
};

/* n parts at `paths`, all files or all folders. UST_INVALID where they are mixed. */
enum ust_status ust_merge(const struct ust_merge_options *options, const char *const *paths,
                          uint32_t n, struct ust_merge_result *result);

/* merge_parts.c: whether they are the parts of one whole, and all of them; marks those that are
 * named again. `option`: of the command that made them. */
enum ust_status ust_merge_check(struct ust_merge_part *part, uint32_t n, bool partial);

/* merge_run.c */
enum ust_status ust_merge_open(struct ust_arena *arena, const char *path,
                               struct ust_merge_part *out);
void ust_merge_close(struct ust_merge_part *part, uint32_t n);
/* One run out of its parts, at `path`, finished and judged unless something is missing. Parts
 * without a store have nothing of it. *out is open, also after UST_STOPPED; NULL: not even
 * made.
 */
enum ust_status ust_merge_run(const struct ust_merge_part *part, uint32_t n, const char *path,
                              bool partial, struct ust_merge_result *result,
                              struct ust_store **out);

/* merge_study.c: the same of folders; `folder` is made, and is not there before. */
enum ust_status ust_merge_open_folder(struct ust_arena *arena, const char *path,
                                      struct ust_merge_part *out);
enum ust_status ust_merge_study(const struct ust_merge_part *part, uint32_t n,
                                const char *folder, bool partial,
                                struct ust_merge_result *result);

#endif
