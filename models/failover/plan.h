/* A failover plan: steps, and which of them have to be over before others begin.
 *
 *               ┌─▶ scale_standby ──┐
 *   detect ─▶ decide                ├─▶ shift_traffic ─▶ watch ─▶ fail_back
 *               └─▶ promote_data ───┘
 *
 *   a step:  waits ──all it needs is over──▶ asks ──approved──▶ runs ──▶ over
 *                                              └── limit: continue, abort, or page ──┘
 *
 * The run of a plan knows the steps and the clock, nothing else: what it sees and what it does
 * goes through struct ust_plan_world, so it is tested without a simulation. A look costs
 * O(steps), times the steps that begin in it.
 */
#ifndef UST_MODELS_FAILOVER_PLAN_H
#define UST_MODELS_FAILOVER_PLAN_H

#include "models/failover/step.h"

struct ust_plan_step {
    const char *name;
    struct ust_variant kind; /* params begin with struct ust_step_common */
    uint64_t needs;          /* bit s: step s has to be over */
};

struct ust_plan {
    const struct ust_plan_step *steps;
    uint32_t n;
};

/* Names, `needs` and the absence of cycles; `kinds` are decoded. Every mistake is a message to
 * spec->diag; with mistakes `out` is not to be used. All in spec->arena. */
enum ust_status ust_plan_bind(struct ust_spec *spec, const struct ust_items *kinds,
                              struct ust_plan *out);

/* ---- a run ---- */

enum ust_plan_state {
    UST_PLAN_READY, /* waits for its trigger */
    UST_PLAN_RUNS,
    UST_PLAN_OVER,    /* carried out, and nobody has returned */
    UST_PLAN_ABORTED, /* stopped where it was: people have to take over */
};

enum ust_step_state { UST_STEP_WAITS, UST_STEP_ASKS, UST_STEP_RUNS, UST_STEP_DONE };

struct ust_step_run {
    enum ust_step_state state;
    ust_time due;      /* since when all that it needs has been over */
    ust_time approved; /* asks: when somebody approves */
    ust_time began;
    ust_time paged; /* when whoever was called lets it go on; UST_NEVER: nobody was called */
    ust_time next;
    bool late; /* its limit has passed */
    struct ust_step_memory memory;
    struct ust_rng approval, page, own;
};

struct ust_plan_run {
    const struct ust_plan *plan;
    struct ust_step_run *step; /* [n] */
    enum ust_plan_state state;
    bool planned; /* the region is left while it is well */
    ust_time began;
};

struct ust_plan_world {
    void *owner;
    /* Fills in what the step has to know; now, began and planned are set. */
    void (*see)(void *owner, uint32_t step, struct ust_step_view *view);
    void (*begin)(void *owner, uint32_t step);
    void (*act)(void *owner, uint32_t step, const struct ust_step_answer *answer);
    void (*end)(void *owner, uint32_t step);
    void (*roll_back)(void *owner);
    /* "step_begin", "step_approved", "step_limit", "step_end" (took: how long, in ns),
     * "step_stopped"; step n: "failover_begin", "failover_end", "failover_aborted",
     * "failover_rolled_back", "failover_called_off". */
    void (*tell)(void *owner, const char *event, uint32_t step, ust_time took);
};

/* The streams of the run are derived from seed, replication and the names of the steps. */
void ust_plan_make(struct ust_plan_run *run, const struct ust_plan *plan,
                   struct ust_arena *arena, uint64_t seed, uint32_t replication);

/* Begins the plan where it is ready; a planned run that the loss of the region overtakes goes
 * on as one that is not planned. Look afterwards. */
void ust_plan_trigger(struct ust_plan_run *run, ust_time now, bool planned,
                      const struct ust_plan_world *world);

/* All that can happen now happens. Returns when to look again; UST_NEVER: when something of
 * what the world sees has changed. Look too late and steps end late. */
ust_time ust_plan_look(struct ust_plan_run *run, ust_time now,
                       const struct ust_plan_world *world);

#endif
