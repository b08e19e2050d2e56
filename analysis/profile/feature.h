/* Features of sessions: the numbers by which users are alike or not.
 *
 * A feature is taken where at least half of the sessions say it and not all say the same; a
 * session that is silent gets the median of the others. How each is then scaled is noted
 * (analysis/cluster/scale.h).
 *
 *   requests   events of the session                                    log
 *   think      mean pause between events, s                             log
 *   cpu        mean processor time of an event, ms                      log
 *   memory     mean bytes held                                          log
 *   bytes      mean bytes of network traffic                            log
 *   io         mean I/O operations                                      log
 *   latency    mean, ms                                                 log
 *   errors     share of failed events
 *   ACTION     share of the session's events, as if it had begun with four events of the usual
 *              mix: one request does not tell what its user does (each action with a
 *              thousandth of all events)                               scaled together
 *   hour_sin, hour_cos   the hour of the session's beginning on a circle, local where known
 *   weekend    1 on a Saturday or Sunday
 *
 * How long a session lasts and its rate follow from requests and think, so neither counts
 * twice.
 */
#ifndef UST_PROFILE_FEATURE_H
#define UST_PROFILE_FEATURE_H

#include <stdbool.h>

#include "analysis/cluster/points.h"
#include "analysis/cluster/scale.h"
#include "analysis/profile/session.h"

enum ust_feature_group {
    UST_FEATURE_REQUESTS = 1u << 0,
    UST_FEATURE_THINK = 1u << 1,
    UST_FEATURE_WORK = 1u << 2, /* cpu, memory, bytes, io */
    UST_FEATURE_LATENCY = 1u << 3,
    UST_FEATURE_ERRORS = 1u << 4,
    UST_FEATURE_ACTIONS = 1u << 5,
    UST_FEATURE_TIME = 1u << 6, /* hour and weekend */
};
/* What people do and ask for; latency and errors are the system's doing as much as theirs. */
#define UST_FEATURES_DEFAULT                                                                   \
    (UST_FEATURE_REQUESTS | UST_FEATURE_THINK | UST_FEATURE_WORK | UST_FEATURE_ACTIONS)
/* "requests", "think", "work", "latency", "errors", "actions", "time"; NULL-terminated, bit by
 * bit. */
extern const char *const ust_feature_group_names[];

/* Which features, decided by some sessions, so that later ones can be described alike. */
struct ust_feature_column {
    const char *name; /* of the list above, or the action's */
    bool action;
    enum ust_scale_how how;
    double usual;  /* of an action: its share in all events */
    double fill;   /* what a silent session gets */
    double silent; /* share of the sessions that were silent */
};

struct ust_feature_plan {
    uint32_t n; /* 0 where nothing differs */
    struct ust_feature_column *column;
};

/* groups: of ust_feature_group, 0: the default. Lives in the arena. */
void ust_features_plan(const struct ust_session_list *sessions, const struct ust_names *actions,
                       unsigned groups, struct ust_arena *arena, struct ust_feature_plan *out);

/* Is it the name of a feature that is no action? */
bool ust_feature_known(const char *name);

struct ust_features {
    struct ust_points points; /* a row a session, a column of the plan a feature */
    const struct ust_feature_plan *plan;
    struct ust_session_list sessions;        /* whose they are; not to be freed before */
    const struct ust_feature_source *source; /* of each column; feature.c's */
    double *x;                               /* of the points */
    bool spend; /* who compares them may scale them where they stand; false as they are made */
};

/* The number of a column's action in a recording that may be another than the plan's: by its
 * name, or else by what the name becomes in a persona ("buy now" is "buy-now" where personas
 * are simulated); 0: nobody does it there. */
uint16_t ust_feature_action(const struct ust_feature_column *column,
                            const struct ust_names *actions);

/* Actions are found as above. */
void ust_features_apply(const struct ust_feature_plan *plan,
                        const struct ust_session_list *sessions,
                        const struct ust_names *actions, struct ust_arena *arena,
                        struct ust_features *out);

/* Feature j of session i for people: shares as they were. It is worked out when it is asked
 * for: a table of these would be as large as that of the points. */
double ust_features_shown(const struct ust_features *features, size_t i, uint32_t j);

/* The same for a single session: plan->n numbers to `x` and to `shown`. `silent` (may be NULL)
 * says, for each feature, that the session does not say it, and was given the plan's. */
void ust_features_row(const struct ust_feature_plan *plan, const struct ust_session *session,
                      const struct ust_names *actions, double *x, double *shown, bool *silent);

/* Seconds since the local Monday 00:00 of an instant. */
int64_t ust_second_of_week(int64_t at_ns, int16_t zone_min);

#endif
