/* A study in parts, each run where and when its machine has time, put together afterwards.
 *
 * Its pieces are replications, and whole units where `until` decides how many there are, for
 * that looks at a unit's replications in order. Pieces are dealt like cards, unit by unit, each
 * unit beginning at the next shard: so every shard gets as much of each unit as the others do,
 * a study with fewer replications than shards keeps them all busy, and a study that grows
 * leaves every piece where it was.
 */
#ifndef UST_MODELS_WORLD_SHARD_H
#define UST_MODELS_WORLD_SHARD_H

#include "sim/store/store.h"

/* From "2/8": the second of eight. UST_INVALID with a message on stderr. NULL: the whole. */
enum ust_status ust_shard_read(const char *text, struct ust_shard *out);

/* Is replication (from 1) of unit (index from 0) in it? whole: the unit goes as one piece. */
bool ust_shard_has(struct ust_shard shard, uint32_t unit, uint32_t replication, bool whole);

/* How many of a unit's replications 1 to n are in it. */
uint32_t ust_shard_count(struct ust_shard shard, uint32_t unit, uint32_t n, bool whole);

/* The row of --shard: `shard`, a const char * of the command's options. */
#define UST_OPTION_SHARD(options)                                                              \
    {                                                                                          \
        .name = "shard", .kind = UST_OPTION_TEXT, .offset = offsetof(options, shard),          \
        .value = "I/N",                                                                        \
        .help = "only the I-th of N parts, 1/N to N/N; `understudy merge` puts them together"  \
    }

#endif
