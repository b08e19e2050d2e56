/* Looks over a model's shoulder: every handler of its engine is called through this one, and
 * between two events it sees what no summary shows afterwards.
 *
 * What is known to be dead gets no new attempts. Of an instance the timeline tells when the
 * checks lost it and found it again; while it is lost, ejected or leaving, no attempt comes to
 * it, but in a panic. Of a region likewise, once the user can know: when the answer in his
 * caches has run out (his own draw says how old that is), on a connection opened since, unless
 * all regions that the policy could choose for him are lost (then it fails open), or a failover
 * plan owns the region and has not moved him yet.
 *
 * Time never goes back, a pool never has more instances than anybody may have asked for, and
 * what counts against a quota never exceeds it.
 *
 * The model pays nothing for it: the handlers are wrapped here, and the choice of a region is
 * wrapped when this program is linked (--wrap=ust_path_region).
 */
#ifndef UST_TESTS_SWARM_WATCH_H
#define UST_TESTS_SWARM_WATCH_H

#include "models/entity/model.h"
#include "sim/base/text.h"

struct swarm_watch; /* opaque */

/* From here on until swarm_watch_end every event of the model is looked at, as long as this
 * process watches no other. Findings are sentences, a line each. */
struct swarm_watch *swarm_watch_begin(struct ust_model *model, struct ust_text *finding);
void swarm_watch_end(struct swarm_watch *watch);

/* So many attempts were sent, and so many came to instances, while something was known dead. */
struct swarm_watched {
    uint64_t sent, admitted;
};
struct swarm_watched swarm_watch_saw(const struct swarm_watch *watch);

/* For the tests of the watch itself: it believes that the timeline has told of this. */
void swarm_watch_tell(struct swarm_watch *watch, const char *event, uint32_t region,
                      uint32_t service, double value);

#endif
