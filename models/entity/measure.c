#include "models/entity/measure.h"

#include <math.h>
#include <string.h>

#include "models/entity/pool.h"
#include "models/entity/sharing.h"

/* ---- keys ---- */

/* What a stream has by region too: where it was answered, and how fast. */
static bool has_region_key(enum ust_metric metric)
{
    return metric == UST_METRIC_answered || metric == UST_METRIC_latency_mean ||
           metric == UST_METRIC_latency_p50 || metric == UST_METRIC_latency_p95 ||
           metric == UST_METRIC_latency_p99;
}

static uint32_t add_scope(struct ust_key *keys, uint32_t n, enum ust_metric_scope scope,
                          struct ust_key as)
{
    for (uint32_t m = 0; m < UST_METRICS; m++) {
        if (ust_metrics[m].scope != scope)
            continue;
        if (as.persona != 0 && as.region != 0 && !has_region_key((enum ust_metric)m))
            continue;
        as.metric = (enum ust_metric)m;
        keys[n++] = as;
    }
    return n;
}

/* Order: each stream, all streams, each stream by region, each pool. */
static uint32_t list_keys(const struct ust_config *config, struct ust_key *keys,
                          struct ust_measure *measure)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i <= config->traffic_n; i++) {
        uint32_t persona = i < config->traffic_n ? i + 1 : 0;
        if (measure != NULL)
            measure->traffic_key[i] = n;
        n = add_scope(keys, n, UST_PER_PERSONA, (struct ust_key){.persona = persona});
    }
    for (uint32_t i = 0; i < config->traffic_n; i++)
        for (uint32_t r = 0; r < config->regions_n; r++) {
            if (measure != NULL)
                measure->region_key[i * config->regions_n + r] = n;
            n = add_scope(keys, n, UST_PER_PERSONA,
                          (struct ust_key){.persona = i + 1, .region = r + 1});
        }
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        if (measure != NULL)
            measure->pool_key[p] = n;
        if (config->pools[p].exists)
            n = add_scope(keys, n, UST_PER_POOL,
                          (struct ust_key){.region = config->pools[p].region + 1,
                                           .service = config->pools[p].service + 1});
    }
    return n;
}

static uint32_t most_keys(const struct ust_config *config)
{
    return UST_METRICS * (config->traffic_n + 1 + config->traffic_n * config->regions_n +
                          config->services_n * config->regions_n);
}

struct ust_key *ust_measure_keys(const struct ust_config *config, struct ust_arena *arena,
                                 uint32_t *n)
{
    struct ust_key *keys = ust_arena_alloc(arena, struct ust_key, most_keys(config));
    *n = list_keys(config, keys, NULL);
    return keys;
}

/* ---- integrals of rare changes ---- */

void ust_measure_settle(struct ust_pool *pool, ust_time now)
{
    struct ust_pool_count *count = &pool->count;
    double passed = (double)(now - count->since);
    if (passed == 0)
        return;
    count->since = now;
    count->area.vcpu += count->vcpu * passed;
    count->area.slots += count->slots * passed;
    count->area.memory += count->memory * passed;
    count->area.network += count->network * passed;
    count->area.storage += count->storage * passed;
    count->area.instances += count->instances * passed;
    count->area.capacity += count->capacity * passed;
    count->area.wanted += count->wanted * passed;
    count->area.starting += count->starting * passed;
    count->area.running += count->running * passed;
    count->area.memory_held += count->memory_held * passed;
    count->area.surcharge += count->surcharge * passed;
}

/* ---- a pool's row ---- */

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

/* The share of what there was to be used, between two readings of its integral. Both sides
 * count the same instances, and none uses more than it has: only rounding, which goes with the
 * size of the integral, ever comes out above 1. */
static double used(double part, double from, double to)
{
    double whole = to - from;
    UST_ASSERT(part - whole <= 1e-9 * to);
    return part < whole ? part / whole : whole > 0 ? 1 : (double)NAN;
}

