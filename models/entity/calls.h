/* Services that call services. When the work of an attempt is done, it makes its service's
 * calls before it answers: step by step, and the calls of one step side by side.
 *
 *   work ──▶ step 1 ─┬─ call ─┬─▶ step 2 ── call ──▶ answer
 *                    └─ call ─┘ (the last answer ends the step)
 *
 * A call is sent as an attempt of its own (UST_INTERNAL), to a pool in the caller's region or
 * in the next one that has what it takes; it waits, is served and counts there as any other
 * arrival, for the user whom it serves in the end: his criticality, and the time that he still
 * waits. It may time out and be repeated, and copies of it may go out when it is late. The
 * attempt that waits for it keeps its slot, or
 * gives it back where the service is `async`. Users' requests are not counted here, nor these
 * there.
 *
 * A call is known by its number, which the attempt that carries it holds as its session; what
 * an attempt waits for lies beside the requests, by the attempt's number. Everything that
 * happens to a call comes as an event, so nothing that ends in a pool ends anything else in it
 * under its hands. Cost: nothing where no service calls; one event there and one back.
 */
#ifndef UST_MODELS_ENTITY_CALLS_H
#define UST_MODELS_ENTITY_CALLS_H

#include "models/entity/cache.h"
#include "models/entity/delay.h"
#include "sim/core/engine.h"
#include "sim/rand/dist.h"
#include "sim/spec/spec.h"

struct ust_config;
struct ust_model;
struct ust_pool;

/* What becomes of an attempt whose call has failed for good. */
enum ust_call_fallback {
    UST_FALLBACK_FAIL,    /* it fails */
    UST_FALLBACK_DEGRADE, /* it answers without, and that is counted */
    UST_FALLBACK_IGNORE,  /* nobody misses what the call brings */
};

struct ust_call_config {
    uint32_t service; /* that is called */
    uint32_t step;    /* from 0 */
    double probability;
    uint32_t count;                                /* so many at once, each drawn by itself */
    struct ust_dist work;                          /* CPU ns at the callee */
    struct ust_dist request, response, memory, io; /* bytes, bytes, bytes, operations */
    bool sizes;                                    /* any of these four */
    ust_time timeout;                              /* of one attempt; 0: none */
    struct ust_variant retries;                    /* kind NULL: none */
    const struct ust_hedge *hedge;                 /* NULL: none */
    int fallback;
    struct ust_cache_config cache;
    double writes; /* share that writes: to the primary of a data tier, past the cache */
};

/* `action` of an attempt that carries a call. */
enum { UST_CALL_READS, UST_CALL_WRITES };

/* The calls of a service, in order of their steps. */
struct ust_calls_config {
    const struct ust_call_config *call;
    uint32_t n; /* 0: it calls nobody */
    bool async; /* who waits has no slot */
};

/* What one instance that calls has under way, for its budgets. */
struct ust_call_client {
    uint32_t requests, retries, copies;
};

/* A call as one pool makes it. */
struct ust_call_edge {
    const struct ust_call_config *config;
    struct ust_rng chance, work, retry, kind, sizes, hedge;
    uint32_t line;                   /* of timeouts; UST_NONE: none */
    unsigned retry_on;               /* bits of enum ust_retry_on */
    struct ust_call_client *clients; /* [instance]; NULL: no budget */
    unsigned char *budgets;          /* [instance]: states of the budget of retries; NULL */
    unsigned char *copy_budgets;     /* the same of copies */
    struct ust_hedge_delay delay;    /* where there is a hedge */
    struct ust_cache cache;
};

enum ust_call_state {
    UST_CALL_FREE,
    UST_CALL_SENT,      /* an attempt of it is somewhere, or lost */
    UST_CALL_PARKED,    /* waits for a primary to write to (data.h) */
    UST_CALL_PAUSING,   /* between two attempts */
    UST_CALL_RETURNING, /* the answer or the error is on its way back */
    UST_CALL_OVER,
};

struct ust_call {
    uint32_t next;    /* of the same caller, or among the free */
    uint32_t caller;  /* the attempt that waits for it */
    uint32_t attempt; /* that carries it, the newest; others by `sibling`; UST_NONE: none */
    uint32_t pool;    /* of the caller */
    uint32_t edge;    /* of that pool */
    uint32_t client;  /* instance of that pool */
    uint32_t sends;
    double work;
    float request, response, memory, io;
    ust_time pause;
    ust_time until;   /* when this attempt times out; UST_NEVER */
    ust_time returns; /* while RETURNING: when */
    ust_time left;    /* when the attempt set out */
    struct ust_timer timeout, event, hedge;
    uint32_t key; /* that the answer fills in the cache */
    uint8_t state, outcome;
    uint8_t copies, out; /* of this attempt: sent; of these, that have not failed */
    bool write;
    uint32_t before, behind; /* while parked: in that list */
    bool hit;                /* it is answered out of the cache */
};

/* What an attempt waits for, by its number. */
struct ust_call_wait {
    uint32_t first; /* call */
    uint32_t open;  /* calls of this step that are not over */
    uint32_t step;
    bool degraded;
};

struct ust_calls {
    struct ust_call *call;
    uint32_t used, free, capacity;
    struct ust_call_wait *wait;
    uint32_t wait_capacity;
    uint32_t *nearest; /* [region * regions_n + k]: the kth nearest to a region, itself first */
};

void ust_calls_start(struct ust_model *model);
void ust_calls_free(struct ust_model *model);

/* The work of an attempt is done. True: it waits for calls now, and will be finished by them.
 */
bool ust_calls_begin(struct ust_model *model, struct ust_pool *pool, uint32_t id);

/* An attempt that may wait for calls is stopped: they are let go of, and what their servers do
 * about that is theirs to say. */
void ust_calls_drop(struct ust_model *model, uint32_t id);

/* Does anybody call the service with sizes? */
bool ust_calls_have_sizes(const struct ust_config *config, uint32_t service);

/* There is a primary again for a call that waits for one. */
void ust_calls_unpark(struct ust_model *model, uint32_t number);

/* Of an attempt that carries a call: its server is done with it (the answer leaves then), or it
 * has failed. Its request is freed. */
void ust_calls_answered(struct ust_model *model, uint32_t id, ust_time leaves);
void ust_calls_failed(struct ust_model *model, uint32_t id, int outcome);

/* ---- call_client.c: what the instances that call remember ---- */

void ust_call_client_make(struct ust_model *model, const struct ust_pool *pool,
                          struct ust_call_edge *edge);
/* An attempt of a call begins; ends; a failed one may be repeated; one that is late may be
 * copied. What is allowed is counted. */
void ust_call_client_begins(struct ust_call_edge *edge, const struct ust_call *call);
void ust_call_client_ends(struct ust_model *model, struct ust_call_edge *edge,
                          const struct ust_call *call, bool good);
bool ust_call_client_repeats(struct ust_model *model, struct ust_call_edge *edge,
                             const struct ust_call *call);
bool ust_call_client_copies(struct ust_model *model, struct ust_call_edge *edge,
                            const struct ust_call *call);
/* A retry that was allowed is not sent. */
void ust_call_client_rests(struct ust_call_edge *edge, const struct ust_call *call);

#endif
