/* Faults: what breaks, where, when and how far. A kind turns its level (0 to 1 along the ramp)
 * into an effect; the world's entities act on it, and nobody else learns of it but by health
 * checks.
 *
 *   level 1 -        __________________
 *                   /                  \
 *   level 0 -  ____/                    \______
 *                 at                     at + duration
 *                 |ramp|        |recovery|
 */
#ifndef UST_MODELS_FAULT_H
#define UST_MODELS_FAULT_H

#include <stdbool.h>

#include "sim/spec/spec.h"

/* What becomes of the attempts on a dying instance, waiting and in service. */
enum ust_in_flight {
    UST_IN_FLIGHT_FAIL,         /* the client sees an error at once (default) */
    UST_IN_FLIGHT_SILENT,       /* no answer ever: the client's own timeout must notice */
    UST_IN_FLIGHT_REQUEUE_HEAD, /* start over, before all who wait */
    UST_IN_FLIGHT_REQUEUE_TAIL, /* start over, behind all who wait */
    UST_IN_FLIGHT_RESUME,       /* go on where they were, before all who wait */
};
extern const char *const ust_in_flight_names[]; /* NULL-terminated */

/* What an instance is when a fault lets go of it. */
enum ust_returns {
    UST_RETURNS_WARM, /* as it was: it had only been out of reach (default) */
    UST_RETURNS_COLD, /* restarted: as slow at first as one that is new */
};
extern const char *const ust_returns_names[]; /* NULL-terminated */

/* Parameters that all kinds begin with; each kind's table includes these rows. */
struct ust_fault_common {
    const char *region;       /* NULL: all regions, where the kind allows it */
    ust_time at;              /* since the end of the warm-up */
    struct ust_dist lag;      /* ns, added to `at`; type NULL: none */
    struct ust_dist duration; /* ns, ramps included; type NULL: to the end of the run */
    double probability;       /* that it happens at all */
    ust_time ramp;            /* from nothing to full strength */
    ust_time recovery;        /* from full strength to nothing, at the end of `duration` */
    int in_flight;            /* enum ust_in_flight; of kinds that kill instances */
    int returns;              /* enum ust_returns; of these too */
    /* Where the values stand; NULL where a default was used. */
    const struct ust_node *region_node, *at_node, *duration_node, *ramp_node, *recovery_node;
};

/* One course of a fault, with its draws made. */
struct ust_fault_course {
    ust_time at;       /* UST_NEVER: it does not happen */
    ust_time duration; /* UST_NEVER: to the end of the run */
    ust_time ramp, recovery;
};

/* What requests ask of something outside. */
struct ust_fault_caller {
    const char *persona;
    double share;
    const struct ust_node *node;
};
struct ust_fault_call {
    double share;             /* of requests that need it */
    struct ust_items callers; /* struct ust_fault_caller: other shares of some personas */
    struct ust_dist delay;    /* ns, at full strength */
    double errors;            /* share of calls that fail at once, at full strength */
    ust_time timeout;         /* UST_NEVER: the service waits for ever */
};

struct ust_fault_effect {
    double instances_lost; /* share of the instances in scope, 0..1 */
    double slots_lost;     /* share of each instance's slots, 0..1 */
    double slow;           /* factor on service times, 1: none */
    double errors;         /* share of requests that are answered with an error */
    double hosts;          /* share of the instances in scope that are slow and err, 1: all */
    double refused;        /* share of launch requests refused for lack of capacity */
    double metrics_lost;   /* share of what is reported to those who scale that never arrives */
    double false_alarms;   /* share of the probes of live instances that fail */
    double region_false_alarms; /* share of the probes of a region that answers that fail */
    bool joiners;               /* instances that start meanwhile are slow and err too */
    const struct ust_fault_call *call; /* NULL: none is ill */
    double call_level;
    bool call_falls_back; /* a request whose call failed is served all the same */
    double cache_lost;    /* share of the entries of caches that are gone as it begins */
    double cut;           /* share of the users in scope whose way to the region is cut */
    double catch_up; /* of what was not copied between regions: pace over that of writing */
    bool cut_in, cut_out; /* what goes to the region is lost; what comes from it */
    bool cut_refuses;     /* ... and the user is told at once */
    bool region_down;     /* nothing reaches the region, its control plane neither */
    bool no_launches;     /* the control plane starts no instances in scope */
    bool no_control;      /* no launches, no terminations, no decisions of a scaler */
};

/* The names are the user's: whoever knows the regions and services checks them, at the nodes.
 */
struct ust_fault_scope {
    const char *region;  /* NULL: all */
    const char *service; /* NULL: all */
    uint64_t zones;      /* bit z: zone z (from 0); all bits: the whole region */
    const struct ust_node *region_node, *service_node, *zones_node;
    /* Of a cut between regions, the other one; of one that users meet, the places of these. */
    const char *other;
    const struct ust_node *other_node;
    const struct ust_items *places; /* const char *; NULL or none: all */
    /* Of launches, the resource personas that are asked for; const char *, as above. */
    const struct ust_items *types;
};

