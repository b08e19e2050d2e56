/* What pools and streams come to between two readings of what they count. */
#include "models/entity/measure_rows.h"

#include <math.h>

#include "models/entity/sharing.h"

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

struct ust_pool_load ust_pool_load(const struct ust_pool *pool, ust_time now)
{
    struct ust_pool_load load = {0};
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        load.busy += pool->instances[i].busy;
        load.waiting += pool->instances[i].waiting;
    }
    load.busy_area = pool->count.busy_area + load.busy * (uint64_t)now;
    load.waiting_area = pool->count.waiting_area + load.waiting * (uint64_t)now;
    return load;
}

/* A copy of the counts in which every integral reaches to now. */
struct ust_pool_count ust_measure_read_pool(struct ust_model *model, struct ust_pool *pool)
{
    ust_time now = model->engine.now;
    if (pool->config->persona->discipline == UST_PS)
        for (uint32_t i = 0; i < pool->instances_max; i++)
            ust_sharing_settle(model, pool, &pool->instances[i]);
    ust_measure_settle(pool, now);
    struct ust_pool_count read = pool->count;
    ust_pool_ahead(pool, now, &read.network_ns, &read.storage_ns);
    struct ust_pool_load load = ust_pool_load(pool, now);
    read.busy_area = load.busy_area;
    read.waiting_area = load.waiting_area;
    read.held.area = ust_area_until(&read.held, now);
    read.injected.busy.area = ust_area_until(&read.injected.busy, now);
    read.injected.held.area = ust_area_until(&read.injected.held, now);
    read.aside.area = ust_area_until(&read.aside, now);
    if (!ust_data_read(model, pool, &read.replica_lag_s, &read.replica_backlog))
        read.replica_lag_s = read.replica_backlog = (double)NAN;
    return read;
}

/* CPU seconds of first attempts beyond what capacity could do between two readings. */
double ust_measure_shortfall(const struct ust_pool_count *a, const struct ust_pool_count *b)
{
    double can = b->area.capacity - a->area.capacity;
    double asked = b->work_offered_ns - a->work_offered_ns;
    return asked > can ? (asked - can) / 1e9 : 0;
}

/* CPU time, in ns, that injected load has used between two readings: as `cpu` counts it. */
static double injected_cpu(const struct ust_pool *pool, const struct ust_injected_count *a,
                           const struct ust_injected_count *b, double per_slot)
{
    if (pool->config->persona->discipline == UST_PS)
        return b->shared_cpu_ns - a->shared_cpu_ns;
    return (double)(b->busy.area - a->busy.area - (b->held.area - a->held.area)) * per_slot;
}

/* Values of all pool metrics over what has come between two readings, `length` ns apart. */
void ust_measure_pool_values(const struct ust_pool *pool, const struct ust_pool_count *a,
                             const struct ust_pool_count *b, double length, double *out)
{
    const struct ust_pool_config *config = pool->config;
    double started = (double)(ust_pool_started(b) - ust_pool_started(a));
    double completions = (double)(b->completions - a->completions);
    double busy = (double)(b->busy_area - a->busy_area);
    double held = (double)(b->held.area - a->held.area);
    double waiting = (double)(b->waiting_area - a->waiting_area);
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
    SET(shortfall, ust_measure_shortfall(a, b));
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
    const struct ust_injected_count *from = &a->injected, *to = &b->injected;
    bool apart = pool->injected;
    SET(injected_arrivals, apart ? (double)(to->arrivals - from->arrivals) : (double)NAN);
    SET(injected_completions,
        apart ? (double)(to->completions - from->completions) : (double)NAN);
    SET(injected_refused, apart ? (double)(to->refused - from->refused) : (double)NAN);
    SET(injected_errors, apart ? (double)(to->errors - from->errors) : (double)NAN);
    SET(injected_work, apart ? (to->work_ns - from->work_ns) / 1e9 : (double)NAN);
    SET(injected_cpu,
        apart ? used(injected_cpu(pool, from, to, per_slot), a->area.vcpu, b->area.vcpu)
              : (double)NAN);
#undef SET
}

_Static_assert(UST_METRICS - UST_METRIC_arrivals == 38, "pool_values fills every pool metric");

/* ---- a stream's row ---- */

struct ust_latency_row ust_measure_latencies(const struct ust_histogram *histogram,
                                             uint64_t sum_ns)
{
    static const double q[] = {0.5, 0.95, 0.99};
    double ns[3];
    uint64_t answers = ust_histogram_quantiles(histogram, q, 3, ns);
    struct ust_latency_row row = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (answers > 0)
        row = (struct ust_latency_row){(double)sum_ns / (double)answers / 1e9, ns[0] / 1e9,
                                       ns[1] / 1e9, ns[2] / 1e9};
    return row;
}

void ust_measure_cohort_values(const struct ust_cohort *cohort, double *out)
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

void ust_measure_latency_values(struct ust_latency_row row, double *out)
{
    out[UST_METRIC_latency_mean] = row.mean;
    out[UST_METRIC_latency_p50] = row.p50;
    out[UST_METRIC_latency_p95] = row.p95;
    out[UST_METRIC_latency_p99] = row.p99;
}

void ust_measure_add_cohort(struct ust_cohort *to, const struct ust_cohort *from)
{
    to->offered += from->offered;
    to->good += from->good;
    to->overdue += from->overdue;
    for (int i = 0; i < UST_OUTCOMES; i++)
        to->outcome[i] += from->outcome[i];
}

struct ust_traffic_reading ust_measure_read_traffic(const struct ust_model *model,
                                                    uint32_t number)
{
    const struct ust_traffic_count *count = &model->traffic[number].count;
    struct ust_traffic_reading read = {.clients = ust_tally_read(model, number)};
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        read.latency_ns += count->latency_ns[r];
    return read;
}
