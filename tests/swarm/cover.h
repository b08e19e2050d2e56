/* Which kinds, distributions and keys of the language the generator makes use of.
 *
 * The language is walked by its own tables, once without a scenario, which gives all that there
 * is, and then along the tree of each case, which ticks off what it has.
 */
#ifndef UST_TESTS_SWARM_COVER_H
#define UST_TESTS_SWARM_COVER_H

#include "tests/swarm/swarm.h"

#define SWARM_COVER_MAX 2000

struct swarm_cover {
    struct swarm_covered {
        char name[100]; /* "fault zone_loss", "distribution gamma", "fault zone_loss.zones" */
        uint64_t seen;
    } at[SWARM_COVER_MAX];
    uint32_t n;
};

/* All that there is, seen by nobody. */
void swarm_cover_start(struct swarm_cover *cover);
void swarm_cover_case(struct swarm_cover *cover, const struct swarm_case *swarm);
/* How often it was seen; 0 too where there is none of the name. */
uint64_t swarm_cover_seen(const struct swarm_cover *cover, const char *name);

#endif