/* What a kind acts on; where a scenario has nothing of it in the fault's scope, the fault would
 * do nothing, and is refused. Several: each of them. */
enum ust_fault_needs {
    UST_FAULT_NEEDS_SCALING = 1,         /* a pool that scales */
    UST_FAULT_NEEDS_INSTANCE_CHECKS = 2, /* a pool whose instances are probed */
    UST_FAULT_NEEDS_REGION_CHECKS = 4,   /* routing between regions that are probed */
    UST_FAULT_NEEDS_REPLICATION = 8,     /* a service whose data is copied between regions */
    UST_FAULT_NEEDS_WARM_UP = 16,        /* instances that are slow while they are new */
    UST_FAULT_NEEDS_CACHE = 32,          /* a service with a cache in front of a call */
    UST_FAULT_NEEDS_LAUNCHES = 64,       /* a pool that launches, because of a scaler or not */
};

/* What there is to break, for kinds that look at all of it. */
struct ust_fault_world {
    const char *const *regions, *const *services;
    const uint32_t *zones; /* [region] */
    uint32_t regions_n, services_n;
    int64_t start_unix_ns; /* of the end of the warm-up */
    ust_time duration;     /* of what is measured */
};

/* What fails as one. Numbers of the world; -1: all of them. */
struct ust_fault_target {
    int32_t region, zone, service;
    bool each_instance; /* not one unit but every instance in it */
    bool common;        /* no unit at all: its failures are those of all others at once */
    double lost;        /* share of its instances that go down; 1: the region is dark too */
};

/* What an entry of the scenario stands for. */
enum ust_fault_form {
    UST_FAULT_ONE,     /* one course, with an effect */
    UST_FAULT_GROUP,   /* faults that have one cause */
    UST_FAULT_PROCESS, /* targets that fail and come back, again and again */
};

/* scope and effect are of ONE, members of GROUP, targets and stay of PROCESS. */
struct ust_fault_type {
    struct ust_kind kind; /* params begin with struct ust_fault_common */
    enum ust_fault_form form;
    /* After the whole scenario is known, before anything else here but `kind`; NULL: nothing to
     * do. Messages go to spec->diag. */
    enum ust_status (*bind)(struct ust_spec *spec, void *params, const struct ust_node *node,
                            const struct ust_fault_world *world);
    const struct ust_items *(*members)(const void *params); /* struct ust_variant */
    /* The list lives in the arena or in the parameters; the common one, if any, is last. */
    uint32_t (*targets)(const void *params, struct ust_arena *arena,
                        const struct ust_fault_world *world,
                        const struct ust_fault_target **out);
    /* How long target number t stays as it is after its nth change: whole until it fails (n
     * even), then down. UST_NEVER: for good. */
    ust_time (*stay)(const void *params, uint32_t t, uint32_t n, struct ust_rng *rng);
    /* In a few words, what an entry is, for the results; NULL: the kind's name will do. */
    const char *(*what)(const void *params, struct ust_arena *arena);
    void (*scope)(const void *params, struct ust_fault_scope *out);
    /* `out` is zeroed, with slow and hosts 1; level is in 0..1. Level 0 has no effect. */
    void (*effect)(const void *params, double level, struct ust_fault_effect *out);
    uint32_t (*needs)(const void *params); /* NULL: nothing */
};

extern const struct ust_registry ust_fault_registry;

static inline const struct ust_fault_type *ust_fault_of(const struct ust_kind *kind)
{
    return (const struct ust_fault_type *)kind;
}

/* Draws whether, when and how long: always three numbers or none, whatever comes of them. A
 * course that is drawn shorter than its ramps has them shrunk in proportion. */
struct ust_fault_course ust_fault_course_draw(const struct ust_fault_common *common,
                                              struct ust_rng *rng);

/* The course that `at`, the mean lag and the mean duration give: what is known before a run. */
struct ust_fault_course ust_fault_course_expected(const struct ust_fault_common *common);

/* Has every replication the same course? */
bool ust_fault_is_certain(const struct ust_fault_common *common);

/* How far the fault has come at `t`, 0..1. Times count from the end of the warm-up; a fault
 * acts from `at` until just before `at + duration`. */
double ust_fault_level(const struct ust_fault_course *course, ust_time t);

/* The first moment after `t` at which the level is worth asking for again: the beginning and
 * the end, and along the ramps every `step` of time; UST_NEVER when nothing comes any more. */
ust_time ust_fault_next(const struct ust_fault_course *course, ust_time t, ust_time step);

/* When it is over: `at + duration`, at most `end`, the end of the run. */
ust_time ust_fault_end(const struct ust_fault_course *course, ust_time end);

/* Both together: scope as it is, effect at `t` with out prepared. */
void ust_fault_effect_at(const struct ust_fault_type *type, const void *params,
                         const struct ust_fault_course *course, ust_time t,
                         struct ust_fault_effect *out);

/* The number of a zone: "3" and "c" are zone 2, "us-east-1c" too when the region is us-east-1;
 * -1 when it is none. */
int ust_fault_zone(const char *name, const char *region);

#endif
