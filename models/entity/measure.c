#include "models/entity/measure.h"

#include <math.h>
#include <string.h>

#include "models/entity/measure_rows.h"

/* ---- keys ---- */

/* What a stream has by region too: where it was answered, and how fast. */
static bool has_region_key(enum ust_metric metric)
{
    return metric == UST_METRIC_answered || metric == UST_METRIC_latency_mean ||
           metric == UST_METRIC_latency_p50 || metric == UST_METRIC_latency_p95 ||
           metric == UST_METRIC_latency_p99;
}

static uint32_t add_stream(struct ust_key *keys, uint32_t n, struct ust_key as)
{
    for (uint32_t m = 0; m < UST_METRICS; m++) {
        if (ust_metrics[m].scope != UST_PER_PERSONA)
            continue;
        if (as.persona != 0 && as.region != 0 && !has_region_key((enum ust_metric)m))
            continue;
        as.metric = (enum ust_metric)m;
        keys[n++] = as;
    }
    return n;
}

/* The metrics of a pool, from `arrivals` on; those of injected load are the last, and only
 * where there is some. */
static uint32_t pool_metrics(const struct ust_config *config)
{
    uint32_t end = ust_injections_exist(config) ? UST_METRICS : UST_METRIC_injected_arrivals;
    return end - UST_METRIC_arrivals;
}

static uint32_t add_pool(const struct ust_config *config, struct ust_key *keys, uint32_t n,
                         struct ust_key as)
{
    for (uint32_t m = 0; m < pool_metrics(config); m++) {
        as.metric = (enum ust_metric)(UST_METRIC_arrivals + m);
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
        n = add_stream(keys, n, (struct ust_key){.persona = persona});
    }
    for (uint32_t i = 0; i < config->traffic_n; i++)
        for (uint32_t r = 0; r < config->regions_n; r++) {
            if (measure != NULL)
                measure->region_key[i * config->regions_n + r] = n;
            n = add_stream(keys, n, (struct ust_key){.persona = i + 1, .region = r + 1});
        }
    for (uint32_t p = 0; p < config->services_n * config->regions_n; p++) {
        if (measure != NULL)
            measure->pool_key[p] = n;
        if (config->pools[p].exists)
            n = add_pool(config, keys, n,
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
    struct ust_latency_row row =
        ust_measure_latencies(histogram, to->latency_ns - from->latency_ns);
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
        struct ust_traffic_reading now = ust_measure_read_traffic(model, i);
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
        struct ust_pool_count now = ust_measure_read_pool(model, pool);
        ust_measure_pool_values(pool, &measure->pool_before[p], &now, length, values);
        for (uint32_t m = 0; m < pool_metrics(model->config); m++)
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
                ust_measure_read_pool(model, &model->pools[p]);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        measure->traffic_before[i] = measure->traffic_begin[i] =
            ust_measure_read_traffic(model, i);
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
    ust_measure_latency_values(
        ust_measure_latencies(histogram, to->latency_ns - from->latency_ns), kpi);
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
                    ust_measure_add_cohort(&together, cohort);
            }
            ust_measure_cohort_values(cohort, values);
            uint32_t key = measure->traffic_key[i];
            for (uint32_t m = UST_METRIC_offered; m <= UST_METRIC_overdue; m++)
                store(model, key + m, interval, values[m]);
            store(model, key + UST_METRIC_attainment, interval, values[UST_METRIC_attainment]);
        }
    }
    for (uint32_t i = 0; i <= config->traffic_n; i++) {
        double *kpi = &measure->kpi[measure->traffic_key[i]];
        if (i == config->traffic_n) {
            ust_measure_cohort_values(&everyone, kpi);
            traffic_kpis(model, &all_begin, &all, measure->all, kpi);
            break;
        }
        const struct ust_traffic_count *count = &model->traffic[i].count;
        const struct ust_traffic_reading *from = &measure->traffic_begin[i];
        struct ust_traffic_reading to = ust_measure_read_traffic(model, i);
        struct ust_cohort sum = {0};
        for (uint32_t interval = 0; interval < config->intervals; interval++)
            ust_measure_add_cohort(&sum, &count->cohort[interval + 1]);
        if (!config->traffic[i].synthetic)
            ust_measure_add_cohort(&everyone, &sum);
        ust_histogram_clear(measure->scratch);
        for (uint32_t r = 0; r < config->regions_n; r++) {
            const struct ust_histogram *here = count->latency_run[r];
            uint64_t answers = ust_histogram_total(here);
            struct ust_latency_row row = ust_measure_latencies(here, count->latency_ns[r]);
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
        ust_measure_cohort_values(&sum, kpi);
        traffic_kpis(model, from, &to, measure->scratch, kpi);
        if (config->traffic[i].synthetic)
            continue;
        add_reading(&all_begin, from);
        add_reading(&all, &to);
    }
}

/* ---- the timeline ---- */

void ust_measure_finish(struct ust_model *model)
{
    struct ust_measure *measure = &model->measure;
    double length = (double)(model->engine.now - measure->begin);
    ust_measure_left_out(model);
    find_overdue(model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++)
        model->requests_total +=
            model->traffic[i].count.born + model->traffic[i].count.now->offered;
    finish_traffic(model);
    for (uint32_t p = 0; p < model->config->services_n * model->config->regions_n; p++) {
        struct ust_pool *pool = &model->pools[p];
        if (!pool->config->exists)
            continue;
        struct ust_pool_count now = ust_measure_read_pool(model, pool);
        now.replica = ust_data_most(pool);
        double *kpi = &measure->kpi[measure->pool_key[p]], values[UST_METRICS];
        ust_measure_pool_values(pool, &measure->pool_begin[p], &now, length, values);
        memcpy(kpi, values, pool_metrics(model->config) * sizeof *kpi);
        /* What one hour has too much is of no use to another: intervals add up. */
        kpi[UST_METRIC_shortfall - UST_METRIC_arrivals] = measure->pool_shortfall[p];
    }
}