/* A copy of the counts in which every integral reaches to now. */
static struct ust_pool_count read_pool(struct ust_model *model, struct ust_pool *pool)
{
    ust_time now = model->engine.now;
    if (pool->config->persona->discipline == UST_PS)
        for (uint32_t i = 0; i < pool->instances_max; i++)
            ust_sharing_settle(model, pool, &pool->instances[i]);
    ust_measure_settle(pool, now);
    struct ust_pool_count read = pool->count;
    ust_pool_ahead(pool, now, &read.network_ns, &read.storage_ns);
    read.busy.area = ust_area_until(&read.busy, now);
    read.waiting.area = ust_area_until(&read.waiting, now);
    read.held.area = ust_area_until(&read.held, now);
    read.aside.area = ust_area_until(&read.aside, now);
    if (!ust_data_read(model, pool, &read.replica_lag_s, &read.replica_backlog))
        read.replica_lag_s = read.replica_backlog = (double)NAN;
    return read;
}

/* CPU seconds of first attempts beyond what capacity could do between two readings. */
static double shortfall(const struct ust_pool_count *a, const struct ust_pool_count *b)
{
    double can = b->area.capacity - a->area.capacity;
    double asked = b->work_offered_ns - a->work_offered_ns;
    return asked > can ? (asked - can) / 1e9 : 0;
}

/* Values of all pool metrics over what has come between two readings, `length` ns apart. */
static void pool_values(const struct ust_pool *pool, const struct ust_pool_count *a,
                        const struct ust_pool_count *b, double length, double *out)
{
    const struct ust_pool_config *config = pool->config;
    double started = (double)(ust_pool_started(b) - ust_pool_started(a));
    double completions = (double)(b->completions - a->completions);
    double busy = (double)(b->busy.area - a->busy.area);
    double held = (double)(b->held.area - a->held.area);
    double waiting = (double)(b->waiting.area - a->waiting.area);
    double aside = (double)(b->aside.area - a->aside.area);
    double wait = ratio((double)(b->wait_ns - a->wait_ns), started) / 1e9;
    double service = ratio((double)(b->service_ns - a->service_ns), completions) / 1e9;
    double per_slot =
        config->vcpu < (double)config->slots ? config->vcpu / (double)config->slots : 1;
    double cpu = config->persona->discipline == UST_PS ? b->shared_cpu_ns - a->shared_cpu_ns
                                                       : (busy - held) * per_slot;
    double bytes = (double)(b->bytes_sent - a->bytes_sent);
    double io = (double)(b->io_done - a->io_done);
#define SET(id, value) *out++ = (value) /* in the order of metrics.def */
    SET(arrivals, (double)(b->arrivals - a->arrivals));
    SET(completions, completions);
    SET(wasted, (double)(b->wasted - a->wasted));
    SET(refused, (double)(b->refused - a->refused));
    SET(errors, (double)(b->errors - a->errors));
    SET(work_offered, (b->work_offered_ns - a->work_offered_ns) / 1e9);
    SET(capacity, (b->area.capacity - a->area.capacity) / length);
    SET(in_system, (busy + waiting + aside) / length);
    SET(queue, waiting / length);
    SET(wait_mean, wait);
    SET(sojourn_mean, wait + service);
    SET(wait_share, ratio((double)(b->waited - a->waited), started));
    SET(busy_slots, used(busy, a->area.slots, b->area.slots));
    SET(cpu, used(cpu, a->area.vcpu, b->area.vcpu));
    SET(memory,
        ratio(b->area.memory_held - a->area.memory_held, b->area.memory - a->area.memory));
    SET(network,
        used((double)(b->network_ns - a->network_ns), a->area.network, b->area.network));
    SET(storage,
        used((double)(b->storage_ns - a->storage_ns), a->area.storage, b->area.storage));
    SET(memory_held, (b->area.memory_held - a->area.memory_held) / length);
    SET(bytes_sent, bytes);
    SET(io_done, io);
    SET(instances, (b->area.instances - a->area.instances) / length);
    SET(wanted, (b->area.wanted - a->area.wanted) / length);
    SET(starting, (b->area.starting - a->area.starting) / length);
    SET(flaps, (double)(b->flaps - a->flaps) / length * 3.6e12);
    SET(shortfall, shortfall(a, b));
    SET(cost, (b->area.running - a->area.running) * pool->price_per_ns +
                  (b->area.surcharge - a->area.surcharge) / 3.6e12);
    bool calls = pool->edges != NULL;
    SET(calls, calls ? (double)(b->calls - a->calls) : (double)NAN);
    SET(calls_failed, calls ? (double)(b->calls_failed - a->calls_failed) : (double)NAN);
    SET(degraded, calls ? (double)(b->degraded - a->degraded) : (double)NAN);
    SET(replication_lag, b->replica_lag_s);
    SET(replication_backlog, b->replica_backlog);
    SET(hit_ratio, ratio((double)(b->cache_hits - a->cache_hits),
                         (double)(b->cache_looks - a->cache_looks)));
#undef SET
}

