/* What is counted, and how it becomes series and KPIs.
 *
 * The hot path only adds integers: counters, and areas under a number over time. An area is
 * kept by one addition per change: n grows at t, area -= t; n falls at t, area += t; the
 * integral up to T is area + n T, exact in 64-bit arithmetic whatever wraps in between. At the
 * end of every interval an observer turns what has come since the last one into a row of the
 * series; latencies go through one histogram per stream and region, emptied every interval into
 * the run's.
 */
#ifndef UST_MODELS_ENTITY_MEASURE_H
#define UST_MODELS_ENTITY_MEASURE_H

#include <stdint.h>

#include "models/entity/replica.h"
#include "models/entity/tally.h"
#include "models/metric/metric.h"
#include "sim/base/arena.h"
#include "sim/base/time.h"
#include "sim/kpi/histogram.h"

enum ust_outcome {
    UST_ANSWERED,
    UST_FAILED,
    UST_SHED,
    UST_TIMED_OUT,
    UST_ABANDONED,
    UST_OUTCOMES,
};

/* Requests by the interval of their first send: one cache line. */
struct ust_cohort {
    uint64_t offered, good, outcome[UST_OUTCOMES];
    uint64_t overdue; /* in flight at the end, and too late to be good */
};

struct ust_traffic_count {
    struct ust_cohort *cohort; /* [1 + intervals]; [0] is the warm-up */
    struct ust_cohort *now;    /* that of the interval under way */
    uint64_t born, resends;    /* requests of earlier cohorts; attempts after their first */
    uint64_t *latency_ns; /* [region], summed at the time of the answer, cohorts 1.. only */
    struct ust_histogram **latency;     /* [region], of the same, this interval */
    struct ust_histogram **latency_run; /* [region], the measured run */
};

struct ust_area {
    uint64_t n, area;
};

/* What a pool does for injected load, where some is injected (apart.h): part of what the pool's
 * count says of all, under the same names. */
struct ust_injected_count {
    uint64_t arrivals, at_once, waited, wait_ns, completions, service_ns;
    uint64_t paused_ns; /* in the queue again after a beginning of service */
    uint64_t wasted, refused, errors;
    uint64_t cache_looks, cache_hits, calls, calls_failed, degraded;
    uint64_t bytes_sent, io_done;
    uint64_t network_ns, storage_ns; /* that have passed: none ahead */
    double work_offered_ns, shared_cpu_ns;
    struct ust_area busy, waiting, held, aside;
    double memory_held;
    ust_time since; /* of which the area below is */
    struct {
        double memory_held;
    } area;
};

struct ust_pool_count {
    /* Areas under slots in use and requests that wait. How many there are, instances know: see
     * ust_pool_load. */
    uint64_t busy_area, waiting_area;
    struct ust_area held;  /* slots of attempts that wait for calls */
    struct ust_area aside; /* attempts that wait for calls without a slot */
    double shared_cpu_ns;  /* CPU time used by processor sharing */
    uint64_t arrivals, at_once, waited, wait_ns, completions, service_ns;
    uint64_t paused_ns; /* in the queue again after a beginning of service */
    uint64_t wasted, refused, errors;
    struct ust_replica_reading replica; /* of the data tier, in a reading */
    uint64_t cache_looks, cache_hits;
    uint64_t calls, calls_failed, degraded; /* sent by this pool; for good; answers without */
    uint64_t flaps; /* decisions against the direction of the one before */
    double work_offered_ns;
    uint64_t bytes_sent, io_done;
    uint64_t network_ns, storage_ns; /* that transfers and operations take, waiting ones too */
    /* Of rare changes: integrals of doubles, closed at every change. What is there to be used,
     * vcpu to storage, counts every instance that can work, in service or not; `instances` and
     * `capacity` count those in service. */
    double vcpu, slots, memory, network, storage, instances, capacity;
    double wanted, starting, running, memory_held;
    double surcharge; /* USD per hour, beyond `running` times the pool's price */
    ust_time since;
    struct {
        double vcpu, slots, memory, network, storage, instances, capacity;
        double wanted, starting, running, memory_held, surcharge;
    } area;
    struct ust_injected_count injected;
};

