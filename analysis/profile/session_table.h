/* Tables of sessions: CSV of a row a session, as shops and analysts keep them, read as the
 * events that a session of such a row may have been.
 *
 *   --columns requests:product=ProductRelated,seconds:product=ProductRelated_Duration,...
 *
 * A row says how many requests of each action a session had, and how long it stayed with them.
 * Its requests come action after action, each action's at even pauses: time / requests behind
 * each of them, and nothing behind the last. Without actions (requests=n,seconds=t) t is the
 * time from the first request to the last. Whatever else the row says holds for each request.
 *
 * A row needs neither user nor time: it is a session, whoever's it was, and rows without time
 * are spread evenly over a span (van der Corput's sequence in base 2: however many there are).
 */
#ifndef UST_PROFILE_SESSION_TABLE_H
#define UST_PROFILE_SESSION_TABLE_H

#include "analysis/profile/event.h"
#include "sim/base/time.h"

#define UST_SESSION_PARTS_MAX 64
/* More is no session that somebody counted. */
#define UST_SESSION_REQUESTS_MAX 1000000

struct ust_session_part {
    const char *action;    /* "": not said */
    int requests, seconds; /* columns from 0; -1: none */
};

/* The map's part of a table; no parts: the rows are events. */
struct ust_session_table {
    uint32_t parts;
    struct ust_session_part part[UST_SESSION_PARTS_MAX];
};

/* "requests", "requests:ACTION", "seconds" or "seconds:ACTION", which stand in `column`; false
 * where the name is something else. *wrong: NULL or why it cannot be. */
bool ust_session_table_map(struct ust_session_table *table, const char *name, int column,
                           struct ust_arena *arena, const char **wrong);
/* NULL, or what is missing. */
const char *ust_session_table_needs(const struct ust_session_table *table);

/* A row that is being handed out. */
struct ust_session_row {
    struct ust_event event; /* of which its requests are copies, the next one's time in `at` */
    uint32_t part, left;    /* requests of this part that are still to come */
    uint32_t requests[UST_SESSION_PARTS_MAX];
    ust_time pause[UST_SESSION_PARTS_MAX];
    uint16_t action[UST_SESSION_PARTS_MAX];
};

/* From the cells of a row; `event` is what its other columns say. No pause is longer than
 * pause_max, which is the gap: it would have ended the session. False with a reason. */
bool ust_session_table_begin(const struct ust_session_table *table, char *const *cell,
                             const struct ust_event *event, ust_time pause_max,
                             struct ust_names *actions, struct ust_session_row *row,
                             const char **reason);
/* The next request; false: there is none. */
bool ust_session_table_next(const struct ust_session_table *table, struct ust_session_row *row,
                            struct ust_event *event);

/* Where row `number` (from 0) of many begins, as a share of the span. */
double ust_session_table_share(uint64_t number);

#endif
