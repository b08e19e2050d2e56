#include "tests/unit/plots/help.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "analysis/readiness/readiness.h"
#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/store/store.h"

#define FAULT_S    7200.0
#define FAULT_END  12600.0
#define INTERVAL_S 10.0
#define PERSONAS   8
#define WORK_S     0.03 /* CPU time of a request */
#define VCPU       4.0  /* of an instance */

enum metric {
#define UST_METRIC(id, unit, better, summary, per, help) M_##id,
#include "models/metric/metrics.def"
#undef UST_METRIC
    METRICS
};
enum { PER_P = 1, PER_RS = 2 };
enum { P = PER_P, RS = PER_RS };
static const int metric_per[] = {
#define UST_METRIC(id, unit, better, summary, per, help) per,
#include "models/metric/metrics.def"
#undef UST_METRIC
};
static const struct ust_store_metric metrics[] = {
#define UST_METRIC(id, unit, better, summary, per, help)                                       \
    {M_##id + 1, #id, unit, #better, #summary, help},
#include "models/metric/metrics.def"
#undef UST_METRIC
};

static const char *const plain_names[PERSONAS] = {
    "evening-shopper", "partner-api",  "night-batch",   "mobile-reader",
    "back-office",     "video-viewer", "support-agent", "crawler"};
static const char *const hostile_names[PERSONAS] = {
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </script><img src=x onerror=alert(2)>",
    "ünïcødé 東京 \xe2\x80\xae drawkcab `touch owned` $(touch owned) %s \\n",
    "four",
    "five",
    "six",
    "seven",
    "eight"};
static const double weights[PERSONAS] = {3, 2, 1, 1, 1, 1, 1, 1};
static const double rates[PERSONAS] = {900, 240, 120, 90, 60, 40, 30, 20};
static const double objective_s[PERSONAS] = {0.6, 0.8, 5.0, 1, 1, 2, 1, 10};
static const double attainment[PERSONAS] = {0.999, 0.99, 0.95, .99, .99, .99, .99, .9};
static const double rto_s[PERSONAS] = {300, 900, 3600, 600, 600, 600, 600, 3600};

struct build {
    struct sample sample;
    uint32_t personas_n, keys_n, intervals;
    struct ust_store_key key[400];
    uint32_t index[METRICS][3][PERSONAS + 1]; /* metric, region, persona: key + 1 */
    double *series, *kpi;
    uint64_t noise;
};

static double uniform(struct build *b)
{
    b->noise = b->noise * 6364136223846793005u + 1442695040888963407u;
    return (double)(b->noise >> 11) * 0x1p-53;
}

static double bell(struct build *b)
{
    return uniform(b) + uniform(b) + uniform(b) + uniform(b) - 2;
}

static void put(struct build *b, enum metric m, uint32_t region, uint32_t persona, uint32_t i,
                double value)
{
    uint32_t key = b->index[m][region][persona];
    assert_true(key > 0);
    b->series[(size_t)(key - 1) * b->intervals + i] = value;
}

static void make_keys(struct build *b)
{
    for (int m = 0; m < METRICS; m++) {
        uint32_t regions = metric_per[m] == RS ? 2 : 0;
        uint32_t personas = metric_per[m] == P ? b->personas_n : 0;
        for (uint32_t r = regions == 0 ? 0 : 1; r <= regions; r++)
            for (uint32_t p = personas == 0 ? 0 : 1; p <= personas; p++) {
                struct ust_store_key *key = &b->key[b->keys_n++];
                *key = (struct ust_store_key){b->keys_n, (uint32_t)m + 1, r, r > 0 ? 1 : 0, p};
                b->index[m][r][p] = b->keys_n;
            }
    }
}

/* What one replication meets: its detection, its drain, its scaler. */
struct course {
    double detected_s, ttl_s, stale, tau_s, launch_s, step;
};

static double moved(const struct course *c, double since)
{
    double age = since - c->detected_s;
    if (age <= 0)
        return 0;
    double fresh = age / c->ttl_s < 1 ? age / c->ttl_s : 1;
    return (1 - c->stale) * fresh + c->stale * (1 - exp(-age / c->tau_s));
}

static void one_region(struct build *b, uint32_t region, uint32_t i, double demand_cpu,
                       double instances, double wanted, double starting)
{
    double capacity = instances * VCPU;
    double load = capacity > 0 ? demand_cpu / capacity : 0;
    double busy = load < 1 ? load : 1;
    double refused = load > 1 ? (load - 1) / load : 0;
    double arrivals = demand_cpu / WORK_S * INTERVAL_S;
    double queue = load < 0.7 ? 0.2 * load : load < 1 ? 4 + 60 * (load - 0.7) : 400;
    put(b, M_arrivals, region, 0, i, floor(arrivals));
    put(b, M_completions, region, 0, i, floor(arrivals * (1 - refused)));
    put(b, M_wasted, region, 0, i, floor(arrivals * refused * 0.1));
    put(b, M_refused, region, 0, i, floor(capacity > 0 ? arrivals * refused : arrivals));
    put(b, M_errors, region, 0, i, floor(arrivals * 0.0002));
    put(b, M_work_offered, region, 0, i, demand_cpu * INTERVAL_S);
    put(b, M_capacity, region, 0, i, capacity);
    put(b, M_queue, region, 0, i, queue);
    put(b, M_in_system, region, 0, i, queue + busy * instances * 16);
    put(b, M_wait_mean, region, 0, i, 0.002 + 0.2 * refused);
    put(b, M_sojourn_mean, region, 0, i, 0.04 + 0.3 * refused);
    put(b, M_wait_share, region, 0, i, busy > 0.7 ? busy - 0.7 : 0);
    double none = capacity > 0 ? 1 : (double)NAN;
    put(b, M_busy_slots, region, 0, i, none * (busy * 0.8 + 0.02 * uniform(b)));
    put(b, M_cpu, region, 0, i, none * (busy * 0.97 + 0.02 * uniform(b)));
    put(b, M_memory, region, 0, i, none * (0.2 + 0.45 * busy));
    put(b, M_network, region, 0, i, none * (0.22 * busy + 0.01 * uniform(b)));
    put(b, M_storage, region, 0, i, none * (0.11 * busy + 0.01 * uniform(b)));
    put(b, M_memory_held, region, 0, i, busy * instances * 16 * 3e6);
    put(b, M_bytes_sent, region, 0, i, floor(arrivals * (1 - refused) * 48000));
    put(b, M_io_done, region, 0, i, floor(arrivals * (1 - refused) * 2));
    put(b, M_instances, region, 0, i, instances);
    put(b, M_wanted, region, 0, i, wanted);
    put(b, M_starting, region, 0, i, starting);
    put(b, M_cost, region, 0, i, (instances + starting) * 0.17 * INTERVAL_S / 3600);
}

static void one_persona(struct build *b, uint32_t p, uint32_t i, double offered,
                        double answered, double good, double slow)
{
    offered = floor(offered);
    double ok = floor(offered * answered), lost = offered - ok;
    put(b, M_offered, 0, p, i, offered);
    put(b, M_answered, 0, p, i, ok);
    put(b, M_good, 0, p, i, floor(ok * good));
    put(b, M_failed, 0, p, i, floor(lost * 0.35));
    put(b, M_shed, 0, p, i, floor(lost * 0.2));
    put(b, M_abandoned, 0, p, i, floor(lost * 0.15));
    put(b, M_timed_out, 0, p, i,
        lost - floor(lost * 0.35) - floor(lost * 0.2) - floor(lost * 0.15));
    put(b, M_in_flight, 0, p, i, 0);
    put(b, M_overdue, 0, p, i, 0);
    put(b, M_attempts, 0, p, i, floor(offered + 2.2 * lost));
    put(b, M_attainment, 0, p, i, offered > 0 ? floor(ok * good) / offered : (double)NAN);
    double p50 = 0.04 * (1 + 3 * slow) * (1 + 0.04 * bell(b)) * (p == 3 ? 9 : 1);
    put(b, M_latency_mean, 0, p, i, p50 * 1.5);
    put(b, M_latency_p50, 0, p, i, p50);
    put(b, M_latency_p95, 0, p, i, p50 * (3.2 + 4 * slow + 0.1 * bell(b)));
    put(b, M_latency_p99, 0, p, i, p50 * (6.5 + 9 * slow + 0.4 * bell(b)));
}

/* Everything at one interval; `standby` is the standby's instances in service. */
static void one_interval(struct build *b, const struct course *c, uint32_t i, double *standby,
                         double *queued)
{
    double t = i * INTERVAL_S, since = t - FAULT_S;
    bool faulty = !b->sample.calm && t >= FAULT_S && t < FAULT_END;
    double day = 1 + 0.22 * sin((t + 2000) / 14400 * 3.1), rate = 0;
    for (uint32_t p = 0; p < b->personas_n; p++)
        rate += rates[p];
    double demand = rate * day * WORK_S * (1 + 0.02 * bell(b));
    double gone = b->sample.calm  ? 0
                  : t < FAULT_S   ? 0
                  : t < FAULT_END ? moved(c, since)
                                  : 1 - moved(c, t - FAULT_END);
    double wanted = ceil(gone * demand / VCPU / 0.55);
    wanted = wanted < 8 ? 8 : wanted > 60 ? 60 : wanted;
    double starting = 0;
    if (wanted > *standby && since > c->launch_s && fmod(t, 60) == 0)
        *standby = fmin(wanted, *standby + c->step);
    if (wanted > *standby)
        starting = fmin(wanted - *standby, c->step);
    if (wanted < *standby - 4 && fmod(t, 300) == 0)
        *standby -= 1;
    *queued = *standby;
    double primary = faulty ? 0 : 24;
    one_region(b, 1, i, demand * (1 - gone), primary, faulty ? 24 : 24, 0);
    one_region(b, 2, i, demand * gone, *standby, wanted, starting);
    double load = gone * demand / (*standby * VCPU);
    double short_of = load > 1 ? 1 - 1 / load : 0;
    double slow = load > 0.8 ? fmin(1, (load - 0.8) * 3) : 0;
    for (uint32_t p = 1; p <= b->personas_n; p++) {
        double dead = faulty ? 1 - gone : 0;
        double answered = (1 - dead) * (1 - gone * short_of) * (0.9999 - 0.0002 * uniform(b));
        double offered = rates[p - 1] * day * INTERVAL_S * (1 + 0.03 * bell(b));
        one_persona(b, p, i, offered, answered, 0.9996 - 0.3 * slow * gone, slow * gone);
    }
}

static void summarise(struct build *b)
{
    for (uint32_t k = 0; k < b->keys_n; k++) {
        const double *value = b->series + (size_t)k * b->intervals;
        const char *how = metrics[b->key[k].metric - 1].summary;
        double sum = 0;
        uint32_t n = 0;
        for (uint32_t i = 0; i < b->intervals; i++)
            if (!isnan(value[i])) {
                sum += value[i];
                n++;
            }
        b->kpi[k] = strcmp(how, "SUM") == 0 ? sum : n > 0 ? sum / n : (double)NAN;
    }
    for (uint32_t p = 1; p <= b->personas_n; p++)
        b->kpi[b->index[M_attainment][0][p] - 1] =
            b->kpi[b->index[M_good][0][p] - 1] / b->kpi[b->index[M_offered][0][p] - 1];
}

static uint32_t make_moments(struct build *b, const struct course *c,
                             struct ust_store_moment *moment)
{
    uint32_t n = 0;
    if (b->sample.calm)
        return 0;
    const char *why =
        b->sample.hostile ? "</td><script>alert(3)</script>" : "cpu 92 % over the target 55 %";
    moment[n++] =
        (struct ust_store_moment){FAULT_S, "fault_start", 1, 0, 0, (double)NAN, "region_loss"};
    moment[n++] = (struct ust_store_moment){
        FAULT_S + c->detected_s, "detected", 1, 0, 0, (double)NAN, "3 health checks failed"};
    static const char *const events[] = {"moved_50", "moved_90", "moved_99"};
    static const double shares[] = {0.5, 0.9, 0.99};
    for (int i = 0; i < 3; i++) {
        double after = c->detected_s;
        while (moved(c, after) < shares[i])
            after += 0.5;
        moment[n++] =
            (struct ust_store_moment){FAULT_S + after, events[i], 1, 0, 0, shares[i], NULL};
    }
    moment[n++] = (struct ust_store_moment){FAULT_S, "data_loss_window", 1, 1, 0, 1.5, NULL};
    double standby = 8;
    for (double t = FAULT_S + c->launch_s - 60; standby < 24 && n < 40; t += 60) {
        standby += c->step;
        moment[n++] = (struct ust_store_moment){t, "scale_out", 2, 1, 0, standby, why};
        moment[n++] =
            (struct ust_store_moment){t + 61, "instance_ready", 2, 1, 0, standby, NULL};
    }
    moment[n++] =
        (struct ust_store_moment){FAULT_END, "fault_end", 1, 0, 0, (double)NAN, "region_loss"};
    moment[n++] =
        (struct ust_store_moment){FAULT_END + 40, "recovered", 1, 0, 0, (double)NAN, NULL};
    return n;
}

static uint32_t make_buckets(struct build *b, struct ust_store_bucket *bucket)
{
    uint32_t n = 0;
    for (uint32_t p = 1; p <= b->personas_n; p++)
        for (uint32_t i = 0; i < 60; i++) {
            double low = 0.005 * pow(1.12, i), centre = log(low / (p == 3 ? 0.36 : 0.04));
            double count = 1e5 * exp(-centre * centre / 1.4) * (1 + 0.1 * uniform(b)) +
                           (b->sample.calm ? 0 : 300 * exp(-pow(log(low / 2), 2)));
            if (count >= 1)
                bucket[n++] = (struct ust_store_bucket){0, p, low, low * 1.12, (uint64_t)count};
        }
    return n;
}

static void add_replication(struct build *b, struct ust_store *store, uint32_t id)
{
    struct ust_store_moment moments[64];
    struct ust_store_bucket buckets[60 * PERSONAS];
    b->noise = 0x9b1c40aa77e2051du * id;
    struct course course = {
        22 + 8 * uniform(b),   55 + 12 * uniform(b),  0.1122,
        480 + 80 * uniform(b), 150 + 60 * uniform(b), floor(2 + 2 * uniform(b))};
    double standby = 8, queued = 0;
    for (size_t i = 0; i < (size_t)b->keys_n * b->intervals; i++)
        b->series[i] = (double)NAN;
    for (uint32_t i = 0; i < b->intervals && !b->sample.bare; i++)
        one_interval(b, &course, i, &standby, &queued);
    for (uint32_t k = 0; k < b->keys_n; k++)
        b->kpi[k] = (double)NAN;
    if (!b->sample.bare)
        summarise(b);
    struct ust_store_replication result = {
        .id = id,
        .fingerprint = b->noise,
        .requests = 14000000 + b->noise % 100000,
        .events = 60000000,
        .intervals = b->intervals,
        .series = b->series,
        .kpi = b->kpi,
        .buckets = buckets,
        .moments = moments,
        .buckets_n = b->sample.bare ? 0 : make_buckets(b, buckets),
        .moments_n = b->sample.bare ? 0 : make_moments(b, &course, moments),
    };
    assert_int_equal(ust_store_add(store, &result), UST_OK);
}

static void run_sql(struct sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", why, sql);
}

static const char scenario[] =
    "# Question: at the evening peak, does us-west-2 carry the shop when us-east-1 is lost?\n"
    "understudy: 1\nname: region-loss-at-peak\nseed: 42\nstart: 2026-11-27T16:00:00-05:00\n"
    "warmup: 30 min\nduration: 4 h\nreplications: 20\n\nregions:\n"
    "  us-east-1: {zones: 3, role: primary}\n  us-west-2: {zones: 3, role: standby}\n\n"
    "faults:\n  - {kind: region_loss, region: us-east-1, at: 2 h, duration: 90 min}\n";
static const char hostile_scenario[] =
    "name: </pre></script><script>alert(4)</script>\n# \"'&<!-- ]]> \xff broken utf-8\n";

static void fill_plan(struct ust_store_plan *plan, struct build *b,
                      struct ust_store_region *regions, struct ust_store_service *service,
                      struct ust_store_persona *personas, struct ust_store_fault *fault)
{
    bool hostile = b->sample.hostile;
    regions[0] = (struct ust_store_region){
        1, hostile ? "<b>east</b>'\"" : "us-east-1", "primary", 3, 38.9, -77.4, false};
    regions[1] = (struct ust_store_region){
        2, hostile ? "west & <i>more</i>`id`" : "us-west-2", "standby", 3, 45.9, -119.7, true};
    *service =
        (struct ust_store_service){.id = 1, .name = hostile ? "<svg onload=alert(5)>" : "web"};
    for (uint32_t p = 0; p < b->personas_n; p++)
        personas[p] = (struct ust_store_persona){
            p + 1,
            (hostile ? hostile_names : plain_names)[p],
            1,
            weights[p],
            objective_s[p],
            attainment[p],
            rto_s[p],
            60,
            rates[p] * 2592000,
            hostile ? "x: </code><script>alert(6)</script>\n" : "persona: 1\nkind: user\n",
            "4fe1c2a90b77d310",
            false,
            NULL,
            NULL};
    *fault = (struct ust_store_fault){
        1,         "region_loss",
        1,         FAULT_S,
        FAULT_END, hostile ? "<u>loss</u> of \"east\"" : "region_loss of us-east-1 for 1h30m"};
    double duration = b->sample.minutes > 0 ? b->sample.minutes * 60.0 : 14400;
    *plan = (struct ust_store_plan){
        .run = {.name = hostile ? "</title><script>alert(7)</script>" : "region-loss-at-peak",
                .scenario_path =
                    hostile ? "it's $(here)/<x>.yaml" : "scenarios/02-region-loss.yaml",
                .scenario = hostile ? hostile_scenario : scenario,
                .scenario_hash = "a1b2c3d4e5f60718",
                .overrides = hostile ? "name='\"; rm -rf /\nx=<y>" : "",
                .seed = 42,
                .replications = b->sample.replications,
                .start_unix_s = 1795813200,
                .utc_offset_min = -300,
                .warmup_s = 1800,
                .duration_s = duration,
                .interval_s = INTERVAL_S},
        .regions = regions,
        .services = service,
        .personas = personas,
        .faults = fault,
        .metrics = metrics,
        .keys = b->key,
        .regions_n = 2,
        .services_n = 1,
        .personas_n = b->personas_n,
        .faults_n = b->sample.calm ? 0 : 1,
        .metrics_n = METRICS,
        .keys_n = b->keys_n};
    b->intervals = (uint32_t)(duration / INTERVAL_S);
}

void sample_write(const char *path, struct sample sample)
{
    struct build *b = test_calloc(1, sizeof(*b));
    struct ust_store_region regions[2];
    struct ust_store_service service;
    struct ust_store_persona personas[PERSONAS];
    struct ust_store_fault fault;
    struct ust_store_plan plan;
    struct ust_store *store;
    b->sample = sample;
    b->personas_n = sample.personas_n > 0 ? sample.personas_n : 3;
    make_keys(b);
    fill_plan(&plan, b, regions, &service, personas, &fault);
    b->series = test_malloc((size_t)b->keys_n * b->intervals * sizeof(double));
    b->kpi = test_malloc(b->keys_n * sizeof(double));
    unlink(path);
    assert_int_equal(ust_store_create(path, &plan, true, NULL, &store), UST_OK);
    for (uint32_t r = 1; r <= sample.replications; r++)
        add_replication(b, store, r);
    assert_int_equal(ust_store_finish(store), UST_OK);
    if (!sample.unjudged && sample.replications > 0) {
        struct ust_readiness_result result;
        assert_int_equal(ust_stats_estimate(store, 0.95), UST_OK);
        assert_int_equal(ust_readiness_judge(store, &result), UST_OK);
        ust_readiness_free(&result);
    }
    ust_store_close(store);
    test_free(b->series);
    test_free(b->kpi);
    test_free(b);
}

void sample_sql(const char *path, const char *sql)
{
    struct sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    run_sql(db, sql);
    sqlite3_close(db);
}

static char folder[256], file[512];

const char *sample_folder(void)
{
    const char *base = getenv("TMPDIR");
    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "%s/ust-plots-XXXXXX", base != NULL ? base : "/tmp");
        assert_non_null(mkdtemp(folder));
    }
    return folder;
}

const char *sample_path(const char *name)
{
    snprintf(file, sizeof(file), "%s/%s", sample_folder(), name);
    return file;
}

void sample_folder_remove(void)
{
    char command[300];
    if (folder[0] == '\0')
        return;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
    folder[0] = '\0';
}

void sample_slurp(const char *path, struct ust_text *out)
{
    char piece[4096];
    size_t n;
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
        ust_text_add_n(out, piece, n);
    fclose(in);
}
