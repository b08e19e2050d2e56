/* The results database: where the half that simulates meets the half that judges.
 *
 * One SQLite file per run. A replication is committed as a whole or not at all, so a killed run
 * resumes: a second run with the same scenario, overrides and seed fills in what is missing.
 * A file that is not ours, or is of a newer version, is refused with a message and never
 * touched. The sink below is plain rows; nothing here knows of engines or models.
 *
 * Errors: UST_REFUSED with a message printed (what, where, why as SQLite or the system says
 * it).
 */
#ifndef UST_STORE_STORE_H
#define UST_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

#define UST_STORE_APPLICATION_ID 0x55535459 /* "USTY" */
#define UST_STORE_VERSION        1

struct sqlite3;
struct ust_store; /* opaque; one writer, one thread at a time */

/* A part of a run, made apart from the others and put together with them later. */
struct ust_shard {
    uint32_t part, parts; /* 1 to parts; parts 0: the whole */
};

/* What describes the run; all texts are copied into the file. */
struct ust_store_run {
    const char *name, *scenario_path;
    const char *scenario;      /* the resolved YAML */
    const char *scenario_hash; /* hex; decides whether a file can be resumed */
    const char *overrides;     /* "--set" lines, joined by newlines, or "" */
    uint64_t seed;
    uint32_t replications;
    int64_t start_unix_s;
    int utc_offset_min;
    double warmup_s, duration_s, interval_s;
    struct ust_shard shard;
    bool leased; /* the writer leaves its name in the file: lease.h */
};
struct ust_store_region {
    uint32_t id; /* from 1 */
    const char *name, *role;
    uint32_t zones;
    double latitude, longitude; /* NAN: unknown */
    bool under_test;
};
struct ust_store_service {
    uint32_t id;
    const char *name;
    const char *instance_blob, *instance_revision; /* of the resource persona; NULL: none */
};
/* A resource persona beside the instances of services. */
struct ust_store_resource {
    const char *kind;                   /* "alternative" of a service, "node" of nodes */
    const char *of;                     /* which */
    uint32_t rank;                      /* from 1 */
    const char *name, *blob, *revision; /* blob, revision: NULL: none */
};
struct ust_store_persona {
    uint32_t id;
    const char *name;
    uint32_t service;
    double weight, latency_objective_s, attainment_objective, rto_s, rpo_s, requests_30d;
    const char *document, *document_hash;
    bool synthetic;              /* injected load: judged by nobody */
    const char *blob, *revision; /* of the file it came from; NULL: none */
};
struct ust_store_fault {
    uint32_t id;
    const char *kind;
    uint32_t region; /* 0: none */
    double start_s, end_s;
    const char *what;
};
struct ust_store_metric {
    uint32_t id;
    const char *name, *unit, *better, *summary, *help;
};
struct ust_store_setting {
    const char *name;
    double value;
};
struct ust_store_key {
    uint32_t id, metric, region, service, persona; /* 0 in a scope: all */
};

/* Everything that is known before the first replication. */
struct ust_store_plan {
    struct ust_store_run run;
    const struct ust_store_region *regions;
    const struct ust_store_service *services;
    const struct ust_store_resource *resources;
    const struct ust_store_persona *personas;
    const struct ust_store_fault *faults;
    const struct ust_store_metric *metrics;
    const struct ust_store_setting *settings;
    const struct ust_store_key *keys;
    uint32_t regions_n, services_n, resources_n, personas_n, faults_n, metrics_n, settings_n,
        keys_n;
};

struct ust_store_bucket {
    uint32_t region, persona;
    double low_s, high_s;
    uint64_t count;
};
struct ust_store_moment {
    double t_s;
    const char *event;
    uint32_t region, service, persona; /* 0: none */
    double value;                      /* NAN: none */
    const char *detail;                /* or NULL */
};

/* One replication's results. series: keys_n x intervals values, key-major, in the order of
 * plan.keys; NAN is stored as NULL, and a key whose every value is NAN is left out. */
