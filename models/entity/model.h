/* The live state of one replication: requests, instances, pools, routes, and what is counted.
 *
 * A request is born at its intended first send and carries its draws (place, device, action,
 * work, sizes, patience) from then on, so that two configurations meet the very same users. One
 * struct is one attempt and the client state that goes with it. When a client gives an attempt
 * up, the attempt stays behind as an orphan, which the server may still work on, and the retry
 * is a new struct with the client state copied.
 *
 *   travelling ──arrive──▶ waiting ──start──▶ serving ──finish──▶ answer ──▶ end
 *        │                    │ timeout          │ timeout           │ error
 *        └─ refused ─▶ pausing ◀────── the orphan stays ─────────────┘
 *                        └──resend──▶ travelling        └─ no retry left ─▶ end
 *
 * Files: client_birth.c and client.c (from birth to outcome), caller.h (clients with a memory),
 * hedge.c, pool.h (waiting and service, the hot half), pool.c, apart.h (the part of it that is
 * injected load), sharing.c (processor sharing),
 * path.c (network and routing), connection.c, health.c, room.h (waiting rooms with rules),
 * roster.c, outlier.c, monitor.h (what agents report),
 * scaling.c (how many instances a pool wants), launch.h (bringing it there), supply.h (what the
 * region has for it), failure.h (faults), outage.c (what fails and mends by itself),
 * failback.c, failover.h (a plan carried out), calls.h, data.h and takeover.c (its promotions),
 * measure.c (what is counted), measure_rows.h, timeline.c, listen.h (who hears of single
 * requests), model.c (making and running).
 */
#ifndef UST_MODELS_ENTITY_MODEL_H
#define UST_MODELS_ENTITY_MODEL_H

#include "models/entity/config.h"
#include "models/entity/injection.h"
#include "models/entity/launch.h"
#include "models/entity/listen.h"
#include "models/entity/measure.h"
#include "models/entity/room.h"
#include "models/entity/supply.h"
#include "models/entity/targets.h"
#include "sim/core/engine.h"
#include "sim/rand/variate.h"

#define UST_NONE UINT32_MAX

enum ust_request_state {
    UST_FREE,
    UST_TRAVELLING, /* on the way to its instance */
    UST_WAITING,
    UST_SERVING,
    UST_LOST,      /* on an instance that died without a word */
    UST_PAUSING,   /* between two attempts */
    UST_PENDING,   /* waits at its client for a connection */
    UST_ANSWERING, /* its answer or error is on the way back, to a client with callers */
    UST_COPIED,    /* waits for attempts made in its image (caller.h) */
    UST_LEFT,      /* cancelled in the queue; the queue still holds its place in the list */
    UST_AWAITING,  /* without a slot until its calls are over */
    UST_PARKED,    /* a write, at its client until there is a primary (data.h) */
};

enum ust_request_flag {
    UST_ORPHAN = 1,     /* no client waits for this attempt */
    UST_RESUMED = 2,    /* it was served before its instance died, and keeps `done` of that */
    UST_STORING = 4,    /* CPU work is done, the storage is not */
    UST_PLAIN = 8,      /* nothing special about it (plain.h) */
    UST_CALLING = 16,   /* a call outside takes `call`, beside the work */
    UST_DOOMED = 32,    /* ... and fails in the end */
    UST_COPY = 64,      /* one of several of one request, its `owner` (caller.h) */
    UST_INTERNAL = 128, /* of a call that a service makes; `session` is the call (calls.h) */
};

/* Whoever waits first come first served knows who follows, and how long the service of that one
 * will take: so it is known when the next service ends before anybody has looked at whom it is
 * for. */
struct ust_follower {
    ust_time takes;
    uint32_t next; /* UST_NONE: nobody */
} __attribute__((packed, aligned(4)));