_Static_assert(UST_METRICS - UST_METRIC_arrivals == 32, "pool_values fills every pool metric");

/* ---- a stream's row ---- */

struct latency_row {
    double mean, p50, p95, p99;
};

static struct latency_row latencies(const struct ust_histogram *histogram, uint64_t sum_ns)
{
    static const double q[] = {0.5, 0.95, 0.99};
    double ns[3];
    uint64_t answers = ust_histogram_quantiles(histogram, q, 3, ns);
    struct latency_row row = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (answers > 0)
        row = (struct latency_row){(double)sum_ns / (double)answers / 1e9, ns[0] / 1e9,
                                   ns[1] / 1e9, ns[2] / 1e9};
    return row;
}

static void cohort_values(const struct ust_cohort *cohort, double *out)
{
    uint64_t ended = 0;
    for (int i = 0; i < UST_OUTCOMES; i++)
        ended += cohort->outcome[i];
    out[UST_METRIC_offered] = (double)cohort->offered;
    out[UST_METRIC_good] = (double)cohort->good;
    out[UST_METRIC_answered] = (double)cohort->outcome[UST_ANSWERED];
    out[UST_METRIC_failed] = (double)cohort->outcome[UST_FAILED];
    out[UST_METRIC_shed] = (double)cohort->outcome[UST_SHED];
    out[UST_METRIC_timed_out] = (double)cohort->outcome[UST_TIMED_OUT];
    out[UST_METRIC_abandoned] = (double)cohort->outcome[UST_ABANDONED];
    out[UST_METRIC_in_flight] = (double)(cohort->offered - ended);
    out[UST_METRIC_overdue] = (double)cohort->overdue;
    out[UST_METRIC_attainment] = ratio((double)cohort->good, (double)(ended + cohort->overdue));
}

static void latency_values(struct latency_row row, double *out)
{
    out[UST_METRIC_latency_mean] = row.mean;
    out[UST_METRIC_latency_p50] = row.p50;
    out[UST_METRIC_latency_p95] = row.p95;
    out[UST_METRIC_latency_p99] = row.p99;
}

static void add_cohort(struct ust_cohort *to, const struct ust_cohort *from)
{
    to->offered += from->offered;
    to->good += from->good;
    to->overdue += from->overdue;
    for (int i = 0; i < UST_OUTCOMES; i++)
        to->outcome[i] += from->outcome[i];
}

static struct ust_traffic_reading read_traffic(const struct ust_model *model, uint32_t number)
{
    const struct ust_traffic_count *count = &model->traffic[number].count;
    struct ust_traffic_reading read = {.clients = ust_tally_read(model, number)};
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        read.latency_ns += count->latency_ns[r];
    return read;
}

/* ---- ticks ---- */

static void store(struct ust_model *model, uint32_t key, uint32_t interval, double value)
{
    model->measure.series[(size_t)key * model->config->intervals + interval] = value;
}

/* Of a stream, or of all, what has come between two readings. */
static void store_traffic(struct ust_model *model, uint32_t slot, uint32_t interval,
                          const struct ust_traffic_reading *from,
                          const struct ust_traffic_reading *to,
                          const struct ust_histogram *histogram)
{
    double clients[UST_TALLY_VALUES];
    double length = (double)(model->engine.now - model->measure.before);
    struct latency_row row = latencies(histogram, to->latency_ns - from->latency_ns);
    uint32_t key = model->measure.traffic_key[slot];
    store(model, key + UST_METRIC_attempts, interval,
          (double)(to->clients.attempts - from->clients.attempts));
    store(model, key + UST_METRIC_latency_mean, interval, row.mean);
    store(model, key + UST_METRIC_latency_p50, interval, row.p50);
    store(model, key + UST_METRIC_latency_p95, interval, row.p95);
    store(model, key + UST_METRIC_latency_p99, interval, row.p99);
    ust_tally_values(&from->clients, &to->clients, length, clients);
    for (uint32_t i = 0; i < UST_TALLY_VALUES; i++)
        store(model, key + UST_METRIC_retries + i, interval, clients[i]);
}

static void add_reading(struct ust_traffic_reading *to, const struct ust_traffic_reading *from)
{
    to->latency_ns += from->latency_ns;
    ust_tally_add(&to->clients, &from->clients);
}

