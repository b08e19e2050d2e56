/* Sessions: what one user does until an inactivity gap.
 *
 *   events of a user   x xx x      xx  x                  x x
 *                      └──1──┘     └─2─┘      > gap       └3┘
 *
 * A session is a row of sums, so memory grows with sessions and not with events; beyond
 * `kept_max` a random sample of all sessions is kept (Vitter's algorithm R, from the seed), and
 * beyond `open_max` open ones those that have been silent for a gap are closed, or the longest
 * silent ones are cut short.
 *
 * An event that steps back in time but lies within a gap of its user's session belongs to it,
 * without a pause; one that lies farther back begins a session of its own, and is counted as
 * late. So files by user, files by time and clocks that are set back by seconds all work.
 */
#ifndef UST_PROFILE_SESSION_H
#define UST_PROFILE_SESSION_H

#include "analysis/profile/event.h"
#include "analysis/profile/parse.h"

struct ust_session {
    uint64_t user;
    uint64_t number, line; /* from 1, in the order of beginning; of its first event: its line */
    uint32_t input;        /* and the reader's input */
    int64_t first, last;   /* ns since 1970 */
    uint32_t events, failed;
    uint32_t thinks; /* pauses, and their sums: s, and logs of (pause + 1 ms) */
    double think, log_think;
    double sum[UST_QUANTITIES]; /* over the events that say it */
    uint32_t said[UST_QUANTITIES];
    int16_t zone_min;              /* of the first event that has one, or UST_NO_ZONE */
    uint16_t device, place, label; /* the first that was said; 0: none */
    uint16_t actions[UST_PROFILE_ACTIONS_MAX + 1]; /* events by action's number; saturated */
    double last_latency;                           /* of the last event, ms; 0: not said */
    /* What users do about bad answers: how many they left before; events that followed on a
     * failed one and on a good one, and how many of these did the same again. */
    uint16_t abandoned, timed_out;
    uint16_t after_bad, again_after_bad, bad_run; /* bad_run: the longest chain of these */
    uint32_t after_good, again_after_good;
    uint16_t last_action, last_run;
    bool last_failed, last_abandoned;
};

/* What an event was to its session. */
struct ust_placed {
    uint64_t session; /* its number */
    double pause;     /* s since the answer before; NAN for the first, or out of order */
    bool again;       /* the same action as before, which had failed */
};

struct ust_session_options {
    int64_t gap;     /* ns, above 0 */
    size_t kept_max; /* 0: 500,000 */
    size_t open_max; /* 0: 500,000 */
    uint64_t seed;
    /* Called with each session as it is closed. With `patience` (ns, 0: not) a session is
     * closed as soon as time has gone on by gap and patience since its last event, which is
     * what a stream needs; else when its user comes back, room is needed, or all ends. */
    void (*closed)(void *context, const struct ust_session *session);
    void *context;
    int64_t patience;
    bool pass; /* all sessions are handed to `closed` and none is kept */
};

/* What an event of each action usually takes, by the action's number: sums over all events that
 * say it, also of sessions that are not kept. */
struct ust_usual {
    double sum[UST_PROFILE_ACTIONS_MAX + 1][UST_QUANTITIES];
    uint64_t said[UST_PROFILE_ACTIONS_MAX + 1][UST_QUANTITIES];
};

struct ust_sessions; /* opaque */

struct ust_sessions *ust_sessions_new(const struct ust_session_options *options);
void ust_sessions_free(struct ust_sessions *sessions); /* NULL is fine */

struct ust_placed ust_sessions_add(struct ust_sessions *sessions,
                                   const struct ust_event *event);

struct ust_session_list {
    const struct ust_session *at; /* good until ust_sessions_free */
    size_t n;
    uint64_t all;                  /* sessions in all; n of them are here */
    uint64_t late;                 /* events that came a gap or more too late */
    uint64_t cut;                  /* sessions cut short for want of room */
    const struct ust_usual *usual; /* good as long; NULL: not known */
};
/* As it is now; good until ust_sessions_free. */
const struct ust_usual *ust_sessions_usual(const struct ust_sessions *sessions);

/* Closes what is open. Afterwards nothing may be added. */
struct ust_session_list ust_sessions_end(struct ust_sessions *sessions);

#endif