struct ust_request {
    ust_time sent;  /* the intended first send */
    ust_time since; /* waiting: since its arrival; serving: since the start of service */
    double work;    /* CPU ns at the reference speed */
    struct ust_timer finish; /* the event that it waits for: service, travel or pause */
    union {
        struct {
            union {
                struct ust_instance *server; /* while serving first come first served */
                uint32_t before;             /* UST_PARKED: in the list, as `next` */
            };
            uint32_t next;     /* in a queue or among the free */
            uint32_t instance; /* of its pool; UST_NONE: on none */
        };
        struct ust_follower follower; /* while waiting first come first served */
    };
    /* from here to `session`: see ust_traffic.plain */
    uint16_t traffic, pool;
    uint8_t action, attempt, state, flags;
    uint32_t cohort;  /* interval of `sent`, from 1; 0: born in the warm-up */
    uint32_t session; /* UST_NONE: open */
    /* second cache line: touched only where a feature needs it */
    struct ust_timer timeout; /* of this attempt, on the traffic's line */
    struct ust_timer expiry;  /* of the whole request, on the traffic's line of deadlines */
    /* When the client stops to wait for this attempt, as it told the server; UST_NEVER. Not set
     * in plain requests, which have no clock. */
    ust_time deadline;
    uint64_t dns; /* the user's own draw: how old caches are, which share is his */
    struct ust_timer patience;
    ust_time gives_up; /* when patience ends; UST_NEVER */
    union {
        ust_time pause;  /* the last wait before a retry */
        ust_time opened; /* at the first attempt: when the connection was, that it rides on */
    };
    ust_time back; /* the way back, of this attempt */
    ust_time call; /* of UST_CALLING */
    float request, response, memory, io;
    float done;     /* share of the work, of a resumed attempt */
    uint16_t place; /* among all places of the model */
    uint8_t device;
    /* only where the stream has callers (caller.h) */
    uint8_t marks, outcome, sends; /* sends: so far, of this attempt */
    bool write;                    /* only where the stream writes */
    ust_time left;                 /* when the attempt was sent */
    uint32_t caller;               /* number of its caller */
    uint32_t owner, sibling;       /* of a copy; sibling of its owner: the newest copy */
    uint32_t number;               /* of its birth, where somebody listens (listen.h) */
};

/* Whoever leaves the queue is in other lists by `next`, with `instance` kept. */
_Static_assert(offsetof(struct ust_request, next) == offsetof(struct ust_request, follower) +
                                                         offsetof(struct ust_follower, next) &&
                   offsetof(struct ust_request, instance) >=
                       offsetof(struct ust_request, follower) + sizeof(struct ust_follower),
               "a follower is `server` and `next`, and nothing of `instance`");

struct ust_visit {
    uint64_t dns;
    uint32_t traffic, left, next;
    uint16_t place;
    uint8_t device;
    /* the connection that it keeps */
    bool connected;
    uint32_t process;        /* of the client that it goes through */
    uint32_t number;         /* from 1 */
    uint32_t region;         /* where it leads */
    uint32_t rides;          /* requests that it has left */
    ust_time expires, quiet; /* when it ends at the latest; since when it is idle */
};

enum ust_instance_state {
    UST_OFF, /* the number is free */
    UST_STARTING,
    UST_UP,
    UST_DRAINING, /* takes nothing new, ends when empty */
};

