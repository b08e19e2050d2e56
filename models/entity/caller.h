/* Clients with a memory: breakers, throttles, limits, retry budgets and hedges of a stream
 * (models/client/client.h says what they are).
 *
 * A stream whose persona asks for none of it has no callers, and pays one test of a pointer for
 * each send. Where there are callers, what an attempt came to is told to them when the client
 * sees it, network included, so the answer has an event of its own.
 *
 * A hedged attempt is a request that waits (UST_COPIED) for attempts made in its image: these
 * are flagged UST_COPY, point to it by `owner`, and hang in its list by `sibling`. Clocks of
 * the whole request stay with the owner; the copy that wins takes its place.
 *
 *                 ┌── throttle, breaker, limits say no ──▶ refused, never sent
 *   send ─▶ admit ┼── no connection free ──▶ pending ──one is free──┐
 *                 └─────────────────────────────────────────────────┴──▶ leaves
 */
#ifndef UST_MODELS_ENTITY_CALLER_H
#define UST_MODELS_ENTITY_CALLER_H

#include "models/entity/delay.h"
#include "models/entity/model.h"

/* What a request holds of its caller, for as long as the attempt goes on. */
enum ust_caller_mark {
    UST_MARK_ACTIVE = 1, /* it is sent */
    UST_MARK_PROBE = 2,  /* the breaker decides by it */
    UST_MARK_RETRY = 4,  /* a place among the retries */
    UST_MARK_HEDGE = 8   /* a place among the copies; not the first send of its attempt */
};

/* One process, towards a service or one of its regions. */
struct ust_caller {
    uint32_t active, pending, retries, copies;
    uint32_t head, tail; /* requests that wait for a connection; those that left among them */
    bool releasing;      /* it will be looked at who of them may go */
    struct ust_breaker breaker;
    void *breaker_state, *retry_state, *hedge_state;
    struct ust_recent *throttle; /* good: answers; bad: attempts */
};

struct ust_callers {
    const struct ust_client_rules *rules;
    const struct ust_budget_type *retry_budget, *hedge_budget; /* NULL: none */
    const void *retry_params, *hedge_params;
    bool breaks, hedges;
    struct ust_caller *at; /* [process * scopes + scope] */
    uint32_t processes, scopes;
    struct ust_rng choose, throttle, work;
    struct ust_hedge_delay delay;
    struct ust_area open, pending; /* breakers that are not closed; requests that wait */
    uint64_t local, denied, hedges_sent, hedges_won, unsent;
};

void ust_caller_start(struct ust_model *model);

/* The process that a request, or a session, goes through. */
uint32_t ust_caller_choose(struct ust_callers *callers);

/* The next attempt of the request is due; region, budget and hedge are its business too. */
void ust_caller_send(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);

/* May a failed attempt be repeated? If so the request holds a retry from now on. */
bool ust_caller_affords(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);

/* The attempt is over for its client, or the request is: gives back what it holds. Moves no
 * request in memory. */
void ust_caller_ended(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                      enum ust_result result);

/* The attempt was answered: the same, and if it is one of several copies, the others are let go
 * and it takes its owner's place. */
void ust_caller_answered(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);

/* A request that waits for a connection leaves the line. */
void ust_caller_unqueue(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);

/* ---- caller.c for caller_start.c: an event, of who waits for a connection ---- */
void ust_caller_on_release(void *context, uint64_t argument);

/* ---- hedge.c ---- */

void ust_hedge_start(struct ust_model *model);
/* The first copy of an attempt of request `id`, which waits for it from now on. */
uint32_t ust_hedge_first(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);
/* A copy was answered: it takes the place of its owner, and the others are let go. */
void ust_hedge_won(struct ust_model *model, struct ust_traffic *traffic, uint32_t copy);
/* A copy is nobody's any more: unlinked, not freed. The owner, if that was its last; UST_NONE:
 * others are still on the way. */
uint32_t ust_hedge_lost(struct ust_model *model, uint32_t copy);
/* All copies of a request are let go. */
void ust_hedge_stop(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                    enum ust_result result);

/* ---- caller.c for hedge.c: an attempt meets its guards, and leaves if they let it. ---- */
void ust_caller_admit(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);
/* An attempt that is about to leave goes to another region where its user knows better by now
 * than when that was chosen. True: its caller is another one then, with guards of its own. */
bool ust_caller_aim(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);

/* ---- client.c for these files ---- */

/* Starts the attempt's clock and its way to the region of its pool. */
void ust_client_depart(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);
/* One that was held at its client leaves now, for this region. */
void ust_client_resume(struct ust_model *model, uint32_t id, uint32_t region);
/* An attempt was not sent, by the client's own decision. */
void ust_client_refused(struct ust_model *model, uint32_t id);
/* Nobody waits for the attempt any more: it is freed, or goes on as an orphan. */
void ust_client_let_go(struct ust_model *model, uint32_t id);

#endif
