/* What the files of the watch share: watch.c wraps and unwraps, reads the timeline and looks at
 * supply; watch_place.c is about instances and zones, watch_way.c about regions. */
#ifndef UST_TESTS_SWARM_WATCH_PARTS_H
#define UST_TESTS_SWARM_WATCH_PARTS_H

#include "models/entity/pool.h"
#include "tests/swarm/watch.h"

#define SWARM_TOLD_MAX 32 /* kinds of findings in one run */

struct swarm_told {
    const char *who, *format;
    uint32_t times;
};

/* Where an attempt goes, and which of its request it is. */
struct swarm_noted {
    uint32_t region; /* from 1 */
    uint8_t attempt;
};

struct swarm_hook {
    struct swarm_watch *watch;
    struct ust_event_handler old;
};

struct swarm_watch {
    struct ust_model *model;
    struct ust_text *finding;
    struct swarm_hook hook[UST_HANDLERS_MAX];
    struct swarm_told told[SWARM_TOLD_MAX];
    uint32_t told_n;
    struct swarm_watched saw;
    ust_time last;
    uint32_t moments;
    /* [pool][instance] */
    bool **dead, **out;
    uint32_t **outstanding;
    int64_t *asked;    /* [pool]: the most that it has wanted, and may run beyond that */
    uint32_t *present; /* [pool]: instances that start or serve */
    struct ust_balance_type *balancer; /* [pool]: asks the pool's own one */
    /* [region] */
    bool *lost;
    double *vcpu;      /* the most that may count against the quota */
    uint32_t *primary; /* [service]: region; UST_NONE: it has no data */
    /* [place * regions + region]: may users there be sent to it, and until when they were */
    bool *open;
    ust_time *until;
    struct swarm_noted *noted; /* by number of the request */
    size_t noted_n;
    uint64_t candidates; /* bit r: the policy could choose region r */
};

/* Functions are wrapped for the whole program, so there is one watch; NULL: none, or of another
 * model. */
struct swarm_watch *swarm_watching(const struct ust_model *model);

/* Somebody does something: a sentence, told some times. */
__attribute__((format(printf, 3, 4))) void
swarm_watch_find(struct swarm_watch *watch, const char *who, const char *format, ...);
void *swarm_zeroed(size_t n, size_t size);
uint32_t swarm_pools_of(const struct swarm_watch *watch);

/* What has been told by now. */
void swarm_read_timeline(struct swarm_watch *watch);
/* Does the timeline tell no longer of all, because it was too much? */
bool swarm_is_cut(const struct swarm_watch *watch);

/* ---- watch_place.c ---- */

void swarm_place_begin(struct swarm_watch *watch);
void swarm_place_end(struct swarm_watch *watch);
/* Before and after an event. */
void swarm_place_look(struct swarm_watch *watch, bool before);
/* Has the pool an instance that is not known to be out of service? */
bool swarm_place_any(const struct swarm_watch *watch, const struct ust_pool *pool);

/* ---- watch_way.c ---- */

void swarm_way_begin(struct swarm_watch *watch);
void swarm_way_end(struct swarm_watch *watch);
/* An attempt is there. */
void swarm_way_arrives(struct swarm_watch *watch, uint32_t id);
/* After an event. */
void swarm_way_look(struct swarm_watch *watch);

#endif