struct ust_instance {
    uint32_t slots, busy, waiting;
    uint32_t tail;             /* the last ever to wait */
    struct ust_follower first; /* of the waiting requests; cancelled ones among them */
    uint8_t state, zone;
    bool down;          /* a fault has it */
    bool believed;      /* to be healthy */
    double stretch;     /* service time over work: 1 / (rate of a slot), times what slows it */
    uint64_t busy_area; /* integral of busy, kept as an ust_area is */
    /* second line */
    uint32_t held;      /* slots of attempts that wait for calls */
    uint64_t held_area; /* integral of it, kept as an ust_area is */
    double memory_held;
    ust_time network_free, storage_free; /* when the queue of transfers ends */
    struct ust_sharing *sharing;         /* processor sharing; NULL: a slot for each */
    struct ust_room *room;               /* more than first come first served; else NULL */
    struct ust_instance_apart *apart;    /* its I/O for injected load (apart.h); NULL: none */
    ust_time cold;                       /* since when it has been new, or restarted */
    bool restarts;                       /* a fault that holds it takes its memory too */
    double warming;                      /* factor on service times while it is new, less 1 */
    uint8_t type;                        /* of the pool's machines */
    uint32_t node;                       /* that it stands on; UST_NONE: none */
    bool machine;                        /* has one of the region's supply */
    bool stale;                          /* it has to be replaced, and is not used again */
    uint32_t claims;                     /* faults that hold it down */
    uint32_t epoch;                      /* grows when the number is used again */
    uint32_t slots_full;                 /* without faults */
    uint32_t fails, passes;              /* of its health check, in a row */
    bool listed;                         /* the balancer may choose it */
    bool leaving;                        /* terminated: whatever happens, not listed again */
    bool slow_start;                     /* its weight still grows */
    ust_time launched, ready, changed;   /* `changed`: when `believed` last did */
    double slower, errors; /* of faults that strike some hosts: factor - 1, share */
    double memory_area;    /* for scaling by memory: integral of memory_held */
    ust_time memory_since;
    uint64_t completions;
    uint64_t spoiled; /* of these, that came to an error after all */
};

/* One of the policies that say how many instances a pool should have. */
struct ust_pool_scaler {
    const struct ust_scaler_config *config;
    const struct ust_scaler_type *type;
    void *state;
    ust_time period, due;  /* period 0: never asked */
    bool blind;            /* it reads no metric */
    struct ust_seen *seen; /* [instances_max + 1]: counters at the last call */
    int64_t wish;          /* its last answer; what the pool wants, once that has changed */
    int64_t hold;          /* below which it lets no other take the pool */
    const char *reason;    /* for the timeline */
};

/* What all faults together do to a pool. failure.c writes it; whoever is concerned asks. */
struct ust_pool_faults {
    bool no_launches;    /* nothing is started */
    bool no_control;     /* nothing is started, ended or decided: its control plane is out */
    bool hosts;          /* some instances are slow or err by themselves */
    bool no_cache;       /* its caches find nothing and keep nothing */
    bool calls;          /* something outside that requests depend on is ill */
    double errors;       /* share of attempts that are answered with an error */
    double slow;         /* factor on service times */
    double metrics_lost; /* share of what is reported to those who scale it */
    uint64_t dead_zones; /* bit z: nothing starts in zone z (from 0) */
    uint64_t refused;    /* zones in which launch requests are refused for lack of capacity */
};

struct ust_pool {
    const struct ust_pool_config *config;
    uint32_t number;
    struct ust_instance *instances;
    uint32_t instances_max;
    uint32_t *ready, *outstanding;
    double *weight;
    uint8_t *zone;        /* of those that are or were listed */
    uint32_t *present;    /* [zone]: instances that are up */
    uint32_t up, healthy; /* instances, as last counted */
    bool steps;           /* a step of slow starts is planned */
    struct ust_balance_view view;
    struct ust_outlier_host *outliers; /* [instance]; NULL: no outlier detection */
    struct ust_outlier_sweep {
        struct ust_outlier_host **host;
        uint64_t *answered;
        uint32_t *number;
        enum ust_outlier_reason *reason;
    } sweep;                     /* work space */
    struct ust_targets *targets; /* automatic weights; NULL: none */
    bool blames;                 /* either of them wants to hear of errors */
    const struct ust_balance_type *balancer;
    void *balancer_state;
    struct ust_rng balance, errors, launches, probes, checks, refusals, reports, outlier_draws,
        calls;
    double false_alarms; /* probability that a probe of a healthy instance fails */
    struct ust_pool_count count;
    struct ust_pool_faults faults;
    struct ust_data *data;       /* of its service; NULL: none here */
    struct ust_call_edge *edges; /* [calls of its service]; NULL: it calls nobody */
    uint32_t *awaiting;          /* [instance]: attempts without a slot; NULL: none ever */
    bool troubled; /* an attempt may end here in an error of its own, or be held up */
    bool plain;    /* first come first served, no limits but slots and queue */
    bool injected; /* load is injected somewhere: it is counted apart */
    struct ust_instance *straight; /* where plain requests go; NULL: ask (pool.c) */
    uint32_t straight_number;
    uint32_t in_flight; /* enum ust_in_flight of the fault that broke it last */
    struct {
        uint32_t standing, moving; /* lines of those who wait in a queue that stands, or not */
    } room_lines;
    /* scaling */
    struct ust_pool_scaler *scalers;
    uint32_t scalers_n;
    struct ust_scaler_instance *scaler_view;
    struct ust_launching launching;
    struct ust_monitor *monitor; /* NULL: scalers see what is, at once */
    bool scales;                 /* any of the scalers is ever asked */
    int64_t desired, min, max;
    int64_t floor; /* below which a failover plan lets nobody go */
    int direction; /* of the last decision: 1 out, -1 in */
    uint32_t starting;
    double price_per_ns;
};

