/* Looks over a model's shoulder: every handler of its engine is called through this one, and
 * between two events it sees what no summary shows afterwards.
 *
 * What is known to be dead gets no new attempts, of whatever kind: first ones, retries and
 * copies, of users, of injected load and of services that call services. What is known is what
 * the timeline has told, and not what the model holds:
 *
 *   region    lost from `detected` to `recovered`. A user can know when the answer in his
 * caches has run out (his own draw says how old that is), on a connection opened since; so he
 * can when a copy leaves, or when his turn has come to a connection. He goes there all the same
 * where all regions that the policy could choose for him are lost (it fails open), or a
 * failover plan owns the region and has not moved him yet. A service that calls knows at once,
 * of regions and of instances. It goes elsewhere unless all is as bad there; it does not leave
 * its own region for what probes of the region say. Writes go to the primary that was promoted
 * last; injected load goes where it was told to, and nowhere else. zone      known to be dead
 * when all its instances are, for the balancers of zones. instance  dead from
 * `instance_unhealthy` to `instance_healthy`, ejected or leaving: it is on no balancer's list,
 * is not picked, and no attempt comes to it, but in a panic.
 *
 * Time never goes back, a pool never has more instances than anybody may have asked for, and
 * what counts against a quota never exceeds it.
 *
 * The model pays nothing for it: the handlers and the balancers are wrapped here, and what
 * chooses a region when this program is linked (--wrap, see the Makefile).
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

/* The kinds of attempts. */
enum swarm_attempt {
    SWARM_FIRST,
    SWARM_RETRY,
    SWARM_COPY,
    SWARM_WRITE,
    SWARM_INJECTED, /* each of these is for itself: an injected write is injected */
    SWARM_CALL,
    SWARM_CALL_RETRY,
    SWARM_CALL_COPY,
    SWARM_CALL_WRITE,
    SWARM_ATTEMPTS
};
extern const char *const swarm_attempt_names[SWARM_ATTEMPTS];

/* So many attempts chose a region, and of these one that was known to be lost; so many were let
 * in by instances, and so many were picked for. */
struct swarm_watched {
    uint64_t looked[SWARM_ATTEMPTS], lost[SWARM_ATTEMPTS];
    uint64_t sent; /* all of `lost` */
    uint64_t admitted, picked;
};
struct swarm_watched swarm_watch_saw(const struct swarm_watch *watch);

/* For the tests of the watch itself: it believes that the timeline has told of this. */
void swarm_watch_tell(struct swarm_watch *watch, const char *event, uint32_t region,
                      uint32_t service, double value);

#endif
