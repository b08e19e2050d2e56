/* Every limit, with its reason. A limit that a user can meet is checked with a message. */
#ifndef UST_BASE_LIMITS_H
#define UST_BASE_LIMITS_H

/* The longest simulated run. A decade of warm-up and run is a typing mistake, and 2^53 ns (104
 * days) is where a double stops to count single nanoseconds, so arrivals keep theirs per
 * segment. */
#define UST_DURATION_MAX_S (3650.0 * 86400.0)

/* Messages kept for one input; a file of junk must not fill memory or the screen. */
#define UST_DIAG_MAX 100

/* YAML input: bytes of one file, nesting depth, nodes after `extends`. Far above any scenario
 * that a person writes, far below what hurts. */
#define UST_SPEC_BYTES_MAX   (4u << 20)
#define UST_SPEC_DEPTH_MAX   64
#define UST_SPEC_NODES_MAX   200000
#define UST_SPEC_EXTENDS_MAX 16

/* Bytes of a trace or matrix in CSV: two years of one-second counts fit. */
#define UST_TRACE_BYTES_MAX (2048u << 20)

/* Health of regions is a bit mask. */
#define UST_REGIONS_MAX 64
#define UST_ZONES_MAX   64
/* A checker is a byte of an event's argument and a word of state; no service has so many. */
#define UST_CHECKERS_MAX 255
/* Persona, place, service, device and action numbers travel in a request as 8 or 16 bits. */
#define UST_SERVICES_MAX      64
#define UST_TRAFFIC_MAX       256
#define UST_PLACES_MAX        4096
#define UST_ACTIONS_MAX       64
#define UST_DEVICES_MAX       64
#define UST_INSTANCES_MAX     100000 /* of one pool */
#define UST_SLOTS_MAX         1000000
#define UST_SCALERS_MAX       16   /* of one pool */
#define UST_SAMPLES_MAX       4096 /* of one agent, still to be looked at */
#define UST_TYPES_MAX         32 /* of machines that one pool may use; 8 bits in an instance */
#define UST_NODES_MAX         10000 /* of one name in one region; placing a pod looks at all */
#define UST_SPARE_MAX         1000 /* lines of a region's spare machines; each launch reads all */
#define UST_CLIENTS_MAX       10000 /* processes of one persona; each keeps its windows, 1 KB */
#define UST_COPIES_MAX        16    /* of one attempt, at once; beyond a few they only burn */
#define UST_CALLS_MAX         64    /* of one service; each costs a record while it is made */
#define UST_CALL_COUNT_MAX    1000  /* a fan-out; all of them are in flight at once */
#define UST_CACHE_OBJECTS_MAX 100000000 /* of a cache that knows them; 8 bytes each */
#define UST_CACHE_BYTES_MAX   4e9       /* of one call's caches in a replication, all of them */
#define UST_FAULTS_MAX        256
#define UST_STEPS_MAX         64 /* of a failover plan; needs are a 64-bit mask */
#define UST_REPLICATIONS_MAX  100000
#define UST_THREADS_MAX       256

/* Steps of a failover plan: which others each needs is a 64-bit mask. */
#define UST_STEPS_MAX 64

/* The event queue packs time, lane, birth number and slot into 128 bits (core/queue.h). */
#define UST_LANE_BITS  3
#define UST_BIRTH_BITS 38
#define UST_SLOT_BITS  24

/* Intervals of the KPI series in one replication; more would only draw the same picture. */
#define UST_INTERVALS_MAX 20000

/* Clustering: labels are 32 bits, k-means compares k centres with each other in each iteration,
 * and a covariance has d * d entries for each cluster. */
#define UST_POINTS_MAX   0xfffffff0u
#define UST_FEATURES_MAX 128
#define UST_CLUSTERS_MAX 1024

/* Units of one design: each has a database of its own, and all are read before any runs. */
#define UST_STUDY_UNITS_MAX 10000

/* Parts of one study: the largest array of jobs that schedulers take. */
#define UST_SHARDS_MAX 10000

#endif