struct ust_traffic {
    const struct ust_traffic_config *config;
    struct ust_arrivals arrivals;
    struct ust_rng gap, place, device, choose, network, retry, patience, dns, length, think;
    struct ust_rng connection, factors, writes;
    struct ust_rng *work, *request, *response, *memory, *io; /* one per action */
    /* of plain traffic, at hand: */
    struct ust_pool *pool;
    const struct ust_dist *plain_work;
    uint64_t *plain_latency_ns; /* in the region of its pool, as in count */
    struct ust_histogram *plain_latency;
    ust_time objective;
    struct ust_request plain;    /* what all requests of an interval have in common */
    struct ust_callers *callers; /* NULL: its clients remember nothing */
    const struct ust_retry_common *retries; /* NULL: nothing is repeated */
    unsigned retry_on;                      /* enum ust_retry_on */
    ust_time next_at;
    uint32_t number, source;
    uint32_t timeout_line, deadline_line; /* UST_NONE: none */
    uint32_t next_place;
    struct ust_traffic_count count;
};

/* What routing answers while one state of knowledge lasts; kept because caches remember. */
struct ust_answer {
    ust_time since;
    ust_time settled; /* from here on everybody follows it */
    uint64_t healthy;
    const struct ust_dns *law; /* how users follow it */
    uint32_t *region;          /* [place]: the one region, or UST_NONE: choose by shares */
    double *share;             /* [place * regions_n + region], cumulative */
    /* Along the ramp of a failback: the share of users who have returned, and what the others
     * are answered; else 1 and NULL. */
    double returned;
    uint32_t *region_before;
    double *share_before;
    const double *stays; /* [traffic]: in place of `returned`, where a plan shifts; or NULL */
    uint64_t plan;       /* changes of a failover plan so far */
};

/* What routing does with a region (failback.c). */
enum ust_region_use { UST_IN_USE, UST_OUT_OF_USE, UST_WAITING_FOR_USE, UST_RETURNING };

/* What one place of many believes of a region. */
struct ust_checker {
    uint32_t fails, passes; /* in a row */
    bool healthy;
};

struct ust_region {
    const struct ust_region_config *config;
    bool down;
    uint32_t outages;          /* processes that have it down now */
    uint32_t *zone_outages;    /* [zone] */
    bool healthy;              /* as the checks believe */
    uint8_t use;               /* enum ust_region_use */
    double returned;           /* share of its users, while they return; else 1 */
    struct ust_timer failback; /* its next step */
    struct ust_rng decisions;
    uint32_t in_flight;
    struct ust_checker *checkers;
    uint32_t checkers_healthy;
    double false_alarms;           /* probability that a probe of a healthy region fails */
    struct ust_rng probes, checks; /* phases of the probes; jitter and false alarms */
    struct ust_supply supply;
};

struct ust_fault {
    const struct ust_fault_config *config;
    struct ust_fault_course course; /* as drawn */
    struct ust_fault_effect effect; /* as it is now */
    bool acts;                      /* now */
    struct ust_rng rng;
    uint32_t **order; /* [pool]: its instances in scope, in the order in which they are taken */
    uint32_t *order_n;
    uint8_t **holds; /* [pool][instance]: bits of what it does to this one */
};

