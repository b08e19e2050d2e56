/* Steps of a failover plan. A kind looks at what the controller sees and answers what it wants
 * and whether it is over; it never acts, so its test needs no simulation.
 *
 *   begin ──▶ look ──▶ look ──▶ ... ──▶ over, or a verdict against the plan
 *
 * A step draws what chance decides once, when it begins. From then on its answers depend on the
 * parameters, the view and its own memory alone.
 */
#ifndef UST_MODELS_FAILOVER_STEP_H
#define UST_MODELS_FAILOVER_STEP_H

#include <stdbool.h>

#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

/* What the controller sees when it looks. */
struct ust_step_view {
    ust_time now;
    ust_time began; /* the step: approved, and all that it needs is over */
    bool planned;   /* the region is left while it is well: nothing has to be lost */
    bool lost;      /* the checks say that the region is lost */
    ust_time since; /* when they last changed their mind; 0: never */
    double ready;   /* of scale_standby: instances in service over those wanted, 1: all */
    bool promoting; /* of promote_data: a data tier that it has asked is not done */
    bool
        assumed; /* ... and something is promoted that is no data tier, for as long as stated */
    ust_time lag;     /* ... of which this has not been copied yet; 0: all has */
    double moved;     /* of steps that shift: share of their users that routing sends away */
    double followed;  /* ... and of these, the share who have gone */
    double indicator; /* of watch: since the last look that was due; NAN: nothing to go by */
};

/* What a step keeps between two looks. */
struct ust_step_memory {
    ust_time takes;  /* drawn: how long it takes by itself */
    ust_time until;  /* when that is over */
    ust_time quiet;  /* since when all has been well */
    uint32_t breach; /* looks in a row that were not */
    bool refused;    /* drawn: the answer is no */
};

enum ust_step_verdict {
    UST_STEP_GOES_ON,
    UST_STEP_OVER,
    UST_STEP_CALLED_OFF, /* a false alarm: the plan ends, and waits for the next one */
    UST_STEP_ABORTS,     /* the plan stops where it is */
    UST_STEP_ROLLS_BACK, /* all users are sent back, and the plan ends */
};

struct ust_step_answer {
    enum ust_step_verdict verdict;
    ust_time next; /* look again then at the latest; UST_NEVER: when something has changed */
    double moved;  /* share of its users to send away from here on; below 0: as it is */
};

/* What a kind asks of the world, known before the run. */
struct ust_step_scope {
    const struct ust_items *services; /* const char *; NULL or none: all */
    int users;                        /* enum ust_step_users */
    bool shifts;                      /* it decides where users go */
    bool closes;                      /* ... and their open connections end when they move */
    bool returns;                     /* it undoes what others have shifted and scaled */
    double follow;                    /* it waits until this share has followed; 0: no */
    double factor;                    /* instances wanted, over those of the lost region; 0 */
    int64_t instances;                /* ... or their number; 0 */
    const struct ust_node *instances_node;
    bool promotes;
    const struct ust_node *duration_node; /* ... for so long, if not NULL */
    int indicator;                        /* enum ust_step_indicator */
};

enum ust_step_users { UST_USERS_ALL, UST_USERS_STATELESS, UST_USERS_STICKY };
extern const char *const ust_step_users_names[];

enum ust_step_indicator {
    UST_INDICATOR_NONE,
    UST_INDICATOR_ERRORS,
    UST_INDICATOR_UTILISATION,
    UST_INDICATOR_WAIT,
};

enum ust_on_limit { UST_LIMIT_CONTINUE, UST_LIMIT_ABORT, UST_LIMIT_PAGE };

/* Parameters that all kinds begin with; each kind's table includes these rows. */
struct ust_step_common {
    const char *name;               /* NULL: that of the kind */
    struct ust_items needs;         /* const char *; absent: the step before it */
    ust_time limit;                 /* UST_NEVER: none */
    int on_limit;                   /* enum ust_on_limit */
    struct ust_dist page, approval; /* ns; approval: type NULL: nobody is asked */
    const struct ust_node *name_node, *on_limit_node, *limit_node;
};
extern const char *const ust_on_limit_names[];

struct ust_step_type {
    struct ust_kind kind; /* params begin with struct ust_step_common */
    void (*scope)(const void *params, struct ust_step_scope *out); /* zeroed before */
    void (*begin)(const void *params, const struct ust_step_view *view, struct ust_rng *rng,
                  struct ust_step_memory *memory);
    struct ust_step_answer (*look)(const void *params, const struct ust_step_view *view,
                                   struct ust_step_memory *memory);
};

/* Kinds: detect, decide, scale_standby, promote_data, shift_traffic, watch, fail_back. */
extern const struct ust_registry ust_step_registry;

static inline const struct ust_step_type *ust_step_of(const struct ust_kind *kind)
{
    return (const struct ust_step_type *)kind;
}

/* ---- rows that all tables share ---- */