static void tick_traffic(struct ust_model *model, uint32_t interval)
{
    struct ust_measure *measure = &model->measure;
    const struct ust_config *config = model->config;
    struct ust_traffic_reading all_before = {0}, all_now = {0};
    ust_histogram_clear(measure->all);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        struct ust_traffic_count *count = &model->traffic[i].count;
        struct ust_traffic_reading now = read_traffic(model, i);
        struct ust_traffic_reading *before = &measure->traffic_before[i];
        ust_histogram_clear(measure->scratch);
        for (uint32_t r = 0; r < config->regions_n; r++) {
            ust_histogram_merge(measure->scratch, count->latency[r]);
            ust_histogram_merge(count->latency_run[r], count->latency[r]);
            ust_histogram_clear(count->latency[r]);
        }
        if (!config->traffic[i].synthetic)
            ust_histogram_merge(measure->all, measure->scratch);
        store_traffic(model, i, interval, before, &now, measure->scratch);
        if (!config->traffic[i].synthetic) {
            add_reading(&all_before, before);
            add_reading(&all_now, &now);
        }
        *before = now;
    }
    store_traffic(model, config->traffic_n, interval, &all_before, &all_now, measure->all);
}

static void tick_pools(struct ust_model *model, uint32_t interval)
{
    struct ust_measure *measure = &model->measure;
    double length = (double)(model->engine.now - measure->before);
    double values[UST_METRICS];
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists)
            continue;
        struct ust_pool_count now = read_pool(model, pool);
        pool_values(pool, &measure->pool_before[p], &now, length, values);
        for (uint32_t m = 0; m < UST_METRICS - UST_METRIC_arrivals; m++)
            store(model, measure->pool_key[p] + m, interval, values[m]);
        measure->pool_shortfall[p] += values[UST_METRIC_shortfall - UST_METRIC_arrivals];
        measure->pool_before[p] = now;
    }
}

static void next_cohort(struct ust_model *model)
{
    model->cohort++;
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        struct ust_traffic_count *count = &model->traffic[i].count;
        count->born += count->now->offered;
        count->now = &count->cohort[model->cohort];
        model->traffic[i].plain.cohort = model->cohort;
    }
}

/* The measured part begins: what came before is forgotten. */
static void begin(struct ust_model *model)
{
    struct ust_measure *measure = &model->measure;
    next_cohort(model);
    measure->before = measure->begin = model->engine.now;
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++)
        if (model->pools[p].config->exists)
            measure->pool_before[p] = measure->pool_begin[p] =
                read_pool(model, &model->pools[p]);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        measure->traffic_before[i] = measure->traffic_begin[i] = read_traffic(model, i);
}

static ust_time end_of_interval(const struct ust_config *config, uint32_t interval)
{
    ust_time at = config->warmup + (ust_time)interval * config->interval;
    return at < config->end ? at : config->end;
}

static void on_tick(void *context, uint64_t unused)
{
    struct ust_model *model = context;
    const struct ust_config *config = model->config;
    (void)unused;
    if (model->cohort == 0) {
        begin(model);
    } else {
        tick_traffic(model, model->cohort - 1);
        tick_pools(model, model->cohort - 1);
        ust_injections_watch(model, model->cohort - 1);
        model->measure.before = model->engine.now;
        if (model->cohort == config->intervals) {
            ust_engine_stop(&model->engine);
            return;
        }
        next_cohort(model);
    }
    ust_source_arm(&model->engine, model->measure.source,
                   end_of_interval(config, model->cohort));
}

/* ---- beginning and end ---- */

static struct ust_histogram **histograms(struct ust_model *model)
{
    uint32_t n = model->config->regions_n;
    struct ust_histogram **list = ust_arena_alloc(model->arena, struct ust_histogram *, n);
    for (uint32_t r = 0; r < n; r++)
        list[r] = ust_histogram_new(model->arena);
    return list;
}