/* What fails and comes back by itself: a target, or one instance of it. */
struct ust_outage {
    const struct ust_outage_config *config;
    const struct ust_fault_target *target;
    uint32_t pool, instance; /* of one instance; UST_NONE: of a target */
    uint32_t changes;        /* so far: odd while it is down */
    struct ust_timer next;
    struct ust_rng rng;
    uint8_t **holds; /* [pool][instance]: does it hold this one down? NULL: of one instance */
};

struct ust_model {
    struct ust_engine engine; /* the first: its loop knows the model by it */
    const struct ust_config *config;
    struct ust_arena *arena;
    uint32_t replication;
    struct ust_request *requests; /* by number; grows */
    struct ust_waiter *waiters;   /* by number of the request, where there are rooms */
    bool has_rooms;
    uint32_t requests_used, requests_free, requests_capacity;
    struct ust_visit *sessions;
    uint32_t sessions_used, sessions_free, sessions_capacity;
    struct ust_traffic *traffic;
    struct ust_injection *injections; /* by number of their streams; NULL: none */
    struct ust_pool *pools;
    /* The only instance there is, while plain requests go straight to it; NULL: none. */
    struct ust_instance *sole;
    struct ust_region *regions;
    struct ust_node_set *node_sets;
    struct ust_fault *faults;
    struct ust_outage *outages; /* each target or instance of all processes */
    uint32_t outages_n;
    struct ust_failover *failover; /* NULL: there is no plan */
    struct ust_answer *answers;    /* newest last */
    uint32_t answers_n, answers_capacity;
    uint32_t only_region; /* where places do not matter */
    uint8_t cuts;         /* enum ust_cuts */
    uint64_t answers_made;
    bool route_counts;                 /* routing asks how many instances there are */
    bool route_panics;                 /* ... and decides which balancers ignore health */
    bool route_by_connection;          /* a user's connections are routed one by one */
    uint64_t route_panic;              /* bit r: those of region r do */
    uint64_t routable;                 /* bit r: somebody may be sent to region r */
    uint32_t *census_up, *census_well; /* [region], see struct ust_route_view */
    bool watches;                      /* health checks have something to find */
    bool places_matter; /* places, devices or routing by user: draws are needed */
    uint32_t cohort;    /* the interval under way, from 1; 0 in the warm-up */
    struct ust_calls calls;
    struct ust_data **data; /* [service]; NULL: none, or no service has any */
    struct ust_measure measure;
    uint64_t requests_total;             /* known at the end */
    const struct ust_listener *listener; /* NULL: nobody hears of single requests */
    uint32_t births, visits;             /* so far; births only where somebody listens */
    struct {
        uint32_t arrival, plain_arrival, arrive, finish, timeout, expiry, patience, resend,
            think, storage, share;
        uint32_t probe, probe_failed, region_probe, region_probe_failed, moved;
        uint32_t slow_start, sweep, targets;
        uint32_t codel;
        uint32_t scale, sample, launched, launch_failed, relaunch, fault, outage, failback,
            failover, tick;
        uint32_t launch_accepted, launch_answered, warmer, token;
        uint32_t warm_accepted, warm_answered, warm_ready, refresh;
        uint32_t node_accepted, node_answered, node_ready, nodes_grow, nodes_scan, nodes_tidy;
        uint32_t release, hedge, returned; /* of clients with a memory */
        uint32_t call_timeout, call_resend, call_returned, call_hedge, promotion, takeover;
    } on; /* numbers of the handlers */
};

struct ust_model *ust_model_new(const struct ust_config *config, uint32_t replication);
void ust_model_run(struct ust_model *model);
void ust_model_free(struct ust_model *model);

static inline struct ust_pool *ust_pool_of(struct ust_model *model, uint32_t service,
                                           uint32_t region)
{
    return &model->pools[service * model->config->regions_n + region];
}

/* client.c */
void ust_client_start(struct ust_model *model);
void ust_client_more_start(struct ust_model *model);
void ust_client_run(struct ust_model *model);
/* The attempt ends without an answer; the client sees it after the way back (at once where it
 * is `local` knowledge). The request is freed or goes on by itself. */