#define UST_STEP_ROWS(params)                                                                  \
    {.key = "name",                                                                            \
     .kind = UST_FIELD_NAME,                                                                   \
     .offset = offsetof(params, common.name),                                                  \
     .given = offsetof(params, common.name_node) + 1,                                          \
     .help = "What the timeline and `needs` call it; its kind where absent."},                 \
        {.key = "needs",                                                                       \
         .kind = UST_FIELD_LIST,                                                               \
         .offset = offsetof(params, common.needs),                                             \
         .low = 0,                                                                             \
         .high = UST_STEPS_MAX,                                                                \
         .unit = UST_FIELD_NAME,                                                               \
         .size = sizeof(const char *),                                                         \
         .help = "Steps that have to be over before it begins; absent: the one before it; "    \
                 "[]: none."},                                                                 \
        {.key = "approval",                                                                    \
         .kind = UST_FIELD_DIST,                                                               \
         .unit = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(params, common.approval),                                          \
         .high = UST_DURATION_MAX_S,                                                           \
         .fallback = "none",                                                                   \
         .word = "none",                                                                       \
         .help = "How long a person takes to approve, before it begins; none: nobody is "      \
                 "asked."},                                                                    \
        {.key = "limit",                                                                       \
         .kind = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(params, common.limit),                                             \
         .high = UST_DURATION_MAX_S,                                                           \
         .flags = UST_FIELD_LOW_OPEN,                                                          \
         .fallback = "none",                                                                   \
         .word = "none",                                                                       \
         .word_value = HUGE_VAL,                                                               \
         .given = offsetof(params, common.limit_node) + 1,                                     \
         .help = "It may take so long, approval included."},                                   \
        {.key = "on_limit",                                                                    \
         .kind = UST_FIELD_CHOICE,                                                             \
         .offset = offsetof(params, common.on_limit),                                          \
         .choices = ust_on_limit_names,                                                        \
         .fallback = "page",                                                                   \
         .given = offsetof(params, common.on_limit_node) + 1,                                  \
         .help = "When it takes longer. continue: those that need it begin all the same; "     \
                 "abort: the plan stops where it is; page: somebody is called, who lets the "  \
                 "plan continue after the time `page`, if the step is not over by itself."},   \
    {                                                                                          \
        .key = "page", .kind = UST_FIELD_DIST, .unit = UST_FIELD_DURATION,                     \
        .offset = offsetof(params, common.page), .high = UST_DURATION_MAX_S,                   \
        .fallback = "lognormal(mean 5 min, cv 1)",                                             \
        .help = "How long whoever is called takes. The 5 minutes are those in which Netflix "  \
                "decided on an evacuation (2018); their spread is an assumption."              \
    }

/* ... and of those that go by services and by what users keep. */
#define UST_STEP_SERVICES(params, text)                                                        \
    {                                                                                          \
        .key = "services", .kind = UST_FIELD_LIST, .offset = offsetof(params, services),       \
        .low = 1, .high = UST_SERVICES_MAX, .unit = UST_FIELD_NAME,                            \
        .size = sizeof(const char *), .help = text                                             \
    }

/* ---- ramps ---- */

struct ust_ramp {
    ust_time over;           /* evenly, in steps of a twentieth; 0: at once */
    struct ust_items points; /* struct ust_ramp_point; none: as `over` says */
    const struct ust_node *over_node;
};

struct ust_ramp_point {
    ust_time at;
    double share;
    const struct ust_node *at_node, *share_node;
};
extern const struct ust_field ust_ramp_point_fields[];

#define UST_STEP_RAMP(params, what)                                                            \
    {.key = "over",                                                                            \
     .kind = UST_FIELD_DURATION,                                                               \
     .offset = offsetof(params, ramp.over),                                                    \
     .high = UST_DURATION_MAX_S,                                                               \
     .given = offsetof(params, ramp.over_node) + 1,                                            \
     .fallback = "0 s",                                                                        \
     .unless = "ramp",                                                                         \
     .help = what " evenly over this time, a twentieth at a time; 0 s: at once."},             \
    {                                                                                          \
        .key = "ramp", .kind = UST_FIELD_LIST, .offset = offsetof(params, ramp.points),        \
        .fields = ust_ramp_point_fields, .size = sizeof(struct ust_ramp_point), .low = 1,      \
        .high = 1000,                                                                          \
        .help = "Or by such points, each a share that holds until the next; the last one is "  \
                "100 %."                                                                       \
    }

void ust_ramp_check(struct ust_spec *spec, const struct ust_ramp *ramp);

/* The share that has gone when `age` is over, 0..1: never falls, and ends at 1. */
double ust_ramp_share(const struct ust_ramp *ramp, ust_time age);
/* The first age after `age` at which it changes; UST_NEVER: it does not any more. */
ust_time ust_ramp_next(const struct ust_ramp *ramp, ust_time age);

#endif
