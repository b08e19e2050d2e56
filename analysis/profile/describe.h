/* A persona in the words of the scenario language: what its sessions and events say, quantity
 * by quantity.
 *
 *   sessions, labels ─▶ requests, places, devices, week, tolerance
 *   sampled events   ─▶ work, sizes, memory, I/O of each action; think times
 *
 * Each quantity is a law that fits, a constant, or the values themselves (analysis/fit).
 * Sessions that may have begun before the recording or gone on after it tell nothing of their
 * length and pauses' number: those that begin within a session's usual length of either end are
 * left out of that. Rates are of all arrivals, but for this first stretch. Those whose user
 * went away before an answer would have been longer, and patience, which ends them in a
 * simulation too, is known apart: their lengths are cut off.
 */
#ifndef UST_PROFILE_DESCRIBE_H
#define UST_PROFILE_DESCRIBE_H

#include "analysis/fit/fit.h"
#include "analysis/profile/detail.h"
#include "analysis/profile/intensity.h"
#include "analysis/profile/learn.h"
#include "sim/base/time.h"

/* Values of an empirical law. */
#define UST_EMPIRICAL_MAX 200
/* Values that a law is fitted to. */
#define UST_FITTED_MAX 5000

enum ust_law_of {
    UST_LAW_REQUESTS, /* of a session */
    UST_LAW_THINK,    /* ns */
    UST_LAW_WORK,     /* ns */
    UST_LAW_REQUEST,  /* bytes */
    UST_LAW_RESPONSE,
    UST_LAW_MEMORY,
    UST_LAW_IO,
    UST_LAWS_OF,
};
extern const char *const ust_law_names[]; /* "requests", ... */

struct ust_described_law {
    enum ust_law_of of;
    bool said;    /* else nothing is known of it */
    bool assumed; /* not seen, but needed */
    struct ust_fit fit;
    struct ust_dist dist; /* type NULL: the values themselves */
    struct ust_thinned values;
};

struct ust_described_action {
    const char *name; /* fit for the language */
    double share;
    uint64_t events;
    struct ust_described_law law[UST_LAWS_OF]; /* from WORK on */
};

struct ust_described_share {
    const char *name;
    double share;
};

struct ust_described {
    const char *name; /* set by whoever names it */
    uint64_t sessions, events;
    double share;      /* of all sessions */
    bool has_sessions; /* else its users come once */
    struct ust_described_law requests, think;
    struct ust_described_action *action; /* the most frequent first */
    uint32_t actions;
    struct ust_described_share *place, *device; /* the most frequent first; 0: not said */
    uint32_t places, devices;
    double places_unknown; /* share of sessions at places that no catalogue has */
    struct ust_intensity week;
    /* tolerance; 0: not seen */
    double timeout_ns, patience_ns;
    uint64_t timeouts, abandons;
    double retried; /* share of failed events that were tried again because they had failed */
    uint32_t attempts;
    double retry_ns;     /* pause before they were */
    int64_t first, last; /* ns since 1970 */
};

struct ust_describe_input {
    const struct ust_session_list *sessions;
    const struct ust_learned *learned;
    const struct ust_details *details;
    const struct ust_names *actions, *devices, *places;
    int64_t from, to; /* of the recording, ns since 1970 */
    bool untimed;     /* when sessions began is not known: their rate is flat */
    ust_time gap;
    struct ust_dist work; /* assumed where no event says any; ns */
    uint64_t seed;
};

/* learned->n of them, in the arena. */
struct ust_described *ust_describe(const struct ust_describe_input *input,
                                   struct ust_arena *arena);

#endif