void ust_client_error(struct ust_model *model, uint32_t id, enum ust_outcome outcome);
void ust_client_answer(struct ust_model *model, uint32_t id, ust_time leaves);

/* path.c */
void ust_path_start(struct ust_model *model);
uint32_t ust_path_region(struct ust_model *model, struct ust_request *request);
/* An attempt leaves later than its region was chosen: that one, or, where its user knows better
 * by now, where he goes now. */
uint32_t ust_path_later(const struct ust_model *model, const struct ust_request *request,
                        uint32_t region);
void ust_path_changed(struct ust_model *model);
/* Instances of the pool have come, gone, or changed their health. */
void ust_path_census(struct ust_model *model, const struct ust_pool *pool);
/* Where a new connection leads that was opened at `when`, by what was known then. */
uint32_t ust_path_lookup(const struct ust_model *model, const struct ust_request *request,
                         ust_time when);

/* drain.c: tells when users have followed the newest answer. */
void ust_drain_start(struct ust_model *model);
void ust_drain_plan(struct ust_model *model);
/* How long the latest answer takes to reach this share of the users, open connections kept. */
ust_time ust_drain_takes(const struct ust_model *model, double share);

/* The share of the users of these streams ([traffic]: which) who have gone where a failover
 * plan sends them, at a time from the newest answer on. */
double ust_drain_gone(const struct ust_model *model, const uint8_t *streams, ust_time at);

/* failback.c: the checks have changed their mind about a region. */
void ust_failback_start(struct ust_model *model);
void ust_failback_decide(struct ust_model *model, uint32_t region);

/* connection.c: of users who keep their connections. */
ust_time ust_connection_opened(struct ust_model *model, struct ust_traffic *traffic);
/* Has the region broken the stream's connections to it: is it lost, or has a plan closed them?
 */
bool ust_connection_is_gone(const struct ust_model *model, uint32_t traffic, uint32_t region);
uint32_t ust_connection_region(struct ust_model *model, struct ust_request *request);
/* Does a connection to the region, over which the attempt's like has gone, still stand? */
bool ust_connection_leads(const struct ust_model *model, const struct ust_request *request,
                          uint32_t region);

/* pool.c */
/* What an instance sends for an attempt takes its turn on its network: when the last byte has
 * left. */
ust_time ust_pool_sends(struct ust_model *model, struct ust_pool *pool,
                        struct ust_instance *instance, uint32_t id, double bytes);
void ust_pool_capacity(struct ust_model *model, struct ust_pool *pool);
/* Takes off what lies ahead: the readings then are what was used until now. */
void ust_pool_ahead(const struct ust_pool *pool, ust_time now, uint64_t *network_ns,
                    uint64_t *storage_ns);
