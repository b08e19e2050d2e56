/* A persona is what the word "load" or the word "machine" hides: who asks, or what answers.
 *
 * A user persona describes demand: where users are, when they come, what they do, with what
 * device, and how much delay and error they forgive. A resource persona describes supply: what
 * an instance is prepared to be. Both are YAML documents with the keys of the tables below,
 * kept in personas/, and const once read.
 */
#ifndef UST_MODELS_PERSONA_H
#define UST_MODELS_PERSONA_H

#include "models/client/client.h"
#include "models/persona/place.h"
#include "sim/spec/spec.h"

/* Where the numbers of a persona come from; every persona file says it. */
enum ust_source_how { UST_SOURCE_ASSUMED, UST_SOURCE_PROFILED, UST_SOURCE_MEASURED };

struct ust_source {
    int how; /* enum ust_source_how */
    const char *note;
    int64_t events;     /* that it was made from; 0: not said */
    const char *window; /* when these happened, as written */
    double confidence;  /* 0..1; 0: not said */
    /* of profiled ones: */
    int64_t sessions;
    struct ust_items files; /* const char *: names of the recordings */
    ust_time age;           /* of the last event, when it was made */
    struct ust_source_parts {
        double size, stable, apart, age;
    } parts; /* of the confidence, which is their product */
    const struct ust_node *parts_node;
    const struct ust_node *node;
};

/* Which bytes a persona was read from. */
struct ust_persona_version {
    const char *blob;     /* id that git gives to the file's bytes; "" inside a scenario */
    const char *revision; /* commit that a scenario pinned it to; "" for the file as it is */
};

/* ---- user personas ---- */

struct ust_action {
    struct ust_named id;
    double share;             /* of requests; all actions add up to 1 */
    struct ust_dist work;     /* CPU time, ns */
    struct ust_dist request;  /* bytes up */
    struct ust_dist response; /* bytes down */
    struct ust_dist memory;   /* bytes held while in service */
    struct ust_dist io;       /* I/O operations */
    const struct ust_node *share_node;
};

struct ust_device {
    struct ust_named id;
    double share;
    ust_time access;  /* extra round trip of the access network */
    double bandwidth; /* bits per second towards the user; 0: no limit */
    const struct ust_node *access_node, *bandwidth_node;
};

/* One row of a geography: a place of the catalogue or a point, with its share. */
struct ust_origin {
    struct ust_named id;
    double share;
    struct ust_place_facts place;
    /* as written, for a point of the user's own */
    double latitude, longitude;
    const char *utc_offset;
    int summer;
    const struct ust_node *latitude_node, *longitude_node, *utc_offset_node, *summer_node;
};

/* A rate that is not what its mean says: each interval has a factor of its own, from a gamma
 * law of mean 1. Counts are then negative binomial, with index of dispersion 1 + count cv^2. */
struct ust_dispersion {
    double cv;
    ust_time interval; /* a whole number of UST_WEEK_GRID_S */
    const struct ust_node *node;
};

/* Arrival plans follow a week in steps of so many seconds. */
#define UST_WEEK_GRID_S 300

/* The shape of day and week in local time: half cosines between trough and peak, or hour by
 * hour; how much comes on average, and how much it varies. */
struct ust_week {
    int64_t peak, trough;   /* seconds of the local day */
    double peak_to_trough;  /* ratio of the rates at peak and trough, >= 1 */
    double weekend;         /* factor on Saturday and Sunday, local */
    struct ust_items hours; /* double, 24 of a day or 168 from Monday 00:00; none: the curve */
    double mean;            /* arrivals per second, on average over a plain week */
    struct ust_dispersion dispersion;
    const struct ust_node *peak_node, *trough_node, *ratio_node, *weekend_node, *mean_node;
};

enum ust_patience_covers { UST_PATIENCE_ANSWER, UST_PATIENCE_WAIT };

struct ust_tolerance {
    ust_time latency;           /* objective, from the first send; UST_NEVER: any will do */
    ust_time timeout;           /* of one attempt; 0: none */
    ust_time deadline;          /* of the whole request, from the first send; 0: none */
    struct ust_variant retries; /* models/retry; kind NULL: none */
    struct ust_dist patience;   /* ns, from the first send; type NULL: endless */
    int patience_covers;        /* enum: leaves unless answered, or unless service has begun */
    double errors;              /* error share that the persona forgives */
    const struct ust_node *latency_node, *timeout_node, *deadline_node, *patience_node;
    const struct ust_node *covers_node;
};

struct ust_session_law {
    struct ust_dist requests; /* per session, at least 1 */
    struct ust_dist think;    /* ns, between an answer and the next request */
};

/* How long users keep their connections. */
struct ust_connection {
    struct ust_dist lifetime;     /* ns; type NULL: endless */
    struct ust_dist max_requests; /* at least 1; type NULL: any number */
    ust_time idle_timeout;        /* UST_NEVER: none */
    const struct ust_node *node;  /* NULL: every request opens one */
};

/* How much a request matters, as Google's SRE book has it (chapter 21), the most first. */
enum ust_criticality {
    UST_CRITICAL_PLUS,
    UST_CRITICAL,
    UST_SHEDDABLE_PLUS,
    UST_SHEDDABLE,
    UST_CRITICALITIES,
};

