/* The failover controller: carries a plan out (models/failover/plan.h).
 *
 * It owns where the users of one region go: health checks tell it that the region is lost, and
 * nothing moves but by its steps. A user whose own draw lies below the share that a step has
 * sent away is answered with the standby, all others as the policy says with the region in use;
 * so whoever has been sent away stays away until he is sent back. Caches and connections follow
 * each such change as they follow any other.
 */
#ifndef UST_MODELS_ENTITY_FAILOVER_H
#define UST_MODELS_ENTITY_FAILOVER_H

#include "models/failover/plan.h"
#include "sim/core/engine.h"

struct ust_failover_step_config {
    struct ust_step_scope scope;
    const uint8_t *streams;  /* [traffic]: does it shift these? NULL: it shifts none */
    const uint8_t *services; /* [service]: is it about this one? */
    bool assumes; /* promote_data: not all is up to data tiers, see struct ust_step_view */
};

struct ust_failover_config {
    struct ust_plan plan;
    const struct ust_failover_step_config *steps;
    uint32_t from, to;
    bool on_loss;
    ust_time at;   /* of the run's clock; UST_NEVER: not planned */
    ust_time poll; /* the controller looks at least so often */
};

/* What watch has seen, of the standby's pools together. */
struct ust_failover_reading {
    uint64_t arrivals, bad, started, wait_ns, busy_area;
    ust_time at;
};

struct ust_failover_step {
    struct ust_failover_reading before;
    ust_time due; /* of watch: the next look that counts */
    ust_time lag;
    int64_t *wanted; /* [service]: of scale_standby */
    bool returning;  /* of fail_back: some have been sent back */
    double *peak;    /* [traffic]: of fail_back, what was away when it began */
};

struct ust_failover {
    const struct ust_failover_config *config;
    struct ust_plan_run run;
    struct ust_plan_world world;
    struct ust_failover_step *step;
    double *moved;     /* [traffic]: share of its users that is sent away */
    uint8_t *closes;   /* [traffic]: open connections to the region end */
    uint64_t changes;  /* of `moved`, so far */
    uint64_t promoted; /* bit s: service s writes in the standby */
    ust_time since;    /* when the checks last changed their mind */
    struct ust_timer look;
    struct ust_rng lag;
};

struct ust_model;
struct ust_answer;

void ust_failover_start(struct ust_model *model);
/* The checks have changed their mind about a region. true: the plan owns it, nobody else has to
 * do anything. */
bool ust_failover_decides(struct ust_model *model, uint32_t region);
/* [traffic]: share of the users who stay, in an answer that is given now; in the arena. `other`
 * is the share that has returned to regions that the plan does not own. */
double *ust_failover_stays(struct ust_model *model, double other);
/* Of a stream's users who hold the answer, the share that is sent away. */
double ust_failover_away(const struct ust_model *model, const struct ust_answer *answer,
                         uint32_t stream);
/* Something that a step waits for has ended: it is seen now. */
void ust_failover_poke(struct ust_model *model);
/* Has the service's data been promoted away from the region? */
bool ust_failover_promoted(const struct ust_model *model, int32_t region, uint32_t service);

#endif