void ust_measure_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    struct ust_measure *measure = &model->measure;
    struct ust_arena *arena = model->arena;
    uint32_t pools = config->services_n * config->regions_n;
    measure->traffic_key = ust_arena_alloc(arena, uint32_t, config->traffic_n + 1);
    measure->region_key =
        ust_arena_alloc(arena, uint32_t, (size_t)config->traffic_n * config->regions_n);
    measure->pool_key = ust_arena_alloc(arena, uint32_t, pools);
    struct ust_key *keys = ust_arena_alloc(arena, struct ust_key, most_keys(config));
    measure->keys_n = list_keys(config, keys, measure);
    measure->keys = keys;
    size_t values = (size_t)measure->keys_n * config->intervals;
    measure->series = ust_arena_alloc(arena, double, values);
    measure->kpi = ust_arena_alloc(arena, double, measure->keys_n);
    for (size_t i = 0; i < values; i++)
        measure->series[i] = (double)NAN;
    for (uint32_t i = 0; i < measure->keys_n; i++)
        measure->kpi[i] = (double)NAN;
    measure->pool_before = ust_arena_alloc(arena, struct ust_pool_count, pools);
    measure->pool_begin = ust_arena_alloc(arena, struct ust_pool_count, pools);
    measure->pool_shortfall = ust_arena_alloc(arena, double, pools);
    measure->traffic_before =
        ust_arena_alloc(arena, struct ust_traffic_reading, config->traffic_n);
    measure->traffic_begin =
        ust_arena_alloc(arena, struct ust_traffic_reading, config->traffic_n);
    measure->scratch = ust_histogram_new(arena);
    measure->all = ust_histogram_new(arena);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        struct ust_traffic_count *count = &model->traffic[i].count;
        count->now = count->cohort =
            ust_arena_alloc(arena, struct ust_cohort, config->intervals + 1);
        count->latency = histograms(model);
        count->latency_run = histograms(model);
        count->latency_ns = ust_arena_alloc(arena, uint64_t, config->regions_n);
    }
    uint32_t tick = ust_engine_handler(&model->engine, on_tick, model);
    measure->source = ust_source_new(&model->engine, UST_LANE_OBSERVE, tick, 0);
    if (config->warmup == 0)
        begin(model);
    ust_source_arm(&model->engine, measure->source, end_of_interval(config, model->cohort));
}

/* What is in flight has no fate yet; but who has waited longer than his objective allows will
 * not be answered well. Without this an outage without timeouts would look like no traffic. */
static void find_overdue(struct ust_model *model)
{
    for (uint32_t id = 0; id < model->requests_used; id++) {
        const struct ust_request *request = &model->requests[id];
        if (request->state == UST_FREE ||
            (request->flags & (UST_ORPHAN | UST_COPY | UST_INTERNAL)))
            continue;
        const struct ust_traffic *traffic = &model->traffic[request->traffic];
        traffic->count.cohort[request->cohort].overdue +=
            model->engine.now - request->sent > traffic->config->latency;
    }
}

/* What is counted at its time, and not by cohort, over the measured run. */
static void traffic_kpis(const struct ust_model *model, const struct ust_traffic_reading *from,
                         const struct ust_traffic_reading *to,
                         const struct ust_histogram *histogram, double *kpi)
{
    double length = (double)(model->engine.now - model->measure.begin);
    kpi[UST_METRIC_attempts] = (double)(to->clients.attempts - from->clients.attempts);
    latency_values(latencies(histogram, to->latency_ns - from->latency_ns), kpi);
    ust_tally_values(&from->clients, &to->clients, length, &kpi[UST_METRIC_retries]);
}

