#include "analysis/profile/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/detmath.h"
#include "sim/base/hash.h"
#include "sim/base/time.h"
#include "sim/rand/rng.h"

#define KEPT_MAX 500000
#define OPEN_MAX 500000

struct ust_sessions {
    struct ust_session_options o;
    struct ust_rng rng;
    struct ust_session *kept;
    size_t kept_n, kept_room;
    struct ust_session *open; /* in no order, without holes */
    size_t open_n, open_room;
    uint32_t *slot; /* hash table of users: index into `open` + 1; 0: free */
    size_t slots;   /* a power of two, at least twice the open ones */
    int64_t newest, swept;
    uint64_t begun;
    struct ust_usual usual;
    struct ust_session_list list;
};

struct ust_sessions *ust_sessions_new(const struct ust_session_options *options)
{
    struct ust_sessions *s = ust_malloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->o = *options;
    s->o.kept_max = s->o.kept_max ? s->o.kept_max : KEPT_MAX;
    s->o.open_max = s->o.open_max ? s->o.open_max : OPEN_MAX;
    s->rng = ust_rng_derive(options->seed, 0, "profile/sessions/sample");
    s->slots = 1024;
    s->slot = ust_malloc(s->slots * sizeof *s->slot);
    memset(s->slot, 0, s->slots * sizeof *s->slot);
    s->newest = s->swept = INT64_MIN;
    return s;
}

void ust_sessions_free(struct ust_sessions *sessions)
{
    if (sessions == NULL)
        return;
    free(sessions->kept);
    free(sessions->open);
    free(sessions->slot);
    free(sessions);
}

/* ---- closing ---- */

static struct ust_session *room_for(struct ust_session **list, size_t n, size_t *room)
{
    if (n == *room) {
        *room = *room * 2 + 1024;
        *list = ust_realloc(*list, *room * sizeof **list);
    }
    return &(*list)[n];
}

static void keep(struct ust_sessions *s, const struct ust_session *session)
{
    uint64_t number = s->list.all++;
    if (s->o.closed != NULL)
        s->o.closed(s->o.context, session);
    if (s->o.pass)
        return;
    if (s->kept_n < s->o.kept_max) {
        *room_for(&s->kept, s->kept_n, &s->kept_room) = *session;
        s->kept_n++;
        return;
    }
    uint64_t at = (uint64_t)(((ust_u128)ust_rng_u64(&s->rng) * (number + 1)) >> 64);
    if (at < s->o.kept_max)
        s->kept[at] = *session;
}

/* Where the user is, or would be. */
static size_t find(const struct ust_sessions *s, uint64_t user)
{
    size_t at = (size_t)ust_mix64(user) & (s->slots - 1);
    while (s->slot[at] != 0 && s->open[s->slot[at] - 1].user != user)
        at = (at + 1) & (s->slots - 1);
    return at;
}

static void index_open(struct ust_sessions *s)
{
    memset(s->slot, 0, s->slots * sizeof *s->slot);
    for (size_t i = 0; i < s->open_n; i++)
        s->slot[find(s, s->open[i].user)] = (uint32_t)i + 1;
}

static void grow_index(struct ust_sessions *s)
{
    s->slots *= 2;
    s->slot = ust_realloc(s->slot, s->slots * sizeof *s->slot);
    index_open(s);
}

/* Closes all whose last event is before `limit`; the others move together. */
static size_t close_before(struct ust_sessions *s, int64_t limit, bool cut)
{
    size_t left = 0, closed = 0;
    for (size_t i = 0; i < s->open_n; i++) {
        if (s->open[i].last < limit) {
            keep(s, &s->open[i]);
            closed++;
        } else {
            s->open[left++] = s->open[i];
        }
    }
    s->open_n = left;
    s->list.cut += cut ? closed : 0;
    if (closed == 0)
        return 0;
    index_open(s);
    return closed;
}

/* At least an eighth of the room comes free, or this would be done again at once. */
static void make_room(struct ust_sessions *s)
{
    size_t closed = close_before(s, s->newest - s->o.gap, false);
    while (closed < s->o.open_max / 8 + 1) {
        double mean = 0.0;
        for (size_t i = 0; i < s->open_n; i++)
            mean += ((double)s->open[i].last - mean) / (double)(i + 1);
        size_t more = close_before(s, (int64_t)mean, true);
        closed += more > 0 ? more : close_before(s, INT64_MAX, true);
    }
}

/* As time goes on. Looking at all that are open four times in that span costs little. */
static void sweep(struct ust_sessions *s)
{
    int64_t span = s->o.gap + s->o.patience;
    if (s->swept != INT64_MIN && s->newest - s->swept < span / 4)
        return;
    s->swept = s->newest;
    if (s->newest >= INT64_MIN + span)
        close_before(s, s->newest - span, false);
}

/* ---- adding ---- */