struct ust_store_replication {
    uint32_t id; /* from 1 */
    uint64_t fingerprint, requests, events;
    uint32_t intervals;
    const double *series;
    const double *kpi; /* one per key */
    const struct ust_store_bucket *buckets;
    const struct ust_store_moment *moments;
    uint64_t buckets_n, moments_n;
};

/* Creates the file, or opens one that holds the same run and tells through `done` (bool per
 * replication id, replications + 1 long, or NULL) which are there. The same run: the same plan
 * from the same version of understudy; the number of replications may have grown. A file of
 * another run, or of another shard, is refused with a message that says what differs, unless
 * `replace`, which starts any run of understudy anew. The file is ours alone until it is
 * closed: a second writer is refused, on this machine in any case, on others that share the
 * folder where the run is `leased`. */
enum ust_status ust_store_create(const char *path, const struct ust_store_plan *plan,
                                 bool replace, bool *done, struct ust_store **store);

enum ust_status ust_store_add(struct ust_store *store,
                              const struct ust_store_replication *result);

/* Rows written since the store was opened, over all tables. */
uint64_t ust_store_rows(struct ust_store *store);

/* read.c: a replication as it was added, read back and held against its digest; refused where
 * they do not agree. Everything lives in the arena. */
struct ust_arena;
enum ust_status ust_store_read(struct ust_store *store, uint32_t id, struct ust_arena *arena,
                               struct ust_store_replication *out);

/* Says that the writer is still there, now and then; refused where another took the lease. From
 * any one thread, several times a second; it has a connection of its own. */
enum ust_status ust_store_renew(struct ust_store *store);

/* The run ends after *replications, although more were planned; where more are stored than
 * that, *replications becomes their number. A later run may grow it again. */
enum ust_status ust_store_shorten(struct ust_store *store, uint32_t *replications);

/* Marks the run complete and stores the digest of its content: a hash over the rows of `run`
 * (without the path, `complete`, the digest itself and texts that have a hash of their own),
 * region, service, persona, fault, metric, setting, key and replication, in this order and by
 * primary key. A replication's own digest covers its rows in series, kpi, histogram and
 * timeline, and was taken while they were written, so that finishing costs nothing. `machine`
 * and the judgement are outside. A shard has no digest of a run: it is marked as all there. */
enum ust_status ust_store_finish(struct ust_store *store);
enum ust_status ust_store_machine(struct ust_store *store, const char *name, const char *value);

/* Opens a finished or partial run for reading (writable: analysis replaces its tables). A shard
 * is refused: what it says of a run would be wrong. */
enum ust_status ust_store_open(const char *path, bool writable, struct ust_store **store);

/* Opens a shard, or a whole run (shard->parts 0), for reading. complete: all that belongs into
 * it is there. */
enum ust_status ust_store_open_shard(const char *path, struct ust_store **store,
                                     struct ust_shard *shard, bool *complete);

/* Runs of the same plan have the same hash: scenario, seed, personas, metrics, settings, keys;
 * how many replications plays no part. */
enum ust_status ust_store_hash_plan(struct ust_store *store, uint64_t *hash);

/* copy.c: an empty run like that of `from`, a shard, without its replications; as many are
 * planned as given. What stands at `path` is removed where it is of understudy. */
enum ust_status ust_store_copy_plan(struct ust_store *from, const char *path,
                                    uint32_t replications, struct ust_store **out);
void ust_store_close(struct ust_store *store); /* NULL is fine */

/* For analysis and plots, which speak SQL: the connection, still owned by the store. */
struct sqlite3 *ust_store_sqlite(struct ust_store *store);
const char *ust_store_path(const struct ust_store *store);

/* Prints "understudy: run.db: what: why" and returns UST_REFUSED. */
enum ust_status ust_store_failed(struct ust_store *store, const char *what);

/* Does SQLite's message say that a file has other tables than the statement was written for?
 * The version says what was released; two builds between releases may differ all the same. */
bool ust_store_tables_differ(const char *why);

/* The refusal that tells so of the file at `path`; UST_REFUSED. */
enum ust_status ust_store_other_tables(const char *path, const char *why);

/* The digest of what is stored now, as hex of 16 digits; see ust_store_finish. */
enum ust_status ust_store_digest(struct ust_store *store, char out[17]);

#endif