static void finish_traffic(struct ust_model *model)
{
    struct ust_measure *measure = &model->measure;
    const struct ust_config *config = model->config;
    struct ust_cohort everyone = {0};
    struct ust_traffic_reading all_begin = {0}, all = {0};
    ust_histogram_clear(measure->all);
    for (uint32_t interval = 0; interval < config->intervals; interval++) {
        struct ust_cohort together = {0};
        double values[UST_METRICS];
        for (uint32_t i = 0; i <= config->traffic_n; i++) {
            const struct ust_cohort *cohort = &together;
            if (i < config->traffic_n) {
                cohort = &model->traffic[i].count.cohort[interval + 1];
                if (!config->traffic[i].synthetic)
                    add_cohort(&together, cohort);
            }
            cohort_values(cohort, values);
            uint32_t key = measure->traffic_key[i];
            for (uint32_t m = UST_METRIC_offered; m <= UST_METRIC_overdue; m++)
                store(model, key + m, interval, values[m]);
            store(model, key + UST_METRIC_attainment, interval, values[UST_METRIC_attainment]);
        }
    }
    for (uint32_t i = 0; i <= config->traffic_n; i++) {
        double *kpi = &measure->kpi[measure->traffic_key[i]];
        if (i == config->traffic_n) {
            cohort_values(&everyone, kpi);
            traffic_kpis(model, &all_begin, &all, measure->all, kpi);
            break;
        }
        const struct ust_traffic_count *count = &model->traffic[i].count;
        const struct ust_traffic_reading *from = &measure->traffic_begin[i];
        struct ust_traffic_reading to = read_traffic(model, i);
        struct ust_cohort sum = {0};
        for (uint32_t interval = 0; interval < config->intervals; interval++)
            add_cohort(&sum, &count->cohort[interval + 1]);
        if (!config->traffic[i].synthetic)
            add_cohort(&everyone, &sum);
        ust_histogram_clear(measure->scratch);
        for (uint32_t r = 0; r < config->regions_n; r++) {
            const struct ust_histogram *here = count->latency_run[r];
            uint64_t answers = ust_histogram_total(here);
            struct latency_row row = latencies(here, count->latency_ns[r]);
            double *by_region = &measure->kpi[measure->region_key[i * config->regions_n + r]];
            *by_region++ = (double)answers;
            *by_region++ = row.mean;
            *by_region++ = row.p50;
            *by_region++ = row.p95;
            *by_region++ = row.p99;
            ust_histogram_merge(measure->scratch, here);
        }
        if (!config->traffic[i].synthetic)
            ust_histogram_merge(measure->all, measure->scratch);
        cohort_values(&sum, kpi);
        traffic_kpis(model, from, &to, measure->scratch, kpi);
        if (config->traffic[i].synthetic)
            continue;
        add_reading(&all_begin, from);
        add_reading(&all, &to);
    }
}

/* ---- the timeline ---- */

/* How many of this name there are, to be counted on; NULL: too many names. */
static uint32_t *seen_of(struct ust_moment_names *names, const char *event)
{
    for (uint32_t i = 0; i < names->n; i++)
        if (strcmp(names->at[i].event, event) == 0)
            return &names->at[i].n;
    if (names->n == UST_EVENTS_MAX)
        return NULL;
    names->at[names->n].event = event;
    return &names->at[names->n++].n;
}

/* The timeline is full. */
static bool is_rare(struct ust_model *model, const char *event)
{
    struct ust_measure *measure = &model->measure;
    if (measure->names == NULL) {
        measure->names = ust_arena_alloc(model->arena, struct ust_moment_names, 1);
        for (uint32_t i = 0; i < measure->moments_n; i++) {
            uint32_t *n = seen_of(measure->names, measure->moments[i].event);
            if (n != NULL)
                ++*n;
        }
    }
    uint32_t *n = seen_of(measure->names, event);
    return n != NULL && ++*n <= UST_MOMENTS_EACH;
}

static void tell_what_is_left_out(struct ust_model *model)
{
    struct ust_moment_names *names = model->measure.names;
    if (names != NULL && names->left_out > 0)
        ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                      .event = "timeline_cut",
                                                      .value = (double)names->left_out});
}

void ust_measure_moment(struct ust_model *model, struct ust_moment moment)
{
    struct ust_measure *measure = &model->measure;
    if (measure->moments_n >= UST_MOMENTS_MAX && !is_rare(model, moment.event)) {
        measure->names->left_out++;
        return;
    }
    if (measure->moments_n == measure->moments_capacity) {
        measure->moments_capacity = measure->moments_capacity * 2 + 64;
        measure->moments =
            ust_realloc(measure->moments, measure->moments_capacity * sizeof *measure->moments);
    }
    measure->moments[measure->moments_n++] = moment;
}

void ust_measure_finish(struct ust_model *model)
{
    struct ust_measure *measure = &model->measure;
    double length = (double)(model->engine.now - measure->begin);
    tell_what_is_left_out(model);
    find_overdue(model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        model->requests_total +=
            model->traffic[i].count.born + model->traffic[i].count.now->offered;
    finish_traffic(model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists)
            continue;
        struct ust_pool_count now = read_pool(model, pool);
        if (pool->data != NULL) {
            now.replica_lag_s = pool->data->replica[pool->config->region].most_lag;
            now.replica_backlog = pool->data->replica[pool->config->region].most_backlog;
        }
        double *kpi = &measure->kpi[measure->pool_key[p]];
        pool_values(pool, &measure->pool_begin[p], &now, length, kpi);
        /* What one hour has too much is of no use to another: intervals add up. */
        kpi[UST_METRIC_shortfall - UST_METRIC_arrivals] = measure->pool_shortfall[p];
    }
}