static void start(struct ust_sessions *s, struct ust_session *session,
                  const struct ust_event *event)
{
    memset(session, 0, sizeof *session);
    session->number = ++s->begun;
    session->input = event->input;
    session->line = event->line;
    session->user = event->user;
    session->first = session->last = event->at;
    session->zone_min = UST_NO_ZONE;
}

/* From the answer to the next request, as far as the answer's time is known. */
static double add_pause(struct ust_session *session, const struct ust_event *event)
{
    double pause = (double)(event->at - session->last) / 1e9 - session->last_latency / 1e3;
    pause = pause > 0.0 ? pause : 0.0;
    session->thinks++;
    session->think += pause;
    session->log_think += ust_log(pause + 1e-3);
    return pause;
}

static void count_up(uint16_t *count)
{
    *count += *count < UINT16_MAX;
}

/* Does it repeat what has just failed? */
static bool add_reaction(struct ust_session *session, const struct ust_event *event)
{
    bool same = event->action == session->last_action;
    if (!session->last_failed) {
        session->after_good++;
        session->again_after_good += same;
        session->last_run = 0;
        return false;
    }
    count_up(&session->after_bad);
    if (same) {
        count_up(&session->again_after_bad);
        count_up(&session->last_run);
    } else {
        session->last_run = 0;
    }
    if (session->last_run > session->bad_run)
        session->bad_run = session->last_run;
    return same;
}

static void add_usual(struct ust_usual *usual, const struct ust_event *event)
{
    for (int q = 0; q < UST_QUANTITIES; q++) {
        if (isnan(event->quantity[q]))
            continue;
        usual->sum[event->action][q] += event->quantity[q];
        usual->said[event->action][q]++;
    }
}

static struct ust_placed extend(struct ust_session *session, const struct ust_event *event)
{
    struct ust_placed placed = {session->number, (double)NAN, false};
    if (session->events > 0 && event->at >= session->last) {
        placed.pause = add_pause(session, event);
        placed.again = add_reaction(session, event);
    }
    if (event->abandoned)
        count_up(&session->abandoned);
    if (event->timed_out)
        count_up(&session->timed_out);
    session->last_action = event->action;
    session->last_failed = event->failed;
    session->last_abandoned = event->abandoned;
    session->events++;
    session->failed += event->failed;
    if (event->at >= session->last) {
        double latency = event->quantity[UST_QUANTITY_LATENCY];
        session->last_latency = isnan(latency) ? 0.0 : latency;
        session->last = event->at;
    }
    session->first = event->at < session->first ? event->at : session->first;
    for (int q = 0; q < UST_QUANTITIES; q++) {
        if (isnan(event->quantity[q]))
            continue;
        session->sum[q] += event->quantity[q];
        session->said[q]++;
    }
    if (session->zone_min == UST_NO_ZONE)
        session->zone_min = event->zone_min;
    session->device = session->device ? session->device : event->device;
    session->place = session->place ? session->place : event->place;
    session->label = session->label ? session->label : event->label;
    count_up(&session->actions[event->action]);
    return placed;
}

struct ust_placed ust_sessions_add(struct ust_sessions *sessions, const struct ust_event *event)
{
    struct ust_sessions *s = sessions;
    s->newest = event->at > s->newest ? event->at : s->newest;
    if (s->o.patience > 0)
        sweep(s);
    size_t at = find(s, event->user);
    if (s->slot[at] == 0) {
        if (s->open_n == s->o.open_max)
            make_room(s);
        if (2 * (s->open_n + 1) > s->slots)
            grow_index(s);
        at = find(s, event->user);
        start(s, room_for(&s->open, s->open_n, &s->open_room), event);
        s->slot[at] = (uint32_t)++s->open_n;
    }
    struct ust_session *session = &s->open[s->slot[at] - 1];
    bool late = event->at < session->first && session->first - event->at > s->o.gap;
    if (late || (event->begins && session->events > 0) ||
        (event->at > session->last && event->at - session->last > s->o.gap)) {
        s->list.late += late;
        keep(s, session);
        start(s, session, event);
    }
    add_usual(&s->usual, event);
    return extend(session, event);
}

const struct ust_usual *ust_sessions_usual(const struct ust_sessions *sessions)
{
    return &sessions->usual;
}

struct ust_session_list ust_sessions_end(struct ust_sessions *sessions)
{
    for (size_t i = 0; i < sessions->open_n; i++)
        keep(sessions, &sessions->open[i]);
    free(sessions->open); /* what follows needs the room */
    free(sessions->slot);
    sessions->open = NULL;
    sessions->slot = NULL;
    sessions->open_n = sessions->open_room = 0;
    sessions->list.at = sessions->kept;
    sessions->list.n = sessions->kept_n;
    sessions->list.usual = &sessions->usual;
    return sessions->list;
}
