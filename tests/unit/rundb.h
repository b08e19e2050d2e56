/* A small run for tests that need a results database: two regions, a service, two personas, the
 * loss of one region, four metrics. A test sets what matters to it and writes it with the
 * store's own functions. */
#ifndef UST_TESTS_RUNDB_H
#define UST_TESTS_RUNDB_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/store/store.h"

enum { RUNDB_OFFERED, RUNDB_GOOD, RUNDB_WORK, RUNDB_CAPACITY, RUNDB_METRICS };
enum { RUNDB_SHOPPER, RUNDB_PARTNER, RUNDB_PERSONAS };
enum { RUNDB_EAST, RUNDB_WEST, RUNDB_REGIONS };
#define RUNDB_KEYS         8
#define RUNDB_NONE         ((double)NAN) /* NAN is a float */
#define RUNDB_SETTINGS_MAX 32

struct rundb {
    struct ust_store_plan plan;
    struct ust_store_region region[RUNDB_REGIONS];
    struct ust_store_service service[1];
    struct ust_store_persona persona[RUNDB_PERSONAS];
    struct ust_store_fault fault[2];
    struct ust_store_metric metric[RUNDB_METRICS];
    struct ust_store_key key[RUNDB_KEYS];
    struct ust_store_setting setting[RUNDB_SETTINGS_MAX];
    uint32_t intervals;
    double *series; /* of one replication, key-major */
    double kpi[RUNDB_KEYS];
    struct ust_store_bucket bucket[3];
    struct ust_store_moment moment[16];
    uint64_t moments;
};

/* Where a key's values begin: offered and good by persona, work and capacity by region. */
static inline double *rundb_series(struct rundb *db, int metric, int which)
{
    return db->series + (size_t)(metric * 2 + which) * db->intervals;
}

static inline void rundb_fill(double *values, uint32_t from, uint32_t to, double value)
{
    for (uint32_t i = from; i < to; i++)
        values[i] = value;
}

static inline void rundb_moment(struct rundb *db, double t_s, const char *event, double value)
{
    db->moment[db->moments++] = (struct ust_store_moment){
        .t_s = t_s, .event = event, .persona = 0, .value = value, .detail = NULL};
}

static inline void rundb_init(struct rundb *db, uint32_t intervals, double interval_s)
{
    *db = (struct rundb){.intervals = intervals};
    db->series = calloc((size_t)RUNDB_KEYS * intervals, sizeof *db->series);
    db->region[0] = (struct ust_store_region){1, "east", "primary", 3, 38.9, -77.4, false};
    db->region[1] =
        (struct ust_store_region){2, "west", "standby", 3, RUNDB_NONE, RUNDB_NONE, true};
    db->service[0] = (struct ust_store_service){.id = 1, .name = "web"};
    db->persona[0] = (struct ust_store_persona){
        1, "shopper", 1, 3, 0.6, 0.99, 300, 60, 2592e4, "persona: 1", "aa", false, NULL, NULL};
    db->persona[1] = (struct ust_store_persona){
        2, "partner", 1, 1, 0.6, 0.99, 900, 60, 2592e4, "persona: 1", "bb", false, NULL, NULL};
    db->fault[0] = (struct ust_store_fault){1, "region_loss", 1, 600, 1200, "region east lost"};
    static const char *const names[] = {"offered", "good", "work_offered", "capacity"};
    static const char *const better[] = {"neither", "higher", "lower", "neither"};
    for (uint32_t m = 0; m < RUNDB_METRICS; m++) {
        db->metric[m] =
            (struct ust_store_metric){m + 1, names[m], "req", better[m], "sum", "x"};
        for (uint32_t i = 0; i < 2; i++) {
            struct ust_store_key key = {.id = m * 2 + i + 1, .metric = m + 1};
            if (m < RUNDB_WORK)
                key.persona = i + 1;
            else
                key.region = i + 1;
            key.service = m < RUNDB_WORK ? 0 : 1;
            db->key[m * 2 + i] = key;
        }
    }
    db->plan = (struct ust_store_plan){.run = {.name = "loss",
                                               .scenario_path = "loss.yaml",
                                               .scenario = "understudy: 1\n",
                                               .scenario_hash = "cafe",
                                               .overrides = "",
                                               .seed = 42,
                                               .replications = 3,
                                               .start_unix_s = 1795816800,
                                               .utc_offset_min = -300,
                                               .warmup_s = 0,
                                               .duration_s = intervals * interval_s,
                                               .interval_s = interval_s},
                                       .regions = db->region,
                                       .regions_n = 2,
                                       .services = db->service,
                                       .services_n = 1,
                                       .personas = db->persona,
                                       .personas_n = 2,
                                       .faults = db->fault,
                                       .faults_n = 1,
                                       .metrics = db->metric,
                                       .metrics_n = RUNDB_METRICS,
                                       .settings = db->setting,
                                       .keys = db->key,
                                       .keys_n = RUNDB_KEYS};
}

static inline void rundb_free(struct rundb *db)
{
    free(db->series);
}

static inline struct ust_store_replication rundb_replication(struct rundb *db, uint32_t id)
{
    return (struct ust_store_replication){.id = id,
                                          .fingerprint = ust_mix64(id),
                                          .requests = 1000 + id,
                                          .events = 5000 + id,
                                          .intervals = db->intervals,
                                          .series = db->series,
                                          .kpi = db->kpi,
                                          .buckets = db->bucket,
                                          .buckets_n = 0,
                                          .moments = db->moment,
                                          .moments_n = db->moments};
}

/* Values that differ in every cell and replication, some of them missing, and a key that has
 * none in even replications. */
static inline struct ust_store_replication rundb_noise(struct rundb *db, uint32_t id)
{
    for (uint32_t i = 0; i < RUNDB_KEYS * db->intervals; i++) {
        uint64_t word = ust_mix64((uint64_t)id << 32 | i);
        db->series[i] = word % 17 == 0 ? RUNDB_NONE : (double)(word >> 40) / 8.0;
    }
    if (id % 2 == 0)
        rundb_fill(rundb_series(db, RUNDB_WORK, RUNDB_EAST), 0, db->intervals, RUNDB_NONE);
    for (uint32_t i = 0; i < RUNDB_KEYS; i++)
        db->kpi[i] = i == 3 ? RUNDB_NONE : (double)(ust_mix64(id * 100 + i) >> 44);
    db->bucket[0] = (struct ust_store_bucket){1, 1, 0.010, 0.011, 17 + id};
    db->bucket[1] = (struct ust_store_bucket){1, 1, 0.011, 0.012, 3};
    db->bucket[2] = (struct ust_store_bucket){2, 2, 0.5, 0.6, 1};
    db->moments = 0;
    rundb_moment(db, 600, "fault_start", RUNDB_NONE);
    rundb_moment(db, 626.25 + id, "detected", 3);
    db->moment[0].region = 1;
    db->moment[1].detail = "west";
    struct ust_store_replication result = rundb_replication(db, id);
    result.buckets_n = 3;
    return result;
}

/* A name in a folder of its own, which the caller removes with rundb_remove. */
static inline void rundb_path(char path[256])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, 240, "%s/understudy-test-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        abort();
    strcat(path, "/run.db");
}

static inline void rundb_remove(char path[256])
{
    char companion[272];
    snprintf(companion, sizeof companion, "%s-journal", path);
    unlink(companion);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

#endif
