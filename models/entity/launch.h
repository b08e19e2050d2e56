/* Launching: a pool's way from the number that its policy wants to instances that serve.
 *
 *   off ──choose zone, type──▶ starting ───────────────────────────────────▶ up ──▶ draining
 *         (models/launch)       request, backlog, API, machine, boot, ready   └ slow at first
 *
 * Files: launch.c (how many, where), arrive.c (the way of one), retire.c (who goes), refresh.c
 * (rolling replacement), warm.c (machines that wait), supply.c (what the region can give).
 */
#ifndef UST_MODELS_ENTITY_LAUNCH_H
#define UST_MODELS_ENTITY_LAUNCH_H

#include "models/entity/supply.h"
#include "models/launch/launcher.h"
#include "models/persona/persona.h"
#include "sim/core/engine.h"
#include "sim/rand/rng.h"

/* One type of machine, as a pool uses it. All types of a pool have its slots and vCPU. */
struct ust_machine {
    const struct ust_resource_persona *persona;
    uint32_t type; /* number of its name, over the whole scenario */
    double speed, work_rate;
    double price; /* USD per hour, in the region */
};

enum ust_termination { UST_END_YOUNGEST, UST_END_OLDEST, UST_END_BILLING_HOUR };

enum ust_warm_state { UST_WARM_NONE, UST_WARM_STOPPED, UST_WARM_HIBERNATED, UST_WARM_RUNNING };

struct ust_warm_config {
    int state; /* enum ust_warm_state; NONE: there is no warm pool */
    uint32_t min;
    int64_t max_prepared; /* -1: the pool's maximum */
    bool reuse;
    struct ust_dist start; /* ns */
    struct ust_dist ready; /* ns; type NULL: nothing more to wait for */
    double price;          /* USD per hour, in the region; below 0: the machine's own */
};

struct ust_refresh_config {
    ust_time at;                     /* of the run's clock; UST_NEVER: none */
    double min_healthy, max_healthy; /* shares of the wanted number */
    ust_time warm_up;
    const double *checkpoints; /* shares of all, ascending */
    uint32_t checkpoints_n;
    ust_time delay; /* at each */
};

struct ust_node_set;

struct ust_launching_config {
    struct ust_variant launcher;
    const struct ust_machine *machines; /* the service's own persona first */
    uint32_t machines_n;
    int termination; /* enum ust_termination */
    struct ust_warm_config warm;
    struct ust_refresh_config refresh;
    uint32_t nodes; /* number of the set of nodes that it runs on, from 1; 0: on none */
};

/* What one launch has drawn. */
struct ust_launch_draw {
    ust_time request, provision, rest;
    bool fails; /* at the end of provision */
    bool warm;  /* it came from the warm pool */
};

/* A machine of the warm pool. */
struct ust_warm {
    uint8_t state, zone, type;
    bool machine; /* it has one of the region's supply */
    uint32_t epoch;
};

struct ust_warm_pool {
    struct ust_warm *at;
    struct ust_launch_draw *draw; /* [warm] */
    uint32_t capacity;
    uint32_t resting; /* as of launches */
    struct ust_rng rng;
};

struct ust_refresh {
    bool begun, active;
    int64_t total;       /* instances that it began with */
    uint32_t checkpoint; /* the next */
    ust_time until;      /* waits at the last one */
    uint32_t surplus;    /* instances beyond the wanted number that may run */
    struct ust_timer look;
};

struct ust_launching {
    const struct ust_launcher_type *launcher;
    bool managed; /* numbers are kept: a policy is asked, or the launcher replaces the dead */
    bool checks;  /* a machine can be refused */
    uint32_t zones, types;
    struct ust_launch_draw *draw; /* [instance] */
    uint32_t *count;              /* [zone]: scratch */
    ust_time *open_at;            /* [zone * types + type] */
    uint32_t *refusals;           /* the same: in a row */
    const char **refused_text;    /* the same: for the timeline, made when needed */
    ust_time *told_at;            /* the same: when the plain launcher was last refused */
    double *price;                /* [type] */
    struct ust_timer wake;        /* the next look at what was refused */
    ust_time wake_at;
    uint32_t surplus; /* instances beyond `desired`, up before others end */
    uint32_t resting; /* launches of the plain launcher that failed and wait for their retry */
    struct ust_warm_pool warm;
    struct ust_refresh refresh;
    struct ust_node_set *nodes; /* under its pods; NULL: instances are machines */
    double node_price;          /* its part of theirs, USD per hour */
};

