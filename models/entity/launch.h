/* Launching: a pool's way from the number that its policy wants to instances that serve.
 *
 *   off ──choose zone, type──▶ starting ───────────────────────────────────▶ up ──▶ draining
 *         (models/launch)       request, backlog, API, machine, boot, ready   └ slow at first
 *
 * Files: launch.c (asking, arriving), retire.c (who goes), supply.c (what the region can give).
 */
#ifndef UST_MODELS_ENTITY_LAUNCH_H
#define UST_MODELS_ENTITY_LAUNCH_H

#include "models/launch/launcher.h"
#include "models/persona/persona.h"
#include "sim/core/engine.h"

/* One type of machine, as a pool uses it. All types of a pool have its slots and vCPU. */
struct ust_machine {
    const struct ust_resource_persona *persona;
    uint32_t type; /* number of its name, over the whole scenario */
    double speed, work_rate;
    double price; /* USD per hour, in the region */
};

enum ust_termination { UST_END_YOUNGEST, UST_END_OLDEST, UST_END_BILLING_HOUR };

struct ust_launching_config {
    struct ust_variant launcher;
    const struct ust_machine *machines; /* the service's own persona first */
    uint32_t machines_n;
    int termination; /* enum ust_termination */
};

/* What one launch has drawn. */
struct ust_launch_draw {
    ust_time request, provision, rest;
    bool fails; /* at the end of provision */
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
    double *price;                /* [type] */
    struct ust_timer wake;        /* the next look at what was refused */
    ust_time wake_at;
    uint32_t surplus; /* instances beyond `desired`, up before others end */
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

/* retire.c: the instance gives its machine back, and its number is free. */
void ust_retire_off(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* It takes nothing new and ends when it is empty; at once where it serves nothing. */
void ust_retire(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* The one to go: still starting before up (where not `up` alone is asked for), from the fullest
 * zone, by the pool's rule of termination among these; UST_NONE: there is none. */
uint32_t ust_retire_choose(const struct ust_model *model, const struct ust_pool *pool, bool up);

#endif