struct ust_user_persona {
    int64_t format; /* `persona: 1` */
    int kind;
    const char *name, *description; /* "" where absent */
    const char *path;               /* the file it came from */
    struct ust_persona_version version;
    uint64_t hash;              /* of what it means (ust_spec_meaning) */
    struct ust_items tags;      /* const char * */
    double weight;              /* business weight in readiness */
    struct ust_items geography; /* struct ust_origin; none: next to every region, no network */
    struct ust_items devices;   /* struct ust_device; none: one without access delay */
    struct ust_week week;
    const struct ust_node *week_node; /* NULL: not given */
    struct ust_session_law session;
    const struct ust_node *session_node;
    struct ust_connection connection;
    struct ust_items actions; /* struct ust_action, at least 1 */
    struct ust_tolerance tolerance;
    int criticality; /* enum ust_criticality */
    struct ust_client_rules client;
    struct ust_source source;
    const struct ust_node *node;
};

/* ---- resource personas ---- */

enum ust_discipline { UST_FCFS, UST_PS, UST_LIFO, UST_ADAPTIVE_LIFO, UST_PRIORITY };
enum ust_cancel { UST_CANCEL_NONE, UST_CANCEL_QUEUED, UST_CANCEL_EXPIRED, UST_CANCEL_ALL };

struct ust_launch {
    struct ust_dist request, provision, boot, ready, health; /* ns each, in this order */
    double failure;   /* probability that one launch fails (at the end of provision) */
    ust_time retry;   /* wait before a failed launch is tried again */
    ust_time warm_up; /* how long an instance that has come up is slower than the others */
    double slowdown;  /* service times when it comes up, over those of the others; >= 1 */
};

struct ust_resource_persona {
    int64_t format; /* `persona: 1` */
    int kind;
    const char *name, *description;
    const char *path;
    struct ust_persona_version version;
    uint64_t hash;
    struct ust_items tags;
    double vcpu;  /* above 0; as many as slots where the file says nothing */
    double speed; /* CPU seconds of work done per second and vCPU; 1 is the reference machine */
    double memory; /* bytes; 0: no limit */
    double gpu;
    double network;            /* bits per second; 0: no limit */
    double iops;               /* operations per second; 0: no limit */
    const char *storage;       /* "" where absent */
    double price;              /* USD per hour */
    struct ust_items software; /* const char *: what is installed, for people and matching */
    /* tuning */
    int64_t slots;  /* requests in service at once; 0 as "unlimited" (ps only); one per vCPU
                       where the file says nothing */
    int64_t queue;  /* waiting places; -1 as "unlimited" */
    int discipline; /* enum ust_discipline */
    ust_time keep_alive;
    int cancel;               /* enum: what becomes of an attempt whose client left */
    ust_time standing;        /* a queue that has not been empty for so long stands */
    ust_time codel;           /* who has waited so long in a standing queue is shed; 0: not */
    struct ust_variant limit; /* of concurrency; no kind: none */
    double shed[UST_CRITICALITIES]; /* from this share of the room on; 1: only when full */
    bool sheds;                     /* any of them is below 1 */
    const struct ust_node *shed_node;
    struct ust_launch launch;
    struct ust_items scalers;    /* struct ust_variant: default policies; the service's win */
    struct ust_variant balancer; /* the same */
    struct ust_source source;
    const struct ust_node *vcpu_node, *slots_node, *queue_node;
    const struct ust_node *node;
};

/* Tables: top level of the two kinds of document. */
extern const struct ust_field ust_user_persona_fields[];
extern const struct ust_field ust_resource_persona_fields[];

/* Reads and checks one document (extends included) whose `kind:` must be as asked. NULL with
 * messages in spec->diag; a file that cannot be read is reported at `from`. `document`, where
 * not NULL, gets the tree of one that could be read, though it may have mistakes. */
struct ust_user_persona *ust_user_persona_read(struct ust_spec *spec, const char *path,
                                               struct ust_place from,
                                               const struct ust_node **document);
struct ust_resource_persona *ust_resource_persona_read(struct ust_spec *spec, const char *path,
                                                       struct ust_place from);

/* The same from a node that stands inside a scenario, where `persona`, `kind` and `source` may
 * be missing. */
struct ust_user_persona *ust_user_persona_decode(struct ust_spec *spec,
                                                 const struct ust_node *node);
struct ust_resource_persona *ust_resource_persona_decode(struct ust_spec *spec,
                                                         const struct ust_node *node);

/* Is this document a persona, and no scenario? */
bool ust_persona_is(const struct ust_node *root);

/* Reads and checks a persona of either kind. */
enum ust_status ust_persona_check(struct ust_spec *spec, const char *path);

/* "unknown place 'Londn'; did you mean 'London'?", with what may be given `instead` of a name.
 */
enum ust_status ust_place_unknown(struct ust_spec *spec, struct ust_place place,
                                  const char *name, const char *instead);

/* A device that the catalogue knows (device.def), or NULL. */
struct ust_device_facts {
    const char *name;
    ust_time access;
    double bandwidth;
    const char *help;
};
const struct ust_device_facts *ust_device_find(const char *name);
const struct ust_device_facts *ust_device_catalogue(uint32_t *n);

#endif