/* Services begun: without a wait, and after one. */
static inline uint64_t ust_pool_started(const struct ust_pool_count *count)
{
    return count->at_once + count->waited;
}

static inline void ust_area_up(struct ust_area *area, ust_time now)
{
    area->n++;
    area->area -= (uint64_t)now;
}

static inline void ust_area_down(struct ust_area *area, ust_time now)
{
    area->n--;
    area->area += (uint64_t)now;
}

/* The same, where somebody else keeps n. */
static inline void ust_area_rise(uint64_t *area, ust_time now)
{
    *area -= (uint64_t)now;
}

static inline void ust_area_fall(uint64_t *area, ust_time now)
{
    *area += (uint64_t)now;
}

static inline uint64_t ust_area_until(const struct ust_area *area, ust_time now)
{
    return area->area + area->n * (uint64_t)now;
}

struct ust_key {
    enum ust_metric metric;
    uint32_t region, service, persona; /* from 1; 0: all */
};

/* What happened when, for the timeline. */
struct ust_moment {
    ust_time at;
    const char *event;
    uint32_t region, service, persona; /* from 1; 0: none */
    double value;                      /* NAN: none */
    const char *detail;                /* static or in the arena; NULL: none */
};

/* More than this many moments repeat themselves: from there on an event is kept only while
 * there are few of its name, so that what fails every second does not hide the one great loss.
 * How many were left out is told at the end ("timeline_cut"). */
#define UST_MOMENTS_MAX  20000
#define UST_MOMENTS_EACH 1000
#define UST_EVENTS_MAX   128 /* names; there are some sixty */

struct ust_moment_names {
    struct {
        const char *event;
        uint32_t n;
    } at[UST_EVENTS_MAX];
    uint32_t n;
    uint64_t left_out;
};

struct ust_measure {
    const struct ust_key *keys;
    uint32_t keys_n;
    double *series; /* [key * intervals + interval] */
    double *kpi;    /* [key] */
    /* Readings at the last tick, and at the end of the warm-up. */
    struct ust_pool_count *pool_before, *pool_begin;
    double *pool_shortfall; /* [pool]: CPU seconds, of the intervals so far */
    struct ust_traffic_reading *traffic_before, *traffic_begin;
    ust_time before, begin;
    uint32_t source;
    uint32_t *pool_key;    /* [pool]: its first key */
    uint32_t *traffic_key; /* [traffic], and of all together behind: the first key */
    uint32_t *region_key;  /* [traffic * regions_n + region]: the first key */
    struct ust_moment *moments;
    uint32_t moments_n, moments_capacity;
    struct ust_moment_names *names; /* NULL: all moments so far are kept */
    struct ust_histogram *scratch, *all;
};

/* The part of a stream's count that grows for ever. */
struct ust_traffic_reading {
    uint64_t latency_ns;
    struct ust_tally clients;
};

struct ust_config;
struct ust_model;
struct ust_pool;

/* The keys that a run of this configuration has, in order; the same for every replication. */
struct ust_key *ust_measure_keys(const struct ust_config *config, struct ust_arena *arena,
                                 uint32_t *n);

void ust_measure_start(struct ust_model *model);
void ust_measure_finish(struct ust_model *model);

/* timeline.c: keeps a moment, if there is room; at the end, how many were left out. */
void ust_measure_moment(struct ust_model *model, struct ust_moment moment);
void ust_measure_left_out(struct ust_model *model);

/* Slots in use and requests that wait in all instances, and the areas under them until now. */
struct ust_pool_load {
    uint64_t busy, waiting, busy_area, waiting_area;
};
struct ust_pool_load ust_pool_load(const struct ust_pool *pool, ust_time now);

/* Closes the integrals of rare changes at now, before one of their numbers changes. */
void ust_measure_settle(struct ust_pool *pool, ust_time now);

#endif