struct ust_model;
struct ust_pool;

/* Before the run: what the pool needs to launch. */
void ust_launch_prepare(struct ust_model *model, struct ust_pool *pool);
void ust_launch_start(struct ust_model *model);
/* What else may happen on the way, in scenarios that limit supply. */
void ust_launch_more_start(struct ust_model *model);

/* Launches or terminates until the pool has what it wants. */
void ust_launch_fill(struct ust_model *model, struct ust_pool *pool);
void ust_launch_replace(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* Does the pool have instances that come and go? */
bool ust_launch_manages(const struct ust_pool *pool);

/* It has been restarted: slow at first, as a new one is. */
void ust_launch_chill(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

/* ---- for the files of this header ---- */

int64_t ust_launch_present(const struct ust_pool *pool); /* starting or up */
/* One more, where the launcher says; false: nothing can be launched now. */
bool ust_launch_one(struct ust_model *model, struct ust_pool *pool);
/* A launch has failed on its way: the pool looks elsewhere or later. */
void ust_launch_missed(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                       uint32_t type);
void ust_arrive_start(struct ust_model *model);
bool ust_launch_works(const struct ust_model *model, const struct ust_pool *pool);
void ust_launch_count(struct ust_pool *pool); /* instances by zone, into `count` */
/* Where the next machine is asked for, by `count`. */
struct ust_launch_choice ust_launch_where(const struct ust_model *model, struct ust_pool *pool);
struct ust_launch_draw ust_launch_draw_stages(const struct ust_launch *how,
                                              struct ust_rng *rng);
/* What the provider answers to a request; if granted, the machine is taken. */
enum ust_refusal ust_launch_answer(struct ust_model *model, struct ust_pool *pool,
                                   uint32_t zone, uint32_t type);
/* The pod has a node: it starts. */
void ust_launch_placed(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* The offering is closed for a while, and the pool looks elsewhere or later; `warm`: it was to
 * be a machine of the warm pool. */
void ust_launch_refused(struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                        uint32_t type, enum ust_refusal why, bool warm);

/* retire.c: the instance gives its machine back, and its number is free. */
void ust_retire_off(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* It takes nothing new and ends when it is empty; at once where it serves nothing. */
void ust_retire(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

enum ust_retire_whom {
    UST_RETIRE_ANY,  /* still starting before up */
    UST_RETIRE_UP,   /* those in service */
    UST_RETIRE_STALE /* those in service that a refresh has to replace */
};
/* The one to go: from the fullest zone, by the pool's rule of termination among these;
 * UST_NONE: there is none. */
uint32_t ust_retire_choose(const struct ust_model *model, const struct ust_pool *pool,
                           enum ust_retire_whom whom);

/* warm.c */
void ust_warm_start(struct ust_model *model);
/* Prepares or ends machines until as many wait as shall. */
void ust_warm_fill(struct ust_model *model, struct ust_pool *pool);
/* A machine that waits, out of the pool; false: none can be had. */
bool ust_warm_take(struct ust_model *model, struct ust_pool *pool, const uint32_t *count,
                   struct ust_warm *out);
/* A drained instance's machine joins the pool; false: there is no room for it. */
bool ust_warm_return(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
uint32_t ust_warm_ready(const struct ust_pool *pool);
double ust_warm_price(const struct ust_pool *pool); /* USD per hour, all together */

/* refresh.c */
void ust_refresh_start(struct ust_model *model);
void ust_refresh_look(struct ust_model *model, struct ust_pool *pool);
void ust_refresh_joined(struct ust_model *model, struct ust_pool *pool);

#endif