/* Dead or switched off, it neither sends nor stores what it still had to. */
void ust_instance_stops_io(struct ust_pool *pool, struct ust_instance *instance, ust_time now);
void ust_instance_up(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
void ust_instance_down(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* It will not be back, and its number may be another's soon: who waits there goes on to another
 * instance, where the fault lets attempts do so, or fails; what was lost without a word is lost
 * nowhere now. */
void ust_instance_given_up(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
void ust_instance_slots(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                        uint32_t slots);
/* Sets the stretch anew; ust_pool_capacity has to follow, once for all instances. */
void ust_instance_slow(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

/* roster.c: a health check changes its mind; an instance is to end; somebody was ejected. */
void ust_roster_start(struct ust_model *model);
void ust_roster_update(struct ust_model *model, struct ust_pool *pool);
void ust_roster_relist(struct ust_model *model, struct ust_pool *pool);
void ust_pool_believe(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                      bool healthy);
void ust_pool_leave(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

/* An error of an instance, where pool->blames: for outlier.c and targets.h. `gateway`: it could
 * not be reached, or did not answer. */
void ust_pool_blame(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                    bool gateway);
/* Good answers of an instance, ever. */
static inline uint64_t ust_instance_good(const struct ust_instance *instance)
{
    return instance->completions - instance->spoiled;
}

/* outlier.c: what it hears of, all of it rare. Only where pool->outliers is not NULL, but
 * `timed_out` and `forget`. */
void ust_outlier_start(struct ust_model *model);
void ust_outlier_charge(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                        bool gateway);
void ust_outlier_timed_out(struct ust_model *model, const struct ust_request *request);
void ust_outlier_passed(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
void ust_outlier_forget(struct ust_pool *pool, uint32_t instance);

/* An instance as the argument of an event: its number may have a new user by then, and the
 * ticket of the old one is void (NULL). */
uint64_t ust_instance_ticket(const struct ust_pool *pool, uint32_t instance);
struct ust_instance *ust_instance_of(struct ust_model *model, uint64_t ticket,
                                     struct ust_pool **pool, uint32_t *number);
void ust_pool_moment(struct ust_model *model, const struct ust_pool *pool, const char *event,
                     double value, const char *detail);

/* health.c, scaling.c, failure.c */
void ust_health_start(struct ust_model *model);
void ust_health_watch(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
void ust_scaling_make(struct ust_model *model, struct ust_pool *pool);
void ust_scaling_start(struct ust_model *model);
/* The pool has at least so many, whatever its scalers say; 0: they decide again. */
void ust_scaling_floor(struct ust_model *model, struct ust_pool *pool, int64_t floor);
void ust_failure_start(struct ust_model *model);
void ust_failure_joins(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* It is gone: no fault holds it any more. */
void ust_failure_leaves(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* What faults do to a pool, and to a region, has changed: all of it is put together anew. */
void ust_failure_acts_on_pool(struct ust_model *model, struct ust_pool *pool);
void ust_failure_acts_on_region(struct ust_model *model, uint32_t region);
/* One more, one less, that holds an instance down; the last to let go lets it live. */
void ust_failure_hold(struct ust_model *model, struct ust_pool *pool, uint32_t instance,
                      const struct ust_fault_common *fault);
void ust_failure_release(struct ust_model *model, struct ust_pool *pool, uint32_t instance);
/* A region or a service is gone as a whole: what had not been copied is lost. */
void ust_failure_loses_data(struct ust_model *model, int32_t region, struct ust_rng *rng);
/* Does a request to launch an instance of this type in this zone fail, because the zone is lost
 * or has no capacity to give? A number is drawn where chance decides. */
bool ust_failure_refuses(const struct ust_model *model, struct ust_pool *pool, uint32_t zone,
                         uint32_t type);
/* Is there a fault that refuses launches of this pool, whenever it acts? */
bool ust_failure_may_refuse(const struct ust_model *model, const struct ust_pool *pool);

/* What may keep attempts at their clients, or answers from them. */
enum ust_cuts {
    UST_CUT_OFF = 1,  /* some users are cut off from some region now */
    UST_CUT_HOLDS = 2 /* some writes wait for a primary, whenever there is none */
};

/* cut.c: does an attempt that leaves for the region never arrive (it is dealt with then), does
 * an answer never reach its user, and what has not been copied from a region, in ns. Ask only
 * while model->cuts. */
bool ust_cut_swallows(struct ust_model *model, uint32_t id, uint32_t region);
bool ust_cut_loses_answer(struct ust_model *model, const struct ust_request *request);
/* Do messages from one region to another get lost now? */
bool ust_cut_between(const struct ust_model *model, uint32_t from, uint32_t to);
double ust_cut_backlog(const struct ust_model *model, uint32_t region);
void ust_cut_changed(struct ust_model *model, const struct ust_fault *fault);

/* call.c: an attempt that reaches the pool calls out (true: that was its end); one whose call
 * failed has been served in vain. */
bool ust_call_out(struct ust_model *model, struct ust_pool *pool, uint32_t id);
void ust_call_fails(struct ust_model *model, uint32_t id);

/* outage.c */
void ust_outage_start(struct ust_model *model);
void ust_outage_leaves(struct ust_model *model, const struct ust_pool *pool, uint32_t instance);
void ust_outage_joins(struct ust_model *model, struct ust_pool *pool, uint32_t instance);

#endif
